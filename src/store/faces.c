#include "store/sqlite.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"

enum { VECTOR_BYTES_MAX = DIMENSION_MAX * sizeof(float) };

/* What a sealed vector belongs to. */
struct owner {
    int64_t collection;
    struct uuid face;
};

static struct bytes owner_bytes(const struct owner *owner) {
    return (struct bytes){(const char *)owner, sizeof *owner};
}

static void bind_uuid(sqlite3_stmt *statement, int parameter, const struct uuid *uuid) {
    sqlite3_bind_blob(statement, parameter, uuid->bytes, sizeof uuid->bytes, SQLITE_STATIC);
}

static void bind_box(sqlite3_stmt *statement, int parameter, const struct store_face *face) {
    sqlite3_bind_double(statement, parameter, (double)face->left);
    sqlite3_bind_double(statement, parameter + 1, (double)face->top);
    sqlite3_bind_double(statement, parameter + 2, (double)face->width);
    sqlite3_bind_double(statement, parameter + 3, (double)face->height);
}

static bool column_uuid(sqlite3_stmt *statement, int column, struct uuid *ret_uuid) {
    const void *blob = sqlite3_column_blob(statement, column);
    if (!blob || sqlite3_column_bytes(statement, column) != (int)sizeof ret_uuid->bytes)
        return false;
    memcpy(ret_uuid->bytes, blob, sizeof ret_uuid->bytes);
    return true;
}

/* Is the same face of the same photograph there under the same external id? Then face->id becomes its id. */
static bool find_known(struct connection *writer, int64_t collection, struct store_face *face,
                       bool *ret_known, struct error *err) {
    *ret_known = false;
    if (!face->external_image_id)
        return true;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_KNOWN);
    if (!statement)
        return sqlite_error(writer, "look up a face", err);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face->image_id);
    sqlite3_bind_text(statement, 3, face->external_image_id, -1, SQLITE_STATIC);
    bind_box(statement, 4, face);
    int step = sqlite3_step(statement);
    *ret_known = step == SQLITE_ROW && column_uuid(statement, 0, &face->id);
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE || sqlite_error(writer, "look up a face", err);
}

static bool insert_face(struct connection *writer, int64_t collection, const struct seal_key *key,
                        const struct store_face *face, const float *vector, size_t bytes, struct error *err) {
    uint8_t sealed[VECTOR_BYTES_MAX + SEAL_OVERHEAD];
    struct owner owner = {collection, face->id};
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_INSERT);
    if (!statement)
        return sqlite_error(writer, "add a face", err);
    seal(key, owner_bytes(&owner), vector, bytes, sealed);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face->id);
    bind_uuid(statement, 3, &face->image_id);
    if (face->external_image_id)
        sqlite3_bind_text(statement, 4, face->external_image_id, -1, SQLITE_STATIC);
    bind_box(statement, 5, face);
    sqlite3_bind_double(statement, 9, (double)face->confidence);
    sqlite3_bind_text(statement, 10, face->model, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 11, face->created_ms);
    sqlite3_bind_blob(statement, 12, sealed, (int)(bytes + SEAL_OVERHEAD), SQLITE_STATIC);
    return sqlite_run(statement) || sqlite_error(writer, "add a face", err);
}

static bool change_count(struct connection *writer, int64_t collection, int64_t change, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_FACES);
    if (statement) {
        sqlite3_bind_int64(statement, 1, change);
        sqlite3_bind_int64(statement, 2, collection);
    }
    return sqlite_run(statement) || sqlite_error(writer, "count faces", err);
}

/* The new ones are counted already: only they need room, not those that were known. */
static bool check_room(struct connection *writer, int64_t collection, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_KEY);
    if (!statement)
        return sqlite_error(writer, "count faces", err);
    sqlite3_bind_int64(statement, 1, collection);
    int64_t count = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 2) : 0;
    sqlite3_reset(statement);
    return count <= LIMIT_COLLECTION_FACES ||
           error_set(err, ERROR_QUOTA, "The collection takes at most %d faces", LIMIT_COLLECTION_FACES);
}

static bool add_all(struct store *store, struct connection *writer, int64_t collection,
                    struct store_face *faces, const float *const *vectors, size_t count, bool *known,
                    struct error *err) {
    struct seal_key key;
    int dimension;
    int64_t added = 0;
    if (!collection_key(store, writer, collection, &key, &dimension, err))
        return false;
    size_t bytes = (size_t)dimension * sizeof(float);
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        done = find_known(writer, collection, &faces[i], &known[i], err);
        if (done && !known[i]) {
            done = insert_face(writer, collection, &key, &faces[i], vectors[i], bytes, err);
            added++;
        }
    }
    secret_wipe(&key, sizeof key);
    return done && (added == 0 ||
                    (change_count(writer, collection, added, err) && check_room(writer, collection, err)));
}

bool store_faces_add(struct store *store, int64_t collection, struct store_face *faces,
                     const float *const *vectors, size_t count, bool *ret_known, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    if (!add_all(store, writer, collection, faces, vectors, count, ret_known, err)) {
        sqlite_rollback(store);
        return false;
    }
    return sqlite_commit(store, err);
}

static bool read_face(struct arena *arena, sqlite3_stmt *statement, struct store_face *ret_face) {
    struct store_face face = {.external_image_id = column_string(arena, statement, 2),
                              .left = (float)sqlite3_column_double(statement, 3),
                              .top = (float)sqlite3_column_double(statement, 4),
                              .width = (float)sqlite3_column_double(statement, 5),
                              .height = (float)sqlite3_column_double(statement, 6),
                              .confidence = (float)sqlite3_column_double(statement, 7),
                              .model = column_string(arena, statement, 8),
                              .created_ms = sqlite3_column_int64(statement, 9)};
    bool whole = column_uuid(statement, 0, &face.id) && column_uuid(statement, 1, &face.image_id) &&
                 face.model && (face.external_image_id || sqlite3_column_type(statement, 2) == SQLITE_NULL);
    if (whole)
        *ret_face = face;
    return whole;
}

bool store_face_get(struct store *store, struct arena *arena, int64_t collection, struct uuid id,
                    struct store_face *ret_face, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    int step = SQLITE_ERROR;
    bool found = false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_FACE_GET);
    if (statement) {
        sqlite3_bind_int64(statement, 1, collection);
        bind_uuid(statement, 2, &id);
        step = sqlite3_step(statement);
        found = step == SQLITE_ROW &&
                (read_face(arena, statement, ret_face) ||
                 error_set(err, ERROR_INTERNAL, "no memory for a face, or its row is damaged"));
    }
    if (step == SQLITE_DONE)
        error_set(err, ERROR_NOT_FOUND, "faceId was not found in the collection.");
    else if (step != SQLITE_ROW)
        sqlite_error(reader, "look up a face", err);
    if (statement)
        sqlite3_reset(statement);
    sqlite_reader_done(store, reader);
    return found;
}

bool store_faces_list(struct store *store, struct arena *arena, int64_t collection, const struct uuid *after,
                      size_t maximum, struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct store_face *list = arena_array(arena, maximum, sizeof *list);
    if (!list)
        return error_set(err, ERROR_INTERNAL, "no memory for a list of faces");
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    size_t count = 0;
    bool whole = true;
    int step = SQLITE_ERROR;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_FACE_LIST);
    if (statement) {
        sqlite3_bind_int64(statement, 1, collection);
        if (after)
            bind_uuid(statement, 2, after);
        else
            sqlite3_bind_blob(statement, 2, "", 0, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, (int64_t)maximum);
        while (whole && count < maximum && (step = sqlite3_step(statement)) == SQLITE_ROW)
            whole = read_face(arena, statement, &list[count])
                        ? (count++, true)
                        : error_set(err, ERROR_INTERNAL, "no memory for a list of faces");
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE && maximum > 0)
        whole = sqlite_error(reader, "list faces", err);
    if (statement)
        sqlite3_reset(statement);
    sqlite_reader_done(store, reader);
    if (!whole)
        return false;
    *ret_faces = list;
    *ret_count = count;
    return true;
}

static bool delete_all(struct connection *writer, int64_t collection, const struct uuid *ids, size_t count,
                       bool *deleted, struct error *err) {
    int64_t gone = 0;
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_DELETE);
        if (statement) {
            sqlite3_bind_int64(statement, 1, collection);
            bind_uuid(statement, 2, &ids[i]);
        }
        if (!sqlite_run(statement))
            return sqlite_error(writer, "delete a face", err);
        deleted[i] = sqlite3_changes(writer->db) > 0;
        gone += deleted[i];
    }
    return gone == 0 || change_count(writer, collection, -gone, err);
}

bool store_faces_delete(struct store *store, int64_t collection, const struct uuid *ids, size_t count,
                        bool *ret_deleted, struct error *err) {
    struct seal_key key;
    int dimension;
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool there = collection_key(store, writer, collection, &key, &dimension, err);
    secret_wipe(&key, sizeof key);
    if (!there || !delete_all(writer, collection, ids, count, ret_deleted, err)) {
        sqlite_rollback(store);
        return false;
    }
    if (!sqlite_commit(store, err))
        return false;
    sqlite_trim(store);
    return true;
}

static bool visit_rows(sqlite3_stmt *statement, int64_t collection, const struct seal_key *key, size_t bytes,
                       bool (*visit)(void *context, struct uuid id, const float *vector, struct error *err),
                       void *context, int *ret_step, struct error *err) {
    float vector[VECTOR_BYTES_MAX / sizeof(float)];
    bool fine = true;
    while (fine && (*ret_step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct owner owner = {.collection = collection};
        struct bytes sealed = {sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1)};
        fine = (column_uuid(statement, 0, &owner.face) && sealed.len == bytes + SEAL_OVERHEAD &&
                unseal(key, owner_bytes(&owner), sealed, vector)) ||
               error_set(err, ERROR_INTERNAL, "a stored vector is damaged: restore store.db from a backup");
        fine = fine && visit(context, owner.face, vector, err);
    }
    secret_wipe(vector, sizeof vector);
    return fine;
}

bool store_vectors_each(struct store *store, int64_t collection,
                        bool (*visit)(void *context, struct uuid id, const float *vector, struct error *err),
                        void *context, struct error *err) {
    struct seal_key key;
    int dimension, step = SQLITE_ERROR;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool fine = collection_key(store, reader, collection, &key, &dimension, err);
    sqlite3_stmt *statement = fine ? sqlite_statement(reader, SQL_FACE_VECTORS) : NULL;
    if (statement) {
        sqlite3_bind_int64(statement, 1, collection);
        fine = visit_rows(statement, collection, &key, (size_t)dimension * sizeof(float), visit, context,
                          &step, err);
        sqlite3_reset(statement);
    }
    if (fine && step != SQLITE_DONE)
        fine = sqlite_error(reader, "read vectors", err);
    secret_wipe(&key, sizeof key);
    sqlite_reader_done(store, reader);
    return fine;
}
