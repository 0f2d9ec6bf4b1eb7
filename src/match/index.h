/* Search in memory: the vectors of one collection, found by cosine. It is exact, unless the index is grouped:
 * then only the lists whose centres (centres.h) are nearest to the probe are searched, in the same way.
 *
 * The index is a cache of the store and can be rebuilt from it. It may be used from any number of threads:
 * searches run together, and an insert or a removal goes between them without waiting for any to end. A
 * search sees a face that comes, goes or changes meanwhile as before or as after. */
#ifndef MATCH_INDEX_H
#define MATCH_INDEX_H

#include "base/error.h"
#include "base/uuid.h"

struct centres;
struct index;

struct index_match {
    struct uuid face;
    float cosine;
};

/* dimension: 1 to 4096. All vectors of the index have it; they are meant to be unit vectors. A face takes as
 * many bytes as it has dimensions and about 44 more, and its full vector in memory four times that. */
MUST_CHECK bool index_new(int dimension, struct index **ret_index, struct error *err);
/* The full vectors stand in a nameless file in the folder instead, encrypted under a key of this process, and
 * only those that a search must tell apart are read. */
MUST_CHECK bool index_new_on_disk(int dimension, const char *folder, struct index **ret_index,
                                  struct error *err);
/* A grouped index, for about so many faces; folder NULL: all in memory. It owns the centres, once it is made.
 */
MUST_CHECK bool index_new_grouped(struct centres *centres, const char *folder, size_t faces,
                                  struct index **ret_index, struct error *err);
void index_free(struct index *index);
/* Copies the vector; a face that is already there gets the new one. When that fails for want of disk, the
 * face is not in the index any more. */
MUST_CHECK bool index_insert(struct index *index, struct uuid face, const float *vector, struct error *err);
/* false when it was not there. */
bool index_remove(struct index *index, struct uuid face);
size_t index_count(struct index *index);
bool index_has(struct index *index, struct uuid face);
/* Copies a face's vector; false when it is not there. */
MUST_CHECK bool index_vector(struct index *index, struct uuid face, float *ret_vector);

/* Copies up to `maximum` faces and their vectors (one behind the other; NULL: no vectors) from *cursor on,
 * which is 0 at first, and moves it; *ret_count is 0 behind the last. Every face that is there from the first
 * call to the last is met once; one that comes, goes or changes meanwhile perhaps, and perhaps twice. Nobody
 * waits for long. */
MUST_CHECK bool index_walk(struct index *index, size_t *cursor, size_t maximum, struct uuid *faces,
                           float *vectors, size_t *ret_count, struct error *err);
int index_dimension(const struct index *index);
/* Bytes that it takes in memory. */
size_t index_memory(struct index *index);
/* Does it keep the full vectors on disk? */
bool index_is_on_disk(const struct index *index);
/* The lists of a grouped index, and how many of them a search reads; 1 of any other. */
size_t index_lists(const struct index *index);
size_t index_lists_read(const struct index *index);

struct index_query {
    const float *probe;         /* a unit vector */
    float threshold;            /* smallest cosine */
    bool exhaustive;            /* all lists of a grouped index */
    size_t maximum;             /* at most so many matches */
    const struct uuid *exclude; /* a face to leave out, or NULL */
    const struct uuid *among;   /* only these faces, ascending bytewise; NULL: all */
    size_t among_count;
};

/* Is what the query finds surely all that there is to find? */
bool index_is_exact(struct index *index, const struct index_query *query);
/* The best faces of the query, best first, ties by face id ascending: what a scan in 32-bit arithmetic over
 * all of them finds, or over those of the nearest lists. matches holds query->maximum. */
MUST_CHECK bool index_search(struct index *index, const struct index_query *query,
                             struct index_match *matches, size_t *ret_count, struct error *err);
/* Several queries in one pass over the memory, several times cheaper than one by one, where they are exact:
 * matches[i] and ret_counts[i] are those of queries[i]. */
MUST_CHECK bool index_search_many(struct index *index, const struct index_query *queries, size_t count,
                                  struct index_match *const *matches, size_t *ret_counts, struct error *err);

#endif
