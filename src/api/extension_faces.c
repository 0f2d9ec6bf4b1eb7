/* ListFaces, DeleteFaces, TagFaces, UntagFaces. */
#include "api/extension.h"
#include "api/face_json.h"
#include "api/filter.h"
#include "api/json.h"
#include "api/page.h"
#include "api/transfer.h"

/* --- pages of the faces that Filter lets through --- */

struct listing {
    const char *operation;
    struct bytes scope;
    struct page page;
    struct store_face *faces;
    size_t count; /* of the page */
    bool more;
};

static bool listing_read(struct call *call, const char *operation, const struct store_collection *collection,
                         const struct store_filter *filter, struct listing *ret_listing, struct error *err) {
    struct listing *listing = ret_listing;
    struct uuid after;
    size_t count;
    *listing = (struct listing){.operation = operation, .scope = bytes_of(collection->id)};
    if (!page_read(call->input, operation, listing->scope, &listing->page, err))
        return false;
    if (listing->page.after && !uuid_parse(bytes_of(listing->page.after), &after))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    if (!store_faces_list(call->service->store, call->arena, collection->number, filter,
                          listing->page.after ? &after : NULL, listing->page.maximum + 1, &listing->faces,
                          &count, err))
        return false;
    listing->count = MIN(count, listing->page.maximum);
    listing->more = count > listing->count;
    return true;
}

static void put_next_token(struct call *call, const struct listing *listing) {
    char last[UUID_TEXT], token[LIMIT_NEXT_TOKEN + 1];
    if (!listing->more)
        return;
    uuid_format(listing->faces[listing->count - 1].id, last);
    page_token(listing->operation, listing->scope, bytes_of(last), token);
    json_put_string(call->reply, "NextToken", token);
}

/* --- ListFaces --- */

static bool put_face(struct call *call, int64_t collection, const struct store_face *face,
                     struct error *err) {
    struct store_tag *tags;
    size_t count;
    if (!store_face_tags_get(call->service->store, call->arena, collection, face->id, &tags, &count, err))
        return false;
    json_object_open(call->reply, NULL);
    face_json_stored_members(call->reply, face);
    json_put_time(call->reply, "CreationTimestamp", face->created_ms);
    face_json_governed_members(call->reply, face);
    transfer_put_tags(call->reply, tags, count);
    json_object_close(call->reply);
    return true;
}

bool extension_list_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    const struct store_filter *filter;
    struct listing listing;
    if (!filter_read(call, &filter, err) || !call_collection(call, &collection, err) ||
        !listing_read(call, EXTENSION_PREFIX "ListFaces", &collection, filter, &listing, err))
        return false;
    json_array_open(call->reply, "Faces");
    for (size_t i = 0; i < listing.count; i++)
        if (!put_face(call, collection.number, &listing.faces[i], err))
            return false;
    json_array_close(call->reply);
    put_next_token(call, &listing);
    json_put_string(call->reply, "FaceModelVersion", collection.model);
    return true;
}

/* --- DeleteFaces --- */

static void put_refused(struct call *call, struct uuid face, const char *user_id, const char *reason) {
    json_object_open(call->reply, NULL);
    face_json_id(call->reply, "FaceId", face);
    if (user_id)
        json_put_string(call->reply, "UserId", user_id);
    json_array_open(call->reply, "Reasons");
    json_put_string(call->reply, NULL, reason);
    json_array_close(call->reply);
    json_object_close(call->reply);
}

bool extension_delete_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    const struct store_filter *filter;
    struct listing listing;
    bool users_too = json_get_boolean(call->input, "DisassociateFirst", false);
    if (!filter_read(call, &filter, err))
        return false;
    if (!filter)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Request has invalid parameters: filter must have a member. DeleteCollection "
                         "deletes all faces.");
    if (!call_begin(call, err) || !call_collection(call, &collection, err) ||
        !listing_read(call, EXTENSION_PREFIX "DeleteFaces", &collection, filter, &listing, err))
        return false;
    struct uuid *ids = arena_array(call->arena, listing.count + 1, sizeof *ids);
    bool *deleted = arena_array(call->arena, listing.count + 1, sizeof *deleted);
    size_t count = 0;
    if (!ids || !deleted)
        return call_no_memory(err);
    for (size_t i = 0; i < listing.count; i++)
        if (users_too || !listing.faces[i].user_id) {
            deed_face(call, RECORD_ERASED, &listing.faces[i]);
            ids[count++] = listing.faces[i].id;
        }
    if (count > 0 && !gallery_remove(call->service->galleries, &collection, ids, count, deleted, err))
        return false;
    json_array_open(call->reply, "DeletedFaces");
    for (size_t i = 0; i < count; i++)
        face_json_id(call->reply, NULL, ids[i]);
    json_array_close(call->reply);
    json_array_open(call->reply, "UnsuccessfulFaceDeletions");
    for (size_t i = 0; i < listing.count; i++)
        if (!users_too && listing.faces[i].user_id)
            put_refused(call, listing.faces[i].id, listing.faces[i].user_id,
                        "ASSOCIATED_TO_AN_EXISTING_USER");
    json_array_close(call->reply);
    put_next_token(call, &listing);
    return true;
}

/* --- TagFaces, UntagFaces --- */

/* FaceIds: those that are there come first, *ret_there of them. Begins the transaction. */
static bool sort_out(struct call *call, struct store_collection *ret_collection, struct uuid **ret_ids,
                     size_t *ret_there, size_t *ret_count, struct error *err) {
    struct uuid *ids, *sorted;
    size_t count, there = 0, gone = 0;
    if (!call_face_ids(call, "FaceIds", &ids, &count, err) || !call_begin(call, err) ||
        !call_collection(call, ret_collection, err))
        return false;
    sorted = arena_array(call->arena, count + 1, sizeof *sorted);
    if (!sorted)
        return call_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct store_face face;
        if (store_face_get(call->service->store, call->arena, ret_collection->number, ids[i], &face, err)) {
            deed_face(call, RECORD_CHANGED, &face);
            sorted[there++] = ids[i];
        } else if (err->code == ERROR_NOT_FOUND)
            sorted[count - ++gone] = ids[i];
        else
            return false;
    }
    *ret_ids = sorted;
    *ret_there = there;
    *ret_count = count;
    return true;
}

static void put_sorted(struct call *call, const char *done, const char *not_done, const struct uuid *ids,
                       size_t there, size_t count) {
    json_array_open(call->reply, done);
    for (size_t i = 0; i < there; i++)
        face_json_id(call->reply, NULL, ids[i]);
    json_array_close(call->reply);
    json_array_open(call->reply, not_done);
    for (size_t i = there; i < count; i++)
        put_refused(call, ids[i], NULL, "FACE_NOT_FOUND");
    json_array_close(call->reply);
}

bool tag_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    struct store_tag *tags;
    struct uuid *ids;
    size_t tag_count, there, count;
    if (!call_tags(call, "Tags", &tags, &tag_count, err) ||
        !sort_out(call, &collection, &ids, &there, &count, err) ||
        !store_face_tags_put(call->service->store, collection.number, ids, there, tags, tag_count, err))
        return false;
    put_sorted(call, "TaggedFaces", "UnsuccessfulFaceTags", ids, there, count);
    return true;
}

bool untag_faces(struct call *call, struct error *err) {
    struct store_collection collection;
    const char *const *keys;
    struct uuid *ids;
    size_t key_count, there, count;
    if (!call_strings(call, "TagKeys", &keys, &key_count, err) ||
        !sort_out(call, &collection, &ids, &there, &count, err) ||
        !store_face_tags_remove(call->service->store, collection.number, ids, there, keys, key_count, err))
        return false;
    put_sorted(call, "UntaggedFaces", "UnsuccessfulFaceUntags", ids, there, count);
    return true;
}
