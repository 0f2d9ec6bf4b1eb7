/* Who is served. An account other than the operator's own is served only as long as it has a live verdict
 * (screening.h), which a decision, an exception or a licence may be part of.
 *
 * Screened when it is made, when a key is made for it, when what it says of itself, the lists, the facts of
 * ownership (DIR/ownership.json), the rules (DIR/screening.ini) or a decision changes, and when a decision
 * that it rests on ends. Of a change of lists only the accounts that it touches (touched.h) are screened
 * again. Whether an account is served is one number in memory, which each request looks at.
 *
 * When lists, facts or rules cannot be read, or a list is not healthy, nobody has a verdict.
 *
 * Every verdict that differs from the one before is in the record, and so is each begin and end of service;
 * who the account is stands there sealed (party_seal.h). May be used from many threads. */
#ifndef SANCTIONS_GATE_H
#define SANCTIONS_GATE_H

#include "record/record.h"
#include "sanctions/screening.h"

#define GATE_NO_VERDICT (-1) /* in place of enum result and enum serving */

struct gate;

/* data: the data folder. Screens all accounts, and starts the thread that watches for changes. record NULL:
 * nothing is recorded (tests). Store and record outlive the gate. */
MUST_CHECK bool gate_open(const char *data, struct store *store, struct record *record,
                          struct gate **ret_gate, struct error *err);
/* Takes NULL. */
void gate_close(struct gate *gate);

/* Each request, and each issue of a key: whether the account is served now. ACCESS_DENIED says why not. */
MUST_CHECK bool gate_permit(struct gate *gate, int64_t account, const char *account_id, int64_t now_ms,
                            struct error *err);
/* The bare look, without a reason. */
bool gate_is_open(const struct gate *gate, int64_t account, int64_t now_ms);

/* Screens an account now, after it was made or changed or because somebody asks; by: the person, NULL: the
 * program. Inside a transaction it is part of that, and counts once it is on disk. Kept and recorded when it
 * differs from the verdict before, or is asked for by a person. NOT_FOUND. */
MUST_CHECK bool gate_screen(struct gate *gate, const char *account_id, const char *by, int64_t now_ms,
                            struct error *err);
/* The last verdict, of the store; in the arena. *ret_found: whether there is one. */
MUST_CHECK bool gate_verdict(struct gate *gate, struct arena *arena, const char *account_id,
                             struct store_screening *ret_screening, bool *ret_found, struct error *err);
/* What the account says of itself; screens it. account of the profile does not count. NOT_FOUND. */
MUST_CHECK bool gate_profile_put(struct gate *gate, const char *account_id,
                                 const struct store_profile *profile, const char *by, int64_t now_ms,
                                 struct error *err);

/* A person decides: kind, subject, by, reasons, expires, authority and reference count. NOT_SAME is about a
 * finding there is, LICENCE about a list, a rule or a finding, CLEARED and REFUSED about all (their subject
 * is ""). INVALID_PARAMETER: it is not whole; CONFLICT: a clearance of what is no review; NOT_FOUND. */
MUST_CHECK bool gate_decide(struct gate *gate, const char *account_id, const struct store_decision *decision,
                            int64_t now_ms, int64_t *ret_number, struct error *err);
/* From now on it does not count. NOT_FOUND. */
MUST_CHECK bool gate_withdraw(struct gate *gate, const char *account_id, int64_t number, const char *by,
                              int64_t now_ms, struct error *err);

/* Looks for changes, as the thread does every LIMIT_SCREENING_WATCH_MS; *ret_screened: how many accounts were
 * screened again. */
MUST_CHECK bool gate_watch(struct gate *gate, int64_t now_ms, uint32_t *ret_screened, struct error *err);

#endif
