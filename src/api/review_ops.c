/* ListReviews: whose verdicts wait for a person, the one to take first first (sanctions/review.h). The
 * operator's. */
#include <yyjson.h>
#include "api/screening_ops.h"
#include "api/json.h"
#include "api/page.h"
#include "api/service.h"
#include "base/clock.h"
#include "sanctions/gate.h"
#include "sanctions/review.h"

#define NAME "ListReviews"

enum { WHY_MAX = 400 };

const struct field list_reviews_fields[] = {
    {"MaxResults", FIELD_INTEGER, .maximum = LIMIT_REVIEW_PAGE},
    {"NextToken", FIELD_STRING, .maximum = LIMIT_NEXT_TOKEN},
    {0},
};

/* --- where a page begins --- */

static void put_next_token(struct call *call, const struct review *last) {
    const struct bytes everywhere = {NULL, 0};
    char key[80], token[LIMIT_NEXT_TOKEN + 1];
    snprintf(key, sizeof key, "%d.%lld.%lld", last->points, (long long)last->since_ms,
             (long long)last->account);
    page_token(NAME, everywhere, bytes_of(key), token);
    json_put_string(call->reply, "NextToken", token);
}

/* What ranks a review is its key. */
static bool read_key(const char *key, struct review *ret_review, struct error *err) {
    uint64_t points, since, account;
    struct bytes rest = bytes_of(key), first = bytes_split(&rest, '.'), second = bytes_split(&rest, '.');
    if (!bytes_to_number(first, INT32_MAX, &points) || !bytes_to_number(second, INT64_MAX / 2, &since) ||
        !bytes_to_number(rest, INT64_MAX, &account))
        return error_set(err, ERROR_INVALID_PAGINATION_TOKEN, "Invalid Pagination Token");
    *ret_review = (struct review){
        .points = (int)points, .since_ms = (int64_t)since, .account = (int64_t)account};
    return true;
}

/* --- one review --- */

static void put_member(struct buffer *out, yyjson_val *finding, const char *name, size_t maximum) {
    struct bytes text = json_get_text(finding, name);
    if (!text.ptr)
        return;
    if (text.len > maximum)
        for (text.len = maximum; text.len > 0 && ((uint8_t)text.ptr[text.len] & 0xC0) == 0x80;)
            text.len--; /* between letters */
    json_put_text(out, name, text);
}

/* A subject is "uk/RUS1926" where a list is what was looked at. */
static void put_finding(struct buffer *out, yyjson_val *finding) {
    yyjson_val *score = yyjson_obj_get(finding, "Score");
    struct bytes rest = json_get_text(finding, "Subject");
    json_object_open(out, NULL);
    put_member(out, finding, "Matter", SIZE_MAX);
    put_member(out, finding, "Subject", SIZE_MAX);
    if (score) {
        struct bytes list = bytes_split(&rest, '/');
        json_put_text(out, "List", list);
        json_put_text(out, "Designation", rest);
        json_put_float(out, "Score", (float)yyjson_get_num(score));
    }
    put_member(out, finding, "About", SIZE_MAX);
    put_member(out, finding, "Found", SIZE_MAX);
    put_member(out, finding, "Why", WHY_MAX);
    json_object_close(out);
}

static void put_findings(struct buffer *out, const char *details) {
    yyjson_val *findings[LIMIT_REVIEW_FINDINGS];
    yyjson_doc *document = yyjson_read(details, strlen(details), 0);
    size_t count = review_findings(yyjson_doc_get_root(document), findings);
    json_array_open(out, "Findings");
    for (size_t i = 0; i < count; i++)
        put_finding(out, findings[i]);
    json_array_close(out);
    yyjson_doc_free(document);
}

struct putting {
    struct buffer *out;
    const struct review *review;
    const struct store_screening *screening;
};

static bool put_review(void *context, const struct store_account *account, struct error *err) {
    const struct putting *putting = context;
    const struct review *review = putting->review;
    struct buffer *out = putting->out;
    (void)err;
    if (account->number != review->account)
        return true;
    json_object_open(out, NULL);
    json_put_string(out, "AccountId", account->id);
    json_put_string(out, "LegalName", account->legal_name);
    json_put_string(out, "Result", result_name((enum result)putting->screening->result));
    json_put_string(out, "Reason", putting->screening->reason);
    json_put_integer(out, "Urgency", review_urgency(review, clock_now_ms()));
    if (review->score > 0)
        json_put_float(out, "Score", review->score);
    json_put_boolean(out, "ServiceStopped", review->stopped);
    json_put_time(out, "HeldSinceTimestamp", review->since_ms);
    put_findings(out, putting->screening->details);
    json_object_close(out);
    return true;
}

/* One that was decided since they were ranked is passed by. */
static bool show(struct call *call, const struct review *review, struct error *err) {
    struct store *store = call->service->store;
    struct store_screening screening;
    struct putting putting = {call->reply, review, &screening};
    bool found;
    if (!store_screening_get(store, call->arena, review->account, &screening, &found, err))
        return false;
    return !found || screening.service != SERVICE_HELD ||
           store_accounts_each(store, review->account - 1, 1, put_review, &putting, err);
}

bool list_reviews(struct call *call, struct error *err) {
    struct review *reviews, after;
    struct page page;
    size_t count, first = 0;
    if (!call->principal->is_operator)
        return error_set(err, ERROR_ACCESS_DENIED, "Only the operator's account decides who is served.");
    if (!page_read(call->input, NAME, (struct bytes){NULL, 0}, &page, err) ||
        (page.after && !read_key(page.after, &after, err)) ||
        !reviews_rank(call->service->store, call->arena, &reviews, &count, err))
        return false;
    while (page.after && first < count && !review_is_before(&after, &reviews[first]))
        first++;
    size_t end = MIN(count, first + MIN(page.maximum, (size_t)LIMIT_REVIEW_PAGE));
    json_array_open(call->reply, "Reviews");
    for (size_t i = first; i < end; i++)
        if (!show(call, &reviews[i], err))
            return false;
    json_array_close(call->reply);
    json_put_integer(call->reply, "OpenReviews", (int64_t)count);
    if (end < count)
        put_next_token(call, &reviews[end - 1]);
    return true;
}
