/* What fairness.h promises, on people made of two numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* the command line has its own */
#include "cli/fairness.h"

enum { PEOPLE = 24, PHOTOS = 2 * PEOPLE };

static float embeddings[2 * PHOTOS];
static int persons[PHOTOS], members[PHOTOS];
static char groups[2][64] = {"first", "<second>"};
static struct labelled labelled = {
    .count = PHOTOS, .dimension = 2, .persons = persons, .embeddings = embeddings};
static struct fairness_division division = {"by half", 2, groups, members};

static void place(int photograph, float degrees) {
    embeddings[2 * photograph] = cosf(degrees / 57.29578f);
    embeddings[2 * photograph + 1] = sinf(degrees / 57.29578f);
}

/* Two photographs a person, 1 degree apart; people are 14 degrees apart, but the first of each half lies with
 * the second, and the last one's photographs lie far apart. The first half's people are the first group. */
static int make_people(void **state) {
    (void)state;
    for (int i = 0; i < PHOTOS; i++) {
        int person = i / 2;
        persons[i] = person;
        members[i] = person >= PEOPLE / 2;
        place(i, 14.0f * (float)person + (float)(i % 2));
    }
    place(0, 14);
    place(1, 15);
    place(PHOTOS - 1, 14.0f * (PEOPLE - 1) + 7);
    return 0;
}

static struct fairness_result count(int group) {
    struct fairness_pairs *pairs;
    struct fairness_result result;
    struct error err;
    assert_true(fairness_pairs_make(&labelled, cosf(2 / 57.29578f), &pairs, &err));
    assert_true(fairness_count(pairs, &division, group, &result, &err));
    fairness_pairs_free(pairs);
    return result;
}

static void pairs_are_counted_within_a_group(void **state) {
    (void)state;
    struct fairness_result all = count(-1), first = count(0), second = count(1);
    assert_int_equal(all.people, PEOPLE);
    assert_int_equal(first.photographs, PHOTOS / 2);
    assert_true(all.match.pairs == PHOTOS * (PHOTOS - 1) / 2 - PEOPLE);
    assert_true(first.match.pairs == 24 * 23 / 2 - 12);
    assert_true(first.match.wrong == 4 && second.match.wrong == 0 && all.match.wrong == 4);
    assert_true(first.nonmatch.wrong == 0 && second.nonmatch.wrong == 1 && all.nonmatch.pairs == PEOPLE);
}

static void intervals_hold_the_rate_and_know_of_errors_not_seen(void **state) {
    (void)state;
    for (int group = -1; group < 2; group++) {
        struct fairness_result result = count(group);
        assert_true(result.match.low <= fairness_share(&result.match) &&
                    fairness_share(&result.match) <= result.match.high);
        assert_true(result.match.high > 0.01 && result.nonmatch.high > 0.02 && result.match.high < 0.2);
    }
}

/* All four false matches are of the same two people: pairs are not independent, and Wilson's interval, about
 * 0.006 to 0.037, is too narrow. */
static void an_interval_minds_that_errors_come_from_few_people(void **state) {
    (void)state;
    struct fairness_rate rate = count(0).match;
    assert_true(rate.low == 0 && rate.high > 0.045);
}

static void the_same_report_comes_out_again(void **state) {
    (void)state;
    struct fairness_result once = count(0), again = count(0);
    assert_true(once.match.low == again.match.low && once.match.high == again.match.high);
}

static void a_group_is_judged_by_its_interval(void **state) {
    (void)state;
    struct fairness_report report = {.all = {.people = 100, .match = {10, 100000, 0, 0}}};
    struct fairness_result group = {.people = 50, .match = {20, 10000, 1.3e-3, 3e-3}};
    assert_int_equal(fairness_judge(&report, &group), FAIRNESS_ABOVE);
    group.match.low = 2e-4;
    assert_int_equal(fairness_judge(&report, &group), FAIRNESS_PERHAPS);
    group.match.wrong = 2;
    assert_int_equal(fairness_judge(&report, &group), FAIRNESS_WITHIN);
    group.people = FAIRNESS_PEOPLE_MIN - 1;
    assert_int_equal(fairness_judge(&report, &group), FAIRNESS_TOO_FEW);
}

static void a_label_cannot_become_part_of_the_page(void **state) {
    (void)state;
    struct fairness_result results[2] = {count(0), count(1)}, *const all[] = {results};
    struct fairness_report report = {.labelled = &labelled,
                                     .origin = "Labels & more.",
                                     .similarity = 90,
                                     .expected = 1e-4,
                                     .all = count(-1),
                                     .divisions = &division,
                                     .results = all,
                                     .division_count = 1};
    char *page = NULL;
    size_t len;
    FILE *stream = open_memstream(&page, &len);
    assert_non_null(stream);
    assert_true(fairness_page(stream, &report));
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(page, "&lt;second>"));
    assert_null(strstr(page, "<second>"));
    assert_non_null(strstr(page, "<svg"));
    free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_counted_within_a_group),
        cmocka_unit_test(intervals_hold_the_rate_and_know_of_errors_not_seen),
        cmocka_unit_test(an_interval_minds_that_errors_come_from_few_people),
        cmocka_unit_test(the_same_report_comes_out_again),
        cmocka_unit_test(a_group_is_judged_by_its_interval),
        cmocka_unit_test(a_label_cannot_become_part_of_the_page),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
