/* The indexes of a collection in a file, which is read sooner than the store is decrypted.
 *
 * A header of 128 bytes (what it is, of which state of the collection, how many rows, HMAC-SHA-256 over it),
 * then blocks of rows, those of the faces and behind them those of the users, each under XChaCha20-Poly1305
 * with a nonce of the file's random id and the block's number: nothing is in clear but the header, and no
 * block can be changed, moved, left out or taken from another file unnoticed. Numbers are in the byte order
 * of the machine; a file of another one is not read. */
#ifndef MATCH_SNAPSHOT_H
#define MATCH_SNAPSHOT_H

#include "match/index.h"

#define SNAPSHOT_KEY 32

/* What the collection was when it was made; what the numbers mean is the caller's business. */
struct snapshot_state {
    int64_t collection;
    int64_t generation;
    int64_t stamp;
};

/* Makes the file at path, mode 0600, in the place of one that is there. It need not survive a power cut: what
 * is not whole is noticed. The indexes may be searched and changed meanwhile (index_walk). INTERNAL, and then
 * there is no file. */
MUST_CHECK bool snapshot_write(const char *path, const uint8_t key[SNAPSHOT_KEY],
                               const struct snapshot_state *state, struct index *faces, struct index *users,
                               struct error *err);
/* Puts all of it into two empty indexes of this dimension, on several threads. NOT_FOUND when there is no
 * file, INTERNAL with the reason when it is not whole or not ours: free the indexes then. */
MUST_CHECK bool snapshot_load(const char *path, const uint8_t key[SNAPSHOT_KEY], int dimension,
                              struct index *faces, struct index *users, struct snapshot_state *ret_state,
                              struct error *err);
/* What its header says, without proof. NOT_FOUND, INTERNAL. */
MUST_CHECK bool snapshot_peek(const char *path, struct snapshot_state *ret_state, struct error *err);

#endif
