#include "sanctions/watchlists.h"

bool watchlists_names(const char *data, const struct screening_policy *policy,
                      char ret_names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1], size_t *ret_count,
                      struct error *err) {
    if (!policy->all_lists) {
        memcpy(ret_names, policy->lists, sizeof policy->lists);
        *ret_count = policy->list_count;
        return true;
    }
    if (!archive_sources(data, ret_names, ret_count, err))
        return false;
    return *ret_count > 0 ||
           error_set(err, ERROR_VALIDATION,
                     "there is no sanctions list to hold accounts against: countenance lists add");
}

static bool source_healthy(const char *data, const char *name, int64_t now_ms,
                           struct archive_source *ret_source, struct error *err) {
    struct error failure;
    if (archive_source_read(data, name, ret_source, &failure) &&
        archive_is_healthy(data, ret_source, now_ms, &failure))
        return true;
    return error_set(err, ERROR_VALIDATION, "the list %s cannot be used: %s", name, failure.text);
}

void watchlists_free(struct watchlists *lists) {
    if (!lists)
        return;
    associates_index_free(lists->associates);
    screen_free(lists->screen);
    for (size_t i = 0; i < lists->count; i++)
        designations_free(lists->lists[i]);
    free(lists);
}

static bool load_all(struct watchlists *lists, const char *data, const struct screening_policy *policy,
                     int64_t now_ms, struct error *err) {
    CLEANUP_FREE struct archive_source *source = calloc(1, sizeof *source);
    char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t count;
    if (!source)
        return error_set(err, ERROR_INTERNAL, "no memory for lists");
    if (!watchlists_names(data, policy, names, &count, err))
        return false;
    /* All of them first, since loading takes long. */
    for (size_t i = 0; i < count; i++)
        if (!source_healthy(data, names[i], now_ms, source, err))
            return false;
    for (size_t i = 0; i < count; i++) {
        if (!source_healthy(data, names[i], now_ms, source, err) ||
            !archive_load(data, names[i], source->current, &lists->lists[i], err))
            return false;
        memcpy(lists->versions[i], source->current, sizeof lists->versions[i]);
        lists->count++;
    }
    const struct designations *const *all = (const struct designations *const *)lists->lists;
    return screen_new(all, lists->count, &lists->screen, err) &&
           associates_index_new(all, lists->count, &lists->associates, err);
}

bool watchlists_load(const char *data, const struct screening_policy *policy, int64_t now_ms,
                     struct watchlists **ret_lists, struct error *err) {
    struct watchlists *lists = calloc(1, sizeof *lists);
    if (!lists)
        return error_set(err, ERROR_INTERNAL, "no memory for lists");
    if (!load_all(lists, data, policy, now_ms, err)) {
        watchlists_free(lists);
        return false;
    }
    *ret_lists = lists;
    return true;
}

bool watchlists_are_current(const struct watchlists *lists, const char *data,
                            const struct screening_policy *policy, int64_t now_ms, struct error *err) {
    CLEANUP_FREE struct archive_source *source = calloc(1, sizeof *source);
    char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t count;
    if (!source)
        return error_set(err, ERROR_INTERNAL, "no memory for lists");
    if (!watchlists_names(data, policy, names, &count, err))
        return false;
    bool same = count == lists->count;
    for (size_t i = 0; same && i < count; i++) {
        if (!source_healthy(data, names[i], now_ms, source, err))
            return false;
        same = strcmp(lists->lists[i]->source, names[i]) == 0 &&
               strcmp(lists->versions[i], source->current) == 0;
    }
    return same || error_set(err, ERROR_CONFLICT, "other versions of lists are in use now");
}
