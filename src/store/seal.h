/* Encryption at rest: XChaCha20-Poly1305 by libsodium.
 *
 * DIR/master.key (32 random bytes, mode 0600) wraps one data key a collection; the data key seals each
 * vector. What a sealed thing belongs to is authenticated with it, so it cannot be moved to another face or
 * collection. Without its collection's wrapped key a vector is noise: deleting the key erases them all. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "base/bytes.h"
#include "base/error.h"

#define SEAL_KEY 32
#define SEAL_OVERHEAD 40 /* nonce and tag */

struct seal_key {
    uint8_t bytes[SEAL_KEY];
};

/* Reads DIRECTORY/NAME, or makes it of random bytes when `create` says so and it is not there. Errors:
 * INTERNAL, when it is missing, may be read by others, or has another size. The caller wipes the key. */
MUST_CHECK bool seal_key_open(const char *directory, const char *name, bool create, struct seal_key *ret_key,
                              struct error *err);
/* Gets the names in a directory onto the disk. */
MUST_CHECK bool seal_sync(const char *directory);
void seal_key_random(struct seal_key *ret_key);
/* len + SEAL_OVERHEAD bytes into out. owner is authenticated, not stored. */
void seal(const struct seal_key *key, struct bytes owner, const void *data, size_t len, uint8_t *out);
/* sealed.len - SEAL_OVERHEAD bytes into out; false when it is not whole, of another owner or another key. */
MUST_CHECK bool unseal(const struct seal_key *key, struct bytes owner, struct bytes sealed, void *out);

#endif
