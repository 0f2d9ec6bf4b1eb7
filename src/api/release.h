/* Two-person release: in a collection that asks for it (governance), what a search finds is kept back until
 * another person of the account has released it.
 *
 * The client that searched gets AccessDeniedException with the id of the release, whatever was found; nothing
 * of the result is in the record before it is given out. The other person may look at it (GetReleasedResult)
 * before deciding; the one who asked gets it after. */
#ifndef API_RELEASE_H
#define API_RELEASE_H

#include "api/governance.h"

extern const struct field list_releases_fields[];
extern const struct field release_result_fields[];
extern const struct field get_released_result_fields[];

/* After a handler has succeeded and its reply is whole: keeps the reply back, in the call's transaction,
 * when the operation has searched and a collection asks for it, and takes out of the deed what it found. */
MUST_CHECK bool release_hold(struct call *call, const struct operation *operation, struct error *err);
/* After that is on disk: ACCESS_DENIED with the id of the release, when the reply was kept back. */
MUST_CHECK bool release_answer(struct call *call, struct error *err);

#endif
