/* The rows of an index in chunks, so that growing never moves any of them: codes, faces, full vectors.
 *
 * Each chunk has its own lock, held for a moment to write a row and as long as it takes to scan one chunk. A
 * row keeps its place for life. */
#ifndef MATCH_ROWS_H
#define MATCH_ROWS_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/limits.h"
#include "base/uuid.h"
#include "match/code.h"
#include "match/vectors.h"

enum {
    CHUNK_ROWS = 4096,
    CHUNK_GROUPS = CHUNK_ROWS / KERNEL_GROUP,
    CHUNKS_MAX = LIMIT_COLLECTION_FACES / CHUNK_ROWS + 1
};

struct chunk {
    pthread_rwlock_t lock;
    size_t used;        /* rows from the first on that were ever written, a multiple of KERNEL_GROUP */
    uint8_t *groups;    /* CHUNK_GROUPS coarse groups */
    uint8_t *fine;      /* CHUNK_ROWS fine halves */
    float *longest;     /* of each group: no row in it was ever longer */
    struct uuid *faces; /* of each row */
};

struct rows {
    struct code_shape shape;
    struct vectors *vectors;
    struct chunk **chunks;
    atomic_size_t chunk_count; /* chunks below it are there for good */
    void **slabs;              /* what the chunks stand in */
};

MUST_CHECK bool rows_new(size_t dimension, const char *folder, struct rows *ret_rows, struct error *err);
void rows_free(struct rows *rows);

static inline struct chunk *rows_chunk(const struct rows *rows, size_t row) {
    return rows->chunks[row / CHUNK_ROWS];
}

/* Copies the row, if it holds a face; *ret_held says so. scratch: vectors_width floats. Beside a writer. */
MUST_CHECK bool rows_copy(const struct rows *rows, size_t row, struct uuid *ret_face, float *ret_vector,
                          float *scratch, bool *ret_held, struct error *err);
/* Bytes in memory. */
size_t rows_memory(const struct rows *rows);

/* The rest is for one writer at a time. */

/* Writes a row; a new one is at most one behind the last. code: that of the vector, by code_make. */
MUST_CHECK bool rows_write(struct rows *rows, size_t row, struct uuid face, const float *vector,
                           const struct code *code, struct error *err);
/* The row is found no more. Its face becomes `mark`, for the caller's own use. */
void rows_erase(struct rows *rows, size_t row, struct uuid mark);

#endif
