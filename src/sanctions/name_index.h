/* All names of the lists, so that those that could match one are found at once.
 *
 * Filled, then sealed; from then on any number of threads may look, each with a search of its own. */
#ifndef SANCTIONS_NAME_INDEX_H
#define SANCTIONS_NAME_INDEX_H

#include "sanctions/match.h"

struct name_index;

/* NULL when there is no memory. */
struct name_index *name_index_new(void);
/* Takes NULL. */
void name_index_free(struct name_index *index);
/* Adds one reading of a name; owner is the caller's number for it. */
MUST_CHECK bool name_index_add(struct name_index *index, const struct name *name, uint32_t owner,
                               struct error *err);
MUST_CHECK bool name_index_seal(struct name_index *index, struct error *err);

/* What one thread needs to look. */
struct name_search;

/* NULL when there is no memory. The index must be sealed and outlive the search. */
struct name_search *name_search_new(const struct name_index *index);
/* Takes NULL. */
void name_search_free(struct name_search *search);

struct name_hit {
    uint32_t owner, entry; /* entry: of name_index_name */
    uint8_t reading;       /* of the name looked for */
    struct match match;    /* a: the name looked for, b: the listed one */
};

/* The names of the same schema that match any of the readings with at least `least`, best first, one for each
 * owner; of more than `maximum` the best. Returns how many. There is no name that is not looked up: where no
 * key meets, the whole vocabulary is compared. */
size_t name_search_find(struct name_search *search, const struct name_readings *name, float least,
                        struct name_hit *ret_hits, size_t maximum);
/* The listed name of a hit. */
void name_index_name(const struct name_index *index, uint32_t entry, struct name *ret_name);

#endif
