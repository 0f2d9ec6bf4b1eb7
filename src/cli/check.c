#include "cli/command.h"
#include "cli/trust.h"
#include "api/gallery_file.h"
#include "record/audit.h"
#include "record/files.h"
#include "record/record.h"

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
        !record_compare(check->store, folder, checkpoint.size, err))
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
    const char *data;
    int status;
    return read_data_option(argc, argv, "check", &data, &status) ? run(data) : status;
}
