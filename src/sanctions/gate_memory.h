/* What a gate is in memory; private to gate*.c. */
#ifndef SANCTIONS_GATE_MEMORY_H
#define SANCTIONS_GATE_MEMORY_H

#include <pthread.h>
#include <stdatomic.h>
#include "sanctions/gate.h"
#include "sanctions/party_seal.h"
#include "sanctions/touched.h"

/* What accounts are held against, all of one moment. */
struct means {
    bool good; /* else nobody has a verdict: */
    struct error failure;
    struct screening_policy policy;
    bool has_policy; /* it could be read */
    struct watchlists *lists;
    struct dossier ownership;
    bool has_ownership;
    struct sha256 facts; /* of the file of ownership */
    struct rules rules;
};

struct gate {
    char *data;
    struct store *store;
    struct record *record;
    struct party_seal seal;
    /* Until when the account of this number is served; 0: it is not. */
    _Atomic int64_t until_ms[LIMIT_ACCOUNTS + 1];
    /* Order of locks: watching, a transaction of the store, then this. */
    pthread_rwlock_t lock;
    struct means *means;
    pthread_mutex_t watching; /* held by who looks for changes */
    bool unsettled;           /* something of the last change is yet to be done: do all of it */
    pthread_mutex_t sleep;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stopping;
};

/* --- gate_means.c --- */

/* With good false when something of it cannot be had; NULL when there is no memory. */
struct means *means_load(const char *data, int64_t now_ms);
/* Takes NULL. */
void means_free(struct means *means);
/* Whether loading anew would give the same. */
bool means_are_current(const struct means *means, const char *data, int64_t now_ms);

/* --- gate_lists.c --- */

/* What a change came to, in all lists together. */
struct list_change {
    struct touched_counts counts; /* 0 also when they are not known */
    uint32_t touched;             /* accounts that are screened again */
};

/* Tells the record of each list that stands otherwise than was told last. */
MUST_CHECK bool gate_record_lists(struct gate *gate, const struct means *means,
                                  const struct list_change *change, int64_t now_ms, struct error *err);

/* --- gate_settle.c --- */

enum settle_why { SETTLE_CHANGE, SETTLE_ASKED };

/* Screens an account, keeps and records what differs, and sets its flag with the commit. */
MUST_CHECK bool gate_settle(struct gate *gate, const char *account_id, const char *trigger, const char *by,
                            enum settle_why why, int64_t now_ms, struct error *err);

/* What a verdict would be now; nothing is kept. In the arena. */
MUST_CHECK bool gate_look(struct gate *gate, struct arena *arena, const struct store_account *account,
                          int64_t now_ms, struct screening *ret_screening, struct error *err);

#endif
