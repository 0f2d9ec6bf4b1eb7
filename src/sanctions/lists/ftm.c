/* FollowTheMoney entities, an object a line: {"id", "schema", "target", "caption", "properties": {name:
 * [values]}}. Those that are targets are designations. What ties two entities together (Ownership,
 * Directorship ...) and what ties one to a programme (Sanction) are entities of their own and may stand
 * before those that they name: they are kept, and joined at the end. An entity that is no target is one of
 * the others, with ties of its own, and gives its name to the links that lead to it. */
#include <yyjson.h>
#include "base/arena.h"
#include "base/limits.h"
#include "sanctions/lists/dates.h"
#include "sanctions/lists/format.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

struct party {
    struct bytes id, name; /* in the arena */
};

struct tie {
    struct bytes from, to; /* ids */
    enum link_kind kind, reverse;
    uint16_t share, share_most;
    struct partial_date since, until;
};

struct sanction {
    struct bytes entity, programme;
    struct partial_date listed;
};

struct table {
    void *rows;
    size_t count, capacity;
};

struct ftm {
    struct arena *arena;
    struct table parties, ties, sanctions; /* of struct party, tie, sanction */
};

static const struct {
    const char *schema;
    enum designation_kind kind;
} schemas[] = {{"Person", DESIGNATION_PERSON},       {"Company", DESIGNATION_ENTITY},
               {"Organization", DESIGNATION_ENTITY}, {"LegalEntity", DESIGNATION_ENTITY},
               {"PublicBody", DESIGNATION_ENTITY},   {"Vessel", DESIGNATION_VESSEL},
               {"Airplane", DESIGNATION_AIRCRAFT}};

/* from is the designation, to the other. */
static const struct {
    const char *schema, *from, *to;
    enum link_kind kind, reverse;
} tie_schemas[] = {{"Ownership", "asset", "owner", LINK_OWNER, LINK_ASSET},
                   {"Directorship", "organization", "director", LINK_DIRECTOR, LINK_DIRECTED},
                   {"Representation", "agent", "client", LINK_PRINCIPAL, LINK_AGENT},
                   {"Family", "person", "relative", LINK_FAMILY, LINK_FAMILY},
                   {"Associate", "person", "associate", LINK_OTHER, LINK_OTHER},
                   {"Membership", "member", "organization", LINK_OTHER, LINK_OTHER},
                   {"Employment", "employee", "employer", LINK_OTHER, LINK_OTHER},
                   {"UnknownLink", "subject", "object", LINK_OTHER, LINK_OTHER}};

static const struct {
    const char *property;
    enum name_kind kind;
} name_properties[] = {
    {"name", NAME_PRIMARY}, {"alias", NAME_ALIAS}, {"previousName", NAME_FORMER}, {"weakAlias", NAME_WEAK}};

static const struct {
    const char *property;
    enum country_role role;
} country_properties[] = {{"nationality", COUNTRY_NATIONALITY},
                          {"citizenship", COUNTRY_NATIONALITY},
                          {"birthCountry", COUNTRY_BIRTH},
                          {"country", COUNTRY_ADDRESS},
                          {"jurisdiction", COUNTRY_ADDRESS},
                          {"mainCountry", COUNTRY_ADDRESS},
                          {"flag", COUNTRY_FLAG},
                          {"pastFlags", COUNTRY_FLAG}};

static const struct {
    const char *property;
    enum identifier_kind kind;
} identifier_properties[] = {{"innCode", IDENTIFIER_INN},
                             {"ogrnCode", IDENTIFIER_OGRN},
                             {"kppCode", IDENTIFIER_KPP},
                             {"leiCode", IDENTIFIER_LEI},
                             {"swiftBic", IDENTIFIER_BIC},
                             {"imoNumber", IDENTIFIER_IMO},
                             {"mmsi", IDENTIFIER_MMSI},
                             {"taxNumber", IDENTIFIER_TAX},
                             {"vatCode", IDENTIFIER_TAX},
                             {"registrationNumber", IDENTIFIER_REGISTRATION},
                             {"uscCode", IDENTIFIER_REGISTRATION},
                             {"passportNumber", IDENTIFIER_PASSPORT},
                             {"idNumber", IDENTIFIER_NATIONAL},
                             {"socialSecurityNumber", IDENTIFIER_NATIONAL},
                             {"serialNumber", IDENTIFIER_AIRCRAFT},
                             {"publicKey", IDENTIFIER_WALLET}};

static const struct {
    const char *property;
    enum term_kind kind;
} term_properties[] = {{"position", TERM_POSITION},   {"title", TERM_TITLE},
                       {"birthPlace", TERM_BORN_IN},  {"topics", TERM_LIST},
                       {"programId", TERM_PROGRAMME}, {"program", TERM_PROGRAMME}};

static struct bytes string_of(yyjson_val *value) {
    return yyjson_is_str(value) ? (struct bytes){yyjson_get_str(value), yyjson_get_len(value)}
                                : BYTES_LITERAL("");
}

/* The first value of a property. */
static struct bytes first_of(yyjson_val *properties, const char *name) {
    return string_of(yyjson_arr_get_first(yyjson_obj_get(properties, name)));
}

/* A walk over the values of a property. */
struct values {
    yyjson_arr_iter at;
    struct bytes text; /* of the value */
};

static struct values values_of(yyjson_val *properties, const char *name) {
    return (struct values){.at = yyjson_arr_iter_with(yyjson_obj_get(properties, name))};
}

static bool next_value(struct values *values) {
    yyjson_val *value = yyjson_arr_iter_next(&values->at);
    values->text = string_of(value);
    return value != NULL;
}

/* for (each value of a property): value.text */
#define VALUE_EACH(value, properties, name) \
    for (struct values value = values_of(properties, name); next_value(&(value));)

static bool table_add(struct table *table, const void *row, size_t size, struct error *err) {
    if (table->count == table->capacity) {
        size_t capacity = MAX(table->capacity * 2, (size_t)1024);
        void *rows = capacity > LIMIT_LIST_ITEMS ? NULL : realloc(table->rows, capacity * size);
        if (!rows)
            return error_set(err, ERROR_VALIDATION, "more entities than fit into memory or into the limits");
        table->rows = rows;
        table->capacity = capacity;
    }
    memcpy((char *)table->rows + table->count++ * size, row, size);
    return true;
}

/* A copy in the arena; empty when that is full, which *full tells. */
static struct bytes kept(struct ftm *state, struct bytes text, bool *full) {
    if (!state->arena)
        state->arena = arena_new(LIMIT_LIST_POOL);
    char *copy = state->arena ? arena_string(state->arena, text) : NULL;
    *full |= !copy;
    return (struct bytes){copy, copy ? text.len : 0};
}

static void add_birth_dates(struct builder *builder, uint32_t designation, yyjson_val *properties) {
    VALUE_EACH(value, properties, "birthDate") {
        struct date_range born = date_range_read(value.text, DATE_DAY_FIRST);
        builder_birth(builder, designation, born.from, born.to, born.circa);
    }
}

static void add_entity(struct builder *builder, enum designation_kind kind, struct bytes id,
                       struct bytes caption, yyjson_val *properties) {
    uint32_t designation = builder_designation(builder, id);
    builder_kind(builder, designation, kind);
    builder_name(builder, designation, NAME_PRIMARY, caption);
    for (size_t i = 0; i < ARRAY_LEN(name_properties); i++) {
        enum name_kind name = name_properties[i].kind;
        VALUE_EACH(value, properties, name_properties[i].property)
        if (name != NAME_PRIMARY || !bytes_equal(value.text, caption))
            builder_name(builder, designation, name == NAME_PRIMARY ? NAME_VARIATION : name, value.text);
    }
    for (size_t i = 0; i < ARRAY_LEN(country_properties); i++)
        VALUE_EACH(value, properties, country_properties[i].property)
    builder_country(builder, designation, country_properties[i].role, value.text);
    for (size_t i = 0; i < ARRAY_LEN(identifier_properties); i++)
        VALUE_EACH(value, properties, identifier_properties[i].property)
    identify_value(builder, designation, identifier_properties[i].kind,
                   bytes_of(identifier_properties[i].property), value.text, BYTES_LITERAL(""));
    for (size_t i = 0; i < ARRAY_LEN(term_properties); i++)
        VALUE_EACH(value, properties, term_properties[i].property)
    builder_term(builder, designation, term_properties[i].kind, value.text);
    add_birth_dates(builder, designation, properties);
    builder_gender(builder, designation, first_of(properties, "gender"));
    builder_updated(builder, designation, date_read(first_of(properties, "modifiedAt"), DATE_DAY_FIRST));
}

/* Takes "51.77" or "51,7" off the text, in hundredths; false for no number, and for one above 100. */
static bool take_percent(struct bytes *text, uint16_t *ret_share) {
    unsigned hundredths = 0, scale = 0;
    size_t i = 0;
    for (; i < text->len && hundredths < 1000000; i++) {
        char c = text->ptr[i];
        if (c >= '0' && c <= '9') {
            hundredths = scale < 3 ? hundredths * 10 + (unsigned)(c - '0') : hundredths;
            scale += scale > 0;
        } else if ((c == '.' || c == ',') && scale == 0 && i > 0) {
            scale = 1;
        } else {
            break;
        }
    }
    for (scale = MAX(scale, 1u); scale < 3; scale++)
        hundredths *= 10;
    *text = (struct bytes){text->ptr + i, text->len - i};
    *ret_share = (uint16_t)MIN(hundredths, 10000u);
    return i > 0 && hundredths <= 10000;
}

/* "51.77 %", "25-50"; what is neither is not told. */
static void read_share(struct bytes text, struct tie *tie) {
    uint16_t least, most;
    text = bytes_trim(text);
    if (!take_percent(&text, &least))
        return;
    tie->share = tie->share_most = least;
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '%'))
        text = (struct bytes){text.ptr + 1, text.len - 1};
    if (text.len == 0 || text.ptr[0] != '-')
        return;
    text = bytes_trim((struct bytes){text.ptr + 1, text.len - 1});
    if (take_percent(&text, &most) && most >= least)
        tie->share_most = most;
}

static bool take_tie(struct ftm *state, size_t schema, yyjson_val *properties, struct error *err) {
    bool full = false;
    struct tie tie = {.kind = tie_schemas[schema].kind,
                      .reverse = tie_schemas[schema].reverse,
                      .since = date_read(first_of(properties, "startDate"), DATE_DAY_FIRST),
                      .until = date_read(first_of(properties, "endDate"), DATE_DAY_FIRST)};
    read_share(first_of(properties, "percentage"), &tie);
    VALUE_EACH(from, properties, tie_schemas[schema].from)
    VALUE_EACH(to, properties, tie_schemas[schema].to) {
        tie.from = kept(state, from.text, &full);
        tie.to = kept(state, to.text, &full);
        if (full || !table_add(&state->ties, &tie, sizeof tie, err))
            return full ? error_set(err, ERROR_VALIDATION, "more links than fit") : false;
    }
    return true;
}

static bool take_sanction(struct ftm *state, yyjson_val *properties, struct error *err) {
    bool full = false;
    struct bytes listed = first_of(properties, "listingDate");
    struct bytes programme = first_of(properties, "programId");
    struct sanction sanction = {
        .programme = kept(state, programme.len > 0 ? programme : first_of(properties, "program"), &full),
        .listed = date_read(listed.len > 0 ? listed : first_of(properties, "startDate"), DATE_DAY_FIRST)};
    VALUE_EACH(entity, properties, "entity") {
        sanction.entity = kept(state, entity.text, &full);
        if (full || !table_add(&state->sanctions, &sanction, sizeof sanction, err))
            return full ? error_set(err, ERROR_VALIDATION, "more sanctions than fit") : false;
    }
    return true;
}

static bool take_party(struct list_input *input, enum designation_kind kind, yyjson_val *entity,
                       struct error *err) {
    struct ftm *state = input->state;
    bool full = false;
    yyjson_val *properties = yyjson_obj_get(entity, "properties");
    struct bytes id = string_of(yyjson_obj_get(entity, "id"));
    struct bytes caption = string_of(yyjson_obj_get(entity, "caption"));
    if (caption.len == 0)
        caption = first_of(properties, "name");
    if (yyjson_get_bool(yyjson_obj_get(entity, "target"))) {
        add_entity(input->builder, kind, id, caption, properties);
        return true;
    }
    if (!input->others && !(input->others = builder_new()))
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    add_entity(input->others, kind, id, caption, properties);
    struct party party = {.id = kept(state, id, &full), .name = kept(state, caption, &full)};
    if (full)
        return error_set(err, ERROR_VALIDATION, "more entities than fit");
    return table_add(&state->parties, &party, sizeof party, err);
}

static bool take_entity(struct list_input *input, yyjson_val *entity, struct error *err) {
    struct bytes schema = string_of(yyjson_obj_get(entity, "schema"));
    yyjson_val *properties = yyjson_obj_get(entity, "properties");
    if (schema.len == 0 || !yyjson_is_obj(properties) || !yyjson_is_str(yyjson_obj_get(entity, "id")))
        return error_set(err, ERROR_VALIDATION, "an entity without id, schema or properties");
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
        if (bytes_equal_string(schema, schemas[i].schema))
            return take_party(input, schemas[i].kind, entity, err);
    for (size_t i = 0; i < ARRAY_LEN(tie_schemas); i++)
        if (bytes_equal_string(schema, tie_schemas[i].schema))
            return take_tie(input->state, i, properties, err);
    if (bytes_equal_string(schema, "Sanction"))
        return take_sanction(input->state, properties, err);
    return true;
}

static void free_document(yyjson_doc **document) {
    yyjson_doc_free(*document);
}

static bool line(struct list_input *input, struct bytes text, struct error *err) {
    CLEANUP(free_document) yyjson_doc *document = yyjson_read(text.ptr, text.len, 0);
    yyjson_val *entity = yyjson_doc_get_root(document);
    if (!yyjson_is_obj(entity))
        return error_set(err, ERROR_VALIDATION, "the line is no JSON object");
    return take_entity(input, entity, err);
}

/* --- at the end --- */

static int by_id(const void *a, const void *b) {
    struct bytes x = ((const struct party *)a)->id, y = ((const struct party *)b)->id;
    int order = memcmp(x.ptr, y.ptr, MIN(x.len, y.len));
    return order ? order : (x.len > y.len) - (x.len < y.len);
}

/* builder NULL: there are no others. */
static void add_link(const struct ftm *state, struct builder *builder, const struct tie *tie,
                     enum link_kind kind, struct bytes from, struct bytes to) {
    struct party key = {.id = to};
    uint32_t designation, other;
    if (!builder || !builder_find(builder, from, &designation))
        return;
    struct builder_link link = {.kind = kind,
                                .id = to,
                                .since = tie->since,
                                .until = tie->until,
                                .share = tie->share,
                                .share_most = tie->share_most};
    const struct party *party = bsearch(&key, state->parties.rows ? state->parties.rows : &key,
                                        state->parties.count, sizeof key, by_id);
    if (party && !builder_find(builder, to, &other))
        link.name = party->name;
    builder_link(builder, designation, &link);
}

static bool finish(struct list_input *input, struct error *err) {
    struct ftm *state = input->state;
    struct builder *builder = input->builder;
    uint32_t designation;
    if (state->parties.count > 1)
        qsort(state->parties.rows, state->parties.count, sizeof(struct party), by_id);
    for (size_t i = 0; i < state->ties.count; i++) {
        const struct tie *tie = (const struct tie *)state->ties.rows + i;
        add_link(state, builder, tie, tie->kind, tie->from, tie->to);
        add_link(state, builder, tie, tie->reverse, tie->to, tie->from);
        add_link(state, input->others, tie, tie->kind, tie->from, tie->to);
        add_link(state, input->others, tie, tie->reverse, tie->to, tie->from);
    }
    for (size_t i = 0; i < state->sanctions.count; i++) {
        const struct sanction *sanction = (const struct sanction *)state->sanctions.rows + i;
        if (!builder_find(builder, sanction->entity, &designation))
            continue;
        builder_term(builder, designation, TERM_PROGRAMME, sanction->programme);
        builder_listed(builder, designation, sanction->listed);
    }
    return builder_fine(builder, err);
}

static void release(void *opaque) {
    struct ftm *state = opaque;
    arena_free(state->arena);
    free(state->parties.rows);
    free(state->ties.rows);
    free(state->sanctions.rows);
}

const struct list_format format_ftm = {
    .name = "ftm", .state_size = sizeof(struct ftm), .line = line, .finish = finish, .release = release};
