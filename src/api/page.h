/* NextToken: where a list goes on. It carries the key of the last row that was given, so it stays good while
 * rows come and go, that one included, and through restarts. A tag over the operation, its scope and the key
 * tells a token that belongs elsewhere or is made up; it keeps no secret, the caller has read the key before.
 *
 * Keys are ids of 1 to PAGE_KEY_MAX characters [a-zA-Z0-9_.:-], and the token has at most LIMIT_NEXT_TOKEN.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

struct yyjson_val;

#define PAGE_KEY_MAX 255

/* What a request asks for: MaxResults (0 or none: LIMIT_PAGE_DEFAULT) rows after a key. */
struct page {
    size_t maximum;
    const char *after; /* key_text, or NULL for the first page */
    char key_text[PAGE_KEY_MAX + 1];
};

/* Reads MaxResults and NextToken. INVALID_PAGINATION_TOKEN. */
MUST_CHECK bool page_read(struct yyjson_val *input, const char *operation, struct bytes scope,
                          struct page *ret_page, struct error *err);

/* operation and scope (the id of a collection, or nothing) say where the token belongs. */
void page_token(const char *operation, struct bytes scope, struct bytes key,
                char ret_token[LIMIT_NEXT_TOKEN + 1]);
/* The key of a token. INVALID_PAGINATION_TOKEN. */
MUST_CHECK bool page_key(const char *operation, struct bytes scope, struct bytes token,
                         char ret_key[PAGE_KEY_MAX + 1], struct error *err);

#endif
