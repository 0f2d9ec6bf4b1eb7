/* Entries of the record that are about somebody: those that hold one of some commitments. */
#ifndef API_SUBJECT_ENTRIES_H
#define API_SUBJECT_ENTRIES_H

#include "api/service.h"

/* What to look for: commitments to a person's faces, users and photographs. */
struct commitments {
    struct sha256 *hashes; /* in the arena */
    size_t count, capacity;
};

MUST_CHECK bool commitments_add(struct call *call, struct commitments *commitments, struct sha256 hash,
                                struct error *err);
/* Puts Entries, a list of {Index, Entry}, from index `from` on, and NextEntry when there are more than
 * LIMIT_SUBJECT_ENTRIES. All that was recorded before the call is looked at. The operator sees the entries
 * of all accounts, others those of their own. Sorts the commitments. */
MUST_CHECK bool entries_put(struct call *call, struct commitments *commitments, uint64_t from,
                            struct error *err);

#endif
