#include "api/transfer.h"
#include "api/face_json.h"
#include "api/json.h"
#include "base/base64.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors leave as they lie in memory");

bool transfer_load(struct call *call, const struct store_collection *collection, struct transfer_face *face,
                   struct error *err) {
    struct store *store = call->service->store;
    struct store_tag *tags;
    float *vector = arena_array(call->arena, (size_t)collection->dimension, sizeof *vector);
    if (!vector)
        return call_no_memory(err);
    if (!store_face_tags_get(store, call->arena, collection->number, face->face.id, &tags, &face->tag_count,
                             err) ||
        !store_vector_get(store, collection->number, face->face.id, collection->dimension, vector, err))
        return false;
    face->tags = tags;
    face->vector = vector;
    face->dimension = collection->dimension;
    return true;
}

void transfer_put_tags(struct buffer *out, const struct store_tag *tags, size_t count) {
    json_object_open(out, "Tags");
    for (size_t i = 0; i < count; i++)
        json_put_string(out, tags[i].key, tags[i].value);
    json_object_close(out);
}

void transfer_put(struct buffer *out, const struct transfer_face *face) {
    char text[(LIMIT_VECTOR_BYTES + 2) / 3 * 4];
    struct bytes vector = {(const char *)face->vector, (size_t)face->dimension * sizeof(float)};
    json_object_open(out, NULL);
    face_json_stored_members(out, &face->face);
    json_put_time(out, "CreationTimestamp", face->face.created_ms);
    face_json_governed_members(out, &face->face);
    transfer_put_tags(out, face->tags, face->tag_count);
    base64_to_text(vector, text);
    json_put_text(out, "Vector", (struct bytes){text, base64_text_len(vector.len)});
    json_object_close(out);
}
