/* A gallery is found by the number of its collection under the registry's lock, which is held for nothing
 * else. Whoever uses one holds a reference. Its own lock guards its state and is never held while the store
 * is read: the first search makes the indexes, and changes that are committed meanwhile wait in `pending`
 * until it is done. What the store showed already is in there twice then, which does no harm: the store lets
 * one writer after the other commit, and each has applied its change before the next one may write, so what
 * is applied again is what the store showed last.
 *
 * A thread, the keeper, writes the snapshots of large collections (gallery_file.h): one when there is none of
 * an index, or when an eighth of its faces has come since. What is behind at the end is written then. It also
 * makes indexes anew that should be grouped, or no more (gallery_group.h): it copies them while they are
 * searched, lets changes wait in `pending` as well, and puts a new gallery in the place of the old one.
 *
 * A gallery is retired (taken out of the registry, under its lock) when its collection is deleted or its
 * index is no longer true; who holds it still finishes with it. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include "api/gallery_change.h"
#include "api/gallery_file.h"
#include "api/gallery_group.h"
#include "api/score.h"
#include "base/clock.h"
#include "base/limits.h"

enum { BUCKETS = 1024, SEARCH_MANY = 32, KEEPER_MS = 500 };

enum state { EMPTY, BUILDING, READY };

struct gallery {
    struct gallery *next; /* in its bucket */
    int64_t collection;
    int references; /* the registry's own and one a user */
    pthread_mutex_t lock;
    pthread_cond_t built; /* the state is no longer BUILDING */
    enum state state;
    bool retired, copying;
    struct indexes indexes; /* once READY */
    char *model;            /* of their vectors */
    struct gallery_change *pending, **last_pending;
    atomic_size_t saved_faces; /* in the snapshot; 0: there is none */
    atomic_bool wants_saving;  /* not before: */
    atomic_uint_fast64_t not_before_ns;
    atomic_bool approximate, wants_copying; /* not before: */
    atomic_uint_fast64_t copy_after_ns;
};

struct galleries {
    struct store *store;
    struct similarity_scale scale; /* of models that are not among these: */
    struct {
        const char *model;
        struct similarity_scale scale;
    } scales[LIMIT_MODELS];
    int scale_count;
    pthread_mutex_t lock;
    struct gallery *buckets[BUCKETS];
    pthread_t keeper;
    bool kept;
    atomic_bool stopping;
    pthread_cond_t woken; /* stopping */
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

static void gallery_free(struct gallery *gallery) {
    gallery_indexes_free(&gallery->indexes);
    free(gallery->model);
    pthread_cond_destroy(&gallery->built);
    pthread_mutex_destroy(&gallery->lock);
    free(gallery);
}

const struct similarity_scale *galleries_scale(const struct galleries *galleries, const char *model) {
    for (int i = 0; i < galleries->scale_count; i++)
        if (strcmp(galleries->scales[i].model, model) == 0)
            return &galleries->scales[i].scale;
    return &galleries->scale;
}

void galleries_set_scale(struct galleries *galleries, const char *model,
                         const struct similarity_scale *scale) {
    assert(galleries->scale_count < LIMIT_MODELS);
    galleries->scales[galleries->scale_count].model = model;
    galleries->scales[galleries->scale_count++].scale = *scale;
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

/* Puts another one, or NULL, into its place in the registry. With its lock held. */
static void replace(struct galleries *galleries, struct gallery *gallery, struct gallery *by) {
    struct gallery **link = bucket_of(galleries, gallery->collection);
    pthread_mutex_lock(&galleries->lock);
    while (*link != gallery)
        link = &(*link)->next;
    if (by)
        by->next = gallery->next;
    *link = by ? by : gallery->next;
    gallery->references--;
    pthread_mutex_unlock(&galleries->lock);
    gallery->retired = true;
}

/* With its lock held. */
static void retire(struct galleries *galleries, struct gallery *gallery) {
    if (!gallery->retired)
        replace(galleries, gallery, NULL);
}

/* Acquires and locks the one that is in the registry; NULL when there is none. */
static struct gallery *acquire_locked(struct galleries *galleries, int64_t collection) {
    struct gallery *gallery;
    while ((gallery = acquire(galleries, collection, false))) {
        pthread_mutex_lock(&gallery->lock);
        if (!gallery->retired)
            break;
        pthread_mutex_unlock(&gallery->lock); /* another one has just taken its place */
        release(galleries, gallery);
    }
    return gallery;
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

/* Does a vector go that a snapshot may hold? */
static bool change_removes(const struct gallery_change *change) {
    bool removes = change->dropped;
    for (const struct gallery_edit *edit = change->first; edit && !removes; edit = edit->next)
        removes = edit->vector == NULL;
    return removes;
}

/* An index that began in memory is made again on disk when it has become large. */
static bool outgrew(const struct gallery *gallery) {
    return !index_is_on_disk(gallery->indexes.faces) &&
           index_count(gallery->indexes.faces) > 2 * (size_t)LIMIT_INDEX_IN_MEMORY;
}

/* With its lock held. removed: its snapshot has gone. */
static void consider_saving(struct gallery *gallery, bool removed) {
    size_t count = index_count(gallery->indexes.faces);
    if (removed)
        gallery->saved_faces = 0;
    if (count >= LIMIT_SNAPSHOT_FACES && count >= gallery->saved_faces + gallery->saved_faces / 8 &&
        !atomic_exchange(&gallery->wants_saving, true))
        gallery->not_before_ns = MAX(gallery->not_before_ns,
                                     clock_monotonic_ns() + LIMIT_SNAPSHOT_PAUSE_MS * 1000000ull);
}

void gallery_apply(struct gallery_change *change) {
    struct galleries *galleries = change->galleries;
    bool waits = false, removes = change_removes(change);
    if (removes)
        gallery_file_forget(galleries->store, change->collection);
    struct gallery *gallery = acquire_locked(galleries, change->collection);
    if (gallery) {
        bool ready = gallery->state == READY;
        waits = !change->dropped && (gallery->state == BUILDING || gallery->copying);
        if (change->dropped || (ready && (!apply_edits(&gallery->indexes, change, NULL) || outgrew(gallery))))
            retire(galleries, gallery);
        else if (ready)
            consider_saving(gallery, removes);
        if (waits) {
            *gallery->last_pending = change;
            gallery->last_pending = &change->next;
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

/* Of one model: when the collection has moved meanwhile, what was read is of no use, if anything was. */
static bool read_indexes(struct store *store, const struct store_collection *collection,
                         struct indexes *indexes, struct gallery_origin *origin, char **ret_model,
                         struct error *err) {
    bool read = gallery_indexes_make(store, collection, indexes, origin, err);
    if (!store_collection_is_of(store, collection->number, collection->model, err) || !read)
        return false;
    char *model = strdup(collection->model);
    if (!model)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
    *ret_model = model;
    return true;
}

/* With its lock held, which it lets go while it reads the store. */
static bool build(struct galleries *galleries, struct gallery *gallery,
                  const struct store_collection *collection, struct error *err) {
    struct indexes indexes = {NULL, NULL};
    struct gallery_origin origin;
    char *model = NULL;
    gallery->state = BUILDING;
    pthread_mutex_unlock(&gallery->lock);
    bool good = read_indexes(galleries->store, collection, &indexes, &origin, &model, err);
    pthread_mutex_lock(&gallery->lock);
    good = apply_pending(gallery, good, &indexes, err);
    if (good) {
        gallery->indexes = indexes;
        gallery->model = model;
        gallery->saved_faces = origin.source == GALLERY_FROM_STORE ? 0 : index_count(indexes.faces);
        consider_saving(gallery, false);
    } else {
        gallery_indexes_free(&indexes);
        free(model);
    }
    if (!good && err->code == ERROR_NOT_FOUND)
        retire(galleries, gallery);
    gallery->state = good ? READY : EMPTY;
    pthread_cond_broadcast(&gallery->built);
    return good;
}

/* With its lock held. */
static void consider_copying(struct gallery *gallery, bool approximate) {
    gallery->approximate = approximate;
    gallery->wants_copying = !gallery->copying && gallery_group_is_due(gallery->indexes.faces, approximate);
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
    bool good = (gallery->state == READY || build(galleries, gallery, collection, err)) &&
                (strcmp(gallery->model, collection->model) == 0 ||
                 error_set(err, ERROR_THROTTLED,
                           "The collection has just moved to another model: try again."));
    if (good)
        consider_copying(gallery, collection->governance.approximate);
    pthread_mutex_unlock(&gallery->lock);
    if (good)
        return gallery;
    release(galleries, gallery);
    return NULL;
}

/* --- snapshots --- */

/* Indexes that could not follow the store, and were given up, are of no state that it can name. */
static bool save_indexes(struct galleries *galleries, struct gallery *gallery) {
    struct store_state state;
    if (!gallery_file_state(galleries->store, gallery->collection, &state, NULL))
        return false;
    pthread_mutex_lock(&gallery->lock);
    bool good = !gallery->retired;
    pthread_mutex_unlock(&gallery->lock);
    return good && gallery_file_save(galleries->store, gallery->collection, &state, &gallery->indexes, NULL);
}

static void save(struct galleries *galleries, struct gallery *gallery) {
    uint64_t start = clock_monotonic_ns();
    gallery->wants_saving = false;
    size_t faces = index_count(gallery->indexes.faces);
    bool saved = save_indexes(galleries, gallery);
    uint64_t now = clock_monotonic_ns(), pause = LIMIT_SNAPSHOT_PAUSES * (now - start);
    gallery->saved_faces = saved ? faces : 0;
    gallery->not_before_ns = now + MAX(pause, LIMIT_SNAPSHOT_PAUSE_MS * 1000000ull);
    if (!saved)
        gallery->wants_saving = true; /* vectors were removed meanwhile, or the disk is full */
}

/* --- copies --- */

/* With its lock held, which it lets go while it copies. */
static bool copy_indexes(struct galleries *galleries, struct gallery *gallery, struct gallery *other) {
    gallery->copying = true;
    pthread_mutex_unlock(&gallery->lock);
    bool good = gallery_group_make(galleries->store, &gallery->indexes, gallery->approximate,
                                   &galleries->stopping, &other->indexes, NULL);
    pthread_mutex_lock(&gallery->lock);
    gallery->copying = false;
    return apply_pending(gallery, good && !gallery->retired, &other->indexes, NULL);
}

/* Puts one into its place whose index is as the collection says that it should be. */
static void copy(struct galleries *galleries, struct gallery *gallery) {
    struct gallery *other = gallery_new(gallery->collection);
    bool good = other && (other->model = strdup(gallery->model));
    pthread_mutex_lock(&gallery->lock);
    gallery->wants_copying = false;
    good = good && !gallery->retired && copy_indexes(galleries, gallery, other);
    if (good) {
        other->state = READY;
        other->saved_faces = gallery->saved_faces;
        other->wants_saving = gallery->wants_saving;
        other->not_before_ns = gallery->not_before_ns;
        replace(galleries, gallery, other);
    }
    pthread_mutex_unlock(&gallery->lock);
    gallery->copy_after_ns = clock_monotonic_ns() + LIMIT_GROUP_RETRY_MS * 1000000ull;
    if (!good && other)
        gallery_free(other);
}

/* --- the keeper --- */

static bool copy_is_due(const struct gallery *gallery, uint64_t now) {
    return gallery->wants_copying && gallery->copy_after_ns <= now;
}

/* One whose time has come, with a reference; NULL for none. With the registry's lock held. */
static struct gallery *find_due(struct galleries *galleries) {
    uint64_t now = clock_monotonic_ns();
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct gallery *gallery = galleries->buckets[i]; gallery; gallery = gallery->next)
            if (copy_is_due(gallery, now) || (gallery->wants_saving && gallery->not_before_ns <= now)) {
                gallery->references++;
                return gallery;
            }
    return NULL;
}

static void *keep(void *context) {
    struct galleries *galleries = context;
    struct timespec until;
    pthread_mutex_lock(&galleries->lock);
    while (!galleries->stopping) {
        struct gallery *gallery = find_due(galleries);
        if (gallery) {
            pthread_mutex_unlock(&galleries->lock);
            if (copy_is_due(gallery, clock_monotonic_ns()))
                copy(galleries, gallery);
            else
                save(galleries, gallery);
            release(galleries, gallery);
            pthread_mutex_lock(&galleries->lock);
            continue;
        }
        uint64_t at = clock_monotonic_ns() + KEEPER_MS * 1000000ull;
        until = (struct timespec){(time_t)(at / 1000000000), (long)(at % 1000000000)};
        pthread_cond_timedwait(&galleries->woken, &galleries->lock, &until);
    }
    pthread_mutex_unlock(&galleries->lock);
    return NULL;
}

static void save_at_end(struct galleries *galleries, struct gallery *gallery) {
    if (gallery->state == READY && index_count(gallery->indexes.faces) >= LIMIT_SNAPSHOT_FACES &&
        !gallery_file_is_current(galleries->store, gallery->collection) && !save_indexes(galleries, gallery))
        gallery_file_forget(galleries->store, gallery->collection);
}

bool galleries_new(struct store *store, const struct similarity_scale *scale,
                   struct galleries **ret_galleries, struct error *err) {
    struct galleries *galleries = calloc(1, sizeof *galleries);
    pthread_condattr_t monotonic;
    if (!galleries)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
    galleries->store = store;
    galleries->scale = *scale;
    pthread_mutex_init(&galleries->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&galleries->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    gallery_file_sweep(store);
    galleries->kept = pthread_create(&galleries->keeper, NULL, keep, galleries) == 0;
    if (!galleries->kept) {
        galleries_free(galleries);
        return error_set(err, ERROR_INTERNAL, "There is no thread for the index.");
    }
    *ret_galleries = galleries;
    return true;
}

void galleries_free(struct galleries *galleries) {
    if (!galleries)
        return;
    pthread_mutex_lock(&galleries->lock);
    galleries->stopping = true;
    pthread_cond_signal(&galleries->woken);
    pthread_mutex_unlock(&galleries->lock);
    if (galleries->kept)
        pthread_join(galleries->keeper, NULL);
    for (size_t i = 0; i < BUCKETS; i++)
        while (galleries->buckets[i]) {
            struct gallery *next = galleries->buckets[i]->next;
            save_at_end(galleries, galleries->buckets[i]);
            gallery_free(galleries->buckets[i]);
            galleries->buckets[i] = next;
        }
    pthread_cond_destroy(&galleries->woken);
    pthread_mutex_destroy(&galleries->lock);
    free(galleries);
}

/* --- searching --- */

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
}

/* Of the index's matches, those that score enough; room for all of them. */
static size_t take_matches(const struct similarity_scale *scale, float similarity,
                           const struct index_match *found, size_t count, struct gallery_match *matches) {
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        float score = score_of_cosine(scale, found[i].cosine);
        if (score >= similarity)
            matches[taken++] = (struct gallery_match){found[i].face, score};
    }
    return taken;
}

/* Searches one of the indexes as `like` says, for up to SEARCH_MANY probes in one pass; the matches are in
 * the arena. */
static bool search(struct galleries *galleries, struct arena *arena,
                   const struct store_collection *collection, bool users, float similarity,
                   const struct index_query *like, const float *const *probes, size_t count,
                   struct gallery_matches *ret_matches, struct error *err) {
    const struct similarity_scale *scale = galleries_scale(galleries, collection->model);
    struct index_query queries[SEARCH_MANY];
    struct index_match *found[SEARCH_MANY];
    struct gallery_match *matches[SEARCH_MANY];
    size_t counts[SEARCH_MANY];
    for (size_t i = 0; i < count; i++) {
        queries[i] = *like;
        queries[i].probe = probes[i];
        queries[i].threshold = score_to_cosine(scale, similarity);
        found[i] = arena_array(arena, like->maximum, sizeof *found[i]);
        matches[i] = arena_array(arena, like->maximum, sizeof *matches[i]);
        if (!found[i] || !matches[i])
            return no_memory(err);
    }
    struct gallery *gallery = acquire_ready(galleries, collection, err);
    if (!gallery)
        return false;
    struct index *index = users ? gallery->indexes.users : gallery->indexes.faces;
    bool exact = index_is_exact(index, like);
    bool good = index_search_many(index, queries, count, found, counts, err);
    release(galleries, gallery);
    for (size_t i = 0; good && i < count; i++)
        ret_matches[i] = (struct gallery_matches){
            matches[i], take_matches(scale, similarity, found[i], counts[i], matches[i]), exact};
    return good;
}

bool gallery_search_many(struct galleries *galleries, struct arena *arena,
                         const struct store_collection *collection, const struct gallery_query *query,
                         const float *const *probes, size_t count, struct gallery_matches *ret_matches,
                         struct error *err) {
    static const struct uuid none;
    CLEANUP_FREE struct uuid *among = NULL;
    struct index_query like = {
        .maximum = query->maximum, .exclude = query->exclude, .exhaustive = query->exhaustive};
    if (query->filter) {
        if (!store_faces_matching(galleries->store, collection->number, query->filter, &among,
                                  &like.among_count, err))
            return false;
        like.among = among ? among : &none;
    }
    for (size_t first = 0; first < count; first += SEARCH_MANY)
        if (!search(galleries, arena, collection, false, query->similarity, &like, probes + first,
                    MIN(count - first, (size_t)SEARCH_MANY), ret_matches + first, err))
            return false;
    return true;
}

bool gallery_search(struct galleries *galleries, struct arena *arena,
                    const struct store_collection *collection, const struct gallery_query *query,
                    struct gallery_matches *ret_matches, struct error *err) {
    return gallery_search_many(galleries, arena, collection, query, &query->probe, 1, ret_matches, err);
}

bool gallery_search_users(struct galleries *galleries, struct arena *arena,
                          const struct store_collection *collection, const float *probe, float similarity,
                          size_t maximum, const struct uuid *exclude, struct gallery_user_match **ret_matches,
                          size_t *ret_count, struct error *err) {
    const struct index_query query = {.maximum = maximum, .exclude = exclude};
    struct gallery_matches found;
    struct gallery_user_match *matches = arena_array(arena, maximum, sizeof *matches);
    if (!matches)
        return no_memory(err);
    if (!search(galleries, arena, collection, true, similarity, &query, &probe, 1, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++)
        matches[i] = (struct gallery_user_match){found.matches[i].face, found.matches[i].similarity};
    *ret_matches = matches;
    *ret_count = found.count;
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
