#include "api/permission.h"
#include "api/concern_ops.h"
#include "sanctions/gate.h"
#include "api/json.h"
#include "base/clock.h"

static bool admit(struct call *call, const struct operation *operation, struct error *err) {
    const struct principal *principal = call->principal;
    struct quota_demand demand = {
        .key = bytes_of(principal->key),
        .account = bytes_of(principal->account_id),
        .family = (enum quota_family)operation->family,
        .key_rate = principal->settings.key_rates[operation->family],
        .account_rate = principal->settings.account_rates[operation->family],
    };
    return !call->service->quotas || quotas_admit(call->service->quotas, &demand, clock_monotonic_ns(), err);
}

/* What the call is about: the ARN of its collection, which need not be there, ResourceArn, or "*". */
static bool name_resource(struct call *call, struct bytes *ret_resource, struct error *err) {
    struct bytes collection = json_get_text(call->input, "CollectionId"),
                 arn = json_get_text(call->input, "ResourceArn");
    char prefix[ARN_PREFIX_MAX];
    const char *text = "*";
    if (collection.ptr) {
        call_arn_prefix(call, prefix);
        text = arena_printf(call->arena, "%s%.*s", prefix, BYTES_FORMAT(collection));
    } else if (arn.ptr && !bytes_starts_with(arn, "arn:"))
        text = arena_printf(call->arena, "arn:%.*s", BYTES_FORMAT(arn));
    else if (arn.ptr)
        text = arena_printf(call->arena, "%.*s", BYTES_FORMAT(arn));
    if (!text)
        return call_no_memory(err);
    *ret_resource = bytes_of(text);
    return true;
}

/* What conditions ask about the collection, when it is there. */
static bool describe_resource(struct call *call, struct access_request *request, struct error *err) {
    const char *id = strrchr(request->resource.ptr, '/');
    struct store_collection collection;
    struct store_tag *tags;
    if (!id)
        return true;
    if (!store_collection_get(call->service->store, call->arena, call->principal->account, id + 1,
                              &collection, err))
        return err->code == ERROR_NOT_FOUND;
    request->purpose = collection.governance.purpose;
    if (!store_tags_get(call->service->store, call->arena, collection.number, &tags,
                        &request->resource_tag_count, err))
        return false;
    request->resource_tags = tags;
    return true;
}

bool permission_check(struct call *call, const struct operation *operation, const char *source,
                      struct error *err) {
    struct access_request request = {
        .action = bytes_of(operation->action), .source_ip = source, .now_ms = clock_now_ms()};
    struct store_tag *tags;
    if (!call->service->accounts)
        return true;
    if (concern_is_for_all(operation))
        return admit(call, operation, err);
    if (!admit(call, operation, err) || !name_resource(call, &request.resource, err) ||
        !describe_resource(call, &request, err) ||
        !call_tags(call, "Tags", &tags, &request.request_tag_count, err))
        return false;
    request.request_tags = tags;
    return accounts_permit(call->service->accounts, call->principal, &request, err) &&
           (!call->service->gate || gate_permit(call->service->gate, call->principal->account,
                                                call->principal->account_id, request.now_ms, err));
}

/* Those of a model that is not loaded are nobody's photographs. */
bool permission_probe(struct call *call, const struct store_collection *collection, const float *probe,
                      struct error *err) {
    const struct principal *principal = call->principal;
    const struct model *model = models_of(&call->service->models, collection);
    return !model || probes_admit(model->probes, bytes_of(principal->key), probe,
                                  principal->settings.probes_alike, clock_monotonic_ns(), err);
}
