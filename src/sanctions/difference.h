/* What changed between two versions of a list: who is to be screened again. */
#ifndef SANCTIONS_DIFFERENCE_H
#define SANCTIONS_DIFFERENCE_H

#include "sanctions/designation.h"

enum difference_kind { DIFFERENCE_ADDED, DIFFERENCE_REMOVED, DIFFERENCE_CHANGED };

/* before is NULL for an added one, after for a removed one. */
typedef void difference_visit(void *context, enum difference_kind kind, const struct designation *before,
                              const struct designation *after);

/* Designations of the same id are the same one; it has changed when anything that the list tells of it has,
 * but for the date of the change and the order. Visits in the order of ids. INTERNAL: no memory. */
MUST_CHECK bool difference_each(const struct designations *before, const struct designations *after,
                                difference_visit *visit, void *context, struct error *err);

#endif
