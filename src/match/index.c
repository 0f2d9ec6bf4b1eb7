/* Rows of floats in chunks of fixed size, so that growing never copies the collection, each padded to the
 * kernel's lane. A hash map (open addressing, linear probing) finds a face's row. Removing moves the last row
 * into the gap. A search keeps its best in a heap whose root is the worst of them; only what beats the root
 * enters, so after the first rows nearly all are passed by with one comparison. */
#include <math.h>
#include <pthread.h>
#include "match/index.h"
#include "base/limits.h"
#include "match/kernel.h"

enum { CHUNK_ROWS = 4096, BLOCK_ROWS = 256, CHUNKS_MAX = LIMIT_COLLECTION_FACES / CHUNK_ROWS + 1 };
#define SLOT_EMPTY UINT32_MAX

struct index {
    pthread_rwlock_t lock;
    size_t dimension, width; /* width: the dimension padded */
    size_t count, chunk_count;
    float **chunks;
    struct uuid *faces; /* of each row */
    size_t face_capacity;
    uint32_t *slots;   /* row numbers by hash */
    size_t slot_count; /* a power of two, at least twice the count */
};

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

bool index_new(int dimension, struct index **ret_index, struct error *err) {
    struct index *index = calloc(1, sizeof *index);
    if (!index || !make_lock(&index->lock)) {
        free(index);
        return error_set(err, ERROR_INTERNAL, "no memory for an index");
    }
    index->dimension = (size_t)dimension;
    index->width = (index->dimension + KERNEL_LANE - 1) / KERNEL_LANE * KERNEL_LANE;
    *ret_index = index;
    return true;
}

void index_free(struct index *index) {
    if (!index)
        return;
    for (size_t i = 0; i < index->chunk_count; i++)
        free(index->chunks[i]);
    free(index->chunks);
    free(index->faces);
    free(index->slots);
    pthread_rwlock_destroy(&index->lock);
    free(index);
}

static float *row_of(const struct index *index, size_t row) {
    return index->chunks[row / CHUNK_ROWS] + row % CHUNK_ROWS * index->width;
}

/* Face ids are random or checked to be ids; eight of their bytes, mixed, spread well enough. */
static size_t slot_of(const struct index *index, struct uuid face) {
    uint64_t a, b;
    memcpy(&a, face.bytes, sizeof a);
    memcpy(&b, face.bytes + 8, sizeof b);
    return (size_t)(((a ^ b) * 0x9e3779b97f4a7c15u) >> 20) & (index->slot_count - 1);
}

/* The slot that holds the face, or the empty one where it would go. */
static size_t find_slot(const struct index *index, struct uuid face) {
    size_t slot = slot_of(index, face);
    while (index->slots[slot] != SLOT_EMPTY && !uuid_equal(index->faces[index->slots[slot]], face))
        slot = (slot + 1) & (index->slot_count - 1);
    return slot;
}

static bool find_row(const struct index *index, struct uuid face, size_t *ret_row) {
    if (index->count == 0)
        return false;
    size_t slot = find_slot(index, face);
    if (index->slots[slot] == SLOT_EMPTY)
        return false;
    *ret_row = index->slots[slot];
    return true;
}

static bool grow_slots(struct index *index) {
    size_t slot_count = MAX(index->slot_count * 2, (size_t)1024);
    uint32_t *slots = malloc(slot_count * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xff, slot_count * sizeof *slots);
    free(index->slots);
    index->slots = slots;
    index->slot_count = slot_count;
    for (size_t row = 0; row < index->count; row++)
        index->slots[find_slot(index, index->faces[row])] = (uint32_t)row;
    return true;
}

static bool grow_faces(struct index *index) {
    size_t capacity = MAX(index->face_capacity * 2, (size_t)1024), size;
    struct uuid *faces = size_multiply(capacity, sizeof *faces, &size) ? realloc(index->faces, size) : NULL;
    if (!faces)
        return false;
    index->faces = faces;
    index->face_capacity = capacity;
    return true;
}

static bool add_chunk(struct index *index) {
    if (!index->chunks && !(index->chunks = calloc(CHUNKS_MAX, sizeof *index->chunks)))
        return false;
    if (index->chunk_count == CHUNKS_MAX)
        return false;
    float *chunk = aligned_alloc(64, CHUNK_ROWS * index->width * sizeof *chunk);
    if (!chunk)
        return false;
    index->chunks[index->chunk_count++] = chunk;
    return true;
}

/* Room for one more row. */
static bool reserve(struct index *index) {
    return (index->count < index->face_capacity || grow_faces(index)) &&
           ((index->count + 1) * 2 <= index->slot_count || grow_slots(index)) &&
           (index->count < index->chunk_count * CHUNK_ROWS || add_chunk(index));
}

static void write_row(struct index *index, size_t row, const float *vector) {
    float *to = row_of(index, row);
    memcpy(to, vector, index->dimension * sizeof *to);
    memset(to + index->dimension, 0, (index->width - index->dimension) * sizeof *to);
}

bool index_insert(struct index *index, struct uuid face, const float *vector, struct error *err) {
    for (size_t i = 0; i < index->dimension; i++)
        if (!isfinite(vector[i]))
            return error_set(err, ERROR_INTERNAL, "a vector with a number that is none cannot be indexed");
    size_t row;
    bool fits = true;
    pthread_rwlock_wrlock(&index->lock);
    if (find_row(index, face, &row))
        write_row(index, row, vector);
    else if ((fits = reserve(index))) {
        write_row(index, index->count, vector);
        index->faces[index->count] = face;
        index->slots[find_slot(index, face)] = (uint32_t)index->count;
        index->count++;
    }
    pthread_rwlock_unlock(&index->lock);
    return fits || error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
}

/* Empties a slot and moves later ones of the same run forward, so that no search stops at the gap. */
static void empty_slot(struct index *index, size_t slot) {
    size_t mask = index->slot_count - 1, next = slot;
    for (;;) {
        next = (next + 1) & mask;
        if (index->slots[next] == SLOT_EMPTY)
            break;
        size_t home = slot_of(index, index->faces[index->slots[next]]);
        if (((next - home) & mask) >= ((next - slot) & mask)) {
            index->slots[slot] = index->slots[next];
            slot = next;
        }
    }
    index->slots[slot] = SLOT_EMPTY;
}

bool index_remove(struct index *index, struct uuid face) {
    size_t row;
    pthread_rwlock_wrlock(&index->lock);
    bool found = find_row(index, face, &row);
    if (found) {
        size_t last = index->count - 1;
        empty_slot(index, find_slot(index, face));
        if (row != last) {
            size_t last_slot = find_slot(index, index->faces[last]);
            memcpy(row_of(index, row), row_of(index, last), index->width * sizeof(float));
            index->faces[row] = index->faces[last];
            index->slots[last_slot] = (uint32_t)row;
        }
        memset(row_of(index, last), 0, index->width * sizeof(float));
        index->count = last;
    }
    pthread_rwlock_unlock(&index->lock);
    return found;
}

size_t index_count(struct index *index) {
    pthread_rwlock_rdlock(&index->lock);
    size_t count = index->count;
    pthread_rwlock_unlock(&index->lock);
    return count;
}

bool index_vector(struct index *index, struct uuid face, float *ret_vector) {
    size_t row;
    pthread_rwlock_rdlock(&index->lock);
    bool found = find_row(index, face, &row);
    if (found)
        memcpy(ret_vector, row_of(index, row), index->dimension * sizeof *ret_vector);
    pthread_rwlock_unlock(&index->lock);
    return found;
}

/* Comes a after b in the reply? */
static bool worse(const struct index_match *a, const struct index_match *b) {
    if (a->cosine != b->cosine)
        return a->cosine < b->cosine;
    return memcmp(a->face.bytes, b->face.bytes, sizeof a->face.bytes) > 0;
}

static void sift_down(struct index_match *heap, size_t count, size_t at) {
    for (;;) {
        size_t worst = at, left = 2 * at + 1, right = left + 1;
        if (left < count && worse(&heap[left], &heap[worst]))
            worst = left;
        if (right < count && worse(&heap[right], &heap[worst]))
            worst = right;
        if (worst == at)
            return;
        struct index_match swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

static void sift_up(struct index_match *heap, size_t at) {
    while (at > 0 && worse(&heap[at], &heap[(at - 1) / 2])) {
        struct index_match swap = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

struct search {
    float threshold;
    size_t maximum, count;
    const struct uuid *exclude;
    struct index_match *heap;
};

static void consider(struct search *search, struct uuid face, float cosine) {
    struct index_match match = {face, cosine};
    if (!(cosine >= search->threshold) || (search->exclude && uuid_equal(face, *search->exclude)))
        return;
    if (search->count < search->maximum) {
        search->heap[search->count] = match;
        sift_up(search->heap, search->count++);
    } else if (worse(&search->heap[0], &match)) {
        search->heap[0] = match;
        sift_down(search->heap, search->count, 0);
    }
}

static void scan(const struct index *index, const float *probe, struct search *search) {
    kernel_dots *dots = kernel_best()->dots;
    float cosines[BLOCK_ROWS];
    for (size_t row = 0; row < index->count; row += BLOCK_ROWS) {
        size_t rows = MIN(index->count - row, (size_t)BLOCK_ROWS);
        dots(probe, row_of(index, row), index->width, rows, cosines);
        float floor = search->count == search->maximum ? search->heap[0].cosine : search->threshold;
        for (size_t i = 0; i < rows; i++)
            if (cosines[i] >= floor)
                consider(search, index->faces[row + i], cosines[i]);
    }
}

/* A heap sorted in place: the worst goes to the end, again and again. */
static void sort_best_first(struct index_match *heap, size_t count) {
    while (count > 1) {
        struct index_match swap = heap[0];
        heap[0] = heap[--count];
        heap[count] = swap;
        sift_down(heap, count, 0);
    }
}

bool index_search(struct index *index, const float *probe, float threshold, size_t maximum,
                  const struct uuid *exclude, struct index_match *matches, size_t *ret_count,
                  struct error *err) {
    struct search search = {threshold, maximum, 0, exclude, matches};
    CLEANUP_FREE float *padded = aligned_alloc(64, index->width * sizeof *padded);
    if (!padded)
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    memset(padded, 0, index->width * sizeof *padded);
    memcpy(padded, probe, index->dimension * sizeof *padded);
    pthread_rwlock_rdlock(&index->lock);
    if (maximum > 0)
        scan(index, padded, &search);
    pthread_rwlock_unlock(&index->lock);
    sort_best_first(matches, search.count);
    *ret_count = search.count;
    return true;
}
