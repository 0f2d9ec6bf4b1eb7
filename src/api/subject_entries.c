#include "api/subject_entries.h"
#include "api/json.h"
#include "record/files.h"
#include "record/folder.h"

bool commitments_add(struct call *call, struct commitments *commitments, struct sha256 hash,
                     struct error *err) {
    if (commitments->count == commitments->capacity) {
        size_t capacity = MAX(2 * commitments->capacity, (size_t)64);
        struct sha256 *grown = arena_array(call->arena, capacity, sizeof *grown);
        if (!grown)
            return call_no_memory(err);
        if (commitments->count > 0)
            memcpy(grown, commitments->hashes, commitments->count * sizeof *grown);
        commitments->hashes = grown;
        commitments->capacity = capacity;
    }
    commitments->hashes[commitments->count++] = hash;
    return true;
}

static int compare_hashes(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct sha256));
}

struct scan {
    struct call *call;
    const struct commitments *commitments;
    char start[32]; /* of an entry that the caller may see */
    size_t put;
    uint64_t next; /* the first index that was not put; 0: all were */
};

/* Does it hold, as a string of 64 hex digits, one of the commitments? */
static bool mentions(struct bytes entry, const struct commitments *commitments) {
    enum { HEX = 2 * sizeof(struct sha256) };
    struct sha256 hash;
    for (size_t i = 0; i + HEX + 1 < entry.len; i++) {
        if (entry.ptr[i] != '"' || entry.ptr[i + HEX + 1] != '"' ||
            !hex_decode((struct bytes){entry.ptr + i + 1, HEX}, hash.bytes, sizeof hash.bytes))
            continue;
        if (bsearch(&hash, commitments->hashes, commitments->count, sizeof hash, compare_hashes))
            return true;
        i += HEX;
    }
    return false;
}

static bool look_at(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct scan *scan = context;
    struct buffer *out = scan->call->reply;
    (void)err;
    if (scan->next > 0 || !bytes_starts_with(entry, scan->start) || !mentions(entry, scan->commitments))
        return true;
    if (scan->put == LIMIT_SUBJECT_ENTRIES) {
        scan->next = index;
        return true;
    }
    scan->put++;
    json_object_open(out, NULL);
    json_put_integer(out, "Index", (int64_t)index);
    json_put_json(out, "Entry", entry);
    json_object_close(out);
    return true;
}

/* Waits until all that is in the journal by now is in the log. */
static bool catch_up(struct call *call, uint64_t *ret_size, struct error *err) {
    struct record_state state;
    uint64_t first, next;
    if (!store_journal_bounds(call->service->store, &first, &next, err) ||
        (next > 0 && !record_wait(call->service->record, next - 1, err)))
        return false;
    record_state(call->service->record, &state);
    *ret_size = state.size;
    return true;
}

bool entries_put(struct call *call, struct commitments *commitments, uint64_t from, struct error *err) {
    struct scan scan = {.call = call, .commitments = commitments};
    char folder[FILES_PATH_MAX];
    uint64_t size;
    qsort(commitments->hashes, commitments->count, sizeof *commitments->hashes, compare_hashes);
    if (!call->principal->is_operator) /* members of an entry are in the order of their names */
        snprintf(scan.start, sizeof scan.start, "{\"account\":\"%s\"", call->principal->account_id);
    if (!files_path(store_folder(call->service->store), "record", folder, err) || !catch_up(call, &size, err))
        return false;
    json_array_open(call->reply, "Entries");
    if (from < size && !folder_entries_each(folder, size, from, size - from, look_at, &scan, err))
        return false;
    json_array_close(call->reply);
    if (scan.next > 0)
        json_put_integer(call->reply, "NextEntry", (int64_t)scan.next);
    return true;
}
