/* The server among clients that misbehave, and its start and its end. */
#include "server/test-support.h"

/* --- clients that misbehave --- */

static void forgets_clients_that_leave(void **state) {
    (void)state;
    int fds[6];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = dial();
    say(fds[0], "POST / HT");
    say(fds[1], "POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
    say(fds[2], "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin");
    say(fds[3], "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nbegin");
    say(fds[4], BLOCK);
    say(fds[5], BLOCK);
    wait_for_blocked(2);
    /* The last one resets its connection, the others close theirs. */
    struct linger reset = {1, 0};
    setsockopt(fds[5], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    set_gate(true);
    assert_true(within_seconds(is_quiet, 10));
    assert_serves();
}

static void survives_garbage(void **state) {
    (void)state;
    static const char *const starts[] = {"",
                                         "POST / HTTP/1.1\r\n",
                                         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                         "GET /healthz HTTP/1.1\r\nContent-Length: ",
                                         "\r\n\r\n",
                                         "POST /?"};
    uint32_t seed = 1;
    for (int round = 0; round < 120; round++) {
        char garbage[600];
        for (size_t i = 0; i < sizeof garbage; i++) {
            seed = seed * 1664525 + 1013904223;
            garbage[i] = round % 2 ? (char)(seed >> 24) : "\r\n :0aF;%"[(seed >> 24) % 9];
        }
        int fd = dial();
        const char *first = starts[(size_t)round % ARRAY_LEN(starts)];
        say_bytes(fd, first, strlen(first));
        say_bytes(fd, garbage, sizeof garbage);
        close(fd);
    }
    assert_serves();
    assert_true(within_seconds(is_quiet, 10));
}

static void serves_200_connections_at_once(void **state) {
    (void)state;
    int fds[200];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = dial();
    for (int round = 0; round < 3; round++)
        for (size_t begin = 0; begin < ARRAY_LEN(fds); begin += 50) {
            for (size_t i = begin; i < begin + 50; i++)
                say(fds[i], HELLO);
            for (size_t i = begin; i < begin + 50; i++)
                assert_answer(fds[i], 200, HELLO_ANSWER);
        }
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    assert_true(within_seconds(is_quiet, 10));
}

static void one_address_has_only_so_many_connections(void **state) {
    (void)state;
    int fds[LIMIT_CONNECTIONS_PER_ADDRESS];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = dial();
    say(fds[ARRAY_LEN(fds) - 1], HELLO);
    assert_answer(fds[ARRAY_LEN(fds) - 1], 200, HELLO_ANSWER);
    assert_closed(dial());
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    assert_true(within_seconds(is_quiet, 10));
    assert_serves();
}

/* --- deadlines --- */

static const struct server_deadlines hasty = {
    .header = 150, .body = 300, .idle = 3000, .stop = 20000, .sweep = 10};

static int start_hasty(void **state) {
    (void)state;
    start(&hasty, 1);
    return 0;
}

/* Sends a byte every 20 ms until the server has enough; how many milliseconds that took, at most 10 s. */
static int64_t drip(int fd, char byte) {
    const struct timespec pause = {0, 20000000};
    uint64_t begin = clock_monotonic_ns();
    char dust;
    while (clock_monotonic_ns() - begin < 10000000000u && say_bytes(fd, &byte, 1) &&
           recv(fd, &dust, 1, MSG_DONTWAIT | MSG_PEEK) != 0)
        nanosleep(&pause, NULL);
    return (int64_t)((clock_monotonic_ns() - begin) / 1000000);
}

static void cuts_off_who_drips_headers(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nX-Slow: ");
    int64_t took = drip(fd, 'x');
    assert_in_range(took, 100, 5000);
    close(fd);
    /* So it is with the first line, and with the second request of a connection. */
    fd = dial();
    assert_in_range(drip(fd, 'x'), 100, 5000);
    close(fd);
    fd = dial();
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    say(fd, "POST / HTTP/1.1\r\nX-Slow: ");
    assert_in_range(drip(fd, 'x'), 100, 2500);
    close(fd);
    assert_true(within_seconds(is_quiet, 10));
    assert_int_equal(deadlines_cut(server->deadlines), 3);
}

static void cuts_off_who_drips_a_body(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    assert_in_range(drip(fd, 'x'), 250, 8000);
    close(fd);
    assert_true(within_seconds(is_quiet, 10));
    assert_int_equal(deadlines_cut(server->deadlines), 1);
}

static void a_large_body_has_more_time(void **state) {
    (void)state;
    const struct timespec pause = {0, 600000000};
    static char body[2 * LIMIT_BODY_BYTES_PER_SECOND];
    char text[100];
    struct answer answer;
    int fd = dial();
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", sizeof body);
    say(fd, text);
    nanosleep(&pause, NULL);
    assert_true(say_bytes(fd, body, sizeof body));
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, 200);
    close(fd);
}

static void closes_idle_connections(void **state) {
    (void)state;
    int silent = dial(), kept = dial();
    uint64_t begin = clock_monotonic_ns();
    say(kept, HELLO);
    assert_answer(kept, 200, HELLO_ANSWER);
    assert_closed(silent);
    assert_closed(kept);
    assert_true(clock_monotonic_ns() - begin >= 2900 * 1000000ull);
}

/* No deadline runs while a request waits or is worked on. */
static void is_patient_with_its_own_work(void **state) {
    (void)state;
    const struct timespec pause = {1, 0};
    int busy = dial(), waiting = dial();
    say(busy, BLOCK);
    wait_for_blocked(1);
    say(waiting, HELLO);
    nanosleep(&pause, NULL);
    set_gate(true);
    assert_answer(busy, 200, HELLO_ANSWER);
    assert_answer(waiting, 200, HELLO_ANSWER);
    close(busy);
    close(waiting);
}

static int start_without_patience_for_readers(void **state) {
    (void)state;
    /* A large reply has many seconds more: take them away. */
    struct server_deadlines times = patient;
    times.body = 300 - (int64_t)LARGE_REPLY * 1000 / LIMIT_BODY_BYTES_PER_SECOND;
    start(&times, 1);
    return 0;
}

static void cuts_off_who_does_not_read(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "POST / HTTP/1.1\r\nHost: a\r\nX-Fake: large\r\nContent-Length: 0\r\n\r\n");
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 10000), 1);
    assert_true(within_seconds(is_quiet, 15));
    assert_int_equal(deadlines_cut(server->deadlines), 1);
    close(fd);
}

/* --- start and stop --- */

static void *stop_in_thread(void *unused) {
    (void)unused;
    server_stop(server);
    return NULL;
}

static bool is_stopping(void) {
    return atomic_load(&server->stopping);
}

static void a_stopping_server_answers_what_it_has_and_takes_nothing_new(void **state) {
    (void)state;
    start(&patient, 1);
    pthread_t thread;
    int busy = dial(), waiting = dial(), idle = dial();
    say(idle, HELLO);
    assert_answer(idle, 200, HELLO_ANSWER);
    say(busy, BLOCK);
    wait_for_blocked(1);
    say(waiting, HELLO);
    while (queue_length(server->queue) == 0)
        sched_yield();
    assert_int_equal(pthread_create(&thread, NULL, stop_in_thread, NULL), 0);
    assert_true(within_seconds(is_stopping, 10));
    say(idle, HELLO);
    struct answer answer;
    assert_true(hear(idle, &answer));
    assert_int_equal(answer.status, 503);
    assert_memory_equal(head_value(&answer, "x-amzn-ErrorType"), "ThrottlingException\r", 20);
    set_gate(true);
    assert_answer(busy, 200, HELLO_ANSWER);
    assert_answer(waiting, 200, HELLO_ANSWER);
    pthread_join(thread, NULL);
    assert_closed(busy);
    assert_closed(waiting);
    assert_closed(idle);
    assert_int_equal(fake.workers, 0);
}

/* The request on the worker is finished, those in the queue are not begun. */
static void a_stop_does_not_wait_for_ever(void **state) {
    (void)state;
    struct server_deadlines times = patient;
    times.stop = 100;
    start(&times, 1);
    int fds[1 + 10];
    pthread_t thread;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = dial();
        say(fds[i], BLOCK);
        if (i == 0)
            wait_for_blocked(1);
    }
    while (queue_length(server->queue) < 10)
        sched_yield();
    assert_int_equal(pthread_create(&thread, NULL, stop_in_thread, NULL), 0);
    int handled = atomic_load(&fake.handled);
    while (!atomic_load(&server->late))
        sched_yield();
    set_gate(true);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&fake.handled), handled);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        struct answer answer;
        assert_true(!hear(fds[i], &answer) || answer.status == (i == 0 ? 200 : 400));
        close(fds[i]);
    }
    assert_int_equal(fake.workers, 0);
}

static void says_why_it_does_not_start(void **state) {
    (void)state;
    struct server *second;
    struct error err;
    start(&patient, 1);
    struct server_options options = {.address = "127.0.0.1", .port = server_port(server), .workers = 1};
    assert_false(server_start(NULL, &options, &second, &err));
    assert_int_equal(err.code, ERROR_IN_USE);
    options.address = "nowhere";
    assert_false(server_start(NULL, &options, &second, &err));
    assert_int_equal(err.code, ERROR_VALIDATION);
    fake.workers_allowed = 3;
    options = (struct server_options){.address = "127.0.0.1", .workers = 4};
    assert_false(server_start(NULL, &options, &second, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_int_equal(fake.workers, 1);
    fake.workers_allowed = 64;
    assert_serves();
    server_stop(server);
    server_stop(NULL);
}

#define PATIENT(test) cmocka_unit_test_setup_teardown(test, start_patient, stop)
#define HASTY(test) cmocka_unit_test_setup_teardown(test, start_hasty, stop)

int main(void) {
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        PATIENT(forgets_clients_that_leave),
        PATIENT(survives_garbage),
        PATIENT(serves_200_connections_at_once),
        PATIENT(one_address_has_only_so_many_connections),
        HASTY(cuts_off_who_drips_headers),
        HASTY(cuts_off_who_drips_a_body),
        HASTY(a_large_body_has_more_time),
        HASTY(closes_idle_connections),
        HASTY(is_patient_with_its_own_work),
        cmocka_unit_test_setup_teardown(cuts_off_who_does_not_read, start_without_patience_for_readers, stop),
        cmocka_unit_test(a_stopping_server_answers_what_it_has_and_takes_nothing_new),
        cmocka_unit_test(a_stop_does_not_wait_for_ever),
        cmocka_unit_test(says_why_it_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
