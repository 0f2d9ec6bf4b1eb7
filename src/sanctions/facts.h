/* The digest of what a verdict stood on. */
#ifndef SANCTIONS_FACTS_H
#define SANCTIONS_FACTS_H

#include "base/buffer.h"
#include "sanctions/verdict.h"

/* SHA-256 over the rule, the parties that are near with their listings, the links between them as they stood
 * on the day, and the findings: the same whatever order they were read in. Days that pass, sources and
 * wording do not change it. */
MUST_CHECK bool facts_digest(struct arena *arena, const struct view *view, const bool *near,
                             const struct verdict *verdict, struct sha256 *ret_digest, struct error *err);

#endif
