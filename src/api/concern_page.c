/* The page for everybody about concerns that wait. A file of its own, since it needs nothing of a call. */
#include "api/concern_ops.h"
#include "base/clock.h"
#include "sanctions/screening_policy.h"
#include "store/screening.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000 };

bool concern_page(struct service *service, struct buffer *html, struct error *err) {
    CLEANUP_FREE struct screening_policy *policy = calloc(1, sizeof *policy);
    int64_t waiting, overdue;
    if (!policy)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the page.");
    /* A file that cannot be read promises nothing else. */
    int days = screening_policy_read(store_folder(service->store), policy, NULL) ? policy->concern_days
                                                                                 : LIMIT_CONCERN_DAYS;
    if (!store_concerns_waiting(service->store, clock_now_ms() - (int64_t)days * MS_PER_DAY, &waiting,
                                &overdue, err))
        return false;
    buffer_printf(html,
                  "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Concerns</title>"
                  "</head><body>\n<h1>Concerns</h1>\n"
                  "<p>Unanswered for more than %d days: <strong id=\"overdue\">%lld</strong></p>\n"
                  "<p>Waiting for an answer: <strong id=\"waiting\">%lld</strong></p>\n"
                  "<p>Concerns are sealed to people outside, and the operator of this server cannot read "
                  "them. Each is an entry of kind <code>concern</code> in the <a href=\"/record/entries\">"
                  "record</a>, and each answer one of kind <code>decision</code>: whoever counts them there "
                  "need not believe this page.</p>\n</body></html>\n",
                  days, (long long)overdue, (long long)waiting);
    return !html->failed || error_set(err, ERROR_INTERNAL, "There is no memory for the page.");
}
