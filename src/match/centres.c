/* Spherical k-means (Dhillon and Modha, Machine Learning 42, 2001). The first centres are the first vectors
 * of the sample, whose order is as good as random. In each round every vector goes to the centre with which
 * it has the largest product, and each centre becomes the direction of the sum of its vectors; one that got
 * none stays where it was. A few rounds bring nearly all that many would.
 *
 * The centres stand in an index of their own, under their numbers: which one is nearest to a vector is a
 * search for one match, and exact. Ranking them all needs every product anyway, and is done in floats. */
#include <math.h>
#include "match/centres.h"
#include "base/limits.h"
#include "match/kernel.h"

enum { BATCH = 64, NARROWING = 4 };

struct centres {
    size_t count, dimension, width;
    float *vectors; /* rows of width floats, padded with zeros, aligned to 64 bytes */
    struct index *index;
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory for the centres of an index");
}

void centres_free(struct centres *centres) {
    if (!centres)
        return;
    index_free(centres->index);
    free(centres->vectors);
    free(centres);
}

size_t centres_count(const struct centres *centres) {
    return centres->count;
}

size_t centres_dimension(const struct centres *centres) {
    return centres->dimension;
}

size_t centres_memory(const struct centres *centres) {
    return sizeof *centres + centres->count * centres->width * sizeof *centres->vectors +
           index_memory(centres->index);
}

/* --- by number --- */

static struct uuid id_of(uint32_t number) {
    struct uuid id = {{0}};
    for (int i = 0; i < 4; i++)
        id.bytes[i] = (uint8_t)(number >> (24 - 8 * i)); /* ties go to the lower number */
    return id;
}

static uint32_t number_of(struct uuid id) {
    uint32_t number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 8 | id.bytes[i];
    return number;
}

/* The index takes the place of the one before. */
static bool index_all(struct centres *centres, struct error *err) {
    index_free(centres->index);
    centres->index = NULL;
    if (!index_new((int)centres->dimension, &centres->index, err))
        return false;
    for (size_t i = 0; i < centres->count; i++)
        if (!index_insert(centres->index, id_of((uint32_t)i), centres->vectors + i * centres->width, err))
            return false;
    return true;
}

bool centres_nearest(const struct centres *centres, const float *vectors, size_t count, uint32_t *ret_lists,
                     struct error *err) {
    struct index_query queries[BATCH];
    struct index_match found[BATCH], *places[BATCH];
    size_t counts[BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        size_t some = MIN(count - first, (size_t)BATCH);
        for (size_t i = 0; i < some; i++) {
            queries[i] = (struct index_query){
                .probe = vectors + (first + i) * centres->dimension, .threshold = -INFINITY, .maximum = 1};
            places[i] = &found[i];
        }
        if (!index_search_many(centres->index, queries, some, places, counts, err))
            return false;
        for (size_t i = 0; i < some; i++) /* none when the products are too large for floats */
            ret_lists[first + i] = counts[i] > 0 ? number_of(found[i].face) : 0;
    }
    return true;
}

/* --- k-means --- */

static float *sum_of(const struct centres *centres, float *sums, size_t number) {
    return sums + number * centres->dimension;
}

/* The sum of the vectors that are nearest to each centre. */
static bool sum_up(const struct centres *centres, const float *sample, size_t count, const atomic_bool *stop,
                   float *sums, struct error *err) {
    uint32_t lists[BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        size_t some = MIN(count - first, (size_t)BATCH);
        const float *vectors = sample + first * centres->dimension;
        if (stop && *stop)
            return error_set(err, ERROR_INTERNAL, "the grouping of an index was ended");
        if (!centres_nearest(centres, vectors, some, lists, err))
            return false;
        for (size_t i = 0; i < some; i++)
            for (size_t k = 0; k < centres->dimension; k++)
                sum_of(centres, sums, lists[i])[k] += vectors[i * centres->dimension + k];
    }
    return true;
}

/* Puts the direction of a sum into the place of a centre, if it has one. */
static void take_direction(struct centres *centres, size_t number, const float *sum) {
    float *centre = centres->vectors + number * centres->width;
    double square = 0;
    for (size_t k = 0; k < centres->dimension; k++)
        square += (double)sum[k] * (double)sum[k];
    if (!(square > 0) || !isfinite(square))
        return;
    for (size_t k = 0; k < centres->dimension; k++)
        centre[k] = (float)((double)sum[k] / sqrt(square));
}

static bool improve(struct centres *centres, const float *sample, size_t sample_count,
                    const atomic_bool *stop, struct error *err) {
    CLEANUP_FREE float *sums = calloc(centres->count, centres->dimension * sizeof *sums);
    if (!sums)
        return no_memory(err);
    if (!sum_up(centres, sample, sample_count, stop, sums, err))
        return false;
    for (size_t i = 0; i < centres->count; i++)
        take_direction(centres, i, sum_of(centres, sums, i));
    return index_all(centres, err);
}

bool centres_make(const float *sample, size_t sample_count, size_t dimension, size_t count,
                  const atomic_bool *stop, struct centres **ret_centres, struct error *err) {
    size_t width = (dimension + KERNEL_LANE - 1) / KERNEL_LANE * KERNEL_LANE;
    struct centres *centres = calloc(1, sizeof *centres);
    float *vectors = aligned_alloc(64, count * width * sizeof *vectors);
    if (!centres || !vectors) {
        free(centres);
        free(vectors);
        return no_memory(err);
    }
    *centres = (struct centres){.count = count, .dimension = dimension, .width = width, .vectors = vectors};
    memset(vectors, 0, count * width * sizeof *vectors);
    for (size_t i = 0; i < count; i++)
        take_direction(centres, i, sample + i * dimension);
    bool good = index_all(centres, err);
    for (int round = 0; good && round < LIMIT_CENTRE_ROUNDS; round++)
        good = improve(centres, sample, sample_count, stop, err);
    if (good)
        *ret_centres = centres;
    else
        centres_free(centres);
    return good;
}

/* --- ranking --- */

struct promise {
    float product;
    uint32_t list;
};

static bool better(struct promise a, struct promise b) {
    return a.product > b.product || (a.product == b.product && a.list < b.list);
}

/* Brings the best `wanted` to the front (Hoare's quickselect). */
static void select_best(struct promise *promises, size_t count, size_t wanted) {
    size_t from = 0, to = count;
    while (to - from > 1) {
        struct promise pivot = promises[from + (to - from) / 2];
        size_t low = from, high = to - 1;
        for (;;) { /* at last those before low are at least as good as the pivot, and those from it on no
                      better */
            while (better(promises[low], pivot))
                low++;
            while (better(pivot, promises[high]))
                high--;
            if (low >= high)
                break;
            struct promise kept = promises[low];
            promises[low++] = promises[high];
            promises[high--] = kept;
        }
        if (wanted <= low)
            to = low;
        else
            from = low;
    }
}

bool centres_rank(const struct centres *centres, const float *probe, size_t count, uint32_t *ret_lists,
                  struct error *err) {
    size_t all = centres->count, bytes = centres->width * sizeof(float);
    CLEANUP_FREE float *padded = aligned_alloc(64, bytes);
    CLEANUP_FREE float *products = calloc(all, sizeof *products);
    CLEANUP_FREE struct promise *promises = calloc(all, sizeof *promises);
    if (!padded || !products || !promises)
        return no_memory(err);
    memset(padded, 0, bytes);
    memcpy(padded, probe, centres->dimension * sizeof *padded);
    kernel_best()->dots(padded, centres->vectors, centres->width, all, products);
    for (uint32_t i = 0; i < all; i++) /* of a probe with numbers that are none, all are equal */
        promises[i] = (struct promise){isnan(products[i]) ? -INFINITY : products[i], i};
    for (size_t best = count, among = all; best > 0; among = best, best /= NARROWING)
        select_best(promises, among, best);
    for (size_t i = 0; i < count; i++)
        ret_lists[i] = promises[i].list;
    return true;
}
