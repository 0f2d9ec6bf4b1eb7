/* Where photographs named by S3Object may come from: one S3-compatible endpoint, the key to it and the
 * buckets that clients may name; and the addresses made of these. Read from an INI file of one section:
 *
 *     [s3]
 *     endpoint = https://s3.eu-west-1.amazonaws.com     scheme, host and port, nothing behind
 *     region = eu-west-1                                in signatures
 *     access_key_id = ...
 *     secret_access_key = ...
 *     session_token = ...                               optional; goes on in indented lines
 *     buckets = first, second                           may go on in indented lines
 *     path_style = yes                                  no: the bucket is part of the host's name
 *     timeout_seconds = 30                              of a whole download, 300 at most */
#ifndef API_OBJECT_SETTINGS_H
#define API_OBJECT_SETTINGS_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"

struct object_settings {
    char scheme[8];      /* "http" or "https" */
    char authority[300]; /* host, and port where one was given */
    char region[64];
    char access_key[129], secret_key[257], token[LIMIT_S3_TOKEN + 1]; /* token: may be empty */
    bool host_style;                                                  /* path_style = no */
    int timeout_seconds;
    size_t bucket_count;
    char buckets[LIMIT_S3_BUCKETS][LIMIT_BUCKET + 1];
};

/* path is for the texts of errors, which never hold a value. INVALID_PARAMETER says what is wrong. Wipe what
 * it returns when it is of no more use. */
MUST_CHECK bool object_settings_read(FILE *file, const char *path, struct object_settings *ret_settings,
                                     struct error *err);
void object_settings_wipe(struct object_settings *settings);
bool object_settings_allow(const struct object_settings *settings, struct bytes bucket);
/* Appends the address of an object, encoded as S3 signs it: everything but letters, digits and
 * -._~ as %XX, slashes of the name as they are. The bucket is one that is allowed. False for a name with a
 * segment "." or "..", which some servers would take for a way out of the bucket, and without memory. */
MUST_CHECK bool object_settings_url(const struct object_settings *settings, struct bytes bucket,
                                    struct bytes name, struct bytes version, struct buffer *url);

#endif
