/* Whether a file that has been read may take the place of the list in use. A parser can read without a
 * complaint what is no list any more: half of one, an old one, one whose columns have moved. */
#ifndef SANCTIONS_HEALTH_H
#define SANCTIONS_HEALTH_H

#include "sanctions/designation.h"

/* What is asked of a list. The table of them, by format, is in health.c. */
struct health_rules {
    uint32_t minimum; /* designations */
    uint32_t shrink;  /* percent of designations, and of names, that may be gone since the version in use */
    uint32_t days;    /* since the date that the file bears, and since its source was last looked at */
};
struct health_rules health_rules_of(const char *format);

/* What is remembered of the version in use. */
struct health_measure {
    uint32_t designations, names;
    struct partial_date generated;
};

/* VALIDATION, with the reason, for one that must not be used. current: NULL when there is none yet. */
MUST_CHECK bool health_check(const struct designations *fresh, const struct health_measure *current,
                             const struct health_rules *rules, int64_t now_ms, struct error *err);
/* The part of it that changes with time alone. No date: true. */
MUST_CHECK bool health_age_check(struct partial_date generated, const struct health_rules *rules,
                                 int64_t now_ms, struct error *err);

#endif
