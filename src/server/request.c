#include "server/request.h"

#define FIRST_CAPACITY (64u * 1024) /* of a body of unknown length */

struct request *request_new(const char *uri) {
    size_t len = strlen(uri), size;
    if (!size_add(sizeof(struct request) + 1, len, &size))
        return NULL;
    struct request *request = calloc(1, size);
    if (!request)
        return NULL;
    memcpy(request->uri, uri, len);
    struct bytes rest = {request->uri, len};
    request->api.path = bytes_split(&rest, '?');
    request->api.query = rest;
    request->api.headers = request->headers;
    request->header_bytes = len;
    request->content_type = "application/x-amz-json-1.1";
    return request;
}

void request_free(struct request *request) {
    if (!request)
        return;
    request_drop_body(request);
    buffer_release(&request->reply.body);
    free(request);
}

void request_add_header(struct request *request, struct bytes name, struct bytes value) {
    request->header_bytes += name.len + value.len;
    if (bytes_equal_nocase(name, BYTES_LITERAL("Content-Length"))) {
        request->length_headers++;
        if (!bytes_to_number(value, UINT64_MAX, &request->announced))
            request->framing_unknown = true;
    } else if (bytes_equal_nocase(name, BYTES_LITERAL("Transfer-Encoding"))) {
        request->coding_headers++;
        if (!bytes_equal_nocase(value, BYTES_LITERAL("chunked")))
            request->framing_unknown = true;
    }
    if (request->api.header_count == LIMIT_HEADER_COUNT)
        request->headers_cut = true;
    else
        request->headers[request->api.header_count++] = (struct api_header){name, value};
}

bool request_check(struct request *request) {
    if (request->framing_unknown || request->length_headers + request->coding_headers > 1)
        request_refuse(request, ERROR_SERIALIZATION, 0, "The length of the request body is not clear.");
    else if (request->headers_cut || request->header_bytes > LIMIT_HEADER_BYTES)
        request_refuse(request, ERROR_BODY_TOO_LARGE, 431, "The request headers are too large.");
    else if (request->announced > LIMIT_BODY_BYTES)
        request_refuse(request, ERROR_BODY_TOO_LARGE, 0, "The request body is too large.");
    return request->state != REQUEST_ANSWERED;
}

/* Room for size bytes and the padding: for all that was announced at once, otherwise doubling. */
static bool reserve(struct request *request, size_t size) {
    if (size <= request->capacity && request->api.body)
        return true;
    size_t capacity = MAX(size, MAX(2 * request->capacity, FIRST_CAPACITY));
    if (request->coding_headers == 0)
        capacity = (size_t)request->announced;
    char *body = realloc(request->api.body, capacity + API_BODY_PADDING);
    if (!body)
        return false;
    request->api.body = body;
    request->capacity = capacity;
    return true;
}

static bool refuse_memory(struct request *request) {
    request_drop_body(request);
    request_refuse(request, ERROR_THROTTLED, 0, "Too many requests are in flight.");
    return false;
}

bool request_append(struct request *request, const void *data, size_t len) {
    size_t size = request->api.body_len + len;
    if (size > LIMIT_BODY_BYTES) {
        request_drop_body(request);
        request_refuse(request, ERROR_BODY_TOO_LARGE, 0, "The request body is too large.");
        return false;
    }
    if (!reserve(request, size))
        return refuse_memory(request);
    memcpy(request->api.body + request->api.body_len, data, len);
    request->api.body_len = size;
    return true;
}

bool request_finish(struct request *request) {
    if (!reserve(request, request->api.body_len))
        return refuse_memory(request);
    memset(request->api.body + request->api.body_len, 0, API_BODY_PADDING);
    return true;
}

void request_drop_body(struct request *request) {
    free(request->api.body);
    request->api.body = NULL;
    request->api.body_len = request->capacity = 0;
}

void request_refuse(struct request *request, enum error_code code, int status, const char *text) {
    api_refuse(code, text, &request->reply);
    if (status != 0)
        request->reply.status = status;
    request->state = REQUEST_ANSWERED;
}

void request_answer(struct request *request, const char *content_type, struct buffer body) {
    request->reply = (struct api_reply){.status = 200, .operation = "unknown", .body = body};
    request->content_type = content_type;
    request->state = REQUEST_ANSWERED;
}
