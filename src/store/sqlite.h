/* What the files of the SQLite store share; private to src/store. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include "store/seal.h"
#include "store/store.h"

enum {
    DIMENSION_MAX = 4096, /* of a vector */
    VECTOR_SEALED_MAX = DIMENSION_MAX * sizeof(float) + SEAL_OVERHEAD,
    BUSY_MS = 10000 /* to wait for a lock of the database */
};

/* The statements whose text is fixed (statements.c), prepared once a connection. */
enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_COLLECTION_COUNT,
    SQL_COLLECTION_THERE,
    SQL_COLLECTION_IS_OF,
    SQL_COLLECTION_INSERT,
    SQL_COLLECTION_GET,
    SQL_COLLECTION_LIST,
    SQL_COLLECTION_GOVERN,
    SQL_COLLECTION_RENAME,
    SQL_COLLECTION_KEY,
    SQL_COLLECTION_SET_KEY,
    SQL_COLLECTION_STATE,
    SQL_COLLECTION_MOVE,
    SQL_COLLECTION_EACH,
    SQL_COLLECTION_FACES,
    SQL_COLLECTION_USERS,
    SQL_COLLECTION_DELETE_FACE_TAGS,
    SQL_COLLECTION_DELETE_CROPS,
    SQL_COLLECTION_DELETE_FACES,
    SQL_COLLECTION_DELETE_USERS,
    SQL_COLLECTION_DELETE_TAGS,
    SQL_COLLECTION_DELETE,
    SQL_COPY_ROW,
    SQL_COPY_TAGS,
    SQL_COPY_USERS,
    SQL_COPY_FACE,
    SQL_COPY_FACE_TAGS,
    SQL_TAG_PUT,
    SQL_TAG_REMOVE,
    SQL_TAG_LIST,
    SQL_TAG_COUNT,
    SQL_FACE_KNOWN,
    SQL_FACE_INSERT,
    SQL_FACE_GET,
    SQL_FACE_UNCOUNT,
    SQL_FACE_ASSIGN,
    SQL_FACE_DELETE_TAGS,
    SQL_FACE_DELETE_CROP,
    SQL_FACE_DELETE,
    SQL_FACES_EXPIRED,
    SQL_FACE_VECTOR,
    SQL_FACE_VECTORS,
    SQL_FACE_IDS,
    SQL_FACE_MEMBERS,
    SQL_FACE_TAG_PUT,
    SQL_FACE_TAG_REMOVE,
    SQL_FACE_TAG_LIST,
    SQL_FACE_TAG_COUNT,
    SQL_CROP_PUT,
    SQL_CROP_GET,
    SQL_CROP_COUNT,
    SQL_CROP_LIST,
    SQL_MOVE_BEGIN,
    SQL_MOVE_FORGET,
    SQL_MOVE_STATE,
    SQL_MOVE_NEXT,
    SQL_MOVE_LEFT,
    SQL_MOVE_UNMOVABLE,
    SQL_MOVE_PUT,
    SQL_MOVE_RETRY,
    SQL_MOVE_VECTOR,
    SQL_MOVE_VECTORS,
    SQL_MOVE_SET_VECTOR,
    SQL_MOVE_END_FACES,
    SQL_MOVE_END,
    SQL_USER_INSERT,
    SQL_USER_GET,
    SQL_USER_GET_BY_KEY,
    SQL_USER_LIST,
    SQL_USER_SET_DETAILS,
    SQL_USER_FACES,
    SQL_USER_FREE_FACES,
    SQL_USER_DELETE,
    SQL_TOKEN_FIND,
    SQL_TOKEN_KEEP,
    SQL_TOKEN_FORGET,
    SQL_ACCOUNT_INSERT,
    SQL_ACCOUNT_UPDATE,
    SQL_ACCOUNT_GET,
    SQL_ACCOUNT_LIST,
    SQL_ACCOUNT_COUNT,
    SQL_ACCOUNT_THERE,
    SQL_KEY_PUT,
    SQL_KEY_DELETE,
    SQL_KEY_USED,
    SQL_KEY_GET,
    SQL_KEY_LIST,
    SQL_KEY_COUNT,
    SQL_POLICY_PUT,
    SQL_POLICY_DELETE,
    SQL_POLICY_LIST,
    SQL_POLICY_COUNT,
    SQL_MASTER_PROOF,
    SQL_MASTER_PROVE,
    SQL_ROTATION_BEGIN,
    SQL_ROTATION_NEXT,
    SQL_ROTATION_DONE,
    SQL_ROTATION_END,
    SQL_ROTATION_VECTORS,
    SQL_ROTATION_SET_VECTOR,
    SQL_ROTATION_SET_NEXT,
    SQL_ROTATION_REPLACE_KEY,
    SQL_ROTATION_KEYS,
    SQL_ROTATION_SECRETS,
    SQL_RELEASE_KEEP,
    SQL_RELEASE_COUNT,
    SQL_RELEASE_GET,
    SQL_RELEASE_RESULT,
    SQL_RELEASE_LIST,
    SQL_RELEASE_DECIDE,
    SQL_RELEASE_OVER,
    SQL_RELEASE_FORGET,
    SQL_JOURNAL_APPEND,
    SQL_JOURNAL_NEXT,
    SQL_JOURNAL_FIRST,
    SQL_JOURNAL_LIST,
    SQL_JOURNAL_FORGET,
    SQL_SCREENING_PUT,
    SQL_SCREENING_GET,
    SQL_SCREENING_EACH,
    SQL_PROFILE_PUT,
    SQL_PROFILE_GET,
    SQL_DECISION_ADD,
    SQL_DECISION_COUNT,
    SQL_DECISION_LIST,
    SQL_DECISION_WITHDRAW,
    SQL_CONCERN_ADD,
    SQL_CONCERN_GET,
    SQL_CONCERN_LIST,
    SQL_CONCERN_ANSWER,
    SQL_CONCERN_WAITING,
    SQL_CODE_ADD,
    SQL_CODE_USE,
    SQL_COUNT
};

/* What a query of faces reads, in the order that face_read expects. */
#define FACE_FIXED_COLUMNS                                                                                  \
    "id, image_id, external_image_id, left, top, width, height, confidence, model, created_ms, expires_ms," \
    " consent"
#define FACE_COLUMNS FACE_FIXED_COLUMNS ", salt"
#define FACE_USER_ID \
    "(SELECT users.id FROM users WHERE users.collection=faces.collection AND users.key=faces.user_key)"

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct connection *next;
};

struct commit_act {
    void (*act)(void *context, bool committed);
    void *context;
};

/* The one write transaction (transaction.c). Only its owner touches it, but for looking at `owner`. */
struct transaction {
    pthread_mutex_t writing;     /* held from its begin to its end */
    _Atomic(const void *) owner; /* the thread that holds it, or NULL */
    int depth;                   /* how many begins wait for their end */
    bool failed;                 /* a part of it was undone: all of it will be */
    bool deleted;                /* something that must leave no trace */
    struct commit_act *acts;
    size_t act_count, act_capacity;
};

/* Appends of threads that are in no transaction, waiting for one of them to write them all (journal.c). */
struct journal {
    pthread_mutex_t lock;
    pthread_cond_t written;
    struct journal_append *first, **last;
    bool writing;
};

struct store {
    char *folder, *path; /* path: of store.db */
    int lock;            /* file descriptor */
    bool beside;         /* for reading alone; there is no writer */
    struct seal_key master;
    struct connection *writer;
    struct transaction transaction;
    struct journal journal;
    pthread_mutex_t pool;
    struct connection *readers; /* those not in use */
};

/* --- statements.c --- */

/* Sets *err from what SQLite said last. Returns false. */
bool sqlite_error(struct connection *connection, const char *doing, struct error *err);
/* A statement, prepared and without bindings. NULL when that fails: SQLite lets one bind and step NULL, and
 * sqlite_run, sqlite_each and their like then fail. */
sqlite3_stmt *sqlite_statement(struct connection *connection, enum statement statement);
/* Runs a statement whose rows, if any, are of no interest. */
MUST_CHECK bool sqlite_run(sqlite3_stmt *statement);
/* Calls visit for each row; stops with the error when it returns false. The statement is reset at the end. */
MUST_CHECK bool sqlite_each(struct connection *connection, sqlite3_stmt *statement,
                            bool (*visit)(void *context, sqlite3_stmt *row, struct error *err), void *context,
                            struct error *err);
/* Up to `maximum` rows as an array in the arena, of elements of `size` bytes that read fills; read returns
 * false when a row is not whole or memory has run out. NULL on failure. */
void *sqlite_list(struct connection *connection, sqlite3_stmt *statement, struct arena *arena,
                  bool (*read)(struct arena *arena, sqlite3_stmt *row, void *ret_element), size_t size,
                  size_t maximum, size_t *ret_count, struct error *err);
/* The number, never negative, that a statement gives in one row; -1 when it gives none. */
MUST_CHECK bool sqlite_number(struct connection *connection, sqlite3_stmt *statement, int64_t *ret_number,
                              struct error *err);
/* NULL is bound as NULL. What is bound must live until the statement has run. */
void bind_string(sqlite3_stmt *statement, int parameter, const char *text);
void bind_uuid(sqlite3_stmt *statement, int parameter, const struct uuid *uuid);
/* A copy in the arena of a text column into *ret_text, NULL when it is NULL; false without memory. */
MUST_CHECK bool column_string(struct arena *arena, sqlite3_stmt *row, int column, const char **ret_text);
MUST_CHECK bool column_uuid(sqlite3_stmt *row, int column, struct uuid *ret_uuid);

/* --- transaction.c --- */

/* store_begin: the writer, or NULL when it cannot begin. Every write of the store lies between this ... */
struct connection *sqlite_begin(struct store *store, struct error *err);
/* ... and this: store_commit when it is done, else store_rollback and false. */
MUST_CHECK bool sqlite_end(struct store *store, bool done, struct error *err);
/* Inside a transaction: what it deletes shall leave no trace once it is on disk. */
void sqlite_deleted(struct store *store);
/* Moves the log into the database and cuts it, so that it keeps no old pages. Best effort. */
void sqlite_trim(struct connection *writer);

/* --- sqlite.c --- */

/* A connection for reading, to be given back; NULL when none can be opened. Inside a transaction of this
 * thread it is the writer. */
struct connection *sqlite_reader(struct store *store, struct error *err);
void sqlite_reader_done(struct store *store, struct connection *connection);

/* --- collections.c --- */

/* NOT_FOUND when the collection has gone. */
MUST_CHECK bool collection_check(struct connection *connection, int64_t collection, struct error *err);
/* THROTTLED when its vectors are of another model than this one. */
MUST_CHECK bool collection_is_of(struct connection *connection, int64_t collection, const char *model,
                                 struct error *err);
/* What seals the vectors of a collection. While it is being rotated some are still under the one before. */
struct collection_keys {
    struct seal_key key, before;
    bool rotating; /* there is one before */
    int dimension;
};
/* NOT_FOUND when it has gone. The caller wipes the keys. */
MUST_CHECK bool collection_keys(struct store *store, struct connection *connection, int64_t collection,
                                struct collection_keys *ret_keys, struct error *err);
/* unseal() with the key, or the one before. */
MUST_CHECK bool collection_unseal(const struct collection_keys *keys, struct bytes owner, struct bytes sealed,
                                  void *out);
/* A data key of this collection under a master key, into wrapped. */
void collection_key_wrap(const struct seal_key *master, int64_t collection, const struct seal_key *key,
                         uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD]);
/* For sqlite_list, of COLLECTION_COLUMNS. */
bool collection_read(struct arena *arena, sqlite3_stmt *row, void *ret_collection);
/* The collection's vectors are others now; with `removal` one has gone. */
MUST_CHECK bool collection_move(struct connection *writer, int64_t collection, bool removal,
                                struct error *err);
/* Change the counts of a collection. NOT_FOUND when it has gone, QUOTA when it has too many then. */
MUST_CHECK bool collection_count_faces(struct connection *writer, int64_t collection, int64_t change,
                                       struct error *err);
MUST_CHECK bool collection_count_users(struct connection *writer, int64_t collection, int64_t change,
                                       struct error *err);

/* --- faces.c --- */

/* For sqlite_list, of FACE_COLUMNS and FACE_USER_ID. */
bool face_read(struct arena *arena, sqlite3_stmt *row, void *ret_face);
/* NOT_FOUND. Returns false. */
bool face_not_found(struct error *err);

/* --- journal.c --- */

void journal_init(struct journal *journal);
void journal_destroy(struct journal *journal);

/* --- vectors.c --- */

struct vector_key {
    int64_t collection;
    struct collection_keys keys;
    size_t bytes; /* of a vector */
};

/* NOT_FOUND when the collection has gone. The caller wipes the key. */
MUST_CHECK bool vector_key_open(struct store *store, struct connection *connection, int64_t collection,
                                struct vector_key *ret_key, struct error *err);
/* Returns how many bytes are in out. */
size_t vector_seal(const struct vector_key *key, struct uuid face, const float *vector,
                   uint8_t out[VECTOR_SEALED_MAX]);
/* A row of id, sealed_vector and user_key; INTERNAL when it does not open. */
MUST_CHECK bool vector_unseal(const struct vector_key *key, sqlite3_stmt *row, struct uuid *ret_face,
                              float *ret_vector, struct error *err);
/* The faces of one collection into another that has its users already; their vectors are sealed anew. */
MUST_CHECK bool faces_copy(struct store *store, struct connection *writer, int64_t from, int64_t to,
                           struct error *err);

/* --- crops.c --- */

/* sealed.len - SEAL_OVERHEAD bytes into out. */
MUST_CHECK bool crop_unseal(const struct vector_key *key, struct uuid face, struct bytes sealed, void *out);
/* The crop of a face, if it is kept, into another collection; of the same one, it is sealed anew. */
MUST_CHECK bool crop_copy(struct connection *writer, const struct vector_key *from,
                          const struct vector_key *to, struct uuid face, struct error *err);

/* --- moves.c --- */

/* How many bytes the vector of a row of id and next_vector has; 0 when it is damaged. */
size_t next_vector_bytes(sqlite3_stmt *row);
/* The next vector of a face, if it has one, is sealed anew. */
MUST_CHECK bool next_vector_seal_anew(struct connection *writer, const struct vector_key *key,
                                      struct uuid face, struct error *err);

/* --- master.c --- */

/* Whether the master key that the store has read is that of this database, or else the one of a rotation that
 * was cut off, which the store then has. Ends that rotation's first half, unless the store is open beside
 * another process. INTERNAL. */
MUST_CHECK bool master_check(struct store *store, struct connection *connection, struct error *err);
/* Inside a transaction: everything that is under the master key comes under this one. */
MUST_CHECK bool master_replace(struct store *store, struct connection *writer, const struct seal_key *master,
                               struct error *err);
#define MASTER_FILE "master.key"
#define MASTER_NEXT "master.key.next" /* on its way to become it */

/* --- accounts.c --- */

/* Seals the secrets of all access keys anew, with a key made of this master key. */
MUST_CHECK bool access_keys_seal_anew(struct store *store, struct connection *writer,
                                      const struct seal_key *master, struct error *err);

/* --- tags.c --- */

/* The tags of a collection; QUOTA. */
MUST_CHECK bool tags_put(struct connection *writer, int64_t collection, const struct store_tag *tags,
                         size_t count, struct error *err);

#endif
