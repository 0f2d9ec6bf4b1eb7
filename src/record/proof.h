/* Offline proofs that an entry is in the log (C2SP tlog-proof, "c2sp.org/tlog-proof@v1"): the entry's index,
 * the way from its hash to the root, and the signed checkpoint. Ours carry the entry itself as `extra`, so
 * that a proof and the verifier key are all that one needs. */
#ifndef RECORD_PROOF_H
#define RECORD_PROOF_H

#include "record/merkle.h"
#include "record/policy.h"

#define PROOF_BYTES (192u * 1024) /* of the text: the largest entry in base64, hashes, checkpoint */

struct proof {
    uint64_t index;
    char *entry; /* decoded `extra`; NULL when there is none; free() it */
    size_t entry_len;
    struct merkle_proof path;
    struct bytes checkpoint; /* a view of the text */
};

/* Appends the proof of entry `index` of the log in a folder, under its checkpoint, which must be signed by
 * `log`. NOT_FOUND when the log is not that long, VALIDATION and INTERNAL when something of it is wrong. */
MUST_CHECK bool proof_make(const char *folder, const struct note_key *log, uint64_t index, struct buffer *out,
                           struct error *err);
/* VALIDATION. The view is of text; free() the entry. */
MUST_CHECK bool proof_parse(struct bytes text, struct proof *ret_proof, struct error *err);
/* Whether the proof's own entry is at its index in a log of the policy whose checkpoint the quorum has
 * cosigned, at any time. VALIDATION says what is wrong. ret_checkpoint and ret_cosigned may be NULL. */
MUST_CHECK bool proof_check(const struct proof *proof, const struct policy *policy,
                            struct checkpoint *ret_checkpoint, int *ret_cosigned, struct error *err);

#endif
