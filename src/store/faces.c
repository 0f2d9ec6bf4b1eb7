#include <sodium.h>
#include "store/sqlite.h"
#include "base/digest.h"

static void bind_box(sqlite3_stmt *statement, int parameter, const struct store_face *face) {
    sqlite3_bind_double(statement, parameter, (double)face->left);
    sqlite3_bind_double(statement, parameter + 1, (double)face->top);
    sqlite3_bind_double(statement, parameter + 2, (double)face->width);
    sqlite3_bind_double(statement, parameter + 3, (double)face->height);
}

static bool column_salt(sqlite3_stmt *row, int column, uint8_t ret_salt[STORE_SALT]) {
    const void *blob = sqlite3_column_blob(row, column);
    if (!blob || sqlite3_column_bytes(row, column) != STORE_SALT)
        return false;
    memcpy(ret_salt, blob, STORE_SALT);
    return true;
}

/* Is the same face of the same photograph there under the same external id? Then *face becomes that one. */
static bool find_known(struct connection *writer, int64_t collection, struct store_face *face,
                       bool *ret_known, struct error *err) {
    *ret_known = false;
    if (!face->external_image_id)
        return true;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_KNOWN);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face->image_id);
    bind_string(statement, 3, face->external_image_id);
    bind_box(statement, 4, face);
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW && column_uuid(statement, 0, &face->id) && column_salt(statement, 4, face->salt)) {
        face->confidence = (float)sqlite3_column_double(statement, 1);
        face->created_ms = sqlite3_column_int64(statement, 2);
        face->expires_ms = sqlite3_column_int64(statement, 3);
        *ret_known = true;
    }
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE || sqlite_error(writer, "look up a face", err);
}

static bool insert(struct connection *writer, int64_t collection, const struct vector_key *key,
                   const struct store_face *face, const float *vector, struct error *err) {
    uint8_t sealed[VECTOR_SEALED_MAX];
    size_t len = vector_seal(key, face->id, vector, sealed);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_INSERT);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face->id);
    bind_uuid(statement, 3, &face->image_id);
    bind_string(statement, 4, face->external_image_id);
    bind_box(statement, 5, face);
    sqlite3_bind_double(statement, 9, (double)face->confidence);
    bind_string(statement, 10, face->model);
    sqlite3_bind_int64(statement, 11, face->created_ms);
    if (face->expires_ms != 0)
        sqlite3_bind_int64(statement, 12, face->expires_ms);
    bind_string(statement, 13, face->consent);
    sqlite3_bind_blob(statement, 14, face->salt, STORE_SALT, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 15, sealed, (int)len, SQLITE_STATIC);
    return sqlite_run(statement) || sqlite_error(writer, "add a face", err);
}

static bool add_all(struct store *store, struct connection *writer, int64_t collection,
                    struct store_face *faces, const float *const *vectors, size_t count, bool *known,
                    struct error *err) {
    struct vector_key key;
    int64_t added = 0;
    if (!vector_key_open(store, writer, collection, &key, err))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        done = collection_is_of(writer, collection, faces[i].model, err) &&
               find_known(writer, collection, &faces[i], &known[i], err);
        if (done && !known[i]) {
            randombytes_buf(faces[i].salt, sizeof faces[i].salt);
            done = insert(writer, collection, &key, &faces[i], vectors[i], err);
            added++;
        }
    }
    secret_wipe(&key, sizeof key);
    /* Only new ones need room, not those that were known. */
    return done && (added == 0 || collection_count_faces(writer, collection, added, err));
}

bool store_faces_add(struct store *store, int64_t collection, struct store_face *faces,
                     const float *const *vectors, size_t count, bool *ret_known, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    return writer &&
           sqlite_end(store, add_all(store, writer, collection, faces, vectors, count, ret_known, err), err);
}

bool face_read(struct arena *arena, sqlite3_stmt *row, void *ret_face) {
    struct store_face *face = ret_face;
    *face = (struct store_face){.left = (float)sqlite3_column_double(row, 3),
                                .top = (float)sqlite3_column_double(row, 4),
                                .width = (float)sqlite3_column_double(row, 5),
                                .height = (float)sqlite3_column_double(row, 6),
                                .confidence = (float)sqlite3_column_double(row, 7),
                                .created_ms = sqlite3_column_int64(row, 9),
                                .expires_ms = sqlite3_column_int64(row, 10)};
    return column_uuid(row, 0, &face->id) && column_uuid(row, 1, &face->image_id) &&
           column_string(arena, row, 2, &face->external_image_id) &&
           column_string(arena, row, 8, &face->model) && face->model &&
           column_string(arena, row, 11, &face->consent) && column_salt(row, 12, face->salt) &&
           column_string(arena, row, 13, &face->user_id);
}

bool face_not_found(struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "faceId was not found in the collection.");
}

bool store_face_get(struct store *store, struct arena *arena, int64_t collection, struct uuid id,
                    struct store_face *ret_face, struct error *err) {
    size_t count;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_FACE_GET);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &id);
    struct store_face *face = sqlite_list(reader, statement, arena, face_read, sizeof *face, 1, &count, err);
    sqlite_reader_done(store, reader);
    if (!face)
        return false;
    if (count == 0)
        return face_not_found(err);
    *ret_face = *face;
    return true;
}

/* What a face leaves behind goes first. */
static bool delete_one(struct connection *writer, int64_t collection, const struct uuid *id,
                       struct error *err) {
    static const enum statement steps[] = {SQL_FACE_UNCOUNT, SQL_FACE_DELETE_TAGS, SQL_FACE_DELETE_CROP,
                                           SQL_FACE_DELETE};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection);
        bind_uuid(statement, 2, id);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "delete a face", err);
    }
    return true;
}

static bool delete_all(struct store *store, struct connection *writer, int64_t collection,
                       const struct uuid *ids, size_t count, bool *deleted, struct error *err) {
    int64_t gone = 0;
    if (!collection_check(writer, collection, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!delete_one(writer, collection, &ids[i], err))
            return false;
        deleted[i] = sqlite3_changes(writer->db) > 0;
        gone += deleted[i];
    }
    if (gone == 0)
        return true;
    sqlite_deleted(store);
    return collection_count_faces(writer, collection, -gone, err);
}

bool store_faces_delete(struct store *store, int64_t collection, const struct uuid *ids, size_t count,
                        bool *ret_deleted, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    return writer &&
           sqlite_end(store, delete_all(store, writer, collection, ids, count, ret_deleted, err), err);
}

static bool read_expired(struct arena *arena, sqlite3_stmt *row, void *ret_expired) {
    struct store_expired *expired = ret_expired;
    expired->account = sqlite3_column_int64(row, 0);
    expired->collection = sqlite3_column_int64(row, 1);
    return column_string(arena, row, 2, &expired->collection_id) && expired->collection_id &&
           column_uuid(row, 3, &expired->face) && column_salt(row, 4, expired->salt);
}

static int by_collection(const void *a, const void *b) {
    const struct store_expired *one = a, *other = b;
    return (one->collection > other->collection) - (one->collection < other->collection);
}

bool store_faces_expired(struct store *store, struct arena *arena, int64_t now_ms, size_t maximum,
                         struct store_expired **ret_faces, size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_FACES_EXPIRED);
    sqlite3_bind_int64(statement, 1, now_ms);
    sqlite3_bind_int64(statement, 2, (int64_t)maximum);
    struct store_expired *faces = sqlite_list(reader, statement, arena, read_expired, sizeof *faces, maximum,
                                              ret_count, err);
    sqlite_reader_done(store, reader);
    if (!faces)
        return false;
    qsort(faces, *ret_count, sizeof *faces, by_collection);
    *ret_faces = faces;
    return true;
}
