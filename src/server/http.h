/* Private to src/server: the server's parts, and libmicrohttpd's callbacks that join them. */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <microhttpd.h>
#include <stdatomic.h>
#include "server/deadline.h"
#include "server/drain.h"
#include "server/metrics.h"
#include "server/queue.h"
#include "server/server.h"
#include "server/worker.h"

/* Milliseconds; those of limits.h unless a test needs shorter ones. */
struct server_deadlines {
    int64_t header, idle, stop, sweep;
    int64_t body; /* of a request or reply; LIMIT_BODY_BYTES_PER_SECOND adds to it */
};

struct server {
    struct server_deadlines times;
    const char *record; /* folder, or NULL */
    struct service *service;
    struct MHD_Daemon *daemon;
    struct queue *queue;
    struct worker_pool *workers;
    struct deadlines *deadlines;
    struct drain *drain;
    struct metrics *metrics;
    uint16_t port;
    atomic_size_t connections; /* open ones */
    atomic_size_t body_bytes;  /* of all bodies in memory */
    atomic_size_t unanswered;  /* requests that were given to the queue and whose reply is not sent */
    atomic_bool stopping;      /* new requests are refused */
    atomic_bool late;          /* and so are those in the queue */
};

/* server_start with other deadlines. */
MUST_CHECK bool server_start_timed(struct service *service, const struct server_options *options,
                                   const struct server_deadlines *times, struct server **ret_server,
                                   struct error *err);
/* Starts the thread of libmicrohttpd on a listening socket, which is its own from now on. */
MUST_CHECK bool http_start(struct server *server, int listening, struct error *err);
/* The worker pool's function: job is a struct request, context the server. */
void http_work(void *context, struct api_worker *worker, void *job);

#endif
