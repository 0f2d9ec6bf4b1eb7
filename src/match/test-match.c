/* The scale, the kernels and the index: what similarity.h, kernel.h and index.h promise. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "match/index.h"
#include "base/limits.h"
#include "match/kernel.h"
#include "match/similarity.h"

static uint32_t seed = 1;

static float random_float(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (float)(1 << 23) - 1;
}

static void random_unit(float *vector, int dimension) {
    float square = 0;
    for (int i = 0; i < dimension; i++) {
        vector[i] = random_float();
        square += vector[i] * vector[i];
    }
    for (int i = 0; i < dimension; i++)
        vector[i] /= sqrtf(square);
}

static struct uuid numbered(uint32_t number) {
    struct uuid uuid = {{0}};
    for (int i = 0; i < 4; i++)
        uuid.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    return uuid;
}

/* --- similarity --- */

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

/* --- kernels --- */

static void all_kernels_agree_with_the_sum_in_double(void **state) {
    (void)state;
    enum { ROWS = 37, WIDTH_MAX = 512 };
    static float rows[ROWS * WIDTH_MAX], probe[WIDTH_MAX], out[ROWS];
    size_t count;
    const struct kernel *const *kernels = kernel_all(&count);
    for (size_t width = KERNEL_LANE; width <= WIDTH_MAX; width += 3 * KERNEL_LANE)
        for (size_t rows_used = 1; rows_used <= ROWS; rows_used += 3)
            for (size_t k = 0; k < count; k++) {
                random_unit(probe, (int)width);
                for (size_t i = 0; i < rows_used; i++)
                    random_unit(rows + i * width, (int)width);
                kernels[k]->dots(probe, rows, width, rows_used, out);
                for (size_t i = 0; i < rows_used; i++) {
                    double sum = 0;
                    for (size_t j = 0; j < width; j++)
                        sum += (double)probe[j] * (double)rows[i * width + j];
                    assert_float_equal(out[i], (float)sum, 2e-6);
                }
            }
}

static void a_row_gives_the_same_bits_wherever_it_stands(void **state) {
    (void)state;
    enum { ROWS = 11, WIDTH = 48 };
    static float rows[ROWS * WIDTH], probe[WIDTH], out[ROWS];
    size_t count;
    const struct kernel *const *kernels = kernel_all(&count);
    random_unit(probe, WIDTH);
    random_unit(rows, WIDTH);
    for (size_t i = 1; i < ROWS; i++)
        memcpy(rows + i * WIDTH, rows, WIDTH * sizeof *rows);
    for (size_t k = 0; k < count; k++) {
        kernels[k]->dots(probe, rows, WIDTH, ROWS, out);
        for (size_t i = 1; i < ROWS; i++)
            assert_memory_equal(&out[i], &out[0], sizeof *out);
    }
}

/* --- index --- */

enum { DIMENSION = 24, FACES = 5000, TOP = 50 };

struct filled {
    struct index *index;
    float vectors[FACES][DIMENSION];
};

static int fill(void **state) {
    struct filled *filled = calloc(1, sizeof *filled);
    assert_true(index_new(DIMENSION, &filled->index, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        random_unit(filled->vectors[i], DIMENSION);
        if (i % 10 == 9) /* ties */
            memcpy(filled->vectors[i], filled->vectors[i - 1], sizeof filled->vectors[i]);
        if (i % 10 == 7) { /* nearly */
            memcpy(filled->vectors[i], filled->vectors[i - 1], sizeof filled->vectors[i]);
            filled->vectors[i][0] = nextafterf(filled->vectors[i][0], 2);
        }
        assert_true(index_insert(filled->index, numbered(i), filled->vectors[i], NULL));
    }
    *state = filled;
    return 0;
}

static int empty(void **state) {
    struct filled *filled = *state;
    index_free(filled->index);
    free(filled);
    return 0;
}

static float sorted_cosines[FACES];

static int by_rank(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (sorted_cosines[x] != sorted_cosines[y])
        return sorted_cosines[x] < sorted_cosines[y] ? 1 : -1;
    return x < y ? -1 : 1;
}

static void search_equals_brute_force_with_ties_by_face_id(void **state) {
    struct filled *filled = *state;
    static struct index_match matches[LIMIT_PAGE];
    static uint32_t order[FACES];
    size_t count;
    for (int round = 0; round < 20; round++) {
        const float *probe = filled->vectors[round * 37 % FACES];
        size_t maximum = round % 2 ? TOP : LIMIT_PAGE;
        for (uint32_t i = 0; i < FACES; i++) {
            float padded[32] = {0}, row[32] = {0};
            memcpy(padded, probe, DIMENSION * sizeof(float));
            memcpy(row, filled->vectors[i], DIMENSION * sizeof(float));
            kernel_best()->dots(padded, row, 32, 1, &sorted_cosines[i]);
            order[i] = i;
        }
        qsort(order, FACES, sizeof *order, by_rank);
        assert_true(index_search(filled->index, probe, -2, maximum, NULL, matches, &count, NULL));
        assert_int_equal(count, maximum);
        for (size_t i = 0; i < maximum; i++) {
            struct uuid wanted = numbered(order[i]);
            assert_memory_equal(matches[i].face.bytes, wanted.bytes, sizeof wanted.bytes);
        }
    }
}

static void a_threshold_is_inclusive_and_an_excluded_face_is_left_out(void **state) {
    struct filled *filled = *state;
    struct index_match matches[TOP];
    struct uuid self = numbered(8);
    size_t count;
    assert_true(index_search(filled->index, filled->vectors[8], -1, 1, NULL, matches, &count, NULL));
    float own = matches[0].cosine;
    assert_true(index_search(filled->index, filled->vectors[8], own, TOP, &self, matches, &count, NULL));
    assert_int_equal(count, 1); /* its twin, face 9 */
    assert_int_equal(matches[0].face.bytes[3], 9);
}

static void a_removed_face_is_not_found_and_the_others_are(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION];
    for (uint32_t i = 0; i < FACES; i += 3)
        assert_true(index_remove(filled->index, numbered(i)));
    assert_false(index_remove(filled->index, numbered(0)));
    assert_int_equal(index_count(filled->index), FACES - (FACES + 2) / 3);
    for (uint32_t i = 0; i < FACES; i++) {
        bool found = index_vector(filled->index, numbered(i), vector);
        assert_int_equal(found, i % 3 != 0);
        if (found)
            assert_memory_equal(vector, filled->vectors[i], sizeof vector);
    }
    for (uint32_t i = 0; i < FACES; i += 3)
        assert_true(index_insert(filled->index, numbered(i), filled->vectors[i], NULL));
    assert_int_equal(index_count(filled->index), FACES);
}

static void a_face_inserted_again_has_the_new_vector(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION];
    assert_true(index_insert(filled->index, numbered(5), filled->vectors[6], NULL));
    assert_true(index_vector(filled->index, numbered(5), vector));
    assert_memory_equal(vector, filled->vectors[6], sizeof vector);
    assert_int_equal(index_count(filled->index), FACES);
    assert_true(index_insert(filled->index, numbered(5), filled->vectors[5], NULL));
}

static void a_vector_with_no_number_is_refused(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION] = {NAN};
    struct error err;
    assert_false(index_insert(filled->index, numbered(FACES), vector, &err));
    assert_int_equal(index_count(filled->index), FACES);
}

struct searcher {
    struct filled *filled;
    atomic_bool stop, failed;
};

/* Faces that are there all the time must be found whatever else comes and goes. */
static void *search_until_stopped(void *context) {
    struct searcher *searcher = context;
    struct index_match matches[TOP];
    size_t count;
    for (uint32_t i = 0; !searcher->stop; i = (i + 1) % FACES) {
        bool found = false;
        const float *probe = searcher->filled->vectors[i];
        bool good = index_search(searcher->filled->index, probe, 0.9f, TOP, NULL, matches, &count, NULL);
        for (size_t k = 0; good && k < count; k++)
            found = found || uuid_equal(matches[k].face, numbered(i));
        if (!found)
            searcher->failed = true;
    }
    return NULL;
}

static void faces_are_found_while_others_come_and_go(void **state) {
    struct searcher searcher = {.filled = *state};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_until_stopped, &searcher), 0);
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(
            index_insert(searcher.filled->index, numbered(FACES + i), searcher.filled->vectors[i], NULL));
        assert_true(index_remove(searcher.filled->index, numbered(FACES + i)));
    }
    searcher.stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_false(searcher.failed);
}

struct crowd {
    struct index *index;
    float probe[DIMENSION];
    atomic_bool stop;
};

static void *search_in_the_crowd(void *context) {
    struct crowd *crowd = context;
    struct index_match match;
    size_t count;
    while (!crowd->stop)
        if (!index_search(crowd->index, crowd->probe, 0.5f, 1, NULL, &match, &count, NULL))
            return context;
    return NULL;
}

static void changes_get_their_turn_under_steady_searches(void **state) {
    (void)state;
    enum { MANY = 200000, SEARCHERS = 8, SECONDS = 60 };
    struct crowd crowd = {0};
    pthread_t threads[SEARCHERS];
    void *failed;
    assert_true(index_new(DIMENSION, &crowd.index, NULL));
    random_unit(crowd.probe, DIMENSION);
    for (uint32_t i = 0; i < MANY; i++)
        assert_true(index_insert(crowd.index, numbered(i), crowd.probe, NULL));
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_in_the_crowd, &crowd), 0);
    usleep(50000);
    alarm(SECONDS); /* ends the program when a change never comes */
    for (uint32_t i = 0; i < 10; i++)
        assert_true(index_insert(crowd.index, numbered(MANY + i), crowd.probe, NULL));
    alarm(0);
    crowd.stop = true;
    for (int i = 0; i < SEARCHERS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    index_free(crowd.index);
}

static void every_face_is_found_in_an_index_that_grew(void **state) {
    (void)state;
    enum { MANY = 100003, SHORT = 16 };
    struct index *index;
    struct index_match match;
    size_t count;
    float(*vectors)[SHORT] = calloc(MANY, sizeof *vectors), vector[SHORT];
    assert_non_null(vectors);
    assert_true(index_new(SHORT, &index, NULL));
    for (uint32_t i = 0; i < MANY; i++) {
        random_unit(vectors[i], SHORT);
        assert_true(index_insert(index, numbered(i), vectors[i], NULL));
    }
    assert_int_equal(index_count(index), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(index_vector(index, numbered(i), vector));
        assert_memory_equal(vector, vectors[i], sizeof vector);
    }
    for (uint32_t i = 0; i < MANY; i += 9973) {
        struct uuid wanted = numbered(i);
        assert_true(index_search(index, vectors[i], 0.5f, 1, NULL, &match, &count, NULL));
        assert_int_equal(count, 1);
        assert_memory_equal(match.face.bytes, wanted.bytes, sizeof wanted.bytes);
    }
    index_free(index);
    free(vectors);
}

static void zero_vectors_and_probes_without_a_number_keep_the_order(void **state) {
    (void)state;
    struct index *index;
    struct index_match matches[4];
    float probe[DIMENSION] = {1}, zero[DIMENSION] = {0}, none[DIMENSION] = {NAN};
    size_t count;
    assert_true(index_new(DIMENSION, &index, NULL));
    assert_true(index_insert(index, numbered(3), zero, NULL));
    assert_true(index_insert(index, numbered(1), zero, NULL));
    assert_true(index_insert(index, numbered(2), probe, NULL));
    assert_true(index_search(index, probe, -1, 4, NULL, matches, &count, NULL));
    assert_int_equal(count, 3);
    assert_true(uuid_equal(matches[0].face, numbered(2)) && uuid_equal(matches[1].face, numbered(1)) &&
                uuid_equal(matches[2].face, numbered(3)));
    assert_true(index_search(index, none, -1, 4, NULL, matches, &count, NULL));
    assert_int_equal(count, 0);
    index_free(index);
}

static void an_empty_index_finds_nothing(void **state) {
    (void)state;
    struct index *index;
    struct index_match match;
    float probe[DIMENSION] = {1};
    size_t count = 7;
    assert_true(index_new(DIMENSION, &index, NULL));
    assert_true(index_search(index, probe, -1, 1, NULL, &match, &count, NULL));
    assert_int_equal(count, 0);
    assert_false(index_remove(index, numbered(1)));
    index_free(index);
}

int main(void) {
    const struct CMUnitTest scale[] = {
        cmocka_unit_test(similarity_is_monotone_from_0_to_100),
        cmocka_unit_test(similarity_passes_through_its_knots),
        cmocka_unit_test(strangers_lie_near_0),
        cmocka_unit_test(a_cosine_found_for_a_similarity_reaches_it),
        cmocka_unit_test(a_cosine_that_is_no_number_is_no_match),
        cmocka_unit_test(knots_that_do_not_ascend_are_refused),
        cmocka_unit_test(all_kernels_agree_with_the_sum_in_double),
        cmocka_unit_test(a_row_gives_the_same_bits_wherever_it_stands),
        cmocka_unit_test(an_empty_index_finds_nothing),
        cmocka_unit_test(zero_vectors_and_probes_without_a_number_keep_the_order),
        cmocka_unit_test(every_face_is_found_in_an_index_that_grew),
        cmocka_unit_test(changes_get_their_turn_under_steady_searches),
    };
    const struct CMUnitTest index[] = {
        cmocka_unit_test(search_equals_brute_force_with_ties_by_face_id),
        cmocka_unit_test(a_threshold_is_inclusive_and_an_excluded_face_is_left_out),
        cmocka_unit_test(a_removed_face_is_not_found_and_the_others_are),
        cmocka_unit_test(a_face_inserted_again_has_the_new_vector),
        cmocka_unit_test(a_vector_with_no_number_is_refused),
        cmocka_unit_test(faces_are_found_while_others_come_and_go),
    };
    int failed = cmocka_run_group_tests_name("match", scale, NULL, NULL);
    return failed + cmocka_run_group_tests_name("index", index, fill, empty);
}
