/* Each fact is one line of text, which is hashed; the hashes are sorted, and their concatenation is hashed.
 * Strings end with a NUL inside a line, so that no two facts make the same line. */
#include "sanctions/facts.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

struct digesting {
    const struct view *view;
    struct buffer line;
    struct sha256 *digests;
    size_t count;
    bool failed;
};

static void put(struct digesting *digesting, const char *text) {
    buffer_append(&digesting->line, text, strlen(text) + 1);
}

static void put_id(struct digesting *digesting, uint32_t party) {
    put(digesting, party == PARTY_SEVERAL ? "" : digesting->view->graph->parties[party].id);
}

static void finish_line(struct digesting *digesting) {
    digesting->failed |= digesting->line.failed;
    digesting->digests[digesting->count++] = sha256_of(buffer_bytes(&digesting->line));
    digesting->line.len = 0;
}

static void put_rule(struct digesting *digesting, const struct verdict *verdict) {
    const struct rule *rule = verdict->rule;
    put(digesting, "rule");
    put(digesting, rule->name);
    put(digesting, rule->regime);
    put(digesting, rule->risk_countries);
    buffer_printf(&digesting->line, "%u %d%d%d%d%d%d%d %u %u %d", rule->threshold, rule->inclusive,
                  rule->aggregate, rule->votes, rule->board, rule->joint, (int)rule->control,
                  rule->unknown_is_review, rule->influence, rule->lookback_days, verdict->in_force);
    finish_line(digesting);
    put(digesting, "asked");
    put_id(digesting, verdict->party);
    finish_line(digesting);
}

static void put_party(struct digesting *digesting, uint32_t number, const struct listing *listing) {
    const struct party *party = &digesting->view->graph->parties[number];
    put(digesting, "party");
    put(digesting, party->id);
    put(digesting, party->name);
    put(digesting, party->country);
    put(digesting, party_kind_name(party->kind));
    if (listing) {
        put(digesting, listing_is_frozen(listing, digesting->view->day) ? "frozen" : "listed");
        put(digesting, listing->id ? listing->id : "");
    }
    finish_line(digesting);
}

static void put_link(struct digesting *digesting, const struct link *link) {
    put(digesting, "link");
    put_id(digesting, link->from);
    put_id(digesting, link->to);
    put(digesting, fact_kind_name(link->kind));
    buffer_printf(&digesting->line, "%d %u %u", link->effective, link->least, link->most);
    finish_line(digesting);
}

static void put_finding(struct digesting *digesting, const struct finding *finding) {
    put(digesting, "finding");
    put(digesting, finding_kind_name(finding->kind));
    put(digesting, result_name(finding->argues));
    put_id(digesting, finding->party);
    if (finding->kind == FINDING_FELL) {
        const struct fact *fact = &digesting->view->graph->facts[finding->fact];
        put_id(digesting, fact->from);
        put_id(digesting, fact->to);
        buffer_printf(&digesting->line, "%u %u %d %d", fact->most, finding->share, fact->until,
                      fact->observed);
    }
    finish_line(digesting);
}

static int compare_digests(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct sha256));
}

bool facts_digest(struct arena *arena, const struct view *view, const bool *near,
                  const struct verdict *verdict, struct sha256 *ret_digest, struct error *err) {
    const struct graph *graph = view->graph;
    size_t most = (size_t)graph->party_count + view->count + verdict->finding_count + 2;
    struct digesting digesting = {.view = view,
                                  .line = buffer_new(LINE_MAX_BYTES),
                                  .digests = arena_array(arena, most, sizeof *digesting.digests)};
    if (!digesting.digests)
        return error_set(err, ERROR_QUOTA, "no memory for the digest of a verdict");
    put_rule(&digesting, verdict);
    for (uint32_t i = 0; i < graph->party_count; i++)
        if (near[i])
            put_party(&digesting, i, verdict->listed_as[i]);
    for (uint32_t i = 0; i < view->count; i++)
        if (near[view->links[i].from] && near[view->links[i].to])
            put_link(&digesting, &view->links[i]);
    for (uint32_t i = 0; i < verdict->finding_count; i++)
        put_finding(&digesting, &verdict->findings[i]);
    buffer_release(&digesting.line);
    if (digesting.failed)
        return error_set(err, ERROR_QUOTA, "a name in the ownership graph is too long");
    qsort(digesting.digests, digesting.count, sizeof *digesting.digests, compare_digests);
    *ret_digest = sha256_of(
        (struct bytes){(const char *)digesting.digests, digesting.count * sizeof *digesting.digests});
    return true;
}
