#include "store/sqlite.h"
#include "base/limits.h"

static bool read_tag(struct arena *arena, sqlite3_stmt *row, void *ret_tag) {
    struct store_tag *tag = ret_tag;
    return column_string(arena, row, 0, &tag->key) && column_string(arena, row, 1, &tag->value) && tag->key &&
           tag->value;
}

/* What a tag belongs to: a collection, or a face of it. */
struct tagged {
    int64_t collection;
    const struct uuid *face; /* NULL: the collection */
};

/* Binds the owner; returns the number of the next parameter. */
static int bind_owner(sqlite3_stmt *statement, struct tagged owner) {
    sqlite3_bind_int64(statement, 1, owner.collection);
    if (owner.face)
        bind_uuid(statement, 2, owner.face);
    return owner.face ? 3 : 2;
}

static bool put(struct connection *writer, struct tagged owner, const struct store_tag *tags, size_t count,
                struct error *err) {
    int64_t total;
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, owner.face ? SQL_FACE_TAG_PUT : SQL_TAG_PUT);
        int next = bind_owner(statement, owner);
        bind_string(statement, next, tags[i].key);
        bind_string(statement, next + 1, tags[i].value);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "keep a tag", err);
    }
    sqlite3_stmt *statement = sqlite_statement(writer, owner.face ? SQL_FACE_TAG_COUNT : SQL_TAG_COUNT);
    bind_owner(statement, owner);
    if (!sqlite_number(writer, statement, &total, err))
        return false;
    return total <= LIMIT_TAGS || error_set(err, ERROR_QUOTA, "A %s has at most %d tags",
                                            owner.face ? "face" : "collection", LIMIT_TAGS);
}

static bool take(struct connection *writer, struct tagged owner, const char *const *keys, size_t count,
                 struct error *err) {
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, owner.face ? SQL_FACE_TAG_REMOVE : SQL_TAG_REMOVE);
        bind_string(statement, bind_owner(statement, owner), keys[i]);
        if (!sqlite_run(statement))
            return sqlite_error(writer, "remove a tag", err);
    }
    return true;
}

static bool get(struct store *store, struct arena *arena, struct tagged owner, struct store_tag **ret_tags,
                size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, owner.face ? SQL_FACE_TAG_LIST : SQL_TAG_LIST);
    bind_owner(statement, owner);
    struct store_tag *tags = sqlite_list(reader, statement, arena, read_tag, sizeof *tags, LIMIT_TAGS,
                                         ret_count, err);
    sqlite_reader_done(store, reader);
    if (!tags)
        return false;
    *ret_tags = tags;
    return true;
}

/* --- of collections --- */

bool tags_put(struct connection *writer, int64_t collection, const struct store_tag *tags, size_t count,
              struct error *err) {
    return put(writer, (struct tagged){.collection = collection}, tags, count, err);
}

bool store_tags_get(struct store *store, struct arena *arena, int64_t collection, struct store_tag **ret_tags,
                    size_t *ret_count, struct error *err) {
    return get(store, arena, (struct tagged){.collection = collection}, ret_tags, ret_count, err);
}

bool store_tags_put(struct store *store, int64_t collection, const struct store_tag *tags, size_t count,
                    struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool done = collection_check(writer, collection, err) && tags_put(writer, collection, tags, count, err);
    return sqlite_end(store, done, err);
}

bool store_tags_remove(struct store *store, int64_t collection, const char *const *keys, size_t count,
                       struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    return sqlite_end(store, take(writer, (struct tagged){.collection = collection}, keys, count, err), err);
}

/* --- of faces --- */

bool store_face_tags_get(struct store *store, struct arena *arena, int64_t collection, struct uuid id,
                         struct store_tag **ret_tags, size_t *ret_count, struct error *err) {
    return get(store, arena, (struct tagged){collection, &id}, ret_tags, ret_count, err);
}

bool store_face_tags_put(struct store *store, int64_t collection, const struct uuid *ids, size_t count,
                         const struct store_tag *tags, size_t tag_count, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done = put(writer, (struct tagged){collection, &ids[i]}, tags, tag_count, err);
    return sqlite_end(store, done, err);
}

bool store_face_tags_remove(struct store *store, int64_t collection, const struct uuid *ids, size_t count,
                            const char *const *keys, size_t key_count, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done = take(writer, (struct tagged){collection, &ids[i]}, keys, key_count, err);
    return sqlite_end(store, done, err);
}
