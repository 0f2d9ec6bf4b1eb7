#include "sanctions/decision.h"

const char *decision_kind_name(enum decision_kind kind) {
    static const char *const names[DECISION_KINDS] = {"cleared", "refused", "not-same", "licence"};
    return names[kind];
}

const char *standing_name(enum standing standing) {
    static const char *const names[STANDINGS] = {"stands", "not yet made", "expired", "facts have changed"};
    return names[standing];
}

const char *service_name(enum serving service) {
    static const char *const names[SERVICES] = {"given", "held", "refused"};
    return names[service];
}

static bool is_told(const char *text) {
    return text && text[0];
}

bool decision_check(const struct decision *decision, struct error *err) {
    bool licence = decision->kind == DECISION_LICENCE;
    if (!is_told(decision->by) || !is_told(decision->reasons))
        return error_set(err, ERROR_VALIDATION, "a decision needs the person who made it, and reasons");
    if (decision->expires <= decision->at || decision->expires == DAY_LAST)
        return error_set(err, ERROR_VALIDATION, "a decision expires on a day after the one it was made on");
    if (licence != is_told(decision->authority) || licence != is_told(decision->reference))
        return error_set(err, ERROR_VALIDATION,
                         "a licence names its authority and its reference, and no other decision does");
    return true;
}

enum standing decision_standing(const struct decision *decision, const struct sha256 *facts, int32_t day) {
    if (day < decision->at)
        return STANDS_NOT_YET;
    if (day >= decision->expires)
        return STANDS_NO_MORE;
    bool same = decision->kind == DECISION_LICENCE || sha256_equal(decision->facts, *facts);
    return same ? STANDS : STANDS_ON_OTHER_FACTS;
}

/* How much a decision weighs against this result; 0: nothing. */
static int weight_of(enum decision_kind kind, enum result result) {
    if (kind == DECISION_REFUSED)
        return 3;
    if (kind == DECISION_LICENCE)
        return 2;
    return kind == DECISION_CLEARED && result < RESULT_BLOCKED;
}

enum serving service_of(const struct verdict *verdict, const char *party, const struct decision *decisions,
                        size_t count, size_t *ret_used) {
    int heaviest = 0;
    *ret_used = count;
    for (size_t i = 0; i < count; i++) {
        const struct decision *decision = &decisions[i];
        int weight = weight_of(decision->kind, verdict->result);
        if (weight > heaviest && strcmp(decision->party, party) == 0 &&
            strcmp(decision->regime, verdict->rule->regime) == 0 &&
            decision_standing(decision, &verdict->facts, verdict->day) == STANDS) {
            heaviest = weight;
            *ret_used = i;
        }
    }
    if (heaviest > 0)
        return decisions[*ret_used].kind == DECISION_REFUSED ? SERVICE_REFUSED : SERVICE_GIVEN;
    return verdict->result >= RESULT_BLOCKED  ? SERVICE_REFUSED
           : verdict->result >= RESULT_REVIEW ? SERVICE_HELD
                                              : SERVICE_GIVEN;
}
