/* The look at an account's flag, and what persons decide. */
#include "sanctions/gate_memory.h"

enum { ACCOUNTS_BYTES = 256 * 1024 * 1024, MS_PER_DAY = 24 * 60 * 60 * 1000 };

/* --- each request --- */

bool gate_is_open(const struct gate *gate, int64_t account, int64_t now_ms) {
    return account == STORE_OPERATOR ||
           (account > 0 && account <= LIMIT_ACCOUNTS && atomic_load(&gate->until_ms[account]) > now_ms);
}

bool gate_permit(struct gate *gate, int64_t account, const char *account_id, int64_t now_ms,
                 struct error *err) {
    if (gate_is_open(gate, account, now_ms))
        return true;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ACCOUNTS_BYTES);
    struct store_screening screening;
    struct error failure;
    bool found = false;
    const char *reason = "it was never screened";
    if (arena && store_screening_get(gate->store, arena, account, &screening, &found, &failure) && found)
        reason = screening.until_ms > 0 ? "the decision that it rested on has ended" : screening.reason;
    return error_set(err, ERROR_ACCESS_DENIED, "account %s is not served: %s", account_id, reason);
}

/* --- verdicts and decisions --- */

bool gate_screen(struct gate *gate, const char *account_id, const char *by, int64_t now_ms,
                 struct error *err) {
    return gate_settle(gate, account_id, by ? "asked" : "account", by, by ? SETTLE_ASKED : SETTLE_CHANGE,
                       now_ms, err);
}

bool gate_verdict(struct gate *gate, struct arena *arena, const char *account_id,
                  struct store_screening *ret_screening, bool *ret_found, struct error *err) {
    struct store_account account;
    return store_account_get(gate->store, arena, account_id, &account, err) &&
           store_screening_get(gate->store, arena, account.number, ret_screening, ret_found, err);
}

static bool put_profile(struct gate *gate, struct arena *arena, const char *account_id,
                        const struct store_profile *profile, const char *by, int64_t now_ms,
                        struct error *err) {
    struct store_account account;
    struct store_profile kept = *profile;
    if (!store_account_get(gate->store, arena, account_id, &account, err))
        return false;
    kept.account = account.number;
    return store_profile_put(gate->store, &kept, err) &&
           gate_settle(gate, account_id, "profile", by, SETTLE_ASKED, now_ms, err);
}

bool gate_profile_put(struct gate *gate, const char *account_id, const struct store_profile *profile,
                      const char *by, int64_t now_ms, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ACCOUNTS_BYTES);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for a profile");
    if (!store_begin(gate->store, err))
        return false;
    if (put_profile(gate, arena, account_id, profile, by, now_ms, err))
        return store_commit(gate->store, err);
    store_rollback(gate->store);
    return false;
}

/* The digest of both sides of the finding with this subject, as the last verdict saw them, is found by
 * screening anew; `screening` is of this moment. */
static bool sides_of(const struct screening *screening, const char *subject, struct sha256 *ret_sides,
                     struct error *err) {
    for (size_t i = 0; i < screening->finding_count; i++) {
        const struct screening_finding *finding = &screening->findings[i];
        if (strcmp(finding->subject, subject) == 0 &&
            (finding->matter == MATTER_NAME || finding->matter == MATTER_HOLDER ||
             finding->matter == MATTER_LINK)) {
            *ret_sides = finding->sides;
            return true;
        }
    }
    return error_set(err, ERROR_NOT_FOUND, "No finding about the account has the subject %s", subject);
}

static bool decision_is_whole(const struct store_decision *decision, struct error *err) {
    struct decision checked = {.kind = (enum decision_kind)decision->kind,
                               .by = decision->by,
                               .at = decision->at,
                               .reasons = decision->reasons,
                               .expires = decision->expires,
                               .authority = decision->authority,
                               .reference = decision->reference};
    bool about_all = decision->kind == DECISION_CLEARED || decision->kind == DECISION_REFUSED;
    struct error failure;
    if (!decision_check(&checked, &failure))
        return error_set(err, ERROR_INVALID_PARAMETER, "%s", failure.text);
    return about_all == (decision->subject[0] == 0) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "a licence or an exception names its subject, and no other decision does");
}

/* What the decision stands on now. */
static bool stand_on(struct gate *gate, struct arena *arena, const struct store_account *account,
                     struct store_decision *decision, int64_t now_ms, struct error *err) {
    struct screening screening;
    if (decision->kind == DECISION_LICENCE)
        return true;
    if (!gate_look(gate, arena, account, now_ms, &screening, err))
        return false;
    if (decision->kind == DECISION_NOT_SAME)
        return sides_of(&screening, decision->subject, &decision->facts, err);
    decision->facts = screening.basis;
    return decision->kind != DECISION_CLEARED ||
           (screening.result >= RESULT_REVIEW && screening.result < RESULT_BLOCKED) ||
           error_set(err, ERROR_CONFLICT, "The verdict is %s: there is nothing to clear",
                     result_name(screening.result));
}

static bool record_decision(struct gate *gate, const char *account_id, const struct store_decision *decision,
                            bool withdrawn, int64_t now_ms, struct error *err) {
    CLEANUP_FREE struct party_sealed *sealed = calloc(1, sizeof *sealed);
    char facts[65], expires[DAY_TEXT];
    struct record_detail details[LIMIT_RECORD_DETAILS] = {{.name = "decision", .number = decision->number}};
    size_t count = 1;
    if (!gate->record)
        return true;
    if (!sealed)
        return error_set(err, ERROR_INTERNAL, "no memory for a decision");
    if (withdrawn)
        details[count++] = (struct record_detail){.name = "withdrawn", .number = 1};
    else {
        sha256_hex(decision->facts, facts);
        day_format(decision->expires, expires);
        details[count++] = (struct record_detail){
            .name = "kind", .text = decision_kind_name((enum decision_kind)decision->kind)};
        details[count++] = (struct record_detail){.name = "facts", .text = facts};
        details[count++] = (struct record_detail){.name = "expires", .text = expires};
        if (decision->subject[0])
            details[count++] = (struct record_detail){.name = "subject", .text = decision->subject};
        if (decision->kind == DECISION_LICENCE) {
            details[count++] = (struct record_detail){.name = "authority", .text = decision->authority};
            details[count++] = (struct record_detail){.name = "reference", .text = decision->reference};
        }
        if (!party_seal_close(&gate->seal, bytes_of(decision->reasons), sealed, err))
            return false;
        for (size_t i = 0; i < sealed->count; i++)
            details[count++] = (struct record_detail){sealed->names[i], sealed->texts[i], 0};
    }
    struct record_entry entry = {.kind = RECORD_DECISION,
                                 .started_ms = now_ms,
                                 .account = account_id,
                                 .person = decision->by,
                                 .operation = "screening",
                                 .details = details,
                                 .detail_count = count};
    return record_put(gate->record, &entry, NULL, err);
}

static bool decide(struct gate *gate, struct arena *arena, const char *account_id,
                   struct store_decision *decision, int64_t now_ms, struct error *err) {
    struct store_account account;
    if (!store_account_get(gate->store, arena, account_id, &account, err))
        return false;
    decision->account = account.number;
    return stand_on(gate, arena, &account, decision, now_ms, err) &&
           store_decision_add(gate->store, decision, &decision->number, err) &&
           record_decision(gate, account_id, decision, false, now_ms, err) &&
           gate_settle(gate, account_id, "decision", decision->by, SETTLE_ASKED, now_ms, err);
}

bool gate_decide(struct gate *gate, const char *account_id, const struct store_decision *decision,
                 int64_t now_ms, int64_t *ret_number, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ACCOUNTS_BYTES);
    struct store_decision made = *decision;
    made.at = (int32_t)(now_ms / MS_PER_DAY);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for a decision");
    if (!decision_is_whole(&made, err) || !store_begin(gate->store, err))
        return false;
    if (!decide(gate, arena, account_id, &made, now_ms, err)) {
        store_rollback(gate->store);
        return false;
    }
    if (!store_commit(gate->store, err))
        return false;
    *ret_number = made.number;
    return true;
}

static bool withdraw(struct gate *gate, struct arena *arena, const char *account_id, int64_t number,
                     const char *by, int64_t now_ms, struct error *err) {
    struct store_account account;
    struct store_decision decision = {.number = number, .by = by};
    return store_account_get(gate->store, arena, account_id, &account, err) &&
           store_decision_withdraw(gate->store, account.number, number, now_ms, err) &&
           record_decision(gate, account_id, &decision, true, now_ms, err) &&
           gate_settle(gate, account_id, "decision", by, SETTLE_ASKED, now_ms, err);
}

bool gate_withdraw(struct gate *gate, const char *account_id, int64_t number, const char *by, int64_t now_ms,
                   struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ACCOUNTS_BYTES);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for a decision");
    if (!store_begin(gate->store, err))
        return false;
    if (withdraw(gate, arena, account_id, number, by, now_ms, err))
        return store_commit(gate->store, err);
    store_rollback(gate->store);
    return false;
}
