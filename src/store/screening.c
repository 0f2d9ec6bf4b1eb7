/* Verdicts, profiles and decisions about accounts; concerns and the codes that let one lodge them. */
#include "base/limits.h"
#include "store/screening.h"
#include "store/sqlite.h"

static void bind_hash(sqlite3_stmt *statement, int parameter, const struct sha256 *hash) {
    sqlite3_bind_blob(statement, parameter, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
}

static bool column_hash(sqlite3_stmt *row, int column, struct sha256 *ret_hash) {
    const void *bytes = sqlite3_column_blob(row, column);
    if (!bytes || sqlite3_column_bytes(row, column) != (int)sizeof ret_hash->bytes)
        return false;
    memcpy(ret_hash->bytes, bytes, sizeof ret_hash->bytes);
    return true;
}

static bool no_account(struct connection *writer, const char *doing, struct error *err) {
    if (sqlite3_extended_errcode(writer->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
        return error_set(err, ERROR_NOT_FOUND, "The account does not exist");
    return sqlite_error(writer, doing, err);
}

/* --- verdicts --- */

bool store_screening_put(struct store *store, const struct store_screening *screening, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_SCREENING_PUT);
    sqlite3_bind_int64(statement, 1, screening->account);
    sqlite3_bind_int64(statement, 2, screening->made_ms);
    sqlite3_bind_int64(statement, 3, screening->until_ms);
    sqlite3_bind_int(statement, 4, screening->result);
    sqlite3_bind_int(statement, 5, screening->service);
    bind_hash(statement, 6, &screening->basis);
    bind_string(statement, 7, screening->reason);
    bind_string(statement, 8, screening->details);
    bool done = sqlite_run(statement) || no_account(writer, "keep a verdict", err);
    return sqlite_end(store, done, err);
}

static bool screening_read(struct arena *arena, sqlite3_stmt *row, void *ret_element) {
    struct store_screening *screening = ret_element;
    *screening = (struct store_screening){.account = sqlite3_column_int64(row, 0),
                                          .made_ms = sqlite3_column_int64(row, 1),
                                          .until_ms = sqlite3_column_int64(row, 2),
                                          .result = sqlite3_column_int(row, 3),
                                          .service = sqlite3_column_int(row, 4)};
    return column_hash(row, 5, &screening->basis) && column_string(arena, row, 6, &screening->reason) &&
           column_string(arena, row, 7, &screening->details);
}

bool store_screening_get(struct store *store, struct arena *arena, int64_t account,
                         struct store_screening *ret_screening, bool *ret_found, struct error *err) {
    size_t count = 0;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_SCREENING_GET);
    sqlite3_bind_int64(statement, 1, account);
    struct store_screening *rows = sqlite_list(reader, statement, arena, screening_read, sizeof *rows, 1,
                                               &count, err);
    sqlite_reader_done(store, reader);
    if (!rows)
        return false;
    *ret_found = count > 0;
    if (count > 0)
        *ret_screening = rows[0];
    return true;
}

enum { SCREENING_BYTES = 256 * 1024 * 1024 };

struct screening_visit {
    bool (*visit)(void *context, const struct store_screening *screening, struct error *err);
    void *context;
    struct arena *arena;
};

static bool visit_screening(void *context, sqlite3_stmt *row, struct error *err) {
    const struct screening_visit *visit = context;
    struct store_screening screening;
    arena_reset(visit->arena);
    if (!screening_read(visit->arena, row, &screening))
        return error_set(err, ERROR_INTERNAL, "a stored verdict is damaged: restore store.db from a backup");
    return visit->visit(visit->context, &screening, err);
}

bool store_screenings_each(struct store *store, int service,
                           bool (*visit)(void *context, const struct store_screening *screening,
                                         struct error *err),
                           void *context, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCREENING_BYTES);
    struct screening_visit each = {visit, context, arena};
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory to read verdicts");
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_SCREENING_EACH);
    sqlite3_bind_int(statement, 1, service);
    sqlite3_bind_int(statement, 2, STORE_ACCOUNT_CLOSED);
    bool done = sqlite_each(reader, statement, visit_screening, &each, err);
    sqlite_reader_done(store, reader);
    return done;
}

/* --- profiles --- */

bool store_profile_put(struct store *store, const struct store_profile *profile, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_PROFILE_PUT);
    sqlite3_bind_int64(statement, 1, profile->account);
    bind_string(statement, 2, profile->end_use);
    bind_string(statement, 3, profile->party);
    bind_string(statement, 4, profile->kind);
    bind_string(statement, 5, profile->born);
    bool done = sqlite_run(statement) || no_account(writer, "keep a profile", err);
    return sqlite_end(store, done, err);
}

static bool profile_read(struct arena *arena, sqlite3_stmt *row, void *ret_element) {
    struct store_profile *profile = ret_element;
    profile->account = sqlite3_column_int64(row, 0);
    return column_string(arena, row, 1, &profile->end_use) && column_string(arena, row, 2, &profile->party) &&
           column_string(arena, row, 3, &profile->kind) && column_string(arena, row, 4, &profile->born);
}

bool store_profile_get(struct store *store, struct arena *arena, int64_t account,
                       struct store_profile *ret_profile, struct error *err) {
    size_t count = 0;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_PROFILE_GET);
    sqlite3_bind_int64(statement, 1, account);
    struct store_profile *rows = sqlite_list(reader, statement, arena, profile_read, sizeof *rows, 1, &count,
                                             err);
    sqlite_reader_done(store, reader);
    if (!rows)
        return false;
    *ret_profile = count > 0 ? rows[0] : (struct store_profile){account, "", "", "", ""};
    return true;
}

/* --- decisions --- */

static bool decision_insert(struct connection *writer, const struct store_decision *decision,
                            int64_t *ret_number, struct error *err) {
    int64_t count;
    sqlite3_stmt *counting = sqlite_statement(writer, SQL_DECISION_COUNT);
    sqlite3_bind_int64(counting, 1, decision->account);
    if (!sqlite_number(writer, counting, &count, err))
        return false;
    if (count >= LIMIT_DECISIONS)
        return error_set(err, ERROR_QUOTA, "There may be at most %d decisions about an account",
                         LIMIT_DECISIONS);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_DECISION_ADD);
    sqlite3_bind_int64(statement, 1, decision->account);
    sqlite3_bind_int(statement, 2, decision->kind);
    bind_string(statement, 3, decision->subject);
    bind_string(statement, 4, decision->by);
    bind_string(statement, 5, decision->reasons);
    sqlite3_bind_int(statement, 6, decision->at);
    sqlite3_bind_int(statement, 7, decision->expires);
    bind_hash(statement, 8, &decision->facts);
    bind_string(statement, 9, decision->authority);
    bind_string(statement, 10, decision->reference);
    if (!sqlite_run(statement))
        return no_account(writer, "keep a decision", err);
    *ret_number = sqlite3_last_insert_rowid(writer->db);
    return true;
}

bool store_decision_add(struct store *store, const struct store_decision *decision, int64_t *ret_number,
                        struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    return writer && sqlite_end(store, decision_insert(writer, decision, ret_number, err), err);
}

static bool decision_read(struct arena *arena, sqlite3_stmt *row, void *ret_element) {
    struct store_decision *decision = ret_element;
    *decision = (struct store_decision){.number = sqlite3_column_int64(row, 0),
                                        .account = sqlite3_column_int64(row, 1),
                                        .kind = sqlite3_column_int(row, 2),
                                        .at = sqlite3_column_int(row, 6),
                                        .expires = sqlite3_column_int(row, 7),
                                        .withdrawn_ms = sqlite3_column_int64(row, 11)};
    return column_string(arena, row, 3, &decision->subject) && column_string(arena, row, 4, &decision->by) &&
           column_string(arena, row, 5, &decision->reasons) && column_hash(row, 8, &decision->facts) &&
           column_string(arena, row, 9, &decision->authority) &&
           column_string(arena, row, 10, &decision->reference);
}

bool store_decisions_get(struct store *store, struct arena *arena, int64_t account,
                         struct store_decision **ret_decisions, size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_DECISION_LIST);
    sqlite3_bind_int64(statement, 1, account);
    struct store_decision *rows = sqlite_list(reader, statement, arena, decision_read, sizeof *rows,
                                              LIMIT_DECISIONS, ret_count, err);
    sqlite_reader_done(store, reader);
    if (rows)
        *ret_decisions = rows;
    return rows != NULL;
}

bool store_decision_withdraw(struct store *store, int64_t account, int64_t number, int64_t now_ms,
                             struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_DECISION_WITHDRAW);
    sqlite3_bind_int64(statement, 1, account);
    sqlite3_bind_int64(statement, 2, number);
    sqlite3_bind_int64(statement, 3, now_ms);
    bool done = sqlite_run(statement) || sqlite_error(writer, "withdraw a decision", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_NOT_FOUND, "The account has no decision %lld that stands",
                         (long long)number);
    return sqlite_end(store, done, err);
}

/* --- concerns --- */

bool store_concern_add(struct store *store, const struct store_concern *concern, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_CONCERN_ADD);
    bind_string(statement, 1, concern->id);
    sqlite3_bind_int64(statement, 2, concern->lodged_ms);
    sqlite3_bind_int64(statement, 3, concern->entry);
    sqlite3_bind_blob64(statement, 4, concern->sealed.ptr, concern->sealed.len, SQLITE_STATIC);
    bool done = sqlite_run(statement) || sqlite_error(writer, "keep a concern", err);
    return sqlite_end(store, done, err);
}

static bool concern_read(struct arena *arena, sqlite3_stmt *row, void *ret_element) {
    struct store_concern *concern = ret_element;
    *concern = (struct store_concern){.lodged_ms = sqlite3_column_int64(row, 1),
                                      .answered_ms = sqlite3_column_int64(row, 2),
                                      .entry = sqlite3_column_int64(row, 3)};
    if (!column_string(arena, row, 0, &concern->id))
        return false;
    if (sqlite3_column_type(row, 4) != SQLITE_BLOB)
        return true;
    size_t len = (size_t)sqlite3_column_bytes(row, 4);
    struct bytes blob = {sqlite3_column_blob(row, 4), len};
    concern->sealed = (struct bytes){arena_string(arena, blob), len};
    return concern->sealed.ptr != NULL;
}

bool store_concern_get(struct store *store, struct arena *arena, const char *id,
                       struct store_concern *ret_concern, struct error *err) {
    size_t count = 0;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_CONCERN_GET);
    bind_string(statement, 1, id);
    struct store_concern *rows = sqlite_list(reader, statement, arena, concern_read, sizeof *rows, 1, &count,
                                             err);
    sqlite_reader_done(store, reader);
    if (!rows)
        return false;
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no such concern");
    *ret_concern = rows[0];
    return true;
}

bool store_concerns_list(struct store *store, struct arena *arena, size_t maximum,
                         struct store_concern **ret_concerns, size_t *ret_count, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_CONCERN_LIST);
    sqlite3_bind_int64(statement, 1, (int64_t)maximum);
    struct store_concern *rows = sqlite_list(reader, statement, arena, concern_read, sizeof *rows, maximum,
                                             ret_count, err);
    sqlite_reader_done(store, reader);
    if (rows)
        *ret_concerns = rows;
    return rows != NULL;
}

bool store_concern_answer(struct store *store, const char *id, int64_t now_ms, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_CONCERN_ANSWER);
    bind_string(statement, 1, id);
    sqlite3_bind_int64(statement, 2, now_ms);
    bool done = sqlite_run(statement) || sqlite_error(writer, "answer a concern", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_NOT_FOUND, "There is no such concern that waits for an answer");
    return sqlite_end(store, done, err);
}

bool store_concerns_waiting(struct store *store, int64_t before_ms, int64_t *ret_waiting,
                            int64_t *ret_overdue, struct error *err) {
    int64_t waiting, overdue;
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_CONCERN_WAITING);
    sqlite3_bind_int64(statement, 1, INT64_MAX);
    bool read = sqlite_number(reader, statement, &waiting, err);
    if (read) {
        statement = sqlite_statement(reader, SQL_CONCERN_WAITING);
        sqlite3_bind_int64(statement, 1, before_ms);
        read = sqlite_number(reader, statement, &overdue, err);
    }
    sqlite_reader_done(store, reader);
    if (!read)
        return false;
    *ret_waiting = waiting;
    *ret_overdue = overdue;
    return true;
}

bool store_concern_code_add(struct store *store, struct sha256 code, int64_t now_ms, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_CODE_ADD);
    bind_hash(statement, 1, &code);
    sqlite3_bind_int64(statement, 2, now_ms);
    bool done = sqlite_run(statement) || sqlite_error(writer, "keep a code", err);
    return sqlite_end(store, done, err);
}

bool store_concern_code_use(struct store *store, struct sha256 code, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_CODE_USE);
    bind_hash(statement, 1, &code);
    bool done = sqlite_run(statement) || sqlite_error(writer, "use a code", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_NOT_FOUND, "There is no such code, or it was used already");
    return sqlite_end(store, done, err);
}
