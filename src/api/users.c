/* CreateUser, DeleteUser, ListUsers, AssociateFaces, DisassociateFaces, SearchUsers, SearchUsersByImage. */
#include "api/face_json.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/permission.h"
#include "api/page.h"
#include "api/photo.h"

/* Every operation that changes a user: the transaction, the collection, UserId. */
static bool begin(struct call *call, struct store_collection *ret_collection, const char **ret_user_id,
                  struct error *err) {
    return call_begin(call, err) && call_collection(call, ret_collection, err) &&
           call_string(call, "UserId", ret_user_id, err);
}

static const char *status_of(const struct store_user *user) {
    return user->face_count > 0 ? "ACTIVE" : "CREATED";
}

static void put_user(struct buffer *out, const char *name, const struct store_user *user) {
    json_object_open(out, name);
    json_put_string(out, "UserId", user->id);
    json_put_string(out, "UserStatus", status_of(user));
    json_object_close(out);
}

/* --- CreateUser, DeleteUser, ListUsers --- */

bool create_user(struct call *call, struct error *err) {
    struct store_collection collection;
    const char *user_id;
    return begin(call, &collection, &user_id, err) &&
           store_user_create(call->service->store, collection.number, user_id, NULL, err);
}

bool delete_user(struct call *call, struct error *err) {
    struct store_collection collection;
    const char *user_id;
    return begin(call, &collection, &user_id, err) &&
           gallery_user_delete(call->service->galleries, &collection, user_id, err);
}

bool list_users(struct call *call, struct error *err) {
    struct bytes scope = json_get_text(call->input, "CollectionId");
    struct store_collection collection;
    struct store_user *users;
    struct page page;
    size_t count;
    if (!page_read(call->input, "ListUsers", scope, &page, err) || !call_collection(call, &collection, err))
        return false;
    size_t maximum = MIN(page.maximum, (size_t)LIMIT_USERS_PAGE);
    if (!store_user_list(call->service->store, call->arena, collection.number, page.after, maximum + 1,
                         &users, &count, err))
        return false;
    size_t shown = MIN(count, maximum);
    json_array_open(call->reply, "Users");
    for (size_t i = 0; i < shown; i++)
        put_user(call->reply, NULL, &users[i]);
    json_array_close(call->reply);
    if (count > shown) {
        char token[LIMIT_NEXT_TOKEN + 1];
        page_token("ListUsers", scope, bytes_of(users[shown - 1].id), token);
        json_put_string(call->reply, "NextToken", token);
    }
    return true;
}

/* --- AssociateFaces, DisassociateFaces --- */

static bool read_associations(struct call *call, struct gallery_association **ret_associations,
                              size_t *ret_count, struct error *err) {
    struct uuid *ids;
    size_t count;
    if (!call_face_ids(call, "FaceIds", &ids, &count, err))
        return false;
    struct gallery_association *associations = arena_array(call->arena, count, sizeof *associations);
    if (!associations)
        return call_no_memory(err);
    for (size_t i = 0; i < count; i++)
        associations[i].face = ids[i];
    *ret_associations = associations;
    *ret_count = count;
    return true;
}

static void put_refusal(struct buffer *out, const struct gallery_association *association) {
    static const char *const reasons[] = {[GALLERY_FACE_NOT_FOUND] = "FACE_NOT_FOUND",
                                          [GALLERY_OTHER_USER] = "ASSOCIATED_TO_A_DIFFERENT_USER",
                                          [GALLERY_LOW_MATCH] = "LOW_MATCH_CONFIDENCE"};
    json_object_open(out, NULL);
    face_json_id(out, "FaceId", association->face);
    if (association->outcome == GALLERY_OTHER_USER)
        json_put_string(out, "UserId", association->user_id);
    if (association->outcome == GALLERY_LOW_MATCH)
        json_put_float(out, "Confidence", association->similarity);
    json_array_open(out, "Reasons");
    json_put_string(out, NULL, reasons[association->outcome]);
    json_array_close(out);
    json_object_close(out);
}

/* done and refused name the lists. What was so already is in neither. UserStatus is what Rekognition answers:
 * UPDATING when anything has changed, although the user can be searched for at once. */
static bool put_associations(struct call *call, const char *done, const char *refused,
                             const struct store_collection *collection, const char *user_id,
                             const struct gallery_association *associations, size_t count,
                             struct error *err) {
    struct store_user user;
    bool changed = false;
    if (!store_user_get(call->service->store, call->arena, collection->number, user_id, &user, err))
        return false;
    deed_user(call, RECORD_CHANGED, user.key);
    json_array_open(call->reply, done);
    for (size_t i = 0; i < count; i++) {
        if (associations[i].outcome != GALLERY_DONE)
            continue;
        json_object_open(call->reply, NULL);
        face_json_id(call->reply, "FaceId", associations[i].face);
        json_object_close(call->reply);
        changed = true;
    }
    json_array_close(call->reply);
    json_array_open(call->reply, refused);
    for (size_t i = 0; i < count; i++)
        if (associations[i].outcome != GALLERY_DONE && associations[i].outcome != GALLERY_ALREADY)
            put_refusal(call->reply, &associations[i]);
    json_array_close(call->reply);
    json_put_string(call->reply, "UserStatus", changed ? "UPDATING" : status_of(&user));
    return true;
}

bool associate_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct gallery_association *associations;
    const char *user_id;
    size_t count;
    return begin(call, &collection, &user_id, err) && read_associations(call, &associations, &count, err) &&
           gallery_associate(call->service->galleries, call->arena, &collection, user_id,
                             json_get_float(call->input, "UserMatchThreshold", 75), associations, count,
                             err) &&
           put_associations(call, "AssociatedFaces", "UnsuccessfulFaceAssociations", &collection, user_id,
                            associations, count, err);
}

bool disassociate_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct gallery_association *associations;
    const char *user_id;
    size_t count;
    return begin(call, &collection, &user_id, err) && read_associations(call, &associations, &count, err) &&
           gallery_disassociate(call->service->galleries, call->arena, &collection, user_id, associations,
                                count, err) &&
           put_associations(call, "DisassociatedFaces", "UnsuccessfulFaceDisassociations", &collection,
                            user_id, associations, count, err);
}

/* --- SearchUsers, SearchUsersByImage --- */

/* Searches with the thresholds of the request (not at all without a probe) and puts UserMatches and
 * FaceModelVersion. */
static bool put_matches(struct call *call, const struct store_collection *collection, const float *probe,
                        const struct uuid *exclude, struct error *err) {
    struct gallery_user_match *matches = NULL;
    struct store_user user;
    size_t count = 0, maximum = (size_t)json_get_integer(call->input, "MaxUsers", LIMIT_USERS_PAGE);
    float threshold = json_get_float(call->input, "UserMatchThreshold", 80);
    if (probe && !permission_probe(call, collection, probe, err))
        return false;
    if (probe && !gallery_search_users(call->service->galleries, call->arena, collection, probe, threshold,
                                       maximum, exclude, &matches, &count, err))
        return false;
    deed_search(call, collection, count);
    json_array_open(call->reply, "UserMatches");
    for (size_t i = 0; i < count; i++) {
        if (!store_user_get_by_key(call->service->store, call->arena, collection->number, matches[i].user,
                                   &user, err)) {
            if (err->code == ERROR_NOT_FOUND)
                continue; /* deleted a moment ago */
            return false;
        }
        deed_user(call, RECORD_MATCHED, user.key);
        json_object_open(call->reply, NULL);
        json_put_float(call->reply, "Similarity", matches[i].similarity);
        put_user(call->reply, "User", &user);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    json_put_string(call->reply, "FaceModelVersion", collection->model);
    return true;
}

static bool search_for_user(struct call *call, const struct store_collection *collection, const char *user_id,
                            struct error *err) {
    struct store_user user;
    float *probe;
    if (!store_user_get(call->service->store, call->arena, collection->number, user_id, &user, err))
        return false;
    deed_user(call, RECORD_PROBE, user.key);
    if (!gallery_user_vector(call->service->galleries, call->arena, collection, user.key, &probe, err) ||
        !put_matches(call, collection, probe, &user.key, err))
        return false;
    json_object_open(call->reply, "SearchedUser");
    json_put_string(call->reply, "UserId", user.id);
    json_object_close(call->reply);
    return true;
}

static bool search_for_face(struct call *call, const struct store_collection *collection, struct bytes id,
                            struct error *err) {
    struct store_face face;
    float *probe;
    if (!call_probe(call, collection, id, &face, err) ||
        !gallery_vector(call->service->galleries, call->arena, collection, face.id, &probe, err) ||
        !put_matches(call, collection, probe, NULL, err))
        return false;
    json_object_open(call->reply, "SearchedFace");
    json_put_text(call->reply, "FaceId", id);
    json_object_close(call->reply);
    return true;
}

bool search_users(struct call *call, struct error *err) {
    struct store_collection collection;
    struct bytes face_id = json_get_text(call->input, "FaceId");
    const char *user_id;
    if (!call_string(call, "UserId", &user_id, err))
        return false;
    if ((user_id != NULL) == (face_id.ptr != NULL))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: exactly one of UserId and FaceId must be given.");
    if (!call_collection(call, &collection, err))
        return false;
    return user_id ? search_for_user(call, &collection, user_id, err)
                   : search_for_face(call, &collection, face_id, err);
}

bool search_users_by_image(struct call *call, struct error *err) {
    struct store_collection collection;
    const struct model *model;
    struct findings *findings;
    struct bytes photo;
    if (!photo_bytes(call, "Image", &photo, err) ||
        !call_collection_and_model(call, &collection, &model, err) ||
        !photo_examine(call, model, photo,
                       (struct examination){.detected = LIMIT_FACES_PER_IMAGE,
                                            .filter = photo_filter(call, FACE_FILTER_NONE),
                                            .embedded = 1},
                       &findings, err))
        return false;
    /* Of a photograph whose largest face the filter refuses nobody is searched for: not a bystander. */
    const float *probe = findings->count > 0 ? findings->embeddings[0] : NULL;
    if (!put_matches(call, &collection, probe, NULL, err))
        return false;
    if (!probe)
        deed_no_face(call);
    if (probe) {
        json_object_open(call->reply, "SearchedFace");
        face_json_detail(call->reply, "FaceDetail", findings, 0);
        json_object_close(call->reply);
    }
    json_array_open(call->reply, "UnsearchedFaces");
    for (int i = probe ? 1 : 0; i < findings->count; i++) {
        unsigned reasons = findings->reasons[i] & ~(unsigned)FACE_EXCEEDS_MAX_FACES;
        json_object_open(call->reply, NULL);
        face_json_detail(call->reply, "FaceDetails", findings, i);
        face_json_reasons(call->reply, i > 0 ? reasons | FACE_NOT_LARGEST : reasons);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}
