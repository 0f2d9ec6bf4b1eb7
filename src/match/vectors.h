/* The vectors of an index in full precision, by row: read for the few that codes cannot tell apart.
 *
 * They stand in memory, or in a file without a name in a folder of the caller's (mode 0600, gone with the
 * process), each under ChaCha20 with a key that is in this process alone and a nonce used once: no vector is
 * on disk in clear. The file is read and written by calls, not mapped: a full or broken disk is then an error
 * and not the end of the process, and what is cached of it belongs to the system.
 *
 * Different rows may be used at once; writing or erasing a row needs it alone, and one writer at a time. */
#ifndef MATCH_VECTORS_H
#define MATCH_VECTORS_H

#include "base/error.h"
#include "base/limits.h"

#define VECTORS_MAX (2u * LIMIT_COLLECTION_FACES) /* rows: there may be some that hold no face */

struct vectors;

/* folder NULL: in memory. */
MUST_CHECK bool vectors_new(size_t dimension, const char *folder, struct vectors **ret_vectors,
                            struct error *err);
void vectors_free(struct vectors *vectors);
/* Floats in a row as vectors_read gives it: the dimension, and zeros up to a multiple of KERNEL_LANE. */
size_t vectors_width(const struct vectors *vectors);
/* Rows are below VECTORS_MAX. */
MUST_CHECK bool vectors_write(struct vectors *vectors, size_t row, const float *vector, struct error *err);
/* A row that was written: where it is, or scratch (vectors_width floats) filled with it. NULL when the disk
 * gives it back no more. */
const float *vectors_read(const struct vectors *vectors, size_t row, float *scratch);
/* No trace of it stays. */
void vectors_erase(struct vectors *vectors, size_t row);
/* Bytes in memory. */
size_t vectors_memory(const struct vectors *vectors);
/* Is reading a row a call into the system? */
bool vectors_on_disk(const struct vectors *vectors);

#endif
