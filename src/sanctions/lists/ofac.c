#include "sanctions/lists/ofac.h"
#include "sanctions/lists/dates.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

enum designation_kind ofac_kind(struct bytes type) {
    return text_has(type, "individual") ? DESIGNATION_PERSON
           : text_has(type, "vessel")   ? DESIGNATION_VESSEL
           : text_has(type, "aircraft") ? DESIGNATION_AIRCRAFT
                                        : DESIGNATION_ENTITY;
}

void ofac_name(struct builder *builder, uint32_t designation, enum designation_kind what, enum name_kind kind,
               struct bytes name) {
    struct bytes given = name, family = {NULL, 0};
    if (what == DESIGNATION_PERSON && memchr(name.ptr ? name.ptr : "", ',', name.len))
        family = bytes_split(&given, ',');
    if (family.len > 0)
        builder_person(builder, designation, kind, given, family);
    else
        builder_name(builder, designation, kind, name);
}

void ofac_id(struct builder *builder, uint32_t designation, struct bytes type, struct bytes number,
             struct bytes country) {
    static const char *const passed_over[] = {
        "sanctions*", "executive order*", "transactions*", "website",         "email*",
        "phone*",     "organization*",    "listing date*", "effective date*", "target*",
        "ISIN",       "ticker",           "telephone",     "CAATSA",          "fax"};
    for (size_t i = 0; i < ARRAY_LEN(passed_over); i++)
        if (text_has(type, passed_over[i]))
            return;
    if (text_has(type, "gender"))
        builder_gender(builder, designation, number);
    else if (text_has(type, "nationality*"))
        builder_country(builder, designation, COUNTRY_NATIONALITY, number);
    else
        identify_value(builder, designation, IDENTIFIER_OTHER, type, number, country);
}

/* --- remarks --- */

static struct bytes behind(struct bytes text, size_t len) {
    return bytes_trim((struct bytes){text.ptr + len, text.len - len});
}

/* "a.k.a. 'X'": its inside. */
static struct bytes unquoted(struct bytes text) {
    text = bytes_trim(text);
    if (text.len >= 2 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'')
        return (struct bytes){text.ptr + 1, text.len - 2};
    return text;
}

/* "Tax ID No. 7744001497 (Russia)": the label is what stands before the first word with a digit in it. Words
 * behind the bracket, or "issued" and "expires", tell of dates. */
static void numbered_remark(struct builder *builder, uint32_t designation, struct bytes remark) {
    size_t start = 0, end;
    for (size_t i = 0; i < remark.len && (remark.ptr[i] < '0' || remark.ptr[i] > '9'); i++)
        if (remark.ptr[i] == ' ')
            start = i + 1;
    struct bytes label = bytes_trim((struct bytes){remark.ptr, start}), country = {NULL, 0};
    struct bytes value = {remark.ptr + start, remark.len - start};
    if (label.len == 0 || value.len == 0)
        return;
    const char *bracket = memchr(value.ptr, '(', value.len);
    if (bracket) {
        country = (struct bytes){bracket + 1, (size_t)(value.ptr + value.len - bracket) - 1};
        const char *close = memchr(country.ptr, ')', country.len);
        country.len = close ? (size_t)(close - country.ptr) : country.len;
        value.len = (size_t)(bracket - value.ptr);
    }
    end = MIN(text_find(value, " issued"), text_find(value, " expires"));
    value = bytes_trim((struct bytes){value.ptr, end});
    if (identify(label, value, country, IDENTIFIER_OTHER) != IDENTIFIER_OTHER || country.len > 0)
        ofac_id(builder, designation, label, value, country);
}

static void one_remark(struct builder *builder, uint32_t designation, enum designation_kind what,
                       struct bytes remark) {
    if (bytes_starts_with(remark, "alt. "))
        remark = behind(remark, 5);
    if (bytes_starts_with(remark, "DOB ")) {
        struct date_range born = date_range_read(behind(remark, 4), DATE_MONTH_FIRST);
        builder_birth(builder, designation, born.from, born.to, born.circa);
    } else if (bytes_starts_with(remark, "POB ")) {
        struct bytes place = behind(remark, 4);
        builder_term(builder, designation, TERM_BORN_IN, place);
        builder_country(builder, designation, COUNTRY_BIRTH, text_last(place, ','));
    } else if (bytes_starts_with(remark, "nationality ")) {
        builder_country(builder, designation, COUNTRY_NATIONALITY, behind(remark, 12));
    } else if (bytes_starts_with(remark, "citizen ")) {
        builder_country(builder, designation, COUNTRY_NATIONALITY, behind(remark, 8));
    } else if (bytes_starts_with(remark, "Gender ")) {
        builder_gender(builder, designation, behind(remark, 7));
    } else if (bytes_starts_with(remark, "Linked To: ")) {
        builder_link(builder, designation,
                     &(struct builder_link){.kind = LINK_OTHER, .name = behind(remark, 11)});
    } else if (bytes_starts_with(remark, "a.k.a. ")) {
        ofac_name(builder, designation, what, NAME_WEAK, unquoted(behind(remark, 7)));
    } else if (bytes_starts_with(remark, "f.k.a. ")) {
        ofac_name(builder, designation, what, NAME_FORMER, unquoted(behind(remark, 7)));
    } else if (bytes_starts_with(remark, "Former Vessel Flag ")) {
        builder_country(builder, designation, COUNTRY_FLAG, behind(remark, 19));
    } else if (text_find(remark, "http") == remark.len && text_find(remark, "@") == remark.len) {
        numbered_remark(builder, designation, remark);
    }
}

void ofac_remarks(struct builder *builder, uint32_t designation, enum designation_kind what,
                  struct bytes remarks) {
    while (remarks.len > 0) {
        struct bytes remark = bytes_trim(bytes_split(&remarks, ';'));
        if (remark.len > 0 && remark.ptr[remark.len - 1] == '.')
            remark.len--;
        if (bytes_starts_with(remark, "(") && remark.len > 2 && remark.ptr[remark.len - 1] == ')')
            remark = (struct bytes){remark.ptr + 1, remark.len - 2};
        if (remark.len > 0)
            one_remark(builder, designation, what, remark);
    }
}
