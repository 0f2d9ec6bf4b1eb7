/* A checkpoint (C2SP tlog-checkpoint): the signed text that says how large a log is and what its root is. */
#ifndef RECORD_CHECKPOINT_H
#define RECORD_CHECKPOINT_H

#include "base/digest.h"
#include "record/note.h"

struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    struct sha256 root;
};

/* Appends the three lines. */
void checkpoint_write(const struct checkpoint *checkpoint, struct buffer *out);
/* From a note's text. Origins that are no proper key name are refused; lines behind the third are allowed and
 * mean nothing. VALIDATION. */
MUST_CHECK bool checkpoint_read(struct bytes text, struct checkpoint *ret_checkpoint, struct error *err);
/* Takes a signed checkpoint apart and checks that this log made it: the key's name is the origin and its
 * signature is good. VALIDATION. ret_note may be NULL. */
MUST_CHECK bool checkpoint_open(struct bytes data, const struct note_key *log,
                                struct checkpoint *ret_checkpoint, struct note *ret_note, struct error *err);

#endif
