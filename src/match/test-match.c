/* The scale: what similarity.h promises. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "match/similarity.h"

static void similarity_is_monotone_from_0_to_100(void **state) {
    (void)state;
    const struct similarity_scale *scale = similarity_default();
    float last = -1;
    for (int i = 0; i <= 20000; i++) {
        float now = similarity_of_cosine(scale, (float)i / 10000 - 1);
        assert_true(now >= last && now >= 0 && now <= 100);
        last = now;
    }
    assert_float_equal(similarity_of_cosine(scale, -1), 0, 0);
    assert_float_equal(similarity_of_cosine(scale, 1), 100, 0);
}

static void similarity_passes_through_its_knots(void **state) {
    (void)state;
    const struct similarity_scale *scale = similarity_default();
    bool seen80 = false, seen90 = false, seen99 = false;
    for (int i = 0; i < scale->count; i++) {
        float value = similarity_of_cosine(scale, scale->knots[i].cosine);
        assert_float_equal(value, scale->knots[i].similarity, 0);
        seen80 |= scale->knots[i].similarity == 80;
        seen90 |= scale->knots[i].similarity == 90;
        seen99 |= scale->knots[i].similarity == 99;
    }
    assert_true(seen80 && seen90 && seen99);
}

static void strangers_lie_near_0(void **state) {
    (void)state;
    assert_true(similarity_of_cosine(similarity_default(), 0) < 1);
    assert_true(similarity_of_cosine(similarity_default(), 0.08f) < 2);
}

static void a_cosine_found_for_a_similarity_reaches_it(void **state) {
    (void)state;
    const struct similarity_scale *scale = similarity_default();
    for (int i = 0; i <= 1000; i++) {
        float wanted = (float)i / 10, cosine = similarity_to_cosine(scale, wanted);
        assert_true(similarity_of_cosine(scale, cosine) >= wanted);
        if (cosine > -1)
            assert_true(similarity_of_cosine(scale, cosine - 1e-3f) <= wanted);
    }
}

static void a_cosine_that_is_no_number_is_no_match(void **state) {
    (void)state;
    assert_float_equal(similarity_of_cosine(similarity_default(), NAN), 0, 0);
    assert_float_equal(similarity_of_cosine(similarity_default(), 2), 100, 0);
}

static void knots_that_do_not_ascend_are_refused(void **state) {
    (void)state;
    struct similarity_scale scale;
    const struct similarity_knot flat[] = {{0, 0}, {0.5f, 0}, {1, 100}}, back[] = {{0, 0}, {0, 50}, {1, 100}};
    assert_false(similarity_scale_make(flat, 3, &scale));
    assert_false(similarity_scale_make(back, 3, &scale));
    assert_false(similarity_scale_make(flat, 1, &scale));
}

static void a_similarity_tells_its_false_match_rate(void **state) {
    (void)state;
    assert_float_equal(similarity_false_match_rate(80), 1e-3, 0);
    assert_float_equal(similarity_false_match_rate(90), 1e-4, 0);
    assert_float_equal(similarity_false_match_rate(99), 1e-5, 0);
    assert_float_equal(similarity_false_match_rate(85), sqrt(1e-3 * 1e-4), 1e-9);
    for (int i = 0; i < 1000; i++)
        assert_true(similarity_false_match_rate((float)i / 10) >=
                    similarity_false_match_rate((float)(i + 1) / 10));
}

static void a_false_match_rate_tells_its_similarity(void **state) {
    (void)state;
    for (float similarity = 0.5f; similarity <= 99; similarity += 0.25f)
        assert_float_equal(similarity_of_false_match_rate(similarity_false_match_rate(similarity)),
                           similarity, 1e-3);
}

static void rates_outside_of_the_calibration_are_those_of_its_ends(void **state) {
    (void)state;
    assert_float_equal(similarity_false_match_rate(100), 1e-5, 0);
    assert_float_equal(similarity_false_match_rate(0), 0.5, 0);
    assert_float_equal(similarity_false_match_rate(NAN), 0.5, 0);
    assert_float_equal(similarity_of_false_match_rate(1e-9), 99, 0);
    assert_float_equal(similarity_of_false_match_rate(0), 99, 0);
    assert_float_equal(similarity_of_false_match_rate(1), 0.5, 0);
}

static void a_pack_with_knots_has_its_own_scale_and_one_without_the_default(void **state) {
    (void)state;
    struct face_calibration calibration = {.count = 3, .knots = {{-1, 0}, {0.25f, 80}, {1, 100}}};
    struct similarity_scale own = similarity_of_calibration(&calibration);
    assert_float_equal(similarity_of_cosine(&own, 0.25f), 80, 1e-4);
    calibration.count = 0;
    struct similarity_scale none = similarity_of_calibration(&calibration);
    assert_float_equal(similarity_of_cosine(&none, 0.25f), similarity_of_cosine(similarity_default(), 0.25f),
                       0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity_is_monotone_from_0_to_100),
        cmocka_unit_test(similarity_passes_through_its_knots),
        cmocka_unit_test(strangers_lie_near_0),
        cmocka_unit_test(a_cosine_found_for_a_similarity_reaches_it),
        cmocka_unit_test(a_cosine_that_is_no_number_is_no_match),
        cmocka_unit_test(knots_that_do_not_ascend_are_refused),
        cmocka_unit_test(a_similarity_tells_its_false_match_rate),
        cmocka_unit_test(a_false_match_rate_tells_its_similarity),
        cmocka_unit_test(rates_outside_of_the_calibration_are_those_of_its_ends),
        cmocka_unit_test(a_pack_with_knots_has_its_own_scale_and_one_without_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
