/* From a photograph into a collection. */
#ifndef API_FACES_H
#define API_FACES_H

#include "api/photo.h"

/* What IndexFaces of extension.c does beyond Rekognition's. */
struct indexing {
    const struct store_tag *tags; /* of each face */
    size_t tag_count;
    const char *consent; /* reference to it; NULL: what ExternalImageId says */
    int64_t expires_ms;  /* of each face; 0: never */
    bool refuses;        /* faces that are as similar as this to one of the collection: */
    float refused_similarity;
};

/* The whole of IndexFaces; fills what of `indexing` the request says elsewhere. */
MUST_CHECK bool index_photo(struct call *call, struct indexing *indexing, struct error *err);

/* A face that was found, as the store keeps it, under a new id. Numbers are rounded as Rekognition rounds
 * what it stores. */
struct store_face face_to_store(const struct findings *findings, int which, struct uuid image_id,
                                const char *external_image_id);
/* Keeps the crop of findings->faces[which], if one was made, with the stored face. Inside the transaction. */
MUST_CHECK bool face_keep_crop(struct call *call, const struct store_collection *collection, struct uuid face,
                               const struct findings *findings, int which, struct error *err);

#endif
