/* Small steps around one face are counted; different faces, and the same one again, are not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "account/probes.h"
#include "base/limits.h"

enum { DIMENSION = 128, MAXIMUM = 20 };
#define MINUTE UINT64_C(60000000000)

static struct probes *probes;
static uint64_t seed;

static int make(void **state) {
    (void)state;
    seed = 1;
    return (probes = probes_new(DIMENSION)) ? 0 : -1;
}

static int clear(void **state) {
    (void)state;
    probes_free(probes);
    return 0;
}

static float next(void) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(seed >> 40) / (float)(1 << 24) - 0.5f;
}

static void make_unit(float vector[DIMENSION]) {
    float sum = 0;
    for (int i = 0; i < DIMENSION; i++)
        sum += vector[i] * vector[i];
    for (int i = 0; i < DIMENSION; i++)
        vector[i] /= sqrtf(sum);
}

static void another_face(float vector[DIMENSION]) {
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = next();
    make_unit(vector);
}

/* With a cosine of about 0.98 to what it was. */
static void small_step(float vector[DIMENSION]) {
    float step[DIMENSION];
    another_face(step);
    for (int i = 0; i < DIMENSION; i++)
        vector[i] += 0.2f * step[i];
    make_unit(vector);
}

static bool admit(const char *key, const float *vector, uint64_t now_ns) {
    struct error err;
    bool admitted = probes_admit(probes, bytes_of(key), vector, MAXIMUM, now_ns, &err);
    if (!admitted)
        assert_int_equal(err.code, ERROR_THROTTLED);
    return admitted;
}

/* How many steps of a climb are admitted. */
static int climb(const char *key, float vector[DIMENSION], int steps, uint64_t now_ns) {
    int admitted = 0;
    for (int i = 0; i < steps; i++) {
        small_step(vector);
        admitted += admit(key, vector, now_ns);
    }
    return admitted;
}

static void a_climb_in_small_steps_is_stopped_however_far_it_goes(void **state) {
    (void)state;
    float vector[DIMENSION], start[DIMENSION], cosine = 0;
    another_face(vector);
    memcpy(start, vector, sizeof start);
    assert_int_equal(climb("A", vector, MAXIMUM, MINUTE), MAXIMUM);
    for (int i = 0; i < DIMENSION; i++)
        cosine += vector[i] * start[i];
    assert_true(cosine < PROBES_ALIKE); /* it has left where it began */
    float last[DIMENSION];
    memcpy(last, vector, sizeof last);
    for (int i = 0; i < 10; i++) { /* each a small step from where it ended */
        memcpy(vector, last, sizeof last);
        assert_int_equal(climb("A", vector, 1, MINUTE), 0);
    }
    assert_true(probes_counts(probes).refused == 10);
}

static void other_faces_in_between_do_not_hide_it(void **state) {
    (void)state;
    float vector[DIMENSION], other[DIMENSION], base[DIMENSION];
    int admitted = 0;
    another_face(base);
    for (int i = 0; i < 4 * MAXIMUM; i++) {
        memcpy(vector, base, sizeof vector);
        admitted += climb("A", vector, 1, MINUTE + (uint64_t)i);
        for (int k = 0; k < LIMIT_PROBES; k++) {
            another_face(other);
            assert_true(admit("A", other, MINUTE + (uint64_t)i));
        }
    }
    assert_true(admitted < 3 * MAXIMUM); /* its first steps may be forgotten, by chance */
}

static void many_people_are_not_added_up(void **state) {
    (void)state;
    float vector[DIMENSION];
    for (int i = 0; i < 1000; i++) { /* three photographs of each */
        another_face(vector);
        assert_int_equal(climb("A", vector, 3, MINUTE), 3);
    }
    assert_int_equal(probes_counts(probes).refused, 0);
    assert_int_equal(probes_counts(probes).alike, 2000);
}

static void the_same_probe_again_does_not_count(void **state) {
    (void)state;
    float vector[DIMENSION];
    another_face(vector);
    for (int i = 0; i < 100 * MAXIMUM; i++)
        assert_true(admit("A", vector, MINUTE));
    assert_int_equal(probes_counts(probes).alike, 0);
}

static void one_key_does_not_count_for_another(void **state) {
    (void)state;
    float vector[DIMENSION], copy[DIMENSION];
    another_face(vector);
    assert_true(climb("A", vector, 2 * MAXIMUM, MINUTE) < 2 * MAXIMUM);
    memcpy(copy, vector, sizeof copy);
    assert_int_equal(climb("B", copy, MAXIMUM, MINUTE), MAXIMUM);
}

static void it_is_forgiven_with_time(void **state) {
    (void)state;
    float base[DIMENSION], vector[DIMENSION];
    another_face(base);
    for (int i = 0; i < MAXIMUM; i++) {
        memcpy(vector, base, sizeof vector);
        assert_int_equal(climb("A", vector, 1, MINUTE), 1);
    }
    memcpy(vector, base, sizeof vector);
    assert_int_equal(climb("A", vector, 1, MINUTE), 0);
    memcpy(vector, base, sizeof vector);
    assert_int_equal(climb("A", vector, 1, 5 * MINUTE), 1); /* a twentieth of an hour is one probe */
    memcpy(vector, base, sizeof vector);
    assert_int_equal(climb("A", vector, 1, 62 * MINUTE), 1);
}

static void nobody_is_stopped_where_there_is_no_limit(void **state) {
    (void)state;
    float vector[DIMENSION];
    another_face(vector);
    for (int i = 0; i < 1000; i++) {
        small_step(vector);
        assert_true(probes_admit(probes, BYTES_LITERAL("A"), vector, 0, MINUTE, NULL));
    }
}

static void more_keys_than_there_is_room_for_do_no_harm(void **state) {
    (void)state;
    float vector[DIMENSION];
    char key[16];
    another_face(vector);
    for (int i = 0; i < 3 * LIMIT_PROBE_KEYS; i++) {
        snprintf(key, sizeof key, "K%d", i);
        assert_int_equal(climb(key, vector, 2, MINUTE + (uint64_t)i), 2);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_climb_in_small_steps_is_stopped_however_far_it_goes),
        TEST(other_faces_in_between_do_not_hide_it),
        TEST(many_people_are_not_added_up),
        TEST(the_same_probe_again_does_not_count),
        TEST(one_key_does_not_count_for_another),
        TEST(it_is_forgiven_with_time),
        TEST(nobody_is_stopped_where_there_is_no_limit),
        TEST(more_keys_than_there_is_room_for_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
