/* The UK Sanctions List as CSV: a line "Report Date: 08-Oct-2026", a header of 58 columns, and a row for each
 * combination of name, address and so on of a designation. */
#include "sanctions/lists/uk.h"

static const struct list_column columns[] = {
    {"Unique ID", UK_FIELD(id)},
    {"Designation Type", UK_FIELD(kind)},
    {"Name 6", UK_FIELD(name6)},
    {"Name 1", UK_FIELD(name1)},
    {"Name 2", UK_FIELD(name2)},
    {"Name 3", UK_FIELD(name3)},
    {"Name 4", UK_FIELD(name4)},
    {"Name 5", UK_FIELD(name5)},
    {"Name type", UK_FIELD(name_type)},
    {"Regime Name", UK_FIELD(regime)},
    {"Sanctions Imposed", UK_FIELD(measures)},
    {"Date Designated", UK_FIELD(designated)},
    {"D.O.B", UK_FIELD(born)},
    {"Alias strength", UK_FIELD(name_strength)},
    {"Title", UK_FIELD(title)},
    {"Name non-latin script", UK_FIELD(original)},
    {"Last Updated", UK_FIELD(updated)},
    {"UN Reference Number", UK_FIELD(references)},
    {"Address Country", UK_FIELD(country)},
    {"Nationality(/ies)", UK_FIELD(nationality)},
    {"National Identifier number", UK_FIELD(national)},
    {"National Identifier additional information", UK_FIELD(national_details)},
    {"Passport number", UK_FIELD(passport)},
    {"Position", UK_FIELD(position)},
    {"Gender", UK_FIELD(gender)},
    {"Town of birth", UK_FIELD(born_in)},
    {"Country of birth", UK_FIELD(born_in_country)},
    {"Subsidiaries", UK_FIELD(subsidiary)},
    {"Parent company", UK_FIELD(parent)},
    {"Business registration number (s)", UK_FIELD(registration)},
    {"IMO number", UK_FIELD(imo)},
    {"Current owner/operator (s)", UK_FIELD(owner)},
    {"Previous owner/operator (s)", UK_FIELD(former_owner)},
    {"Current believed flag of ship", UK_FIELD(flag)},
    {"Previous flags", UK_FIELD(former_flag)},
};
enum { REQUIRED = 13 };

static bool row(struct list_input *input, const struct bytes *cells, size_t count, struct error *err) {
    struct uk_fields fields = {0};
    (void)err;
    for (size_t i = 0; i < count; i++)
        *uk_field_at(&fields, columns[i].field) = cells[i];
    uk_add(input->builder, &fields);
    return true;
}

const struct list_format format_uk_csv = {.name = "uk-csv",
                                          .columns = columns,
                                          .column_count = ARRAY_LEN(columns),
                                          .required = REQUIRED,
                                          .row = row};
