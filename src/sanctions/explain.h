/* Verdicts in plain words, and as JSON (docs/ownership.md). */
#ifndef SANCTIONS_EXPLAIN_H
#define SANCTIONS_EXPLAIN_H

#include "base/buffer.h"
#include "sanctions/verdict.h"

struct yyjson_mut_doc;
struct yyjson_mut_val;

/* One sentence, without a line end: what was found. */
void explain_finding(const struct view *view, const struct verdict *verdict, const struct finding *finding,
                     struct buffer *out);
/* "A holds 25.07 % of B (source)". */
void explain_step(const struct view *view, const struct rule *rule, const struct link *step,
                  struct buffer *out);
/* All of the verdict as an object that belongs to the document; NULL when there is no memory. */
MUST_CHECK struct yyjson_mut_val *explain_json(struct yyjson_mut_doc *document, const struct view *view,
                                               const struct verdict *verdict);

#endif
