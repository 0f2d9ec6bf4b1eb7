#include "api/score.h"
#include "match/similarity.h"

/* Rounding of a sum of a few hundred products of 32-bit numbers stays below it. */
static const float ROUNDING = 1e-5f;

float score_of_cosine(float cosine) {
    return cosine >= 1 - ROUNDING ? 100 : similarity_of_cosine(similarity_default(), cosine);
}

float score_to_cosine(float score) {
    return similarity_to_cosine(similarity_default(), score) - ROUNDING;
}

float score_of_vectors(const float *a, const float *b, int dimension) {
    float cosine = 0;
    for (int i = 0; i < dimension; i++)
        cosine += a[i] * b[i];
    return score_of_cosine(cosine);
}
