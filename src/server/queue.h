/* A bounded queue between threads: first in, first out; pushing never waits, popping does. */
#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include "base/compiler.h"

struct queue;

/* NULL when there is no memory. The caller frees it. */
MUST_CHECK struct queue *queue_new(size_t capacity);
/* Nobody uses it any more, and it is empty. Takes NULL. */
void queue_free(struct queue *queue);
/* False when it is full or closed; job (not NULL) then stays with the caller. */
MUST_CHECK bool queue_push(struct queue *queue, void *job);
/* Waits for a job, which is the caller's from now on. NULL once the queue is closed and empty. */
MUST_CHECK void *queue_pop(struct queue *queue);
/* Nothing more goes in; what is in comes out. */
void queue_close(struct queue *queue);
size_t queue_length(struct queue *queue);

#endif
