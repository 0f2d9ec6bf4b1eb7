/* A growing buffer whose maximum is given at birth. An append that would pass it, or finds no memory, marks
 * the buffer as failed and adds nothing; later appends do nothing, so that a writer checks once at the end.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/bytes.h"

struct buffer {
    char *data;
    size_t len, capacity, maximum;
    bool failed;
};

/* No allocation; free it with buffer_release. */
struct buffer buffer_new(size_t maximum);
void buffer_release(struct buffer *buffer);
void buffer_append(struct buffer *buffer, const void *data, size_t len);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* What it holds; owned by the buffer and gone with its next change. */
static inline struct bytes buffer_bytes(const struct buffer *buffer) {
    return (struct bytes){buffer->data, buffer->len};
}

#endif
