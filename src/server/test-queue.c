#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "server/queue.h"

static void gives_jobs_in_the_order_they_came(void **state) {
    (void)state;
    int jobs[3];
    struct queue *queue = queue_new(2);
    assert_non_null(queue);
    /* Three rounds turn the ring over. */
    for (int round = 0; round < 3; round++) {
        assert_true(queue_push(queue, &jobs[0]));
        assert_true(queue_push(queue, &jobs[1]));
        assert_ptr_equal(queue_pop(queue), &jobs[0]);
        assert_true(queue_push(queue, &jobs[2]));
        assert_ptr_equal(queue_pop(queue), &jobs[1]);
        assert_ptr_equal(queue_pop(queue), &jobs[2]);
    }
    queue_free(queue);
}

static void refuses_what_does_not_fit(void **state) {
    (void)state;
    int jobs[3];
    struct queue *queue = queue_new(2);
    assert_true(queue_push(queue, &jobs[0]));
    assert_true(queue_push(queue, &jobs[1]));
    assert_false(queue_push(queue, &jobs[2]));
    assert_int_equal(queue_length(queue), 2);
    assert_ptr_equal(queue_pop(queue), &jobs[0]);
    assert_true(queue_push(queue, &jobs[2]));
    assert_ptr_equal(queue_pop(queue), &jobs[1]);
    assert_ptr_equal(queue_pop(queue), &jobs[2]);
    assert_int_equal(queue_length(queue), 0);
    queue_free(queue);
}

static void gives_what_is_left_after_the_close_and_then_nothing(void **state) {
    (void)state;
    int job;
    struct queue *queue = queue_new(4);
    assert_true(queue_push(queue, &job));
    queue_close(queue);
    assert_false(queue_push(queue, &job));
    assert_ptr_equal(queue_pop(queue), &job);
    assert_null(queue_pop(queue));
    queue_free(queue);
}

static void no_capacity_takes_nothing_and_an_absurd_one_is_refused(void **state) {
    (void)state;
    int job;
    struct queue *queue = queue_new(0);
    assert_false(queue_push(queue, &job));
    queue_free(queue);
    assert_null(queue_new(SIZE_MAX / 2));
    queue_free(NULL);
}

#define PRODUCERS 3
#define CONSUMERS 3
#define JOBS 2000 /* of each producer */

static atomic_int taken[PRODUCERS * JOBS];

struct producer {
    struct queue *queue;
    atomic_int *jobs;
};

static void *produce(void *argument) {
    struct producer *producer = argument;
    for (int i = 0; i < JOBS; i++)
        while (!queue_push(producer->queue, &producer->jobs[i]))
            sched_yield();
    return NULL;
}

static void *consume(void *argument) {
    atomic_int *job;
    while ((job = queue_pop(argument)))
        atomic_fetch_add(job, 1);
    return NULL;
}

static void many_threads_take_each_job_once(void **state) {
    (void)state;
    struct queue *queue = queue_new(8);
    pthread_t consumers[CONSUMERS], producers[PRODUCERS];
    struct producer given[PRODUCERS];
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(pthread_create(&consumers[i], NULL, consume, queue), 0);
    for (int i = 0; i < PRODUCERS; i++) {
        given[i] = (struct producer){queue, taken + i * JOBS};
        assert_int_equal(pthread_create(&producers[i], NULL, produce, &given[i]), 0);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    queue_close(queue);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_join(consumers[i], NULL);
    for (int i = 0; i < PRODUCERS * JOBS; i++)
        assert_int_equal(atomic_load(&taken[i]), 1);
    queue_free(queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_jobs_in_the_order_they_came),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(gives_what_is_left_after_the_close_and_then_nothing),
        cmocka_unit_test(no_capacity_takes_nothing_and_an_absurd_one_is_refused),
        cmocka_unit_test(many_threads_take_each_job_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
