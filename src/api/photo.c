#include <yyjson.h>
#include "api/photo.h"
#include "api/crop.h"
#include "api/json.h"

/* The object, copied into the arena: it lives as long as the call. */
static bool fetch(struct call *call, struct yyjson_val *location, struct bytes *ret_bytes,
                  struct error *err) {
    struct buffer object;
    if (!object_fetch(call->service->objects, json_get_text(location, "Bucket"),
                      json_get_text(location, "Name"), json_get_text(location, "Version"), &object, err))
        return false;
    size_t len = object.len;
    const char *copy = arena_string(call->arena, buffer_bytes(&object));
    buffer_release(&object);
    if (!copy)
        return call_no_memory(err);
    *ret_bytes = (struct bytes){copy, len};
    return true;
}

bool photo_bytes(struct call *call, const char *member, struct bytes *ret_bytes, struct error *err) {
    struct yyjson_val *image = json_get(call->input, member);
    struct bytes bytes = json_get_text(image, "Bytes");
    struct yyjson_val *location = json_get(image, "S3Object");
    if ((location != NULL) == (bytes.ptr != NULL))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Requested image should either contain bytes or s3 object.");
    if (location)
        return fetch(call, location, ret_bytes, err);
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

unsigned photo_attributes(struct call *call, const char *member) {
    static const struct {
        const char *name;
        unsigned attributes;
    } rows[] = {
        {"DEFAULT", 0},
        {"ALL", FACE_ATTRIBUTES_ALL},
        {"AGE_RANGE", FACE_AGE_RANGE},
        {"BEARD", FACE_BEARD},
        {"EMOTIONS", FACE_EMOTIONS},
        {"EYE_DIRECTION", FACE_EYE_DIRECTION},
        {"EYEGLASSES", FACE_EYEGLASSES},
        {"EYES_OPEN", FACE_EYES_OPEN},
        {"GENDER", FACE_GENDER},
        {"MOUTH_OPEN", FACE_MOUTH_OPEN},
        {"MUSTACHE", FACE_MUSTACHE},
        {"FACE_OCCLUDED", FACE_OCCLUDED},
        {"SMILE", FACE_SMILE},
        {"SUNGLASSES", FACE_SUNGLASSES},
    };
    yyjson_val *list = json_get(call->input, member), *item;
    size_t index, size;
    unsigned wanted = 0;
    yyjson_arr_foreach(list, index, size, item) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            if (yyjson_equals_str(item, rows[i].name))
                wanted |= rows[i].attributes;
    }
    return wanted;
}

static struct face_worker *worker_of(const struct call *call, const struct findings *findings) {
    return call->faces[findings->model->number];
}

static bool embed(struct call *call, const struct image *image, const struct examination *examination,
                  struct findings *findings, struct error *err) {
    size_t dimension = (size_t)model_dimension(findings->model);
    for (int i = 0, embedded = 0; i < findings->count; i++) {
        findings->reasons[i] = face_filter_reasons(&findings->faces[i], examination->filter);
        if (findings->reasons[i] != 0)
            continue;
        if (embedded == examination->embedded) {
            findings->reasons[i] = FACE_EXCEEDS_MAX_FACES;
            continue;
        }
        float *embedding = arena_array(call->arena, dimension, sizeof *embedding);
        if (!embedding)
            return call_no_memory(err);
        if (!face_embed(worker_of(call, findings), image, &findings->faces[i], embedding, err) ||
            (examination->crops &&
             !crop_make(call->arena, image, &findings->faces[i], &findings->crops[i], err)))
            return false;
        findings->embeddings[i] = embedding;
        embedded++;
    }
    return true;
}

static bool describe(struct call *call, const struct image *image, unsigned wanted, struct findings *findings,
                     struct error *err) {
    if (wanted == 0)
        return true;
    struct face_attributes *attributes = arena_array(call->arena, (size_t)findings->count,
                                                     sizeof *attributes);
    if (!attributes)
        return call_no_memory(err);
    for (int i = 0; i < findings->count; i++) {
        if (!face_describe(worker_of(call, findings), image, &findings->faces[i], wanted, &attributes[i],
                           err))
            return false;
        findings->attributes[i] = &attributes[i];
    }
    return true;
}

const struct model *photo_model(const struct call *call) {
    return &call->service->models.list[0];
}

bool photo_examine(struct call *call, const struct model *model, struct bytes photo,
                   struct examination examination, struct findings **ret_findings, struct error *err) {
    CLEANUP_IMAGE struct image image = {0};
    struct findings *findings = arena_array(call->arena, 1, sizeof *findings);
    if (!findings)
        return call_no_memory(err);
    findings->model = model;
    if (!image_decode(photo, &image, err) ||
        !face_detect(worker_of(call, findings), &image, examination.detected, findings->faces,
                     &findings->count, err) ||
        !embed(call, &image, &examination, findings, err) ||
        !describe(call, &image, examination.attributes, findings, err))
        return false;
    if (!examination.again)
        deed_photo(call, photo, findings);
    findings->width = image.full_width;
    findings->height = image.full_height;
    *ret_findings = findings;
    return true;
}
