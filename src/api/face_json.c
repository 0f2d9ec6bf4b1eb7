#include "api/face_json.h"
#include "api/json.h"

static const char *const point_types[FACE_POINTS] = {
    [POINT_EYE_LEFT] = "eyeLeft",
    [POINT_EYE_RIGHT] = "eyeRight",
    [POINT_NOSE] = "nose",
    [POINT_MOUTH_LEFT] = "mouthLeft",
    [POINT_MOUTH_RIGHT] = "mouthRight",
    [POINT_LEFT_EYEBROW_LEFT] = "leftEyeBrowLeft",
    [POINT_LEFT_EYEBROW_RIGHT] = "leftEyeBrowRight",
    [POINT_LEFT_EYEBROW_UP] = "leftEyeBrowUp",
    [POINT_RIGHT_EYEBROW_LEFT] = "rightEyeBrowLeft",
    [POINT_RIGHT_EYEBROW_RIGHT] = "rightEyeBrowRight",
    [POINT_RIGHT_EYEBROW_UP] = "rightEyeBrowUp",
    [POINT_LEFT_EYE_LEFT] = "leftEyeLeft",
    [POINT_LEFT_EYE_RIGHT] = "leftEyeRight",
    [POINT_LEFT_EYE_UP] = "leftEyeUp",
    [POINT_LEFT_EYE_DOWN] = "leftEyeDown",
    [POINT_RIGHT_EYE_LEFT] = "rightEyeLeft",
    [POINT_RIGHT_EYE_RIGHT] = "rightEyeRight",
    [POINT_RIGHT_EYE_UP] = "rightEyeUp",
    [POINT_RIGHT_EYE_DOWN] = "rightEyeDown",
    [POINT_NOSE_LEFT] = "noseLeft",
    [POINT_NOSE_RIGHT] = "noseRight",
    [POINT_MOUTH_UP] = "mouthUp",
    [POINT_MOUTH_DOWN] = "mouthDown",
    [POINT_LEFT_PUPIL] = "leftPupil",
    [POINT_RIGHT_PUPIL] = "rightPupil",
    [POINT_UPPER_JAWLINE_LEFT] = "upperJawlineLeft",
    [POINT_MID_JAWLINE_LEFT] = "midJawlineLeft",
    [POINT_CHIN_BOTTOM] = "chinBottom",
    [POINT_MID_JAWLINE_RIGHT] = "midJawlineRight",
    [POINT_UPPER_JAWLINE_RIGHT] = "upperJawlineRight",
};

static const char *const emotion_types[FACE_EMOTION_COUNT] = {
    [EMOTION_HAPPY] = "HAPPY",         [EMOTION_SAD] = "SAD",
    [EMOTION_ANGRY] = "ANGRY",         [EMOTION_CONFUSED] = "CONFUSED",
    [EMOTION_DISGUSTED] = "DISGUSTED", [EMOTION_SURPRISED] = "SURPRISED",
    [EMOTION_CALM] = "CALM",           [EMOTION_FEAR] = "FEAR",
};

struct box face_json_ratios(const struct findings *findings, const struct face *face) {
    float width = (float)findings->width, height = (float)findings->height;
    return (struct box){face->box.left / width, face->box.top / height, face->box.width / width,
                        face->box.height / height};
}

void face_json_box(struct buffer *out, const char *name, struct box ratios) {
    json_object_open(out, name);
    json_put_float(out, "Width", ratios.width);
    json_put_float(out, "Height", ratios.height);
    json_put_float(out, "Left", ratios.left);
    json_put_float(out, "Top", ratios.top);
    json_object_close(out);
}

static void put_landmark(struct buffer *out, const struct findings *findings, const char *type,
                         struct point point) {
    json_object_open(out, NULL);
    json_put_string(out, "Type", type);
    json_put_float(out, "X", point.x / (float)findings->width);
    json_put_float(out, "Y", point.y / (float)findings->height);
    json_object_close(out);
}

static void put_landmarks(struct buffer *out, const struct findings *findings, int face) {
    const struct face_attributes *attributes = findings->attributes[face];
    static const enum face_point points[FACE_LANDMARKS] = {
        [LANDMARK_EYE_LEFT] = POINT_EYE_LEFT,
        [LANDMARK_EYE_RIGHT] = POINT_EYE_RIGHT,
        [LANDMARK_NOSE] = POINT_NOSE,
        [LANDMARK_MOUTH_LEFT] = POINT_MOUTH_LEFT,
        [LANDMARK_MOUTH_RIGHT] = POINT_MOUTH_RIGHT,
    };
    json_array_open(out, "Landmarks");
    if (attributes && attributes->present & FACE_ALL_LANDMARKS)
        for (int i = 0; i < FACE_POINTS; i++)
            put_landmark(out, findings, point_types[i], attributes->points[i]);
    else
        for (int i = 0; i < FACE_LANDMARKS; i++)
            put_landmark(out, findings, point_types[points[i]], findings->faces[face].landmarks[i]);
    json_array_close(out);
}

static void put_trait(struct buffer *out, const char *name, struct face_trait trait) {
    json_object_open(out, name);
    json_put_boolean(out, "Value", trait.value);
    json_put_float(out, "Confidence", trait.confidence);
    json_object_close(out);
}

/* Surest first; clients take the first for the face's emotion. */
static void put_emotions(struct buffer *out, const float emotions[FACE_EMOTION_COUNT]) {
    bool done[FACE_EMOTION_COUNT] = {false};
    json_array_open(out, "Emotions");
    for (;;) {
        int best = -1;
        for (int i = 0; i < FACE_EMOTION_COUNT; i++)
            if (!done[i] && emotions[i] >= 0 && (best < 0 || emotions[i] > emotions[best]))
                best = i;
        if (best < 0)
            break;
        done[best] = true;
        json_object_open(out, NULL);
        json_put_string(out, "Type", emotion_types[best]);
        json_put_float(out, "Confidence", emotions[best]);
        json_object_close(out);
    }
    json_array_close(out);
}

static void put_person(struct buffer *out, const struct face_attributes *attributes) {
    if (attributes->present & FACE_AGE_RANGE) {
        json_object_open(out, "AgeRange");
        json_put_integer(out, "Low", attributes->age_low);
        json_put_integer(out, "High", attributes->age_high);
        json_object_close(out);
    }
    if (attributes->present & FACE_GENDER) {
        json_object_open(out, "Gender");
        json_put_string(out, "Value", attributes->male ? "Male" : "Female");
        json_put_float(out, "Confidence", attributes->gender_confidence);
        json_object_close(out);
    }
    if (attributes->present & FACE_EYE_DIRECTION) {
        json_object_open(out, "EyeDirection");
        json_put_float(out, "Yaw", attributes->eye_yaw);
        json_put_float(out, "Pitch", attributes->eye_pitch);
        json_put_float(out, "Confidence", attributes->eye_confidence);
        json_object_close(out);
    }
}

static void put_attributes(struct buffer *out, const struct face_attributes *attributes) {
    const struct {
        enum face_attribute attribute;
        const char *name;
        struct face_trait trait;
    } traits[] = {
        {FACE_SMILE, "Smile", attributes->smile},
        {FACE_EYEGLASSES, "Eyeglasses", attributes->eyeglasses},
        {FACE_SUNGLASSES, "Sunglasses", attributes->sunglasses},
        {FACE_BEARD, "Beard", attributes->beard},
        {FACE_MUSTACHE, "Mustache", attributes->mustache},
        {FACE_EYES_OPEN, "EyesOpen", attributes->eyes_open},
        {FACE_MOUTH_OPEN, "MouthOpen", attributes->mouth_open},
        {FACE_OCCLUDED, "FaceOccluded", attributes->occluded},
    };
    put_person(out, attributes);
    for (size_t i = 0; i < ARRAY_LEN(traits); i++)
        if (attributes->present & traits[i].attribute)
            put_trait(out, traits[i].name, traits[i].trait);
    if (attributes->present & FACE_EMOTIONS)
        put_emotions(out, attributes->emotions);
}

void face_json_members(struct buffer *out, const struct findings *findings, int face) {
    const struct face *seen = &findings->faces[face];
    face_json_box(out, "BoundingBox", face_json_ratios(findings, seen));
    json_put_float(out, "Confidence", seen->confidence);
    put_landmarks(out, findings, face);
    json_object_open(out, "Pose");
    json_put_float(out, "Roll", seen->pose.roll);
    json_put_float(out, "Yaw", seen->pose.yaw);
    json_put_float(out, "Pitch", seen->pose.pitch);
    json_object_close(out);
    json_object_open(out, "Quality");
    json_put_float(out, "Brightness", seen->quality.brightness);
    json_put_float(out, "Sharpness", seen->quality.sharpness);
    json_object_close(out);
    if (findings->attributes[face])
        put_attributes(out, findings->attributes[face]);
}

void face_json_detail(struct buffer *out, const char *name, const struct findings *findings, int face) {
    json_object_open(out, name);
    face_json_members(out, findings, face);
    json_object_close(out);
}

void face_json_id(struct buffer *out, const char *name, struct uuid id) {
    char text[UUID_TEXT];
    uuid_format(id, text);
    json_put_string(out, name, text);
}

void face_json_stored(struct buffer *out, const char *name, const struct store_face *face) {
    json_object_open(out, name);
    face_json_stored_members(out, face);
    json_object_close(out);
}

void face_json_stored_members(struct buffer *out, const struct store_face *face) {
    face_json_id(out, "FaceId", face->id);
    face_json_box(out, "BoundingBox", (struct box){face->left, face->top, face->width, face->height});
    face_json_id(out, "ImageId", face->image_id);
    if (face->external_image_id)
        json_put_string(out, "ExternalImageId", face->external_image_id);
    json_put_float(out, "Confidence", face->confidence);
    json_put_string(out, "IndexFacesModelVersion", face->model);
    if (face->user_id)
        json_put_string(out, "UserId", face->user_id);
}

void face_json_governed_members(struct buffer *out, const struct store_face *face) {
    if (face->consent)
        json_put_string(out, "ConsentReference", face->consent);
    if (face->expires_ms != 0)
        json_put_time(out, "ExpiresAt", face->expires_ms);
}

void face_json_reasons(struct buffer *out, unsigned reasons) {
    static const struct {
        unsigned reason;
        const char *name;
    } rows[] = {
        {FACE_NOT_LARGEST, "FACE_NOT_LARGEST"},        {FACE_NEAR_DUPLICATE, "NEAR_DUPLICATE"},
        {FACE_EXCEEDS_MAX_FACES, "EXCEEDS_MAX_FACES"}, {FACE_EXTREME_POSE, "EXTREME_POSE"},
        {FACE_LOW_BRIGHTNESS, "LOW_BRIGHTNESS"},       {FACE_LOW_SHARPNESS, "LOW_SHARPNESS"},
        {FACE_LOW_CONFIDENCE, "LOW_CONFIDENCE"},       {FACE_SMALL_BOUNDING_BOX, "SMALL_BOUNDING_BOX"},
        {FACE_LOW_QUALITY, "LOW_FACE_QUALITY"},
    };
    json_array_open(out, "Reasons");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (reasons & rows[i].reason)
            json_put_string(out, NULL, rows[i].name);
    json_array_close(out);
}
