#include <yyjson.h>
#include "sanctions/explain.h"

enum { PERCENT_TEXT = 16, SENTENCE_MAX = 256 * 1024, CLOSE = SHARE_WHOLE / 20 };

/* "49.94": as many decimals as needed, at most four. */
static const char *percent(uint32_t share, char out[PERCENT_TEXT]) {
    int len = snprintf(out, PERCENT_TEXT, "%u.%04u", share / 10000, share % 10000);
    while (out[len - 1] == '0')
        out[--len] = 0;
    if (out[len - 1] == '.')
        out[len - 1] = 0;
    return out;
}

static const char *const verbs[FACT_KINDS] = {"holds",
                                              "holds",
                                              "may appoint most of the board of",
                                              "controls",
                                              "directs",
                                              "acts for",
                                              "is a near relative of",
                                              "exercises its rights jointly with"};

static const char *name_of(const struct view *view, uint32_t party) {
    return view->graph->parties[party].name;
}

static void put_listing(const struct listing *listing, struct buffer *out) {
    char listed[DAY_TEXT], frozen[DAY_TEXT];
    day_format(listing->listed, listed);
    day_format(listing->freeze, frozen);
    buffer_printf(out, " (%s%s%s, listed %s", listing->regime, listing->id ? " " : "",
                  listing->id ? listing->id : "", listed);
    if (listing->freeze != listing->listed)
        buffer_printf(out, ", assets frozen %s", frozen);
    buffer_text(out, ")");
}

/* "AFK (UK RUS1926, listed 2023-05-18)". */
static void put_listed(const struct view *view, const struct verdict *verdict, uint32_t party,
                       struct buffer *out) {
    buffer_text(out, party == PARTY_SEVERAL ? "listed parties together" : name_of(view, party));
    if (party != PARTY_SEVERAL && verdict->listed_as[party])
        put_listing(verdict->listed_as[party], out);
}

static void put_threshold(const struct rule *rule, struct buffer *out) {
    char text[PERCENT_TEXT];
    buffer_printf(out, rule->inclusive ? "%s %% or more" : "more than %s %%", percent(rule->threshold, text));
}

static void put_fall(const struct view *view, const struct verdict *verdict, const struct finding *finding,
                     struct buffer *out) {
    const struct fact *fact = &view->graph->facts[finding->fact];
    char before[PERCENT_TEXT], now[PERCENT_TEXT], day[DAY_TEXT];
    const char *from = name_of(view, fact->from), *to = name_of(view, fact->to);
    bool seen = fact->observed != DAY_LAST;
    day_format(seen ? fact->observed : fact->until, day);
    if (fact_has_share(fact->kind))
        buffer_printf(out, "%s held %s %% of %s %s %s, and now %s %%; ", from, percent(fact->most, before),
                      to, seen ? "on" : "until", day, percent(finding->share, now));
    else
        buffer_printf(out, "this ended on %s: %s %s %s; ", day, from, verbs[fact->kind], to);
    put_listed(view, verdict, finding->party, out);
    buffer_text(out, finding->party == fact->from ? " is the one" : " may stand behind it");
}

void explain_finding(const struct view *view, const struct verdict *verdict, const struct finding *finding,
                     struct buffer *out) {
    static const struct {
        const char *before, *after;
        bool threshold;
    } words[FINDING_KINDS] = {
        [FINDING_LISTED] = {"", " is listed itself, with its assets frozen", false},
        [FINDING_LISTED_ONLY] = {"", " is listed itself, but not with an asset freeze yet", false},
        [FINDING_OWNED] = {"owned by ", ": by what the rule counts as theirs, ", true},
        [FINDING_OWNED_LISTED] = {"owned by ", ", not all with an asset freeze yet: ", true},
        [FINDING_TOGETHER] = {"owned by ", ", if they hold it under a joint arrangement: ", true},
        [FINDING_MAY_OWN] = {"possibly owned by ", ", as the sources leave shares open: it takes ", true},
        [FINDING_CONTROL] = {"", " may control it. Can it be expected to have its way there?", false},
        [FINDING_HOLDS] = {"", " holds some of it, too little to count as influence", false},
    };
    char text[PERCENT_TEXT];
    switch (finding->kind) {
    case FINDING_FELL:
        put_fall(view, verdict, finding, out);
        return;
    case FINDING_UNKNOWN:
        buffer_printf(out, "nobody is said to hold %s %% of %s: somebody listed may",
                      percent(finding->share, text), name_of(view, finding->party));
        return;
    case FINDING_COUNTRY:
        buffer_printf(out, "%s is of %s, a country that the rule names as a risk",
                      name_of(view, finding->party), view->graph->parties[finding->party].country);
        return;
    default:
        buffer_text(out, words[finding->kind].before);
        put_listed(view, verdict, finding->party, out);
        buffer_text(out, words[finding->kind].after);
        if (words[finding->kind].threshold)
            put_threshold(verdict->rule, out);
    }
}

static void put_share(const struct link *step, struct buffer *out) {
    char least[PERCENT_TEXT], most[PERCENT_TEXT];
    percent(step->least, least);
    percent(step->most, most);
    if (step->least == step->most)
        buffer_printf(out, "%s %%", most);
    else if (step->least == 0 && step->most == SHARE_WHOLE)
        buffer_text(out, "a share that is not told");
    else
        buffer_printf(out, "from %s to %s %%", least, most);
    if (step->kind == FACT_VOTES)
        buffer_text(out, " of the votes");
}

static void put_origin(const struct fact *fact, struct buffer *out) {
    char seen[DAY_TEXT];
    day_format(fact->observed, seen);
    if (fact->how)
        buffer_printf(out, " [%s]", fact->how);
    if (seen[0])
        buffer_printf(out, ", seen %s", seen);
    if (fact->source.title || fact->source.url)
        buffer_printf(out, " (%s)", fact->source.title ? fact->source.title : fact->source.url);
}

void explain_step(const struct view *view, const struct rule *rule, const struct link *step,
                  struct buffer *out) {
    buffer_printf(out, "%s %s ", name_of(view, step->from), verbs[step->kind]);
    if (fact_has_share(step->kind)) {
        put_share(step, out);
        buffer_text(out, " of ");
    }
    buffer_text(out, name_of(view, step->to));
    if (fact_has_share(step->kind) && !rule_is_met(rule, step->most) && step->most + CLOSE >= rule->threshold)
        buffer_text(out, ", which is just under what the rule asks,");
    put_origin(&view->graph->facts[step->fact], out);
}

/* --- JSON --- */

struct writing {
    yyjson_mut_doc *document;
    const struct view *view;
    const struct verdict *verdict;
};

static bool add_text(struct writing *writing, yyjson_mut_val *object, const char *name, const char *text) {
    return !text || yyjson_mut_obj_add_strcpy(writing->document, object, name, text);
}

/* Takes the buffer. */
static bool add_sentence(struct writing *writing, yyjson_mut_val *object, struct buffer *sentence) {
    bool good = !sentence->failed &&
                yyjson_mut_obj_add_strncpy(writing->document, object, "text", sentence->data, sentence->len);
    buffer_release(sentence);
    return good;
}

static bool add_day(struct writing *writing, yyjson_mut_val *object, const char *name, int32_t day) {
    char text[DAY_TEXT];
    day_format(day, text);
    return !text[0] || add_text(writing, object, name, text);
}

static bool add_percent(struct writing *writing, yyjson_mut_val *object, const char *name, uint32_t share) {
    return yyjson_mut_obj_add_real(writing->document, object, name, share / 1e4);
}

static yyjson_mut_val *step_json(struct writing *writing, const struct link *step) {
    const struct graph *graph = writing->view->graph;
    const struct fact *fact = &graph->facts[step->fact];
    yyjson_mut_val *object = yyjson_mut_obj(writing->document);
    struct buffer sentence = buffer_new(SENTENCE_MAX);
    explain_step(writing->view, writing->verdict->rule, step, &sentence);
    bool good = add_sentence(writing, object, &sentence) &&
                add_text(writing, object, "kind", fact_kind_name(step->kind)) &&
                add_text(writing, object, "from", graph->parties[step->from].id) &&
                add_text(writing, object, "to", graph->parties[step->to].id) &&
                add_text(writing, object, "source", fact->source.title) &&
                add_text(writing, object, "url", fact->source.url) &&
                add_text(writing, object, "source_date", fact->source.date) &&
                add_text(writing, object, "entered_by", fact->entered_by) &&
                add_day(writing, object, "entered_at", fact->entered);
    if (good && fact_has_share(step->kind))
        good = add_percent(writing, object, "least", step->least) &&
               add_percent(writing, object, "most", step->most) &&
               yyjson_mut_obj_add_bool(writing->document, object, "effective", step->effective);
    return good ? object : NULL;
}

static bool add_steps(struct writing *writing, yyjson_mut_val *object, const struct finding *finding) {
    yyjson_mut_val *steps = yyjson_mut_obj_add_arr(writing->document, object, "steps");
    for (uint32_t i = 0; i < finding->step_count; i++)
        if (!yyjson_mut_arr_append(steps, step_json(writing, &finding->steps[i])))
            return false;
    return steps && yyjson_mut_obj_add_bool(writing->document, object, "cut", finding->cut);
}

static bool add_listing(struct writing *writing, yyjson_mut_val *object, const struct listing *listing) {
    return !listing || (add_text(writing, object, "designation", listing->id) &&
                        add_day(writing, object, "date_designated", listing->listed) &&
                        add_day(writing, object, "asset_freeze", listing->freeze));
}

static yyjson_mut_val *finding_json(struct writing *writing, const struct finding *finding) {
    const struct graph *graph = writing->view->graph;
    yyjson_mut_val *object = yyjson_mut_obj(writing->document);
    struct buffer sentence = buffer_new(SENTENCE_MAX);
    explain_finding(writing->view, writing->verdict, finding, &sentence);
    bool good = add_sentence(writing, object, &sentence) &&
                add_text(writing, object, "kind", finding_kind_name(finding->kind)) &&
                add_text(writing, object, "argues", result_name(finding->argues));
    if (good && finding->party != PARTY_SEVERAL)
        good = add_text(writing, object, "party", graph->parties[finding->party].id) &&
               add_listing(writing, object, writing->verdict->listed_as[finding->party]);
    return good && add_steps(writing, object, finding) ? object : NULL;
}

static bool add_findings(struct writing *writing, yyjson_mut_val *object) {
    const struct verdict *verdict = writing->verdict;
    yyjson_mut_val *findings = yyjson_mut_obj_add_arr(writing->document, object, "findings");
    for (uint32_t i = 0; i < verdict->finding_count; i++)
        if (!yyjson_mut_arr_append(findings, finding_json(writing, &verdict->findings[i])))
            return false;
    return findings && yyjson_mut_obj_add_uint(writing->document, object, "findings_left_out",
                                               verdict->findings_left_out);
}

struct yyjson_mut_val *explain_json(struct yyjson_mut_doc *document, const struct view *view,
                                    const struct verdict *verdict) {
    struct writing writing = {document, view, verdict};
    const struct party *party = &view->graph->parties[verdict->party];
    yyjson_mut_val *object = yyjson_mut_obj(document);
    char facts[65];
    sha256_hex(verdict->facts, facts);
    bool good = add_text(&writing, object, "party", party->id) &&
                add_text(&writing, object, "name", party->name) &&
                add_day(&writing, object, "as_of", verdict->day) &&
                add_text(&writing, object, "regime", verdict->rule->regime) &&
                add_text(&writing, object, "verdict", result_name(verdict->result)) &&
                add_text(&writing, object, "rule", verdict->rule->name) &&
                add_text(&writing, object, "authority", verdict->rule->authority) &&
                add_text(&writing, object, "rule_source", verdict->rule->source) &&
                yyjson_mut_obj_add_bool(document, object, "in_force", verdict->in_force) &&
                yyjson_mut_obj_add_uint(document, object, "designations", verdict->listings) &&
                add_text(&writing, object, "facts", facts) && add_findings(&writing, object);
    return good ? object : NULL;
}
