/* Requests over real sockets: what is taken, what is refused, and with which words. */
#include "server/test-support.h"

/* --- one request --- */

static void keeps_the_connection_for_the_next_request(void **state) {
    (void)state;
    int fd = dial();
    for (int i = 0; i < 5; i++) {
        say(fd, HELLO);
        assert_answer(fd, 200, HELLO_ANSWER);
        say(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(fd, 200, "{\"status\":\"ok\"}");
        say(fd, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_error(fd, 404, "UnknownOperationException");
    }
    close(fd);
}

static void health_tells_when_nothing_can_be_recorded(void **state) {
    (void)state;
    int fd = dial();
    fake_state = (struct api_state){.recorded = true, .record = {.failing = true}};
    say(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_answer(fd, 503, "{\"status\":\"record failing\"}");
    fake_state.record.failing = false;
    say(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_answer(fd, 200, "{\"status\":\"ok\"}");
    fake_state = (struct api_state){.recorded = false};
    close(fd);
}

static void answers_with_the_headers_of_the_protocol(void **state) {
    (void)state;
    struct answer answer;
    int fd = dial();
    say(fd, HELLO);
    assert_true(hear(fd, &answer));
    assert_memory_equal(head_value(&answer, "Content-Type"), "application/x-amz-json-1.1\r", 27);
    assert_memory_equal(head_value(&answer, "x-amzn-RequestId"), "id\r", 3);
    assert_null(head_value(&answer, "x-amzn-ErrorType"));
    assert_null(head_value(&answer, "Content-Encoding"));
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nX-Fake: error\r\nContent-Length: 2\r\n\r\n{}");
    assert_error(fd, 400, "InvalidImageFormatException");
    close(fd);
}

static void gives_path_and_query_as_on_the_wire(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST /?a=%2F+%41&b HTTP/1.1\r\nHost: a\r\nX-Echo:  v w \r\nContent-Length: 0\r\n\r\n");
    struct answer answer;
    assert_true(hear(fd, &answer));
    assert_memory_equal(answer.body, "POST / ?a=%2F+%41&b 0 0 v w", 27);
    say(fd, "POST /%2F HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_error(fd, 404, "UnknownOperationException");
    close(fd);
}

static void takes_headers_and_body_in_single_bytes(void **state) {
    (void)state;
    int fd = dial(), on = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (const char *byte = HELLO; *byte; byte++) {
        assert_true(say_bytes(fd, byte, 1));
        sched_yield();
    }
    assert_answer(fd, 200, HELLO_ANSWER);
    close(fd);
}

static void takes_the_largest_body(void **state) {
    (void)state;
    CLEANUP_FREE char *body = malloc(LIMIT_BODY_BYTES);
    unsigned sum = 0;
    for (size_t i = 0; i < LIMIT_BODY_BYTES; i++) {
        body[i] = (char)(i % 251);
        sum = sum * 31 + (unsigned char)body[i];
    }
    char text[200];
    int fd = dial();
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %u\r\n\r\n",
                 LIMIT_BODY_BYTES);
        say(fd, text);
        assert_true(say_bytes(fd, body, LIMIT_BODY_BYTES));
        snprintf(text, sizeof text, "POST / ? %u %u ", LIMIT_BODY_BYTES, sum);
        assert_answer(fd, 200, text);
    }
    close(fd);
}

static void takes_chunked_bodies(void **state) {
    (void)state;
    int fd = dial();
    for (int i = 0; i < 2; i++) {
        say(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                "chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n");
        assert_answer(fd, 200, HELLO_ANSWER);
    }
    close(fd);
}

static void answers_expect_and_then_takes_the_body(void **state) {
    (void)state;
    struct answer answer;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, 100);
    say(fd, "hello");
    assert_answer(fd, 200, HELLO_ANSWER);
    close(fd);
}

static void answers_pipelined_requests_in_their_order(void **state) {
    (void)state;
    char text[200];
    int fd = dial();
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "POST /?%d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", i);
        say(fd, text);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "POST / ?%d 5 99162322 ", i);
        assert_answer(fd, 200, text);
    }
    close(fd);
}

static void says_what_it_does_not_serve(void **state) {
    (void)state;
    struct answer answer;
    int fd = dial();
    say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, 405);
    assert_memory_equal(head_value(&answer, "Allow"), "POST\r", 5);
    say(fd, "DELETE /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_error(fd, 405, "UnknownOperationException");
    say(fd, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_error(fd, 404, "UnknownOperationException");
    close(fd);
}

static void shows_its_metrics(void **state) {
    (void)state;
    struct answer answer;
    int fd = dial();
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    say(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(hear(fd, &answer));
    assert_memory_equal(head_value(&answer, "Content-Type"), "text/plain; version=0.0.4\r", 26);
    assert_non_null(strstr(answer.body, "countenance_requests_total{operation=\"Echo\",outcome=\"ok\"} 1\n"));
    assert_non_null(strstr(answer.body, "\ncountenance_connections 1\n"));
    close(fd);
}

/* --- refusals --- */

static void refuses_a_large_body_before_it_is_sent(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n");
    assert_error(fd, 413, "RequestEntityTooLargeException");
    assert_closed(fd);
    fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    assert_error(fd, 413, "RequestEntityTooLargeException");
    assert_closed(fd);
}

static void a_client_that_sends_all_before_it_reads_sees_the_refusal(void **state) {
    (void)state;
    enum { LEN = 30 * 1000 * 1000 };
    CLEANUP_FREE char *body = calloc(1, LEN);
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n");
    assert_true(say_bytes(fd, body, LEN));
    assert_error(fd, 413, "RequestEntityTooLargeException");
    assert_closed(fd);
}

static void refuses_a_chunked_body_that_grows_too_large(void **state) {
    (void)state;
    enum { PIECE = 0x10000 };
    static char piece[PIECE];
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t sent = 0; sent <= LIMIT_BODY_BYTES; sent += PIECE) {
        say(fd, "10000\r\n");
        assert_true(say_bytes(fd, piece, PIECE));
        say(fd, "\r\n");
    }
    say(fd, "0\r\n\r\n");
    assert_error(fd, 413, "RequestEntityTooLargeException");
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    close(fd);
}

static void refuses_an_ambiguous_length(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_error(fd, 400, "SerializationException");
    assert_closed(fd);
    fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!");
    assert_error(fd, 400, "SerializationException");
    assert_closed(fd);
}

static void refuses_too_many_headers(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < LIMIT_HEADER_COUNT; i++)
        say(fd, "X-More: y\r\n");
    say(fd, "\r\n");
    assert_error(fd, 431, "RequestEntityTooLargeException");
    close(fd);
}

static void what_cannot_be_read_as_http_is_refused_and_closed(void **state) {
    (void)state;
    struct answer answer;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nno colon\r\n\r\n");
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, 400);
    assert_closed(fd);
    fd = dial();
    say(fd, "Hello?\r\n\r\n");
    assert_closed(fd);
    assert_serves();
}

static bool two_bytes_are_there(void) {
    return atomic_load(&server->body_bytes) == 2;
}

static void throttles_bodies_when_all_together_are_too_large(void **state) {
    (void)state;
    const size_t others = LIMIT_BODIES_BYTES - 4; /* as if others held them */
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    assert_true(within_seconds(two_bytes_are_there, 10));
    atomic_fetch_add(&server->body_bytes, others);
    say(fd, "llo");
    assert_error(fd, 400, "ThrottlingException");
    assert_int_equal(atomic_load(&server->body_bytes), others);
    atomic_fetch_sub(&server->body_bytes, 1);
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    atomic_fetch_sub(&server->body_bytes, others - 1);
    close(fd);
}

/* Two workers are busy and the queue is full: the next one is told at once, and is served later. */
static void throttles_at_once_when_the_queue_is_full_and_recovers(void **state) {
    (void)state;
    int waiting[2 + LIMIT_QUEUE], fd = dial();
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        waiting[i] = dial();
        say(waiting[i], BLOCK);
        if (i == 1)
            wait_for_blocked(2);
    }
    assert_true(within_seconds(is_queue_full, 10));
    for (int i = 0; i < 3; i++) {
        say(fd, HELLO);
        assert_error(fd, 400, "ThrottlingException");
        say(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(fd, 200, "{\"status\":\"ok\"}");
    }
    set_gate(true);
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        assert_answer(waiting[i], 200, HELLO_ANSWER);
        close(waiting[i]);
    }
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    close(fd);
}

#define PATIENT(test) cmocka_unit_test_setup_teardown(test, start_patient, stop)

int main(void) {
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        PATIENT(keeps_the_connection_for_the_next_request),
        PATIENT(health_tells_when_nothing_can_be_recorded),
        PATIENT(answers_with_the_headers_of_the_protocol),
        PATIENT(gives_path_and_query_as_on_the_wire),
        PATIENT(takes_headers_and_body_in_single_bytes),
        PATIENT(takes_the_largest_body),
        PATIENT(takes_chunked_bodies),
        PATIENT(answers_expect_and_then_takes_the_body),
        PATIENT(answers_pipelined_requests_in_their_order),
        PATIENT(says_what_it_does_not_serve),
        PATIENT(shows_its_metrics),
        PATIENT(refuses_a_large_body_before_it_is_sent),
        PATIENT(a_client_that_sends_all_before_it_reads_sees_the_refusal),
        PATIENT(refuses_a_chunked_body_that_grows_too_large),
        PATIENT(refuses_an_ambiguous_length),
        PATIENT(refuses_too_many_headers),
        PATIENT(what_cannot_be_read_as_http_is_refused_and_closed),
        PATIENT(throttles_bodies_when_all_together_are_too_large),
        PATIENT(throttles_at_once_when_the_queue_is_full_and_recovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
