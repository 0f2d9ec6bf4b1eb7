/* What else a face shows: age, expression, glasses, thirty landmarks. Computed only for those who ask.
 *
 * Each attribute comes from a model of the pack or is measured on what one gives; what no model can give is
 * left out, never guessed. Nothing here tells race, ethnicity or identity. */
#ifndef FACE_ATTRIBUTES_H
#define FACE_ATTRIBUTES_H

#include "face/face.h"

/* A set of bits. */
enum face_attribute {
    FACE_AGE_RANGE = 1 << 0,
    FACE_GENDER = 1 << 1,
    FACE_SMILE = 1 << 2,
    FACE_EYEGLASSES = 1 << 3,
    FACE_SUNGLASSES = 1 << 4,
    FACE_BEARD = 1 << 5,
    FACE_MUSTACHE = 1 << 6,
    FACE_EYES_OPEN = 1 << 7,
    FACE_MOUTH_OPEN = 1 << 8,
    FACE_EMOTIONS = 1 << 9,
    FACE_OCCLUDED = 1 << 10,
    FACE_EYE_DIRECTION = 1 << 11,
    FACE_ALL_LANDMARKS = 1 << 12,
    FACE_ATTRIBUTES_ALL = (1 << 13) - 1,
};

/* In the order of Rekognition's enum of landmark types; "left" is the viewer's left. */
enum face_point {
    POINT_EYE_LEFT,
    POINT_EYE_RIGHT,
    POINT_NOSE,
    POINT_MOUTH_LEFT,
    POINT_MOUTH_RIGHT,
    POINT_LEFT_EYEBROW_LEFT,
    POINT_LEFT_EYEBROW_RIGHT,
    POINT_LEFT_EYEBROW_UP,
    POINT_RIGHT_EYEBROW_LEFT,
    POINT_RIGHT_EYEBROW_RIGHT,
    POINT_RIGHT_EYEBROW_UP,
    POINT_LEFT_EYE_LEFT,
    POINT_LEFT_EYE_RIGHT,
    POINT_LEFT_EYE_UP,
    POINT_LEFT_EYE_DOWN,
    POINT_RIGHT_EYE_LEFT,
    POINT_RIGHT_EYE_RIGHT,
    POINT_RIGHT_EYE_UP,
    POINT_RIGHT_EYE_DOWN,
    POINT_NOSE_LEFT,
    POINT_NOSE_RIGHT,
    POINT_MOUTH_UP,
    POINT_MOUTH_DOWN,
    POINT_LEFT_PUPIL,
    POINT_RIGHT_PUPIL,
    POINT_UPPER_JAWLINE_LEFT,
    POINT_MID_JAWLINE_LEFT,
    POINT_CHIN_BOTTOM,
    POINT_MID_JAWLINE_RIGHT,
    POINT_UPPER_JAWLINE_RIGHT,
    FACE_POINTS
};

enum face_emotion {
    EMOTION_HAPPY,
    EMOTION_SAD,
    EMOTION_ANGRY,
    EMOTION_CONFUSED,
    EMOTION_DISGUSTED,
    EMOTION_SURPRISED,
    EMOTION_CALM,
    EMOTION_FEAR,
    FACE_EMOTION_COUNT
};

/* A yes or no and how sure it is of what it says, 0 to 100. */
struct face_trait {
    bool value;
    float confidence;
};

struct face_attributes {
    unsigned present; /* enum face_attribute: which of the members below hold */
    int age_low, age_high;
    bool male;
    float gender_confidence;
    struct face_trait smile, eyeglasses, sunglasses, beard, mustache, eyes_open, mouth_open, occluded;
    float emotions[FACE_EMOTION_COUNT];       /* 0 to 100 each; negative: the pack cannot tell this one */
    float eye_yaw, eye_pitch, eye_confidence; /* degrees, signs as in pose.h; 0 to 100 */
    struct point points[FACE_POINTS];         /* pixels of the upright full-size photograph */
};

/* Fills what is wanted (enum face_attribute) and what the pack's models can tell; costs nothing for what is
 * not wanted. */
MUST_CHECK bool face_describe(struct face_worker *worker, const struct image *image, const struct face *face,
                              unsigned wanted, struct face_attributes *ret_attributes, struct error *err);

#endif
