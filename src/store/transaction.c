/* One write transaction at a time, under a mutex that its thread holds to the end. A write inside a
 * transaction of its own thread joins it: begins are counted, and only the end of the first one reaches the
 * database. A part cannot be undone alone, so that one that fails makes the whole fail. */
#include <assert.h>
#include "store/sqlite.h"

enum { FIRST_ACTS = 8 };

/* Its address is the thread's name. */
static _Thread_local char self;

bool store_in_transaction(struct store *store) {
    return atomic_load(&store->transaction.owner) == &self;
}

bool store_begin(struct store *store, struct error *err) {
    struct transaction *transaction = &store->transaction;
    if (store->beside)
        return error_set(err, ERROR_INTERNAL, "the store is open for reading only");
    if (!store_in_transaction(store)) {
        pthread_mutex_lock(&transaction->writing);
        if (!sqlite_run(sqlite_statement(store->writer, SQL_BEGIN))) {
            sqlite_error(store->writer, "begin a change", err);
            pthread_mutex_unlock(&transaction->writing);
            return false;
        }
        atomic_store(&transaction->owner, &self);
    } else {
        assert(transaction->depth > 0); /* what runs at its end does not write */
        if (transaction->failed)
            return error_set(err, ERROR_INTERNAL, "a change failed, and this one belongs to it");
    }
    transaction->depth++;
    return true;
}

/* What was registered runs, and others may write. */
static void finish(struct store *store, bool committed) {
    struct transaction *transaction = &store->transaction;
    for (size_t i = 0; i < transaction->act_count; i++)
        transaction->acts[i].act(transaction->acts[i].context, committed);
    if (committed && transaction->deleted)
        sqlite_trim(store->writer);
    transaction->act_count = 0;
    transaction->failed = transaction->deleted = false;
    atomic_store(&transaction->owner, NULL);
    pthread_mutex_unlock(&transaction->writing);
}

void store_rollback(struct store *store) {
    struct transaction *transaction = &store->transaction;
    assert(store_in_transaction(store) && transaction->depth > 0);
    transaction->failed = true;
    if (--transaction->depth > 0)
        return;
    /* SQLite may have rolled back by itself, when the disk was full: then this one has nothing to do. */
    if (!sqlite3_get_autocommit(store->writer->db))
        sqlite3_exec(store->writer->db, "ROLLBACK", NULL, NULL, NULL);
    finish(store, false);
}

bool store_commit(struct store *store, struct error *err) {
    struct transaction *transaction = &store->transaction;
    assert(store_in_transaction(store) && transaction->depth > 0);
    bool good = !transaction->failed ||
                error_set(err, ERROR_INTERNAL, "a part of the change failed, so that nothing was changed");
    if (good && transaction->depth == 1)
        good = sqlite_run(sqlite_statement(store->writer, SQL_COMMIT)) ||
               sqlite_error(store->writer, "write to disk", err);
    if (!good)
        store_rollback(store);
    else if (--transaction->depth == 0)
        finish(store, true);
    return good;
}

bool store_on_commit(struct store *store, void (*act)(void *context, bool committed), void *context,
                     struct error *err) {
    struct transaction *transaction = &store->transaction;
    assert(store_in_transaction(store) && transaction->depth > 0);
    if (transaction->act_count == transaction->act_capacity) {
        size_t capacity = MAX((size_t)FIRST_ACTS, 2 * transaction->act_capacity), size;
        struct commit_act *acts = size_multiply(capacity, sizeof *acts, &size)
                                      ? realloc(transaction->acts, size)
                                      : NULL;
        if (!acts)
            return error_set(err, ERROR_INTERNAL, "no memory for a change");
        transaction->acts = acts;
        transaction->act_capacity = capacity;
    }
    transaction->acts[transaction->act_count++] = (struct commit_act){act, context};
    return true;
}

struct connection *sqlite_begin(struct store *store, struct error *err) {
    return store_begin(store, err) ? store->writer : NULL;
}

bool sqlite_end(struct store *store, bool done, struct error *err) {
    if (done)
        return store_commit(store, err);
    store_rollback(store);
    return false;
}

void sqlite_deleted(struct store *store) {
    store->transaction.deleted = true;
}

void sqlite_trim(struct connection *writer) {
    sqlite3_busy_timeout(writer->db, 0); /* readers go on; a later deletion or the close trims */
    sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(writer->db, BUSY_MS);
}
