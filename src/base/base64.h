/* Base64 of the standard alphabet with padding, by libbase64. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/bytes.h"

/* How many bytes a text of this length can decode to at most. */
static inline size_t base64_bytes_maximum(size_t text_len) {
    return text_len / 4 * 3;
}
/* Strict: no blanks, no missing padding. out holds base64_bytes_maximum(text.len) and is not text.ptr. */
MUST_CHECK bool base64_to_bytes(struct bytes text, void *out, size_t *ret_len);
/* How many characters, without a NUL. */
static inline size_t base64_text_len(size_t len) {
    return (len + 2) / 3 * 4;
}
/* base64_text_len(data.len) characters into out, no NUL. */
void base64_to_text(struct bytes data, char *out);

#endif
