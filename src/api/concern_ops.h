/* Concerns over the wire: the members of their operations, for extension.c, and what needs no signature. */
#ifndef API_CONCERN_OPS_H
#define API_CONCERN_OPS_H

#include "api/operation.h"
#include "api/service.h"

#define CONCERN_PATH "/concerns"
#define CONCERN_CODE_HEADER "X-Concern-Code"

extern const struct field lodge_concern_fields[];
extern const struct field get_concern_receipt_fields[];
extern const struct field get_concern_fields[];
extern const struct field list_concerns_fields[];
extern const struct field answer_concern_fields[];
extern const struct field create_concern_code_fields[];

bool lodge_concern(struct call *call, struct error *err);
bool get_concern_receipt(struct call *call, struct error *err);
bool get_concern(struct call *call, struct error *err);
bool list_concerns(struct call *call, struct error *err);
bool answer_concern(struct call *call, struct error *err);
bool create_concern_code(struct call *call, struct error *err);

/* The rows of extension.c. An entry of the deed would tell who lodged a concern: there is none. */
#define CONCERN_ROWS(row)                                                                       \
    row("LodgeConcern", lodge_concern, OPERATION_UNRECORDED, QUOTA_WRITE)                       \
        row("GetConcernReceipt", get_concern_receipt, OPERATION_UNRECORDED, QUOTA_READ)         \
            row("GetConcern", get_concern, RECORD_CONCERN, QUOTA_ADMINISTRATION)                \
                row("ListConcerns", list_concerns, OPERATION_UNRECORDED, QUOTA_ADMINISTRATION)  \
                    row("AnswerConcern", answer_concern, RECORD_DECISION, QUOTA_ADMINISTRATION) \
                        row("CreateConcernCode", create_concern_code, RECORD_KEY, QUOTA_ADMINISTRATION)

/* Whether it is for everybody who has a key, whatever the policies of the account say, and whether or not the
 * account is served. */
bool concern_is_for_all(const struct operation *operation);
/* POST CONCERN_PATH: the sealed bytes as body, a one-time code in CONCERN_CODE_HEADER. Writes the members of
 * LodgeConcern's reply. ACCESS_DENIED, INVALID_PARAMETER. */
MUST_CHECK bool concern_post(struct service *service, struct bytes code, struct bytes sealed,
                             struct buffer *reply, struct error *err);
/* GET CONCERN_PATH: how many wait, and how many for longer than the operator promises. */
MUST_CHECK bool concern_page(struct service *service, struct buffer *html, struct error *err);

#endif
