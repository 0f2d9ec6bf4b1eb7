/* A tree of n entries is a row of full subtrees, one for each bit of n, the largest on the left; its root
 * joins them from the right. A proof is the hashes that are missing on the way from a leaf, or from the right
 * edge of the older tree, to the root. They are made here as RFC 6962 defines them, by splitting at the
 * largest power of two below n; the root of a part that is left out joins full subtrees as that of a tree
 * does. They are checked as RFC 9162, sections 2.1.3.2 and 2.1.4.2 say, from the leaf upwards. */
#include <assert.h>
#include "record/merkle.h"
#include "base/limits.h"

enum { LEAF = 0, NODE = 1 };

struct sha256 merkle_leaf(struct bytes entry) {
    char data[1 + LIMIT_RECORD_ENTRY];
    assert(entry.len <= LIMIT_RECORD_ENTRY);
    data[0] = LEAF;
    if (entry.len > 0)
        memcpy(data + 1, entry.ptr, entry.len);
    return sha256_of((struct bytes){data, 1 + entry.len});
}

struct sha256 merkle_node(struct sha256 left, struct sha256 right) {
    char data[1 + 2 * sizeof left.bytes] = {NODE};
    memcpy(data + 1, left.bytes, sizeof left.bytes);
    memcpy(data + 1 + sizeof left.bytes, right.bytes, sizeof right.bytes);
    return sha256_of((struct bytes){data, sizeof data});
}

struct sha256 merkle_fold(struct sha256 *nodes, int height) {
    for (size_t count = (size_t)1 << height; count > 1; count /= 2)
        for (size_t i = 0; i < count / 2; i++)
            nodes[i] = merkle_node(nodes[2 * i], nodes[2 * i + 1]);
    return nodes[0];
}

/* The root over the entries [start, start + size), size > 0. start is a multiple of the power of two that is
 * at least size, as the start of every part is. */
static bool range_root(const struct merkle_source *source, uint64_t start, uint64_t size,
                       struct sha256 *ret_root, struct error *err) {
    uint64_t end = start + size;
    struct sha256 root, part;
    bool first = true;
    for (int level = 0; level < 64; level++) {
        if ((size >> level & 1) == 0)
            continue;
        if (!source->hash(source->context, level, (end >> level) - 1, &part, err))
            return false;
        root = first ? part : merkle_node(part, root);
        first = false;
    }
    *ret_root = root;
    return true;
}

bool merkle_root(const struct merkle_source *source, uint64_t size, struct sha256 *ret_root,
                 struct error *err) {
    if (size > 0)
        return range_root(source, 0, size, ret_root, err);
    *ret_root = sha256_of((struct bytes){"", 0});
    return true;
}

/* The largest power of two below size, which is at least 2. */
static uint64_t split_of(uint64_t size) {
    return (uint64_t)1 << (63 - __builtin_clzll(size - 1));
}

/* The parts that are passed by on the way down, from the root's child on. */
struct way {
    struct {
        uint64_t start, size;
    } parts[MERKLE_PROOF_MAX];
    size_t count;
};

static void way_add(struct way *way, uint64_t start, uint64_t size) {
    assert(way->count < MERKLE_PROOF_MAX);
    way->parts[way->count].start = start;
    way->parts[way->count++].size = size;
}

/* A proof lists them from below. */
static bool way_prove(const struct way *way, const struct merkle_source *source,
                      struct merkle_proof *ret_proof, struct error *err) {
    struct merkle_proof proof = {.count = way->count};
    for (size_t i = 0; i < way->count; i++) {
        size_t part = way->count - 1 - i;
        if (!range_root(source, way->parts[part].start, way->parts[part].size, &proof.hashes[i], err))
            return false;
    }
    *ret_proof = proof;
    return true;
}

bool merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                            struct merkle_proof *ret_proof, struct error *err) {
    struct way way = {.count = 0};
    uint64_t start = 0;
    assert(index < size);
    while (size > 1) {
        uint64_t split = split_of(size);
        if (index - start < split) {
            way_add(&way, start + split, size - split);
            size = split;
        } else {
            way_add(&way, start, split);
            start += split;
            size -= split;
        }
    }
    return way_prove(&way, source, ret_proof, err);
}

bool merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
                              struct merkle_proof *ret_proof, struct error *err) {
    struct way way = {.count = 0};
    uint64_t start = 0;
    assert(old_size <= size);
    if (old_size == 0 || old_size == size)
        return way_prove(&way, source, ret_proof, err);
    /* Until the part ends where the old tree ends. When it is the old tree itself its root is known. */
    while (start + size != old_size) {
        uint64_t split = split_of(size);
        if (old_size - start <= split) {
            way_add(&way, start + split, size - split);
            size = split;
        } else {
            way_add(&way, start, split);
            start += split;
            size -= split;
        }
    }
    if (start > 0)
        way_add(&way, start, size);
    return way_prove(&way, source, ret_proof, err);
}

bool merkle_check_inclusion(const struct merkle_proof *proof, uint64_t index, uint64_t size,
                            struct sha256 leaf, struct sha256 root) {
    if (index >= size)
        return false;
    uint64_t node = index, last = size - 1;
    struct sha256 hash = leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            hash = merkle_node(proof->hashes[i], hash);
            for (; (node & 1) == 0 && node != 0; node >>= 1)
                last >>= 1;
        } else
            hash = merkle_node(hash, proof->hashes[i]);
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && sha256_equal(hash, root);
}

bool merkle_check_consistency(const struct merkle_proof *proof, uint64_t old_size, uint64_t size,
                              struct sha256 old_root, struct sha256 root) {
    if (old_size > size)
        return false;
    if (old_size == size)
        return proof->count == 0 && sha256_equal(old_root, root);
    if (old_size == 0)
        return proof->count == 0 && sha256_equal(old_root, sha256_of((struct bytes){"", 0}));
    /* An old tree that is one full subtree starts the proof with its own root, which is left out. */
    bool full = (old_size & (old_size - 1)) == 0;
    if (!full && proof->count == 0)
        return false;
    uint64_t node = old_size - 1, last = size - 1;
    for (; node & 1; node >>= 1)
        last >>= 1;
    struct sha256 old_hash = full ? old_root : proof->hashes[0], hash = old_hash;
    for (size_t i = full ? 0 : 1; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            old_hash = merkle_node(proof->hashes[i], old_hash);
            hash = merkle_node(proof->hashes[i], hash);
            for (; (node & 1) == 0 && node != 0; node >>= 1)
                last >>= 1;
        } else
            hash = merkle_node(hash, proof->hashes[i]);
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && sha256_equal(old_hash, old_root) && sha256_equal(hash, root);
}
