/* The patterns of the API's strings: the regular expression that a client reads in an error, and a matcher
 * written by hand for it. A pattern matches the whole string. */
#ifndef API_PATTERN_H
#define API_PATTERN_H

#include "base/bytes.h"

struct pattern {
    const char *expression;
    bool (*matches)(struct bytes text);
};

extern const struct pattern pattern_id;     /* CollectionId */
extern const struct pattern pattern_name;   /* ExternalImageId, UserId: an id that may hold ':' */
extern const struct pattern pattern_uuid;   /* FaceId; lower case */
extern const struct pattern pattern_bucket; /* S3Object.Bucket */
extern const struct pattern pattern_client_token;
extern const struct pattern pattern_alphanumeric; /* Id of a celebrity */
extern const struct pattern pattern_tag_key;      /* must not start with "aws:" */
extern const struct pattern pattern_tag_value;

#endif
