#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include "server/http.h"
#include "base/clock.h"
#include "base/limits.h"

static bool listen_fail(int fd, const struct server_options *options, struct error *err) {
    int reason = errno;
    if (fd >= 0)
        close(fd);
    return error_set(err, reason == EADDRINUSE ? ERROR_IN_USE : ERROR_INTERNAL,
                     "cannot listen on %s port %u: %s", options->address, options->port, strerror(reason));
}

static uint16_t port_of(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &len);
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, &address, sizeof in);
    memcpy(&in6, &address, sizeof in6);
    return ntohs(address.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

static bool listen_open(const struct server_options *options, int *ret_fd, struct error *err) {
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    struct addrinfo *found,
        hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    if (getaddrinfo(options->address, port, &hints, &found) != 0)
        return error_set(err, ERROR_VALIDATION, "%s is not an IP address", options->address);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
    freeaddrinfo(found);
    if (!listens)
        return listen_fail(fd, options, err);
    *ret_fd = fd;
    return true;
}

static bool start_parts(struct server *server, struct service *service, const struct server_options *options,
                        struct error *err) {
    int listening = -1;
    if (!listen_open(options, &listening, err))
        return false;
    server->port = port_of(listening);
    server->queue = queue_new(LIMIT_QUEUE);
    server->metrics = metrics_new(api_operation_names());
    bool ready = server->queue && server->metrics
                     ? true
                     : error_set(err, ERROR_INTERNAL, "no memory for the server");
    ready = ready && deadlines_start(server->times.sweep, &server->deadlines, err) &&
            drain_start(LIMIT_DRAIN_SECONDS * 1000, &server->drain, err) &&
            worker_pool_start(service, options->workers, server->queue, http_work, server, &server->workers,
                              err);
    if (!ready)
        close(listening);
    return ready && http_start(server, listening, err);
}

bool server_start_timed(struct service *service, const struct server_options *options,
                        const struct server_deadlines *times, struct server **ret_server, struct error *err) {
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return error_set(err, ERROR_INTERNAL, "no memory for the server");
    server->times = *times;
    server->record = options->record;
    server->service = service;
    /* Signals are the main thread's: all threads that start here inherit that they take none. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = start_parts(server, service, options, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        server_stop(server);
        return false;
    }
    *ret_server = server;
    return true;
}

bool server_start(struct service *service, const struct server_options *options, struct server **ret_server,
                  struct error *err) {
    static const struct server_deadlines times = {
        .header = LIMIT_HEADER_SECONDS * 1000,
        .body = LIMIT_BODY_SECONDS * 1000,
        .idle = LIMIT_IDLE_SECONDS * 1000,
        .stop = LIMIT_STOP_SECONDS * 1000,
        .sweep = 500,
    };
    return server_start_timed(service, options, &times, ret_server, err);
}

uint16_t server_port(const struct server *server) {
    return server->port;
}

/* Until every request that was taken is answered, or the time is up. */
static void wait_for_answers(struct server *server) {
    const struct timespec pause = {0, 10 * 1000 * 1000};
    uint64_t end = clock_monotonic_ns() + (uint64_t)server->times.stop * 1000000;
    while (atomic_load(&server->unanswered) > 0 && clock_monotonic_ns() < end)
        nanosleep(&pause, NULL);
}

static void stop_daemon(struct server *server) {
    atomic_store(&server->stopping, true);
    int listening = MHD_quiesce_daemon(server->daemon);
    shutdown(listening, SHUT_RDWR);
    wait_for_answers(server);
    atomic_store(&server->late, true);
    worker_pool_stop(server->workers);
    server->workers = NULL;
    MHD_stop_daemon(server->daemon);
    close(listening); /* only now: until here the daemon's thread might have used the number */
}

void server_stop(struct server *server) {
    if (!server)
        return;
    if (server->daemon)
        stop_daemon(server);
    worker_pool_stop(server->workers);
    deadlines_stop(server->deadlines);
    drain_stop(server->drain);
    queue_free(server->queue);
    metrics_free(server->metrics);
    free(server);
}
