/* What findings come to when decisions are taken into account. */
#include "sanctions/screening_parts.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000 };

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
           (finding->matter == MATTER_NAME || finding->matter == MATTER_HOLDER ||
            finding->matter == MATTER_LINK) &&
           stands(decision, &finding->sides, day);
}

bool is_another(const struct making *making, const struct screening_finding *finding) {
    for (size_t i = 0; i < making->decision_count; i++)
        if (making->decisions[i].kind == DECISION_NOT_SAME &&
            excuses(&making->decisions[i], finding, making->day))
            return true;
    return false;
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
    case MATTER_LINK:
        return "a sanctions list names it, or an owner, beside somebody listed, and nobody has decided yet";
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
static bool judge(struct making *making, struct error *err) {
    struct screening *out = &making->out;
    const struct store_decision *decisions = making->decisions;
    struct sha256 *left = arena_array(making->arena, out->finding_count + 1, sizeof *left);
    size_t left_count = 1;
    if (!left)
        return error_set(err, ERROR_INTERNAL, "no memory to screen an account");
    left[0] = out->account_side;
    out->until_ms = INT64_MAX;
    out->reason = "nothing was found";
    for (size_t i = 0; i < out->finding_count; i++) {
        struct screening_finding *finding = &out->findings[i];
        for (size_t k = 0; k < making->decision_count && !finding->excused_by; k++)
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

bool weigh(struct making *making, struct error *err) {
    if (!judge(making, err))
        return false;
    settle(&making->out, making->decisions, making->decision_count, making->day);
    return true;
}
