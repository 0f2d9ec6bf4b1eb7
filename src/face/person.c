/* The networks were trained on faces aligned by the corners of the eyes and the base of the nose (dlib's
 * get_face_chip: mean face in a unit square, here with a margin of a fifth). Where that square lies in the
 * frame of our five landmarks was measured as the median over a thousand faces. No one cut is best, so each
 * network sees three, of different margins, and the gender classifier their mirror images too; the mean of
 * the shares is taken.
 *
 * Age is the expectation over the years. Its range is half a year's rounding around
 *
 *     age +- (1.5 + 0.08 age + 0.75 spread)
 *
 * where spread is the standard deviation that the network itself gives: errors grow with age and with its
 * doubt. Measured, it holds three true ages in four; the shares' own quantiles would hold half.
 *
 * The gender classifier is surer than it is right; dividing the logarithm of its odds by 1.8 makes its
 * confidence the share of those who are told right. */
#include <math.h>
#include "face/person.h"
#include "face/chip.h"

enum {
    CUTS = 3,
    AGE_SIZE = 64,
    AGE_YEARS = 81,
    GENDER_SIZE = 32,
};

static const struct chip mean_face = {20.6f, 39.0f, 71.1f};
static const float margins[CUTS] = {0.125f, 0.175f, 0.225f};
static const float channel_means[3] = {122.782f, 117.001f, 104.298f};
static const float CONFIDENCE_DIVISOR = 1.8f;

/* One cut, as the networks want it. */
static void cut(const struct image *image, struct affine map, float margin, int size, float *out) {
    struct chip chip = {mean_face.left - margin * mean_face.side, mean_face.top - margin * mean_face.side,
                        mean_face.side * (1 + 2 * margin)};
    chip_cut(image, map, chip, size, out);
    for (int plane = 0; plane < 3; plane++)
        for (int i = 0; i < size * size; i++)
            out[plane * size * size + i] = (out[plane * size * size + i] - channel_means[plane]) / 256;
}

/* Runs the filled request and takes the mean of its rows. */
static bool mean_shares(struct infer_request *request, int rows, int classes, float *ret_shares,
                        struct error *err) {
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    if (!infer_run(request, outputs, err))
        return false;
    if (outputs[0].len != (size_t)rows * (size_t)classes)
        return error_set(err, ERROR_INTERNAL, "a model gives %zu shares where %d are known", outputs[0].len,
                         rows * classes);
    for (int i = 0; i < classes; i++) {
        float sum = 0;
        for (int row = 0; row < rows; row++)
            sum += outputs[0].data[row * classes + i];
        ret_shares[i] = sum / (float)rows;
    }
    return true;
}

static void set_age(const float shares[AGE_YEARS], struct face_attributes *attributes) {
    float mean = 0, square = 0;
    for (int year = 0; year < AGE_YEARS; year++) {
        mean += shares[year] * (float)year;
        square += shares[year] * (float)year * (float)year;
    }
    float spread = sqrtf(fmaxf(square - mean * mean, 0));
    float reach = 1.5f + 0.08f * mean + 0.75f * spread;
    attributes->age_low = (int)lroundf(fmaxf(mean - reach, 0));
    attributes->age_high = (int)lroundf(mean + reach);
    attributes->present |= FACE_AGE_RANGE;
}

static bool describe_age(struct network_requests *requests, const struct image *image, struct affine map,
                         struct face_attributes *attributes, struct error *err) {
    const struct infer_shape shape = {4, {CUTS, 3, AGE_SIZE, AGE_SIZE}};
    const struct network *network;
    float shares[AGE_YEARS];
    if (!network_find(requests, "age", "dlib-age", shape, &network, err))
        return false;
    if (!network)
        return true;
    float *input = infer_shape(network->request, shape, err);
    if (!input)
        return false;
    for (int i = 0; i < CUTS; i++)
        cut(image, map, margins[i], AGE_SIZE, input + i * 3 * AGE_SIZE * AGE_SIZE);
    if (!mean_shares(network->request, CUTS, AGE_YEARS, shares, err))
        return false;
    set_age(shares, attributes);
    return true;
}

static bool describe_gender(struct network_requests *requests, const struct image *image, struct affine map,
                            struct face_attributes *attributes, struct error *err) {
    enum { PLANE = GENDER_SIZE * GENDER_SIZE };
    const struct infer_shape shape = {4, {2 * CUTS, 3, GENDER_SIZE, GENDER_SIZE}};
    const struct network *network;
    float shares[2];
    if (!network_find(requests, "gender", "dlib-gender", shape, &network, err))
        return false;
    if (!network)
        return true;
    float *input = infer_shape(network->request, shape, err);
    if (!input)
        return false;
    for (int i = 0; i < CUTS; i++, input += 6 * PLANE) {
        cut(image, map, margins[i], GENDER_SIZE, input);
        for (int plane = 0; plane < 3; plane++)
            chip_mirror(input + plane * PLANE, GENDER_SIZE, input + (3 + plane) * PLANE);
    }
    if (!mean_shares(network->request, 2 * CUTS, 2, shares, err))
        return false;
    attributes->male = shares[1] > shares[0];
    float odds = fmaxf(shares[0], shares[1]) / fmaxf(fminf(shares[0], shares[1]), 1e-6f);
    attributes->gender_confidence = 100 / (1 + powf(odds, -1 / CONFIDENCE_DIVISOR));
    attributes->present |= FACE_GENDER;
    return true;
}

bool person_describe(struct network_requests *requests, const struct image *image, struct affine map,
                     unsigned wanted, struct face_attributes *attributes, struct error *err) {
    return (!(wanted & FACE_AGE_RANGE) || describe_age(requests, image, map, attributes, err)) &&
           (!(wanted & FACE_GENDER) || describe_gender(requests, image, map, attributes, err));
}
