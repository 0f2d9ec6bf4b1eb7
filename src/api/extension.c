/* The operations beside Rekognition's: what its users ask for and it does not have, and administration. They
 * use the same endpoint, signature and JSON under the target prefix "Countenance.". */
#include "api/extension.h"
#include "api/celebrities.h"
#include "api/concern_ops.h"
#include "api/screening_ops.h"
#include "api/fields.h"
#include "account/quota.h"
#include "record/entry.h"
#include "api/filter.h"
#include "api/reembed.h"
#include "api/release.h"
#include "api/subject.h"

#define NEW_COLLECTION_ID                                                                            \
    "NewCollectionId", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, \
                                     .pattern = &pattern_id
#define WITH_RATES "IncludeFalseMatchRate", FIELD_BOOLEAN, .required = false
#define EXHAUSTIVE "Exhaustive", FIELD_BOOLEAN, .required = false

static const struct field extension_search_faces_fields[] = {
    {COLLECTION_ID},  {FACE_ID, .required = true},
    {SEARCH_MAXIMUM}, {THRESHOLD("FaceMatchThreshold")},
    {FILTER},         {WITH_RATES},
    {EXHAUSTIVE},     {0},
};
static const struct field extension_search_faces_by_image_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {SEARCH_MAXIMUM},
    {THRESHOLD("FaceMatchThreshold")},
    {QUALITY_FILTER},
    {FILTER},
    {WITH_RATES},
    {EXHAUSTIVE},
    {0},
};
static const struct field search_all_faces_by_image_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {"MaxFaces", FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_MATCHES_PER_FACE},
    {THRESHOLD("FaceMatchThreshold")},
    {QUALITY_FILTER},
    {FILTER},
    {WITH_RATES},
    {EXHAUSTIVE},
    {0},
};
static const struct field extension_index_faces_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {"ExternalImageId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_EXTERNAL_IMAGE_ID,
     .pattern = &pattern_name},
    {ATTRIBUTES("DetectionAttributes")},
    {"MaxFaces", FIELD_INTEGER, .minimum = 1},
    {QUALITY_FILTER},
    {TAGS},
    {CONSENT_REFERENCE},
    {EXPIRES_AT},
    {THRESHOLD("RefuseSimilarity")},
    {0},
};
static const struct field extension_list_faces_fields[] = {
    {COLLECTION_ID}, {FILTER}, {MAX_RESULTS}, {NEXT_TOKEN}, {0}};
static const struct field extension_delete_faces_fields[] = {
    {COLLECTION_ID},
    {FILTER, .required = true},
    {"DisassociateFirst", FIELD_BOOLEAN, .required = false},
    {MAX_RESULTS},
    {NEXT_TOKEN},
    {0},
};
static const struct field tag_faces_fields[] = {
    {COLLECTION_ID}, {FACE_IDS, .required = true}, {TAGS, .required = true, .minimum = 1}, {0}};
static const struct field untag_faces_fields[] = {{COLLECTION_ID},
                                                  {FACE_IDS, .required = true},
                                                  {TAG_KEYS("TagKeys"), .required = true, .minimum = 1},
                                                  {0}};
static const struct field rename_collection_fields[] = {{COLLECTION_ID}, {NEW_COLLECTION_ID}, {0}};
static const struct field copy_collection_fields[] = {{COLLECTION_ID}, {NEW_COLLECTION_ID}, {0}};
static const struct field advise_threshold_fields[] = {
    {"CollectionId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, .pattern = &pattern_id},
    {"GallerySize", FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_COLLECTION_FACES},
    {"FalsePositiveIdentificationRate", FIELD_FLOAT, .maximum = 1},
    {0},
};
static const struct field export_faces_fields[] = {
    {COLLECTION_ID},
    {"MaxResults", FIELD_INTEGER, .maximum = LIMIT_TRANSFER_PAGE},
    {NEXT_TOKEN},
    {0},
};

/* clang-format off */
#define EXTENSIONS(row) \
    row("SearchFaces", extension_search_faces, RECORD_USE, QUOTA_SEARCH) \
    row("SearchFacesByImage", extension_search_faces_by_image, RECORD_USE, QUOTA_SEARCH) \
    row("SearchAllFacesByImage", search_all_faces_by_image, RECORD_USE, QUOTA_SEARCH) \
    row("IndexFaces", extension_index_faces, RECORD_USE, QUOTA_FACES) \
    row("ListFaces", extension_list_faces, RECORD_USE, QUOTA_READ) \
    row("DeleteFaces", extension_delete_faces, RECORD_ERASURE, QUOTA_WRITE) \
    row("TagFaces", tag_faces, RECORD_USE, QUOTA_WRITE) \
    row("UntagFaces", untag_faces, RECORD_USE, QUOTA_WRITE) \
    row("RenameCollection", rename_collection, RECORD_COLLECTION, QUOTA_WRITE) \
    row("CopyCollection", copy_collection, RECORD_COLLECTION, QUOTA_WRITE) \
    row("AdviseThreshold", advise_threshold, OPERATION_UNRECORDED, QUOTA_READ) \
    row("ExportFaces", export_faces, RECORD_USE, QUOTA_READ) \
    row("ImportFaces", import_faces, RECORD_USE, QUOTA_WRITE) \
    row("PutCelebrity", put_celebrity, RECORD_USE, QUOTA_WRITE) \
    row("ListCelebrities", list_celebrities, OPERATION_UNRECORDED, QUOTA_READ) \
    row("DeleteCelebrity", delete_celebrity, RECORD_ERASURE, QUOTA_WRITE) \
    row("CreateAccount", create_account, RECORD_ACCOUNT, QUOTA_ADMINISTRATION) \
    row("UpdateAccount", update_account, RECORD_ACCOUNT, QUOTA_ADMINISTRATION) \
    row("DescribeAccount", describe_account, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("ListAccounts", list_accounts, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("CreateKey", create_key, RECORD_KEY, QUOTA_ADMINISTRATION) \
    row("ListKeys", list_keys, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("UpdateKey", update_key, RECORD_KEY, QUOTA_ADMINISTRATION) \
    row("RotateKey", rotate_key, RECORD_KEY, QUOTA_ADMINISTRATION) \
    row("DeleteKey", delete_key, RECORD_KEY, QUOTA_ADMINISTRATION) \
    row("PutPolicy", put_policy, RECORD_ACCOUNT, QUOTA_ADMINISTRATION) \
    row("DeletePolicy", delete_policy, RECORD_ACCOUNT, QUOTA_ADMINISTRATION) \
    row("ListPolicies", list_policies, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("GetSessionToken", get_session_token, RECORD_KEY, QUOTA_ADMINISTRATION) \
    row("GovernCollection", govern_collection, RECORD_COLLECTION, QUOTA_ADMINISTRATION) \
    row("ReembedCollection", reembed_collection, RECORD_COLLECTION, QUOTA_ADMINISTRATION) \
    row("DescribeGovernance", describe_governance, OPERATION_UNRECORDED, QUOTA_READ) \
    row("ListReleases", list_releases, OPERATION_UNRECORDED, QUOTA_READ) \
    row("ReleaseResult", release_result, RECORD_DECISION, QUOTA_ADMINISTRATION) \
    row("GetReleasedResult", get_released_result, RECORD_USE, QUOTA_READ) \
    row("DescribeSubject", describe_subject, RECORD_USE, QUOTA_SEARCH) \
    row("EraseSubject", erase_subject, RECORD_ERASURE, QUOTA_WRITE) \
    SCREENING_ROWS(row) \
    CONCERN_ROWS(row)
/* clang-format on */

static const struct operation extensions[] = {
#define EXTENSION_ROW(name, handler, kind, family) \
    {EXTENSION_PREFIX name, "countenance:" name, kind, family, handler##_fields, handler},
    EXTENSIONS(EXTENSION_ROW)
#undef EXTENSION_ROW
};

const struct operation *extension_at(size_t position) {
    return position < ARRAY_LEN(extensions) ? &extensions[position] : NULL;
}
