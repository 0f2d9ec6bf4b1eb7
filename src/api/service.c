#include <sodium.h>
#include <yyjson.h>
#include "api/service.h"
#include "sanctions/gate.h"
#include "api/json.h"
#include "api/pattern.h"
#include "api/retention.h"

/* A worker waits while it fetches: one at least is left for photographs that come along with the request. */
static bool open_objects(const struct api_options *options, struct service *service, struct error *err) {
    int workers = options->workers > 0 ? options->workers : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return !options->objects ||
           object_store_open(options->objects, MAX(workers - 1, 1), &service->objects, err);
}

/* What is known of the models is needed first. */
static bool open_memory(struct service *service, struct error *err) {
    const struct model *models = service->models.list;
    if (!galleries_new(service->store, &models[0].scale, &service->galleries, err))
        return false;
    for (int i = 1; i < service->models.count; i++)
        galleries_set_scale(service->galleries, model_version(&models[i]), &models[i].scale);
    service->quotas = quotas_new();
    return service->quotas || error_set(err, ERROR_INTERNAL, "There is no memory for the service.");
}

static bool open_parts(const struct api_options *options, struct service *service, struct error *err) {
    char cache[4096];
    if (snprintf(cache, sizeof cache, "%s/compiled", options->data) >= (int)sizeof cache)
        return error_set(err, ERROR_INVALID_PARAMETER, "The path of the data folder is too long.");
    if (sodium_init() < 0)
        return error_set(err, ERROR_INTERNAL, "The system gives no random numbers.");
    return open_objects(options, service, err) && store_open(options->data, &service->store, err) &&
           record_open(options->data, service->store, NULL, &service->record, err) &&
           accounts_open(service->store, options->data, &service->accounts, err) &&
           gate_open(options->data, service->store, service->record, &service->gate, err) &&
           models_open(options->models, options->workers, cache, options->search, &service->models, err) &&
           open_memory(service, err) &&
           (options->local || retention_new(service->store, service->galleries, service->record,
                                            service->accounts, &service->retention, err));
}

static bool name_celebrities(const char *collection, struct service *service, struct error *err) {
    struct bytes name = bytes_of(collection);
    if (!collection)
        return true;
    if (name.len >= sizeof service->celebrities || !pattern_id.matches(name))
        return error_set(err, ERROR_INVALID_PARAMETER, "The collection of celebrities has no proper id.");
    memcpy(service->celebrities, name.ptr, name.len);
    return true;
}

bool service_open(const struct api_options *options, struct service **ret_service, struct error *err) {
    struct service *service = calloc(1, sizeof *service);
    if (!service)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the service.");
    snprintf(service->region, sizeof service->region, "%s", options->region ? options->region : "us-east-1");
    if (!name_celebrities(options->celebrities, service, err) || !open_parts(options, service, err)) {
        service_close(service);
        return false;
    }
    *ret_service = service;
    return true;
}

void api_state(struct service *service, struct api_state *ret_state) {
    struct api_state state = {.probes = models_probe_counts(&service->models),
                              .recorded = service->record != NULL};
    for (int i = 0; i < QUOTA_FAMILIES; i++)
        state.quotas[i] = quotas_counts(service->quotas, (enum quota_family)i);
    if (state.recorded)
        record_state(service->record, &state.record);
    *ret_state = state;
}

void service_close(struct service *service) {
    if (!service)
        return;
    retention_free(service->retention);
    galleries_free(service->galleries);
    models_close(&service->models);
    quotas_free(service->quotas);
    gate_close(service->gate);
    accounts_close(service->accounts);
    object_store_free(service->objects);
    record_close(service->record);
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
    if (!worker->arena || !models_workers_new(&service->models, worker->faces, err)) {
        api_worker_free(worker);
        return false;
    }
    *ret_worker = worker;
    return true;
}

void api_worker_free(struct api_worker *worker) {
    if (!worker)
        return;
    models_workers_free(worker->faces);
    arena_free(worker->arena);
    free(worker);
}

void call_arn_prefix(const struct call *call, char ret_prefix[ARN_PREFIX_MAX]) {
    snprintf(ret_prefix, ARN_PREFIX_MAX, "arn:aws:rekognition:%s:%s:collection/", call->service->region,
             call->principal->account_id);
}

bool call_begin(struct call *call, struct error *err) {
    return store_in_transaction(call->service->store) || store_begin(call->service->store, err);
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

bool call_tags(struct call *call, const char *name, struct store_tag **ret_tags, size_t *ret_count,
               struct error *err) {
    yyjson_val *map = json_get(call->input, name), *key, *value;
    size_t index, size, count = 0;
    struct store_tag *tags = arena_array(call->arena, yyjson_obj_size(map) + 1, sizeof *tags);
    if (!tags)
        return call_no_memory(err);
    if (map)
        yyjson_obj_foreach(map, index, size, key, value) {
            if (yyjson_obj_getn(map, yyjson_get_str(key), yyjson_get_len(key)) != value)
                continue;
            /* Strings of yyjson end in a NUL, and the pattern of tags lets none inside. */
            tags[count++] = (struct store_tag){yyjson_get_str(key), yyjson_get_str(value)};
        }
    *ret_tags = tags;
    *ret_count = count;
    return true;
}

bool call_strings(struct call *call, const char *name, const char *const **ret_strings, size_t *ret_count,
                  struct error *err) {
    yyjson_val *list = json_get(call->input, name), *item;
    size_t index, size;
    const char **strings = arena_array(call->arena, yyjson_arr_size(list) + 1, sizeof *strings);
    if (!strings)
        return call_no_memory(err);
    yyjson_arr_foreach(list, index, size, item) {
        strings[index] = yyjson_get_str(item);
    }
    *ret_strings = strings;
    *ret_count = yyjson_arr_size(list);
    return true;
}

static int compare_ids(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct uuid));
}

bool call_face_ids(struct call *call, const char *name, struct uuid **ret_ids, size_t *ret_count,
                   struct error *err) {
    yyjson_val *list = json_get(call->input, name), *item;
    size_t index, size, read = 0, count = 0;
    struct uuid *ids = arena_array(call->arena, yyjson_arr_size(list) + 1, sizeof *ids);
    if (!ids)
        return call_no_memory(err);
    yyjson_arr_foreach(list, index, size, item) {
        read += uuid_parse((struct bytes){yyjson_get_str(item), yyjson_get_len(item)}, &ids[read]);
    }
    qsort(ids, read, sizeof *ids, compare_ids);
    for (size_t i = 0; i < read; i++)
        if (count == 0 || !uuid_equal(ids[count - 1], ids[i]))
            ids[count++] = ids[i];
    *ret_ids = ids;
    *ret_count = count;
    return true;
}

bool call_collection(struct call *call, struct store_collection *ret_collection, struct error *err) {
    const char *id;
    if (!call_string(call, "CollectionId", &id, err))
        return false;
    call->deed->entry.collection = id; /* told of a refusal too */
    if (!store_collection_get(call->service->store, call->arena, call->principal->account, id, ret_collection,
                              err))
        return false;
    deed_collection(call, ret_collection);
    return true;
}

bool call_probe(struct call *call, const struct store_collection *collection, struct bytes face_id,
                struct store_face *ret_face, struct error *err) {
    struct uuid id;
    if (!uuid_parse(face_id, &id) ||
        !store_face_get(call->service->store, call->arena, collection->number, id, ret_face, err))
        return error_set(err, ERROR_INVALID_PARAMETER, "faceId was not found in the collection.");
    deed_face(call, RECORD_PROBE, ret_face);
    return true;
}

bool call_model(struct call *call, const struct store_collection *collection, const struct model **ret_model,
                struct error *err) {
    const struct model *model = models_of(&call->service->models, collection);
    if (!model)
        return models_refuse(&call->service->models, collection->model, err);
    *ret_model = model;
    return true;
}

bool call_collection_and_model(struct call *call, struct store_collection *ret_collection,
                               const struct model **ret_model, struct error *err) {
    struct store_collection collection;
    if (!call_collection(call, &collection, err) || !call_model(call, &collection, ret_model, err))
        return false;
    *ret_collection = collection;
    return true;
}
