/* What a rule says about a party on a day, and why: the findings, each with the links that led to it.
 *
 * The program never decides a question of control, nor one that the facts leave open: those are reviews, and
 * a person decides them (decision.h). A verdict bears a digest of all it stood on, so that a decision dies
 * when one of these facts changes; the passing of days alone does not change it. */
#ifndef SANCTIONS_VERDICT_H
#define SANCTIONS_VERDICT_H

#include "base/digest.h"
#include "sanctions/rules.h"
#include "sanctions/view.h"

/* In the order of gravity. */
enum result {
    RESULT_CLEAR,
    RESULT_CLEAR_WITH_RISK, /* nothing forbids it; somebody may want to know */
    RESULT_REVIEW,
    RESULT_REVIEW_CONTROL, /* the control limb of the rule is for a person to judge */
    RESULT_BLOCKED,
};
#define RESULTS 5

enum finding_kind {
    FINDING_LISTED,       /* the party itself, with its assets frozen */
    FINDING_LISTED_ONLY,  /* itself, but no freeze yet */
    FINDING_OWNED,        /* as much as the rule asks is held by frozen parties */
    FINDING_OWNED_LISTED, /* the same with those that are listed but not frozen yet */
    FINDING_TOGETHER,     /* several hold it, and the rule adds up only under a joint arrangement */
    FINDING_MAY_OWN,      /* the sources leave open whether it is as much */
    FINDING_CONTROL,      /* somebody listed may control it, over the steps */
    FINDING_FELL,         /* a holding or an office of somebody listed, or under its influence, ended */
    FINDING_UNKNOWN,      /* too much of it belongs to nobody knows whom */
    FINDING_HOLDS,        /* somebody listed holds a little of it, directly or not */
    FINDING_COUNTRY,      /* the party or an owner is of a country that the rule names as a risk */
};
#define FINDING_KINDS 11
#define PARTY_SEVERAL UINT32_MAX

struct finding {
    enum finding_kind kind;
    enum result argues; /* what it alone leads to */
    /* Who is listed; of FINDING_UNKNOWN the one whose owners are not known, of FINDING_COUNTRY the one of
     * that country; PARTY_SEVERAL. */
    uint32_t party;
    const struct link *steps; /* from the cause to the party asked about */
    uint32_t step_count;
    bool cut;       /* there are more steps than LIMIT_OWNERSHIP_STEPS */
    uint32_t fact;  /* FINDING_FELL: the one that ended */
    uint32_t share; /* FINDING_FELL: what is left; FINDING_UNKNOWN: how much is not told. Millionths */
};

struct verdict {
    enum result result;
    uint32_t party; /* asked about */
    int32_t day;
    const struct rule *rule;
    bool in_force;            /* when not, only being listed oneself counts for more than a risk */
    struct finding *findings; /* the gravest first */
    uint32_t finding_count;
    uint32_t findings_left_out;
    uint32_t listings; /* of the regime in the whole graph, on any day: with none it cannot tell anything */
    /* A party: its listing in the regime that counts on the day, one with a freeze before others, or NULL. */
    const struct listing **listed_as;
    struct sha256 facts; /* what it stood on */
};

/* In the arena. QUOTA when the graph is too large or too entangled: then there is no verdict, which never
 * counts as clear. */
MUST_CHECK bool verdict_make(struct arena *arena, const struct view *view, const struct rule *rule,
                             uint32_t party, struct verdict *ret_verdict, struct error *err);

/* "review-control", "may-own". */
const char *result_name(enum result result);
const char *finding_kind_name(enum finding_kind kind);
bool listing_is_frozen(const struct listing *listing, int32_t day);

#endif
