/* What the server counts, as Prometheus text (exposition format 0.0.4). Counting takes no lock. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "api/api.h"

struct metrics;

/* What is read, not counted, when the text is written. */
struct metrics_gauges {
    size_t connections, queue_length, body_bytes;
    uint64_t cut; /* connections past their deadline, since the start */
    struct api_state api;
};

/* operations: names, NULL behind the last; they outlive the metrics. NULL when there is no memory. */
MUST_CHECK struct metrics *metrics_new(const char *const *operations);
/* Takes NULL. */
void metrics_free(struct metrics *metrics);
/* One answered request. An operation that is not in the list counts as "unknown"; error_type is NULL on
 * success. */
void metrics_count(struct metrics *metrics, const char *operation, int status, const char *error_type,
                   uint64_t nanoseconds);
/* A body was refused: too large, or too many are in flight. */
void metrics_count_body_refused(struct metrics *metrics);
/* Operations that nobody called yet are left out. */
void metrics_write(struct metrics *metrics, const struct metrics_gauges *gauges, struct buffer *out);

#endif
