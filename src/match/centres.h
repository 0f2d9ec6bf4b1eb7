/* The centres of the lists of a grouped index: unit vectors, a list each, that spread over the vectors as
 * these do. They do not change once they are made, and any number of threads may use them. */
#ifndef MATCH_CENTRES_H
#define MATCH_CENTRES_H

#include <stdatomic.h>
#include "match/index.h"

struct centres;

/* From a sample of vectors, one behind the other: the same sample gives the same centres, to the bit. count:
 * 1 to LIMIT_CENTRES, and at most sample_count. dimension: that of an index. stop (may be NULL) ends it early
 * once it is true: INTERNAL. */
MUST_CHECK bool centres_make(const float *sample, size_t sample_count, size_t dimension, size_t count,
                             const atomic_bool *stop, struct centres **ret_centres, struct error *err);
/* Takes NULL. */
void centres_free(struct centres *centres);
size_t centres_count(const struct centres *centres);
size_t centres_dimension(const struct centres *centres);
/* Bytes in memory. */
size_t centres_memory(const struct centres *centres);
/* Of each of `count` vectors, one behind the other, the list of the centre with the largest product. */
MUST_CHECK bool centres_nearest(const struct centres *centres, const float *vectors, size_t count,
                                uint32_t *ret_lists, struct error *err);
/* The `count` lists with the largest products, 1 to all: roughly in order, the most promising part first. */
MUST_CHECK bool centres_rank(const struct centres *centres, const float *probe, size_t count,
                             uint32_t *ret_lists, struct error *err);

#endif
