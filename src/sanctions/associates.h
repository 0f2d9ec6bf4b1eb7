/* Parties that lists name beside those that they designate: a parent, an owner, somebody "linked to" one; and
 * what designated parties hold, over any number of steps, as far as a list has entities that are no
 * designations (FollowTheMoney). Made once when lists are loaded.
 *
 * An associate has the form of a designation, so that it is looked up as one (screen.h), with whatever the
 * list tells of it. Its links say what the other is to it: LINK_OWNER owns it. Its id is that of the list,
 * or where the list gives none "RUS1234/parent", the second of a kind "RUS1234/parent/2". Whom a list
 * designates is none of that list's associates. */
#ifndef SANCTIONS_ASSOCIATES_H
#define SANCTIONS_ASSOCIATES_H

#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/screen.h"

/* Of one list. Nothing of it changes; any number of threads may look. */
struct associates {
    const struct designations *list;
    struct designations *parties; /* bear source, format and version of the list */
    uint32_t *list_by_id, *parties_by_id;
};

/* Of all lists, and one index of them. */
struct associates_index {
    size_t count;
    struct associates lists[LIMIT_LIST_SOURCES];
    const struct designations *parties[LIMIT_LIST_SOURCES]; /* those of lists[] */
    struct screen *screen;                                  /* of parties[] */
};

/* The lists, in their order, must outlive it. */
MUST_CHECK bool associates_index_new(const struct designations *const *lists, size_t count,
                                     struct associates_index **ret_index, struct error *err);
/* Takes NULL. */
void associates_index_free(struct associates_index *index);

/* A party that a list tells of. */
struct listed_party {
    bool designated; /* list->designations[number]; else parties->designations[number] */
    uint32_t number;
};

MUST_CHECK bool associates_find(const struct associates *associates, struct bytes id,
                                struct listed_party *ret_party);
/* Where it stands, and which one it is. */
static inline const struct designations *associates_of(const struct associates *associates,
                                                       struct listed_party party) {
    return party.designated ? associates->list : associates->parties;
}
static inline const struct designation *associates_get(const struct associates *associates,
                                                       struct listed_party party) {
    return &associates_of(associates, party)->designations[party.number];
}
/* The day from which on a link holds and the one on which it does no more: where a date is not whole, the
 * longest time that it can mean. DAY_FIRST and DAY_LAST where none is told. */
void link_days(const struct designation_link *link, int32_t *ret_since, int32_t *ret_until);
/* It holds on the day, and is not one of former times. */
bool link_holds(const struct designation_link *link, int32_t day);
/* Whether an associate is tied to a designated party by links that all hold on the day. */
bool associate_is_tied(const struct associates *associates, uint32_t number, int32_t day);
/* What ties it: "listed RUS1234 (Some Name) names it as its parent (51 %, until 2022-03-24); ...". */
void associate_explain(const struct associates *associates, uint32_t number, struct buffer *out);

#endif
