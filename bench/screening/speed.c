/* How fast one thread screens: bench-screen NAMES ROUNDS LIST...
 *
 * NAMES holds a name a line; LIST is a file, or several with commas between them that make one list. Prints
 * one line of JSON: names on the lists, milliseconds of processor time to load and to index them, peak memory
 * in megabytes, screens a second, the slowest screen in milliseconds, and how many names had a hit. */
#include <sys/resource.h>
#include "sanctions/lists/list.h"
#include "sanctions/screen.h"

enum { LISTS_MOST = 16, NAMES_MOST = 200000, HITS_MOST = 32, LINE_MOST = 2048 };

struct run {
    struct designations *lists[LISTS_MOST];
    size_t list_count, name_count;
    struct bytes names[NAMES_MOST];
};

/* Of this thread: what else the machine does does not count. */
static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool load(struct run *run, char *argument, struct error *err) {
    const char *paths[LIMIT_LIST_FILES];
    size_t count = 0;
    for (char *rest = argument; rest && count < LIMIT_LIST_FILES;)
        paths[count++] = strsep(&rest, ",");
    return run->list_count < LISTS_MOST &&
           list_read("bench", paths, NULL, count, &run->lists[run->list_count++], NULL, err);
}

static bool read_names(struct run *run, const char *path) {
    char line[LINE_MOST];
    FILE *file = fopen(path, "re");
    while (file && run->name_count < NAMES_MOST && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        char *copy = line[0] ? strdup(line) : NULL;
        if (copy)
            run->names[run->name_count++] = bytes_of(copy);
    }
    return file && fclose(file) == 0 && run->name_count > 0;
}

/* Screens all names once; false when one could not be screened. */
static bool screen_all(const struct run *run, struct screener *screener, size_t *hits, uint64_t *slowest,
                       struct error *err) {
    static struct screen_hit found[HITS_MOST];
    for (size_t i = 0; i < run->name_count; i++) {
        struct screen_query query = {.name = run->names[i]};
        size_t count;
        uint64_t start = cpu_ns();
        if (!screen_find(screener, &query, found, HITS_MOST, &count, err))
            return false;
        uint64_t took = cpu_ns() - start;
        *slowest = MAX(*slowest, took);
        *hits += count > 0;
    }
    return true;
}

int main(int argc, char **argv) {
    static struct run run;
    struct screen *screen = NULL;
    struct screener *screener = NULL;
    struct error err = {0};
    struct rusage usage;
    size_t names = 0, hits = 0;
    uint64_t slowest = 0, start = cpu_ns(), rounds = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
    bool fine = rounds > 0 && read_names(&run, argv[1]);
    for (int i = 3; fine && i < argc; i++)
        fine = load(&run, argv[i], &err);
    uint64_t loaded = cpu_ns();
    fine = fine && screen_new((const struct designations *const *)run.lists, run.list_count, &screen, &err) &&
           screener_new(screen, &screener, &err);
    uint64_t indexed = cpu_ns();
    for (uint64_t i = 0; fine && i < rounds; i++)
        fine = screen_all(&run, screener, &hits, &slowest, &err);
    uint64_t done = cpu_ns();
    for (size_t i = 0; i < run.list_count && run.lists[i]; i++)
        names += run.lists[i]->name_count;
    getrusage(RUSAGE_SELF, &usage);
    if (fine)
        printf("{\"names\": %zu, \"load_ms\": %.0f, \"index_ms\": %.0f, \"peak_mb\": %.0f, "
               "\"screens_per_second\": %.0f, \"slowest_ms\": %.2f, \"with_hit\": %.4f}\n",
               names, (double)(loaded - start) / 1e6, (double)(indexed - loaded) / 1e6,
               (double)usage.ru_maxrss / 1024,
               (double)(run.name_count * rounds) / ((double)(done - indexed) / 1e9), (double)slowest / 1e6,
               (double)hits / (double)(run.name_count * rounds));
    else
        fprintf(stderr, "bench-screen: %s\n", err.text[0] ? err.text : "NAMES ROUNDS LIST...");
    screener_free(screener);
    screen_free(screen);
    for (size_t i = 0; i < run.list_count; i++)
        designations_free(run.lists[i]);
    return fine ? 0 : 1;
}
