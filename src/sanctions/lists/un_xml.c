/* The consolidated list of the United Nations Security Council: INDIVIDUAL and ENTITY under one root. */
#include "sanctions/lists/dates.h"
#include "sanctions/lists/format.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

static void start(struct list_input *input, const struct xml_node *root) {
    builder_generated(input->builder, date_read(xml_attribute(root, "dateGenerated"), DATE_DAY_FIRST));
}

static void add_names(struct builder *builder, uint32_t designation, const struct xml_node *record,
                      const char *alias_name) {
    static const char *const parts[] = {"FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"};
    char whole[LIMIT_LIST_TEXT];
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct bytes part = xml_child_text(record, parts[i]);
        if (part.len == 0 || part.len + 1 > sizeof whole - len)
            continue;
        if (len > 0)
            whole[len++] = ' ';
        memcpy(whole + len, part.ptr, part.len);
        len += part.len;
    }
    builder_name(builder, designation, NAME_PRIMARY, (struct bytes){whole, len});
    builder_name(builder, designation, NAME_ORIGINAL, xml_child_text(record, "NAME_ORIGINAL_SCRIPT"));
    XML_EACH(alias, record, alias_name) {
        struct bytes quality = xml_child_text(alias, "QUALITY");
        enum name_kind kind = text_has(quality, "low")      ? NAME_WEAK
                              : text_has(quality, "f.k.a.") ? NAME_FORMER
                                                            : NAME_ALIAS;
        struct bytes names = xml_child_text(alias, "ALIAS_NAME");
        for (struct bytes part; text_next(&names, ";", &part);)
            builder_name(builder, designation, kind, part);
    }
}

static void add_births(struct builder *builder, uint32_t designation, const struct xml_node *record) {
    XML_EACH(birth, record, "INDIVIDUAL_DATE_OF_BIRTH") {
        struct bytes date = xml_child_text(birth, "DATE"), year = xml_child_text(birth, "YEAR");
        struct partial_date from = date_read(date.len > 0 ? date : year, DATE_DAY_FIRST), to = {0};
        if (from.year == 0) {
            from = date_read(xml_child_text(birth, "FROM_YEAR"), DATE_DAY_FIRST);
            to = date_read(xml_child_text(birth, "TO_YEAR"), DATE_DAY_FIRST);
        }
        builder_birth(builder, designation, from, to,
                      text_has(xml_child_text(birth, "TYPE_OF_DATE"), "approximately"));
    }
    XML_EACH(place, record, "INDIVIDUAL_PLACE_OF_BIRTH") {
        builder_country(builder, designation, COUNTRY_BIRTH, xml_child_text(place, "COUNTRY"));
        builder_term(builder, designation, TERM_BORN_IN, xml_child_text(place, "CITY"));
    }
}

static void add_values(struct builder *builder, uint32_t designation, enum term_kind kind,
                       const struct xml_node *values) {
    XML_EACH(value, values, "VALUE")
    builder_term(builder, designation, kind, xml_text(value));
}

static void add_documents(struct builder *builder, uint32_t designation, const struct xml_node *record) {
    XML_EACH(document, record, "INDIVIDUAL_DOCUMENT") {
        struct bytes country = xml_child_text(document, "ISSUING_COUNTRY");
        identify_value(builder, designation, IDENTIFIER_OTHER, xml_child_text(document, "TYPE_OF_DOCUMENT"),
                       xml_child_text(document, "NUMBER"),
                       country.len > 0 ? country : xml_child_text(document, "COUNTRY_OF_ISSUE"));
    }
}

static bool record(struct list_input *input, const struct xml_node *record, struct error *err) {
    struct builder *builder = input->builder;
    bool person = strcmp(record->name, "INDIVIDUAL") == 0;
    uint32_t designation = builder_designation(builder, xml_child_text(record, "REFERENCE_NUMBER"));
    (void)err;
    builder_kind(builder, designation, person ? DESIGNATION_PERSON : DESIGNATION_ENTITY);
    builder_listed(builder, designation, date_read(xml_child_text(record, "LISTED_ON"), DATE_DAY_FIRST));
    XML_EACH(value, xml_child(record, "LAST_DAY_UPDATED"), "VALUE")
    builder_updated(builder, designation, date_read(xml_text(value), DATE_DAY_FIRST));
    add_names(builder, designation, record, person ? "INDIVIDUAL_ALIAS" : "ENTITY_ALIAS");
    add_births(builder, designation, record);
    add_documents(builder, designation, record);
    builder_term(builder, designation, TERM_PROGRAMME, xml_child_text(record, "UN_LIST_TYPE"));
    builder_gender(builder, designation, xml_child_text(record, "GENDER"));
    add_values(builder, designation, TERM_POSITION, xml_child(record, "DESIGNATION"));
    add_values(builder, designation, TERM_TITLE, xml_child(record, "TITLE"));
    XML_EACH(value, xml_child(record, "NATIONALITY"), "VALUE")
    builder_country(builder, designation, COUNTRY_NATIONALITY, xml_text(value));
    XML_EACH(address, record, person ? "INDIVIDUAL_ADDRESS" : "ENTITY_ADDRESS")
    builder_country(builder, designation, COUNTRY_ADDRESS, xml_child_text(address, "COUNTRY"));
    return true;
}

static const char *const records[] = {"INDIVIDUAL", "ENTITY", NULL};

const struct list_format format_un_xml = {
    .name = "un-xml", .root = "CONSOLIDATED_LIST", .records = records, .record = record, .start = start};
