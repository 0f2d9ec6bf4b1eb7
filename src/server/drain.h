/* Lets the client of a refused upload read its answer.
 *
 * Most clients send the whole body before they read. A socket that is closed with bytes unread resets the
 * connection, and the answer that said why is lost on the way. So the socket is kept a while: what still
 * arrives is read and thrown away until the client closes. */
#ifndef SERVER_DRAIN_H
#define SERVER_DRAIN_H

#include "base/error.h"

struct drain;

/* Starts the thread that reads. A socket is kept for at most so many milliseconds. */
MUST_CHECK bool drain_start(int64_t keep_ms, struct drain **ret_drain, struct error *err);
/* Closes all sockets it has. Takes NULL. */
void drain_stop(struct drain *drain);
/* Keeps the connection of a socket; the caller still closes its own descriptor. When there are
 * LIMIT_DRAINING already, nothing is kept. */
void drain_keep(struct drain *drain, int fd);

#endif
