/* The list of the European Union's financial sanctions file, XML 1.1: everything in attributes. There is no
 * primary name: the first one counts as such. */
#include "sanctions/lists/dates.h"
#include "sanctions/lists/format.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

static void start(struct list_input *input, const struct xml_node *root) {
    builder_generated(input->builder, date_read(xml_attribute(root, "generationDate"), DATE_DAY_FIRST));
}

static void add_names(struct builder *builder, uint32_t designation, const struct xml_node *entity) {
    char given[LIMIT_LIST_TEXT];
    enum name_kind kind = NAME_PRIMARY;
    XML_EACH(name, entity, "nameAlias") {
        struct bytes first = xml_attribute(name, "firstName"), middle = xml_attribute(name, "middleName");
        struct bytes family = xml_attribute(name, "lastName"), whole = xml_attribute(name, "wholeName");
        int len = snprintf(given, sizeof given, "%.*s %.*s", BYTES_FORMAT(first), BYTES_FORMAT(middle));
        if (bytes_equal_string(xml_attribute(name, "strong"), "false"))
            kind = NAME_WEAK;
        if (family.len > 0 && first.len > 0 && (size_t)len < sizeof given)
            builder_person(builder, designation, kind, (struct bytes){given, (size_t)len}, family);
        else
            builder_name(builder, designation, kind, whole);
        builder_term(builder, designation, TERM_POSITION, xml_attribute(name, "function"));
        builder_term(builder, designation, TERM_TITLE, xml_attribute(name, "title"));
        builder_gender(builder, designation, xml_attribute(name, "gender"));
        kind = NAME_ALIAS;
    }
}

static void add_births(struct builder *builder, uint32_t designation, const struct xml_node *entity) {
    XML_EACH(birth, entity, "birthdate") {
        struct bytes exact = xml_attribute(birth, "birthdate"), year = xml_attribute(birth, "year");
        struct date_range born = {.from = date_read(exact.len > 0 ? exact : year, DATE_DAY_FIRST)};
        struct bytes calendar = xml_attribute(birth, "calendarType");
        if (born.from.year == 0) {
            born.from = date_read(xml_attribute(birth, "yearRangeFrom"), DATE_DAY_FIRST);
            born.to = date_read(xml_attribute(birth, "yearRangeTo"), DATE_DAY_FIRST);
        }
        born.circa = bytes_equal_string(xml_attribute(birth, "circa"), "true");
        if (calendar.len == 0 || bytes_equal_nocase(calendar, BYTES_LITERAL("GREGORIAN")))
            builder_birth(builder, designation, born.from, born.to, born.circa);
        builder_country(builder, designation, COUNTRY_BIRTH, xml_attribute(birth, "countryIso2Code"));
        builder_term(builder, designation, TERM_BORN_IN, xml_attribute(birth, "city"));
    }
}

static void add_identifiers(struct builder *builder, uint32_t designation, const struct xml_node *entity) {
    XML_EACH(id, entity, "identification") {
        struct bytes code = xml_attribute(id, "identificationTypeCode");
        struct bytes label = xml_attribute(id, "identificationTypeDescription");
        enum identifier_kind otherwise = bytes_equal_string(code, "passport")     ? IDENTIFIER_PASSPORT
                                         : bytes_equal_string(code, "id")         ? IDENTIFIER_NATIONAL
                                         : bytes_equal_string(code, "regnumber")  ? IDENTIFIER_REGISTRATION
                                         : bytes_equal_string(code, "fiscalcode") ? IDENTIFIER_TAX
                                         : bytes_equal_string(code, "imo")        ? IDENTIFIER_IMO
                                         : bytes_equal_string(code, "swiftbic")   ? IDENTIFIER_BIC
                                                                                  : IDENTIFIER_OTHER;
        struct bytes number = xml_attribute(id, "number");
        identify_value(builder, designation, otherwise, label.len > 0 ? label : code,
                       number.len > 0 ? number : xml_attribute(id, "latinNumber"),
                       xml_attribute(id, "countryIso2Code"));
    }
}

static bool record(struct list_input *input, const struct xml_node *entity, struct error *err) {
    struct builder *builder = input->builder;
    struct bytes reference = xml_attribute(entity, "euReferenceNumber");
    uint32_t designation = builder_designation(
        builder, reference.len > 0 ? reference : xml_attribute(entity, "logicalId"));
    struct bytes code = xml_attribute(xml_child(entity, "subjectType"), "code");
    (void)err;
    builder_kind(builder, designation,
                 bytes_equal_string(code, "person")       ? DESIGNATION_PERSON
                 : bytes_equal_string(code, "enterprise") ? DESIGNATION_ENTITY
                                                          : DESIGNATION_OTHER);
    builder_listed(builder, designation, date_read(xml_attribute(entity, "designationDate"), DATE_DAY_FIRST));
    builder_term(builder, designation, TERM_REFERENCE, xml_attribute(entity, "unitedNationId"));
    XML_EACH(regulation, entity, "regulation") {
        struct partial_date date = date_read(xml_attribute(regulation, "publicationDate"), DATE_DAY_FIRST);
        builder_term(builder, designation, TERM_PROGRAMME, xml_attribute(regulation, "programme"));
        builder_listed(builder, designation, date);
        builder_updated(builder, designation, date);
    }
    add_names(builder, designation, entity);
    add_births(builder, designation, entity);
    add_identifiers(builder, designation, entity);
    XML_EACH(citizenship, entity, "citizenship")
    builder_country(builder, designation, COUNTRY_NATIONALITY, xml_attribute(citizenship, "countryIso2Code"));
    XML_EACH(address, entity, "address")
    builder_country(builder, designation, COUNTRY_ADDRESS, xml_attribute(address, "countryIso2Code"));
    return true;
}

static const char *const records[] = {"sanctionEntity", NULL};

const struct list_format format_eu_xml = {
    .name = "eu-xml", .root = "export", .records = records, .record = record, .start = start};
