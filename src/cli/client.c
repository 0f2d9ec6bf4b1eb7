#include <errno.h>
#include <limits.h>
#include <curl/curl.h>
#include "cli/client.h"
#include "account/keys.h"
#include "api/json.h"
#include "api/operation.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/limits.h"
#include "cli/command.h"

enum { TIMEOUT_SECONDS = 120, ATTEMPTS = 6 };

struct client {
    struct service *service; /* NULL when remote */
    struct keys *keys;
    char endpoint[256];
};

struct client_session {
    struct client *client;
    struct api_worker *worker;
    CURL *curl;
};

static bool path_in(const char *data, const char *name, char path[PATH_MAX], struct error *err) {
    return snprintf(path, PATH_MAX, "%s/%s", data, name) < PATH_MAX ||
           error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
}

bool client_endpoint_write(const char *data, const char *endpoint, struct error *err) {
    char path[PATH_MAX];
    if (!path_in(data, "endpoint", path, err))
        return false;
    if (!endpoint)
        return unlink(path) == 0 || errno == ENOENT ||
               error_set(err, ERROR_INTERNAL, "cannot remove %s: %s", path, strerror(errno));
    FILE *stream = fopen(path, "we");
    bool written = stream && fprintf(stream, "%s\n", endpoint) > 0;
    if (stream)
        written = fclose(stream) == 0 && written;
    return written || error_set(err, ERROR_INTERNAL, "cannot write %s", path);
}

/* holder: who holds the folder, as the store tells it. */
static bool read_endpoint(const char *data, const char *holder, struct client *client, struct error *err) {
    char path[PATH_MAX];
    if (!path_in(data, "endpoint", path, err))
        return false;
    FILE *stream = fopen(path, "re");
    bool read = stream && fgets(client->endpoint, sizeof client->endpoint, stream);
    if (stream)
        fclose(stream);
    client->endpoint[strcspn(client->endpoint, "\n")] = 0;
    return read ||
           error_set(err, ERROR_IN_USE, "%.300s and is no server that is ready: try again later", holder);
}

/* keys_open would make a key, which no server knows. */
static bool open_keys(const char *data, struct client *client, struct error *err) {
    char path[PATH_MAX];
    if (!path_in(data, "credentials", path, err))
        return false;
    if (access(path, R_OK) != 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s; copy the server's there, mode 0600", path,
                         strerror(errno));
    return keys_open(data, &client->keys, err);
}

static bool open_remote(const char *data, const char *endpoint, struct client *client, struct error *err) {
    if (snprintf(client->endpoint, sizeof client->endpoint, "%s", endpoint) >= (int)sizeof client->endpoint)
        return error_set(err, ERROR_INTERNAL, "the endpoint is too long");
    return open_keys(data, client, err);
}

static bool open_data(const char *data, const char *models, struct client *client, struct error *err) {
    struct api_options options = {.data = data, .local = true};
    struct error why;
    models_folders((const char *const[]){models, NULL}, options.models);
    /* The folder is ours: an endpoint there is what a server left that was killed. */
    if (service_open(&options, &client->service, &why))
        return client_endpoint_write(data, NULL, err);
    if (why.code != ERROR_IN_USE)
        return error_set(err, why.code, "%s", why.text);
    return read_endpoint(data, why.text, client, err) && open_keys(data, client, err);
}

bool client_open(const char *data, const char *endpoint, const char *models, struct client **ret_client,
                 struct error *err) {
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return error_set(err, ERROR_INTERNAL, "no memory");
    if (!(endpoint ? open_remote(data, endpoint, client, err) : open_data(data, models, client, err))) {
        client_close(client);
        return false;
    }
    if (client_is_remote(client))
        curl_global_init(CURL_GLOBAL_DEFAULT);
    *ret_client = client;
    return true;
}

void client_close(struct client *client) {
    if (!client)
        return;
    service_close(client->service);
    keys_free(client->keys);
    free(client);
}

bool client_is_remote(const struct client *client) {
    return !client->service;
}

bool client_session_new(struct client *client, struct client_session **ret_session, struct error *err) {
    struct client_session *session = calloc(1, sizeof *session);
    if (!session)
        return error_set(err, ERROR_INTERNAL, "no memory");
    session->client = client;
    if (client->service ? !api_worker_new(client->service, &session->worker, err)
                        : !(session->curl = curl_easy_init())) {
        if (!client->service)
            error_set(err, ERROR_INTERNAL, "libcurl does not start");
        free(session);
        return false;
    }
    *ret_session = session;
    return true;
}

void client_session_free(struct client_session *session) {
    if (!session)
        return;
    api_worker_free(session->worker);
    curl_easy_cleanup(session->curl);
    free(session);
}

static size_t keep(char *data, size_t size, size_t count, void *context) {
    struct buffer *body = context;
    buffer_append(body, data, size * count);
    return body->failed ? 0 : size * count;
}

static bool call_remote(struct client_session *session, const char *operation, const struct buffer *json,
                        struct buffer *body, int *ret_status, struct error *err) {
    char target[128], user[KEYS_ACCESS_MAX + KEYS_SECRET_MAX + 2], problem[CURL_ERROR_SIZE] = "";
    const char *access_key, *secret;
    long status = 0;
    keys_first(session->client->keys, &access_key, &secret);
    const char *prefix = bytes_starts_with(bytes_of(operation), EXTENSION_PREFIX) ? "" : OPERATION_PREFIX;
    snprintf(target, sizeof target, "X-Amz-Target: %s%s", prefix, operation);
    snprintf(user, sizeof user, "%s:%s", access_key, secret);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-amz-json-1.1");
    headers = curl_slist_append(headers, target);
    curl_easy_reset(session->curl);
    curl_easy_setopt(session->curl, CURLOPT_URL, session->client->endpoint);
    curl_easy_setopt(session->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(session->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(session->curl, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:rekognition");
    curl_easy_setopt(session->curl, CURLOPT_USERPWD, user);
    curl_easy_setopt(session->curl, CURLOPT_POSTFIELDS, json->data);
    curl_easy_setopt(session->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json->len);
    curl_easy_setopt(session->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(session->curl, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(session->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
    curl_easy_setopt(session->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(session->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(session->curl, CURLOPT_ERRORBUFFER, problem);
    CURLcode code = curl_easy_perform(session->curl);
    curl_easy_getinfo(session->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    explicit_bzero(user, sizeof user);
    if (code != CURLE_OK)
        return error_set(err, ERROR_INTERNAL, "the server at %s does not answer: %.200s",
                         session->client->endpoint, problem[0] ? problem : curl_easy_strerror(code));
    *ret_status = (int)status;
    return true;
}

static bool call_local(struct client_session *session, const char *operation, const struct buffer *json,
                       struct buffer *body, int *ret_status, struct error *err) {
    CLEANUP_FREE char *text = calloc(1, json->len + API_BODY_PADDING);
    if (!text)
        return error_set(err, ERROR_INTERNAL, "no memory for a request");
    memcpy(text, json->data, json->len);
    struct api_reply reply;
    api_call(session->worker, operation, text, json->len, &reply);
    buffer_release(body);
    *body = reply.body;
    *ret_status = reply.status;
    return true;
}

static bool is_throttled(const struct buffer *body) {
    return body->data &&
           (strstr(body->data, "ThrottlingException") || strstr(body->data, "ThroughputExceeded"));
}

bool client_call(struct client_session *session, const char *operation, struct buffer *json,
                 struct buffer *ret_body, int *ret_status, struct error *err) {
    if (json->failed)
        return error_set(err, ERROR_INTERNAL, "no memory for a request");
    for (int attempt = 1;; attempt++) {
        struct buffer body = buffer_new(LIMIT_REPLY_BYTES);
        bool answered = session->worker ? call_local(session, operation, json, &body, ret_status, err)
                                        : call_remote(session, operation, json, &body, ret_status, err);
        if (answered && *ret_status >= 300 && attempt < ATTEMPTS && is_throttled(&body)) {
            buffer_release(&body);
            nanosleep(&(struct timespec){0, 50000000L << MIN(attempt, 4)}, NULL);
            continue;
        }
        if (answered)
            *ret_body = body;
        else
            buffer_release(&body);
        return answered;
    }
}

bool client_read(struct arena *arena, const struct buffer *body, struct yyjson_val **ret_reply,
                 struct error *err) {
    char *text = arena && body->data ? arena_alloc(arena, body->len + API_BODY_PADDING) : NULL;
    if (!text)
        return error_set(err, ERROR_INTERNAL, "no memory for the reply, or it is empty");
    memcpy(text, body->data, body->len);
    return json_read(arena, text, body->len, ret_reply, err);
}

static enum error_code code_of_type(struct bytes type) {
    for (int code = 0; code < ERROR_COUNT; code++)
        if (bytes_equal_string(type, error_type(code)))
            return code;
    return ERROR_INTERNAL;
}

/* Type and message of an error's body. */
static bool refused(const char *operation, const struct buffer *body, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
    struct yyjson_val *object;
    if (!client_read(arena, body, &object, NULL))
        return error_set(err, ERROR_INTERNAL, "%s: the server gave no reason", operation);
    struct bytes message = json_get_text(object, "Message");
    if (message.len == 0)
        message = json_get_text(object, "message");
    return error_set(err, code_of_type(json_get_text(object, "__type")), "%s: %.*s", operation,
                     BYTES_FORMAT(message));
}

bool client_demand(struct client_session *session, const char *operation, struct buffer *json,
                   struct buffer *ret_body, struct error *err) {
    struct buffer body = buffer_new(LIMIT_REPLY_BYTES);
    int status = 0;
    if (!client_call(session, operation, json, &body, &status, err))
        return false;
    if (status >= 300) {
        refused(operation, &body, err);
        buffer_release(&body);
        return false;
    }
    *ret_body = body;
    return true;
}

bool client_ask(struct client_session *session, const char *operation, struct buffer *json,
                struct arena *arena, struct yyjson_val **ret_reply, struct error *err) {
    struct buffer body;
    if (!client_demand(session, operation, json, &body, err))
        return false;
    bool good = client_read(arena, &body, ret_reply, err);
    buffer_release(&body);
    return good;
}

void client_put_blob(struct buffer *json, const char *name, struct bytes data) {
    CLEANUP_FREE char *text = malloc(base64_text_len(data.len) + 1);
    if (!text) {
        json->failed = true;
        return;
    }
    base64_to_text(data, text);
    json_put_text(json, name, (struct bytes){text, base64_text_len(data.len)});
}
