/* Similarity as clients see it, from embeddings and back: the calibrated scale, with room for rounding. */
#ifndef API_SCORE_H
#define API_SCORE_H

#include "match/similarity.h"

/* 0 to 100. Equal embeddings are exactly 100, although 32-bit arithmetic seldom makes their cosine exactly 1.
 */
float score_of_cosine(const struct similarity_scale *scale, float cosine);
/* A cosine that misses nothing whose score is at least `score`; what it lets through must be scored again. */
float score_to_cosine(const struct similarity_scale *scale, float score);
/* Of two unit vectors. */
float score_of_vectors(const struct similarity_scale *scale, const float *a, const float *b, int dimension);

#endif
