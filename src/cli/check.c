#include <getopt.h>
#include "cli/command.h"
#include "cli/trust.h"
#include "api/gallery_file.h"
#include "record/audit.h"
#include "record/files.h"
#include "record/folder.h"

enum { AUDITS = 3 };

struct check {
    struct store *store;
    int problems;
    int64_t collections, faces;
    uint64_t entries;
};

static void report(void *context, const char *what) {
    struct check *check = context;
    printf("%s\n", what);
    check->problems++;
}

static void report_of(struct check *check, const char *part, const struct error *why) {
    char text[sizeof why->text + 64];
    snprintf(text, sizeof text, "%s: %s", part, why->text);
    report(check, text);
}

static void check_indexes(struct check *check) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
    struct store_collection collection = {.number = 0};
    struct error err = {.text = "no memory"};
    bool good = arena != NULL, found = good;
    while (good && found) {
        arena_reset(arena);
        good = store_collection_next(check->store, arena, collection.number, &collection, &found, &err);
        if (!good || !found)
            break;
        check->collections++;
        check->faces += collection.face_count;
        struct error why;
        if (!gallery_check(check->store, &collection, report, check, &why) && why.code != ERROR_NOT_FOUND)
            report_of(check, collection.id, &why);
    }
    if (!good)
        report_of(check, "collections", &err);
}

/* --- the record --- */

struct comparison {
    struct merkle_source tiles;
    uint64_t size;
};

static bool compare_entry(void *context, uint64_t index, struct bytes entry, struct error *err) {
    const struct comparison *comparison = context;
    struct sha256 leaf;
    if (index >= comparison->size)
        return true;
    if (!comparison->tiles.hash(comparison->tiles.context, 0, index, &leaf, err))
        return false;
    return sha256_equal(leaf, merkle_leaf(entry)) ||
           error_set(err, ERROR_VALIDATION, "entry %llu is not the one that the store has",
                     (unsigned long long)index);
}

/* The journal's entries are those that the log has, as far as both have them. */
static bool compare_journal(struct check *check, const char *folder_path, uint64_t size, struct error *err) {
    uint64_t first, next;
    if (!store_journal_bounds(check->store, &first, &next, err))
        return false;
    if (size > next || size < first)
        return error_set(
            err, ERROR_VALIDATION,
            "the log has %llu entries, the store keeps %llu to %llu: they are of different times",
            (unsigned long long)size, (unsigned long long)first, (unsigned long long)next);
    CLEANUP_FREE struct folder *folder = folder_new(folder_path, size);
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "no memory for the record");
    struct comparison comparison = {folder_source(folder), size};
    return store_journal_each(check->store, first, (size_t)(next - first), compare_entry, &comparison, err);
}

/* A server may be replacing partial tiles: what was only that is whole at the next look. */
static bool audit(const char *folder, const struct note_key *key, struct checkpoint *ret_checkpoint,
                  struct error *err) {
    for (int tries = 0; tries < AUDITS; tries++)
        if (audit_log(folder, key, ret_checkpoint, err))
            return true;
    return false;
}

static bool check_log(struct check *check, const char *data, struct error *err) {
    char folder[FILES_PATH_MAX], vkey[FILES_PATH_MAX];
    struct note_key key;
    struct checkpoint checkpoint = {.size = 0};
    if (!files_path(data, "record", folder, err) || !files_path(folder, "vkey", vkey, err))
        return false;
    uint64_t first, next;
    bool there = access(folder, F_OK) == 0;
    if (!there && store_journal_bounds(check->store, &first, &next, err) && next == 0)
        return true; /* nothing was ever recorded */
    if (!trust_key(vkey, &key, err) || !audit(folder, &key, &checkpoint, err) ||
        !compare_journal(check, folder, checkpoint.size, err))
        return false;
    check->entries = checkpoint.size;
    return true;
}

static int run(const char *data) {
    struct check check = {.problems = 0};
    struct error err;
    bool pending = false;
    if (!store_open_beside(data, &check.store, &err))
        return fail("%s", err.text);
    if (!store_verify(check.store, report, &check, &err))
        report_of(&check, "database", &err);
    if (!store_rotation_pending(check.store, &pending, &err))
        report_of(&check, "database", &err);
    if (pending)
        report(&check, "a rotation of keys was cut off: call countenance rotate-key");
    check_indexes(&check);
    if (!check_log(&check, data, &err))
        report_of(&check, "record", &err);
    store_close(check.store);
    if (check.problems > 0)
        return fail("%d %s not agree in %s", check.problems, check.problems == 1 ? "thing does" : "things do",
                    data);
    printf(
        "good: database, snapshots, indexes and record agree: %lld collections, %lld faces, %llu entries\n",
        (long long)check.collections, (long long)check.faces, (unsigned long long)check.entries);
    return fflush(stdout) == 0 ? EXIT_FINE : fail("cannot write the result");
}

int command_check(int argc, char **argv) {
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *data = "./var";
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            data = optarg;
        else
            return option == 'h' ? help_of("check") : EXIT_USAGE;
    if (optind < argc)
        return fail_usage("check takes no '%s'", argv[optind]);
    return run(data);
}
