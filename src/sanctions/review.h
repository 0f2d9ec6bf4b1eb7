/* Verdicts that wait for a person, and which of them to take first.
 *
 * A review is worth points, and each day that it waits is worth one more, so that nothing waits for ever:
 *
 *     up to 100   the weight of its weightiest finding: 100 times the score where names or numbers were
 *                 compared; 90 where a rule says that somebody listed may control it, which is no likeness;
 *                 60 where a rule asks about all of a country or a use
 *     15          for each further matter (name, owner, link, country, use, ownership) with a finding: they
 *                 do not depend on each other. One name on several lists is one matter: a person stands on
 *                 many, and that makes nobody likelier to be that person
 *     60          when service stopped for it: a customer waits, and if it is true, somebody listed was
 * served
 *
 * So a customer who cannot work comes before all but the oldest of those who only applied, then the likelier,
 * then the older. The order of two reviews does not change with time alone: what is read page by page is each
 * there once. Findings that a decision excuses do not count. */
#ifndef SANCTIONS_REVIEW_H
#define SANCTIONS_REVIEW_H

#include "sanctions/screening.h"

struct yyjson_mut_doc;
struct yyjson_mut_val;
struct yyjson_val;

/* What a verdict's details remember of those before it. */
struct review_past {
    int64_t held_ms; /* since when it waits for a person; 0: it does not */
    bool stopped;    /* it was served before it came to this */
};
void review_past_read(struct bytes details, struct review_past *ret_past);
void review_past_put(struct yyjson_mut_doc *document, struct yyjson_mut_val *root, struct review_past past);

struct review {
    int64_t account; /* number */
    int64_t since_ms;
    int points; /* of the first day */
    bool stopped;
    float score; /* the best of names and numbers; 0: none was compared */
};

/* All that are open, the first to be taken first; in the arena. Accounts that are closed have none. */
MUST_CHECK bool reviews_rank(struct store *store, struct arena *arena, struct review **ret_reviews,
                             size_t *ret_count, struct error *err);
/* Whether a is to be taken before b. */
bool review_is_before(const struct review *a, const struct review *b);
/* The points at this time. */
int64_t review_urgency(const struct review *review, int64_t now_ms);

/* The findings of a verdict's details that ask for a person, the weightiest first. */
size_t review_findings(struct yyjson_val *details,
                       struct yyjson_val *ret_findings[static LIMIT_REVIEW_FINDINGS]);

#endif
