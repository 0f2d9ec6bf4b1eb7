/* The ownership and control rules of the authorities, as data: what counts, from which share on, and when
 * the rule is in force. rules_default gives those the program was built with; a file changes them or adds
 * more (docs/ownership.md). */
#ifndef SANCTIONS_RULES_H
#define SANCTIONS_RULES_H

#include "base/error.h"
#include "base/limits.h"
#include "sanctions/graph.h"

/* What a sign of control by somebody listed leads to. */
enum control_limb {
    CONTROL_IGNORED,
    CONTROL_CAUTION, /* told as a risk: the authority asks for care */
    CONTROL_LIMB,    /* the rule covers control, which a person has to judge */
};

/* In force from the first day to the one before `until`. */
struct period {
    int32_t from, until;
};

struct rule {
    char name[32];       /* "uk" */
    char regime[32];     /* whose listings count: "UK" */
    char authority[128]; /* the law, in words */
    char source[256];    /* where that stands */
    uint32_t threshold;  /* in millionths */
    bool inclusive;      /* exactly the threshold is enough */
    bool aggregate;      /* the holdings of several listed parties are added up */
    bool votes;          /* votes count as shares do */
    bool board;          /* the right to appoint most of the board counts as a majority does */
    bool joint;          /* what is held under a joint arrangement counts for each who is in it */
    enum control_limb control;
    uint32_t influence;      /* a share from which on a holder may have control */
    bool unknown_is_review;  /* owners that nobody knows are a question for a person; else a risk */
    uint32_t lookback_days;  /* how long a holding that was given up is a question */
    char risk_countries[96]; /* "RU BY": named as a risk */
    struct period periods[LIMIT_OWNERSHIP_PERIODS];
    uint32_t period_count; /* 0: always in force */
};

struct rules {
    struct rule rules[LIMIT_OWNERSHIP_RULES];
    uint32_t count;
};

void rules_default(struct rules *ret_rules);
/* Reads an INI file over them: a section a rule, by name; what it does not say stays. `name` is for
 * the message. VALIDATION names the line, and *rules is then as before. */
MUST_CHECK bool rules_read(FILE *file, const char *name, struct rules *rules, struct error *err);
bool rule_in_force(const struct rule *rule, int32_t day);
/* Whether the share is as large as the rule asks. */
bool rule_is_met(const struct rule *rule, uint64_t share);
/* NULL when there is none of that name. */
const struct rule *rules_find(const struct rules *rules, const char *name);

#endif
