/* What a person decided, with reasons: a review, a name that is somebody else's, or that an authority permits
 * it. A decision stands for some time and on some facts: it dies when either ends, and what it was
 * about is a review again. What was decided against stays so for as long.
 *
 * The verdict says, persons decide, service_of puts both together; nobody can decide away that a party is
 * blocked, but a licence permits it for its time. */
#ifndef SANCTIONS_DECISION_H
#define SANCTIONS_DECISION_H

#include "sanctions/verdict.h"

enum decision_kind {
    DECISION_CLEARED,  /* looked at; it is neither owned nor controlled */
    DECISION_REFUSED,  /* looked at; not to be served */
    DECISION_NOT_SAME, /* the listed one is another of the like name */
    DECISION_LICENCE,  /* an authority permits it */
};
#define DECISION_KINDS 4

struct decision {
    enum decision_kind kind;
    const char *party;  /* id in the graph, or of the account */
    const char *regime; /* "UK" */
    const char *by;     /* who decided: the id of a person */
    int32_t at;         /* when */
    const char *reasons;
    int32_t expires;                   /* no more from this day on; of a licence, too */
    struct sha256 facts;               /* what it stood on: that of the verdict; not looked at in a licence */
    const char *authority, *reference; /* of a licence: who gave it, and its number there */
};

enum standing {
    STANDS,
    STANDS_NOT_YET,       /* decided after the day */
    STANDS_NO_MORE,       /* expired */
    STANDS_ON_OTHER_FACTS /* something has changed since */
};
#define STANDINGS 4

enum serving {
    SERVICE_GIVEN,
    SERVICE_HELD, /* until a person decides */
    SERVICE_REFUSED,
};
#define SERVICES 3

/* Reasons, a person, an expiry after the day of decision; an authority and a reference for a
 * licence, and for nothing else. VALIDATION says what is wrong. */
MUST_CHECK bool decision_check(const struct decision *decision, struct error *err);
/* Whether it counts on the day, for something that stands on these facts now. */
enum standing decision_standing(const struct decision *decision, const struct sha256 *facts, int32_t day);
/* What becomes of the party: of the decisions about it in the verdict's regime that stand, a refusal counts
 * before a licence, and that before a clearance. *ret_used: the number of the one that counted, or `count`.
 */
enum serving service_of(const struct verdict *verdict, const char *party, const struct decision *decisions,
                        size_t count, size_t *ret_used);

/* "cleared", "expired", "held". */
const char *decision_kind_name(enum decision_kind kind);
const char *standing_name(enum standing standing);
const char *service_name(enum serving service);

#endif
