#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include "base/digest.h"

struct sha256 sha256_of(struct bytes data) {
    struct sha256 hash;
    SHA256((const unsigned char *)data.ptr, data.len, hash.bytes);
    return hash;
}

struct sha256 hmac_sha256(struct bytes key, struct bytes data) {
    struct sha256 hash;
    HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)data.ptr, data.len, hash.bytes, NULL);
    return hash;
}

bool sha256_equal(struct sha256 a, struct sha256 b) {
    return CRYPTO_memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

void sha256_hex(struct sha256 hash, char out[65]) {
    hex_encode(hash.bytes, sizeof hash.bytes, out);
}

void secret_wipe(void *secret, size_t len) {
    OPENSSL_cleanse(secret, len);
}
