#include <sodium.h>
#include "record/note.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/limits.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a blank begin each signature line */

enum { ID = 4, TIME = 8, SIGNATURE = crypto_sign_BYTES, SIGNATURE_MAX = ID + TIME + SIGNATURE };

/* One line of signatures. */
struct line {
    struct bytes whole; /* with its line end */
    struct bytes name, base64;
};

bool note_name_fits(struct bytes name) {
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == '+')
            return false;
    return name.len > 0 && name.len <= NOTE_NAME_MAX;
}

void note_key_make(struct bytes name, enum note_type type, const uint8_t public_key[32],
                   struct note_key *ret_key) {
    char data[NOTE_NAME_MAX + 2 + sizeof ret_key->public_key];
    struct note_key key = {.type = type};
    memcpy(key.name, name.ptr, name.len);
    memcpy(key.public_key, public_key, sizeof key.public_key);
    memcpy(data, name.ptr, name.len);
    data[name.len] = '\n';
    data[name.len + 1] = (char)type;
    memcpy(data + name.len + 2, public_key, sizeof key.public_key);
    struct sha256 hash = sha256_of((struct bytes){data, name.len + 2 + sizeof key.public_key});
    memcpy(key.id, hash.bytes, sizeof key.id);
    *ret_key = key;
}

bool note_decode(struct bytes text, void *ret_data, size_t len) {
    uint8_t decoded[NOTE_DECODE_MAX + 3];
    char again[(NOTE_DECODE_MAX + 2) / 3 * 4];
    size_t decoded_len;
    if (len > NOTE_DECODE_MAX || text.len != base64_text_len(len) ||
        !base64_to_bytes(text, decoded, &decoded_len) || decoded_len != len)
        return false;
    base64_to_text((struct bytes){(const char *)decoded, len}, again);
    if (memcmp(again, text.ptr, text.len) != 0)
        return false;
    memcpy(ret_data, decoded, len);
    return true;
}

bool note_key_parse(struct bytes vkey, struct note_key *ret_key, struct error *err) {
    struct bytes rest = vkey;
    struct bytes name = bytes_split(&rest, '+'), hex = bytes_split(&rest, '+');
    struct note_key key;
    uint8_t id[ID], data[1 + sizeof key.public_key];
    if (!note_name_fits(name) || hex.len != 2 * sizeof id || !hex_decode(hex, id, sizeof id) ||
        !note_decode(rest, data, sizeof data) || (data[0] != NOTE_ED25519 && data[0] != NOTE_COSIGNATURE))
        return error_set(err, ERROR_VALIDATION,
                         "not a verifier key of the form name+hash+key, of Ed25519 or cosignature/v1");
    note_key_make(name, data[0], data + 1, &key);
    if (memcmp(id, key.id, sizeof id) != 0)
        return error_set(err, ERROR_VALIDATION, "the verifier key of %s has a wrong hash: a letter is wrong",
                         key.name);
    *ret_key = key;
    return true;
}

void note_key_format(const struct note_key *key, char out[NOTE_VKEY_MAX]) {
    char data[1 + sizeof key->public_key], hex[2 * ID + 1], base64[64];
    data[0] = (char)key->type;
    memcpy(data + 1, key->public_key, sizeof key->public_key);
    hex_encode(key->id, ID, hex);
    base64_to_text((struct bytes){data, sizeof data}, base64);
    snprintf(out, NOTE_VKEY_MAX, "%s+%s+%.*s", key->name, hex, (int)base64_text_len(sizeof data), base64);
}

void note_signer_make(struct bytes name, const uint8_t seed[32], struct note_signer *ret_signer) {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    crypto_sign_seed_keypair(public_key, ret_signer->secret_key, seed);
    note_key_make(name, NOTE_ED25519, public_key, &ret_signer->key);
}

static bool take_line(struct bytes *rest, struct line *ret_line) {
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!end || !bytes_starts_with(*rest, DASH))
        return false;
    struct bytes whole = {rest->ptr, (size_t)(end + 1 - rest->ptr)};
    struct bytes body = {whole.ptr + strlen(DASH), whole.len - strlen(DASH) - 1};
    struct line line = {.whole = whole, .name = bytes_split(&body, ' '), .base64 = body};
    if (line.name.len == 0 || line.base64.len == 0)
        return false;
    rest->ptr += whole.len;
    rest->len -= whole.len;
    *ret_line = line;
    return true;
}

/* Behind the last blank line; the text may have some too. */
static const char *signatures_of(struct bytes data) {
    for (size_t i = data.len; i >= 2; i--)
        if (data.ptr[i - 1] == '\n' && data.ptr[i - 2] == '\n')
            return data.ptr + i;
    return NULL;
}

bool note_parse(struct bytes data, struct note *ret_note, struct error *err) {
    const char *signatures = data.len <= LIMIT_RECORD_NOTE ? signatures_of(data) : NULL;
    struct line line;
    size_t count = 0;
    if (!signatures)
        return error_set(err, ERROR_VALIDATION, "not a signed note: it has no text and signatures");
    struct note note = {{data.ptr, (size_t)(signatures - data.ptr) - 1},
                        {signatures, (size_t)(data.ptr + data.len - signatures)}};
    for (size_t i = 0; i < note.text.len; i++)
        if ((note.text.ptr[i] < ' ' && note.text.ptr[i] != '\n') || note.text.ptr[i] > '~')
            return error_set(err, ERROR_VALIDATION, "not a signed note: its text has strange characters");
    for (size_t i = 0; i < note.signatures.len; i++)
        if ((uint8_t)note.signatures.ptr[i] < ' ' && note.signatures.ptr[i] != '\n')
            return error_set(err, ERROR_VALIDATION, "not a signed note: strange characters below its text");
    struct bytes rest = note.signatures;
    while (rest.len > 0)
        if (!take_line(&rest, &line) || ++count > LIMIT_RECORD_SIGNATURES)
            return error_set(err, ERROR_VALIDATION,
                             "not a signed note: a line below its text is no signature");
    if (count == 0)
        return error_set(err, ERROR_VALIDATION, "the note has no signature");
    *ret_note = note;
    return true;
}

static uint64_t read_time(const uint8_t bytes[TIME]) {
    uint64_t time = 0;
    for (int i = 0; i < TIME; i++)
        time = time << 8 | bytes[i];
    return time;
}

/* signature: what stands behind the id. */
static bool is_good(const struct note_key *key, struct bytes text, const uint8_t *signature,
                    int64_t *ret_time) {
    if (key->type == NOTE_ED25519) {
        *ret_time = 0;
        return crypto_sign_verify_detached(signature, (const uint8_t *)text.ptr, text.len, key->public_key) ==
               0;
    }
    uint64_t time = read_time(signature);
    struct buffer message = buffer_new(LIMIT_RECORD_NOTE + 64);
    buffer_printf(&message, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
    buffer_append(&message, text.ptr, text.len);
    bool good = !message.failed && time <= INT64_MAX &&
                crypto_sign_verify_detached(signature + TIME, (const uint8_t *)message.data, message.len,
                                            key->public_key) == 0;
    buffer_release(&message);
    *ret_time = (int64_t)time;
    return good;
}

/* What one line says about a key. A line with its name and id is of this key, whatever else it has. */
static enum note_finding check_line(const struct line *line, const struct note_key *key, struct bytes text,
                                    int64_t *ret_time) {
    uint8_t data[SIGNATURE_MAX], head[6]; /* 8 letters are 6 bytes, of which the first 4 are the id */
    size_t len = ID + SIGNATURE + (key->type == NOTE_COSIGNATURE ? TIME : 0);
    int64_t time;
    if (!bytes_equal_string(line->name, key->name) || line->base64.len < 8 ||
        !note_decode((struct bytes){line->base64.ptr, 8}, head, sizeof head) ||
        memcmp(head, key->id, ID) != 0)
        return NOTE_ABSENT;
    if (!note_decode(line->base64, data, len) || !is_good(key, text, data + ID, &time))
        return NOTE_WRONG;
    *ret_time = time;
    return NOTE_GOOD;
}

/* The key's line, when it has one: the first that is wrong, else the first that is good. */
static enum note_finding find(const struct note *note, const struct note_key *key, struct line *ret_line,
                              int64_t *ret_time) {
    enum note_finding found = NOTE_ABSENT;
    struct bytes rest = note->signatures;
    struct line line;
    int64_t time;
    while (take_line(&rest, &line)) {
        enum note_finding one = check_line(&line, key, note->text, &time);
        if (one == NOTE_WRONG)
            return one;
        if (one == NOTE_GOOD && found == NOTE_ABSENT) {
            found = one;
            *ret_line = line;
            *ret_time = time;
        }
    }
    return found;
}

enum note_finding note_check(const struct note *note, const struct note_key *key, int64_t *ret_time) {
    struct line line;
    return find(note, key, &line, ret_time);
}

void note_copy_signature(const struct note *note, const struct note_key *key, struct buffer *out) {
    struct line line;
    int64_t time;
    if (find(note, key, &line, &time) == NOTE_GOOD)
        buffer_append(out, line.whole.ptr, line.whole.len);
}

void note_sign(const struct note_signer *signer, struct bytes text, struct buffer *out) {
    uint8_t data[ID + SIGNATURE];
    char base64[128];
    memcpy(data, signer->key.id, ID);
    crypto_sign_detached(data + ID, NULL, (const uint8_t *)text.ptr, text.len, signer->secret_key);
    base64_to_text((struct bytes){(const char *)data, sizeof data}, base64);
    buffer_printf(out, DASH "%s %.*s\n", signer->key.name, (int)base64_text_len(sizeof data), base64);
}
