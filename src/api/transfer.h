/* A face with all that belongs to it, as ExportFaces gives it and ImportFaces takes it. */
#ifndef API_TRANSFER_H
#define API_TRANSFER_H

#include "api/service.h"

struct transfer_face {
    struct store_face face;
    const struct store_tag *tags; /* ascending by key */
    size_t tag_count;
    const float *vector;
    int dimension;
};

/* Reads the rest of face->face from the store into the arena. NOT_FOUND when it has just been deleted. */
MUST_CHECK bool transfer_load(struct call *call, const struct store_collection *collection,
                              struct transfer_face *face, struct error *err);
/* Puts an object: the members of Face, CreationTimestamp, Tags, and Vector, which is the base64 of
 * little-endian 32-bit floats. */
void transfer_put(struct buffer *out, const struct transfer_face *face);
/* Puts an object of tags. */
void transfer_put_tags(struct buffer *out, const struct store_tag *tags, size_t count);

#endif
