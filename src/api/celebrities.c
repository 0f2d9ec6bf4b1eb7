/* Celebrities: the users of the one collection that the operator has named, with what is known of each kept
 * as a JSON object of the members Name, Urls and KnownGender. RecognizeCelebrities, GetCelebrityInfo, and our
 * own PutCelebrity, ListCelebrities, DeleteCelebrity. */
#include <yyjson.h>
#include "api/celebrities.h"
#include "api/face_json.h"
#include "api/faces.h"
#include "api/governance.h"
#include "api/json.h"
#include "api/page.h"

/* Once in 10,000 strangers (match/similarity.h): a wrong name is worse than none. */
static const float RECOGNISED = 90;

static const char *const genders[] = {"Male", "Female", "Nonbinary", "Unlisted", NULL};
static const struct field known_gender_fields[] = {
    {"Type", FIELD_STRING, .required = true, .choices = genders}, {0}};
static const struct field url_item = {"Url", FIELD_STRING, .minimum = 1, .maximum = LIMIT_CELEBRITY_URL};

#define ID                                                                        \
    "Id", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_USER_ID, \
                        .pattern = &pattern_alphanumeric

#define NAME "Name", FIELD_STRING, .required = true, .minimum = 1, .maximum = LIMIT_CELEBRITY_NAME
#define URLS "Urls", FIELD_LIST, .maximum = LIMIT_CELEBRITY_URLS, .fields = &url_item
#define KNOWN_GENDER "KnownGender", FIELD_STRUCT, .fields = known_gender_fields

const struct field celebrity_details_fields[] = {{NAME}, {URLS}, {KNOWN_GENDER}, {0}};
const struct field put_celebrity_fields[] = {
    {ID},
    {NAME},
    {URLS},
    {KNOWN_GENDER},
    {"Image", FIELD_STRUCT, .fields = image_fields},
    {CONSENT_REFERENCE},
    {0},
};
const struct field list_celebrities_fields[] = {{USERS_MAXIMUM("MaxResults")}, {NEXT_TOKEN}, {0}};
const struct field delete_celebrity_fields[] = {{ID}, {0}};

/* The collection of celebrities. NOT_FOUND also when the operator has named none. */
static bool celebrities(struct call *call, struct store_collection *ret_collection, struct error *err) {
    if (!call->service->celebrities[0])
        return error_set(err, ERROR_NOT_FOUND, "This server has no collection of celebrities.");
    if (!store_collection_get(call->service->store, call->arena, call->principal->account,
                              call->service->celebrities, ret_collection, err))
        return false;
    deed_collection(call, ret_collection);
    return true;
}

/* --- what is known of one --- */

static void put_urls(struct buffer *out, yyjson_val *details) {
    yyjson_val *list = json_get(details, "Urls"), *url;
    size_t index, count;
    json_array_open(out, "Urls");
    yyjson_arr_foreach(list, index, count, url) {
        json_put_text(out, NULL, (struct bytes){yyjson_get_str(url), yyjson_get_len(url)});
    }
    json_array_close(out);
}

/* Urls, Name and, if it is known, KnownGender: of a request, or of what is kept. */
static void put_members(struct buffer *out, yyjson_val *details, const char *name) {
    struct bytes named = json_get_text(details, "Name");
    struct bytes gender = json_get_text(json_get(details, "KnownGender"), "Type");
    put_urls(out, details);
    json_put_text(out, "Name", named.ptr ? named : bytes_of(name));
    if (gender.ptr) {
        json_object_open(out, "KnownGender");
        json_put_text(out, "Type", gender);
        json_object_close(out);
    }
}

/* A user that was not made by PutCelebrity goes by its id. */
static bool put_details(struct call *call, const struct store_user *user, struct error *err) {
    yyjson_val *details = NULL;
    size_t len = user->details ? strlen(user->details) : 0;
    if (user->details) {
        char *text = arena_array(call->arena, len + YYJSON_PADDING_SIZE, 1);
        if (!text)
            return call_no_memory(err);
        memcpy(text, user->details, len);
        if (!json_read(call->arena, text, len, &details, err))
            return error_set(err, ERROR_INTERNAL, "What is kept of a celebrity is damaged.");
    }
    put_members(call->reply, details, user->id);
    return true;
}

/* --- RecognizeCelebrities, GetCelebrityInfo --- */

/* Who the face is; *ret_found is false when it is nobody's. */
static bool recognise(struct call *call, const struct store_collection *collection, const float *embedding,
                      struct store_user *ret_user, float *ret_similarity, bool *ret_found,
                      struct error *err) {
    struct gallery_user_match *match;
    size_t count;
    if (!gallery_search_users(call->service->galleries, call->arena, collection, embedding, RECOGNISED, 1,
                              NULL, &match, &count, err))
        return false;
    if (count > 0 && !store_user_get_by_key(call->service->store, call->arena, collection->number,
                                            match->user, ret_user, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return false;
        count = 0; /* deleted a moment ago */
    }
    if (count > 0)
        *ret_similarity = match->similarity;
    *ret_found = count > 0;
    return true;
}

/* Puts CelebrityFaces and says which faces are in there. */
static bool put_recognised(struct call *call, const struct store_collection *collection,
                           const struct findings *findings, bool *ret_found, struct error *err) {
    json_array_open(call->reply, "CelebrityFaces");
    for (int i = 0; i < findings->count; i++) {
        struct store_user user;
        float similarity;
        if (!findings->embeddings[i])
            continue;
        if (!recognise(call, collection, findings->embeddings[i], &user, &similarity, &ret_found[i], err))
            return false;
        deed_search(call, collection, ret_found[i]);
        if (!ret_found[i])
            continue;
        deed_user(call, RECORD_MATCHED, user.key);
        json_object_open(call->reply, NULL);
        if (!put_details(call, &user, err))
            return false;
        if (pattern_alphanumeric.matches(bytes_of(user.id)))
            json_put_string(call->reply, "Id", user.id);
        face_json_detail(call->reply, "Face", findings, i);
        json_put_float(call->reply, "MatchConfidence", similarity);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

bool recognize_celebrities(struct call *call, struct error *err) {
    struct store_collection collection = {0};
    const struct model *model = photo_model(call);
    struct findings *findings;
    struct bytes photo;
    bool found[LIMIT_CELEBRITY_FACES] = {false};
    if (!photo_bytes(call, "Image", &photo, err))
        return false;
    bool known = celebrities(call, &collection, err);
    if (known ? !call_model(call, &collection, &model, err) : err->code != ERROR_NOT_FOUND)
        return false;
    if (!photo_examine(
            call, model, photo,
            (struct examination){.detected = LIMIT_CELEBRITY_FACES,
                                 .embedded = known && collection.user_count > 0 ? LIMIT_CELEBRITY_FACES : 0,
                                 .attributes = FACE_EMOTIONS | FACE_SMILE},
            &findings, err) ||
        !put_recognised(call, &collection, findings, found, err))
        return false;
    json_array_open(call->reply, "UnrecognizedFaces");
    for (int i = 0; i < findings->count; i++)
        if (!found[i])
            face_json_detail(call->reply, NULL, findings, i);
    json_array_close(call->reply);
    return true;
}

/* The user that Id names. NOT_FOUND. */
static bool read_celebrity(struct call *call, struct store_collection *ret_collection,
                           struct store_user *ret_user, struct error *err) {
    const char *id;
    return call_string(call, "Id", &id, err) && celebrities(call, ret_collection, err) &&
           store_user_get(call->service->store, call->arena, ret_collection->number, id, ret_user, err);
}

bool get_celebrity_info(struct call *call, struct error *err) {
    struct store_collection collection;
    struct store_user user;
    return read_celebrity(call, &collection, &user, err) && put_details(call, &user, err);
}

/* --- PutCelebrity, ListCelebrities, DeleteCelebrity --- */

/* The collection of celebrities, made when it is not there. */
static bool make_celebrities(struct call *call, struct store_collection *ret_collection, struct error *err) {
    struct service *service = call->service;
    if (!service->celebrities[0])
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "This server has no collection of celebrities: start it with --celebrities.");
    return celebrities(call, ret_collection, err) ||
           (err->code == ERROR_NOT_FOUND &&
            governance_create(call, service->celebrities, NULL, 0, ret_collection, err) &&
            celebrities(call, ret_collection, err));
}

/* Makes the user, or gives it other details. */
static bool write_user(struct call *call, int64_t collection, const char *id, struct error *err) {
    struct store *store = call->service->store;
    struct store_user user;
    struct buffer text = buffer_new(LIMIT_BODY_BYTES);
    json_object_open(&text, NULL);
    put_members(&text, call->input, id);
    json_object_close(&text);
    const char *details = text.failed ? NULL : arena_string(call->arena, buffer_bytes(&text));
    buffer_release(&text);
    if (!details)
        return call_no_memory(err);
    if (store_user_get(store, call->arena, collection, id, &user, err))
        return store_user_set_details(store, collection, id, details, err);
    return err->code == ERROR_NOT_FOUND && store_user_create(store, collection, id, details, err);
}

/* Indexes the face and gives it to the user, however much it is like the user's other faces: the caller says
 * who it is. The id as external image id has the same photograph kept once. */
static bool write_face(struct call *call, const struct store_collection *collection, const char *id,
                       const struct findings *findings, struct uuid image_id, struct error *err) {
    struct galleries *galleries = call->service->galleries;
    struct store_face face = face_to_store(findings, 0, image_id, id);
    bool known;
    if (!call_string(call, "ConsentReference", &face.consent, err) ||
        !consent_check(collection, face.consent, err) ||
        !gallery_add(galleries, collection, &face, &findings->embeddings[0], 1, &known, err) ||
        !face_keep_crop(call, collection, face.id, findings, 0, err))
        return false;
    deed_face(call, RECORD_ENROLLED, &face);
    struct gallery_association association = {.face = face.id};
    if (!gallery_associate(galleries, call->arena, collection, id, 0, &association, 1, err))
        return false;
    if (association.outcome == GALLERY_OTHER_USER)
        return error_set(err, ERROR_CONFLICT, "The face belongs to the user %s.", association.user_id);
    face_json_id(call->reply, "FaceId", face.id);
    return true;
}

/* The face of the request's photograph, by the model of the collection, or that of the one to be made. */
static bool look(struct call *call, struct findings **ret_findings, struct bytes *ret_photo,
                 struct error *err) {
    struct store_collection collection = {0};
    const struct model *model = photo_model(call);
    bool known = celebrities(call, &collection, err);
    if ((known ? !call_model(call, &collection, &model, err) : err->code != ERROR_NOT_FOUND) ||
        !photo_bytes(call, "Image", ret_photo, err) ||
        !photo_examine(call, model, *ret_photo,
                       (struct examination){.detected = 1,
                                            .filter = FACE_FILTER_MEDIUM,
                                            .embedded = 1,
                                            .crops = collection.governance.keep_crops},
                       ret_findings, err))
        return false;
    return ((*ret_findings)->count > 0 && (*ret_findings)->embeddings[0]) ||
           error_set(
               err, ERROR_INVALID_PARAMETER,
               "Request has invalid parameters: there is no face in the image that is good enough to be "
               "recognised by.");
}

bool put_celebrity(struct call *call, struct error *err) {
    struct store_collection collection;
    struct findings *findings = NULL;
    struct bytes photo;
    const char *id;
    if (json_get(call->input, "Image") && !look(call, &findings, &photo, err))
        return false;
    return call_string(call, "Id", &id, err) && call_begin(call, err) &&
           make_celebrities(call, &collection, err) && write_user(call, collection.number, id, err) &&
           (!findings || write_face(call, &collection, id, findings, uuid_of_data(photo), err));
}

static bool put_celebrities(struct call *call, const struct store_user *users, size_t count,
                            struct error *err) {
    json_array_open(call->reply, "Celebrities");
    for (size_t i = 0; i < count; i++) {
        json_object_open(call->reply, NULL);
        json_put_string(call->reply, "Id", users[i].id);
        if (!put_details(call, &users[i], err))
            return false;
        json_put_integer(call->reply, "FaceCount", users[i].face_count);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

bool list_celebrities(struct call *call, struct error *err) {
    const struct bytes everywhere = {NULL, 0};
    struct store_collection collection;
    struct store_user *users = NULL;
    struct page page;
    size_t count = 0;
    if (!page_read(call->input, "ListCelebrities", everywhere, &page, err))
        return false;
    size_t maximum = MIN(page.maximum, (size_t)LIMIT_USERS_PAGE);
    if (!celebrities(call, &collection, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return false;
    } else if (!store_user_list(call->service->store, call->arena, collection.number, page.after, maximum + 1,
                                &users, &count, err)) {
        return false;
    }
    if (!put_celebrities(call, users, MIN(count, maximum), err))
        return false;
    if (count > maximum) {
        char token[LIMIT_NEXT_TOKEN + 1];
        page_token("ListCelebrities", everywhere, bytes_of(users[maximum - 1].id), token);
        json_put_string(call->reply, "NextToken", token);
    }
    return true;
}

/* With its faces: nobody else has a use for them. */
bool delete_celebrity(struct call *call, struct error *err) {
    struct store_collection collection;
    struct store_user user;
    struct store_face *faces;
    struct uuid ids[LIMIT_USER_FACES];
    bool deleted[LIMIT_USER_FACES];
    size_t count;
    if (!call_begin(call, err) || !read_celebrity(call, &collection, &user, err))
        return false;
    const struct store_filter filter = {.user_id = user.id};
    if (!store_faces_list(call->service->store, call->arena, collection.number, &filter, NULL,
                          LIMIT_USER_FACES, &faces, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        deed_face(call, RECORD_ERASED, &faces[i]);
        ids[i] = faces[i].id;
    }
    return gallery_user_delete(call->service->galleries, &collection, user.id, err) &&
           gallery_remove(call->service->galleries, &collection, ids, count, deleted, err);
}
