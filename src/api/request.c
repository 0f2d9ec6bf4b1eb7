#include "api/api.h"
#include "api/concern_ops.h"
#include "api/json.h"
#include "account/session.h"
#include "api/operation.h"
#include "api/permission.h"
#include "api/release.h"
#include "api/service.h"
#include "api/signature.h"
#include "api/validate.h"
#include "base/clock.h"
#include "base/limits.h"

static void reply_start(struct api_reply *reply) {
    *reply = (struct api_reply){.status = 200, .operation = "unknown", .body = buffer_new(LIMIT_REPLY_BYTES)};
    uuid_format(uuid_random(), reply->request_id);
}

/* AWS's services write "Message", what checks signatures in front of them "message". */
static bool is_about_signature(enum error_code code) {
    return code == ERROR_MISSING_TOKEN || code == ERROR_INCOMPLETE_SIGNATURE ||
           code == ERROR_UNRECOGNIZED_CLIENT || code == ERROR_INVALID_SIGNATURE ||
           code == ERROR_EXPIRED_TOKEN;
}

static void reply_fail(struct api_reply *reply, const struct error *err) {
    const char *type = error_type(err->code);
    buffer_release(&reply->body);
    reply->status = error_status(err->code);
    reply->error_type = type;
    json_object_open(&reply->body, NULL);
    json_put_string(&reply->body, "__type", type);
    if (is_about_signature(err->code)) {
        json_put_string(&reply->body, "message", err->text);
    } else {
        json_put_string(&reply->body, "Code", type);
        json_put_string(&reply->body, "Logref", reply->request_id);
        json_put_string(&reply->body, "Message", err->text);
    }
    json_object_close(&reply->body);
}

static bool handle(struct call *call, const struct operation *operation, struct error *err) {
    json_object_open(call->reply, NULL);
    if (!operation->handle(call, err))
        return false;
    json_object_close(call->reply);
    if (call->reply->failed)
        return error_set(err, ERROR_INTERNAL, "The reply could not be written.");
    return true;
}

/* The value of ClientRequestToken; NULL when the operation has none or the client sent none. */
static const char *token_of(const struct call *call, const struct operation *operation) {
    for (const struct field *field = operation->fields; field->name; field++)
        if (strcmp(field->name, CLIENT_REQUEST_TOKEN) == 0)
            return json_get_text(call->input, CLIENT_REQUEST_TOKEN).ptr;
    return NULL;
}

/* Acts once for a token, however often and at whatever time it comes: the look for what was answered, the
 * change and the keeping of the reply are one transaction, and those of others wait. */
static bool handle_once(struct call *call, const struct operation *operation, const char *token,
                        struct error *err) {
    struct store *store = call->service->store;
    struct sha256 digest;
    const char *answered;
    if (!json_digest(call->arena, call->input, CLIENT_REQUEST_TOKEN, &digest, err) ||
        !call_begin(call, err) ||
        !store_token_find(store, call->arena, call->principal->account, operation->name, token, digest,
                          &answered, err))
        return false;
    if (answered) {
        buffer_text(call->reply, answered);
        return true;
    }
    return handle(call, operation, err) && store_token_keep(store, call->principal->account, operation->name,
                                                            token, digest, buffer_bytes(call->reply), err);
}

/* Recorded before answered: the entry is part of the call's transaction, if it has one. */
static bool act(struct call *call, const struct operation *operation, struct error *err) {
    struct store *store = call->service->store;
    const char *token = token_of(call, operation);
    bool good = (token ? handle_once(call, operation, token, err) : handle(call, operation, err)) &&
                release_hold(call, operation, err) && deed_record(call, operation, NULL, err);
    if (good && store_in_transaction(store))
        good = store_commit(store, err);
    else if (store_in_transaction(store))
        store_rollback(store);
    return good && release_answer(call, err);
}

/* What a call has changed is on disk before its reply leaves, or undone. body has API_BODY_PADDING bytes
 * behind len. */
static bool run(struct api_worker *worker, const struct operation *operation,
                const struct principal *principal, const char *source, char *body, size_t len,
                struct api_reply *reply, struct error *err) {
    struct deed deed = {.entry = {.started_ms = clock_now_ms(),
                                  .request_id = reply->request_id,
                                  .account = principal->account_id,
                                  .key = principal->key,
                                  .person = principal->person}};
    struct call call = {.service = worker->service,
                        .faces = worker->faces,
                        .arena = worker->arena,
                        .reply = &reply->body,
                        .deed = &deed,
                        .principal = principal};
    struct error unrecorded;
    if (!json_read(call.arena, body, len, &call.input, err) ||
        !validate(call.arena, operation->fields, call.input, err))
        return false;
    if (permission_check(&call, operation, source, err) && act(&call, operation, err))
        return true;
    if (!deed_record(&call, operation, err, &unrecorded))
        *err = unrecorded;
    return false;
}

/* --- who calls --- */

struct caller {
    struct api_worker *worker;
    int64_t now_ms;
    struct principal *principal;
};

static bool find_secrets(void *context, struct bytes access_key, struct bytes token,
                         const char *ret_secrets[2], struct error *err) {
    struct caller *caller = context;
    struct principal *principal = caller->principal;
    if (!session_find(caller->worker->service->accounts, caller->worker->arena, access_key, token,
                      caller->now_ms, principal, err))
        return false;
    ret_secrets[0] = principal->secret;
    ret_secrets[1] = principal->previous[0] ? principal->previous : NULL;
    return true;
}

static bool identify(struct api_worker *worker, const struct api_request *request,
                     struct principal *principal, struct error *err) {
    struct caller caller = {worker, clock_now_ms(), principal};
    struct sha256 hash = sha256_of((struct bytes){request->body, request->body_len});
    bool known = signature_verify(worker->arena, request, hash, caller.now_ms / 1000,
                                  (struct signature_secrets){find_secrets, &caller}, err);
    principal_wipe(principal);
    if (known)
        accounts_key_used(worker->service->accounts, principal, caller.now_ms);
    return known;
}

/* The one thing that needs no key. */
static bool post_concern(struct service *service, const struct api_request *request, struct api_reply *reply,
                         struct error *err) {
    json_object_open(&reply->body, NULL);
    bool done = concern_post(service, signature_header(request, CONCERN_CODE_HEADER),
                             (struct bytes){request->body, request->body_len}, &reply->body, err);
    json_object_close(&reply->body);
    return done;
}

static bool answer(struct api_worker *worker, const struct api_request *request, struct api_reply *reply,
                   struct error *err) {
    struct principal principal = {0};
    if (bytes_equal_string(request->method, "POST") && bytes_equal_string(request->path, CONCERN_PATH))
        return post_concern(worker->service, request, reply, err);
    if (!bytes_equal_string(request->method, "POST") || !bytes_equal_string(request->path, "/"))
        return error_set(err, ERROR_UNKNOWN_OPERATION, "Operations are called with POST /.");
    if (request->body_len > LIMIT_BODY_BYTES)
        return error_set(err, ERROR_BODY_TOO_LARGE, "The body has more than %u bytes.", LIMIT_BODY_BYTES);
    struct bytes target = signature_header(request, "X-Amz-Target");
    const struct operation *operation = operation_target(target);
    if (operation)
        reply->operation = operation->name;
    if (!identify(worker, request, &principal, err))
        return false;
    if (!operation)
        return operation_refuse(target, err);
    return run(worker, operation, &principal, request->source, request->body, request->body_len, reply, err);
}

void api_handle(struct api_worker *worker, const struct api_request *request, struct api_reply *ret_reply) {
    struct error err;
    reply_start(ret_reply);
    if (!answer(worker, request, ret_reply, &err))
        reply_fail(ret_reply, &err);
    arena_reset(worker->arena);
}

void api_call(struct api_worker *worker, const char *operation, char *json, size_t len,
              struct api_reply *ret_reply) {
    static const struct principal operator= {.account = STORE_OPERATOR,
                                             .account_id = KEYS_ACCOUNT,
                                             .is_operator = true,
                                             .person = ACCOUNT_ROOT,
                                             .key = "local"};
    struct error err;
    const struct operation *found = operation_find(bytes_of(operation));
    reply_start(ret_reply);
    if (found)
        ret_reply->operation = found->name;
    bool good = found ? run(worker, found, &operator, NULL, json, len, ret_reply, &err)
                      : operation_refuse(bytes_of(operation), &err);
    if (!good)
        reply_fail(ret_reply, &err);
    arena_reset(worker->arena);
}

void api_refuse(enum error_code code, const char *text, struct api_reply *ret_reply) {
    struct error err;
    error_set(&err, code, "%s", text);
    reply_start(ret_reply);
    reply_fail(ret_reply, &err);
}
