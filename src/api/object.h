/* Photographs that a request names by S3Object, out of the one S3-compatible store that the operator has
 * configured. Nothing else is ever fetched at a client's wish: no other host, no redirect, no bucket that is
 * not listed. */
#ifndef API_OBJECT_H
#define API_OBJECT_H

#include "base/buffer.h"
#include "base/error.h"

struct object_store;

/* Reads the settings from an INI file (object_settings.h has its form), which nobody but its owner may read;
 * fetches nothing yet. At most `downloads` run at a time. *ret_store is NULL when there is no such file.
 * INVALID_PARAMETER when it is there and not right. */
MUST_CHECK bool object_store_open(const char *file, int downloads, struct object_store **ret_store,
                                  struct error *err);
/* Takes NULL. */
void object_store_free(struct object_store *store);
/* The whole object into a buffer of at most LIMIT_IMAGE_FILE_BYTES that the caller releases. May be called
 * from many threads. version is empty for the newest. INVALID_S3_OBJECT when it is not to be had (store may
 * be NULL: none is configured), IMAGE_TOO_LARGE, and THROTTLED when too many downloads are under way. */
MUST_CHECK bool object_fetch(struct object_store *store, struct bytes bucket, struct bytes name,
                             struct bytes version, struct buffer *ret_object, struct error *err);

#endif
