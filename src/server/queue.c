#include <pthread.h>
#include "server/queue.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a job came, or the queue was closed */
    bool closed;
    size_t capacity, first, count;
    void *jobs[]; /* a ring */
};

struct queue *queue_new(size_t capacity) {
    size_t size;
    if (!size_multiply(capacity, sizeof(void *), &size) || !size_add(size, sizeof(struct queue), &size))
        return NULL;
    struct queue *queue = calloc(1, size);
    if (!queue)
        return NULL;
    queue->capacity = capacity;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    return queue;
}

void queue_free(struct queue *queue) {
    if (!queue)
        return;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

bool queue_push(struct queue *queue, void *job) {
    pthread_mutex_lock(&queue->lock);
    bool room = !queue->closed && queue->count < queue->capacity;
    if (room) {
        queue->jobs[(queue->first + queue->count) % queue->capacity] = job;
        queue->count++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

void *queue_pop(struct queue *queue) {
    void *job = NULL;
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
    if (queue->count > 0) {
        job = queue->jobs[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return job;
}

void queue_close(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_length(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
