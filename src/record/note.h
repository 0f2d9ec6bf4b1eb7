/* Signed notes (C2SP signed-note): a text and lines of signatures under it; and the two kinds of Ed25519
 * signature on checkpoints: the log's own (type 0x01) and a witness's cosignature/v1 (C2SP tlog-cosignature,
 * type 0x04), which tells when it was made. Signatures of other kinds are passed over. */
#ifndef RECORD_NOTE_H
#define RECORD_NOTE_H

#include "base/buffer.h"
#include "base/error.h"

#define NOTE_NAME_MAX 255 /* bytes of a key's name */
#define NOTE_VKEY_MAX 320 /* of a verifier key as text, with its NUL */

#define NOTE_DECODE_MAX 96

enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };

/* Who signs, as others know it. */
struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint8_t id[4];
    enum note_type type;
    uint8_t public_key[32];
};

struct note_signer {
    struct note_key key;
    uint8_t secret_key[64]; /* libsodium's form; wiped by who holds it */
};

/* A signed note; views of its bytes. */
struct note {
    struct bytes text;       /* with its last line end */
    struct bytes signatures; /* whole lines */
};

enum note_finding { NOTE_ABSENT, NOTE_WRONG, NOTE_GOOD };

/* Base64 of exactly len bytes, at most NOTE_DECODE_MAX, in its only form: no bit of the text is without
 * meaning. */
MUST_CHECK bool note_decode(struct bytes text, void *ret_data, size_t len);
/* A name of printable ASCII without blanks and '+'. */
bool note_name_fits(struct bytes name);
/* The name fits. */
void note_key_make(struct bytes name, enum note_type type, const uint8_t public_key[32],
                   struct note_key *ret_key);
/* "name+hex+base64", a verifier key of one of the two types. VALIDATION. */
MUST_CHECK bool note_key_parse(struct bytes vkey, struct note_key *ret_key, struct error *err);
void note_key_format(const struct note_key *key, char out[NOTE_VKEY_MAX]);
/* A log's key from 32 secret bytes; the name fits. */
void note_signer_make(struct bytes name, const uint8_t seed[32], struct note_signer *ret_signer);

/* Takes a note apart; its text is ASCII, as that of a checkpoint is. At most LIMIT_RECORD_NOTE bytes and
 * LIMIT_RECORD_SIGNATURES signatures. VALIDATION. */
MUST_CHECK bool note_parse(struct bytes data, struct note *ret_note, struct error *err);
/* What the note has of this key. *ret_time is set when it is good: seconds since 1970, 0 for a log's own
 * signature, which tells no time. */
enum note_finding note_check(const struct note *note, const struct note_key *key, int64_t *ret_time);
/* Appends the signature line of a log's own key to a note's text and blank line. */
void note_sign(const struct note_signer *signer, struct bytes text, struct buffer *out);
/* Appends the line of a good signature of the key, as it is in the note. */
void note_copy_signature(const struct note *note, const struct note_key *key, struct buffer *out);

#endif
