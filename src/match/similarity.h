/* The scale clients see: 0 to 100, calibrated on false match rates, and monotone in the cosine.
 *
 * 80 is the cosine that a pair of strangers passes once in 1,000 times, 90 once in 10,000, 99 once in
 * 100,000, on the calibration photographs; strangers lie near 0, photographs of one person near 99 and up.
 * Between the knots of the table runs a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980).
 * What a similarity says about strangers is the same for every scale: it is the scale that is calibrated.
 */
#ifndef MATCH_SIMILARITY_H
#define MATCH_SIMILARITY_H

#include "face/face.h"

struct similarity_knot {
    float cosine, similarity;
};

#define SIMILARITY_KNOTS_MAX FACE_CALIBRATION_MAX
#define SIMILARITY_ANCHORS 6

/* Knots ascend strictly in both. */
struct similarity_scale {
    int count;
    struct similarity_knot knots[SIMILARITY_KNOTS_MAX];
    float slopes[SIMILARITY_KNOTS_MAX];
};

/* false when the knots are fewer than two, too many or do not ascend. */
MUST_CHECK bool similarity_scale_make(const struct similarity_knot *knots, int count,
                                      struct similarity_scale *ret_scale);
/* The scale of the default model pack, from similarity_table.h (written by `countenance calibrate`). */
const struct similarity_scale *similarity_default(void);
/* The scale of a model pack (face_engine_calibration): that of its knots, or the default's when it has none.
 */
struct similarity_scale similarity_of_calibration(const struct face_calibration *calibration);
float similarity_of_cosine(const struct similarity_scale *scale, float cosine);
/* The smallest cosine whose similarity reaches the given one. */
float similarity_to_cosine(const struct similarity_scale *scale, float similarity);

/* A similarity and the share of pairs of strangers that reaches it, which is what calibration makes true. */
struct similarity_anchor {
    float similarity;
    double false_match_rate;
};
/* Ascending by similarity: 0.5 and 50 % first, 99 and 1 in 100,000 last. Outside of them nothing is known. */
extern const struct similarity_anchor similarity_anchors[SIMILARITY_ANCHORS];
/* The share of pairs of strangers that reaches a similarity: its logarithm is taken as linear between the
 * anchors. Above the last one it is that anchor's rate, which it stays below; below the first that one's. */
double similarity_false_match_rate(float similarity);
/* The inverse: the least similarity that at most this share of strangers reaches. A rate outside of those of
 * the anchors gives the similarity of the nearest. */
float similarity_of_false_match_rate(double rate);

#endif
