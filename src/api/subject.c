/* DescribeSubject, EraseSubject: what is held about one person, and its end.
 *
 * Somebody's data are found by a photograph: the faces of the caller's account that are alike to its largest
 * face, and, where such a face belongs to a user, all faces of that user. The salts of those faces, and the
 * keys of those users, give the commitments under which the record speaks of them. When they are erased so
 * are the salts and keys, and the entries lead to nobody any more. */
#include "api/subject.h"
#include "api/extension.h"
#include "api/face_json.h"
#include "api/json.h"
#include "api/photo.h"
#include "api/subject_entries.h"
#include "record/files.h"
#include "record/proof.h"

static const float DESCRIBED = 90, ERASED = 99; /* least similarity, unless the request says otherwise */

const struct field describe_subject_fields[] = {
    {IMAGE("Image")},
    {THRESHOLD("SimilarityThreshold")},
    {"FromEntry", FIELD_INTEGER, .maximum = INT64_MAX / 2},
    {0},
};
const struct field erase_subject_fields[] = {
    {"Image", FIELD_STRUCT, .fields = image_fields},
    {THRESHOLD("SimilarityThreshold")},
    {"CollectionId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, .pattern = &pattern_id},
    {FACE_IDS},
    {0},
};

static bool need_record(const struct call *call, struct error *err) {
    return call->service->record || error_set(err, ERROR_INTERNAL, "This server keeps no record.");
}

/* --- finding --- */

/* A face that is a person's, and the collection that it is in. */
struct finding {
    const struct store_collection *collection;
    struct store_face face;
    float similarity;
    bool by_user; /* it belongs to a user of whom another face is alike */
};

struct subject {
    struct call *call;
    struct bytes photo;
    bool looked;                           /* one model has */
    const float *embeddings[LIMIT_MODELS]; /* of the models that have found a face */
    float threshold;
    bool erasing;
    struct finding *findings; /* by collection; in the arena */
    size_t count, capacity;
    int64_t searched, skipped; /* collections */
};

static bool add(struct subject *subject, const struct finding *finding, struct error *err) {
    if (subject->count == subject->capacity) {
        size_t capacity = MAX(2 * subject->capacity, (size_t)16);
        struct finding *grown = arena_array(subject->call->arena, capacity, sizeof *grown);
        if (!grown)
            return call_no_memory(err);
        if (subject->count > 0)
            memcpy(grown, subject->findings, subject->count * sizeof *grown);
        subject->findings = grown;
        subject->capacity = capacity;
    }
    subject->findings[subject->count++] = *finding;
    return true;
}

static bool is_found(const struct subject *subject, size_t from, struct uuid face) {
    for (size_t i = from; i < subject->count; i++)
        if (uuid_equal(subject->findings[i].face.id, face))
            return true;
    return false;
}

/* The other faces of the users to whom findings from `from` on belong. */
static bool add_of_users(struct subject *subject, const struct store_collection *collection, size_t from,
                         struct error *err) {
    struct call *call = subject->call;
    for (size_t i = from, alike = subject->count; i < alike; i++) {
        struct store_filter filter = {.user_id = subject->findings[i].face.user_id};
        struct store_face *faces;
        size_t count = 0;
        if (filter.user_id && !store_faces_list(call->service->store, call->arena, collection->number,
                                                &filter, NULL, LIMIT_USER_FACES, &faces, &count, err))
            return false;
        for (size_t j = 0; j < count; j++) {
            struct finding finding = {.collection = collection, .face = faces[j], .by_user = true};
            if (!is_found(subject, from, faces[j].id) && !add(subject, &finding, err))
                return false;
        }
    }
    return true;
}

/* The largest face of the photograph, which is looked at whatever its quality, by each model once. */
static bool look(struct subject *subject, const struct model *model, struct error *err) {
    struct findings *findings;
    if (subject->embeddings[model->number])
        return true;
    if (!photo_examine(subject->call, model, subject->photo,
                       (struct examination){.detected = 1, .embedded = 1, .again = subject->looked},
                       &findings, err))
        return false;
    subject->looked = true;
    subject->embeddings[model->number] = findings->embeddings[0];
    return true;
}

static bool search_collection(struct subject *subject, const struct store_collection *collection,
                              struct error *err) {
    struct call *call = subject->call;
    struct gallery_matches found;
    size_t from = subject->count;
    bool released = collection->governance.release_required;
    /* Erasing would tell at once what the collection has a second person release. */
    const struct model *model = models_of(&call->service->models, collection);
    bool skips = !model || (subject->erasing && released);
    if (!skips && !look(subject, model, err))
        return false;
    if (skips || !subject->embeddings[model->number]) {
        subject->skipped++;
        return true;
    }
    subject->searched++;
    call->deed->release_required |= released;
    call->deed->entry.counts.searched += collection->face_count;
    const struct gallery_query query = {.probe = subject->embeddings[model->number],
                                        .similarity = subject->threshold,
                                        .maximum = LIMIT_PAGE,
                                        .exhaustive = true};
    if (!gallery_search(call->service->galleries, call->arena, collection, &query, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        struct finding finding = {.collection = collection, .similarity = found.matches[i].similarity};
        if (store_face_get(call->service->store, call->arena, collection->number, found.matches[i].face,
                           &finding.face, err)) {
            if (!add(subject, &finding, err))
                return false;
        } else if (err->code != ERROR_NOT_FOUND) /* deleted a moment ago */
            return false;
    }
    return add_of_users(subject, collection, from, err);
}

/* All collections of the account. */
static bool search(struct subject *subject, struct error *err) {
    struct call *call = subject->call;
    const char *after = NULL;
    subject->count = 0;
    subject->searched = subject->skipped = 0;
    call->deed->entry.counts.searched = 0;
    for (size_t count = LIMIT_PAGE; count == LIMIT_PAGE;) {
        struct store_collection *collections;
        if (!store_collection_list(call->service->store, call->arena, call->principal->account, after,
                                   LIMIT_PAGE, &collections, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!search_collection(subject, &collections[i], err))
                return false;
        if (count > 0)
            after = collections[count - 1].id;
    }
    return true;
}

/* By the model of photographs alone, which must find a face. */
static bool look_first(struct subject *subject, struct error *err) {
    struct call *call = subject->call;
    const struct model *model = photo_model(call);
    call->deed->entry.model = model_version(model);
    if (!photo_bytes(call, "Image", &subject->photo, err) || !look(subject, model, err))
        return false;
    if (subject->embeddings[model->number])
        return true;
    deed_no_face(call);
    return error_set(err, ERROR_INVALID_PARAMETER, "There are no faces in the image. Should be at least 1.");
}

/* --- DescribeSubject --- */

static struct sha256 commitment_of(const struct finding *finding) {
    return record_commit_subject(finding->face.salt, finding->face.id);
}

/* Those of the face, and of the user that it belongs to. */
static bool collect(struct call *call, const struct finding *finding, struct commitments *commitments,
                    struct error *err) {
    struct store_user user;
    if (!commitments_add(call, commitments, commitment_of(finding), err))
        return false;
    return !finding->face.user_id ||
           (store_user_get(call->service->store, call->arena, finding->collection->number,
                           finding->face.user_id, &user, err) &&
            commitments_add(call, commitments, deed_user_commitment(user.key), err));
}

static bool put_finding(struct call *call, const struct finding *finding, struct error *err) {
    struct buffer *out = call->reply;
    char hex[65];
    bool kept;
    if (!store_crop_is_kept(call->service->store, finding->collection->number, finding->face.id, &kept, err))
        return false;
    json_object_open(out, NULL);
    json_put_string(out, "CollectionId", finding->collection->id);
    if (!finding->by_user)
        json_put_float(out, "Similarity", finding->similarity);
    face_json_stored(out, "Face", &finding->face);
    json_put_time(out, "CreationTimestamp", finding->face.created_ms);
    face_json_governed_members(out, &finding->face);
    sha256_hex(commitment_of(finding), hex);
    json_put_string(out, "Commitment", hex);
    json_put_boolean(out, "CropKept", kept);
    json_object_close(out);
    return true;
}

/* How many were searched, and how many were not. */
static void put_collections(struct buffer *out, const struct subject *subject) {
    json_put_integer(out, "SearchedCollections", subject->searched);
    json_put_integer(out, "SkippedCollections", subject->skipped);
}

static bool put_findings(struct call *call, const struct subject *subject, struct commitments *commitments,
                         struct error *err) {
    json_array_open(call->reply, "Faces");
    for (size_t i = 0; i < subject->count; i++) {
        deed_face(call, RECORD_MATCHED, &subject->findings[i].face);
        if (!collect(call, &subject->findings[i], commitments, err) ||
            !put_finding(call, &subject->findings[i], err))
            return false;
    }
    json_array_close(call->reply);
    put_collections(call->reply, subject);
    return true;
}

bool describe_subject(struct call *call, struct error *err) {
    struct subject subject = {.call = call};
    struct commitments commitments = {.count = 0};
    struct record *record = call->service->record;
    subject.threshold = json_get_float(call->input, "SimilarityThreshold", DESCRIBED);
    if (!need_record(call, err) || !look_first(&subject, err) || !search(&subject, err) ||
        !put_findings(call, &subject, &commitments, err) ||
        !commitments_add(call, &commitments, record_commit_image(record, sha256_of(subject.photo)), err) ||
        !entries_put(call, &commitments, (uint64_t)json_get_integer(call->input, "FromEntry", 0), err))
        return false;
    call->deed->entry.counts.matched = (int64_t)subject.count;
    call->deed->entry.outcome = subject.count > 0 ? RECORD_MATCH : RECORD_NO_MATCH;
    return true;
}

/* --- EraseSubject --- */

/* The faces that FaceIds names, those that are there. */
static bool find_named(struct subject *subject, struct error *err) {
    struct call *call = subject->call;
    struct store_collection *collection = arena_array(call->arena, 1, sizeof *collection);
    struct uuid *ids;
    size_t count;
    if (!collection)
        return call_no_memory(err);
    if (!call_face_ids(call, "FaceIds", &ids, &count, err) || !call_collection(call, collection, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct finding finding = {.collection = collection};
        if (store_face_get(call->service->store, call->arena, collection->number, ids[i], &finding.face,
                           err)) {
            if (!add(subject, &finding, err))
                return false;
        } else if (err->code != ERROR_NOT_FOUND)
            return false;
    }
    return true;
}

/* A user without faces is nobody any more, and its key could still lead from the record to its id. */
static bool erase_user(struct call *call, const struct store_collection *collection, const char *user_id,
                       struct error *err) {
    struct store_user user;
    if (!store_user_get(call->service->store, call->arena, collection->number, user_id, &user, err))
        return err->code == ERROR_NOT_FOUND;
    if (user.face_count > 0)
        return true;
    deed_user(call, RECORD_ERASED, user.key);
    return gallery_user_delete(call->service->galleries, collection, user_id, err);
}

/* The findings of one collection, which lie together. */
static bool erase_together(struct call *call, const struct finding *findings, size_t count,
                           struct error *err) {
    const struct store_collection *collection = findings[0].collection;
    struct uuid *ids = arena_array(call->arena, count, sizeof *ids);
    bool *erased = arena_array(call->arena, count, sizeof *erased);
    if (!ids || !erased)
        return call_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        deed_face(call, RECORD_ERASED, &findings[i].face);
        ids[i] = findings[i].face.id;
    }
    if (!gallery_remove(call->service->galleries, collection, ids, count, erased, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (findings[i].face.user_id && !erase_user(call, collection, findings[i].face.user_id, err))
            return false;
    return true;
}

static bool erase(const struct subject *subject, struct error *err) {
    struct call *call = subject->call;
    const struct finding *findings = subject->findings;
    size_t end;
    for (size_t first = 0; first < subject->count; first = end) {
        for (end = first; end < subject->count && findings[end].collection == findings[first].collection;)
            end++;
        if (!erase_together(call, findings + first, end - first, err))
            return false;
    }
    json_array_open(call->reply, "ErasedFaces");
    for (size_t i = 0; i < subject->count; i++) {
        json_object_open(call->reply, NULL);
        json_put_string(call->reply, "CollectionId", findings[i].collection->id);
        face_json_id(call->reply, "FaceId", findings[i].face.id);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

/* Records and commits: only an entry that is in the log can be proved. */
static bool finish(struct call *call, struct error *err) {
    const struct operation *self = operation_find(BYTES_LITERAL(EXTENSION_PREFIX "EraseSubject"));
    if (!deed_record(call, self, NULL, err) || !store_commit(call->service->store, err))
        return false;
    call->deed->recorded = true;
    return true;
}

/* The entry, and its proof once it is published. Without that it is erased and recorded all the same, and
 * `countenance prove` makes the proof later. */
static void put_receipt(struct call *call) {
    struct record *record = call->service->record;
    uint64_t index = call->deed->index;
    char folder[FILES_PATH_MAX];
    struct note_key key;
    struct buffer proof = buffer_new(PROOF_BYTES);
    json_put_integer(call->reply, "EntryIndex", (int64_t)index);
    json_put_string(call->reply, "VerifierKey", record_vkey(record));
    if (record_wait(record, index, NULL) &&
        files_path(store_folder(call->service->store), "record", folder, NULL) &&
        note_key_parse(bytes_of(record_vkey(record)), &key, NULL) &&
        proof_make(folder, &key, index, &proof, NULL))
        json_put_text(call->reply, "Proof", buffer_bytes(&proof));
    buffer_release(&proof);
}

/* By photograph: the first search makes the indexes while others can write, the second sees all that they
 * have written. */
static bool find_alike(struct subject *subject, struct error *err) {
    struct call *call = subject->call;
    return look_first(subject, err) && search(subject, err) && call_begin(call, err) && search(subject, err);
}

bool erase_subject(struct call *call, struct error *err) {
    struct subject subject = {.call = call, .erasing = true};
    bool by_image = json_get(call->input, "Image") != NULL,
         by_face = json_get(call->input, "FaceIds") && json_get(call->input, "CollectionId");
    subject.threshold = json_get_float(call->input, "SimilarityThreshold", ERASED);
    if (by_image == by_face)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "EraseSubject needs either Image, or CollectionId and FaceIds.");
    if (!need_record(call, err) ||
        !(by_image ? find_alike(&subject, err) : call_begin(call, err) && find_named(&subject, err)))
        return false;
    if (subject.count == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no such face, and nothing to erase.");
    if (!erase(&subject, err) || !finish(call, err))
        return false;
    if (by_image)
        put_collections(call->reply, &subject);
    put_receipt(call);
    return true;
}
