#include "base/bytes.h"

struct bytes bytes_of(const char *string) {
    return (struct bytes){string, string ? strlen(string) : 0};
}

bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool bytes_equal_string(struct bytes a, const char *b) {
    return bytes_equal(a, bytes_of(b));
}

bool bytes_equal_nocase(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

bool bytes_starts_with(struct bytes view, const char *prefix) {
    size_t len = strlen(prefix);
    return view.len >= len && (len == 0 || memcmp(view.ptr, prefix, len) == 0);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes bytes_trim(struct bytes view) {
    while (view.len > 0 && is_blank(view.ptr[0])) {
        view.ptr++;
        view.len--;
    }
    while (view.len > 0 && is_blank(view.ptr[view.len - 1]))
        view.len--;
    return view;
}

struct bytes bytes_split(struct bytes *rest, char separator) {
    struct bytes part = *rest;
    const char *at = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    if (!at) {
        *rest = (struct bytes){NULL, 0};
        return part;
    }
    part.len = (size_t)(at - part.ptr);
    rest->ptr = at + 1;
    rest->len -= part.len + 1;
    return part;
}

bool bytes_to_number(struct bytes view, uint64_t maximum, uint64_t *ret_number) {
    uint64_t number = 0;
    if (view.len == 0)
        return false;
    for (size_t i = 0; i < view.len; i++) {
        if (view.ptr[i] < '0' || view.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(view.ptr[i] - '0');
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, digit, &number) || number > maximum)
            return false;
    }
    *ret_number = number;
    return true;
}

void hex_encode(const void *data, size_t len, char *out) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = 0;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_decode(struct bytes text, void *ret_data, size_t len) {
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (hex_value(text.ptr[i]) < 0)
            return false;
    uint8_t *data = ret_data;
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(hex_value(text.ptr[2 * i]) << 4 | hex_value(text.ptr[2 * i + 1]));
    return true;
}
