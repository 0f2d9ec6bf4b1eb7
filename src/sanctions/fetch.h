/* Fetches a list from its address. */
#ifndef SANCTIONS_FETCH_H
#define SANCTIONS_FETCH_H

#include "base/bytes.h"
#include "base/error.h"

/* What the server said of the file, to ask it again whether that has changed. Text that does not fit is left
 * out. */
struct fetch_tag {
    char etag[256];
    char modified[64]; /* Last-Modified */
};

/* http:// or https:// and no longer than LIMIT_LIST_ADDRESS. */
bool fetch_is_address(const char *text);
/* GET, into the new file at path, which the caller removes. Redirects are followed, of https to https only;
 * never to another scheme. known (may be NULL): *ret_unchanged when the server says that it is still that;
 * nothing is written then. VALIDATION: the server does not give it, it is too large, too slow or not whole.
 */
MUST_CHECK bool fetch_file(const char *address, const char *path, const struct fetch_tag *known,
                           bool *ret_unchanged, struct fetch_tag *ret_tag, struct error *err);

#endif
