/* The indexes of a collection: made from its snapshot or from the store, and kept in a snapshot.
 *
 * A snapshot is DIR/snapshots/NUMBER (match/snapshot.h), a cache. One of exactly this state of the store is
 * taken as it is. One from before is caught up when only faces have come since. A vector that has gone from
 * the store must not stay in a file: who takes one away calls gallery_file_forget, and what a crash left is
 * found by its generation and removed. */
#ifndef API_GALLERY_FILE_H
#define API_GALLERY_FILE_H

#include "match/index.h"
#include "store/store.h"

struct indexes {
    struct index *faces, *users; /* of faces' vectors, and of users' under their keys */
};

enum gallery_source { GALLERY_FROM_STORE, GALLERY_FROM_SNAPSHOT, GALLERY_CAUGHT_UP };

struct gallery_origin {
    enum gallery_source source;
    bool damaged;  /* a snapshot is there and is not what was written */
    char why[512]; /* no snapshot was used; empty when one was */
};

/* The store may change meanwhile: the indexes then have it as it was at the beginning, or later. Nothing is
 * written when the store is open for reading only. NOT_FOUND when the collection has gone. The caller frees
 * the indexes with gallery_indexes_free. */
MUST_CHECK bool gallery_indexes_make(struct store *store, const struct store_collection *collection,
                                     struct indexes *ret_indexes, struct gallery_origin *ret_origin,
                                     struct error *err);
void gallery_indexes_free(struct indexes *indexes);
/* Adds a face's vector, weighted by the face's confidence, to the sum of its user. */
void gallery_weigh(float *sum, const float *vector, float confidence, int dimension);
/* sum / |sum| in place; false when it has no direction. */
MUST_CHECK bool gallery_normalise(float *sum, int dimension);

/* The state that indexes which follow the store have now, at least: whoever was committing before has told
 * them. Not in a transaction. */
MUST_CHECK bool gallery_file_state(struct store *store, int64_t collection, struct store_state *ret_state,
                                   struct error *err);
/* Writes indexes of that state or a later one, which may go on changing, into the collection's snapshot.
 * INTERNAL also when a vector went meanwhile; then there is no snapshot. */
MUST_CHECK bool gallery_file_save(struct store *store, int64_t collection, const struct store_state *state,
                                  const struct indexes *indexes, struct error *err);
/* Is there one of this very moment? What it says of itself is believed. */
bool gallery_file_is_current(struct store *store, int64_t collection);
/* Removes the collection's snapshot, if there is one. */
void gallery_file_forget(struct store *store, int64_t collection);
/* Removes what lies in the folder and belongs to no collection, or holds vectors that have gone. */
void gallery_file_sweep(struct store *store);

/* Holds snapshot and indexes of the collection against the store; report is given a sentence for each thing
 * that does not agree. Whether all could be looked at. */
MUST_CHECK bool gallery_check(struct store *store, const struct store_collection *collection,
                              void (*report)(void *context, const char *what), void *context,
                              struct error *err);

#endif
