/* Some faces of an index with their vectors, as good as drawn at random: which ones depends on the faces
 * alone, not on where they stand. */
#ifndef MATCH_SAMPLE_H
#define MATCH_SAMPLE_H

#include <stdatomic.h>
#include "match/index.h"

struct sample {
    struct uuid *faces;
    float *vectors; /* one behind the other */
    size_t count;
};

/* About `wanted` faces, all of them when there are no more, in an order as random as the choice. Another salt
 * draws others. The index may change meanwhile. stop (may be NULL) ends it early once it is true: INTERNAL.
 */
MUST_CHECK bool sample_take(struct index *index, size_t wanted, uint8_t salt, const atomic_bool *stop,
                            struct sample *ret_sample, struct error *err);
void sample_release(struct sample *sample);

#endif
