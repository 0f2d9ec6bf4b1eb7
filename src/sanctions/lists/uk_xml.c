/* The UK Sanctions List as XML, and the consolidated list of the British treasury as XML: elements named
 * after their fields, in the one nested, in the other flat. Each element with fields directly in it is added
 * like a row; where a field comes twice, as a date of birth does, another row begins. */
#include "sanctions/lists/dates.h"
#include "sanctions/lists/uk.h"

static const struct list_column uk_names[] = {
    {"Name1", UK_FIELD(name1)},
    {"Name2", UK_FIELD(name2)},
    {"Name3", UK_FIELD(name3)},
    {"Name4", UK_FIELD(name4)},
    {"Name5", UK_FIELD(name5)},
    {"Name6", UK_FIELD(name6)},
    {"NameType", UK_FIELD(name_type)},
    {"AliasStrength", UK_FIELD(name_strength)},
    {"NameNonLatinScript", UK_FIELD(original)},
    {"Title", UK_FIELD(title)},
    {"RegimeName", UK_FIELD(regime)},
    {"SanctionsImposed", UK_FIELD(measures)},
    {"UNReferenceNumber", UK_FIELD(references)},
    {"DateDesignated", UK_FIELD(designated)},
    {"LastUpdated", UK_FIELD(updated)},
    {"DOB", UK_FIELD(born)},
    {"Nationality", UK_FIELD(nationality)},
    {"TownOfBirth", UK_FIELD(born_in)},
    {"CountryOfBirth", UK_FIELD(born_in_country)},
    {"Gender", UK_FIELD(gender)},
    {"Position", UK_FIELD(position)},
    {"PassportNumber", UK_FIELD(passport)},
    {"NationalIdentifierNumber", UK_FIELD(national)},
    {"NationalIdentifierAdditionalInformation", UK_FIELD(national_details)},
    {"AddressCountry", UK_FIELD(country)},
    {"BusinessRegistrationNumber", UK_FIELD(registration)},
    {"IMONumber", UK_FIELD(imo)},
    {"CurrentBelievedFlagOfShip", UK_FIELD(flag)},
    {"PreviousFlag", UK_FIELD(former_flag)},
    {"ParentCompany", UK_FIELD(parent)},
    {"Subsidiary", UK_FIELD(subsidiary)},
    {"CurrentOwnerOperator", UK_FIELD(owner)},
    {"PreviousOwnerOperator", UK_FIELD(former_owner)},
};

static const struct list_column ofsi_names[] = {
    {"name1", UK_FIELD(name1)},
    {"name2", UK_FIELD(name2)},
    {"name3", UK_FIELD(name3)},
    {"name4", UK_FIELD(name4)},
    {"name5", UK_FIELD(name5)},
    {"Name6", UK_FIELD(name6)},
    {"AliasType", UK_FIELD(name_type)},
    {"AliasQuality", UK_FIELD(name_strength)},
    {"NameNonLatinScript", UK_FIELD(original)},
    {"Title", UK_FIELD(title)},
    {"NameTitle", UK_FIELD(title)},
    {"RegimeName", UK_FIELD(regime)},
    {"UKSanctionsListRef", UK_FIELD(references)},
    {"DateListed", UK_FIELD(designated)},
    {"LastUpdated", UK_FIELD(updated)},
    {"Individual_DateOfBirth", UK_FIELD(born)},
    {"Individual_Nationality", UK_FIELD(nationality)},
    {"Individual_TownOfBirth", UK_FIELD(born_in)},
    {"Individual_CountryOfBirth", UK_FIELD(born_in_country)},
    {"Individual_Gender", UK_FIELD(gender)},
    {"Individual_Position", UK_FIELD(position)},
    {"Individual_PassportNumber", UK_FIELD(passport)},
    {"Individual_NINumber", UK_FIELD(national)},
    {"Individual_NIDetails", UK_FIELD(national_details)},
    {"Country", UK_FIELD(country)},
    {"Entity_BusinessRegNumber", UK_FIELD(registration)},
    {"Entity_ParentCompany", UK_FIELD(parent)},
    {"Entity_Subsidiaries", UK_FIELD(subsidiary)},
    {"Ship_IMONumber", UK_FIELD(imo)},
    {"Ship_Flag", UK_FIELD(flag)},
    {"Ship_PreviousFlags", UK_FIELD(former_flag)},
    {"Ship_CurrentOwners", UK_FIELD(owner)},
    {"Ship_PreviousOwners", UK_FIELD(former_owner)},
};

static struct bytes *field_of(struct uk_fields *fields, const struct list_column *names, size_t count,
                              const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].name, name) == 0)
            return uk_field_at(fields, names[i].field);
    return NULL;
}

/* base: id, kind and what else each row has. */
static void add_element(struct builder *builder, const struct uk_fields *base,
                        const struct list_column *names, size_t count, const struct xml_node *element) {
    struct uk_fields fields = *base;
    bool found = false;
    for (const struct xml_node *part = element->child; part; part = part->next) {
        struct bytes *field = field_of(&fields, names, count, part->name), text = xml_text(part);
        if (part->child)
            add_element(builder, base, names, count, part);
        if (!field || text.len == 0)
            continue;
        if (field->len > 0) {
            uk_add(builder, &fields);
            fields = *base;
        }
        *field = text;
        found = true;
    }
    if (found)
        uk_add(builder, &fields);
}

static bool uk_record(struct list_input *input, const struct xml_node *record, struct error *err) {
    struct uk_fields base = {.id = xml_child_text(record, "UniqueID"),
                             .kind = xml_child_text(record, "IndividualEntityShip")};
    (void)err;
    if (strcmp(record->name, "DateGenerated") == 0)
        builder_generated(input->builder, date_read(xml_text(record), DATE_DAY_FIRST));
    else
        add_element(input->builder, &base, uk_names, ARRAY_LEN(uk_names), record);
    return true;
}

static bool ofsi_record(struct list_input *input, const struct xml_node *record, struct error *err) {
    struct uk_fields base = {.id = xml_child_text(record, "GroupID"),
                             .kind = xml_child_text(record, "GroupTypeDescription"),
                             .measures = BYTES_LITERAL("Asset freeze")}; /* being on this list is one */
    (void)err;
    add_element(input->builder, &base, ofsi_names, ARRAY_LEN(ofsi_names), record);
    return true;
}

static const char *const uk_records[] = {"DateGenerated", "Designation", NULL};
static const char *const ofsi_records[] = {"FinancialSanctionsTarget", NULL};

const struct list_format format_uk_xml = {
    .name = "uk-xml", .root = "Designations", .records = uk_records, .record = uk_record};
const struct list_format format_ofsi_xml = {.name = "ofsi-xml",
                                            .root = "ArrayOfFinancialSanctionsTarget",
                                            .records = ofsi_records,
                                            .record = ofsi_record};
