/* The best matches so far, at most as many as asked for: a heap whose root is the worst of them. Only what
 * beats the root enters, so after the first rows nearly all are passed by with one comparison. */
#ifndef MATCH_RANKING_H
#define MATCH_RANKING_H

#include "match/index.h"

struct ranking {
    struct index_match *matches; /* the caller's, room for maximum */
    size_t count, maximum;       /* maximum: 1 or more */
};

/* Comes a after b? A smaller cosine does, and of equals the larger face id. */
bool ranking_worse(const struct index_match *a, const struct index_match *b);
void ranking_offer(struct ranking *ranking, struct index_match match);
/* Best first, or a face in it twice? It is a heap no more. */
void ranking_sort(struct ranking *ranking);
bool ranking_repeats(struct ranking *ranking);
/* No match below it would enter. */
static inline float ranking_floor(const struct ranking *ranking, float threshold) {
    return ranking->count < ranking->maximum ? threshold : MAX(threshold, ranking->matches[0].cosine);
}

#endif
