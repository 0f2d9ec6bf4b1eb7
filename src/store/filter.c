/* Which faces. The text of a query is put together from fixed pieces, and what a client sent is only ever
 * bound. One query finds ids, and begins at the index that leads to the fewest faces, which SQLite cannot
 * know; a list then looks up the rows of one page of ids. */
#include "store/sqlite.h"
#include "base/buffer.h"
#include "base/limits.h"

/* ?1 is the collection, ?2 the face to begin after, ?3 the most rows, ?4 to ?8 are members of the filter;
 * then come keys and values of tags. */
enum { AFTER = 2, MAXIMUM, USER_ID, EXTERNAL_IMAGE_ID, PREFIX, CREATED_FROM, CREATED_BEFORE, TAGS };
enum { SQL_MAX = 64 * 1024 };

/* Writes where the query begins; returns the name of a face's id there. */
static const char *write_source(struct buffer *sql, const struct store_filter *filter) {
    bool by_image = filter->external_image_id || filter->external_image_id_prefix;
    if (filter->user_id)
        buffer_text(sql, "SELECT id FROM faces INDEXED BY faces_by_user WHERE faces.collection=?1");
    else if (by_image)
        buffer_text(sql, "SELECT id FROM faces INDEXED BY faces_by_external_image WHERE faces.collection=?1");
    else if (filter->tag_count > 0)
        buffer_text(sql, "SELECT tag.face FROM face_tags AS tag CROSS JOIN faces WHERE tag.collection=?1"
                         " AND tag.key=?9 AND tag.value=?10 AND faces.collection=?1 AND faces.id=tag.face");
    else
        buffer_text(sql, "SELECT id FROM faces WHERE faces.collection=?1");
    return !filter->user_id && !by_image && filter->tag_count > 0 ? "tag.face" : "id";
}

static void write_query(struct buffer *sql, const struct store_filter *filter, bool after) {
    const char *id = write_source(sql, filter);
    if (after)
        buffer_printf(sql, " AND %s>?2", id);
    if (filter->user_id)
        buffer_text(sql, " AND user_key=(SELECT key FROM users WHERE collection=?1 AND id=?4)");
    if (filter->external_image_id)
        buffer_text(sql, " AND external_image_id=?5");
    if (filter->external_image_id_prefix) /* no text in UTF-8 has a byte ff */
        buffer_text(sql, " AND external_image_id>=?6 AND external_image_id<?6||CAST(x'ff' AS TEXT)");
    if (filter->created_from_ms != 0)
        buffer_text(sql, " AND created_ms>=?7");
    if (filter->created_before_ms != 0)
        buffer_text(sql, " AND created_ms<?8");
    for (size_t i = 0; i < filter->tag_count; i++)
        buffer_printf(sql,
                      " AND EXISTS(SELECT 1 FROM face_tags WHERE collection=?1 AND face=faces.id"
                      " AND key=?%zu AND value=?%zu)",
                      TAGS + 2 * i, TAGS + 2 * i + 1);
    buffer_printf(sql, " ORDER BY %s LIMIT ?3", id);
}

static void bind_filter(sqlite3_stmt *statement, const struct store_filter *filter) {
    bind_string(statement, USER_ID, filter->user_id);
    bind_string(statement, EXTERNAL_IMAGE_ID, filter->external_image_id);
    bind_string(statement, PREFIX, filter->external_image_id_prefix);
    sqlite3_bind_int64(statement, CREATED_FROM, filter->created_from_ms);
    sqlite3_bind_int64(statement, CREATED_BEFORE, filter->created_before_ms);
    for (size_t i = 0; i < filter->tag_count; i++) {
        bind_string(statement, (int)(TAGS + 2 * i), filter->tags[i].key);
        bind_string(statement, (int)(TAGS + 2 * i + 1), filter->tags[i].value);
    }
}

/* The query of ids between head and tail, prepared and bound; the caller finalizes it. NULL on failure. */
static sqlite3_stmt *prepare(struct connection *reader, const char *head, const char *tail,
                             int64_t collection, const struct store_filter *filter, const struct uuid *after,
                             int64_t maximum, struct error *err) {
    static const struct store_filter everything;
    CLEANUP(buffer_release) struct buffer sql = buffer_new(SQL_MAX);
    sqlite3_stmt *statement = NULL;
    filter = filter ? filter : &everything;
    if (filter->tag_count > LIMIT_TAGS) {
        error_set(err, ERROR_INVALID_PARAMETER, "A filter names at most %d tags", LIMIT_TAGS);
        return NULL;
    }
    buffer_text(&sql, head);
    write_query(&sql, filter, after != NULL);
    buffer_text(&sql, tail);
    if (sql.failed) {
        error_set(err, ERROR_INTERNAL, "no memory for a query");
        return NULL;
    }
    if (sqlite3_prepare_v2(reader->db, sql.data, (int)sql.len, &statement, NULL) != SQLITE_OK) {
        sqlite_error(reader, "look for faces", err);
        return NULL;
    }
    sqlite3_bind_int64(statement, 1, collection);
    if (after)
        bind_uuid(statement, AFTER, after);
    sqlite3_bind_int64(statement, MAXIMUM, maximum);
    bind_filter(statement, filter);
    return statement;
}

bool store_faces_list(struct store *store, struct arena *arena, int64_t collection,
                      const struct store_filter *filter, const struct uuid *after, size_t maximum,
                      struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct store_face *faces = NULL;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = prepare(
        reader, "SELECT " FACE_COLUMNS ", " FACE_USER_ID " FROM faces WHERE collection=?1 AND id IN (",
        ") ORDER BY id", collection, filter, after, (int64_t)maximum, err);
    if (statement)
        faces = sqlite_list(reader, statement, arena, face_read, sizeof *faces, maximum, ret_count, err);
    sqlite3_finalize(statement);
    sqlite_reader_done(store, reader);
    if (!faces)
        return false;
    *ret_faces = faces;
    return true;
}

static bool append_id(void *context, sqlite3_stmt *row, struct error *err) {
    struct buffer *ids = context;
    struct uuid id;
    if (!column_uuid(row, 0, &id))
        return error_set(err, ERROR_INTERNAL, "a stored face is damaged: restore store.db from a backup");
    buffer_append(ids, &id, sizeof id);
    return !ids->failed || error_set(err, ERROR_INTERNAL, "no memory for a list of faces");
}

bool store_faces_matching(struct store *store, int64_t collection, const struct store_filter *filter,
                          struct uuid **ret_ids, size_t *ret_count, struct error *err) {
    struct buffer ids = buffer_new((size_t)LIMIT_COLLECTION_FACES * sizeof(struct uuid));
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = prepare(reader, "", "", collection, filter, NULL, -1, err);
    bool found = statement && sqlite_each(reader, statement, append_id, &ids, err);
    sqlite3_finalize(statement);
    sqlite_reader_done(store, reader);
    if (!found) {
        buffer_release(&ids);
        return false;
    }
    *ret_ids = (struct uuid *)ids.data;
    *ret_count = ids.len / sizeof **ret_ids;
    return true;
}
