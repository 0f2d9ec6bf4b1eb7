#include "api/face_json.h"
#include "api/json.h"

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

static void put_landmarks(struct buffer *out, const struct findings *findings, const struct face *face) {
    static const struct {
        enum face_landmark landmark;
        const char *type;
    } rows[] = {
        {LANDMARK_EYE_LEFT, "eyeLeft"},
        {LANDMARK_EYE_RIGHT, "eyeRight"},
        {LANDMARK_MOUTH_LEFT, "mouthLeft"},
        {LANDMARK_MOUTH_RIGHT, "mouthRight"},
        {LANDMARK_NOSE, "nose"},
    };
    json_array_open(out, "Landmarks");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct point point = face->landmarks[rows[i].landmark];
        json_object_open(out, NULL);
        json_put_string(out, "Type", rows[i].type);
        json_put_float(out, "X", point.x / (float)findings->width);
        json_put_float(out, "Y", point.y / (float)findings->height);
        json_object_close(out);
    }
    json_array_close(out);
}

void face_json_members(struct buffer *out, const struct findings *findings, const struct face *face) {
    face_json_box(out, "BoundingBox", face_json_ratios(findings, face));
    json_put_float(out, "Confidence", face->confidence);
    put_landmarks(out, findings, face);
    json_object_open(out, "Pose");
    json_put_float(out, "Roll", face->pose.roll);
    json_put_float(out, "Yaw", face->pose.yaw);
    json_put_float(out, "Pitch", face->pose.pitch);
    json_object_close(out);
    json_object_open(out, "Quality");
    json_put_float(out, "Brightness", face->quality.brightness);
    json_put_float(out, "Sharpness", face->quality.sharpness);
    json_object_close(out);
}

void face_json_detail(struct buffer *out, const char *name, const struct findings *findings,
                      const struct face *face) {
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
    face_json_id(out, "FaceId", face->id);
    face_json_box(out, "BoundingBox", (struct box){face->left, face->top, face->width, face->height});
    face_json_id(out, "ImageId", face->image_id);
    if (face->external_image_id)
        json_put_string(out, "ExternalImageId", face->external_image_id);
    json_put_float(out, "Confidence", face->confidence);
    json_put_string(out, "IndexFacesModelVersion", face->model);
    json_object_close(out);
}

void face_json_reasons(struct buffer *out, unsigned reasons) {
    static const struct {
        enum face_reason reason;
        const char *name;
    } rows[] = {
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
