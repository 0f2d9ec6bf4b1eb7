#include "store/sqlite.h"
#include "base/digest.h"

static bool read_state(void *context, sqlite3_stmt *row, struct error *err) {
    struct store_state *state = context;
    (void)err;
    *state = (struct store_state){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                                  sqlite3_column_int64(row, 2)};
    return true;
}

bool store_state_get(struct store *store, int64_t collection, struct store_state *ret_state,
                     struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_COLLECTION_STATE);
    sqlite3_bind_int64(statement, 1, collection);
    bool read = collection_check(reader, collection, err) &&
                sqlite_each(reader, statement, read_state, ret_state, err);
    sqlite_reader_done(store, reader);
    return read;
}

bool store_copies_key(struct store *store, int64_t collection, uint8_t ret_key[32], struct error *err) {
    struct collection_keys keys;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool opened = collection_keys(store, reader, collection, &keys, err);
    sqlite_reader_done(store, reader);
    if (opened) {
        /* What was copied before a rotation goes with its end, and not with its beginning. */
        const struct seal_key *current = keys.rotating ? &keys.before : &keys.key;
        struct bytes key = {(const char *)current->bytes, sizeof current->bytes};
        struct sha256 derived = hmac_sha256(key, BYTES_LITERAL("copies"));
        memcpy(ret_key, derived.bytes, sizeof derived.bytes);
        secret_wipe(&derived, sizeof derived);
    }
    secret_wipe(&keys, sizeof keys);
    return opened;
}

bool store_collection_next(struct store *store, struct arena *arena, int64_t after,
                           struct store_collection *ret_collection, bool *ret_found, struct error *err) {
    size_t count;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_COLLECTION_EACH);
    sqlite3_bind_int64(statement, 1, after);
    struct store_collection *collection = sqlite_list(reader, statement, arena, collection_read,
                                                      sizeof *collection, 1, &count, err);
    sqlite_reader_done(store, reader);
    if (!collection)
        return false;
    if (count > 0)
        *ret_collection = *collection;
    *ret_found = count > 0;
    return true;
}

struct ids_visit {
    bool (*face)(void *context, struct uuid face, struct error *err);
    bool (*member)(void *context, struct uuid user, struct uuid face, float confidence, struct error *err);
    void *context;
};

static bool visit_ids(void *context, sqlite3_stmt *row, struct error *err) {
    const struct ids_visit *visit = context;
    struct uuid first, second;
    if (!column_uuid(row, 0, &first) || (visit->member && !column_uuid(row, 1, &second)))
        return error_set(err, ERROR_INTERNAL, "a stored face is damaged: restore store.db from a backup");
    return visit->member
               ? visit->member(visit->context, first, second, (float)sqlite3_column_double(row, 2), err)
               : visit->face(visit->context, first, err);
}

static bool each(struct store *store, int64_t collection, enum statement which, struct ids_visit *visit,
                 struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, which);
    sqlite3_bind_int64(statement, 1, collection);
    bool done = sqlite_each(reader, statement, visit_ids, visit, err);
    sqlite_reader_done(store, reader);
    return done;
}

bool store_ids_each(struct store *store, int64_t collection,
                    bool (*visit)(void *context, struct uuid face, struct error *err), void *context,
                    struct error *err) {
    return each(store, collection, SQL_FACE_IDS, &(struct ids_visit){visit, NULL, context}, err);
}

bool store_members_each(struct store *store, int64_t collection,
                        bool (*visit)(void *context, struct uuid user, struct uuid face, float confidence,
                                      struct error *err),
                        void *context, struct error *err) {
    return each(store, collection, SQL_FACE_MEMBERS, &(struct ids_visit){NULL, visit, context}, err);
}
