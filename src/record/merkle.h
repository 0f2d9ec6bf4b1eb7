/* The Merkle tree of RFC 6962, section 2.1: hashes, roots, and proofs made and checked. A tree of `size`
 * entries is known by its root; proofs are short lists of hashes, in the order of the RFC. */
#ifndef RECORD_MERKLE_H
#define RECORD_MERKLE_H

#include "base/digest.h"
#include "base/error.h"

#define MERKLE_PROOF_MAX 64 /* hashes of a proof in the largest tree */

/* SHA-256(0x00 || entry) of at most LIMIT_RECORD_ENTRY bytes; SHA-256(0x01 || left || right). */
struct sha256 merkle_leaf(struct bytes entry);
struct sha256 merkle_node(struct sha256 left, struct sha256 right);
/* The root of a full subtree over its 2^height nodes, which it overwrites. */
struct sha256 merkle_fold(struct sha256 *nodes, int height);

/* Who knows the hashes of full subtrees: the one over the entries [index << level, (index + 1) << level).
 * Never asked for one that reaches behind the end of the tree. */
struct merkle_source {
    bool (*hash)(void *context, int level, uint64_t index, struct sha256 *ret_hash, struct error *err);
    void *context;
};

struct merkle_proof {
    struct sha256 hashes[MERKLE_PROOF_MAX];
    size_t count;
};

/* Size 0: the hash of nothing. Fails only when the source does. */
MUST_CHECK bool merkle_root(const struct merkle_source *source, uint64_t size, struct sha256 *ret_root,
                            struct error *err);
/* That entry `index` is in the tree of `size`; index < size. */
MUST_CHECK bool merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                                       struct merkle_proof *ret_proof, struct error *err);
/* That the tree of old_size is the beginning of the tree of size; old_size <= size. Nothing proves that for 0
 * and for equal sizes. */
MUST_CHECK bool merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
                                         struct merkle_proof *ret_proof, struct error *err);

/* Whether the proof holds; any input is fine. */
bool merkle_check_inclusion(const struct merkle_proof *proof, uint64_t index, uint64_t size,
                            struct sha256 leaf, struct sha256 root);
bool merkle_check_consistency(const struct merkle_proof *proof, uint64_t old_size, uint64_t size,
                              struct sha256 old_root, struct sha256 root);

#endif
