/* A hash map (open addressing, linear probing) finds a face's row; rows.h holds the rows, scan.h reads them
 * all, or those of the lists whose centres are nearest to the probe.
 *
 * The lock of the index guards the map and is held by one writer at a time. A search does not take it, only
 * those of the chunks, one after the other: it never keeps a writer waiting for longer than one chunk takes.
 * The price: a face that is removed and inserted again elsewhere in the course of one search can be met
 * twice; and one that moves to another list can be missed. Such a search, rare as it is, is made again with
 * writers held off. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include "match/centres.h"
#include "match/scan.h"

#define SLOT_EMPTY ROW_NONE

/* Looking a face up and reading its vector costs as much as scanning so many rows. */
enum { LOOKUP_ROWS_MEMORY = 32, LOOKUP_ROWS_DISK = 256 };

struct index {
    pthread_rwlock_t lock;
    struct rows rows;
    struct centres *centres; /* of its lists; NULL: it has one */
    size_t count;            /* faces */
    uint32_t *slots;         /* row numbers by hash */
    size_t slot_count;       /* a power of two, at least 4/3 of the count */
    atomic_uint removals;
    atomic_uint moves; /* from list to list: begun and ended */
};

static bool new_index(size_t dimension, const char *folder, size_t lists, size_t chunk_rows,
                      struct index **ret_index, struct error *err) {
    CLEANUP_FREE struct index *index = calloc(1, sizeof *index);
    if (!index || pthread_rwlock_init(&index->lock, NULL) != 0)
        return error_set(err, ERROR_INTERNAL, "no memory for an index");
    if (!rows_new(dimension, folder, lists, chunk_rows, &index->rows, err)) {
        pthread_rwlock_destroy(&index->lock);
        return false;
    }
    *ret_index = index;
    index = NULL;
    return true;
}

bool index_new_on_disk(int dimension, const char *folder, struct index **ret_index, struct error *err) {
    if (dimension < 1 || dimension > CODE_DIMENSION_MAX)
        return error_set(err, ERROR_INTERNAL, "no index has %d dimensions", dimension);
    return new_index((size_t)dimension, folder, 1, CHUNK_ROWS, ret_index, err);
}

bool index_new(int dimension, struct index **ret_index, struct error *err) {
    return index_new_on_disk(dimension, NULL, ret_index, err);
}

/* Several chunks a list: the last one of each is half empty. */
static size_t chunk_rows_for(size_t faces, size_t lists) {
    size_t rows = CHUNK_ROWS;
    while (rows > CHUNK_ROWS_MIN && rows * lists > faces / 4)
        rows /= 2;
    return rows;
}

bool index_new_grouped(struct centres *centres, const char *folder, size_t faces, struct index **ret_index,
                       struct error *err) {
    size_t lists = centres_count(centres);
    if (!new_index(centres_dimension(centres), folder, lists, chunk_rows_for(faces, lists), ret_index, err))
        return false;
    (*ret_index)->centres = centres;
    return true;
}

void index_free(struct index *index) {
    if (!index)
        return;
    rows_free(&index->rows);
    free(index->slots);
    centres_free(index->centres);
    pthread_rwlock_destroy(&index->lock);
    free(index);
}

/* --- the map --- */

static size_t slot_of(const struct index *index, struct uuid face) {
    return (size_t)uuid_hash(face) & (index->slot_count - 1);
}

/* The slot that holds the face, or the empty one where it would go. */
static size_t find_slot(const struct index *index, struct uuid face) {
    size_t slot = slot_of(index, face);
    while (index->slots[slot] != SLOT_EMPTY && !uuid_equal(rows_face(&index->rows, index->slots[slot]), face))
        slot = (slot + 1) & (index->slot_count - 1);
    return slot;
}

static bool find_row(const struct index *index, struct uuid face, uint32_t *ret_row) {
    if (index->count == 0)
        return false;
    uint32_t row = index->slots[find_slot(index, face)];
    if (row == SLOT_EMPTY)
        return false;
    *ret_row = row;
    return true;
}

static bool grow_slots(struct index *index) {
    size_t old_count = index->slot_count, slot_count = MAX(old_count * 2, (size_t)1024);
    uint32_t *old = index->slots, *slots = malloc(slot_count * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xff, slot_count * sizeof *slots);
    index->slots = slots;
    index->slot_count = slot_count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i] != SLOT_EMPTY)
            slots[find_slot(index, rows_face(&index->rows, old[i]))] = old[i];
    free(old);
    return true;
}

/* Empties a slot and moves later ones of the same run forward, so that no search stops at the gap. */
static void empty_slot(struct index *index, size_t slot) {
    size_t mask = index->slot_count - 1, next = slot;
    for (;;) {
        next = (next + 1) & mask;
        if (index->slots[next] == SLOT_EMPTY)
            break;
        size_t home = slot_of(index, rows_face(&index->rows, index->slots[next]));
        if (((next - home) & mask) >= ((next - slot) & mask)) {
            index->slots[slot] = index->slots[next];
            slot = next;
        }
    }
    index->slots[slot] = SLOT_EMPTY;
}

/* --- changes --- */

static void remove_row(struct index *index, struct uuid face, uint32_t row) {
    empty_slot(index, find_slot(index, face));
    rows_erase(&index->rows, row);
    index->count--;
    index->removals++;
}

/* A vector that comes, and where it belongs. */
struct arrival {
    const float *vector;
    struct code code;
    uint32_t list;
};

static bool add_row(struct index *index, struct uuid face, const struct arrival *arrival, struct error *err) {
    uint32_t row;
    if (index->count == LIMIT_COLLECTION_FACES)
        return error_set(err, ERROR_INTERNAL, "an index holds %d faces at most", LIMIT_COLLECTION_FACES);
    if ((index->count + 1) * 4 > index->slot_count * 3 && !grow_slots(index))
        return error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
    size_t slot = find_slot(index, face);
    if (!rows_add(&index->rows, arrival->list, face, arrival->vector, &arrival->code, &row, err))
        return false;
    index->slots[slot] = row;
    index->count++;
    return true;
}

static bool insert(struct index *index, struct uuid face, const struct arrival *arrival, struct error *err) {
    uint32_t row;
    if (!find_row(index, face, &row))
        return add_row(index, face, arrival, err);
    if (rows_chunk(&index->rows, row)->list != arrival->list) {
        index->moves++;
        remove_row(index, face, row);
        bool added = add_row(index, face, arrival, err);
        index->moves++;
        return added;
    }
    if (rows_write(&index->rows, row, face, arrival->vector, &arrival->code, err))
        return true;
    remove_row(index, face, row);
    return false;
}

bool index_insert(struct index *index, struct uuid face, const float *vector, struct error *err) {
    struct arrival arrival = {.vector = vector};
    for (size_t i = 0; i < index->rows.shape.dimension; i++)
        if (!isfinite(vector[i]))
            return error_set(err, ERROR_INTERNAL, "a vector with a number that is none cannot be indexed");
    if (index->centres && !centres_nearest(index->centres, vector, 1, &arrival.list, err))
        return false;
    code_make(&index->rows.shape, vector, &arrival.code);
    pthread_rwlock_wrlock(&index->lock); /* what is slow is done, so that several threads can fill it */
    bool inserted = insert(index, face, &arrival, err);
    pthread_rwlock_unlock(&index->lock);
    return inserted;
}

bool index_remove(struct index *index, struct uuid face) {
    uint32_t row;
    pthread_rwlock_wrlock(&index->lock);
    bool found = find_row(index, face, &row);
    if (found)
        remove_row(index, face, row);
    pthread_rwlock_unlock(&index->lock);
    return found;
}

size_t index_count(struct index *index) {
    pthread_rwlock_rdlock(&index->lock);
    size_t count = index->count;
    pthread_rwlock_unlock(&index->lock);
    return count;
}

bool index_has(struct index *index, struct uuid face) {
    uint32_t row;
    pthread_rwlock_rdlock(&index->lock);
    bool found = find_row(index, face, &row);
    pthread_rwlock_unlock(&index->lock);
    return found;
}

/* NULL also when the disk does not give the vector back. With the lock of the index held: nobody writes. */
static const float *vector_of(const struct index *index, uint32_t row, float *scratch) {
    return vectors_read(index->rows.vectors, row, scratch);
}

static float *new_vector(const struct index *index) {
    return aligned_alloc(64, vectors_width(index->rows.vectors) * sizeof(float));
}

bool index_vector(struct index *index, struct uuid face, float *ret_vector) {
    uint32_t row;
    const float *vector = NULL;
    CLEANUP_FREE float *scratch = new_vector(index);
    if (!scratch)
        return false;
    pthread_rwlock_rdlock(&index->lock);
    if (find_row(index, face, &row) && (vector = vector_of(index, row, scratch)))
        memcpy(ret_vector, vector, index->rows.shape.dimension * sizeof *ret_vector);
    pthread_rwlock_unlock(&index->lock);
    return vector != NULL;
}

bool index_walk(struct index *index, size_t *cursor, size_t maximum, struct uuid *faces, float *vectors,
                size_t *ret_count, struct error *err) {
    size_t dimension = index->rows.shape.dimension, row = *cursor, count = 0;
    CLEANUP_FREE float *scratch = new_vector(index);
    if (!scratch)
        return error_set(err, ERROR_INTERNAL, "no memory to go through an index");
    for (size_t rows = rows_end(&index->rows); row < rows && count < maximum; row++) {
        bool held;
        if (!rows_copy(&index->rows, row, &faces[count], vectors ? vectors + count * dimension : NULL,
                       scratch, &held, err))
            return false;
        count += held;
    }
    *cursor = row;
    *ret_count = count;
    return true;
}

size_t index_memory(struct index *index) {
    pthread_rwlock_rdlock(&index->lock);
    size_t bytes = sizeof *index + index->slot_count * sizeof *index->slots + rows_memory(&index->rows) +
                   (index->centres ? centres_memory(index->centres) : 0);
    pthread_rwlock_unlock(&index->lock);
    return bytes;
}

int index_dimension(const struct index *index) {
    return (int)index->rows.shape.dimension;
}

bool index_is_on_disk(const struct index *index) {
    return vectors_on_disk(index->rows.vectors);
}

size_t index_lists(const struct index *index) {
    return index->rows.list_count;
}

size_t index_lists_read(const struct index *index) {
    return (index_lists(index) + LIMIT_LISTS_PER_READ - 1) / LIMIT_LISTS_PER_READ;
}

/* --- searches --- */

/* One face of a small list. */
static bool look_up(const struct index *index, const struct index_query *query, struct uuid face,
                    const float *probe, float *scratch, struct ranking *ranking) {
    uint32_t row;
    struct index_match match = {.face = face};
    if (!find_row(index, face, &row) || (query->exclude && uuid_equal(face, *query->exclude)))
        return true;
    const float *vector = vector_of(index, row, scratch);
    if (!vector)
        return false;
    kernel_best()->dots(probe, vector, vectors_width(index->rows.vectors), 1, &match.cosine);
    if (match.cosine >= query->threshold)
        ranking_offer(ranking, match);
    return true;
}

static bool look_all_up(struct index *index, const struct index_query *query, struct ranking *ranking,
                        struct error *err) {
    CLEANUP_FREE float *probe = new_vector(index), *scratch = new_vector(index);
    if (!probe || !scratch)
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    bool good = true;
    memset(probe, 0, vectors_width(index->rows.vectors) * sizeof *probe);
    memcpy(probe, query->probe, index->rows.shape.dimension * sizeof *probe);
    pthread_rwlock_rdlock(&index->lock);
    for (size_t i = 0; good && i < query->among_count; i++)
        if (i == 0 || !uuid_equal(query->among[i], query->among[i - 1]))
            good = look_up(index, query, query->among[i], probe, scratch, ranking);
    pthread_rwlock_unlock(&index->lock);
    return good || error_set(err, ERROR_INTERNAL, "a vector of the index cannot be read");
}

static bool scan_again(struct index *index, struct scan_lists lists, const struct index_query *queries,
                       size_t count, struct ranking *rankings, struct error *err) {
    for (size_t i = 0; i < count; i++)
        rankings[i].count = 0;
    bool moved;
    pthread_rwlock_rdlock(&index->lock);
    bool good = scan_rows(&index->rows, lists, queries, count, rankings, &moved, err);
    pthread_rwlock_unlock(&index->lock);
    return good;
}

static bool scan(struct index *index, struct scan_lists lists, const struct index_query *queries,
                 size_t count, struct ranking *rankings, struct error *err) {
    unsigned removals = index->removals, moves = index->moves;
    bool moved = false;
    bool good = count == 0 || scan_rows(&index->rows, lists, queries, count, rankings, &moved, err);
    if (good && (moved || moves % 2 == 1 || moves != index->moves))
        return scan_again(index, lists, queries, count, rankings, err);
    if (!good || removals == index->removals)
        return good;
    for (size_t i = 0; i < count; i++)
        if (ranking_repeats(&rankings[i]))
            return scan_again(index, lists, queries, count, rankings, err);
    return true;
}

static bool scan_nearest(struct index *index, const struct index_query *query, struct ranking *ranking,
                         struct error *err) {
    size_t count = index_lists_read(index);
    CLEANUP_FREE uint32_t *lists = calloc(count, sizeof *lists);
    if (!lists)
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    return centres_rank(index->centres, query->probe, count, lists, err) &&
           scan(index, (struct scan_lists){lists, count}, query, 1, ranking, err);
}

static bool few_faces(struct index *index, const struct index_query *query) {
    size_t rows = vectors_on_disk(index->rows.vectors) ? LOOKUP_ROWS_DISK : LOOKUP_ROWS_MEMORY;
    return query->among && query->among_count <= index_count(index) / rows;
}

bool index_is_exact(struct index *index, const struct index_query *query) {
    return !index->centres || query->exhaustive || few_faces(index, query);
}

bool index_search_many(struct index *index, const struct index_query *queries, size_t count,
                       struct index_match *const *matches, size_t *ret_counts, struct error *err) {
    CLEANUP_FREE struct index_query *scanned = calloc(count + 1, sizeof *scanned);
    CLEANUP_FREE struct ranking *rankings = calloc(count + 1, sizeof *rankings);
    CLEANUP_FREE size_t *found = calloc(count + 1, sizeof *found),
                        *origin = calloc(count + 1, sizeof *origin);
    size_t scans = 0;
    if (!scanned || !rankings || !found || !origin)
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    for (size_t i = 0; i < count; i++) {
        struct ranking *ranking = &rankings[scans];
        *ranking = (struct ranking){matches[i], 0, queries[i].maximum};
        bool few = few_faces(index, &queries[i]), nearest = index->centres && !queries[i].exhaustive;
        if (queries[i].maximum > 0 && (few || nearest)) {
            if (few ? !look_all_up(index, &queries[i], ranking, err)
                    : !scan_nearest(index, &queries[i], ranking, err))
                return false;
            ranking_sort(ranking);
            found[i] = ranking->count;
        } else if (queries[i].maximum > 0) {
            scanned[scans] = queries[i];
            origin[scans++] = i;
        }
    }
    if (!scan(index, (struct scan_lists){NULL, 0}, scanned, scans, rankings, err))
        return false;
    for (size_t i = 0; i < scans; i++) {
        ranking_sort(&rankings[i]);
        found[origin[i]] = rankings[i].count;
    }
    memcpy(ret_counts, found, count * sizeof *found);
    return true;
}

bool index_search(struct index *index, const struct index_query *query, struct index_match *matches,
                  size_t *ret_count, struct error *err) {
    return index_search_many(index, query, 1, &matches, ret_count, err);
}
