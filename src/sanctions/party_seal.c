#include <sodium.h>
#include <yyjson.h>
#include "sanctions/party_seal.h"
#include "base/base64.h"
#include "base/digest.h"
#include "record/key.h"

enum {
    PAD = 512,
    PADDED_MAX = (PARTY_SEAL_BYTES / PAD + 1) * PAD,
    OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES
};

_Static_assert(crypto_secretbox_KEYBYTES == PARTY_SEAL_KEY, "the key of a secretbox");
_Static_assert((PADDED_MAX + OVERHEAD + 2) / 3 * 4 <= PARTY_SEAL_PIECES * PARTY_SEAL_PIECE, "pieces");

bool party_seal_open(const char *data, struct party_seal *ret_seal, struct error *err) {
    struct record_key key;
    if (!record_key_open(data, NULL, false, &key, err))
        return false;
    struct sha256 made = hmac_sha256((struct bytes){(const char *)key.salt, sizeof key.salt},
                                     BYTES_LITERAL("countenance: names of accounts in the record"));
    memcpy(ret_seal->key, made.bytes, sizeof ret_seal->key);
    secret_wipe(&made, sizeof made);
    secret_wipe(&key, sizeof key);
    return true;
}

bool party_seal_close(const struct party_seal *seal, struct bytes plain, struct party_sealed *ret_sealed,
                      struct error *err) {
    uint8_t padded[PADDED_MAX] = {0}, sealed[OVERHEAD + PADDED_MAX];
    char text[PARTY_SEAL_PIECES * PARTY_SEAL_PIECE];
    if (plain.len > PARTY_SEAL_BYTES || memchr(plain.ptr, 0, plain.len))
        return error_set(err, ERROR_INTERNAL, "what is to be sealed for the record is too long");
    size_t len = (plain.len / PAD + 1) * PAD;
    memcpy(padded, plain.ptr, plain.len);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, padded, len, sealed, seal->key);
    secret_wipe(padded, sizeof padded);
    base64_to_text((struct bytes){(const char *)sealed, OVERHEAD + len}, text);
    size_t count = 0, text_len = base64_text_len(OVERHEAD + len);
    for (size_t at = 0; at < text_len; at += PARTY_SEAL_PIECE, count++) {
        size_t piece = MIN(text_len - at, (size_t)PARTY_SEAL_PIECE);
        snprintf(ret_sealed->names[count], PARTY_SEAL_NAME, "sealed_%02u", (unsigned)(count % 100));
        memcpy(ret_sealed->texts[count], text + at, piece);
        ret_sealed->texts[count][piece] = 0;
    }
    ret_sealed->count = count;
    return true;
}

bool party_seal_read(const struct party_seal *seal, struct yyjson_val *details, struct buffer *ret_plain) {
    uint8_t sealed[PARTY_SEAL_PIECES * PARTY_SEAL_PIECE], plain[PADDED_MAX];
    struct buffer text = buffer_new(PARTY_SEAL_PIECES * PARTY_SEAL_PIECE);
    size_t len = 0;
    for (unsigned i = 0; i < PARTY_SEAL_PIECES; i++) {
        char name[PARTY_SEAL_NAME];
        snprintf(name, sizeof name, "sealed_%02u", i);
        yyjson_val *piece = yyjson_obj_get(details, name);
        if (!yyjson_is_str(piece))
            break;
        buffer_append(&text, yyjson_get_str(piece), yyjson_get_len(piece));
    }
    bool good = !text.failed && text.len > 0 && base64_to_bytes(buffer_bytes(&text), sealed, &len) &&
                len > OVERHEAD && len - OVERHEAD <= sizeof plain &&
                crypto_secretbox_open_easy(plain, sealed + crypto_secretbox_NONCEBYTES,
                                           len - crypto_secretbox_NONCEBYTES, sealed, seal->key) == 0;
    if (good)
        buffer_append(ret_plain, plain, strnlen((const char *)plain, len - OVERHEAD));
    secret_wipe(plain, sizeof plain);
    buffer_release(&text);
    return good && !ret_plain->failed;
}
