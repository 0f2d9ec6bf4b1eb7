#include <pthread.h>
#include "server/worker.h"
#include "base/limits.h"

struct worker {
    struct worker_pool *pool;
    struct api_worker *api;
    pthread_t thread;
    bool running;
};

struct worker_pool {
    struct queue *queue;
    void (*work)(void *context, struct api_worker *worker, void *job);
    void *context;
    int count;
    struct worker workers[LIMIT_WORKERS];
};

static int cores(void) {
    return (int)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

static void *run(void *argument) {
    struct worker *worker = argument;
    struct worker_pool *pool = worker->pool;
    void *job;
    while ((job = queue_pop(pool->queue)))
        pool->work(pool->context, worker->api, job);
    return NULL;
}

bool worker_pool_start(struct service *service, int count, struct queue *queue,
                       void (*work)(void *context, struct api_worker *worker, void *job), void *context,
                       struct worker_pool **ret_pool, struct error *err) {
    struct worker_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(err, ERROR_INTERNAL, "no memory for workers");
    *pool = (struct worker_pool){.queue = queue, .work = work, .context = context};
    pool->count = MIN(count > 0 ? count : cores(), LIMIT_WORKERS);
    for (int i = 0; i < pool->count; i++) {
        pool->workers[i].pool = pool;
        if (!api_worker_new(service, &pool->workers[i].api, err))
            goto out;
    }
    for (int i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];
        worker->running = pthread_create(&worker->thread, NULL, run, worker) == 0;
        if (!worker->running) {
            error_set(err, ERROR_INTERNAL, "cannot start worker thread %d", i);
            goto out;
        }
    }
    *ret_pool = pool;
    return true;
out:
    worker_pool_stop(pool);
    return false;
}

void worker_pool_stop(struct worker_pool *pool) {
    if (!pool)
        return;
    queue_close(pool->queue);
    for (int i = 0; i < pool->count; i++)
        if (pool->workers[i].running)
            pthread_join(pool->workers[i].thread, NULL);
    for (int i = 0; i < pool->count; i++)
        if (pool->workers[i].api)
            api_worker_free(pool->workers[i].api);
    free(pool);
}
