/* LodgeConcern, GetConcernReceipt, GetConcern, ListConcerns, AnswerConcern, CreateConcernCode; and the
 * same without a signature. Nothing here can read a concern. */
#include "api/concern_ops.h"
#include "api/json.h"
#include "base/base64.h"
#include "base/clock.h"
#include "record/proof.h"
#include "sanctions/concern.h"
#include "store/screening.h"

enum { ANSWER_MAX = 4000, LISTED_MAX = 10000 };

#define CONCERN_ID_FIELD                                                                       \
    "ConcernId", FIELD_STRING, .required = true, .minimum = CONCERN_ID, .maximum = CONCERN_ID, \
                               .pattern = &pattern_uuid

const struct field lodge_concern_fields[] = {
    {"Sealed", FIELD_BLOB, .required = true, .minimum = 1, .maximum = CONCERN_SEALED_MAX}, {0}};
const struct field get_concern_receipt_fields[] = {{CONCERN_ID_FIELD}, {0}};
const struct field get_concern_fields[] = {{CONCERN_ID_FIELD}, {0}};
const struct field list_concerns_fields[] = {{0}};
const struct field answer_concern_fields[] = {
    {CONCERN_ID_FIELD},
    {"Answer", FIELD_STRING, .required = true, .minimum = 1, .maximum = ANSWER_MAX},
    {0},
};
const struct field create_concern_code_fields[] = {{0}};

bool concern_is_for_all(const struct operation *operation) {
    return operation->handle == lodge_concern || operation->handle == get_concern_receipt;
}

static bool need_record(const struct service *service, struct error *err) {
    return service->record || error_set(err, ERROR_CONFLICT, "This server keeps no record of concerns.");
}

static bool need_operator(const struct call *call, struct error *err) {
    return call->principal->is_operator ||
           error_set(err, ERROR_ACCESS_DENIED, "Only the operator's account administers concerns.");
}

/* --- lodging --- */

/* Without the proof, when the record is not published in time, it is lodged all the same: GetConcernReceipt
 * makes it later. */
static void put_receipt(struct service *service, uint64_t entry, struct buffer *reply) {
    struct buffer receipt = buffer_new(PROOF_BYTES);
    json_put_integer(reply, "EntryIndex", (int64_t)entry);
    json_put_string(reply, "VerifierKey", record_vkey(service->record));
    if (concern_receipt(service->store, service->record, entry, &receipt, NULL))
        json_put_text(reply, "Receipt", buffer_bytes(&receipt));
    buffer_release(&receipt);
}

static bool lodged(struct service *service, bool done, const struct error *failure, const char *id,
                   uint64_t entry, struct buffer *reply, struct error *err) {
    if (!done)
        return error_set(err, failure->code == ERROR_VALIDATION ? ERROR_INVALID_PARAMETER : failure->code,
                         "%s", failure->text);
    json_put_string(reply, "ConcernId", id);
    put_receipt(service, entry, reply);
    return true;
}

bool lodge_concern(struct call *call, struct error *err) {
    struct service *service = call->service;
    char id[CONCERN_ID + 1];
    uint64_t entry = 0;
    struct error failure;
    if (!need_record(service, err))
        return false;
    bool done = concern_lodge(service->store, service->record, json_get_text(call->input, "Sealed"),
                              clock_now_ms(), id, &entry, &failure);
    return lodged(service, done, &failure, id, entry, call->reply, err);
}

bool concern_post(struct service *service, struct bytes code, struct bytes sealed, struct buffer *reply,
                  struct error *err) {
    char id[CONCERN_ID + 1];
    uint64_t entry = 0;
    struct error failure;
    if (!need_record(service, err))
        return false;
    bool done = concern_lodge_by_code(service->store, service->record, code, sealed, clock_now_ms(), id,
                                      &entry, &failure);
    return lodged(service, done, &failure, id, entry, reply, err);
}

static bool read_concern(struct call *call, struct store_concern *ret_concern, struct error *err) {
    const char *id;
    return need_record(call->service, err) && call_string(call, "ConcernId", &id, err) &&
           store_concern_get(call->service->store, call->arena, id, ret_concern, err);
}

bool get_concern_receipt(struct call *call, struct error *err) {
    struct store_concern concern;
    if (!read_concern(call, &concern, err))
        return false;
    json_put_string(call->reply, "ConcernId", concern.id);
    put_receipt(call->service, (uint64_t)concern.entry, call->reply);
    return true;
}

/* --- the operator's part: to pass it on, and to say that it was answered --- */

static void put_concern(struct buffer *out, const struct store_concern *concern) {
    json_put_string(out, "ConcernId", concern->id);
    json_put_time(out, "LodgedTimestamp", concern->lodged_ms);
    if (concern->answered_ms)
        json_put_time(out, "AnsweredTimestamp", concern->answered_ms);
    json_put_integer(out, "EntryIndex", concern->entry);
}

bool get_concern(struct call *call, struct error *err) {
    struct store_concern concern;
    if (!need_operator(call, err) || !read_concern(call, &concern, err))
        return false;
    size_t len = base64_text_len(concern.sealed.len);
    char *text = arena_alloc(call->arena, len);
    if (!text)
        return call_no_memory(err);
    base64_to_text(concern.sealed, text);
    put_concern(call->reply, &concern);
    json_put_text(call->reply, "Sealed", (struct bytes){text, len});
    return true;
}

bool list_concerns(struct call *call, struct error *err) {
    struct store_concern *concerns;
    size_t count;
    if (!need_operator(call, err) ||
        !store_concerns_list(call->service->store, call->arena, LISTED_MAX, &concerns, &count, err))
        return false;
    json_array_open(call->reply, "Concerns");
    for (size_t i = 0; i < count; i++) {
        json_object_open(call->reply, NULL);
        put_concern(call->reply, &concerns[i]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    return true;
}

bool answer_concern(struct call *call, struct error *err) {
    struct service *service = call->service;
    const char *id;
    char digest[65];
    struct sha256 answer = sha256_of(json_get_text(call->input, "Answer"));
    if (!need_operator(call, err) || !need_record(service, err) ||
        !call_string(call, "ConcernId", &id, err) || !call_begin(call, err) ||
        !concern_answer(service->store, service->record, id, call->principal->person, answer, clock_now_ms(),
                        err))
        return false;
    call->deed->recorded = true;
    sha256_hex(answer, digest);
    json_put_string(call->reply, "ConcernId", id);
    json_put_string(call->reply, "AnswerDigest", digest);
    return true;
}

bool create_concern_code(struct call *call, struct error *err) {
    char code[CONCERN_CODE + 1];
    if (!need_operator(call, err) || !call_begin(call, err) ||
        !concern_code_make(call->service->store, clock_now_ms(), code, err))
        return false;
    json_put_string(call->reply, "Code", code);
    secret_wipe(code, sizeof code);
    return true;
}
