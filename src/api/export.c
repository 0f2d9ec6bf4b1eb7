/* ExportFaces: first the users of a collection, then its faces. A page ends early when it has grown large. */
#include "api/extension.h"
#include "api/json.h"
#include "api/page.h"
#include "api/transfer.h"

#define NAME EXTENSION_PREFIX "ExportFaces"

/* Keys of pages: the kind of what was given last, and its id. */
static const char user_kind[] = "u:", face_kind[] = "f:";

struct exporting {
    struct call *call;
    struct store_collection collection;
    struct page page;
    size_t given;
    char last[PAGE_KEY_MAX + 1]; /* key of what was given last */
};

static bool is_full(const struct exporting *exporting) {
    return exporting->given == exporting->page.maximum || exporting->call->reply->len >= LIMIT_TRANSFER_BYTES;
}

static void gave(struct exporting *exporting, const char *kind, const char *id) {
    snprintf(exporting->last, sizeof exporting->last, "%s%s", kind, id);
    exporting->given++;
}

/* *ret_more: there are further users. */
static bool put_users(struct exporting *exporting, bool *ret_more, struct error *err) {
    struct call *call = exporting->call;
    struct store_user *users;
    size_t count, i = 0;
    const char *after = exporting->page.after ? exporting->page.after + strlen(user_kind) : NULL;
    if (!store_user_list(call->service->store, call->arena, exporting->collection.number, after,
                         exporting->page.maximum + 1, &users, &count, err))
        return false;
    for (; i < count && !is_full(exporting); i++) {
        json_object_open(call->reply, NULL);
        json_put_string(call->reply, "UserId", users[i].id);
        if (users[i].details)
            json_put_string(call->reply, "Details", users[i].details);
        json_object_close(call->reply);
        gave(exporting, user_kind, users[i].id);
    }
    *ret_more = i < count;
    return true;
}

static bool put_faces(struct exporting *exporting, const struct uuid *after, bool *ret_more,
                      struct error *err) {
    struct call *call = exporting->call;
    struct store_face *faces;
    size_t count, i = 0;
    if (!store_faces_list(call->service->store, call->arena, exporting->collection.number, NULL, after,
                          exporting->page.maximum + 1, &faces, &count, err))
        return false;
    for (; i < count && !is_full(exporting); i++) {
        struct transfer_face face = {.face = faces[i]};
        char id[UUID_TEXT];
        if (transfer_load(call, &exporting->collection, &face, err)) {
            deed_face(call, RECORD_READ, &faces[i]);
            transfer_put(call->reply, &face);
        } else if (err->code != ERROR_NOT_FOUND)
            return false;
        uuid_format(faces[i].id, id);
        gave(exporting, face_kind, id);
    }
    *ret_more = i < count;
    return true;
}

static bool put_about(struct exporting *exporting, struct error *err) {
    struct call *call = exporting->call;
    struct store_tag *tags;
    size_t count;
    if (!store_tags_get(call->service->store, call->arena, exporting->collection.number, &tags, &count, err))
        return false;
    json_put_string(call->reply, "FaceModelVersion", exporting->collection.model);
    json_put_integer(call->reply, "Dimension", exporting->collection.dimension);
    transfer_put_tags(call->reply, tags, count);
    return true;
}

/* Where the page begins: with a user, or (*ret_faces) with the face after `after`. */
static bool read_start(struct exporting *exporting, bool *ret_faces, struct uuid *ret_after,
                       struct error *err) {
    struct call *call = exporting->call;
    if (!page_read(call->input, NAME, bytes_of(exporting->collection.id), &exporting->page, err))
        return false;
    exporting->page.maximum = MIN(exporting->page.maximum, (size_t)LIMIT_TRANSFER_PAGE);
    struct bytes key = bytes_of(exporting->page.after);
    *ret_faces = bytes_starts_with(key, face_kind);
    return !exporting->page.after || bytes_starts_with(key, user_kind) ||
           (*ret_faces && uuid_parse(bytes_of(exporting->page.after + strlen(face_kind)), ret_after)) ||
           error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
}

bool export_faces(struct call *call, struct error *err) {
    struct exporting *exporting = arena_array(call->arena, 1, sizeof *exporting);
    struct uuid after;
    bool faces, more = false;
    if (!exporting)
        return call_no_memory(err);
    exporting->call = call;
    if (!call_collection(call, &exporting->collection, err) || !read_start(exporting, &faces, &after, err) ||
        !put_about(exporting, err))
        return false;
    json_array_open(call->reply, "Users");
    if (!faces && !put_users(exporting, &more, err))
        return false;
    json_array_close(call->reply);
    json_array_open(call->reply, "Faces");
    if (!more && !put_faces(exporting, faces ? &after : NULL, &more, err))
        return false;
    json_array_close(call->reply);
    if (more) {
        char token[LIMIT_NEXT_TOKEN + 1];
        page_token(NAME, bytes_of(exporting->collection.id), bytes_of(exporting->last), token);
        json_put_string(call->reply, "NextToken", token);
    }
    return true;
}
