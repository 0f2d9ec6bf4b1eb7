#include <math.h>
#include <yyjson.h>
#include "sanctions/review.h"

enum {
    MS_PER_DAY = 24 * 60 * 60 * 1000,
    POINTS_CONTROL = 90,
    POINTS_RULE = 60,
    POINTS_MATTER = 15,
    POINTS_STOPPED = 60
};

/* --- what verdicts hand on --- */

static struct review_past past_of(yyjson_val *details) {
    double seconds = yyjson_get_num(yyjson_obj_get(details, "HeldSinceTimestamp"));
    return (struct review_past){.held_ms = seconds > 0 && seconds < 1e11 ? llround(seconds * 1000) : 0,
                                .stopped = yyjson_get_bool(yyjson_obj_get(details, "ServiceStopped"))};
}

void review_past_read(struct bytes details, struct review_past *ret_past) {
    yyjson_doc *document = yyjson_read(details.ptr, details.len, 0);
    *ret_past = past_of(yyjson_doc_get_root(document));
    yyjson_doc_free(document);
}

void review_past_put(yyjson_mut_doc *document, yyjson_mut_val *root, struct review_past past) {
    if (past.held_ms > 0)
        yyjson_mut_obj_add_real(document, root, "HeldSinceTimestamp", (double)past.held_ms / 1000);
    if (past.stopped)
        yyjson_mut_obj_add_bool(document, root, "ServiceStopped", true);
}

/* --- points --- */

static bool is_text(yyjson_val *finding, const char *name, const char *text) {
    return yyjson_equals_str(yyjson_obj_get(finding, name), text);
}

/* 0: it does not ask for a person. */
static int weight_of(yyjson_val *finding) {
    bool control = is_text(finding, "Argues", result_name(RESULT_REVIEW_CONTROL));
    double score = yyjson_get_num(yyjson_obj_get(finding, "Score"));
    if (yyjson_obj_get(finding, "ExcusedBy") ||
        (!control && !is_text(finding, "Argues", result_name(RESULT_REVIEW))))
        return 0;
    return control ? POINTS_CONTROL : score > 0 ? (int)lround(MIN(score, 1.0) * 100) : POINTS_RULE;
}

size_t review_findings(yyjson_val *details, yyjson_val *ret_findings[static LIMIT_REVIEW_FINDINGS]) {
    int weights[LIMIT_REVIEW_FINDINGS];
    size_t count = 0, index, size, at;
    yyjson_val *finding;
    yyjson_arr_foreach(yyjson_obj_get(details, "Findings"), index, size, finding) {
        int weight = weight_of(finding);
        if (weight == 0 || (count == LIMIT_REVIEW_FINDINGS && weight <= weights[count - 1]))
            continue;
        count = MIN(count + 1, (size_t)LIMIT_REVIEW_FINDINGS);
        for (at = count - 1; at > 0 && weights[at - 1] < weight; at--) {
            weights[at] = weights[at - 1];
            ret_findings[at] = ret_findings[at - 1];
        }
        weights[at] = weight;
        ret_findings[at] = finding;
    }
    return count;
}

static void weigh(yyjson_val *details, struct review *review) {
    bool matters[MATTERS] = {false};
    int best = 0, several = 0;
    size_t index, size;
    yyjson_val *finding;
    yyjson_arr_foreach(yyjson_obj_get(details, "Findings"), index, size, finding) {
        int weight = weight_of(finding);
        if (weight == 0)
            continue;
        best = MAX(best, weight);
        review->score = MAX(review->score, (float)yyjson_get_num(yyjson_obj_get(finding, "Score")));
        for (int i = 0; i < MATTERS; i++)
            matters[i] |= is_text(finding, "Matter", screening_matter_name((enum screening_matter)i));
    }
    for (int i = 0; i < MATTERS; i++)
        several += matters[i];
    review->points = best + POINTS_MATTER * MAX(several - 1, 0) + (review->stopped ? POINTS_STOPPED : 0);
}

int64_t review_urgency(const struct review *review, int64_t now_ms) {
    return review->points + MAX(now_ms - review->since_ms, (int64_t)0) / MS_PER_DAY;
}

/* --- all of them --- */

/* The day on which it would have been worth nothing: the earlier, the sooner. */
static int64_t from_of(const struct review *review) {
    return review->since_ms - (int64_t)review->points * MS_PER_DAY;
}

bool review_is_before(const struct review *a, const struct review *b) {
    int64_t x = from_of(a), y = from_of(b);
    return x != y ? x < y : a->account < b->account;
}

static int compare(const void *a, const void *b) {
    return review_is_before(b, a) - review_is_before(a, b);
}

struct ranking {
    struct review *reviews;
    size_t count;
};

static bool add_review(void *context, const struct store_screening *screening, struct error *err) {
    struct ranking *ranking = context;
    struct review *review = &ranking->reviews[ranking->count];
    (void)err;
    if (ranking->count == LIMIT_ACCOUNTS)
        return true;
    yyjson_doc *document = yyjson_read(screening->details, strlen(screening->details), 0);
    struct review_past past = past_of(yyjson_doc_get_root(document));
    *review = (struct review){.account = screening->account,
                              .since_ms = past.held_ms > 0 ? past.held_ms : screening->made_ms,
                              .stopped = past.stopped};
    weigh(yyjson_doc_get_root(document), review);
    yyjson_doc_free(document);
    ranking->count++;
    return true;
}

bool reviews_rank(struct store *store, struct arena *arena, struct review **ret_reviews, size_t *ret_count,
                  struct error *err) {
    struct ranking ranking = {.reviews = arena_array(arena, LIMIT_ACCOUNTS, sizeof *ranking.reviews)};
    if (!ranking.reviews)
        return error_set(err, ERROR_INTERNAL, "no memory to rank reviews");
    if (!store_screenings_each(store, SERVICE_HELD, add_review, &ranking, err))
        return false;
    qsort(ranking.reviews, ranking.count, sizeof *ranking.reviews, compare);
    *ret_reviews = ranking.reviews;
    *ret_count = ranking.count;
    return true;
}
