#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "server/drain.h"
#include "base/limits.h"

static void socket_pair(int *ret_ours, int *ret_theirs) {
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    *ret_ours = ends[0];
    *ret_theirs = ends[1];
}

static bool writes(int fd) {
    static const char data[4096];
    return send(fd, data, sizeof data, MSG_NOSIGNAL) == (ssize_t)sizeof data;
}

static bool ends_within(int fd, int ms) {
    struct pollfd polled = {.fd = fd, .events = 0};
    return poll(&polled, 1, ms) == 1 && (polled.revents & POLLHUP);
}

static void reads_on_until_the_client_closes(void **state) {
    (void)state;
    struct drain *drain;
    int ours, theirs;
    assert_true(drain_start(60000, &drain, NULL));
    socket_pair(&ours, &theirs);
    drain_keep(drain, ours);
    close(ours);
    /* Far more than the socket holds: somebody reads. */
    for (int i = 0; i < 2000; i++)
        assert_true(writes(theirs));
    assert_false(ends_within(theirs, 0));
    shutdown(theirs, SHUT_WR);
    assert_true(ends_within(theirs, 5000));
    close(theirs);
    drain_stop(drain);
}

static void gives_up_when_the_time_is_over(void **state) {
    (void)state;
    struct drain *drain;
    int ours, theirs;
    assert_true(drain_start(50, &drain, NULL));
    socket_pair(&ours, &theirs);
    drain_keep(drain, ours);
    close(ours);
    assert_true(ends_within(theirs, 5000));
    assert_false(writes(theirs));
    close(theirs);
    drain_stop(drain);
}

static void keeps_so_many_and_no_more(void **state) {
    (void)state;
    struct drain *drain;
    int theirs[LIMIT_DRAINING + 1];
    assert_true(drain_start(60000, &drain, NULL));
    for (size_t i = 0; i < ARRAY_LEN(theirs); i++) {
        int ours;
        socket_pair(&ours, &theirs[i]);
        drain_keep(drain, ours);
        close(ours);
    }
    assert_true(ends_within(theirs[LIMIT_DRAINING], 5000));
    for (size_t i = 0; i < LIMIT_DRAINING; i++)
        assert_false(ends_within(theirs[i], 0));
    drain_stop(drain);
    for (size_t i = 0; i < ARRAY_LEN(theirs); i++) {
        assert_true(ends_within(theirs[i], 0));
        close(theirs[i]);
    }
}

static void stopping_nothing_is_allowed(void **state) {
    (void)state;
    drain_stop(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_on_until_the_client_closes),
        cmocka_unit_test(gives_up_when_the_time_is_over),
        cmocka_unit_test(keeps_so_many_and_no_more),
        cmocka_unit_test(stopping_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
