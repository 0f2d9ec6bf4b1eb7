/* The more lists, the fewer rows a search must read for the same matches, and the more centres it must rank:
 * twice the square root of the faces is where both cost little. Faces are inserted list by list, so that what
 * is searched together stands together. */
#include <math.h>
#include "match/grouping.h"
#include "base/limits.h"
#include "match/centres.h"
#include "match/sample.h"

enum { PAGE = 64, LISTS_PER_ROOT = 2, GROWTH = 4 };

static size_t lists_for(size_t faces) {
    return MIN(LISTS_PER_ROOT * (size_t)sqrt((double)faces), (size_t)LIMIT_CENTRES);
}

static bool make_centres(struct index *from, const atomic_bool *stop, struct centres **ret_centres,
                         struct error *err) {
    CLEANUP(sample_release) struct sample sample = {0};
    size_t lists = lists_for(index_count(from));
    if (!sample_take(from, lists * LIMIT_CENTRE_SAMPLE, 0, stop, &sample, err))
        return false;
    if (sample.count == 0)
        return error_set(err, ERROR_INTERNAL, "an index without faces cannot be grouped");
    return centres_make(sample.vectors, sample.count, (size_t)index_dimension(from), MIN(lists, sample.count),
                        stop, ret_centres, err);
}

/* What copying and sorting have in common: all faces, some at a time. */
struct walk {
    struct index *from;
    const atomic_bool *stop;
    size_t cursor, count; /* of this page */
    struct uuid faces[PAGE];
    float *vectors;
};

static void walk_release(struct walk *walk) {
    free(walk->vectors);
}

static bool walk_begin(struct index *from, const atomic_bool *stop, struct walk *ret_walk,
                       struct error *err) {
    *ret_walk = (struct walk){
        .from = from, .stop = stop, .vectors = calloc(PAGE, (size_t)index_dimension(from) * sizeof(float))};
    return ret_walk->vectors || error_set(err, ERROR_INTERNAL, "no memory to go through an index");
}

/* The next page; the last one is empty. */
static bool walk_on(struct walk *walk, struct error *err) {
    if (walk->stop && *walk->stop)
        return error_set(err, ERROR_INTERNAL, "the grouping of an index was ended");
    return index_walk(walk->from, &walk->cursor, PAGE, walk->faces, walk->vectors, &walk->count, err);
}

bool grouping_copy(struct index *from, struct index *to, const atomic_bool *stop, struct error *err) {
    CLEANUP(walk_release) struct walk walk;
    if (!walk_begin(from, stop, &walk, err))
        return false;
    do {
        if (!walk_on(&walk, err))
            return false;
        for (size_t i = 0; i < walk.count; i++)
            if (!index_insert(to, walk.faces[i], walk.vectors + i * (size_t)index_dimension(from), err))
                return false;
    } while (walk.count > 0);
    return true;
}

struct member {
    uint32_t list;
    struct uuid face;
};

static int by_list(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    return x->list != y->list ? x->list < y->list ? -1 : 1 : memcmp(&x->face, &y->face, sizeof x->face);
}

/* Fills members, room for `count`; of more, those who are there first. */
static bool assign(struct index *from, const struct centres *centres, const atomic_bool *stop,
                   struct member *members, size_t *count, struct error *err) {
    CLEANUP(walk_release) struct walk walk;
    uint32_t lists[PAGE];
    size_t room = *count;
    if (!walk_begin(from, stop, &walk, err))
        return false;
    *count = 0;
    do {
        if (!walk_on(&walk, err) || !centres_nearest(centres, walk.vectors, walk.count, lists, err))
            return false;
        for (size_t i = 0; i < walk.count && *count < room; i++)
            members[(*count)++] = (struct member){lists[i], walk.faces[i]};
    } while (walk.count > 0);
    qsort(members, *count, sizeof *members, by_list);
    return true;
}

/* Copies the faces list by list. */
static bool fill(struct index *from, const struct centres *centres, struct index *to, const atomic_bool *stop,
                 struct error *err) {
    size_t count = index_count(from);
    CLEANUP_FREE struct member *members = calloc(count + 1, sizeof *members);
    CLEANUP_FREE float *vector = calloc((size_t)index_dimension(from), sizeof *vector);
    if (!members || !vector)
        return error_set(err, ERROR_INTERNAL, "no memory to group an index");
    if (!assign(from, centres, stop, members, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (stop && *stop)
            return error_set(err, ERROR_INTERNAL, "the grouping of an index was ended");
        if (index_vector(from, members[i].face, vector) && /* else it has gone meanwhile */
            !index_insert(to, members[i].face, vector, err))
            return false;
    }
    return true;
}

bool grouping_make(struct index *from, const char *folder, const atomic_bool *stop, struct index **ret_index,
                   struct error *err) {
    struct centres *centres;
    struct index *index;
    if (!make_centres(from, stop, &centres, err))
        return false;
    if (!index_new_grouped(centres, folder, index_count(from), &index, err)) {
        centres_free(centres);
        return false;
    }
    if (!fill(from, centres, index, stop, err)) {
        index_free(index);
        return false;
    }
    *ret_index = index;
    return true;
}

bool grouping_outgrown(struct index *index) {
    size_t faces = index_count(index);
    return index_lists(index) < lists_for(faces / GROWTH);
}
