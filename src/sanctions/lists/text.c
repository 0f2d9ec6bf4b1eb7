#include "sanctions/lists/text.h"

/* Decodes one character of UTF-8 and moves *text behind it; UINT32_MAX when it is malformed. */
static uint32_t take_character(struct bytes *text) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text->ptr[0];
    size_t len = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (len == 0 || len > text->len)
        return UINT32_MAX;
    uint32_t character = len == 1 ? first : first & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        uint8_t next = (uint8_t)text->ptr[i];
        if (next >> 6 != 2)
            return UINT32_MAX;
        character = character << 6 | (next & 63);
    }
    if (character < least[len] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        return UINT32_MAX;
    text->ptr += len;
    text->len -= len;
    return character;
}

bool text_is_valid(struct bytes text) {
    while (text.len > 0) {
        uint32_t character = take_character(&text);
        if (character == UINT32_MAX || character == 0x7f ||
            (character < 32 && character != '\t' && character != '\n' && character != '\r'))
            return false;
    }
    return true;
}

static bool is_blank(uint32_t character) {
    return character <= 32 || character == 0x7f || character == 0xa0 ||
           (character >= 0x2000 && character <= 0x200b) || character == 0x202f || character == 0x3000 ||
           character == 0xfeff;
}

struct bytes text_clean(struct bytes text, char out[LIMIT_LIST_TEXT]) {
    size_t len = 0;
    bool blank = false;
    while (text.len > 0) {
        const char *start = text.ptr;
        uint32_t character = take_character(&text);
        if (character == UINT32_MAX)
            break;
        if (is_blank(character)) {
            blank = len > 0;
            continue;
        }
        size_t size = (size_t)(text.ptr - start);
        if (len + blank + size > LIMIT_LIST_TEXT)
            break;
        if (blank)
            out[len++] = ' ';
        blank = false;
        memcpy(out + len, start, size);
        len += size;
    }
    return (struct bytes){out, len};
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool text_is_latin(struct bytes text) {
    while (text.len > 0) {
        uint32_t character = take_character(&text);
        if (character == UINT32_MAX || (character < 128 && is_letter((char)character)))
            return true;
        if (character >= 0xc0 && character < 0x370)
            return true;
        if (character >= 0x370 && !(character >= 0x2000 && character < 0x2c60))
            return character >= 0x1e00 && character < 0x1f00;
    }
    return true;
}

size_t text_find(struct bytes text, const char *string) {
    size_t len = strlen(string);
    char lower = (char)(string[0] |
                        0x20); /* a first letter of either case; other characters stay apart below */
    for (size_t i = 0; i + len <= text.len; i++)
        if ((text.ptr[i] | 0x20) == lower && strncasecmp(text.ptr + i, string, len) == 0)
            return i;
    return text.len;
}

bool text_has(struct bytes text, const char *word) {
    size_t len = strlen(word);
    bool open = len > 0 && word[len - 1] == '*';
    len -= open;
    char lower = (char)(word[0] | 0x20);
    for (size_t i = 0; i + len <= text.len; i++)
        if ((text.ptr[i] | 0x20) == lower && (i == 0 || !is_letter(text.ptr[i - 1])) &&
            strncasecmp(text.ptr + i, word, len) == 0 &&
            (open || i + len == text.len || !is_letter(text.ptr[i + len])))
            return true;
    return false;
}

/* The length of a "(12)" at the start. */
static size_t number_mark(struct bytes text) {
    size_t i = 1;
    if (text.len < 3 || text.ptr[0] != '(')
        return 0;
    while (i < text.len && i < 4 && text.ptr[i] >= '0' && text.ptr[i] <= '9')
        i++;
    return i > 1 && i < text.len && text.ptr[i] == ')' ? i + 1 : 0;
}

bool text_next(struct bytes *rest, const char *separators, struct bytes *ret_part) {
    struct bytes part = {NULL, 0};
    while (rest->len > 0 && part.len == 0) {
        size_t skipped = number_mark(*rest), end = skipped;
        while (end < rest->len && !strchr(separators, rest->ptr[end]) &&
               !number_mark((struct bytes){rest->ptr + end, rest->len - end}))
            end++;
        part = bytes_trim((struct bytes){rest->ptr + skipped, end - skipped});
        size_t taken = end < rest->len && strchr(separators, rest->ptr[end]) ? end + 1 : MAX(end, skipped);
        rest->ptr += taken;
        rest->len -= taken;
    }
    if (part.len == 0)
        return false;
    *ret_part = part;
    return true;
}

struct bytes text_last(struct bytes text, char separator) {
    struct bytes last = text;
    while (text.len > 0)
        last = bytes_split(&text, separator);
    return bytes_trim(last);
}
