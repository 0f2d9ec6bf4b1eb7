/* All that a list tells of somebody, in one number: it changes when that does, whatever the order. */
#ifndef SANCTIONS_DESIGNATION_DIGEST_H
#define SANCTIONS_DESIGNATION_DIGEST_H

#include "sanctions/designation.h"

/* Of everything but the dates of listing and of the last change. INTERNAL: no memory. */
MUST_CHECK bool designation_digest(const struct designations *list, const struct designation *one,
                                   struct sha256 *ret_digest, struct error *err);

#endif
