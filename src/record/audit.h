/* A whole log, held against its checkpoint: every entry, every tile, the root. Trusts nothing in the folder
 * but what the verifier key signs. */
#ifndef RECORD_AUDIT_H
#define RECORD_AUDIT_H

#include "record/checkpoint.h"

/* VALIDATION says what is wrong and where. *ret_checkpoint is what all was held against. */
MUST_CHECK bool audit_log(const char *folder, const struct note_key *log, struct checkpoint *ret_checkpoint,
                          struct error *err);
/* Whether the signed checkpoint `older` is of the beginning of the log that `newer` is of, by the tiles in
 * the folder. VALIDATION: it is not, or one of them is not of this log. */
MUST_CHECK bool audit_consistency(const char *folder, const struct note_key *log, struct bytes older,
                                  struct bytes newer, struct checkpoint *ret_older,
                                  struct checkpoint *ret_newer, struct error *err);

#endif
