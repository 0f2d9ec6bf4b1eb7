/* Concerns: what somebody inside has to say to people outside, through a server whose operator cannot read it
 * and cannot make it disappear unnoticed.
 *
 * A concern is sealed where it is written, to at least two recipients: a file key, in a libsodium sealed box
 * for each of them, and the text under it, padded to one of three sizes. All integers are little-endian.
 *
 *     16 bytes   "countenance/c1" and two zero bytes
 *      1 byte    how many recipients, 2 to LIMIT_CONCERN_RECIPIENTS
 *                for each: 32 bytes of X25519 public key, 80 of sealed box (crypto_box_seal) of the file key
 *     24 bytes   nonce
 *                secretbox (XSalsa20-Poly1305) of: 4 bytes of length, the text, zeros; 4, 16 or 64 KiB in all
 *
 * The server keeps it, and puts its SHA-256 into the record, with nothing about who brought it. The receipt
 * is a proof bundle (proof.h): with the log's verifier key alone anybody can tell that this concern was
 * lodged. */
#ifndef SANCTIONS_CONCERN_H
#define SANCTIONS_CONCERN_H

#include "base/buffer.h"
#include "base/limits.h"
#include "record/record.h"

#define CONCERN_RECIPIENTS_FILE                                                 \
    "concern-recipients" /* in the data folder: lines of NAME KEY, '#' comments \
                          */
#define CONCERN_SEALED_MAX (80u * 1024)
#define CONCERN_ID 36   /* letters of a UUID */
#define CONCERN_CODE 32 /* letters of a one-time code */

struct concern_recipient {
    char name[64];
    uint8_t key[32]; /* X25519 */
};

/* Of a file's text. VALIDATION names the line. */
MUST_CHECK bool concern_recipients_parse(struct bytes text, struct concern_recipient *ret_recipients,
                                         size_t *ret_count, struct error *err);

/* Appends the sealed form. VALIDATION: too long, or fewer than two different recipients. */
MUST_CHECK bool concern_seal(struct bytes text, const struct concern_recipient *recipients, size_t count,
                             struct buffer *out, struct error *err);
/* Whether it has the form, with at least two different recipients. VALIDATION. Nobody can tell what it says.
 */
MUST_CHECK bool concern_check(struct bytes sealed, struct error *err);
/* Appends the text. VALIDATION: not sealed to this key, or changed since. */
MUST_CHECK bool concern_open(struct bytes sealed, const uint8_t secret_key[32], struct buffer *out,
                             struct error *err);

/* Keeps it and records it; on disk when it returns true. Not inside a transaction. VALIDATION. */
MUST_CHECK bool concern_lodge(struct store *store, struct record *record, struct bytes sealed, int64_t now_ms,
                              char ret_id[CONCERN_ID + 1], uint64_t *ret_entry, struct error *err);
/* The same with a one-time code, which is gone then. ACCESS_DENIED. */
MUST_CHECK bool concern_lodge_by_code(struct store *store, struct record *record, struct bytes code,
                                      struct bytes sealed, int64_t now_ms, char ret_id[CONCERN_ID + 1],
                                      uint64_t *ret_entry, struct error *err);
/* A code, to be told once. */
MUST_CHECK bool concern_code_make(struct store *store, int64_t now_ms, char ret_code[CONCERN_CODE + 1],
                                  struct error *err);
/* Appends the receipt of an entry; waits until it is published. */
MUST_CHECK bool concern_receipt(struct store *store, struct record *record, uint64_t entry,
                                struct buffer *out, struct error *err);
/* An answer was given, outside; its digest is recorded. NOT_FOUND. */
MUST_CHECK bool concern_answer(struct store *store, struct record *record, const char *id, const char *person,
                               struct sha256 answer, int64_t now_ms, struct error *err);

#endif
