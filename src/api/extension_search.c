/* SearchFaces, SearchFacesByImage, SearchAllFacesByImage. */
#include "api/extension.h"
#include "api/face_json.h"
#include "api/filter.h"
#include "api/json.h"
#include "api/search.h"

static bool read_search(struct call *call, size_t maximum, struct search *ret_search, struct error *err) {
    struct search search = {.maximum = maximum, .with_kind = true};
    if (!filter_read(call, &search.filter, err))
        return false;
    search.with_rates = json_get_boolean(call->input, "IncludeFalseMatchRate", false);
    search.exhaustive = json_get_boolean(call->input, "Exhaustive", false);
    *ret_search = search;
    return true;
}

bool extension_search_faces(struct call *call, struct error *err) {
    struct search search;
    return read_search(call, LIMIT_PAGE, &search, err) && search_by_face(call, &search, err);
}

bool extension_search_faces_by_image(struct call *call, struct error *err) {
    struct search search;
    return read_search(call, LIMIT_PAGE, &search, err) && search_by_image(call, &search, err);
}

/* All of the photograph's faces that are good enough, in one search. */
static bool put_searches(struct call *call, const struct store_collection *collection,
                         const struct findings *findings, const struct search *search, struct error *err) {
    const float *probes[LIMIT_FACES_FOUND] = {NULL};
    size_t count = 0;
    struct gallery_matches *found = arena_array(call->arena, (size_t)findings->count + 1, sizeof *found);
    if (!found)
        return call_no_memory(err);
    for (int i = 0; i < findings->count; i++)
        if (findings->embeddings[i])
            probes[count++] = findings->embeddings[i];
    if (!search_find(call, collection, probes, count, search, found, err))
        return false;
    json_array_open(call->reply, "Searches");
    for (int i = 0; i < findings->count; i++) {
        if (!findings->embeddings[i])
            continue;
        json_object_open(call->reply, NULL);
        face_json_detail(call->reply, "SearchedFace", findings, i);
        if (!search_put_matches(call, collection, search, found++, err))
            return false;
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

bool search_all_faces_by_image(struct call *call, struct error *err) {
    struct store_collection collection;
    const struct model *model;
    struct findings *findings;
    struct search search;
    struct bytes photo;
    if (!read_search(call, LIMIT_MATCHES_PER_FACE_DEFAULT, &search, err) ||
        !photo_bytes(call, "Image", &photo, err) ||
        !call_collection_and_model(call, &collection, &model, err) ||
        !photo_examine(call, model, photo,
                       (struct examination){.detected = LIMIT_FACES_PER_IMAGE,
                                            .filter = photo_filter(call, FACE_FILTER_NONE),
                                            .embedded = LIMIT_FACES_PER_IMAGE},
                       &findings, err) ||
        !put_searches(call, &collection, findings, &search, err))
        return false;
    json_array_open(call->reply, "UnsearchedFaces");
    for (int i = 0; i < findings->count; i++) {
        if (findings->embeddings[i])
            continue;
        json_object_open(call->reply, NULL);
        face_json_detail(call->reply, "FaceDetails", findings, i);
        face_json_reasons(call->reply, findings->reasons[i]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}
