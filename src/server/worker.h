/* The worker pool: threads that take jobs from a queue, each with an api_worker of its own. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "api/api.h"
#include "server/queue.h"

struct worker_pool;

/* Makes all api_workers first, so that a model that does not fit in memory is an error here and not later.
 * count 0: one a core. The pool then calls work(context, worker, job) for every
 * job of the queue, on any of its threads. */
MUST_CHECK bool worker_pool_start(struct service *service, int count, struct queue *queue,
                                  void (*work)(void *context, struct api_worker *worker, void *job),
                                  void *context, struct worker_pool **ret_pool, struct error *err);
/* Closes the queue, waits until it is worked off, joins the threads. Takes NULL. */
void worker_pool_stop(struct worker_pool *pool);

#endif
