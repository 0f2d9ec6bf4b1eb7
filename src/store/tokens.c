#include "store/sqlite.h"
#include "base/clock.h"
#include "base/limits.h"

static int64_t oldest_ms(void) {
    return clock_now_ms() - (int64_t)LIMIT_TOKEN_HOURS * 60 * 60 * 1000;
}

struct token {
    struct sha256 digest;
    const char *reply;
};

static bool read_token(struct arena *arena, sqlite3_stmt *row, void *ret_token) {
    struct token *token = ret_token;
    const void *digest = sqlite3_column_blob(row, 0);
    if (!digest || sqlite3_column_bytes(row, 0) != (int)sizeof token->digest)
        return false;
    memcpy(&token->digest, digest, sizeof token->digest);
    return column_string(arena, row, 1, &token->reply) && token->reply;
}

bool store_token_find(struct store *store, struct arena *arena, int64_t account, const char *operation,
                      const char *token, struct sha256 digest, const char **ret_reply, struct error *err) {
    size_t count;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_TOKEN_FIND);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, operation);
    bind_string(statement, 3, token);
    sqlite3_bind_int64(statement, 4, oldest_ms());
    struct token *found = sqlite_list(reader, statement, arena, read_token, sizeof *found, 1, &count, err);
    sqlite_reader_done(store, reader);
    if (!found)
        return false;
    if (count > 0 && !sha256_equal(found->digest, digest))
        return error_set(err, ERROR_TOKEN_MISMATCH,
                         "The ClientRequestToken: %s you have supplied is already in use.", token);
    *ret_reply = count > 0 ? found->reply : NULL;
    return true;
}

bool store_token_keep(struct store *store, int64_t account, const char *operation, const char *token,
                      struct sha256 digest, struct bytes reply, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *forget = sqlite_statement(writer, SQL_TOKEN_FORGET);
    sqlite3_bind_int64(forget, 1, oldest_ms());
    sqlite3_stmt *keep = sqlite_statement(writer, SQL_TOKEN_KEEP);
    sqlite3_bind_int64(keep, 1, account);
    bind_string(keep, 2, operation);
    bind_string(keep, 3, token);
    sqlite3_bind_blob(keep, 4, &digest, sizeof digest, SQLITE_STATIC);
    sqlite3_bind_text64(keep, 5, reply.ptr, reply.len, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(keep, 6, clock_now_ms());
    bool done = (sqlite_run(forget) && sqlite_run(keep)) || sqlite_error(writer, "keep a token", err);
    return sqlite_end(store, done, err);
}
