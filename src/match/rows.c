/* The memory of a chunk is touched as it fills. Beyond the first chunk, those of 64 Ki rows share a slab that
 * asks the system for large pages: a scan of small ones spends half of its time on finding where they are.
 * The coarse groups of a slab's chunks follow each other, because memory is fast only where it is read on and
 * on.
 *
 * Rows that are erased leave room that only their own list uses again, so that there can be more rows than
 * faces, up to VECTORS_MAX. */
#include <sys/mman.h>
#include "match/rows.h"

enum { SLAB_ROWS = 64 * 1024, SLABS_MAX = VECTORS_MAX / SLAB_ROWS + 2, LARGE_PAGE = 2 * 1024 * 1024 };

static size_t align(size_t size) {
    return (size + 63) / 64 * 64;
}

static size_t chunks_max(const struct rows *rows) {
    return VECTORS_MAX / rows->chunk_rows;
}

static size_t groups_bytes(const struct rows *rows) {
    return rows->chunk_rows / KERNEL_GROUP * rows->shape.group_bytes;
}

static size_t fine_bytes(const struct rows *rows) {
    return align(rows->chunk_rows * rows->shape.fine_bytes);
}

static size_t longest_bytes(const struct rows *rows) {
    return align(rows->chunk_rows / KERNEL_GROUP * sizeof(float));
}

/* All of a chunk but its groups. */
static size_t rest_bytes(const struct rows *rows) {
    return align(sizeof(struct chunk)) + fine_bytes(rows) + longest_bytes(rows) +
           rows->chunk_rows * sizeof(struct uuid);
}

bool rows_new(size_t dimension, const char *folder, size_t list_count, size_t chunk_rows,
              struct rows *ret_rows, struct error *err) {
    struct vectors *vectors;
    struct list *lists = calloc(list_count, sizeof *lists);
    if (!lists)
        return error_set(err, ERROR_INTERNAL, "no memory for an index");
    if (!vectors_new(dimension, folder, &vectors, err)) {
        free(lists);
        return false;
    }
    for (size_t i = 0; i < list_count; i++)
        lists[i] = (struct list){.first = CHUNK_NONE, .free_row = ROW_NONE};
    *ret_rows = (struct rows){.shape = code_shape_of(dimension),
                              .vectors = vectors,
                              .chunk_rows = chunk_rows,
                              .lists = lists,
                              .list_count = list_count};
    return true;
}

void rows_free(struct rows *rows) {
    for (size_t i = 0; i < rows->chunk_count; i++)
        pthread_rwlock_destroy(&rows->chunks[i]->lock);
    for (size_t i = 0; rows->slabs && i < SLABS_MAX; i++)
        free(rows->slabs[i]);
    free(rows->slabs);
    free(rows->chunks);
    free(rows->lists);
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

/* Finds where chunk number `chunk` goes. Slab 0 is the first chunk alone. */
static bool place(struct rows *rows, size_t chunk, uint8_t **ret_groups, uint8_t **ret_rest) {
    size_t together = SLAB_ROWS / rows->chunk_rows, slab = (chunk + together - 1) / together;
    size_t chunks = chunk == 0 ? 1 : together, bytes = chunks * (groups_bytes(rows) + rest_bytes(rows));
    uint8_t **start = &rows->slabs[slab];
    if (!*start && chunk == 0)
        *start = aligned_alloc(64, bytes);
    else if (!*start) {
        size_t size = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
        *start = aligned_alloc(LARGE_PAGE, size);
        if (*start)
            madvise(*start, size, MADV_HUGEPAGE);
    }
    if (!*start)
        return false;
    size_t at = chunk == 0 ? 0 : (chunk - 1) % together;
    *ret_groups = *start + at * groups_bytes(rows);
    *ret_rest = *start + chunks * groups_bytes(rows) + at * rest_bytes(rows);
    return true;
}

/* Puts a chunk at the end of its list, which becomes able to take rows. */
static void append(struct rows *rows, struct list *list, uint32_t number) {
    if (list->first == CHUNK_NONE)
        list->first = number;
    else
        rows->chunks[list->last]->next = number;
    list->last = number;
    list->next_row = (uint32_t)(number * rows->chunk_rows);
    list->room = (uint32_t)rows->chunk_rows;
}

static bool add_chunk(struct rows *rows, size_t list) {
    size_t count = rows->chunk_count;
    uint8_t *groups, *rest;
    if ((!rows->chunks && !(rows->chunks = calloc(chunks_max(rows), sizeof(struct chunk *)))) ||
        (!rows->slabs && !(rows->slabs = calloc(SLABS_MAX, sizeof *rows->slabs))) ||
        count == chunks_max(rows) || !place(rows, count, &groups, &rest))
        return false;
    struct chunk *chunk = (struct chunk *)rest;
    if (!make_lock(&chunk->lock))
        return false;
    chunk->list = (uint32_t)list;
    chunk->next = CHUNK_NONE;
    chunk->used = 0;
    chunk->groups = groups;
    chunk->fine = rest + align(sizeof *chunk);
    chunk->longest = (float *)(chunk->fine + fine_bytes(rows));
    chunk->faces = (struct uuid *)((uint8_t *)chunk->longest + longest_bytes(rows));
    rows->chunks[count] = chunk;
    rows->chunk_count = count + 1;
    append(rows, &rows->lists[list], (uint32_t)count);
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
    struct chunk *chunk = rows_chunk(rows, row);
    size_t at = row % rows->chunk_rows, group = at / KERNEL_GROUP;
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

bool rows_add(struct rows *rows, size_t list_number, struct uuid face, const float *vector,
              const struct code *code, uint32_t *ret_row, struct error *err) {
    struct list *list = &rows->lists[list_number];
    bool again = list->free_row != ROW_NONE;
    if (!again && list->room == 0 && !add_chunk(rows, list_number))
        return error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
    uint32_t row = again ? list->free_row : list->next_row;
    struct uuid mark = again ? rows_face(rows, row) : face;
    if (!rows_write(rows, row, face, vector, code, err))
        return false;
    if (again) {
        memcpy(&list->free_row, mark.bytes, sizeof list->free_row);
    } else {
        list->next_row++;
        list->room--;
    }
    *ret_row = row;
    return true;
}

void rows_erase(struct rows *rows, size_t row) {
    struct chunk *chunk = rows_chunk(rows, row);
    struct list *list = &rows->lists[chunk->list];
    size_t at = row % rows->chunk_rows;
    struct uuid mark = {{0}};
    memcpy(mark.bytes, &list->free_row, sizeof list->free_row);
    pthread_rwlock_wrlock(&chunk->lock);
    code_erase(&rows->shape, chunk->groups + at / KERNEL_GROUP * rows->shape.group_bytes, at % KERNEL_GROUP,
               chunk->fine + at * rows->shape.fine_bytes);
    chunk->faces[at] = mark;
    vectors_erase(rows->vectors, row);
    pthread_rwlock_unlock(&chunk->lock);
    list->free_row = (uint32_t)row;
}

bool rows_copy(const struct rows *rows, size_t row, struct uuid *ret_face, float *ret_vector, float *scratch,
               bool *ret_held, struct error *err) {
    struct chunk *chunk = rows_chunk(rows, row);
    size_t at = row % rows->chunk_rows;
    const float *vector = NULL;
    pthread_rwlock_rdlock(&chunk->lock);
    bool held = at < chunk->used && !code_erased(chunk->fine + at * rows->shape.fine_bytes);
    bool good = !held || !ret_vector || (vector = vectors_read(rows->vectors, row, scratch));
    if (vector)
        memcpy(ret_vector, vector, rows->shape.dimension * sizeof *ret_vector);
    if (held)
        *ret_face = chunk->faces[at];
    pthread_rwlock_unlock(&chunk->lock);
    if (!good)
        return error_set(err, ERROR_INTERNAL, "a vector of the index cannot be read");
    *ret_held = held;
    return true;
}

size_t rows_memory(const struct rows *rows) {
    size_t chunks = rows->chunk_count;
    return chunks * (groups_bytes(rows) + rest_bytes(rows) + sizeof(struct chunk *)) +
           rows->list_count * sizeof *rows->lists + vectors_memory(rows->vectors);
}
