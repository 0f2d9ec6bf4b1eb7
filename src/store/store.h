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

#define STORE_SALT 32

struct store;

struct store_tag {
    const char *key, *value;
};

/* What a collection is for, how long its faces stay and how they are kept. Texts are NULL when nothing was
 * stated. */
struct store_governance {
    const char *purpose, *lawful_basis;
    const char *owner;     /* the person who answers for it */
    int retention_days;    /* a face expires so long after it was made; 0: never */
    bool consent_required; /* faces without a reference to a consent are refused */
    bool release_required; /* a search's result waits for a second person */
    bool keep_crops;       /* of each face, sealed, so that it can move to another model */
    bool approximate;      /* searched in part: faster when it is very large, and a match may be missed */
};

struct store_collection {
    int64_t number;    /* never used again for another collection */
    int64_t account;   /* whose it is */
    const char *id;    /* what clients call it */
    const char *model; /* version of the model of its vectors */
    int dimension;
    int64_t created_ms;
    int64_t face_count, user_count;
    struct store_governance governance;
    const char *next_model; /* it moves to this one; NULL: to none */
    int next_dimension;
};

struct store_face {
    struct uuid id;
    struct uuid image_id;
    const char *external_image_id;  /* NULL for none */
    float left, top, width, height; /* ratios of the upright photograph */
    float confidence;               /* 0 to 100 */
    const char *model;
    int64_t created_ms;
    int64_t expires_ms;       /* its own end, beside that of the collection's retention; 0: none */
    const char *consent;      /* reference to a consent or release, NULL for none */
    uint8_t salt[STORE_SALT]; /* of commitments to it, made when it is added and gone with it */
    const char *user_id;      /* of the user it belongs to, NULL for none; reading only */
};

/* A face whose time is over. */
struct store_expired {
    int64_t account;
    int64_t collection;
    const char *collection_id;
    struct uuid face;
    uint8_t salt[STORE_SALT];
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
/* For reading alone, also while another process holds the directory, which is left as it is. Writes fail.
 * INTERNAL also when a migration is due. */
MUST_CHECK bool store_open_beside(const char *directory, struct store **ret_store, struct error *err);
bool store_is_beside(const struct store *store);
/* The directory it was opened in; owned by the store. */
const char *store_folder(const struct store *store);
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

/* Ids are of an account: another one may have a collection of the same id. ALREADY_EXISTS, QUOTA beyond
 * LIMIT_COLLECTIONS of the account. dimension: 1 to 4096. */
MUST_CHECK bool store_collection_create(struct store *store, int64_t account, const char *id,
                                        const char *model, int dimension, const struct store_tag *tags,
                                        size_t tag_count, struct error *err);
/* NOT_FOUND: "The collection id: X does not exist". */
MUST_CHECK bool store_collection_get(struct store *store, struct arena *arena, int64_t account,
                                     const char *id, struct store_collection *ret_collection,
                                     struct error *err);
/* Up to `maximum` collections of the account by ascending id (bytewise), after `after` (NULL: from the
 * first). */
MUST_CHECK bool store_collection_list(struct store *store, struct arena *arena, int64_t account,
                                      const char *after, size_t maximum,
                                      struct store_collection **ret_collections, size_t *ret_count,
                                      struct error *err);
/* Whether its vectors are of this model. THROTTLED when they are not: it has moved since the caller looked.
 * NOT_FOUND. */
MUST_CHECK bool store_collection_is_of(struct store *store, int64_t collection, const char *model,
                                       struct error *err);
/* States its purpose and the rest anew; without keep_crops the crops that it has are gone. NOT_FOUND when the
 * collection has gone. */
MUST_CHECK bool store_collection_govern(struct store *store, int64_t collection,
                                        const struct store_governance *governance, struct error *err);
/* Everything stays but the id. NOT_FOUND, ALREADY_EXISTS. */
MUST_CHECK bool store_collection_rename(struct store *store, int64_t account, const char *id,
                                        const char *new_id, struct error *err);
/* A collection of its own with the same governance, tags, faces (their ids and crops too) and users, under a
 * new key and with new salts; a move to another model stays behind. NOT_FOUND, ALREADY_EXISTS, QUOTA. */
MUST_CHECK bool store_collection_copy(struct store *store, int64_t account, const char *id,
                                      const char *new_id, struct error *err);
/* With all its faces, users and its key: what remains of them in freed pages is overwritten. NOT_FOUND. */
MUST_CHECK bool store_collection_delete(struct store *store, int64_t account, const char *id,
                                        struct error *err);

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
 * nothing is added for it. The others get their salt.
 * NOT_FOUND when the collection has gone, QUOTA when it is full, THROTTLED when it has moved to another model
 * than that of a face. */
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
/* Up to `maximum` faces that expired at `now_ms` or before, of whichever account, ordered by collection.
 * They are there until somebody deletes them. */
MUST_CHECK bool store_faces_expired(struct store *store, struct arena *arena, int64_t now_ms, size_t maximum,
                                    struct store_expired **ret_faces, size_t *ret_count, struct error *err);
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
/* The vector of one face into ret_vector. NOT_FOUND; THROTTLED when the collection has moved to a model of
 * another dimension. */
MUST_CHECK bool store_vector_get(struct store *store, int64_t collection, struct uuid id, int dimension,
                                 float *ret_vector, struct error *err);
/* Calls visit for every face's vector, in no order; user is the key of the user it belongs to, or NULL. Stops
 * with the error when visit returns false. visit does not use the store. */
MUST_CHECK bool store_vectors_each(struct store *store, int64_t collection,
                                   bool (*visit)(void *context, struct uuid id, const struct uuid *user,
                                                 const float *vector, struct error *err),
                                   void *context, struct error *err);

/* --- crops: of each face a small picture, sealed as its vector is; what is in it is the caller's (crops.c)
 * ---
 */

/* Nothing happens when the face is not there, or its collection keeps no crops. A face that could not be
 * moved to another model (below) is tried again. At most LIMIT_CROP_BYTES. */
MUST_CHECK bool store_crop_put(struct store *store, int64_t collection, struct uuid face, struct bytes crop,
                               struct error *err);
/* In the arena; ptr is NULL when none is kept. */
MUST_CHECK bool store_crop_get(struct store *store, struct arena *arena, int64_t collection, struct uuid face,
                               struct bytes *ret_crop, struct error *err);

MUST_CHECK bool store_crop_is_kept(struct store *store, int64_t collection, struct uuid face, bool *ret_kept,
                                   struct error *err);

/* --- moves: a collection's way to another model, face by face beside its vectors, which serve until all are
 * there (moves.c) --- */

struct store_move {
    int64_t moved, unmovable, left; /* faces: with a vector of the next model, given up, to be looked at */
};
/* To this model from now on: what was made for another one is forgotten, for the same one it stays. model
 * NULL: to none. NOT_FOUND. */
MUST_CHECK bool store_move_begin(struct store *store, int64_t collection, const char *model, int dimension,
                                 struct error *err);
/* NOT_FOUND. */
MUST_CHECK bool store_move_state(struct store *store, int64_t collection, struct store_move *ret_move,
                                 struct error *err);
/* Up to `maximum` of those that are left. */
MUST_CHECK bool store_move_next(struct store *store, struct arena *arena, int64_t collection, size_t maximum,
                                struct store_face **ret_faces, size_t *ret_count, struct error *err);
/* Up to `maximum` of those that were given up. */
MUST_CHECK bool store_move_unmovable(struct store *store, struct arena *arena, int64_t collection,
                                     size_t maximum, struct store_face **ret_faces, size_t *ret_count,
                                     struct error *err);
/* The vectors of faces by the model that the collection moves to; NULL gives a face up. Nothing happens to
 * faces that have gone, nor when the collection moves elsewhere by now. */
MUST_CHECK bool store_move_put(struct store *store, int64_t collection, const char *model, int dimension,
                               const struct uuid *faces, const float *const *vectors, size_t count,
                               struct error *err);
/* The vectors, model and dimension are those of the next model; the old vectors are gone without a trace.
 * CONFLICT while a face is left or given up, or when there is no move. */
MUST_CHECK bool store_move_end(struct store *store, int64_t collection, struct error *err);

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

/* --- what a copy of a collection's vectors elsewhere (a snapshot, an index) is held against (state.c) --- */

/* Each change of its vectors, or of whose they are, makes generation larger and stamp another number: two
 * that are equal in both are the same, also when one of them comes from a backup. */
struct store_state {
    int64_t generation, stamp;
    int64_t removed; /* the generation in which the last vector went */
};
/* NOT_FOUND when the collection has gone. */
MUST_CHECK bool store_state_get(struct store *store, int64_t collection, struct store_state *ret_state,
                                struct error *err);
/* A key for copies of its vectors, which goes with the collection's own. NOT_FOUND. The caller wipes it. */
MUST_CHECK bool store_copies_key(struct store *store, int64_t collection, uint8_t ret_key[32],
                                 struct error *err);
/* All collections of all accounts, ascending by number: the first behind `after` (0: of all); false in
 * *ret_found when there is none. */
MUST_CHECK bool store_collection_next(struct store *store, struct arena *arena, int64_t after,
                                      struct store_collection *ret_collection, bool *ret_found,
                                      struct error *err);
/* Calls visit for the id of every face, in no order. Stops with the error when it returns false. Neither
 * visit uses the store. */
MUST_CHECK bool store_ids_each(struct store *store, int64_t collection,
                               bool (*visit)(void *context, struct uuid face, struct error *err),
                               void *context, struct error *err);
/* The same for every face of a user, with its confidence, ascending by the user's key and the face. */
MUST_CHECK bool store_members_each(struct store *store, int64_t collection,
                                   bool (*visit)(void *context, struct uuid user, struct uuid face,
                                                 float confidence, struct error *err),
                                   void *context, struct error *err);

/* --- keeping it well --- */

/* A copy of the database of this directory as it is at one moment, made while others may go on writing; path
 * must not exist. On disk, and found sound, when it returns true; else there is none. (backup.c) */
MUST_CHECK bool store_backup(const char *directory, const char *path, struct error *err);

/* Holds the database against itself: its pages, references and counts, every vector (that it opens, and is a
 * unit vector of finite numbers), every access key. report is given a sentence for each thing that is wrong
 * and does not use the store. Whether all could be looked at. (verify.c) */
MUST_CHECK bool store_verify(struct store *store, void (*report)(void *context, const char *what),
                             void *context, struct error *err);

struct store_rotation {
    int64_t collections, faces; /* that have a new key */
    bool resumed;               /* it went on with one that was cut off */
};
/* A new master.key, then a new data key for each collection, under which its vectors are sealed again: what
 * an old key opened it does not open any more. May be cut off at any point, kill -9 and power cut included:
 * the store stays whole and the next call goes on. Session tokens end. (rotate.c) */
MUST_CHECK bool store_rotate(struct store *store, struct store_rotation *ret_rotation, struct error *err);
/* Whether one was cut off. */
MUST_CHECK bool store_rotation_pending(struct store *store, bool *ret_pending, struct error *err);

/* --- idempotency tokens: what a call with a ClientRequestToken was answered --- */

/* Tokens are of an account and an operation. *ret_reply is NULL when the token is new, or older than
 * LIMIT_TOKEN_HOURS. TOKEN_MISMATCH when it came with another request (digest). */
MUST_CHECK bool store_token_find(struct store *store, struct arena *arena, int64_t account,
                                 const char *operation, const char *token, struct sha256 digest,
                                 const char **ret_reply, struct error *err);
/* Takes the place of what was kept under the token. Forgets those that are too old as it goes. */
MUST_CHECK bool store_token_keep(struct store *store, int64_t account, const char *operation,
                                 const char *token, struct sha256 digest, struct bytes reply,
                                 struct error *err);

/* --- accounts: who may use the service (accounts.c). Texts that a visit is shown live as long as it; it
 * does not use the store, and its error ends the walk. --- */

#define STORE_OPERATOR 1 /* the number of the operator's account, which is there from the first start */
#define STORE_ACCOUNT_ID 12
#define STORE_SECRET_MAX 128

enum store_account_status { STORE_ACCOUNT_ACTIVE, STORE_ACCOUNT_SUSPENDED, STORE_ACCOUNT_CLOSED };

struct store_account {
    int64_t number; /* never used again for another account */
    const char *id; /* STORE_ACCOUNT_ID digits */
    const char *legal_name, *country, *contact;
    const char *registrations; /* JSON: a list of {"Kind", "Value"} */
    const char *settings;      /* JSON */
    enum store_account_status status;
    bool is_operator;
    int64_t created_ms;
};

enum store_key_status { STORE_KEY_ACTIVE, STORE_KEY_DISABLED, STORE_KEY_DELETED };

/* Secrets are sealed with a key made of master.key: store.db alone does not yield them. */
struct store_key {
    const char *id; /* the access key, of whichever account: never used again for another one */
    int64_t account;
    const char *person; /* who holds it; letters compare without case */
    char secret[STORE_SECRET_MAX + 1];
    char previous[STORE_SECRET_MAX + 1]; /* the secret before, good until previous_until_ms; empty for none */
    int64_t previous_until_ms;
    enum store_key_status status;
    int64_t created_ms, expires_ms, used_ms; /* 0: never */
};

struct store_policy {
    int64_t account;
    const char *person; /* whom it is for; empty: everybody of the account */
    const char *name;
    const char *document; /* JSON */
};

/* *ret_number: of the new account; that of `account`, and is_operator, do not count. ALREADY_EXISTS (the id),
 * QUOTA beyond LIMIT_ACCOUNTS. */
MUST_CHECK bool store_account_create(struct store *store, const struct store_account *account,
                                     int64_t *ret_number, struct error *err);
/* Everything but id, is_operator and created_ms of the account of this number becomes so. NOT_FOUND. */
MUST_CHECK bool store_account_update(struct store *store, const struct store_account *account,
                                     struct error *err);
/* By id. NOT_FOUND. */
MUST_CHECK bool store_account_get(struct store *store, struct arena *arena, const char *id,
                                  struct store_account *ret_account, struct error *err);
/* Up to `maximum` accounts by ascending number, behind the one of the number `after` (0: from the first). */
MUST_CHECK bool store_accounts_each(struct store *store, int64_t after, size_t maximum,
                                    bool (*visit)(void *context, const struct store_account *account,
                                                  struct error *err),
                                    void *context, struct error *err);

/* Adds the key, or makes the one of its id like this, used_ms apart. NOT_FOUND when the account is not there;
 * ALREADY_EXISTS when the id is or was that of another account, or of a deleted key; QUOTA beyond
 * LIMIT_ACCOUNT_KEYS. */
MUST_CHECK bool store_key_put(struct store *store, const struct store_key *key, struct error *err);
/* The secrets are gone, the id stays taken. NOT_FOUND when the account has no such key. */
MUST_CHECK bool store_key_delete(struct store *store, int64_t account, const char *id, struct error *err);
/* A key was used at this time; nothing happens when it has gone. */
MUST_CHECK bool store_key_used(struct store *store, const char *id, int64_t used_ms, struct error *err);
/* The key of this id, of whichever account, into *ret_key, whose texts live in the arena; false in *ret_found
 * when it never was. A deleted one is found, without secrets. The caller wipes it. */
MUST_CHECK bool store_key_find(struct store *store, struct arena *arena, const char *id,
                               struct store_key *ret_key, bool *ret_found, struct error *err);
/* Up to `maximum` keys of the account (0: of all) that are not deleted, by ascending id behind `after` (NULL:
 * from the first). */
MUST_CHECK bool store_keys_each(struct store *store, int64_t account, const char *after, size_t maximum,
                                bool (*visit)(void *context, const struct store_key *key, struct error *err),
                                void *context, struct error *err);

/* Adds it or takes the place of the person's policy of that name. NOT_FOUND when the account is not there,
 * QUOTA beyond LIMIT_ACCOUNT_POLICIES. */
MUST_CHECK bool store_policy_put(struct store *store, const struct store_policy *policy, struct error *err);
/* NOT_FOUND. person: empty for everybody's. */
MUST_CHECK bool store_policy_delete(struct store *store, int64_t account, const char *person,
                                    const char *name, struct error *err);
/* All of the account (0: of all), by account, person and name. */
MUST_CHECK bool store_policies_each(struct store *store, int64_t account,
                                    bool (*visit)(void *context, const struct store_policy *policy,
                                                  struct error *err),
                                    void *context, struct error *err);

/* --- results of searches that wait for a second person (releases.c) --- */

enum store_release_status { STORE_RELEASE_WAITING, STORE_RELEASE_GRANTED, STORE_RELEASE_REFUSED };

struct store_release {
    struct uuid id;
    int64_t account;
    const char *collection; /* id; NULL: several */
    const char *operation;
    const char *asked_by; /* the person */
    const char *request;  /* id of the request */
    int64_t created_ms, expires_ms;
    enum store_release_status status;
    const char *decided_by, *reason; /* NULL while it waits */
    int64_t decided_ms;
};

/* Keeps a result sealed, under an id of the caller's; it waits, whatever the rest of `release` says. QUOTA
 * beyond LIMIT_RELEASES of the account. */
MUST_CHECK bool store_release_keep(struct store *store, const struct store_release *release,
                                   struct bytes result, struct error *err);
/* NOT_FOUND when the account has none of this id that is good at now_ms. */
MUST_CHECK bool store_release_get(struct store *store, struct arena *arena, int64_t account, struct uuid id,
                                  int64_t now_ms, struct store_release *ret_release, struct error *err);
/* The result, in the arena. NOT_FOUND also when it was refused, or the master key has been rotated since. */
MUST_CHECK bool store_release_result(struct store *store, struct arena *arena, int64_t account,
                                     struct uuid id, int64_t now_ms, struct bytes *ret_result,
                                     struct error *err);
/* Up to `maximum` of the account that are good at now_ms, by ascending id, behind `after` (NULL: from the
 * first). */
MUST_CHECK bool store_releases_list(struct store *store, struct arena *arena, int64_t account, int64_t now_ms,
                                    const struct uuid *after, size_t maximum,
                                    struct store_release **ret_releases, size_t *ret_count,
                                    struct error *err);
/* Decides one that waits, with what `decision` says from status on; the result of a refused one is gone.
 * CONFLICT when it is decided already. */
MUST_CHECK bool store_release_decide(struct store *store, const struct store_release *decision,
                                     struct error *err);
/* Forgets those that are over at now_ms. */
MUST_CHECK bool store_releases_forget(struct store *store, int64_t now_ms, struct error *err);

/* A key for a use of its own, such as "session tokens", made of master.key. The caller wipes it. */
void store_derived_key(const struct store *store, const char *use, uint8_t ret_key[32]);

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
