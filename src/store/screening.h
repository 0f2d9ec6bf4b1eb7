/* What is kept of who may be served: verdicts, what accounts say of themselves, decisions, concerns. The
 * evidence is the record; this is what the server works with, and may be lost without harm to it.
 *
 * Numbers that stand for kinds and results are the caller's. Strings that come back live in the arena. */
#ifndef STORE_SCREENING_H
#define STORE_SCREENING_H

#include "store/store.h"

/* --- verdicts: the last one of each account --- */

struct store_screening {
    int64_t account;
    int64_t made_ms;
    int64_t until_ms;    /* it is served until then; 0: it is not */
    int result, service; /* enum result, enum gate_service */
    struct sha256 basis; /* what it stood on */
    const char *reason;  /* one sentence */
    const char *details; /* JSON: list versions, findings */
};
/* Takes the place of the one before. NOT_FOUND when the account is not there. */
MUST_CHECK bool store_screening_put(struct store *store, const struct store_screening *screening,
                                    struct error *err);
/* False in *ret_found when the account was never screened. */
MUST_CHECK bool store_screening_get(struct store *store, struct arena *arena, int64_t account,
                                    struct store_screening *ret_screening, bool *ret_found,
                                    struct error *err);
/* Those of this service, of accounts that are not closed. A screening lives for its visit. */
MUST_CHECK bool store_screenings_each(struct store *store, int service,
                                      bool (*visit)(void *context, const struct store_screening *screening,
                                                    struct error *err),
                                      void *context, struct error *err);

/* --- what an account says of itself beside its name and country; "" for what it does not --- */

struct store_profile {
    int64_t account;
    const char *end_use; /* what it will do with the service */
    const char *party;   /* its id among the facts of ownership */
    const char *kind;    /* "person", "entity" */
    const char *born;    /* "1971-06-05" */
};
MUST_CHECK bool store_profile_put(struct store *store, const struct store_profile *profile,
                                  struct error *err);
/* Empty strings when there is none. */
MUST_CHECK bool store_profile_get(struct store *store, struct arena *arena, int64_t account,
                                  struct store_profile *ret_profile, struct error *err);

/* --- decisions of persons --- */

struct store_decision {
    int64_t number; /* never used again */
    int64_t account;
    int kind;            /* enum decision_kind */
    const char *subject; /* what it is about */
    const char *by, *reasons;
    int32_t at, expires; /* days since 1970 */
    struct sha256 facts;
    const char *authority, *reference; /* NULL: none */
    int64_t withdrawn_ms;              /* 0: not */
};
/* NOT_FOUND when the account is not there; QUOTA beyond LIMIT_DECISIONS of an account. */
MUST_CHECK bool store_decision_add(struct store *store, const struct store_decision *decision,
                                   int64_t *ret_number, struct error *err);
/* All of the account, oldest first. */
MUST_CHECK bool store_decisions_get(struct store *store, struct arena *arena, int64_t account,
                                    struct store_decision **ret_decisions, size_t *ret_count,
                                    struct error *err);
/* NOT_FOUND when the account has none of this number that is not withdrawn already. */
MUST_CHECK bool store_decision_withdraw(struct store *store, int64_t account, int64_t number, int64_t now_ms,
                                        struct error *err);

/* --- concerns: sealed to others, so that nobody here can read them --- */

struct store_concern {
    const char *id; /* UUID */
    int64_t lodged_ms;
    int64_t answered_ms; /* 0: not */
    int64_t entry;       /* index in the record */
    struct bytes sealed; /* padded */
};
MUST_CHECK bool store_concern_add(struct store *store, const struct store_concern *concern,
                                  struct error *err);
/* NOT_FOUND. */
MUST_CHECK bool store_concern_get(struct store *store, struct arena *arena, const char *id,
                                  struct store_concern *ret_concern, struct error *err);
/* Up to `maximum`, the oldest first, without what is sealed. */
MUST_CHECK bool store_concerns_list(struct store *store, struct arena *arena, size_t maximum,
                                    struct store_concern **ret_concerns, size_t *ret_count,
                                    struct error *err);
/* NOT_FOUND when there is no unanswered one. */
MUST_CHECK bool store_concern_answer(struct store *store, const char *id, int64_t now_ms, struct error *err);
/* How many wait for an answer, and of those how many were lodged before a time. */
MUST_CHECK bool store_concerns_waiting(struct store *store, int64_t before_ms, int64_t *ret_waiting,
                                       int64_t *ret_overdue, struct error *err);

/* One-time codes, by their hash. */
MUST_CHECK bool store_concern_code_add(struct store *store, struct sha256 code, int64_t now_ms,
                                       struct error *err);
/* It is gone then. NOT_FOUND. */
MUST_CHECK bool store_concern_code_use(struct store *store, struct sha256 code, struct error *err);

#endif
