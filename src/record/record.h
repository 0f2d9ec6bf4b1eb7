/* The record of a server: what was done to whom, by whom and for what, in a log that nobody can quietly
 * change. Recorded before answered.
 *
 * record_put makes an entry durable in the journal of the store (store.h): within a transaction it becomes
 * part of it, so that a change and its entry are both there or neither is. A thread of the record's moves
 * what is in the journal into the tile log in DIR/record (log.h) at least every LIMIT_RECORD_BATCH_MS, has
 * witnesses cosign it (DIR/witnesses, see policy.h), and publishes the checkpoint. The index that record_put
 * gives is the one that the entry has in the log.
 *
 * When the log cannot be written, or the policy's quorum of witnesses is not met, record_put fails from then
 * on, and so should the call: nothing is answered unrecorded. It works again once the log does.
 *
 * All functions may be called from many threads. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/entry.h"
#include "store/store.h"

struct record;

/* Makes DIRECTORY/record.key (0600) and DIRECTORY/record with its vkey on the first start; brings the log up
 * to what the journal holds. origin: the name of the log, a host and path without blanks and '+', the same
 * at every start; NULL: the one of the key file, or "countenance/" and a random number on the first start.
 * The store stays the caller's and outlives the record. INTERNAL: the log or key is missing or damaged, or
 * log and store are not of the same time; the text says which and what to do. */
MUST_CHECK bool record_open(const char *directory, struct store *store, const char *origin,
                            struct record **ret_record, struct error *err);
/* Publishes what is in the journal, as far as that works. Takes NULL. */
void record_close(struct record *record);

/* Records an entry. Inside a transaction of the store it is durable with its commit, else when this returns;
 * concurrent callers share one write to the disk. *ret_index (may be NULL): where it is, or its first part.
 * INTERNAL: the caller must not answer. */
MUST_CHECK bool record_put(struct record *record, const struct record_entry *entry, uint64_t *ret_index,
                           struct error *err);
/* Waits until the published checkpoint covers this index. INTERNAL when that fails or takes longer than
 * LIMIT_RECORD_WAIT_SECONDS. */
MUST_CHECK bool record_wait(struct record *record, uint64_t index, struct error *err);

/* Of a photograph: HMAC-SHA-256 under the record's secret salt, over the SHA-256 of its bytes. */
struct sha256 record_commit_image(const struct record *record, struct sha256 image);
/* Of a text, such as the name of a customer: HMAC-SHA-256 under another key made of that salt. */
struct sha256 record_commit_text(const struct record *record, struct bytes text);

/* Holds the entries that the store keeps against the log in the folder, whose checkpoint has `size` of them.
 * INTERNAL: they are not the same, or of different times. */
MUST_CHECK bool record_compare(struct store *store, const char *folder, uint64_t size, struct error *err);

/* For health and metrics. */
struct record_state {
    uint64_t size;        /* entries in the published checkpoint */
    int64_t published_ms; /* when that was */
    int cosigned;         /* witnesses of the policy whose cosignature it has */
    int witnesses;        /* of the policy */
    bool failing;         /* record_put fails, because: */
    struct error error;
};
void record_state(struct record *record, struct record_state *ret_state);
/* The log's verifier key as text; owned by the record. */
const char *record_vkey(const struct record *record);

#endif
