#include "sanctions/lists/country.h"
#include "sanctions/lists/country_names.h"

enum { NAME_MAX_LETTERS = 64 }; /* longer than every name of the table */

/* The letters that names are compared by: lower case, and those with an accent as without. */
static size_t fold(struct bytes text, char out[NAME_MAX_LETTERS + 1]) {
    static const struct {
        const char *accented;
        char plain;
    } letters[] = {{"\u00e9", 'e'}, {"\u00e3", 'a'}, {"\u00ed", 'i'}, {"\u00e7", 'c'}, {"\u00c7", 'c'},
                   {"\u00f4", 'o'}, {"\u00fc", 'u'}, {"\u00c5", 'a'}, {"\u00e5", 'a'}};
    size_t len = 0;
    for (size_t i = 0; i < text.len && len <= NAME_MAX_LETTERS; i++) {
        char c = text.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        for (size_t k = 0; c < 0 && k < ARRAY_LEN(letters); k++)
            if (i + 1 < text.len && memcmp(text.ptr + i, letters[k].accented, 2) == 0)
                c = letters[k].plain;
        if (c >= 'a' && c <= 'z' && len < NAME_MAX_LETTERS)
            out[len] = c;
        len += c >= 'a' && c <= 'z';
    }
    out[MIN(len, (size_t)NAME_MAX_LETTERS)] = 0;
    return len;
}

static int by_name(const void *name, const void *row) {
    return strcmp(name, ((const struct country_name *)row)->name);
}

static const char *code_of(const char *letters, size_t len) {
    if (len == 2)
        for (size_t i = 0; i < ARRAY_LEN(country_names); i++)
            if (strcasecmp(country_names[i].code, letters) == 0)
                return country_names[i].code;
    const struct country_name *row = bsearch(letters, country_names, ARRAY_LEN(country_names),
                                             sizeof country_names[0], by_name);
    return row ? row->code : NULL;
}

bool country_code(struct bytes text, char ret_code[2]) {
    char letters[NAME_MAX_LETTERS + 1];
    size_t len = fold(text, letters);
    if (len < 2 || len > NAME_MAX_LETTERS)
        return false;
    const char *code = code_of(letters, len);
    if (!code && strncmp(letters, "the", 3) == 0)
        code = code_of(letters + 3, len - 3);
    if (code)
        memcpy(ret_code, code, 2);
    return code != NULL;
}
