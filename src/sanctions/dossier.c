#include <math.h>
#include <yyjson.h>
#include "sanctions/dossier.h"

/* Where the reader is: of which array, and which item of it, for messages. */
struct reading {
    struct graph *graph;
    const char *section;
    size_t item;
    struct error *err;
};

static bool refuse(const struct reading *reading, const char *why, const char *what) {
    return error_set(reading->err, ERROR_VALIDATION, "%s %zu: %s '%.60s'", reading->section,
                     reading->item + 1, why, what);
}

/* A member that is there and not null. */
static yyjson_val *member(yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    return yyjson_is_null(value) ? NULL : value;
}

/* Members are only those in the list, which ends with NULL. */
static bool check_members(const struct reading *reading, yyjson_val *object, const char *const *names) {
    size_t index, count;
    yyjson_val *key, *value;
    if (!yyjson_is_obj(object))
        return refuse(reading, "is not an object", "");
    yyjson_obj_foreach(object, index, count, key, value) {
        size_t i = 0;
        while (names[i] && !yyjson_equals_str(key, names[i]))
            i++;
        if (!names[i])
            return refuse(reading, "has a member that is not known:", yyjson_get_str(key));
    }
    return true;
}

/* A string without a NUL inside is one in C, too. */
static bool is_plain(yyjson_val *value) {
    const char *text = yyjson_get_str(value);
    return text && strlen(text) == yyjson_get_len(value);
}

/* NULL when absent. */
static bool read_text(const struct reading *reading, yyjson_val *object, const char *name,
                      const char **ret_text) {
    yyjson_val *value = member(object, name);
    if (value && !is_plain(value))
        return refuse(reading, "is not a text:", name);
    *ret_text = yyjson_get_str(value);
    return true;
}

static bool read_needed(const struct reading *reading, yyjson_val *object, const char *name,
                        const char **ret_text) {
    if (!read_text(reading, object, name, ret_text))
        return false;
    return (*ret_text && (*ret_text)[0]) || refuse(reading, "needs the member", name);
}

/* The fallback when absent. */
static bool read_day(const struct reading *reading, yyjson_val *object, const char *name, int32_t fallback,
                     int32_t *ret_day) {
    const char *text;
    if (!read_text(reading, object, name, &text))
        return false;
    *ret_day = fallback;
    return !text || day_parse(bytes_of(text), ret_day) ||
           refuse(reading, "is not a day such as 2022-03-24:", name);
}

static bool read_party(const struct reading *reading, yyjson_val *object, const char *name,
                       uint32_t *ret_party) {
    const char *id;
    return read_needed(reading, object, name, &id) &&
           (graph_find(reading->graph, bytes_of(id), ret_party) || refuse(reading, "has no party", id));
}

static bool read_percent(yyjson_val *value, uint32_t *ret_share) {
    double percent = yyjson_get_num(value);
    if (!yyjson_is_num(value) || !(percent >= 0 && percent <= 100))
        return false;
    *ret_share = (uint32_t)lround(percent * 1e4);
    return true;
}

/* A number, [least, most], or nothing when it is not told. */
static bool read_share(const struct reading *reading, yyjson_val *object, struct fact *fact) {
    yyjson_val *value = member(object, "pct");
    fact->most = SHARE_WHOLE;
    if (!value)
        return true;
    bool good = yyjson_is_arr(value) ? yyjson_arr_size(value) == 2 &&
                                           read_percent(yyjson_arr_get_first(value), &fact->least) &&
                                           read_percent(yyjson_arr_get_last(value), &fact->most)
                                     : read_percent(value, &fact->least) && read_percent(value, &fact->most);
    return good || refuse(reading, "is neither a percentage nor two:", "pct");
}

/* "direct ..." or "effective ...", and whatever the source says besides. */
static bool read_directness(const struct reading *reading, yyjson_val *object, struct fact *fact) {
    const char *kind;
    if (!read_text(reading, object, "kind", &kind))
        return false;
    struct bytes view = bytes_of(kind);
    fact->effective = bytes_starts_with(view, "effective") || bytes_starts_with(view, "indirect");
    fact->how = kind ? kind : fact->how;
    return !kind || fact->effective || bytes_starts_with(view, "direct") ||
           refuse(reading, "begins neither with 'direct' nor with 'effective':", "kind");
}

/* "src": a text, or {"title", "url", "date"}. */
static bool read_source(const struct reading *reading, yyjson_val *object, struct source *source) {
    static const char *const names[] = {"title", "url", "date", NULL};
    yyjson_val *value = member(object, "src");
    if (!yyjson_is_obj(value))
        return read_text(reading, object, "src", &source->title);
    return check_members(reading, value, names) && read_text(reading, value, "title", &source->title) &&
           read_text(reading, value, "url", &source->url) && read_text(reading, value, "date", &source->date);
}

static bool read_fact(const struct reading *reading, yyjson_val *object, void *context) {
    static const char *const shares[] = {"owner", "owned", "pct",        "kind",       "from", "until",
                                         "asof",  "src",   "entered_by", "entered_at", NULL};
    static const char *const others[] = {"by",   "of",  "how",        "from",       "until",
                                         "asof", "src", "entered_by", "entered_at", NULL};
    enum fact_kind kind = *(const enum fact_kind *)context;
    bool share = fact_has_share(kind);
    struct fact fact = {.kind = kind};
    return check_members(reading, object, share ? shares : others) &&
           read_party(reading, object, share ? "owner" : "by", &fact.from) &&
           read_party(reading, object, share ? "owned" : "of", &fact.to) &&
           (share ? read_share(reading, object, &fact) && read_directness(reading, object, &fact)
                  : read_text(reading, object, "how", &fact.how)) &&
           read_day(reading, object, "from", DAY_FIRST, &fact.since) &&
           read_day(reading, object, "until", DAY_LAST, &fact.until) &&
           read_day(reading, object, "asof", DAY_LAST, &fact.observed) &&
           read_source(reading, object, &fact.source) &&
           read_text(reading, object, "entered_by", &fact.entered_by) &&
           read_day(reading, object, "entered_at", DAY_LAST, &fact.entered) &&
           graph_add_fact(reading->graph, &fact, reading->err);
}

static bool read_listing(const struct reading *reading, yyjson_val *object, void *context) {
    (void)context;
    static const char *const names[] = {"who",          "regime", "id",  "date_designated",
                                        "asset_freeze", "until",  "src", NULL};
    struct listing listing = {0};
    return check_members(reading, object, names) && read_party(reading, object, "who", &listing.party) &&
           read_needed(reading, object, "regime", &listing.regime) &&
           read_text(reading, object, "id", &listing.id) &&
           read_needed(reading, object, "date_designated", &(const char *){NULL}) &&
           read_day(reading, object, "date_designated", DAY_FIRST, &listing.listed) &&
           read_day(reading, object, "asset_freeze", listing.listed, &listing.freeze) &&
           read_day(reading, object, "until", DAY_LAST, &listing.until) &&
           read_source(reading, object, &listing.source) &&
           graph_add_listing(reading->graph, &listing, reading->err);
}

static bool read_identifiers(const struct reading *reading, yyjson_val *object, uint32_t party) {
    size_t index, count;
    yyjson_val *key, *value, *ids = member(object, "ids");
    if (!ids)
        return true;
    if (!yyjson_is_obj(ids))
        return refuse(reading, "is not an object:", "ids");
    yyjson_obj_foreach(ids, index, count, key, value) {
        struct party_identifier identifier = {.party = party, .label = yyjson_get_str(key)};
        if (!read_needed(reading, ids, identifier.label, &identifier.value) ||
            !graph_add_identifier(reading->graph, &identifier, reading->err))
            return false;
    }
    return true;
}

static bool read_kind(const struct reading *reading, const char *type, struct party *party) {
    party->kind = PARTY_COMPANY;
    if (!type)
        return true;
    for (int i = 0; i < PARTY_KINDS; i++)
        if (strcmp(type, party_kind_name((enum party_kind)i)) == 0) {
            party->kind = (enum party_kind)i;
            return true;
        }
    return refuse(reading, "has a type that is not known:", type);
}

static bool read_country(const struct reading *reading, const char *country, struct party *party) {
    for (int i = 0; country && i < 2; i++) {
        char letter = country[i] >= 'a' && country[i] <= 'z' ? (char)(country[i] - 'a' + 'A') : country[i];
        if (letter < 'A' || letter > 'Z')
            return refuse(reading, "is not a country of two letters:", country);
        party->country[i] = letter;
    }
    return !country || !country[2] || refuse(reading, "is not a country of two letters:", country);
}

static bool read_parties(struct reading *reading, yyjson_val *parties) {
    size_t count;
    yyjson_val *key, *object;
    reading->section = "party";
    if (!yyjson_is_obj(parties))
        return error_set(reading->err, ERROR_VALIDATION, "'parties' is not there, or not an object");
    yyjson_obj_foreach(parties, reading->item, count, key, object) {
        struct party party = {.id = yyjson_get_str(key)};
        const char *type, *country;
        uint32_t number;
        if (!yyjson_is_obj(object) || !is_plain(key))
            return refuse(reading, "is not an object:", party.id);
        if (!read_needed(reading, object, "name", &party.name) ||
            !read_text(reading, object, "type", &type) || !read_kind(reading, type, &party) ||
            !read_text(reading, object, "country", &country) || !read_country(reading, country, &party) ||
            !graph_add_party(reading->graph, &party, &number, reading->err) ||
            !read_identifiers(reading, object, number))
            return false;
    }
    return true;
}

/* Reads the items of an array that may be absent. */
static bool read_items(struct reading *reading, yyjson_val *root, const char *name,
                       bool (*read)(const struct reading *reading, yyjson_val *object, void *context),
                       void *context) {
    size_t count;
    yyjson_val *array = member(root, name), *object;
    if (!array)
        return true;
    if (!yyjson_is_arr(array))
        return error_set(reading->err, ERROR_VALIDATION, "'%s' is not an array", name);
    reading->section = name;
    yyjson_arr_foreach(array, reading->item, count, object) {
        if (!read(reading, object, context))
            return false;
    }
    return true;
}

static bool read_facts(struct reading *reading, yyjson_val *root) {
    for (int i = 0; i < FACT_KINDS; i++) {
        enum fact_kind kind = (enum fact_kind)i;
        if (!read_items(reading, root, fact_kind_name(kind), read_fact, &kind))
            return false;
    }
    return read_items(reading, root, "designations", read_listing, NULL);
}

/* A copy in the graph's memory. */
static bool keep(const struct reading *reading, const char **text) {
    if (*text && !(*text = arena_string(reading->graph->arena, bytes_of(*text))))
        return error_set(reading->err, ERROR_QUOTA, "the texts of the file are too long");
    return true;
}

static bool read_decision(const struct reading *reading, yyjson_val *object, void *context) {
    struct dossier *dossier = context;
    struct decision *decision = &dossier->decisions[dossier->decision_count];
    static const char *const names[] = {"who",     "regime", "decision",  "by",        "at", "reasons",
                                        "expires", "facts",  "authority", "reference", NULL};
    const char *kind, *facts = NULL;
    uint32_t party;
    if (!check_members(reading, object, names) || !read_party(reading, object, "who", &party) ||
        !read_needed(reading, object, "regime", &decision->regime) ||
        !read_needed(reading, object, "decision", &kind) ||
        !read_text(reading, object, "by", &decision->by) ||
        !read_text(reading, object, "reasons", &decision->reasons) ||
        !read_text(reading, object, "facts", &facts) ||
        !read_text(reading, object, "authority", &decision->authority) ||
        !read_text(reading, object, "reference", &decision->reference) ||
        !read_day(reading, object, "at", DAY_LAST, &decision->at) ||
        !read_day(reading, object, "expires", DAY_LAST, &decision->expires))
        return false;
    int number = 0;
    while (number < DECISION_KINDS && strcmp(kind, decision_kind_name((enum decision_kind)number)) != 0)
        number++;
    if (number == DECISION_KINDS)
        return refuse(reading, "is a decision that is not known:", kind);
    decision->kind = (enum decision_kind)number;
    decision->party = reading->graph->parties[party].id;
    if (decision->kind != DECISION_LICENCE &&
        !hex_decode(bytes_of(facts), decision->facts.bytes, sizeof decision->facts.bytes))
        return refuse(reading, "needs the digest of its", "facts");
    dossier->decision_count++;
    return decision_check(decision, reading->err) && keep(reading, &decision->regime) &&
           keep(reading, &decision->by) && keep(reading, &decision->reasons) &&
           keep(reading, &decision->authority) && keep(reading, &decision->reference);
}

/* Other members of an expectation are for people. */
static bool read_expectation(const struct reading *reading, yyjson_val *object, void *context) {
    struct dossier *dossier = context;
    struct expectation *expectation = &dossier->expectations[dossier->expectation_count];
    const char *verdict;
    if (!read_party(reading, object, "screen", &expectation->party) ||
        !read_day(reading, object, "asof", DAY_LAST, &expectation->day) ||
        !read_needed(reading, object, "regime", &expectation->regime) ||
        !read_needed(reading, object, "verdict", &verdict))
        return false;
    for (int i = 0; i < RESULTS; i++)
        if (strcmp(verdict, result_name((enum result)i)) == 0) {
            expectation->result = (enum result)i;
            dossier->expectation_count++;
            return keep(reading, &expectation->regime);
        }
    return refuse(reading, "expects a verdict that is not known:", verdict);
}

static bool read_root(struct reading *reading, yyjson_val *root, struct dossier *dossier) {
    static const char *const names[] = {"parties",           "owns",     "votes",  "appoints", "controls",
                                        "directs",           "acts_for", "family", "joint",    "designations",
                                        "decisions",         "expect",   "about",  "rule",     "note",
                                        "not_found_by_name", NULL};
    reading->section = "the file,";
    if (!check_members(reading, root, names) || !read_parties(reading, member(root, "parties")) ||
        !read_facts(reading, root))
        return false;
    dossier->decisions = calloc(yyjson_arr_size(member(root, "decisions")) + 1, sizeof *dossier->decisions);
    dossier->expectations = calloc(yyjson_arr_size(member(root, "expect")) + 1,
                                   sizeof *dossier->expectations);
    if (!dossier->decisions || !dossier->expectations)
        return error_set(reading->err, ERROR_INTERNAL, "no memory for the decisions of a file");
    return read_items(reading, root, "decisions", read_decision, dossier) &&
           read_items(reading, root, "expect", read_expectation, dossier);
}

void dossier_release(struct dossier *dossier) {
    graph_free(dossier->graph);
    free(dossier->decisions);
    free(dossier->expectations);
    *dossier = (struct dossier){0};
}

bool dossier_read(struct bytes text, struct dossier *ret_dossier, struct error *err) {
    struct dossier dossier = {.graph = graph_new()};
    struct reading reading = {.graph = dossier.graph, .err = err};
    yyjson_read_err problem = {.msg = "it is too large"};
    yyjson_doc *document = NULL;
    bool good = false;
    if (!dossier.graph)
        return error_set(err, ERROR_INTERNAL, "no memory for an ownership graph");
    if (text.len <= LIMIT_OWNERSHIP_FILE)
        document = yyjson_read_opts((char *)(uintptr_t)text.ptr, text.len, YYJSON_READ_NOFLAG, NULL,
                                    &problem);
    if (document)
        good = read_root(&reading, yyjson_doc_get_root(document), &dossier);
    else
        error_set(err, ERROR_VALIDATION, "it is no JSON: %s at byte %zu", problem.msg, problem.pos);
    yyjson_doc_free(document);
    if (!good) {
        dossier_release(&dossier);
        return false;
    }
    *ret_dossier = dossier;
    return true;
}
