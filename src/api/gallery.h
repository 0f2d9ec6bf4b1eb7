/* The faces and users of the collections in memory, kept in agreement with the store.
 *
 * A collection's index is made from the store when it is first searched. A user's vector is the sum of its
 * faces' unit vectors, weighted by how good the face is (quality_weight), made a unit vector again; users are
 * searched by it in an index of their own. Every change is part of the caller's transaction of the store
 * (store_begin) and reaches the index when that is on disk, before anybody else can write: what was
 * acknowledged is found at once, what was undone never. An index that cannot follow the store (no memory) is
 * dropped and made again. A deleted collection's index lives until the last search in it has ended. A large
 * collection that may be searched approximately gets a grouped index in the background (gallery_group.h). */
#ifndef API_GALLERY_H
#define API_GALLERY_H

#include "match/similarity.h"
#include "store/store.h"

struct galleries;

struct gallery_query {
    const float *probe;
    float similarity; /* the least */
    size_t maximum;
    const struct uuid *exclude;        /* left out, or NULL */
    const struct store_filter *filter; /* among which, or NULL */
    bool exhaustive; /* misses nothing, also where the collection is searched approximately */
};

struct gallery_match {
    struct uuid face;
    float similarity; /* 0 to 100 */
};

struct gallery_matches {
    struct gallery_match *matches;
    size_t count;
    bool exact; /* surely all that there are */
};

struct gallery_user_match {
    struct uuid user; /* its key */
    float similarity;
};

/* What became of one face of an association or its end. */
enum gallery_outcome {
    GALLERY_DONE,
    GALLERY_ALREADY, /* nothing to do: it belongs to this user, or to nobody when it was to be taken away */
    GALLERY_FACE_NOT_FOUND,
    GALLERY_OTHER_USER, /* belongs to the user named */
    GALLERY_LOW_MATCH,  /* has only this similarity */
};

struct gallery_association {
    struct uuid face;
    enum gallery_outcome outcome;
    const char *user_id;
    float similarity;
};

/* Snapshots lie in the store's folder, as do the nameless files of large indexes; they are written in the
 * background and at the end. The store outlives it. */
MUST_CHECK bool galleries_new(struct store *store, const struct similarity_scale *scale,
                              struct galleries **ret_galleries, struct error *err);
/* The scale of collections of this model, which outlives it; `scale` of galleries_new is that of all others.
 * Before its first use, up to LIMIT_MODELS times. */
void galleries_set_scale(struct galleries *galleries, const char *model,
                         const struct similarity_scale *scale);
/* Writes the snapshots that are behind. Nobody uses it any more. Takes NULL. */
void galleries_free(struct galleries *galleries);

/* --- changes: only inside a transaction of the store --- */

/* Like store_faces_add, store_faces_delete, store_collection_delete and store_user_delete. */
MUST_CHECK bool gallery_add(struct galleries *galleries, const struct store_collection *collection,
                            struct store_face *faces, const float *const *vectors, size_t count,
                            bool *ret_known, struct error *err);
MUST_CHECK bool gallery_remove(struct galleries *galleries, const struct store_collection *collection,
                               const struct uuid *faces, size_t count, bool *ret_deleted, struct error *err);
MUST_CHECK bool gallery_drop(struct galleries *galleries, const struct store_collection *collection,
                             struct error *err);
/* Like store_move_end: the collection is made anew from the store, and calls that looked at it before are
 * told to try again. */
MUST_CHECK bool gallery_move(struct galleries *galleries, const struct store_collection *collection,
                             struct error *err);
MUST_CHECK bool gallery_user_delete(struct galleries *galleries, const struct store_collection *collection,
                                    const char *user_id, struct error *err);
/* Gives the faces that associations[i].face names to the user. When it has faces already, those below
 * `similarity` to its vector are refused. Fills the rest of associations. NOT_FOUND (the user), QUOTA. */
MUST_CHECK bool gallery_associate(struct galleries *galleries, struct arena *arena,
                                  const struct store_collection *collection, const char *user_id,
                                  float similarity, struct gallery_association *associations, size_t count,
                                  struct error *err);
MUST_CHECK bool gallery_disassociate(struct galleries *galleries, struct arena *arena,
                                     const struct store_collection *collection, const char *user_id,
                                     struct gallery_association *associations, size_t count,
                                     struct error *err);

/* --- searches: outside of a transaction, or inside before its first write, when nobody else can write
 * between the search and that. THROTTLED when the collection has moved to another model since the caller
 * looked at it --- */

/* The best faces, best first. The matches live in the arena; a face may be deleted while one reads them. */
MUST_CHECK bool gallery_search(struct galleries *galleries, struct arena *arena,
                               const struct store_collection *collection, const struct gallery_query *query,
                               struct gallery_matches *ret_matches, struct error *err);
/* The same for several probes in the place of the query's, in one pass over the memory and with one look at
 * its filter: ret_matches[i] are those of probes[i]. */
MUST_CHECK bool gallery_search_many(struct galleries *galleries, struct arena *arena,
                                    const struct store_collection *collection,
                                    const struct gallery_query *query, const float *const *probes,
                                    size_t count, struct gallery_matches *ret_matches, struct error *err);
/* The same for users, always exact. */
MUST_CHECK bool gallery_search_users(struct galleries *galleries, struct arena *arena,
                                     const struct store_collection *collection, const float *probe,
                                     float similarity, size_t maximum, const struct uuid *exclude,
                                     struct gallery_user_match **ret_matches, size_t *ret_count,
                                     struct error *err);
/* The embedding of a face, in the arena. INVALID_PARAMETER when it is not in the collection. */
MUST_CHECK bool gallery_vector(struct galleries *galleries, struct arena *arena,
                               const struct store_collection *collection, struct uuid face,
                               float **ret_vector, struct error *err);
/* The vector of a user, in the arena; NULL when it has no faces. */
MUST_CHECK bool gallery_user_vector(struct galleries *galleries, struct arena *arena,
                                    const struct store_collection *collection, struct uuid user,
                                    float **ret_vector, struct error *err);

#endif
