/* The accounts are the index here and the lists' changes are looked up in it: a list changes by a few names a
 * day. A name is looked for with a little less than makes a hit, since what else is known can raise a score.
 */
#include "sanctions/touched.h"
#include "sanctions/difference.h"
#include "sanctions/name_index.h"
#include "sanctions/pile.h"

#define LEAST (MATCH_REVIEW - 0.06f)

enum { HITS = 256, CHANGES_MOST = 20000 };

struct number {
    char text[IDENTIFIER_MAX + 1];
    uint32_t owner;
};

struct touched {
    struct name_index *index;
    struct name_reader *reader;
    struct pile numbers, always; /* struct number; uint32_t */
};

struct finding_touched {
    struct touched *touched;
    struct name_search *search;
    const struct designations *before, *after;
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
    if (before && !finding->all)
        mark(finding, finding->before, before);
    if (after && !finding->all)
        mark(finding, finding->after, after);
}

static const struct designations *list_of(const struct watchlists *lists, const char *source) {
    for (size_t i = 0; i < lists->count; i++)
        if (strcmp(lists->lists[i]->source, source) == 0)
            return lists->lists[i];
    return NULL;
}

/* A list that has come or gone has changed as a whole. */
static bool compare_list(struct finding_touched *finding, const struct designations *before,
                         const struct designations *after, struct error *err) {
    static const struct designations none = {.format = ""};
    finding->before = before ? before : &none;
    finding->after = after ? after : &none;
    return sha256_equal(finding->before->version, finding->after->version) ||
           difference_each(finding->before, finding->after, visit, finding, err);
}

static bool compare_all(struct finding_touched *finding, const struct watchlists *before,
                        const struct watchlists *after, struct error *err) {
    for (size_t i = 0; i < after->count; i++)
        if (!compare_list(finding, list_of(before, after->lists[i]->source), after->lists[i], err))
            return false;
    for (size_t i = 0; i < before->count; i++)
        if (!list_of(after, before->lists[i]->source) && !compare_list(finding, before->lists[i], NULL, err))
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
