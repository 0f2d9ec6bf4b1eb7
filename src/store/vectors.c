#include <sodium.h>
#include "store/sqlite.h"
#include "base/digest.h"

/* What a sealed vector belongs to. */
struct owner {
    int64_t collection;
    struct uuid face;
};

static struct bytes owner_bytes(const struct owner *owner) {
    return (struct bytes){(const char *)owner, sizeof *owner};
}

bool vector_key_open(struct store *store, struct connection *connection, int64_t collection,
                     struct vector_key *ret_key, struct error *err) {
    if (!collection_keys(store, connection, collection, &ret_key->keys, err))
        return false;
    ret_key->collection = collection;
    ret_key->bytes = (size_t)ret_key->keys.dimension * sizeof(float);
    return true;
}

size_t vector_seal(const struct vector_key *key, struct uuid face, const float *vector,
                   uint8_t out[VECTOR_SEALED_MAX]) {
    struct owner owner = {key->collection, face};
    seal(&key->keys.key, owner_bytes(&owner), vector, key->bytes, out);
    return key->bytes + SEAL_OVERHEAD;
}

static bool opens(const struct vector_key *key, const struct owner *owner, struct bytes sealed,
                  float *vector) {
    return sealed.len == key->bytes + SEAL_OVERHEAD &&
           collection_unseal(&key->keys, owner_bytes(owner), sealed, vector);
}

bool vector_unseal(const struct vector_key *key, sqlite3_stmt *row, struct uuid *ret_face, float *ret_vector,
                   struct error *err) {
    struct owner owner = {.collection = key->collection};
    struct bytes sealed = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
    if (!column_uuid(row, 0, &owner.face) || !opens(key, &owner, sealed, ret_vector))
        return error_set(err, ERROR_INTERNAL, "a stored vector is damaged: restore store.db from a backup");
    *ret_face = owner.face;
    return true;
}

/* --- reading --- */

struct reading {
    struct vector_key key;
    bool (*visit)(void *context, struct uuid id, const struct uuid *user, const float *vector,
                  struct error *err);
    void *context;
};

static bool read_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct reading *reading = context;
    float vector[DIMENSION_MAX];
    struct uuid face, user;
    bool owned = sqlite3_column_type(row, 2) != SQLITE_NULL;
    if (owned && !column_uuid(row, 2, &user))
        return error_set(err, ERROR_INTERNAL, "a stored face is damaged: restore store.db from a backup");
    bool fine = vector_unseal(&reading->key, row, &face, vector, err) &&
                reading->visit(reading->context, face, owned ? &user : NULL, vector, err);
    secret_wipe(vector, reading->key.bytes);
    return fine;
}

/* The rows of one collection, or of one face of it. */
static bool read_rows(struct store *store, int64_t collection, const struct uuid *face,
                      struct reading *reading, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool fine = vector_key_open(store, reader, collection, &reading->key, err);
    if (fine) {
        sqlite3_stmt *statement = sqlite_statement(reader, face ? SQL_FACE_VECTOR : SQL_FACE_VECTORS);
        sqlite3_bind_int64(statement, 1, collection);
        if (face)
            bind_uuid(statement, 2, face);
        fine = sqlite_each(reader, statement, read_row, reading, err);
    }
    secret_wipe(&reading->key, sizeof reading->key);
    sqlite_reader_done(store, reader);
    return fine;
}

bool store_vectors_each(struct store *store, int64_t collection,
                        bool (*visit)(void *context, struct uuid id, const struct uuid *user,
                                      const float *vector, struct error *err),
                        void *context, struct error *err) {
    struct reading reading = {.visit = visit, .context = context};
    return read_rows(store, collection, NULL, &reading, err);
}

struct wanted {
    const struct vector_key *key;
    int dimension;
    float *vector;
    bool found;
};

static bool take_vector(void *context, struct uuid id, const struct uuid *user, const float *vector,
                        struct error *err) {
    struct wanted *wanted = context;
    (void)id, (void)user;
    if (wanted->key->keys.dimension != wanted->dimension)
        return error_set(err, ERROR_THROTTLED, "The collection has just moved to another model: try again.");
    memcpy(wanted->vector, vector, wanted->key->bytes);
    return wanted->found = true;
}

bool store_vector_get(struct store *store, int64_t collection, struct uuid id, int dimension,
                      float *ret_vector, struct error *err) {
    struct reading reading = {.visit = take_vector};
    struct wanted wanted = {.key = &reading.key, .dimension = dimension, .vector = ret_vector};
    reading.context = &wanted;
    return read_rows(store, collection, &id, &reading, err) && (wanted.found || face_not_found(err));
}

/* --- copying --- */

struct copying {
    struct connection *writer;
    struct vector_key from, to;
};

static bool copy_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct copying *copying = context;
    float vector[DIMENSION_MAX];
    uint8_t sealed[VECTOR_SEALED_MAX], salt[STORE_SALT];
    struct uuid face;
    if (!vector_unseal(&copying->from, row, &face, vector, err))
        return false;
    size_t len = vector_seal(&copying->to, face, vector, sealed);
    secret_wipe(vector, copying->from.bytes);
    sqlite3_stmt *statement = sqlite_statement(copying->writer, SQL_COPY_FACE);
    sqlite3_bind_int64(statement, 1, copying->from.collection);
    sqlite3_bind_int64(statement, 2, copying->to.collection);
    bind_uuid(statement, 3, &face);
    sqlite3_bind_blob(statement, 4, sealed, (int)len, SQLITE_STATIC);
    randombytes_buf(salt, sizeof salt);
    sqlite3_bind_blob(statement, 5, salt, sizeof salt, SQLITE_STATIC);
    return (sqlite_run(statement) || sqlite_error(copying->writer, "copy a face", err)) &&
           crop_copy(copying->writer, &copying->from, &copying->to, face, err);
}

bool faces_copy(struct store *store, struct connection *writer, int64_t from, int64_t to, struct error *err) {
    struct copying copying = {.writer = writer};
    bool done = vector_key_open(store, writer, from, &copying.from, err) &&
                vector_key_open(store, writer, to, &copying.to, err);
    if (done) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_VECTORS);
        sqlite3_bind_int64(statement, 1, from);
        done = sqlite_each(writer, statement, copy_row, &copying, err);
    }
    secret_wipe(&copying, sizeof copying);
    return done;
}
