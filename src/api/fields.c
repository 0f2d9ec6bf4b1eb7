#include "api/fields.h"

const char *const quality_filters[] = {"NONE", "AUTO", "LOW", "MEDIUM", "HIGH", NULL};
static const char *const attributes[] = {"DEFAULT",  "ALL",           "AGE_RANGE",  "BEARD",
                                         "EMOTIONS", "EYE_DIRECTION", "EYEGLASSES", "EYES_OPEN",
                                         "GENDER",   "MOUTH_OPEN",    "MUSTACHE",   "FACE_OCCLUDED",
                                         "SMILE",    "SUNGLASSES",    NULL};

static const struct field s3_object_fields[] = {
    {"Bucket", FIELD_STRING, .minimum = 3, .maximum = 255, .pattern = &pattern_bucket},
    {"Name", FIELD_STRING, .minimum = 1, .maximum = 1024},
    {"Version", FIELD_STRING, .minimum = 1, .maximum = 1024},
    {0},
};
const struct field image_fields[] = {
    {"Bytes", FIELD_BLOB, .minimum = 1, .maximum = LIMIT_IMAGE_BYTES},
    {"S3Object", FIELD_STRUCT, .fields = s3_object_fields},
    {0},
};
const struct field tag_fields[] = {
    {"Key", FIELD_STRING, .minimum = 1, .maximum = LIMIT_TAG_KEY, .pattern = &pattern_tag_key},
    {"Value", FIELD_STRING, .maximum = LIMIT_TAG_VALUE, .pattern = &pattern_tag_value},
};
const struct field tag_key_item = {"TagKey", FIELD_STRING, .minimum = 1, .maximum = LIMIT_TAG_KEY,
                                   .pattern = &pattern_tag_key};
const struct field attribute_item = {"Attribute", FIELD_STRING, .choices = attributes};
const struct field face_id_item = {"FaceId", FIELD_STRING, .pattern = &pattern_uuid};
