/* The Consolidated Screening List of the United States as CSV: thirteen lists in one file, each row names its
 * own. Rows without a number of their own (Entity List, Denied Persons ...) have an id in the first column of
 * the newer form; in the older one the list and the name make it. */
#include "sanctions/lists/dates.h"
#include "sanctions/lists/ofac.h"
#include "sanctions/lists/text.h"

enum {
    SOURCE,
    NUMBER,
    TYPE,
    PROGRAMS,
    NAME,
    TITLE,
    ADDRESSES,
    START_DATE,
    ALT_NAMES,
    CITIZENSHIPS,
    BIRTH_DATES,
    NATIONALITIES,
    BIRTH_PLACES,
    IDS,
    REQUIRED,
    ID = REQUIRED,
    VESSEL_FLAG,
    VESSEL_OWNER
};

static const struct list_column columns[] = {{"source", 0},
                                             {"entity_number", 0},
                                             {"type", 0},
                                             {"programs", 0},
                                             {"name", 0},
                                             {"title", 0},
                                             {"addresses", 0},
                                             {"start_date", 0},
                                             {"alt_names", 0},
                                             {"citizenships", 0},
                                             {"dates_of_birth", 0},
                                             {"nationalities", 0},
                                             {"places_of_birth", 0},
                                             {"ids", 0},
                                             {"_id", 0},
                                             {"vessel_flag", 0},
                                             {"vessel_owner", 0}};

static uint32_t designation_of(struct builder *builder, const struct bytes *cells) {
    char id[LIMIT_LIST_TEXT];
    if (cells[NUMBER].len > 0)
        return builder_designation(builder, cells[NUMBER]);
    if (cells[ID].len > 0)
        return builder_designation(builder, cells[ID]);
    int len = snprintf(id, sizeof id, "%.*s: %.*s", BYTES_FORMAT(cells[SOURCE]), BYTES_FORMAT(cells[NAME]));
    return builder_designation(builder, (struct bytes){id, MIN((size_t)MAX(len, 0), sizeof id - 1)});
}

static void add_names(struct builder *builder, uint32_t designation, enum designation_kind what,
                      const struct bytes *cells) {
    struct bytes aliases = cells[ALT_NAMES], part;
    ofac_name(builder, designation, what, NAME_PRIMARY, bytes_trim(cells[NAME]));
    while (text_next(&aliases, ";", &part))
        ofac_name(builder, designation, what, NAME_ALIAS, part);
}

/* The country is the last part of each address. */
static void add_addresses(struct builder *builder, uint32_t designation, struct bytes addresses) {
    for (struct bytes part; text_next(&addresses, ";", &part);)
        builder_country(builder, designation, COUNTRY_ADDRESS, text_last(part, ','));
}

static bool has_digit(struct bytes text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            return true;
    return false;
}

/* "Passport, 836238033, KP; Gender, Male"; in the older form "CO, 830106350-0, NIT #; 01200175, Matricula".
 */
static void add_ids(struct builder *builder, uint32_t designation, struct bytes ids) {
    for (struct bytes part; text_next(&ids, ";", &part);) {
        struct bytes first = bytes_trim(bytes_split(&part, ',')),
                     number = bytes_trim(bytes_split(&part, ','));
        struct bytes last = bytes_trim(part);
        if (first.len == 2 && last.len > 2)
            ofac_id(builder, designation, last, number, first);
        else if (has_digit(first) && !has_digit(number))
            ofac_id(builder, designation, number, first, last);
        else
            ofac_id(builder, designation, first, number, last);
    }
}

static bool row(struct list_input *input, const struct bytes *cells, size_t count, struct error *err) {
    struct builder *builder = input->builder;
    struct bytes programmes = cells[PROGRAMS], births = cells[BIRTH_DATES], places = cells[BIRTH_PLACES],
                 part;
    struct bytes nationalities = cells[NATIONALITIES], citizenships = cells[CITIZENSHIPS];
    uint32_t designation = designation_of(builder, cells);
    enum designation_kind what = cells[TYPE].len > 0 ? ofac_kind(cells[TYPE]) : DESIGNATION_OTHER;
    (void)count, (void)err;
    builder_kind(builder, designation, what);
    builder_listed(builder, designation, date_read(cells[START_DATE], DATE_MONTH_FIRST));
    builder_term(builder, designation, TERM_LIST, cells[SOURCE]);
    builder_term(builder, designation, TERM_POSITION, cells[TITLE]);
    add_names(builder, designation, what, cells);
    while (text_next(&programmes, ";", &part))
        builder_term(builder, designation, TERM_PROGRAMME, part);
    while (text_next(&births, ";", &part)) {
        struct date_range born = date_range_read(part, DATE_MONTH_FIRST);
        builder_birth(builder, designation, born.from, born.to, born.circa);
    }
    while (text_next(&nationalities, ";", &part))
        builder_country(builder, designation, COUNTRY_NATIONALITY, part);
    while (text_next(&citizenships, ";", &part))
        builder_country(builder, designation, COUNTRY_NATIONALITY, part);
    while (text_next(&places, ";", &part))
        builder_term(builder, designation, TERM_BORN_IN, part);
    add_addresses(builder, designation, cells[ADDRESSES]);
    add_ids(builder, designation, cells[IDS]);
    builder_country(builder, designation, COUNTRY_FLAG, cells[VESSEL_FLAG]);
    builder_link(builder, designation,
                 &(struct builder_link){.kind = LINK_OWNER, .name = cells[VESSEL_OWNER]});
    return true;
}

const struct list_format format_csl_csv = {.name = "csl-csv",
                                           .columns = columns,
                                           .column_count = ARRAY_LEN(columns),
                                           .required = REQUIRED,
                                           .row = row};
