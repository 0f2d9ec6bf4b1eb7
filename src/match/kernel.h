/* Dot products of one probe with many rows: what a search spends its time on. */
#ifndef MATCH_KERNEL_H
#define MATCH_KERNEL_H

#include "base/compiler.h"

#define KERNEL_LANE 16 /* floats: rows are padded with zeros to a multiple of it and aligned to 64 bytes */

/* out[i] = sum of probe[k] * rows[i * width + k]; width is a multiple of KERNEL_LANE. Kernels differ from
 * each other by rounding only, and give the same bits for the same row wherever it stands. */
typedef void kernel_dots(const float *probe, const float *rows, size_t width, size_t count, float *out);

struct kernel {
    const char *name; /* "portable", "avx2", "avx512" */
    kernel_dots *dots;
};

/* The fastest that this processor runs. */
const struct kernel *kernel_best(void);
/* All that it runs; *ret_count of them, for tests and benchmarks. */
const struct kernel *const *kernel_all(size_t *ret_count);

#endif
