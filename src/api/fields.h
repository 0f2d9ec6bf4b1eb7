/* Members that several operations share, with their constraints: written inside the braces of a struct field,
 * where a constraint may follow. */
#ifndef API_FIELDS_H
#define API_FIELDS_H

#include "api/operation.h"
#include "base/limits.h"

extern const char *const quality_filters[];
extern const struct field image_fields[];
extern const struct field tag_fields[]; /* key and value of a map */
extern const struct field tag_key_item;
extern const struct field attribute_item; /* names what to tell of a face */
extern const struct field face_id_item;

#define COLLECTION_ID                                                                             \
    "CollectionId", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, \
                                  .pattern = &pattern_id
#define IMAGE(name) name, FIELD_STRUCT, .required = true, .fields = image_fields
#define QUALITY_FILTER "QualityFilter", FIELD_STRING, .choices = quality_filters
#define ATTRIBUTES(name) name, FIELD_LIST, .fields = &attribute_item
#define FACE_IDS "FaceIds", FIELD_LIST, .minimum = 1, .maximum = LIMIT_PAGE, .fields = &face_id_item
#define THRESHOLD(name) name, FIELD_FLOAT, .maximum = 100
#define SEARCH_MAXIMUM "MaxFaces", FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_PAGE
#define USER_ID "UserId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_USER_ID, .pattern = &pattern_name
#define FACE_ID "FaceId", FIELD_STRING, .pattern = &pattern_uuid
#define USER_FACE_IDS                                                                   \
    "FaceIds", FIELD_LIST, .required = true, .minimum = 1, .maximum = LIMIT_USER_FACES, \
                           .fields = &face_id_item
#define USERS_MAXIMUM(name) name, FIELD_INTEGER, .minimum = 1, .maximum = LIMIT_USERS_PAGE
#define CLIENT_TOKEN                                                                 \
    CLIENT_REQUEST_TOKEN, FIELD_STRING, .minimum = 1, .maximum = LIMIT_CLIENT_TOKEN, \
                                        .pattern = &pattern_client_token
#define RESOURCE_ARN "ResourceArn", FIELD_STRING, .required = true, .minimum = 20, .maximum = 2048
#define TAGS "Tags", FIELD_MAP, .maximum = LIMIT_TAGS, .fields = tag_fields
#define TAG_KEYS(name) name, FIELD_LIST, .maximum = LIMIT_TAGS, .fields = &tag_key_item
#define NEXT_TOKEN "NextToken", FIELD_STRING, .maximum = LIMIT_NEXT_TOKEN
#define MAX_RESULTS "MaxResults", FIELD_INTEGER, .maximum = LIMIT_PAGE

#endif
