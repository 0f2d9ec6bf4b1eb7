#include "sanctions/holders.h"
#include "sanctions/regime.h"

enum { NODES = LIMIT_SCREENING_FINDINGS + LIMIT_SCREENING_ASSOCIATES, ALIKE = 16 };

/* One that a list tells of, and the party of the graph that it is. */
struct node {
    uint32_t list;
    struct listed_party who;
    uint32_t party;
};

struct climb {
    struct graph *graph;
    const struct holders_means *means;
    const struct sighting *sightings;
    size_t count;
    bool all;
    size_t node_count, added; /* added: parties that came in from lists */
    struct screen_hit hits[ALIKE];
    struct node nodes[NODES]; /* in the order in which they are climbed from */
};

static const struct associates *associates_at(const struct climb *climb, uint32_t list) {
    return &climb->means->lists->associates->lists[list];
}

static bool same_one(struct listed_party a, struct listed_party b) {
    return a.designated == b.designated && a.number == b.number;
}

static const struct node *find_node(const struct climb *climb, uint32_t list, struct listed_party who) {
    for (size_t i = 0; i < climb->node_count; i++)
        if (climb->nodes[i].list == list && same_one(climb->nodes[i].who, who))
            return &climb->nodes[i];
    return NULL;
}

static struct source source_of(struct climb *climb, const struct designations *list, struct bytes id) {
    char version[65];
    struct source source = {0};
    sha256_hex(list->version, version);
    source.title = arena_printf(climb->graph->arena, "list %s, version %.16s, %.*s", list->source, version,
                                BYTES_FORMAT(id));
    return source;
}

/* --- listings --- */

static bool add_listing(struct climb *climb, uint32_t party, const struct designations *list,
                        const struct designation *one, const char *regime, bool frozen, struct error *err) {
    struct bytes id = designations_text(list, one->id);
    struct listing listing = {.party = party,
                              .regime = regime,
                              .id = arena_string(climb->graph->arena, id),
                              .listed = partial_date_first(one->listed, DAY_FIRST),
                              .until = DAY_LAST,
                              .source = source_of(climb, list, id)};
    listing.freeze = frozen ? listing.listed : DAY_LAST;
    return graph_add_listing(climb->graph, &listing, err);
}

static bool is_first_of_its_regime(const struct rules *rules, uint32_t number) {
    for (uint32_t i = 0; i < number; i++)
        if (strcmp(rules->rules[i].regime, rules->rules[number].regime) == 0)
            return false;
    return true;
}

static bool add_listings(struct climb *climb, uint32_t party, const struct designations *list,
                         const struct designation *one, struct error *err) {
    const struct rules *rules = climb->means->rules;
    struct regimes regimes = regimes_of(list, one);
    for (size_t i = 0; i < regimes.count; i++)
        if (!add_listing(climb, party, list, one, regimes.names[i], regimes.frozen, err))
            return false;
    for (uint32_t i = 0; regimes.all && i < rules->count; i++)
        if (is_first_of_its_regime(rules, i) &&
            !add_listing(climb, party, list, one, rules->rules[i].regime, regimes.frozen, err))
            return false;
    return true;
}

/* --- parties --- */

/* From now on this one of a list is that party, to be climbed from. */
static bool take(struct climb *climb, uint32_t list, struct listed_party who, uint32_t party,
                 struct error *err) {
    const struct associates *associates = associates_at(climb, list);
    if (climb->node_count == NODES)
        return error_set(err, ERROR_QUOTA, "lists tell of more than %d parties behind an account", NODES);
    climb->nodes[climb->node_count++] = (struct node){list, who, party};
    return !who.designated ||
           add_listings(climb, party, associates->list, associates_get(associates, who), err);
}

/* Another list's party that was taken already and has such a name or number: not the one below, as a group
 * and its company share their name. */
static bool find_alike(struct climb *climb, const struct node *below, struct listed_party who,
                       uint32_t *ret_party, bool *ret_found, struct error *err) {
    const struct associates *associates = associates_at(climb, below->list);
    const struct designations *of = associates_of(associates, who);
    const struct designation *one = associates_get(associates, who);
    struct bytes numbers[SCREEN_IDENTIFIERS];
    struct screen_query query = {
        .name = designation_name(of, one), .kind = (enum designation_kind)one->kind, .identifiers = numbers};
    size_t count;
    struct error failure;
    *ret_found = false;
    for (; query.identifier_count < MIN(one->identifiers.count, (uint32_t)SCREEN_IDENTIFIERS);
         query.identifier_count++)
        numbers[query.identifier_count] = designations_text(
            of, of->identifiers[one->identifiers.first + query.identifier_count].value);
    struct screener *screener = who.designated ? climb->means->designated : climb->means->associates;
    if (!screen_find(screener, &query, climb->hits, ALIKE, &count, &failure))
        return failure.code == ERROR_VALIDATION || error_set(err, failure.code, "%s", failure.text);
    for (size_t i = 0; i < count && !*ret_found; i++) {
        struct listed_party other = {who.designated, climb->hits[i].designation};
        const struct node *node = find_node(climb, climb->hits[i].list, other);
        *ret_found = node && node->list != below->list && node->party != below->party;
        *ret_party = *ret_found ? node->party : 0;
    }
    return true;
}

/* A group has no owners whom nobody knows: of whoever comes from a list, what the list says is all that is
 * asked. */
static bool add_party(struct climb *climb, uint32_t list, struct listed_party who, uint32_t *ret_party,
                      struct error *err) {
    const struct associates *associates = associates_at(climb, list);
    const struct designations *of = associates_of(associates, who);
    const struct designation *one = associates_get(associates, who);
    struct bytes name = designation_name(of, one), id = designations_text(of, one->id);
    struct arena *arena = climb->graph->arena;
    struct party party = {.id = arena_printf(arena, "%s/%.*s", of->source, BYTES_FORMAT(id)),
                          .name = arena_string(arena, name.len > 0 ? name : id),
                          .kind = one->kind == DESIGNATION_PERSON ? PARTY_PERSON : PARTY_GROUP};
    if (!party.id || !party.name)
        return error_set(err, ERROR_QUOTA, "no memory for those whom lists put behind an account");
    if (one->countries.count > 0)
        memcpy(party.country, of->countries[one->countries.first].code, 2);
    return graph_find(climb->graph, bytes_of(party.id), ret_party) ||
           graph_add_party(climb->graph, &party, ret_party, err);
}

/* The party of the graph that this one of the same list is. *ret_found false: it is beyond the limit. */
static bool party_of(struct climb *climb, const struct node *below, struct listed_party who,
                     uint32_t *ret_party, bool *ret_found, struct error *err) {
    const struct node *node = find_node(climb, below->list, who);
    *ret_found = node || climb->added < LIMIT_SCREENING_ASSOCIATES;
    if (node)
        *ret_party = node->party;
    if (node || !*ret_found)
        return true;
    bool alike = false;
    if (climb->means->lists->count > 1 && !find_alike(climb, below, who, ret_party, &alike, err))
        return false;
    if (!alike && !add_party(climb, below->list, who, ret_party, err))
        return false;
    climb->added++;
    return take(climb, below->list, who, *ret_party, err);
}

/* --- facts --- */

/* What such a link says, without from and to; false: nothing that leads down from the other. */
static bool fact_of(const struct designation_link *link, struct fact *ret_fact) {
    struct fact fact = {.observed = DAY_LAST, .entered = DAY_LAST};
    switch (link->kind) {
    case LINK_OWNER:
    case LINK_PARENT:
        fact.kind = FACT_OWNS;
        fact.least = link->share * 100u;
        fact.most = link->share_most > 0 ? link->share_most * 100u : SHARE_WHOLE;
        break;
    case LINK_DIRECTOR:
        fact.kind = FACT_DIRECTS;
        break;
    case LINK_PRINCIPAL:
        fact.kind = FACT_ACTS_FOR;
        break;
    case LINK_FAMILY:
        fact.kind = FACT_FAMILY;
        break;
    default:
        return false;
    }
    link_days(link, &fact.since, &fact.until);
    if (fact.since >= fact.until) /* a list that contradicts itself does not end a holding */
        fact.since = DAY_FIRST;
    *ret_fact = fact;
    return true;
}

/* Somebody of the graph may be this one, by name: what the list says of it is then not sure to be of a holder
 * beside those of the graph. */
static bool is_doubtful(const struct climb *climb, uint32_t list, struct listed_party who) {
    for (size_t i = 0; i < climb->count; i++)
        if (!climb->sightings[i].sure && climb->sightings[i].list == list &&
            same_one(climb->sightings[i].who, who))
            return true;
    return false;
}

static bool follow(struct climb *climb, struct node node, const struct designation_link *link,
                   struct error *err) {
    const struct associates *associates = associates_at(climb, node.list);
    const struct designations *of = associates_of(associates, node.who);
    struct listed_party other;
    struct fact fact;
    uint32_t party;
    bool found;
    if (!fact_of(link, &fact) || (node.who.designated && fact.kind != FACT_OWNS) ||
        !associates_find(associates, designations_text(of, link->id), &other) ||
        (!climb->all && is_doubtful(climb, node.list, other)))
        return true;
    if (!party_of(climb, &node, other, &party, &found, err))
        return false;
    if (!found || party == node.party)
        return true;
    fact.from = fact.kind == FACT_ACTS_FOR ? node.party : party;
    fact.to = fact.kind == FACT_ACTS_FOR ? party : node.party;
    fact.source = source_of(climb, of, designations_text(of, associates_get(associates, node.who)->id));
    return graph_add_fact(climb->graph, &fact, err);
}

bool holders_add(struct graph *graph, const struct holders_means *means, const struct sighting *sightings,
                 size_t count, bool all, struct error *err) {
    CLEANUP_FREE struct climb *climb = calloc(1, sizeof *climb);
    if (!climb)
        return error_set(err, ERROR_INTERNAL, "no memory for those whom lists put behind an account");
    climb->graph = graph;
    climb->means = means;
    climb->sightings = sightings;
    climb->count = count;
    climb->all = all;
    for (size_t i = 0; i < count; i++)
        if ((sightings[i].sure || (all && !sightings[i].who.designated)) &&
            !take(climb, sightings[i].list, sightings[i].who, sightings[i].party, err))
            return false;
    for (size_t i = 0; i < climb->node_count; i++) {
        struct node node = climb->nodes[i];
        const struct associates *associates = associates_at(climb, node.list);
        struct span links = associates_get(associates, node.who)->links;
        for (uint32_t k = links.first; k < links.first + links.count; k++)
            if (!follow(climb, node, &associates_of(associates, node.who)->links[k], err))
                return false;
    }
    return true;
}
