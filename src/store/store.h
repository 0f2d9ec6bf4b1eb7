/* What must survive: collections and their faces. One file an engine implements it (sqlite.c).
 *
 * Every write is one transaction, on disk when the call returns true: a face that was acknowledged survives
 * a kill -9 and a power cut, one that was not is wholly absent. Vectors are encrypted (seal.h). A store may
 * be used from many threads. Strings that come back live in the arena that the caller gives. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"

struct store;

struct store_tag {
    const char *key, *value;
};

struct store_collection {
    int64_t number;    /* never used again for another collection */
    const char *id;    /* what clients call it */
    const char *model; /* version of the model of its vectors */
    int dimension;
    int64_t created_ms;
    int64_t face_count;
};

struct store_face {
    struct uuid id;
    struct uuid image_id;
    const char *external_image_id;  /* NULL for none */
    float left, top, width, height; /* ratios of the upright photograph */
    float confidence;               /* 0 to 100 */
    const char *model;
    int64_t created_ms;
};

/* directory: made with mode 0700 when it is not there; one process at a time may hold it (error IN_USE names
 * the lock file). Holds store.db, its WAL, master.key (mode 0600, made on the first start) and lock. INTERNAL
 * when one of them is missing, damaged, of another program, of a newer release, or the key is not that of the
 * vectors. */
MUST_CHECK bool store_open(const char *directory, struct store **ret_store, struct error *err);
/* Checkpoints the WAL and lets the directory go. Takes NULL. */
void store_close(struct store *store);

/* ALREADY_EXISTS, QUOTA. dimension: 1 to 4096. */
MUST_CHECK bool store_collection_create(struct store *store, const char *id, const char *model, int dimension,
                                        const struct store_tag *tags, size_t tag_count, struct error *err);
/* NOT_FOUND: "The collection id: X does not exist". */
MUST_CHECK bool store_collection_get(struct store *store, struct arena *arena, const char *id,
                                     struct store_collection *ret_collection, struct error *err);
/* Up to `maximum` collections by ascending id (bytewise), after `after` (NULL: from the first). */
MUST_CHECK bool store_collection_list(struct store *store, struct arena *arena, const char *after,
                                      size_t maximum, struct store_collection **ret_collections,
                                      size_t *ret_count, struct error *err);
/* With all its faces and its key: what remains of them in freed pages is overwritten. NOT_FOUND. */
MUST_CHECK bool store_collection_delete(struct store *store, const char *id, struct error *err);

/* Adds the faces of one photograph in one transaction; vectors[i] has the collection's dimension. A face
 * with an external image id that is there already with the same image id, external image id and box keeps
 * its first id: faces[i].id is replaced by it and ret_known[i] set; nothing is added for it.
 * NOT_FOUND when the collection has gone, QUOTA when it is full. */
MUST_CHECK bool store_faces_add(struct store *store, int64_t collection, struct store_face *faces,
                                const float *const *vectors, size_t count, bool *ret_known,
                                struct error *err);
/* NOT_FOUND when the face is not in the collection. */
MUST_CHECK bool store_face_get(struct store *store, struct arena *arena, int64_t collection, struct uuid id,
                               struct store_face *ret_face, struct error *err);
/* Up to `maximum` faces by ascending id, after `after` (NULL: from the first). */
MUST_CHECK bool store_faces_list(struct store *store, struct arena *arena, int64_t collection,
                                 const struct uuid *after, size_t maximum, struct store_face **ret_faces,
                                 size_t *ret_count, struct error *err);
/* Deletes those that are there; ret_deleted[i] says which. */
MUST_CHECK bool store_faces_delete(struct store *store, int64_t collection, const struct uuid *ids,
                                   size_t count, bool *ret_deleted, struct error *err);
/* Calls visit for every face's vector, in no order; stops with the error when visit returns false. */
MUST_CHECK bool store_vectors_each(struct store *store, int64_t collection,
                                   bool (*visit)(void *context, struct uuid id, const float *vector,
                                                 struct error *err),
                                   void *context, struct error *err);

#endif
