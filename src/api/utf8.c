#include "api/utf8.h"

static bool is_continuation(char c) {
    return ((uint8_t)c & 0xc0) == 0x80;
}

bool utf8_take(struct bytes *rest, uint32_t *ret_code) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (rest->len == 0)
        return false;
    uint8_t first = (uint8_t)rest->ptr[0];
    size_t len = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (len == 0 || len > rest->len)
        return false;
    uint32_t code = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(rest->ptr[i]))
            return false;
        code = code << 6 | ((uint8_t)rest->ptr[i] & 0x3f);
    }
    if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return false;
    rest->ptr += len;
    rest->len -= len;
    *ret_code = code;
    return true;
}

size_t utf8_count(struct bytes text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += !is_continuation(text.ptr[i]);
    return count;
}

struct bytes utf8_cut(struct bytes text, size_t maximum) {
    if (text.len <= maximum)
        return text;
    while (maximum > 0 && is_continuation(text.ptr[maximum]))
        maximum--;
    return (struct bytes){text.ptr, maximum};
}
