#include "sanctions/identifier.h"

static bool all_digits(struct bytes text, size_t len) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == len;
}

/* The check digit of the first digits: their sum by weights, modulo 11, modulo 10. */
static bool inn_digit_fits(struct bytes digits, const uint8_t *weights, size_t count) {
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i] * (unsigned)(digits.ptr[i] - '0');
    return sum % 11 % 10 == (unsigned)(digits.ptr[count] - '0');
}

bool inn_is_valid(struct bytes digits) {
    static const uint8_t weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    if (all_digits(digits, 10))
        return inn_digit_fits(digits, weights + 2, 9);
    return all_digits(digits, 12) && inn_digit_fits(digits, weights + 1, 10) &&
           inn_digit_fits(digits, weights, 11);
}

bool ogrn_is_valid(struct bytes digits) {
    if (!all_digits(digits, 13) && !all_digits(digits, 15))
        return false;
    uint64_t number;
    struct bytes front = {digits.ptr, digits.len - 1};
    uint64_t divisor = digits.len - 2;
    return digits.ptr[0] != '0' && bytes_to_number(front, UINT64_MAX, &number) &&
           number % divisor % 10 == (uint64_t)(digits.ptr[digits.len - 1] - '0');
}

bool lei_is_valid(struct bytes text) {
    unsigned rest = 0;
    if (text.len != 20)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'A' && c <= 'Z';
        if ((!digit && !letter) || (i >= 18 && !digit))
            return false;
        rest = digit ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    return rest == 1;
}

bool imo_is_valid(struct bytes digits) {
    unsigned sum = 0;
    if (!all_digits(digits, 7) || digits.ptr[0] == '0')
        return false;
    for (size_t i = 0; i < 6; i++)
        sum += (unsigned)(7 - i) * (unsigned)(digits.ptr[i] - '0');
    return sum % 10 == (unsigned)(digits.ptr[6] - '0');
}

static const struct {
    const char *label;
    uint8_t kind;
} labels[] = {{"INN", IDENTIFIER_INN}, {"OGRNIP", IDENTIFIER_OGRN}, {"OGRN", IDENTIFIER_OGRN},
              {"LEI", IDENTIFIER_LEI}, {"IMO", IDENTIFIER_IMO},     {"TIN", IDENTIFIER_INN}};

/* Cuts a label off, if digits follow. */
static void cut_label(struct identifier *identifier) {
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        size_t len = strlen(labels[i].label);
        if (identifier->len <= len || memcmp(identifier->text, labels[i].label, len) != 0 ||
            identifier->text[len] < '0' || identifier->text[len] > '9')
            continue;
        identifier->len -= len;
        memmove(identifier->text, identifier->text + len, identifier->len + 1);
        identifier->kind = labels[i].kind;
        return;
    }
}

struct identifier identifier_read(struct bytes text) {
    struct identifier identifier = {0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')))
            continue;
        if (identifier.len == IDENTIFIER_MAX)
            return (struct identifier){0};
        identifier.text[identifier.len++] = c;
    }
    cut_label(&identifier);
    struct bytes value = {identifier.text, identifier.len};
    const struct {
        bool (*is_valid)(struct bytes);
        uint8_t kind;
    } checks[] = {{inn_is_valid, IDENTIFIER_INN},
                  {ogrn_is_valid, IDENTIFIER_OGRN},
                  {lei_is_valid, IDENTIFIER_LEI},
                  {imo_is_valid, IDENTIFIER_IMO}};
    for (size_t i = 0; i < ARRAY_LEN(checks) && !identifier.checked; i++)
        if (checks[i].is_valid(value)) {
            identifier.kind = checks[i].kind;
            identifier.checked = true;
        }
    return identifier;
}
