/* What a search has not decided yet: rows of which codes say only between what and what their product with
 * the probe is.
 *
 * As many rows as were asked for reach some `least` surely, so that whatever cannot reach that is out, before
 * any full vector was read. Rows whose `most` is above it wait here. The few that are left at the end are
 * read; while the floor rises they would have been many. */
#ifndef MATCH_SHORTLIST_H
#define MATCH_SHORTLIST_H

#include "match/ranking.h"

struct candidate {
    struct uuid face;
    uint32_t row;
    float least, most;
};

struct shortlist {
    struct ranking leasts;        /* the best of all that were ever noted */
    struct candidate *candidates; /* in the order of their notes */
    size_t count, room;
};

/* For a ranking of `maximum`; more: candidates that it may get between two shortlist_trim. */
MUST_CHECK bool shortlist_new(size_t maximum, size_t more, struct shortlist *ret_list);
void shortlist_release(struct shortlist *list);
/* There must be room. */
void shortlist_note(struct shortlist *list, const struct candidate *candidate);
/* Lets those go that stay below the floor. */
void shortlist_trim(struct shortlist *list, float floor);
/* By descending `most`. */
void shortlist_sort(struct shortlist *list);

#endif
