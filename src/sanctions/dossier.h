/* A file of ownership facts, as people keep them: JSON (docs/ownership.md). It may also bear decisions, and
 * the verdicts that are expected of it. */
#ifndef SANCTIONS_DOSSIER_H
#define SANCTIONS_DOSSIER_H

#include "sanctions/decision.h"

/* What the file expects of a party on a day. */
struct expectation {
    uint32_t party;
    int32_t day;
    const char *regime;
    enum result result;
};

struct dossier {
    struct graph *graph;
    struct decision *decisions; /* strings are the graph's */
    struct expectation *expectations;
    uint32_t decision_count, expectation_count;
};

/* VALIDATION says which item is not understood; members that are not known are refused in facts, so that a
 * misspelt date does not become an open one. The text is not changed. The caller releases the dossier. */
MUST_CHECK bool dossier_read(struct bytes text, struct dossier *ret_dossier, struct error *err);
void dossier_release(struct dossier *dossier);

#endif
