#include <inttypes.h>
#include <stdatomic.h>
#include "server/metrics.h"
#include "base/clock.h"
#include "base/error.h"

#ifndef COUNTENANCE_VERSION
#define COUNTENANCE_VERSION "unversioned"
#endif

enum outcome { OK, CLIENT_ERROR, SERVER_ERROR, THROTTLED, OUTCOMES };
static const char *const outcome_names[] = {"ok", "client_error", "server_error", "throttled"};

/* Upper bounds in seconds, and as they are printed. */
static const struct {
    double seconds;
    const char *text;
} buckets[] = {{0.001, "0.001"}, {0.0025, "0.0025"}, {0.005, "0.005"}, {0.01, "0.01"}, {0.025, "0.025"},
               {0.05, "0.05"},   {0.1, "0.1"},       {0.25, "0.25"},   {0.5, "0.5"},   {1, "1"},
               {2.5, "2.5"},     {5, "5"},           {10, "10"}};

struct row {
    const char *operation;
    _Atomic uint64_t outcomes[OUTCOMES];
    _Atomic uint64_t times[ARRAY_LEN(buckets) + 1]; /* of this bucket alone; the last one has no bound */
    _Atomic uint64_t nanoseconds;
};

struct metrics {
    int64_t start_ms;
    _Atomic uint64_t bodies_refused;
    size_t row_count;
    struct row rows[]; /* the last one is "unknown" */
};

struct metrics *metrics_new(const char *const *operations) {
    size_t count = 0;
    while (operations[count])
        count++;
    struct metrics *metrics = calloc(1, sizeof *metrics + (count + 1) * sizeof metrics->rows[0]);
    if (!metrics)
        return NULL;
    for (size_t i = 0; i < count; i++)
        metrics->rows[i].operation = operations[i];
    metrics->rows[count].operation = "unknown";
    metrics->row_count = count + 1;
    metrics->start_ms = clock_now_ms();
    return metrics;
}

void metrics_free(struct metrics *metrics) {
    free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t amount) {
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static uint64_t get(_Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct row *row_of(struct metrics *metrics, const char *operation) {
    size_t i = 0;
    while (i + 1 < metrics->row_count && strcmp(metrics->rows[i].operation, operation) != 0)
        i++;
    return &metrics->rows[i];
}

static enum outcome outcome_of(int status, const char *type) {
    if (type &&
        (strcmp(type, error_type(ERROR_THROTTLED)) == 0 || strcmp(type, error_type(ERROR_THROUGHPUT)) == 0))
        return THROTTLED;
    return status >= 500 ? SERVER_ERROR : status >= 400 ? CLIENT_ERROR : OK;
}

void metrics_count(struct metrics *metrics, const char *operation, int status, const char *error_type,
                   uint64_t nanoseconds) {
    struct row *row = row_of(metrics, operation);
    size_t bucket = 0;
    while (bucket < ARRAY_LEN(buckets) && (double)nanoseconds > buckets[bucket].seconds * 1e9)
        bucket++;
    add(&row->outcomes[outcome_of(status, error_type)], 1);
    add(&row->times[bucket], 1);
    add(&row->nanoseconds, nanoseconds);
}

void metrics_count_body_refused(struct metrics *metrics) {
    add(&metrics->bodies_refused, 1);
}

static void write_head(struct buffer *out, const char *name, const char *type, const char *help) {
    buffer_printf(out, "# HELP countenance_%s %s\n# TYPE countenance_%s %s\n", name, help, name, type);
}

static void write_number(struct buffer *out, const char *name, const char *type, const char *help,
                         uint64_t number) {
    write_head(out, name, type, help);
    buffer_printf(out, "countenance_%s %" PRIu64 "\n", name, number);
}

static void write_outcomes(struct row *row, struct buffer *out) {
    for (size_t i = 0; i < OUTCOMES; i++) {
        uint64_t count = get(&row->outcomes[i]);
        if (count > 0)
            buffer_printf(out, "countenance_requests_total{operation=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
                          row->operation, outcome_names[i], count);
    }
}

static void write_times(struct row *row, struct buffer *out) {
    uint64_t counts[ARRAY_LEN(row->times)], all = 0, below = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        all += counts[i] = get(&row->times[i]);
    if (all == 0)
        return;
    const char *name = "countenance_request_seconds";
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
        below += counts[i];
        buffer_printf(out, "%s_bucket{operation=\"%s\",le=\"%s\"} %" PRIu64 "\n", name, row->operation,
                      buckets[i].text, below);
    }
    buffer_printf(out, "%s_bucket{operation=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, row->operation, all);
    buffer_printf(out, "%s_sum{operation=\"%s\"} %.9f\n", name, row->operation,
                  (double)get(&row->nanoseconds) / 1e9);
    buffer_printf(out, "%s_count{operation=\"%s\"} %" PRIu64 "\n", name, row->operation, all);
}

static void write_quota(struct buffer *out, const char *family, const char *outcome, uint64_t count) {
    if (count > 0)
        buffer_printf(out, "countenance_quota_calls_total{family=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
                      family, outcome, count);
}

static void write_quotas(const struct quota_counts *quotas, struct buffer *out) {
    write_head(out, "quota_calls_total", "counter", "Calls by what the quotas said.");
    for (int i = 0; i < QUOTA_FAMILIES; i++) {
        write_quota(out, quota_family_name((enum quota_family)i), "admitted", quotas[i].admitted);
        write_quota(out, quota_family_name((enum quota_family)i), "key_throttled", quotas[i].key_throttled);
        write_quota(out, quota_family_name((enum quota_family)i), "account_throttled",
                    quotas[i].account_throttled);
    }
}

static void write_probes(const struct probe_counts *probes, struct buffer *out) {
    write_number(out, "probes_seen_total", "counter",
                 "Searches by a face that were compared with earlier ones.", probes->seen);
    write_number(out, "probes_alike_total", "counter", "Those nearly like an earlier one.", probes->alike);
    write_number(out, "probes_refused_total", "counter", "Those refused because there were too many alike.",
                 probes->refused);
}

static void write_record(const struct record_state *record, struct buffer *out) {
    write_number(out, "record_entries", "gauge", "Entries under the published checkpoint.", record->size);
    write_head(out, "record_published_seconds", "gauge", "When the checkpoint was published, since 1970.");
    buffer_printf(out, "countenance_record_published_seconds %.3f\n", (double)record->published_ms / 1e3);
    write_number(out, "record_witnesses", "gauge", "Witnesses of the policy.", (uint64_t)record->witnesses);
    write_number(out, "record_cosigned", "gauge", "Those that have cosigned the checkpoint.",
                 (uint64_t)record->cosigned);
    write_number(out, "record_failing", "gauge", "1 when no entry can be written, and nobody is answered.",
                 record->failing);
}

static uint64_t throttled(struct metrics *metrics) {
    uint64_t sum = 0;
    for (size_t i = 0; i < metrics->row_count; i++)
        sum += get(&metrics->rows[i].outcomes[THROTTLED]);
    return sum;
}

void metrics_write(struct metrics *metrics, const struct metrics_gauges *gauges, struct buffer *out) {
    write_head(out, "build_info", "gauge", "1, with the version as a label.");
    buffer_text(out, "countenance_build_info{version=\"" COUNTENANCE_VERSION "\"} 1\n");
    buffer_printf(out,
                  "# HELP process_start_time_seconds Start of the server since 1970.\n"
                  "# TYPE process_start_time_seconds gauge\n"
                  "process_start_time_seconds %.3f\n",
                  (double)metrics->start_ms / 1e3);
    write_number(out, "connections", "gauge", "Open connections.", gauges->connections);
    write_number(out, "queue_length", "gauge", "Requests that wait for a worker.", gauges->queue_length);
    write_number(out, "body_bytes", "gauge", "Request bodies in memory.", gauges->body_bytes);
    write_number(out, "connections_cut_total", "counter", "Connections past a deadline.", gauges->cut);
    write_number(out, "bodies_refused_total", "counter", "Bodies too large or too many.",
                 get(&metrics->bodies_refused));
    write_number(out, "throttled_total", "counter", "Requests told to slow down.", throttled(metrics));
    write_quotas(gauges->api.quotas, out);
    write_probes(&gauges->api.probes, out);
    if (gauges->api.recorded)
        write_record(&gauges->api.record, out);
    write_head(out, "requests_total", "counter", "Answered requests.");
    for (size_t i = 0; i < metrics->row_count; i++)
        write_outcomes(&metrics->rows[i], out);
    write_head(out, "request_seconds", "histogram", "From the last byte of a request to its answer.");
    for (size_t i = 0; i < metrics->row_count; i++)
        write_times(&metrics->rows[i], out);
}
