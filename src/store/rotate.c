/* First the master key: a new one is written beside the old one (master.key.next), everything that the old
 * one seals is sealed with the new one in one transaction, and the file is renamed. Whatever is cut off: the
 * proof in the database (master.c) says which of the two files counts.
 *
 * The same transaction lists all collections in the table `rotation`. Each of them then gets a second data
 * key (next_key), with which new vectors are sealed from then on, and its vectors and crops are sealed again
 * in batches, a transaction each; readers try both keys meanwhile. The last transaction puts the new key into
 * the place of the old one, which exists no more. What is still listed when the next rotation is asked for is
 * done first, and then that is all it does. */
#include <sodium.h>
#include "store/sqlite.h"
#include "base/digest.h"

enum { BATCH = 1000 };

/* --- the master key --- */

static bool begin_in_transaction(struct store *store, struct connection *writer,
                                 const struct seal_key *master, struct error *err) {
    return master_replace(store, writer, master, err) &&
           (sqlite_run(sqlite_statement(writer, SQL_ROTATION_BEGIN)) ||
            sqlite_error(writer, "begin a rotation", err));
}

static bool begin(struct store *store, struct error *err) {
    struct seal_key master;
    if (!seal_key_open(store->folder, MASTER_NEXT, true, &master, err))
        return false;
    struct connection *writer = sqlite_begin(store, err);
    bool done = writer != NULL;
    if (done) {
        sqlite_deleted(store);
        done = sqlite_end(store, begin_in_transaction(store, writer, &master, err), err);
    }
    secret_wipe(&master, sizeof master);
    /* When it is not known whether it was committed, the proof decides here as at the next start. */
    struct error why;
    bool checked = master_check(store, store->writer, &why);
    return done && (checked || error_set(err, why.code, "%s", why.text));
}

/* --- a collection --- */

struct batch {
    const struct vector_key *key;
    size_t count;
    struct uuid ids[BATCH];
    uint8_t *sealed; /* BATCH of them, `size` bytes each */
    size_t size;
};

/* Sealed anew in memory first: the statement must not meet what it has written. */
static bool seal_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct batch *batch = context;
    float vector[DIMENSION_MAX];
    uint8_t sealed[VECTOR_SEALED_MAX];
    struct uuid *id = &batch->ids[batch->count];
    if (!vector_unseal(batch->key, row, id, vector, err))
        return false;
    vector_seal(batch->key, *id, vector, sealed);
    memcpy(batch->sealed + batch->count++ * batch->size, sealed, batch->size);
    secret_wipe(vector, batch->key->bytes);
    return true;
}

static bool write_batch(struct connection *writer, const struct batch *batch, struct error *err) {
    int64_t collection = batch->key->collection;
    for (size_t i = 0; i < batch->count; i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_SET_VECTOR);
        sqlite3_bind_int64(statement, 1, collection);
        bind_uuid(statement, 2, &batch->ids[i]);
        sqlite3_bind_blob(statement, 3, batch->sealed + i * batch->size, (int)batch->size, SQLITE_STATIC);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "seal a vector anew", err);
        if (!next_vector_seal_anew(writer, batch->key, batch->ids[i], err) ||
            !crop_copy(writer, batch->key, batch->key, batch->ids[i], err))
            return false;
    }
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_DONE);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &batch->ids[batch->count - 1]);
    return sqlite_run(statement) || sqlite_error(writer, "note how far a rotation is", err);
}

/* The second key, unless it is there already. */
static bool give_next_key(struct store *store, struct connection *writer, int64_t collection,
                          struct vector_key *ret_key, struct error *err) {
    struct seal_key next;
    uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD];
    if (!vector_key_open(store, writer, collection, ret_key, err))
        return false;
    if (ret_key->keys.rotating)
        return true;
    seal_key_random(&next);
    collection_key_wrap(&store->master, collection, &next, wrapped);
    secret_wipe(&next, sizeof next);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_SET_NEXT);
    sqlite3_bind_int64(statement, 1, collection);
    sqlite3_bind_blob(statement, 2, wrapped, sizeof wrapped, SQLITE_STATIC);
    return (sqlite_run(statement) || sqlite_error(writer, "keep a collection's key", err)) &&
           vector_key_open(store, writer, collection, ret_key, err);
}

static bool end_collection(struct store *store, struct connection *writer, int64_t collection,
                           struct error *err) {
    static const enum statement steps[] = {SQL_ROTATION_REPLACE_KEY, SQL_ROTATION_END};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "end a rotation", err);
    }
    sqlite_deleted(store);
    return true;
}

/* One transaction: a batch behind the face `done`, or with none left the end of the collection. */
static bool do_batch(struct store *store, struct connection *writer, int64_t collection, struct bytes done,
                     struct store_rotation *rotation, struct error *err) {
    struct vector_key key = {.collection = collection};
    struct batch batch = {.key = &key};
    bool good = give_next_key(store, writer, collection, &key, err);
    batch.size = key.bytes + SEAL_OVERHEAD;
    batch.sealed = good ? malloc(BATCH * batch.size) : NULL;
    if (good && !batch.sealed)
        good = error_set(err, ERROR_INTERNAL, "no memory for a rotation");
    if (good) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_VECTORS);
        sqlite3_bind_int64(statement, 1, collection);
        sqlite3_bind_blob(statement, 2, done.len > 0 ? done.ptr : "", (int)done.len, SQLITE_STATIC);
        sqlite3_bind_int(statement, 3, BATCH);
        good = sqlite_each(writer, statement, seal_row, &batch, err) &&
               (batch.count > 0 ? write_batch(writer, &batch, err)
                                : end_collection(store, writer, collection, err));
    }
    free(batch.sealed);
    secret_wipe(&key, sizeof key);
    rotation->faces += good ? (int64_t)batch.count : 0;
    rotation->collections += good && batch.count == 0;
    return good;
}

struct next {
    int64_t collection; /* 0: there is none */
    struct uuid done;
    size_t done_len;
};

static bool read_next(void *context, sqlite3_stmt *row, struct error *err) {
    struct next *next = context;
    (void)err;
    next->collection = sqlite3_column_int64(row, 0);
    next->done_len = column_uuid(row, 1, &next->done) ? sizeof next->done.bytes : 0;
    return true;
}

static bool find_next(struct store *store, struct next *ret_next, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    *ret_next = (struct next){.collection = 0};
    if (!reader)
        return false;
    bool read = sqlite_each(reader, sqlite_statement(reader, SQL_ROTATION_NEXT), read_next, ret_next, err);
    sqlite_reader_done(store, reader);
    return read;
}

/* A collection that was deleted since has nothing left to do. */
static bool go_on(struct store *store, const struct next *next, struct store_rotation *rotation,
                  struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    struct error why;
    if (!writer)
        return false;
    bool done = collection_check(writer, next->collection, &why);
    if (done)
        done = do_batch(store, writer, next->collection,
                        (struct bytes){(const char *)next->done.bytes, next->done_len}, rotation, err);
    else if (why.code == ERROR_NOT_FOUND)
        done = end_collection(store, writer, next->collection, err);
    else
        error_set(err, why.code, "%s", why.text);
    return sqlite_end(store, done, err);
}

bool store_rotation_pending(struct store *store, bool *ret_pending, struct error *err) {
    struct next next;
    if (!find_next(store, &next, err))
        return false;
    *ret_pending = next.collection > 0;
    return true;
}

bool store_rotate(struct store *store, struct store_rotation *ret_rotation, struct error *err) {
    struct store_rotation rotation = {.collections = 0};
    struct next next;
    if (!store_rotation_pending(store, &rotation.resumed, err) || (!rotation.resumed && !begin(store, err)) ||
        !find_next(store, &next, err))
        return false;
    while (next.collection > 0)
        if (!go_on(store, &next, &rotation, err) || !find_next(store, &next, err))
            return false;
    *ret_rotation = rotation;
    return true;
}
