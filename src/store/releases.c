/* Results that wait for a second person. Each is sealed with a key that is made of master.key, and bound to
 * its id. */
#include "store/sqlite.h"
#include "base/limits.h"

static struct bytes id_bytes(const struct uuid *id) {
    return (struct bytes){(const char *)id->bytes, sizeof id->bytes};
}

static void results_key(const struct store *store, struct seal_key *ret_key) {
    store_derived_key(store, "held results", ret_key->bytes);
}

static bool not_found(struct uuid id, struct error *err) {
    char text[UUID_TEXT];
    uuid_format(id, text);
    return error_set(err, ERROR_NOT_FOUND, "The release %s does not exist, or its time is over", text);
}

static bool insert(struct connection *writer, const struct store_release *release, const void *sealed,
                   size_t len, struct error *err) {
    int64_t count;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_RELEASE_KEEP);
    bind_uuid(statement, 1, &release->id);
    sqlite3_bind_int64(statement, 2, release->account);
    bind_string(statement, 3, release->collection);
    bind_string(statement, 4, release->operation);
    bind_string(statement, 5, release->asked_by);
    bind_string(statement, 6, release->request);
    sqlite3_bind_int64(statement, 7, release->created_ms);
    sqlite3_bind_int64(statement, 8, release->expires_ms);
    sqlite3_bind_blob64(statement, 9, sealed, len, SQLITE_STATIC);
    if (!sqlite_run(statement))
        return sqlite_error(writer, "keep a result", err);
    statement = sqlite_statement(writer, SQL_RELEASE_COUNT);
    sqlite3_bind_int64(statement, 1, release->account);
    return sqlite_number(writer, statement, &count, err) &&
           (count <= LIMIT_RELEASES ||
            error_set(err, ERROR_QUOTA, "There are %d results that wait for their release, which is the most",
                      LIMIT_RELEASES));
}

bool store_release_keep(struct store *store, const struct store_release *release, struct bytes result,
                        struct error *err) {
    struct seal_key key;
    size_t len = result.len + SEAL_OVERHEAD;
    CLEANUP_FREE uint8_t *sealed = malloc(len);
    if (!sealed)
        return error_set(err, ERROR_INTERNAL, "no memory for a result");
    results_key(store, &key);
    seal(&key, id_bytes(&release->id), result.ptr, result.len, sealed);
    secret_wipe(&key, sizeof key);
    struct connection *writer = sqlite_begin(store, err);
    return writer && sqlite_end(store, insert(writer, release, sealed, len, err), err);
}

/* For sqlite_list, of RELEASE_COLUMNS. */
static bool read_release(struct arena *arena, sqlite3_stmt *row, void *ret_release) {
    struct store_release *release = ret_release;
    *release = (struct store_release){.account = sqlite3_column_int64(row, 1),
                                      .created_ms = sqlite3_column_int64(row, 6),
                                      .expires_ms = sqlite3_column_int64(row, 7),
                                      .status = (enum store_release_status)sqlite3_column_int(row, 8),
                                      .decided_ms = sqlite3_column_int64(row, 11)};
    return column_uuid(row, 0, &release->id) && column_string(arena, row, 2, &release->collection) &&
           column_string(arena, row, 3, &release->operation) && release->operation &&
           column_string(arena, row, 4, &release->asked_by) && release->asked_by &&
           column_string(arena, row, 5, &release->request) && release->request &&
           column_string(arena, row, 9, &release->decided_by) &&
           column_string(arena, row, 10, &release->reason);
}

/* For sqlite_list: a copy of one blob in the arena. */
static bool read_blob(struct arena *arena, sqlite3_stmt *row, void *ret_bytes) {
    struct bytes *bytes = ret_bytes;
    size_t len = (size_t)sqlite3_column_bytes(row, 0);
    char *copy = arena_alloc(arena, len + 1);
    if (!copy)
        return false;
    if (len > 0)
        memcpy(copy, sqlite3_column_blob(row, 0), len);
    *bytes = (struct bytes){copy, len};
    return true;
}

/* The one row of a query by account, id and time. */
static void *look_up(struct store *store, struct arena *arena, enum statement which, int64_t account,
                     struct uuid id, int64_t now_ms,
                     bool (*read)(struct arena *arena, sqlite3_stmt *row, void *ret_element), size_t size,
                     struct error *err) {
    size_t count;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return NULL;
    sqlite3_stmt *statement = sqlite_statement(reader, which);
    sqlite3_bind_int64(statement, 1, account);
    bind_uuid(statement, 2, &id);
    sqlite3_bind_int64(statement, 3, now_ms);
    void *found = sqlite_list(reader, statement, arena, read, size, 1, &count, err);
    sqlite_reader_done(store, reader);
    if (found && count == 0)
        not_found(id, err);
    return found && count > 0 ? found : NULL;
}

bool store_release_get(struct store *store, struct arena *arena, int64_t account, struct uuid id,
                       int64_t now_ms, struct store_release *ret_release, struct error *err) {
    const struct store_release *found = look_up(store, arena, SQL_RELEASE_GET, account, id, now_ms,
                                                read_release, sizeof *found, err);
    if (found)
        *ret_release = *found;
    return found != NULL;
}

bool store_release_result(struct store *store, struct arena *arena, int64_t account, struct uuid id,
                          int64_t now_ms, struct bytes *ret_result, struct error *err) {
    struct seal_key key;
    const struct bytes *sealed = look_up(store, arena, SQL_RELEASE_RESULT, account, id, now_ms, read_blob,
                                         sizeof *sealed, err);
    if (!sealed)
        return false;
    size_t len = sealed->len > SEAL_OVERHEAD ? sealed->len - SEAL_OVERHEAD : 0;
    char *result = arena_alloc(arena, len + 1);
    if (!result)
        return error_set(err, ERROR_INTERNAL, "no memory for a result");
    results_key(store, &key);
    bool opened = len > 0 && unseal(&key, id_bytes(&id), *sealed, result);
    secret_wipe(&key, sizeof key);
    if (!opened)
        return error_set(err, ERROR_NOT_FOUND,
                         "The result is gone: it was refused, or the server's keys have been rotated");
    *ret_result = (struct bytes){result, len};
    return true;
}

bool store_releases_list(struct store *store, struct arena *arena, int64_t account, int64_t now_ms,
                         const struct uuid *after, size_t maximum, struct store_release **ret_releases,
                         size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_RELEASE_LIST);
    sqlite3_bind_int64(statement, 1, account);
    sqlite3_bind_int64(statement, 2, now_ms);
    sqlite3_bind_blob(statement, 3, after ? (const char *)after->bytes : "", after ? sizeof *after : 0,
                      SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, (int64_t)maximum);
    struct store_release *releases = sqlite_list(reader, statement, arena, read_release, sizeof *releases,
                                                 maximum, ret_count, err);
    sqlite_reader_done(store, reader);
    if (!releases)
        return false;
    *ret_releases = releases;
    return true;
}

bool store_release_decide(struct store *store, const struct store_release *decision, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    if (decision->status == STORE_RELEASE_REFUSED)
        sqlite_deleted(store);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_RELEASE_DECIDE);
    sqlite3_bind_int64(statement, 1, decision->account);
    bind_uuid(statement, 2, &decision->id);
    sqlite3_bind_int(statement, 3, (int)decision->status);
    bind_string(statement, 4, decision->decided_by);
    bind_string(statement, 5, decision->reason);
    sqlite3_bind_int64(statement, 6, decision->decided_ms);
    bool done = sqlite_run(statement) || sqlite_error(writer, "keep a decision", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_CONFLICT, "It is decided already");
    return sqlite_end(store, done, err);
}

static bool any_over(struct store *store, int64_t now_ms, int64_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_RELEASE_OVER);
    sqlite3_bind_int64(statement, 1, now_ms);
    bool counted = sqlite_number(reader, statement, ret_count, err);
    sqlite_reader_done(store, reader);
    return counted;
}

bool store_releases_forget(struct store *store, int64_t now_ms, struct error *err) {
    int64_t count;
    if (!any_over(store, now_ms, &count, err))
        return false;
    struct connection *writer = count > 0 ? sqlite_begin(store, err) : NULL;
    if (!writer)
        return count == 0;
    sqlite_deleted(store);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_RELEASE_FORGET);
    sqlite3_bind_int64(statement, 1, now_ms);
    return sqlite_end(store, sqlite_run(statement) || sqlite_error(writer, "forget results", err), err);
}
