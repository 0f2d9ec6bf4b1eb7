#include "store/sqlite.h"

#define COLLECTION_COLUMNS "number, id, model, dimension, created_ms, face_count, user_count"
#define USER_COLUMNS "key, id, created_ms, face_count, details"
#define ONE_COLLECTION " WHERE collection=?1"
#define ONE_FACE " WHERE collection=?1 AND id=?2"
#define ONE_USER " WHERE collection=?1 AND id=?2"
#define TAGS_OF_FACE " FROM face_tags WHERE collection=?1 AND face=?2"

static const char *const statements[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_COLLECTION_COUNT] = "SELECT count(*) FROM collections",
    [SQL_COLLECTION_THERE] = "SELECT number FROM collections WHERE number=?",
    [SQL_COLLECTION_INSERT] =
        "INSERT INTO collections(id, model, dimension, created_ms, wrapped_key) VALUES(?,?,?,?,?)",
    [SQL_COLLECTION_GET] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE id=?",
    [SQL_COLLECTION_LIST] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE id>? ORDER BY id LIMIT ?",
    [SQL_COLLECTION_RENAME] = "UPDATE collections SET id=?2 WHERE id=?1",
    [SQL_COLLECTION_KEY] = "SELECT wrapped_key, dimension FROM collections WHERE number=?",
    [SQL_COLLECTION_SET_KEY] = "UPDATE collections SET wrapped_key=? WHERE number=?",
    [SQL_COLLECTION_FACES] =
        "UPDATE collections SET face_count=face_count+?2 WHERE number=?1 RETURNING face_count",
    [SQL_COLLECTION_USERS] =
        "UPDATE collections SET user_count=user_count+?2 WHERE number=?1 RETURNING user_count",
    [SQL_COLLECTION_DELETE_FACE_TAGS] = "DELETE FROM face_tags" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_FACES] = "DELETE FROM faces" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_USERS] = "DELETE FROM users" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_TAGS] = "DELETE FROM tags" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE] = "DELETE FROM collections WHERE number=?",

    /* From ?1 to ?2. */
    [SQL_COPY_COUNTS] = "UPDATE collections SET (face_count, user_count)="
                        "(SELECT face_count, user_count FROM collections WHERE number=?1) WHERE number=?2",
    [SQL_COPY_TAGS] = "INSERT INTO tags SELECT ?2, key, value FROM tags" ONE_COLLECTION,
    [SQL_COPY_USERS] = "INSERT INTO users(collection, id, key, created_ms, face_count, details)"
                       " SELECT ?2, id, randomblob(16), created_ms, face_count, details"
                       " FROM users" ONE_COLLECTION,
    [SQL_COPY_FACE_TAGS] = "INSERT INTO face_tags SELECT ?2, face, key, value FROM face_tags" ONE_COLLECTION,
    [SQL_COPY_FACE] = "INSERT INTO faces(collection, " FACE_COLUMNS ", sealed_vector, user_key)"
                      " SELECT ?2, " FACE_COLUMNS
                      ", ?4, (SELECT key FROM users WHERE collection=?2 AND id=" FACE_USER_ID ")"
                      " FROM faces WHERE collection=?1 AND id=?3",

    [SQL_TAG_PUT] = "INSERT OR REPLACE INTO tags(collection, key, value) VALUES(?,?,?)",
    [SQL_TAG_REMOVE] = "DELETE FROM tags WHERE collection=? AND key=?",
    [SQL_TAG_LIST] = "SELECT key, value FROM tags WHERE collection=? ORDER BY key",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM tags WHERE collection=?",

    /* The index is named because that of external image ids may lead to a great many faces. */
    [SQL_FACE_KNOWN] = "SELECT id, confidence, created_ms FROM faces INDEXED BY faces_by_image"
                       " WHERE collection=? AND image_id=? AND external_image_id=?"
                       " AND left=? AND top=? AND width=? AND height=?",
    [SQL_FACE_INSERT] = "INSERT INTO faces(collection, " FACE_COLUMNS
                        ", sealed_vector) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_FACE_GET] = "SELECT " FACE_COLUMNS ", " FACE_USER_ID " FROM faces" ONE_FACE,
    /* Before a face is taken from the user it belongs to, if any. */
    [SQL_FACE_UNCOUNT] = "UPDATE users SET face_count=face_count-1 WHERE collection=?1"
                         " AND key=(SELECT user_key FROM faces" ONE_FACE ")",
    [SQL_FACE_ASSIGN] =
        "UPDATE faces SET user_key=(SELECT key FROM users WHERE collection=?1 AND id=?3)" ONE_FACE,
    [SQL_FACE_DELETE_TAGS] = "DELETE" TAGS_OF_FACE,
    [SQL_FACE_DELETE] = "DELETE FROM faces" ONE_FACE,
    [SQL_FACE_VECTOR] = "SELECT id, sealed_vector, user_key FROM faces" ONE_FACE,
    [SQL_FACE_VECTORS] = "SELECT id, sealed_vector, user_key FROM faces" ONE_COLLECTION,
    [SQL_FACE_TAG_PUT] = "INSERT OR REPLACE INTO face_tags(collection, face, key, value)"
                         " SELECT collection, id, ?3, ?4 FROM faces" ONE_FACE,
    [SQL_FACE_TAG_REMOVE] = "DELETE" TAGS_OF_FACE " AND key=?3",
    [SQL_FACE_TAG_LIST] = "SELECT key, value" TAGS_OF_FACE " ORDER BY key",
    [SQL_FACE_TAG_COUNT] = "SELECT count(*)" TAGS_OF_FACE,

    [SQL_USER_INSERT] = "INSERT INTO users(collection, id, key, created_ms, details) VALUES(?,?,?,?,?)"
                        " ON CONFLICT(collection, id) DO NOTHING",
    [SQL_USER_GET] = "SELECT " USER_COLUMNS " FROM users" ONE_USER,
    [SQL_USER_GET_BY_KEY] = "SELECT " USER_COLUMNS " FROM users WHERE collection=? AND key=?",
    [SQL_USER_LIST] = "SELECT " USER_COLUMNS " FROM users WHERE collection=? AND id>? ORDER BY id LIMIT ?",
    [SQL_USER_SET_DETAILS] = "UPDATE users SET details=?3" ONE_USER,
    [SQL_USER_FACES] = "UPDATE users SET face_count=face_count+?3" ONE_USER " RETURNING face_count",
    [SQL_USER_FREE_FACES] = "UPDATE faces SET user_key=NULL WHERE collection=?1"
                            " AND user_key=(SELECT key FROM users" ONE_USER ")",
    [SQL_USER_DELETE] = "DELETE FROM users" ONE_USER,

    [SQL_TOKEN_FIND] = "SELECT digest, reply FROM tokens WHERE operation=? AND token=? AND created_ms>=?",
    [SQL_TOKEN_KEEP] =
        "INSERT OR REPLACE INTO tokens(operation, token, digest, reply, created_ms) VALUES(?,?,?,?,?)",
    [SQL_TOKEN_FORGET] = "DELETE FROM tokens WHERE created_ms<?",

    [SQL_JOURNAL_APPEND] = "INSERT INTO journal(entry) VALUES(?)",
    [SQL_JOURNAL_NEXT] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name='journal'), 0)",
    [SQL_JOURNAL_FIRST] = "SELECT coalesce((SELECT min(number) - 1 FROM journal), -1)",
    [SQL_JOURNAL_LIST] = "SELECT number - 1, entry FROM journal WHERE number>? ORDER BY number LIMIT ?",
    [SQL_JOURNAL_FORGET] = "DELETE FROM journal WHERE number<=?",
};

bool sqlite_error(struct connection *connection, const char *doing, struct error *err) {
    int code = sqlite3_errcode(connection->db);
    const char *advice = code == SQLITE_FULL       ? "; the disk is full"
                         : code == SQLITE_READONLY ? "; the disk or the file is read-only"
                         : code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                             ? "; store.db is damaged or no store of ours: restore it from a backup"
                             : "";
    return error_set(err, ERROR_INTERNAL, "the store cannot %s: %s%s", doing, sqlite3_errmsg(connection->db),
                     advice);
}

sqlite3_stmt *sqlite_statement(struct connection *connection, enum statement statement) {
    sqlite3_stmt **prepared = &connection->statements[statement];
    if (!*prepared && sqlite3_prepare_v3(connection->db, statements[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                         prepared, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_reset(*prepared);
    sqlite3_clear_bindings(*prepared);
    return *prepared;
}

bool sqlite_run(sqlite3_stmt *statement) {
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW)
        step = sqlite3_step(statement);
    sqlite3_reset(statement);
    return step == SQLITE_DONE;
}

bool sqlite_each(struct connection *connection, sqlite3_stmt *statement,
                 bool (*visit)(void *context, sqlite3_stmt *row, struct error *err), void *context,
                 struct error *err) {
    bool fine = true;
    int step = SQLITE_ROW;
    while (fine && (step = sqlite3_step(statement)) == SQLITE_ROW)
        fine = visit(context, statement, err);
    if (fine && step != SQLITE_DONE)
        fine = sqlite_error(connection, "read", err);
    sqlite3_reset(statement);
    return fine;
}

/* An array that grows by a row. */
struct list {
    struct arena *arena;
    bool (*read)(struct arena *arena, sqlite3_stmt *row, void *ret_element);
    char *elements;
    size_t size, count, maximum;
};

static bool list_row(void *context, sqlite3_stmt *row, struct error *err) {
    struct list *list = context;
    if (list->count == list->maximum)
        return error_set(err, ERROR_INTERNAL, "the store holds more than it may");
    if (!list->read(list->arena, row, list->elements + list->count * list->size))
        return error_set(err, ERROR_INTERNAL, "no memory for what is stored, or store.db is damaged");
    list->count++;
    return true;
}

void *sqlite_list(struct connection *connection, sqlite3_stmt *statement, struct arena *arena,
                  bool (*read)(struct arena *arena, sqlite3_stmt *row, void *ret_element), size_t size,
                  size_t maximum, size_t *ret_count, struct error *err) {
    struct list list = {arena, read, arena_array(arena, maximum, size), size, 0, maximum};
    if (!list.elements) {
        error_set(err, ERROR_INTERNAL, "no memory for a list");
        return NULL;
    }
    if (!sqlite_each(connection, statement, list_row, &list, err))
        return NULL;
    *ret_count = list.count;
    return list.elements;
}

bool sqlite_number(struct connection *connection, sqlite3_stmt *statement, int64_t *ret_number,
                   struct error *err) {
    int step = sqlite3_step(statement);
    int64_t number = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    if (step == SQLITE_ROW)
        step = sqlite3_step(statement);
    if (step != SQLITE_DONE)
        sqlite_error(connection, "count", err);
    sqlite3_reset(statement);
    if (step == SQLITE_DONE)
        *ret_number = number;
    return step == SQLITE_DONE;
}

void bind_string(sqlite3_stmt *statement, int parameter, const char *text) {
    sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

void bind_uuid(sqlite3_stmt *statement, int parameter, const struct uuid *uuid) {
    sqlite3_bind_blob(statement, parameter, uuid, sizeof *uuid, SQLITE_STATIC);
}

bool column_string(struct arena *arena, sqlite3_stmt *row, int column, const char **ret_text) {
    const char *text = (const char *)sqlite3_column_text(row, column);
    *ret_text = text ? arena_string(arena, (struct bytes){text, (size_t)sqlite3_column_bytes(row, column)})
                     : NULL;
    return *ret_text || sqlite3_column_type(row, column) == SQLITE_NULL;
}

bool column_uuid(sqlite3_stmt *row, int column, struct uuid *ret_uuid) {
    const void *blob = sqlite3_column_blob(row, column);
    if (!blob || sqlite3_column_bytes(row, column) != (int)sizeof ret_uuid->bytes)
        return false;
    memcpy(ret_uuid->bytes, blob, sizeof ret_uuid->bytes);
    return true;
}
