#include "base/uuid.h"
#include "api/pattern.h"
#include "api/utf8.h"

static bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Letters, digits and the characters of `more`. */
static bool consists_of(struct bytes text, const char *more) {
    for (size_t i = 0; i < text.len; i++)
        if (!is_alphanumeric(text.ptr[i]) && (text.ptr[i] == 0 || !strchr(more, text.ptr[i])))
            return false;
    return true;
}

static bool matches_id(struct bytes text) {
    return text.len > 0 && consists_of(text, "_.-");
}

static bool matches_name(struct bytes text) {
    return text.len > 0 && consists_of(text, "_.-:");
}

static bool matches_uuid(struct bytes text) {
    struct uuid uuid;
    return uuid_parse(text, &uuid);
}

static bool matches_bucket(struct bytes text) {
    return consists_of(text, "_.-");
}

static bool matches_client_token(struct bytes text) {
    return text.len > 0 && consists_of(text, "-_");
}

static bool matches_alphanumeric(struct bytes text) {
    return consists_of(text, "");
}

/* ASCII is exact. Beyond it, \p{L}\p{Z}\p{N} would need Unicode's tables: everything assigned to people is
 * taken, controls, private use and noncharacters are not. */
static bool is_tag_character(uint32_t code) {
    if (code < 0x80)
        return code != 0 && (is_alphanumeric((char)code) || strchr(" _.:/=+-@", (int)code));
    bool control = code < 0xa0 || code == 0xad || (code >= 0x200b && code <= 0x200f) ||
                   (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
    bool private_use = (code >= 0xe000 && code <= 0xf8ff) || code >= 0xe0000;
    bool nonchar = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
    return !control && !private_use && !nonchar;
}

static bool matches_tag_value(struct bytes text) {
    uint32_t code;
    while (text.len > 0)
        if (!utf8_take(&text, &code) || !is_tag_character(code))
            return false;
    return true;
}

static bool matches_tag_key(struct bytes text) {
    return !bytes_starts_with(text, "aws:") && matches_tag_value(text);
}

#define TAG_CHARACTERS "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"

const struct pattern pattern_id = {"[a-zA-Z0-9_.\\-]+", matches_id};
const struct pattern pattern_name = {"[a-zA-Z0-9_.\\-:]+", matches_name};
const struct pattern pattern_uuid = {"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                                     matches_uuid};
const struct pattern pattern_bucket = {"[0-9A-Za-z\\.\\-_]*", matches_bucket};
const struct pattern pattern_client_token = {"^[a-zA-Z0-9-_]+$", matches_client_token};
const struct pattern pattern_alphanumeric = {"[0-9A-Za-z]*", matches_alphanumeric};
const struct pattern pattern_tag_key = {"^(?!aws:)" TAG_CHARACTERS "$", matches_tag_key};
const struct pattern pattern_tag_value = {"^(" TAG_CHARACTERS ")$", matches_tag_value};
