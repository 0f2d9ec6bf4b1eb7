/* What the record must not tell everybody, for those who hold the record's key: who an account is, who is
 * behind it, and why somebody decided. It goes into an entry encrypted under a key made of record.key, padded
 * so that its length tells little, in details called sealed_00, sealed_01, ... */
#ifndef SANCTIONS_PARTY_SEAL_H
#define SANCTIONS_PARTY_SEAL_H

#include "base/buffer.h"
#include "base/error.h"

struct yyjson_val;

enum {
    PARTY_SEAL_KEY = 32,
    PARTY_SEAL_PIECE = 1000, /* letters of a detail */
    PARTY_SEAL_PIECES = 20,
    PARTY_SEAL_NAME = 12,     /* bytes of a detail's name */
    PARTY_SEAL_BYTES = 14000, /* of what can be sealed */
};

struct party_seal {
    uint8_t key[PARTY_SEAL_KEY];
};

struct party_sealed {
    char names[PARTY_SEAL_PIECES][PARTY_SEAL_NAME];
    char texts[PARTY_SEAL_PIECES][PARTY_SEAL_PIECE + 1];
    size_t count;
};

/* Of the record in a data folder. INTERNAL. The caller wipes it. */
MUST_CHECK bool party_seal_open(const char *data, struct party_seal *ret_seal, struct error *err);
/* INTERNAL: it is too long. */
MUST_CHECK bool party_seal_close(const struct party_seal *seal, struct bytes plain,
                                 struct party_sealed *ret_sealed, struct error *err);
/* Appends what the details of an entry hold; false when they hold nothing, or it is not of this key. */
MUST_CHECK bool party_seal_read(const struct party_seal *seal, struct yyjson_val *details,
                                struct buffer *ret_plain);

#endif
