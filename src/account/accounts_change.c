/* A change is written into the store first; what it means in memory is prepared before that is on disk and
 * comes in with the commit, or is thrown away. What a change builds on is read from the store, within the
 * transaction: memory lags behind until the commit. */
#include "account/accounts_memory.h"
#include "base/clock.h"
#include "base/digest.h"

/* Room for the texts of one account, or of a page of keys' ids. */
enum { ARENA_BYTES = 1024 * 1024 };

/* --- what waits for the commit --- */

enum kind { TAKE_ACCOUNT, TAKE_KEY, TAKE_POLICY, DROP_KEY, DROP_POLICY };

struct change {
    struct accounts *accounts;
    enum kind kind;
    struct account_entry *account_entry;
    struct key_entry *key_entry;
    struct policy_entry *policy_entry;
    int64_t account;
    char person[LIMIT_PERSON + 1];
    char name[LIMIT_POLICY_NAME + KEYS_ACCESS_MAX + 1];
};

static void change_free(struct change *change) {
    if (!change)
        return;
    account_entry_free(change->account_entry);
    key_entry_free(change->key_entry);
    policy_entry_free(change->policy_entry);
    free(change);
}

/* What comes in is no longer the change's. */
static void change_act(struct change *change) {
    struct accounts *accounts = change->accounts;
    switch (change->kind) {
    case TAKE_ACCOUNT:
        accounts_take_account(accounts, change->account_entry);
        change->account_entry = NULL;
        break;
    case TAKE_KEY:
        accounts_take_key(accounts, change->key_entry);
        change->key_entry = NULL;
        break;
    case TAKE_POLICY:
        accounts_take_policy(accounts, change->account, change->policy_entry);
        change->policy_entry = NULL;
        break;
    case DROP_KEY:
        accounts_drop_key(accounts, change->name);
        break;
    case DROP_POLICY:
        accounts_drop_policy(accounts, change->account, change->person, change->name);
        break;
    }
}

static void change_end(void *context, bool committed) {
    struct change *change = context;
    if (committed) {
        pthread_rwlock_wrlock(&change->accounts->lock);
        change_act(change);
        pthread_rwlock_unlock(&change->accounts->lock);
    }
    change_free(change);
}

static struct change *change_new(struct accounts *accounts, enum kind kind, struct error *err) {
    struct change *change = calloc(1, sizeof *change);
    if (!change) {
        error_set(err, ERROR_INTERNAL, "There is no memory for a change.");
        return NULL;
    }
    change->accounts = accounts;
    change->kind = kind;
    return change;
}

/* The end of the transaction that the caller has begun; takes the change. */
static bool change_commit(struct accounts *accounts, bool done, struct change *change, struct error *err) {
    if (done && store_on_commit(accounts->store, change_end, change, err))
        return store_commit(accounts->store, err);
    change_free(change);
    store_rollback(accounts->store);
    return false;
}

/* --- forms --- */

/* Letters, digits and "+=,.@_-", as IAM has it. */
static bool check_name(const char *what, const char *name, size_t maximum, struct error *err) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
    size_t len = strlen(name);
    return (len >= 1 && len <= maximum && strspn(name, allowed) == len) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "The name of a %s has 1 to %zu letters, digits and any of +=,.@_-", what, maximum);
}

static bool is_country(const char *text) {
    return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static bool check_account(const struct store_account *account, struct error *err) {
    struct account_settings settings;
    size_t name = strlen(account->legal_name);
    bool unnamed = account->is_operator && name == 0; /* as it is made */
    if (!unnamed && (name == 0 || name > LIMIT_ACCOUNT_TEXT))
        return error_set(err, ERROR_INVALID_PARAMETER, "A legal name has 1 to %d bytes.", LIMIT_ACCOUNT_TEXT);
    if (!(unnamed && !account->country[0]) && !is_country(account->country))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "A country is given by the two capital letters of ISO 3166.");
    if (strlen(account->contact) > LIMIT_ACCOUNT_TEXT)
        return error_set(err, ERROR_INVALID_PARAMETER, "A contact has at most %d bytes.", LIMIT_ACCOUNT_TEXT);
    return account_registrations_check(bytes_of(account->registrations), err) &&
           account_settings_parse(bytes_of(account->settings), account->is_operator, &settings, err);
}

/* --- accounts --- */

bool accounts_create(struct accounts *accounts, const struct store_account *account,
                     char ret_id[STORE_ACCOUNT_ID + 1], int64_t *ret_number, struct error *err) {
    struct store_account made = *account;
    char id[STORE_ACCOUNT_ID + 1];
    struct change *change = NULL;
    snprintf(id, sizeof id, "%06u%06u", 100000 + randombytes_uniform(900000), randombytes_uniform(1000000));
    made.id = id;
    made.status = STORE_ACCOUNT_ACTIVE;
    made.is_operator = false;
    made.created_ms = clock_now_ms();
    if (!check_account(&made, err) || !store_begin(accounts->store, err))
        return false;
    bool done = store_account_create(accounts->store, &made, &made.number, err) &&
                (change = change_new(accounts, TAKE_ACCOUNT, err)) &&
                (change->account_entry = account_entry_new(&made, err));
    if (!change_commit(accounts, done, change, err))
        return false;
    memcpy(ret_id, id, sizeof id);
    *ret_number = made.number;
    return true;
}

/* Whose account it is and since when is not the caller's to say. */
static bool update(struct accounts *accounts, struct arena *arena, struct store_account account,
                   struct change *change, struct error *err) {
    struct store_account was;
    if (!store_account_get(accounts->store, arena, account.id, &was, err))
        return false;
    account.number = was.number;
    account.is_operator = was.is_operator;
    account.created_ms = was.created_ms;
    if (was.is_operator && account.status != STORE_ACCOUNT_ACTIVE)
        return error_set(err, ERROR_CONFLICT, "The operator's account stays active.");
    return check_account(&account, err) && store_account_update(accounts->store, &account, err) &&
           (change->account_entry = account_entry_new(&account, err));
}

bool accounts_update(struct accounts *accounts, const struct store_account *account, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    struct change *change = NULL;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "There is no memory for an account.");
    if (!store_begin(accounts->store, err))
        return false;
    bool done = (change = change_new(accounts, TAKE_ACCOUNT, err)) &&
                update(accounts, arena, *account, change, err);
    return change_commit(accounts, done, change, err);
}

/* --- keys --- */

/* Writes a key within a transaction that has begun, and ends that. */
static bool put_key(struct accounts *accounts, bool done, const struct store_key *key, struct error *err) {
    struct change *change = NULL;
    done = done && store_key_put(accounts->store, key, err) &&
           (change = change_new(accounts, TAKE_KEY, err)) && (change->key_entry = key_entry_new(key, err));
    return change_commit(accounts, done, change, err);
}

static void key_cleanup(struct store_key *key) {
    secret_wipe(key, sizeof *key);
}

bool accounts_take_over(struct accounts *accounts, const char *access_key, const char *secret,
                        struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    CLEANUP(key_cleanup) struct store_key key;
    bool there;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a key.");
    if (!store_key_find(accounts->store, arena, access_key, &key, &there, err))
        return false;
    if (there)
        return true;
    key = (struct store_key){
        .id = access_key, .account = STORE_OPERATOR, .person = ACCOUNT_ROOT, .created_ms = clock_now_ms()};
    snprintf(key.secret, sizeof key.secret, "%s", secret);
    return store_begin(accounts->store, err) && put_key(accounts, true, &key, err);
}

bool accounts_key_create(struct accounts *accounts, int64_t account, const char *person, int64_t expires_ms,
                         struct account_secret *ret_secret, struct error *err) {
    CLEANUP(key_cleanup)
    struct store_key key = {
        .account = account, .person = person, .created_ms = clock_now_ms(), .expires_ms = expires_ms};
    struct account_secret made;
    if (!check_name("person", person, LIMIT_PERSON, err))
        return false;
    keys_make(made.access_key, made.secret);
    key.id = made.access_key;
    memcpy(key.secret, made.secret, sizeof made.secret);
    bool done = store_begin(accounts->store, err) && put_key(accounts, true, &key, err);
    if (done)
        *ret_secret = made;
    secret_wipe(&made, sizeof made);
    return done;
}

/* Has `act` change a key of the account. */
static bool modify(struct accounts *accounts, int64_t account, const char *id,
                   void (*act)(struct store_key *key, const void *context), const void *context,
                   struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    CLEANUP(key_cleanup) struct store_key key;
    bool there;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a key.");
    if (!store_begin(accounts->store, err))
        return false;
    bool done = store_key_find(accounts->store, arena, id, &key, &there, err);
    if (done && (!there || key.account != account || key.status == STORE_KEY_DELETED))
        done = error_set(err, ERROR_NOT_FOUND, "The access key %s does not exist", id);
    if (done)
        act(&key, context);
    return put_key(accounts, done, &key, err);
}

static void set_enabled(struct store_key *key, const void *context) {
    key->status = *(const bool *)context ? STORE_KEY_ACTIVE : STORE_KEY_DISABLED;
}

bool accounts_key_enable(struct accounts *accounts, int64_t account, const char *id, bool enabled,
                         struct error *err) {
    return modify(accounts, account, id, set_enabled, &enabled, err);
}

static void set_expiry(struct store_key *key, const void *context) {
    key->expires_ms = *(const int64_t *)context;
}

bool accounts_key_expire(struct accounts *accounts, int64_t account, const char *id, int64_t expires_ms,
                         struct error *err) {
    return modify(accounts, account, id, set_expiry, &expires_ms, err);
}

struct rotation {
    const char *secret;
    int64_t until_ms;
};

static void set_secret(struct store_key *key, const void *context) {
    const struct rotation *rotation = context;
    memcpy(key->previous, key->secret, sizeof key->previous);
    key->previous_until_ms = rotation->until_ms;
    snprintf(key->secret, sizeof key->secret, "%s", rotation->secret);
}

bool accounts_key_rotate(struct accounts *accounts, int64_t account, const char *id, int64_t grace_seconds,
                         struct account_secret *ret_secret, struct error *err) {
    struct account_secret made;
    if (grace_seconds < 0 || grace_seconds > LIMIT_KEY_GRACE_SECONDS)
        return error_set(err, ERROR_INVALID_PARAMETER, "The old secret can go on for at most %d seconds.",
                         LIMIT_KEY_GRACE_SECONDS);
    keys_make(made.access_key, made.secret);
    struct rotation rotation = {made.secret, clock_now_ms() + grace_seconds * 1000};
    bool done = modify(accounts, account, id, set_secret, &rotation, err);
    if (done) {
        snprintf(made.access_key, sizeof made.access_key, "%s", id);
        *ret_secret = made;
    }
    secret_wipe(&made, sizeof made);
    return done;
}

bool accounts_key_delete(struct accounts *accounts, int64_t account, const char *id, struct error *err) {
    struct change *change = NULL;
    if (!store_begin(accounts->store, err))
        return false;
    bool done = store_key_delete(accounts->store, account, id, err) &&
                (change = change_new(accounts, DROP_KEY, err));
    if (done)
        snprintf(change->name, sizeof change->name, "%s", id);
    return change_commit(accounts, done, change, err);
}

struct listing {
    struct accounts *accounts;
    struct arena *arena;
    struct account_key *keys;
    size_t count;
};

static bool list_key(void *context, const struct store_key *key, struct error *err) {
    struct listing *listing = context;
    char id[KEYS_ACCESS_MAX + 1] = "";
    struct account_key *to = &listing->keys[listing->count++];
    *to = (struct account_key){.id = arena_string(listing->arena, bytes_of(key->id)),
                               .person = arena_string(listing->arena, bytes_of(key->person)),
                               .enabled = key->status == STORE_KEY_ACTIVE,
                               .created_ms = key->created_ms,
                               .expires_ms = key->expires_ms,
                               .used_ms = key->used_ms};
    snprintf(id, sizeof id, "%s", key->id);
    pthread_rwlock_rdlock(&listing->accounts->lock);
    struct key_entry *entry = accounts_look_up(listing->accounts, id);
    if (entry)
        to->used_ms = MAX(to->used_ms, atomic_load(&entry->used_ms));
    pthread_rwlock_unlock(&listing->accounts->lock);
    return (to->id && to->person) || error_set(err, ERROR_INTERNAL, "There is no memory for a list of keys.");
}

bool accounts_keys_list(struct accounts *accounts, struct arena *arena, int64_t account, const char *after,
                        size_t maximum, struct account_key **ret_keys, size_t *ret_count, struct error *err) {
    struct listing listing = {
        .accounts = accounts, .arena = arena, .keys = arena_array(arena, maximum, sizeof **ret_keys)};
    if (!listing.keys)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a list of keys.");
    if (!store_keys_each(accounts->store, account, after, maximum, list_key, &listing, err))
        return false;
    *ret_keys = listing.keys;
    *ret_count = listing.count;
    return true;
}

/* --- policies --- */

bool accounts_policy_put(struct accounts *accounts, int64_t account, const char *person, const char *name,
                         const char *document, struct error *err) {
    struct store_policy policy = {account, person ? person : "", name, document};
    struct change *change = NULL;
    if ((person && !check_name("person", person, LIMIT_PERSON, err)) ||
        !check_name("policy", name, LIMIT_POLICY_NAME, err) || !store_begin(accounts->store, err))
        return false;
    bool done = (change = change_new(accounts, TAKE_POLICY, err)) &&
                (change->policy_entry = policy_entry_new(&policy, err)) &&
                store_policy_put(accounts->store, &policy, err);
    if (done)
        change->account = account;
    return change_commit(accounts, done, change, err);
}

bool accounts_policy_delete(struct accounts *accounts, int64_t account, const char *person, const char *name,
                            struct error *err) {
    struct change *change = NULL;
    if (!store_begin(accounts->store, err))
        return false;
    bool done = store_policy_delete(accounts->store, account, person ? person : "", name, err) &&
                (change = change_new(accounts, DROP_POLICY, err));
    if (done) {
        change->account = account;
        snprintf(change->person, sizeof change->person, "%s", person ? person : "");
        snprintf(change->name, sizeof change->name, "%s", name);
    }
    return change_commit(accounts, done, change, err);
}
