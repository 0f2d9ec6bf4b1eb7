/* Deadlines of connections: a thread looks a few times a second for those that are past theirs and shuts
 * their sockets down, which their owner sees as the end of the connection. A deadline is a point in time, not
 * a pause: a client that sends a byte now and then gains nothing. */
#ifndef SERVER_DEADLINE_H
#define SERVER_DEADLINE_H

#include "base/error.h"

struct deadlines;

/* One connection's; part of its owner's memory, its fields are those of deadline.c. */
struct deadline {
    struct deadline *previous, *next;
    int fd;
    uint64_t due; /* monotonic nanoseconds; UINT64_MAX: none */
};

/* Starts the thread, which looks every sweep_ms milliseconds. */
MUST_CHECK bool deadlines_start(int64_t sweep_ms, struct deadlines **ret_deadlines, struct error *err);
/* All deadlines are removed. Takes NULL. */
void deadlines_stop(struct deadlines *deadlines);
/* The socket is open until deadline_remove has returned. */
void deadline_add(struct deadlines *deadlines, struct deadline *deadline, int fd, int64_t ms_from_now);
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, int64_t ms_from_now);
/* It is added, and waits for nothing until it is set again. */
void deadline_clear(struct deadlines *deadlines, struct deadline *deadline);
void deadline_remove(struct deadlines *deadlines, struct deadline *deadline);
/* How many connections were cut off since the start. */
uint64_t deadlines_cut(struct deadlines *deadlines);

#endif
