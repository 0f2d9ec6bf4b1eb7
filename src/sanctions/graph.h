/* Who owns, controls and directs whom, and who was listed when: dated facts, each with its source.
 *
 * The graph holds what is known, for all days; a view (view.h) is how it stood on one of them. Facts are
 * added and never changed, in any order; a party comes before the facts that name it. */
#ifndef SANCTIONS_GRAPH_H
#define SANCTIONS_GRAPH_H

#include "base/arena.h"
#include "base/error.h"
#include "sanctions/day.h"

#define SHARE_WHOLE 1000000u /* shares are in millionths of the whole */
#define SHARE_HALF (SHARE_WHOLE / 2)

enum party_kind {
    PARTY_COMPANY, /* these have owners, known or not */
    PARTY_FUND,
    PARTY_TRUST,
    PARTY_PERSON, /* these have none */
    PARTY_GROUP,  /* of natural persons: founders, a family */
    PARTY_STATE,
    PARTY_PUBLIC, /* dispersed shareholders, none of whom holds much */
};
#define PARTY_KINDS 7

struct party {
    const char *id; /* of the graph: "acme" */
    const char *name;
    enum party_kind kind;
    char country[3]; /* ISO 3166-1 alpha-2 in upper case; "" when not known */
};

/* from does this to `to`. */
enum fact_kind {
    FACT_OWNS,     /* a share of the capital */
    FACT_VOTES,    /* a share of the votes, where it differs from that of the capital */
    FACT_APPOINTS, /* may appoint or remove most of the board */
    FACT_CONTROLS, /* by other means */
    FACT_DIRECTS,  /* is a director or an officer of it */
    FACT_ACTS_FOR, /* acts on behalf or at the direction of it */
    FACT_FAMILY,   /* is a near relative of; holds both ways */
    FACT_JOINT,    /* exercises its rights jointly with, by arrangement; holds both ways */
};
#define FACT_KINDS 8

static inline bool fact_has_share(enum fact_kind kind) {
    return kind == FACT_OWNS || kind == FACT_VOTES;
}

/* NULL: not told. */
struct source {
    const char *title, *url, *date;
};

struct fact {
    uint32_t from, to; /* numbers of parties */
    enum fact_kind kind;
    bool effective;       /* the share counts what is held through others too */
    uint32_t least, most; /* the share is within these; 0 and SHARE_WHOLE when it is not told */
    /* So from this day on, and no more on that one ... */
    int32_t since, until;
    /* ... or seen so on this day, and since and until are open; DAY_LAST: not that way. */
    int32_t observed;
    const char *how; /* in the source's words; NULL: not told */
    struct source source;
    const char *entered_by; /* who put it in, and when; NULL and DAY_LAST: not told */
    int32_t entered;
};

/* A party is on the list of a regime. */
struct listing {
    uint32_t party;
    const char *regime; /* "UK" */
    const char *id;     /* on the list; NULL: not told */
    int32_t listed;     /* first day on the list */
    int32_t freeze;     /* first day of the asset freeze, which may come later */
    int32_t until;      /* delisted on this day; DAY_LAST: not */
    struct source source;
};

struct party_identifier {
    uint32_t party;
    const char *label, *value; /* "inn", "7700000000" */
};

struct graph {
    struct arena *arena; /* strings */
    struct party *parties;
    struct fact *facts;
    struct listing *listings;
    struct party_identifier *identifiers;
    uint32_t *by_id; /* numbers of parties, in the order of their ids */
    uint32_t party_count, fact_count, listing_count, identifier_count;
};

/* NULL when there is no memory. The caller frees it. */
struct graph *graph_new(void);
/* One that can grow apart from the graph, whose strings it shares: the graph outlives it. */
MUST_CHECK bool graph_copy(const struct graph *graph, struct graph **ret_copy, struct error *err);
/* Takes NULL. */
void graph_free(struct graph *graph);
static inline void graph_cleanup(struct graph **graph) {
    graph_free(*graph);
}

/* Each copies the strings. VALIDATION for what cannot be, QUOTA beyond a limit, INTERNAL without memory. */
MUST_CHECK bool graph_add_party(struct graph *graph, const struct party *party, uint32_t *ret_number,
                                struct error *err);
MUST_CHECK bool graph_add_fact(struct graph *graph, const struct fact *fact, struct error *err);
MUST_CHECK bool graph_add_listing(struct graph *graph, const struct listing *listing, struct error *err);
MUST_CHECK bool graph_add_identifier(struct graph *graph, const struct party_identifier *identifier,
                                     struct error *err);

/* The number of the party with this id. */
MUST_CHECK bool graph_find(const struct graph *graph, struct bytes id, uint32_t *ret_number);

/* Words of the file form: "company", "owns". */
const char *party_kind_name(enum party_kind kind);
const char *fact_kind_name(enum fact_kind kind);

#endif
