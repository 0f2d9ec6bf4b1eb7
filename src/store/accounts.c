/* Accounts, their access keys and their policies. A secret is sealed with a key that is made of master.key,
 * and bound to its access key and account, so that one who can write into store.db cannot move it either. */
#include "store/sqlite.h"
#include "base/limits.h"

enum { SEALED_MAX = STORE_SECRET_MAX + SEAL_OVERHEAD, ID_MAX = 128 };

static bool account_gone(struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "The account does not exist");
}

static bool too_many(struct connection *writer, sqlite3_stmt *statement, int64_t maximum, const char *what,
                     struct error *err) {
    int64_t count;
    return sqlite_number(writer, statement, &count, err) &&
           (count <= maximum ||
            error_set(err, ERROR_QUOTA, "There may be at most %lld %s", (long long)maximum, what));
}

static bool account_check(struct connection *connection, int64_t account, struct error *err) {
    int64_t number;
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_ACCOUNT_THERE);
    sqlite3_bind_int64(statement, 1, account);
    return sqlite_number(connection, statement, &number, err) && (number >= 0 || account_gone(err));
}

static void derive(const struct seal_key *master, const char *use, uint8_t ret_key[32]) {
    struct sha256 key = hmac_sha256((struct bytes){(const char *)master->bytes, sizeof master->bytes},
                                    bytes_of(use));
    memcpy(ret_key, key.bytes, sizeof key.bytes);
    secret_wipe(&key, sizeof key);
}

void store_derived_key(const struct store *store, const char *use, uint8_t ret_key[32]) {
    derive(&store->master, use, ret_key);
}

/* --- accounts --- */

/* Binds what can change, from legal_name to status. */
static void bind_account(sqlite3_stmt *statement, const struct store_account *account) {
    bind_string(statement, 2, account->legal_name);
    bind_string(statement, 3, account->country);
    bind_string(statement, 4, account->contact);
    bind_string(statement, 5, account->registrations);
    bind_string(statement, 6, account->settings);
    sqlite3_bind_int(statement, 7, (int)account->status);
}

static bool account_insert(struct connection *writer, const struct store_account *account,
                           int64_t *ret_number, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_ACCOUNT_INSERT);
    bind_string(statement, 1, account->id);
    bind_account(statement, account);
    sqlite3_bind_int64(statement, 8, account->created_ms);
    if (!sqlite_run(statement)) {
        if (sqlite3_extended_errcode(writer->db) == SQLITE_CONSTRAINT_UNIQUE)
            return error_set(err, ERROR_ALREADY_EXISTS, "The account %s already exists", account->id);
        return sqlite_error(writer, "make an account", err);
    }
    *ret_number = sqlite3_last_insert_rowid(writer->db);
    return too_many(writer, sqlite_statement(writer, SQL_ACCOUNT_COUNT), LIMIT_ACCOUNTS, "accounts", err);
}

bool store_account_create(struct store *store, const struct store_account *account, int64_t *ret_number,
                          struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    return writer && sqlite_end(store, account_insert(writer, account, ret_number, err), err);
}

bool store_account_update(struct store *store, const struct store_account *account, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_ACCOUNT_UPDATE);
    sqlite3_bind_int64(statement, 1, account->number);
    bind_account(statement, account);
    bool done = sqlite_run(statement) || sqlite_error(writer, "change an account", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = account_gone(err);
    return sqlite_end(store, done, err);
}

static const char *text(sqlite3_stmt *row, int column) {
    return (const char *)sqlite3_column_text(row, column);
}

/* Of ACCOUNT_COLUMNS; its texts live as long as the row. */
static bool read_account(sqlite3_stmt *row, struct store_account *ret_account, struct error *err) {
    *ret_account = (struct store_account){.number = sqlite3_column_int64(row, 0),
                                          .id = text(row, 1),
                                          .legal_name = text(row, 2),
                                          .country = text(row, 3),
                                          .contact = text(row, 4),
                                          .registrations = text(row, 5),
                                          .settings = text(row, 6),
                                          .status = (enum store_account_status)sqlite3_column_int(row, 7),
                                          .is_operator = sqlite3_column_int(row, 8),
                                          .created_ms = sqlite3_column_int64(row, 9)};
    return (ret_account->id && ret_account->legal_name && ret_account->country && ret_account->contact &&
            ret_account->registrations && ret_account->settings) ||
           error_set(err, ERROR_INTERNAL, "no memory for an account, or store.db is damaged");
}

struct copying {
    struct arena *arena;
    struct store_account *account;
    bool found;
};

static bool copy_account(void *context, sqlite3_stmt *row, struct error *err) {
    struct copying *copying = context;
    struct store_account *to = copying->account;
    if (!read_account(row, to, err))
        return false;
    const char **texts[] = {&to->id,      &to->legal_name,    &to->country,
                            &to->contact, &to->registrations, &to->settings};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!(*texts[i] = arena_string(copying->arena, bytes_of(*texts[i]))))
            return error_set(err, ERROR_INTERNAL, "no memory for an account");
    copying->found = true;
    return true;
}

bool store_account_get(struct store *store, struct arena *arena, const char *id,
                       struct store_account *ret_account, struct error *err) {
    struct store_account account;
    struct copying copying = {.arena = arena, .account = &account};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_ACCOUNT_GET);
    bind_string(statement, 1, id);
    bool read = sqlite_each(reader, statement, copy_account, &copying, err);
    sqlite_reader_done(store, reader);
    if (!read)
        return false;
    if (!copying.found)
        return error_set(err, ERROR_NOT_FOUND, "The account %s does not exist", id);
    *ret_account = account;
    return true;
}

struct accounts_visit {
    bool (*act)(void *context, const struct store_account *account, struct error *err);
    void *context;
};

static bool visit_account(void *context, sqlite3_stmt *row, struct error *err) {
    const struct accounts_visit *visit = context;
    struct store_account account;
    return read_account(row, &account, err) && visit->act(visit->context, &account, err);
}

bool store_accounts_each(struct store *store, int64_t after, size_t maximum,
                         bool (*visit)(void *context, const struct store_account *account, struct error *err),
                         void *context, struct error *err) {
    struct accounts_visit what = {visit, context};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_ACCOUNT_LIST);
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, (int64_t)maximum);
    bool done = sqlite_each(reader, statement, visit_account, &what, err);
    sqlite_reader_done(store, reader);
    return done;
}

/* --- access keys --- */

/* What a sealed secret belongs to, into out. */
static struct bytes secret_owner(int64_t account, const char *id, char out[ID_MAX + 32]) {
    int len = snprintf(out, ID_MAX + 32, "%lld/%s", (long long)account, id);
    return (struct bytes){out, (size_t)len};
}

static void secrets_key(const struct seal_key *master, struct seal_key *ret_key) {
    derive(master, "access keys", ret_key->bytes);
}

static void bind_secret(sqlite3_stmt *statement, int parameter, const struct seal_key *key,
                        struct bytes owner, const char *secret) {
    uint8_t sealed[SEALED_MAX];
    size_t len = strlen(secret);
    if (len == 0)
        return;
    seal(key, owner, secret, len, sealed);
    sqlite3_bind_blob(statement, parameter, sealed, (int)(len + SEAL_OVERHEAD), SQLITE_TRANSIENT);
}

static bool key_put(const struct seal_key *master, struct connection *writer, const struct store_key *key,
                    struct error *err) {
    struct seal_key sealing;
    char name[ID_MAX + 32];
    struct bytes owner = secret_owner(key->account, key->id, name);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_KEY_PUT);
    secrets_key(master, &sealing);
    bind_string(statement, 1, key->id);
    sqlite3_bind_int64(statement, 2, key->account);
    bind_string(statement, 3, key->person);
    bind_secret(statement, 4, &sealing, owner, key->secret);
    bind_secret(statement, 5, &sealing, owner, key->previous);
    secret_wipe(&sealing, sizeof sealing);
    sqlite3_bind_int64(statement, 6, key->previous_until_ms);
    sqlite3_bind_int(statement, 7, (int)key->status);
    sqlite3_bind_int64(statement, 8, key->created_ms);
    sqlite3_bind_int64(statement, 9, key->expires_ms);
    sqlite3_bind_int64(statement, 10, key->used_ms);
    if (!sqlite_run(statement))
        return sqlite_error(writer, "keep an access key", err);
    if (sqlite3_changes(writer->db) == 0)
        return error_set(err, ERROR_ALREADY_EXISTS, "The access key %s already exists, or has existed",
                         key->id);
    statement = sqlite_statement(writer, SQL_KEY_COUNT);
    sqlite3_bind_int64(statement, 1, key->account);
    return too_many(writer, statement, LIMIT_ACCOUNT_KEYS, "access keys in an account", err);
}

bool store_key_put(struct store *store, const struct store_key *key, struct error *err) {
    if (strlen(key->id) > ID_MAX || key->secret[0] == 0)
        return error_set(err, ERROR_INTERNAL, "an access key has an id that is too long, or no secret");
    struct connection *writer = sqlite_begin(store, err);
    return writer &&
           sqlite_end(store,
                      account_check(writer, key->account, err) && key_put(&store->master, writer, key, err),
                      err);
}

bool store_key_delete(struct store *store, int64_t account, const char *id, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite_deleted(store);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_KEY_DELETE);
    bind_string(statement, 1, id);
    sqlite3_bind_int64(statement, 2, account);
    bool done = sqlite_run(statement) || sqlite_error(writer, "delete an access key", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_NOT_FOUND, "The access key %s does not exist", id);
    return sqlite_end(store, done, err);
}

bool store_key_used(struct store *store, const char *id, int64_t used_ms, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_KEY_USED);
    bind_string(statement, 1, id);
    sqlite3_bind_int64(statement, 2, used_ms);
    bool done = sqlite_run(statement) || sqlite_error(writer, "note the use of an access key", err);
    return sqlite_end(store, done, err);
}

/* Opens a sealed secret; without one it is empty. */
static bool read_secret(sqlite3_stmt *row, int column, const struct seal_key *key, struct bytes owner,
                        char ret_secret[STORE_SECRET_MAX + 1]) {
    struct bytes sealed = {sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column)};
    return sealed.len == 0 || (sealed.len <= SEALED_MAX && unseal(key, owner, sealed, ret_secret));
}

struct keys_visit {
    const struct seal_key *key;
    bool (*act)(void *context, const struct store_key *key, struct error *err);
    void *context;
};

/* Of KEY_COLUMNS. */
static bool visit_key(void *context, sqlite3_stmt *row, struct error *err) {
    const struct keys_visit *visit = context;
    char name[ID_MAX + 32];
    struct store_key key = {.id = text(row, 0),
                            .account = sqlite3_column_int64(row, 1),
                            .person = text(row, 2),
                            .previous_until_ms = sqlite3_column_int64(row, 5),
                            .status = (enum store_key_status)sqlite3_column_int(row, 6),
                            .created_ms = sqlite3_column_int64(row, 7),
                            .expires_ms = sqlite3_column_int64(row, 8),
                            .used_ms = sqlite3_column_int64(row, 9)};
    bool fine = key.id && key.person && strlen(key.id) <= ID_MAX;
    struct bytes owner = fine ? secret_owner(key.account, key.id, name) : (struct bytes){NULL, 0};
    fine = fine && read_secret(row, 3, visit->key, owner, key.secret) &&
           read_secret(row, 4, visit->key, owner, key.previous);
    fine = fine ? visit->act(visit->context, &key, err)
                : error_set(err, ERROR_INTERNAL,
                            "a stored access key is damaged, or of another master.key: restore both from a "
                            "backup");
    secret_wipe(&key, sizeof key);
    return fine;
}

static bool visit_keys(struct store *store, struct connection *reader, sqlite3_stmt *statement,
                       bool (*act)(void *context, const struct store_key *key, struct error *err),
                       void *context, struct error *err) {
    struct seal_key key;
    struct keys_visit visit = {&key, act, context};
    secrets_key(&store->master, &key);
    bool done = sqlite_each(reader, statement, visit_key, &visit, err);
    secret_wipe(&key, sizeof key);
    return done;
}

bool store_keys_each(struct store *store, int64_t account, const char *after, size_t maximum,
                     bool (*visit)(void *context, const struct store_key *key, struct error *err),
                     void *context, struct error *err) {
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_KEY_LIST);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, after ? after : "");
    sqlite3_bind_int64(statement, 3, (int64_t)maximum);
    bool done = visit_keys(store, reader, statement, visit, context, err);
    sqlite_reader_done(store, reader);
    return done;
}

struct finding {
    struct arena *arena;
    struct store_key *key;
    bool found;
};

static bool copy_key(void *context, const struct store_key *key, struct error *err) {
    struct finding *finding = context;
    *finding->key = *key;
    finding->key->id = arena_string(finding->arena, bytes_of(key->id));
    finding->key->person = arena_string(finding->arena, bytes_of(key->person));
    finding->found = true;
    return (finding->key->id && finding->key->person) ||
           error_set(err, ERROR_INTERNAL, "no memory for an access key");
}

bool store_key_find(struct store *store, struct arena *arena, const char *id, struct store_key *ret_key,
                    bool *ret_found, struct error *err) {
    struct store_key key;
    struct finding finding = {.arena = arena, .key = &key};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_KEY_GET);
    bind_string(statement, 1, id);
    bool done = visit_keys(store, reader, statement, copy_key, &finding, err);
    sqlite_reader_done(store, reader);
    if (done && finding.found)
        *ret_key = key;
    if (done)
        *ret_found = finding.found;
    secret_wipe(&key, sizeof key);
    return done;
}

bool access_keys_seal_anew(struct store *store, struct connection *writer, const struct seal_key *master,
                           struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(16 * 1024);
    struct store_key key = {.id = ""};
    struct finding finding = {.arena = arena, .key = &key};
    bool done = arena || error_set(err, ERROR_INTERNAL, "no memory for the access keys");
    while (done) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_SECRETS);
        bind_string(statement, 1, key.id); /* of which the statement has its own copy once it has begun */
        finding.found = false;
        done = visit_keys(store, writer, statement, copy_key, &finding, err);
        if (!done || !finding.found)
            break;
        done = key_put(master, writer, &key, err);
    }
    secret_wipe(&key, sizeof key);
    return done;
}

/* --- policies --- */

static bool policy_put(struct connection *writer, const struct store_policy *policy, struct error *err) {
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_POLICY_PUT);
    sqlite3_bind_int64(statement, 1, policy->account);
    bind_string(statement, 2, policy->person);
    bind_string(statement, 3, policy->name);
    bind_string(statement, 4, policy->document);
    if (!sqlite_run(statement))
        return sqlite_error(writer, "keep a policy", err);
    statement = sqlite_statement(writer, SQL_POLICY_COUNT);
    sqlite3_bind_int64(statement, 1, policy->account);
    return too_many(writer, statement, LIMIT_ACCOUNT_POLICIES, "policies in an account", err);
}

bool store_policy_put(struct store *store, const struct store_policy *policy, struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    return writer &&
           sqlite_end(store, account_check(writer, policy->account, err) && policy_put(writer, policy, err),
                      err);
}

bool store_policy_delete(struct store *store, int64_t account, const char *person, const char *name,
                         struct error *err) {
    struct connection *writer = sqlite_begin(store, err);
    if (!writer)
        return false;
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_POLICY_DELETE);
    sqlite3_bind_int64(statement, 1, account);
    bind_string(statement, 2, person);
    bind_string(statement, 3, name);
    bool done = sqlite_run(statement) || sqlite_error(writer, "delete a policy", err);
    if (done && sqlite3_changes(writer->db) == 0)
        done = error_set(err, ERROR_NOT_FOUND, "The policy %s does not exist", name);
    return sqlite_end(store, done, err);
}

struct policies_visit {
    bool (*act)(void *context, const struct store_policy *policy, struct error *err);
    void *context;
};

static bool visit_policy(void *context, sqlite3_stmt *row, struct error *err) {
    const struct policies_visit *visit = context;
    struct store_policy policy = {sqlite3_column_int64(row, 0), text(row, 1), text(row, 2), text(row, 3)};
    if (!policy.person || !policy.name || !policy.document)
        return error_set(err, ERROR_INTERNAL, "no memory for a policy, or store.db is damaged");
    return visit->act(visit->context, &policy, err);
}

bool store_policies_each(struct store *store, int64_t account,
                         bool (*visit)(void *context, const struct store_policy *policy, struct error *err),
                         void *context, struct error *err) {
    struct policies_visit what = {visit, context};
    struct connection *reader = sqlite_reader(store, err);
    if (!reader)
        return false;
    sqlite3_stmt *statement = sqlite_statement(reader, SQL_POLICY_LIST);
    sqlite3_bind_int64(statement, 1, account);
    bool done = sqlite_each(reader, statement, visit_policy, &what, err);
    sqlite_reader_done(store, reader);
    return done;
}
