#include <math.h>
#include "cli/persons.h"
#include "api/gallery_file.h"

enum { PHOTOGRAPHS_MIN = 3, NOBODY = -1 };

/* Somebody's photographs in the gallery: from `first`, `count` of them. */
struct person {
    size_t first, count;
};

struct measurement {
    const struct labelled *probes, *gallery;
    struct person *persons;
    size_t person_count;
    float *sums[PERSON_WAYS];     /* of one person; that of PERSON_BEST_FACE is not used */
    float *stranger[PERSON_WAYS]; /* best similarity of each stranger's photograph */
    float *found[PERSON_WAYS];    /* of each photograph whose person was the most alike */
    size_t stranger_count, found_count[PERSON_WAYS], wanted;
};

static size_t folder_len(const char *name) {
    return strcspn(name, "/") + 1;
}

static void find_persons(struct measurement *measurement) {
    const struct labelled *gallery = measurement->gallery;
    size_t end;
    for (size_t first = 0; first < gallery->count; first = end) {
        for (end = first; end < gallery->count && gallery->persons[end] == gallery->persons[first];)
            end++;
        if (end - first >= PHOTOGRAPHS_MIN)
            measurement->persons[measurement->person_count++] = (struct person){first, end - first};
    }
}

/* Whose photograph the probe is, or NOBODY's of the gallery. */
static long person_of(const struct measurement *measurement, const char *probe) {
    size_t len = folder_len(probe);
    for (size_t i = 0; i < measurement->person_count; i++)
        if (strncmp(measurement->gallery->names[measurement->persons[i].first], probe, len) == 0)
            return (long)i;
    return NOBODY;
}

static float cosine(const float *a, const float *b, int dimension) {
    float sum = 0;
    for (int i = 0; i < dimension; i++)
        sum += a[i] * b[i];
    return sum;
}

static void compare(struct measurement *measurement, size_t probe, const struct person *person,
                    float ret_cosines[PERSON_WAYS]) {
    const struct labelled *gallery = measurement->gallery;
    int dimension = gallery->dimension;
    const float *wanted = measurement->probes->embeddings + probe * (size_t)dimension;
    ret_cosines[PERSON_BEST_FACE] = -1;
    for (int way = PERSON_MEAN; way < PERSON_WAYS; way++)
        memset(measurement->sums[way], 0, (size_t)dimension * sizeof(float));
    for (size_t i = person->first; i < person->first + person->count; i++) {
        const float *face = gallery->embeddings + i * (size_t)dimension;
        if (strcmp(gallery->names[i], measurement->probes->names[probe]) == 0)
            continue;
        ret_cosines[PERSON_BEST_FACE] = MAX(ret_cosines[PERSON_BEST_FACE], cosine(face, wanted, dimension));
        gallery_weigh(measurement->sums[PERSON_MEAN], face, 100, dimension); /* which weighs 1 */
        gallery_weigh(measurement->sums[PERSON_WEIGHTED], face, gallery->confidences[i], dimension);
    }
    for (int way = PERSON_MEAN; way < PERSON_WAYS; way++)
        ret_cosines[way] = gallery_normalise(measurement->sums[way], dimension)
                               ? cosine(measurement->sums[way], wanted, dimension)
                               : -1;
}

static void look_for(struct measurement *measurement, size_t probe) {
    long right = person_of(measurement, measurement->probes->names[probe]), nearest[PERSON_WAYS];
    float best[PERSON_WAYS], cosines[PERSON_WAYS];
    for (int way = 0; way < PERSON_WAYS; way++) {
        best[way] = -INFINITY;
        nearest[way] = NOBODY;
    }
    for (size_t i = 0; i < measurement->person_count; i++) {
        compare(measurement, probe, &measurement->persons[i], cosines);
        for (int way = 0; way < PERSON_WAYS; way++)
            if (cosines[way] > best[way]) {
                best[way] = cosines[way];
                nearest[way] = (long)i;
            }
    }
    for (int way = 0; way < PERSON_WAYS; way++) {
        if (right == NOBODY)
            measurement->stranger[way][measurement->stranger_count] = best[way];
        else if (nearest[way] == right)
            measurement->found[way][measurement->found_count[way]++] = best[way];
    }
    measurement->stranger_count += right == NOBODY;
    measurement->wanted += right != NOBODY;
}

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

static void rate(struct measurement *measurement, struct person_rates *rates) {
    *rates = (struct person_rates){.persons = measurement->person_count,
                                   .photographs = measurement->wanted,
                                   .strangers = measurement->stranger_count};
    size_t allowed = (size_t)((double)measurement->stranger_count * PERSON_FALSE_POSITIVES);
    for (int way = 0; way < PERSON_WAYS; way++) {
        size_t found = 0;
        qsort(measurement->stranger[way], measurement->stranger_count, sizeof(float), descending);
        for (size_t i = 0; i < measurement->found_count[way]; i++)
            found += measurement->found[way][i] > measurement->stranger[way][allowed];
        rates->ways[way].first = (double)measurement->found_count[way] / (double)measurement->wanted;
        rates->ways[way].found = (double)found / (double)measurement->wanted;
    }
}

static bool make_room(struct measurement *measurement, struct error *err) {
    bool fine = (measurement->persons = calloc(measurement->gallery->count, sizeof(struct person)));
    for (int way = 0; way < PERSON_WAYS; way++) {
        measurement->sums[way] = calloc((size_t)measurement->gallery->dimension, sizeof(float));
        measurement->stranger[way] = calloc(measurement->probes->count, sizeof(float));
        measurement->found[way] = calloc(measurement->probes->count, sizeof(float));
        fine = fine && measurement->sums[way] && measurement->stranger[way] && measurement->found[way];
    }
    return fine ||
           error_set(err, ERROR_INTERNAL, "no memory for %zu photographs", measurement->probes->count);
}

static void release_room(struct measurement *measurement) {
    free(measurement->persons);
    for (int way = 0; way < PERSON_WAYS; way++) {
        free(measurement->sums[way]);
        free(measurement->stranger[way]);
        free(measurement->found[way]);
    }
}

bool person_rates_measure(const struct labelled *probes, const struct labelled *gallery,
                          struct person_rates *ret_rates, struct error *err) {
    struct measurement measurement = {.probes = probes, .gallery = gallery};
    bool done = make_room(&measurement, err);
    if (done) {
        find_persons(&measurement);
        for (size_t i = 0; i < probes->count; i++)
            look_for(&measurement, i);
        done = (measurement.wanted > 0 && measurement.stranger_count > 0) ||
               error_set(err, ERROR_INTERNAL,
                         "there must be people with three photographs, and others with fewer");
    }
    if (done)
        rate(&measurement, ret_rates);
    release_room(&measurement);
    return done;
}
