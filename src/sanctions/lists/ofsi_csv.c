/* The consolidated list of the British treasury as CSV, form of 2022: a line "Last Updated" with a date, a
 * header of 36 columns, a row for each name of a group. What newer columns would hold stands in "Other
 * Information", as "(UK Sanctions List Ref):RUS1926. (Gender):Male". */
#include "sanctions/lists/text.h"
#include "sanctions/lists/uk.h"

static const struct list_column columns[] = {
    {"Group ID", UK_FIELD(id)},
    {"Group Type", UK_FIELD(kind)},
    {"Name 6", UK_FIELD(name6)},
    {"Name 1", UK_FIELD(name1)},
    {"Name 2", UK_FIELD(name2)},
    {"Name 3", UK_FIELD(name3)},
    {"Name 4", UK_FIELD(name4)},
    {"Name 5", UK_FIELD(name5)},
    {"Alias Type", UK_FIELD(name_type)},
    {"Regime", UK_FIELD(regime)},
    {"Listed On", UK_FIELD(designated)},
    {"DOB", UK_FIELD(born)},
    {"Other Information", UK_FIELD(other)},
    {"Alias Quality", UK_FIELD(name_strength)},
    {"Title", UK_FIELD(title)},
    {"Name Non-Latin Script", UK_FIELD(original)},
    {"Last Updated", UK_FIELD(updated)},
    {"Country", UK_FIELD(country)},
    {"Nationality", UK_FIELD(nationality)},
    {"National Identification Number", UK_FIELD(national)},
    {"National Identification Details", UK_FIELD(national_details)},
    {"Passport Number", UK_FIELD(passport)},
    {"Position", UK_FIELD(position)},
    {"Town of Birth", UK_FIELD(born_in)},
    {"Country of Birth", UK_FIELD(born_in_country)},
};
enum { REQUIRED = 13 };

static const struct list_column others[] = {
    {"UK Sanctions List Ref", UK_FIELD(references)},
    {"Gender", UK_FIELD(gender)},
    {"Parent company", UK_FIELD(parent)},
    {"Subsidiaries", UK_FIELD(subsidiary)},
    {"Business Reg No", UK_FIELD(registration)},
    {"IMO number", UK_FIELD(imo)},
    {"Current owners", UK_FIELD(owner)},
    {"Previous owners", UK_FIELD(former_owner)},
    {"Flag of ship", UK_FIELD(flag)},
};

/* The end of a value: the next bracket that "):" closes, or the end of the text. */
static size_t value_len(struct bytes text) {
    size_t open = text.len;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '(')
            open = i;
        if (text.ptr[i] == ')' && i + 1 < text.len && text.ptr[i + 1] == ':' && open < i)
            return open;
    }
    return text.len;
}

/* Each "(label):value" of the text. */
static void take_others(struct uk_fields *fields) {
    struct bytes rest = fields->other;
    for (size_t at; (at = value_len(rest)) < rest.len;) {
        rest = (struct bytes){rest.ptr + at + 1, rest.len - at - 1};
        const char *close = memchr(rest.ptr, ')', rest.len);
        struct bytes label = {rest.ptr, (size_t)(close - rest.ptr)};
        rest = (struct bytes){close + 2, rest.len - label.len - 2};
        struct bytes value = bytes_trim((struct bytes){rest.ptr, value_len(rest)});
        if (value.len > 0 && value.ptr[value.len - 1] == '.')
            value.len--;
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
            if (bytes_equal_nocase(label, bytes_of(others[i].name)))
                *uk_field_at(fields, others[i].field) = value;
    }
    /* Behind the reference, a sentence on other measures may follow. */
    fields->references.len = text_find(fields->references, ". ");
}

static bool row(struct list_input *input, const struct bytes *cells, size_t count, struct error *err) {
    struct uk_fields fields = {0};
    (void)err;
    for (size_t i = 0; i < count; i++)
        *uk_field_at(&fields, columns[i].field) = cells[i];
    take_others(&fields);
    fields.measures = BYTES_LITERAL("Asset freeze"); /* being on this list is one */
    uk_add(input->builder, &fields);
    return true;
}

const struct list_format format_ofsi_csv = {.name = "ofsi-csv",
                                            .columns = columns,
                                            .column_count = ARRAY_LEN(columns),
                                            .required = REQUIRED,
                                            .row = row};
