/* Who stands behind an account by what the lists themselves state: facts for its graph (graph.h).
 *
 * When a party of the graph is found to be one that a list tells of (a sighting), the links above that one
 * become facts, and those above these, as far as the list goes:
 *
 *     owner       owns it: the share that is told, else any from nothing to all, as lists use "owned or
 *                 controlled by" and "parent" of both
 *     director    directs it
 *     principal   it acts for that one
 *     relative    family
 *
 * with their days, and list, version and id as their source. Designated parties are listed under the regimes
 * that regime.h tells. Above a designated party only owners are followed.
 *
 * A name can be anybody's: only sightings that are sure make facts on which a rule may block, those by a
 * number with right check digits or by the operator's word ("ids": {"<list>": "<id>"} in the facts of
 * ownership). A sighting by name makes facts in the other graph, that of all sightings, of which nothing
 * follows but a review. A holder whom one rule could count twice, told by two lists or by a list and the
 * operator, is one party where the names are alike, so that its shares are not added up. */
#ifndef SANCTIONS_HOLDERS_H
#define SANCTIONS_HOLDERS_H

#include "sanctions/graph.h"
#include "sanctions/rules.h"
#include "sanctions/watchlists.h"

/* A party of the graph is, or may be, one that a list tells of. */
struct sighting {
    uint32_t party; /* of the graph */
    uint32_t list;  /* number of watchlists.lists */
    struct listed_party who;
    bool sure; /* else by its name */
};

struct holders_means {
    const struct watchlists *lists;
    const struct rules *rules;
    struct screener *designated, *associates; /* of the lists' two indexes */
};

/* Adds to the graph what follows from the sure sightings, or from all. Of parties that lists put above it at
 * most LIMIT_SCREENING_ASSOCIATES, the nearest. Errors are those of the graph and of screen_find. */
MUST_CHECK bool holders_add(struct graph *graph, const struct holders_means *means,
                            const struct sighting *sightings, size_t count, bool all, struct error *err);

#endif
