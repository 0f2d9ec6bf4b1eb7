/* Checks the members of a request against the table of operations, in the order and words of AWS: first the
 * types (SERIALIZATION), then all constraints together (VALIDATION), each with the path of its member in
 * lower camel case. Echoed values are cut, blobs are never echoed. */
#ifndef API_VALIDATE_H
#define API_VALIDATE_H

#include "api/operation.h"
#include "base/arena.h"

struct yyjson_val;

/* Blobs are decoded: json_get_text then gives their bytes, which live in the arena. Members that are not in
 * fields are ignored. */
MUST_CHECK bool validate(struct arena *arena, const struct field *fields, struct yyjson_val *object,
                         struct error *err);

#endif
