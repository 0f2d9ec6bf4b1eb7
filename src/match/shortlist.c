#include <math.h>
#include "match/shortlist.h"

bool shortlist_new(size_t maximum, size_t more, struct shortlist *ret_list) {
    struct shortlist list = {.leasts = {.maximum = maximum}, .room = 2 * maximum + more};
    list.leasts.matches = malloc(maximum * sizeof *list.leasts.matches);
    list.candidates = malloc(list.room * sizeof *list.candidates);
    if (!list.leasts.matches || !list.candidates) {
        shortlist_release(&list);
        return false;
    }
    *ret_list = list;
    return true;
}

void shortlist_release(struct shortlist *list) {
    free(list->leasts.matches);
    free(list->candidates);
}

void shortlist_note(struct shortlist *list, const struct candidate *candidate) {
    list->candidates[list->count++] = *candidate;
    if (candidate->least > -INFINITY) /* and a number */
        ranking_offer(&list->leasts, (struct index_match){candidate->face, candidate->least});
}

void shortlist_trim(struct shortlist *list, float floor) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!(list->candidates[i].most < floor))
            list->candidates[kept++] = list->candidates[i];
    list->count = kept;
}

static int by_most(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return (x->most < y->most) - (x->most > y->most);
}

void shortlist_sort(struct shortlist *list) {
    qsort(list->candidates, list->count, sizeof *list->candidates, by_most);
}
