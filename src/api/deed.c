#include "api/deed.h"
#include "api/operation.h"
#include "api/photo.h"
#include "base/clock.h"

void deed_photo(struct call *call, struct bytes photo, const struct findings *findings) {
    struct record_entry *entry = &call->deed->entry;
    entry->counts.faces += findings->count;
    if (call->service->record && entry->image_count < LIMIT_RECORD_IMAGES)
        call->deed->images[entry->image_count++] = record_commit_image(call->service->record,
                                                                       sha256_of(photo));
}

void deed_collection(struct call *call, const struct store_collection *collection) {
    struct record_entry *entry = &call->deed->entry;
    entry->collection = collection->id;
    entry->purpose = collection->governance.purpose;
    entry->basis = collection->governance.lawful_basis;
    entry->model = collection->model;
    call->deed->release_required |= collection->governance.release_required;
}

void deed_subject(struct call *call, enum record_role role, struct sha256 commitment) {
    struct deed *deed = call->deed;
    size_t count = deed->entry.subject_count;
    if (count == deed->subject_capacity) {
        size_t capacity = MAX(2 * count, (size_t)16);
        struct record_subject *grown = arena_array(call->arena, capacity, sizeof *grown);
        if (!grown) {
            deed->incomplete = true;
            return;
        }
        if (count > 0)
            memcpy(grown, deed->subjects, count * sizeof *grown);
        deed->subjects = grown;
        deed->subject_capacity = capacity;
    }
    deed->subjects[count] = (struct record_subject){role, commitment};
    deed->entry.subject_count++;
    deed->entry.counts.enrolled += role == RECORD_ENROLLED;
    deed->entry.counts.erased += role == RECORD_ERASED;
}

void deed_face(struct call *call, enum record_role role, const struct store_face *face) {
    deed_subject(call, role, record_commit_subject(face->salt, face->id));
}

/* A user's key is never told and gone with the user, as the salt of a face is. */
struct sha256 deed_user_commitment(struct uuid key) {
    uint8_t salt[2 * sizeof key];
    memcpy(salt, &key, sizeof key);
    memcpy(salt + sizeof key, &key, sizeof key);
    struct sha256 commitment = record_commit_subject(salt, key);
    secret_wipe(salt, sizeof salt);
    return commitment;
}

void deed_user(struct call *call, enum record_role role, struct uuid key) {
    deed_subject(call, role, deed_user_commitment(key));
}

void deed_search(struct call *call, const struct store_collection *collection, size_t matched) {
    struct record_entry *entry = &call->deed->entry;
    entry->counts.searched += collection->face_count;
    entry->counts.matched += (int64_t)matched;
    entry->outcome = entry->counts.matched > 0 ? RECORD_MATCH : RECORD_NO_MATCH;
}

void deed_no_face(struct call *call) {
    call->deed->entry.outcome = RECORD_NO_FACE;
}

void deed_detail(struct call *call, const char *name, const char *text) {
    struct deed *deed = call->deed;
    if (deed->entry.detail_count == DEED_DETAILS) {
        deed->incomplete = true;
        return;
    }
    deed->details[deed->entry.detail_count++] = (struct record_detail){.name = name, .text = text};
}

void deed_text(struct call *call, const char *name, const char *text) {
    char *hex = arena_array(call->arena, 65, 1);
    if (!hex) {
        call->deed->incomplete = true;
        return;
    }
    if (!call->service->record)
        return;
    sha256_hex(record_commit_text(call->service->record, bytes_of(text)), hex);
    deed_detail(call, name, hex);
}

bool deed_record(struct call *call, const struct operation *operation, const struct error *refusal,
                 struct error *err) {
    struct deed *deed = call->deed;
    struct record_entry *entry = &deed->entry;
    if (operation->record == OPERATION_UNRECORDED || !call->service->record || deed->recorded)
        return true;
    if (deed->incomplete)
        return call_no_memory(err);
    entry->kind = (enum record_kind)operation->record;
    entry->operation = operation->name;
    entry->ended_ms = clock_now_ms();
    entry->images = deed->images;
    entry->subjects = deed->subjects;
    entry->details = deed->details;
    if (refusal) {
        if (entry->outcome != RECORD_NO_FACE)
            entry->outcome = RECORD_REFUSED;
        entry->error = error_type(refusal->code);
        entry->subject_count = 0;
        entry->counts = (struct record_counts){.faces = entry->counts.faces};
    }
    return record_put(call->service->record, entry, &deed->index, err);
}
