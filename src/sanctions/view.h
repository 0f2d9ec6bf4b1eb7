/* The graph as it stood on one day: of each pair and kind one link, with the least and the most that its
 * share can have been.
 *
 * A fact with dates holds from `since` to the day before `until`. What was observed on a day stands until the
 * next observation of the same; between two that differ the share lies between them, and before the first
 * it was anything up to that. Facts of one pair and kind that hold at the same time are two
 * statements of one thing and not two holdings: the link spans both. */
#ifndef SANCTIONS_VIEW_H
#define SANCTIONS_VIEW_H

#include "sanctions/graph.h"

struct link {
    uint32_t from, to;
    enum fact_kind kind;
    bool effective;
    uint32_t least, most;
    uint32_t fact; /* one it rests on: that with the largest share */
};

struct view {
    const struct graph *graph;
    int32_t day;
    struct link *links; /* in the order of `to` */
    uint32_t count;
    uint32_t *in;  /* links to party p: links[in[p]] up to before links[in[p + 1]] */
    uint32_t *out; /* links from party p: links[out_links[out[p]]] up to before out[p + 1] */
    uint32_t *out_links;
};

/* All in the arena; the graph must outlive it. QUOTA when the arena has no more room. */
MUST_CHECK bool view_make(struct arena *arena, const struct graph *graph, int32_t day, struct view *ret_view,
                          struct error *err);

/* The links to and from a party, one after the other; NULL behind the last. */
const struct link *view_link(const struct view *view, uint32_t party, uint32_t number);
/* The party at the other end. */
static inline uint32_t link_other_end(const struct link *link, uint32_t party) {
    return link->from == party ? link->to : link->from;
}

#endif
