/* A view of bytes that somebody else owns: pointer and length, no terminator. Text is UTF-8 in the same type.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/compiler.h"

struct bytes {
    const char *ptr;
    size_t len;
};

/* For printf's "%.*s". */
#define BYTES_FORMAT(view) (int)(view).len, (view).ptr
#define BYTES_LITERAL(literal) ((struct bytes){(literal), sizeof(literal) - 1})

/* A view of a NUL-terminated string; of nothing when it is NULL. */
struct bytes bytes_of(const char *string);
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_equal_string(struct bytes a, const char *b);
/* ASCII letters compared without case: header names. */
bool bytes_equal_nocase(struct bytes a, struct bytes b);
bool bytes_starts_with(struct bytes view, const char *prefix);
/* The view without ASCII blanks at both ends. */
struct bytes bytes_trim(struct bytes view);
/* Cuts *rest at the first separator: returns what stands before it and moves *rest behind it. Without a
 * separator it returns all and leaves *rest empty (ptr NULL when there is no more part). */
struct bytes bytes_split(struct bytes *rest, char separator);
/* A whole decimal number without sign; false when it is none or larger than maximum. */
MUST_CHECK bool bytes_to_number(struct bytes view, uint64_t maximum, uint64_t *ret_number);

/* Lower-case hex of len bytes into out, which holds 2 * len + 1 characters. */
void hex_encode(const void *data, size_t len, char *out);
/* Exactly len bytes from 2 * len hex digits of either case. */
MUST_CHECK bool hex_decode(struct bytes text, void *ret_data, size_t len);

#endif
