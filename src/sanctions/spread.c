#include "sanctions/spread.h"

bool link_leads_from(const struct link *link, uint32_t party) {
    switch (link->kind) {
    case FACT_FAMILY:
    case FACT_JOINT:
        return true;
    case FACT_ACTS_FOR: /* the one it acts for leads */
        return party == link->to;
    default:
        return party == link->from;
    }
}

bool party_has_owners(const struct party *party) {
    return party->kind <= PARTY_TRUST;
}

static bool out_of_work(struct error *err) {
    return error_set(err, ERROR_QUOTA, "the ownership graph is too entangled for a verdict");
}

static bool spend(struct spread *spread, uint32_t links, struct error *err) {
    if (spread->work < links)
        return out_of_work(err);
    spread->work -= links;
    return true;
}

static bool find_near(struct spread *spread, uint32_t target, struct error *err) {
    const struct link *link;
    spread->near[target] = true;
    spread->queue[0] = target;
    for (uint32_t first = 0, end = 1; first < end; first++) {
        uint32_t party = spread->queue[first];
        for (uint32_t i = 0; (link = view_link(spread->view, party, i)); i++) {
            uint32_t other = link_other_end(link, party);
            if (!spend(spread, 1, err))
                return false;
            if (link_leads_from(link, other) && !spread->near[other]) {
                spread->near[other] = true;
                spread->queue[end++] = other;
            }
        }
    }
    return true;
}

bool spread_make(struct arena *arena, const struct view *view, const struct rule *rule, uint32_t target,
                 struct spread *ret_spread, struct error *err) {
    size_t parties = view->graph->party_count;
    struct spread spread = {.view = view, .rule = rule, .work = LIMIT_OWNERSHIP_WORK};
    spread.near = arena_array(arena, parties, sizeof *spread.near);
    spread.reach = arena_array(arena, parties, sizeof *spread.reach);
    spread.rank = arena_array(arena, parties, sizeof *spread.rank);
    spread.via = arena_array(arena, parties, sizeof *spread.via);
    spread.queue = arena_array(arena, 2 * parties, sizeof *spread.queue); /* an ally may come in later */
    if (!spread.near || !spread.reach || !spread.rank || !spread.via || !spread.queue)
        return error_set(err, ERROR_QUOTA, "no memory for a verdict on the ownership graph");
    if (!find_near(&spread, target, err))
        return false;
    *ret_spread = spread;
    return true;
}

static void clear(struct spread *spread) {
    for (uint32_t i = 0; i < spread->queued; i++)
        spread->reach[spread->queue[i]] = REACH_OUT;
    spread->queued = 0;
}

static void join(struct spread *spread, uint32_t party, enum reach reach) {
    if (spread->reach[party] == REACH_OUT)
        spread->rank[party] = spread->queued;
    spread->reach[party] = (uint8_t)reach;
    spread->queue[spread->queued++] = party;
}

/* Shares of one company: direct ones add up, of effective ones the largest counts. */
struct tally {
    uint64_t direct, effective;
};

static void tally_add(struct tally *tally, bool effective, uint32_t share) {
    if (effective)
        tally->effective = MAX(tally->effective, share);
    else
        tally->direct += share;
}

static uint64_t tally_share(struct tally tally) {
    return MIN(SHARE_WHOLE, MAX(tally.direct, tally.effective));
}

uint32_t spread_unexplained(const struct view *view, uint32_t party) {
    struct tally told = {0, 0};
    for (uint32_t i = view->in[party]; i < view->in[party + 1]; i++)
        if (view->links[i].kind == FACT_OWNS)
            tally_add(&told, view->links[i].effective, view->links[i].least);
    return SHARE_WHOLE - (uint32_t)tally_share(told);
}

/* The most that those inside can hold. Links of one holder stand together, the direct one first: of its two
 * shares the larger is the most that it has. */
static uint64_t most_inside(const struct spread *spread, uint32_t party, enum fact_kind kind) {
    const struct view *view = spread->view;
    const struct link *last = NULL;
    uint64_t most = 0;
    for (uint32_t i = view->in[party]; i < view->in[party + 1]; i++) {
        const struct link *link = &view->links[i];
        if (link->kind != kind || spread->reach[link->from] == REACH_OUT)
            continue;
        most += link->most - (last && last->from == link->from ? MIN(link->most, last->most) : 0);
        last = link;
    }
    return most;
}

/* Whether those inside hold enough of a company's capital or votes. */
static bool share_is_met(const struct spread *spread, uint32_t party, enum fact_kind kind, enum bound bound) {
    struct tally inside = {0, 0}, outside = {0, 0};
    const struct view *view = spread->view;
    bool told = false, genuine = bound == BOUND_UNKNOWN;
    for (uint32_t i = view->in[party]; i < view->in[party + 1]; i++) {
        const struct link *link = &view->links[i];
        if (link->kind != kind)
            continue;
        told = true;
        tally_add(spread->reach[link->from] ? &inside : &outside, link->effective, link->least);
        genuine |= spread->reach[link->from] == REACH_IN;
    }
    if (!genuine || (kind == FACT_VOTES && !told))
        return false;
    uint64_t rest = SHARE_WHOLE - tally_share(outside);
    uint64_t share = bound == BOUND_CERTAIN    ? tally_share(inside)
                     : bound == BOUND_POSSIBLE ? MIN(most_inside(spread, party, kind), rest)
                                               : rest;
    return rule_is_met(spread->rule, share);
}

static bool has_board(const struct spread *spread, uint32_t party) {
    const struct view *view = spread->view;
    for (uint32_t i = view->in[party]; i < view->in[party + 1]; i++)
        if (view->links[i].kind == FACT_APPOINTS && spread->reach[view->links[i].from] == REACH_IN)
            return true;
    return false;
}

static bool is_owned(const struct spread *spread, uint32_t party, enum bound bound) {
    if (bound == BOUND_UNKNOWN && !party_has_owners(&spread->view->graph->parties[party]))
        return false;
    return share_is_met(spread, party, FACT_OWNS, bound) ||
           (spread->rule->votes && share_is_met(spread, party, FACT_VOTES, bound)) ||
           (spread->rule->board && has_board(spread, party));
}

/* Lets a party join when it is owned by those inside. */
static bool visit(struct spread *spread, uint32_t party, enum bound bound, struct error *err) {
    const struct view *view = spread->view;
    if (spread->reach[party] == REACH_IN || !spread->near[party])
        return true;
    if (!spend(spread, view->in[party + 1] - view->in[party], err))
        return false;
    if (is_owned(spread, party, bound))
        join(spread, party, REACH_IN);
    return true;
}

static bool go_on_from(struct spread *spread, uint32_t party, enum bound bound, struct error *err) {
    const struct link *link;
    for (uint32_t i = 0; (link = view_link(spread->view, party, i)); i++) {
        uint32_t other = link_other_end(link, party);
        if (!spend(spread, 1, err))
            return false;
        if (link->kind == FACT_JOINT) {
            if (spread->rule->joint && spread->reach[other] == REACH_OUT && spread->near[other])
                join(spread, other, REACH_ALLY);
        } else if (link->from == party && (fact_has_share(link->kind) || link->kind == FACT_APPOINTS)) {
            if (!visit(spread, other, bound, err))
                return false;
        }
    }
    return true;
}

bool spread_owned(struct spread *spread, const uint32_t *seeds, uint32_t count, enum bound bound,
                  struct error *err) {
    clear(spread);
    for (uint32_t i = 0; i < count; i++)
        join(spread, seeds[i], REACH_IN);
    if (bound == BOUND_UNKNOWN)
        for (uint32_t party = 0; party < spread->view->graph->party_count; party++)
            if (!visit(spread, party, bound, err))
                return false;
    for (uint32_t i = 0; i < spread->queued; i++)
        if (!go_on_from(spread, spread->queue[i], bound, err))
            return false;
    return true;
}

/* Whether influence passes: over a holding only when those inside have enough together. */
static bool leads_on(struct spread *spread, const struct link *link, uint32_t party, uint32_t share,
                     bool *ret_leads, struct error *err) {
    const struct view *view = spread->view;
    *ret_leads = link_leads_from(link, party);
    if (!*ret_leads || !fact_has_share(link->kind) || link->most >= share)
        return true;
    *ret_leads = most_inside(spread, link->to, link->kind) >= share;
    return spend(spread, view->in[link->to + 1] - view->in[link->to], err);
}

bool spread_influence(struct spread *spread, uint32_t seed, uint32_t share, struct error *err) {
    const struct link *link;
    clear(spread);
    join(spread, seed, REACH_IN);
    for (uint32_t first = 0; first < spread->queued; first++) {
        uint32_t party = spread->queue[first];
        for (uint32_t i = 0; (link = view_link(spread->view, party, i)); i++) {
            uint32_t other = link_other_end(link, party);
            bool leads = false;
            if (!spend(spread, 1, err) ||
                (spread->reach[other] == REACH_OUT && !leads_on(spread, link, party, share, &leads, err)))
                return false;
            if (!leads)
                continue;
            spread->via[other] = (uint32_t)(link - spread->view->links);
            join(spread, other, REACH_IN);
        }
    }
    return true;
}
