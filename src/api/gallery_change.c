/* Each change is written to the store in the caller's transaction and noted as edits of the indexes, which
 * the store has applied when the transaction is on disk, or forgotten when it is undone. A user's new vector
 * is computed here, where the store shows the transaction's own writes. */
#include <assert.h>
#include "api/gallery_change.h"
#include "api/gallery_file.h"
#include "api/score.h"
#include "base/limits.h"

void gallery_change_free(struct gallery_change *change) {
    if (change)
        arena_free(change->arena);
}

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for the change.");
}

static struct gallery_change *change_new(struct galleries *galleries,
                                         const struct store_collection *collection, struct error *err) {
    assert(store_in_transaction(galleries_store(galleries)));
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    struct gallery_change *change = arena ? arena_array(arena, 1, sizeof *change) : NULL;
    if (!change) {
        arena_free(arena);
        no_memory(err);
        return NULL;
    }
    change->galleries = galleries;
    change->arena = arena;
    change->collection = collection->number;
    change->model = collection->model;
    change->dimension = collection->dimension;
    change->last = &change->first;
    return change;
}

/* Notes one edit; vector is copied, NULL takes the id out. */
static bool change_put(struct gallery_change *change, bool of_user, struct uuid id, const float *vector,
                       struct error *err) {
    struct gallery_edit *edit = arena_array(change->arena, 1, sizeof *edit);
    float *copy = vector ? arena_array(change->arena, (size_t)change->dimension, sizeof *copy) : NULL;
    if (!edit || (vector && !copy))
        return no_memory(err);
    if (vector)
        memcpy(copy, vector, (size_t)change->dimension * sizeof *copy);
    *edit = (struct gallery_edit){.of_user = of_user, .id = id, .vector = copy};
    *change->last = edit;
    change->last = &edit->next;
    return true;
}

static void at_end(void *context, bool committed) {
    if (committed)
        gallery_apply(context);
    else
        gallery_change_free(context);
}

/* Hands the change over to the transaction when all went well. change may be NULL. */
static bool change_end(struct gallery_change *change, bool good, struct error *err) {
    good = good && store_on_commit(galleries_store(change->galleries), at_end, change, err);
    if (!good)
        gallery_change_free(change);
    return good;
}

/* The vector of a user in the arena; NULL when it has no faces, or they have no direction together. */
static bool user_vector(struct store *store, struct arena *arena, const struct gallery_change *change,
                        const char *user_id, float **ret_vector, struct error *err) {
    const struct store_filter filter = {.user_id = user_id};
    struct store_face *faces;
    size_t count;
    float *sum = arena_array(arena, (size_t)change->dimension, sizeof *sum);
    float *vector = arena_array(arena, (size_t)change->dimension, sizeof *vector);
    if (!sum || !vector)
        return no_memory(err);
    if (!store_faces_list(store, arena, change->collection, &filter, NULL, LIMIT_USER_FACES, &faces, &count,
                          err))
        return false;
    for (size_t face = 0; face < count; face++) {
        if (!store_vector_get(store, change->collection, faces[face].id, change->dimension, vector, err))
            return false;
        gallery_weigh(sum, vector, faces[face].confidence, change->dimension);
    }
    *ret_vector = gallery_normalise(sum, change->dimension) ? sum : NULL;
    return true;
}

/* Notes the vector that a user has now. */
static bool put_user(struct gallery_change *change, const char *user_id, struct error *err) {
    struct store *store = galleries_store(change->galleries);
    struct store_user user;
    float *vector;
    return store_user_get(store, change->arena, change->collection, user_id, &user, err) &&
           user_vector(store, change->arena, change, user_id, &vector, err) &&
           change_put(change, true, user.key, vector, err);
}

bool gallery_add(struct galleries *galleries, const struct store_collection *collection,
                 struct store_face *faces, const float *const *vectors, size_t count, bool *ret_known,
                 struct error *err) {
    struct gallery_change *change = change_new(galleries, collection, err);
    bool good = change && store_faces_add(galleries_store(galleries), collection->number, faces, vectors,
                                          count, ret_known, err);
    for (size_t i = 0; good && i < count; i++)
        good = ret_known[i] || change_put(change, false, faces[i].id, vectors[i], err);
    return change_end(change, good, err);
}

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The users to whom the faces belong, each once. */
static bool users_of(struct gallery_change *change, const struct uuid *faces, size_t count,
                     const char ***ret_users, size_t *ret_count, struct error *err) {
    const char **users = arena_array(change->arena, count, sizeof *users);
    size_t named = 0, distinct = 0;
    if (!users)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct store_face face;
        if (store_face_get(galleries_store(change->galleries), change->arena, change->collection, faces[i],
                           &face, err)) {
            if (face.user_id)
                users[named++] = face.user_id;
        } else if (err->code != ERROR_NOT_FOUND) {
            return false;
        }
    }
    qsort(users, named, sizeof *users, compare_strings);
    for (size_t i = 0; i < named; i++)
        if (distinct == 0 || strcmp(users[distinct - 1], users[i]) != 0)
            users[distinct++] = users[i];
    *ret_users = users;
    *ret_count = distinct;
    return true;
}

bool gallery_remove(struct galleries *galleries, const struct store_collection *collection,
                    const struct uuid *faces, size_t count, bool *ret_deleted, struct error *err) {
    struct gallery_change *change = change_new(galleries, collection, err);
    const char **users = NULL;
    size_t user_count = 0;
    bool good = change && users_of(change, faces, count, &users, &user_count, err) &&
                store_faces_delete(galleries_store(galleries), collection->number, faces, count, ret_deleted,
                                   err);
    for (size_t i = 0; good && i < count; i++)
        good = !ret_deleted[i] || change_put(change, false, faces[i], NULL, err);
    for (size_t i = 0; good && i < user_count; i++)
        good = put_user(change, users[i], err);
    return change_end(change, good, err);
}

bool gallery_drop(struct galleries *galleries, const struct store_collection *collection, struct error *err) {
    struct gallery_change *change = change_new(galleries, collection, err);
    if (change)
        change->dropped = true;
    return change_end(change,
                      change && store_collection_delete(galleries_store(galleries), collection->account,
                                                        collection->id, err),
                      err);
}

bool gallery_move(struct galleries *galleries, const struct store_collection *collection, struct error *err) {
    struct gallery_change *change = change_new(galleries, collection, err);
    if (change)
        change->dropped = true;
    return change_end(change, change && store_move_end(galleries_store(galleries), collection->number, err),
                      err);
}

bool gallery_user_delete(struct galleries *galleries, const struct store_collection *collection,
                         const char *user_id, struct error *err) {
    struct store *store = galleries_store(galleries);
    struct gallery_change *change = change_new(galleries, collection, err);
    struct store_user user;
    bool good = change && store_user_get(store, change->arena, collection->number, user_id, &user, err) &&
                store_user_delete(store, collection->number, user_id, err) &&
                change_put(change, true, user.key, NULL, err);
    return change_end(change, good, err);
}

/* --- who belongs to whom --- */

/* Says of each face what is to become of it when it joins the user, or leaves it. */
static bool look_at_faces(struct store *store, struct arena *arena, int64_t collection, const char *user_id,
                          bool joins, struct gallery_association *associations, size_t count,
                          struct error *err) {
    for (size_t i = 0; i < count; i++) {
        struct gallery_association *association = &associations[i];
        struct store_face face;
        *association = (struct gallery_association){.face = association->face};
        if (!store_face_get(store, arena, collection, association->face, &face, err)) {
            if (err->code != ERROR_NOT_FOUND)
                return false;
            association->outcome = GALLERY_FACE_NOT_FOUND;
            continue;
        }
        association->user_id = face.user_id;
        bool mine = face.user_id && strcmp(face.user_id, user_id) == 0;
        association->outcome = face.user_id && !mine ? GALLERY_OTHER_USER
                               : mine == joins       ? GALLERY_ALREADY
                                                     : GALLERY_DONE;
    }
    return true;
}

/* Refuses those that would join and are less like the user than `similarity`. */
static bool refuse_unlike(struct galleries *galleries, const struct gallery_change *change,
                          const char *user_id, float similarity, struct gallery_association *associations,
                          size_t count, struct error *err) {
    float *user, *vector = arena_array(change->arena, (size_t)change->dimension, sizeof *vector);
    if (!vector)
        return no_memory(err);
    if (!user_vector(galleries_store(galleries), change->arena, change, user_id, &user, err))
        return false;
    for (size_t i = 0; user && i < count; i++) {
        if (associations[i].outcome != GALLERY_DONE)
            continue;
        if (!store_vector_get(galleries_store(galleries), change->collection, associations[i].face,
                              change->dimension, vector, err))
            return false;
        associations[i].similarity = score_of_vectors(galleries_scale(galleries, change->model), user, vector,
                                                      change->dimension);
        if (associations[i].similarity < similarity)
            associations[i].outcome = GALLERY_LOW_MATCH;
    }
    return true;
}

/* Gives the faces that are DONE to new_user (or nobody), and notes the vector of user_id. */
static bool assign(struct store *store, struct gallery_change *change, const char *user_id,
                   const char *new_user, const struct gallery_association *associations, size_t count,
                   struct error *err) {
    size_t chosen = 0;
    struct uuid *faces = arena_array(change->arena, count, sizeof *faces);
    if (!faces)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        if (associations[i].outcome == GALLERY_DONE)
            faces[chosen++] = associations[i].face;
    return chosen == 0 || (store_faces_assign(store, change->collection, faces, chosen, new_user, err) &&
                           put_user(change, user_id, err));
}

bool gallery_associate(struct galleries *galleries, struct arena *arena,
                       const struct store_collection *collection, const char *user_id, float similarity,
                       struct gallery_association *associations, size_t count, struct error *err) {
    struct store *store = galleries_store(galleries);
    struct gallery_change *change = change_new(galleries, collection, err);
    struct store_user user;
    bool good = change && store_user_get(store, arena, collection->number, user_id, &user, err) &&
                look_at_faces(store, arena, collection->number, user_id, true, associations, count, err) &&
                (user.face_count == 0 ||
                 refuse_unlike(galleries, change, user_id, similarity, associations, count, err)) &&
                assign(store, change, user_id, user_id, associations, count, err);
    return change_end(change, good, err);
}

bool gallery_disassociate(struct galleries *galleries, struct arena *arena,
                          const struct store_collection *collection, const char *user_id,
                          struct gallery_association *associations, size_t count, struct error *err) {
    struct store *store = galleries_store(galleries);
    struct gallery_change *change = change_new(galleries, collection, err);
    struct store_user user;
    bool good = change && store_user_get(store, arena, collection->number, user_id, &user, err) &&
                look_at_faces(store, arena, collection->number, user_id, false, associations, count, err) &&
                assign(store, change, user_id, NULL, associations, count, err);
    return change_end(change, good, err);
}
