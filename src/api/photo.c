#include "api/photo.h"
#include "api/json.h"

bool photo_bytes(struct call *call, const char *member, struct bytes *ret_bytes, struct error *err) {
    struct yyjson_val *image = json_get(call->input, member);
    struct bytes bytes = json_get_text(image, "Bytes");
    bool stored = json_get(image, "S3Object") != NULL;
    if (stored == (bytes.ptr != NULL))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Requested image should either contain bytes or s3 object.");
    if (stored)
        return error_set(err, ERROR_INVALID_S3_OBJECT,
                         "Unable to get object metadata from S3. Check object key, region and/or access "
                         "permissions.: this server has no S3 source configured");
    *ret_bytes = bytes;
    return true;
}

enum face_filter photo_filter(struct call *call, enum face_filter fallback) {
    struct bytes name = json_get_text(call->input, "QualityFilter");
    if (!name.ptr)
        return fallback;
    return bytes_equal_string(name, "NONE")   ? FACE_FILTER_NONE
           : bytes_equal_string(name, "LOW")  ? FACE_FILTER_LOW
           : bytes_equal_string(name, "HIGH") ? FACE_FILTER_HIGH
                                              : FACE_FILTER_MEDIUM;
}

static bool embed(struct call *call, const struct image *image, enum face_filter filter, int maximum,
                  struct findings *findings, struct error *err) {
    size_t dimension = (size_t)face_engine_dimension(call->service->engine);
    for (int i = 0, embedded = 0; i < findings->count; i++) {
        findings->reasons[i] = face_filter_reasons(&findings->faces[i], filter);
        if (findings->reasons[i] != 0)
            continue;
        if (embedded == maximum) {
            findings->reasons[i] = FACE_EXCEEDS_MAX_FACES;
            continue;
        }
        float *embedding = arena_array(call->arena, dimension, sizeof *embedding);
        if (!embedding)
            return call_no_memory(err);
        if (!face_embed(call->faces, image, &findings->faces[i], embedding, err))
            return false;
        findings->embeddings[i] = embedding;
        embedded++;
    }
    return true;
}

bool photo_examine(struct call *call, struct bytes photo, int detected, enum face_filter filter, int embedded,
                   struct findings **ret_findings, struct error *err) {
    CLEANUP_IMAGE struct image image = {0};
    struct findings *findings = arena_array(call->arena, 1, sizeof *findings);
    if (!findings)
        return call_no_memory(err);
    if (!image_decode(photo, &image, err) ||
        !face_detect(call->faces, &image, detected, findings->faces, &findings->count, err) ||
        !embed(call, &image, filter, embedded, findings, err))
        return false;
    findings->width = image.full_width;
    findings->height = image.full_height;
    *ret_findings = findings;
    return true;
}
