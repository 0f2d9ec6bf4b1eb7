#include "sanctions/lists/dates.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"
#include "sanctions/lists/uk.h"

static enum designation_kind kind_of(struct bytes text) {
    return text_has(text, "individual") ? DESIGNATION_PERSON
           : text_has(text, "entity")   ? DESIGNATION_ENTITY
           : text_has(text, "ship")     ? DESIGNATION_VESSEL
                                        : DESIGNATION_OTHER;
}

static enum name_kind name_kind_of(const struct uk_fields *fields) {
    return text_has(fields->name_strength, "low")     ? NAME_WEAK
           : text_has(fields->name_type, "variation") ? NAME_VARIATION
           : text_has(fields->name_type, "prim*")     ? NAME_PRIMARY
           : text_has(fields->name_type, "FKA")       ? NAME_FORMER
                                                      : NAME_ALIAS;
}

static void add_name(struct builder *builder, uint32_t number, const struct uk_fields *fields) {
    const struct bytes parts[] = {fields->name1, fields->name2, fields->name3, fields->name4, fields->name5};
    char given[LIMIT_LIST_TEXT + 1];
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct bytes part = bytes_trim(parts[i]);
        if (part.len == 0 || part.len + 1 > sizeof given - len)
            continue;
        if (len > 0)
            given[len++] = ' ';
        memcpy(given + len, part.ptr, part.len);
        len += part.len;
    }
    builder_person(builder, number, name_kind_of(fields), (struct bytes){given, len}, fields->name6);
    builder_name(builder, number, NAME_ORIGINAL, fields->original);
}

static void add_countries(struct builder *builder, uint32_t number, enum country_role role,
                          struct bytes countries) {
    for (struct bytes part; text_next(&countries, ";|/", &part);)
        builder_country(builder, number, role, part);
}

static void add_terms(struct builder *builder, uint32_t number, enum term_kind kind, const char *separators,
                      struct bytes terms) {
    for (struct bytes part; text_next(&terms, separators, &part);)
        builder_term(builder, number, kind, part);
}

static void add_links(struct builder *builder, uint32_t number, enum link_kind kind, struct bytes others) {
    for (struct bytes part; text_next(&others, ";|", &part);)
        builder_link(builder, number, &(struct builder_link){.kind = kind, .name = part});
}

static void add_person(struct builder *builder, uint32_t number, const struct uk_fields *fields) {
    struct bytes births = fields->born;
    for (struct bytes part; text_next(&births, ";|", &part);) {
        struct date_range born = date_range_read(part, DATE_DAY_FIRST);
        builder_birth(builder, number, born.from, born.to, born.circa);
    }
    add_countries(builder, number, COUNTRY_NATIONALITY, fields->nationality);
    add_countries(builder, number, COUNTRY_BIRTH, fields->born_in_country);
    add_terms(builder, number, TERM_BORN_IN, ";|", fields->born_in);
    add_terms(builder, number, TERM_POSITION, "|", fields->position);
    add_terms(builder, number, TERM_TITLE, ";|", fields->title);
    builder_gender(builder, number, fields->gender);
    identify_value(builder, number, IDENTIFIER_PASSPORT, BYTES_LITERAL("Passport"), fields->passport,
                   BYTES_LITERAL(""));
    identify_value(builder, number, IDENTIFIER_NATIONAL, fields->national_details, fields->national,
                   BYTES_LITERAL(""));
}

void uk_add(struct builder *builder, const struct uk_fields *fields) {
    uint32_t number = builder_designation(builder, fields->id);
    builder_kind(builder, number, kind_of(fields->kind));
    builder_listed(builder, number, date_read(fields->designated, DATE_DAY_FIRST));
    builder_updated(builder, number, date_read(fields->updated, DATE_DAY_FIRST));
    add_name(builder, number, fields);
    add_person(builder, number, fields);
    add_terms(builder, number, TERM_PROGRAMME, "|", fields->regime);
    add_terms(builder, number, TERM_MEASURE, "|", fields->measures);
    builder_term(builder, number, TERM_REFERENCE, fields->references);
    add_countries(builder, number, COUNTRY_ADDRESS, fields->country);
    add_countries(builder, number, COUNTRY_FLAG, fields->flag);
    add_countries(builder, number, COUNTRY_FLAG, fields->former_flag);
    identify_text(builder, number, IDENTIFIER_REGISTRATION, BYTES_LITERAL("Business registration number"),
                  fields->registration);
    identify_text(builder, number, IDENTIFIER_IMO, BYTES_LITERAL("IMO number"), fields->imo);
    add_links(builder, number, LINK_PARENT, fields->parent);
    add_links(builder, number, LINK_SUBSIDIARY, fields->subsidiary);
    add_links(builder, number, LINK_OWNER, fields->owner);
    add_links(builder, number, LINK_FORMER_OWNER, fields->former_owner);
}
