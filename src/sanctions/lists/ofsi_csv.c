/* The consolidated list of the British treasury as CSV, form of 2022: a line "Last Updated" with a date, a header
 * of 36 columns, a row for each name of a group. What newer columns would hold stands in "Other Information",
 * as "(UK Sanctions List Ref):RUS1926. (Gender):Male". */
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

/* What stands behind "(label):", up to the next "(" that a "):" closes, or the end; without a full stop. */
static struct bytes value_of(struct bytes text, const char *label) {
    char mark[64];
    snprintf(mark, sizeof mark, "(%s):", label);
    size_t at = text_find(text, mark);
    if (at == text.len)
        return BYTES_LITERAL("");
    struct bytes value = {text.ptr + at + strlen(mark), text.len - at - strlen(mark)};
    size_t next = text_find(value, "):");
    while (next < value.len && next > 0 && value.ptr[next] != '(')
        next--;
    if (next < value.len && value.ptr[next] == '(')
        value.len = next;
    value = bytes_trim(value);
    if (value.len > 0 && value.ptr[value.len - 1] == '.')
        value.len--;
    return value;
}

static bool row(struct list_input *input, const struct bytes *cells, size_t count, struct error *err) {
    struct uk_fields fields = {0};
    (void)err;
    for (size_t i = 0; i < count; i++)
        *uk_field_at(&fields, columns[i].field) = cells[i];
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        *uk_field_at(&fields, others[i].field) = value_of(fields.other, others[i].name);
    fields.measures = BYTES_LITERAL("Asset freeze"); /* being on this list is one */
    uk_add(input->builder, &fields);
    return true;
}

const struct list_format format_ofsi_csv = {.name = "ofsi-csv",
                                            .columns = columns,
                                            .column_count = ARRAY_LEN(columns),
                                            .required = REQUIRED,
                                            .row = row};
