#include <getopt.h>
#include "api/json.h"
#include "base/clock.h"
#include "cli/command.h"
#include "sanctions/archive.h"
#include "sanctions/difference.h"
#include "sanctions/lists/list.h"

struct lists {
    const char *data, *source;
    struct health_rules rules;
    bool json;
    struct buffer out; /* JSON, or text */
    char **arguments;
    int count;
};

static void put_version(struct buffer *json, const char *name, const struct archive_version *version) {
    char generated[11];
    partial_date_format(version->measure.generated, generated);
    json_object_open(json, name);
    json_put_string(json, "Version", version->version);
    json_put_string(json, "Format", version->format);
    if (generated[0])
        json_put_string(json, "Generated", generated);
    json_put_integer(json, "Designations", version->measure.designations);
    json_put_integer(json, "Names", version->measure.names);
    json_put_time(json, "AddedTimestamp", version->added_ms);
    json_object_close(json);
}

static void print_version(struct buffer *out, const char *source, const char *what,
                          const struct archive_version *version) {
    char generated[11];
    partial_date_format(version->measure.generated, generated);
    buffer_printf(out, "%s: %s %.12s, %s%s%s, %u designations, %u names\n", source, what, version->version,
                  version->format, generated[0] ? " of " : "", generated, version->measure.designations,
                  version->measure.names);
}

static void report_taken(struct lists *lists, const struct archive_source *source, bool changed,
                         const struct archive_version *version) {
    if (!lists->json) {
        print_version(&lists->out, source->name, changed ? "now" : "still", version);
        return;
    }
    json_object_open(&lists->out, NULL);
    json_put_string(&lists->out, "Source", source->name);
    json_put_boolean(&lists->out, "Changed", changed);
    put_version(&lists->out, "Current", version);
    json_object_close(&lists->out);
}

static void report_refused(struct lists *lists, const char *name, const struct error *err) {
    fail("%s: %s", name, err->text);
    if (!lists->json)
        return;
    json_object_open(&lists->out, NULL);
    json_put_string(&lists->out, "Source", name);
    json_put_string(&lists->out, "Refused", err->text);
    json_object_close(&lists->out);
}

static void take_rules(const struct lists *lists, struct archive_source *source) {
    if (lists->rules.minimum != ARCHIVE_DEFAULT)
        source->rules.minimum = lists->rules.minimum;
    if (lists->rules.shrink != ARCHIVE_DEFAULT)
        source->rules.shrink = lists->rules.shrink;
    if (lists->rules.days != ARCHIVE_DEFAULT)
        source->rules.days = lists->rules.days;
}

static int add(struct lists *lists) {
    struct error err;
    struct archive_version version;
    bool changed = false;
    CLEANUP_FREE struct archive_source *source = calloc(1, sizeof *source);
    if (!source)
        return fail("no memory");
    if (lists->count == 0)
        return fail_usage("lists add needs a file or an address");
    if (!lists->source)
        archive_source_new("", source);
    else if (!archive_source_read(lists->data, lists->source, source, &err)) {
        if (err.code != ERROR_NOT_FOUND)
            return fail("%s", err.text);
        archive_source_new(lists->source, source);
    }
    take_rules(lists, source);
    if (!archive_add(lists->data, source, (const char *const *)lists->arguments, (size_t)lists->count,
                     &version, &changed, &err)) {
        report_refused(lists, source->name[0] ? source->name : "lists", &err);
        return EXIT_FAILED;
    }
    report_taken(lists, source, changed, &version);
    return EXIT_FINE;
}

/* Calls act for each of the sources named, or for all there are; the worst code counts. */
static int each_source(struct lists *lists, int (*act)(struct lists *lists, struct archive_source *source)) {
    static char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t count = (size_t)lists->count;
    int worst = EXIT_FINE;
    struct error err;
    CLEANUP_FREE struct archive_source *source = calloc(1, sizeof *source);
    if (!source)
        return fail("no memory");
    if (count == 0 && !archive_sources(lists->data, names, &count, &err))
        return fail("%s", err.text);
    for (size_t i = 0; i < count; i++) {
        const char *name = lists->count > 0 ? lists->arguments[i] : names[i];
        int code = archive_source_read(lists->data, name, source, &err) ? act(lists, source)
                                                                        : fail("%s", err.text);
        worst = MAX(worst, code);
    }
    return worst;
}

static int update_source(struct lists *lists, struct archive_source *source) {
    struct archive_version version;
    struct error err;
    bool changed = false;
    if (source->address_count == 0 && lists->count == 0)
        return EXIT_FINE; /* of all, those with an address */
    take_rules(lists, source);
    if (!archive_update(lists->data, source, &version, &changed, &err)) {
        report_refused(lists, source->name, &err);
        return EXIT_FAILED;
    }
    report_taken(lists, source, changed, &version);
    return EXIT_FINE;
}

static int update(struct lists *lists) {
    if (lists->json) {
        json_object_open(&lists->out, NULL);
        json_array_open(&lists->out, "Sources");
    }
    int code = each_source(lists, update_source);
    if (lists->json) {
        json_array_close(&lists->out);
        json_object_close(&lists->out);
    }
    return code;
}

static void put_source(struct buffer *json, const struct archive_source *source,
                       const struct error *unhealthy, const struct archive_version *versions, size_t count) {
    json_object_open(json, NULL);
    json_put_string(json, "Source", source->name);
    json_put_boolean(json, "Healthy", !unhealthy);
    if (unhealthy)
        json_put_string(json, "Reason", unhealthy->text);
    json_put_string(json, "Current", source->current);
    json_put_time(json, "CheckedTimestamp", source->checked_ms);
    if (source->refused[0]) {
        json_put_string(json, "Refused", source->refused);
        json_put_time(json, "RefusedTimestamp", source->refused_ms);
    }
    json_array_open(json, "Addresses");
    for (size_t i = 0; i < source->address_count; i++)
        json_put_string(json, NULL, source->addresses[i].url);
    json_array_close(json);
    json_array_open(json, "Versions");
    for (size_t i = 0; i < count; i++)
        put_version(json, NULL, &versions[i]);
    json_array_close(json);
    json_object_close(json);
}

static int show_source(struct lists *lists, struct archive_source *source) {
    CLEANUP_FREE struct archive_version *versions = NULL;
    size_t count = 0;
    struct error err, unhealthy;
    if (!archive_versions(lists->data, source->name, &versions, &count, &err))
        return fail("%s", err.text);
    bool healthy = archive_is_healthy(lists->data, source, clock_now_ms(), &unhealthy);
    if (lists->json) {
        put_source(&lists->out, source, healthy ? NULL : &unhealthy, versions, count);
        return healthy ? EXIT_FINE : EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        print_version(&lists->out, source->name,
                      strcmp(versions[i].version, source->current) == 0 ? "in use" : "kept", &versions[i]);
    if (!healthy)
        buffer_printf(&lists->out, "%s: NO VERDICT: %s\n", source->name, unhealthy.text);
    else if (source->refused[0])
        buffer_printf(&lists->out, "%s: refused: %s\n", source->name, source->refused);
    return healthy ? EXIT_FINE : EXIT_FAILED;
}

static int show(struct lists *lists) {
    if (lists->json) {
        json_object_open(&lists->out, NULL);
        json_array_open(&lists->out, "Sources");
    }
    int code = each_source(lists, show_source);
    if (lists->json) {
        json_array_close(&lists->out);
        json_object_close(&lists->out);
    }
    return code;
}

/* --- diff --- */

/* A file, or a version of any source. */
static bool load(const struct lists *lists, const char *what, struct designations **ret_designations,
                 struct error *err) {
    static char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    struct archive_version version;
    size_t count = 1;
    if (access(what, F_OK) == 0)
        return list_read("file", &what, NULL, 1, ret_designations, NULL, err);
    if (lists->source)
        snprintf(names[0], sizeof names[0], "%s", lists->source);
    else if (!archive_sources(lists->data, names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (archive_version_read(lists->data, names[i], what, &version, err))
            return archive_load(lists->data, names[i], version.version, ret_designations, err);
    return error_set(err, ERROR_NOT_FOUND, "there is no file and no version '%.80s'", what);
}

struct diff {
    struct lists *lists;
    const struct designations *before, *after;
    uint32_t counts[3];
};

static void visit(void *context, enum difference_kind kind, const struct designation *before,
                  const struct designation *after) {
    static const char *const names[] = {"added", "removed", "changed"};
    static const char marks[] = "+-~";
    struct diff *diff = context;
    struct buffer *out = &diff->lists->out;
    const struct designations *all = after ? diff->after : diff->before;
    const struct designation *one = after ? after : before;
    struct bytes id = designations_text(all, one->id), name = designation_name(all, one);
    diff->counts[kind]++;
    if (!diff->lists->json) {
        buffer_printf(out, "%c %.*s %.*s\n", marks[kind], BYTES_FORMAT(id), BYTES_FORMAT(name));
        return;
    }
    json_object_open(out, NULL);
    json_put_string(out, "Change", names[kind]);
    json_put_text(out, "Id", id);
    json_put_text(out, "Name", name);
    json_put_string(out, "Kind", designation_kind_name(one->kind));
    json_object_close(out);
}

static int difference(struct lists *lists) {
    CLEANUP(designations_cleanup) struct designations *before = NULL;
    CLEANUP(designations_cleanup) struct designations *after = NULL;
    struct error err;
    struct buffer *out = &lists->out;
    if (lists->count != 2)
        return fail_usage("lists diff needs two versions, or files");
    if (!load(lists, lists->arguments[0], &before, &err) || !load(lists, lists->arguments[1], &after, &err))
        return fail("%s", err.text);
    struct diff diff = {.lists = lists, .before = before, .after = after};
    if (lists->json) {
        json_object_open(out, NULL);
        json_array_open(out, "Changes");
    }
    if (!difference_each(before, after, visit, &diff, &err))
        return fail("%s", err.text);
    if (lists->json) {
        json_array_close(out);
        json_object_close(out);
    } else {
        buffer_printf(out, "%u added, %u removed, %u changed\n", diff.counts[DIFFERENCE_ADDED],
                      diff.counts[DIFFERENCE_REMOVED], diff.counts[DIFFERENCE_CHANGED]);
    }
    return EXIT_FINE;
}

static const struct {
    const char *name;
    int (*run)(struct lists *lists);
} actions[] = {{"add", add}, {"update", update}, {"show", show}, {"diff", difference}};

static int run(struct lists *lists, const char *action) {
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (strcmp(actions[i].name, action) != 0)
            continue;
        int code = actions[i].run(lists);
        if (lists->json && lists->out.len > 0)
            return MAX(print_json(&lists->out), code);
        if (lists->out.len > 0)
            fwrite(lists->out.data, 1, lists->out.len, stdout);
        buffer_release(&lists->out);
        return code;
    }
    return fail_usage("lists does not know '%s'", action);
}

static bool take_number(const char *name, const char *text, double maximum, uint32_t *ret_number) {
    double number;
    if (!option_number(name, text, 0, maximum, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

int command_lists(int argc, char **argv) {
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},   {"source", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},         {"minimum", required_argument, NULL, 'm'},
        {"shrink", required_argument, NULL, 'p'}, {"days", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},         {0}};
    struct lists lists = {.data = "./var",
                          .rules = {ARCHIVE_DEFAULT, ARCHIVE_DEFAULT, ARCHIVE_DEFAULT},
                          .out = buffer_new(LIMIT_REPLY_BYTES)};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            lists.data = optarg;
        else if (option == 's')
            lists.source = optarg;
        else if (option == 'j')
            lists.json = true;
        else if (option == 'm' || option == 'p' || option == 't') {
            uint32_t *rule = option == 'm'   ? &lists.rules.minimum
                             : option == 'p' ? &lists.rules.shrink
                                             : &lists.rules.days;
            const char *name = option == 'm' ? "minimum" : option == 'p' ? "shrink" : "days";
            if (!take_number(name, optarg, option == 'p' ? 100 : 1e6, rule))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("lists") : EXIT_USAGE;
    if (optind >= argc)
        return fail_usage("lists needs add, update, show or diff");
    lists.arguments = argv + optind + 1;
    lists.count = argc - optind - 1;
    return run(&lists, argv[optind]);
}
