/* ListReleases, ReleaseResult, GetReleasedResult, and what keeps results back. A kept result is a line of
 * JSON that says what the record is to be told when it is given out, and behind it the reply. */
#include <yyjson.h>
#include "api/release.h"
#include "account/quota.h"
#include "api/extension.h"
#include "api/face_json.h"
#include "api/json.h"
#include "api/page.h"
#include "base/clock.h"

#define RELEASE_ID "ReleaseId", FIELD_STRING, .required = true, .pattern = &pattern_uuid
/* A policy whose resource is a collection lets its person decide about that one, when it is named. */
#define OF_COLLECTION \
    "CollectionId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_COLLECTION_ID, .pattern = &pattern_id

static const char *const decisions[] = {"release", "refuse", NULL};
static const char *const statuses[] = {
    [STORE_RELEASE_WAITING] = "WAITING",
    [STORE_RELEASE_GRANTED] = "RELEASED",
    [STORE_RELEASE_REFUSED] = "REFUSED",
};

const struct field list_releases_fields[] = {{OF_COLLECTION}, {MAX_RESULTS}, {NEXT_TOKEN}, {0}};
const struct field release_result_fields[] = {
    {OF_COLLECTION},
    {RELEASE_ID},
    {"Decision", FIELD_STRING, .required = true, .choices = decisions},
    {LINE("Reason"), .required = true, .minimum = 1},
    {0},
};
const struct field get_released_result_fields[] = {{OF_COLLECTION}, {RELEASE_ID}, {0}};

/* --- keeping back --- */

/* Of what was found; the probe stays in the entry of the search. */
static bool is_found(const struct record_subject *subject) {
    return subject->role != RECORD_PROBE;
}

static void put_told(struct buffer *out, const struct record_entry *entry) {
    char hex[65];
    json_object_open(out, NULL);
    json_put_integer(out, "Outcome", entry->outcome);
    json_put_integer(out, "Searched", entry->counts.searched);
    json_put_integer(out, "Matched", entry->counts.matched);
    json_array_open(out, "Subjects");
    for (size_t i = 0; i < entry->subject_count; i++)
        if (is_found(&entry->subjects[i])) {
            json_object_open(out, NULL);
            json_put_integer(out, "Role", entry->subjects[i].role);
            sha256_hex(entry->subjects[i].commitment, hex);
            json_put_string(out, "Commitment", hex);
            json_object_close(out);
        }
    json_array_close(out);
    json_object_close(out);
}

/* The outcome is kept back like the rest. */
static void forget_findings(struct deed *deed) {
    struct record_entry *entry = &deed->entry;
    size_t kept = 0;
    for (size_t i = 0; i < entry->subject_count; i++)
        if (!is_found(&deed->subjects[i]))
            deed->subjects[kept++] = deed->subjects[i];
    entry->subject_count = kept;
    entry->counts.matched = 0;
    entry->outcome = RECORD_DONE;
}

static bool keep(struct call *call, const struct operation *operation, struct uuid id, struct error *err) {
    struct record_entry *entry = &call->deed->entry;
    struct buffer text = buffer_new(2ul * LIMIT_REPLY_BYTES);
    int64_t now_ms = clock_now_ms();
    struct store_release release = {
        .id = id,
        .account = call->principal->account,
        .collection = entry->collection,
        .operation = operation->name,
        .asked_by = call->principal->person,
        .request = entry->request_id,
        .created_ms = now_ms,
        .expires_ms = now_ms + LIMIT_RELEASE_HOURS * (int64_t)3600000,
    };
    entry->subjects = call->deed->subjects;
    put_told(&text, entry);
    buffer_text(&text, "\n");
    buffer_append(&text, call->reply->data, call->reply->len);
    bool kept = text.failed ? call_no_memory(err)
                            : store_release_keep(call->service->store, &release, buffer_bytes(&text), err);
    buffer_release(&text);
    return kept;
}

bool release_hold(struct call *call, const struct operation *operation, struct error *err) {
    struct uuid id = uuid_random();
    if (!call->deed->release_required || operation->family != QUOTA_SEARCH)
        return true;
    char *text = arena_alloc(call->arena, UUID_TEXT);
    if (!text)
        return call_no_memory(err);
    uuid_format(id, text);
    if (!call_begin(call, err) || !keep(call, operation, id, err))
        return false;
    forget_findings(call->deed);
    deed_detail(call, "held", text);
    call->deed->held = text;
    return true;
}

bool release_answer(struct call *call, struct error *err) {
    const char *id = call->deed->held;
    if (!id)
        return true;
    call->deed->recorded = true;
    return error_set(err, ERROR_ACCESS_DENIED,
                     "The result is held until another person of the account releases it: release %s. Ask "
                     "for it with Countenance.GetReleasedResult within %d hours.",
                     id, LIMIT_RELEASE_HOURS);
}

/* --- the operations --- */

static bool asked_for_it(const struct call *call, const struct store_release *release) {
    struct principal asker = {.account = release->account};
    snprintf(asker.person, sizeof asker.person, "%s", release->asked_by);
    return principal_is_same_person(&asker, call->principal);
}

/* ReleaseId of the caller's account, and of CollectionId when that is given. NOT_FOUND. */
static bool read_release(struct call *call, struct store_release *ret_release, struct error *err) {
    struct bytes text = json_get_text(call->input, "ReleaseId"),
                 collection = json_get_text(call->input, "CollectionId");
    struct store_collection about;
    struct uuid id;
    if (!uuid_parse(text, &id) ||
        !store_release_get(call->service->store, call->arena, call->principal->account, id, clock_now_ms(),
                           ret_release, err))
        return false;
    if (collection.ptr &&
        (!ret_release->collection || !bytes_equal_string(collection, ret_release->collection)))
        return error_set(err, ERROR_NOT_FOUND, "The release %.*s is not of the collection %.*s",
                         BYTES_FORMAT(text), BYTES_FORMAT(collection));
    deed_detail(call, "release", text.ptr);
    deed_detail(call, "requested_by", ret_release->asked_by);
    deed_detail(call, "requested", ret_release->request);
    /* It may have been deleted since. */
    if (ret_release->collection &&
        store_collection_get(call->service->store, call->arena, call->principal->account,
                             ret_release->collection, &about, err))
        deed_collection(call, &about);
    call->deed->entry.collection = ret_release->collection;
    return true;
}

static void put_release(struct buffer *out, const struct store_release *release) {
    face_json_id(out, "ReleaseId", release->id);
    if (release->collection)
        json_put_string(out, "CollectionId", release->collection);
    json_put_string(out, "Operation", release->operation);
    json_put_string(out, "RequestedBy", release->asked_by);
    json_put_string(out, "Status", statuses[release->status]);
    json_put_time(out, "CreationTimestamp", release->created_ms);
    json_put_time(out, "ExpiresAt", release->expires_ms);
    if (release->decided_by) {
        json_put_string(out, "DecidedBy", release->decided_by);
        json_put_string(out, "Reason", release->reason);
        json_put_time(out, "DecidedAt", release->decided_ms);
    }
}

static void put_next_token(struct call *call, const struct store_release *last) {
    char id[UUID_TEXT], token[LIMIT_NEXT_TOKEN + 1];
    uuid_format(last->id, id);
    page_token("ListReleases", bytes_of(call->principal->account_id), bytes_of(id), token);
    json_put_string(call->reply, "NextToken", token);
}

bool list_releases(struct call *call, struct error *err) {
    struct bytes collection = json_get_text(call->input, "CollectionId");
    struct store_release *releases;
    struct uuid after;
    struct page page;
    size_t count;
    if (!page_read(call->input, "ListReleases", bytes_of(call->principal->account_id), &page, err))
        return false;
    if (page.after && !uuid_parse(bytes_of(page.after), &after))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    if (!store_releases_list(call->service->store, call->arena, call->principal->account, clock_now_ms(),
                             page.after ? &after : NULL, page.maximum + 1, &releases, &count, err))
        return false;
    size_t shown = MIN(count, page.maximum);
    json_array_open(call->reply, "Releases");
    for (size_t i = 0; i < shown; i++) {
        if (collection.ptr && !bytes_equal(collection, bytes_of(releases[i].collection)))
            continue;
        json_object_open(call->reply, NULL);
        put_release(call->reply, &releases[i]);
        json_object_close(call->reply);
    }
    json_array_close(call->reply);
    if (count > shown)
        put_next_token(call, &releases[shown - 1]);
    return true;
}

/* Names the person to the record as the one who verified and released. */
static bool tell_released(struct call *call, const char *person, struct error *err) {
    const char **persons = arena_array(call->arena, 1, sizeof *persons);
    if (!persons)
        return call_no_memory(err);
    persons[0] = person;
    call->deed->entry.released_by = persons;
    call->deed->entry.released_count = 1;
    return true;
}

bool release_result(struct call *call, struct error *err) {
    bool granted = bytes_equal_string(json_get_text(call->input, "Decision"), decisions[0]);
    struct store_release release;
    const char *reason;
    if (!call_begin(call, err) || !read_release(call, &release, err) ||
        !call_string(call, "Reason", &reason, err))
        return false;
    if (asked_for_it(call, &release))
        return error_set(err, ERROR_ACCESS_DENIED, "The one who asked cannot release the result as well.");
    release.status = granted ? STORE_RELEASE_GRANTED : STORE_RELEASE_REFUSED;
    release.decided_by = call->principal->person;
    release.reason = reason;
    release.decided_ms = clock_now_ms();
    deed_detail(call, "decision", decisions[!granted]);
    deed_text(call, "reason", reason);
    if (!store_release_decide(call->service->store, &release, err) ||
        (granted && !tell_released(call, release.decided_by, err)))
        return false;
    put_release(call->reply, &release);
    return true;
}

/* --- giving it out --- */

static bool tell_subject(struct call *call, yyjson_val *subject, struct error *err) {
    struct sha256 commitment;
    if (!hex_decode(json_get_text(subject, "Commitment"), commitment.bytes, sizeof commitment.bytes))
        return error_set(err, ERROR_INTERNAL, "A result that was kept is not whole.");
    deed_subject(call, (enum record_role)json_get_integer(subject, "Role", RECORD_MATCHED), commitment);
    return true;
}

/* What the entry of the search has left out. */
static bool tell_findings(struct call *call, struct bytes line, struct error *err) {
    struct record_entry *entry = &call->deed->entry;
    char *text = arena_array(call->arena, line.len + API_BODY_PADDING, 1);
    yyjson_val *told, *subject;
    size_t index, count;
    if (!text)
        return call_no_memory(err);
    memcpy(text, line.ptr, line.len);
    if (!json_read(call->arena, text, line.len, &told, err))
        return false;
    yyjson_val *subjects = json_get(told, "Subjects");
    yyjson_arr_foreach(subjects, index, count, subject) {
        if (!tell_subject(call, subject, err))
            return false;
    }
    entry->outcome = (enum record_outcome)json_get_integer(told, "Outcome", RECORD_DONE);
    entry->counts.searched = json_get_integer(told, "Searched", 0);
    entry->counts.matched = json_get_integer(told, "Matched", 0);
    return true;
}

/* The one who asked waits for the release; the others decide about it. */
static bool check_reader(const struct call *call, const struct store_release *release, struct error *err) {
    if (release->status == STORE_RELEASE_REFUSED)
        return error_set(err, ERROR_ACCESS_DENIED, "The release of the result was refused.");
    return release->status == STORE_RELEASE_GRANTED || !asked_for_it(call, release) ||
           error_set(err, ERROR_ACCESS_DENIED,
                     "The result is still held until another person of the account releases it.");
}

bool get_released_result(struct call *call, struct error *err) {
    struct store_release release;
    struct bytes result;
    if (!read_release(call, &release, err) || !check_reader(call, &release, err) ||
        !store_release_result(call->service->store, call->arena, release.account, release.id, clock_now_ms(),
                              &result, err))
        return false;
    struct bytes told = bytes_split(&result, '\n');
    if (!tell_findings(call, told, err) ||
        (release.decided_by && !tell_released(call, release.decided_by, err)))
        return false;
    put_release(call->reply, &release);
    json_put_json(call->reply, "Result", result);
    return true;
}
