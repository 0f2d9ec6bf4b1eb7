/* The kernels and the codes: what kernel.h and code.h promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "match/code.h"

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

/* --- sieves --- */

enum { GROUPS = 3, ROWS = GROUPS * KERNEL_GROUP, DIMENSION_MAX = 600 };

/* Rows of every kind that could break a bound. */
static void hostile(float *vector, int dimension, uint32_t kind) {
    random_unit(vector, dimension);
    float factor = kind % 7 == 1 ? 1e-20f : kind % 7 == 2 ? 1e20f : kind % 7 == 3 ? 1e10f : 1;
    for (int i = 0; i < dimension; i++)
        vector[i] = kind % 7 == 4 ? 0 : kind % 7 == 5 && i ? vector[i] * 1e-6f : vector[i] * factor;
}

struct coded {
    struct code_shape shape;
    _Alignas(64) uint8_t groups[GROUPS * (DIMENSION_MAX / 8 * KERNEL_LINE + 1024)];
    uint8_t fine[ROWS * DIMENSION_MAX];
    float vectors[ROWS][DIMENSION_MAX], longest[GROUPS];
};

static void code_rows(struct coded *coded, int dimension, bool is_hostile) {
    struct code code;
    coded->shape = code_shape_of((size_t)dimension);
    memset(coded->longest, 0, sizeof coded->longest);
    for (uint32_t row = 0; row < ROWS; row++) {
        hostile(coded->vectors[row], dimension, is_hostile ? row : 0);
        code_make(&coded->shape, coded->vectors[row], &code);
        code_write(&coded->shape, &code, coded->groups + row / KERNEL_GROUP * coded->shape.group_bytes,
                   row % KERNEL_GROUP, coded->fine + row * coded->shape.fine_bytes);
        coded->longest[row / KERNEL_GROUP] = MAX(coded->longest[row / KERNEL_GROUP], code.length);
    }
}

static void sieve(const struct kernel *kernel, const struct coded *coded, const struct kernel_probe *probes,
                  size_t count, float (*scores)[ROWS], uint16_t (*kept)[GROUPS]) {
    float *const all_scores[KERNEL_PROBES] = {scores[0], scores[1], scores[2], scores[3]};
    uint16_t *const all_kept[KERNEL_PROBES] = {kept[0], kept[1], kept[2], kept[3]};
    kernel->sieve(probes, count, coded->groups, coded->shape.width, coded->longest, GROUPS, all_scores,
                  all_kept);
}

static void all_kernels_give_the_scores_of_the_portable_one(void **state) {
    (void)state;
    static struct coded coded;
    static _Alignas(64) int8_t bytes[KERNEL_PROBES][1024];
    size_t kernel_count;
    const struct kernel *const *kernels = kernel_all(&kernel_count);
    for (int dimension = 1; dimension < DIMENSION_MAX; dimension = dimension * 2 + 1) {
        struct kernel_probe probes[KERNEL_PROBES];
        float vector[DIMENSION_MAX], scores[2][KERNEL_PROBES][ROWS];
        uint16_t kept[2][KERNEL_PROBES][GROUPS];
        code_rows(&coded, dimension, false);
        for (int p = 0; p < KERNEL_PROBES; p++) {
            random_unit(vector, dimension);
            probes[p] = code_probe(&coded.shape, vector, bytes[p]);
            probes[p].floor = 0.1f;
        }
        for (size_t k = 0; k < kernel_count; k++)
            for (size_t count = 1; count <= KERNEL_PROBES; count++) {
                sieve(kernels[0], &coded, probes, count, scores[0], kept[0]);
                sieve(kernels[k], &coded, probes, count, scores[1], kept[1]);
                assert_memory_equal(scores[0], scores[1], count * sizeof scores[0][0]);
                assert_memory_equal(kept[0], kept[1], count * sizeof kept[0][0]);
                for (size_t row = 0; row < ROWS; row++) {
                    const uint8_t *codes = coded.fine + row * coded.shape.fine_bytes + 2 * sizeof(float);
                    assert_int_equal(kernels[k]->refine(probes, codes, coded.shape.width),
                                     kernels[0]->refine(probes, codes, coded.shape.width));
                }
            }
    }
}

/* A floor that a row's float product reaches must not lose it, in either sieve. */
static void the_product_is_within_its_bounds(void **state) {
    (void)state;
    static struct coded coded;
    static _Alignas(64) int8_t bytes[1024];
    size_t kernel_count;
    const struct kernel *const *kernels = kernel_all(&kernel_count);
    for (int round = 0; round < 60; round++) {
        int dimension = 1 + round * 13 % (DIMENSION_MAX - 1);
        size_t width = ((size_t)dimension + KERNEL_LANE - 1) / KERNEL_LANE * KERNEL_LANE;
        float probe[DIMENSION_MAX + KERNEL_LANE] = {0}, row_floats[DIMENSION_MAX + KERNEL_LANE] = {0};
        float scores[KERNEL_PROBES][ROWS], product;
        uint16_t kept[KERNEL_PROBES][GROUPS];
        code_rows(&coded, dimension, true);
        hostile(probe, dimension, (uint32_t)round);
        struct kernel_probe coded_probe = code_probe(&coded.shape, probe, bytes);
        for (size_t k = 0; k < kernel_count; k++)
            for (size_t row = 0; row < ROWS; row++) {
                memcpy(row_floats, coded.vectors[row], (size_t)dimension * sizeof(float));
                kernels[k]->dots(probe, row_floats, width, 1, &product);
                coded_probe.floor = product;
                sieve(kernels[k], &coded, &coded_probe, 1, scores, kept);
                assert_true(kept[0][row / KERNEL_GROUP] >> row % KERNEL_GROUP & 1);
                struct code_range range = code_range(&coded.shape, kernels[k], &coded_probe, scores[0][row],
                                                     coded.longest[row / KERNEL_GROUP],
                                                     coded.fine + row * coded.shape.fine_bytes);
                assert_false(range.most < product || range.least > product);
            }
    }
}

static void codes_are_close_to_what_they_stand_for(void **state) {
    (void)state;
    struct code_shape shape = code_shape_of(512);
    struct code code;
    float vector[512];
    for (int i = 0; i < 100; i++) {
        random_unit(vector, 512);
        code_make(&shape, vector, &code);
        assert_true(code.reach < 0.15f && code.fine_reach < 0.02f);
    }
}

static void an_erased_row_is_not_kept(void **state) {
    (void)state;
    static struct coded coded;
    static _Alignas(64) int8_t bytes[64];
    float probe[24], scores[KERNEL_PROBES][ROWS];
    uint16_t kept[KERNEL_PROBES][GROUPS];
    code_rows(&coded, 24, false);
    random_unit(probe, 24);
    struct kernel_probe coded_probe = code_probe(&coded.shape, probe, bytes);
    coded_probe.floor = -2;
    code_erase(&coded.shape, coded.groups, 3, coded.fine + 3 * coded.shape.fine_bytes);
    sieve(kernel_best(), &coded, &coded_probe, 1, scores, kept);
    assert_int_equal(kept[0][0], 0xffff & ~(1 << 3));
    assert_true(code_range(&coded.shape, kernel_best(), &coded_probe, scores[0][3], coded.longest[0],
                           coded.fine + 3 * coded.shape.fine_bytes)
                    .most == -INFINITY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kernels_agree_with_the_sum_in_double),
        cmocka_unit_test(a_row_gives_the_same_bits_wherever_it_stands),
        cmocka_unit_test(all_kernels_give_the_scores_of_the_portable_one),
        cmocka_unit_test(the_product_is_within_its_bounds),
        cmocka_unit_test(codes_are_close_to_what_they_stand_for),
        cmocka_unit_test(an_erased_row_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
