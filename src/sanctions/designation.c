#include "sanctions/designation.h"
#include "sanctions/day.h"

void designations_free(struct designations *designations) {
    if (!designations)
        return;
    free(designations->designations);
    free(designations->names);
    free(designations->births);
    free(designations->countries);
    free(designations->identifiers);
    free(designations->terms);
    free(designations->links);
    free(designations->pool);
    designations_free(designations->others);
    free(designations);
}

struct bytes designation_name(const struct designations *designations, const struct designation *one) {
    const struct designation_name *names = designations->names + one->names.first;
    if (one->names.count == 0)
        return BYTES_LITERAL("");
    for (uint32_t i = 0; i < one->names.count; i++)
        if (names[i].kind == NAME_PRIMARY)
            return designations_text(designations, names[i].whole);
    return designations_text(designations, names[0].whole);
}

const struct designation *designations_find(const struct designations *designations, struct bytes id) {
    for (uint32_t i = 0; i < designations->count; i++)
        if (bytes_equal(designations_text(designations, designations->designations[i].id), id))
            return &designations->designations[i];
    return NULL;
}

/* One word a value of an enum, in its order. */
#define WORD_OF(function, ...)                            \
    const char *function(uint8_t value) {                 \
        static const char *const words[] = {__VA_ARGS__}; \
        return words[MIN(value, ARRAY_LEN(words) - 1)];   \
    }
WORD_OF(designation_kind_name, "other", "person", "entity", "vessel", "aircraft")
WORD_OF(name_kind_name, "primary", "variation", "alias", "former", "weak", "original")
WORD_OF(country_role_name, "nationality", "birth", "address", "flag")
WORD_OF(identifier_kind_name, "other", "inn", "ogrn", "kpp", "lei", "bic", "imo", "imo-company", "mmsi",
        "tax", "registration", "passport", "national", "aircraft", "wallet")
WORD_OF(term_kind_name, "list", "programme", "measure", "position", "title", "gender", "reference", "born-in")
WORD_OF(link_kind_name, "other", "parent", "subsidiary", "owner", "former-owner", "asset", "director",
        "directed", "principal", "agent", "family", "former-asset")

void partial_date_format(struct partial_date date, char out[11]) {
    out[0] = 0;
    if (date.year > 0 && date.year <= 9999)
        snprintf(out, 11,
                 date.day     ? "%04u-%02u-%02u"
                 : date.month ? "%04u-%02u"
                              : "%04u",
                 (unsigned)date.year, date.month % 100u, date.day % 100u);
}

int32_t partial_date_first(struct partial_date date, int32_t otherwise) {
    char text[11];
    int32_t day;
    date.month = MAX(date.month, 1);
    date.day = MAX(date.day, 1);
    partial_date_format(date, text);
    return day_parse(bytes_of(text), &day) ? day : otherwise;
}

int32_t partial_date_last(struct partial_date date, int32_t otherwise) {
    struct partial_date next = date;
    if (date.day)
        return partial_date_first(date, otherwise);
    next.year = (int16_t)(date.year + (date.month == 0 || date.month == 12));
    next.month = (uint8_t)(date.month % 12 + (date.month > 0));
    int32_t end = date.year ? partial_date_first(next, DAY_FIRST) : DAY_FIRST;
    return end == DAY_FIRST ? otherwise : end - 1;
}
