/* The faces of the collections in memory, kept in agreement with the store.
 *
 * A collection's index is made from the store when it is first searched. Every change goes to the store first
 * and, once it is on disk, to the index, so that what was acknowledged is found at once; one change of a
 * collection at a time, searches run beside it. An index that cannot follow the store (no memory) is dropped
 * and made again. A deleted collection's index lives until the last search in it has ended. */
#ifndef API_GALLERY_H
#define API_GALLERY_H

#include "store/store.h"

struct galleries;

struct gallery_match {
    struct uuid face;
    float similarity; /* 0 to 100 */
};

/* The store outlives it. */
MUST_CHECK bool galleries_new(struct store *store, struct galleries **ret_galleries, struct error *err);
/* Nobody uses it any more. Takes NULL. */
void galleries_free(struct galleries *galleries);

/* Like store_faces_add, store_faces_delete and store_collection_delete. */
MUST_CHECK bool gallery_add(struct galleries *galleries, const struct store_collection *collection,
                            struct store_face *faces, const float *const *vectors, size_t count,
                            bool *ret_known, struct error *err);
MUST_CHECK bool gallery_remove(struct galleries *galleries, const struct store_collection *collection,
                               const struct uuid *faces, size_t count, bool *ret_deleted, struct error *err);
MUST_CHECK bool gallery_drop(struct galleries *galleries, const struct store_collection *collection,
                             struct error *err);

/* The best `maximum` faces of at least this similarity, best first. exclude (may be NULL) is left out. The
 * matches live in the arena; a face may be deleted while one reads them. */
MUST_CHECK bool gallery_search(struct galleries *galleries, struct arena *arena,
                               const struct store_collection *collection, const float *probe,
                               float similarity, size_t maximum, const struct uuid *exclude,
                               struct gallery_match **ret_matches, size_t *ret_count, struct error *err);
/* The embedding of a face, in the arena. INVALID_PARAMETER when it is not in the collection. */
MUST_CHECK bool gallery_vector(struct galleries *galleries, struct arena *arena,
                               const struct store_collection *collection, struct uuid face,
                               float **ret_vector, struct error *err);

#endif
