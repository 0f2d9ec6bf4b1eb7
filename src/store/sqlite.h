/* What the files of the SQLite store share; private to src/store. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include "store/seal.h"
#include "store/store.h"

enum { DIMENSION_MAX = 4096 }; /* of a vector */

/* All statements of the store, prepared once a connection. */
enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_COLLECTION_COUNT,
    SQL_COLLECTION_INSERT,
    SQL_COLLECTION_GET,
    SQL_COLLECTION_LIST,
    SQL_COLLECTION_KEY,
    SQL_COLLECTION_SET_KEY,
    SQL_COLLECTION_FACES,
    SQL_COLLECTION_DELETE_FACES,
    SQL_COLLECTION_DELETE_TAGS,
    SQL_COLLECTION_DELETE,
    SQL_TAG_INSERT,
    SQL_FACE_KNOWN,
    SQL_FACE_INSERT,
    SQL_FACE_GET,
    SQL_FACE_LIST,
    SQL_FACE_DELETE,
    SQL_FACE_VECTORS,
    SQL_COUNT
};

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct connection *next;
};

struct store {
    char *path; /* of store.db */
    int lock;   /* file descriptor */
    struct seal_key master;
    pthread_mutex_t writing; /* held for a whole write transaction */
    struct connection *writer;
    pthread_mutex_t pool;
    struct connection *readers; /* those not in use */
};

/* Sets *err from what SQLite said last. Returns false. */
bool sqlite_error(struct connection *connection, const char *doing, struct error *err);
/* A statement, prepared and without bindings; NULL when that fails. */
sqlite3_stmt *sqlite_statement(struct connection *connection, enum statement statement);
/* Runs a statement that gives no rows. */
MUST_CHECK bool sqlite_run(sqlite3_stmt *statement);

/* The writer, inside a transaction that sqlite_commit or sqlite_rollback ends; NULL when it cannot begin. */
struct connection *sqlite_begin(struct store *store, struct error *err);
MUST_CHECK bool sqlite_commit(struct store *store, struct error *err);
void sqlite_rollback(struct store *store);
/* After a deletion: moves the log into the database and cuts it, so that it keeps no old pages. Best effort.
 */
void sqlite_trim(struct store *store);

/* A connection for reading, to be given back; NULL when none can be opened. */
struct connection *sqlite_reader(struct store *store, struct error *err);
void sqlite_reader_done(struct store *store, struct connection *connection);

/* The collection's data key and dimension; NOT_FOUND when it has gone. The caller wipes the key. */
MUST_CHECK bool collection_key(struct store *store, struct connection *connection, int64_t collection,
                               struct seal_key *ret_key, int *ret_dimension, struct error *err);
/* A copy in the arena of a text column; NULL when it is NULL or there is no memory. */
const char *column_string(struct arena *arena, sqlite3_stmt *statement, int column);

#endif
