/* What the searches for faces share: those of Rekognition and ours, which can do more. */
#ifndef API_SEARCH_H
#define API_SEARCH_H

#include "api/service.h"

struct search {
    const struct uuid *exclude;        /* a face to leave out, or NULL */
    size_t maximum;                    /* of matches, unless MaxFaces says another number */
    const struct store_filter *filter; /* among which faces; NULL: all */
    bool with_rates;                   /* tell the false match rate of each match */
    bool with_kind;                    /* tell whether the search was exact, where it need not be */
    bool exhaustive;                   /* it has to be */
};

/* Searches with the FaceMatchThreshold and MaxFaces of the request: ret_matches[i] are those of probes[i]. */
MUST_CHECK bool search_find(struct call *call, const struct store_collection *collection,
                            const float *const *probes, size_t count, const struct search *search,
                            struct gallery_matches *ret_matches, struct error *err);
/* Puts FaceMatches, and notes them for the record. */
MUST_CHECK bool search_put_matches(struct call *call, const struct store_collection *collection,
                                   const struct search *search, const struct gallery_matches *found,
                                   struct error *err);
/* The whole of SearchFaces and of SearchFacesByImage. */
MUST_CHECK bool search_by_face(struct call *call, const struct search *search, struct error *err);
MUST_CHECK bool search_by_image(struct call *call, const struct search *search, struct error *err);

#endif
