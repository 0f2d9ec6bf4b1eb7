/* A verdict is made in the order of gravity: is the party listed; does it belong to somebody listed, for
 * certain or possibly; may somebody listed control it; did a holding fall that would have made it so;
 * and could owners that nobody knows be listed. What is asked of the graph is in spread.h. */
#include "sanctions/verdict.h"
#include "sanctions/facts.h"
#include "sanctions/spread.h"

struct making {
    struct arena *arena;
    const struct view *view;
    const struct rule *rule;
    struct spread spread;
    struct verdict verdict;
    /* Who of those near is listed, the target apart: first those with a freeze, then those without. */
    uint32_t *listed;
    uint32_t frozen_count, listed_count;
    bool owned;
    bool *seen; /* a party: lies on the way that was collected last */
    uint32_t *queue;
};

const char *result_name(enum result result) {
    static const char *const names[RESULTS] = {"clear", "clear-with-risk", "review", "review-control",
                                               "blocked"};
    return names[result];
}

const char *finding_kind_name(enum finding_kind kind) {
    static const char *const names[FINDING_KINDS] = {
        "listed",  "listed-only", "owned",          "owned-listed", "together", "may-own",
        "control", "fell",        "unknown-owners", "holds",        "country"};
    return names[kind];
}

bool listing_is_frozen(const struct listing *listing, int32_t day) {
    return listing->freeze <= day;
}

/* Keeps the gravest when there are too many. */
static void report(struct making *making, struct finding finding) {
    struct verdict *verdict = &making->verdict;
    uint32_t count = verdict->finding_count, place = count;
    if (!verdict->in_force && finding.kind != FINDING_LISTED)
        finding.argues = MIN(finding.argues, RESULT_CLEAR_WITH_RISK);
    verdict->result = MAX(verdict->result, finding.argues);
    while (place > 0 && verdict->findings[place - 1].argues < finding.argues)
        place--;
    memmove(verdict->findings + place + 1, verdict->findings + place,
            (count - place) * sizeof *verdict->findings);
    verdict->findings[place] = finding;
    if (count < LIMIT_OWNERSHIP_FINDINGS)
        verdict->finding_count++;
    else
        verdict->findings_left_out++;
}

static bool no_room(struct error *err) {
    return error_set(err, ERROR_QUOTA, "no memory for a verdict on the ownership graph");
}

/* Whether the link is one of those by which the party came to be inside; of unknown owners all links
 * between those inside are, as each may have come first. */
static bool brought_in(const struct spread *spread, const struct link *link, uint32_t party, bool any_order) {
    uint32_t other = link_other_end(link, party);
    bool counts = link->kind == FACT_JOINT
                      ? spread->reach[party] == REACH_ALLY
                      : link->to == party && (fact_has_share(link->kind) || link->kind == FACT_APPOINTS);
    return counts && spread->reach[other] != REACH_OUT &&
           (any_order || spread->rank[other] < spread->rank[party]);
}

/* The links over which the target came to be owned; `seen` are then the parties on the way. */
static bool collect_owned(struct making *making, struct finding *finding, struct error *err) {
    struct link *steps = arena_array(making->arena, LIMIT_OWNERSHIP_STEPS, sizeof *steps);
    const struct link *link;
    uint32_t count = 0, end = 1;
    if (!steps)
        return no_room(err);
    memset(making->seen, 0, making->view->graph->party_count * sizeof *making->seen);
    making->queue[0] = making->verdict.party;
    making->seen[making->queue[0]] = true;
    for (uint32_t first = 0; first < end; first++) {
        uint32_t party = making->queue[first];
        for (uint32_t i = 0; (link = view_link(making->view, party, i)); i++) {
            uint32_t other = link_other_end(link, party);
            if (!brought_in(&making->spread, link, party, finding->kind == FINDING_UNKNOWN))
                continue;
            if (count < LIMIT_OWNERSHIP_STEPS)
                steps[LIMIT_OWNERSHIP_STEPS - ++count] = *link; /* the cause first */
            else
                finding->cut = true;
            if (!making->seen[other]) {
                making->seen[other] = true;
                making->queue[end++] = other;
            }
        }
    }
    finding->steps = steps + LIMIT_OWNERSHIP_STEPS - count;
    finding->step_count = count;
    return true;
}

/* Searches from the seeds and reports when it reaches the target. */
static bool look_owned(struct making *making, const uint32_t *seeds, uint32_t count, enum bound bound,
                       struct finding finding, bool *ret_found, struct error *err) {
    *ret_found = false;
    if (count == 0)
        return true;
    if (!spread_owned(&making->spread, seeds, count, bound, err))
        return false;
    if (making->spread.reach[making->verdict.party] != REACH_IN)
        return true;
    finding.party = count == 1 ? seeds[0] : PARTY_SEVERAL;
    *ret_found = true;
    if (!collect_owned(making, &finding, err))
        return false;
    report(making, finding);
    return true;
}

/* All seeds together where the rule adds up, else each for itself. */
static bool look_owned_by(struct making *making, const uint32_t *seeds, uint32_t count, enum bound bound,
                          struct finding finding, bool *ret_found, struct error *err) {
    if (making->rule->aggregate)
        return look_owned(making, seeds, count, bound, finding, ret_found, err);
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        bool found;
        if (!look_owned(making, &seeds[i], 1, bound, finding, &found, err))
            return false;
        any |= found;
    }
    *ret_found = any;
    return true;
}

static bool find_owners(struct making *making, struct error *err) {
    const uint32_t *listed = making->listed;
    uint32_t frozen = making->frozen_count, all = making->listed_count;
    bool found = false, possible = false;
    struct finding owned = {.kind = FINDING_OWNED, .argues = RESULT_BLOCKED},
                   open = {.kind = FINDING_MAY_OWN, .argues = RESULT_REVIEW},
                   together = {.kind = FINDING_TOGETHER, .argues = RESULT_REVIEW},
                   early = {.kind = FINDING_OWNED_LISTED, .argues = RESULT_REVIEW};
    if (!look_owned_by(making, listed, frozen, BOUND_CERTAIN, owned, &making->owned, err))
        return false;
    if (making->owned)
        return true;
    if (all > frozen && !look_owned_by(making, listed, all, BOUND_CERTAIN, early, &found, err))
        return false;
    if (!found && !making->rule->aggregate &&
        !look_owned(making, listed, all, BOUND_CERTAIN, together, &found, err))
        return false;
    return found || look_owned_by(making, listed, all, BOUND_POSSIBLE, open, &possible, err);
}

/* The link over which influence came, or another of the same two and kind with a larger share. */
static struct link largest_like(const struct view *view, uint32_t number) {
    struct link link = view->links[number];
    for (uint32_t i = view->in [link.to]; i < view->in[link.to + 1]; i++)
        if (view->links[i].from == link.from && view->links[i].kind == link.kind &&
            view->links[i].most > link.most)
            link = view->links[i];
    return link;
}

/* The chain of influence from the party to the target. */
static bool collect_chain(struct making *making, struct finding *finding, struct error *err) {
    const struct spread *spread = &making->spread;
    uint32_t party = making->verdict.party, length = 0;
    struct link *steps = arena_array(making->arena, LIMIT_OWNERSHIP_STEPS, sizeof *steps);
    if (!steps)
        return no_room(err);
    for (; party != finding->party; length++) {
        if (length < LIMIT_OWNERSHIP_STEPS)
            steps[LIMIT_OWNERSHIP_STEPS - 1 - length] = largest_like(spread->view, spread->via[party]);
        party = link_other_end(&spread->view->links[spread->via[party]], party);
    }
    finding->step_count = MIN(length, LIMIT_OWNERSHIP_STEPS);
    finding->cut = length > LIMIT_OWNERSHIP_STEPS;
    finding->steps = steps + LIMIT_OWNERSHIP_STEPS - finding->step_count;
    return true;
}

static bool find_control_by(struct making *making, uint32_t party, bool frozen, struct error *err) {
    struct finding finding = {.kind = FINDING_CONTROL, .party = party};
    if (!spread_influence(&making->spread, party, making->rule->influence, err))
        return false;
    if (making->spread.reach[making->verdict.party] == REACH_IN)
        finding.argues = making->rule->control != CONTROL_LIMB ? RESULT_CLEAR_WITH_RISK
                         : frozen                              ? RESULT_REVIEW_CONTROL
                                                               : RESULT_REVIEW;
    else {
        finding = (struct finding){.kind = FINDING_HOLDS, .argues = RESULT_CLEAR_WITH_RISK, .party = party};
        if (!spread_influence(&making->spread, party, 0, err))
            return false;
    }
    if (!collect_chain(making, &finding, err))
        return false;
    if (finding.kind == FINDING_HOLDS || making->rule->control != CONTROL_IGNORED)
        report(making, finding);
    return true;
}

static bool find_control(struct making *making, struct error *err) {
    for (uint32_t i = 0; i < making->listed_count; i++)
        if (!find_control_by(making, making->listed[i], i < making->frozen_count, err))
            return false;
    return true;
}

/* Whether there still is such a link, and the most that its share can be. */
static bool is_left(const struct view *view, const struct fact *fact, uint32_t *ret_share) {
    bool left = false;
    *ret_share = 0;
    for (uint32_t i = view->in [fact->to]; i < view->in[fact->to + 1]; i++)
        if (view->links[i].from == fact->from && view->links[i].kind == fact->kind) {
            left = true;
            *ret_share = MAX(*ret_share, view->links[i].most);
        }
    return left;
}

/* A share that was enough for ownership, or for influence, and is no more; or an office or a right that
 * ended. What is left of a share is *ret_share. */
static bool has_fallen(const struct view *view, const struct rule *rule, const struct fact *fact,
                       uint32_t *ret_share) {
    bool left = is_left(view, fact, ret_share);
    if (!fact_has_share(fact->kind))
        return !left &&
               (fact->kind == FACT_APPOINTS || fact->kind == FACT_CONTROLS || fact->kind == FACT_DIRECTS);
    return (rule_is_met(rule, fact->most) && !rule_is_met(rule, *ret_share)) ||
           (fact->most >= rule->influence && *ret_share < rule->influence);
}

/* Of each party the listed one that it is, or that has influence over it; PARTY_SEVERAL: none. */
static bool find_causes(struct making *making, uint32_t *causes, struct error *err) {
    struct spread *spread = &making->spread;
    uint32_t parties = making->view->graph->party_count;
    memset(causes, 0xff, parties * sizeof *causes);
    for (uint32_t party = 0; party < parties; party++) {
        if (!making->verdict.listed_as[party])
            continue;
        if (!spread_influence(spread, party, making->rule->influence, err))
            return false;
        for (uint32_t i = 0; i < spread->queued; i++)
            if (causes[spread->queue[i]] == PARTY_SEVERAL)
                causes[spread->queue[i]] = party;
        causes[party] = party;
    }
    return true;
}

static bool find_fallen(struct making *making, struct error *err) {
    const struct graph *graph = making->view->graph;
    uint32_t *causes = arena_array(making->arena, graph->party_count, sizeof *causes);
    if (!causes)
        return no_room(err);
    if (!find_causes(making, causes, err))
        return false;
    for (uint32_t i = 0; i < graph->fact_count; i++) {
        const struct fact *fact = &graph->facts[i];
        int32_t ended = fact->observed == DAY_LAST ? fact->until : fact->observed, day = making->view->day;
        struct finding finding = {.kind = FINDING_FELL, .argues = RESULT_REVIEW, .fact = i};
        if (causes[fact->from] == PARTY_SEVERAL || !making->spread.near[fact->to] || ended > day ||
            (int64_t)day - ended > making->rule->lookback_days)
            continue;
        finding.party = causes[fact->from];
        if (has_fallen(making->view, making->rule, fact, &finding.share))
            report(making, finding);
    }
    return true;
}

/* A listed party may be among those that nobody names. */
static bool find_unknown(struct making *making, struct error *err) {
    const struct view *view = making->view;
    struct finding finding = {.kind = FINDING_UNKNOWN,
                              .argues = making->rule->unknown_is_review ? RESULT_REVIEW
                                                                        : RESULT_CLEAR_WITH_RISK};
    if (!spread_owned(&making->spread, making->listed, making->listed_count, BOUND_UNKNOWN, err))
        return false;
    if (making->spread.reach[making->verdict.party] != REACH_IN)
        return true;
    if (!collect_owned(making, &finding, err))
        return false;
    for (uint32_t party = 0; party < view->graph->party_count; party++) {
        finding.party = party;
        finding.share = spread_unexplained(view, party);
        if (making->seen[party] && party_has_owners(&view->graph->parties[party]) && finding.share > 0 &&
            !making->verdict.listed_as[party])
            report(making, finding);
    }
    return true;
}

static void find_countries(struct making *making) {
    const struct graph *graph = making->view->graph;
    for (uint32_t i = 0; i < graph->party_count; i++)
        if (making->spread.near[i] && graph->parties[i].country[0] &&
            strstr(making->rule->risk_countries, graph->parties[i].country))
            report(making,
                   (struct finding){.kind = FINDING_COUNTRY, .argues = RESULT_CLEAR_WITH_RISK, .party = i});
}

static void find_listing(struct making *making) {
    const struct view *view = making->view;
    uint32_t party = making->verdict.party;
    const struct listing *listing = making->verdict.listed_as[party];
    if (listing && listing_is_frozen(listing, view->day))
        report(making, (struct finding){.kind = FINDING_LISTED, .argues = RESULT_BLOCKED, .party = party});
    else if (listing)
        report(making,
               (struct finding){.kind = FINDING_LISTED_ONLY, .argues = RESULT_REVIEW, .party = party});
}

/* Fills listed_as. */
static void find_listings(struct making *making) {
    const struct graph *graph = making->view->graph;
    int32_t day = making->view->day;
    for (uint32_t i = 0; i < graph->listing_count; i++) {
        const struct listing *listing = &graph->listings[i];
        const struct listing **as = &making->verdict.listed_as[listing->party];
        if (strcmp(listing->regime, making->rule->regime) != 0)
            continue;
        making->verdict.listings++;
        if (listing->listed <= day && day < listing->until &&
            (!*as || (!listing_is_frozen(*as, day) && listing_is_frozen(listing, day))))
            *as = listing;
    }
}

/* Fills `listed`: in two rounds, the frozen first. */
static void find_listed(struct making *making) {
    const struct view *view = making->view;
    for (int round = 0; round < 2; round++) {
        for (uint32_t party = 0; party < view->graph->party_count; party++) {
            const struct listing *as = making->verdict.listed_as[party];
            if (as && making->spread.near[party] && party != making->verdict.party &&
                listing_is_frozen(as, view->day) == (round == 0))
                making->listed[making->listed_count++] = party;
        }
        if (round == 0)
            making->frozen_count = making->listed_count;
    }
}

static bool prepare(struct making *making, struct error *err) {
    struct arena *arena = making->arena;
    uint32_t parties = making->view->graph->party_count;
    struct verdict *verdict = &making->verdict;
    /* One to spare, as a finding is put in before the last one goes. */
    verdict->findings = arena_array(arena, LIMIT_OWNERSHIP_FINDINGS + 1, sizeof *verdict->findings);
    verdict->listed_as = arena_array(arena, parties, sizeof(struct listing *));
    making->listed = arena_array(arena, parties, sizeof *making->listed);
    making->seen = arena_array(arena, parties, sizeof *making->seen);
    making->queue = arena_array(arena, parties, sizeof *making->queue);
    if (!verdict->findings || !verdict->listed_as || !making->listed || !making->seen || !making->queue)
        return no_room(err);
    if (!spread_make(arena, making->view, making->rule, verdict->party, &making->spread, err))
        return false;
    find_listings(making);
    find_listed(making);
    return true;
}

bool verdict_make(struct arena *arena, const struct view *view, const struct rule *rule, uint32_t party,
                  struct verdict *ret_verdict, struct error *err) {
    struct making making = {
        .arena = arena,
        .view = view,
        .rule = rule,
        .verdict = {
            .party = party, .day = view->day, .rule = rule, .in_force = rule_in_force(rule, view->day)}};
    if (!prepare(&making, err))
        return false;
    find_listing(&making);
    if (!find_owners(&making, err))
        return false;
    if (making.verdict.result < RESULT_BLOCKED &&
        (!find_control(&making, err) || !find_fallen(&making, err) || !find_unknown(&making, err)))
        return false;
    find_countries(&making);
    if (!facts_digest(arena, view, making.spread.near, &making.verdict, &making.verdict.facts, err))
        return false;
    *ret_verdict = making.verdict;
    return true;
}
