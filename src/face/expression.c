/* The network's training set is small and full of acted faces: it calls a resting face angry or sad, and an
 * open mouth anything. Two things mend that, both set by hand from what the words mean:
 *
 *   - each class has an offset in logarithms of odds: less anger and disgust, more calm and surprise, as in
 *     photographs of everyday;
 *   - the mesh knows better than the network how far a mouth smiles and how wide it is open, so its
 *     blendshapes add to the classes they speak for and take from the others.
 *
 * The network looks at the face and at its mirror image. */
#include <math.h>
#include "face/expression.h"
#include "face/chip.h"

enum { SIZE = 64, CLASSES = 7 };
enum { ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL }; /* the network's order */

static const enum face_emotion emotion_of[CLASSES] = {
    [ANGRY] = EMOTION_ANGRY,  [DISGUST] = EMOTION_DISGUSTED, [FEAR] = EMOTION_FEAR,
    [HAPPY] = EMOTION_HAPPY,  [SAD] = EMOTION_SAD,           [SURPRISE] = EMOTION_SURPRISED,
    [NEUTRAL] = EMOTION_CALM,
};
static const float offsets[CLASSES] = {
    [ANGRY] = -0.5f, [DISGUST] = 0.25f, [FEAR] = 0.25f, [HAPPY] = 0.25f, [SURPRISE] = 1.5f, [NEUTRAL] = 1};
static const struct chip place = {11.0f, 25.5f, 92.4f};

static float both(const float *shapes, enum mesh_blendshape left) {
    return (shapes[left] + shapes[left + 1]) / 2;
}

/* Adds what the blendshapes say, in logarithms of odds. */
static void add_shapes(const float *shapes, float scores[CLASSES]) {
    float smile = both(shapes, SHAPE_MOUTH_SMILE_LEFT), open = shapes[SHAPE_JAW_OPEN],
          brows = shapes[SHAPE_BROW_INNER_UP], wide = both(shapes, SHAPE_EYE_WIDE_LEFT);
    scores[HAPPY] += 3 * smile - 1;
    scores[SURPRISE] += 3 * open * (1 - smile) + 3 * brows + 6 * wide - 3 * smile;
    scores[ANGRY] += both(shapes, SHAPE_BROW_DOWN_LEFT) - 1.5f * smile;
    scores[NEUTRAL] += 1.5f - 3 * open - 3 * smile - 2 * brows;
    scores[FEAR] += 6 * wide + 2 * brows - 3 * smile;
    scores[SAD] += 2 * both(shapes, SHAPE_MOUTH_FROWN_LEFT) + 1.5f * both(shapes, SHAPE_EYE_BLINK_LEFT) -
                   2 * smile;
    scores[DISGUST] += 2 * both(shapes, SHAPE_NOSE_SNEER_LEFT) + both(shapes, SHAPE_MOUTH_UPPER_UP_LEFT) -
                       smile;
}

static void set_emotions(const float scores[CLASSES], struct face_attributes *attributes) {
    float shares[CLASSES], sum = 0, most = scores[0];
    for (int i = 1; i < CLASSES; i++)
        most = fmaxf(most, scores[i]);
    for (int i = 0; i < CLASSES; i++)
        sum += shares[i] = expf(scores[i] - most);
    attributes->emotions[EMOTION_CONFUSED] = -1;
    for (int i = 0; i < CLASSES; i++)
        attributes->emotions[emotion_of[i]] = shares[i] / sum * 100;
    attributes->present |= FACE_EMOTIONS;
}

/* The face in grey from -1 to 1, and mirrored behind it. */
static void fill_input(const struct image *image, struct affine map, float *input) {
    enum { PLANE = SIZE * SIZE };
    float planes[3 * PLANE];
    chip_cut(image, map, place, SIZE, planes);
    for (int i = 0; i < PLANE; i++)
        input[i] =
            (0.299f * planes[i] + 0.587f * planes[PLANE + i] + 0.114f * planes[2 * PLANE + i]) / 127.5f - 1;
    chip_mirror(input, SIZE, input + PLANE);
}

bool expression_describe(struct network_requests *requests, const struct image *image, struct affine map,
                         const float *shapes, struct face_attributes *attributes, struct error *err) {
    const struct infer_shape shape = {4, {2, SIZE, SIZE, 1}};
    const struct network *network;
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    float scores[CLASSES];
    if (!network_find(requests, "expression", "fer-xception", shape, &network, err))
        return false;
    if (!network)
        return true;
    float *input = infer_shape(network->request, shape, err);
    if (!input)
        return false;
    fill_input(image, map, input);
    if (!infer_run(network->request, outputs, err))
        return false;
    if (outputs[0].len != 2 * CLASSES)
        return error_set(err, ERROR_INTERNAL, "the expression model gives %zu shares, %d are known",
                         outputs[0].len, 2 * CLASSES);
    for (int i = 0; i < CLASSES; i++)
        scores[i] = offsets[i] + logf((outputs[0].data[i] + outputs[0].data[CLASSES + i]) / 2 + 0.003f);
    if (shapes)
        add_shapes(shapes, scores);
    set_emotions(scores, attributes);
    return true;
}
