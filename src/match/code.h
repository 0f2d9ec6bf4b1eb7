/* Vectors in eight bits a number, in two halves of four, with a proof of what the missing rest can change.
 *
 * coarse: x = scale * (u - 7.5) + rest, and |rest| is at most reach;
 * fine: rest = fine_scale * (v - 7.5) + rest of it, and that one's length is at most fine_reach.
 * By Cauchy and Schwarz, q * x lies within |q| * reach of what the coarse half says, and within |q| *
 * fine_reach of what both say. A probe is held in bytes and misses q by `error` at most, which adds error
 * times the length of what it is multiplied with. All four bounds hold in float arithmetic, and for the sum
 * in floats (kernel_dots) as well as for the true product. */
#ifndef MATCH_CODE_H
#define MATCH_CODE_H

#include "match/kernel.h"

enum { CODE_DIMENSION_MAX = 4096 };

struct code_shape {
    size_t dimension, width; /* width: the dimension padded to KERNEL_WIDTH */
    size_t group_bytes;      /* coarse halves of KERNEL_GROUP rows, see kernel.h */
    size_t fine_bytes;       /* fine half of one row: fine_scale, fine_reach, codes */
};

struct code {
    float scale, reach, fine_scale, fine_reach;
    float length; /* at least that of x and of both approximations */
    uint8_t coarse[CODE_DIMENSION_MAX / 2], fine[CODE_DIMENSION_MAX / 2];
};

/* dimension is 1 to CODE_DIMENSION_MAX. */
struct code_shape code_shape_of(size_t dimension);
/* Any vector of finite numbers. */
void code_make(const struct code_shape *shape, const float *vector, struct code *ret_code);
/* Into place `lane` of a group, and into the row's fine half. */
void code_write(const struct code_shape *shape, const struct code *code, uint8_t *group, size_t lane,
                uint8_t *fine);
/* A row that no bound keeps, and no trace of what was there. */
void code_erase(const struct code_shape *shape, uint8_t *group, size_t lane, uint8_t *fine);
/* Is it that of a row that code_erase made? */
bool code_erased(const uint8_t *fine);
/* Brings the fine half nearer to the processor. */
static inline void code_prefetch(const struct code_shape *shape, const uint8_t *fine) {
    for (size_t i = 0; i < shape->fine_bytes; i += 64)
        __builtin_prefetch(fine + i);
}

/* bytes: shape->width of them, aligned to 64, kept by the caller as long as the probe. vector may hold
 * numbers that are none; then every row is kept. The floor is left to the caller. */
struct kernel_probe code_probe(const struct code_shape *shape, const float *vector, int8_t *bytes);
/* Between what and what the product is, from the score of the coarse half and the fine one; both minus
 * infinity for a row that was erased. longest: at least the row's length. */
struct code_range {
    float least, most;
};
struct code_range code_range(const struct code_shape *shape, const struct kernel *kernel,
                             const struct kernel_probe *probe, float score, float longest,
                             const uint8_t *fine);

#endif
