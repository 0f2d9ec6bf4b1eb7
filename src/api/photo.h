/* A photograph in a request: its bytes, and the faces found in it. */
#ifndef API_PHOTO_H
#define API_PHOTO_H

#include "api/service.h"
#include "base/limits.h"

struct findings {
    int width, height; /* of the upright photograph, which the faces' pixels are of */
    int count;
    struct face faces[LIMIT_FACES_FOUND];       /* largest first */
    unsigned reasons[LIMIT_FACES_FOUND];        /* enum face_reason: why there is no embedding */
    const float *embeddings[LIMIT_FACES_FOUND]; /* NULL where there are reasons */
};

/* The bytes of an Image member. INVALID_PARAMETER unless exactly one source is given, INVALID_S3_OBJECT for
 * one that this server cannot read. */
MUST_CHECK bool photo_bytes(struct call *call, const char *member, struct bytes *ret_bytes,
                            struct error *err);
/* QualityFilter, or `fallback` when it is absent; AUTO is MEDIUM. */
enum face_filter photo_filter(struct call *call, enum face_filter fallback);
/* Finds up to `detected` faces, filters them and embeds the first `embedded` that pass; further ones carry
 * FACE_EXCEEDS_MAX_FACES. The decoded photograph is freed before it returns; findings live in the arena. */
MUST_CHECK bool photo_examine(struct call *call, struct bytes photo, int detected, enum face_filter filter,
                              int embedded, struct findings **ret_findings, struct error *err);

#endif
