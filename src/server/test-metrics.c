#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "server/metrics.h"
#include "base/error.h"

static const char *const operations[] = {"DetectFaces", "IndexFaces", NULL};
static const struct metrics_gauges gauges = {
    .connections = 7,
    .queue_length = 3,
    .body_bytes = 99,
    .cut = 2,
    .api = {.quotas = {[QUOTA_SEARCH] = {.admitted = 5, .key_throttled = 4}},
            .probes = {.seen = 8, .alike = 6, .refused = 1},
            .recorded = true,
            .record = {.size = 12, .published_ms = 1500, .witnesses = 3, .cosigned = 2}}};

static struct buffer text_of(struct metrics *metrics) {
    struct buffer text = buffer_new(1 << 20);
    metrics_write(metrics, &gauges, &text);
    assert_false(text.failed);
    return text;
}

/* The line stands in the text, whole. */
static void assert_line(const struct buffer *text, const char *line) {
    const char *found = strstr(text->data, line);
    if (!found)
        fail_msg("no line %s in:\n%s", line, text->data);
    assert_true(found == text->data || found[-1] == '\n');
    assert_int_equal(found[strlen(line)], '\n');
}

static void counts_by_operation_and_outcome(void **state) {
    (void)state;
    struct metrics *metrics = metrics_new(operations);
    metrics_count(metrics, "IndexFaces", 200, NULL, 1);
    metrics_count(metrics, "IndexFaces", 200, NULL, 1);
    metrics_count(metrics, "IndexFaces", 400, error_type(ERROR_INVALID_IMAGE), 1);
    metrics_count(metrics, "IndexFaces", 500, error_type(ERROR_INTERNAL), 1);
    metrics_count(metrics, "IndexFaces", 400, error_type(ERROR_THROTTLED), 1);
    metrics_count(metrics, "unknown", 503, error_type(ERROR_THROTTLED), 1);
    metrics_count(metrics, "Nonsense\"", 400, error_type(ERROR_UNKNOWN_OPERATION), 1);
    struct buffer text = text_of(metrics);
    assert_line(&text, "countenance_requests_total{operation=\"IndexFaces\",outcome=\"ok\"} 2");
    assert_line(&text, "countenance_requests_total{operation=\"IndexFaces\",outcome=\"client_error\"} 1");
    assert_line(&text, "countenance_requests_total{operation=\"IndexFaces\",outcome=\"server_error\"} 1");
    assert_line(&text, "countenance_requests_total{operation=\"IndexFaces\",outcome=\"throttled\"} 1");
    assert_line(&text, "countenance_requests_total{operation=\"unknown\",outcome=\"throttled\"} 1");
    assert_line(&text, "countenance_requests_total{operation=\"unknown\",outcome=\"client_error\"} 1");
    assert_line(&text, "countenance_throttled_total 2");
    assert_null(strstr(text.data, "DetectFaces"));
    assert_null(strstr(text.data, "Nonsense"));
    buffer_release(&text);
    metrics_free(metrics);
}

static void tells_of_quotas_probes_and_the_record(void **state) {
    (void)state;
    struct metrics *metrics = metrics_new(operations);
    struct buffer text = text_of(metrics);
    assert_line(&text, "countenance_quota_calls_total{family=\"Search\",outcome=\"admitted\"} 5");
    assert_line(&text, "countenance_quota_calls_total{family=\"Search\",outcome=\"key_throttled\"} 4");
    assert_null(strstr(text.data, "account_throttled"));
    assert_line(&text, "countenance_probes_alike_total 6");
    assert_line(&text, "countenance_record_entries 12");
    assert_line(&text, "countenance_record_published_seconds 1.500");
    assert_line(&text, "countenance_record_cosigned 2");
    assert_line(&text, "countenance_record_failing 0");
    buffer_release(&text);
    metrics_free(metrics);
}

static void the_histogram_is_cumulative_and_its_bounds_belong_to_it(void **state) {
    (void)state;
    struct metrics *metrics = metrics_new(operations);
    metrics_count(metrics, "DetectFaces", 200, NULL, 1000000);     /* 1 ms, a bound */
    metrics_count(metrics, "DetectFaces", 200, NULL, 1000001);     /* just above it */
    metrics_count(metrics, "DetectFaces", 200, NULL, 40000000);    /* 40 ms */
    metrics_count(metrics, "DetectFaces", 200, NULL, 60000000000); /* a minute */
    struct buffer text = text_of(metrics);
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"0.001\"} 1");
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"0.0025\"} 2");
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"0.025\"} 2");
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"0.05\"} 3");
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"10\"} 3");
    assert_line(&text, "countenance_request_seconds_bucket{operation=\"DetectFaces\",le=\"+Inf\"} 4");
    assert_line(&text, "countenance_request_seconds_sum{operation=\"DetectFaces\"} 60.042000001");
    assert_line(&text, "countenance_request_seconds_count{operation=\"DetectFaces\"} 4");
    buffer_release(&text);
    metrics_free(metrics);
}

static void writes_what_it_is_given_and_types_for_all(void **state) {
    (void)state;
    struct metrics *metrics = metrics_new(operations);
    metrics_count_body_refused(metrics);
    struct buffer text = text_of(metrics);
    assert_line(&text, "countenance_connections 7");
    assert_line(&text, "countenance_queue_length 3");
    assert_line(&text, "countenance_body_bytes 99");
    assert_line(&text, "countenance_connections_cut_total 2");
    assert_line(&text, "countenance_bodies_refused_total 1");
    assert_line(&text, "# TYPE countenance_requests_total counter");
    assert_line(&text, "# TYPE countenance_request_seconds histogram");
    assert_line(&text, "# TYPE process_start_time_seconds gauge");
    assert_non_null(strstr(text.data, "\ncountenance_build_info{version=\""));
    assert_int_equal(text.data[text.len - 1], '\n');
    buffer_release(&text);
    metrics_free(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_operation_and_outcome),
        cmocka_unit_test(tells_of_quotas_probes_and_the_record),
        cmocka_unit_test(the_histogram_is_cumulative_and_its_bounds_belong_to_it),
        cmocka_unit_test(writes_what_it_is_given_and_types_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
