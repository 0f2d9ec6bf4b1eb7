/* Exact search in memory: the vectors of one collection, found by cosine.
 *
 * The index is a cache of the store and can be rebuilt from it. Searches run together; an insert or a removal
 * waits for them and they for it. Every vector is a unit vector of `dimension` floats. */
#ifndef MATCH_INDEX_H
#define MATCH_INDEX_H

#include "base/error.h"
#include "base/uuid.h"

struct index;

struct index_match {
    struct uuid face;
    float cosine;
};

MUST_CHECK bool index_new(int dimension, struct index **ret_index, struct error *err);
void index_free(struct index *index);
/* Copies the vector; a face that is already there gets the new one. */
MUST_CHECK bool index_insert(struct index *index, struct uuid face, const float *vector, struct error *err);
/* false when it was not there. */
bool index_remove(struct index *index, struct uuid face);
size_t index_count(struct index *index);
/* Copies a face's vector; false when it is not there. */
MUST_CHECK bool index_vector(struct index *index, struct uuid face, float *ret_vector);
/* The best `maximum` faces with a cosine of at least `threshold`, best first, ties by face id ascending.
 * exclude (may be NULL) is left out. matches holds `maximum`. */
MUST_CHECK bool index_search(struct index *index, const float *probe, float threshold, size_t maximum,
                             const struct uuid *exclude, struct index_match *matches, size_t *ret_count,
                             struct error *err);

#endif
