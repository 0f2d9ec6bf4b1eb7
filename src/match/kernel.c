/* A scan reads every row once, so memory bandwidth is its limit; the kernels only have to keep up with it.
 * The rows of a group stand side by side, four bytes of each, so that every lane of a register sums for a row
 * of its own and nothing is added across lanes. The portable kernels are plain C and vector types, which the
 * compiler turns into what the machine has. */
#include <pthread.h>
#include "match/kernel.h"

static void sieve_one(const struct kernel_probe *probe, const uint8_t *groups, size_t width,
                      const float *longest, size_t count, float *scores, uint16_t *kept) {
    for (size_t g = 0; g < count; g++, groups += kernel_group_bytes(width)) {
        int32_t sums[KERNEL_GROUP] = {0};
        for (size_t line = 0; line < width / 8; line++)
            for (size_t i = 0; i < KERNEL_LINE; i++) {
                uint8_t code = groups[line * KERNEL_LINE + i];
                size_t number = line * 4 + i % 4;
                sums[i / 4] += (code & 15) * probe->low[number] + (code >> 4) * probe->high[number];
            }
        kept[g] = kernel_judge(probe, sums, groups, width, longest[g], scores + g * KERNEL_GROUP);
    }
}

static void sieve_portable(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups,
                           size_t width, const float *longest, size_t count, float *const *scores,
                           uint16_t *const *kept) {
    for (size_t p = 0; p < probe_count; p++)
        sieve_one(&probes[p], groups, width, longest, count, scores[p], kept[p]);
}

static int32_t refine_portable(const struct kernel_probe *probe, const uint8_t *codes, size_t width) {
    int32_t sum = 0;
    for (size_t i = 0; i < width / 2; i++)
        sum += (codes[i] & 15) * probe->low[i] + (codes[i] >> 4) * probe->high[i];
    return sum;
}

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

static const struct kernel portable = {"portable", sieve_portable, refine_portable, dots_portable};
static const struct kernel *kernels[1 + KERNEL_MORE] = {&portable};
static size_t kernel_count;

#if !defined(__x86_64__) && !defined(__aarch64__)
size_t kernel_more(const struct kernel *ret_kernels[KERNEL_MORE]) {
    (void)ret_kernels;
    return 0;
}
#endif

static void choose(void) {
    kernel_count = 1 + kernel_more(kernels + 1);
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
