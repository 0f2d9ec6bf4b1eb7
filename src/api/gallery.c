/* A gallery is found by the number of its collection under the registry's lock, which is held for nothing
 * else. Whoever uses one holds a reference. Its own lock guards its state and is never held while the store
 * is read: the first search makes the indexes, and changes that are committed meanwhile wait in `pending`
 * until it is done. What the store showed already is in there twice then, which does no harm: the store lets
 * one writer after the other commit, and each has applied its change before the next one may write, so what
 * is applied again is what the store showed last.
 *
 * A gallery is retired (taken out of the registry, under its lock) when its collection is deleted or its
 * index is no longer true; who holds it still finishes with it. */
#include <math.h>
#include <pthread.h>
#include "api/gallery_change.h"
#include "api/score.h"
#include "base/limits.h"
#include "match/index.h"

enum { BUCKETS = 1024, MEMBERS_MIN = 256 };

struct indexes {
    struct index *faces, *users;
};

enum state { EMPTY, BUILDING, READY };

struct gallery {
    struct gallery *next; /* in its bucket */
    int64_t collection;
    int references; /* the registry's own and one a user */
    pthread_mutex_t lock;
    pthread_cond_t built; /* the state is no longer BUILDING */
    enum state state;
    bool retired;
    struct indexes indexes; /* once READY */
    struct gallery_change *pending, **last_pending;
};

struct galleries {
    struct store *store;
    pthread_mutex_t lock;
    struct gallery *buckets[BUCKETS];
};

static struct gallery **bucket_of(struct galleries *galleries, int64_t collection) {
    return &galleries->buckets[(uint64_t)collection % BUCKETS];
}

static struct gallery *gallery_new(int64_t collection) {
    struct gallery *gallery = calloc(1, sizeof *gallery);
    if (!gallery)
        return NULL;
    gallery->collection = collection;
    gallery->references = 1;
    gallery->last_pending = &gallery->pending;
    pthread_mutex_init(&gallery->lock, NULL);
    pthread_cond_init(&gallery->built, NULL);
    return gallery;
}

static void indexes_free(struct indexes *indexes) {
    if (indexes->faces)
        index_free(indexes->faces);
    if (indexes->users)
        index_free(indexes->users);
}

static void gallery_free(struct gallery *gallery) {
    indexes_free(&gallery->indexes);
    pthread_cond_destroy(&gallery->built);
    pthread_mutex_destroy(&gallery->lock);
    free(gallery);
}

bool galleries_new(struct store *store, struct galleries **ret_galleries, struct error *err) {
    struct galleries *galleries = calloc(1, sizeof *galleries);
    if (!galleries)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
    galleries->store = store;
    pthread_mutex_init(&galleries->lock, NULL);
    *ret_galleries = galleries;
    return true;
}

void galleries_free(struct galleries *galleries) {
    if (!galleries)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (galleries->buckets[i]) {
            struct gallery *next = galleries->buckets[i]->next;
            gallery_free(galleries->buckets[i]);
            galleries->buckets[i] = next;
        }
    pthread_mutex_destroy(&galleries->lock);
    free(galleries);
}

struct store *galleries_store(struct galleries *galleries) {
    return galleries->store;
}

/* --- references --- */

/* NULL when it is not there and is not to be made, or when there is no memory for it. */
static struct gallery *acquire(struct galleries *galleries, int64_t collection, bool make) {
    struct gallery **bucket = bucket_of(galleries, collection), *gallery;
    pthread_mutex_lock(&galleries->lock);
    for (gallery = *bucket; gallery && gallery->collection != collection;)
        gallery = gallery->next;
    if (!gallery && make && (gallery = gallery_new(collection))) {
        gallery->next = *bucket;
        *bucket = gallery;
    }
    if (gallery)
        gallery->references++;
    pthread_mutex_unlock(&galleries->lock);
    return gallery;
}

static void release(struct galleries *galleries, struct gallery *gallery) {
    pthread_mutex_lock(&galleries->lock);
    bool last = --gallery->references == 0;
    pthread_mutex_unlock(&galleries->lock);
    if (last)
        gallery_free(gallery);
}

/* With its lock held. */
static void retire(struct galleries *galleries, struct gallery *gallery) {
    struct gallery **link = bucket_of(galleries, gallery->collection);
    if (gallery->retired)
        return;
    pthread_mutex_lock(&galleries->lock);
    while (*link != gallery)
        link = &(*link)->next;
    *link = gallery->next;
    gallery->references--;
    pthread_mutex_unlock(&galleries->lock);
    gallery->retired = true;
}

/* --- changes that are on disk --- */

static bool apply_edits(struct indexes *indexes, const struct gallery_change *change, struct error *err) {
    for (const struct gallery_edit *edit = change->first; edit; edit = edit->next) {
        struct index *index = edit->of_user ? indexes->users : indexes->faces;
        if (!edit->vector)
            index_remove(index, edit->id);
        else if (!index_insert(index, edit->id, edit->vector, err))
            return false;
    }
    return true;
}

void gallery_apply(struct gallery_change *change) {
    struct galleries *galleries = change->galleries;
    struct gallery *gallery = acquire(galleries, change->collection, false);
    bool waits = false;
    if (gallery) {
        pthread_mutex_lock(&gallery->lock);
        waits = gallery->state == BUILDING && !change->dropped;
        if (waits) {
            *gallery->last_pending = change;
            gallery->last_pending = &change->next;
        } else if (change->dropped ||
                   (gallery->state == READY && !apply_edits(&gallery->indexes, change, NULL))) {
            retire(galleries, gallery);
        }
        pthread_mutex_unlock(&gallery->lock);
        release(galleries, gallery);
    }
    if (!waits)
        gallery_change_free(change);
}

/* Brings what waited into the indexes, if they are good, and forgets it. */
static bool apply_pending(struct gallery *gallery, bool good, struct indexes *indexes, struct error *err) {
    while (gallery->pending) {
        struct gallery_change *change = gallery->pending;
        gallery->pending = change->next;
        good = good && apply_edits(indexes, change, err);
        gallery_change_free(change);
    }
    gallery->last_pending = &gallery->pending;
    return good;
}

/* --- making the indexes --- */

struct member {
    struct uuid user, face;
};

struct reading {
    struct index *faces;
    struct member *members;
    size_t count, capacity;
};

static bool read_vector(void *context, struct uuid face, const struct uuid *user, const float *vector,
                        struct error *err) {
    struct reading *reading = context;
    if (!index_insert(reading->faces, face, vector, err))
        return false;
    if (!user)
        return true;
    if (reading->count == reading->capacity) {
        size_t capacity = MAX(reading->capacity * 2, (size_t)MEMBERS_MIN);
        struct member *more = reallocarray(reading->members, capacity, sizeof *more);
        if (!more)
            return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
        reading->members = more;
        reading->capacity = capacity;
    }
    reading->members[reading->count++] = (struct member){*user, face};
    return true;
}

/* By user and face, so that a mean is summed up in the order in which a change sums it up, to the same bits.
 */
static int compare_members(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct member));
}

bool gallery_normalise(float *sum, int dimension) {
    double squares = 0;
    for (int i = 0; i < dimension; i++)
        squares += (double)sum[i] * (double)sum[i];
    if (squares <= 0)
        return false;
    double length = sqrt(squares);
    for (int i = 0; i < dimension; i++)
        sum[i] = (float)(sum[i] / length);
    return true;
}

static bool make_users(struct reading *reading, int dimension, struct index *users, struct error *err) {
    size_t size = (size_t)dimension * sizeof(float);
    CLEANUP_FREE float *sum = malloc(size), *vector = malloc(size);
    if (!sum || !vector)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
    if (reading->count > 0)
        qsort(reading->members, reading->count, sizeof *reading->members, compare_members);
    for (size_t at = 0; at < reading->count;) {
        struct uuid user = reading->members[at].user;
        memset(sum, 0, size);
        for (; at < reading->count && uuid_equal(reading->members[at].user, user); at++)
            if (index_vector(reading->faces, reading->members[at].face, vector))
                for (int i = 0; i < dimension; i++)
                    sum[i] += vector[i];
        if (gallery_normalise(sum, dimension) && !index_insert(users, user, sum, err))
            return false;
    }
    return true;
}

static bool make_indexes(struct store *store, int64_t collection, int dimension, struct indexes *indexes,
                         struct error *err) {
    if (!index_new(dimension, &indexes->faces, err) || !index_new(dimension, &indexes->users, err))
        return false;
    struct reading reading = {.faces = indexes->faces};
    bool good = store_vectors_each(store, collection, read_vector, &reading, err) &&
                make_users(&reading, dimension, indexes->users, err);
    free(reading.members);
    return good;
}

/* With its lock held, which it lets go while it reads the store. */
static bool build(struct galleries *galleries, struct gallery *gallery, int dimension, struct error *err) {
    struct indexes indexes = {0};
    gallery->state = BUILDING;
    pthread_mutex_unlock(&gallery->lock);
    bool good = make_indexes(galleries->store, gallery->collection, dimension, &indexes, err);
    pthread_mutex_lock(&gallery->lock);
    good = apply_pending(gallery, good, &indexes, err);
    if (good)
        gallery->indexes = indexes;
    else
        indexes_free(&indexes);
    if (!good && err->code == ERROR_NOT_FOUND)
        retire(galleries, gallery);
    gallery->state = good ? READY : EMPTY;
    pthread_cond_broadcast(&gallery->built);
    return good;
}

/* Acquires it for a search: its indexes are there. */
static struct gallery *acquire_ready(struct galleries *galleries, const struct store_collection *collection,
                                     struct error *err) {
    struct gallery *gallery = acquire(galleries, collection->number, true);
    if (!gallery) {
        error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
        return NULL;
    }
    pthread_mutex_lock(&gallery->lock);
    while (gallery->state == BUILDING)
        pthread_cond_wait(&gallery->built, &gallery->lock);
    bool good = gallery->state == READY || build(galleries, gallery, collection->dimension, err);
    pthread_mutex_unlock(&gallery->lock);
    if (good)
        return gallery;
    release(galleries, gallery);
    return NULL;
}

/* --- searching --- */

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
}

/* Searches one of the indexes and leaves, of query->maximum matches in the arena, those that score enough. */
static bool search(struct galleries *galleries, struct arena *arena,
                   const struct store_collection *collection, bool users, float similarity,
                   struct index_query *query, struct gallery_match **ret_matches, size_t *ret_count,
                   struct error *err) {
    struct index_match *found = arena_array(arena, query->maximum, sizeof *found);
    struct gallery_match *matches = arena_array(arena, query->maximum, sizeof *matches);
    if (!found || !matches)
        return no_memory(err);
    struct gallery *gallery = acquire_ready(galleries, collection, err);
    if (!gallery)
        return false;
    size_t found_count = 0, count = 0;
    query->threshold = score_to_cosine(similarity);
    bool good = index_search(users ? gallery->indexes.users : gallery->indexes.faces, query, found,
                             &found_count, err);
    release(galleries, gallery);
    if (!good)
        return false;
    for (size_t i = 0; i < found_count; i++) {
        float score = score_of_cosine(found[i].cosine);
        if (score >= similarity)
            matches[count++] = (struct gallery_match){found[i].face, score};
    }
    *ret_matches = matches;
    *ret_count = count;
    return true;
}

bool gallery_search(struct galleries *galleries, struct arena *arena,
                    const struct store_collection *collection, const float *probe, float similarity,
                    size_t maximum, const struct uuid *exclude, const struct store_filter *filter,
                    struct gallery_match **ret_matches, size_t *ret_count, struct error *err) {
    CLEANUP_FREE struct uuid *among = NULL;
    struct index_query query = {.probe = probe, .maximum = maximum, .exclude = exclude};
    if (filter) {
        if (!store_faces_matching(galleries->store, collection->number, filter, &among, &query.among_count,
                                  err))
            return false;
        static const struct uuid none;
        query.among = among ? among : &none;
    }
    return search(galleries, arena, collection, false, similarity, &query, ret_matches, ret_count, err);
}

bool gallery_search_users(struct galleries *galleries, struct arena *arena,
                          const struct store_collection *collection, const float *probe, float similarity,
                          size_t maximum, const struct uuid *exclude, struct gallery_user_match **ret_matches,
                          size_t *ret_count, struct error *err) {
    struct index_query query = {.probe = probe, .maximum = maximum, .exclude = exclude};
    struct gallery_match *found;
    size_t count;
    struct gallery_user_match *matches = arena_array(arena, maximum, sizeof *matches);
    if (!matches)
        return no_memory(err);
    if (!search(galleries, arena, collection, true, similarity, &query, &found, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        matches[i] = (struct gallery_user_match){found[i].face, found[i].similarity};
    *ret_matches = matches;
    *ret_count = count;
    return true;
}

/* *ret_vector is NULL when the id is not in the index. */
static bool vector_of(struct galleries *galleries, struct arena *arena,
                      const struct store_collection *collection, bool user, struct uuid id,
                      float **ret_vector, struct error *err) {
    float *vector = arena_array(arena, (size_t)collection->dimension, sizeof *vector);
    if (!vector)
        return no_memory(err);
    struct gallery *gallery = acquire_ready(galleries, collection, err);
    if (!gallery)
        return false;
    bool found = index_vector(user ? gallery->indexes.users : gallery->indexes.faces, id, vector);
    release(galleries, gallery);
    *ret_vector = found ? vector : NULL;
    return true;
}

bool gallery_vector(struct galleries *galleries, struct arena *arena,
                    const struct store_collection *collection, struct uuid face, float **ret_vector,
                    struct error *err) {
    float *vector;
    if (!vector_of(galleries, arena, collection, false, face, &vector, err))
        return false;
    if (!vector)
        return error_set(err, ERROR_INVALID_PARAMETER, "faceId was not found in the collection.");
    *ret_vector = vector;
    return true;
}

bool gallery_user_vector(struct galleries *galleries, struct arena *arena,
                         const struct store_collection *collection, struct uuid user, float **ret_vector,
                         struct error *err) {
    return vector_of(galleries, arena, collection, true, user, ret_vector, err);
}
