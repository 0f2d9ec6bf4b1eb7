/* ReembedCollection: a collection moves to another model in place. */
#ifndef API_REEMBED_H
#define API_REEMBED_H

#include "api/fields.h"

extern const struct field reembed_collection_fields[];

#endif
