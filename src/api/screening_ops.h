/* The members of the operations on who is served, and on concerns, for extension.c. */
#ifndef API_SCREENING_OPS_H
#define API_SCREENING_OPS_H

#include "api/operation.h"

extern const struct field screen_account_fields[];
extern const struct field describe_screening_fields[];
extern const struct field list_reviews_fields[];
extern const struct field decide_screening_fields[];
extern const struct field put_exception_fields[];
extern const struct field put_licence_fields[];
extern const struct field withdraw_decision_fields[];

bool screen_account(struct call *call, struct error *err);
bool describe_screening(struct call *call, struct error *err);
bool list_reviews(struct call *call, struct error *err); /* review_ops.c */
bool decide_screening(struct call *call, struct error *err);
bool put_exception(struct call *call, struct error *err);
bool put_licence(struct call *call, struct error *err);
bool withdraw_decision(struct call *call, struct error *err);

/* The rows of extension.c. */
/* clang-format off */
#define SCREENING_ROWS(row) \
    row("ScreenAccount", screen_account, RECORD_SCREENING, QUOTA_ADMINISTRATION) \
    row("DescribeScreening", describe_screening, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("ListReviews", list_reviews, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION) \
    row("DecideScreening", decide_screening, RECORD_DECISION, QUOTA_ADMINISTRATION) \
    row("PutException", put_exception, RECORD_DECISION, QUOTA_ADMINISTRATION) \
    row("PutLicence", put_licence, RECORD_DECISION, QUOTA_ADMINISTRATION) \
    row("WithdrawDecision", withdraw_decision, RECORD_DECISION, QUOTA_ADMINISTRATION)
/* clang-format on */

#endif
