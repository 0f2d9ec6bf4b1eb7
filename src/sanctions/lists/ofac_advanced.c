/* OFAC's sdn_advanced.xml and cons_advanced.xml, version 3. Everything is an id of a reference value, and
 * what belongs together stands apart: first the reference values, then locations, then identity documents by
 * the identity that they belong to, then the parties (whose FixedRef is the number that the other forms
 * have), and behind them, by party, relationships and the sanctions with their dates and programmes.
 *
 * One pass does: what stands before the parties goes into a table, sorted by kind and id when the first party
 * comes; what stands behind them goes to the builder by id. */
#include "base/arena.h"
#include "base/limits.h"
#include "sanctions/lists/dates.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/ofac.h"
#include "sanctions/lists/text.h"

enum reference_kind {
    ALIAS_TYPE,
    COUNTRY,
    DETAIL,
    DOCUMENT, /* by identity; several have one id */
    DOCUMENT_TYPE,
    FEATURE_TYPE,
    LOCATION,
    NAME_PART_TYPE,
    PARTY_SUBTYPE,
    PARTY_TYPE,
    RELATION_TYPE,
    SANCTIONS_TYPE,
};

struct reference {
    enum reference_kind kind;
    uint64_t id;
    uint64_t other;     /* of a document its type, of a party subtype its party type */
    const char *text;   /* of a document its number; in the arena */
    struct bytes place; /* country, in the arena */
};

struct ofac_advanced {
    struct arena *arena;
    struct reference *references;
    size_t count, capacity;
    bool sorted;
};

static const struct {
    const char *element;
    enum reference_kind kind;
} values[] = {{"AliasType", ALIAS_TYPE},       {"Country", COUNTRY},
              {"DetailReference", DETAIL},     {"IDRegDocType", DOCUMENT_TYPE},
              {"FeatureType", FEATURE_TYPE},   {"NamePartType", NAME_PART_TYPE},
              {"PartySubType", PARTY_SUBTYPE}, {"PartyType", PARTY_TYPE},
              {"RelationType", RELATION_TYPE}, {"SanctionsType", SANCTIONS_TYPE}};

static uint64_t id_of(const struct xml_node *node, const char *attribute) {
    uint64_t id = 0;
    return bytes_to_number(xml_attribute(node, attribute), INT64_MAX, &id) ? id : 0;
}

static int by_kind_and_id(const void *a, const void *b) {
    const struct reference *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->id == y->id ? 0 : x->id < y->id ? -1 : 1;
}

static bool add_reference(struct ofac_advanced *state, struct reference reference, struct bytes text,
                          struct error *err) {
    if (state->sorted)
        return error_set(err, ERROR_VALIDATION, "reference values come behind the parties");
    if (state->count == state->capacity) {
        size_t capacity = MAX(state->capacity * 2, (size_t)4096);
        struct reference *references = capacity > LIMIT_LIST_ITEMS
                                           ? NULL
                                           : realloc(state->references, capacity * sizeof *references);
        if (!references)
            return error_set(err, ERROR_VALIDATION, "more reference values than fit");
        state->references = references;
        state->capacity = capacity;
    }
    if (!state->arena)
        state->arena = arena_new(LIMIT_LIST_POOL);
    char *copy = state->arena ? arena_string(state->arena, text) : NULL;
    char *place = copy ? arena_string(state->arena, reference.place) : NULL;
    if (!place)
        return error_set(err, ERROR_VALIDATION, "more reference values than fit");
    reference.text = copy;
    reference.place.ptr = place;
    state->references[state->count++] = reference;
    return true;
}

/* The first of this kind and id; NULL when there is none. */
static const struct reference *find(const struct ofac_advanced *state, enum reference_kind kind,
                                    uint64_t id) {
    struct reference key = {.kind = kind, .id = id};
    size_t low = 0, high = state->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_kind_and_id(&state->references[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < state->count && by_kind_and_id(&state->references[low], &key) == 0 ? &state->references[low]
                                                                                    : NULL;
}

static struct bytes text_of(const struct ofac_advanced *state, enum reference_kind kind, uint64_t id) {
    const struct reference *found = find(state, kind, id);
    return found ? bytes_of(found->text) : BYTES_LITERAL("");
}

static void sort(struct ofac_advanced *state) {
    if (!state->sorted && state->count > 1)
        qsort(state->references, state->count, sizeof *state->references, by_kind_and_id);
    state->sorted = true;
}

static bool take_values(struct ofac_advanced *state, const struct xml_node *sets, struct error *err) {
    for (const struct xml_node *set = sets->child; set; set = set->next)
        for (const struct xml_node *value = set->child; value; value = value->next)
            for (size_t i = 0; i < ARRAY_LEN(values); i++) {
                struct bytes place = xml_attribute(value, "ISO2");
                struct reference reference = {.kind = values[i].kind,
                                              .id = id_of(value, "ID"),
                                              .other = id_of(value, "PartyTypeID"),
                                              .place = place.len > 0 ? place : xml_text(value)};
                if (strcmp(value->name, values[i].element) == 0 &&
                    !add_reference(state, reference, xml_text(value), err))
                    return false;
            }
    return true;
}

/* The countries are in the table already, but it is not sorted yet: the id is kept and looked up later. */
static bool take_location(struct ofac_advanced *state, const struct xml_node *location, struct error *err) {
    uint64_t country = id_of(xml_child(location, "LocationCountry"), "CountryID");
    struct reference reference = {.kind = LOCATION, .id = id_of(location, "ID"), .other = country};
    return add_reference(state, reference, BYTES_LITERAL(""), err);
}

static bool take_document(struct ofac_advanced *state, const struct xml_node *document, struct error *err) {
    struct reference reference = {.kind = DOCUMENT,
                                  .id = id_of(document, "IdentityID"),
                                  .other = id_of(document, "IDRegDocTypeID"),
                                  .place = xml_attribute(document, "IssuedBy-CountryID")};
    return add_reference(state, reference, xml_child_text(document, "IDRegistrationNo"), err);
}

static struct bytes country_of(const struct ofac_advanced *state, uint64_t id) {
    const struct reference *country = find(state, COUNTRY, id);
    return country ? country->place : BYTES_LITERAL("");
}

/* --- parties --- */

static struct partial_date date_of(const struct xml_node *date) {
    char text[64];
    struct bytes year = xml_child_text(date, "Year"), month = xml_child_text(date, "Month");
    struct bytes day = xml_child_text(date, "Day");
    snprintf(text, sizeof text, "%.*s-%.*s-%.*s", (int)MIN(year.len, 4), year.ptr, (int)MIN(month.len, 2),
             month.ptr, (int)MIN(day.len, 2), day.ptr);
    return date_read(bytes_of(text), DATE_DAY_FIRST);
}

static void add_birth(struct builder *builder, uint32_t designation, const struct xml_node *period) {
    const struct xml_node *start = xml_child(period, "Start"), *end = xml_child(period, "End");
    struct partial_date from = date_of(xml_child(start, "From")), to = date_of(xml_child(end, "To"));
    /* A year is told as its first and its last day, a month likewise. */
    if (from.day == 1 && to.day >= 28 && from.month == 1 && to.month == 12)
        from.month = from.day = to.month = to.day = 0;
    else if (from.day == 1 && to.day >= 28 && from.month == to.month && from.year == to.year)
        from.day = to.day = 0;
    builder_birth(builder, designation, from, to,
                  bytes_equal_string(xml_attribute(start, "Approximate"), "true"));
}

static void add_feature(const struct ofac_advanced *state, struct builder *builder, uint32_t designation,
                        struct bytes type, const struct xml_node *version) {
    const struct xml_node *detail = xml_child(version, "VersionDetail");
    const struct xml_node *place = xml_child(version, "VersionLocation");
    const struct reference *location = find(state, LOCATION, id_of(place, "LocationID"));
    struct bytes country = country_of(state, location ? location->other : 0);
    struct bytes text = xml_text(detail);
    if (text.len == 0)
        text = text_of(state, DETAIL, id_of(detail, "DetailReferenceID"));
    if (text_has(type, "birthdate"))
        add_birth(builder, designation, xml_child(version, "DatePeriod"));
    else if (text_has(type, "place of birth"))
        builder_term(builder, designation, TERM_BORN_IN, text);
    else if (text_has(type, "nationality*") || text_has(type, "citizenship*"))
        builder_country(builder, designation, COUNTRY_NATIONALITY, country.len > 0 ? country : text);
    else if (text_has(type, "location"))
        builder_country(builder, designation, COUNTRY_ADDRESS, country);
    else if (text_has(type, "flag"))
        builder_country(builder, designation, COUNTRY_FLAG, country.len > 0 ? country : text);
    else if (text_has(type, "owner"))
        builder_link(builder, designation, &(struct builder_link){.kind = LINK_OWNER, .name = text});
    else if (text_has(type, "title"))
        builder_term(builder, designation, TERM_POSITION, text);
    else if (text_has(type, "gender"))
        builder_gender(builder, designation, text);
    else if (identify(type, text, country, IDENTIFIER_OTHER) != IDENTIFIER_OTHER)
        ofac_id(builder, designation, type, text, country);
    if (text_has(type, "place of birth"))
        builder_country(builder, designation, COUNTRY_BIRTH,
                        country.len > 0 ? country : text_last(text, ','));
}

/* The type of a part of a name: by its group, which stands behind the names. */
static struct bytes part_type(const struct ofac_advanced *state, const struct xml_node *identity,
                              uint64_t group) {
    XML_EACH(master, xml_child(identity, "NamePartGroups"), "MasterNamePartGroup")
    XML_EACH(part, master, "NamePartGroup")
    if (id_of(part, "ID") == group)
        return text_of(state, NAME_PART_TYPE, id_of(part, "NamePartTypeID"));
    return BYTES_LITERAL("");
}

static void append_part(char out[LIMIT_LIST_TEXT], size_t *len, struct bytes part) {
    if (part.len == 0 || part.len + 1 > LIMIT_LIST_TEXT - *len)
        return;
    if (*len > 0)
        out[(*len)++] = ' ';
    memcpy(out + *len, part.ptr, part.len);
    *len += part.len;
}

static void add_documented(const struct ofac_advanced *state, struct builder *builder, uint32_t designation,
                           enum name_kind kind, const struct xml_node *identity,
                           const struct xml_node *name) {
    char given[LIMIT_LIST_TEXT], family[LIMIT_LIST_TEXT];
    size_t given_len = 0, family_len = 0;
    XML_EACH(part, name, "DocumentedNamePart") {
        const struct xml_node *value = xml_child(part, "NamePartValue");
        struct bytes type = part_type(state, identity, id_of(value, "NamePartGroupID"));
        if (text_has(type, "last"))
            append_part(family, &family_len, xml_text(value));
        else
            append_part(given, &given_len, xml_text(value));
    }
    builder_person(builder, designation, kind, (struct bytes){given, given_len},
                   (struct bytes){family, family_len});
}

static void add_identity(const struct ofac_advanced *state, struct builder *builder, uint32_t designation,
                         const struct xml_node *identity) {
    XML_EACH(alias, identity, "Alias") {
        bool weak = bytes_equal_string(xml_attribute(alias, "LowQuality"), "true");
        bool primary = bytes_equal_string(xml_attribute(alias, "Primary"), "true");
        bool former = text_has(text_of(state, ALIAS_TYPE, id_of(alias, "AliasTypeID")), "F.K.A.");
        enum name_kind kind = weak ? NAME_WEAK : primary ? NAME_PRIMARY : former ? NAME_FORMER : NAME_ALIAS;
        XML_EACH(name, alias, "DocumentedName") {
            add_documented(state, builder, designation, kind, identity, name);
            kind = kind == NAME_PRIMARY ? NAME_VARIATION : kind; /* further ones are in other scripts */
        }
    }
    uint64_t id = id_of(identity, "ID");
    const struct reference *document = find(state, DOCUMENT, id);
    for (; document && document < state->references + state->count && document->kind == DOCUMENT &&
           document->id == id;
         document++) {
        uint64_t country = 0;
        if (!bytes_to_number(document->place, INT64_MAX, &country))
            country = 0;
        ofac_id(builder, designation, text_of(state, DOCUMENT_TYPE, document->other),
                bytes_of(document->text), country_of(state, country));
    }
}

static bool take_party(const struct ofac_advanced *state, struct builder *builder,
                       const struct xml_node *party, struct error *err) {
    const struct xml_node *profile = xml_child(party, "Profile");
    size_t parts = 0;
    XML_EACH(identity, profile, "Identity")
    XML_EACH(group, xml_child(identity, "NamePartGroups"), "MasterNamePartGroup")
    XML_EACH(part, group, "NamePartGroup")
    parts++;
    if (parts > LIMIT_LIST_PARTS)
        return error_set(err, ERROR_VALIDATION, "a party with more than %d parts of names", LIMIT_LIST_PARTS);
    uint32_t designation = builder_designation(builder, xml_attribute(party, "FixedRef"));
    const struct reference *subtype = find(state, PARTY_SUBTYPE, id_of(profile, "PartySubTypeID"));
    struct bytes type = subtype ? bytes_of(subtype->text) : BYTES_LITERAL("");
    if (subtype && !text_has(type, "vessel") && !text_has(type, "aircraft"))
        type = text_of(state, PARTY_TYPE, subtype->other);
    builder_kind(builder, designation, ofac_kind(type));
    XML_EACH(identity, profile, "Identity")
    add_identity(state, builder, designation, identity);
    XML_EACH(feature, profile, "Feature") {
        struct bytes feature_type = text_of(state, FEATURE_TYPE, id_of(feature, "FeatureTypeID"));
        XML_EACH(version, feature, "FeatureVersion")
        add_feature(state, builder, designation, feature_type, version);
    }
    return true;
}

/* --- behind the parties --- */

static bool refers(struct builder *builder, const struct xml_node *node, const char *attribute,
                   uint32_t *ret_designation, struct error *err) {
    struct bytes id = xml_attribute(node, attribute);
    return builder_find(builder, id, ret_designation) ||
           error_set(err, ERROR_VALIDATION, "%s: there is no party %.20s", node->name, id.len ? id.ptr : "");
}

static bool take_relationship(const struct ofac_advanced *state, struct builder *builder,
                              const struct xml_node *relation, struct error *err) {
    static const struct {
        const char *word;
        enum link_kind kind, reverse;
    } kinds[] = {{"owned", LINK_OWNER, LINK_ASSET},
                 {"owns", LINK_ASSET, LINK_OWNER},
                 {"acting for*", LINK_PRINCIPAL, LINK_AGENT},
                 {"leader*", LINK_DIRECTED, LINK_DIRECTOR},
                 {"executive*", LINK_DIRECTED, LINK_DIRECTOR},
                 {"family", LINK_FAMILY, LINK_FAMILY}};
    struct bytes type = text_of(state, RELATION_TYPE, id_of(relation, "RelationTypeID"));
    struct builder_link there = {.kind = LINK_OTHER, .id = xml_attribute(relation, "To-ProfileID")};
    struct builder_link back = {.kind = LINK_OTHER, .id = xml_attribute(relation, "From-ProfileID")};
    uint32_t from, to;
    for (size_t i = ARRAY_LEN(kinds); i-- > 0;)
        if (text_has(type, kinds[i].word)) {
            there.kind = kinds[i].kind;
            back.kind = kinds[i].reverse;
        }
    if (bytes_equal_string(xml_attribute(relation, "Former"), "true"))
        there.kind = back.kind = LINK_OTHER;
    if (!refers(builder, relation, "From-ProfileID", &from, err) ||
        !refers(builder, relation, "To-ProfileID", &to, err))
        return false;
    builder_link(builder, from, &there);
    builder_link(builder, to, &back);
    return true;
}

static bool take_sanctions(const struct ofac_advanced *state, struct builder *builder,
                           const struct xml_node *entry, struct error *err) {
    uint32_t designation;
    if (!refers(builder, entry, "ProfileID", &designation, err))
        return false;
    XML_EACH(event, entry, "EntryEvent")
    builder_listed(builder, designation, date_of(xml_child(event, "Date")));
    XML_EACH(measure, entry, "SanctionsMeasure") {
        struct bytes type = text_of(state, SANCTIONS_TYPE, id_of(measure, "SanctionsTypeID"));
        if (text_has(type, "program"))
            builder_term(builder, designation, TERM_PROGRAMME, xml_child_text(measure, "Comment"));
        else
            builder_term(builder, designation, TERM_MEASURE, type);
    }
    return true;
}

static bool record(struct list_input *input, const struct xml_node *record, struct error *err) {
    struct ofac_advanced *state = input->state;
    struct builder *builder = input->builder;
    if (strcmp(record->name, "ReferenceValueSets") == 0)
        return take_values(state, record, err);
    if (strcmp(record->name, "Location") == 0)
        return take_location(state, record, err);
    if (strcmp(record->name, "IDRegDocument") == 0)
        return take_document(state, record, err);
    if (strcmp(record->name, "DateOfIssue") == 0) {
        builder_generated(builder, date_of(record));
        return true;
    }
    sort(state);
    if (strcmp(record->name, "ProfileRelationship") == 0)
        return take_relationship(state, builder, record, err);
    if (strcmp(record->name, "SanctionsEntry") == 0)
        return take_sanctions(state, builder, record, err);
    return take_party(state, builder, record, err);
}

static void release(void *opaque) {
    struct ofac_advanced *state = opaque;
    arena_free(state->arena);
    free(state->references);
}

static const char *const records[] = {
    "DateOfIssue",   "ReferenceValueSets",  "Location",       "IDRegDocument",
    "DistinctParty", "ProfileRelationship", "SanctionsEntry", NULL};

const struct list_format format_ofac_advanced = {.name = "ofac-advanced",
                                                 .state_size = sizeof(struct ofac_advanced),
                                                 .root = "Sanctions",
                                                 .records = records,
                                                 .record = record,
                                                 .release = release};
