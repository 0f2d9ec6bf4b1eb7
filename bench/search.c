/* One thread's exact search, driven by bench/search.py. Vectors are float32 rows, a file of them each.
 *
 *     bench-search DIMENSION VECTORS PROBES MAXIMUM [FOLDER]
 *
 * fills an index (its full vectors in FOLDER, encrypted, or in memory), then obeys lines from its input:
 * `single` (all probes one by one), `batch N` (in batches of N) and `results` (the matches of every probe: row
 * numbers), each answered by one line of JSON. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "match/index.h"
#include "base/clock.h"

struct floats {
    const float *numbers;
    size_t rows;
};

struct bench {
    struct index *index;
    struct floats probes;
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

static void fill(struct bench *bench, struct floats vectors) {
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

static void obey(struct bench *bench) {
    char line[64];
    size_t batch;
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "results\n") == 0)
            print_results(bench);
        else if (strcmp(line, "single\n") == 0)
            printf("%.4f\n", search_all(bench, 1));
        else if (sscanf(line, "batch %zu", &batch) == 1 && batch > 0)
            printf("%.4f\n", search_all(bench, batch));
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
        bench.queries[i] = (struct index_query){.probe = bench.probes.numbers + i * bench.dimension,
                                                .threshold = -2,
                                                .maximum = bench.maximum};
    }
    if (!index_new_on_disk((int)bench.dimension, count > 5 ? arguments[5] : NULL, &bench.index, &err))
        fail(err.text);
    fill(&bench, map_floats(arguments[2], bench.dimension));
    obey(&bench);
    index_free(bench.index);
    return 0;
}
