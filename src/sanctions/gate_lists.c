/* What the record is told of the lists: each version that comes into use, each list that cannot be used, and
 * each that is no longer asked for.
 *
 * DIR/lists-recorded.json remembers what was told last, so that a start with the same versions tells nothing.
 * It is written after the entries are on disk: who loses it tells once more, never less. */
#include <yyjson.h>
#include "record/files.h"
#include "sanctions/gate_memory.h"

#define TOLD_FILE "lists-recorded.json"
#define IN_USE "in-use"
#define LEFT_OUT "left-out"

enum { TOLD_FILE_MAX = 64 * 1024 };

struct told {
    char source[ARCHIVE_SOURCE_MAX + 1];
    char state[12];   /* IN_USE, or why it cannot be used; "" of a list that nothing was told of */
    char version[65]; /* that came into use last; "" for none */
};

struct memory {
    struct told lists[LIMIT_LIST_SOURCES];
    size_t count;
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to record lists");
}

/* --- the file --- */

static void read_text(yyjson_val *object, const char *name, char *out, size_t size) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, name));
    snprintf(out, size, "%s", text ? text : "");
}

/* One that is not there, or damaged, remembers nothing. */
static bool memory_read(const char *data, struct memory *ret_memory, struct error *err) {
    char path[FILES_PATH_MAX];
    CLEANUP_FREE char *text = NULL;
    size_t len = 0;
    struct error failure;
    yyjson_val *key;
    ret_memory->count = 0;
    if (!files_path(data, TOLD_FILE, path, err))
        return false;
    if (!files_read(path, TOLD_FILE_MAX, &text, &len, &failure))
        return failure.code == ERROR_NOT_FOUND || error_set(err, failure.code, "%s", failure.text);
    yyjson_doc *document = yyjson_read(text, len, 0);
    yyjson_obj_iter items = yyjson_obj_iter_with(yyjson_doc_get_root(document));
    while ((key = yyjson_obj_iter_next(&items))) {
        struct told *told = &ret_memory->lists[ret_memory->count];
        if (ret_memory->count == LIMIT_LIST_SOURCES || !archive_is_source(yyjson_get_str(key)))
            continue;
        snprintf(told->source, sizeof told->source, "%s", yyjson_get_str(key));
        read_text(yyjson_obj_iter_get_val(key), "state", told->state, sizeof told->state);
        read_text(yyjson_obj_iter_get_val(key), "version", told->version, sizeof told->version);
        if (strspn(told->version, "0123456789abcdef") != sizeof told->version - 1)
            told->version[0] = 0;
        ret_memory->count++;
    }
    yyjson_doc_free(document);
    return true;
}

static bool memory_write(const char *data, const struct memory *memory, struct error *err) {
    char path[FILES_PATH_MAX];
    size_t len = 0;
    if (!files_path(data, TOLD_FILE, path, err))
        return false;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, root);
    for (size_t i = 0; i < memory->count; i++) {
        yyjson_mut_val *item = yyjson_mut_obj_add_obj(document, root, memory->lists[i].source);
        yyjson_mut_obj_add_str(document, item, "state", memory->lists[i].state);
        yyjson_mut_obj_add_str(document, item, "version", memory->lists[i].version);
    }
    CLEANUP_FREE char *text = yyjson_mut_write(document, YYJSON_WRITE_PRETTY, &len);
    yyjson_mut_doc_free(document);
    return text ? files_write(path, (struct bytes){text, len}, 0600, err) && files_sync(data, err)
                : no_memory(err);
}

static const struct told *memory_find(const struct memory *memory, const char *source) {
    for (size_t i = 0; i < memory->count; i++)
        if (strcmp(memory->lists[i].source, source) == 0)
            return &memory->lists[i];
    return NULL;
}

/* --- how a list stands --- */

/* NULL also when not all lists could be loaded. */
static const struct designations *find_loaded(const struct watchlists *lists, const char *source) {
    for (size_t i = 0; lists && i < lists->count; i++)
        if (strcmp(lists->lists[i]->source, source) == 0)
            return lists->lists[i];
    return NULL;
}

/* NULL: it can be used. */
static const char *trouble_of(const char *data, const char *source, int64_t now_ms) {
    CLEANUP_FREE struct archive_source *kept = calloc(1, sizeof *kept);
    CLEANUP(designations_cleanup) struct designations *designations = NULL;
    struct error failure = {.code = ERROR_INTERNAL};
    if (kept && archive_source_read(data, source, kept, &failure) &&
        archive_is_healthy(data, kept, now_ms, &failure))
        return archive_load(data, source, kept->current, &designations, NULL) ? NULL : "damaged";
    return failure.code == ERROR_NOT_FOUND    ? "missing"
           : failure.code == ERROR_VALIDATION ? "stale"
                                              : "damaged";
}

/* A list is in use when all that are asked for can be: without one there is no verdict. */
static struct told look_at(const struct gate *gate, const struct means *means, const struct told *before,
                           const char *source, int64_t now_ms) {
    const struct designations *loaded = find_loaded(means->lists, source);
    const char *trouble = loaded ? NULL : trouble_of(gate->data, source, now_ms);
    struct told now = {0};
    if (before)
        now = *before;
    snprintf(now.source, sizeof now.source, "%s", source);
    if (loaded)
        sha256_hex(loaded->version, now.version);
    if (loaded || trouble)
        snprintf(now.state, sizeof now.state, "%s", loaded ? IN_USE : trouble);
    return now;
}

static bool names_of(const struct gate *gate, const struct means *means,
                     char ret_names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1], size_t *ret_count,
                     struct error *err) {
    struct error failure;
    *ret_count = 0;
    return watchlists_names(gate->data, &means->policy, ret_names, ret_count, &failure) ||
           failure.code == ERROR_VALIDATION || error_set(err, failure.code, "%s", failure.text);
}

/* --- the entries --- */

static void put_number(struct record_detail *details, size_t *count, const char *name, uint32_t number) {
    if (number > 0)
        details[(*count)++] = (struct record_detail){.name = name, .number = number};
}

static bool put_entry(const struct gate *gate, const struct told *now, const struct told *before,
                      const struct means *means, const struct list_change *change, int64_t now_ms,
                      struct error *err) {
    const struct designations *loaded = find_loaded(means->lists, now->source);
    bool usable = loaded || strcmp(now->state, LEFT_OUT) == 0;
    char date[11] = "";
    struct record_detail details[LIMIT_RECORD_DETAILS] = {{.name = "list", .text = now->source},
                                                          {.name = "state", .text = now->state}};
    size_t count = 2;
    if (now->version[0])
        details[count++] = (struct record_detail){.name = "version", .text = now->version};
    if (loaded) {
        partial_date_format(loaded->generated, date);
        details[count++] = (struct record_detail){.name = "format", .text = loaded->format};
        details[count++] = (struct record_detail){.name = "designations", .number = loaded->count};
        if (date[0])
            details[count++] = (struct record_detail){.name = "generated", .text = date};
        if (before && before->version[0] && strcmp(before->version, now->version) != 0)
            details[count++] = (struct record_detail){.name = "before", .text = before->version};
        put_number(details, &count, "added", change->counts.added);
        put_number(details, &count, "removed", change->counts.removed);
        put_number(details, &count, "changed", change->counts.changed);
        put_number(details, &count, "touched", change->touched);
    }
    struct record_entry entry = {.kind = RECORD_LIST,
                                 .started_ms = now_ms,
                                 .outcome = usable ? RECORD_DONE : RECORD_REFUSED,
                                 .error = usable ? NULL : "no-verdict",
                                 .details = details,
                                 .detail_count = count};
    return record_put(gate->record, &entry, NULL, err);
}

/* Fills `now` with all that are asked for. */
static bool tell(const struct gate *gate, const struct memory *before, const struct means *means,
                 const struct list_change *change, int64_t now_ms, struct memory *now, bool *ret_told,
                 struct error *err) {
    char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t count;
    *ret_told = false;
    if (!names_of(gate, means, names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct told *old = memory_find(before, names[i]);
        struct told *list = &now->lists[now->count++];
        *list = look_at(gate, means, old, names[i], now_ms);
        if (strcmp(list->state, old ? old->state : "") == 0 &&
            strcmp(list->version, old ? old->version : "") == 0)
            continue;
        *ret_told = true;
        if (!put_entry(gate, list, old, means, change, now_ms, err))
            return false;
    }
    for (size_t i = 0; i < before->count; i++) {
        struct told gone = before->lists[i];
        if (memory_find(now, gone.source))
            continue;
        snprintf(gone.state, sizeof gone.state, LEFT_OUT);
        *ret_told = true;
        if (!put_entry(gate, &gone, NULL, means, change, now_ms, err))
            return false;
    }
    return true;
}

bool gate_record_lists(struct gate *gate, const struct means *means, const struct list_change *change,
                       int64_t now_ms, struct error *err) {
    CLEANUP_FREE struct memory *before = calloc(1, sizeof *before);
    CLEANUP_FREE struct memory *now = calloc(1, sizeof *now);
    bool told;
    if (!before || !now)
        return no_memory(err);
    if (!gate->record || !means->has_policy)
        return true;
    if (!memory_read(gate->data, before, err) || !store_begin(gate->store, err))
        return false;
    if (!tell(gate, before, means, change, now_ms, now, &told, err)) {
        store_rollback(gate->store);
        return false;
    }
    return store_commit(gate->store, err) && (!told || memory_write(gate->data, now, err));
}
