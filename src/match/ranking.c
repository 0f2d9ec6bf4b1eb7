#include "match/ranking.h"

bool ranking_worse(const struct index_match *a, const struct index_match *b) {
    if (a->cosine != b->cosine)
        return a->cosine < b->cosine;
    return memcmp(a->face.bytes, b->face.bytes, sizeof a->face.bytes) > 0;
}

static void swap(struct index_match *a, struct index_match *b) {
    struct index_match kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(struct index_match *heap, size_t count) {
    for (size_t at = 0;;) {
        size_t worst = at, left = 2 * at + 1, right = left + 1;
        if (left < count && ranking_worse(&heap[left], &heap[worst]))
            worst = left;
        if (right < count && ranking_worse(&heap[right], &heap[worst]))
            worst = right;
        if (worst == at)
            return;
        swap(&heap[at], &heap[worst]);
        at = worst;
    }
}

static void sift_up(struct index_match *heap, size_t at) {
    for (; at > 0 && ranking_worse(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

void ranking_offer(struct ranking *ranking, struct index_match match) {
    if (ranking->count < ranking->maximum) {
        ranking->matches[ranking->count] = match;
        sift_up(ranking->matches, ranking->count++);
    } else if (ranking_worse(&ranking->matches[0], &match)) {
        ranking->matches[0] = match;
        sift_down(ranking->matches, ranking->count);
    }
}

static int by_rank(const void *a, const void *b) {
    return ranking_worse(a, b) ? 1 : ranking_worse(b, a) ? -1 : 0;
}

static int by_face(const void *a, const void *b) {
    const struct index_match *x = a, *y = b;
    return memcmp(x->face.bytes, y->face.bytes, sizeof x->face.bytes);
}

void ranking_sort(struct ranking *ranking) {
    qsort(ranking->matches, ranking->count, sizeof *ranking->matches, by_rank);
}

bool ranking_repeats(struct ranking *ranking) {
    qsort(ranking->matches, ranking->count, sizeof *ranking->matches, by_face);
    for (size_t i = 1; i < ranking->count; i++)
        if (uuid_equal(ranking->matches[i - 1].face, ranking->matches[i].face))
            return true;
    return false;
}
