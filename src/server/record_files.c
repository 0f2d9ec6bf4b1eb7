#include "server/record_files.h"
#include "record/files.h"
#include "record/folder.h"

#define PREFIX "/record/"

/* Full tiles never change. Partial ones do not either, but go away when they are full. */
#define CACHE_FULL "public, max-age=31536000, immutable"
#define CACHE_PARTIAL "public, max-age=86400, immutable"
#define CACHE_NONE "no-cache"

bool record_files_own(struct bytes path) {
    return bytes_starts_with(path, PREFIX);
}

static void refuse(struct request *request, const struct error *why) {
    if (why->code == ERROR_NOT_FOUND)
        request_refuse(request, ERROR_NOT_FOUND, 404, "The record has nothing of this name.");
    else
        request_refuse(request, ERROR_INTERNAL, 0, "The record cannot be read.");
}

/* The data is the reply's from now on. */
static void answer(struct request *request, const char *type, const char *cache, char *data, size_t len) {
    request_answer(request, type,
                   (struct buffer){.data = data, .len = len, .capacity = len + 1, .maximum = len + 1});
    request->cache = cache;
}

static bool answer_file(const char *folder, const char *name, struct request *request, struct error *err) {
    char path[FILES_PATH_MAX], *data;
    size_t len;
    if (!files_path(folder, name, path, err) || !files_read(path, LIMIT_RECORD_NOTE, &data, &len, err))
        return false;
    answer(request, "text/plain; charset=utf-8", CACHE_NONE, data, len);
    return true;
}

/* How many entries are published. */
static bool read_size(const char *folder, uint64_t *ret_size, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    struct checkpoint checkpoint;
    struct note note;
    size_t len;
    if (!folder_checkpoint_read(folder, &data, &len, err) ||
        !note_parse((struct bytes){data, len}, &note, err) || !checkpoint_read(note.text, &checkpoint, err))
        return false;
    *ret_size = checkpoint.size;
    return true;
}

static bool answer_tile(const char *folder, const struct tile *tile, struct request *request,
                        struct error *err) {
    uint64_t size;
    size_t len;
    char *data;
    if (!read_size(folder, &size, err))
        return false;
    if (tile_width(tile->level, tile->index, size) < tile->width)
        return error_set(err, ERROR_NOT_FOUND, "not published");
    if (!folder_tile_read(folder, tile, &data, &len, err))
        return false;
    answer(request, "application/octet-stream", tile->width == TILE_WIDTH ? CACHE_FULL : CACHE_PARTIAL, data,
           len);
    return true;
}

/* Which entries a query asks for; false when it is none. */
static bool read_query(struct bytes query, uint64_t size, uint64_t *ret_from, uint64_t *ret_count) {
    uint64_t from = UINT64_MAX, count = LIMIT_RECORD_PAGE_DEFAULT;
    while (query.len > 0) {
        struct bytes value = bytes_split(&query, '&'), name = bytes_split(&value, '=');
        bool known = bytes_equal_string(name, "from")    ? bytes_to_number(value, INT64_MAX, &from)
                     : bytes_equal_string(name, "count") ? bytes_to_number(value, LIMIT_RECORD_PAGE, &count)
                                                         : false;
        if (!known)
            return false;
    }
    if (from == UINT64_MAX)
        from = size - MIN(size, count);
    *ret_from = MIN(from, size);
    *ret_count = MIN(count, size - *ret_from);
    return true;
}

static bool write_line(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct buffer *lines = context;
    buffer_printf(lines, "{\"index\":%llu,\"entry\":", (unsigned long long)index);
    buffer_append(lines, entry.ptr, entry.len);
    buffer_text(lines, "}\n");
    return !lines->failed || error_set(err, ERROR_INTERNAL, "no memory for entries");
}

static bool answer_entries(const char *folder, struct request *request, struct error *err) {
    struct buffer lines = buffer_new(LIMIT_REPLY_BYTES);
    uint64_t size, from, count;
    if (!read_size(folder, &size, err))
        return false;
    if (!read_query(request->api.query, size, &from, &count)) {
        request_refuse(request, ERROR_VALIDATION, 0,
                       "entries takes from and count, which are whole numbers; count is at most 1000.");
        return true;
    }
    if (count > 0 && !folder_entries_each(folder, size, from, count, write_line, &lines, err)) {
        buffer_release(&lines);
        return false;
    }
    request_answer(request, "application/x-ndjson", lines);
    request->cache = CACHE_NONE;
    return true;
}

static bool answer_path(const char *folder, struct bytes path, struct request *request, struct error *err) {
    struct tile tile;
    if (bytes_equal_string(path, "checkpoint"))
        return answer_file(folder, "checkpoint", request, err);
    if (bytes_equal_string(path, "vkey"))
        return answer_file(folder, "vkey", request, err);
    if (bytes_equal_string(path, "entries"))
        return answer_entries(folder, request, err);
    if (tile_parse(path, &tile))
        return answer_tile(folder, &tile, request, err);
    return error_set(err, ERROR_NOT_FOUND, "no such name");
}

void record_files_answer(const char *folder, struct request *request) {
    struct bytes path = {request->api.path.ptr + strlen(PREFIX), request->api.path.len - strlen(PREFIX)};
    struct error err = {.code = ERROR_NOT_FOUND};
    if (!folder || !answer_path(folder, path, request, &err))
        refuse(request, &err);
}
