/* Exact search by one thread, driven by bench/search.py. Vectors are float32 rows, a file of them each.
 *
 *     bench-search DIMENSION VECTORS PROBES MAXIMUM [FOLDER]
 *
 * fills an index (its full vectors in FOLDER, encrypted, or in memory) and then obeys lines from its input,
 * each answered by one line of JSON: `single` (all probes one by one) and `batch N` (so many at once) with
 * milliseconds a probe, `results` with the row numbers of each probe's matches, and `inserting N` with the
 * 99th percentile of a search alone and while another thread inserts N vectors a second. */
#define _GNU_SOURCE /* CPU_SET */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "match/index.h"
#include "base/clock.h"

enum { SECONDS = 4, SAMPLES_MAX = 100000 };

struct floats {
    const float *numbers;
    size_t rows;
};

struct bench {
    struct index *index;
    struct floats vectors, probes;
    size_t dimension, maximum;
    struct index_match *matches; /* maximum a probe */
    struct index_match **places;
    struct index_query *queries;
    size_t *counts;
};

static struct uuid numbered(size_t number) {
    struct uuid uuid = {{0}};
    for (int i = 0; i < 8; i++)
        uuid.bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    return uuid;
}

static size_t number_of(struct uuid uuid) {
    size_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | uuid.bytes[i];
    return number;
}

static void fail(const char *what) {
    fprintf(stderr, "search: %s\n", what);
    exit(1);
}

static struct floats map_floats(const char *path, size_t dimension) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        fail(path);
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        fail(path);
    close(file);
    return (struct floats){data, (size_t)status.st_size / (dimension * sizeof(float))};
}

static size_t resident_bytes(void) {
    unsigned long total = 0, resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu %lu %lu", &total, &resident, &shared) != 3)
        fail("/proc/self/statm");
    fclose(file);
    return (resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

static void fill(struct bench *bench) {
    struct floats vectors = bench->vectors;
    struct error err;
    size_t before = resident_bytes();
    uint64_t start = clock_monotonic_ns();
    for (size_t i = 0; i < vectors.rows; i++)
        if (!index_insert(bench->index, numbered(i), vectors.numbers + i * bench->dimension, &err))
            fail(err.text);
    double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    printf("{\"inserts_per_second\": %.0f, \"bytes_per_face\": %.1f}\n", (double)vectors.rows / seconds,
           (double)(resident_bytes() - before) / (double)vectors.rows);
    fflush(stdout);
}

/* Milliseconds a probe. */
static double search_all(struct bench *bench, size_t batch) {
    struct error err;
    uint64_t start = clock_monotonic_ns();
    for (size_t i = 0; i < bench->probes.rows; i += batch)
        if (!index_search_many(bench->index, bench->queries + i, MIN(batch, bench->probes.rows - i),
                               bench->places + i, bench->counts + i, &err))
            fail(err.text);
    return (double)(clock_monotonic_ns() - start) / 1e6 / (double)bench->probes.rows;
}

static void print_results(const struct bench *bench) {
    for (size_t i = 0; i < bench->probes.rows; i++) {
        printf("%s[", i ? ", " : "[");
        for (size_t k = 0; k < bench->counts[i]; k++)
            printf("%s%zu", k ? ", " : "", number_of(bench->places[i][k].face));
        printf("]");
    }
    printf("]\n");
}

/* --- searches while another thread inserts --- */

/* The calling thread stays on the first core that it may use, or on the second where there is one: a search
 * on one core asks no other for help. */
static void use_core(int number) {
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0)
        fail("sched_getaffinity");
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &allowed) && number-- == 0)
            CPU_SET(core, &one);
    if (CPU_COUNT(&one) == 1 && pthread_setaffinity_np(pthread_self(), sizeof one, &one) != 0)
        fail("pthread_setaffinity_np");
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Of the searches of some seconds, in milliseconds. */
static double percentile_99(struct bench *bench) {
    static double samples[SAMPLES_MAX];
    struct error err;
    size_t count = 0;
    uint64_t end = clock_monotonic_ns() + SECONDS * 1000000000ull;
    while (clock_monotonic_ns() < end && count < SAMPLES_MAX) {
        size_t i = count % bench->probes.rows;
        uint64_t start = clock_monotonic_ns();
        if (!index_search(bench->index, &bench->queries[i], bench->places[i], &bench->counts[i], &err))
            fail(err.text);
        samples[count++] = (double)(clock_monotonic_ns() - start) / 1e6;
    }
    qsort(samples, count, sizeof *samples, by_size);
    return samples[count * 99 / 100];
}

struct inserter {
    struct bench *bench;
    size_t rate, inserted;
    atomic_bool stop;
};

static void *insert_until_stopped(void *context) {
    struct inserter *inserter = context;
    struct bench *bench = inserter->bench;
    struct error err;
    uint64_t start = clock_monotonic_ns();
    use_core(1);
    for (; !inserter->stop; inserter->inserted++) {
        uint64_t due = start + inserter->inserted * 1000000000ull / inserter->rate,
                 now = clock_monotonic_ns();
        if (due > now)
            usleep((unsigned)((due - now) / 1000));
        size_t from = inserter->inserted % bench->vectors.rows;
        if (!index_insert(bench->index, numbered(bench->vectors.rows + inserter->inserted),
                          bench->vectors.numbers + from * bench->dimension, &err))
            fail(err.text);
    }
    return NULL;
}

static void search_while_inserting(struct bench *bench, size_t rate) {
    struct inserter inserter = {.bench = bench, .rate = rate};
    pthread_t thread;
    double quiet = percentile_99(bench);
    uint64_t start = clock_monotonic_ns();
    if (pthread_create(&thread, NULL, insert_until_stopped, &inserter) != 0)
        fail("pthread_create");
    double busy = percentile_99(bench);
    inserter.stop = true;
    pthread_join(thread, NULL);
    printf("{\"p99_quiet\": %.3f, \"p99_busy\": %.3f, \"inserted_per_second\": %.0f}\n", quiet, busy,
           (double)inserter.inserted * 1e9 / (double)(clock_monotonic_ns() - start));
}

static void obey(struct bench *bench) {
    char line[64];
    size_t number;
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "results\n") == 0) {
            search_all(bench, 1);
            print_results(bench);
        } else if (strcmp(line, "single\n") == 0)
            printf("%.4f\n", search_all(bench, 1));
        else if (sscanf(line, "inserting %zu", &number) == 1 && number > 0)
            search_while_inserting(bench, number);
        else if (sscanf(line, "batch %zu", &number) == 1 && number > 0)
            printf("%.4f\n", search_all(bench, number));
        fflush(stdout);
    }
}

int main(int count, char **arguments) {
    if (count < 5)
        fail("DIMENSION VECTORS PROBES MAXIMUM [FOLDER]");
    struct error err;
    struct bench bench = {.dimension = strtoul(arguments[1], NULL, 10),
                          .maximum = strtoul(arguments[4], NULL, 10)};
    bench.probes = map_floats(arguments[3], bench.dimension);
    bench.matches = calloc(bench.probes.rows * bench.maximum, sizeof *bench.matches);
    bench.places = calloc(bench.probes.rows, sizeof *bench.places);
    bench.queries = calloc(bench.probes.rows, sizeof *bench.queries);
    bench.counts = calloc(bench.probes.rows, sizeof *bench.counts);
    if (!bench.matches || !bench.places || !bench.queries || !bench.counts)
        fail("no memory");
    for (size_t i = 0; i < bench.probes.rows; i++) {
        bench.places[i] = bench.matches + i * bench.maximum;
        bench.queries[i] = (struct index_query){
            .probe = bench.probes.numbers + i * bench.dimension, .threshold = -2, .maximum = bench.maximum};
    }
    if (!index_new_on_disk((int)bench.dimension, count > 5 ? arguments[5] : NULL, &bench.index, &err))
        fail(err.text);
    bench.vectors = map_floats(arguments[2], bench.dimension);
    use_core(0);
    fill(&bench);
    obey(&bench);
    index_free(bench.index);
    return 0;
}
