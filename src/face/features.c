/* Smile, mouth and eyes are one measure each, turned into odds: p = 1 / (1 + exp(-slope (measure - middle))).
 * Slopes and middles are fitted to faces labelled by hand, out of LFW and UTKFace:
 *
 *     smile         the blendshape of both mouth corners                      186 faces, 92 % right
 *     mouth open    gap of the lips over the mouth's width                    196 faces, 94 % right
 *     eyes open     height of the lids' gap over the eye's width (eye aspect  323 faces, 14 of them with
 *                   ratio: Soukupova and Cech, CVWW 2016), both eyes           closed eyes; see the model
 * card
 *
 * Right in cross-validation, where the labeller was sure. Closed eyes are told by the lids alone: the
 * blendshape for blinking rises with every laugh.
 *
 * Gaze is how far the blendshapes look to a side. A unit of them moves the iris by 0.185 of the eye's width
 * (458 frontal faces, correlation 0.95), 4.4 to 5.4 mm of a circle of 10 mm about which the eyeball turns: 30
 * degrees. Their middle is not 0: mirrored photographs show that sideways, frontal portraits upwards. One
 * reading scatters by 3.4 degrees. */
#include <math.h>
#include "face/features.h"

struct logistic {
    float slope, middle;
};
static const struct logistic SMILE = {8.3f, 0.33f}, MOUTH = {21.8f, 0.118f}, EYES = {50, 0.115f};
static const float DEGREES_PER_UNIT = 30, SIDE_MIDDLE = 0.067f, UP_MIDDLE = -0.1f;

/* Two points of the mesh each, of whose mean the landmark is made. The picture's left is the person's right.
 */
static const short landmarks[FACE_POINTS][2] = {
    [POINT_EYE_LEFT] = {33, 133},
    [POINT_EYE_RIGHT] = {362, 263},
    [POINT_NOSE] = {1, 1},
    [POINT_MOUTH_LEFT] = {61, 61},
    [POINT_MOUTH_RIGHT] = {291, 291},
    [POINT_LEFT_EYEBROW_LEFT] = {70, 46},
    [POINT_LEFT_EYEBROW_RIGHT] = {107, 55},
    [POINT_LEFT_EYEBROW_UP] = {105, 105},
    [POINT_RIGHT_EYEBROW_LEFT] = {336, 285},
    [POINT_RIGHT_EYEBROW_RIGHT] = {300, 276},
    [POINT_RIGHT_EYEBROW_UP] = {334, 334},
    [POINT_LEFT_EYE_LEFT] = {33, 33},
    [POINT_LEFT_EYE_RIGHT] = {133, 133},
    [POINT_LEFT_EYE_UP] = {159, 159},
    [POINT_LEFT_EYE_DOWN] = {145, 145},
    [POINT_RIGHT_EYE_LEFT] = {362, 362},
    [POINT_RIGHT_EYE_RIGHT] = {263, 263},
    [POINT_RIGHT_EYE_UP] = {386, 386},
    [POINT_RIGHT_EYE_DOWN] = {374, 374},
    [POINT_NOSE_LEFT] = {64, 64},
    [POINT_NOSE_RIGHT] = {294, 294},
    [POINT_MOUTH_UP] = {0, 0},
    [POINT_MOUTH_DOWN] = {17, 17},
    [POINT_LEFT_PUPIL] = {MESH_RIGHT_IRIS, MESH_RIGHT_IRIS},
    [POINT_RIGHT_PUPIL] = {MESH_LEFT_IRIS, MESH_LEFT_IRIS},
    [POINT_UPPER_JAWLINE_LEFT] = {234, 234},
    [POINT_MID_JAWLINE_LEFT] = {172, 172},
    [POINT_CHIN_BOTTOM] = {152, 152},
    [POINT_MID_JAWLINE_RIGHT] = {397, 397},
    [POINT_UPPER_JAWLINE_RIGHT] = {454, 454},
};

static float distance(const struct mesh *mesh, int a, int b) {
    return hypotf(mesh->upright[a].x - mesh->upright[b].x, mesh->upright[a].y - mesh->upright[b].y);
}

/* Mean gap of the lids over the eye's width: corners, then two pairs of points above each other. */
static float eye_ratio(const struct mesh *mesh, const short eye[6]) {
    return (distance(mesh, eye[2], eye[3]) + distance(mesh, eye[4], eye[5])) /
           fmaxf(2 * distance(mesh, eye[0], eye[1]), 1e-3f);
}

static float eyes_ratio(const struct mesh *mesh) {
    static const short right[6] = {33, 133, 160, 144, 158, 153}, left[6] = {362, 263, 385, 380, 387, 373};
    return (eye_ratio(mesh, right) + eye_ratio(mesh, left)) / 2;
}

static float mouth_ratio(const struct mesh *mesh) {
    return distance(mesh, 13, 14) / fmaxf(distance(mesh, 61, 291), 1e-3f);
}

static float confidence_of(float sure, const struct mesh *mesh) {
    return 50 + (sure - 50) * mesh->presence;
}

static struct face_trait trait_of(float measure, struct logistic logistic, const struct mesh *mesh) {
    float odds = 1 / (1 + expf(-logistic.slope * (measure - logistic.middle)));
    return (struct face_trait){odds >= 0.5f, confidence_of(100 * fmaxf(odds, 1 - odds), mesh)};
}

static void describe_gaze(const struct mesh *mesh, const float *shapes, struct face_attributes *attributes) {
    /* The person's left is the picture's right. */
    float side = (shapes[SHAPE_EYE_LOOK_OUT_LEFT] + shapes[SHAPE_EYE_LOOK_IN_RIGHT] -
                  shapes[SHAPE_EYE_LOOK_IN_LEFT] - shapes[SHAPE_EYE_LOOK_OUT_RIGHT]) /
                 2;
    float up = (shapes[SHAPE_EYE_LOOK_UP_LEFT] + shapes[SHAPE_EYE_LOOK_UP_RIGHT] -
                shapes[SHAPE_EYE_LOOK_DOWN_LEFT] - shapes[SHAPE_EYE_LOOK_DOWN_RIGHT]) /
               2;
    struct face_trait open = trait_of(eyes_ratio(mesh), EYES, mesh);
    attributes->eye_yaw = (side - SIDE_MIDDLE) * DEGREES_PER_UNIT;
    attributes->eye_pitch = (up - UP_MIDDLE) * DEGREES_PER_UNIT;
    /* Closed eyes look nowhere. */
    attributes->eye_confidence = open.value ? open.confidence : 100 - open.confidence;
    attributes->present |= FACE_EYE_DIRECTION;
}

void features_describe(const struct mesh *mesh, const float *shapes, unsigned wanted,
                       struct face_attributes *attributes) {
    if (wanted & FACE_ALL_LANDMARKS)
        for (int i = 0; i < FACE_POINTS; i++) {
            struct point a = mesh->points[landmarks[i][0]], b = mesh->points[landmarks[i][1]];
            attributes->points[i] = (struct point){(a.x + b.x) / 2, (a.y + b.y) / 2};
        }
    if (wanted & FACE_MOUTH_OPEN)
        attributes->mouth_open = trait_of(mouth_ratio(mesh), MOUTH, mesh);
    if (wanted & FACE_EYES_OPEN)
        attributes->eyes_open = trait_of(eyes_ratio(mesh), EYES, mesh);
    attributes->present |= wanted & (FACE_ALL_LANDMARKS | FACE_MOUTH_OPEN | FACE_EYES_OPEN);
    if (shapes && wanted & FACE_SMILE) {
        float corners = (shapes[SHAPE_MOUTH_SMILE_LEFT] + shapes[SHAPE_MOUTH_SMILE_RIGHT]) / 2;
        attributes->smile = trait_of(corners, SMILE, mesh);
        attributes->present |= FACE_SMILE;
    }
    if (shapes && wanted & FACE_EYE_DIRECTION)
        describe_gaze(mesh, shapes, attributes);
}
