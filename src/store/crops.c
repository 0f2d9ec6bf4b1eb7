/* A crop is sealed with its collection's key, for its face, and as a crop: it opens in no other place. */
#include "store/sqlite.h"
#include "base/digest.h"
#include "base/limits.h"

/* What a sealed crop belongs to. */
struct crop_owner {
    char use[8];
    int64_t collection;
    struct uuid face;
};

static struct crop_owner owner_of(const struct vector_key *key, struct uuid face) {
    return (struct crop_owner){"crop", key->collection, face};
}

static struct bytes owner_bytes(const struct crop_owner *owner) {
    return (struct bytes){(const char *)owner, sizeof *owner};
}

bool crop_unseal(const struct vector_key *key, struct uuid face, struct bytes sealed, void *out) {
    const struct crop_owner owner = owner_of(key, face);
    return collection_unseal(&key->keys, owner_bytes(&owner), sealed, out);
}

static bool put(struct connection *writer, const struct vector_key *key, struct uuid face, struct bytes crop,
                struct error *err) {
    const struct crop_owner owner = owner_of(key, face);
    CLEANUP_FREE uint8_t *sealed = malloc(crop.len + SEAL_OVERHEAD);
    if (!sealed)
        return error_set(err, ERROR_INTERNAL, "no memory for a crop");
    seal(&key->keys.key, owner_bytes(&owner), crop.ptr, crop.len, sealed);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_CROP_PUT);
    sqlite3_bind_int64(statement, 1, key->collection);
    bind_uuid(statement, 2, &face);
    sqlite3_bind_blob64(statement, 3, sealed, crop.len + SEAL_OVERHEAD, SQLITE_STATIC);
    return sqlite_run(statement) || sqlite_error(writer, "keep a crop", err);
}

static bool put_and_retry(struct store *store, struct connection *writer, int64_t collection,
                          struct uuid face, struct bytes crop, struct error *err) {
    struct vector_key key;
    bool done = vector_key_open(store, writer, collection, &key, err) && put(writer, &key, face, crop, err);
    secret_wipe(&key, sizeof key);
    if (!done || sqlite3_changes(writer->db) == 0)
        return done;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_MOVE_RETRY);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face);
    return sqlite_run(statement) || sqlite_error(writer, "keep a crop", err);
}

bool store_crop_put(struct store *store, int64_t collection, struct uuid face, struct bytes crop,
                    struct error *err) {
    if (crop.len > LIMIT_CROP_BYTES)
        return error_set(err, ERROR_INTERNAL, "a crop has %zu bytes, the most is %d", crop.len,
                         LIMIT_CROP_BYTES);
    struct connection *writer = sqlite_begin(store, err);
    return writer && sqlite_end(store, put_and_retry(store, writer, collection, face, crop, err), err);
}

/* --- reading --- */

struct opening {
    const struct vector_key *key;
    struct uuid face;
    uint8_t *crop; /* NULL: none is kept */
    size_t len;
};

static bool open_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct opening *opening = context;
    struct bytes sealed = {sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)};
    opening->crop = malloc(MAX(sealed.len, (size_t)SEAL_OVERHEAD + 1));
    if (!opening->crop)
        return error_set(err, ERROR_INTERNAL, "no memory for a crop");
    if (!crop_unseal(opening->key, opening->face, sealed, opening->crop))
        return error_set(err, ERROR_INTERNAL, "a stored crop is damaged: restore store.db from a backup");
    opening->len = sealed.len - SEAL_OVERHEAD;
    return true;
}

static bool open_crop(struct connection *connection, struct opening *opening, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_CROP_GET);
    sqlite3_bind_int64(statement, 1, opening->key->collection);
    bind_uuid(statement, 2, &opening->face);
    return sqlite_each(connection, statement, open_row, opening, err);
}

static void opening_release(struct opening *opening) {
    if (opening->crop)
        secret_wipe(opening->crop, opening->len);
    free(opening->crop);
}

bool store_crop_get(struct store *store, struct arena *arena, int64_t collection, struct uuid face,
                    struct bytes *ret_crop, struct error *err) {
    struct vector_key key;
    CLEANUP(opening_release) struct opening opening = {.key = &key, .face = face};
    struct bytes crop = {NULL, 0};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    bool read = vector_key_open(store, reader, collection, &key, err) && open_crop(reader, &opening, err);
    secret_wipe(&key, sizeof key);
    sqlite_reader_done(store, reader);
    if (read && opening.crop) {
        crop = (struct bytes){arena_string(arena, (struct bytes){(const char *)opening.crop, opening.len}),
                              opening.len};
        read = crop.ptr || error_set(err, ERROR_INTERNAL, "no memory for a crop");
    }
    if (read)
        *ret_crop = crop;
    return read;
}

bool store_crop_is_kept(struct store *store, int64_t collection, struct uuid face, bool *ret_kept,
                        struct error *err) {
    int64_t count;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_CROP_COUNT);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &face);
    bool read = sqlite_number(reader, statement, &count, err);
    sqlite_reader_done(store, reader);
    if (read)
        *ret_kept = count > 0;
    return read;
}

bool crop_copy(struct connection *writer, const struct vector_key *from, const struct vector_key *to,
               struct uuid face, struct error *err) {
    CLEANUP(opening_release) struct opening opening = {.key = from, .face = face};
    return open_crop(writer, &opening, err) &&
           (!opening.crop ||
            put(writer, to, face, (struct bytes){(const char *)opening.crop, opening.len}, err));
}
