#include <sodium.h>
#include "api/service.h"
#include "api/json.h"
#include "base/limits.h"

static bool open_parts(const struct api_options *options, struct service *service, struct error *err) {
    char cache[4096];
    if (snprintf(cache, sizeof cache, "%s/compiled", options->data) >= (int)sizeof cache)
        return error_set(err, ERROR_INVALID_PARAMETER, "The path of the data folder is too long.");
    if (sodium_init() < 0)
        return error_set(err, ERROR_INTERNAL, "The system gives no random numbers.");
    return store_open(options->data, &service->store, err) &&
           galleries_new(service->store, &service->galleries, err) &&
           (options->local || keys_open(options->data, &service->keys, err)) &&
           face_engine_open(options->models, options->workers, cache, &service->engine, err);
}

bool service_open(const struct api_options *options, struct service **ret_service, struct error *err) {
    struct service *service = calloc(1, sizeof *service);
    if (!service)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the service.");
    snprintf(service->region, sizeof service->region, "%s", options->region ? options->region : "us-east-1");
    if (!open_parts(options, service, err)) {
        service_close(service);
        return false;
    }
    *ret_service = service;
    return true;
}

void service_close(struct service *service) {
    if (!service)
        return;
    galleries_free(service->galleries);
    if (service->engine)
        face_engine_free(service->engine);
    keys_free(service->keys);
    store_close(service->store);
    free(service);
}

bool api_worker_new(struct service *service, struct api_worker **ret_worker, struct error *err) {
    struct api_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a worker.");
    worker->service = service;
    worker->arena = arena_new(LIMIT_REQUEST_ARENA);
    if (!worker->arena)
        error_set(err, ERROR_INTERNAL, "There is no memory for a worker.");
    if (!worker->arena || !face_worker_new(service->engine, &worker->faces, err)) {
        api_worker_free(worker);
        return false;
    }
    *ret_worker = worker;
    return true;
}

void api_worker_free(struct api_worker *worker) {
    if (!worker)
        return;
    if (worker->faces)
        face_worker_free(worker->faces);
    arena_free(worker->arena);
    free(worker);
}

bool call_no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
}

bool call_string(struct call *call, const char *name, const char **ret_string, struct error *err) {
    struct bytes text = json_get_text(call->input, name);
    const char *string = text.ptr ? arena_string(call->arena, text) : NULL;
    if (text.ptr && !string)
        return call_no_memory(err);
    *ret_string = string;
    return true;
}

bool call_collection(struct call *call, struct store_collection *ret_collection, struct error *err) {
    const char *id;
    return call_string(call, "CollectionId", &id, err) &&
           store_collection_get(call->service->store, call->arena, id, ret_collection, err);
}

bool call_collection_of_model(struct call *call, struct store_collection *ret_collection, struct error *err) {
    struct store_collection collection;
    if (!call_collection(call, &collection, err))
        return false;
    if (strcmp(collection.model, face_engine_version(call->service->engine)) != 0 ||
        collection.dimension != face_engine_dimension(call->service->engine))
        return error_set(
            err, ERROR_INVALID_PARAMETER,
            "Request has invalid parameters: the faces of the collection were made by model version "
            "%s, this server runs %s.",
            collection.model, face_engine_version(call->service->engine));
    *ret_collection = collection;
    return true;
}
