/* IndexFaces, ListFaces, DeleteFaces. */
#include <math.h>
#include "api/face_json.h"
#include "api/faces.h"
#include "api/governance.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/page.h"
#include "api/photo.h"
#include "api/score.h"
#include "base/clock.h"

/* --- IndexFaces --- */

static float rounded(float value, double scale) {
    return (float)(round((double)value * scale) / scale);
}

struct store_face face_to_store(const struct findings *findings, int which, struct uuid image_id,
                                const char *external_image_id) {
    struct box box = face_json_ratios(findings, &findings->faces[which]);
    return (struct store_face){
        .id = uuid_random(),
        .image_id = image_id,
        .external_image_id = external_image_id,
        .left = rounded(box.left, 1e6),
        .top = rounded(box.top, 1e6),
        .width = rounded(box.width, 1e6),
        .height = rounded(box.height, 1e6),
        .confidence = rounded(findings->faces[which].confidence, 1e4),
        .model = model_version(findings->model),
        .created_ms = clock_now_ms(),
    };
}

bool face_keep_crop(struct call *call, const struct store_collection *collection, struct uuid face,
                    const struct findings *findings, int which, struct error *err) {
    struct bytes crop = findings->crops[which];
    return !crop.ptr || store_crop_put(call->service->store, collection->number, face, crop, err);
}

/* The faces of one photograph that go into the store: findings.faces[origin[i]] is faces[i]. */
struct batch {
    size_t count;
    struct store_face faces[LIMIT_FACES_PER_IMAGE];
    const float *embeddings[LIMIT_FACES_PER_IMAGE];
    int origin[LIMIT_FACES_PER_IMAGE];
    bool known[LIMIT_FACES_PER_IMAGE];
    struct gallery_match twins[LIMIT_FACES_FOUND]; /* of findings.faces that are near duplicates */
};

static void refuse(struct batch *batch, struct findings *findings, int which, struct gallery_match twin) {
    findings->embeddings[which] = NULL;
    findings->reasons[which] |= FACE_NEAR_DUPLICATE;
    batch->twins[which] = twin;
}

/* Refuses the faces that are alike to one of the collection. */
static bool refuse_known(struct call *call, const struct store_collection *collection, float similarity,
                         struct findings *findings, struct batch *batch, struct error *err) {
    const struct gallery_query query = {.similarity = similarity, .maximum = 1, .exhaustive = true};
    const float *probes[LIMIT_FACES_FOUND] = {NULL};
    struct gallery_matches twins[LIMIT_FACES_FOUND];
    int origin[LIMIT_FACES_FOUND];
    size_t count = 0;
    for (int i = 0; i < findings->count; i++)
        if (findings->embeddings[i]) {
            origin[count] = i;
            probes[count++] = findings->embeddings[i];
        }
    if (!gallery_search_many(call->service->galleries, call->arena, collection, &query, probes, count, twins,
                             err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (twins[i].count > 0)
            refuse(batch, findings, origin[i], twins[i].matches[0]);
    return true;
}

/* Refuses a face that is alike to one before it in the same photograph. */
static bool is_refused(const struct indexing *indexing, struct findings *findings, int which,
                       struct batch *batch) {
    for (size_t i = 0; indexing->refuses && i < batch->count; i++) {
        float similarity = score_of_vectors(&findings->model->scale, findings->embeddings[which],
                                            batch->embeddings[i], model_dimension(findings->model));
        if (similarity >= indexing->refused_similarity) {
            refuse(batch, findings, which, (struct gallery_match){batch->faces[i].id, similarity});
            return true;
        }
    }
    return false;
}

static void batch_fill(const struct indexing *indexing, struct findings *findings, struct uuid image_id,
                       const char *external_image_id, struct batch *batch) {
    for (int i = 0; i < findings->count; i++) {
        if (!findings->embeddings[i] || is_refused(indexing, findings, i, batch))
            continue;
        struct store_face *face = &batch->faces[batch->count];
        *face = face_to_store(findings, i, image_id, external_image_id);
        face->consent = indexing->consent;
        face->expires_ms = indexing->expires_ms;
        batch->embeddings[batch->count] = findings->embeddings[i];
        batch->origin[batch->count++] = i;
    }
}

static void put_index_reply(struct call *call, const struct findings *findings, const struct batch *batch,
                            const char *model) {
    json_array_open(call->reply, "FaceRecords");
    for (size_t i = 0; i < batch->count; i++) {
        json_object_open(call->reply, NULL);
        face_json_stored(call->reply, "Face", &batch->faces[i]);
        face_json_detail(call->reply, "FaceDetail", findings, batch->origin[i]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    json_put_string(call->reply, "FaceModelVersion", model);
    json_array_open(call->reply, "UnindexedFaces");
    for (int i = 0; i < findings->count; i++) {
        if (findings->embeddings[i])
            continue;
        json_object_open(call->reply, NULL);
        face_json_detail(call->reply, "FaceDetail", findings, i);
        face_json_reasons(call->reply, findings->reasons[i]);
        if (findings->reasons[i] & FACE_NEAR_DUPLICATE) {
            json_object_open(call->reply, "NearDuplicateOf");
            face_json_id(call->reply, "FaceId", batch->twins[i].face);
            json_put_float(call->reply, "Similarity", batch->twins[i].similarity);
            json_object_close(call->reply);
        }
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
}

/* The search inside the transaction sees what others have added since the one before it, which is there so
 * that nobody waits for an index to be made. */
static bool store_batch(struct call *call, const struct indexing *indexing,
                        const struct store_collection *collection, struct findings *findings,
                        struct uuid image_id, const char *external_image_id, struct batch *batch,
                        struct error *err) {
    float refused = indexing->refused_similarity;
    struct uuid ids[LIMIT_FACES_PER_IMAGE];
    if ((indexing->refuses && !refuse_known(call, collection, refused, findings, batch, err)) ||
        !call_begin(call, err) ||
        (indexing->refuses && !refuse_known(call, collection, refused, findings, batch, err)))
        return false;
    batch_fill(indexing, findings, image_id, external_image_id, batch);
    if (!gallery_add(call->service->galleries, collection, batch->faces, batch->embeddings, batch->count,
                     batch->known, err))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        ids[i] = batch->faces[i].id;
        /* One that was there already is shown with its user. */
        if ((batch->known[i] && !store_face_get(call->service->store, call->arena, collection->number, ids[i],
                                                &batch->faces[i], err)) ||
            !face_keep_crop(call, collection, ids[i], findings, batch->origin[i], err))
            return false;
        deed_face(call, RECORD_ENROLLED, &batch->faces[i]);
    }
    return indexing->tag_count == 0 ||
           store_face_tags_put(call->service->store, collection->number, ids, batch->count, indexing->tags,
                               indexing->tag_count, err);
}

/* Whether this collection takes such faces. A near duplicate is the result of a search. */
static bool check_collection(struct call *call, const struct store_collection *collection,
                             const char *external_image_id, struct indexing *indexing, struct error *err) {
    if (indexing->refuses && collection->governance.release_required)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "RefuseSimilarity would tell who is in the collection, whose results a second "
                         "person releases.");
    return (indexing->consent || consent_read(call, external_image_id, &indexing->consent, err)) &&
           consent_check(collection, indexing->consent, err);
}

bool index_photo(struct call *call, struct indexing *indexing, struct error *err) {
    struct store_collection collection;
    const struct model *model;
    struct findings *findings;
    struct bytes photo;
    const char *external_image_id;
    int64_t maximum = json_get_integer(call->input, "MaxFaces", LIMIT_FACES_PER_IMAGE);
    struct batch *batch = arena_array(call->arena, 1, sizeof *batch);
    if (!batch)
        return call_no_memory(err);
    if (!photo_bytes(call, "Image", &photo, err) ||
        !call_string(call, "ExternalImageId", &external_image_id, err) ||
        !call_collection_and_model(call, &collection, &model, err) ||
        !check_collection(call, &collection, external_image_id, indexing, err) ||
        !photo_examine(call, model, photo,
                       (struct examination){.detected = LIMIT_FACES_PER_IMAGE,
                                            .filter = photo_filter(call, FACE_FILTER_MEDIUM),
                                            .embedded = (int)MIN(maximum, (int64_t)LIMIT_FACES_PER_IMAGE),
                                            .attributes = photo_attributes(call, "DetectionAttributes"),
                                            .crops = collection.governance.keep_crops},
                       &findings, err))
        return false;
    if (findings->count > 0 && !store_batch(call, indexing, &collection, findings, uuid_of_data(photo),
                                            external_image_id, batch, err))
        return false;
    put_index_reply(call, findings, batch, collection.model);
    return true;
}

bool index_faces(struct call *call, struct error *err) {
    return index_photo(call, &(struct indexing){0}, err);
}

/* --- ListFaces --- */

static bool is_of_user(const struct store_face *face, const char *user_id) {
    return !user_id || (face->user_id && strcmp(face->user_id, user_id) == 0);
}

/* Those of FaceIds that are in the collection (and the user's), after `after`; like store_faces_list. */
static bool list_named(struct call *call, int64_t collection, const char *user_id, const struct uuid *after,
                       size_t maximum, struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct uuid *ids;
    size_t id_count, count = 0;
    if (!call_face_ids(call, "FaceIds", &ids, &id_count, err))
        return false;
    struct store_face *faces = arena_array(call->arena, MIN(id_count, maximum), sizeof *faces);
    if (!faces)
        return call_no_memory(err);
    for (size_t i = 0; i < id_count && count < maximum; i++) {
        if (after && memcmp(&ids[i], after, sizeof *after) <= 0)
            continue;
        if (store_face_get(call->service->store, call->arena, collection, ids[i], &faces[count], err))
            count += is_of_user(&faces[count], user_id);
        else if (err->code != ERROR_NOT_FOUND)
            return false;
    }
    *ret_faces = faces;
    *ret_count = count;
    return true;
}

static bool read_rows(struct call *call, int64_t collection, const struct page *page,
                      struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct uuid after;
    struct store_filter filter = {0};
    if (page->after && !uuid_parse(bytes_of(page->after), &after))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    const struct uuid *from = page->after ? &after : NULL;
    if (!call_string(call, "UserId", &filter.user_id, err))
        return false;
    if (json_get(call->input, "FaceIds"))
        return list_named(call, collection, filter.user_id, from, page->maximum + 1, ret_faces, ret_count,
                          err);
    return store_faces_list(call->service->store, call->arena, collection, &filter, from, page->maximum + 1,
                            ret_faces, ret_count, err);
}

bool list_faces(struct call *call, struct error *err) {
    struct bytes scope = json_get_text(call->input, "CollectionId");
    struct store_collection collection;
    struct store_face *faces;
    struct page page;
    size_t count;
    if (!page_read(call->input, "ListFaces", scope, &page, err) || !call_collection(call, &collection, err) ||
        !read_rows(call, collection.number, &page, &faces, &count, err))
        return false;
    size_t shown = MIN(count, page.maximum);
    json_array_open(call->reply, "Faces");
    for (size_t i = 0; i < shown; i++)
        face_json_stored(call->reply, NULL, &faces[i]);
    json_array_close(call->reply);
    if (count > shown) {
        char last[UUID_TEXT], token[LIMIT_NEXT_TOKEN + 1];
        uuid_format(faces[shown - 1].id, last);
        page_token("ListFaces", scope, bytes_of(last), token);
        json_put_string(call->reply, "NextToken", token);
    }
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}

/* --- DeleteFaces --- */

/* A face that is not there, or (with user_id) belongs to somebody. */
static void put_refusal(struct buffer *out, struct uuid face, const char *user_id) {
    json_object_open(out, NULL);
    face_json_id(out, "FaceId", face);
    if (user_id)
        json_put_string(out, "UserId", user_id);
    json_array_open(out, "Reasons");
    json_put_string(out, NULL, user_id ? "ASSOCIATED_TO_AN_EXISTING_USER" : "FACE_NOT_FOUND");
    json_array_close(out);
    json_object_close(out);
}

/* Moves the faces that belong to nobody to the front, in order; the users of the others, or NULL for those
 * that are not there, go into users in the same places. */
static bool part_faces(struct call *call, int64_t collection, struct uuid *ids, const char **users,
                       size_t count, size_t *ret_free, struct error *err) {
    size_t free_count = 0, other_count = 0;
    struct uuid *others = arena_array(call->arena, count, sizeof *others);
    if (!others)
        return call_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct store_face face = {0};
        bool found = store_face_get(call->service->store, call->arena, collection, ids[i], &face, err);
        if (!found && err->code != ERROR_NOT_FOUND)
            return false;
        if (found && !face.user_id) {
            deed_face(call, RECORD_ERASED, &face);
            ids[free_count++] = ids[i];
        } else {
            users[other_count] = face.user_id;
            others[other_count++] = ids[i];
        }
    }
    memcpy(ids + free_count, others, other_count * sizeof *ids);
    memmove(users + free_count, users, other_count * sizeof *users);
    *ret_free = free_count;
    return true;
}

bool delete_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct uuid *ids;
    size_t count, free_count = 0;
    if (!call_begin(call, err) || !call_collection(call, &collection, err) ||
        !call_face_ids(call, "FaceIds", &ids, &count, err))
        return false;
    const char **users = arena_array(call->arena, count, sizeof *users);
    bool *deleted = arena_array(call->arena, count, sizeof *deleted);
    if (!users || !deleted)
        return call_no_memory(err);
    if (!part_faces(call, collection.number, ids, users, count, &free_count, err) ||
        !gallery_remove(call->service->galleries, &collection, ids, free_count, deleted, err))
        return false;
    json_array_open(call->reply, "DeletedFaces");
    for (size_t i = 0; i < free_count; i++)
        face_json_id(call->reply, NULL, ids[i]);
    json_array_close(call->reply);
    json_array_open(call->reply, "UnsuccessfulFaceDeletions");
    for (size_t i = free_count; i < count; i++)
        put_refusal(call->reply, ids[i], users[i]);
    json_array_close(call->reply);
    return true;
}
