/* Which accounts a change of the lists touches: those whose name or number is like that of somebody who was
 * added, removed or changed, or whom the list names beside one of these. The others keep their verdicts. */
#ifndef SANCTIONS_TOUCHED_H
#define SANCTIONS_TOUCHED_H

#include "sanctions/watchlists.h"

struct touched;

/* NULL when there is no memory. */
struct touched *touched_new(void);
/* Takes NULL. */
void touched_free(struct touched *touched);
/* A name and a number that an account is found by; owner: the caller's number, which comes back. A name that
 * cannot be read makes its owner always touched. */
MUST_CHECK bool touched_add_name(struct touched *touched, struct bytes name, uint32_t owner,
                                 struct error *err);
MUST_CHECK bool touched_add_number(struct touched *touched, struct bytes number, uint32_t owner,
                                   struct error *err);
/* After the last of them: sets marks[owner] of those that the change touches, and what has changed.
 * before and after may be NULL: then everybody is touched. */
struct touched_counts {
    uint32_t added, removed, changed;
};
MUST_CHECK bool touched_find(struct touched *touched, const struct watchlists *before,
                             const struct watchlists *after, bool *marks, uint32_t owners,
                             struct touched_counts *ret_counts, struct error *err);

#endif
