/* SearchFaces, SearchFacesByImage. */
#include "api/face_json.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/permission.h"
#include "api/photo.h"
#include "api/search.h"
#include "match/similarity.h"

bool search_find(struct call *call, const struct store_collection *collection, const float *const *probes,
                 size_t count, const struct search *search, struct gallery_matches *ret_matches,
                 struct error *err) {
    const struct gallery_query query = {
        .similarity = json_get_float(call->input, "FaceMatchThreshold", 80),
        .maximum = (size_t)json_get_integer(call->input, "MaxFaces", (int64_t)search->maximum),
        .exclude = search->exclude,
        .filter = search->filter,
        .exhaustive = search->exhaustive};
    for (size_t i = 0; i < count; i++)
        if (!permission_probe(call, collection, probes[i], err))
            return false;
    return gallery_search_many(call->service->galleries, call->arena, collection, &query, probes, count,
                               ret_matches, err);
}

bool search_put_matches(struct call *call, const struct store_collection *collection,
                        const struct search *search, const struct gallery_matches *found, struct error *err) {
    struct store_face face;
    deed_search(call, collection, found->count);
    if (search->with_kind && collection->governance.approximate)
        json_put_string(call->reply, "SearchKind", found->exact ? "EXACT" : "APPROXIMATE");
    json_array_open(call->reply, "FaceMatches");
    for (size_t i = 0; i < found->count; i++) {
        const struct gallery_match *match = &found->matches[i];
        if (!store_face_get(call->service->store, call->arena, collection->number, match->face, &face, err)) {
            if (err->code == ERROR_NOT_FOUND)
                continue; /* deleted a moment ago */
            return false;
        }
        deed_face(call, RECORD_MATCHED, &face);
        json_object_open(call->reply, NULL);
        json_put_float(call->reply, "Similarity", match->similarity);
        if (search->with_rates)
            json_put_float(call->reply, "FalseMatchRate",
                           (float)similarity_false_match_rate(match->similarity));
        face_json_stored(call->reply, "Face", &face);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

/* For one probe, from end to end. */
static bool find_and_put(struct call *call, const struct store_collection *collection, const float *probe,
                         const struct search *search, struct error *err) {
    struct gallery_matches found;
    return search_find(call, collection, &probe, 1, search, &found, err) &&
           search_put_matches(call, collection, search, &found, err);
}

bool search_by_face(struct call *call, const struct search *search, struct error *err) {
    struct bytes id = json_get_text(call->input, "FaceId");
    struct store_collection collection;
    struct store_face stored;
    struct uuid face;
    float *probe;
    if (!call_collection(call, &collection, err))
        return false;
    if (!call_probe(call, &collection, id, &stored, err))
        return false;
    face = stored.id;
    if (!gallery_vector(call->service->galleries, call->arena, &collection, face, &probe, err))
        return false;
    struct search others = *search;
    others.exclude = &face;
    json_put_text(call->reply, "SearchedFaceId", id);
    if (!find_and_put(call, &collection, probe, &others, err))
        return false;
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}

bool search_by_image(struct call *call, const struct search *search, struct error *err) {
    struct store_collection collection;
    const struct model *model;
    struct findings *findings;
    struct bytes photo;
    if (!photo_bytes(call, "Image", &photo, err) ||
        !call_collection_and_model(call, &collection, &model, err) ||
        !photo_examine(call, model, photo,
                       (struct examination){
                           .detected = 1, .filter = photo_filter(call, FACE_FILTER_NONE), .embedded = 1},
                       &findings, err))
        return false;
    if (findings->count == 0 || !findings->embeddings[0]) {
        deed_no_face(call);
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "There are no faces in the image. Should be at least 1.");
    }
    face_json_box(call->reply, "SearchedFaceBoundingBox", face_json_ratios(findings, &findings->faces[0]));
    json_put_float(call->reply, "SearchedFaceConfidence", findings->faces[0].confidence);
    if (!find_and_put(call, &collection, findings->embeddings[0], search, err))
        return false;
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}

static const struct search as_rekognition = {.maximum = LIMIT_PAGE};

bool search_faces(struct call *call, struct error *err) {
    return search_by_face(call, &as_rekognition, err);
}

bool search_faces_by_image(struct call *call, struct error *err) {
    return search_by_image(call, &as_rekognition, err);
}
