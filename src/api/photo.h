/* A photograph in a request: its bytes, and the faces found in it. */
#ifndef API_PHOTO_H
#define API_PHOTO_H

#include "api/service.h"
#include "base/limits.h"
#include "face/attributes.h"

struct findings {
    const struct model *model; /* that has looked */
    int width, height;         /* of the upright photograph, which the faces' pixels are of */
    int count;
    struct face faces[LIMIT_FACES_FOUND];       /* largest first */
    unsigned reasons[LIMIT_FACES_FOUND];        /* enum face_reason: why there is no embedding */
    const float *embeddings[LIMIT_FACES_FOUND]; /* NULL where there are reasons */
    const struct face_attributes *attributes[LIMIT_FACES_FOUND]; /* NULL where none are wanted */
    struct bytes crops[LIMIT_FACES_FOUND]; /* of those embedded, when they are to be kept (crop.h) */
};

/* How closely a photograph is looked at. */
struct examination {
    int detected; /* up to so many faces */
    enum face_filter filter;
    int embedded;        /* so many of those that pass the filter */
    unsigned attributes; /* enum face_attribute: wanted of all faces detected */
    bool crops;          /* make crops of the faces embedded */
    bool again;          /* another model has looked at the photograph: the record knows of it */
};

/* The bytes of an Image member, fetched where it is an S3Object (object_fetch's errors); they live as long as
 * the call. INVALID_PARAMETER unless exactly one source is given. */
MUST_CHECK bool photo_bytes(struct call *call, const char *member, struct bytes *ret_bytes,
                            struct error *err);
/* QualityFilter, or `fallback` when it is absent; AUTO is MEDIUM. */
enum face_filter photo_filter(struct call *call, enum face_filter fallback);
/* The attributes that a list of their names (Attributes, DetectionAttributes) asks for beside the default
 * ones.
 */
unsigned photo_attributes(struct call *call, const char *member);
/* Finds faces, filters them and embeds the first that pass; further ones carry FACE_EXCEEDS_MAX_FACES. The
 * decoded photograph is freed before it returns; findings live in the arena. */
MUST_CHECK bool photo_examine(struct call *call, const struct model *model, struct bytes photo,
                              struct examination examination, struct findings **ret_findings,
                              struct error *err);
/* The model of operations on photographs alone. */
const struct model *photo_model(const struct call *call);

#endif
