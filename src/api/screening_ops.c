/* ScreenAccount, DescribeScreening, DecideScreening, PutException, PutLicence, WithdrawDecision: who is
 * served, and what persons decide about it. All are the operator's. The gate writes the entries of what was
 * done; those of deed.h tell of what was refused. */
#include "api/screening_ops.h"
#include "api/administration.h"
#include "api/json.h"
#include "base/clock.h"
#include "sanctions/gate.h"

enum { SUBJECT_MAX = 256, END_USE_MAX = 1000, REASONS_MAX = 1000, DATE = 10 };

static bool matches_digits(struct bytes text) {
    uint64_t number;
    return bytes_to_number(text, UINT64_MAX, &number);
}

static bool matches_date(struct bytes text) {
    int32_t day;
    return day_parse(text, &day);
}

static const struct pattern pattern_digits = {"[0-9]+", matches_digits};
static const struct pattern pattern_date = {"[0-9]{4}-[0-9]{2}-[0-9]{2}", matches_date};
static const char *const kinds[] = {"person", "entity", NULL};
static const char *const decisions[] = {"CLEARED", "REFUSED", NULL};

#define ACCOUNT_ID                                                                                         \
    "AccountId", FIELD_STRING, .required = true, .minimum = STORE_ACCOUNT_ID, .maximum = STORE_ACCOUNT_ID, \
                               .pattern = &pattern_digits
#define LINE_OF(name, least, most) \
    name, FIELD_STRING, .minimum = least, .maximum = most, .pattern = &pattern_line
#define REASONS LINE_OF("Reasons", 1, REASONS_MAX), .required = true
#define SUBJECT LINE_OF("Subject", 1, SUBJECT_MAX), .required = true
#define DATE_OF(name) name, FIELD_STRING, .minimum = DATE, .maximum = DATE, .pattern = &pattern_date
#define EXPIRES DATE_OF("ExpiresDate"), .required = true

const struct field screen_account_fields[] = {
    {ACCOUNT_ID},
    {LINE_OF("EndUse", 0, END_USE_MAX)},
    {LINE_OF("Party", 0, SUBJECT_MAX)},
    {"Kind", FIELD_STRING, .choices = kinds},
    {DATE_OF("BornDate")},
    {0},
};
const struct field describe_screening_fields[] = {{ACCOUNT_ID}, {0}};
const struct field decide_screening_fields[] = {
    {ACCOUNT_ID}, {"Decision", FIELD_STRING, .required = true, .choices = decisions}, {REASONS}, {EXPIRES},
    {0},
};
const struct field put_exception_fields[] = {{ACCOUNT_ID}, {SUBJECT}, {REASONS}, {EXPIRES}, {0}};
const struct field put_licence_fields[] = {
    {ACCOUNT_ID},
    {SUBJECT},
    {LINE_OF("Authority", 1, SUBJECT_MAX), .required = true},
    {LINE_OF("Reference", 1, SUBJECT_MAX), .required = true},
    {REASONS},
    {EXPIRES},
    {0},
};
const struct field withdraw_decision_fields[] = {
    {ACCOUNT_ID},
    {"DecisionNumber", FIELD_INTEGER, .required = true, .minimum = 1, .maximum = INT64_MAX},
    {0},
};

/* Fills the account's id. */
static bool begin(struct call *call, const char **ret_id, struct error *err) {
    if (!call->principal->is_operator)
        return error_set(err, ERROR_ACCESS_DENIED, "Only the operator's account decides who is served.");
    if (!call->service->gate)
        return error_set(err, ERROR_CONFLICT, "This server does not screen accounts.");
    return call_string(call, "AccountId", ret_id, err);
}

static void put_decision(struct buffer *out, const struct store_decision *decision) {
    char day[DAY_TEXT];
    json_object_open(out, NULL);
    json_put_integer(out, "DecisionNumber", decision->number);
    json_put_string(out, "Decision", decision_kind_name((enum decision_kind)decision->kind));
    if (decision->subject[0])
        json_put_string(out, "Subject", decision->subject);
    json_put_string(out, "By", decision->by);
    json_put_string(out, "Reasons", decision->reasons);
    day_format(decision->at, day);
    json_put_string(out, "DecidedDate", day);
    day_format(decision->expires, day);
    json_put_string(out, "ExpiresDate", day);
    if (decision->authority) {
        json_put_string(out, "Authority", decision->authority);
        json_put_string(out, "Reference", decision->reference);
    }
    if (decision->withdrawn_ms)
        json_put_time(out, "WithdrawnTimestamp", decision->withdrawn_ms);
    json_object_close(out);
}

static void put_verdict(struct call *call, const struct store_screening *screening) {
    struct buffer *out = call->reply;
    bool made = screening->result != GATE_NO_VERDICT;
    char basis[65];
    sha256_hex(screening->basis, basis);
    json_put_string(out, "Result", made ? result_name((enum result)screening->result) : "no-verdict");
    json_put_string(out, "Service", made ? service_name((enum serving)screening->service) : "no-verdict");
    json_put_string(out, "Reason", screening->reason);
    json_put_string(out, "Basis", basis);
    json_put_time(out, "ScreenedTimestamp", screening->made_ms);
    if (screening->until_ms > 0 && screening->until_ms < INT64_MAX)
        json_put_time(out, "ServedUntilTimestamp", screening->until_ms);
    json_put_json(out, "Verdict", bytes_of(screening->details));
}

static bool describe(struct call *call, const char *id, struct error *err) {
    struct store *store = call->service->store;
    struct store_account account;
    struct store_screening screening;
    struct store_decision *made;
    size_t count;
    bool found;
    if (!store_account_get(store, call->arena, id, &account, err) ||
        !gate_verdict(call->service->gate, call->arena, id, &screening, &found, err) ||
        !store_decisions_get(store, call->arena, account.number, &made, &count, err))
        return false;
    json_put_string(call->reply, "AccountId", id);
    if (found)
        put_verdict(call, &screening);
    json_put_boolean(call->reply, "Served",
                     account.is_operator || (found && screening.until_ms > clock_now_ms()));
    json_array_open(call->reply, "Decisions");
    for (size_t i = 0; i < count; i++)
        put_decision(call->reply, &made[i]);
    json_array_close(call->reply);
    return true;
}

/* The member, or what was said before. */
static bool read_or_keep(struct call *call, const char *name, const char **text, bool *ret_told,
                         struct error *err) {
    const char *told;
    if (!call_string(call, name, &told, err))
        return false;
    *ret_told |= told != NULL;
    *text = told ? told : *text;
    return true;
}

static bool screen_with(struct call *call, const char *id, struct error *err) {
    struct store *store = call->service->store;
    struct gate *gate = call->service->gate;
    const char *by = call->principal->person;
    struct store_account account;
    struct store_profile profile;
    bool told = false;
    if (!store_account_get(store, call->arena, id, &account, err) ||
        !store_profile_get(store, call->arena, account.number, &profile, err) ||
        !read_or_keep(call, "EndUse", &profile.end_use, &told, err) ||
        !read_or_keep(call, "Party", &profile.party, &told, err) ||
        !read_or_keep(call, "Kind", &profile.kind, &told, err) ||
        !read_or_keep(call, "BornDate", &profile.born, &told, err))
        return false;
    return told ? gate_profile_put(gate, id, &profile, by, clock_now_ms(), err)
                : gate_screen(gate, id, by, clock_now_ms(), err);
}

/* The gate has written the entry, in the transaction of the call. */
static bool done(struct call *call, const char *id, struct error *err) {
    call->deed->recorded = true;
    return describe(call, id, err);
}

bool screen_account(struct call *call, struct error *err) {
    const char *id;
    return begin(call, &id, err) && call_begin(call, err) && screen_with(call, id, err) &&
           done(call, id, err);
}

bool describe_screening(struct call *call, struct error *err) {
    const char *id;
    return begin(call, &id, err) && describe(call, id, err);
}

static bool decide(struct call *call, enum decision_kind kind, struct error *err) {
    struct store_decision decision = {.kind = kind, .by = call->principal->person};
    const char *id, *expires;
    int64_t number;
    if (!begin(call, &id, err) || !call_string(call, "Subject", &decision.subject, err) ||
        !call_string(call, "Reasons", &decision.reasons, err) ||
        !call_string(call, "ExpiresDate", &expires, err) ||
        !call_string(call, "Authority", &decision.authority, err) ||
        !call_string(call, "Reference", &decision.reference, err))
        return false;
    if (!decision.subject)
        decision.subject = "";
    if (!day_parse(bytes_of(expires), &decision.expires))
        return error_set(err, ERROR_INVALID_PARAMETER, "There is no such day as ExpiresDate.");
    if (!call_begin(call, err) ||
        !gate_decide(call->service->gate, id, &decision, clock_now_ms(), &number, err))
        return false;
    json_put_integer(call->reply, "DecisionNumber", number);
    return done(call, id, err);
}

bool decide_screening(struct call *call, struct error *err) {
    bool cleared = bytes_equal_string(json_get_text(call->input, "Decision"), "CLEARED");
    return decide(call, cleared ? DECISION_CLEARED : DECISION_REFUSED, err);
}

bool put_exception(struct call *call, struct error *err) {
    return decide(call, DECISION_NOT_SAME, err);
}

bool put_licence(struct call *call, struct error *err) {
    return decide(call, DECISION_LICENCE, err);
}

bool withdraw_decision(struct call *call, struct error *err) {
    const char *id;
    int64_t number = json_get_integer(call->input, "DecisionNumber", 0);
    return begin(call, &id, err) && call_begin(call, err) &&
           gate_withdraw(call->service->gate, id, number, call->principal->person, clock_now_ms(), err) &&
           done(call, id, err);
}
