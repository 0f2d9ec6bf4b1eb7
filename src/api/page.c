/* A key of 255 characters in base64 would be longer than the 255 characters that a token may have. So the key
 * is taken as a number: each of its 66 characters is a digit from 1 to 66 in base 67 (no leading zero, hence
 * one number for one key), and that number is written in base 73, in characters that neither a shell nor JSON
 * minds. 255 digits become 250, which leaves five for the tag. */
#include "api/page.h"
#include "api/json.h"
#include "base/digest.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
static const char key_digits[] = LETTERS "_.:-"; /* digits 1 to 66 */
static const char token_digits[] = LETTERS "_.:-+=@/,%^";

enum {
    KEY_BASE = sizeof key_digits,
    TOKEN_BASE = sizeof token_digits - 1,
    TAG = 5,
    TAG_BASE = sizeof LETTERS - 1
};

/* Rewrites a number from one base in another, most significant digit first in both; digits are used up. out
 * holds LIMIT_NEXT_TOKEN. Returns how many digits there are, 0 when they are too many. */
static size_t rebase(uint8_t *digits, size_t len, unsigned from, unsigned to, uint8_t *out) {
    size_t start = 0, count = 0;
    while (start < len) {
        unsigned rest = 0;
        for (size_t i = start; i < len; i++) {
            unsigned value = rest * from + digits[i];
            digits[i] = (uint8_t)(value / to);
            rest = value % to;
        }
        if (count == LIMIT_NEXT_TOKEN)
            return 0;
        out[count++] = (uint8_t)rest;
        while (start < len && digits[start] == 0)
            start++;
    }
    for (size_t i = 0; i < count / 2; i++) {
        uint8_t digit = out[i];
        out[i] = out[count - 1 - i];
        out[count - 1 - i] = digit;
    }
    return count;
}

static void make_tag(const char *operation, struct bytes scope, struct bytes key, char tag[TAG]) {
    char text[1024];
    int len = snprintf(text, sizeof text, "NextToken/1\n%s\n%.*s\n%.*s", operation, BYTES_FORMAT(scope),
                       BYTES_FORMAT(key));
    struct sha256 hash = sha256_of((struct bytes){text, MIN((size_t)len, sizeof text - 1)});
    for (size_t i = 0; i < TAG; i++)
        tag[i] = token_digits[hash.bytes[i] % TAG_BASE];
}

void page_token(const char *operation, struct bytes scope, struct bytes key,
                char ret_token[LIMIT_NEXT_TOKEN + 1]) {
    uint8_t digits[PAGE_KEY_MAX], out[LIMIT_NEXT_TOKEN];
    for (size_t i = 0; i < key.len; i++)
        digits[i] = (uint8_t)(strchr(key_digits, key.ptr[i]) - key_digits + 1);
    size_t count = rebase(digits, key.len, KEY_BASE, TOKEN_BASE, out);
    make_tag(operation, scope, key, ret_token);
    for (size_t i = 0; i < count; i++)
        ret_token[TAG + i] = token_digits[out[i]];
    ret_token[TAG + count] = 0;
}

/* Returns the length of the key; 0 for a token that holds none. */
static size_t decode_key(struct bytes token, char key[PAGE_KEY_MAX + 1]) {
    uint8_t digits[LIMIT_NEXT_TOKEN], out[LIMIT_NEXT_TOKEN];
    if (token.len <= TAG || token.len > LIMIT_NEXT_TOKEN)
        return 0;
    for (size_t i = TAG; i < token.len; i++) {
        const char *at = token.ptr[i] ? strchr(token_digits, token.ptr[i]) : NULL;
        if (!at)
            return 0;
        digits[i - TAG] = (uint8_t)(at - token_digits);
    }
    size_t count = rebase(digits, token.len - TAG, TOKEN_BASE, KEY_BASE, out);
    for (size_t i = 0; i < count; i++) {
        if (out[i] == 0)
            return 0;
        key[i] = key_digits[out[i] - 1];
    }
    key[count] = 0;
    return count;
}

bool page_key(const char *operation, struct bytes scope, struct bytes token, char ret_key[PAGE_KEY_MAX + 1],
              struct error *err) {
    char key[PAGE_KEY_MAX + 1], tag[TAG];
    size_t len = decode_key(token, key);
    if (len > 0)
        make_tag(operation, scope, (struct bytes){key, len}, tag);
    if (len == 0 || memcmp(tag, token.ptr, TAG) != 0)
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    memcpy(ret_key, key, len + 1);
    return true;
}

bool page_read(struct yyjson_val *input, const char *operation, struct bytes scope, struct page *ret_page,
               struct error *err) {
    int64_t maximum = json_get_integer(input, "MaxResults", 0);
    struct bytes token = json_get_text(input, "NextToken");
    ret_page->maximum = maximum > 0 ? (size_t)maximum : LIMIT_PAGE_DEFAULT;
    ret_page->after = NULL;
    /* Loops written by hand begin with an empty token. */
    if (token.len == 0)
        return true;
    ret_page->after = ret_page->key_text;
    return page_key(operation, scope, token, ret_page->key_text, err);
}
