/* ReembedCollection. Another model looks at the crop of each face, and when it has seen all of them its
 * vectors take the place of the old ones (store/moves.c), in one transaction; until then searches go on with
 * these.
 *
 * That takes long: so a call works for LIMIT_REEMBED_MS, in batches of a transaction each between which
 * others write, and answers how far it is. Who wants it done calls again. What has been seen is kept, so that
 * nothing is lost when a call, or the server, is cut off.
 *
 * The other model must find the face in its crop where it was; it is then aligned by the landmarks that were
 * found in the whole photograph. Of 120 photographs the cosine with the other model's embedding of the whole
 * is 0.9984 at least and 0.9996 in the middle; with landmarks found in the crop 0.13 and 0.998, because a
 * face at an edge is seen otherwise.
 *
 * Those few faces that come between the last look and the last transaction are looked at inside of it. */
#include "api/reembed.h"
#include "api/administration.h"
#include "api/crop.h"
#include "api/extension.h"
#include "api/face_json.h"
#include "api/json.h"
#include "base/clock.h"

enum {
    BATCH = 16,
    FEW = 4,         /* may be looked at while nobody else can write */
    CROP_FACES = 16, /* that are looked for in a crop */
    ARENA_BYTES = 2 * BATCH * LIMIT_CROP_BYTES,
};

const struct field reembed_collection_fields[] = {
    {COLLECTION_ID},
    {"FaceModelVersion", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_MODEL_NAME,
     .pattern = &pattern_line},
    {"DropUnmovable", FIELD_BOOLEAN, .required = false},
    {0},
};

struct reembedding {
    struct call *call;
    const struct model *to;
    struct store_collection collection;
    struct store_move move;
    struct arena *arena; /* of a batch */
};

/* --- looking --- */

/* *ret_moved is false when no crop is kept, or the face is not found in it. */
static bool embed(struct reembedding *reembedding, struct uuid id, float *vector, bool *ret_moved,
                  struct error *err) {
    struct face_worker *worker = reembedding->call->faces[reembedding->to->number];
    CLEANUP_IMAGE struct image image = {0};
    struct face face, faces[CROP_FACES];
    struct bytes crop;
    int count;
    *ret_moved = false;
    if (!store_crop_get(reembedding->call->service->store, reembedding->arena, reembedding->collection.number,
                        id, &crop, err))
        return false;
    if (!crop.ptr)
        return true;
    if (!crop_open(crop, &image, &face, err) || !face_detect(worker, &image, CROP_FACES, faces, &count, err))
        return false;
    int found = crop_find(&face, faces, count);
    *ret_moved = found >= 0;
    return found < 0 || face_embed(worker, &image, &face, vector, err);
}

/* Up to BATCH of the faces that are left, whose number is *ret_count. */
static bool do_batch(struct reembedding *reembedding, size_t *ret_count, struct error *err) {
    struct store *store = reembedding->call->service->store;
    int64_t collection = reembedding->collection.number;
    int dimension = model_dimension(reembedding->to);
    struct uuid ids[BATCH];
    const float *vectors[BATCH];
    struct store_face *faces;
    arena_reset(reembedding->arena);
    if (!store_move_next(store, reembedding->arena, collection, BATCH, &faces, ret_count, err))
        return false;
    for (size_t i = 0; i < *ret_count; i++) {
        float *vector = arena_array(reembedding->arena, (size_t)dimension, sizeof *vector);
        bool moved;
        if (!vector)
            return call_no_memory(err);
        if (!embed(reembedding, faces[i].id, vector, &moved, err))
            return false;
        ids[i] = faces[i].id;
        vectors[i] = moved ? vector : NULL;
    }
    return store_move_put(store, collection, model_version(reembedding->to), dimension, ids, vectors,
                          *ret_count, err);
}

/* Until none is left, or the time is up. */
static bool work(struct reembedding *reembedding, struct error *err) {
    uint64_t end = clock_monotonic_ns() + LIMIT_REEMBED_MS * UINT64_C(1000000);
    size_t count = 1;
    while (count > 0 && clock_monotonic_ns() < end)
        if (!do_batch(reembedding, &count, err))
            return false;
    return true;
}

/* --- answering --- */

static void put_unmovable(struct buffer *out, const struct store_face *faces, size_t count) {
    json_array_open(out, "NotMoved");
    for (size_t i = 0; i < count; i++)
        face_json_id(out, NULL, faces[i].id);
    json_array_close(out);
}

static bool answer(struct reembedding *reembedding, const char *status, struct error *err) {
    struct call *call = reembedding->call;
    const struct store_move *move = &reembedding->move;
    struct store_face *faces;
    size_t count;
    if (!store_move_unmovable(call->service->store, call->arena, reembedding->collection.number,
                              LIMIT_UNMOVABLE, &faces, &count, err))
        return false;
    json_put_string(call->reply, "Status", status);
    json_put_string(call->reply, "FaceModelVersion", reembedding->collection.model);
    json_put_integer(call->reply, "Moved", move->moved);
    json_put_integer(call->reply, "Left", move->left);
    json_put_integer(call->reply, "NotMovable", move->unmovable);
    put_unmovable(call->reply, faces, count);
    deed_detail(call, "to_model", model_version(reembedding->to));
    deed_detail(call, "status", status);
    return true;
}

/* --- the end --- */

/* Up to LIMIT_PAGE of the faces that were given up are deleted. */
static bool drop_unmovable(struct reembedding *reembedding, struct error *err) {
    struct call *call = reembedding->call;
    struct store_face *faces;
    size_t count;
    if (!store_move_unmovable(call->service->store, call->arena, reembedding->collection.number, LIMIT_PAGE,
                              &faces, &count, err))
        return false;
    struct uuid *ids = arena_array(call->arena, count + 1, sizeof *ids);
    bool *deleted = arena_array(call->arena, count + 1, sizeof *deleted);
    if (!ids || !deleted)
        return call_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        deed_face(call, RECORD_ERASED, &faces[i]);
        ids[i] = faces[i].id;
    }
    reembedding->move.unmovable -= (int64_t)count;
    return gallery_remove(call->service->galleries, &reembedding->collection, ids, count, deleted, err);
}

/* The collection and how far it is, as nobody else can change them now. */
static bool look_again(struct reembedding *reembedding, struct error *err) {
    struct call *call = reembedding->call;
    size_t count = 0;
    if (!call_begin(call, err) || !call_collection(call, &reembedding->collection, err))
        return false;
    const char *next = reembedding->collection.next_model;
    if (!next || strcmp(next, model_version(reembedding->to)) != 0)
        return error_set(err, ERROR_CONFLICT, "Another call has decided where the collection moves.");
    if (!store_move_state(call->service->store, reembedding->collection.number, &reembedding->move, err))
        return false;
    return reembedding->move.left == 0 || reembedding->move.left > FEW ||
           (do_batch(reembedding, &count, err) &&
            store_move_state(call->service->store, reembedding->collection.number, &reembedding->move, err));
}

/* Swaps, when everything is ready for that. */
static bool finish(struct reembedding *reembedding, struct error *err) {
    struct call *call = reembedding->call;
    bool drop = json_get_boolean(call->input, "DropUnmovable", false);
    if (!look_again(reembedding, err))
        return false;
    if (reembedding->move.left > 0)
        return answer(reembedding, "IN_PROGRESS", err);
    if (drop && reembedding->move.unmovable > 0 && !drop_unmovable(reembedding, err))
        return false;
    if (reembedding->move.unmovable > 0)
        return answer(reembedding, drop ? "IN_PROGRESS" : "BLOCKED", err);
    return gallery_move(call->service->galleries, &reembedding->collection, err) &&
           call_collection(call, &reembedding->collection, err) && answer(reembedding, "DONE", err);
}

/* --- the operation --- */

/* Back to where it is: what was made so far is forgotten. */
static bool stay(struct reembedding *reembedding, struct error *err) {
    struct store_collection *collection = &reembedding->collection;
    reembedding->move.moved = collection->face_count;
    return call_begin(reembedding->call, err) &&
           (!collection->next_model ||
            store_move_begin(reembedding->call->service->store, collection->number, NULL, 0, err)) &&
           answer(reembedding, "DONE", err);
}

static bool check(struct reembedding *reembedding, struct error *err) {
    struct call *call = reembedding->call;
    const struct model *from;
    const char *version;
    if (!call_string(call, "FaceModelVersion", &version, err) ||
        !call_collection(call, &reembedding->collection, err) ||
        !call_model(call, &reembedding->collection, &from, err))
        return false;
    reembedding->to = models_find(&call->service->models, version);
    if (!reembedding->to)
        return models_refuse(&call->service->models, version, err);
    return reembedding->to == from || reembedding->collection.governance.keep_crops ||
           reembedding->collection.face_count == 0 ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "The collection keeps no crops of its faces: state KeepCrops by "
                     "Countenance.GovernCollection, and index the photographs again.");
}

static bool begin(struct reembedding *reembedding, struct error *err) {
    const char *next = reembedding->collection.next_model, *wanted = model_version(reembedding->to);
    return (next && strcmp(next, wanted) == 0) ||
           store_move_begin(reembedding->call->service->store, reembedding->collection.number, wanted,
                            model_dimension(reembedding->to), err);
}

bool reembed_collection(struct call *call, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    struct reembedding reembedding = {.call = call, .arena = arena};
    if (!arena)
        return call_no_memory(err);
    if (!check(&reembedding, err))
        return false;
    if (strcmp(reembedding.collection.model, model_version(reembedding.to)) == 0)
        return stay(&reembedding, err);
    return begin(&reembedding, err) && work(&reembedding, err) && finish(&reembedding, err);
}
