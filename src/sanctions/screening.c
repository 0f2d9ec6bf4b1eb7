#include <yyjson.h>
#include "sanctions/screening.h"
#include "base/buffer.h"
#include "sanctions/designation_digest.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000, SIDE_BYTES = 64 * 1024 };

struct making {
    struct arena *arena;
    const struct screening_subject *subject;
    const struct screening_means *means;
    struct screener *screener;
    struct screen_hit *hits;
    int32_t day;
    struct screening out;
};

const char *screening_matter_name(enum screening_matter matter) {
    static const char *const names[MATTERS] = {"name", "holder", "country", "end-use", "ownership"};
    return names[matter];
}

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to screen an account");
}

/* --- sides --- */

/* Digest of texts, each with its end, so that no two rows of them are alike. */
static struct sha256 digest_of(const char *const *texts, size_t count) {
    struct buffer all = buffer_new(SIDE_BYTES);
    for (size_t i = 0; i < count; i++)
        buffer_append(&all, texts[i], strlen(texts[i]) + 1);
    struct sha256 digest = sha256_of(buffer_bytes(&all));
    buffer_release(&all);
    return digest;
}

struct sha256 screening_account_side(const struct screening_subject *subject) {
    const char *texts[] = {subject->account, subject->legal_name, subject->country, subject->registrations,
                           subject->end_use, subject->party,      subject->kind,    subject->born};
    return digest_of(texts, ARRAY_LEN(texts));
}

static struct sha256 both_of(struct sha256 a, struct sha256 b) {
    struct sha256 both[2] = {a, b};
    return sha256_of((struct bytes){(const char *)both, sizeof both});
}

/* --- findings --- */

static bool add(struct making *making, struct screening_finding finding, struct error *err) {
    struct screening *out = &making->out;
    for (size_t i = 0; i < out->finding_count; i++)
        if (strcmp(out->findings[i].subject, finding.subject) == 0 &&
            strcmp(out->findings[i].about, finding.about) == 0)
            return true;
    if (out->finding_count == LIMIT_SCREENING_FINDINGS)
        return error_set(err, ERROR_VALIDATION, "there are more than %d findings", LIMIT_SCREENING_FINDINGS);
    out->findings[out->finding_count++] = finding;
    return true;
}

/* The side of the one who was looked up: the account with all it says, a holder by its name. */
static bool add_hit(struct making *making, const struct screen_hit *hit, const char *holder,
                    struct error *err) {
    const struct designations *list = making->means->lists->lists[hit->list];
    const struct designation *one = &list->designations[hit->designation];
    struct sha256 listed;
    struct bytes id = designations_text(list, one->id);
    struct screening_finding finding = {
        .matter = holder ? MATTER_HOLDER : MATTER_NAME,
        .argues = !holder && hit->score >= MATCH_BLOCK ? RESULT_BLOCKED : RESULT_REVIEW,
        .subject = arena_printf(making->arena, "%s/%.*s", list->source, BYTES_FORMAT(id)),
        .about = holder ? holder : making->subject->legal_name,
        .found = arena_string(making->arena, designations_text(list, list->names[hit->name].whole)),
        .score = hit->score};
    if (!finding.subject || !finding.found)
        return no_memory(err);
    if (!designation_digest(list, one, &listed, err))
        return false;
    finding.sides = both_of(holder ? digest_of(&holder, 1) : making->out.account_side, listed);
    return add(making, finding, err);
}

static bool look_up(struct making *making, const struct screen_query *query, const char *holder,
                    struct error *err) {
    size_t count;
    if (!screen_find(making->screener, query, making->hits, LIMIT_SCREENING_HITS, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_hit(making, &making->hits[i], holder, err))
            return false;
    return true;
}

/* With all numbers, SCREEN_IDENTIFIERS at a time. */
static bool look_up_numbers(struct making *making, struct screen_query query, const struct bytes *numbers,
                            size_t count, const char *holder, struct error *err) {
    size_t done = 0;
    do {
        query.identifiers = numbers + done;
        query.identifier_count = MIN(count - done, (size_t)SCREEN_IDENTIFIERS);
        if (!look_up(making, &query, holder, err))
            return false;
        done += query.identifier_count;
    } while (done < count);
    return true;
}

static struct partial_date birth_of(const char *text) {
    int32_t day;
    struct partial_date date = {0};
    uint64_t year, month, of_month;
    if (day_parse(bytes_of(text), &day) && bytes_to_number((struct bytes){text, 4}, 9999, &year) &&
        bytes_to_number((struct bytes){text + 5, 2}, 12, &month) &&
        bytes_to_number((struct bytes){text + 8, 2}, 31, &of_month))
        date = (struct partial_date){(int16_t)year, (uint8_t)month, (uint8_t)of_month};
    return date;
}

static bool look_at_name(struct making *making, struct error *err) {
    const struct screening_subject *subject = making->subject;
    struct bytes numbers[LIMIT_REGISTRATIONS];
    size_t count = 0, index, size;
    struct screen_query query = {.name = bytes_of(subject->legal_name), .born = birth_of(subject->born)};
    yyjson_doc *document = yyjson_read(subject->registrations, strlen(subject->registrations), 0);
    yyjson_val *item;
    if (strcmp(subject->kind, "person") == 0)
        query.kind = DESIGNATION_PERSON;
    else if (strcmp(subject->kind, "entity") == 0)
        query.kind = DESIGNATION_ENTITY;
    if (strlen(subject->country) == 2)
        memcpy(query.country, subject->country, 2);
    yyjson_arr_foreach(yyjson_doc_get_root(document), index, size, item) {
        yyjson_val *value = yyjson_obj_get(item, "Value");
        if (yyjson_is_str(value) && count < LIMIT_REGISTRATIONS)
            numbers[count++] = (struct bytes){yyjson_get_str(value), yyjson_get_len(value)};
    }
    bool good = look_up_numbers(making, query, numbers, count, NULL, err);
    yyjson_doc_free(document);
    return good;
}

static bool look_at_statements(struct making *making, struct error *err) {
    const struct screening_subject *subject = making->subject;
    const struct screening_policy *policy = making->means->policy;
    const struct screening_rule *rule = screening_policy_end_use(policy, subject->end_use);
    struct screening_finding finding = {.matter = MATTER_COUNTRY,
                                        .argues = screening_policy_country(policy, subject->country),
                                        .subject = "country",
                                        .about = subject->country,
                                        .found = subject->country};
    finding.sides = both_of(making->out.account_side, digest_of(&finding.found, 1));
    if (finding.argues > RESULT_CLEAR && !add(making, finding, err))
        return false;
    finding.matter = MATTER_END_USE;
    finding.subject = "end-use";
    finding.about = subject->end_use;
    finding.found = rule ? rule->text : "no statement";
    finding.argues = rule                                                   ? rule->result
                     : policy->end_use_required && subject->end_use[0] == 0 ? RESULT_REVIEW
                                                                            : RESULT_CLEAR;
    finding.sides = both_of(making->out.account_side, digest_of(&finding.found, 1));
    return finding.argues == RESULT_CLEAR || add(making, finding, err);
}

/* --- who is behind it --- */

static bool look_at_holder(struct making *making, const struct graph *graph, uint32_t number,
                           struct error *err) {
    const struct party *party = &graph->parties[number];
    struct bytes numbers[LIMIT_REGISTRATIONS];
    size_t count = 0;
    struct screen_query query = {.name = bytes_of(party->name),
                                 .kind = party->kind == PARTY_PERSON ? DESIGNATION_PERSON
                                                                     : DESIGNATION_ENTITY};
    struct error failure;
    for (uint32_t i = 0; i < graph->identifier_count; i++)
        if (graph->identifiers[i].party == number && count < LIMIT_REGISTRATIONS)
            numbers[count++] = bytes_of(graph->identifiers[i].value);
    if (strlen(party->country) == 2)
        memcpy(query.country, party->country, 2);
    if (look_up_numbers(making, query, numbers, count, party->name, &failure))
        return true;
    return error_set(err, failure.code, "an owner cannot be screened: %s", failure.text);
}

static bool leads_up(const struct link *link, uint32_t party) {
    return link->kind == FACT_ACTS_FOR
               ? link->from == party
               : link->to == party && link->kind != FACT_FAMILY && link->kind != FACT_JOINT;
}

/* Everybody above the party, the nearest first. */
static bool look_at_holders(struct making *making, const struct view *view, uint32_t party,
                            struct error *err) {
    const struct graph *graph = view->graph;
    const struct link *link;
    bool *seen = arena_array(making->arena, graph->party_count, sizeof *seen);
    uint32_t *queue = arena_array(making->arena, LIMIT_SCREENING_HOLDERS + 1, sizeof *queue);
    size_t end = 1;
    making->out.holders = arena_array(making->arena, LIMIT_SCREENING_HOLDERS, sizeof(char *));
    if (!seen || !queue || !making->out.holders)
        return no_memory(err);
    seen[party] = true;
    queue[0] = party;
    for (size_t first = 0; first < end; first++)
        for (uint32_t i = 0; (link = view_link(view, queue[first], i)); i++) {
            uint32_t other = link_other_end(link, queue[first]);
            if (seen[other] || !leads_up(link, queue[first]) || graph->parties[other].kind == PARTY_PUBLIC)
                continue;
            if (end > LIMIT_SCREENING_HOLDERS)
                return error_set(err, ERROR_VALIDATION, "it has more than %d owners",
                                 LIMIT_SCREENING_HOLDERS);
            seen[other] = true;
            making->out.holders[making->out.holder_count++] = graph->parties[other].name;
            queue[end++] = other;
            if (!look_at_holder(making, graph, other, err))
                return false;
        }
    return true;
}

static bool look_at_rules(struct making *making, const struct view *view, uint32_t party, struct error *err) {
    for (uint32_t i = 0; i < making->means->rules->count; i++) {
        const struct rule *rule = &making->means->rules->rules[i];
        struct verdict verdict;
        if (!verdict_make(making->arena, view, rule, party, &verdict, err))
            return false;
        struct screening_finding finding = {
            .matter = MATTER_OWNERSHIP,
            .argues = verdict.result,
            .subject = arena_printf(making->arena, "ownership/%s", rule->name),
            .about = view->graph->parties[party].name,
            .found = arena_printf(making->arena, "%s: %s", result_name(verdict.result), rule->authority),
            .sides = both_of(making->out.account_side, verdict.facts)};
        if (!finding.subject || !finding.found)
            return no_memory(err);
        if (verdict.result >= RESULT_REVIEW && !add(making, finding, err))
            return false;
    }
    return true;
}

static bool look_at_ownership(struct making *making, struct error *err) {
    const struct dossier *ownership = making->means->ownership;
    uint32_t party;
    struct view view;
    if (making->subject->party[0] == 0)
        return true;
    if (!ownership || !graph_find(ownership->graph, bytes_of(making->subject->party), &party))
        return error_set(err, ERROR_VALIDATION, "the facts of ownership know no party '%s'",
                         making->subject->party);
    return view_make(making->arena, ownership->graph, making->day, &view, err) &&
           look_at_holders(making, &view, party, err) && look_at_rules(making, &view, party, err);
}

/* --- decisions --- */

static bool stands(const struct store_decision *stored, const struct sha256 *facts, int32_t day) {
    struct decision decision = {.kind = (enum decision_kind)stored->kind,
                                .at = stored->at,
                                .expires = stored->expires,
                                .facts = stored->facts};
    return stored->withdrawn_ms == 0 && decision_standing(&decision, facts, day) == STANDS;
}

/* "uk" is the list of "uk/RUS1926", and the rule of "ownership/uk". */
static bool licence_covers(const char *licensed, const char *subject) {
    size_t len = strlen(licensed);
    const char *rule = strncmp(subject, "ownership/", 10) == 0 ? subject + 10 : subject;
    return strcmp(licensed, subject) == 0 || strcmp(licensed, rule) == 0 ||
           (strncmp(licensed, subject, len) == 0 && subject[len] == '/');
}

static bool excuses(const struct store_decision *decision, const struct screening_finding *finding,
                    int32_t day) {
    if (decision->kind == DECISION_LICENCE)
        return licence_covers(decision->subject, finding->subject) && stands(decision, &finding->sides, day);
    return decision->kind == DECISION_NOT_SAME && strcmp(decision->subject, finding->subject) == 0 &&
           (finding->matter == MATTER_NAME || finding->matter == MATTER_HOLDER) &&
           stands(decision, &finding->sides, day);
}

static void use(struct screening *out, const struct store_decision *decision) {
    out->until_ms = MIN(out->until_ms, (int64_t)decision->expires * MS_PER_DAY);
}

static const char *reason_of(enum screening_matter matter, enum result argues) {
    bool review = argues < RESULT_BLOCKED;
    switch (matter) {
    case MATTER_NAME:
        return review ? "its name is like one on a sanctions list, and nobody has decided yet"
                      : "its name is on a sanctions list";
    case MATTER_HOLDER:
        return "an owner's name is like one on a sanctions list, and nobody has decided yet";
    case MATTER_COUNTRY:
        return review ? "its country asks for a decision, and nobody has decided yet"
                      : "its country is not served";
    case MATTER_END_USE:
        return review ? "what it wants the service for asks for a decision, and nobody has decided yet"
                      : "what it wants the service for is not served";
    case MATTER_OWNERSHIP:
        break;
    }
    return review ? "who owns or controls it asks for a decision, and nobody has decided yet"
                  : "it is owned by somebody on a sanctions list";
}

static int compare_digests(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct sha256));
}

/* Fills result, basis and reason from what is not excused. */
static bool weigh(struct making *making, const struct store_decision *decisions, size_t count,
                  struct error *err) {
    struct screening *out = &making->out;
    struct sha256 *left = arena_array(making->arena, out->finding_count + 1, sizeof *left);
    size_t left_count = 1;
    if (!left)
        return no_memory(err);
    left[0] = out->account_side;
    out->until_ms = INT64_MAX;
    out->reason = "nothing was found";
    for (size_t i = 0; i < out->finding_count; i++) {
        struct screening_finding *finding = &out->findings[i];
        for (size_t k = 0; k < count && !finding->excused_by; k++)
            if (excuses(&decisions[k], finding, making->day)) {
                finding->excused_by = decisions[k].number;
                use(out, &decisions[k]);
            }
        if (finding->excused_by)
            continue;
        left[left_count++] = finding->sides;
        if (finding->argues > out->result)
            out->reason = reason_of(finding->matter, finding->argues);
        out->result = MAX(out->result, finding->argues);
    }
    qsort(left + 1, left_count - 1, sizeof *left, compare_digests);
    out->basis = sha256_of((struct bytes){(const char *)left, left_count * sizeof *left});
    return true;
}

/* A refusal counts before a clearance, and that for reviews alone. */
static void settle(struct screening *out, const struct store_decision *decisions, size_t count, int32_t day) {
    const struct store_decision *counts = NULL;
    out->service = out->result >= RESULT_BLOCKED  ? SERVICE_REFUSED
                   : out->result >= RESULT_REVIEW ? SERVICE_HELD
                                                  : SERVICE_GIVEN;
    for (size_t i = 0; i < count; i++)
        if (stands(&decisions[i], &out->basis, day) &&
            (decisions[i].kind == DECISION_REFUSED ||
             (decisions[i].kind == DECISION_CLEARED && out->service == SERVICE_HELD && !counts)))
            counts = &decisions[i];
    if (counts) {
        out->decided_by = counts->number;
        out->service = counts->kind == DECISION_REFUSED ? SERVICE_REFUSED : SERVICE_GIVEN;
        out->reason = counts->kind == DECISION_REFUSED ? "a person has decided against it"
                                                       : "a person has decided for it";
        use(out, counts);
    }
    if (out->service != SERVICE_GIVEN)
        out->until_ms = 0;
}

bool screening_make(struct arena *arena, const struct screening_subject *subject,
                    const struct screening_means *means, const struct store_decision *decisions, size_t count,
                    int64_t now_ms, struct screening *ret_screening, struct error *err) {
    struct making making = {.arena = arena,
                            .subject = subject,
                            .means = means,
                            .day = (int32_t)(now_ms / MS_PER_DAY),
                            .hits = arena_array(arena, LIMIT_SCREENING_HITS, sizeof(struct screen_hit))};
    making.out.findings = arena_array(arena, LIMIT_SCREENING_FINDINGS, sizeof *making.out.findings);
    making.out.account_side = screening_account_side(subject);
    if (!making.hits || !making.out.findings)
        return no_memory(err);
    if (!screener_new(means->lists->screen, &making.screener, err))
        return false;
    bool good = look_at_name(&making, err) && look_at_statements(&making, err) &&
                look_at_ownership(&making, err) && weigh(&making, decisions, count, err);
    screener_free(making.screener);
    if (!good)
        return false;
    settle(&making.out, decisions, count, making.day);
    *ret_screening = making.out;
    return true;
}
