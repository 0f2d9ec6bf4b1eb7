/* SHA-256 and HMAC-SHA-256, by OpenSSL. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/bytes.h"

struct sha256 {
    uint8_t bytes[32];
};

struct sha256 sha256_of(struct bytes data);
struct sha256 hmac_sha256(struct bytes key, struct bytes data);
/* Takes the same time whatever differs. */
bool sha256_equal(struct sha256 a, struct sha256 b);
void sha256_hex(struct sha256 hash, char out[65]);
/* Overwrites a secret in a way that the compiler does not leave out. */
void secret_wipe(void *secret, size_t len);

#endif
