/* Three passes over a list. What its designations are tied to is found first: by name alone, or by an id
 * among the others. Then what lies below those of the others that a designated party holds or leads: below an
 * owner only what it owns, never what else its other owners or partners have, so that nobody is an associate
 * for having a common acquaintance. Then each that was reached is put together anew, with the links that lead
 * to a designated party, or up to another associate. */
#define _GNU_SOURCE /* qsort_r */
#include "sanctions/associates.h"
#include "sanctions/day.h"
#include "sanctions/lists/builder.h"
#include "sanctions/pile.h"

enum { TOLD = 8 }; /* links that are put into words */

enum reach { REACH_NONE, REACH_NAMED, REACH_HELD };

/* A link to somebody of whom the list has the name alone. */
struct named {
    uint32_t link;  /* of the list */
    uint32_t place; /* the how manieth of its designation and kind */
};

struct gathering {
    struct associates *associates;
    const struct designations *list, *others; /* others NULL: there are none */
    uint32_t *others_by_id;
    uint32_t *names_by_text; /* numbers of the list's names */
    struct pile named;       /* struct named */
    uint8_t *reach;          /* an other: enum reach */
    uint32_t *queue, queued; /* others; each comes in twice at most */
    struct builder *builder;
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory for those that lists name beside the listed");
}

/* What each is to the other, the other way round. */
static enum link_kind reverse_of(uint8_t kind) {
    static const uint8_t reverse[LINK_KINDS] = {[LINK_OTHER] = LINK_OTHER,
                                                [LINK_PARENT] = LINK_SUBSIDIARY,
                                                [LINK_SUBSIDIARY] = LINK_PARENT,
                                                [LINK_OWNER] = LINK_ASSET,
                                                [LINK_FORMER_OWNER] = LINK_FORMER_ASSET,
                                                [LINK_ASSET] = LINK_OWNER,
                                                [LINK_DIRECTOR] = LINK_DIRECTED,
                                                [LINK_DIRECTED] = LINK_DIRECTOR,
                                                [LINK_PRINCIPAL] = LINK_AGENT,
                                                [LINK_AGENT] = LINK_PRINCIPAL,
                                                [LINK_FAMILY] = LINK_FAMILY,
                                                [LINK_FORMER_ASSET] = LINK_FORMER_OWNER};
    return (enum link_kind)reverse[kind];
}

/* The other holds or leads it. */
static bool leads_up(uint8_t kind) {
    return kind == LINK_OWNER || kind == LINK_PARENT || kind == LINK_DIRECTOR || kind == LINK_PRINCIPAL;
}

/* --- ids --- */

static struct bytes id_of(const struct designations *all, uint32_t number) {
    return designations_text(all, all->designations[number].id);
}

static int compare_texts(struct bytes a, struct bytes b) {
    int order = memcmp(a.ptr, b.ptr, MIN(a.len, b.len));
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_ids(const void *left, const void *right, void *context) {
    const struct designations *all = context;
    return compare_texts(id_of(all, *(const uint32_t *)left), id_of(all, *(const uint32_t *)right));
}

/* NULL when there is no memory. */
static uint32_t *sort_ids(const struct designations *all) {
    uint32_t *by_id = calloc((size_t)all->count + 1, sizeof *by_id);
    for (uint32_t i = 0; by_id && i < all->count; i++)
        by_id[i] = i;
    if (by_id && all->count > 1)
        qsort_r(by_id, all->count, sizeof *by_id, compare_ids, (void *)(uintptr_t)all);
    return by_id;
}

static bool find_id(const struct designations *all, const uint32_t *by_id, struct bytes id,
                    uint32_t *ret_number) {
    uint32_t low = 0, high = id.len > 0 ? all->count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_texts(id_of(all, by_id[middle]), id);
        if (order == 0) {
            *ret_number = by_id[middle];
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool associates_find(const struct associates *associates, struct bytes id, struct listed_party *ret_party) {
    uint32_t number;
    bool designated = find_id(associates->list, associates->list_by_id, id, &number);
    if (!designated && !find_id(associates->parties, associates->parties_by_id, id, &number))
        return false;
    *ret_party = (struct listed_party){designated, number};
    return true;
}

/* --- gathering --- */

static bool find_other(const struct gathering *gathering, struct bytes id, uint32_t *ret_other) {
    return gathering->others && find_id(gathering->others, gathering->others_by_id, id, ret_other);
}

static bool is_designated(const struct gathering *gathering, struct bytes id) {
    uint32_t number;
    return find_id(gathering->list, gathering->associates->list_by_id, id, &number);
}

static void reach(struct gathering *gathering, uint32_t other, enum reach how) {
    if (gathering->reach[other] >= how)
        return;
    gathering->reach[other] = (uint8_t)how;
    gathering->queue[gathering->queued++] = other;
}

static struct bytes name_at(const struct designations *list, uint32_t number) {
    return designations_text(list, list->names[number].whole);
}

static int compare_names(const void *left, const void *right, void *context) {
    const struct designations *list = context;
    return compare_texts(name_at(list, *(const uint32_t *)left), name_at(list, *(const uint32_t *)right));
}

static bool is_listed_as(const struct gathering *gathering, struct bytes name) {
    const struct designations *list = gathering->list;
    uint32_t low = 0, high = list->name_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_texts(name_at(list, gathering->names_by_text[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->name_count && bytes_equal(name_at(list, gathering->names_by_text[low]), name);
}

/* As it is, or with the family name first. */
static bool is_listed_name(const struct gathering *gathering, struct bytes name) {
    char turned[LIMIT_LIST_TEXT + 1];
    struct bytes given = name, family = bytes_split(&given, ',');
    given = bytes_trim(given);
    if (is_listed_as(gathering, name))
        return true;
    int len = snprintf(turned, sizeof turned, "%.*s %.*s", BYTES_FORMAT(given), BYTES_FORMAT(family));
    return given.len > 0 && is_listed_as(gathering, (struct bytes){turned, (size_t)len});
}

static bool gather_links(struct gathering *gathering) {
    const struct designations *list = gathering->list;
    uint32_t places[LINK_KINDS] = {0}, other;
    for (uint32_t i = 0; i < list->link_count; i++) {
        const struct designation_link *link = &list->links[i];
        struct bytes id = designations_text(list, link->id);
        if (i > 0 && link->designation != list->links[i - 1].designation)
            memset(places, 0, sizeof places);
        if (is_designated(gathering, id))
            continue;
        if (find_other(gathering, id, &other))
            reach(gathering, other, leads_up(reverse_of(link->kind)) ? REACH_HELD : REACH_NAMED);
        else if (link->name.len > 0) {
            struct named named = {i, ++places[link->kind]};
            if (!pile_add(&gathering->named, &named))
                return false;
        }
    }
    return true;
}

/* Equal strings have equal places in the pool. */
static int compare_named(const void *left, const void *right, void *context) {
    const struct designations *list = context;
    const struct named *a = left, *b = right;
    uint32_t x = list->links[a->link].name.at, y = list->links[b->link].name.at;
    return x != y ? (x > y) - (x < y) : (a->link > b->link) - (a->link < b->link);
}

static uint32_t add_named(struct gathering *gathering, struct named named) {
    char id[LIMIT_LIST_TEXT];
    const struct designation_link *link = &gathering->list->links[named.link];
    struct bytes by = id_of(gathering->list, link->designation);
    int len = snprintf(id, sizeof id, "%.*s/%s", (int)MIN(by.len, LIMIT_LIST_TEXT - 64u), by.ptr,
                       link_kind_name(link->kind));
    if (named.place > 1)
        len += snprintf(id + len, sizeof id - (size_t)len, "/%u", named.place);
    uint32_t party = builder_designation(gathering->builder, (struct bytes){id, (size_t)len});
    builder_name(gathering->builder, party, NAME_PRIMARY, designations_text(gathering->list, link->name));
    return party;
}

/* Those of one name are one associate. */
static bool gather_named(struct gathering *gathering) {
    const struct designations *list = gathering->list;
    struct named *named = gathering->named.items;
    uint32_t party = 0;
    bool listed = false;
    if (gathering->named.count == 0)
        return true;
    if (!(gathering->names_by_text = calloc((size_t)list->name_count + 1, sizeof(uint32_t))))
        return false;
    for (uint32_t i = 0; i < list->name_count; i++)
        gathering->names_by_text[i] = i;
    qsort_r(gathering->names_by_text, list->name_count, sizeof(uint32_t), compare_names,
            (void *)(uintptr_t)list);
    qsort_r(named, gathering->named.count, sizeof *named, compare_named, (void *)(uintptr_t)list);
    for (size_t i = 0; i < gathering->named.count; i++) {
        const struct designation_link *link = &list->links[named[i].link];
        bool fresh = i == 0 || link->name.at != list->links[named[i - 1].link].name.at;
        if (fresh)
            listed = is_listed_name(gathering, designations_text(list, link->name));
        if (fresh && !listed)
            party = add_named(gathering, named[i]);
        if (!listed)
            builder_link(gathering->builder, party,
                         &(struct builder_link){.kind = reverse_of(link->kind),
                                                .id = id_of(list, link->designation),
                                                .since = link->since,
                                                .until = link->until,
                                                .share = link->share,
                                                .share_most = link->share_most});
    }
    return true;
}

static void gather_held(struct gathering *gathering) {
    const struct designations *others = gathering->others;
    for (uint32_t first = 0; first < gathering->queued; first++) {
        uint32_t holder = gathering->queue[first], other;
        struct span links = others->designations[holder].links;
        for (uint32_t i = links.first; i < links.first + links.count; i++)
            if (gathering->reach[holder] == REACH_HELD && leads_up(reverse_of(others->links[i].kind)) &&
                find_other(gathering, designations_text(others, others->links[i].id), &other))
                reach(gathering, other, REACH_HELD);
    }
}

static void copy_links(struct gathering *gathering, uint32_t party, struct span links) {
    const struct designations *others = gathering->others;
    for (uint32_t i = links.first; i < links.first + links.count; i++) {
        const struct designation_link *link = &others->links[i];
        struct builder_link copy = {.kind = (enum link_kind)link->kind,
                                    .id = designations_text(others, link->id),
                                    .since = link->since,
                                    .until = link->until,
                                    .share = link->share,
                                    .share_most = link->share_most};
        uint32_t other;
        if (is_designated(gathering, copy.id) ||
            (leads_up(link->kind) && find_other(gathering, copy.id, &other) && gathering->reach[other]))
            builder_link(gathering->builder, party, &copy);
    }
}

static void copy_other(struct gathering *gathering, const struct designation *one) {
    const struct designations *others = gathering->others;
    struct builder *builder = gathering->builder;
    uint32_t party = builder_designation(builder, designations_text(others, one->id));
    builder_kind(builder, party, (enum designation_kind)one->kind);
    for (uint32_t i = one->names.first; i < one->names.first + one->names.count; i++)
        builder_name(builder, party, (enum name_kind)others->names[i].kind,
                     designations_text(others, others->names[i].whole));
    for (uint32_t i = one->births.first; i < one->births.first + one->births.count; i++)
        builder_birth(builder, party, others->births[i].from, others->births[i].to, others->births[i].circa);
    for (uint32_t i = one->countries.first; i < one->countries.first + one->countries.count; i++)
        builder_country(builder, party, (enum country_role)others->countries[i].role,
                        (struct bytes){others->countries[i].code, 2});
    for (uint32_t i = one->identifiers.first; i < one->identifiers.first + one->identifiers.count; i++) {
        const struct designation_identifier *number = &others->identifiers[i];
        builder_identifier(builder, party, (enum identifier_kind)number->kind,
                           designations_text(others, number->label), designations_text(others, number->value),
                           (struct bytes){number->country, number->country[0] ? 2 : 0});
    }
    copy_links(gathering, party, one->links);
}

static bool gather(struct gathering *gathering, struct error *err) {
    const struct designations *others = gathering->others;
    size_t count = others ? others->count : 0;
    gathering->builder = builder_new();
    gathering->reach = calloc(count + 1, sizeof *gathering->reach);
    gathering->queue = calloc(2 * count + 1, sizeof *gathering->queue);
    gathering->others_by_id = others ? sort_ids(others) : NULL;
    if (!gathering->builder || !gathering->reach || !gathering->queue || (others && !gathering->others_by_id))
        return no_memory(err);
    if (!gather_links(gathering) || !gather_named(gathering))
        return no_memory(err);
    gather_held(gathering);
    for (uint32_t i = 0; i < count; i++)
        if (gathering->reach[i])
            copy_other(gathering, &others->designations[i]);
    return builder_finish(gathering->builder, &gathering->associates->parties, err);
}

static bool associates_make(struct associates *associates, const struct designations *list,
                            struct error *err) {
    struct gathering gathering = {.associates = associates,
                                  .list = list,
                                  .others = list->others,
                                  .named = pile_new(sizeof(struct named))};
    associates->list = list;
    associates->list_by_id = sort_ids(list);
    bool good = associates->list_by_id ? gather(&gathering, err) : no_memory(err);
    builder_free(gathering.builder);
    free(gathering.names_by_text);
    pile_release(&gathering.named);
    free(gathering.reach);
    free(gathering.queue);
    free(gathering.others_by_id);
    if (!good)
        return false;
    memcpy(associates->parties->source, list->source, sizeof list->source);
    associates->parties->format = list->format;
    associates->parties->version = list->version;
    associates->parties_by_id = sort_ids(associates->parties);
    return associates->parties_by_id || no_memory(err);
}

bool associates_index_new(const struct designations *const *lists, size_t count,
                          struct associates_index **ret_index, struct error *err) {
    struct associates_index *index = calloc(1, sizeof *index);
    if (!index)
        return no_memory(err);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        index->count++;
        good = associates_make(&index->lists[i], lists[i], err);
        index->parties[i] = index->lists[i].parties;
    }
    if (!good || !screen_new(index->parties, count, &index->screen, err)) {
        associates_index_free(index);
        return false;
    }
    *ret_index = index;
    return true;
}

void associates_index_free(struct associates_index *index) {
    if (!index)
        return;
    screen_free(index->screen);
    for (size_t i = 0; i < index->count; i++) {
        designations_free(index->lists[i].parties);
        free(index->lists[i].list_by_id);
        free(index->lists[i].parties_by_id);
    }
    free(index);
}

/* --- links --- */

void link_days(const struct designation_link *link, int32_t *ret_since, int32_t *ret_until) {
    *ret_since = partial_date_first(link->since, DAY_FIRST);
    *ret_until = partial_date_last(link->until, DAY_LAST);
}

bool link_holds(const struct designation_link *link, int32_t day) {
    int32_t since, until;
    link_days(link, &since, &until);
    return link->kind != LINK_FORMER_OWNER && link->kind != LINK_FORMER_ASSET && since <= day && day < until;
}

bool associate_is_tied(const struct associates *associates, uint32_t number, int32_t day) {
    const struct designations *parties = associates->parties;
    uint32_t queue[LIMIT_SCREENING_ASSOCIATES] = {number}, count = 1;
    for (uint32_t first = 0; first < count; first++) {
        struct span links = parties->designations[queue[first]].links;
        for (uint32_t i = links.first; i < links.first + links.count; i++) {
            const struct designation_link *link = &parties->links[i];
            struct listed_party other;
            uint32_t seen = 0;
            if (!link_holds(link, day) ||
                !associates_find(associates, designations_text(parties, link->id), &other))
                continue;
            if (other.designated || count == LIMIT_SCREENING_ASSOCIATES)
                return true; /* or too entangled to say no */
            while (seen < count && queue[seen] != other.number)
                seen++;
            queue[count] = other.number;
            count += seen == count;
        }
    }
    return false;
}

static void put_link(const struct associates *associates, const struct designation_link *link,
                     struct buffer *out) {
    static const char *const words[LINK_KINDS] = {[LINK_OTHER] = "linked to it",
                                                  [LINK_PARENT] = "its subsidiary",
                                                  [LINK_SUBSIDIARY] = "its parent",
                                                  [LINK_OWNER] = "its asset",
                                                  [LINK_FORMER_OWNER] = "its former asset",
                                                  [LINK_ASSET] = "its owner",
                                                  [LINK_DIRECTOR] = "directed by it",
                                                  [LINK_DIRECTED] = "its director",
                                                  [LINK_PRINCIPAL] = "acting for it",
                                                  [LINK_AGENT] = "the one it acts for",
                                                  [LINK_FAMILY] = "its relative",
                                                  [LINK_FORMER_ASSET] = "its former owner"};
    struct bytes id = designations_text(associates->parties, link->id);
    struct listed_party other;
    char since[11], until[11];
    if (!associates_find(associates, id, &other))
        return;
    struct bytes name = designation_name(associates_of(associates, other), associates_get(associates, other));
    partial_date_format(link->since, since);
    partial_date_format(link->until, until);
    buffer_printf(out, "%s%s %.*s (%.*s) names it as %s", out->len > 0 ? "; " : "",
                  other.designated ? "listed" : "unlisted", BYTES_FORMAT(id), BYTES_FORMAT(name),
                  words[link->kind]);
    if (link->share_most > 0 && link->share == link->share_most)
        buffer_printf(out, ", %.4g %%", link->share / 100.0);
    else if (link->share_most > 0)
        buffer_printf(out, ", from %.4g to %.4g %%", link->share / 100.0, link->share_most / 100.0);
    buffer_printf(out, "%s%s%s%s", since[0] ? ", since " : "", since, until[0] ? ", until " : "", until);
}

void associate_explain(const struct associates *associates, uint32_t number, struct buffer *out) {
    struct span links = associates->parties->designations[number].links;
    for (uint32_t i = 0; i < MIN(links.count, (uint32_t)TOLD); i++)
        put_link(associates, &associates->parties->links[links.first + i], out);
    if (links.count > TOLD)
        buffer_printf(out, "; and %u more", links.count - TOLD);
}
