/* A free text is taken apart into words. Words without a digit gather as the label; a word with a digit is a
 * number, "(Country)" behind it is where it was issued, and the next word begins another label. */
#include "sanctions/lists/country.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

enum { LABEL_MAX = 128, BRACKET_MAX = 64 }; /* further back, or further on, nothing belongs to a number */

static const struct {
    const char *word; /* as of text_has */
    enum identifier_kind kind;
} labels[] = {
    {"OGRN*", IDENTIFIER_OGRN},
    {"KPP", IDENTIFIER_KPP},
    {"INN", IDENTIFIER_INN},
    {"LEI", IDENTIFIER_LEI},
    {"legal entity", IDENTIFIER_LEI},
    {"BIC", IDENTIFIER_BIC},
    {"SWIFT*", IDENTIFIER_BIC},
    {"company number IMO", IDENTIFIER_IMO_COMPANY},
    {"IMO company*", IDENTIFIER_IMO_COMPANY},
    {"company IMO", IDENTIFIER_IMO_COMPANY},
    {"IMO", IDENTIFIER_IMO},
    {"vessel registration*", IDENTIFIER_IMO},
    {"MMSI", IDENTIFIER_MMSI},
    {"passport*", IDENTIFIER_PASSPORT},
    {"travel document*", IDENTIFIER_PASSPORT},
    {"digital currency*", IDENTIFIER_WALLET},
    {"aircraft*", IDENTIFIER_AIRCRAFT},
    {"national foreign*", IDENTIFIER_NATIONAL},
    {"national id*", IDENTIFIER_NATIONAL},
    {"national insurance", IDENTIFIER_NATIONAL},
    {"identity*", IDENTIFIER_NATIONAL},
    {"personal*", IDENTIFIER_NATIONAL},
    {"tazkira", IDENTIFIER_NATIONAL},
    {"cedula", IDENTIFIER_NATIONAL},
    {"SSN", IDENTIFIER_NATIONAL},
    {"C.U.R.P.", IDENTIFIER_NATIONAL},
    {"CURP", IDENTIFIER_NATIONAL},
    {"D.N.I.", IDENTIFIER_NATIONAL},
    {"SNILS", IDENTIFIER_NATIONAL},
    {"tax*", IDENTIFIER_TAX},
    {"TIN", IDENTIFIER_TAX},
    {"VAT", IDENTIFIER_TAX},
    {"V.A.T.", IDENTIFIER_TAX},
    {"NIT", IDENTIFIER_TAX},
    {"RUC", IDENTIFIER_TAX},
    {"R.F.C.", IDENTIFIER_TAX},
    {"RFC", IDENTIFIER_TAX},
    {"C.U.I.T.", IDENTIFIER_TAX},
    {"registr*", IDENTIFIER_REGISTRATION},
    {"company n*", IDENTIFIER_REGISTRATION},
    {"commercial*", IDENTIFIER_REGISTRATION},
    {"trade licen*", IDENTIFIER_REGISTRATION},
    {"social credit", IDENTIFIER_REGISTRATION},
    {"USCC", IDENTIFIER_REGISTRATION},
    {"gazette", IDENTIFIER_REGISTRATION},
    {"C.R.", IDENTIFIER_REGISTRATION},
    {"CRN", IDENTIFIER_REGISTRATION},
    {"SRN", IDENTIFIER_REGISTRATION},
    {"BIN", IDENTIFIER_REGISTRATION},
    {"enterprise*", IDENTIFIER_REGISTRATION},
    {"folio", IDENTIFIER_REGISTRATION},
    {"matricula", IDENTIFIER_REGISTRATION},
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool all_digits(struct bytes value, size_t shorter, size_t longer) {
    for (size_t i = 0; i < value.len; i++)
        if (!is_digit(value.ptr[i]))
            return false;
    return value.len == shorter || value.len == longer;
}

enum identifier_kind identify(struct bytes label, struct bytes value, struct bytes country,
                              enum identifier_kind otherwise) {
    enum identifier_kind kind = otherwise;
    char code[2] = "";
    if (label.len > LABEL_MAX)
        label = (struct bytes){label.ptr + label.len - LABEL_MAX, LABEL_MAX};
    for (size_t i = 0; i < ARRAY_LEN(labels) && label.len > 0; i++)
        if (text_has(label, labels[i].word)) {
            kind = labels[i].kind;
            break;
        }
    bool russian = text_has(label, "Russia*") || (country_code(country, code) && memcmp(code, "RU", 2) == 0);
    bool broad = kind == IDENTIFIER_TAX || kind == IDENTIFIER_REGISTRATION;
    if (russian && broad && all_digits(value, 10, 12))
        return IDENTIFIER_INN;
    if (russian && broad && all_digits(value, 13, 15))
        return IDENTIFIER_OGRN;
    return kind;
}

static struct bytes without_mark(struct bytes value, const char *mark) {
    if (value.len > strlen(mark) && strncasecmp(value.ptr, mark, strlen(mark)) == 0)
        return bytes_trim((struct bytes){value.ptr + strlen(mark), value.len - strlen(mark)});
    return value;
}

static void add(struct builder *builder, uint32_t designation, enum identifier_kind otherwise,
                struct bytes label, struct bytes value, struct bytes country) {
    enum identifier_kind kind = identify(label, value, country, otherwise);
    struct bytes bare = without_mark(value, "IMO");
    if (bare.len != value.len && kind != IDENTIFIER_IMO_COMPANY)
        kind = IDENTIFIER_IMO;
    builder_identifier(builder, designation, kind, label, bare, country);
}

/* A run of what is no blank and no separator. */
static struct bytes next_word(struct bytes *rest) {
    static const char separators[] = " \t\r\n;,:";
    while (rest->len > 0 && strchr(separators, rest->ptr[0])) {
        rest->ptr++;
        rest->len--;
    }
    size_t len = 0;
    while (len < rest->len && !strchr(separators, rest->ptr[len]) && (len == 0 || rest->ptr[len] != '('))
        len++;
    struct bytes word = {rest->ptr, len};
    rest->ptr += len;
    rest->len -= len;
    return word;
}

static bool has_digits(struct bytes word, size_t least) {
    size_t digits = 0;
    for (size_t i = 0; i < word.len; i++)
        digits += is_digit(word.ptr[i]);
    return digits >= least;
}

/* Dashes and dots at the ends of labels and numbers belong to neither. */
static struct bytes bare_of(struct bytes text) {
    static const char trimmed[] = " .:-#'\"=)\xe2\x80\x93\xc2\xa0";
    while (text.len > 0 && strchr(" -'\"=", text.ptr[0]) && text.ptr[0])
        text = (struct bytes){text.ptr + 1, text.len - 1};
    while (text.len > 0 && strchr(trimmed, text.ptr[text.len - 1]) && text.ptr[text.len - 1])
        text.len--;
    return text;
}

/* "(Russia)" next in the text: its inside, and *rest behind it. */
static struct bytes take_bracket(struct bytes *rest) {
    struct bytes look = {rest->ptr, MIN(rest->len, (size_t)BRACKET_MAX)};
    look = bytes_trim(look);
    const char *close = look.len > 0 && look.ptr[0] == '(' ? memchr(look.ptr, ')', look.len) : NULL;
    if (!close)
        return BYTES_LITERAL("");
    struct bytes inside = {look.ptr + 1, (size_t)(close - look.ptr) - 1};
    *rest = (struct bytes){close + 1, (size_t)(rest->ptr + rest->len - close) - 1};
    return inside;
}

void identify_text(struct builder *builder, uint32_t designation, enum identifier_kind otherwise,
                   struct bytes label, struct bytes text) {
    const char *label_start = NULL;
    while (text.len > 0) {
        struct bytes word = next_word(&text);
        if (word.len == 0)
            break;
        if (!has_digits(word, 4)) {
            label_start = label_start ? label_start : word.ptr;
            continue;
        }
        struct bytes own = {label_start, label_start ? (size_t)(word.ptr - label_start) : 0};
        struct bytes country = take_bracket(&text);
        own = bare_of(bytes_trim(own));
        add(builder, designation, otherwise, own.len > 0 ? own : label, bare_of(word), country);
        label_start = NULL;
    }
}

void identify_value(struct builder *builder, uint32_t designation, enum identifier_kind otherwise,
                    struct bytes label, struct bytes value, struct bytes country) {
    size_t start = 0;
    value = bare_of(bytes_trim(value));
    while (start < value.len && !is_digit(value.ptr[start]))
        start++;
    struct bytes before = bare_of((struct bytes){value.ptr, start});
    enum identifier_kind kind = identify(before, value, country, IDENTIFIER_OTHER);
    if (kind != IDENTIFIER_OTHER && start < value.len)
        add(builder, designation, otherwise, before,
            bare_of((struct bytes){value.ptr + start, value.len - start}), country);
    else
        add(builder, designation, otherwise, label, value, country);
}
