#include "base/buffer.h"
#include <stdarg.h>

struct buffer buffer_new(size_t maximum) {
    return (struct buffer){.maximum = maximum};
}

void buffer_release(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){.maximum = buffer->maximum};
}

/* Room for len more bytes and a NUL. */
static bool reserve(struct buffer *buffer, size_t len) {
    size_t needed;
    if (buffer->failed || !size_add(buffer->len, len, &needed) || needed > buffer->maximum) {
        buffer->failed = true;
        return false;
    }
    if (needed < buffer->capacity)
        return true;
    size_t capacity = MAX(needed + 1, MIN(buffer->capacity * 2, buffer->maximum + 1));
    capacity = MAX(capacity, (size_t)256);
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *data, size_t len) {
    if (!reserve(buffer, len))
        return;
    if (len > 0)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    buffer->data[buffer->len] = 0;
}

void buffer_text(struct buffer *buffer, const char *text) {
    buffer_append(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0)
        buffer->failed = true;
    else if (reserve(buffer, (size_t)len)) {
        vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}
