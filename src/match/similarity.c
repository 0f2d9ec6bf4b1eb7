/* Fritsch and Carlson's monotone cubic, with the three-point slopes of their later paper (Fritsch and
 * Butland, SIAM J. Sci. Stat. Comput. 5, 1984): where neighbouring secants differ much, the slope at the knot
 * between is their harmonic mean, so that no piece leaves the range of its knots. */
#include <math.h>
#include <pthread.h>
#include "match/similarity.h"
#include "match/similarity_table.h"

const struct similarity_anchor similarity_anchors[SIMILARITY_ANCHORS] = {{0.5f, 0.5}, {8, 0.1},   {45, 0.01},
                                                                         {80, 1e-3},  {90, 1e-4}, {99, 1e-5}};

static float secant(const struct similarity_knot *knots, int i) {
    return (knots[i + 1].similarity - knots[i].similarity) / (knots[i + 1].cosine - knots[i].cosine);
}

bool similarity_scale_make(const struct similarity_knot *knots, int count,
                           struct similarity_scale *ret_scale) {
    struct similarity_scale scale = {.count = count};
    if (count < 2 || count > SIMILARITY_KNOTS_MAX)
        return false;
    for (int i = 0; i + 1 < count; i++)
        if (!(knots[i].cosine < knots[i + 1].cosine) || !(knots[i].similarity < knots[i + 1].similarity))
            return false;
    memcpy(scale.knots, knots, (size_t)count * sizeof *knots);
    scale.slopes[0] = secant(knots, 0);
    scale.slopes[count - 1] = secant(knots, count - 2);
    for (int i = 1; i + 1 < count; i++) {
        float before = knots[i].cosine - knots[i - 1].cosine, after = knots[i + 1].cosine - knots[i].cosine;
        float left = 2 * after + before, right = after + 2 * before;
        scale.slopes[i] = (left + right) / (left / secant(knots, i - 1) + right / secant(knots, i));
    }
    *ret_scale = scale;
    return true;
}

static struct similarity_scale default_scale;

static void make_default(void) {
    if (!similarity_scale_make(similarity_table, (int)ARRAY_LEN(similarity_table), &default_scale))
        abort(); /* a table that does not ascend: the tests would have told */
}

const struct similarity_scale *similarity_default(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_default);
    return &default_scale;
}

struct similarity_scale similarity_of_calibration(const struct face_calibration *calibration) {
    struct similarity_knot knots[SIMILARITY_KNOTS_MAX];
    struct similarity_scale scale;
    for (int i = 0; i < calibration->count; i++)
        knots[i] = (struct similarity_knot){calibration->knots[i].cosine, calibration->knots[i].similarity};
    return similarity_scale_make(knots, calibration->count, &scale) ? scale : *similarity_default();
}

float similarity_of_cosine(const struct similarity_scale *scale, float cosine) {
    const struct similarity_knot *knots = scale->knots;
    int last = scale->count - 1, i = 0;
    if (!(cosine > knots[0].cosine)) /* also for NaN */
        return knots[0].similarity;
    if (cosine >= knots[last].cosine)
        return knots[last].similarity;
    while (cosine >= knots[i + 1].cosine)
        i++;
    double step = (double)knots[i + 1].cosine - (double)knots[i].cosine,
           t = ((double)cosine - (double)knots[i].cosine) / step;
    double rise = (double)knots[i + 1].similarity - (double)knots[i].similarity;
    double from = (double)scale->slopes[i] * step, to = (double)scale->slopes[i + 1] * step;
    double value = (double)knots[i].similarity +
                   t * (from + t * (3 * rise - 2 * from - to + t * (from + to - 2 * rise)));
    return fminf(fmaxf((float)value, knots[i].similarity), knots[i + 1].similarity);
}

float similarity_to_cosine(const struct similarity_scale *scale, float similarity) {
    float low = scale->knots[0].cosine, high = scale->knots[scale->count - 1].cosine;
    if (!(similarity > similarity_of_cosine(scale, low)))
        return low;
    /* high always reaches it, low never does. */
    for (int i = 0; i < 64; i++) {
        float middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (similarity_of_cosine(scale, middle) >= similarity)
            high = middle;
        else
            low = middle;
    }
    return high;
}

double similarity_false_match_rate(float similarity) {
    const struct similarity_anchor *at = similarity_anchors;
    int last = SIMILARITY_ANCHORS - 1, i = 0;
    if (!(similarity > at[0].similarity))
        return at[0].false_match_rate;
    if (similarity >= at[last].similarity)
        return at[last].false_match_rate;
    while (similarity >= at[i + 1].similarity)
        i++;
    double t = ((double)similarity - (double)at[i].similarity) /
               ((double)at[i + 1].similarity - (double)at[i].similarity);
    return at[i].false_match_rate * pow(at[i + 1].false_match_rate / at[i].false_match_rate, t);
}

float similarity_of_false_match_rate(double rate) {
    const struct similarity_anchor *at = similarity_anchors;
    int last = SIMILARITY_ANCHORS - 1, i = 0;
    if (!(rate < at[0].false_match_rate))
        return at[0].similarity;
    if (rate <= at[last].false_match_rate)
        return at[last].similarity;
    while (rate <= at[i + 1].false_match_rate)
        i++;
    double t = log(rate / at[i].false_match_rate) / log(at[i + 1].false_match_rate / at[i].false_match_rate);
    return (float)((double)at[i].similarity + t * ((double)at[i + 1].similarity - (double)at[i].similarity));
}
