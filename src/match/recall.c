#include <math.h>
#include "match/recall.h"
#include "match/sample.h"

enum { SALT = 1 }; /* not the faces that the centres were made from */

struct counts {
    size_t wanted, found, matched, best;
};

static bool has(const struct index_match *matches, size_t count, struct uuid face) {
    for (size_t i = 0; i < count; i++)
        if (uuid_equal(matches[i].face, face))
            return true;
    return false;
}

static bool probe(struct index *index, struct uuid face, const float *vector, float threshold,
                  struct counts *counts, struct error *err) {
    struct index_query query = {
        .probe = vector, .threshold = -INFINITY, .maximum = RECALL_TOP, .exclude = &face};
    struct index_match some[RECALL_TOP], all[RECALL_TOP];
    size_t some_count, all_count;
    if (!index_search(index, &query, some, &some_count, err))
        return false;
    query.exhaustive = true;
    if (!index_search(index, &query, all, &all_count, err))
        return false;
    counts->wanted += all_count;
    for (size_t i = 0; i < all_count; i++)
        counts->found += has(some, some_count, all[i].face);
    bool matched = all_count > 0 && all[0].cosine >= threshold;
    counts->matched += matched;
    counts->best += matched && has(some, some_count, all[0].face);
    return true;
}

static float share(size_t part, size_t whole) {
    return whole > 0 ? (float)part / (float)whole : 1;
}

bool recall_measure(struct index *index, float threshold, struct recall *ret_recall, struct error *err) {
    CLEANUP(sample_release) struct sample sample = {0};
    struct counts counts = {0};
    if (!sample_take(index, RECALL_PROBES, SALT, NULL, &sample, err))
        return false;
    for (size_t i = 0; i < sample.count; i++)
        if (!probe(index, sample.faces[i], sample.vectors + i * (size_t)index_dimension(index), threshold,
                   &counts, err))
            return false;
    *ret_recall = (struct recall){sample.count, share(counts.found, counts.wanted), counts.matched,
                                  share(counts.best, counts.matched)};
    return true;
}
