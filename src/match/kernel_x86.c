/* The kernels in AVX2 and in AVX-512 with VNNI. The product of an unsigned and a signed byte is an
 * instruction of both: a code is 0 to 15, so AVX2's 16-bit sums of two products stay below 3,811 and eight of
 * them fit before they are widened. Floats are taken four rows at a time: four sums that do not wait for each
 * other, over one load of the probe. */
#if defined(__x86_64__)
#include <immintrin.h>
#include "match/kernel.h"

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")))

AVX2 static float add_floats(__m256 sum) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

AVX2 static int32_t add_ints(__m256i sum) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}

AVX2 static void dots_avx2(const float *probe, const float *rows, size_t width, size_t count, float *out) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *row = rows + i * width;
        __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
        for (size_t k = 0; k < width; k += 8) {
            __m256 value = _mm256_loadu_ps(probe + k);
#pragma GCC unroll 4
            for (size_t r = 0; r < 4; r++)
                sum[r] = _mm256_fmadd_ps(value, _mm256_loadu_ps(row + r * width + k), sum[r]);
        }
        for (size_t r = 0; r < 4; r++)
            out[i + r] = add_floats(sum[r]);
    }
    for (; i < count; i++) {
        __m256 sum = _mm256_setzero_ps();
        for (size_t k = 0; k < width; k += 8)
            sum = _mm256_fmadd_ps(_mm256_loadu_ps(probe + k), _mm256_loadu_ps(rows + i * width + k), sum);
        out[i] = add_floats(sum);
    }
}

/* Four numbers of the probe in every lane. */
AVX2 static __m256i repeated(const int8_t *numbers) {
    int32_t four;
    memcpy(&four, numbers, sizeof four);
    return _mm256_set1_epi32(four);
}

AVX2 static __m256i products(__m256i codes, __m256i low, __m256i high) {
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i above = _mm256_and_si256(_mm256_srli_epi16(codes, 4), mask);
    return _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_and_si256(codes, mask), low),
                            _mm256_maddubs_epi16(above, high));
}

AVX2 static void sum_group_avx2(const struct kernel_probe *probe, const uint8_t *group, size_t width,
                                int32_t *sums) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t line = 0; line < width / 8; line += 4) {
        __m256i part[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t k = line; k < line + 4; k++) {
            const __m256i *codes = (const __m256i *)(group + k * KERNEL_LINE);
            __m256i low = repeated(probe->low + 4 * k), high = repeated(probe->high + 4 * k);
            part[0] = _mm256_add_epi16(part[0], products(_mm256_load_si256(codes), low, high));
            part[1] = _mm256_add_epi16(part[1], products(_mm256_load_si256(codes + 1), low, high));
        }
        sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(part[0], ones));
        sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(part[1], ones));
    }
    _mm256_storeu_si256((__m256i *)sums, sum[0]);
    _mm256_storeu_si256((__m256i *)sums + 1, sum[1]);
}

AVX2 static void sieve_avx2(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups,
                            size_t width, const float *longest, size_t count, float *const *scores,
                            uint16_t *const *kept) {
    for (size_t g = 0; g < count; g++, groups += kernel_group_bytes(width))
        for (size_t p = 0; p < probe_count; p++) {
            int32_t sums[KERNEL_GROUP];
            sum_group_avx2(&probes[p], groups, width, sums);
            kept[p][g] = kernel_judge(&probes[p], sums, groups, width, longest[g],
                                      scores[p] + g * KERNEL_GROUP);
        }
}

AVX2 static int32_t refine_avx2(const struct kernel_probe *probe, const uint8_t *codes, size_t width) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < width / 2; i += 32) {
        __m256i part = products(_mm256_loadu_si256((const __m256i *)(codes + i)),
                                _mm256_load_si256((const __m256i *)(probe->low + i)),
                                _mm256_load_si256((const __m256i *)(probe->high + i)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(part, _mm256_set1_epi16(1)));
    }
    return add_ints(sum);
}

AVX512 static void dots_avx512(const float *probe, const float *rows, size_t width, size_t count,
                               float *out) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *row = rows + i * width;
        __m512 sum[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
        for (size_t k = 0; k < width; k += 16) {
            __m512 value = _mm512_loadu_ps(probe + k);
#pragma GCC unroll 4
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

/* sum + the products of the codes and four numbers of the probe, repeated. Compilers load those into a
 * register of their own, and copy the sum; the instruction needs neither. */
AVX512 static inline __m512i add_products(__m512i sum, __m512i codes, const int8_t *numbers) {
    __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(codes), "m"(*(const int8_t(*)[4])numbers));
    return sum;
}

AVX512 static inline uint16_t judge_avx512(const struct kernel_probe *probe, __m512i sum, const float *scales,
                                           float longest, float *scores) {
    __m512i twice = _mm512_sub_epi32(_mm512_slli_epi32(sum, 1), _mm512_set1_epi32(15 * probe->sum));
    __m512 scale = _mm512_mul_ps(_mm512_set1_ps(probe->half_step), _mm512_load_ps(scales));
    __m512 score = _mm512_mul_ps(_mm512_cvtepi32_ps(twice), scale);
    __m512 reach = _mm512_mul_ps(_mm512_load_ps(scales + KERNEL_GROUP), _mm512_set1_ps(probe->norm));
    __m512 bound = _mm512_add_ps(_mm512_add_ps(score, reach),
                                 _mm512_set1_ps(longest * probe->error + KERNEL_SLACK));
    _mm512_storeu_ps(scores, score);
    return (uint16_t)_mm512_cmp_ps_mask(bound, _mm512_set1_ps(probe->floor), _CMP_NLT_UQ);
}

/* probe_count is a constant where this is called and its loops are unrolled, so that the sums stay in
 * registers.
 */
AVX512 static inline __attribute__((always_inline)) void
sieve_avx512_of(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups, size_t width,
                const float *longest, size_t count, float *const *scores, uint16_t *const *kept) {
    const __m512i mask = _mm512_set1_epi8(15);
    for (size_t g = 0; g < count; g++, groups += kernel_group_bytes(width)) {
        __m512i sum[KERNEL_PROBES][2];
#pragma GCC unroll 4
        for (size_t p = 0; p < probe_count; p++)
            sum[p][0] = sum[p][1] = _mm512_setzero_si512();
        for (size_t line = 0; line < width / 8; line++) {
            __m512i codes = _mm512_load_si512(groups + line * KERNEL_LINE);
            __m512i low = _mm512_and_si512(codes, mask);
            __m512i high = _mm512_and_si512(_mm512_srli_epi16(codes, 4), mask);
#pragma GCC unroll 4
            for (size_t p = 0; p < probe_count; p++) {
                sum[p][0] = add_products(sum[p][0], low, probes[p].low + 4 * line);
                sum[p][1] = add_products(sum[p][1], high, probes[p].high + 4 * line);
            }
        }
        const float *scales = (const float *)(groups + width / 8 * KERNEL_LINE);
#pragma GCC unroll 4
        for (size_t p = 0; p < probe_count; p++)
            kept[p][g] = judge_avx512(&probes[p], _mm512_add_epi32(sum[p][0], sum[p][1]), scales, longest[g],
                                      scores[p] + g * KERNEL_GROUP);
    }
}

AVX512 static void sieve_avx512(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups,
                                size_t width, const float *longest, size_t count, float *const *scores,
                                uint16_t *const *kept) {
    if (probe_count == KERNEL_PROBES) {
        sieve_avx512_of(probes, KERNEL_PROBES, groups, width, longest, count, scores, kept);
        return;
    }
    for (size_t p = 0; p < probe_count; p++)
        sieve_avx512_of(probes + p, 1, groups, width, longest, count, scores + p, kept + p);
}

AVX512 static int32_t refine_avx512(const struct kernel_probe *probe, const uint8_t *codes, size_t width) {
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t i = 0; i < width / 2; i += 64) {
        __mmask64 there = i + 64 <= width / 2 ? ~(__mmask64)0
                                              : 0xffffffff; /* the width is a multiple of 64 */
        __m512i part = _mm512_maskz_loadu_epi8(there, codes + i);
        __m512i low = _mm512_maskz_loadu_epi8(there, probe->low + i);
        __m512i high = _mm512_maskz_loadu_epi8(there, probe->high + i);
        sum[0] = _mm512_dpbusd_epi32(sum[0], _mm512_and_si512(part, mask), low);
        sum[1] = _mm512_dpbusd_epi32(sum[1], _mm512_and_si512(_mm512_srli_epi16(part, 4), mask), high);
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sum[0], sum[1]));
}

static const struct kernel avx2 = {"avx2", sieve_avx2, refine_avx2, dots_avx2};
static const struct kernel avx512 = {"avx512", sieve_avx512, refine_avx512, dots_avx512};

size_t kernel_more(const struct kernel *ret_kernels[KERNEL_MORE]) {
    size_t count = 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        ret_kernels[count++] = &avx2;
    if (count && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        ret_kernels[count++] = &avx512;
    return count;
}

#endif
