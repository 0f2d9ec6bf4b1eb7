#include "store/sqlite.h"
#include "base/clock.h"
#include "base/limits.h"

static bool read_user(struct arena *arena, sqlite3_stmt *row, void *ret_user) {
    struct store_user *user = ret_user;
    user->created_ms = sqlite3_column_int64(row, 2);
    user->face_count = sqlite3_column_int64(row, 3);
    return column_uuid(row, 0, &user->key) && column_string(arena, row, 1, &user->id) && user->id &&
           column_string(arena, row, 4, &user->details);
}

static bool not_found(const char *id, struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "The user id: %s does not exist", id);
}

/* The user that a query of one gives; NOT_FOUND with the name that it has there. */
static bool find(struct connection *connection, sqlite3_stmt *statement, struct arena *arena,
                 const char *name, struct store_user *ret_user, struct error *err) {
    size_t count;
    struct store_user *user = sqlite_list(connection, statement, arena, read_user, sizeof *user, 1, &count,
                                          err);
    if (!user)
        return false;
    if (count == 0)
        return not_found(name, err);
    *ret_user = *user;
    return true;
}

static bool insert(struct connection *writer, int64_t collection, const char *id, const char *details,
                   struct error *err) {
    struct uuid key = uuid_random();
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_USER_INSERT);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, id);
    bind_uuid(statement, 3, &key);
    sqlite3_bind_int64(statement, 4, clock_now_ms());
    bind_string(statement, 5, details);
    if (!sqlite_run(statement))
        return sqlite_error(writer, "make a user", err);
    return sqlite3_changes(writer->db) > 0 ||
           error_set(err, ERROR_CONFLICT, "The user id: %s already exists", id);
}

bool store_user_create(struct store *store, int64_t collection, const char *id, const char *details,
                       struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    bool done = collection_check(writer, collection, err) && insert(writer, collection, id, details, err) &&
                collection_count_users(writer, collection, 1, err);
    return sqlite_end(store, done, err);
}

bool store_user_get(struct store *store, struct arena *arena, int64_t collection, const char *id,
                    struct store_user *ret_user, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_USER_GET);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, id);
    bool found = find(reader, statement, arena, id, ret_user, err);
    sqlite_reader_done(store, reader);
    return found;
}

bool store_user_get_by_key(struct store *store, struct arena *arena, int64_t collection, struct uuid key,
                           struct store_user *ret_user, struct error *err) {
    char name[UUID_TEXT];
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    uuid_format(key, name);
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_USER_GET_BY_KEY);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, &key);
    bool found = find(reader, statement, arena, name, ret_user, err);
    sqlite_reader_done(store, reader);
    return found;
}

bool store_user_list(struct store *store, struct arena *arena, int64_t collection, const char *after,
                     size_t maximum, struct store_user **ret_users, size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_USER_LIST);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, after ? after : "");
    sqlite3_bind_int64(statement, 3, (int64_t)maximum);
    struct store_user *users = sqlite_list(reader, statement, arena, read_user, sizeof *users, maximum,
                                           ret_count, err);
    sqlite_reader_done(store, reader);
    if (!users)
        return false;
    *ret_users = users;
    return true;
}

bool store_user_set_details(struct store *store, int64_t collection, const char *id, const char *details,
                            struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_USER_SET_DETAILS);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, id);
    bind_string(statement, 3, details);
    bool done = sqlite_run(statement) || sqlite_error(writer, "change a user", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = not_found(id, err);
    return sqlite_end(store, done, err);
}

bool store_user_delete(struct store *store, int64_t collection, const char *id, struct error *err) {
    static const enum statement steps[] = {SQL_USER_FREE_FACES, SQL_USER_DELETE};
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    bool done = true;
    for (size_t i = 0; done && i < ARRAY_LEN(steps); i++) {
        sqlite3_stmt *statement = sqlite_statement(writer, steps[i]);
        sqlite3_bind_int64(statement, 1, collection);
        bind_string(statement, 2, id);
        done = sqlite_run(statement) || sqlite_error(writer, "delete a user", err);
    }
    done = done && (sqlite3_changes(writer->db) > 0 || not_found(id, err)) &&
           collection_count_users(writer, collection, -1, err) &&
           collection_move(writer, collection, true, err);
    return sqlite_end(store, done, err);
}

/* Takes a face, if it is there, from whom it belongs to and gives it to the user (NULL: nobody). */
static bool assign(struct connection *writer, int64_t collection, const struct uuid *face,
                   const char *user_id, int64_t *given, struct error *err) {
    sqlite3_stmt *uncount = sqlite_statement(writer, SQL_FACE_UNCOUNT);
    sqlite3_bind_int64(uncount, 1, collection);
    bind_uuid(uncount, 2, face);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_FACE_ASSIGN);
    sqlite3_bind_int64(statement, 1, collection);
    bind_uuid(statement, 2, face);
    bind_string(statement, 3, user_id);
    if (!sqlite_run(uncount) || !sqlite_run(statement))
        return sqlite_error(writer, "give a face to a user", err);
    *given += sqlite3_changes(writer->db);
    return true;
}

static bool count_faces(struct connection *writer, int64_t collection, const char *id, int64_t given,
                        struct error *err) {
    int64_t total;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_USER_FACES);
    sqlite3_bind_int64(statement, 1, collection);
    bind_string(statement, 2, id);
    sqlite3_bind_int64(statement, 3, given);
    if (!sqlite_number(writer, statement, &total, err))
        return false;
    if (total < 0)
        return not_found(id, err);
    return total <= LIMIT_USER_FACES ||
           error_set(err, ERROR_QUOTA, "A user has at most %d faces", LIMIT_USER_FACES);
}

bool store_faces_assign(struct store *store, int64_t collection, const struct uuid *faces, size_t count,
                        const char *user_id, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    int64_t given = 0;
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done = assign(writer, collection, &faces[i], user_id, &given, err);
    done = done && (!user_id || count_faces(writer, collection, user_id, given, err)) &&
           collection_move(writer, collection, !user_id, err);
    return sqlite_end(store, done, err);
}
