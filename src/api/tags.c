/* TagResource, UntagResource, ListTagsForResource: the tags of a collection, by its ARN. */
#include "api/governance.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/service.h"

static bool is_arn(struct bytes arn) {
    /* partition, service, region, account, resource */
    bool named = bytes_split(&arn, ':').len > 0;
    bool ours = bytes_equal_string(bytes_split(&arn, ':'), "rekognition");
    bool placed = bytes_split(&arn, ':').len > 0 && bytes_split(&arn, ':').len > 0;
    struct bytes kind = bytes_split(&arn, '/');
    return named && ours && placed && kind.len > 0 && pattern_id.matches(arn);
}

/* The collection that ResourceArn names, as DescribeCollection writes it or without "arn:" in front, as some
 * clients do. INVALID_PARAMETER when it is no ARN of Rekognition, NOT_FOUND when it is nothing of ours. */
static bool resource_collection(struct call *call, struct store_collection *ret_collection,
                                struct error *err) {
    struct bytes given = json_get_text(call->input, "ResourceArn"), arn = given;
    char prefix[ARN_PREFIX_MAX];
    call_arn_prefix(call, prefix);
    const char *expected = prefix + strlen("arn:");
    if (bytes_starts_with(arn, "arn:"))
        arn = (struct bytes){arn.ptr + strlen("arn:"), arn.len - strlen("arn:")};
    if (!is_arn(arn))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: ResourceArn is no ARN of a collection.");
    if (bytes_starts_with(arn, expected)) {
        struct bytes id = {arn.ptr + strlen(expected), arn.len - strlen(expected)};
        const char *string = arena_string(call->arena, id);
        if (!string)
            return call_no_memory(err);
        if (store_collection_get(call->service->store, call->arena, call->principal->account, string,
                                 ret_collection, err)) {
            deed_collection(call, ret_collection);
            return true;
        }
        if (err->code != ERROR_NOT_FOUND)
            return false;
    }
    return error_set(err, ERROR_NOT_FOUND, "The resource: %.*s does not exist", BYTES_FORMAT(given));
}

bool tag_resource(struct call *call, struct error *err) {
    struct store_collection collection;
    struct store_tag *tags;
    size_t count;
    if (!call_tags(call, "Tags", &tags, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!governance_check_key(tags[i].key, err))
            return false;
    return call_begin(call, err) && resource_collection(call, &collection, err) &&
           store_tags_put(call->service->store, collection.number, tags, count, err);
}

bool untag_resource(struct call *call, struct error *err) {
    struct store_collection collection;
    const char *const *keys;
    size_t count;
    return call_strings(call, "TagKeys", &keys, &count, err) && call_begin(call, err) &&
           resource_collection(call, &collection, err) &&
           store_tags_remove(call->service->store, collection.number, keys, count, err);
}

bool list_tags_for_resource(struct call *call, struct error *err) {
    struct store_collection collection;
    struct store_tag *tags;
    size_t count;
    if (!resource_collection(call, &collection, err) ||
        !store_tags_get(call->service->store, call->arena, collection.number, &tags, &count, err))
        return false;
    json_object_open(call->reply, "Tags");
    for (size_t i = 0; i < count; i++)
        json_put_string(call->reply, tags[i].key, tags[i].value);
    json_object_close(call->reply);
    return true;
}
