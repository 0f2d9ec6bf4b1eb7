/* ImportFaces: a page of what ExportFaces gave, in one transaction. What is there already with the same
 * content is passed by, so that a page may be sent again; what is there with another content stops it. Equal
 * is what ExportFaces would give in the same bytes. */
#include <math.h>
#include <yyjson.h>
#include "api/celebrities.h"
#include "api/extension.h"
#include "api/governance.h"
#include "api/json.h"
#include "api/transfer.h"
#include "api/validate.h"

#define RATIO FIELD_FLOAT, .required = true, .minimum = -100, .maximum = 100
#define TIME_MAX 253402300799 /* the last second of the year 9999 */

static const struct field box_fields[] = {
    {"Width", RATIO}, {"Height", RATIO}, {"Left", RATIO}, {"Top", RATIO}, {0}};
static const struct field user_fields[] = {
    {USER_ID, .required = true},
    {"Details", FIELD_STRING, .minimum = 1, .maximum = LIMIT_USER_DETAILS},
    {0},
};
static const struct field face_fields[] = {
    {FACE_ID, .required = true},
    {"ImageId", FIELD_STRING, .required = true, .pattern = &pattern_uuid},
    {"ExternalImageId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_EXTERNAL_IMAGE_ID,
     .pattern = &pattern_name},
    {"BoundingBox", FIELD_STRUCT, .required = true, .fields = box_fields},
    {"Confidence", FIELD_FLOAT, .required = true, .maximum = 100},
    {USER_ID},
    {TAGS},
    {"CreationTimestamp", FIELD_TIME, .required = true, .maximum = TIME_MAX},
    {CONSENT_REFERENCE},
    {EXPIRES_AT},
    {"Vector", FIELD_BLOB, .required = true, .minimum = sizeof(float), .maximum = LIMIT_VECTOR_BYTES},
    {0},
};
static const struct field user_item = {"User", FIELD_STRUCT, .fields = user_fields};
static const struct field face_item = {"Face", FIELD_STRUCT, .fields = face_fields};

const struct field import_faces_fields[] = {
    {COLLECTION_ID},
    {"FaceModelVersion", FIELD_STRING, .required = true, .minimum = 1, .maximum = 255},
    {"Users", FIELD_LIST, .maximum = LIMIT_TRANSFER_PAGE, .fields = &user_item},
    {"Faces", FIELD_LIST, .maximum = LIMIT_TRANSFER_PAGE, .fields = &face_item},
    {0},
};

struct importing {
    struct call *call;
    struct store_collection collection;
    size_t count, new_count, new_users;
    struct transfer_face faces[LIMIT_TRANSFER_PAGE]; /* those that are new come first */
};

/* --- users --- */

static bool check_details(struct call *call, const char *user_id, struct bytes details, struct error *err) {
    struct yyjson_val *object;
    struct error why;
    char *text = arena_array(call->arena, details.len + YYJSON_PADDING_SIZE, 1);
    if (!text)
        return call_no_memory(err);
    memcpy(text, details.ptr, details.len);
    return (json_read(call->arena, text, details.len, &object, &why) &&
            validate(call->arena, celebrity_details_fields, object, &why)) ||
           error_set(err, ERROR_INVALID_PARAMETER, "The details of the user %s: %s", user_id, why.text);
}

static bool add_user(struct importing *importing, const char *id, const char *details, struct error *err) {
    importing->new_users++;
    return store_user_create(importing->call->service->store, importing->collection.number, id, details, err);
}

/* A user that a face names and that is not there is made without details. */
static bool need_user(struct importing *importing, const char *id, struct error *err) {
    struct call *call = importing->call;
    struct store_user user;
    if (store_user_get(call->service->store, call->arena, importing->collection.number, id, &user, err))
        return true;
    return err->code == ERROR_NOT_FOUND && add_user(importing, id, NULL, err);
}

static bool import_user(struct importing *importing, yyjson_val *item, struct error *err) {
    struct call inner = *importing->call;
    struct store_user user;
    const char *id;
    inner.input = item;
    struct bytes details = json_get_text(item, "Details");
    if (!call_string(&inner, "UserId", &id, err) || (details.ptr && !check_details(&inner, id, details, err)))
        return false;
    if (!store_user_get(inner.service->store, inner.arena, importing->collection.number, id, &user, err))
        return err->code == ERROR_NOT_FOUND && add_user(importing, id, details.ptr, err);
    return bytes_equal(bytes_of(user.details), details) ||
           error_set(err, ERROR_CONFLICT, "The user %s is in the collection with other details.", id);
}

/* --- faces --- */

static bool read_vector(struct call *call, int dimension, const char *face_id, const float **ret_vector,
                        struct error *err) {
    struct bytes bytes = json_get_text(call->input, "Vector");
    float *vector = arena_array(call->arena, (size_t)dimension, sizeof *vector);
    double squares = 0;
    if (!vector)
        return call_no_memory(err);
    if (bytes.len != (size_t)dimension * sizeof *vector)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "The vector of the face %s has %zu bytes, those of the collection have %zu.",
                         face_id, bytes.len, (size_t)dimension * sizeof *vector);
    memcpy(vector, bytes.ptr, bytes.len);
    for (int i = 0; i < dimension; i++)
        squares += (double)vector[i] * (double)vector[i];
    /* Also false for what is no number. */
    if (!(fabs(squares - 1) < 1e-4))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "The vector of the face %s does not have the length 1.", face_id);
    *ret_vector = vector;
    return true;
}

static int compare_tags(const void *a, const void *b) {
    return strcmp(((const struct store_tag *)a)->key, ((const struct store_tag *)b)->key);
}

static bool read_face(struct importing *importing, yyjson_val *item, struct transfer_face *face,
                      struct error *err) {
    struct call inner = *importing->call;
    struct bytes id = json_get_text(item, "FaceId"), image_id = json_get_text(item, "ImageId");
    yyjson_val *box = json_get(item, "BoundingBox");
    struct store_tag *tags;
    inner.input = item;
    face->face = (struct store_face){.left = json_get_float(box, "Left", 0),
                                     .top = json_get_float(box, "Top", 0),
                                     .width = json_get_float(box, "Width", 0),
                                     .height = json_get_float(box, "Height", 0),
                                     .confidence = json_get_float(item, "Confidence", 0),
                                     .model = importing->collection.model,
                                     .created_ms = json_get_time(item, "CreationTimestamp", 0),
                                     .expires_ms = json_get_time(item, "ExpiresAt", 0)};
    face->dimension = importing->collection.dimension;
    if (!uuid_parse(id, &face->face.id) || !uuid_parse(image_id, &face->face.image_id))
        return error_set(err, ERROR_INTERNAL, "An id passed validation and is none.");
    if (!call_string(&inner, "ExternalImageId", &face->face.external_image_id, err) ||
        !call_string(&inner, "UserId", &face->face.user_id, err) ||
        !call_string(&inner, "ConsentReference", &face->face.consent, err) ||
        !consent_check(&importing->collection, face->face.consent, err) ||
        !call_tags(&inner, "Tags", &tags, &face->tag_count, err) ||
        !read_vector(&inner, face->dimension, id.ptr, &face->vector, err))
        return false;
    qsort(tags, face->tag_count, sizeof *tags, compare_tags);
    face->tags = tags;
    return true;
}

static bool is_same(const struct transfer_face *a, const struct transfer_face *b) {
    struct buffer first = buffer_new(LIMIT_TRANSFER_BYTES), second = buffer_new(LIMIT_TRANSFER_BYTES);
    transfer_put(&first, a);
    transfer_put(&second, b);
    bool same = !first.failed && !second.failed && bytes_equal(buffer_bytes(&first), buffer_bytes(&second));
    buffer_release(&first);
    buffer_release(&second);
    return same;
}

static bool conflict(struct uuid id, const char *how, struct error *err) {
    char text[UUID_TEXT];
    uuid_format(id, text);
    return error_set(err, ERROR_CONFLICT, "The face %s is %s.", text, how);
}

/* Is the face there already? *ret_new is false then, and it has the same content. */
static bool look_up(struct importing *importing, const struct transfer_face *face, bool *ret_new,
                    struct error *err) {
    struct call *call = importing->call;
    struct transfer_face stored = {0};
    for (size_t i = 0; i < importing->new_count; i++)
        if (uuid_equal(importing->faces[i].face.id, face->face.id))
            return conflict(face->face.id, "given twice", err);
    if (!store_face_get(call->service->store, call->arena, importing->collection.number, face->face.id,
                        &stored.face, err)) {
        *ret_new = true;
        return err->code == ERROR_NOT_FOUND;
    }
    *ret_new = false;
    return transfer_load(call, &importing->collection, &stored, err) &&
           (is_same(face, &stored) || conflict(face->face.id, "in the collection with other content", err));
}

static bool read_faces(struct importing *importing, struct error *err) {
    yyjson_val *list = json_get(importing->call->input, "Faces"), *item;
    size_t index, size;
    bool new = false;
    importing->count = yyjson_arr_size(list);
    yyjson_arr_foreach(list, index, size, item) {
        struct transfer_face face;
        if (!read_face(importing, item, &face, err) || !look_up(importing, &face, &new, err))
            return false;
        if (new)
            importing->faces[importing->new_count++] = face;
    }
    return true;
}

static bool add_faces(struct importing *importing, struct error *err) {
    struct call *call = importing->call;
    struct store_face faces[LIMIT_TRANSFER_PAGE];
    const float *vectors[LIMIT_TRANSFER_PAGE];
    bool known[LIMIT_TRANSFER_PAGE];
    for (size_t i = 0; i < importing->new_count; i++) {
        faces[i] = importing->faces[i].face;
        vectors[i] = importing->faces[i].vector;
    }
    if (!gallery_add(call->service->galleries, &importing->collection, faces, vectors, importing->new_count,
                     known, err))
        return false;
    for (size_t i = 0; i < importing->new_count; i++) {
        const struct transfer_face *face = &importing->faces[i];
        if (known[i])
            return conflict(face->face.id, "in the collection under another id", err);
        deed_face(call, RECORD_ENROLLED, &faces[i]);
        if (!store_face_tags_put(call->service->store, importing->collection.number, &face->face.id, 1,
                                 face->tags, face->tag_count, err))
            return false;
    }
    return true;
}

/* Gives the new faces of the same user as `first` to that user, in one go. */
static bool give_to_user(struct importing *importing, size_t first, bool *given, struct error *err) {
    struct call *call = importing->call;
    struct gallery_association associations[LIMIT_TRANSFER_PAGE];
    const char *user_id = importing->faces[first].face.user_id;
    size_t count = 0;
    for (size_t i = first; i < importing->new_count; i++) {
        const struct store_face *face = &importing->faces[i].face;
        if (!face->user_id || strcmp(face->user_id, user_id) != 0)
            continue;
        associations[count++] = (struct gallery_association){.face = face->id};
        given[i] = true;
    }
    return need_user(importing, user_id, err) &&
           gallery_associate(call->service->galleries, call->arena, &importing->collection, user_id, 0,
                             associations, count, err);
}

static bool give_to_users(struct importing *importing, struct error *err) {
    bool given[LIMIT_TRANSFER_PAGE] = {false};
    for (size_t i = 0; i < importing->new_count; i++)
        if (importing->faces[i].face.user_id && !given[i] && !give_to_user(importing, i, given, err))
            return false;
    return true;
}

/* --- the page --- */

static bool import_users(struct importing *importing, struct error *err) {
    yyjson_val *list = json_get(importing->call->input, "Users"), *item;
    size_t index, size;
    yyjson_arr_foreach(list, index, size, item) {
        if (!import_user(importing, item, err))
            return false;
    }
    return true;
}

static bool check_model(struct importing *importing, struct error *err) {
    struct bytes model = json_get_text(importing->call->input, "FaceModelVersion");
    return bytes_equal_string(model, importing->collection.model) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "Request has invalid parameters: the faces were made by model version %.*s, those of "
                     "the collection by %s.",
                     BYTES_FORMAT(model), importing->collection.model);
}

bool import_faces(struct call *call, struct error *err) {
    struct importing *importing = arena_array(call->arena, 1, sizeof *importing);
    if (!importing)
        return call_no_memory(err);
    importing->call = call;
    if (!call_begin(call, err) || !call_collection(call, &importing->collection, err) ||
        !check_model(importing, err) || !import_users(importing, err) || !read_faces(importing, err) ||
        !add_faces(importing, err) || !give_to_users(importing, err))
        return false;
    json_put_integer(call->reply, "AddedFaces", (int64_t)importing->new_count);
    json_put_integer(call->reply, "KnownFaces", (int64_t)(importing->count - importing->new_count));
    json_put_integer(call->reply, "AddedUsers", (int64_t)importing->new_users);
    return true;
}
