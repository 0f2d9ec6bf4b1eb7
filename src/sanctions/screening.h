/* May this account be served? Its name and its owners' against the lists, the rules on ownership, on
 * countries and on what it wants the service for, and what persons have decided.
 *
 * Every finding has a subject, which a decision names:
 *
 *     uk/RUS1926     the account's name or number is like that of the listed one
 *     country, end-use
 *     uk/RUS1926/parent   it is like one whom a list names beside the listed (associates.h)
 *     ownership/uk   the rule on ownership of that name asks
 *
 * An exception (not-same) excuses one finding as long as neither side changes: the digest of both is what it
 * stands on. A licence excuses the findings of its list, rule or subject for its time, whatever the facts.
 * What is left is the result; a review may be cleared or refused by a decision that stands on all of it. */
#ifndef SANCTIONS_SCREENING_H
#define SANCTIONS_SCREENING_H

#include "base/arena.h"
#include "sanctions/dossier.h"
#include "sanctions/watchlists.h"
#include "store/screening.h"

/* What is known of an account; "" for what is not. */
struct screening_subject {
    const char *account; /* id */
    const char *legal_name, *country;
    const char *registrations; /* JSON: a list of {"Kind", "Value"} */
    const char *end_use, *party, *kind, *born;
};

/* What it is held against. */
struct screening_means {
    const struct screening_policy *policy;
    const struct watchlists *lists;
    const struct dossier *ownership; /* NULL: there are no facts */
    const struct rules *rules;
};

enum screening_matter {
    MATTER_NAME,
    MATTER_HOLDER,
    MATTER_COUNTRY,
    MATTER_END_USE,
    MATTER_OWNERSHIP,
    MATTER_LINK
};
#define MATTERS 6

struct screening_finding {
    enum screening_matter matter;
    enum result argues;
    const char *subject;
    const char *about;   /* who was looked up */
    const char *found;   /* the listed name; the rule's words */
    const char *why;     /* how it comes to that, of MATTER_LINK and MATTER_OWNERSHIP; else NULL */
    float score;         /* of names */
    struct sha256 sides; /* of both */
    int64_t excused_by;  /* number of the decision; 0: none */
};

struct screening {
    enum result result;
    enum serving service;
    struct screening_finding *findings;
    size_t finding_count;
    const char **holders; /* who owns, controls or directs it, as far as the facts go */
    size_t holder_count;
    struct sha256 account_side; /* of what the account says of itself */
    struct sha256 basis;        /* of that and all that is not excused: what a clearance stands on */
    int64_t decided_by;         /* number of the decision that settled it; 0: none was needed */
    int64_t until_ms;           /* served until; 0: not served; INT64_MAX: until further notice */
    const char *reason;         /* one sentence without names: "its name is on a sanctions list" */
};

/* In the arena. VALIDATION: it cannot be screened (a name without letters, more findings than anybody could
 * read): then there is no verdict, and it is not served. */
MUST_CHECK bool screening_make(struct arena *arena, const struct screening_subject *subject,
                               const struct screening_means *means, const struct store_decision *decisions,
                               size_t count, int64_t now_ms, struct screening *ret_screening,
                               struct error *err);
const char *screening_matter_name(enum screening_matter matter);
/* Digest of what the account says of itself. */
struct sha256 screening_account_side(const struct screening_subject *subject);

#endif
