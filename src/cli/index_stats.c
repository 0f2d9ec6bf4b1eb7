#include <getopt.h>
#include "cli/command.h"
#include "api/gallery_file.h"
#include "api/gallery_group.h"
#include "api/json.h"
#include "base/clock.h"
#include "match/recall.h"
#include "match/similarity.h"

#define EXACT "what comparing the probe with every vector in 32-bit arithmetic gives: recall 1"

struct stats {
    const struct store_collection *collection;
    size_t faces, users, bytes;
    bool on_disk;
    double seconds, group_seconds; /* until there is an exact index; then to group it */
    struct gallery_origin origin;
    size_t lists, lists_read;
    float threshold; /* the cosine of a similarity of 80, on the default scale */
    struct recall recall;
};

static bool is_exact(const struct stats *stats) {
    return stats->lists == 1;
}

static const char *source_of(const struct stats *stats) {
    static const char *const names[] = {[GALLERY_FROM_STORE] = "not used",
                                        [GALLERY_FROM_SNAPSHOT] = "used",
                                        [GALLERY_CAUGHT_UP] = "used, and caught up"};
    return names[stats->origin.source];
}

static void print_kind(const struct stats *stats) {
    const struct recall *recall = &stats->recall;
    if (is_exact(stats)) {
        printf("exact      " EXACT "\n");
        return;
    }
    printf("approximate  a search reads %zu of %zu lists (grouped in %.3f s)\n"
           "recall     %.4f of the best %d of %zu faces\n"
           "           %.4f of the best match, for the %zu of them that have one of cosine %.3f\n",
           stats->lists_read, stats->lists, stats->group_seconds, (double)recall->top, RECALL_TOP,
           recall->probes, (double)recall->best, recall->matched, (double)stats->threshold);
}

static int print_text(const struct stats *stats) {
    const char *why = stats->origin.why;
    printf("collection %s: %zu faces, %zu users, %d dimensions\n", stats->collection->id, stats->faces,
           stats->users, stats->collection->dimension);
    print_kind(stats);
    printf("memory     %zu bytes, %zu a face; full vectors %s\n"
           "snapshot   %s%s%s\n"
           "ready in   %.3f s\n",
           stats->bytes, stats->faces > 0 ? stats->bytes / stats->faces : 0,
           stats->on_disk ? "on disk, encrypted" : "in memory", source_of(stats), *why ? ": " : "", why,
           stats->seconds);
    return fflush(stdout) == 0 ? EXIT_FINE : fail("cannot write the result");
}

static void put_kind(struct buffer *json, const struct stats *stats) {
    json_put_string(json, "search_kind", is_exact(stats) ? "EXACT" : "APPROXIMATE");
    if (is_exact(stats)) {
        json_put_string(json, "exact", EXACT);
        return;
    }
    json_put_integer(json, "lists", (int64_t)stats->lists);
    json_put_integer(json, "lists_read", (int64_t)stats->lists_read);
    json_put_integer(json, "recall_probes", (int64_t)stats->recall.probes);
    json_put_float(json, "recall_top_10", stats->recall.top);
    json_put_integer(json, "recall_matched", (int64_t)stats->recall.matched);
    json_put_float(json, "recall_best", stats->recall.best);
    json_put_float(json, "recall_threshold_cosine", stats->threshold);
    json_put_float(json, "group_seconds", (float)stats->group_seconds);
}

static int print_stats(const struct stats *stats, bool as_json) {
    if (!as_json)
        return print_text(stats);
    struct buffer json = buffer_new(16 * 1024);
    json_object_open(&json, NULL);
    json_put_string(&json, "collection", stats->collection->id);
    json_put_integer(&json, "faces", (int64_t)stats->faces);
    json_put_integer(&json, "users", (int64_t)stats->users);
    json_put_integer(&json, "dimension", stats->collection->dimension);
    put_kind(&json, stats);
    json_put_integer(&json, "memory_bytes", (int64_t)stats->bytes);
    json_put_string(&json, "full_vectors", stats->on_disk ? "disk" : "memory");
    json_put_string(&json, "snapshot", source_of(stats));
    json_put_string(&json, "snapshot_reason", stats->origin.why);
    json_put_float(&json, "ready_seconds", (float)stats->seconds);
    json_object_close(&json);
    return print_json(&json);
}

/* As the server does in the background. */
static bool group(struct store *store, struct indexes *indexes, struct stats *stats, struct error *err) {
    bool approximate = stats->collection->governance.approximate;
    struct indexes grouped;
    uint64_t start = clock_monotonic_ns();
    if (!gallery_group_is_due(indexes->faces, approximate))
        return true;
    if (!gallery_group_make(store, indexes, approximate, NULL, &grouped, err))
        return false;
    gallery_indexes_free(indexes);
    *indexes = grouped;
    stats->group_seconds = (double)(clock_monotonic_ns() - start) * 1e-9;
    return recall_measure(indexes->faces, stats->threshold, &stats->recall, err);
}

static void describe(const struct indexes *indexes, struct stats *stats) {
    stats->faces = index_count(indexes->faces);
    stats->users = index_count(indexes->users);
    stats->bytes = index_memory(indexes->faces) + index_memory(indexes->users);
    stats->on_disk = index_is_on_disk(indexes->faces);
    stats->lists = index_lists(indexes->faces);
    stats->lists_read = index_lists_read(indexes->faces);
}

static int measure(struct store *store, const struct store_collection *collection, bool as_json) {
    struct stats stats = {.collection = collection,
                          .threshold = similarity_to_cosine(similarity_default(), 80)};
    struct indexes indexes = {NULL, NULL};
    struct error err;
    uint64_t start = clock_monotonic_ns();
    if (!gallery_indexes_make(store, collection, &indexes, &stats.origin, &err))
        return fail("%s", err.text);
    stats.seconds = (double)(clock_monotonic_ns() - start) * 1e-9;
    bool good = group(store, &indexes, &stats, &err);
    if (good)
        describe(&indexes, &stats);
    gallery_indexes_free(&indexes);
    return good ? print_stats(&stats, as_json) : fail("%s", err.text);
}

/* Each account may have a collection of that id. */
static int measure_all(struct store *store, const char *id, bool as_json) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
    struct store_collection collection = {.number = 0};
    struct error err;
    bool found = arena != NULL;
    int measured = 0, code = EXIT_FINE;
    while (found && code == EXIT_FINE) {
        arena_reset(arena);
        if (!store_collection_next(store, arena, collection.number, &collection, &found, &err))
            return fail("%s", err.text);
        if (found && strcmp(collection.id, id) == 0) {
            code = measure(store, &collection, as_json);
            measured++;
        }
    }
    return measured > 0 ? code : fail("there is no collection %s", id);
}

int command_index_stats(int argc, char **argv) {
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"collection", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *data = "./var", *id = NULL;
    bool as_json = false;
    struct store *store;
    struct error err;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            data = optarg;
        else if (option == 'c')
            id = optarg;
        else if (option == 'j')
            as_json = true;
        else
            return option == 'h' ? help_of("index-stats") : EXIT_USAGE;
    if (!id || optind < argc)
        return fail_usage("index-stats needs --collection, and nothing else");
    if (!store_open_beside(data, &store, &err))
        return fail("%s", err.text);
    int code = measure_all(store, id, as_json);
    store_close(store);
    return code;
}
