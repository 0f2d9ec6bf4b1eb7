/* What persons.h promises, on faces made of two numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* the command line has its own */
#include "cli/persons.h"

enum { PHOTOS = 7, STRANGER = PHOTOS - 1 };

/* Ann's third face is a bad one and far from her others; Bob's faces are nearer to her mean than hers are. */
static char texts[PHOTOS][8] = {"ann/1", "ann/2", "ann/3", "bob/1", "bob/2", "bob/3", "zoe/1"};
static char *names[PHOTOS];
static int persons[PHOTOS] = {0, 0, 0, 1, 1, 1, 2};
static float confidences[PHOTOS] = {90, 90, 40, 90, 90, 90, 90};
static float embeddings[2 * PHOTOS];
static struct labelled labelled = {.count = PHOTOS,
                                   .dimension = 2,
                                   .names = names,
                                   .persons = persons,
                                   .embeddings = embeddings,
                                   .confidences = confidences};

static int place(void **state) {
    static const float degrees[PHOTOS] = {0, 2, 80, 30, 31, 32, 180};
    (void)state;
    for (int i = 0; i < PHOTOS; i++) {
        names[i] = texts[i];
        embeddings[2 * i] = cosf(degrees[i] / 57.29578f);
        embeddings[2 * i + 1] = sinf(degrees[i] / 57.29578f);
    }
    return 0;
}

static struct person_rates measure(void) {
    struct person_rates rates;
    struct error err;
    assert_true(person_rates_measure(&labelled, &labelled, &rates, &err));
    return rates;
}

static void assert_right(double share, int right) {
    assert_float_equal(share, right / 6.0, 1e-6);
}

static void a_photograph_is_found_by_others_of_its_person(void **state) {
    (void)state;
    struct person_rates rates = measure();
    assert_true(rates.persons == 2 && rates.photographs == 6 && rates.strangers == 1);
    assert_right(rates.ways[PERSON_BEST_FACE].first, 5); /* all but Ann's bad one, which would find itself */
    assert_right(rates.ways[PERSON_BEST_FACE].found, 5);
}

static void a_bad_face_spoils_the_mean_and_not_the_weighted_vector(void **state) {
    (void)state;
    struct person_rates rates = measure();
    assert_right(rates.ways[PERSON_MEAN].first, 3);
    assert_right(rates.ways[PERSON_WEIGHTED].first, 5);
}

static void who_is_no_more_alike_than_a_stranger_is_not_found(void **state) {
    (void)state;
    embeddings[2 * STRANGER] = cosf(30.5f / 57.29578f);
    embeddings[2 * STRANGER + 1] = sinf(30.5f / 57.29578f);
    struct person_rates rates = measure();
    for (int way = 0; way < PERSON_WAYS; way++) {
        assert_true(rates.ways[way].first > 0);
        assert_right(rates.ways[way].found,
                     way == PERSON_BEST_FACE ? 0 : 1); /* Bob's second, in the middle */
    }
}

static void without_strangers_nothing_is_said(void **state) {
    struct person_rates rates;
    struct error err;
    (void)state;
    labelled.count = STRANGER;
    assert_false(person_rates_measure(&labelled, &labelled, &rates, &err));
    assert_string_equal(err.text, "there must be people with three photographs, and others with fewer");
    labelled.count = PHOTOS;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_photograph_is_found_by_others_of_its_person, place),
        cmocka_unit_test_setup(a_bad_face_spoils_the_mean_and_not_the_weighted_vector, place),
        cmocka_unit_test_setup(who_is_no_more_alike_than_a_stranger_is_not_found, place),
        cmocka_unit_test_setup(without_strangers_nothing_is_said, place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
