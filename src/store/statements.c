#include "store/sqlite.h"

#define RELEASE_COLUMNS                                                                                  \
    "id, account, collection, operation, asked_by, request, created_ms, expires_ms, status, decided_by," \
    " reason, decided_ms"
#define GOVERNANCE_COLUMNS                                                              \
    "purpose, lawful_basis, owner, retention_days, consent_required, release_required," \
    " keep_crops, approximate"
#define COLLECTION_COLUMNS                                                                           \
    "number, id, model, dimension, created_ms, face_count, user_count, account, " GOVERNANCE_COLUMNS \
    ", next_model, next_dimension"
#define ACCOUNT_COLUMNS \
    "number, id, legal_name, country, contact, registrations, settings, status, operator, created_ms"
#define KEY_COLUMNS                                                                                \
    "id, account, person, sealed_secret, sealed_previous, previous_until_ms, status, created_ms, " \
    "expires_ms,"                                                                                  \
    " used_ms"
#define SCREENING_COLUMNS "account, made_ms, until_ms, result, service, basis, reason, details"
#define PROFILE_COLUMNS "account, end_use, party, kind, born"
#define DECISION_COLUMNS \
    "account, kind, subject, by_whom, reasons, at_day, expires_day, facts, authority, reference"
#define DAY_MS "86400000"
#define USER_COLUMNS "key, id, created_ms, face_count, details"
/* The collection's vectors are others now, and some have gone when `removal` is true. */
#define MOVED(removal)                         \
    "generation=generation+1, stamp=random()," \
    " removed=iif(" removal ", generation+1, removed)"
#define ONE_COLLECTION " WHERE collection=?1"
#define ONE_FACE " WHERE collection=?1 AND id=?2"
#define ONE_USER " WHERE collection=?1 AND id=?2"
#define TRIED " AND next_vector IS NOT NULL"
#define UNMOVABLE " AND next_vector=x''"
#define TAGS_OF_FACE " FROM face_tags WHERE collection=?1 AND face=?2"

static const char *const statements[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_COLLECTION_COUNT] = "SELECT count(*) FROM collections WHERE account=?",
    [SQL_COLLECTION_THERE] = "SELECT number FROM collections WHERE number=?",
    [SQL_COLLECTION_IS_OF] = "SELECT model=?2 FROM collections WHERE number=?1",
    [SQL_COLLECTION_INSERT] =
        "INSERT INTO collections(id, model, dimension, created_ms, wrapped_key, account) VALUES(?,?,?,?,?,?)",
    [SQL_COLLECTION_GET] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE account=? AND id=?",
    [SQL_COLLECTION_LIST] = "SELECT " COLLECTION_COLUMNS " FROM collections"
                            " WHERE account=? AND id>? ORDER BY id LIMIT ?",
    [SQL_COLLECTION_GOVERN] = "UPDATE collections SET (" GOVERNANCE_COLUMNS
                              ")=(?2,?3,?4,?5,?6,?7,?8,?9) WHERE number=?1",
    [SQL_COLLECTION_RENAME] = "UPDATE collections SET id=?3 WHERE account=?1 AND id=?2",
    [SQL_COLLECTION_KEY] = "SELECT wrapped_key, dimension, next_key FROM collections WHERE number=?",
    [SQL_COLLECTION_SET_KEY] = "UPDATE collections SET wrapped_key=?1 WHERE number=?2",
    [SQL_COLLECTION_STATE] = "SELECT generation, stamp, removed FROM collections WHERE number=?",
    [SQL_COLLECTION_MOVE] = "UPDATE collections SET " MOVED("?2") " WHERE number=?1",
    [SQL_COLLECTION_EACH] = "SELECT " COLLECTION_COLUMNS
                            " FROM collections WHERE number>? ORDER BY number LIMIT 1",
    [SQL_COLLECTION_FACES] = "UPDATE collections SET face_count=face_count+?2, " MOVED(
        "?2<0") " WHERE number=?1 RETURNING face_count",
    [SQL_COLLECTION_USERS] =
        "UPDATE collections SET user_count=user_count+?2 WHERE number=?1 RETURNING user_count",
    [SQL_COLLECTION_DELETE_FACE_TAGS] = "DELETE FROM face_tags" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_CROPS] = "DELETE FROM crops" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_FACES] = "DELETE FROM faces" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_USERS] = "DELETE FROM users" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE_TAGS] = "DELETE FROM tags" ONE_COLLECTION,
    [SQL_COLLECTION_DELETE] = "DELETE FROM collections WHERE number=?",

    /* From ?1 to ?2. */
    [SQL_COPY_ROW] = "UPDATE collections SET (face_count, user_count, " GOVERNANCE_COLUMNS ")="
                     "(SELECT face_count, user_count, " GOVERNANCE_COLUMNS
                     " FROM collections WHERE number=?1) WHERE number=?2",
    [SQL_COPY_TAGS] = "INSERT INTO tags SELECT ?2, key, value FROM tags" ONE_COLLECTION,
    [SQL_COPY_USERS] = "INSERT INTO users(collection, id, key, created_ms, face_count, details)"
                       " SELECT ?2, id, randomblob(16), created_ms, face_count, details"
                       " FROM users" ONE_COLLECTION,
    [SQL_COPY_FACE_TAGS] = "INSERT INTO face_tags SELECT ?2, face, key, value FROM face_tags" ONE_COLLECTION,
    [SQL_COPY_FACE] = "INSERT INTO faces(collection, " FACE_FIXED_COLUMNS ", salt, sealed_vector, user_key)"
                      " SELECT ?2, " FACE_FIXED_COLUMNS
                      ", ?5, ?4, (SELECT key FROM users WHERE collection=?2 AND id=" FACE_USER_ID ")"
                      " FROM faces WHERE collection=?1 AND id=?3",

    [SQL_TAG_PUT] = "INSERT OR REPLACE INTO tags(collection, key, value) VALUES(?,?,?)",
    [SQL_TAG_REMOVE] = "DELETE FROM tags WHERE collection=? AND key=?",
    [SQL_TAG_LIST] = "SELECT key, value FROM tags WHERE collection=? ORDER BY key",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM tags WHERE collection=?",

    /* The index is named because that of external image ids may lead to a great many faces. */
    [SQL_FACE_KNOWN] =
        "SELECT id, confidence, created_ms, expires_ms, salt FROM faces INDEXED BY faces_by_image"
        " WHERE collection=? AND image_id=? AND external_image_id=?"
        " AND left=? AND top=? AND width=? AND height=?",
    [SQL_FACE_INSERT] = "INSERT INTO faces(collection, " FACE_COLUMNS
                        ", sealed_vector) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_FACE_GET] = "SELECT " FACE_COLUMNS ", " FACE_USER_ID " FROM faces" ONE_FACE,
    /* Before a face is taken from the user it belongs to, if any. */
    [SQL_FACE_UNCOUNT] = "UPDATE users SET face_count=face_count-1 WHERE collection=?1"
                         " AND key=(SELECT user_key FROM faces" ONE_FACE ")",
    [SQL_FACE_ASSIGN] =
        "UPDATE faces SET user_key=(SELECT key FROM users WHERE collection=?1 AND id=?3)" ONE_FACE,
    [SQL_FACE_DELETE_TAGS] = "DELETE" TAGS_OF_FACE,
    [SQL_FACE_DELETE_CROP] = "DELETE FROM crops WHERE collection=?1 AND face=?2",
    [SQL_FACE_DELETE] = "DELETE FROM faces" ONE_FACE,
    /* By their own time, and by the retention of their collection. */
    [SQL_FACES_EXPIRED] =
        "SELECT collections.account, expired.collection, collections.id, expired.id, expired.salt FROM"
        " (SELECT collection, id, salt FROM faces WHERE expires_ms<=?1 UNION ALL"
        "  SELECT faces.collection, faces.id, faces.salt FROM collections CROSS JOIN faces"
        "  WHERE retention_days>0 AND faces.collection=collections.number"
        "  AND faces.created_ms<=?1-retention_days*" DAY_MS " AND ifnull(expires_ms>?1, 1)) AS expired"
        " CROSS JOIN collections ON collections.number=expired.collection LIMIT ?2",
    [SQL_FACE_VECTOR] = "SELECT id, sealed_vector, user_key FROM faces" ONE_FACE,
    [SQL_FACE_VECTORS] = "SELECT id, sealed_vector, user_key FROM faces" ONE_COLLECTION,
    /* Without touching the vectors, which are most of the database. */
    [SQL_FACE_IDS] = "SELECT id FROM faces INDEXED BY faces_by_time" ONE_COLLECTION,
    [SQL_FACE_MEMBERS] = "SELECT user_key, id, confidence FROM faces INDEXED BY faces_by_user" ONE_COLLECTION
                         " AND user_key IS NOT NULL ORDER BY user_key, id",
    [SQL_FACE_TAG_PUT] = "INSERT OR REPLACE INTO face_tags(collection, face, key, value)"
                         " SELECT collection, id, ?3, ?4 FROM faces" ONE_FACE,
    [SQL_FACE_TAG_REMOVE] = "DELETE" TAGS_OF_FACE " AND key=?3",
    [SQL_FACE_TAG_LIST] = "SELECT key, value" TAGS_OF_FACE " ORDER BY key",
    [SQL_FACE_TAG_COUNT] = "SELECT count(*)" TAGS_OF_FACE,

    [SQL_CROP_PUT] = "INSERT OR REPLACE INTO crops(collection, face, sealed)"
                     " SELECT number, ?2, ?3 FROM collections WHERE number=?1 AND keep_crops"
                     " AND EXISTS(SELECT 1 FROM faces" ONE_FACE ")",
    [SQL_CROP_GET] = "SELECT sealed FROM crops WHERE collection=?1 AND face=?2",
    [SQL_CROP_COUNT] = "SELECT count(*) FROM crops WHERE collection=?1 AND face=?2",
    [SQL_CROP_LIST] = "SELECT face, sealed FROM crops" ONE_COLLECTION,
    /* In the course of a move, see moves.c. */
    [SQL_MOVE_BEGIN] = "UPDATE collections SET next_model=?2, next_dimension=?3 WHERE number=?1",
    [SQL_MOVE_FORGET] =
        "UPDATE faces INDEXED BY faces_tried SET next_vector=NULL" ONE_COLLECTION TRIED " AND"
        " (SELECT next_model IS NOT ?2 OR next_dimension<>?3 FROM collections WHERE number=?1)",
    [SQL_MOVE_STATE] = "SELECT (SELECT count(*) FROM faces INDEXED BY faces_tried" ONE_COLLECTION TRIED "),"
                       " (SELECT count(*) FROM faces INDEXED BY faces_unmovable" ONE_COLLECTION UNMOVABLE "),"
                       " face_count FROM collections WHERE number=?1",
    [SQL_MOVE_NEXT] = "SELECT " FACE_COLUMNS ", NULL FROM faces" ONE_COLLECTION " AND id>ifnull("
                      "(SELECT max(id) FROM faces INDEXED BY faces_tried" ONE_COLLECTION TRIED "), x'')"
                      " ORDER BY id LIMIT ?2",
    [SQL_MOVE_LEFT] = "SELECT " FACE_COLUMNS ", NULL FROM faces" ONE_COLLECTION
                      " AND next_vector IS NULL ORDER BY id LIMIT ?2",
    [SQL_MOVE_UNMOVABLE] = "SELECT " FACE_COLUMNS
                           ", NULL FROM faces INDEXED BY faces_unmovable" ONE_COLLECTION UNMOVABLE
                           " ORDER BY id LIMIT ?2",
    [SQL_MOVE_PUT] = "UPDATE faces SET next_vector=?3" ONE_FACE
                     " AND (?4, ?5)=(SELECT next_model, next_dimension FROM collections WHERE number=?1)",
    [SQL_MOVE_RETRY] = "UPDATE faces SET next_vector=NULL" ONE_FACE UNMOVABLE,
    [SQL_MOVE_VECTOR] = "SELECT id, next_vector FROM faces" ONE_FACE " AND next_vector>x''",
    [SQL_MOVE_VECTORS] = "SELECT id, next_vector FROM faces INDEXED BY faces_tried" ONE_COLLECTION TRIED
                         " AND next_vector>x''",
    [SQL_MOVE_SET_VECTOR] = "UPDATE faces SET next_vector=?3" ONE_FACE,
    [SQL_MOVE_END_FACES] = "UPDATE faces SET sealed_vector=next_vector, next_vector=NULL,"
                           " model=(SELECT next_model FROM collections WHERE number=?1)" ONE_COLLECTION,
    [SQL_MOVE_END] = "UPDATE collections SET model=next_model, dimension=next_dimension, next_model=NULL,"
                     " next_dimension=0, " MOVED("1") " WHERE number=?1 AND next_model IS NOT NULL",

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

    [SQL_TOKEN_FIND] = "SELECT digest, reply FROM tokens"
                       " WHERE account=? AND operation=? AND token=? AND created_ms>=?",
    [SQL_TOKEN_KEEP] = "INSERT OR REPLACE INTO tokens(account, operation, token, digest, reply, created_ms)"
                       " VALUES(?,?,?,?,?,?)",
    [SQL_TOKEN_FORGET] = "DELETE FROM tokens WHERE created_ms<?",

    [SQL_ACCOUNT_INSERT] = "INSERT INTO accounts(id, legal_name, country, contact, registrations, settings,"
                           " status, operator, created_ms) VALUES(?,?,?,?,?,?,?,0,?)",
    [SQL_ACCOUNT_UPDATE] = "UPDATE accounts SET (legal_name, country, contact, registrations, settings,"
                           " status)=(?2,?3,?4,?5,?6,?7) WHERE number=?1",
    [SQL_ACCOUNT_GET] = "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id=?",
    [SQL_ACCOUNT_LIST] = "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE number>? ORDER BY number LIMIT ?",
    [SQL_ACCOUNT_COUNT] = "SELECT count(*) FROM accounts",
    [SQL_ACCOUNT_THERE] = "SELECT number FROM accounts WHERE number=?",

    /* Status 2 is STORE_KEY_DELETED. */
    [SQL_KEY_PUT] = "INSERT INTO access_keys(" KEY_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?)"
                    " ON CONFLICT(id) DO UPDATE SET person=excluded.person,"
                    " sealed_secret=excluded.sealed_secret, sealed_previous=excluded.sealed_previous,"
                    " previous_until_ms=excluded.previous_until_ms, status=excluded.status,"
                    " expires_ms=excluded.expires_ms WHERE account=excluded.account AND status<>2",
    [SQL_KEY_DELETE] = "UPDATE access_keys SET status=2, sealed_secret=x'', sealed_previous=NULL"
                       " WHERE id=?1 AND account=?2 AND status<>2",
    [SQL_KEY_USED] = "UPDATE access_keys SET used_ms=?2 WHERE id=?1 AND used_ms<?2",
    [SQL_KEY_GET] = "SELECT " KEY_COLUMNS " FROM access_keys WHERE id=?",
    [SQL_KEY_LIST] = "SELECT " KEY_COLUMNS " FROM access_keys WHERE (?1=0 OR account=?1) AND id>?2"
                     " AND status<>2 ORDER BY id LIMIT ?3",
    [SQL_KEY_COUNT] = "SELECT count(*) FROM access_keys WHERE account=? AND status<>2",

    [SQL_POLICY_PUT] = "INSERT INTO policies(account, person, name, document) VALUES(?,?,?,?)"
                       " ON CONFLICT(account, person, name) DO UPDATE SET document=excluded.document",
    [SQL_POLICY_DELETE] = "DELETE FROM policies WHERE account=? AND person=? AND name=?",
    [SQL_POLICY_LIST] = "SELECT account, person, name, document FROM policies WHERE ?1=0 OR account=?1"
                        " ORDER BY account, person, name",
    [SQL_POLICY_COUNT] = "SELECT count(*) FROM policies WHERE account=?",

    [SQL_MASTER_PROOF] = "SELECT proof FROM master",
    [SQL_MASTER_PROVE] = "INSERT OR REPLACE INTO master(id, proof) VALUES(1, ?)",
    /* In the course of a rotation, see rotate.c. */
    [SQL_ROTATION_BEGIN] = "INSERT INTO rotation(collection, done) SELECT number, x'' FROM collections",
    [SQL_ROTATION_NEXT] = "SELECT collection, done FROM rotation ORDER BY collection LIMIT 1",
    [SQL_ROTATION_DONE] = "UPDATE rotation SET done=?2" ONE_COLLECTION,
    [SQL_ROTATION_END] = "DELETE FROM rotation" ONE_COLLECTION,
    [SQL_ROTATION_VECTORS] = "SELECT id, sealed_vector, user_key FROM faces" ONE_COLLECTION
                             " AND id>?2 ORDER BY id LIMIT ?3",
    [SQL_ROTATION_SET_VECTOR] = "UPDATE faces SET sealed_vector=?3" ONE_FACE,
    [SQL_ROTATION_SET_NEXT] = "UPDATE collections SET next_key=?2 WHERE number=?1",
    [SQL_ROTATION_REPLACE_KEY] = "UPDATE collections SET wrapped_key=next_key, next_key=NULL, " MOVED(
        "1") " WHERE number=?1",
    [SQL_ROTATION_KEYS] = "SELECT number FROM collections WHERE number>? ORDER BY number LIMIT 1",
    [SQL_ROTATION_SECRETS] = "SELECT " KEY_COLUMNS " FROM access_keys WHERE id>? AND status<>2"
                             " ORDER BY id LIMIT 1",

    [SQL_RELEASE_KEEP] = "INSERT INTO releases(id, account, collection, operation, asked_by, request,"
                         " created_ms, expires_ms, status, decided_ms, sealed_result)"
                         " VALUES(?,?,?,?,?,?,?,?,0,0,?)",
    [SQL_RELEASE_COUNT] = "SELECT count(*) FROM releases WHERE account=?",
    [SQL_RELEASE_GET] = "SELECT " RELEASE_COLUMNS " FROM releases WHERE account=? AND id=? AND expires_ms>?",
    [SQL_RELEASE_RESULT] = "SELECT sealed_result FROM releases WHERE account=? AND id=? AND expires_ms>?",
    [SQL_RELEASE_LIST] = "SELECT " RELEASE_COLUMNS " FROM releases"
                         " WHERE account=? AND expires_ms>? AND id>? ORDER BY id LIMIT ?",
    /* Status 2 is STORE_RELEASE_REFUSED. */
    [SQL_RELEASE_DECIDE] =
        "UPDATE releases SET status=?3, decided_by=?4, reason=?5, decided_ms=?6,"
        " sealed_result=iif(?3=2, x'', sealed_result) WHERE account=?1 AND id=?2 AND status=0",
    [SQL_RELEASE_OVER] = "SELECT count(*) FROM releases WHERE expires_ms<=?",
    [SQL_RELEASE_FORGET] = "DELETE FROM releases WHERE expires_ms<=?",

    [SQL_JOURNAL_APPEND] = "INSERT INTO journal(entry) VALUES(?)",
    [SQL_JOURNAL_NEXT] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name='journal'), 0)",
    [SQL_JOURNAL_FIRST] = "SELECT coalesce((SELECT min(number) - 1 FROM journal), -1)",
    [SQL_JOURNAL_LIST] = "SELECT number - 1, entry FROM journal WHERE number>? ORDER BY number LIMIT ?",
    [SQL_JOURNAL_FORGET] = "DELETE FROM journal WHERE number<=?",

    [SQL_SCREENING_PUT] = "INSERT OR REPLACE INTO screenings(" SCREENING_COLUMNS ") VALUES(?,?,?,?,?,?,?,?)",
    [SQL_SCREENING_GET] = "SELECT " SCREENING_COLUMNS " FROM screenings WHERE account=?",
    [SQL_SCREENING_EACH] = "SELECT " SCREENING_COLUMNS " FROM screenings WHERE service=?1"
                           " AND account IN (SELECT number FROM accounts WHERE status<>?2) ORDER BY account",
    [SQL_PROFILE_PUT] = "INSERT OR REPLACE INTO profiles(" PROFILE_COLUMNS ") VALUES(?,?,?,?,?)",
    [SQL_PROFILE_GET] = "SELECT " PROFILE_COLUMNS " FROM profiles WHERE account=?",
    [SQL_DECISION_ADD] = "INSERT INTO decisions(" DECISION_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?)",
    [SQL_DECISION_COUNT] = "SELECT count(*) FROM decisions WHERE account=?",
    [SQL_DECISION_LIST] = "SELECT number, " DECISION_COLUMNS ", withdrawn_ms FROM decisions WHERE account=?"
                          " ORDER BY number",
    [SQL_DECISION_WITHDRAW] =
        "UPDATE decisions SET withdrawn_ms=?3 WHERE account=?1 AND number=?2 AND withdrawn_ms=0",
    [SQL_CONCERN_ADD] = "INSERT INTO concerns(id, lodged_ms, answered_ms, entry, sealed) VALUES(?,?,0,?,?)",
    [SQL_CONCERN_GET] = "SELECT id, lodged_ms, answered_ms, entry, sealed FROM concerns WHERE id=?",
    [SQL_CONCERN_LIST] = "SELECT id, lodged_ms, answered_ms, entry, NULL FROM concerns"
                         " ORDER BY lodged_ms, id LIMIT ?",
    [SQL_CONCERN_ANSWER] = "UPDATE concerns SET answered_ms=?2 WHERE id=?1 AND answered_ms=0",
    [SQL_CONCERN_WAITING] = "SELECT count(*) FROM concerns WHERE answered_ms=0 AND lodged_ms<?",
    [SQL_CODE_ADD] = "INSERT OR REPLACE INTO concern_codes(hash, made_ms) VALUES(?,?)",
    [SQL_CODE_USE] = "DELETE FROM concern_codes WHERE hash=?",
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
