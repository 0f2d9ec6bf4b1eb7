/* All queries see the database at one moment, whoever writes meanwhile. */
#include <math.h>
#include <stdarg.h>
#include "store/sqlite.h"
#include "base/digest.h"

#define UNIT_TOLERANCE 1e-3 /* of the square of a length */

struct verification {
    struct store *store;
    struct connection *reader;
    void (*report)(void *context, const char *what);
    void *context;
};

static void PRINTF_LIKE(2, 3) report(struct verification *verification, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verification->report(verification->context, text);
}

/* Each row of a query is something wrong: `what`, and behind it the row's first column. */
struct question {
    const char *what, *sql, *fine; /* fine: a row that is none */
};

static const struct question questions[] = {
    {"database page", "PRAGMA integrity_check(20)", "ok"},
    {"reference to what is not there, in table",
     "SELECT \"table\" || ' to ' || parent || ', ' || count(*) || ' times' FROM pragma_foreign_key_check"
     " GROUP BY \"table\", parent",
     NULL},
    {"count of faces",
     "SELECT 'collection ' || id || ' has ' || n || ', its count says ' || face_count FROM"
     " (SELECT id, face_count, (SELECT count(*) FROM faces WHERE collection=number) AS n FROM collections)"
     " WHERE n<>face_count",
     NULL},
    {"count of users",
     "SELECT 'collection ' || id || ' has ' || n || ', its count says ' || user_count FROM"
     " (SELECT id, user_count, (SELECT count(*) FROM users WHERE collection=number) AS n FROM collections)"
     " WHERE n<>user_count",
     NULL},
    {"count of a user's faces",
     "SELECT 'user ' || id || ' has ' || n || ', its count says ' || face_count FROM"
     " (SELECT id, face_count, (SELECT count(*) FROM faces WHERE faces.collection=users.collection"
     "  AND user_key=key) AS n FROM users) WHERE n<>face_count LIMIT 20",
     NULL},
    {"faces of users that are not there",
     "SELECT count(*) FROM faces WHERE user_key IS NOT NULL AND NOT EXISTS"
     " (SELECT 1 FROM users WHERE users.collection=faces.collection AND key=user_key) HAVING count(*)>0",
     NULL},
    {"crops of faces that are not there",
     "SELECT count(*) FROM crops WHERE NOT EXISTS"
     " (SELECT 1 FROM faces WHERE faces.collection=crops.collection AND id=face) HAVING count(*)>0",
     NULL},
    {"crops in collections that keep none",
     "SELECT count(*) FROM crops JOIN collections ON number=crops.collection WHERE NOT keep_crops"
     " HAVING count(*)>0",
     NULL},
    {"next vectors in collections that do not move",
     "SELECT count(*) FROM collections CROSS JOIN faces INDEXED BY faces_tried ON collection=number"
     " WHERE next_model IS NULL AND next_vector IS NOT NULL HAVING count(*)>0",
     NULL},
    {"tags of faces that are not there",
     "SELECT count(*) FROM face_tags WHERE NOT EXISTS"
     " (SELECT 1 FROM faces WHERE faces.collection=face_tags.collection AND id=face) HAVING count(*)>0",
     NULL},
};

static bool ask(struct verification *verification, const struct question *question, struct error *err) {
    sqlite3_stmt *statement = NULL;
    struct connection *reader = verification->reader;
    int step = sqlite3_prepare_v2(reader->db, question->sql, -1, &statement, NULL);
    if (step == SQLITE_OK)
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            const char *said = (const char *)sqlite3_column_text(statement, 0);
            if (said && !(question->fine && strcmp(said, question->fine) == 0))
                report(verification, "%s: %s", question->what, said);
        }
    bool done = step == SQLITE_DONE || sqlite_error(reader, "be checked", err);
    sqlite3_finalize(statement);
    return done;
}

/* --- vectors --- */

struct walk {
    struct verification *verification;
    struct vector_key key;
    const char *collection;
};

static bool is_unit(const float *vector, size_t dimension) {
    double square = 0;
    for (size_t i = 0; i < dimension; i++)
        square += (double)vector[i] * (double)vector[i];
    return fabs(square - 1) <= UNIT_TOLERANCE; /* not so when one is infinite or no number */
}

/* The face of a row, in words. */
static void name_face(sqlite3_stmt *row, char name[UUID_TEXT]) {
    struct uuid face;
    snprintf(name, UUID_TEXT, "(damaged id)");
    if (column_uuid(row, 0, &face))
        uuid_format(face, name);
}

static bool check_vector(void *context, sqlite3_stmt *row, struct error *err) {
    struct walk *walk = context;
    float vector[DIMENSION_MAX];
    char name[UUID_TEXT];
    struct uuid face;
    (void)err;
    name_face(row, name);
    bool opens = vector_unseal(&walk->key, row, &face, vector, NULL);
    if (!opens)
        report(walk->verification, "vector of face %s in collection %s does not open", name,
               walk->collection);
    else if (!is_unit(vector, walk->key.bytes / sizeof *vector))
        report(walk->verification, "vector of face %s in collection %s is no unit vector", name,
               walk->collection);
    secret_wipe(vector, walk->key.bytes);
    return true;
}

static bool check_next_vector(void *context, sqlite3_stmt *row, struct error *err) {
    struct walk *walk = context;
    walk->key.bytes = next_vector_bytes(row);
    return check_vector(context, row, err);
}

static bool check_crop(void *context, sqlite3_stmt *row, struct error *err) {
    struct walk *walk = context;
    char name[UUID_TEXT];
    struct uuid face;
    struct bytes sealed = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
    CLEANUP_FREE void *crop = malloc(MAX(sealed.len, (size_t)1));
    if (!crop)
        return error_set(err, ERROR_INTERNAL, "no memory for a check");
    name_face(row, name);
    if (!column_uuid(row, 0, &face) || !crop_unseal(&walk->key, face, sealed, crop))
        report(walk->verification, "crop of face %s in collection %s does not open", name, walk->collection);
    else
        secret_wipe(crop, sealed.len);
    return true;
}

static bool check_collection(struct verification *verification, const struct store_collection *collection,
                             struct error *err) {
    static const struct {
        enum statement rows;
        bool (*check)(void *walk, sqlite3_stmt *row, struct error *err);
    } parts[] = {
        {SQL_FACE_VECTORS, check_vector}, {SQL_MOVE_VECTORS, check_next_vector}, {SQL_CROP_LIST, check_crop}};
    struct walk walk = {.verification = verification, .collection = collection->id};
    struct error why;
    bool done = true;
    if (!vector_key_open(verification->store, verification->reader, collection->number, &walk.key, &why)) {
        report(verification, "key of collection %s: %s", collection->id, why.text);
        return true;
    }
    for (size_t i = 0; done && i < ARRAY_LEN(parts); i++) {
        sqlite3_stmt *statement = sqlite_statement(verification->reader, parts[i].rows);
        sqlite3_bind_int64(statement, 1, collection->number);
        done = sqlite_each(verification->reader, statement, parts[i].check, &walk, err);
    }
    secret_wipe(&walk.key, sizeof walk.key);
    return done;
}

static bool check_collections(struct verification *verification, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
    struct connection *reader = verification->reader;
    struct store_collection collection = {.number = 0};
    size_t count = 1;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for a check");
    while (count > 0) {
        arena_reset(arena);
        sqlite3_stmt *statement = sqlite_statement(reader, SQL_COLLECTION_EACH);
        sqlite3_bind_int64(statement, 1, collection.number);
        struct store_collection *next = sqlite_list(reader, statement, arena, collection_read, sizeof *next,
                                                    1, &count, err);
        if (!next)
            return false;
        if (count > 0)
            collection = *next;
        if (count > 0 && !check_collection(verification, &collection, err))
            return false;
    }
    return true;
}

/* --- access keys --- */

static bool see_key(void *context, const struct store_key *key, struct error *err) {
    (void)context, (void)key, (void)err;
    return true;
}

static void check_access_keys(struct verification *verification) {
    struct error why;
    if (!store_keys_each(verification->store, 0, NULL, SIZE_MAX >> 1, see_key, NULL, &why))
        report(verification, "access keys: %s", why.text);
}

static bool verify(struct verification *verification, struct error *err) {
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        if (!ask(verification, &questions[i], err))
            return false;
    return check_collections(verification, err);
}

bool store_verify(struct store *store, void (*report_to)(void *context, const char *what), void *context,
                  struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    struct verification verification = {store, reader, report_to, context};
    bool done = sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
                    ? verify(&verification, err)
                    : sqlite_error(reader, "be checked", err);
    sqlite3_exec(reader->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite_reader_done(store, reader);
    if (done)
        check_access_keys(&verification);
    return done;
}
