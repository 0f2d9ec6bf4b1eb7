/* The rules on ownership and control, by the operator's facts and by what lists state of those who were seen
 * in them.
 *
 * There are two graphs: one of what is sure, and one that takes every sighting by name for granted. The first
 * is judged as it is; of the second nothing comes but a review. */
#include "sanctions/screening_parts.h"
#include "base/buffer.h"
#include "sanctions/explain.h"

enum { WHY_BYTES = 16 * 1024 };

struct stand {
    struct graph *graph;
    struct view view;
};

static void stand_release(struct stand *stand) {
    graph_free(stand->graph);
}

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to judge who owns an account");
}

/* The graph of an account that names no party. It is a group there, which has no owners whom nobody knows:
 * only what lists say of it is asked. */
static bool graph_of_account(const struct making *making, struct graph **ret_graph, struct error *err) {
    const struct screening_subject *subject = making->subject;
    struct party party = {.id = "account",
                          .name = subject->legal_name,
                          .kind = strcmp(subject->kind, "person") == 0 ? PARTY_PERSON : PARTY_GROUP};
    uint32_t number;
    if (strlen(subject->country) == 2)
        memcpy(party.country, subject->country, 2);
    if (!(*ret_graph = graph_new()))
        return no_memory(err);
    return graph_add_party(*ret_graph, &party, &number, err);
}

static bool stand_make(struct making *making, bool all, struct stand *stand, struct error *err) {
    struct holders_means means = {making->means->lists, making->means->rules, making->designated,
                                  making->associates};
    return (making->graph ? graph_copy(making->graph, &stand->graph, err)
                          : graph_of_account(making, &stand->graph, err)) &&
           holders_add(stand->graph, &means, making->sightings, making->sighting_count, all, err) &&
           view_make(making->arena, stand->graph, making->day, &stand->view, err);
}

/* The gravest finding and the links that led to it; NULL when there is no memory. */
static const char *explain(const struct making *making, const struct view *view,
                           const struct verdict *verdict, bool doubtful) {
    struct buffer text = buffer_new(WHY_BYTES);
    const struct finding *finding = &verdict->findings[0];
    if (doubtful)
        buffer_text(&text, "If those of like names are the same: ");
    explain_finding(view, verdict, finding, &text);
    for (uint32_t i = 0; i < finding->step_count; i++) {
        buffer_text(&text, "; ");
        explain_step(view, verdict->rule, &finding->steps[i], &text);
    }
    const char *copy = text.failed ? "there is too much to it to be told here"
                                   : arena_string(making->arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

/* all: NULL when there are no sightings by name. */
static bool look_at_rule(struct making *making, const struct rule *rule, const struct stand *sure,
                         const struct stand *all, struct error *err) {
    struct verdict verdicts[2];
    const char *about = making->graph ? making->graph->parties[making->party].name
                                      : making->subject->legal_name;
    if (!verdict_make(making->arena, &sure->view, rule, making->party, &verdicts[0], err) ||
        (all && !verdict_make(making->arena, &all->view, rule, making->party, &verdicts[1], err)))
        return false;
    bool doubtful = all && MIN(verdicts[1].result, RESULT_REVIEW) > verdicts[0].result;
    enum result result = doubtful ? RESULT_REVIEW : verdicts[0].result;
    if (result < RESULT_REVIEW)
        return true;
    struct screening_finding finding = {
        .matter = MATTER_OWNERSHIP,
        .argues = result,
        .subject = arena_printf(making->arena, "ownership/%s", rule->name),
        .about = about,
        .found = arena_printf(making->arena, "%s: %s", result_name(result), rule->authority),
        .why = explain(making, doubtful ? &all->view : &sure->view, &verdicts[doubtful], doubtful),
        .sides = both_of(making->out.account_side, verdicts[doubtful].facts)};
    if (!finding.subject || !finding.found || !finding.why)
        return no_memory(err);
    return making_add(making, finding, err);
}

bool look_at_rules(struct making *making, struct error *err) {
    CLEANUP(stand_release) struct stand sure = {0};
    CLEANUP(stand_release) struct stand all = {0};
    const struct rules *rules = making->means->rules;
    bool doubtful = false;
    for (size_t i = 0; i < making->sighting_count; i++)
        doubtful |= !making->sightings[i].sure && !making->sightings[i].who.designated;
    if (!making->graph && making->sighting_count == 0)
        return true;
    if (!stand_make(making, false, &sure, err) || (doubtful && !stand_make(making, true, &all, err)))
        return false;
    for (uint32_t i = 0; i < rules->count; i++)
        if (!look_at_rule(making, &rules->rules[i], &sure, doubtful ? &all : NULL, err))
            return false;
    return true;
}
