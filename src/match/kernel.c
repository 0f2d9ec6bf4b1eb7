/* A scan reads every row once, so memory bandwidth is its limit; the kernels only have to keep up with it.
 * Each takes four rows at a time: four sums that do not wait for each other, over one load of the probe. The
 * portable one is written with vector types, which the compiler turns into what the machine has (NEON, SSE).
 */
#include <pthread.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "match/kernel.h"

typedef float lane __attribute__((vector_size(KERNEL_LANE * sizeof(float)), aligned(4)));

static void dots_portable(const float *probe, const float *rows, size_t width, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        lane sum = {0};
        for (size_t k = 0; k < width; k += KERNEL_LANE) {
            lane a, b;
            memcpy(&a, probe + k, sizeof a);
            memcpy(&b, rows + i * width + k, sizeof b);
            sum += a * b;
        }
        float total = 0;
        for (int k = 0; k < KERNEL_LANE; k++)
            total += sum[k];
        out[i] = total;
    }
}

static const struct kernel portable = {"portable", dots_portable};

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) static float add_avx2(__m256 sum) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

__attribute__((target("avx2,fma"))) static void dots_avx2(const float *probe, const float *rows, size_t width,
                                                          size_t count, float *out) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *row = rows + i * width;
        __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
        for (size_t k = 0; k < width; k += 8) {
            __m256 value = _mm256_loadu_ps(probe + k);
            for (size_t r = 0; r < 4; r++)
                sum[r] = _mm256_fmadd_ps(value, _mm256_loadu_ps(row + r * width + k), sum[r]);
        }
        for (size_t r = 0; r < 4; r++)
            out[i + r] = add_avx2(sum[r]);
    }
    for (; i < count; i++) {
        __m256 sum = _mm256_setzero_ps();
        for (size_t k = 0; k < width; k += 8)
            sum = _mm256_fmadd_ps(_mm256_loadu_ps(probe + k), _mm256_loadu_ps(rows + i * width + k), sum);
        out[i] = add_avx2(sum);
    }
}

__attribute__((target("avx512f"))) static void dots_avx512(const float *probe, const float *rows,
                                                           size_t width, size_t count, float *out) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *row = rows + i * width;
        __m512 sum[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
        for (size_t k = 0; k < width; k += 16) {
            __m512 value = _mm512_loadu_ps(probe + k);
            for (size_t r = 0; r < 4; r++)
                sum[r] = _mm512_fmadd_ps(value, _mm512_loadu_ps(row + r * width + k), sum[r]);
        }
        for (size_t r = 0; r < 4; r++)
            out[i + r] = _mm512_reduce_add_ps(sum[r]);
    }
    for (; i < count; i++) {
        __m512 sum = _mm512_setzero_ps();
        for (size_t k = 0; k < width; k += 16)
            sum = _mm512_fmadd_ps(_mm512_loadu_ps(probe + k), _mm512_loadu_ps(rows + i * width + k), sum);
        out[i] = _mm512_reduce_add_ps(sum);
    }
}

static const struct kernel avx2 = {"avx2", dots_avx2}, avx512 = {"avx512", dots_avx512};

#endif

static const struct kernel *kernels[3];
static size_t kernel_count;

static void choose(void) {
    kernels[kernel_count++] = &portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels[kernel_count++] = &avx2;
    if (__builtin_cpu_supports("avx512f"))
        kernels[kernel_count++] = &avx512;
#endif
}

const struct kernel *const *kernel_all(size_t *ret_count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    *ret_count = kernel_count;
    return kernels;
}

const struct kernel *kernel_best(void) {
    size_t count;
    const struct kernel *const *all = kernel_all(&count);
    return all[count - 1];
}
