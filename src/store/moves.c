/* A move gives each face a second vector (faces.next_vector) and takes it over when all have one. Where it
 * leads stands in the collection (next_model, next_dimension); which faces have been tried is what has a next
 * vector, an empty one when the face was given up. So it may be cut off at any point and goes on where it
 * was.
 *
 * Faces are tried by ascending id, and behind the last that was tried is found where to go on without reading
 * those before it. Ids are random: one that was added meanwhile may lie before it, which is looked for when
 * there is no other left. Two partial indexes, empty while nothing moves, answer all questions but that one.
 */
#include <assert.h>
#include "store/sqlite.h"
#include "base/digest.h"

static bool sql_done(struct connection *writer, sqlite3_stmt *statement, struct error *err) {
    return sqlite_run(statement) || sqlite_error(writer, "move a collection to another model", err);
}

static bool begin(struct connection *writer, int64_t collection, const char *model, int dimension,
                  struct error *err) {
    static const enum statement steps[] = {SQL_MOVE_FORGET, SQL_MOVE_BEGIN};
    if (!collection_check(writer, collection, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection);
        bind_string(statement, 2, model);
        sqlite3_bind_int(statement, 3, dimension);
        if (!sql_done(writer, statement, err))
            return false;
    }
    return true;
}

bool store_move_begin(struct store *store, int64_t collection, const char *model, int dimension,
                      struct error *err) {
    if (model && (dimension < 1 || dimension > DIMENSION_MAX))
        return error_set(err, ERROR_INTERNAL, "vectors have 1 to %d numbers", DIMENSION_MAX);
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    return sqlite_end(store, begin(writer, collection, model, model ? dimension : 0, err), err);
}

/* --- how far it is --- */

static bool read_state(void *context, sqlite3_stmt *row, struct error *err) {
    struct store_move *move = context;
    (void)err;
    int64_t tried = sqlite3_column_int64(row, 0), unmovable = sqlite3_column_int64(row, 1);
    *move = (struct store_move){tried - unmovable, unmovable, sqlite3_column_int64(row, 2) - tried};
    return true;
}

static bool state(struct connection *connection, int64_t collection, struct store_move *move,
                  struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_MOVE_STATE);
    sqlite3_bind_int64(statement, 1, collection);
    return collection_check(connection, collection, err) &&
           sqlite_each(connection, statement, read_state, move, err);
}

bool store_move_state(struct store *store, int64_t collection, struct store_move *ret_move,
                      struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool read = state(reader, collection, ret_move, err);
    sqlite_reader_done(store, reader);
    return read;
}

static bool list(struct store *store, struct arena *arena, enum statement which, int64_t collection,
                 size_t maximum, struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, which);
    sqlite3_bind_int64(statement, 1, collection);
    sqlite3_bind_int64(statement, 2, (int64_t)maximum);
    struct store_face *faces = sqlite_list(reader, statement, arena, face_read, sizeof *faces, maximum,
                                           ret_count, err);
    sqlite_reader_done(store, reader);
    if (!faces)
        return false;
    *ret_faces = faces;
    return true;
}

bool store_move_next(struct store *store, struct arena *arena, int64_t collection, size_t maximum,
                     struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    return list(store, arena, SQL_MOVE_NEXT, collection, maximum, ret_faces, ret_count, err) &&
           (*ret_count > 0 ||
            list(store, arena, SQL_MOVE_LEFT, collection, maximum, ret_faces, ret_count, err));
}

bool store_move_unmovable(struct store *store, struct arena *arena, int64_t collection, size_t maximum,
                          struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    return list(store, arena, SQL_MOVE_UNMOVABLE, collection, maximum, ret_faces, ret_count, err);
}

/* --- vectors --- */

static bool put_all(struct store *store, struct connection *writer, int64_t collection, const char *model,
                    int dimension, const struct uuid *faces, const float *const *vectors, size_t count,
                    struct error *err) {
    struct vector_key key;
    uint8_t sealed[VECTOR_SEALED_MAX];
    bool done = vector_key_open(store, writer, collection, &key, err);
    key.bytes = (size_t)dimension * sizeof(float);
    for (size_t i = 0; done && i < count; i++) {
        size_t len = vectors[i] ? vector_seal(&key, faces[i], vectors[i], sealed) : 0;
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_MOVE_PUT);
        sqlite3_bind_int64(statement, 1, collection);
        bind_uuid(statement, 2, &faces[i]);
        sqlite3_bind_blob(statement, 3, sealed, (int)len, SQLITE_STATIC);
        bind_string(statement, 4, model);
        sqlite3_bind_int(statement, 5, dimension);
        done = sql_done(writer, statement, err);
    }
    secret_wipe(&key, sizeof key);
    return done;
}

bool store_move_put(struct store *store, int64_t collection, const char *model, int dimension,
                    const struct uuid *faces, const float *const *vectors, size_t count, struct error *err) {
    assert(dimension >= 1 && dimension <= DIMENSION_MAX);
    struct connection *writer = sqlite_begin(store, err);
    return writer &&
           sqlite_end(store, put_all(store, writer, collection, model, dimension, faces, vectors, count, err),
                      err);
}

struct resealing {
    struct connection *writer;
    struct vector_key key;
    uint8_t sealed[VECTOR_SEALED_MAX];
    size_t len; /* 0: there is none */
};

static bool seal_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct resealing *resealing = context;
    float vector[DIMENSION_MAX];
    struct uuid face;
    resealing->key.bytes = next_vector_bytes(row);
    if (!vector_unseal(&resealing->key, row, &face, vector, err))
        return false;
    resealing->len = vector_seal(&resealing->key, face, vector, resealing->sealed);
    secret_wipe(vector, resealing->key.bytes);
    return true;
}

size_t next_vector_bytes(sqlite3_stmt *row) {
    size_t len = (size_t)sqlite3_column_bytes(row, 1);
    return len > SEAL_OVERHEAD && len <= VECTOR_SEALED_MAX ? len - SEAL_OVERHEAD : 0;
}

bool next_vector_seal_anew(struct connection *writer, const struct vector_key *key, struct uuid face,
                           struct error *err) {
    struct resealing resealing = {.writer = writer, .key = *key};
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_MOVE_VECTOR);
    sqlite3_bind_int64(statement, 1, key->collection);
    bind_uuid(statement, 2, &face);
    bool done = sqlite_each(writer, statement, seal_row, &resealing, err);
    secret_wipe(&resealing.key, sizeof resealing.key);
    if (!done || resealing.len == 0)
        return done;
    statement = sqlite_statement(writer, SQL_MOVE_SET_VECTOR);
    sqlite3_bind_int64(statement, 1, key->collection);
    bind_uuid(statement, 2, &face);
    sqlite3_bind_blob(statement, 3, resealing.sealed, (int)resealing.len, SQLITE_STATIC);
    return sql_done(writer, statement, err);
}

/* --- the end --- */

static bool end(struct connection *writer, int64_t collection, struct error *err) {
    static const enum statement steps[] = {SQL_MOVE_END_FACES, SQL_MOVE_END};
    struct store_move move;
    if (!state(writer, collection, &move, err))
        return false;
    if (move.left > 0 || move.unmovable > 0)
        return error_set(err, ERROR_CONFLICT, "%lld faces have not moved to the other model",
                         (long long)(move.left + move.unmovable));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection);
        if (!sql_done(writer, statement, err))
            return false;
    }
    return sqlite3_changes(writer->db) > 0 ||
           error_set(err, ERROR_CONFLICT, "The collection moves to no other model");
}

bool store_move_end(struct store *store, int64_t collection, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    return sqlite_end(store, end(writer, collection, err), err);
}
