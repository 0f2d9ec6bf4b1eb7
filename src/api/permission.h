/* Whether a call may be made: by the policies of its account, and not too often. */
#ifndef API_PERMISSION_H
#define API_PERMISSION_H

#include "api/operation.h"
#include "api/service.h"

/* source: address of the caller, NULL when unknown. THROTTLED, THROUGHPUT; ACCESS_DENIED names principal,
 * action and resource. */
MUST_CHECK bool permission_check(struct call *call, const struct operation *operation, const char *source,
                                 struct error *err);

/* Before a search of the collection for this vector: THROTTLED when the key has asked too often for nearly
 * the same face. */
MUST_CHECK bool permission_probe(struct call *call, const struct store_collection *collection,
                                 const float *probe, struct error *err);

#endif
