/* What accounts are in memory; private to accounts*.c. Chains, so that a prepared entry comes in without any
 * allocation: a change that is on disk cannot fail to be seen. */
#ifndef ACCOUNT_ACCOUNTS_MEMORY_H
#define ACCOUNT_ACCOUNTS_MEMORY_H

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include "account/accounts.h"

enum { ACCOUNT_CHAINS = 1024, KEY_CHAINS = 16384 };

struct policy_entry {
    struct policy_entry *next;
    char person[LIMIT_PERSON + 1]; /* empty: everybody */
    char name[LIMIT_POLICY_NAME + 1];
    struct arena *arena; /* of the policy */
    const struct access_policy *policy;
};

struct account_entry {
    struct account_entry *next;
    int64_t number;
    char id[STORE_ACCOUNT_ID + 1];
    enum store_account_status status;
    bool is_operator;
    struct account_settings settings;
    struct policy_entry *policies;
};

struct key_entry {
    struct key_entry *next;
    int64_t account;
    char id[KEYS_ACCESS_MAX + 1]; /* zeroed behind, so that all compare over the same length */
    char person[LIMIT_PERSON + 1];
    char secret[KEYS_SECRET_MAX + 1], previous[KEYS_SECRET_MAX + 1];
    int64_t previous_until_ms, expires_ms;
    bool enabled;
    _Atomic int64_t used_ms;
    atomic_bool used; /* since the last flush */
};

/* Order of locks: a transaction of the store, then this. */
struct accounts {
    pthread_rwlock_t lock;
    struct store *store;
    struct seal_key session_key;
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    struct account_entry *accounts[ACCOUNT_CHAINS];
    struct key_entry *keys[KEY_CHAINS];
};

/* --- accounts.c: entries from what is stored; NULL when there is no memory. Free them with the others. ---
 */

struct account_entry *account_entry_new(const struct store_account *account, struct error *err);
struct key_entry *key_entry_new(const struct store_key *key, struct error *err);
/* INVALID_PARAMETER when the policy is malformed. */
struct policy_entry *policy_entry_new(const struct store_policy *policy, struct error *err);
void account_entry_free(struct account_entry *entry);
void key_entry_free(struct key_entry *entry);
void policy_entry_free(struct policy_entry *entry);

/* Under the lock for writing. The entry comes in, in place of the one of its name, and is owned from now on;
 * one whose account is not there is freed. */
void accounts_take_account(struct accounts *accounts, struct account_entry *entry);
void accounts_take_key(struct accounts *accounts, struct key_entry *entry);
void accounts_take_policy(struct accounts *accounts, int64_t account, struct policy_entry *entry);
void accounts_drop_key(struct accounts *accounts, const char *id);
void accounts_drop_policy(struct accounts *accounts, int64_t account, const char *person, const char *name);

/* Under the lock. NULL when it is not there. */
struct key_entry *accounts_look_up(struct accounts *accounts, const char id[KEYS_ACCESS_MAX + 1]);

/* --- accounts_change.c --- */

/* A key of the file, for the operator's root. */
MUST_CHECK bool accounts_take_over(struct accounts *accounts, const char *access_key, const char *secret,
                                   struct error *err);

#endif
