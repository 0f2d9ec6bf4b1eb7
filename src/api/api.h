/* The API without its transport: a parsed HTTP request in, a reply out.
 *
 * A request flows one way: target -> size -> signature -> JSON -> validation -> handler -> reply. The service
 * is shared by all threads; a worker (arena, inference requests) belongs to one. */
#ifndef API_API_H
#define API_API_H

#include "account/probes.h"
#include "account/quota.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "face/face.h"
#include "record/record.h"

struct service;
struct api_worker;

struct api_options {
    const char *data;                     /* folder of store, keys and compiled models */
    const char *models[LIMIT_MODELS + 1]; /* model packs, see face/pack.h, NULL behind the last */
    const char *region;                   /* in ARNs; NULL: us-east-1 */
    int workers;                          /* that will be made, 0: one a core; more wait for each other */
    const char *celebrities; /* id of the collection whose users are the celebrities; NULL: none */
    const char *objects; /* file of the S3 source's settings (object.h), which may be absent; NULL: none */
    struct face_search search; /* how hard to look for faces */
    bool local;                /* no key file: for a command line that calls api_call */
};

struct api_header {
    struct bytes name, value;
};

struct api_request {
    struct bytes method, path, query; /* as on the wire, still encoded; query without '?' */
    const struct api_header *headers;
    size_t header_count;
    const char *source; /* address of who sends it, as text; NULL: unknown */
    /* Not kept; the API may overwrite it. At least API_BODY_PADDING bytes of memory lie behind body_len. */
    char *body;
    size_t body_len;
};
#define API_BODY_PADDING 16

/* Everything a client gets. body is the caller's: release it. */
struct api_reply {
    int status;
    char request_id[37];
    const char *operation;  /* static: a row of the table, or "unknown"; a label for metrics and log */
    const char *error_type; /* static; NULL on success: goes into x-amzn-ErrorType */
    struct buffer body;
};

MUST_CHECK bool service_open(const struct api_options *options, struct service **ret_service,
                             struct error *err);
/* All workers are freed before. */
void service_close(struct service *service);
MUST_CHECK bool api_worker_new(struct service *service, struct api_worker **ret_worker, struct error *err);
void api_worker_free(struct api_worker *worker);

/* Answers a request from the wire, signature and all. Cannot fail: an error is a reply. */
void api_handle(struct api_worker *worker, const struct api_request *request, struct api_reply *ret_reply);
/* Calls an operation from our own process, without a signature: the same validation, handler and reply. The
 * JSON is overwritten and has API_BODY_PADDING bytes of memory behind it. */
void api_call(struct api_worker *worker, const char *operation, char *json, size_t len,
              struct api_reply *ret_reply);
/* A reply that carries only an error, for what the transport refuses itself (a full queue, a body too large).
 */
void api_refuse(enum error_code code, const char *text, struct api_reply *ret_reply);
/* For health and metrics. */
struct api_state {
    struct quota_counts quotas[QUOTA_FAMILIES];
    struct probe_counts probes;
    bool recorded; /* what is done, and so: */
    struct record_state record;
};
void api_state(struct service *service, struct api_state *ret_state);
/* Names of all operations, for metrics; NULL behind the last. */
const char *const *api_operation_names(void);

#endif
