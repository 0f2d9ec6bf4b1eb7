/* For the tests of the server: a fake API, a client, and a server between them. Included by one test program
 * each. What a request's X-Fake header names is what the API does ("echo", "error", "large", "block" until
 * the gate opens). */
#ifndef SERVER_TEST_SUPPORT_H
#define SERVER_TEST_SUPPORT_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <cmocka.h>
#include "server/http.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

/* --- the fake API --- */

struct api_worker {
    int number;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int blocked, workers, workers_allowed;
    atomic_int handled;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .workers_allowed = 64};

bool api_worker_new(struct service *service, struct api_worker **ret_worker, struct error *err) {
    (void)service;
    if (fake.workers == fake.workers_allowed)
        return error_set(err, ERROR_QUOTA, "no more workers");
    *ret_worker = calloc(1, sizeof **ret_worker);
    fake.workers++;
    return true;
}

void api_worker_free(struct api_worker *worker) {
    fake.workers--;
    free(worker);
}

static struct api_state fake_state;

void api_state(struct service *service, struct api_state *ret_state) {
    (void)service;
    *ret_state = fake_state;
}

const char *const *api_operation_names(void) {
    static const char *const names[] = {"Echo", "Block", NULL};
    return names;
}

void api_refuse(enum error_code code, const char *text, struct api_reply *ret_reply) {
    *ret_reply = (struct api_reply){.status = error_status(code),
                                    .request_id = "refused",
                                    .operation = "unknown",
                                    .error_type = error_type(code),
                                    .body = buffer_new(1000)};
    buffer_printf(&ret_reply->body, "{\"__type\":\"%s\",\"message\":\"%s\"}", error_type(code), text);
}

static inline struct bytes header(const struct api_request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++)
        if (bytes_equal_nocase(request->headers[i].name, bytes_of(name)))
            return request->headers[i].value;
    return (struct bytes){NULL, 0};
}

/* Writes over the body too, as the API may. */
static inline void echo(const struct api_request *request, struct api_reply *reply) {
    unsigned sum = 0;
    for (size_t i = 0; i < request->body_len; i++)
        sum = sum * 31 + (unsigned char)request->body[i];
    memset(request->body, 'w', request->body_len + API_BODY_PADDING);
    *reply = (struct api_reply){
        .status = 200, .request_id = "id", .operation = "Echo", .body = buffer_new(1 << 20)};
    buffer_printf(&reply->body, "%.*s %.*s ?%.*s %zu %u %.*s", BYTES_FORMAT(request->method),
                  BYTES_FORMAT(request->path), BYTES_FORMAT(request->query), request->body_len, sum,
                  BYTES_FORMAT(header(request, "X-Echo")));
}

#define LARGE_REPLY (40 * 1024 * 1024) /* more than sockets hold */

static inline void large(struct api_reply *reply) {
    *reply = (struct api_reply){
        .status = 200, .request_id = "id", .operation = "Echo", .body = buffer_new(LARGE_REPLY)};
    static char block[1024 * 1024];
    for (size_t i = 0; i < LARGE_REPLY / sizeof block; i++)
        buffer_append(&reply->body, block, sizeof block);
}

static inline void block(void) {
    pthread_mutex_lock(&fake.lock);
    fake.blocked++;
    pthread_cond_broadcast(&fake.changed);
    while (!fake.open)
        pthread_cond_wait(&fake.changed, &fake.lock);
    fake.blocked--;
    pthread_mutex_unlock(&fake.lock);
}

void api_handle(struct api_worker *worker, const struct api_request *request, struct api_reply *ret_reply) {
    struct bytes what = header(request, "X-Fake");
    atomic_fetch_add(&fake.handled, 1);
    worker->number++; /* two threads with one worker are a race for the sanitizer */
    if (bytes_equal_string(what, "block"))
        block();
    if (bytes_equal_string(what, "error"))
        api_refuse(ERROR_INVALID_IMAGE, "Request has invalid image format", ret_reply);
    else if (bytes_equal_string(what, "large"))
        large(ret_reply);
    else
        echo(request, ret_reply);
}

static inline void set_gate(bool open) {
    pthread_mutex_lock(&fake.lock);
    fake.open = open;
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}

static inline void wait_for_blocked(int count) {
    pthread_mutex_lock(&fake.lock);
    while (fake.blocked < count)
        pthread_cond_wait(&fake.changed, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

/* --- the server of a test --- */

static struct server *server;

static const struct server_deadlines patient = {
    .header = 20000, .body = 20000, .idle = 20000, .stop = 20000, .sweep = 20};

static inline void start(const struct server_deadlines *times, int workers) {
    struct server_options options = {.address = "127.0.0.1", .workers = workers};
    set_gate(false);
    struct error err;
    if (!server_start_timed(NULL, &options, times, &server, &err))
        fail_msg("%s", err.text);
}

static inline int start_patient(void **state) {
    (void)state;
    start(&patient, 2);
    return 0;
}

static inline int stop(void **state) {
    (void)state;
    set_gate(true);
    server_stop(server);
    server = NULL;
    return fake.workers == 0 ? 0 : -1;
}

static inline bool within_seconds(bool (*is_so)(void), int seconds) {
    const struct timespec pause = {0, 2000000};
    for (uint64_t end = clock_monotonic_ns() + (uint64_t)seconds * 1000000000; clock_monotonic_ns() < end;
         nanosleep(&pause, NULL))
        if (is_so())
            return true;
    return is_so();
}

static inline bool is_quiet(void) {
    return atomic_load(&server->connections) == 0 && atomic_load(&server->body_bytes) == 0 &&
           atomic_load(&server->unanswered) == 0;
}

static inline bool is_queue_full(void) {
    return queue_length(server->queue) == LIMIT_QUEUE;
}

/* --- the client --- */

static inline int dial(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server_port(server))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline bool say_bytes(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static inline void say(int fd, const char *text) {
    assert_true(say_bytes(fd, text, strlen(text)));
}

struct answer {
    int status;
    char head[4096], body[65536];
};

/* The value of a header; NULL when there is none. */
static inline const char *head_value(const struct answer *answer, const char *name) {
    char start[64];
    snprintf(start, sizeof start, "\n%s: ", name);
    const char *line = strstr(answer->head, start);
    return line ? line + strlen(start) : NULL;
}

static inline bool hear_bytes(int fd, char *data, size_t len) {
    return len == 0 || recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* Reads exactly one answer; false when the connection ends before it does. */
static inline bool hear(int fd, struct answer *answer) {
    size_t len = 0;
    memset(answer, 0, sizeof *answer);
    while (len < 4 || memcmp(answer->head + len - 4, "\r\n\r\n", 4) != 0) {
        assert_true(len + 1 < sizeof answer->head);
        if (recv(fd, answer->head + len, 1, 0) != 1)
            return false;
        len++;
    }
    assert_memory_equal(answer->head, "HTTP/1.1 ", 9);
    answer->status = (int)strtol(answer->head + 9, NULL, 10);
    if (answer->status == 100)
        return true;
    assert_non_null(head_value(answer, "Date"));
    assert_null(head_value(answer, "x-amz-crc32"));
    const char *body_len = head_value(answer, "Content-Length");
    assert_non_null(body_len);
    size_t body = (size_t)strtol(body_len, NULL, 10);
    assert_true(body < sizeof answer->body);
    return hear_bytes(fd, answer->body, body);
}

static inline void assert_answer(int fd, int status, const char *body) {
    struct answer answer;
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, status);
    assert_string_equal(answer.body, body);
}

static inline void assert_error(int fd, int status, const char *type) {
    struct answer answer;
    char expected[100];
    snprintf(expected, sizeof expected, "{\"__type\":\"%s\",", type);
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, status);
    assert_memory_equal(answer.body, expected, strlen(expected));
    assert_memory_equal(head_value(&answer, "x-amzn-ErrorType"), type, strlen(type));
    assert_memory_equal(head_value(&answer, "Content-Type"), "application/x-amz-json-1.1\r", 27);
    assert_memory_equal(head_value(&answer, "x-amzn-RequestId"), "refused\r", 8);
}

static inline void assert_closed(int fd) {
    char byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

#define HELLO "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
#define HELLO_ANSWER "POST / ? 5 99162322 "
#define BLOCK "POST / HTTP/1.1\r\nHost: a\r\nX-Fake: block\r\nContent-Length: 5\r\n\r\nhello"

static inline void assert_serves(void) {
    int fd = dial();
    say(fd, HELLO);
    assert_answer(fd, 200, HELLO_ANSWER);
    close(fd);
}

#endif
