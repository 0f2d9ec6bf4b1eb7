#define _GNU_SOURCE /* qsort_r */
#include "sanctions/view.h"

static int order(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

/* What facts of the same link have in common. */
static int compare_links(const struct fact *a, const struct fact *b) {
    int by = order(a->to, b->to);
    by = by ? by : order(a->from, b->from);
    by = by ? by : order((int)a->kind, (int)b->kind);
    return by ? by : order(a->effective, b->effective);
}

static int compare_facts(const void *left, const void *right, void *context) {
    const struct fact *facts = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int by = compare_links(&facts[a], &facts[b]);
    return by ? by : order(a, b);
}

static void widen(struct link *link, bool *found, const struct fact *fact, uint32_t number) {
    if (!*found)
        *link = (struct link){fact->from,  fact->to,   fact->kind, fact->effective,
                              fact->least, fact->most, number};
    if (fact->most > link->most)
        link->fact = number;
    link->least = MIN(link->least, fact->least);
    link->most = MAX(link->most, fact->most);
    *found = true;
}

/* The last day up to the view's on which one of them was observed, and the first after it. */
static void find_observations(const struct fact *facts, const uint32_t *group, size_t count, int32_t day,
                              int32_t *before, int32_t *after) {
    *before = DAY_FIRST;
    *after = DAY_LAST;
    for (size_t i = 0; i < count; i++) {
        int32_t observed = facts[group[i]].observed;
        if (observed <= day)
            *before = MAX(*before, observed);
        else
            *after = MIN(*after, observed);
    }
}

/* What the facts of one link say about the day; false when that is nothing. */
static bool link_make(const struct fact *facts, const uint32_t *group, size_t count, int32_t day,
                      struct link *ret_link) {
    int32_t before, after;
    bool found = false;
    find_observations(facts, group, count, day, &before, &after);
    for (size_t i = 0; i < count; i++) {
        const struct fact *fact = &facts[group[i]];
        if (fact->observed == DAY_LAST ? fact->since <= day && day < fact->until
                                       : fact->observed == before || fact->observed == after)
            widen(ret_link, &found, fact, group[i]);
    }
    if (found && before == DAY_FIRST && after != DAY_LAST)
        ret_link->least = 0;
    return found && (!fact_has_share(ret_link->kind) || ret_link->most > 0);
}

static void index_links(struct view *view) {
    uint32_t parties = view->graph->party_count;
    for (uint32_t i = 0; i < view->count; i++) {
        view->in[view->links[i].to + 1]++;
        view->out[view->links[i].from + 1]++;
    }
    for (uint32_t i = 0; i < parties; i++) {
        view->in[i + 1] += view->in[i];
        view->out[i + 1] += view->out[i];
    }
    /* Filling moves each start to the next one's place, so it goes backwards from the ends. */
    for (uint32_t i = view->count; i-- > 0;)
        view->out_links[--view->out[view->links[i].from + 1]] = i;
    memmove(view->out, view->out + 1, parties * sizeof *view->out);
    view->out[parties] = view->count;
}

bool view_make(struct arena *arena, const struct graph *graph, int32_t day, struct view *ret_view,
               struct error *err) {
    size_t count = graph->fact_count, starts = (size_t)graph->party_count + 1;
    struct view view = {.graph = graph, .day = day};
    uint32_t *sorted = arena_array(arena, count + 1, sizeof *sorted);
    view.links = arena_array(arena, count + 1, sizeof *view.links);
    view.in = arena_array(arena, starts, sizeof *view.in);
    view.out = arena_array(arena, starts, sizeof *view.out);
    view.out_links = arena_array(arena, count + 1, sizeof *view.out_links);
    if (!sorted || !view.links || !view.in || !view.out || !view.out_links)
        return error_set(err, ERROR_QUOTA, "no memory for the ownership graph of a day");
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = i;
    if (count > 0)
        qsort_r(sorted, count, sizeof *sorted, compare_facts, graph->facts);
    for (size_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && compare_links(&graph->facts[sorted[first]], &graph->facts[sorted[end]]) == 0)
            end++;
        view.count += link_make(graph->facts, sorted + first, end - first, day, &view.links[view.count]);
    }
    index_links(&view);
    *ret_view = view;
    return true;
}

const struct link *view_link(const struct view *view, uint32_t party, uint32_t number) {
    uint32_t in = view->in[party + 1] - view->in[party], out = view->out[party + 1] - view->out[party];
    if (number < in)
        return &view->links[view->in[party] + number];
    return number - in < out ? &view->links[view->out_links[view->out[party] + number - in]] : NULL;
}
