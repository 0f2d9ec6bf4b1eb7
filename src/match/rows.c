/* The memory of a chunk is touched as it fills. Beyond the first chunk, 16 of them share a slab that asks the
 * system for large pages: a scan of small ones spends half of its time on finding where they are. */
#include <sys/mman.h>
#include "match/rows.h"

enum { SLAB_CHUNKS = 16, SLABS_MAX = CHUNKS_MAX / SLAB_CHUNKS + 2, LARGE_PAGE = 2 * 1024 * 1024 };

static size_t align(size_t size) {
    return (size + 63) / 64 * 64;
}

static size_t groups_bytes(const struct rows *rows) {
    return CHUNK_GROUPS * rows->shape.group_bytes;
}

static size_t fine_bytes(const struct rows *rows) {
    return align(CHUNK_ROWS * rows->shape.fine_bytes);
}

static size_t chunk_bytes(const struct rows *rows) {
    return groups_bytes(rows) + fine_bytes(rows) + align(CHUNK_GROUPS * sizeof(float)) +
           CHUNK_ROWS * sizeof(struct uuid) + align(sizeof(struct chunk));
}

bool rows_new(size_t dimension, const char *folder, struct rows *ret_rows, struct error *err) {
    struct vectors *vectors;
    if (!vectors_new(dimension, folder, &vectors, err))
        return false;
    *ret_rows = (struct rows){.shape = code_shape_of(dimension), .vectors = vectors};
    return true;
}

void rows_free(struct rows *rows) {
    for (size_t i = 0; i < rows->chunk_count; i++)
        pthread_rwlock_destroy(&rows->chunks[i]->lock);
    for (size_t i = 0; rows->slabs && i < SLABS_MAX; i++)
        free(rows->slabs[i]);
    free(rows->slabs);
    free(rows->chunks);
    vectors_free(rows->vectors);
}

/* By default glibc lets new readers pass a waiting writer: under steady searches an insert would never come.
 */
static bool make_lock(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t fair;
    if (pthread_rwlockattr_init(&fair) != 0)
        return false;
    bool made = pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0 &&
                pthread_rwlock_init(lock, &fair) == 0;
    pthread_rwlockattr_destroy(&fair);
    return made;
}

/* Where chunk number `chunk` goes; NULL without memory. Slab 0 is the first chunk alone. */
static uint8_t *place(struct rows *rows, size_t chunk) {
    size_t slab = (chunk + SLAB_CHUNKS - 1) / SLAB_CHUNKS, bytes = chunk_bytes(rows);
    if (chunk == 0)
        rows->slabs[0] = aligned_alloc(64, bytes);
    else if (!rows->slabs[slab]) {
        size_t size = (SLAB_CHUNKS * bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
        rows->slabs[slab] = aligned_alloc(LARGE_PAGE, size);
        if (rows->slabs[slab])
            madvise(rows->slabs[slab], size, MADV_HUGEPAGE);
    }
    uint8_t *start = rows->slabs[slab];
    return start && chunk > 0 ? start + (chunk - 1) % SLAB_CHUNKS * bytes : start;
}

static bool add_chunk(struct rows *rows) {
    size_t count = rows->chunk_count;
    if ((!rows->chunks && !(rows->chunks = calloc(CHUNKS_MAX, sizeof *rows->chunks))) ||
        (!rows->slabs && !(rows->slabs = calloc(SLABS_MAX, sizeof *rows->slabs))) || count == CHUNKS_MAX)
        return false;
    uint8_t *memory = place(rows, count);
    if (!memory)
        return false;
    struct chunk *chunk = (struct chunk *)memory;
    if (!make_lock(&chunk->lock))
        return false;
    chunk->used = 0;
    chunk->groups = memory + align(sizeof *chunk);
    chunk->fine = chunk->groups + groups_bytes(rows);
    chunk->longest = (float *)(chunk->fine + fine_bytes(rows));
    chunk->faces = (struct uuid *)((uint8_t *)chunk->longest + align(CHUNK_GROUPS * sizeof(float)));
    rows->chunks[count] = chunk;
    rows->chunk_count = count + 1;
    return true;
}

/* A group that is used for the first time has no row. */
static void open_group(const struct rows *rows, struct chunk *chunk) {
    size_t first = chunk->used;
    for (size_t lane = 0; lane < KERNEL_GROUP; lane++)
        code_erase(&rows->shape, chunk->groups + first / KERNEL_GROUP * rows->shape.group_bytes, lane,
                   chunk->fine + (first + lane) * rows->shape.fine_bytes);
    memset(chunk->faces + first, 0, KERNEL_GROUP * sizeof *chunk->faces);
    chunk->longest[first / KERNEL_GROUP] = 0;
    chunk->used += KERNEL_GROUP;
}

bool rows_write(struct rows *rows, size_t row, struct uuid face, const float *vector, const struct code *code,
                struct error *err) {
    if (row / CHUNK_ROWS == rows->chunk_count && !add_chunk(rows))
        return error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
    struct chunk *chunk = rows_chunk(rows, row);
    size_t at = row % CHUNK_ROWS, group = at / KERNEL_GROUP;
    pthread_rwlock_wrlock(&chunk->lock);
    bool written = vectors_write(rows->vectors, row, vector, err);
    if (written) {
        if (at == chunk->used)
            open_group(rows, chunk);
        code_write(&rows->shape, code, chunk->groups + group * rows->shape.group_bytes, at % KERNEL_GROUP,
                   chunk->fine + at * rows->shape.fine_bytes);
        chunk->longest[group] = MAX(chunk->longest[group], code->length);
        chunk->faces[at] = face;
    }
    pthread_rwlock_unlock(&chunk->lock);
    return written;
}

void rows_erase(struct rows *rows, size_t row, struct uuid mark) {
    struct chunk *chunk = rows_chunk(rows, row);
    size_t at = row % CHUNK_ROWS;
    pthread_rwlock_wrlock(&chunk->lock);
    code_erase(&rows->shape, chunk->groups + at / KERNEL_GROUP * rows->shape.group_bytes, at % KERNEL_GROUP,
               chunk->fine + at * rows->shape.fine_bytes);
    chunk->faces[at] = mark;
    vectors_erase(rows->vectors, row);
    pthread_rwlock_unlock(&chunk->lock);
}

bool rows_copy(const struct rows *rows, size_t row, struct uuid *ret_face, float *ret_vector, float *scratch,
               bool *ret_held, struct error *err) {
    struct chunk *chunk = rows_chunk(rows, row);
    size_t at = row % CHUNK_ROWS;
    const float *vector = NULL;
    pthread_rwlock_rdlock(&chunk->lock);
    bool held = at < chunk->used && !code_erased(chunk->fine + at * rows->shape.fine_bytes);
    if (held && (vector = vectors_read(rows->vectors, row, scratch))) {
        memcpy(ret_vector, vector, rows->shape.dimension * sizeof *ret_vector);
        *ret_face = chunk->faces[at];
    }
    pthread_rwlock_unlock(&chunk->lock);
    if (held && !vector)
        return error_set(err, ERROR_INTERNAL, "a vector of the index cannot be read");
    *ret_held = held;
    return true;
}

size_t rows_memory(const struct rows *rows) {
    size_t chunks = rows->chunk_count;
    return chunks * (chunk_bytes(rows) + sizeof *rows->chunks) + vectors_memory(rows->vectors);
}
