#include "account/accounts_memory.h"
#include "base/clock.h"
#include "base/digest.h"

static void *no_memory(struct error *err) {
    error_set(err, ERROR_INTERNAL, "There is no memory for the accounts.");
    return NULL;
}

static void copy_text(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text);
}

/* --- entries --- */

struct account_entry *account_entry_new(const struct store_account *account, struct error *err) {
    struct account_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return no_memory(err);
    entry->number = account->number;
    entry->status = account->status;
    entry->is_operator = account->is_operator;
    copy_text(entry->id, sizeof entry->id, account->id);
    if (!account_settings_parse(bytes_of(account->settings), account->is_operator, &entry->settings, err)) {
        free(entry);
        return NULL;
    }
    return entry;
}

struct key_entry *key_entry_new(const struct store_key *key, struct error *err) {
    struct key_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return no_memory(err);
    entry->account = key->account;
    copy_text(entry->id, sizeof entry->id, key->id);
    copy_text(entry->person, sizeof entry->person, key->person);
    copy_text(entry->secret, sizeof entry->secret, key->secret);
    copy_text(entry->previous, sizeof entry->previous, key->previous);
    entry->previous_until_ms = key->previous_until_ms;
    entry->expires_ms = key->expires_ms;
    entry->enabled = key->status == STORE_KEY_ACTIVE;
    atomic_init(&entry->used_ms, key->used_ms);
    return entry;
}

/* An arena's first block serves a policy, which takes about as much as its text. */
struct policy_entry *policy_entry_new(const struct store_policy *policy, struct error *err) {
    struct policy_entry *entry = calloc(1, sizeof *entry);
    if (!entry || !(entry->arena = arena_new(64 * LIMIT_POLICY_BYTES))) {
        free(entry);
        return no_memory(err);
    }
    copy_text(entry->person, sizeof entry->person, policy->person);
    copy_text(entry->name, sizeof entry->name, policy->name);
    if (!access_policy_parse(entry->arena, bytes_of(policy->document), &entry->policy, err)) {
        policy_entry_free(entry);
        return NULL;
    }
    return entry;
}

void policy_entry_free(struct policy_entry *entry) {
    if (!entry)
        return;
    arena_free(entry->arena);
    free(entry);
}

void account_entry_free(struct account_entry *entry) {
    while (entry && entry->policies) {
        struct policy_entry *policy = entry->policies;
        entry->policies = policy->next;
        policy_entry_free(policy);
    }
    free(entry);
}

void key_entry_free(struct key_entry *entry) {
    if (entry)
        secret_wipe(entry, sizeof *entry);
    free(entry);
}

/* --- chains --- */

static struct account_entry **account_link(struct accounts *accounts, int64_t number) {
    struct account_entry **link = &accounts->accounts[(uint64_t)number % ACCOUNT_CHAINS];
    while (*link && (*link)->number != number)
        link = &(*link)->next;
    return link;
}

/* The hash is keyed, so that nobody who asks for keys can choose a chain. */
static struct key_entry **key_link(struct accounts *accounts, const char id[KEYS_ACCESS_MAX + 1]) {
    uint64_t hash;
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)id, strlen(id), accounts->hash_key);
    struct key_entry **link = &accounts->keys[hash % KEY_CHAINS];
    while (*link && sodium_memcmp((*link)->id, id, sizeof(*link)->id) != 0)
        link = &(*link)->next;
    return link;
}

static struct policy_entry **policy_link(struct account_entry *account, const char *person,
                                         const char *name) {
    struct policy_entry **link = &account->policies;
    while (*link && (strcasecmp((*link)->person, person) != 0 || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

struct key_entry *accounts_look_up(struct accounts *accounts, const char id[KEYS_ACCESS_MAX + 1]) {
    return *key_link(accounts, id);
}

void accounts_take_account(struct accounts *accounts, struct account_entry *entry) {
    struct account_entry **link = account_link(accounts, entry->number), *old = *link;
    if (old) {
        entry->next = old->next;
        entry->policies = old->policies;
        old->policies = NULL;
    }
    *link = entry;
    account_entry_free(old);
}

void accounts_take_key(struct accounts *accounts, struct key_entry *entry) {
    struct key_entry **link = key_link(accounts, entry->id), *old = *link;
    if (old) {
        entry->next = old->next;
        atomic_store(&entry->used_ms, atomic_load(&old->used_ms));
        atomic_store(&entry->used, atomic_load(&old->used));
    }
    *link = entry;
    key_entry_free(old);
}

void accounts_drop_key(struct accounts *accounts, const char *id) {
    char padded[KEYS_ACCESS_MAX + 1] = "";
    copy_text(padded, sizeof padded, id);
    struct key_entry **link = key_link(accounts, padded), *old = *link;
    if (old)
        *link = old->next;
    key_entry_free(old);
}

void accounts_take_policy(struct accounts *accounts, int64_t account, struct policy_entry *entry) {
    struct account_entry *owner = *account_link(accounts, account);
    if (!owner) {
        policy_entry_free(entry);
        return;
    }
    struct policy_entry **link = policy_link(owner, entry->person, entry->name), *old = *link;
    entry->next = old ? old->next : NULL;
    *link = entry;
    policy_entry_free(old);
}

void accounts_drop_policy(struct accounts *accounts, int64_t account, const char *person, const char *name) {
    struct account_entry *owner = *account_link(accounts, account);
    struct policy_entry **link = owner ? policy_link(owner, person, name) : NULL, *old = link ? *link : NULL;
    if (old)
        *link = old->next;
    policy_entry_free(old);
}

/* --- opening: nobody else has the accounts yet --- */

static bool load_account(void *context, const struct store_account *account, struct error *err) {
    struct account_entry *entry = account_entry_new(account, err);
    if (entry)
        accounts_take_account(context, entry);
    return entry != NULL;
}

static bool load_key(void *context, const struct store_key *key, struct error *err) {
    struct key_entry *entry = key_entry_new(key, err);
    if (entry)
        accounts_take_key(context, entry);
    return entry != NULL;
}

static bool load_policy(void *context, const struct store_policy *policy, struct error *err) {
    struct policy_entry *entry = policy_entry_new(policy, err);
    if (entry)
        accounts_take_policy(context, policy->account, entry);
    return entry != NULL;
}

static bool load(struct accounts *accounts, struct error *err) {
    struct store *store = accounts->store;
    const size_t keys_maximum = (size_t)LIMIT_ACCOUNTS * LIMIT_ACCOUNT_KEYS;
    return store_accounts_each(store, 0, LIMIT_ACCOUNTS, load_account, accounts, err) &&
           store_keys_each(store, 0, NULL, keys_maximum, load_key, accounts, err) &&
           store_policies_each(store, 0, load_policy, accounts, err);
}

static bool take_over_key(void *context, const char *access_key, const char *secret, struct error *err) {
    return accounts_take_over(context, access_key, secret, err);
}

static bool take_over_file(struct accounts *accounts, const char *directory, struct error *err) {
    struct keys *keys;
    if (!keys_open(directory, &keys, err))
        return false;
    bool taken = keys_each(keys, take_over_key, accounts, err);
    keys_free(keys);
    return taken;
}

/* However many readers come, a change gets its turn. */
static void init_lock(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
}

bool accounts_open(struct store *store, const char *directory, struct accounts **ret_accounts,
                   struct error *err) {
    struct accounts *accounts = calloc(1, sizeof *accounts);
    if (!accounts)
        return no_memory(err);
    init_lock(&accounts->lock);
    accounts->store = store;
    randombytes_buf(accounts->hash_key, sizeof accounts->hash_key);
    store_derived_key(store, "session tokens", accounts->session_key.bytes);
    if (!load(accounts, err) || !take_over_file(accounts, directory, err)) {
        accounts_close(accounts);
        return false;
    }
    *ret_accounts = accounts;
    return true;
}

void accounts_close(struct accounts *accounts) {
    if (!accounts)
        return;
    struct error ignored; /* when keys were used is lost, and nothing else */
    (void)!accounts_flush(accounts, &ignored);
    for (size_t i = 0; i < ACCOUNT_CHAINS; i++)
        while (accounts->accounts[i]) {
            struct account_entry *entry = accounts->accounts[i];
            accounts->accounts[i] = entry->next;
            account_entry_free(entry);
        }
    for (size_t i = 0; i < KEY_CHAINS; i++)
        while (accounts->keys[i]) {
            struct key_entry *entry = accounts->keys[i];
            accounts->keys[i] = entry->next;
            key_entry_free(entry);
        }
    pthread_rwlock_destroy(&accounts->lock);
    secret_wipe(accounts, sizeof *accounts);
    free(accounts);
}

const struct seal_key *accounts_session_key(const struct accounts *accounts) {
    return &accounts->session_key;
}

/* --- each request --- */

static void fill_principal(const struct key_entry *key, const struct account_entry *account, int64_t now_ms,
                           struct principal *ret_principal) {
    *ret_principal = (struct principal){.account = account->number,
                                        .status = account->status,
                                        .is_operator = account->is_operator,
                                        .settings = account->settings};
    memcpy(ret_principal->account_id, account->id, sizeof account->id);
    memcpy(ret_principal->person, key->person, sizeof key->person);
    memcpy(ret_principal->key, key->id, sizeof key->id);
    memcpy(ret_principal->secret, key->secret, sizeof key->secret);
    if (now_ms < key->previous_until_ms)
        memcpy(ret_principal->previous, key->previous, sizeof key->previous);
}

bool accounts_find_key(struct accounts *accounts, struct bytes access_key, int64_t now_ms,
                       struct principal *ret_principal, struct error *err) {
    char id[KEYS_ACCESS_MAX + 1] = "";
    /* A longer one equals none; a NUL would stand for the padding. */
    bool found = access_key.len > 0 && access_key.len <= KEYS_ACCESS_MAX &&
                 !memchr(access_key.ptr, 0, access_key.len);
    if (found)
        memcpy(id, access_key.ptr, access_key.len);
    pthread_rwlock_rdlock(&accounts->lock);
    const struct key_entry *key = found ? accounts_look_up(accounts, id) : NULL;
    const struct account_entry *account = key ? *account_link(accounts, key->account) : NULL;
    found = account && key->enabled && (key->expires_ms == 0 || now_ms < key->expires_ms);
    if (found)
        fill_principal(key, account, now_ms, ret_principal);
    pthread_rwlock_unlock(&accounts->lock);
    return found || error_set(err, ERROR_UNRECOGNIZED_CLIENT,
                              "The security token included in the request is invalid.");
}

void principal_wipe(struct principal *principal) {
    secret_wipe(principal->secret, sizeof principal->secret);
    secret_wipe(principal->previous, sizeof principal->previous);
}

void accounts_key_used(struct accounts *accounts, const struct principal *principal, int64_t now_ms) {
    pthread_rwlock_rdlock(&accounts->lock);
    struct key_entry *key = accounts_look_up(accounts, principal->key);
    if (key && atomic_load(&key->used_ms) < now_ms) {
        atomic_store(&key->used_ms, now_ms);
        atomic_store(&key->used, true);
    }
    pthread_rwlock_unlock(&accounts->lock);
}

bool principal_is_same_person(const struct principal *a, const struct principal *b) {
    return a->account == b->account && strcasecmp(a->person, b->person) == 0;
}

/* What the policies of the account say, and "root" may what nobody denies. */
static enum access_verdict decide(struct accounts *accounts, const struct principal *principal,
                                  const struct access_request *request) {
    bool is_root = strcasecmp(principal->person, ACCOUNT_ROOT) == 0;
    enum access_verdict verdict = is_root ? ACCESS_ALLOWED : ACCESS_UNSAID;
    pthread_rwlock_rdlock(&accounts->lock);
    const struct account_entry *account = *account_link(accounts, principal->account);
    if (!account)
        verdict = ACCESS_FORBIDDEN;
    for (const struct policy_entry *entry = account ? account->policies : NULL; entry; entry = entry->next)
        if (!entry->person[0] || strcasecmp(entry->person, principal->person) == 0)
            verdict = access_verdict_join(verdict, access_policy_decide(entry->policy, request));
    pthread_rwlock_unlock(&accounts->lock);
    return verdict;
}

bool accounts_permit(struct accounts *accounts, const struct principal *principal,
                     struct access_request *request, struct error *err) {
    char arn[32 + STORE_ACCOUNT_ID + LIMIT_PERSON];
    bool is_root = strcasecmp(principal->person, ACCOUNT_ROOT) == 0;
    snprintf(arn, sizeof arn, "arn:aws:iam::%s:%s%s", principal->account_id, is_root ? "" : "user/",
             is_root ? ACCOUNT_ROOT : principal->person);
    if (principal->status != STORE_ACCOUNT_ACTIVE)
        return error_set(err, ERROR_ACCESS_DENIED, "The account %s is not active.", principal->account_id);
    request->person = principal->person;
    request->principal_arn = arn;
    request->temporary = principal->is_temporary;
    enum access_verdict verdict = decide(accounts, principal, request);
    enum access_verdict narrowed = principal->narrowing ? access_policy_decide(principal->narrowing, request)
                                                        : ACCESS_ALLOWED;
    request->principal_arn = NULL;
    if (verdict == ACCESS_ALLOWED && narrowed == ACCESS_ALLOWED)
        return true;
    const char *kind = verdict == ACCESS_ALLOWED ? "session" : "identity-based";
    bool explicit = verdict == ACCESS_FORBIDDEN ||
                    (verdict == ACCESS_ALLOWED && narrowed == ACCESS_FORBIDDEN);
    return error_set(err, ERROR_ACCESS_DENIED,
                     "User: %s is not authorized to perform: %.*s on resource: %.*s %s %s policy%s", arn,
                     BYTES_FORMAT(request->action), BYTES_FORMAT(request->resource),
                     explicit ? "with an explicit deny in" : "because no", kind,
                     explicit ? "" : " allows it");
}

static bool any_used(struct accounts *accounts) {
    bool used = false;
    pthread_rwlock_rdlock(&accounts->lock);
    for (size_t i = 0; i < KEY_CHAINS && !used; i++)
        for (struct key_entry *key = accounts->keys[i]; key && !used; key = key->next)
            used = atomic_load(&key->used);
    pthread_rwlock_unlock(&accounts->lock);
    return used;
}

bool accounts_flush(struct accounts *accounts, struct error *err) {
    if (!any_used(accounts))
        return true;
    if (!store_begin(accounts->store, err))
        return false;
    bool fine = true;
    pthread_rwlock_rdlock(&accounts->lock);
    for (size_t i = 0; i < KEY_CHAINS; i++)
        for (struct key_entry *key = accounts->keys[i]; fine && key; key = key->next)
            if (atomic_exchange(&key->used, false))
                fine = store_key_used(accounts->store, key->id, atomic_load(&key->used_ms), err);
    pthread_rwlock_unlock(&accounts->lock);
    if (fine)
        return store_commit(accounts->store, err);
    store_rollback(accounts->store);
    return false;
}
