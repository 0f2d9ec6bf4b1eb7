/* Accounts, their keys, policies and sessions: CreateAccount, UpdateAccount, DescribeAccount, ListAccounts,
 * CreateKey, ListKeys, UpdateKey, RotateKey, DeleteKey, PutPolicy, DeletePolicy, ListPolicies,
 * GetSessionToken.
 *
 * Policies decide who may call them (permission.h). Beyond that: other accounts are the operator's to
 * administer; a session changes nothing here; and the keys of root are given out by root alone, so that a
 * policy that lets somebody make keys does not let them become root. */
#include <yyjson.h>
#include "account/session.h"
#include "api/administration.h"
#include "api/extension.h"
#include "api/json.h"
#include "api/page.h"
#include "api/utf8.h"
#include "base/clock.h"
#include "sanctions/gate.h"

/* --- members --- */

static bool matches_line(struct bytes text) {
    uint32_t code;
    while (text.len > 0)
        if (!utf8_take(&text, &code) || code < 0x20 || (code >= 0x7f && code < 0xa0))
            return false;
    return true;
}

static bool matches_digits(struct bytes text) {
    uint64_t number;
    return bytes_to_number(text, UINT64_MAX, &number);
}

/* Anything but NUL: what it may hold is for its parser to say. */
static bool matches_document(struct bytes text) {
    return !memchr(text.ptr, 0, text.len);
}

const struct pattern pattern_line = {"[^\\p{Cc}]*", matches_line};
static const struct pattern pattern_digits = {"[0-9]+", matches_digits};
static const struct pattern pattern_document = {"[^\\u0000]*", matches_document};

static const char *const account_statuses[] = {
    [STORE_ACCOUNT_ACTIVE] = "ACTIVE",
    [STORE_ACCOUNT_SUSPENDED] = "SUSPENDED",
    [STORE_ACCOUNT_CLOSED] = "CLOSED",
    NULL,
};
static const char *const key_statuses[] = {"ACTIVE", "DISABLED", NULL};

#define ACCOUNT_ID                                                                       \
    "AccountId", FIELD_STRING, .minimum = STORE_ACCOUNT_ID, .maximum = STORE_ACCOUNT_ID, \
                               .pattern = &pattern_digits
#define COUNTRY "Country", FIELD_STRING, .minimum = 2, .maximum = 2, .pattern = &pattern_line
#define PERSON "Person", FIELD_STRING, .minimum = 1, .maximum = LIMIT_PERSON, .pattern = &pattern_line
#define ACCESS_KEY                                                                           \
    "AccessKeyId", FIELD_STRING, .required = true, .minimum = 1, .maximum = KEYS_ACCESS_MAX, \
                                 .pattern = &pattern_line
#define POLICY_NAME                                                                           \
    "PolicyName", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_POLICY_NAME, \
                                .pattern = &pattern_line
#define REGISTRATIONS \
    "Registrations", FIELD_LIST, .maximum = LIMIT_REGISTRATIONS, .fields = &registration_item
/* Its members are account_settings_parse's to check, which refuses those it does not know. */
#define SETTINGS "Settings", FIELD_STRUCT, .fields = no_fields

static const struct field no_fields[] = {{0}};
static const struct field registration_fields[] = {
    {LINE("Kind"), .required = true, .minimum = 1}, {LINE("Value"), .required = true, .minimum = 1}, {0}};
static const struct field registration_item = {"Registration", FIELD_STRUCT, .fields = registration_fields};

const struct field create_account_fields[] = {
    {LINE("LegalName"), .required = true, .minimum = 1},
    {COUNTRY, .required = true},
    {LINE("Contact")},
    {REGISTRATIONS},
    {SETTINGS},
    {0},
};
const struct field update_account_fields[] = {
    {ACCOUNT_ID},
    {LINE("LegalName"), .minimum = 1},
    {COUNTRY},
    {LINE("Contact")},
    {REGISTRATIONS},
    {SETTINGS},
    {"Status", FIELD_STRING, .choices = account_statuses},
    {0},
};
const struct field describe_account_fields[] = {{ACCOUNT_ID}, {0}};
const struct field list_accounts_fields[] = {{MAX_RESULTS}, {NEXT_TOKEN}, {0}};
const struct field create_key_fields[] = {{ACCOUNT_ID}, {PERSON, .required = true}, {EXPIRES_AT}, {0}};
const struct field list_keys_fields[] = {{ACCOUNT_ID}, {0}};
const struct field update_key_fields[] = {
    {ACCOUNT_ID}, {ACCESS_KEY}, {"Status", FIELD_STRING, .choices = key_statuses}, {EXPIRES_AT}, {0}};
const struct field rotate_key_fields[] = {
    {ACCOUNT_ID},
    {ACCESS_KEY},
    {"GraceSeconds", FIELD_INTEGER, .maximum = LIMIT_KEY_GRACE_SECONDS},
    {0},
};
const struct field delete_key_fields[] = {{ACCOUNT_ID}, {ACCESS_KEY}, {0}};
const struct field put_policy_fields[] = {
    {ACCOUNT_ID},
    {PERSON},
    {POLICY_NAME},
    {"PolicyDocument", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_POLICY_BYTES,
     .pattern = &pattern_document},
    {0},
};
const struct field delete_policy_fields[] = {{ACCOUNT_ID}, {PERSON}, {POLICY_NAME}, {0}};
const struct field list_policies_fields[] = {{ACCOUNT_ID}, {0}};
const struct field get_session_token_fields[] = {
    {"DurationSeconds", FIELD_INTEGER, .minimum = LIMIT_SESSION_SECONDS_MIN,
     .maximum = LIMIT_SESSION_SECONDS},
    {"Policy", FIELD_STRING, .minimum = 1, .maximum = LIMIT_SESSION_POLICY, .pattern = &pattern_document},
    {0},
};

/* --- whose account --- */

static bool need_operator(const struct call *call, struct error *err) {
    return call->principal->is_operator ||
           error_set(err, ERROR_ACCESS_DENIED, "Only the operator's account administers other accounts.");
}

/* Whoever is made or changed is screened in the same transaction. */
static bool screen(struct call *call, const char *id, struct error *err) {
    return !call->service->gate || gate_screen(call->service->gate, id, NULL, clock_now_ms(), err);
}

/* Keys are given to those that are served. */
static bool is_served(struct call *call, const struct store_account *account, struct error *err) {
    return !call->service->gate ||
           gate_permit(call->service->gate, account->number, account->id, clock_now_ms(), err);
}

/* The account that AccountId names, or else the caller's own. */
static bool read_account(struct call *call, struct store_account *ret_account, struct error *err) {
    const char *id;
    if (!call_string(call, "AccountId", &id, err))
        return false;
    bool own = !id || strcmp(id, call->principal->account_id) == 0;
    if (!own && !need_operator(call, err))
        return false;
    if (!store_account_get(call->service->store, call->arena, own ? call->principal->account_id : id,
                           ret_account, err))
        return false;
    deed_detail(call, "account", ret_account->id);
    return true;
}

/* For what changes something. */
static bool begin(struct call *call, struct error *err) {
    if (call->principal->is_temporary)
        return error_set(err, ERROR_ACCESS_DENIED, "Session credentials cannot administer anything.");
    return call_begin(call, err);
}

static bool begin_in(struct call *call, struct store_account *ret_account, struct error *err) {
    return begin(call, err) && read_account(call, ret_account, err);
}

/* --- accounts --- */

/* A member as JSON text, in the arena; *ret_text stays what it is when there is none. */
static bool read_json(struct call *call, const char *name, const char **ret_text, struct error *err) {
    struct yyjson_val *value = json_get(call->input, name);
    size_t len;
    if (!value)
        return true;
    CLEANUP_FREE char *written = yyjson_val_write(value, YYJSON_WRITE_NOFLAG, &len);
    const char *text = written ? arena_string(call->arena, (struct bytes){written, len}) : NULL;
    if (!text)
        return call_no_memory(err);
    *ret_text = text;
    return true;
}

/* A member that is there, else *ret_text stays what it is. */
static bool read_text(struct call *call, const char *name, const char **ret_text, struct error *err) {
    const char *text;
    if (!call_string(call, name, &text, err))
        return false;
    if (text)
        *ret_text = text;
    return true;
}

static bool read_members(struct call *call, struct store_account *account, struct error *err) {
    return read_text(call, "LegalName", &account->legal_name, err) &&
           read_text(call, "Country", &account->country, err) &&
           read_text(call, "Contact", &account->contact, err) &&
           read_json(call, "Registrations", &account->registrations, err) &&
           read_json(call, "Settings", &account->settings, err);
}

static void put_account(struct buffer *out, const char *name, const struct store_account *account) {
    json_object_open(out, name);
    json_put_string(out, "AccountId", account->id);
    json_put_string(out, "LegalName", account->legal_name);
    json_put_string(out, "Country", account->country);
    json_put_string(out, "Contact", account->contact);
    json_put_json(out, "Registrations", bytes_of(account->registrations));
    json_put_json(out, "Settings", bytes_of(account->settings));
    json_put_string(out, "Status", account_statuses[account->status]);
    json_put_boolean(out, "Operator", account->is_operator);
    json_put_time(out, "CreationTimestamp", account->created_ms);
    json_object_close(out);
}

/* As it is now, also within the transaction. */
static bool put_stored(struct call *call, const char *id, struct error *err) {
    struct store_account account;
    if (!store_account_get(call->service->store, call->arena, id, &account, err))
        return false;
    put_account(call->reply, "Account", &account);
    return true;
}

bool create_account(struct call *call, struct error *err) {
    struct store_account account = {
        .legal_name = "", .country = "", .contact = "", .registrations = "[]", .settings = "{}"};
    char *id = arena_array(call->arena, STORE_ACCOUNT_ID + 1, 1);
    if (!id)
        return call_no_memory(err);
    if (!need_operator(call, err) || !begin(call, err) || !read_members(call, &account, err) ||
        !accounts_create(call->service->accounts, &account, id, &account.number, err) ||
        !screen(call, id, err))
        return false;
    deed_detail(call, "account", id);
    return put_stored(call, id, err);
}

static void read_status(struct call *call, struct store_account *account) {
    struct bytes status = json_get_text(call->input, "Status");
    for (int i = 0; account_statuses[i]; i++)
        if (bytes_equal_string(status, account_statuses[i]))
            account->status = (enum store_account_status)i;
}

/* What an account is called, may do and how often is the operator's to say, of all accounts. */
bool update_account(struct call *call, struct error *err) {
    struct store_account account;
    if (!need_operator(call, err) || !begin_in(call, &account, err) || !read_members(call, &account, err))
        return false;
    read_status(call, &account);
    deed_detail(call, "status", account_statuses[account.status]);
    return accounts_update(call->service->accounts, &account, err) && screen(call, account.id, err) &&
           put_stored(call, account.id, err);
}

bool describe_account(struct call *call, struct error *err) {
    struct store_account account;
    if (!read_account(call, &account, err))
        return false;
    put_account(call->reply, "Account", &account);
    return true;
}

struct accounts_page {
    struct call *call;
    size_t maximum, count;
    int64_t last; /* number of the last account that is shown */
};

static bool list_account(void *context, const struct store_account *account, struct error *err) {
    struct accounts_page *page = context;
    (void)err;
    if (page->count++ < page->maximum) {
        put_account(page->call->reply, NULL, account);
        page->last = account->number;
    }
    return true;
}

bool list_accounts(struct call *call, struct error *err) {
    const struct bytes everywhere = {NULL, 0};
    struct page page;
    uint64_t after = 0;
    char key[24], token[LIMIT_NEXT_TOKEN + 1];
    if (!need_operator(call, err) || !page_read(call->input, "ListAccounts", everywhere, &page, err))
        return false;
    if (page.after && !bytes_to_number(bytes_of(page.after), INT64_MAX, &after))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    struct accounts_page shown = {.call = call, .maximum = page.maximum};
    json_array_open(call->reply, "Accounts");
    if (!store_accounts_each(call->service->store, (int64_t)after, page.maximum + 1, list_account, &shown,
                             err))
        return false;
    json_array_close(call->reply);
    if (shown.count > shown.maximum) {
        snprintf(key, sizeof key, "%lld", (long long)shown.last);
        page_token("ListAccounts", everywhere, bytes_of(key), token);
        json_put_string(call->reply, "NextToken", token);
    }
    return true;
}

/* --- keys --- */

static bool need_root(const struct call *call, const char *person, struct error *err) {
    return strcasecmp(person, ACCOUNT_ROOT) != 0 || strcasecmp(call->principal->person, ACCOUNT_ROOT) == 0 ||
           error_set(err, ERROR_ACCESS_DENIED,
                     "Keys of " ACCOUNT_ROOT " are given out by " ACCOUNT_ROOT " alone.");
}

/* AccessKeyId, which is a key of the account that somebody like the caller may change. */
static bool begin_key(struct call *call, struct store_account *ret_account, const char **ret_id,
                      struct error *err) {
    struct store_key key;
    bool there;
    if (!begin_in(call, ret_account, err) || !call_string(call, "AccessKeyId", ret_id, err) ||
        !store_key_find(call->service->store, call->arena, *ret_id, &key, &there, err))
        return false;
    secret_wipe(key.secret, sizeof key.secret);
    secret_wipe(key.previous, sizeof key.previous);
    if (!there || key.account != ret_account->number || key.status == STORE_KEY_DELETED)
        return error_set(err, ERROR_NOT_FOUND, "The access key %s does not exist", *ret_id);
    deed_detail(call, "access_key", key.id);
    deed_detail(call, "key_person", key.person);
    return need_root(call, key.person, err);
}

/* A secret, this once. */
static void put_secret(struct buffer *out, struct account_secret *secret) {
    json_put_string(out, "AccessKeyId", secret->access_key);
    json_put_string(out, "SecretAccessKey", secret->secret);
    secret_wipe(secret, sizeof *secret);
}

/* In milliseconds; 0: never. */
static bool read_expiry(struct call *call, int64_t *ret_ms, struct error *err) {
    int64_t ms = json_get_time(call->input, "ExpiresAt", 0);
    if (ms != 0 && ms <= clock_now_ms())
        return error_set(err, ERROR_INVALID_PARAMETER, "ExpiresAt is in the past.");
    *ret_ms = ms;
    return true;
}

bool create_key(struct call *call, struct error *err) {
    struct store_account account;
    struct account_secret secret;
    const char *person, *id;
    int64_t expires_ms = 0;
    if (!begin_in(call, &account, err) || !call_string(call, "Person", &person, err) ||
        !need_root(call, person, err) || !read_expiry(call, &expires_ms, err) ||
        !is_served(call, &account, err) ||
        !accounts_key_create(call->service->accounts, account.number, person, expires_ms, &secret, err))
        return false;
    if (!(id = arena_string(call->arena, bytes_of(secret.access_key))))
        return call_no_memory(err);
    deed_detail(call, "access_key", id);
    deed_detail(call, "key_person", person);
    put_secret(call->reply, &secret);
    json_put_string(call->reply, "Person", person);
    if (expires_ms != 0)
        json_put_time(call->reply, "ExpiresAt", expires_ms);
    return true;
}

static void put_key(struct buffer *out, const struct account_key *key) {
    json_object_open(out, NULL);
    json_put_string(out, "AccessKeyId", key->id);
    json_put_string(out, "Person", key->person);
    json_put_string(out, "Status", key_statuses[!key->enabled]);
    json_put_time(out, "CreationTimestamp", key->created_ms);
    if (key->expires_ms != 0)
        json_put_time(out, "ExpiresAt", key->expires_ms);
    if (key->used_ms != 0)
        json_put_time(out, "LastUsed", key->used_ms);
    json_object_close(out);
}

bool list_keys(struct call *call, struct error *err) {
    struct store_account account;
    struct account_key *keys;
    size_t count;
    if (!read_account(call, &account, err) ||
        !accounts_keys_list(call->service->accounts, call->arena, account.number, NULL, LIMIT_ACCOUNT_KEYS,
                            &keys, &count, err))
        return false;
    json_array_open(call->reply, "Keys");
    for (size_t i = 0; i < count; i++)
        put_key(call->reply, &keys[i]);
    json_array_close(call->reply);
    return true;
}

bool update_key(struct call *call, struct error *err) {
    struct store_account account;
    struct bytes status = json_get_text(call->input, "Status");
    bool expires = json_get(call->input, "ExpiresAt") != NULL, enabled = bytes_equal_string(status, "ACTIVE");
    const char *id;
    int64_t expires_ms = 0;
    if (!status.ptr && !expires)
        return error_set(err, ERROR_INVALID_PARAMETER, "UpdateKey needs Status or ExpiresAt.");
    if (!begin_key(call, &account, &id, err) || !read_expiry(call, &expires_ms, err))
        return false;
    if (status.ptr)
        deed_detail(call, "status", key_statuses[!enabled]);
    return (!status.ptr || accounts_key_enable(call->service->accounts, account.number, id, enabled, err)) &&
           (!expires || accounts_key_expire(call->service->accounts, account.number, id, expires_ms, err));
}

bool rotate_key(struct call *call, struct error *err) {
    struct store_account account;
    struct account_secret secret;
    const char *id;
    int64_t grace = json_get_integer(call->input, "GraceSeconds", 0);
    if (!begin_key(call, &account, &id, err) ||
        !accounts_key_rotate(call->service->accounts, account.number, id, grace, &secret, err))
        return false;
    put_secret(call->reply, &secret);
    return true;
}

bool delete_key(struct call *call, struct error *err) {
    struct store_account account;
    const char *id;
    return begin_key(call, &account, &id, err) &&
           accounts_key_delete(call->service->accounts, account.number, id, err);
}

/* --- policies --- */

/* Policies of nobody in particular are for everybody of the account. */
static bool begin_policy(struct call *call, struct store_account *ret_account, const char **ret_person,
                         const char **ret_name, struct error *err) {
    if (!begin_in(call, ret_account, err) || !call_string(call, "Person", ret_person, err) ||
        !call_string(call, "PolicyName", ret_name, err))
        return false;
    deed_detail(call, "policy", *ret_name);
    if (*ret_person)
        deed_detail(call, "policy_person", *ret_person);
    return true;
}

/* What it says is committed to, so that it can be shown later what was in force. */
bool put_policy(struct call *call, struct error *err) {
    struct store_account account;
    const char *person, *name, *document;
    if (!begin_policy(call, &account, &person, &name, err) ||
        !call_string(call, "PolicyDocument", &document, err) ||
        !accounts_policy_put(call->service->accounts, account.number, person, name, document, err))
        return false;
    char *hash = arena_array(call->arena, 65, 1);
    if (!hash)
        return call_no_memory(err);
    sha256_hex(sha256_of(bytes_of(document)), hash);
    deed_detail(call, "document_sha256", hash);
    return true;
}

bool delete_policy(struct call *call, struct error *err) {
    struct store_account account;
    const char *person, *name;
    return begin_policy(call, &account, &person, &name, err) &&
           accounts_policy_delete(call->service->accounts, account.number, person, name, err);
}

static bool list_policy(void *context, const struct store_policy *policy, struct error *err) {
    struct buffer *out = context;
    (void)err;
    json_object_open(out, NULL);
    json_put_string(out, "PolicyName", policy->name);
    if (policy->person[0])
        json_put_string(out, "Person", policy->person);
    json_put_string(out, "PolicyDocument", policy->document);
    json_object_close(out);
    return true;
}

bool list_policies(struct call *call, struct error *err) {
    struct store_account account;
    if (!read_account(call, &account, err))
        return false;
    json_array_open(call->reply, "Policies");
    if (!store_policies_each(call->service->store, account.number, list_policy, call->reply, err))
        return false;
    json_array_close(call->reply);
    return true;
}

/* --- sessions --- */

static void put_credentials(struct buffer *out, const struct session *session) {
    json_object_open(out, "Credentials");
    json_put_string(out, "AccessKeyId", session->access_key);
    json_put_string(out, "SecretAccessKey", session->secret);
    json_put_string(out, "SessionToken", session->token);
    json_put_time(out, "Expiration", session->expires_ms);
    json_object_close(out);
}

/* The caller's secret was wiped when its signature had been checked, and is looked up again. */
bool get_session_token(struct call *call, struct error *err) {
    struct accounts *accounts = call->service->accounts;
    int64_t seconds = json_get_integer(call->input, "DurationSeconds", LIMIT_SESSION_SECONDS);
    struct bytes policy = json_get_text(call->input, "Policy");
    int64_t now_ms = clock_now_ms();
    struct principal principal;
    struct session session;
    if (call->principal->is_temporary)
        return error_set(err, ERROR_ACCESS_DENIED, "Session credentials cannot be used to get others.");
    if (!accounts_find_key(accounts, bytes_of(call->principal->key), now_ms, &principal, err))
        return false;
    bool made = session_create(accounts, &principal, seconds, policy, now_ms, &session, err);
    principal_wipe(&principal);
    const char *access_key = made ? arena_string(call->arena, bytes_of(session.access_key)) : NULL;
    if (made && !access_key)
        made = call_no_memory(err);
    if (made) {
        put_credentials(call->reply, &session);
        deed_detail(call, "access_key", access_key);
    }
    secret_wipe(&session, sizeof session);
    return made;
}
