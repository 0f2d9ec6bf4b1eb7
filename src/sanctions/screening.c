#include <yyjson.h>
#include "sanctions/screening_parts.h"
#include "base/buffer.h"
#include "sanctions/designation_digest.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000, SIDE_BYTES = 64 * 1024 };

/* Who is looked up. */
struct asked {
    uint32_t party;     /* of the graph */
    const char *holder; /* its name; NULL: the account itself */
};

const char *screening_matter_name(enum screening_matter matter) {
    static const char *const names[MATTERS] = {"name", "holder", "country", "end-use", "ownership", "link"};
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

struct sha256 both_of(struct sha256 a, struct sha256 b) {
    struct sha256 both[2] = {a, b};
    return sha256_of((struct bytes){(const char *)both, sizeof both});
}

/* --- findings --- */

bool making_add(struct making *making, struct screening_finding finding, struct error *err) {
    struct screening *out = &making->out;
    for (size_t i = 0; i < out->finding_count; i++) {
        struct screening_finding *known = &out->findings[i];
        if (strcmp(known->subject, finding.subject) != 0 || strcmp(known->about, finding.about) != 0)
            continue;
        if (finding.score > known->score)
            *known = finding;
        return true;
    }
    if (out->finding_count == LIMIT_SCREENING_FINDINGS)
        return error_set(err, ERROR_VALIDATION, "there are more than %d findings", LIMIT_SCREENING_FINDINGS);
    out->findings[out->finding_count++] = finding;
    return true;
}

static bool add_sighting(struct making *making, struct sighting sighting, struct error *err) {
    for (size_t i = 0; i < making->sighting_count; i++) {
        struct sighting *known = &making->sightings[i];
        if (known->party == sighting.party && known->list == sighting.list &&
            known->who.designated == sighting.who.designated && known->who.number == sighting.who.number) {
            known->sure |= sighting.sure;
            return true;
        }
    }
    if (making->sighting_count == LIMIT_SCREENING_FINDINGS)
        return error_set(err, ERROR_VALIDATION, "there are more than %d findings", LIMIT_SCREENING_FINDINGS);
    making->sightings[making->sighting_count++] = sighting;
    return true;
}

/* A number with right check digits. */
static bool is_sure(const struct designations *list, const struct screen_hit *hit) {
    return hit->identifier == ACCORD_AGREES &&
           identifier_read(designations_text(list, list->identifiers[hit->agreeing].value)).checked;
}

/* What of it only an associate has. */
static bool fill_link(const struct making *making, const struct associates *associates, uint32_t number,
                      struct screening_finding *finding) {
    struct buffer why = buffer_new(SIDE_BYTES);
    associate_explain(associates, number, &why);
    finding->matter = MATTER_LINK;
    finding->argues = associate_is_tied(associates, number, making->day) ? RESULT_REVIEW
                                                                         : RESULT_CLEAR_WITH_RISK;
    finding->why = why.failed ? NULL : arena_string(making->arena, buffer_bytes(&why));
    buffer_release(&why);
    return finding->why != NULL;
}

/* The side of the one who was looked up: the account with all it says, a holder by its name. */
static bool add_hit(struct making *making, const struct asked *asked, const struct screen_hit *hit,
                    struct sighting sighting, struct error *err) {
    const struct associates *associates = &making->means->lists->associates->lists[hit->list];
    const struct designations *list = associates_of(associates, sighting.who);
    const struct designation *one = associates_get(associates, sighting.who);
    struct bytes id = designations_text(list, one->id),
                 name = one->names.count > 0 ? designations_text(list, list->names[hit->name].whole) : id;
    const char *holder = asked->holder;
    struct sha256 listed;
    struct screening_finding finding = {
        .matter = holder ? MATTER_HOLDER : MATTER_NAME,
        .argues = !holder && hit->score >= MATCH_BLOCK ? RESULT_BLOCKED : RESULT_REVIEW,
        .subject = arena_printf(making->arena, "%s/%.*s", list->source, BYTES_FORMAT(id)),
        .about = holder ? holder : making->subject->legal_name,
        .found = arena_string(making->arena, name),
        .score = hit->score};
    if (!finding.subject || !finding.found ||
        (!sighting.who.designated && !fill_link(making, associates, sighting.who.number, &finding)))
        return no_memory(err);
    if (!designation_digest(list, one, &listed, err))
        return false;
    finding.sides = both_of(holder ? digest_of(&holder, 1) : making->out.account_side, listed);
    if (!making_add(making, finding, err))
        return false;
    /* That the account itself is listed is said already, and is nothing of ownership. */
    return (sighting.who.designated && !holder) || is_another(making, &finding) ||
           add_sighting(making, sighting, err);
}

/* --- looking up --- */

static bool look_up_in(struct making *making, const struct asked *asked, const struct screen_query *query,
                       bool designated, struct error *err) {
    const struct associates_index *index = making->means->lists->associates;
    size_t count;
    if (!screen_find(designated ? making->designated : making->associates, query, making->hits,
                     LIMIT_SCREENING_HITS, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct screen_hit *hit = &making->hits[i];
        struct sighting sighting = {.party = asked->party,
                                    .list = hit->list,
                                    .who = {.designated = designated, .number = hit->designation}};
        sighting.sure = is_sure(associates_of(&index->lists[hit->list], sighting.who), hit);
        if (!add_hit(making, asked, hit, sighting, err))
            return false;
    }
    return true;
}

/* With all numbers, SCREEN_IDENTIFIERS at a time. */
static bool look_up(struct making *making, const struct asked *asked, struct screen_query query,
                    const struct bytes *numbers, size_t count, struct error *err) {
    size_t done = 0;
    do {
        query.identifiers = numbers + done;
        query.identifier_count = MIN(count - done, (size_t)SCREEN_IDENTIFIERS);
        if (!look_up_in(making, asked, &query, true, err) || !look_up_in(making, asked, &query, false, err))
            return false;
        done += query.identifier_count;
    } while (done < count);
    return true;
}

/* The operator's word that a party is one of a list: "ids": {"uk": "RUS1234"}. */
static bool look_at_word(struct making *making, const struct asked *asked,
                         const struct party_identifier *identifier, struct error *err) {
    const struct watchlists *lists = making->means->lists;
    for (uint32_t i = 0; i < lists->count; i++) {
        struct sighting sighting = {.party = asked->party, .list = i, .sure = true};
        const struct associates *associates = &lists->associates->lists[i];
        if (strcmp(lists->lists[i]->source, identifier->label) != 0 ||
            !associates_find(associates, bytes_of(identifier->value), &sighting.who))
            continue;
        struct screen_hit hit = {
            .list = i, .name = associates_get(associates, sighting.who)->names.first, .score = 1};
        return add_hit(making, asked, &hit, sighting, err);
    }
    return true;
}

static bool look_at_words(struct making *making, const struct asked *asked, struct error *err) {
    const struct graph *graph = making->graph;
    for (uint32_t i = 0; graph && i < graph->identifier_count; i++)
        if (graph->identifiers[i].party == asked->party &&
            !look_at_word(making, asked, &graph->identifiers[i], err))
            return false;
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
    struct asked asked = {making->party, NULL};
    bool good = look_at_words(making, &asked, err) && look_up(making, &asked, query, numbers, count, err);
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
    if (finding.argues > RESULT_CLEAR && !making_add(making, finding, err))
        return false;
    finding.matter = MATTER_END_USE;
    finding.subject = "end-use";
    finding.about = subject->end_use;
    finding.found = rule ? rule->text : "no statement";
    finding.argues = rule                                                   ? rule->result
                     : policy->end_use_required && subject->end_use[0] == 0 ? RESULT_REVIEW
                                                                            : RESULT_CLEAR;
    finding.sides = both_of(making->out.account_side, digest_of(&finding.found, 1));
    return finding.argues == RESULT_CLEAR || making_add(making, finding, err);
}

/* --- who is behind it --- */

static bool look_at_holder(struct making *making, uint32_t number, struct error *err) {
    const struct graph *graph = making->graph;
    const struct party *party = &graph->parties[number];
    struct asked asked = {number, party->name};
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
    if (look_at_words(making, &asked, &failure) && look_up(making, &asked, query, numbers, count, &failure))
        return true;
    return error_set(err, failure.code, "an owner cannot be screened: %s", failure.text);
}

static bool leads_up(const struct link *link, uint32_t party) {
    return link->kind == FACT_ACTS_FOR
               ? link->from == party
               : link->to == party && link->kind != FACT_FAMILY && link->kind != FACT_JOINT;
}

/* Everybody above the party, the nearest first. */
static bool look_at_holders(struct making *making, struct error *err) {
    const struct graph *graph = making->graph;
    const struct link *link;
    struct view view;
    if (!graph)
        return true;
    if (!view_make(making->arena, graph, making->day, &view, err))
        return false;
    bool *seen = arena_array(making->arena, graph->party_count, sizeof *seen);
    uint32_t *queue = arena_array(making->arena, LIMIT_SCREENING_HOLDERS + 1, sizeof *queue);
    size_t end = 1;
    making->out.holders = arena_array(making->arena, LIMIT_SCREENING_HOLDERS, sizeof(char *));
    if (!seen || !queue || !making->out.holders)
        return no_memory(err);
    seen[making->party] = true;
    queue[0] = making->party;
    for (size_t first = 0; first < end; first++)
        for (uint32_t i = 0; (link = view_link(&view, queue[first], i)); i++) {
            uint32_t other = link_other_end(link, queue[first]);
            if (seen[other] || !leads_up(link, queue[first]) || graph->parties[other].kind == PARTY_PUBLIC)
                continue;
            if (end > LIMIT_SCREENING_HOLDERS)
                return error_set(err, ERROR_VALIDATION, "it has more than %d owners",
                                 LIMIT_SCREENING_HOLDERS);
            seen[other] = true;
            making->out.holders[making->out.holder_count++] = graph->parties[other].name;
            queue[end++] = other;
            if (!look_at_holder(making, other, err))
                return false;
        }
    return true;
}

/* The party that the account names, of the operator's facts. */
static bool find_party(struct making *making, struct error *err) {
    const struct dossier *ownership = making->means->ownership;
    const char *party = making->subject->party;
    if (party[0] == 0)
        return true;
    if (!ownership || !graph_find(ownership->graph, bytes_of(party), &making->party))
        return error_set(err, ERROR_VALIDATION, "the facts of ownership know no party '%s'", party);
    making->graph = ownership->graph;
    return true;
}

bool screening_make(struct arena *arena, const struct screening_subject *subject,
                    const struct screening_means *means, const struct store_decision *decisions, size_t count,
                    int64_t now_ms, struct screening *ret_screening, struct error *err) {
    struct making making = {.arena = arena,
                            .subject = subject,
                            .means = means,
                            .decisions = decisions,
                            .decision_count = count,
                            .day = (int32_t)(now_ms / MS_PER_DAY),
                            .hits = arena_array(arena, LIMIT_SCREENING_HITS, sizeof(struct screen_hit))};
    making.out.findings = arena_array(arena, LIMIT_SCREENING_FINDINGS, sizeof *making.out.findings);
    making.sightings = arena_array(arena, LIMIT_SCREENING_FINDINGS, sizeof *making.sightings);
    making.out.account_side = screening_account_side(subject);
    if (!making.hits || !making.out.findings || !making.sightings)
        return no_memory(err);
    bool good = screener_new(means->lists->screen, &making.designated, err) &&
                screener_new(means->lists->associates->screen, &making.associates, err) &&
                find_party(&making, err) && look_at_name(&making, err) && look_at_statements(&making, err) &&
                look_at_holders(&making, err) && look_at_rules(&making, err) && weigh(&making, err);
    screener_free(making.designated);
    screener_free(making.associates);
    if (good)
        *ret_screening = making.out;
    return good;
}
