/* Accounts, their keys and their policies, in memory: read from the store at the start, and changed with it.
 *
 * A change is part of the caller's transaction of the store (store_begin), or one of its own; it counts once
 * that is on disk, and an undone one never. Finding a key takes less than a microsecond and waits for nobody
 * but the applying of a change. May be used from many threads.
 *
 * Persons: a key belongs to a person of its account; letters compare without case. Several keys of one person
 * are one person. "root" may do all in its account but what a policy denies; everybody else may do only what
 * a policy allows. A policy is for one person or for everybody of the account; a denial wins.
 *
 * Accounts are listed with store_accounts_each and store_account_get, policies with store_policies_each. */
#ifndef ACCOUNT_ACCOUNTS_H
#define ACCOUNT_ACCOUNTS_H

#include "account/access_policy.h"
#include "account/keys.h"
#include "account/settings.h"
#include "store/seal.h"
#include "store/store.h"

#define ACCOUNT_ROOT "root"

struct accounts;

/* Who signs a request. Its secrets are to be wiped (principal_wipe) as soon as the signature is checked. */
struct principal {
    int64_t account; /* number */
    char account_id[STORE_ACCOUNT_ID + 1];
    enum store_account_status status; /* of the account; accounts_permit looks at it */
    bool is_operator;                 /* of the operator's account, which alone administers accounts */
    char person[LIMIT_PERSON + 1];
    char key[KEYS_ACCESS_MAX + 1];         /* the access key; of a session the one that it was made with */
    char secret[KEYS_SECRET_MAX + 1];      /* what signs */
    char previous[KEYS_SECRET_MAX + 1];    /* what may sign too, after a rotation; empty: nothing */
    bool is_temporary;                     /* a session */
    const struct access_policy *narrowing; /* a session's own policy, which must allow too; NULL: none */
    struct account_settings settings;      /* of the account */
};

/* A key as it is listed. */
struct account_key {
    const char *id, *person;
    bool enabled;
    int64_t created_ms, expires_ms, used_ms; /* 0: never */
};

/* A new key, shown once. */
struct account_secret {
    char access_key[KEYS_MADE_ACCESS + 1];
    char secret[KEYS_MADE_SECRET + 1];
};

/* Takes the keys of DIRECTORY/credentials (keys.h) that the store has never seen over as keys of the
 * operator's root; makes that file when it is not there. The store outlives the accounts. */
MUST_CHECK bool accounts_open(struct store *store, const char *directory, struct accounts **ret_accounts,
                              struct error *err);
/* Keeps when keys were used; wipes. Takes NULL. */
void accounts_close(struct accounts *accounts);

/* --- each request --- */

/* UNRECOGNIZED_CLIENT when nobody has the access key, or it is disabled or has expired. The principal of a
 * suspended account is found: accounts_permit refuses it, once it has proved who it is. */
MUST_CHECK bool accounts_find_key(struct accounts *accounts, struct bytes access_key, int64_t now_ms,
                                  struct principal *ret_principal, struct error *err);
/* Wipes the secrets. */
void principal_wipe(struct principal *principal);
/* The principal has signed rightly: remembered in memory, and on disk with accounts_flush. */
void accounts_key_used(struct accounts *accounts, const struct principal *principal, int64_t now_ms);
/* May the principal do this? Fills the last members of the request. ACCESS_DENIED names principal, action and
 * resource. */
MUST_CHECK bool accounts_permit(struct accounts *accounts, const struct principal *principal,
                                struct access_request *request, struct error *err);
/* For two-person release: one person, whatever the keys? */
bool principal_is_same_person(const struct principal *a, const struct principal *b);
/* Keeps on disk when keys were used; to be called now and then. */
MUST_CHECK bool accounts_flush(struct accounts *accounts, struct error *err);

/* --- changes --- */

/* Of `account` legal_name, country, contact, registrations and settings count. INVALID_PARAMETER, QUOTA. */
MUST_CHECK bool accounts_create(struct accounts *accounts, const struct store_account *account,
                                char ret_id[STORE_ACCOUNT_ID + 1], int64_t *ret_number, struct error *err);
/* Of the account of this id, the texts and the status become so: begin with what store_account_get gives.
 * INVALID_PARAMETER, NOT_FOUND; CONFLICT when the operator's would not be active. */
MUST_CHECK bool accounts_update(struct accounts *accounts, const struct store_account *account,
                                struct error *err);

/* person: 1 to LIMIT_PERSON letters, digits and "+=,.@_-". expires_ms 0: never. INVALID_PARAMETER, NOT_FOUND
 * (the account), QUOTA. The caller wipes the secret. */
MUST_CHECK bool accounts_key_create(struct accounts *accounts, int64_t account, const char *person,
                                    int64_t expires_ms, struct account_secret *ret_secret, struct error *err);
/* Up to `maximum` keys of an account by ascending id behind `after` (NULL: from the first), in the arena. */
MUST_CHECK bool accounts_keys_list(struct accounts *accounts, struct arena *arena, int64_t account,
                                   const char *after, size_t maximum, struct account_key **ret_keys,
                                   size_t *ret_count, struct error *err);
/* NOT_FOUND when the account has no such key. */
MUST_CHECK bool accounts_key_enable(struct accounts *accounts, int64_t account, const char *id, bool enabled,
                                    struct error *err);
/* 0: never. NOT_FOUND. */
MUST_CHECK bool accounts_key_expire(struct accounts *accounts, int64_t account, const char *id,
                                    int64_t expires_ms, struct error *err);
/* A new secret; the one that it had goes on for so long. NOT_FOUND; INVALID_PARAMETER beyond
 * LIMIT_KEY_GRACE_SECONDS. The caller wipes the secret. */
MUST_CHECK bool accounts_key_rotate(struct accounts *accounts, int64_t account, const char *id,
                                    int64_t grace_seconds, struct account_secret *ret_secret,
                                    struct error *err);
/* For good: the id is not taken over from DIR/credentials again either. NOT_FOUND. */
MUST_CHECK bool accounts_key_delete(struct accounts *accounts, int64_t account, const char *id,
                                    struct error *err);

/* person NULL: for everybody of the account. Takes the place of the person's policy of that name: 1 to
 * LIMIT_POLICY_NAME letters, digits and "+=,.@_-". INVALID_PARAMETER, NOT_FOUND (the account), QUOTA. */
MUST_CHECK bool accounts_policy_put(struct accounts *accounts, int64_t account, const char *person,
                                    const char *name, const char *document, struct error *err);
/* NOT_FOUND. */
MUST_CHECK bool accounts_policy_delete(struct accounts *accounts, int64_t account, const char *person,
                                       const char *name, struct error *err);

/* --- for session.c --- */

/* What seals session tokens. */
const struct seal_key *accounts_session_key(const struct accounts *accounts);

#endif
