#include "cli/naming.h"
#include "base/digest.h"

enum { HASH = 8 };

static bool allowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

void naming_external_id(const char *relative_path, char out[NAMING_MAX]) {
    size_t len = strlen(relative_path), kept = MIN(len, (size_t)LIMIT_EXTERNAL_IMAGE_ID);
    bool lost = len > kept;
    for (size_t i = 0; i < len; i++)
        lost = lost || !(allowed(relative_path[i]) || relative_path[i] == '/');
    if (lost)
        kept = MIN(len, (size_t)LIMIT_EXTERNAL_IMAGE_ID - HASH - 1);
    for (size_t i = 0; i < kept; i++)
        out[i] = relative_path[i] == '/' ? ':' : allowed(relative_path[i]) ? relative_path[i] : '_';
    out[kept] = 0;
    if (lost) {
        char hex[65];
        sha256_hex(sha256_of(bytes_of(relative_path)), hex);
        snprintf(out + kept, HASH + 2, "-%.*s", HASH, hex);
    }
}
