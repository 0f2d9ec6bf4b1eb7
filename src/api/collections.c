/* CreateCollection, DescribeCollection, ListCollections, DeleteCollection. */
#include "api/governance.h"
#include "api/json.h"
#include "api/operation.h"
#include "api/page.h"
#include "api/service.h"

static void put_arn(struct call *call, const char *name, const char *id) {
    char prefix[ARN_PREFIX_MAX], arn[ARN_PREFIX_MAX + LIMIT_COLLECTION_ID];
    call_arn_prefix(call, prefix);
    snprintf(arn, sizeof arn, "%s%s", prefix, id);
    json_put_string(call->reply, name, arn);
}

bool create_collection(struct call *call, struct error *err) {
    const char *id;
    struct store_collection collection;
    struct store_tag *tags = NULL;
    size_t tag_count = 0;
    if (!call_string(call, "CollectionId", &id, err) || !call_tags(call, "Tags", &tags, &tag_count, err) ||
        !call_begin(call, err) || !governance_create(call, id, tags, tag_count, &collection, err))
        return false;
    deed_collection(call, &collection);
    json_put_integer(call->reply, "StatusCode", 200);
    put_arn(call, "CollectionArn", id);
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}

bool describe_collection(struct call *call, struct error *err) {
    struct store_collection collection;
    if (!call_collection(call, &collection, err))
        return false;
    json_put_integer(call->reply, "FaceCount", collection.face_count);
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    put_arn(call, "CollectionARN", collection.id);
    json_put_time(call->reply, "CreationTimestamp", collection.created_ms);
    json_put_integer(call->reply, "UserCount", collection.user_count);
    return true;
}

bool list_collections(struct call *call, struct error *err) {
    struct bytes everywhere = {NULL, 0};
    struct page page;
    struct store_collection *collections;
    size_t count;
    if (!page_read(call->input, "ListCollections", everywhere, &page, err) ||
        !store_collection_list(call->service->store, call->arena, call->principal->account, page.after,
                               page.maximum + 1, &collections, &count, err))
        return false;
    size_t shown = MIN(count, page.maximum);
    json_array_open(call->reply, "CollectionIds");
    for (size_t i = 0; i < shown; i++)
        json_put_string(call->reply, NULL, collections[i].id);
    json_array_close(call->reply);
    json_array_open(call->reply, "FaceModelVersions");
    for (size_t i = 0; i < shown; i++)
        json_put_string(call->reply, NULL, collections[i].model);
    json_array_close(call->reply);
    if (count > shown) {
        char token[LIMIT_NEXT_TOKEN + 1];
        page_token("ListCollections", everywhere, bytes_of(collections[shown - 1].id), token);
        json_put_string(call->reply, "NextToken", token);
    }
    return true;
}

bool delete_collection(struct call *call, struct error *err) {
    struct store_collection collection;
    if (!call_begin(call, err) || !call_collection(call, &collection, err) ||
        !gallery_drop(call->service->galleries, &collection, err))
        return false;
    call->deed->entry.counts.erased = collection.face_count;
    json_put_integer(call->reply, "StatusCode", 200);
    return true;
}
