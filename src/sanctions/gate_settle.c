/* One account: its verdict now, and what becomes of it. */
#include <yyjson.h>
#include "sanctions/gate_memory.h"
#include "account/keys.h"
#include "sanctions/review.h"

enum { ARENA_BYTES = 512 * 1024 * 1024, TEXT = LIMIT_RECORD_TEXT - 24, SHORT_VERSION = 16 };

struct settling {
    struct gate *gate;
    struct arena *arena;
    struct store_account account;
    struct store_profile profile;
    struct store_decision *decisions;
    size_t decision_count;
    struct store_screening before, now;
    bool screened_before;
    const char *trigger, *by;
    int64_t now_ms;
    struct screening screening; /* all zero without a verdict */
    const char *lists;          /* "uk:0123456789abcdef ofac-sdn:..." */
    const char *findings;       /* "uk/RUS1926 country" */
    struct sha256 policy;
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to screen an account");
}

/* --- the verdict --- */

static bool read_account(struct settling *settling, const char *id, struct error *err) {
    struct store *store = settling->gate->store;
    return store_account_get(store, settling->arena, id, &settling->account, err) &&
           store_profile_get(store, settling->arena, settling->account.number, &settling->profile, err) &&
           store_decisions_get(store, settling->arena, settling->account.number, &settling->decisions,
                               &settling->decision_count, err) &&
           store_screening_get(store, settling->arena, settling->account.number, &settling->before,
                               &settling->screened_before, err);
}

/* In the order of the lists, cut where an entry has no more room; the digest of all versions is in `details`.
 */
static const char *name_lists(struct arena *arena, const struct watchlists *lists) {
    struct buffer text = buffer_new(LIMIT_LIST_SOURCES * 100);
    for (size_t i = 0; i < lists->count && text.len < TEXT - ARCHIVE_SOURCE_MAX - SHORT_VERSION; i++)
        buffer_printf(&text, "%s%s:%.*s", i ? " " : "", lists->lists[i]->source, SHORT_VERSION,
                      lists->versions[i]);
    char *copy = text.failed ? NULL : arena_string(arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

static const char *name_findings(struct arena *arena, const struct screening *screening) {
    struct buffer text = buffer_new(LIMIT_SCREENING_FINDINGS * 512);
    for (size_t i = 0; i < screening->finding_count; i++) {
        const struct screening_finding *finding = &screening->findings[i];
        if (text.len + strlen(finding->subject) + 20 < TEXT)
            buffer_printf(&text, "%s%s%s", i ? " " : "", finding->subject,
                          finding->excused_by ? "(excused)" : "");
    }
    char *copy = text.failed ? NULL : arena_string(arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

static void put_findings(yyjson_mut_doc *document, yyjson_mut_val *array, const struct screening *screening) {
    for (size_t i = 0; i < screening->finding_count; i++) {
        const struct screening_finding *finding = &screening->findings[i];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(document, array);
        yyjson_mut_obj_add_str(document, item, "Matter", screening_matter_name(finding->matter));
        yyjson_mut_obj_add_str(document, item, "Subject", finding->subject);
        yyjson_mut_obj_add_str(document, item, "About", finding->about);
        yyjson_mut_obj_add_str(document, item, "Found", finding->found);
        if (finding->why)
            yyjson_mut_obj_add_str(document, item, "Why", finding->why);
        if (finding->score > 0)
            yyjson_mut_obj_add_real(document, item, "Score", (int)(finding->score * 1000 + 0.5f) / 1000.0);
        yyjson_mut_obj_add_str(document, item, "Argues", result_name(finding->argues));
        if (finding->excused_by)
            yyjson_mut_obj_add_int(document, item, "ExcusedBy", finding->excused_by);
    }
}

/* What the verdict before hands on. While there is no verdict, nothing is forgotten. */
static struct review_past past_of(const struct settling *settling) {
    const struct store_screening *before = &settling->before, *now = &settling->now;
    struct review_past past = {0};
    if (settling->screened_before)
        review_past_read(bytes_of(before->details), &past);
    if (settling->screened_before && before->service == SERVICE_HELD && past.held_ms == 0)
        past.held_ms = before->made_ms; /* it was made before that was told */
    if (now->service == SERVICE_HELD && past.held_ms == 0)
        past.held_ms = now->made_ms;
    if (now->service == SERVICE_GIVEN || now->service == SERVICE_REFUSED)
        past.held_ms = 0;
    past.stopped |= settling->screened_before && before->service == SERVICE_GIVEN;
    past.stopped &= now->service != SERVICE_GIVEN;
    return past;
}

/* For the store and DescribeScreening. */
static const char *describe(const struct settling *settling, const struct watchlists *lists,
                            const char *failure) {
    const struct screening *screening = &settling->screening;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document), *array;
    yyjson_mut_doc_set_root(document, root);
    array = yyjson_mut_obj_add_arr(document, root, "Lists");
    for (size_t i = 0; lists && i < lists->count; i++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(document, array);
        yyjson_mut_obj_add_str(document, item, "List", lists->lists[i]->source);
        yyjson_mut_obj_add_str(document, item, "Version", lists->versions[i]);
    }
    array = yyjson_mut_obj_add_arr(document, root, "Findings");
    put_findings(document, array, screening);
    array = yyjson_mut_obj_add_arr(document, root, "Holders");
    for (size_t i = 0; i < screening->holder_count; i++)
        yyjson_mut_arr_add_str(document, array, screening->holders[i]);
    if (screening->decided_by)
        yyjson_mut_obj_add_int(document, root, "DecidedBy", screening->decided_by);
    if (failure)
        yyjson_mut_obj_add_str(document, root, "Failure", failure);
    review_past_put(document, root, past_of(settling));
    CLEANUP_FREE char *text = yyjson_mut_write(document, 0, NULL);
    yyjson_mut_doc_free(document);
    return text ? arena_string(settling->arena, bytes_of(text)) : NULL;
}

/* Whatever goes wrong here is no verdict, and never a clear one. */
static bool judge(struct settling *settling, struct error *err) {
    struct gate *gate = settling->gate;
    struct store_screening *now = &settling->now;
    struct screening_subject subject = {
        .account = settling->account.id,
        .legal_name = settling->account.legal_name,
        .country = settling->account.country,
        .registrations = settling->account.registrations,
        .end_use = settling->profile.end_use,
        .party = settling->profile.party,
        .kind = settling->profile.kind,
        .born = settling->profile.born,
    };
    struct error failure;
    pthread_rwlock_rdlock(&gate->lock);
    const struct means *held = gate->means;
    struct screening_means means = {&held->policy, held->lists, held->has_ownership ? &held->ownership : NULL,
                                    &held->rules};
    failure = held->failure;
    bool made = held->good &&
                screening_make(settling->arena, &subject, &means, settling->decisions,
                               settling->decision_count, settling->now_ms, &settling->screening, &failure);
    const struct screening *screening = &settling->screening;
    *now = (struct store_screening){.account = settling->account.number,
                                    .made_ms = settling->now_ms,
                                    .until_ms = made ? screening->until_ms : 0,
                                    .result = made ? (int)screening->result : GATE_NO_VERDICT,
                                    .service = made ? (int)screening->service : GATE_NO_VERDICT,
                                    .basis = screening->basis,
                                    .reason = made ? screening->reason : "it cannot be screened now"};
    now->details = describe(settling, held->lists, made ? NULL : failure.text);
    settling->lists = held->lists ? name_lists(settling->arena, held->lists) : "";
    settling->findings = name_findings(settling->arena, screening);
    settling->policy = held->policy.digest;
    pthread_rwlock_unlock(&gate->lock);
    return (now->details && settling->lists && settling->findings) || no_memory(err);
}

static bool is_same(const struct settling *settling) {
    const struct store_screening *before = &settling->before, *now = &settling->now;
    return settling->screened_before && before->result == now->result && before->service == now->service &&
           before->until_ms == now->until_ms && sha256_equal(before->basis, now->basis) &&
           strcmp(before->details, now->details) == 0;
}

/* --- the record --- */

/* Who it is, for those who hold the record's key. */
static bool seal_party(const struct settling *settling, struct party_sealed *ret_sealed, struct error *err) {
    const struct store_account *account = &settling->account;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    size_t room = PARTY_SEAL_BYTES - 2048, left = 0;
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "LegalName", account->legal_name);
    yyjson_mut_obj_add_str(document, root, "Country", account->country);
    if (2 * strlen(account->registrations) < room) {
        yyjson_mut_obj_add_str(document, root, "Registrations", account->registrations);
        room -= 2 * strlen(account->registrations);
    }
    yyjson_mut_val *holders = yyjson_mut_obj_add_arr(document, root, "Holders");
    for (size_t i = 0; i < settling->screening.holder_count; i++) {
        size_t len = 2 * strlen(settling->screening.holders[i]) + 4;
        if (len > room) {
            left++;
            continue;
        }
        yyjson_mut_arr_add_str(document, holders, settling->screening.holders[i]);
        room -= len;
    }
    if (left > 0)
        yyjson_mut_obj_add_uint(document, root, "HoldersLeftOut", left);
    size_t len = 0;
    CLEANUP_FREE char *text = yyjson_mut_write(document, 0, &len);
    yyjson_mut_doc_free(document);
    bool sealed = text && party_seal_close(&settling->gate->seal, (struct bytes){text, len}, ret_sealed, err);
    if (text)
        secret_wipe(text, len);
    return sealed || (!text && no_memory(err));
}

static const char *result_word(int result) {
    return result == GATE_NO_VERDICT ? "no-verdict" : result_name((enum result)result);
}

static const char *service_word(int service) {
    return service == GATE_NO_VERDICT ? "no-verdict" : service_name((enum serving)service);
}

static bool record_verdict(const struct settling *settling, struct error *err) {
    const struct store_screening *now = &settling->now;
    CLEANUP_FREE struct party_sealed *sealed = calloc(1, sizeof *sealed);
    char name[65], basis[65], policy[65];
    if (!sealed)
        return no_memory(err);
    sha256_hex(record_commit_text(settling->gate->record, bytes_of(settling->account.legal_name)), name);
    sha256_hex(now->basis, basis);
    sha256_hex(settling->policy, policy);
    struct record_detail details[LIMIT_RECORD_DETAILS] = {
        {.name = "basis", .text = basis},
        {.name = "findings", .text = settling->findings},
        {.name = "lists", .text = settling->lists},
        {.name = "name", .text = name},
        {.name = "policy", .text = policy},
        {.name = "reason", .text = now->reason},
        {.name = "result", .text = result_word(now->result)},
        {.name = "service", .text = service_word(now->service)},
        {.name = "trigger", .text = settling->trigger},
    };
    size_t count = 9;
    if (settling->screening.decided_by)
        details[count++] = (struct record_detail){"decision", NULL, settling->screening.decided_by};
    if (!seal_party(settling, sealed, err))
        return false;
    for (size_t i = 0; i < sealed->count && count < LIMIT_RECORD_DETAILS; i++)
        details[count++] = (struct record_detail){sealed->names[i], sealed->texts[i], 0};
    struct record_entry entry = {.kind = RECORD_SCREENING,
                                 .started_ms = settling->now_ms,
                                 .account = settling->account.id,
                                 .person = settling->by,
                                 .outcome = settling->screening.finding_count ? RECORD_MATCH
                                            : now->result == GATE_NO_VERDICT  ? RECORD_REFUSED
                                                                              : RECORD_NO_MATCH,
                                 .error = now->result == GATE_NO_VERDICT ? "no-verdict" : NULL,
                                 .counts = {.matched = (int64_t)settling->screening.finding_count},
                                 .details = details,
                                 .detail_count = count};
    return record_put(settling->gate->record, &entry, NULL, err);
}

/* Service begins or ends. */
static bool record_supply(const struct settling *settling, bool begins, struct error *err) {
    struct record_detail details[] = {{.name = "reason", .text = settling->now.reason},
                                      {.name = "supply", .text = begins ? "begins" : "ends"}};
    struct record_entry entry = {.kind = RECORD_SUPPLY,
                                 .started_ms = settling->now_ms,
                                 .account = settling->account.id,
                                 .person = settling->by,
                                 .details = details,
                                 .detail_count = ARRAY_LEN(details)};
    return record_put(settling->gate->record, &entry, NULL, err);
}

static bool record_all(const struct settling *settling, struct error *err) {
    bool served = settling->screened_before && settling->before.service == SERVICE_GIVEN,
         serves = settling->now.service == SERVICE_GIVEN;
    if (!settling->gate->record)
        return true;
    return record_verdict(settling, err) && (served == serves || record_supply(settling, serves, err));
}

/* --- the flag --- */

struct flag {
    struct gate *gate;
    int64_t account, until_ms;
};

static void raise_flag(void *context, bool committed) {
    struct flag *flag = context;
    if (committed)
        atomic_store(&flag->gate->until_ms[flag->account], flag->until_ms);
    free(flag);
}

static bool set_flag(struct settling *settling, struct error *err) {
    struct flag *flag = malloc(sizeof *flag);
    if (!flag)
        return no_memory(err);
    *flag = (struct flag){settling->gate, settling->account.number, settling->now.until_ms};
    if (flag->account < 1 || flag->account > LIMIT_ACCOUNTS) {
        free(flag);
        return error_set(err, ERROR_INTERNAL, "there are too many accounts to screen");
    }
    if (store_on_commit(settling->gate->store, raise_flag, flag, err))
        return true;
    free(flag);
    return false;
}

static bool settle(struct settling *settling, const char *id, enum settle_why why, struct error *err) {
    if (!read_account(settling, id, err) || !judge(settling, err))
        return false;
    if ((why == SETTLE_ASKED || !is_same(settling)) &&
        (!store_screening_put(settling->gate->store, &settling->now, err) || !record_all(settling, err)))
        return false;
    return set_flag(settling, err);
}

bool gate_look(struct gate *gate, struct arena *arena, const struct store_account *account, int64_t now_ms,
               struct screening *ret_screening, struct error *err) {
    struct settling settling = {.gate = gate, .arena = arena, .now_ms = now_ms};
    if (!read_account(&settling, account->id, err) || !judge(&settling, err))
        return false;
    if (settling.now.result == GATE_NO_VERDICT)
        return error_set(err, ERROR_CONFLICT,
                         "The account cannot be screened now, so nothing can be decided");
    *ret_screening = settling.screening;
    return true;
}

bool gate_settle(struct gate *gate, const char *account_id, const char *trigger, const char *by,
                 enum settle_why why, int64_t now_ms, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
    struct settling settling = {.gate = gate, .arena = arena, .trigger = trigger, .by = by, .now_ms = now_ms};
    if (!arena)
        return no_memory(err);
    if (strcmp(account_id, KEYS_ACCOUNT) == 0)
        return true;
    if (!store_begin(gate->store, err))
        return false;
    if (settle(&settling, account_id, why, err))
        return store_commit(gate->store, err);
    store_rollback(gate->store);
    return false;
}
