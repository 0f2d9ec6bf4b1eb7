/* The operations beside Rekognition's: what its users ask for and it does not have, and administration. They
 * use the same endpoint, signature and JSON under the target prefix "Countenance.". */
#include "api/extension.h"
#include "api/celebrities.h"
#include "api/fields.h"
#include "record/entry.h"
#include "api/filter.h"

#define NEW_COLLECTION_ID                                                                            \
    "NewCollectionId", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, \
                                     .pattern = &pattern_id
#define WITH_RATES "IncludeFalseMatchRate", FIELD_BOOLEAN, .required = false

static const struct field extension_search_faces_fields[] = {
    {COLLECTION_ID},
    {FACE_ID, .required = true},
    {SEARCH_MAXIMUM},
    {THRESHOLD("FaceMatchThreshold")},
    {FILTER},
    {WITH_RATES},
    {0},
};
static const struct field extension_search_faces_by_image_fields[] = {
    {COLLECTION_ID},  {IMAGE("Image")}, {SEARCH_MAXIMUM}, {THRESHOLD("FaceMatchThreshold")},
    {QUALITY_FILTER}, {FILTER},         {WITH_RATES},     {0},
};
static const struct field search_all_faces_by_image_fields[] = {
    {COLLECTION_ID},
    {IMAGE("Image")},
    {"MaxFaces", FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_MATCHES_PER_FACE},
    {THRESHOLD("FaceMatchThreshold")},
    {QUALITY_FILTER},
    {FILTER},
    {WITH_RATES},
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
    row("SearchFaces", extension_search_faces, RECORD_USE) \
    row("SearchFacesByImage", extension_search_faces_by_image, RECORD_USE) \
    row("SearchAllFacesByImage", search_all_faces_by_image, RECORD_USE) \
    row("IndexFaces", extension_index_faces, RECORD_USE) \
    row("ListFaces", extension_list_faces, RECORD_USE) \
    row("DeleteFaces", extension_delete_faces, RECORD_ERASURE) \
    row("TagFaces", tag_faces, RECORD_USE) \
    row("UntagFaces", untag_faces, RECORD_USE) \
    row("RenameCollection", rename_collection, RECORD_COLLECTION) \
    row("CopyCollection", copy_collection, RECORD_COLLECTION) \
    row("AdviseThreshold", advise_threshold, OPERATION_UNRECORDED) \
    row("ExportFaces", export_faces, RECORD_USE) \
    row("ImportFaces", import_faces, RECORD_USE) \
    row("PutCelebrity", put_celebrity, RECORD_USE) \
    row("ListCelebrities", list_celebrities, OPERATION_UNRECORDED) \
    row("DeleteCelebrity", delete_celebrity, RECORD_ERASURE)
/* clang-format on */

static const struct operation extensions[] = {
#define EXTENSION_ROW(name, handler, kind) \
    {EXTENSION_PREFIX name, "countenance:" name, kind, handler##_fields, handler},
    EXTENSIONS(EXTENSION_ROW)
#undef EXTENSION_ROW
};

const struct operation *extension_at(size_t position) {
    return position < ARRAY_LEN(extensions) ? &extensions[position] : NULL;
}
