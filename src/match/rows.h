/* The rows of an index in chunks, so that growing never moves any of them: codes, faces, full vectors.
 *
 * Each chunk has its own lock, held for a moment to write a row and as long as it takes to scan one chunk. A
 * row keeps its place for life. Every chunk belongs to one of the lists: a plain index has one, a grouped one
 * (centres.h) one a centre, and smaller chunks. */
#ifndef MATCH_ROWS_H
#define MATCH_ROWS_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/uuid.h"
#include "match/code.h"
#include "match/vectors.h"

#define ROW_NONE UINT32_MAX
#define CHUNK_NONE UINT32_MAX

enum {
    CHUNK_ROWS =
        4096, /* of a plain index; others have fewer, a multiple of KERNEL_GROUP and a power of two */
    CHUNK_ROWS_MIN = 32
};

struct chunk {
    pthread_rwlock_t lock;
    uint32_t list;
    _Atomic uint32_t next; /* the chunk that its list got after it, or CHUNK_NONE */
    size_t used;           /* rows from the first on that were ever written, a multiple of KERNEL_GROUP */
    uint8_t *groups;       /* coarse groups */
    uint8_t *fine;         /* fine halves */
    float *longest;        /* of each group: no row in it was ever longer */
    struct uuid *faces;    /* of each row; of one that was erased, the next that is free */
};

struct list {
    _Atomic uint32_t first;  /* its first chunk, or CHUNK_NONE */
    uint32_t last;           /* if it has a first one */
    uint32_t next_row, room; /* in that: the first row that was never written, and how many are left */
    uint32_t free_row;       /* the last that was erased, or ROW_NONE */
};

struct rows {
    struct code_shape shape;
    struct vectors *vectors;
    size_t chunk_rows;
    struct list *lists;
    size_t list_count;
    struct chunk **chunks;
    atomic_size_t chunk_count; /* chunks below it are there for good */
    uint8_t **slabs;           /* what the chunks stand in */
};

/* folder as in vectors.h. */
MUST_CHECK bool rows_new(size_t dimension, const char *folder, size_t list_count, size_t chunk_rows,
                         struct rows *ret_rows, struct error *err);
void rows_free(struct rows *rows);

static inline struct chunk *rows_chunk(const struct rows *rows, size_t row) {
    return rows->chunks[row / rows->chunk_rows];
}

static inline struct uuid rows_face(const struct rows *rows, size_t row) {
    return rows_chunk(rows, row)->faces[row % rows->chunk_rows];
}

/* One behind the last row that there is. */
static inline size_t rows_end(const struct rows *rows) {
    return rows->chunk_count * rows->chunk_rows;
}

/* Copies the row, if it holds a face; *ret_held says so. ret_vector may be NULL. scratch: vectors_width
 * floats. Beside a writer. */
MUST_CHECK bool rows_copy(const struct rows *rows, size_t row, struct uuid *ret_face, float *ret_vector,
                          float *scratch, bool *ret_held, struct error *err);
/* Bytes in memory. */
size_t rows_memory(const struct rows *rows);

/* The rest is for one writer at a time. */

/* Writes a new row of the list. code: that of the vector, by code_make. */
MUST_CHECK bool rows_add(struct rows *rows, size_t list, struct uuid face, const float *vector,
                         const struct code *code, uint32_t *ret_row, struct error *err);
/* Writes a row that holds a face anew. */
MUST_CHECK bool rows_write(struct rows *rows, size_t row, struct uuid face, const float *vector,
                           const struct code *code, struct error *err);
/* The row is found no more, and is the first of its list to be used again. */
void rows_erase(struct rows *rows, size_t row);

#endif
