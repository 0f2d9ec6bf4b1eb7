/* What must survive: collections, their faces and users. One file an engine implements it (sqlite.c).
 *
 * Every write is one transaction, on disk when the call returns true: a face that was acknowledged survives
 * a kill -9 and a power cut, one that was not is wholly absent. Between store_begin and store_commit the
 * writes of a thread are one transaction together, and its reads see them. Vectors are encrypted (seal.h). A
 * store may be used from many threads. Strings that come back live in the arena that the caller gives. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/digest.h"
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
    int64_t face_count, user_count;
};

struct store_face {
    struct uuid id;
    struct uuid image_id;
    const char *external_image_id;  /* NULL for none */
    float left, top, width, height; /* ratios of the upright photograph */
    float confidence;               /* 0 to 100 */
    const char *model;
    int64_t created_ms;
    const char *user_id; /* of the user it belongs to, NULL for none; reading only */
};

struct store_user {
    struct uuid key; /* never used again for another user */
    const char *id;  /* what clients call it */
    int64_t created_ms;
    int64_t face_count;
    const char *details; /* JSON that the API keeps with it (celebrities); NULL for none */
};

/* Which faces; every member that is set must hold. All zero: every face. */
struct store_filter {
    const char *user_id;                  /* NULL: whoever it belongs to */
    const char *external_image_id;        /* exactly this; NULL: any */
    const char *external_image_id_prefix; /* NULL: any */
    int64_t created_from_ms;              /* inclusive */
    int64_t created_before_ms;            /* exclusive; 0: no bound */
    const struct store_tag *tags;         /* the face has each of them */
    size_t tag_count;
};

/* directory: made with mode 0700 when it is not there; one process at a time may hold it (error IN_USE names
 * the lock file). Holds store.db, its WAL, master.key (mode 0600, made on the first start) and lock. INTERNAL
 * when one of them is missing, damaged, of another program, of a newer release, or the key is not that of the
 * vectors. */
MUST_CHECK bool store_open(const char *directory, struct store **ret_store, struct error *err);
/* Checkpoints the WAL and lets the directory go. Takes NULL. */
void store_close(struct store *store);

/* --- several writes as one: no other thread can write until store_commit or store_rollback --- */

/* Waits for the transaction of another thread. Each begin has its own end in the same thread; one inside
 * another joins it, and only the outermost end counts. */
MUST_CHECK bool store_begin(struct store *store, struct error *err);
/* On disk when it returns true, and what store_on_commit was given has run; else nothing has happened. It is
 * the end either way. INTERNAL after a write in between has failed: a part cannot be undone alone. */
MUST_CHECK bool store_commit(struct store *store, struct error *err);
/* Nothing has happened. After a failed write this is the only way on: further writes fail too. */
void store_rollback(struct store *store);
/* Whether the calling thread is between store_begin and its end. */
bool store_in_transaction(struct store *store);
/* Has act called once what this thread writes is on disk, before anybody else can write; or, with committed
 * false, when it is undone. Those of one transaction are called in the order in which they came; they may
 * read the store and not write. Only between store_begin and its end. */
MUST_CHECK bool store_on_commit(struct store *store, void (*act)(void *context, bool committed),
                                void *context, struct error *err);

/* --- collections --- */

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
/* Everything stays but the id. NOT_FOUND, ALREADY_EXISTS. */
MUST_CHECK bool store_collection_rename(struct store *store, const char *id, const char *new_id,
                                        struct error *err);
/* A collection of its own with the same tags, faces (and their ids) and users, under a new key. NOT_FOUND,
 * ALREADY_EXISTS, QUOTA. */
MUST_CHECK bool store_collection_copy(struct store *store, const char *id, const char *new_id,
                                      struct error *err);
/* With all its faces, users and its key: what remains of them in freed pages is overwritten. NOT_FOUND. */
MUST_CHECK bool store_collection_delete(struct store *store, const char *id, struct error *err);

/* By ascending key; none when the collection has gone. */
MUST_CHECK bool store_tags_get(struct store *store, struct arena *arena, int64_t collection,
                               struct store_tag **ret_tags, size_t *ret_count, struct error *err);
/* Adds them or gives them a new value. NOT_FOUND when the collection has gone, QUOTA when it would have more
 * than LIMIT_TAGS. */
MUST_CHECK bool store_tags_put(struct store *store, int64_t collection, const struct store_tag *tags,
                               size_t count, struct error *err);
/* Those that are not there are no error. */
MUST_CHECK bool store_tags_remove(struct store *store, int64_t collection, const char *const *keys,
                                  size_t count, struct error *err);

/* --- faces --- */

/* Adds the faces of one photograph in one transaction; vectors[i] has the collection's dimension. A face
 * with an external image id that is there already with the same image id, external image id and box keeps
 * its first id: faces[i] becomes the stored face (its texts stay the caller's) and ret_known[i] is set;
 * nothing is added for it.
 * NOT_FOUND when the collection has gone, QUOTA when it is full. */
MUST_CHECK bool store_faces_add(struct store *store, int64_t collection, struct store_face *faces,
                                const float *const *vectors, size_t count, bool *ret_known,
                                struct error *err);
/* NOT_FOUND when the face is not in the collection. */
MUST_CHECK bool store_face_get(struct store *store, struct arena *arena, int64_t collection, struct uuid id,
                               struct store_face *ret_face, struct error *err);
/* Up to `maximum` faces by ascending id, after `after` (NULL: from the first). filter may be NULL. */
MUST_CHECK bool store_faces_list(struct store *store, struct arena *arena, int64_t collection,
                                 const struct store_filter *filter, const struct uuid *after, size_t maximum,
                                 struct store_face **ret_faces, size_t *ret_count, struct error *err);
/* The ids of all faces that the filter lets through, ascending; the caller frees them with free(). */
MUST_CHECK bool store_faces_matching(struct store *store, int64_t collection,
                                     const struct store_filter *filter, struct uuid **ret_ids,
                                     size_t *ret_count, struct error *err);
/* Deletes those that are there; ret_deleted[i] says which. A user that one belonged to has one less.
 * NOT_FOUND when the collection has gone. */
MUST_CHECK bool store_faces_delete(struct store *store, int64_t collection, const struct uuid *ids,
                                   size_t count, bool *ret_deleted, struct error *err);
/* Gives each face, if it is there, these tags or new values of them. QUOTA beyond LIMIT_TAGS of a face. */
MUST_CHECK bool store_face_tags_put(struct store *store, int64_t collection, const struct uuid *ids,
                                    size_t count, const struct store_tag *tags, size_t tag_count,
                                    struct error *err);
MUST_CHECK bool store_face_tags_remove(struct store *store, int64_t collection, const struct uuid *ids,
                                       size_t count, const char *const *keys, size_t key_count,
                                       struct error *err);
/* By ascending key; none when the face is not there. */
MUST_CHECK bool store_face_tags_get(struct store *store, struct arena *arena, int64_t collection,
                                    struct uuid id, struct store_tag **ret_tags, size_t *ret_count,
                                    struct error *err);
/* The vector of one face into ret_vector (the collection's dimension). NOT_FOUND. */
MUST_CHECK bool store_vector_get(struct store *store, int64_t collection, struct uuid id, float *ret_vector,
                                 struct error *err);
/* Calls visit for every face's vector, in no order; user is the key of the user it belongs to, or NULL. Stops
 * with the error when visit returns false. visit does not use the store. */
MUST_CHECK bool store_vectors_each(struct store *store, int64_t collection,
                                   bool (*visit)(void *context, struct uuid id, const struct uuid *user,
                                                 const float *vector, struct error *err),
                                   void *context, struct error *err);

/* --- users: one person each, with up to LIMIT_USER_FACES faces --- */

/* CONFLICT when the id is taken, NOT_FOUND when the collection has gone, QUOTA when it is full. details may
 * be NULL. */
MUST_CHECK bool store_user_create(struct store *store, int64_t collection, const char *id,
                                  const char *details, struct error *err);
/* NOT_FOUND. */
MUST_CHECK bool store_user_get(struct store *store, struct arena *arena, int64_t collection, const char *id,
                               struct store_user *ret_user, struct error *err);
MUST_CHECK bool store_user_get_by_key(struct store *store, struct arena *arena, int64_t collection,
                                      struct uuid key, struct store_user *ret_user, struct error *err);
/* Up to `maximum` users by ascending id (bytewise), after `after` (NULL: from the first). */
MUST_CHECK bool store_user_list(struct store *store, struct arena *arena, int64_t collection,
                                const char *after, size_t maximum, struct store_user **ret_users,
                                size_t *ret_count, struct error *err);
/* NOT_FOUND. */
MUST_CHECK bool store_user_set_details(struct store *store, int64_t collection, const char *id,
                                       const char *details, struct error *err);
/* Its faces stay and belong to nobody. NOT_FOUND. */
MUST_CHECK bool store_user_delete(struct store *store, int64_t collection, const char *id, struct error *err);
/* Faces that are there now belong to the user, or to nobody (NULL), whomever they belonged to. NOT_FOUND (the
 * user), QUOTA beyond LIMIT_USER_FACES. */
MUST_CHECK bool store_faces_assign(struct store *store, int64_t collection, const struct uuid *faces,
                                   size_t count, const char *user_id, struct error *err);

/* --- idempotency tokens: what a call with a ClientRequestToken was answered --- */

/* *ret_reply is NULL when the token is new, or older than LIMIT_TOKEN_HOURS. TOKEN_MISMATCH when it came with
 * another request (digest). */
MUST_CHECK bool store_token_find(struct store *store, struct arena *arena, const char *operation,
                                 const char *token, struct sha256 digest, const char **ret_reply,
                                 struct error *err);
/* Takes the place of what was kept under the token. Forgets those that are too old as it goes. */
MUST_CHECK bool store_token_keep(struct store *store, const char *operation, const char *token,
                                 struct sha256 digest, struct bytes reply, struct error *err);

/* --- the journal: entries of the record on their way into its log --- */

/* Adds an entry behind all others; *ret_index counts them, from 0 and without gaps. Inside a transaction of
 * this thread it is on disk with that one; else when this returns, and concurrent callers share one write to
 * the disk. */
MUST_CHECK bool store_journal_append(struct store *store, struct bytes entry, uint64_t *ret_index,
                                     struct error *err);
/* Those that are kept: the indexes from *ret_first up to, and without, *ret_next, which is the index that
 * the next entry gets. */
MUST_CHECK bool store_journal_bounds(struct store *store, uint64_t *ret_first, uint64_t *ret_next,
                                     struct error *err);
/* Calls visit for up to `maximum` entries in their order, from index `first` on; stops with the error when it
 * returns false. visit does not use the store. */
MUST_CHECK bool store_journal_each(struct store *store, uint64_t first, size_t maximum,
                                   bool (*visit)(void *context, uint64_t index, struct bytes entry,
                                                 struct error *err),
                                   void *context, struct error *err);
/* Forgets the entries below `before`. */
MUST_CHECK bool store_journal_forget(struct store *store, uint64_t before, struct error *err);

#endif
