/* The accounts are the index here and the lists' changes are looked up in it: a list changes by a few names a
 * day. A name is looked for with a little less than makes a hit, since what else is known can raise a score.
 *
 * A list changes for its associates (associates.h) too: for those whom it tells something else of, and, step
 * by step, for those below whoever has changed.
 */
#include "sanctions/touched.h"
#include "sanctions/difference.h"
#include "sanctions/name_index.h"
#include "sanctions/pile.h"

#define LEAST (MATCH_REVIEW - 0.06f)

enum { HITS = 256, CHANGES_MOST = 20000, STEPS_MOST = 64 };

struct number {
    char text[IDENTIFIER_MAX + 1];
    uint32_t owner;
};

struct touched {
    struct name_index *index;
    struct name_reader *reader;
    struct pile numbers, always; /* struct number; uint32_t */
};

/* A version of a list, and whom of it the change is about. */
struct side {
    const struct associates *associates;
    bool *designated, *beside;
};

struct finding_touched {
    struct touched *touched;
    struct name_search *search;
    struct side before, after;
    bool *marks;
    struct touched_counts counts;
    bool all, failed;
    struct name_hit hits[HITS];
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to find the accounts that a list touches");
}

struct touched *touched_new(void) {
    struct touched *touched = calloc(1, sizeof *touched);
    if (!touched)
        return NULL;
    touched->numbers = pile_new(sizeof(struct number));
    touched->always = pile_new(sizeof(uint32_t));
    touched->index = name_index_new();
    if (!touched->index || !name_reader_new(&touched->reader, NULL)) {
        touched_free(touched);
        return NULL;
    }
    return touched;
}

void touched_free(struct touched *touched) {
    if (!touched)
        return;
    name_index_free(touched->index);
    name_reader_free(touched->reader);
    pile_release(&touched->numbers);
    pile_release(&touched->always);
    free(touched);
}

bool touched_add_name(struct touched *touched, struct bytes name, uint32_t owner, struct error *err) {
    struct name_readings readings;
    struct error failure;
    for (int schema = NAME_PERSON; schema <= NAME_ENTITY; schema++) {
        if (!name_read(touched->reader, name, (enum name_schema)schema, &readings, &failure)) {
            if (failure.code != ERROR_VALIDATION || !pile_add(&touched->always, &owner))
                return no_memory(err);
            continue;
        }
        for (size_t i = 0; i < readings.count; i++)
            if (!name_index_add(touched->index, &readings.names[i], owner, err))
                return false;
    }
    return true;
}

bool touched_add_number(struct touched *touched, struct bytes text, uint32_t owner, struct error *err) {
    struct identifier read = identifier_read(text);
    struct number number = {.owner = owner};
    memcpy(number.text, read.text, sizeof number.text);
    return read.len == 0 || pile_add(&touched->numbers, &number) || no_memory(err);
}

/* --- looking --- */

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct number *)a)->text, ((const struct number *)b)->text);
}

static void mark_number(struct finding_touched *finding, const char *text) {
    const struct pile *numbers = &finding->touched->numbers;
    const struct number *items = numbers->items;
    size_t low = 0, high = numbers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(items[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < numbers->count && strcmp(items[low].text, text) == 0; low++)
        finding->marks[items[low].owner] = true;
}

static void mark_name(struct finding_touched *finding, struct bytes text, enum name_schema schema) {
    struct name_readings readings;
    struct error failure;
    text.len = MIN(text.len, (size_t)LIMIT_NAME_BYTES);
    if (!name_read(finding->touched->reader, text, schema, &readings, &failure)) {
        finding->failed |= failure.code != ERROR_VALIDATION;
        return;
    }
    size_t count = name_search_find(finding->search, &readings, LEAST, finding->hits, HITS);
    finding->all |= count == HITS;
    for (size_t i = 0; i < count; i++)
        finding->marks[finding->hits[i].owner] = true;
}

static void mark(struct finding_touched *finding, const struct designations *list,
                 const struct designation *one) {
    for (uint32_t i = 0; i < one->names.count; i++) {
        struct bytes name = designations_text(list, list->names[one->names.first + i].whole);
        mark_name(finding, name, NAME_PERSON);
        mark_name(finding, name, NAME_ENTITY);
    }
    for (uint32_t i = 0; i < one->identifiers.count; i++) {
        struct bytes value = designations_text(list, list->identifiers[one->identifiers.first + i].value);
        struct identifier read = identifier_read(value);
        if (read.len > 0)
            mark_number(finding, read.text);
    }
}

static void visit(void *context, enum difference_kind kind, const struct designation *before,
                  const struct designation *after) {
    struct finding_touched *finding = context;
    struct touched_counts *counts = &finding->counts;
    *(kind == DIFFERENCE_ADDED     ? &counts->added
      : kind == DIFFERENCE_REMOVED ? &counts->removed
                                   : &counts->changed) += 1;
    if ((uint64_t)counts->added + counts->removed + counts->changed > CHANGES_MOST)
        finding->all = true;
    if (before)
        finding->before.designated[before - finding->before.associates->list->designations] = true;
    if (after)
        finding->after.designated[after - finding->after.associates->list->designations] = true;
}

static void visit_beside(void *context, enum difference_kind kind, const struct designation *before,
                         const struct designation *after) {
    struct finding_touched *finding = context;
    (void)kind;
    if (before)
        finding->before.beside[before - finding->before.associates->parties->designations] = true;
    if (after)
        finding->after.beside[after - finding->after.associates->parties->designations] = true;
}

static bool is_below_a_change(const struct side *side, const struct designation *one) {
    const struct designations *parties = side->associates->parties;
    struct listed_party other;
    for (uint32_t i = one->links.first; i < one->links.first + one->links.count; i++)
        if (associates_find(side->associates, designations_text(parties, parties->links[i].id), &other) &&
            (other.designated ? side->designated : side->beside)[other.number])
            return true;
    return false;
}

/* false: there are more steps than anybody should wait for. */
static bool spread(const struct side *side) {
    const struct designations *parties = side->associates->parties;
    bool more = true;
    for (int step = 0; more && step < STEPS_MOST; step++) {
        more = false;
        for (uint32_t i = 0; i < parties->count; i++)
            if (!side->beside[i] && is_below_a_change(side, &parties->designations[i]))
                more = side->beside[i] = true;
    }
    return !more;
}

static void mark_all(struct finding_touched *finding, const struct designations *list, const bool *changed) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++)
        count += changed[i];
    finding->all |= count > CHANGES_MOST;
    for (uint32_t i = 0; i < list->count && !finding->all; i++)
        if (changed[i])
            mark(finding, list, &list->designations[i]);
}

/* --- lists --- */

static const struct associates *list_of(const struct watchlists *lists, const char *source) {
    for (size_t i = 0; i < lists->count; i++)
        if (strcmp(lists->lists[i]->source, source) == 0)
            return &lists->associates->lists[i];
    return NULL;
}

static bool side_make(struct side *side, const struct associates *associates) {
    static struct designations none = {.format = ""};
    static const struct associates nothing = {.list = &none, .parties = &none};
    side->associates = associates ? associates : &nothing;
    side->designated = calloc((size_t)side->associates->list->count + 1, sizeof(bool));
    side->beside = calloc((size_t)side->associates->parties->count + 1, sizeof(bool));
    return side->designated && side->beside;
}

static void side_release(struct side *side) {
    free(side->designated);
    free(side->beside);
    *side = (struct side){0};
}

static bool compare_sides(struct finding_touched *finding, struct error *err) {
    const struct associates *before = finding->before.associates, *after = finding->after.associates;
    if (!difference_each(before->list, after->list, visit, finding, err) ||
        !difference_each(before->parties, after->parties, visit_beside, finding, err))
        return false;
    finding->all |= !spread(&finding->before) || !spread(&finding->after);
    mark_all(finding, before->list, finding->before.designated);
    mark_all(finding, after->list, finding->after.designated);
    mark_all(finding, before->parties, finding->before.beside);
    mark_all(finding, after->parties, finding->after.beside);
    return true;
}

/* A list that has come or gone has changed as a whole. */
static bool compare_list(struct finding_touched *finding, const struct associates *before,
                         const struct associates *after, struct error *err) {
    if (before && after && sha256_equal(before->list->version, after->list->version))
        return true;
    bool good = side_make(&finding->before, before) && side_make(&finding->after, after);
    good = good ? compare_sides(finding, err) : no_memory(err);
    side_release(&finding->before);
    side_release(&finding->after);
    return good;
}

static bool compare_all(struct finding_touched *finding, const struct watchlists *before,
                        const struct watchlists *after, struct error *err) {
    for (size_t i = 0; i < after->count; i++)
        if (!compare_list(finding, list_of(before, after->lists[i]->source), &after->associates->lists[i],
                          err))
            return false;
    for (size_t i = 0; i < before->count; i++)
        if (!list_of(after, before->lists[i]->source) &&
            !compare_list(finding, &before->associates->lists[i], NULL, err))
            return false;
    return !finding->failed || no_memory(err);
}

bool touched_find(struct touched *touched, const struct watchlists *before, const struct watchlists *after,
                  bool *marks, uint32_t owners, struct touched_counts *ret_counts, struct error *err) {
    CLEANUP_FREE struct finding_touched *finding = calloc(1, sizeof *finding);
    if (!finding)
        return no_memory(err);
    finding->touched = touched;
    finding->marks = marks;
    finding->all = !before || !after;
    bool good = true;
    if (!finding->all && owners > 0) {
        if (!name_index_seal(touched->index, err))
            return false;
        if (touched->numbers.count > 0)
            qsort(touched->numbers.items, touched->numbers.count, sizeof(struct number), by_text);
        finding->search = name_search_new(touched->index);
        good = finding->search ? compare_all(finding, before, after, err) : no_memory(err);
        name_search_free(finding->search);
    }
    for (size_t i = 0; i < touched->always.count; i++)
        marks[((const uint32_t *)touched->always.items)[i]] = true;
    for (uint32_t i = 0; finding->all && i < owners; i++)
        marks[i] = true;
    *ret_counts = finding->counts;
    return good;
}
