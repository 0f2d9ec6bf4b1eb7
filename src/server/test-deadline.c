#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "server/deadline.h"

struct link {
    struct deadline deadline;
    int ours, theirs;
};

static struct link link_new(void) {
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return (struct link){.ours = ends[0], .theirs = ends[1]};
}

static void link_close(struct link *link) {
    close(link->ours);
    close(link->theirs);
}

/* The other end sees the end of the connection within so many milliseconds. */
static bool is_cut(const struct link *link, int ms) {
    struct pollfd polled = {.fd = link->theirs, .events = POLLIN};
    char byte;
    return poll(&polled, 1, ms) == 1 && recv(link->theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

static struct deadlines *start(void) {
    struct deadlines *deadlines;
    assert_true(deadlines_start(5, &deadlines, NULL));
    return deadlines;
}

static void cuts_what_is_past_its_deadline_and_nothing_else(void **state) {
    (void)state;
    struct deadlines *deadlines = start();
    struct link late = link_new(), early = link_new(), later = link_new();
    deadline_add(deadlines, &early.deadline, early.ours, 60000);
    deadline_add(deadlines, &late.deadline, late.ours, 20);
    deadline_add(deadlines, &later.deadline, later.ours, 40);
    assert_true(is_cut(&late, 5000));
    assert_true(is_cut(&later, 5000));
    assert_false(is_cut(&early, 50));
    assert_int_equal(deadlines_cut(deadlines), 2);
    deadline_remove(deadlines, &early.deadline);
    deadline_remove(deadlines, &late.deadline);
    deadline_remove(deadlines, &later.deadline);
    deadlines_stop(deadlines);
    link_close(&late);
    link_close(&early);
    link_close(&later);
}

static void a_deadline_can_be_moved_and_taken_back(void **state) {
    (void)state;
    struct deadlines *deadlines = start();
    struct link moved = link_new(), cleared = link_new(), again = link_new();
    deadline_add(deadlines, &moved.deadline, moved.ours, 60000);
    deadline_add(deadlines, &cleared.deadline, cleared.ours, 60000);
    deadline_add(deadlines, &again.deadline, again.ours, 60000);
    deadline_clear(deadlines, &again.deadline);
    deadline_set(deadlines, &again.deadline, 10);
    deadline_set(deadlines, &cleared.deadline, 300);
    deadline_clear(deadlines, &cleared.deadline);
    deadline_set(deadlines, &moved.deadline, 10);
    assert_true(is_cut(&moved, 5000));
    assert_true(is_cut(&again, 5000));
    assert_false(is_cut(&cleared, 400));
    deadline_remove(deadlines, &moved.deadline);
    deadline_remove(deadlines, &cleared.deadline);
    deadline_remove(deadlines, &again.deadline);
    deadlines_stop(deadlines);
    link_close(&moved);
    link_close(&cleared);
    link_close(&again);
}

static void a_removed_socket_is_never_touched(void **state) {
    (void)state;
    struct deadlines *deadlines = start();
    struct link link = link_new();
    deadline_add(deadlines, &link.deadline, link.ours, 30);
    deadline_remove(deadlines, &link.deadline);
    assert_false(is_cut(&link, 100));
    /* Its number may be another connection's by then. */
    for (int i = 0; i < 200; i++) {
        struct link brief = link_new();
        deadline_add(deadlines, &brief.deadline, brief.ours, 2);
        deadline_remove(deadlines, &brief.deadline);
        link_close(&brief);
    }
    assert_false(is_cut(&link, 30));
    assert_int_equal(deadlines_cut(deadlines), 0);
    link_close(&link);
    deadlines_stop(deadlines);
}

static void stopping_nothing_is_allowed(void **state) {
    (void)state;
    deadlines_stop(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_what_is_past_its_deadline_and_nothing_else),
        cmocka_unit_test(a_deadline_can_be_moved_and_taken_back),
        cmocka_unit_test(a_removed_socket_is_never_touched),
        cmocka_unit_test(stopping_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
