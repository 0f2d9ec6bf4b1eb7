/* The lists that accounts are held against, as they are in use: loaded, healthy, and an index of all whom
 * they designate and one of those whom they name beside them. */
#ifndef SANCTIONS_WATCHLISTS_H
#define SANCTIONS_WATCHLISTS_H

#include "sanctions/associates.h"
#include "sanctions/screening_policy.h"

/* Nothing of it changes; any number of threads may look. */
struct watchlists {
    size_t count;
    struct designations *lists[LIMIT_LIST_SOURCES];
    char versions[LIMIT_LIST_SOURCES][65]; /* in hex */
    struct screen *screen;
    struct associates_index *associates; /* in the order of lists[] */
};

/* The names of the lists that the policy asks for. VALIDATION: of all there are, and there is none. */
MUST_CHECK bool watchlists_names(const char *data, const struct screening_policy *policy,
                                 char ret_names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1],
                                 size_t *ret_count, struct error *err);
/* The versions in use of the lists that the policy asks for. VALIDATION: one of them is missing or not
 * healthy, and nobody has a verdict; INTERNAL: one is damaged. */
MUST_CHECK bool watchlists_load(const char *data, const struct screening_policy *policy, int64_t now_ms,
                                struct watchlists **ret_lists, struct error *err);
/* Takes NULL. */
void watchlists_free(struct watchlists *lists);
/* Whether what was loaded is still what is in use, and healthy: else load anew. CONFLICT: other versions are
 * in use; what watchlists_load says. */
MUST_CHECK bool watchlists_are_current(const struct watchlists *lists, const char *data,
                                       const struct screening_policy *policy, int64_t now_ms,
                                       struct error *err);

#endif
