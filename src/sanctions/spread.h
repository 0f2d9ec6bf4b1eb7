/* How far ownership and influence reach from some parties: the searches that a verdict is made of.
 *
 * Ownership spreads as the rules say: a party that is owned belongs to the owners from then on, and all that
 * it holds counts as theirs in full. So a chain holds when each of its links does, shares that reach a
 * company by several ways add up, and a circle of holdings is entered from outside or not at all. Parties
 * only ever join, so the search ends. Three bounds are searched:
 *   CERTAIN   what is held at least;
 *   POSSIBLE  what they hold at most, where the sources leave that open;
 *   UNKNOWN   and what nobody is said to hold counts as theirs as well.
 * Stated effective shares contain others, so they are not added to anything: of direct shares together and
 * the largest effective one, the larger counts. Influence spreads over every link, whatever the rule adds up.
 */
#ifndef SANCTIONS_SPREAD_H
#define SANCTIONS_SPREAD_H

#include "sanctions/rules.h"
#include "sanctions/view.h"

enum bound { BOUND_CERTAIN, BOUND_POSSIBLE, BOUND_UNKNOWN };

/* An ally of somebody inside counts, by joint arrangement, where somebody inside holds something too. */
enum reach { REACH_OUT, REACH_ALLY, REACH_IN };

struct spread {
    const struct view *view;
    const struct rule *rule;
    bool *near;      /* a party: can ownership of the target come from it? Others are left out */
    uint64_t work;   /* links that may still be looked at */
    uint8_t *reach;  /* a party: enum reach */
    uint32_t *rank;  /* a party: when it joined */
    uint32_t *via;   /* a party: of spread_influence, the link it was reached by */
    uint32_t *queue; /* those that joined, in order */
    uint32_t queued;
};

/* All in the arena. Finds what is near: everything that ownership or influence over the target can come from,
 * and the target. QUOTA when the arena or the work is used up, as do the others. */
MUST_CHECK bool spread_make(struct arena *arena, const struct view *view, const struct rule *rule,
                            uint32_t target, struct spread *ret_spread, struct error *err);
/* From the seeds, over ownership. */
MUST_CHECK bool spread_owned(struct spread *spread, const uint32_t *seeds, uint32_t count, enum bound bound,
                             struct error *err);
/* From one party, to near and far: over all that is no holding, and over holdings of at least this share
 * together. */
MUST_CHECK bool spread_influence(struct spread *spread, uint32_t seed, uint32_t share, struct error *err);
/* How much of the capital nobody is said to hold. */
uint32_t spread_unexplained(const struct view *view, uint32_t party);
/* Whether influence over one end of the link comes from this end. */
bool link_leads_from(const struct link *link, uint32_t party);
bool party_has_owners(const struct party *party);

#endif
