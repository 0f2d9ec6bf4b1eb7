/* UTF-8, one code point at a time. */
#ifndef API_UTF8_H
#define API_UTF8_H

#include "base/bytes.h"

/* Takes one code point from the front of *rest. false when *rest is empty or does not start with one (cut
 * short, overlong, a surrogate, beyond U+10FFFF); *rest then stays as it is. */
MUST_CHECK bool utf8_take(struct bytes *rest, uint32_t *ret_code);
/* How many code points valid UTF-8 holds. */
size_t utf8_count(struct bytes text);
/* The longest beginning of valid UTF-8 that has at most `maximum` bytes and cuts no code point. */
struct bytes utf8_cut(struct bytes text, size_t maximum);

#endif
