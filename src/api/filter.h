/* Filter: which faces of a collection an operation is about. */
#ifndef API_FILTER_H
#define API_FILTER_H

#include "api/operation.h"
#include "api/service.h"

extern const struct field filter_fields[];
#define FILTER "Filter", FIELD_STRUCT, .fields = filter_fields

/* Reads Filter; *ret_filter, in the arena, is NULL when it is absent or has no member, which lets every face
 * through. IndexedFrom is inclusive, IndexedBefore is not. */
MUST_CHECK bool filter_read(struct call *call, const struct store_filter **ret_filter, struct error *err);

#endif
