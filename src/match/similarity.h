/* The scale clients see: 0 to 100, calibrated on false match rates, and monotone in the cosine.
 *
 * 80 is the cosine that a pair of strangers passes once in 1,000 times, 90 once in 10,000, 99 once in
 * 100,000, on the calibration photographs; strangers lie near 0, photographs of one person near 99 and up.
 * Between the knots of the table runs a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980).
 */
#ifndef MATCH_SIMILARITY_H
#define MATCH_SIMILARITY_H

#include "base/bytes.h"

struct similarity_knot {
    float cosine, similarity;
};

#define SIMILARITY_KNOTS_MAX 32

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
float similarity_of_cosine(const struct similarity_scale *scale, float cosine);
/* The smallest cosine whose similarity reaches the given one. */
float similarity_to_cosine(const struct similarity_scale *scale, float similarity);

#endif
