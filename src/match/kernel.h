/* What a search spends its time on, in the instructions that the processor has.
 *
 * Rows are compared by codes of four bits a number (code.h says what they mean) and, where those cannot
 * decide, in floats. All kernels give the same integers, and so the same decisions; their float sums differ
 * by rounding only, and give the same bits for the same row wherever it stands. */
#ifndef MATCH_KERNEL_H
#define MATCH_KERNEL_H

#include "base/compiler.h"

enum {
    KERNEL_LANE = 16,  /* floats: rows of floats are padded with zeros to a multiple of it */
    KERNEL_WIDTH = 64, /* numbers: rows of codes are padded to a multiple of it */
    KERNEL_GROUP = 16, /* rows that stand together */
    KERNEL_PROBES = 4, /* at most so many in one call */
    KERNEL_LINE = 64   /* bytes: eight numbers of each row of a group */
};

/* A group is width / 8 lines, then the 16 scales and the 16 reaches of its rows, as floats; aligned to 64
 * bytes. Four bytes of a line are of the same row: byte j of line l has number 8 l + j in its low half and
 * number 8 l + 4 + j in its high half. */
static inline size_t kernel_group_bytes(size_t width) {
    return width / 8 * KERNEL_LINE + 2 * KERNEL_GROUP * sizeof(float);
}

/* A probe in bytes. With u the codes of a row, the approximate product is
 * score = half_step * scale * (2 * sum of u * byte - 15 * sum of bytes), and the true one is at most
 * score + reach * norm + longest * error + KERNEL_SLACK. */
struct kernel_probe {
    const int8_t *low, *high; /* numbers 8 l + j and 8 l + 4 + j at 4 l + j; width / 2 each, aligned to 64 */
    int32_t sum;
    float half_step, norm, error;
    float floor; /* rows that surely stay below it are not wanted */
};

#define KERNEL_SLACK 1e-35f /* what products of tiny numbers lose */

/* Of `count` groups that follow each other: the scores (scores[p][16 * g + row]) and the wanted rows as bits
 * (kept[p][g]). A bound that is not a number keeps its row. longest: one a group. */
typedef void kernel_sieve(const struct kernel_probe *probes, size_t probe_count, const uint8_t *groups,
                          size_t width, const float *longest, size_t count, float *const *scores,
                          uint16_t *const *kept);
/* The sum of u * byte for one row whose codes stand in width / 2 bytes in the order of the lines. */
typedef int32_t kernel_refine(const struct kernel_probe *probe, const uint8_t *codes, size_t width);
/* out[i] = sum of probe[k] * rows[i * width + k]; width is a multiple of KERNEL_LANE. */
typedef void kernel_dots(const float *probe, const float *rows, size_t width, size_t count, float *out);

struct kernel {
    const char *name; /* "portable", "avx2", "avx512", "neon" */
    kernel_sieve *sieve;
    kernel_refine *refine;
    kernel_dots *dots;
};

/* The fastest that this processor runs. */
const struct kernel *kernel_best(void);
/* All that it runs, the portable one first; *ret_count of them, for tests and benchmarks. */
const struct kernel *const *kernel_all(size_t *ret_count);

/* What kernel_x86.c and kernel_neon.c have for this processor; at most KERNEL_MORE, slowest first. */
enum { KERNEL_MORE = 2 };
size_t kernel_more(const struct kernel *ret_kernels[KERNEL_MORE]);

/* The end of every sieve: from the sums of one group to its scores and its wanted rows. */
static inline uint16_t kernel_judge(const struct kernel_probe *probe, const int32_t *sums,
                                    const uint8_t *group, size_t width, float longest, float *scores) {
    float scales[KERNEL_GROUP], reaches[KERNEL_GROUP], more = longest * probe->error + KERNEL_SLACK;
    memcpy(scales, group + width / 8 * KERNEL_LINE, sizeof scales);
    memcpy(reaches, group + width / 8 * KERNEL_LINE + sizeof scales, sizeof reaches);
    unsigned kept = 0;
    for (int row = 0; row < KERNEL_GROUP; row++) {
        scores[row] = (float)(2 * sums[row] - 15 * probe->sum) * (probe->half_step * scales[row]);
        kept |= (unsigned)!(scores[row] + reaches[row] * probe->norm + more < probe->floor) << row;
    }
    return (uint16_t)kept;
}

#endif
