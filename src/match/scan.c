/* A row goes through three sieves, each finer and dearer, and leaves when the most that it can reach is below
 * the floor: the threshold, or what as many rows as were asked for surely reach. The coarse half of the code
 * is read for every row, in order; the fine half for a few in a hundred, which go on a shortlist
 * (shortlist.h); the full vector only for those that are on it when the others are out, hardly more than the
 * matches. Only the last one decides, with the same sums as a scan of all vectors, so that the result is the
 * same to the last bit. When what a row was noted for is no longer there when it is read, the floor may have
 * been too high, and the search must be made again.
 *
 * Several queries take turns at a block of rows while it is in the cache. A large scan asks idle cores for
 * help: chunks, or lists of them, are handed out by a counter, every worker has rankings of its own, and they
 * share the highest floors. Is a core idle? The system's count of runnable threads says so, whoever they
 * belong to. */
#define _GNU_SOURCE /* cpu_set_t */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "match/scan.h"
#include "match/shortlist.h"

enum { BLOCK_GROUPS = 16, BLOCK_ROWS = BLOCK_GROUPS * KERNEL_GROUP, AHEAD = 8, HELPERS_MAX = 63 };
#define LARGE_SCAN ((size_t)32 * 1024 * 1024) /* bytes of coarse codes, a few milliseconds */

struct scan {
    const struct rows *rows;
    const struct index_query *queries;
    size_t count;
    struct scan_lists lists;
    size_t parts; /* lists, or all chunks */
    const struct kernel *kernel;
    float *vectors;              /* of the queries, padded */
    int8_t *bytes;               /* and in bytes */
    struct kernel_probe *probes; /* what they are to the kernels */
    _Atomic float *floors;       /* of each query, the highest that any worker has reached */
    atomic_size_t next;          /* the next part */
    atomic_bool failed;          /* a vector could not be read */
    atomic_bool moved;           /* a row changed between two looks at it */
};

struct worker {
    struct scan *scan;
    struct ranking *rankings;     /* of scores */
    struct shortlist *shortlists; /* one a query */
    struct kernel_probe *probes;  /* own copies: their floors change */
    float *scratch;               /* a vector */
    pthread_t thread;
};

static int by_face(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct uuid));
}

bool scan_wants(const struct index_query *query, struct uuid face) {
    return (!query->exclude || !uuid_equal(face, *query->exclude)) &&
           (!query->among || bsearch(&face, query->among, query->among_count, sizeof face, by_face));
}

static void raise_floor(struct worker *worker, size_t query) {
    float own = MAX(ranking_floor(&worker->rankings[query], worker->scan->queries[query].threshold),
                    ranking_floor(&worker->shortlists[query].leasts, -INFINITY));
    float shared = atomic_load_explicit(&worker->scan->floors[query], memory_order_relaxed);
    while (own > shared && !atomic_compare_exchange_weak(&worker->scan->floors[query], &shared, own))
        ;
    worker->probes[query].floor = MAX(own, shared);
}

/* The last sieve, for one row. */
static void score_candidate(struct worker *worker, const struct candidate *candidate, size_t query) {
    struct scan *scan = worker->scan;
    size_t width = vectors_width(scan->rows->vectors);
    struct chunk *chunk = rows_chunk(scan->rows, candidate->row);
    struct index_match match = {.face = candidate->face};
    pthread_rwlock_rdlock(&chunk->lock);
    bool there = uuid_equal(rows_face(scan->rows, candidate->row), candidate->face);
    const float *vector = there ? vectors_read(scan->rows->vectors, candidate->row, worker->scratch) : NULL;
    if (vector)
        scan->kernel->dots(scan->vectors + query * width, vector, width, 1, &match.cosine);
    pthread_rwlock_unlock(&chunk->lock);
    if (there && !vector)
        scan->failed = true;
    else if (!there || match.cosine < candidate->least)
        scan->moved = true;
    else if (match.cosine >= scan->queries[query].threshold)
        ranking_offer(&worker->rankings[query], match);
}

/* Empties the shortlist; the best first, so that their scores spare the others from being read. */
static void score_shortlist(struct worker *worker, size_t query) {
    struct shortlist *list = &worker->shortlists[query];
    shortlist_sort(list);
    for (size_t i = 0; i < list->count && !worker->scan->failed; i++) {
        raise_floor(worker, query);
        if (!(list->candidates[i].most < worker->probes[query].floor))
            score_candidate(worker, &list->candidates[i], query);
    }
    list->count = 0;
    raise_floor(worker, query);
}

/* The rows that the first sieve kept of a block. */
static size_t list_rows(const uint16_t *kept, size_t groups, uint16_t *ret_rows) {
    size_t count = 0;
    for (size_t g = 0; g < groups; g++)
        for (unsigned bits = kept[g]; bits; bits &= bits - 1)
            ret_rows[count++] = (uint16_t)(g * KERNEL_GROUP + (size_t)__builtin_ctz(bits));
    return count;
}

/* The second sieve, for one query and the rows of the block at `first` of the chunk. */
static void refine_block(struct worker *worker, size_t chunk_number, size_t first, size_t query,
                         const float *scores, const uint16_t *rows, size_t count) {
    const struct scan *scan = worker->scan;
    const struct code_shape *shape = &scan->rows->shape;
    const struct chunk *chunk = scan->rows->chunks[chunk_number];
    const uint8_t *fine = chunk->fine + first * shape->fine_bytes;
    struct kernel_probe *probe = &worker->probes[query];
    for (size_t i = 0; i < MIN(count, (size_t)AHEAD); i++)
        code_prefetch(shape, fine + rows[i] * shape->fine_bytes);
    for (size_t i = 0; i < count; i++) {
        size_t at = first + rows[i];
        if (i + AHEAD < count)
            code_prefetch(shape, fine + rows[i + AHEAD] * shape->fine_bytes);
        struct code_range range = code_range(shape, scan->kernel, probe, scores[rows[i]],
                                             chunk->longest[at / KERNEL_GROUP],
                                             fine + rows[i] * shape->fine_bytes);
        if (range.most < probe->floor || range.most == -INFINITY ||
            !scan_wants(&scan->queries[query], chunk->faces[at]))
            continue;
        shortlist_note(&worker->shortlists[query],
                       &(struct candidate){chunk->faces[at],
                                           (uint32_t)(chunk_number * scan->rows->chunk_rows + at),
                                           range.least, range.most});
        raise_floor(worker, query);
    }
}

static void scan_block(struct worker *worker, size_t chunk_number, size_t first, size_t groups) {
    const struct scan *scan = worker->scan;
    const struct chunk *chunk = scan->rows->chunks[chunk_number];
    const uint8_t *codes = chunk->groups + first / KERNEL_GROUP * scan->rows->shape.group_bytes;
    float scores[KERNEL_PROBES][BLOCK_ROWS];
    uint16_t kept[KERNEL_PROBES][BLOCK_GROUPS], rows[BLOCK_ROWS];
    float *const all_scores[KERNEL_PROBES] = {scores[0], scores[1], scores[2], scores[3]};
    uint16_t *const all_kept[KERNEL_PROBES] = {kept[0], kept[1], kept[2], kept[3]};
    for (size_t query = 0; query < scan->count; query += KERNEL_PROBES) {
        size_t probes = MIN(scan->count - query, (size_t)KERNEL_PROBES);
        scan->kernel->sieve(worker->probes + query, probes, codes, scan->rows->shape.width,
                            chunk->longest + first / KERNEL_GROUP, groups, all_scores, all_kept);
        for (size_t p = 0; p < probes; p++) {
            size_t count = list_rows(kept[p], groups, rows);
            if (count > 0)
                refine_block(worker, chunk_number, first, query + p, scores[p], rows, count);
        }
    }
}

/* Before a chunk: what it adds must have room. */
static void make_room(struct worker *worker, size_t query) {
    struct shortlist *list = &worker->shortlists[query];
    raise_floor(worker, query);
    if (list->count + CHUNK_ROWS > list->room)
        shortlist_trim(list, worker->probes[query].floor);
    if (list->count + CHUNK_ROWS > list->room)
        score_shortlist(worker, query);
}

static void scan_chunk(struct worker *worker, size_t number) {
    struct chunk *chunk = worker->scan->rows->chunks[number];
    for (size_t query = 0; query < worker->scan->count; query++)
        make_room(worker, query);
    pthread_rwlock_rdlock(&chunk->lock);
    for (size_t first = 0; first < chunk->used; first += BLOCK_ROWS)
        scan_block(worker, number, first, MIN((chunk->used - first) / KERNEL_GROUP, (size_t)BLOCK_GROUPS));
    pthread_rwlock_unlock(&chunk->lock);
}

static void *scan_parts(void *context) {
    struct worker *worker = context;
    struct scan *scan = worker->scan;
    const struct rows *rows = scan->rows;
    size_t part;
    while ((part = atomic_fetch_add(&scan->next, 1)) < scan->parts && !scan->failed) {
        if (!scan->lists.lists) {
            scan_chunk(worker, part);
            continue;
        }
        uint32_t number = rows->lists[scan->lists.lists[part]].first;
        for (; number != CHUNK_NONE; number = rows->chunks[number]->next)
            scan_chunk(worker, number);
    }
    for (size_t query = 0; query < scan->count; query++)
        score_shortlist(worker, query);
    return NULL;
}

static void worker_release(struct worker *worker) {
    for (size_t i = 0; worker->shortlists && i < worker->scan->count; i++)
        shortlist_release(&worker->shortlists[i]);
    free(worker->shortlists);
    free(worker->probes);
    free(worker->scratch);
}

static bool worker_new(struct scan *scan, struct ranking *rankings, struct worker *ret_worker) {
    size_t width = vectors_width(scan->rows->vectors);
    struct worker worker = {.scan = scan,
                            .rankings = rankings,
                            .shortlists = calloc(scan->count, sizeof *worker.shortlists),
                            .probes = calloc(scan->count, sizeof *worker.probes),
                            .scratch = aligned_alloc(64, width * sizeof *worker.scratch)};
    bool good = worker.shortlists && worker.probes && worker.scratch;
    for (size_t i = 0; good && i < scan->count; i++)
        good = shortlist_new(rankings[i].maximum, CHUNK_ROWS, &worker.shortlists[i]);
    if (!good) {
        worker_release(&worker);
        return false;
    }
    memcpy(worker.probes, scan->probes, scan->count * sizeof *worker.probes);
    *ret_worker = worker;
    return true;
}

/* --- help of idle cores --- */

static size_t idle_cores(void) {
    cpu_set_t allowed;
    unsigned long running = 0;
    FILE *load = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? fopen("/proc/loadavg", "re") : NULL;
    if (!load)
        return 0;
    bool known = fscanf(load, "%*s %*s %*s %lu/", &running) == 1;
    fclose(load);
    size_t cores = (size_t)CPU_COUNT(&allowed);
    return known && running < cores ? cores - running : 0;
}

static size_t helpers_for(const struct scan *scan) {
    size_t all = scan->lists.lists ? scan->rows->list_count : scan->parts;
    size_t rows = all > 0 ? rows_end(scan->rows) * scan->parts / all : 0; /* of all lists alike */
    size_t bytes = rows / KERNEL_GROUP * scan->rows->shape.group_bytes * scan->count;
    return bytes < LARGE_SCAN ? 0 : MIN(MIN(idle_cores(), scan->parts - 1), (size_t)HELPERS_MAX);
}

/* Rankings like those of the scan, with room of their own behind them. */
static struct ranking *rankings_like(const struct ranking *rankings, size_t count) {
    size_t matches = 0;
    for (size_t i = 0; i < count; i++)
        matches += rankings[i].maximum;
    struct ranking *own = malloc(count * sizeof *own + matches * sizeof *own->matches);
    struct index_match *room = (struct index_match *)(own + count);
    for (size_t i = 0; own && i < count; room += rankings[i++].maximum)
        own[i] = (struct ranking){room, 0, rankings[i].maximum};
    return own;
}

static bool helper_start(struct scan *scan, const struct ranking *rankings, struct worker *ret_worker) {
    struct ranking *own = rankings_like(rankings, scan->count);
    if (!own)
        return false;
    if (worker_new(scan, own, ret_worker)) {
        if (pthread_create(&ret_worker->thread, NULL, scan_parts, ret_worker) == 0)
            return true;
        worker_release(ret_worker);
    }
    free(own);
    return false;
}

static void helper_finish(struct worker *worker, struct ranking *rankings) {
    pthread_join(worker->thread, NULL);
    for (size_t i = 0; i < worker->scan->count; i++)
        for (size_t k = 0; k < worker->rankings[i].count; k++)
            ranking_offer(&rankings[i], worker->rankings[i].matches[k]);
    free(worker->rankings);
    worker_release(worker);
}

static bool scan_together(struct scan *scan, struct ranking *rankings) {
    struct worker self, helpers[HELPERS_MAX];
    size_t wanted = helpers_for(scan), started = 0;
    if (!worker_new(scan, rankings, &self))
        return false;
    while (started < wanted && helper_start(scan, rankings, &helpers[started]))
        started++;
    scan_parts(&self);
    for (size_t i = 0; i < started; i++)
        helper_finish(&helpers[i], rankings);
    worker_release(&self);
    return true;
}

/* --- a scan from end to end --- */

static void prepare(struct scan *scan) {
    size_t width = vectors_width(scan->rows->vectors);
    const struct code_shape *shape = &scan->rows->shape;
    memset(scan->vectors, 0, scan->count * width * sizeof *scan->vectors);
    for (size_t i = 0; i < scan->count; i++) {
        memcpy(scan->vectors + i * width, scan->queries[i].probe, shape->dimension * sizeof(float));
        scan->probes[i] = code_probe(shape, scan->queries[i].probe, scan->bytes + i * shape->width);
        scan->floors[i] = scan->queries[i].threshold;
    }
}

bool scan_rows(const struct rows *rows, struct scan_lists lists, const struct index_query *queries,
               size_t count, struct ranking *rankings, bool *ret_moved, struct error *err) {
    CLEANUP_FREE float *vectors = aligned_alloc(64, count * vectors_width(rows->vectors) * sizeof *vectors);
    CLEANUP_FREE int8_t *bytes = aligned_alloc(64, count * rows->shape.width);
    CLEANUP_FREE struct kernel_probe *probes = calloc(count, sizeof *probes);
    CLEANUP_FREE _Atomic float *floors = calloc(count, sizeof *floors);
    if (!vectors || !bytes || !probes || !floors)
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    struct scan scan = {.rows = rows,
                        .queries = queries,
                        .count = count,
                        .lists = lists,
                        .parts = lists.lists ? lists.count : rows->chunk_count,
                        .kernel = kernel_best(),
                        .vectors = vectors,
                        .bytes = bytes,
                        .probes = probes,
                        .floors = floors};
    prepare(&scan);
    if (!scan_together(&scan, rankings))
        return error_set(err, ERROR_INTERNAL, "no memory for a search");
    *ret_moved = scan.moved;
    return !scan.failed || error_set(err, ERROR_INTERNAL, "a vector of the index cannot be read");
}
