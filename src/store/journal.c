/* Entries are appended in the transaction of the change that they tell of. Those of threads that change
 * nothing share transactions: a thread whose entry waits becomes the writer when nobody else is, and commits
 * all that wait by then; those who come meanwhile wait for the next round, which one of them leads. So a
 * commit, which takes as long as the disk does, serves everybody who came during the one before. */
#include "store/sqlite.h"

struct journal_append {
    struct bytes entry;
    uint64_t index;
    bool done, good;
    struct error err;
    struct journal_append *next;
};

void journal_init(struct journal *journal) {
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->written, NULL);
    journal->last = &journal->first;
}

void journal_destroy(struct journal *journal) {
    pthread_mutex_destroy(&journal->lock);
    pthread_cond_destroy(&journal->written);
}

static bool insert(struct store *store, struct bytes entry, uint64_t *ret_index, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_JOURNAL_APPEND);
    sqlite3_bind_blob64(statement, 1, entry.ptr, entry.len, SQLITE_STATIC);
    bool done = sqlite_run(statement) || sqlite_error(writer, "record", err);
    uint64_t index = (uint64_t)sqlite3_last_insert_rowid(writer->db) - 1;
    if (!sqlite_end(store, done, err))
        return false;
    *ret_index = index;
    return true;
}

static bool insert_all(struct store *store, struct journal_append *appends, struct error *err) {
    if (!store_begin(store, err))
        return false;
    for (; appends; appends = appends->next)
        if (!insert(store, appends->entry, &appends->index, err)) {
            store_rollback(store);
            return false;
        }
    return store_commit(store, err);
}

/* Writes all that wait, with the lock open meanwhile. */
static void lead(struct store *store) {
    struct journal *journal = &store->journal;
    struct journal_append *appends = journal->first;
    struct error err = {0};
    journal->first = NULL;
    journal->last = &journal->first;
    journal->writing = true;
    pthread_mutex_unlock(&journal->lock);
    bool good = insert_all(store, appends, &err);
    pthread_mutex_lock(&journal->lock);
    journal->writing = false;
    for (struct journal_append *append = appends, *next; append; append = next) {
        next = append->next; /* its thread may go on as soon as the lock is open */
        append->done = true;
        append->good = good;
        append->err = err;
    }
    pthread_cond_broadcast(&journal->written);
}

bool store_journal_append(struct store *store, struct bytes entry, uint64_t *ret_index, struct error *err) {
    struct journal *journal = &store->journal;
    struct journal_append append = {.entry = entry};
    if (store_in_transaction(store))
        return insert(store, entry, ret_index, err);
    pthread_mutex_lock(&journal->lock);
    *journal->last = &append;
    journal->last = &append.next;
    while (!append.done)
        if (journal->writing)
            pthread_cond_wait(&journal->written, &journal->lock);
        else
            lead(store);
    pthread_mutex_unlock(&journal->lock);
    if (!append.good)
        return error_set(err, append.err.code, "%s", append.err.text);
    *ret_index = append.index;
    return true;
}

bool store_journal_bounds(struct store *store, uint64_t *ret_first, uint64_t *ret_next, struct error *err) {
    int64_t first, next;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    /* In this order, so that what is appended in between does no harm. */
    bool read = sqlite_number(reader, sqlite_statement(reader, SQL_JOURNAL_NEXT), &next, err) &&
                sqlite_number(reader, sqlite_statement(reader, SQL_JOURNAL_FIRST), &first, err);
    sqlite_reader_done(store, reader);
    if (!read)
        return false;
    *ret_first = (uint64_t)(first < 0 ? next : first);
    *ret_next = (uint64_t)next;
    return true;
}

struct visit {
    bool (*act)(void *context, uint64_t index, struct bytes entry, struct error *err);
    void *context;
};

static bool visit_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct visit *visit = context;
    struct bytes entry = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
    return visit->act(visit->context, (uint64_t)sqlite3_column_int64(row, 0), entry, err);
}

bool store_journal_each(struct store *store, uint64_t first, size_t maximum,
                        bool (*visit)(void *context, uint64_t index, struct bytes entry, struct error *err),
                        void *context, struct error *err) {
    struct visit what = {visit, context};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_JOURNAL_LIST);
    sqlite3_bind_int64(statement, 1, (int64_t)first);
    sqlite3_bind_int64(statement, 2, (int64_t)maximum);
    bool done = sqlite_each(reader, statement, visit_row, &what, err);
    sqlite_reader_done(store, reader);
    return done;
}

bool store_journal_forget(struct store *store, uint64_t before, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_JOURNAL_FORGET);
    sqlite3_bind_int64(statement, 1, (int64_t)before);
    bool done = sqlite_run(statement) || sqlite_error(writer, "forget what is recorded", err);
    return sqlite_end(store, done, err);
}
