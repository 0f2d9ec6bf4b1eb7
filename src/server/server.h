/* HTTP in front of the API: libmicrohttpd moves bytes, one worker a core does the work.
 *
 * POST / is the API. GET /healthz is 200 when requests are served. GET /metrics is Prometheus text. GET
 * /record/... is the record (record_files.h). All else is a JSON error; only what cannot be read as HTTP gets
 * a short page of libmicrohttpd's. A full queue answers ThrottlingException at once; slow and idle clients
 * are cut off (limits.h). */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "api/api.h"

struct server;

struct server_options {
    const char *address; /* numeric, "127.0.0.1" or "::1" */
    uint16_t port;       /* 0: any free one, see server_port */
    int workers;         /* 0: one a core; at most LIMIT_WORKERS */
    const char *record;  /* folder of the record, of the caller as long as the server runs; NULL: none */
};

/* Starts threads, which take no signals, and returns once requests are served. IN_USE when the port is taken,
 * VALIDATION when the address is none. */
MUST_CHECK bool server_start(struct service *service, const struct server_options *options,
                             struct server **ret_server, struct error *err);
uint16_t server_port(const struct server *server);
/* Takes no new requests, answers those it has (at most 30 seconds), joins its threads. Takes NULL. */
void server_stop(struct server *server);

#endif
