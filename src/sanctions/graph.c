#include "sanctions/graph.h"
#include "base/limits.h"

struct graph *graph_new(void) {
    struct graph *graph = calloc(1, sizeof *graph);
    if (graph && !(graph->arena = arena_new(LIMIT_OWNERSHIP_TEXT))) {
        free(graph);
        return NULL;
    }
    return graph;
}

void graph_free(struct graph *graph) {
    if (!graph)
        return;
    arena_free(graph->arena);
    free(graph->parties);
    free(graph->facts);
    free(graph->listings);
    free(graph->identifiers);
    free(graph->by_id);
    free(graph);
}

/* As many items as `reserve` has made room for, which it makes at powers of two. */
static bool copy_items(void *ret_items, const void *items, uint32_t count, size_t size, struct error *err) {
    size_t room = 1;
    while (room < count)
        room *= 2;
    void *copy = count ? reallocarray(NULL, room, size) : NULL;
    if (count && !copy)
        return error_set(err, ERROR_INTERNAL, "no memory for the ownership graph");
    if (count)
        memcpy(copy, items, count * size);
    memcpy(ret_items, &copy, sizeof copy);
    return true;
}

bool graph_copy(const struct graph *graph, struct graph **ret_copy, struct error *err) {
    struct graph *copy = graph_new();
    if (!copy)
        return error_set(err, ERROR_INTERNAL, "no memory for the ownership graph");
    copy->party_count = graph->party_count;
    copy->fact_count = graph->fact_count;
    copy->listing_count = graph->listing_count;
    copy->identifier_count = graph->identifier_count;
    if (!copy_items(&copy->parties, graph->parties, graph->party_count, sizeof *graph->parties, err) ||
        !copy_items(&copy->by_id, graph->by_id, graph->party_count, sizeof *graph->by_id, err) ||
        !copy_items(&copy->facts, graph->facts, graph->fact_count, sizeof *graph->facts, err) ||
        !copy_items(&copy->listings, graph->listings, graph->listing_count, sizeof *graph->listings, err) ||
        !copy_items(&copy->identifiers, graph->identifiers, graph->identifier_count,
                    sizeof *graph->identifiers, err)) {
        graph_free(copy);
        return false;
    }
    *ret_copy = copy;
    return true;
}

const char *party_kind_name(enum party_kind kind) {
    static const char *const names[PARTY_KINDS] = {"company", "fund",  "trust", "person",
                                                   "group",   "state", "public"};
    return names[kind];
}

const char *fact_kind_name(enum fact_kind kind) {
    static const char *const names[FACT_KINDS] = {"owns",    "votes",    "appoints", "controls",
                                                  "directs", "acts_for", "family",   "joint"};
    return names[kind];
}

/* The array with room for one more item: it doubles each time that its count is a power of two. NULL when
 * there may or can be none; the array is then as before. */
static void *reserve(void *array, uint32_t count, size_t size, uint32_t maximum, const char *what,
                     struct error *err) {
    if (count >= maximum) {
        error_set(err, ERROR_QUOTA, "more than %u %s", maximum, what);
        return NULL;
    }
    if ((count & (count - 1)) != 0)
        return array;
    void *grown = reallocarray(array, count ? 2 * (size_t)count : 1, size);
    if (!grown)
        error_set(err, ERROR_INTERNAL, "no memory for the ownership graph");
    return grown;
}

#define RESERVE(graph, array, count, maximum, what, err)                                                   \
    ({                                                                                                     \
        void *grown = reserve((graph)->array, (graph)->count, sizeof *(graph)->array, maximum, what, err); \
        if (grown)                                                                                         \
            (graph)->array = grown;                                                                        \
        grown != NULL;                                                                                     \
    })

static bool keep(struct graph *graph, const char **text, struct error *err) {
    if (*text && strlen(*text) > LIMIT_OWNERSHIP_STRING)
        return error_set(err, ERROR_VALIDATION, "a text has more than %u bytes", LIMIT_OWNERSHIP_STRING);
    if (*text && !(*text = arena_string(graph->arena, bytes_of(*text))))
        return error_set(err, ERROR_QUOTA, "the texts of the graph need more than %u bytes",
                         LIMIT_OWNERSHIP_TEXT);
    return true;
}

static bool keep_source(struct graph *graph, struct source *source, struct error *err) {
    return keep(graph, &source->title, err) && keep(graph, &source->url, err) &&
           keep(graph, &source->date, err);
}

static int compare_id(struct bytes id, const char *other) {
    size_t len = strlen(other);
    int order = memcmp(id.ptr, other, MIN(id.len, len));
    return order ? order : (id.len > len) - (id.len < len);
}

/* Where the id stands in by_id, or would. */
static uint32_t place_of(const struct graph *graph, struct bytes id) {
    uint32_t low = 0, high = graph->party_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_id(id, graph->parties[graph->by_id[middle]].id) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool graph_find(const struct graph *graph, struct bytes id, uint32_t *ret_number) {
    uint32_t place = place_of(graph, id);
    if (place == graph->party_count || compare_id(id, graph->parties[graph->by_id[place]].id) != 0)
        return false;
    *ret_number = graph->by_id[place];
    return true;
}

bool graph_add_party(struct graph *graph, const struct party *party, uint32_t *ret_number,
                     struct error *err) {
    uint32_t number = graph->party_count, known;
    struct party kept = *party;
    if (!kept.id[0] || !kept.name[0])
        return error_set(err, ERROR_VALIDATION, "a party needs an id and a name");
    if (graph_find(graph, bytes_of(kept.id), &known))
        return error_set(err, ERROR_VALIDATION, "the party '%.100s' is there twice", kept.id);
    if (!RESERVE(graph, parties, party_count, LIMIT_OWNERSHIP_PARTIES, "parties", err) ||
        !RESERVE(graph, by_id, party_count, LIMIT_OWNERSHIP_PARTIES, "parties", err) ||
        !keep(graph, &kept.id, err) || !keep(graph, &kept.name, err))
        return false;
    uint32_t place = place_of(graph, bytes_of(kept.id));
    memmove(graph->by_id + place + 1, graph->by_id + place, (number - place) * sizeof *graph->by_id);
    graph->by_id[place] = number;
    graph->parties[graph->party_count++] = kept;
    *ret_number = number;
    return true;
}

static bool is_party(const struct graph *graph, uint32_t number, struct error *err) {
    return number < graph->party_count || error_set(err, ERROR_VALIDATION, "there is no such party");
}

static bool check_fact(const struct graph *graph, const struct fact *fact, struct error *err) {
    if (!is_party(graph, fact->from, err) || !is_party(graph, fact->to, err))
        return false;
    const char *to = graph->parties[fact->to].id;
    if (fact->from == fact->to && !fact_has_share(fact->kind))
        return error_set(err, ERROR_VALIDATION, "'%.100s' is said of itself", to);
    if (fact->least > fact->most || fact->most > SHARE_WHOLE)
        return error_set(err, ERROR_VALIDATION, "the share of '%.100s' is not from 0 to 100", to);
    if (fact->since >= fact->until)
        return error_set(err, ERROR_VALIDATION, "a fact about '%.100s' ends before it begins", to);
    if (fact->observed != DAY_LAST && (fact->since != DAY_FIRST || fact->until != DAY_LAST))
        return error_set(err, ERROR_VALIDATION, "a fact about '%.100s' has a time and an observation", to);
    return true;
}

bool graph_add_fact(struct graph *graph, const struct fact *fact, struct error *err) {
    struct fact kept = *fact;
    if (!check_fact(graph, fact, err) ||
        !RESERVE(graph, facts, fact_count, LIMIT_OWNERSHIP_FACTS, "facts", err) ||
        !keep(graph, &kept.how, err) || !keep_source(graph, &kept.source, err) ||
        !keep(graph, &kept.entered_by, err))
        return false;
    graph->facts[graph->fact_count++] = kept;
    return true;
}

bool graph_add_listing(struct graph *graph, const struct listing *listing, struct error *err) {
    struct listing kept = *listing;
    if (!is_party(graph, kept.party, err))
        return false;
    if (kept.listed >= kept.until || kept.freeze < kept.listed)
        return error_set(err, ERROR_VALIDATION,
                         "the dates of a designation of '%.100s' contradict each other",
                         graph->parties[kept.party].id);
    if (!RESERVE(graph, listings, listing_count, LIMIT_OWNERSHIP_FACTS, "designations", err) ||
        !keep(graph, &kept.regime, err) || !keep(graph, &kept.id, err) ||
        !keep_source(graph, &kept.source, err))
        return false;
    graph->listings[graph->listing_count++] = kept;
    return true;
}

bool graph_add_identifier(struct graph *graph, const struct party_identifier *identifier, struct error *err) {
    struct party_identifier kept = *identifier;
    if (!is_party(graph, kept.party, err) ||
        !RESERVE(graph, identifiers, identifier_count, LIMIT_OWNERSHIP_FACTS, "identifiers", err) ||
        !keep(graph, &kept.label, err) || !keep(graph, &kept.value, err))
        return false;
    graph->identifiers[graph->identifier_count++] = kept;
    return true;
}
