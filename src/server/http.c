/* How a request lives, and who owns it.
 *
 * Two kinds of threads touch a request: the one I/O thread of libmicrohttpd, which runs all on_... callbacks,
 * and the workers. Exactly one owns it at a time, and its state says who:
 *
 *     NEW, READING    the I/O thread: on_uri made it, headers and body come in through on_request
 *     WORKING         from queue_push on the queue, from queue_pop on a worker; the I/O thread keeps its
 * hands off ANSWERED        the I/O thread again: it sends the reply, and on_completed frees the request
 *
 * The connection is suspended before the request goes into the queue. libmicrohttpd then neither reads the
 * socket nor closes the connection nor calls a callback for it, whatever the client does; so the headers,
 * which lie in memory of the connection, stay valid, and a worker never finds its request gone. It writes the
 * reply, frees the body, sets ANSWERED and resumes the connection, and does not touch the request after that.
 * libmicrohttpd's lock in suspend and resume orders the two threads' memory.
 *
 * A client that went away while its request was worked on is noticed after the resume: instead of on_request
 * the I/O thread calls on_completed, which frees the request with the reply that nobody wants. A suspended
 * connection has no deadline. All connections are resumed before the daemon is stopped: server_stop first
 * joins the workers, who empty the queue.
 *
 * A refusal before the body is sent at once and closes the connection (libmicrohttpd cannot skip the body
 * then); drain.h keeps the socket until the client has read it. A refusal within or after the body waits for
 * the body's end, and the connection stays usable. */
#include <microhttpd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include "server/http.h"
#include "server/record_files.h"
#include "api/concern_ops.h"
#include "server/request.h"
#include "base/clock.h"
#include "base/log.h"

#define METRICS_BYTES (4u * 1024 * 1024)

struct connection {
    struct deadline deadline;
    int fd;
    bool kept;  /* at least one request was answered */
    bool drain; /* it ends while the client still sends */
};

/* Of who is at the other end; NULL when it cannot be told. */
static const char *address_of(struct MHD_Connection *mhd, char text[INET6_ADDRSTRLEN]) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (!address)
        return NULL;
    const void *number = address->sa_family == AF_INET6
                             ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                             : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    return inet_ntop(address->sa_family, number, text, INET6_ADDRSTRLEN);
}

static struct connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void connection_open(struct server *server, struct MHD_Connection *mhd, void **ret_connection) {
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        shutdown(fd, SHUT_RDWR); /* without a deadline it may not stay */
        return;
    }
    connection->fd = fd;
    deadline_add(server->deadlines, &connection->deadline, fd, server->times.header);
    atomic_fetch_add(&server->connections, 1);
    *ret_connection = connection;
}

/* libmicrohttpd closes the socket when this has returned. */
static void connection_close(struct server *server, struct connection *connection) {
    if (!connection)
        return;
    deadline_remove(server->deadlines, &connection->deadline);
    if (connection->drain)
        drain_keep(server->drain, connection->fd);
    atomic_fetch_sub(&server->connections, 1);
    free(connection);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_open(context, mhd, socket_context);
    else
        connection_close(context, *socket_context);
}

/* The URI is still as on the wire here; on_request gets it decoded, which no signature would survive. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *mhd) {
    struct server *server = context;
    struct connection *connection = connection_of(mhd);
    /* The first request has the deadline of the connection. */
    if (connection && connection->kept)
        deadline_set(server->deadlines, &connection->deadline, server->times.header);
    struct request *request = request_new(uri);
    if (request)
        request->api.source = address_of(mhd, request->source);
    return request;
}

static int64_t body_deadline(const struct server *server, uint64_t bytes) {
    return server->times.body + (int64_t)(bytes * 1000 / LIMIT_BODY_BYTES_PER_SECOND);
}

static void drop_body(struct server *server, struct request *request) {
    atomic_fetch_sub(&server->body_bytes, request->api.body_len);
    request_drop_body(request);
}

/* Counts and logs an answered request of the API, before its body is dropped. */
static void note(struct server *server, const struct request *request) {
    const struct api_reply *reply = &request->reply;
    uint64_t took = clock_monotonic_ns() - request->start_ns;
    metrics_count(server->metrics, reply->operation, reply->status, reply->error_type, took);
    log_event(LOG_INFO, "request", "%s %s %d %s %.1f ms %zu bytes", reply->request_id, reply->operation,
              reply->status, reply->error_type ? reply->error_type : "-", (double)took / 1e6,
              request->api.body_len);
}

static void answer_metrics(struct server *server, struct request *request) {
    struct metrics_gauges gauges = {
        .connections = atomic_load(&server->connections),
        .queue_length = queue_length(server->queue),
        .body_bytes = atomic_load(&server->body_bytes),
        .cut = deadlines_cut(server->deadlines),
    };
    api_state(server->service, &gauges.api);
    struct buffer text = buffer_new(METRICS_BYTES);
    metrics_write(server->metrics, &gauges, &text);
    request_answer(request, "text/plain; version=0.0.4", text);
}

/* While nothing can be recorded nobody is answered: somebody has to look. */
static void answer_health(const struct server *server, struct request *request) {
    struct api_state state;
    struct buffer text = buffer_new(64);
    api_state(server->service, &state);
    bool failing = state.recorded && state.record.failing;
    buffer_printf(&text, "{\"status\":\"%s\"}", failing ? "record failing" : "ok");
    request_answer(request, "application/json", text);
    if (failing)
        request->reply.status = 503;
}

static void refuse_method(struct request *request, const char *allow) {
    request_refuse(request, ERROR_UNKNOWN_OPERATION, 405, "The method is not allowed here.");
    request->allow = allow;
}

static void answer_concerns(struct server *server, struct request *request) {
    struct buffer html = buffer_new(METRICS_BYTES);
    struct error err;
    if (concern_page(server->service, &html, &err)) {
        request_answer(request, "text/html; charset=utf-8", html);
        return;
    }
    buffer_release(&html);
    request_refuse(request, err.code, 0, err.text);
}

/* Leaves a request of the API READING, answers all others. */
static void route(struct server *server, struct request *request) {
    struct bytes path = request->api.path, method = request->api.method;
    bool reads = bytes_equal_string(method, "GET") || bytes_equal_string(method, "HEAD");
    bool health = bytes_equal_string(path, "/healthz"), metrics = bytes_equal_string(path, "/metrics"),
         record = record_files_own(path), concerns = bytes_equal_string(path, CONCERN_PATH);
    if (atomic_load(&server->stopping))
        request_refuse(request, ERROR_THROTTLED, 503, "The server is stopping.");
    else if (concerns && reads)
        answer_concerns(server, request);
    else if (bytes_equal_string(path, "/") || concerns) {
        if (!bytes_equal_string(method, "POST"))
            refuse_method(request, concerns ? "GET, HEAD, POST" : "POST");
    } else if (!health && !metrics && !record)
        request_refuse(request, ERROR_UNKNOWN_OPERATION, 404, "There is nothing at this path.");
    else if (!reads)
        refuse_method(request, "GET, HEAD");
    else if (health)
        answer_health(server, request);
    else if (record)
        record_files_answer(server->record, request);
    else
        answer_metrics(server, request);
}

static void add_reply_headers(struct MHD_Response *response, const struct request *request) {
    const struct api_reply *reply = &request->reply;
    MHD_add_response_header(response, "Content-Type", request->content_type);
    if (reply->request_id[0])
        MHD_add_response_header(response, "x-amzn-RequestId", reply->request_id);
    if (reply->error_type)
        MHD_add_response_header(response, "x-amzn-ErrorType", reply->error_type);
    if (request->allow)
        MHD_add_response_header(response, "Allow", request->allow);
    if (request->cache)
        MHD_add_response_header(response, "Cache-Control", request->cache);
}

static enum MHD_Result send_reply(struct server *server, struct connection *connection,
                                  struct request *request) {
    struct buffer *body = &request->reply.body;
    struct MHD_Response *response = MHD_create_response_from_buffer(body->len, body->data,
                                                                    MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    deadline_set(server->deadlines, &connection->deadline, body_deadline(server, body->len));
    *body = buffer_new(0); /* the response frees it */
    add_reply_headers(response, request);
    enum MHD_Result sent = MHD_queue_response(request->connection, (unsigned int)request->reply.status,
                                              response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                  const char *value, size_t value_len) {
    (void)kind;
    request_add_header(context, (struct bytes){name, name_len}, (struct bytes){value, value ? value_len : 0});
    return MHD_YES;
}

/* All headers are there. */
static enum MHD_Result begin(struct server *server, struct connection *connection, struct request *request,
                             struct MHD_Connection *mhd, const char *method) {
    request->connection = mhd;
    request->start_ns = clock_monotonic_ns();
    request->api.method = bytes_of(method);
    request->state = REQUEST_READING;
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, add_header, request);
    if (request_check(request))
        route(server, request);
    else if (request->announced > LIMIT_BODY_BYTES)
        metrics_count_body_refused(server->metrics);
    bool answered = request->state == REQUEST_ANSWERED;
    if (answered && request->reply.error_type)
        note(server, request);
    if (!request_has_body(request))
        return MHD_YES;
    if (answered) {
        connection->drain = true;
        return send_reply(server, connection, request);
    }
    uint64_t bytes = request->coding_headers > 0 ? LIMIT_BODY_BYTES : request->announced;
    deadline_set(server->deadlines, &connection->deadline, body_deadline(server, bytes));
    return MHD_YES;
}

/* A piece of the body. Only what has arrived counts, so that nobody takes up room with an announcement. */
static void take_body(struct server *server, struct request *request, const char *data, size_t len) {
    size_t had = request->api.body_len;
    if (request->state != REQUEST_READING)
        return;
    if (atomic_load(&server->body_bytes) + len > LIMIT_BODIES_BYTES) {
        request_drop_body(request);
        request_refuse(request, ERROR_THROTTLED, 0, "Too many requests are in flight.");
    } else if (request_append(request, data, len)) {
        atomic_fetch_add(&server->body_bytes, len);
        return;
    }
    atomic_fetch_sub(&server->body_bytes, had);
    metrics_count_body_refused(server->metrics);
    note(server, request);
}

/* The body is whole. */
static void submit(struct server *server, struct connection *connection, struct request *request) {
    request->start_ns = clock_monotonic_ns();
    request->state = REQUEST_WORKING;
    request->submitted = true;
    atomic_fetch_add(&server->unanswered, 1);
    deadline_clear(server->deadlines, &connection->deadline);
    MHD_suspend_connection(request->connection);
    if (queue_push(server->queue, request))
        return;
    request_refuse(request, ERROR_THROTTLED, 0, "Too many requests are waiting.");
    note(server, request);
    drop_body(server, request);
    MHD_resume_connection(request->connection);
}

void http_work(void *context, struct api_worker *worker, void *job) {
    struct server *server = context;
    struct request *request = job;
    if (atomic_load(&server->late))
        api_refuse(ERROR_THROTTLED, "The server is stopping.", &request->reply);
    else
        api_handle(worker, &request->api, &request->reply);
    note(server, request);
    drop_body(server, request);
    request->state = REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *uri,
                                  const char *method, const char *version, const char *data, size_t *data_len,
                                  void **request_context) {
    struct server *server = context;
    struct request *request = *request_context;
    struct connection *connection = connection_of(mhd);
    (void)uri;
    (void)version;
    if (!request || !connection)
        return MHD_NO; /* there was no memory for one of them */
    if (request->state == REQUEST_NEW)
        return begin(server, connection, request, mhd, method);
    if (*data_len > 0) {
        take_body(server, request, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    if (request->state == REQUEST_READING && request_finish(request)) {
        submit(server, connection, request);
        return MHD_YES;
    }
    return send_reply(server, connection, request);
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode code) {
    struct server *server = context;
    struct request *request = *request_context;
    struct connection *connection = connection_of(mhd);
    (void)code;
    if (connection) {
        connection->kept = true;
        deadline_set(server->deadlines, &connection->deadline, server->times.idle);
    }
    if (!request)
        return;
    if (request->submitted)
        atomic_fetch_sub(&server->unanswered, 1);
    drop_body(server, request);
    request_free(request);
    *request_context = NULL;
}

/* Poll, not epoll: libmicrohttpd 0.9.75 reads a short piece as "nothing more to read", and edge-triggered
 * epoll does not say again that the connection ended right behind it. */
bool http_start(struct server *server, int listening, struct error *err) {
    server->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)LIMIT_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned int)LIMIT_CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)LIMIT_CONNECTION_MEMORY, MHD_OPTION_END);
    return server->daemon || error_set(err, ERROR_INTERNAL, "the HTTP server does not start");
}
