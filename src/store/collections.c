#include "store/sqlite.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"

static bool not_found(const char *id, struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "The collection id: %s does not exist", id);
}

static bool gone(struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "The collection does not exist any more");
}

/* GOVERNANCE_COLUMNS, from the given column on. */
static bool read_governance(struct arena *arena, sqlite3_stmt *row, int column,
                            struct store_governance *ret_governance) {
    ret_governance->retention_days = sqlite3_column_int(row, column + 3);
    ret_governance->consent_required = sqlite3_column_int(row, column + 4);
    ret_governance->release_required = sqlite3_column_int(row, column + 5);
    ret_governance->keep_crops = sqlite3_column_int(row, column + 6);
    ret_governance->approximate = sqlite3_column_int(row, column + 7);
    return column_string(arena, row, column, &ret_governance->purpose) &&
           column_string(arena, row, column + 1, &ret_governance->lawful_basis) &&
           column_string(arena, row, column + 2, &ret_governance->owner);
}

bool collection_read(struct arena *arena, sqlite3_stmt *row, void *ret_collection) {
    struct store_collection *collection = ret_collection;
    *collection = (struct store_collection){.number = sqlite3_column_int64(row, 0),
                                            .dimension = sqlite3_column_int(row, 3),
                                            .created_ms = sqlite3_column_int64(row, 4),
                                            .face_count = sqlite3_column_int64(row, 5),
                                            .user_count = sqlite3_column_int64(row, 6),
                                            .account = sqlite3_column_int64(row, 7),
                                            .next_dimension = sqlite3_column_int(row, 17)};
    return column_string(arena, row, 1, &collection->id) && collection->id &&
           column_string(arena, row, 2, &collection->model) && collection->model &&
           read_governance(arena, row, 8, &collection->governance) &&
           column_string(arena, row, 16, &collection->next_model);
}

/* Looks on the given connection, so that a write sees what it will change. */
static bool find(struct connection *connection, struct arena *arena, int64_t account, const char *id,
                 struct store_collection *ret_collection, struct error *err) {
    size_t count;
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_GET);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, id);
    struct store_collection *collection = sqlite_list(connection, statement, arena, collection_read,
                                                      sizeof *collection, 1, &count, err);
    if (!collection)
        return false;
    if (count == 0)
        return not_found(id, err);
    *ret_collection = *collection;
    return true;
}

static struct bytes number_bytes(const int64_t *number) {
    return (struct bytes){(const char *)number, sizeof *number};
}

/* After a failed write: was it the id? */
static bool refused(struct connection *writer, const char *id, const char *doing, struct error *err) {
    if (sqlite3_extended_errcode(writer->db) == SQLITE_CONSTRAINT_UNIQUE)
        return error_set(err, ERROR_ALREADY_EXISTS, "The collection id: %s already exists", id);
    return sqlite_error(writer, doing, err);
}

/* The key is bound to the collection's number, which is known only once the row is there. */
static bool set_key(struct store *store, struct connection *writer, int64_t number, struct error *err) {
    struct seal_key key;
    uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD];
    seal_key_random(&key);
    collection_key_wrap(&store->master, number, &key, wrapped);
    secret_wipe(&key, sizeof key);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_SET_KEY);
    sqlite3_bind_blob(statement, 1, wrapped, sizeof wrapped, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, number);
    return sqlite_run(statement) || sqlite_error(writer, "keep a collection's key", err);
}

/* The new one is counted already. */
static bool check_quota(struct connection *writer, int64_t account, struct error *err) {
    int64_t count;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_COUNT);
    sqlite3_bind_int64(statement, 1, account);
    return sqlite_number(writer, statement, &count, err) &&
           (count <= LIMIT_COLLECTIONS ||
            error_set(err, ERROR_QUOTA, "There are %d collections, which is the most", LIMIT_COLLECTIONS));
}

/* An empty collection with a key of its own. */
static bool insert(struct store *store, struct connection *writer, int64_t account, const char *id,
                   const char *model, int dimension, int64_t *ret_number, struct error *err) {
    static const uint8_t unset[SEAL_KEY + SEAL_OVERHEAD];
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_INSERT);
    bind_string(statement, 1, id);
    bind_string(statement, 2, model);
    sqlite3_bind_int(statement, 3, dimension);
    sqlite3_bind_int64(statement, 4, clock_now_ms());
    sqlite3_bind_blob(statement, 5, unset, sizeof unset, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 6, account);
    if (!sqlite_run(statement))
        return refused(writer, id, "make a collection", err);
    *ret_number = sqlite3_last_insert_rowid(writer->db);
    return check_quota(writer, account, err) && set_key(store, writer, *ret_number, err);
}

bool store_collection_create(struct store *store, int64_t account, const char *id, const char *model,
                             int dimension, const struct store_tag *tags, size_t tag_count,
                             struct error *err) {
    int64_t number;
    if (dimension < 1 || dimension > DIMENSION_MAX)
        return error_set(err, ERROR_INTERNAL, "vectors have 1 to %d numbers", DIMENSION_MAX);
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool done = insert(store, writer, account, id, model, dimension, &number, err) &&
                tags_put(writer, number, tags, tag_count, err);
    return sqlite_end(store, done, err);
}

bool store_collection_get(struct store *store, struct arena *arena, int64_t account, const char *id,
                          struct store_collection *ret_collection, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool found = find(reader, arena, account, id, ret_collection, err);
    sqlite_reader_done(store, reader);
    return found;
}

bool store_collection_list(struct store *store, struct arena *arena, int64_t account, const char *after,
                           size_t maximum, struct store_collection **ret_collections, size_t *ret_count,
                           struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_COLLECTION_LIST);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, after ? after : "");
    sqlite3_bind_int64(statement, 3, (int64_t)maximum);
    struct store_collection *list = sqlite_list(reader, statement, arena, collection_read, sizeof *list,
                                                maximum, ret_count, err);
    sqlite_reader_done(store, reader);
    if (!list)
        return false;
    *ret_collections = list;
    return true;
}

static bool delete_crops(struct store *store, struct connection *writer, int64_t collection,
                         struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_DELETE_CROPS);
    sqlite3_bind_int64(statement, 1, collection);
    if (!sqlite_run(statement))
        return sqlite_error(writer, "delete crops", err);
    if (sqlite3_changes(writer->db) > 0)
        sqlite_deleted(store);
    return true;
}

bool store_collection_govern(struct store *store, int64_t collection,
                             const struct store_governance *governance, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_GOVERN);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, governance->purpose);
    bind_string(statement, 3, governance->lawful_basis);
    bind_string(statement, 4, governance->owner);
    sqlite3_bind_int(statement, 5, governance->retention_days);
    sqlite3_bind_int(statement, 6, governance->consent_required);
    sqlite3_bind_int(statement, 7, governance->release_required);
    sqlite3_bind_int(statement, 8, governance->keep_crops);
    sqlite3_bind_int(statement, 9, governance->approximate);
    bool done = sqlite_run(statement) || sqlite_error(writer, "govern a collection", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = gone(err);
    done = done && (governance->keep_crops || delete_crops(store, writer, collection, err));
    return sqlite_end(store, done, err);
}

bool store_collection_rename(struct store *store, int64_t account, const char *id, const char *new_id,
                             struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_RENAME);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, id);
    bind_string(statement, 3, new_id);
    bool done = sqlite_run(statement) || refused(writer, new_id, "rename a collection", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = not_found(id, err);
    return sqlite_end(store, done, err);
}

static bool copy(struct store *store, struct connection *writer, struct arena *arena, int64_t account,
                 const char *id, const char *new_id, struct error *err) {
    static const enum statement steps[] = {SQL_COPY_ROW, SQL_COPY_TAGS, SQL_COPY_USERS, SQL_COPY_FACE_TAGS};
    struct store_collection from;
    int64_t to;
    if (!find(writer, arena, account, id, &from, err) ||
        !insert(store, writer, account, new_id, from.model, from.dimension, &to, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, from.number);
        sqlite3_bind_int64(statement, 2, to);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "copy a collection", err);
    }
    return faces_copy(store, writer, from.number, to, err);
}

/* Room for the texts of one collection. */
enum { ARENA_BYTES = 64 * 1024 };

bool store_collection_copy(struct store *store, int64_t account, const char *id, const char *new_id,
                           struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory to copy a collection");
    struct connection *writer = sqlite_begin(store, err);
    return writer && sqlite_end(store, copy(store, writer, arena, account, id, new_id, err), err);
}

static bool delete_all(struct connection *writer, struct arena *arena, int64_t account, const char *id,
                       struct error *err) {
    static const enum statement steps[] = {SQL_COLLECTION_DELETE_FACE_TAGS, SQL_COLLECTION_DELETE_CROPS,
                                           SQL_COLLECTION_DELETE_FACES,     SQL_COLLECTION_DELETE_USERS,
                                           SQL_COLLECTION_DELETE_TAGS,      SQL_COLLECTION_DELETE};
    struct store_collection collection;
    if (!find(writer, arena, account, id, &collection, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection.number);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "delete a collection", err);
    }
    return true;
}

bool store_collection_delete(struct store *store, int64_t account, const char *id, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory to delete a collection");
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    return sqlite_end(store, delete_all(writer, arena, account, id, err), err);
}

bool collection_check(struct connection *connection, int64_t collection, struct error *err) {
    int64_t number;
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_THERE);
    sqlite3_bind_int64(statement, 1, collection);
    return sqlite_number(connection, statement, &number, err) && (number >= 0 || gone(err));
}

bool collection_is_of(struct connection *connection, int64_t collection, const char *model,
                      struct error *err) {
    int64_t same;
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_IS_OF);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, model);
    if (!sqlite_number(connection, statement, &same, err))
        return false;
    if (same < 0)
        return gone(err);
    return same > 0 ||
           error_set(err, ERROR_THROTTLED, "The collection has just moved to another model: try again.");
}

bool store_collection_is_of(struct store *store, int64_t collection, const char *model, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool same = collection_is_of(reader, collection, model, err);
    sqlite_reader_done(store, reader);
    return same;
}

static bool change_count(struct connection *writer, enum statement which, int64_t collection, int64_t change,
                         int64_t maximum, const char *what, struct error *err) {
    int64_t count;
    sqlite3_stmt *statement = sqlite_statement(writer, which);
    sqlite3_bind_int64(statement, 1, collection);
    sqlite3_bind_int64(statement, 2, change);
    if (!sqlite_number(writer, statement, &count, err))
        return false;
    if (count < 0)
        return gone(err);
    return change <= 0 || count <= maximum ||
           error_set(err, ERROR_QUOTA, "The collection takes at most %lld %s", (long long)maximum, what);
}

bool collection_count_faces(struct connection *writer, int64_t collection, int64_t change,
                            struct error *err) {
    return change_count(writer, SQL_COLLECTION_FACES, collection, change, LIMIT_COLLECTION_FACES, "faces",
                        err);
}

bool collection_count_users(struct connection *writer, int64_t collection, int64_t change,
                            struct error *err) {
    return change_count(writer, SQL_COLLECTION_USERS, collection, change, LIMIT_COLLECTION_USERS, "users",
                        err);
}

bool collection_move(struct connection *writer, int64_t collection, bool removal, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_MOVE);
    sqlite3_bind_int64(statement, 1, collection);
    sqlite3_bind_int(statement, 2, removal);
    return sqlite_run(statement) || sqlite_error(writer, "change a collection", err);
}

void collection_key_wrap(const struct seal_key *master, int64_t collection, const struct seal_key *key,
                         uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD]) {
    seal(master, number_bytes(&collection), key->bytes, sizeof key->bytes, wrapped);
}

bool collection_unseal(const struct collection_keys *keys, struct bytes owner, struct bytes sealed,
                       void *out) {
    return unseal(&keys->key, owner, sealed, out) ||
           (keys->rotating && unseal(&keys->before, owner, sealed, out));
}

static bool unwrap(struct store *store, int64_t collection, sqlite3_stmt *row, int column,
                   struct seal_key *ret_key, struct error *err) {
    struct bytes wrapped = {sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column)};
    return (wrapped.len == SEAL_KEY + SEAL_OVERHEAD &&
            unseal(&store->master, number_bytes(&collection), wrapped, ret_key->bytes)) ||
           error_set(
               err, ERROR_INTERNAL,
               "master.key is not the one that the stored vectors were encrypted with: restore it from a "
               "backup");
}

static bool read_keys(struct store *store, int64_t collection, sqlite3_stmt *row,
                      struct collection_keys *ret_keys, struct error *err) {
    ret_keys->dimension = sqlite3_column_int(row, 1);
    ret_keys->rotating = sqlite3_column_type(row, 2) != SQLITE_NULL;
    if (ret_keys->dimension < 1 || ret_keys->dimension > DIMENSION_MAX)
        return error_set(err, ERROR_INTERNAL,
                         "a stored collection is damaged: restore store.db from a backup");
    return unwrap(store, collection, row, ret_keys->rotating ? 2 : 0, &ret_keys->key, err) &&
           (!ret_keys->rotating || unwrap(store, collection, row, 0, &ret_keys->before, err));
}

bool collection_keys(struct store *store, struct connection *connection, int64_t collection,
                     struct collection_keys *ret_keys, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_KEY);
    sqlite3_bind_int64(statement, 1, collection);
    int step = sqlite3_step(statement);
    bool opened = false;
    if (step == SQLITE_ROW)
        opened = read_keys(store, collection, statement, ret_keys, err);
    else if (step == SQLITE_DONE)
        gone(err);
    else
        sqlite_error(connection, "look up a collection", err);
    sqlite3_reset(statement);
    return opened;
}
