#include <libbase64.h>
#include "base/base64.h"

bool base64_to_bytes(struct bytes text, void *out, size_t *ret_len) {
    size_t len = 0;
    if (text.len % 4 != 0 || (text.len > 0 && base64_decode(text.ptr, text.len, out, &len, 0) != 1))
        return false;
    *ret_len = len;
    return true;
}

void base64_to_text(struct bytes data, char *out) {
    size_t len;
    base64_encode(data.ptr, data.len, out, &len, 0);
}
