/* DIR/record.key: the secrets of a record, mode 0600. A text of four lines: what it is, the log's name
 * (origin), and in hex the 32 bytes of its signing key and the 32 of the salt of its commitments. */
#ifndef RECORD_KEY_H
#define RECORD_KEY_H

#include "record/note.h"

struct record_key {
    struct note_signer signer;
    uint8_t salt[32]; /* of commitments */
};

/* Reads the file. With `create`, makes it when it is not there, for `origin` or, with NULL, for a name with a
 * random number. INTERNAL when it is missing, may be read by others, is not whole, or is of another origin
 * than the one that is given. The caller wipes the key. */
MUST_CHECK bool record_key_open(const char *directory, const char *origin, bool create,
                                struct record_key *ret_key, struct error *err);

#endif
