/* AdviseThreshold. A photograph of a person who is not in the gallery is compared with each of its N faces.
 * If each of them is reached with the false match rate r, and one independently of the other, some face is
 * reached with the probability 1 - (1 - r)^N: the false positive identification rate of ISO/IEC 19795-1. So a
 * threshold that is good for comparing two faces is too low for a large gallery, and the rate wanted gives
 * the r that each comparison may have: r = 1 - (1 - rate)^(1 / N). */
#include <math.h>
#include "api/extension.h"
#include "api/json.h"
#include "api/service.h"
#include "match/similarity.h"

/* Of a rate in 32 bits. */
static const double ROUNDING = 1e-6;

static double identification_rate(double match_rate, int64_t faces) {
    return -expm1((double)faces * log1p(-match_rate));
}

static double match_rate(double identification_rate, int64_t faces) {
    return -expm1(log1p(-identification_rate) / (double)faces);
}

static bool read_size(struct call *call, int64_t *ret_faces, struct error *err) {
    struct store_collection collection;
    bool of_collection = json_get(call->input, "CollectionId") != NULL;
    if (of_collection == (json_get(call->input, "GallerySize") != NULL))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: give either collectionId or gallerySize.");
    if (of_collection && !call_collection(call, &collection, err))
        return false;
    int64_t faces = of_collection ? collection.face_count : json_get_integer(call->input, "GallerySize", 1);
    *ret_faces = MAX(faces, 1);
    return true;
}

bool advise_threshold(struct call *call, struct error *err) {
    static const char reached_text[] =
        "False match rates come from the calibration photographs (model card); comparisons with the faces of "
        "the gallery are taken as independent. Measure on photographs of your own.";
    static const char beyond_text[] =
        "The rate wanted is beyond what the calibration photographs can show. This is the highest similarity "
        "whose false match rate is known, with the rate that it reaches; a higher threshold has a lower one, "
        "but nobody knows by how much. Have a person look at each match, or search in smaller collections.";
    const struct similarity_anchor *highest = &similarity_anchors[SIMILARITY_ANCHORS - 1];
    double wanted = (double)json_get_float(call->input, "FalsePositiveIdentificationRate", 0.01f);
    int64_t faces = 1;
    if (!read_size(call, &faces, err))
        return false;
    double allowed = match_rate(wanted, faces);
    bool reached = allowed >= highest->false_match_rate * (1 - ROUNDING);
    /* Two decimals that are on the safe side. */
    float similarity = MIN(ceilf(similarity_of_false_match_rate(allowed) * 100) / 100, highest->similarity);
    double rate = similarity_false_match_rate(similarity);
    json_put_float(call->reply, "Similarity", similarity);
    json_put_float(call->reply, "FalseMatchRate", (float)rate);
    json_put_integer(call->reply, "GallerySize", faces);
    json_put_float(call->reply, "FalsePositiveIdentificationRate", (float)identification_rate(rate, faces));
    json_put_boolean(call->reply, "Reached", reached);
    json_put_string(call->reply, "Basis", reached ? reached_text : beyond_text);
    return true;
}
