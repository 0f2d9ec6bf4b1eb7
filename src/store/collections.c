#include "store/sqlite.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"

static bool not_found(const char *id, struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "The collection id: %s does not exist", id);
}

static void bind_string(sqlite3_stmt *statement, int parameter, const char *text) {
    sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

static bool read_collection(struct arena *arena, sqlite3_stmt *statement,
                            struct store_collection *ret_collection) {
    *ret_collection = (struct store_collection){.number = sqlite3_column_int64(statement, 0),
                                                .id = column_string(arena, statement, 1),
                                                .model = column_string(arena, statement, 2),
                                                .dimension = sqlite3_column_int(statement, 3),
                                                .created_ms = sqlite3_column_int64(statement, 4),
                                                .face_count = sqlite3_column_int64(statement, 5)};
    return ret_collection->id && ret_collection->model;
}

/* Looks on the given connection, so that a write sees what it will change. */
static bool get_collection(struct connection *connection, struct arena *arena, const char *id,
                           struct store_collection *ret_collection, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_GET);
    if (!statement)
        return sqlite_error(connection, "look up a collection", err);
    bind_string(statement, 1, id);
    int step = sqlite3_step(statement);
    bool found = step == SQLITE_ROW && read_collection(arena, statement, ret_collection);
    sqlite3_reset(statement);
    if (found)
        return true;
    if (step == SQLITE_DONE)
        return not_found(id, err);
    return step == SQLITE_ROW ? error_set(err, ERROR_INTERNAL, "no memory for a collection")
                              : sqlite_error(connection, "look up a collection", err);
}

static struct bytes number_bytes(const int64_t *number) {
    return (struct bytes){(const char *)number, sizeof *number};
}

static bool insert_collection(struct connection *writer, const char *id, const char *model, int dimension,
                              struct error *err) {
    static const uint8_t unset[SEAL_KEY + SEAL_OVERHEAD];
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_INSERT);
    if (statement) {
        bind_string(statement, 1, id);
        bind_string(statement, 2, model);
        sqlite3_bind_int(statement, 3, dimension);
        sqlite3_bind_int64(statement, 4, clock_now_ms());
        sqlite3_bind_blob(statement, 5, unset, sizeof unset, SQLITE_STATIC);
    }
    if (!sqlite_run(statement)) {
        if (sqlite3_extended_errcode(writer->db) == SQLITE_CONSTRAINT_UNIQUE ||
            sqlite3_errcode(writer->db) == SQLITE_CONSTRAINT)
            return error_set(err, ERROR_ALREADY_EXISTS, "The collection id: %s already exists", id);
        return sqlite_error(writer, "make a collection", err);
    }
    return true;
}

/* The key is bound to the collection's number, which is known only once the row is there. */
static bool set_key(struct store *store, struct connection *writer, int64_t number, struct error *err) {
    struct seal_key key;
    uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD];
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_SET_KEY);
    if (statement) {
        seal_key_random(&key);
        seal(&store->master, number_bytes(&number), key.bytes, sizeof key.bytes, wrapped);
        secret_wipe(&key, sizeof key);
        sqlite3_bind_blob(statement, 1, wrapped, sizeof wrapped, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, number);
    }
    return sqlite_run(statement) || sqlite_error(writer, "keep a collection's key", err);
}

static bool insert_tags(struct connection *writer, int64_t number, const struct store_tag *tags, size_t count,
                        struct error *err) {
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_TAG_INSERT);
        if (statement) {
            sqlite3_bind_int64(statement, 1, number);
            bind_string(statement, 2, tags[i].key);
            bind_string(statement, 3, tags[i].value);
        }
        if (!sqlite_run(statement))
            return sqlite_error(writer, "keep a tag", err);
    }
    return true;
}

/* The new one is counted already. */
static bool check_quota(struct connection *writer, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_COUNT);
    if (!statement || sqlite3_step(statement) != SQLITE_ROW)
        return sqlite_error(writer, "count collections", err);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return count <= LIMIT_COLLECTIONS ||
           error_set(err, ERROR_QUOTA, "There are %d collections, which is the most", LIMIT_COLLECTIONS);
}

bool store_collection_create(struct store *store, const char *id, const char *model, int dimension,
                             const struct store_tag *tags, size_t tag_count, struct error *err) {
    if (dimension < 1 || dimension > DIMENSION_MAX)
        return error_set(err, ERROR_INTERNAL, "vectors have 1 to %d numbers", DIMENSION_MAX);
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool made = insert_collection(writer, id, model, dimension, err);
    int64_t number = made ? sqlite3_last_insert_rowid(writer->db) : 0;
    if (!made || !check_quota(writer, err) || !set_key(store, writer, number, err) ||
        !insert_tags(writer, number, tags, tag_count, err)) {
        sqlite_rollback(store);
        return false;
    }
    return sqlite_commit(store, err);
}

bool store_collection_get(struct store *store, struct arena *arena, const char *id,
                          struct store_collection *ret_collection, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool found = get_collection(reader, arena, id, ret_collection, err);
    sqlite_reader_done(store, reader);
    return found;
}

bool store_collection_list(struct store *store, struct arena *arena, const char *after, size_t maximum,
                           struct store_collection **ret_collections, size_t *ret_count, struct error *err) {
    struct store_collection *list = arena_array(arena, maximum, sizeof *list);
    struct connection *reader = list ? sqlite_reader(store, err) : NULL;
    if (!list)
        return error_set(err, ERROR_INTERNAL, "no memory for a list of collections");
    if (!reader)
        return false;
    size_t count = 0;
    bool whole = true;
    int step = SQLITE_ERROR;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_COLLECTION_LIST);
    if (statement) {
        bind_string(statement, 1, after ? after : "");
        sqlite3_bind_int64(statement, 2, (int64_t)maximum);
        while (whole && (step = sqlite3_step(statement)) == SQLITE_ROW && count < maximum)
            whole = read_collection(arena, statement, &list[count++]) ||
                    error_set(err, ERROR_INTERNAL, "no memory for a list of collections");
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        whole = sqlite_error(reader, "list collections", err);
    if (statement)
        sqlite3_reset(statement);
    sqlite_reader_done(store, reader);
    if (!whole)
        return false;
    *ret_collections = list;
    *ret_count = count;
    return true;
}

bool store_collection_delete(struct store *store, const char *id, struct error *err) {
    static const enum statement steps[] = {SQL_COLLECTION_DELETE_FACES, SQL_COLLECTION_DELETE_TAGS,
                                           SQL_COLLECTION_DELETE};
    struct store_collection collection;
    struct arena *arena = arena_new(64 * 1024);
    struct connection *writer = arena ? sqlite_begin(store, err) : NULL;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory to delete a collection");
    bool done = writer && get_collection(writer, arena, id, &collection, err);
    for (size_t i = 0; done && i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        if (statement)
            sqlite3_bind_int64(statement, 1, collection.number);
        done = sqlite_run(statement) || sqlite_error(writer, "delete a collection", err);
    }
    arena_free(arena);
    if (!writer)
        return false;
    if (!done) {
        sqlite_rollback(store);
        return false;
    }
    if (!sqlite_commit(store, err))
        return false;
    sqlite_trim(store);
    return true;
}

bool collection_key(struct store *store, struct connection *connection, int64_t collection,
                    struct seal_key *ret_key, int *ret_dimension, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_COLLECTION_KEY);
    if (!statement)
        return sqlite_error(connection, "look up a collection", err);
    sqlite3_bind_int64(statement, 1, collection);
    int step = sqlite3_step(statement);
    bool opened = false;
    if (step == SQLITE_ROW) {
        struct bytes wrapped = {sqlite3_column_blob(statement, 0),
                                (size_t)sqlite3_column_bytes(statement, 0)};
        *ret_dimension = sqlite3_column_int(statement, 1);
        if (*ret_dimension < 1 || *ret_dimension > DIMENSION_MAX)
            error_set(err, ERROR_INTERNAL, "a stored collection is damaged: restore store.db from a backup");
        else
            opened = (wrapped.len == SEAL_KEY + SEAL_OVERHEAD &&
                      unseal(&store->master, number_bytes(&collection), wrapped, ret_key->bytes)) ||
                     error_set(err, ERROR_INTERNAL,
                               "master.key is not the one that the stored vectors were encrypted with: "
                               "restore it from a backup");
    } else if (step == SQLITE_DONE)
        error_set(err, ERROR_NOT_FOUND, "The collection does not exist any more");
    else
        sqlite_error(connection, "look up a collection", err);
    sqlite3_reset(statement);
    return opened;
}
