/* The operations of Rekognition that this server offers, and what finds a row in all tables. */
#include <pthread.h>
#include "api/fields.h"
#include "api/api.h"
#include "account/quota.h"
#include "record/entry.h"

enum { OPERATIONS_MAX = 128 };

static const struct field create_collection_fields[] = {{COLLECTION_ID}, {TAGS}, {0}};
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
    {COLLECTION_ID}, {NEXT_TOKEN}, {MAX_RESULTS}, {USER_ID}, {FACE_IDS}, {0},
};
static const struct field delete_faces_fields[] = {
    {COLLECTION_ID},
    {FACE_IDS, .required = true},
    {0},
};
static const struct field search_faces_fields[] = {
    {COLLECTION_ID}, {FACE_ID, .required = true}, {SEARCH_MAXIMUM}, {THRESHOLD("FaceMatchThreshold")}, {0},
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

static const struct field create_user_fields[] = {
    {COLLECTION_ID}, {USER_ID, .required = true}, {CLIENT_TOKEN}, {0}};
static const struct field delete_user_fields[] = {
    {COLLECTION_ID}, {USER_ID, .required = true}, {CLIENT_TOKEN}, {0}};
static const struct field list_users_fields[] = {
    {COLLECTION_ID}, {USERS_MAXIMUM("MaxResults")}, {NEXT_TOKEN}, {0}};
static const struct field associate_faces_fields[] = {
    {COLLECTION_ID}, {USER_ID, .required = true},
    {USER_FACE_IDS}, {THRESHOLD("UserMatchThreshold")},
    {CLIENT_TOKEN},  {0},
};
static const struct field disassociate_faces_fields[] = {
    {COLLECTION_ID}, {USER_ID, .required = true}, {CLIENT_TOKEN}, {USER_FACE_IDS}, {0}};
static const struct field search_users_fields[] = {
    {COLLECTION_ID},
    {USER_ID},
    {FACE_ID},
    {THRESHOLD("UserMatchThreshold")},
    {USERS_MAXIMUM("MaxUsers")},
    {0},
};
static const struct field search_users_by_image_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {THRESHOLD("UserMatchThreshold")},
    {USERS_MAXIMUM("MaxUsers")},
    {QUALITY_FILTER},
    {0},
};
static const struct field tag_resource_fields[] = {{RESOURCE_ARN}, {TAGS, .required = true}, {0}};
static const struct field untag_resource_fields[] = {
    {RESOURCE_ARN}, {TAG_KEYS("TagKeys"), .required = true}, {0}};
static const struct field list_tags_for_resource_fields[] = {{RESOURCE_ARN}, {0}};
static const struct field recognize_celebrities_fields[] = {{IMAGE("Image")}, {0}};
static const struct field get_celebrity_info_fields[] = {
    {"Id", FIELD_STRING, .required = true, .pattern = &pattern_alphanumeric}, {0}};

/* clang-format off */
#define OPERATIONS(row) \
    row("CreateCollection", create_collection, RECORD_COLLECTION, QUOTA_WRITE) \
    row("DescribeCollection", describe_collection, OPERATION_UNRECORDED, QUOTA_READ) \
    row("ListCollections", list_collections, OPERATION_UNRECORDED, QUOTA_READ) \
    row("DeleteCollection", delete_collection, RECORD_ERASURE, QUOTA_WRITE) \
    row("IndexFaces", index_faces, RECORD_USE, QUOTA_FACES) \
    row("ListFaces", list_faces, RECORD_USE, QUOTA_READ) \
    row("DeleteFaces", delete_faces, RECORD_ERASURE, QUOTA_WRITE) \
    row("SearchFaces", search_faces, RECORD_USE, QUOTA_SEARCH) \
    row("SearchFacesByImage", search_faces_by_image, RECORD_USE, QUOTA_SEARCH) \
    row("DetectFaces", detect_faces, RECORD_USE, QUOTA_FACES) \
    row("CompareFaces", compare_faces, RECORD_USE, QUOTA_FACES) \
    row("CreateUser", create_user, RECORD_USE, QUOTA_WRITE) \
    row("DeleteUser", delete_user, RECORD_USE, QUOTA_WRITE) \
    row("ListUsers", list_users, RECORD_USE, QUOTA_READ) \
    row("AssociateFaces", associate_faces, RECORD_USE, QUOTA_WRITE) \
    row("DisassociateFaces", disassociate_faces, RECORD_USE, QUOTA_WRITE) \
    row("SearchUsers", search_users, RECORD_USE, QUOTA_SEARCH) \
    row("SearchUsersByImage", search_users_by_image, RECORD_USE, QUOTA_SEARCH) \
    row("TagResource", tag_resource, RECORD_COLLECTION, QUOTA_WRITE) \
    row("UntagResource", untag_resource, RECORD_COLLECTION, QUOTA_WRITE) \
    row("ListTagsForResource", list_tags_for_resource, OPERATION_UNRECORDED, QUOTA_READ) \
    row("RecognizeCelebrities", recognize_celebrities, RECORD_USE, QUOTA_SEARCH) \
    row("GetCelebrityInfo", get_celebrity_info, OPERATION_UNRECORDED, QUOTA_READ)
/* clang-format on */

static const struct operation operations[] = {
#define OPERATION_ROW(name, handler, kind, family) \
    {name, "rekognition:" name, kind, family, handler##_fields, handler},
    OPERATIONS(OPERATION_ROW)
#undef OPERATION_ROW
};

/* What the real service has beside the operations above. */
static const char *const not_offered[] = {
    "CopyProjectVersion",
    "CreateDataset",
    "CreateFaceLivenessSession",
    "CreateProject",
    "CreateProjectVersion",
    "CreateStreamProcessor",
    "DeleteDataset",
    "DeleteProject",
    "DeleteProjectPolicy",
    "DeleteProjectVersion",
    "DeleteStreamProcessor",
    "DescribeDataset",
    "DescribeProjectVersions",
    "DescribeProjects",
    "DescribeStreamProcessor",
    "DetectCustomLabels",
    "DetectLabels",
    "DetectModerationLabels",
    "DetectProtectiveEquipment",
    "DetectText",
    "DistributeDatasetEntries",
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
    "PutProjectPolicy",
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
    "UpdateDatasetEntries",
    "UpdateStreamProcessor",
};

const struct operation *operation_at(size_t position) {
    if (position < ARRAY_LEN(operations))
        return &operations[position];
    return extension_at(position - ARRAY_LEN(operations));
}

static const char *names[OPERATIONS_MAX + 1];

static void fill_names(void) {
    const struct operation *operation;
    for (size_t i = 0; i < OPERATIONS_MAX && (operation = operation_at(i)); i++)
        names[i] = operation->name;
}

const char *const *api_operation_names(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_names);
    return names;
}

const struct operation *operation_find(struct bytes name) {
    const struct operation *operation;
    for (size_t i = 0; (operation = operation_at(i)); i++)
        if (bytes_equal_string(name, operation->name))
            return operation;
    return NULL;
}

const struct operation *operation_target(struct bytes target) {
    size_t prefix = strlen(OPERATION_PREFIX);
    if (bytes_starts_with(target, EXTENSION_PREFIX))
        return operation_find(target);
    if (!bytes_starts_with(target, OPERATION_PREFIX) || target.len == prefix)
        return NULL;
    struct bytes name = {target.ptr + prefix, target.len - prefix};
    return bytes_starts_with(name, EXTENSION_PREFIX) ? NULL : operation_find(name);
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
