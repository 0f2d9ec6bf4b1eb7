/* How much a grouped index misses of what it holds. */
#ifndef MATCH_RECALL_H
#define MATCH_RECALL_H

#include "match/index.h"

enum { RECALL_PROBES = 200, RECALL_TOP = 10 };

struct recall {
    size_t probes;  /* faces of the index, each looked for without itself */
    float top;      /* share of their RECALL_TOP best matches that a search finds */
    size_t matched; /* of them with a match that reaches the threshold */
    float best;     /* share of these whose best match a search finds */
};

/* threshold: a cosine. Shares of nothing are 1. */
MUST_CHECK bool recall_measure(struct index *index, float threshold, struct recall *ret_recall,
                               struct error *err);

#endif
