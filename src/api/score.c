#include "api/score.h"

/* Rounding of a sum of a few hundred products of 32-bit numbers stays below it. */
static const float ROUNDING = 1e-5f;

float score_of_cosine(const struct similarity_scale *scale, float cosine) {
    return cosine >= 1 - ROUNDING ? 100 : similarity_of_cosine(scale, cosine);
}

float score_to_cosine(const struct similarity_scale *scale, float score) {
    return similarity_to_cosine(scale, score) - ROUNDING;
}

float score_of_vectors(const struct similarity_scale *scale, const float *a, const float *b, int dimension) {
    float cosine = 0;
    for (int i = 0; i < dimension; i++)
        cosine += a[i] * b[i];
    return score_of_cosine(scale, cosine);
}
