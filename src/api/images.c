/* DetectFaces, CompareFaces: photographs that are forgotten when they are answered. */
#include "api/face_json.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/photo.h"
#include "api/score.h"

bool detect_faces(struct call *call, struct error *err) {
    struct findings *findings;
    struct bytes photo;
    if (!photo_bytes(call, "Image", &photo, err) ||
        !photo_examine(call, photo_model(call), photo,
                       (struct examination){.detected = LIMIT_FACES_PER_IMAGE,
                                            .attributes = photo_attributes(call, "Attributes")},
                       &findings, err))
        return false;
    if (findings->count == 0)
        deed_no_face(call);
    json_array_open(call->reply, "FaceDetails");
    for (int i = 0; i < findings->count; i++)
        face_json_detail(call->reply, NULL, findings, i);
    json_array_close(call->reply);
    return true;
}

/* A face of the target that passed the filter, and how like the source it is. */
struct comparison {
    int face;
    float similarity;
};

/* Most similar first, the larger face first among equals. */
static int compare_comparisons(const void *a, const void *b) {
    const struct comparison *left = a, *right = b;
    if (left->similarity != right->similarity)
        return left->similarity < right->similarity ? 1 : -1;
    return left->face - right->face;
}

static void put_comparisons(struct call *call, const struct findings *target,
                            struct comparison comparisons[LIMIT_FACES_PER_IMAGE], int count) {
    float threshold = json_get_float(call->input, "SimilarityThreshold", 80);
    int matched = 0;
    qsort(comparisons, (size_t)count, sizeof *comparisons, compare_comparisons);
    call->deed->entry.outcome = count > 0 && comparisons[0].similarity >= threshold ? RECORD_MATCH
                                                                                    : RECORD_NO_MATCH;
    json_array_open(call->reply, "FaceMatches");
    for (; matched < count && comparisons[matched].similarity >= threshold; matched++) {
        json_object_open(call->reply, NULL);
        json_put_float(call->reply, "Similarity", comparisons[matched].similarity);
        face_json_detail(call->reply, "Face", target, comparisons[matched].face);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    json_array_open(call->reply, "UnmatchedFaces");
    for (; matched < count; matched++)
        face_json_detail(call->reply, NULL, target, comparisons[matched].face);
    json_array_close(call->reply);
}

bool compare_faces(struct call *call, struct error *err) {
    struct findings *source, *target;
    struct bytes source_photo, target_photo;
    struct comparison comparisons[LIMIT_FACES_PER_IMAGE];
    enum face_filter filter = photo_filter(call, FACE_FILTER_NONE);
    int count = 0;
    if (!photo_bytes(call, "SourceImage", &source_photo, err) ||
        !photo_bytes(call, "TargetImage", &target_photo, err) ||
        !photo_examine(call, photo_model(call), source_photo,
                       (struct examination){.detected = 1, .filter = filter, .embedded = 1}, &source, err))
        return false;
    if (source->count == 0 || !source->embeddings[0]) {
        deed_no_face(call);
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: there is no face in the source image.");
    }
    if (!photo_examine(call, photo_model(call), target_photo,
                       (struct examination){.detected = LIMIT_FACES_PER_IMAGE,
                                            .filter = filter,
                                            .embedded = LIMIT_FACES_PER_IMAGE},
                       &target, err))
        return false;
    for (int i = 0; i < target->count; i++)
        if (target->embeddings[i])
            comparisons[count++] = (struct comparison){
                i, score_of_vectors(&source->model->scale, source->embeddings[0], target->embeddings[i],
                                    model_dimension(source->model))};
    if (count == 0) {
        deed_no_face(call);
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: there is no face in the target image.");
    }
    json_object_open(call->reply, "SourceImageFace");
    face_json_box(call->reply, "BoundingBox", face_json_ratios(source, &source->faces[0]));
    json_put_float(call->reply, "Confidence", source->faces[0].confidence);
    json_object_close(call->reply);
    put_comparisons(call, target, comparisons, count);
    return true;
}
