/* OFAC's sdn.xml and consolidated.xml: sdnList with a flat sdnEntry for each. */
#include "sanctions/lists/dates.h"
#include "sanctions/lists/ofac.h"
#include "sanctions/lists/text.h"

static void add_names(struct builder *builder, uint32_t designation, const struct xml_node *entry) {
    builder_person(builder, designation, NAME_PRIMARY, xml_child_text(entry, "firstName"),
                   xml_child_text(entry, "lastName"));
    XML_EACH(aka, xml_child(entry, "akaList"), "aka") {
        enum name_kind kind = text_has(xml_child_text(aka, "category"), "weak") ? NAME_WEAK
                              : text_has(xml_child_text(aka, "type"), "f.k.a.") ? NAME_FORMER
                                                                                : NAME_ALIAS;
        builder_person(builder, designation, kind, xml_child_text(aka, "firstName"),
                       xml_child_text(aka, "lastName"));
    }
}

static void add_countries(struct builder *builder, uint32_t designation, const struct xml_node *entry) {
    XML_EACH(item, xml_child(entry, "nationalityList"), "nationality")
    builder_country(builder, designation, COUNTRY_NATIONALITY, xml_child_text(item, "country"));
    XML_EACH(item, xml_child(entry, "citizenshipList"), "citizenship")
    builder_country(builder, designation, COUNTRY_NATIONALITY, xml_child_text(item, "country"));
    XML_EACH(item, xml_child(entry, "addressList"), "address")
    builder_country(builder, designation, COUNTRY_ADDRESS, xml_child_text(item, "country"));
    XML_EACH(item, xml_child(entry, "placeOfBirthList"), "placeOfBirthItem") {
        struct bytes place = xml_child_text(item, "placeOfBirth");
        builder_term(builder, designation, TERM_BORN_IN, place);
        builder_country(builder, designation, COUNTRY_BIRTH, text_last(place, ','));
    }
    const struct xml_node *vessel = xml_child(entry, "vesselInfo");
    builder_country(builder, designation, COUNTRY_FLAG, xml_child_text(vessel, "vesselFlag"));
    builder_link(builder, designation,
                 &(struct builder_link){.kind = LINK_OWNER, .name = xml_child_text(vessel, "vesselOwner")});
}

static bool record(struct list_input *input, const struct xml_node *entry, struct error *err) {
    struct builder *builder = input->builder;
    (void)err;
    if (strcmp(entry->name, "sdnEntry") != 0) {
        builder_generated(builder, date_read(xml_child_text(entry, "Publish_Date"), DATE_MONTH_FIRST));
        return true;
    }
    uint32_t designation = builder_designation(builder, xml_child_text(entry, "uid"));
    enum designation_kind what = ofac_kind(xml_child_text(entry, "sdnType"));
    builder_kind(builder, designation, what);
    add_names(builder, designation, entry);
    add_countries(builder, designation, entry);
    builder_term(builder, designation, TERM_POSITION, xml_child_text(entry, "title"));
    ofac_remarks(builder, designation, what, xml_child_text(entry, "remarks"));
    XML_EACH(program, xml_child(entry, "programList"), "program")
    builder_term(builder, designation, TERM_PROGRAMME, xml_text(program));
    XML_EACH(id, xml_child(entry, "idList"), "id")
    ofac_id(builder, designation, xml_child_text(id, "idType"), xml_child_text(id, "idNumber"),
            xml_child_text(id, "idCountry"));
    XML_EACH(item, xml_child(entry, "dateOfBirthList"), "dateOfBirthItem") {
        struct date_range born = date_range_read(xml_child_text(item, "dateOfBirth"), DATE_MONTH_FIRST);
        builder_birth(builder, designation, born.from, born.to, born.circa);
    }
    return true;
}

static const char *const records[] = {"publshInformation", "publishInformation", "sdnEntry", NULL};

const struct list_format format_ofac_xml = {
    .name = "ofac-xml", .root = "sdnList", .records = records, .record = record};
