/* A tile log that grows (C2SP tlog-tiles): entries in, files out. One process and one thread at a time.
 *
 * FOLDER/checkpoint says how large the log is; what lies there beyond it is not yet part of it. */
#ifndef RECORD_LOG_H
#define RECORD_LOG_H

#include "record/checkpoint.h"
#include "record/merkle.h"

struct log;

/* Opens the log in a folder, which is made when it is not there, or begins an empty one, whose checkpoint it
 * writes. Checks the checkpoint's signature and that its root is that of the last tiles. INTERNAL names what
 * is missing, damaged or of another key. signer stays the caller's and outlives the log. */
MUST_CHECK bool log_open(const char *folder, const struct note_signer *signer, struct log **ret_log,
                         struct error *err);
/* Takes NULL. What was not published is forgotten. */
void log_close(struct log *log);

/* Entries that the checkpoint on disk covers. */
uint64_t log_published(const struct log *log);
/* Published ones and those that were added since. */
uint64_t log_size(const struct log *log);
/* Adds an entry of at most LIMIT_RECORD_ENTRY bytes. Writes full tiles as they come. After a failure the log
 * is of no more use: close it and open it again. */
MUST_CHECK bool log_add(struct log *log, struct bytes entry, struct error *err);
/* Writes the partial tiles and gets everything onto the disk. What follows is log_checkpoint, which appends
 * the new signed checkpoint to *out, and log_publish. */
MUST_CHECK bool log_flush(struct log *log, struct error *err);
void log_checkpoint(const struct log *log, struct buffer *out);
/* Puts a checkpoint of log_size, signed by the log and perhaps by others, into its place and onto the disk.
 * Then removes partial tiles that have become full. */
MUST_CHECK bool log_publish(struct log *log, struct bytes checkpoint, struct error *err);
/* Proof that the log of old_size is the beginning of this one, which is flushed. */
MUST_CHECK bool log_prove_consistency(struct log *log, uint64_t old_size, struct merkle_proof *ret_proof,
                                      struct error *err);

#endif
