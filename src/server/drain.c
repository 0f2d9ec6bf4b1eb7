/* The array of sockets belongs to the thread alone: new ones come to it through a pair of sockets, a
 * descriptor each, and the end of the pair is the sign to stop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include "server/drain.h"
#include "base/clock.h"
#include "base/limits.h"

#define SLOTS (LIMIT_DRAINING + 1) /* the first one is our end of the pair */
#define LOOK_MS 1000               /* how late a socket may be given up */

struct drain {
    pthread_t thread;
    uint64_t keep; /* nanoseconds */
    int to_thread;
    /* The thread's own: */
    struct pollfd polled[SLOTS];
    uint64_t due[SLOTS];
    nfds_t count;
};

static void take(struct drain *drain, int fd) {
    if (drain->count == SLOTS) {
        close(fd);
        return;
    }
    drain->polled[drain->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    drain->due[drain->count++] = clock_monotonic_ns() + drain->keep;
}

/* False when the pair has ended. */
static bool take_new(struct drain *drain) {
    int fd;
    ssize_t got;
    while ((got = read(drain->polled[0].fd, &fd, sizeof fd)) == (ssize_t)sizeof fd)
        take(drain, fd);
    return got != 0;
}

/* False when nothing more will come. One read a turn: no client keeps the others waiting. */
static bool discard(int fd) {
    char waste[64 * 1024];
    ssize_t got = recv(fd, waste, sizeof waste, MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void drop(struct drain *drain, nfds_t slot) {
    close(drain->polled[slot].fd);
    drain->count--;
    drain->polled[slot] = drain->polled[drain->count];
    drain->due[slot] = drain->due[drain->count];
}

static void *run(void *argument) {
    struct drain *drain = argument;
    bool open = true;
    while (open) {
        poll(drain->polled, drain->count, drain->count > 1 ? LOOK_MS : -1);
        uint64_t now = clock_monotonic_ns();
        /* Backwards: a dropped slot is filled with one that was looked at. */
        for (nfds_t slot = drain->count; slot-- > 1;)
            if (now >= drain->due[slot] || (drain->polled[slot].revents && !discard(drain->polled[slot].fd)))
                drop(drain, slot);
        if (drain->polled[0].revents)
            open = take_new(drain);
    }
    for (nfds_t slot = 0; slot < drain->count; slot++)
        close(drain->polled[slot].fd);
    return NULL;
}

bool drain_start(int64_t keep_ms, struct drain **ret_drain, struct error *err) {
    int ends[2];
    struct drain *drain = calloc(1, sizeof *drain);
    if (!drain || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        free(drain);
        return error_set(err, ERROR_INTERNAL, "no memory or descriptors for refused uploads");
    }
    drain->keep = (uint64_t)keep_ms * 1000000;
    drain->polled[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    drain->count = 1;
    drain->to_thread = ends[1];
    if (pthread_create(&drain->thread, NULL, run, drain) != 0) {
        close(ends[0]);
        close(ends[1]);
        free(drain);
        return error_set(err, ERROR_INTERNAL, "cannot start the thread of refused uploads");
    }
    *ret_drain = drain;
    return true;
}

void drain_stop(struct drain *drain) {
    if (!drain)
        return;
    close(drain->to_thread);
    pthread_join(drain->thread, NULL);
    free(drain);
}

void drain_keep(struct drain *drain, int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0 && write(drain->to_thread, &copy, sizeof copy) != (ssize_t)sizeof copy)
        close(copy);
}
