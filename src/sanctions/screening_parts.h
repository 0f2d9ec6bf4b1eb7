/* A screening while it is made; private to screening*.c. */
#ifndef SANCTIONS_SCREENING_PARTS_H
#define SANCTIONS_SCREENING_PARTS_H

#include "sanctions/holders.h"
#include "sanctions/screening.h"

struct making {
    struct arena *arena;
    const struct screening_subject *subject;
    const struct screening_means *means;
    const struct store_decision *decisions;
    size_t decision_count;
    struct screener *designated, *associates; /* of the lists' two indexes */
    struct screen_hit *hits;
    int32_t day;
    const struct graph *graph; /* the operator's facts; NULL: the account names no party of them */
    uint32_t party;            /* of that graph, or of the one that has the account alone */
    struct sighting *sightings;
    size_t sighting_count;
    struct screening out;
};

/* Puts a finding in; of what was found before, the graver one stays. VALIDATION: there are too many. */
MUST_CHECK bool making_add(struct making *making, struct screening_finding finding, struct error *err);
struct sha256 both_of(struct sha256 a, struct sha256 b);

/* --- screening_rules.c --- */

/* What each rule on ownership says of the account, by the operator's facts and what sightings add. */
MUST_CHECK bool look_at_rules(struct making *making, struct error *err);

/* --- screening_weigh.c --- */

/* A person has said that it is about somebody else. */
bool is_another(const struct making *making, const struct screening_finding *finding);
/* What is not excused, and whether that, or a decision about it, lets the account be served. */
MUST_CHECK bool weigh(struct making *making, struct error *err);

#endif
