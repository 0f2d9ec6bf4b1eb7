/* The kernels in NEON, which every 64-bit ARM processor has. A code is 0 to 15 and so the same number as a
 * signed byte; the 16-bit sum of four products stays below 7,621. */
#if defined(__aarch64__)
#include <arm_neon.h>
#include "match/kernel.h"

static void dots_neon(const float *probe, const float *rows, size_t width, size_t count, float *out) {
    for (size_t i = 0; i < count; i++, rows += width) {
        float32x4_t sum[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
        for (size_t k = 0; k < width; k += KERNEL_LANE)
            for (size_t r = 0; r < 4; r++)
                sum[r] = vfmaq_f32(sum[r], vld1q_f32(probe + k + 4 * r), vld1q_f32(rows + k + 4 * r));
        out[i] = vaddvq_f32(vaddq_f32(vaddq_f32(sum[0], sum[1]), vaddq_f32(sum[2], sum[3])));
    }
}

/* Adds to each of four sums the products of its four bytes, in both halves. */
static inline int32x4_t add_products(int32x4_t sum, uint8x16_t codes, int8x16_t low, int8x16_t high) {
    int8x16_t below = vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15)));
    int8x16_t above = vreinterpretq_s8_u8(vshrq_n_u8(codes, 4));
    int16x8_t first = vmlal_s8(vmull_s8(vget_low_s8(below), vget_low_s8(low)), vget_low_s8(above),
                               vget_low_s8(high));
    int16x8_t second = vmlal_high_s8(vmull_high_s8(below, low), above, high);
    return vpadalq_s16(sum, vpaddq_s16(first, second));
}

/* Four numbers of the probe in every lane. */
static inline int8x16_t repeated(const int8_t *numbers) {
    int32_t four;
    memcpy(&four, numbers, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

static void sum_group(const struct kernel_probe *probe, const uint8_t *group, size_t width, int32_t *sums) {
    int32x4_t sum[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t line = 0; line < width / 8; line++, group += KERNEL_LINE) {
        int8x16_t low = repeated(probe->low + 4 * line), high = repeated(probe->high + 4 * line);
        for (size_t r = 0; r < 4; r++)
            sum[r] = add_products(sum[r], vld1q_u8(group + 16 * r), low, high);
    }
    for (size_t r = 0; r < 4; r++)
        vst1q_s32(sums + 4 * r, sum[r]);
}

static void sieve_neon(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups,
                       size_t width, const float *longest, size_t count, float *const *scores,
                       uint16_t *const *kept) {
    for (size_t g = 0; g < count; g++, groups += kernel_group_bytes(width))
        for (size_t p = 0; p < probe_count; p++) {
            int32_t sums[KERNEL_GROUP];
            sum_group(&probes[p], groups, width, sums);
            kept[p][g] = kernel_judge(&probes[p], sums, groups, width, longest[g],
                                      scores[p] + g * KERNEL_GROUP);
        }
}

static int32_t refine_neon(const struct kernel_probe *probe, const uint8_t *codes, size_t width) {
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t i = 0; i < width / 2; i += 16)
        sum = add_products(sum, vld1q_u8(codes + i), vld1q_s8(probe->low + i), vld1q_s8(probe->high + i));
    return vaddvq_s32(sum);
}

static const struct kernel neon = {"neon", sieve_neon, refine_neon, dots_neon};

size_t kernel_more(const struct kernel *ret_kernels[KERNEL_MORE]) {
    ret_kernels[0] = &neon;
    return 1;
}

#endif
