#include "api/operation.h"
#include "api/api.h"
#include "base/limits.h"

static const char *const quality_filters[] = {"NONE", "AUTO", "LOW", "MEDIUM", "HIGH", NULL};
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
static const struct field image_fields[] = {
    {"Bytes", FIELD_BLOB, .minimum = 1, .maximum = LIMIT_IMAGE_BYTES},
    {"S3Object", FIELD_STRUCT, .fields = s3_object_fields},
    {0},
};
static const struct field tag_fields[] = {
    {"Key", FIELD_STRING, .minimum = 1, .maximum = LIMIT_TAG_KEY, .pattern = &pattern_tag_key},
    {"Value", FIELD_STRING, .maximum = LIMIT_TAG_VALUE, .pattern = &pattern_tag_value},
};
static const struct field attribute_item = {"Attribute", FIELD_STRING, .choices = attributes};
static const struct field face_id_item = {"FaceId", FIELD_STRING, .pattern = &pattern_uuid};

/* Members that several operations share. */
#define COLLECTION_ID                                                                             \
    "CollectionId", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, \
                                  .pattern = &pattern_id
#define IMAGE(name) name, FIELD_STRUCT, .required = true, .fields = image_fields
#define QUALITY_FILTER "QualityFilter", FIELD_STRING, .choices = quality_filters
#define ATTRIBUTES(name) name, FIELD_LIST, .fields = &attribute_item
#define FACE_IDS "FaceIds", FIELD_LIST, .minimum = 1, .maximum = LIMIT_PAGE, .fields = &face_id_item
#define THRESHOLD(name) name, FIELD_FLOAT, .maximum = 100
#define SEARCH_MAXIMUM "MaxFaces", FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_PAGE
#define NEXT_TOKEN "NextToken", FIELD_STRING, .maximum = LIMIT_NEXT_TOKEN
#define MAX_RESULTS "MaxResults", FIELD_INTEGER, .maximum = LIMIT_PAGE

static const struct field create_collection_fields[] = {
    {COLLECTION_ID},
    {"Tags", FIELD_MAP, .maximum = LIMIT_TAGS, .fields = tag_fields},
    {0},
};
static const struct field describe_collection_fields[] = {{COLLECTION_ID}, {0}};
static const struct field list_collections_fields[] = {{NEXT_TOKEN}, {MAX_RESULTS}, {0}};
static const struct field delete_collection_fields[] = {{COLLECTION_ID}, {0}};
static const struct field index_faces_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {"ExternalImageId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_EXTERNAL_IMAGE_ID,
     .pattern = &pattern_name},
    {ATTRIBUTES("DetectionAttributes")},
    {"MaxFaces", FIELD_INTEGER, .minimum = 1},
    {QUALITY_FILTER},
    {0},
};
static const struct field list_faces_fields[] = {
    {COLLECTION_ID},
    {NEXT_TOKEN},
    {MAX_RESULTS},
    {"UserId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_USER_ID, .pattern = &pattern_name},
    {FACE_IDS},
    {0},
};
static const struct field delete_faces_fields[] = {
    {COLLECTION_ID},
    {FACE_IDS, .required = true},
    {0},
};
static const struct field search_faces_fields[] = {
    {COLLECTION_ID},
    {"FaceId", FIELD_STRING, .required = true, .pattern = &pattern_uuid},
    {SEARCH_MAXIMUM},
    {THRESHOLD("FaceMatchThreshold")},
    {0},
};
static const struct field search_faces_by_image_fields[] = {
    {COLLECTION_ID},  {IMAGE("Image")},
    {SEARCH_MAXIMUM}, {THRESHOLD("FaceMatchThreshold")},
    {QUALITY_FILTER}, {0},
};
static const struct field detect_faces_fields[] = {{IMAGE("Image")}, {ATTRIBUTES("Attributes")}, {0}};
static const struct field compare_faces_fields[] = {
    {IMAGE("SourceImage")}, {IMAGE("TargetImage")}, {THRESHOLD("SimilarityThreshold")}, {QUALITY_FILTER}, {0},
};

/* clang-format off */
#define OPERATIONS(row) \
    row("CreateCollection", create_collection) \
    row("DescribeCollection", describe_collection) \
    row("ListCollections", list_collections) \
    row("DeleteCollection", delete_collection) \
    row("IndexFaces", index_faces) \
    row("ListFaces", list_faces) \
    row("DeleteFaces", delete_faces) \
    row("SearchFaces", search_faces) \
    row("SearchFacesByImage", search_faces_by_image) \
    row("DetectFaces", detect_faces) \
    row("CompareFaces", compare_faces)
/* clang-format on */

static const struct operation operations[] = {
#define OPERATION_ROW(name, handler) {name, "rekognition:" name, handler##_fields, handler},
    OPERATIONS(OPERATION_ROW)
#undef OPERATION_ROW
};

static const char *const operation_names[] = {
#define OPERATION_NAME(name, handler) name,
    OPERATIONS(OPERATION_NAME)
#undef OPERATION_NAME
        NULL,
};

/* What the real service has beside the operations above. */
static const char *const not_offered[] = {"AssociateFaces",
                                          "CopyProjectVersion",
                                          "CreateDataset",
                                          "CreateFaceLivenessSession",
                                          "CreateProject",
                                          "CreateProjectVersion",
                                          "CreateStreamProcessor",
                                          "CreateUser",
                                          "DeleteDataset",
                                          "DeleteProject",
                                          "DeleteProjectPolicy",
                                          "DeleteProjectVersion",
                                          "DeleteStreamProcessor",
                                          "DeleteUser",
                                          "DescribeDataset",
                                          "DescribeProjectVersions",
                                          "DescribeProjects",
                                          "DescribeStreamProcessor",
                                          "DetectCustomLabels",
                                          "DetectLabels",
                                          "DetectModerationLabels",
                                          "DetectProtectiveEquipment",
                                          "DetectText",
                                          "DisassociateFaces",
                                          "DistributeDatasetEntries",
                                          "GetCelebrityInfo",
                                          "GetCelebrityRecognition",
                                          "GetContentModeration",
                                          "GetFaceDetection",
                                          "GetFaceLivenessSessionResults",
                                          "GetFaceSearch",
                                          "GetLabelDetection",
                                          "GetMediaAnalysisJob",
                                          "GetPersonTracking",
                                          "GetSegmentDetection",
                                          "GetTextDetection",
                                          "ListDatasetEntries",
                                          "ListDatasetLabels",
                                          "ListMediaAnalysisJobs",
                                          "ListProjectPolicies",
                                          "ListStreamProcessors",
                                          "ListTagsForResource",
                                          "ListUsers",
                                          "PutProjectPolicy",
                                          "RecognizeCelebrities",
                                          "SearchUsers",
                                          "SearchUsersByImage",
                                          "StartCelebrityRecognition",
                                          "StartContentModeration",
                                          "StartFaceDetection",
                                          "StartFaceSearch",
                                          "StartLabelDetection",
                                          "StartMediaAnalysisJob",
                                          "StartPersonTracking",
                                          "StartProjectVersion",
                                          "StartSegmentDetection",
                                          "StartStreamProcessor",
                                          "StartTextDetection",
                                          "StopProjectVersion",
                                          "StopStreamProcessor",
                                          "TagResource",
                                          "UntagResource",
                                          "UpdateDatasetEntries",
                                          "UpdateStreamProcessor"};

const struct operation *operation_find(struct bytes name) {
    for (size_t i = 0; i < ARRAY_LEN(operations); i++)
        if (bytes_equal_string(name, operations[i].name))
            return &operations[i];
    return NULL;
}

const char *const *api_operation_names(void) {
    return operation_names;
}

bool operation_refuse(struct bytes target, struct error *err) {
    if (target.len == 0)
        return error_set(err, ERROR_UNKNOWN_OPERATION, "The header X-Amz-Target is missing.");
    struct bytes name = target;
    if (bytes_starts_with(target, OPERATION_PREFIX)) {
        name.ptr += strlen(OPERATION_PREFIX);
        name.len -= strlen(OPERATION_PREFIX);
        for (size_t i = 0; i < ARRAY_LEN(not_offered); i++)
            if (bytes_equal_string(name, not_offered[i]))
                return error_set(err, ERROR_UNKNOWN_OPERATION,
                                 "%s is an operation of Amazon Rekognition that this server does not offer.",
                                 not_offered[i]);
    }
    name.len = MIN(name.len, (size_t)128);
    return error_set(err, ERROR_UNKNOWN_OPERATION, "There is no operation %.*s.", BYTES_FORMAT(name));
}
