/* RenameCollection, CopyCollection. */
#include "api/extension.h"
#include "api/json.h"
#include "api/service.h"

static bool change(struct call *call,
                   bool (*act)(struct store *store, int64_t account, const char *id, const char *new_id,
                               struct error *err),
                   struct error *err) {
    const char *id, *new_id;
    struct store_collection collection;
    char prefix[ARN_PREFIX_MAX];
    if (!call_string(call, "CollectionId", &id, err) || !call_string(call, "NewCollectionId", &new_id, err) ||
        !call_begin(call, err) || !act(call->service->store, call->principal->account, id, new_id, err) ||
        !store_collection_get(call->service->store, call->arena, call->principal->account, new_id,
                              &collection, err))
        return false;
    deed_collection(call, &collection);
    deed_detail(call, "old_collection", id);
    call_arn_prefix(call, prefix);
    const char *arn = arena_printf(call->arena, "%s%s", prefix, new_id);
    if (!arn)
        return call_no_memory(err);
    json_put_integer(call->reply, "StatusCode", 200);
    json_put_string(call->reply, "CollectionArn", arn);
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    json_put_integer(call->reply, "FaceCount", collection.face_count);
    json_put_integer(call->reply, "UserCount", collection.user_count);
    return true;
}

bool rename_collection(struct call *call, struct error *err) {
    return change(call, store_collection_rename, err);
}

bool copy_collection(struct call *call, struct error *err) {
    return change(call, store_collection_copy, err);
}
