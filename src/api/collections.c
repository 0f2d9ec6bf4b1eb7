/* CreateCollection, DescribeCollection, ListCollections, DeleteCollection. */
#include <yyjson.h>
#include "api/json.h"
#include "api/operation.h"
#include "api/page.h"
#include "api/service.h"

static void put_arn(struct call *call, const char *name, const char *id) {
    char arn[512];
    snprintf(arn, sizeof arn, "arn:aws:rekognition:%s:" KEYS_ACCOUNT ":collection/%s", call->service->region,
             id);
    json_put_string(call->reply, name, arn);
}

/* The first of several values of one key counts, as everywhere. */
static bool read_tags(struct call *call, struct store_tag **ret_tags, size_t *ret_count, struct error *err) {
    yyjson_val *map = json_get(call->input, "Tags"), *key, *value;
    size_t index, size, count = 0;
    struct store_tag *tags = arena_array(call->arena, yyjson_obj_size(map) + 1, sizeof *tags);
    if (!tags)
        return call_no_memory(err);
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

bool create_collection(struct call *call, struct error *err) {
    const char *id, *model = face_engine_version(call->service->engine);
    struct store_tag *tags = NULL;
    size_t tag_count = 0;
    if (!call_string(call, "CollectionId", &id, err) || !read_tags(call, &tags, &tag_count, err) ||
        !store_collection_create(call->service->store, id, model,
                                 face_engine_dimension(call->service->engine), tags, tag_count, err))
        return false;
    json_put_integer(call->reply, "StatusCode", 200);
    put_arn(call, "CollectionArn", id);
    json_put_string(call->reply, "FaceModelVersion", model);
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
    json_put_integer(call->reply, "UserCount", 0);
    return true;
}

bool list_collections(struct call *call, struct error *err) {
    struct bytes everywhere = {NULL, 0};
    struct page page;
    struct store_collection *collections;
    size_t count;
    if (!page_read(call->input, "ListCollections", everywhere, &page, err) ||
        !store_collection_list(call->service->store, call->arena, page.after, page.maximum + 1, &collections,
                               &count, err))
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
    if (!call_collection(call, &collection, err) || !gallery_drop(call->service->galleries, &collection, err))
        return false;
    json_put_integer(call->reply, "StatusCode", 200);
    return true;
}
