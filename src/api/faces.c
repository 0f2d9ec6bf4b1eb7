/* IndexFaces, ListFaces, DeleteFaces. */
#include <math.h>
#include <yyjson.h>
#include "api/face_json.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/page.h"
#include "api/photo.h"
#include "base/clock.h"

/* --- IndexFaces --- */

static float rounded(float value, double scale) {
    return (float)(round((double)value * scale) / scale);
}

/* The faces of one photograph that go into the store: findings.faces[origin[i]] is faces[i]. */
struct batch {
    size_t count;
    struct store_face faces[LIMIT_FACES_PER_IMAGE];
    const float *embeddings[LIMIT_FACES_PER_IMAGE];
    int origin[LIMIT_FACES_PER_IMAGE];
    bool known[LIMIT_FACES_PER_IMAGE];
};

static void batch_fill(struct call *call, const struct findings *findings, struct uuid image_id,
                       const char *external_image_id, struct batch *batch) {
    for (int i = 0; i < findings->count; i++) {
        if (!findings->embeddings[i])
            continue;
        struct box box = face_json_ratios(findings, &findings->faces[i]);
        batch->faces[batch->count] = (struct store_face){
            .id = uuid_random(),
            .image_id = image_id,
            .external_image_id = external_image_id,
            .left = rounded(box.left, 1e6),
            .top = rounded(box.top, 1e6),
            .width = rounded(box.width, 1e6),
            .height = rounded(box.height, 1e6),
            .confidence = rounded(findings->faces[i].confidence, 1e4),
            .model = face_engine_version(call->service->engine),
            .created_ms = clock_now_ms(),
        };
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
        face_json_detail(call->reply, "FaceDetail", findings, &findings->faces[batch->origin[i]]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    json_put_string(call->reply, "FaceModelVersion", model);
    json_array_open(call->reply, "UnindexedFaces");
    for (int i = 0; i < findings->count; i++) {
        if (findings->embeddings[i])
            continue;
        json_object_open(call->reply, NULL);
        face_json_detail(call->reply, "FaceDetail", findings, &findings->faces[i]);
        face_json_reasons(call->reply, findings->reasons[i]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
}

bool index_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct findings *findings;
    struct bytes photo;
    const char *external_image_id;
    int64_t maximum = json_get_integer(call->input, "MaxFaces", LIMIT_FACES_PER_IMAGE);
    struct batch *batch = arena_array(call->arena, 1, sizeof *batch);
    if (!batch)
        return call_no_memory(err);
    if (!photo_bytes(call, "Image", &photo, err) ||
        !call_string(call, "ExternalImageId", &external_image_id, err) ||
        !call_collection_of_model(call, &collection, err) ||
        !photo_examine(call, photo, LIMIT_FACES_PER_IMAGE, photo_filter(call, FACE_FILTER_MEDIUM),
                       (int)MIN(maximum, (int64_t)LIMIT_FACES_PER_IMAGE), &findings, err))
        return false;
    batch_fill(call, findings, uuid_of_data(photo), external_image_id, batch);
    if (batch->count > 0 && !gallery_add(call->service->galleries, &collection, batch->faces,
                                         batch->embeddings, batch->count, batch->known, err))
        return false;
    put_index_reply(call, findings, batch, collection.model);
    return true;
}

/* --- ListFaces, DeleteFaces --- */

static int compare_ids(const void *a, const void *b) {
    return memcmp(((const struct uuid *)a)->bytes, ((const struct uuid *)b)->bytes, sizeof(struct uuid));
}

/* FaceIds, ascending and each once. */
static bool read_face_ids(struct call *call, struct uuid **ret_ids, size_t *ret_count, struct error *err) {
    yyjson_val *list = json_get(call->input, "FaceIds"), *item;
    size_t index, size, read = 0, count = 0;
    struct uuid *ids = arena_array(call->arena, yyjson_arr_size(list) + 1, sizeof *ids);
    if (!ids)
        return call_no_memory(err);
    yyjson_arr_foreach(list, index, size, item) {
        read += uuid_parse((struct bytes){yyjson_get_str(item), yyjson_get_len(item)}, &ids[read]);
    }
    qsort(ids, read, sizeof *ids, compare_ids);
    for (size_t i = 0; i < read; i++)
        if (count == 0 || !uuid_equal(ids[count - 1], ids[i]))
            ids[count++] = ids[i];
    *ret_ids = ids;
    *ret_count = count;
    return true;
}

/* Those of FaceIds that are in the collection, after `after`; like store_faces_list. */
static bool list_named(struct call *call, int64_t collection, const struct uuid *after, size_t maximum,
                       struct store_face **ret_faces, size_t *ret_count, struct error *err) {
    struct uuid *ids;
    size_t id_count, count = 0;
    if (!read_face_ids(call, &ids, &id_count, err))
        return false;
    struct store_face *faces = arena_array(call->arena, MIN(id_count, maximum), sizeof *faces);
    if (!faces)
        return call_no_memory(err);
    for (size_t i = 0; i < id_count && count < maximum; i++) {
        if (after && compare_ids(&ids[i], after) <= 0)
            continue;
        if (store_face_get(call->service->store, call->arena, collection, ids[i], &faces[count], err))
            count++;
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
    if (page->after && !uuid_parse(bytes_of(page->after), &after))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    const struct uuid *from = page->after ? &after : NULL;
    if (json_get(call->input, "UserId")) { /* no face belongs to a user */
        *ret_faces = NULL;
        *ret_count = 0;
        return true;
    }
    if (json_get(call->input, "FaceIds"))
        return list_named(call, collection, from, page->maximum + 1, ret_faces, ret_count, err);
    return store_faces_list(call->service->store, call->arena, collection, from, page->maximum + 1, ret_faces,
                            ret_count, err);
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

bool delete_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct uuid *ids;
    size_t count;
    if (!call_collection(call, &collection, err) || !read_face_ids(call, &ids, &count, err))
        return false;
    bool *deleted = arena_array(call->arena, count, sizeof *deleted);
    if (!deleted)
        return call_no_memory(err);
    if (!gallery_remove(call->service->galleries, &collection, ids, count, deleted, err))
        return false;
    json_array_open(call->reply, "DeletedFaces");
    for (size_t i = 0; i < count; i++)
        if (deleted[i])
            face_json_id(call->reply, NULL, ids[i]);
    json_array_close(call->reply);
    json_array_open(call->reply, "UnsuccessfulFaceDeletions");
    for (size_t i = 0; i < count; i++) {
        if (deleted[i])
            continue;
        json_object_open(call->reply, NULL);
        face_json_id(call->reply, "FaceId", ids[i]);
        json_array_open(call->reply, "Reasons");
        json_put_string(call->reply, NULL, "FACE_NOT_FOUND");
        json_array_close(call->reply);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}
