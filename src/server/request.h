/* One request as it comes in: its headers, its body, and at last its reply. Knows nothing of sockets; who may
 * touch it when is told in http.c. */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "api/api.h"
#include "base/limits.h"

struct MHD_Connection;

enum request_state {
    REQUEST_NEW,      /* only the first line was seen */
    REQUEST_READING,  /* headers are there, the body is coming */
    REQUEST_WORKING,  /* in the queue or with a worker */
    REQUEST_ANSWERED, /* the reply is there; what still comes of the body is thrown away */
};

struct request {
    enum request_state state;
    struct MHD_Connection *connection;
    struct api_request api; /* path and query point into uri, headers into memory of the connection */
    struct api_header headers[LIMIT_HEADER_COUNT];
    size_t header_bytes;                   /* names, values and uri */
    size_t length_headers, coding_headers; /* Content-Length and Transfer-Encoding: how many of each */
    bool headers_cut;                      /* there were more than fit */
    bool framing_unknown;                  /* a coding or length that cannot be followed */
    uint64_t announced;                    /* Content-Length */
    size_t capacity;                       /* of api.body, without its padding */
    uint64_t start_ns;                     /* when all of it was there */
    bool submitted;                        /* it was given to the queue */
    struct api_reply reply;
    const char *content_type, *allow; /* of the reply; allow: NULL or what a 405 names */
    char source[46];                  /* api.source: a numeric address */
    const char *cache;                /* Cache-Control of the reply, or NULL */
    char uri[];
};

/* uri: as on the wire. NULL when there is no memory. The caller frees it. */
MUST_CHECK struct request *request_new(const char *uri);
/* With body and reply. Takes NULL. */
void request_free(struct request *request);
/* The views are kept. */
void request_add_header(struct request *request, struct bytes name, struct bytes value);
/* After the last header: refuses too many or too large ones, a body too large, and a body whose end two
 * readers could see at different places. False when it was refused. */
MUST_CHECK bool request_check(struct request *request);
static inline bool request_has_body(const struct request *request) {
    return request->announced > 0 || request->coding_headers > 0;
}
/* Copies a piece of the body; refuses, and drops the body, what is too large or finds no memory. */
MUST_CHECK bool request_append(struct request *request, const void *data, size_t len);
/* The body is whole: makes its padding. False when there is no memory: it is then refused. */
MUST_CHECK bool request_finish(struct request *request);
void request_drop_body(struct request *request);
/* Answers with an error; status 0: that of the code. */
void request_refuse(struct request *request, enum error_code code, int status, const char *text);
/* Answers 200. The buffer's data is the request's from now on. */
void request_answer(struct request *request, const char *content_type, struct buffer body);

#endif
