/* A gallery is found by the number of its collection under the registry's lock, which is held for nothing
 * else. Whoever uses one holds a reference. Its `change` lock orders all changes of the collection and the
 * making of its index; `ready` tells searches that the index is there. A gallery is retired (taken out of the
 * registry, under its change lock) when its collection is deleted or its index is no longer true: who waited
 * for the lock of a retired one starts again with its successor. */
#include <pthread.h>
#include <stdatomic.h>
#include "api/gallery.h"
#include "api/score.h"
#include "match/index.h"

enum { BUCKETS = 1024 };

struct gallery {
    struct gallery *next; /* in its bucket */
    int64_t collection;
    int references; /* the registry's own and one a user */
    pthread_mutex_t change;
    bool retired;
    atomic_bool ready;
    struct index *index; /* once ready */
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
    pthread_mutex_init(&gallery->change, NULL);
    return gallery;
}

static void gallery_free(struct gallery *gallery) {
    if (gallery->index)
        index_free(gallery->index);
    pthread_mutex_destroy(&gallery->change);
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

/* --- references --- */

static struct gallery *acquire(struct galleries *galleries, int64_t collection, struct error *err) {
    struct gallery **bucket = bucket_of(galleries, collection), *gallery;
    pthread_mutex_lock(&galleries->lock);
    for (gallery = *bucket; gallery && gallery->collection != collection;)
        gallery = gallery->next;
    if (!gallery && (gallery = gallery_new(collection))) {
        gallery->next = *bucket;
        *bucket = gallery;
    }
    if (gallery)
        gallery->references++;
    pthread_mutex_unlock(&galleries->lock);
    if (!gallery)
        error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
    return gallery;
}

static void release(struct galleries *galleries, struct gallery *gallery) {
    pthread_mutex_lock(&galleries->lock);
    bool last = --gallery->references == 0;
    pthread_mutex_unlock(&galleries->lock);
    if (last)
        gallery_free(gallery);
}

/* With its change lock held. */
static void retire(struct galleries *galleries, struct gallery *gallery) {
    struct gallery **link = bucket_of(galleries, gallery->collection);
    pthread_mutex_lock(&galleries->lock);
    while (*link != gallery)
        link = &(*link)->next;
    *link = gallery->next;
    gallery->references--;
    pthread_mutex_unlock(&galleries->lock);
    gallery->retired = true;
}

/* Acquires it for a change: its lock is held, it is not retired. */
static struct gallery *acquire_for_change(struct galleries *galleries, int64_t collection,
                                          struct error *err) {
    for (;;) {
        struct gallery *gallery = acquire(galleries, collection, err);
        if (!gallery)
            return NULL;
        pthread_mutex_lock(&gallery->change);
        if (!gallery->retired)
            return gallery;
        pthread_mutex_unlock(&gallery->change);
        release(galleries, gallery);
    }
}

static void release_after_change(struct galleries *galleries, struct gallery *gallery) {
    pthread_mutex_unlock(&gallery->change);
    release(galleries, gallery);
}

/* --- searching --- */

static bool insert_vector(void *index, struct uuid face, const float *vector, struct error *err) {
    return index_insert(index, face, vector, err);
}

static bool make_index(struct galleries *galleries, struct gallery *gallery, int dimension,
                       struct error *err) {
    struct index *index;
    if (!index_new(dimension, &index, err))
        return false;
    if (!store_vectors_each(galleries->store, gallery->collection, insert_vector, index, err)) {
        index_free(index);
        return false;
    }
    gallery->index = index;
    atomic_store(&gallery->ready, true);
    return true;
}

/* Acquires it for a search: its index is there. */
static struct gallery *acquire_ready(struct galleries *galleries, const struct store_collection *collection,
                                     struct error *err) {
    struct gallery *gallery = acquire(galleries, collection->number, err);
    if (!gallery || atomic_load(&gallery->ready))
        return gallery;
    release(galleries, gallery);
    gallery = acquire_for_change(galleries, collection->number, err);
    if (!gallery)
        return NULL;
    bool good = gallery->ready || make_index(galleries, gallery, collection->dimension, err);
    pthread_mutex_unlock(&gallery->change);
    if (good)
        return gallery;
    release(galleries, gallery);
    return NULL;
}

bool gallery_search(struct galleries *galleries, struct arena *arena,
                    const struct store_collection *collection, const float *probe, float similarity,
                    size_t maximum, const struct uuid *exclude, struct gallery_match **ret_matches,
                    size_t *ret_count, struct error *err) {
    struct index_match *found = arena_array(arena, maximum, sizeof *found);
    struct gallery_match *matches = arena_array(arena, maximum, sizeof *matches);
    if (!found || !matches)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
    struct gallery *gallery = acquire_ready(galleries, collection, err);
    if (!gallery)
        return false;
    size_t found_count = 0, count = 0;
    bool good = index_search(gallery->index, probe, score_to_cosine(similarity), maximum, exclude, found,
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

bool gallery_vector(struct galleries *galleries, struct arena *arena,
                    const struct store_collection *collection, struct uuid face, float **ret_vector,
                    struct error *err) {
    float *vector = arena_array(arena, (size_t)collection->dimension, sizeof *vector);
    if (!vector)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
    struct gallery *gallery = acquire_ready(galleries, collection, err);
    if (!gallery)
        return false;
    bool found = index_vector(gallery->index, face, vector);
    release(galleries, gallery);
    if (!found)
        return error_set(err, ERROR_INVALID_PARAMETER, "faceId was not found in the collection.");
    *ret_vector = vector;
    return true;
}

/* --- changing --- */

/* After a failed change: a collection that is gone needs no gallery. */
static void retire_if_gone(struct galleries *galleries, struct gallery *gallery, const struct error *err) {
    if (err->code == ERROR_NOT_FOUND)
        retire(galleries, gallery);
}

bool gallery_add(struct galleries *galleries, const struct store_collection *collection,
                 struct store_face *faces, const float *const *vectors, size_t count, bool *ret_known,
                 struct error *err) {
    struct gallery *gallery = acquire_for_change(galleries, collection->number, err);
    if (!gallery)
        return false;
    bool good = store_faces_add(galleries->store, collection->number, faces, vectors, count, ret_known, err);
    if (!good)
        retire_if_gone(galleries, gallery, err);
    for (size_t i = 0; good && gallery->ready && !gallery->retired && i < count; i++)
        if (!ret_known[i] && !index_insert(gallery->index, faces[i].id, vectors[i], NULL))
            retire(galleries, gallery);
    release_after_change(galleries, gallery);
    return good;
}

bool gallery_remove(struct galleries *galleries, const struct store_collection *collection,
                    const struct uuid *faces, size_t count, bool *ret_deleted, struct error *err) {
    struct gallery *gallery = acquire_for_change(galleries, collection->number, err);
    if (!gallery)
        return false;
    bool good = store_faces_delete(galleries->store, collection->number, faces, count, ret_deleted, err);
    if (!good)
        retire_if_gone(galleries, gallery, err);
    for (size_t i = 0; good && gallery->ready && i < count; i++)
        if (ret_deleted[i])
            index_remove(gallery->index, faces[i]);
    release_after_change(galleries, gallery);
    return good;
}

bool gallery_drop(struct galleries *galleries, const struct store_collection *collection, struct error *err) {
    struct gallery *gallery = acquire_for_change(galleries, collection->number, err);
    if (!gallery)
        return false;
    bool good = store_collection_delete(galleries->store, collection->id, err);
    if (good)
        retire(galleries, gallery);
    else
        retire_if_gone(galleries, gallery, err);
    release_after_change(galleries, gallery);
    return good;
}
