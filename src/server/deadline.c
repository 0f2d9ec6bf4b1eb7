#include <pthread.h>
#include <sys/socket.h>
#include "server/deadline.h"
#include "base/clock.h"

#define NONE UINT64_MAX

struct deadlines {
    pthread_mutex_t lock; /* of all below, and of every deadline's fields */
    pthread_cond_t stopping;
    pthread_t thread;
    uint64_t sweep;       /* nanoseconds between two looks */
    struct deadline list; /* a ring; this one is no connection's */
    uint64_t cut;
    bool stop;
};

static uint64_t due_in(int64_t ms) {
    return clock_monotonic_ns() + (uint64_t)ms * 1000000;
}

static void sweep(struct deadlines *deadlines) {
    uint64_t now = clock_monotonic_ns();
    for (struct deadline *each = deadlines->list.next; each != &deadlines->list; each = each->next)
        if (each->due <= now) {
            shutdown(each->fd, SHUT_RDWR);
            each->due = NONE;
            deadlines->cut++;
        }
}

static void *run(void *argument) {
    struct deadlines *deadlines = argument;
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->stop) {
        uint64_t at = clock_monotonic_ns() + deadlines->sweep;
        struct timespec until = {(time_t)(at / 1000000000u), (long)(at % 1000000000u)};
        pthread_cond_timedwait(&deadlines->stopping, &deadlines->lock, &until);
        sweep(deadlines);
    }
    pthread_mutex_unlock(&deadlines->lock);
    return NULL;
}

static void destroy(struct deadlines *deadlines) {
    pthread_cond_destroy(&deadlines->stopping);
    pthread_mutex_destroy(&deadlines->lock);
    free(deadlines);
}

bool deadlines_start(int64_t sweep_ms, struct deadlines **ret_deadlines, struct error *err) {
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (!deadlines)
        return error_set(err, ERROR_INTERNAL, "no memory for deadlines");
    deadlines->sweep = (uint64_t)sweep_ms * 1000000;
    deadlines->list.previous = deadlines->list.next = &deadlines->list;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&deadlines->stopping, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&deadlines->lock, NULL);
    if (pthread_create(&deadlines->thread, NULL, run, deadlines) != 0) {
        destroy(deadlines);
        return error_set(err, ERROR_INTERNAL, "cannot start the thread that watches deadlines");
    }
    *ret_deadlines = deadlines;
    return true;
}

void deadlines_stop(struct deadlines *deadlines) {
    if (!deadlines)
        return;
    pthread_mutex_lock(&deadlines->lock);
    deadlines->stop = true;
    pthread_cond_signal(&deadlines->stopping);
    pthread_mutex_unlock(&deadlines->lock);
    pthread_join(deadlines->thread, NULL);
    destroy(deadlines);
}

void deadline_add(struct deadlines *deadlines, struct deadline *deadline, int fd, int64_t ms_from_now) {
    struct deadline *list = &deadlines->list;
    *deadline = (struct deadline){.previous = list, .fd = fd, .due = due_in(ms_from_now)};
    pthread_mutex_lock(&deadlines->lock);
    deadline->next = list->next;
    list->next->previous = deadline;
    list->next = deadline;
    pthread_mutex_unlock(&deadlines->lock);
}

static void set_due(struct deadlines *deadlines, struct deadline *deadline, uint64_t due) {
    pthread_mutex_lock(&deadlines->lock);
    deadline->due = due;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, int64_t ms_from_now) {
    set_due(deadlines, deadline, due_in(ms_from_now));
}

void deadline_clear(struct deadlines *deadlines, struct deadline *deadline) {
    set_due(deadlines, deadline, NONE);
}

void deadline_remove(struct deadlines *deadlines, struct deadline *deadline) {
    pthread_mutex_lock(&deadlines->lock);
    deadline->previous->next = deadline->next;
    deadline->next->previous = deadline->previous;
    pthread_mutex_unlock(&deadlines->lock);
}

uint64_t deadlines_cut(struct deadlines *deadlines) {
    pthread_mutex_lock(&deadlines->lock);
    uint64_t cut = deadlines->cut;
    pthread_mutex_unlock(&deadlines->lock);
    return cut;
}
