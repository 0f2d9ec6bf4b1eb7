#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <yyjson.h>
#include "cli/archive.h"
#include "api/json.h"
#include "base/digest.h"
#include "base/limits.h"

bool archive_map(int file, const char *path, struct bytes *ret_bytes, struct error *err) {
    struct stat about;
    if (fstat(file, &about) < 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode) || about.st_size == 0)
        return error_set(err, ERROR_INTERNAL, "%s is %s", path,
                         S_ISREG(about.st_mode) ? "empty" : "not a file");
    void *data = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    *ret_bytes = (struct bytes){data, (size_t)about.st_size};
    return true;
}

void archive_unmap(struct bytes bytes) {
    void *data;
    if (!bytes.ptr)
        return;
    memcpy(&data, &bytes.ptr, sizeof data);
    munmap(data, bytes.len);
}

void archive_put_end(struct buffer *out, struct bytes before) {
    char hex[65];
    sha256_hex(sha256_of(before), hex);
    json_object_open(out, NULL);
    json_put_string(out, "SHA256", hex);
    json_object_close(out);
    buffer_text(out, "\n");
}

static bool malformed(const struct archive *archive, const char *what, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "%s is not a whole export: %s", archive->path, what);
}

/* The object of one line, in the arena. */
static bool read_line(struct arena *arena, struct bytes line, struct yyjson_val **ret_object) {
    if (line.len > LIMIT_ARCHIVE_LINE)
        return false;
    char *text = arena_alloc(arena, line.len + YYJSON_PADDING_SIZE);
    if (!text)
        return false;
    memcpy(text, line.ptr, line.len);
    return json_read(arena, text, line.len, ret_object, NULL);
}

/* The last line, taken off the bytes. */
static bool check_end(struct archive *archive, struct error *err) {
    struct bytes all = archive->bytes;
    struct yyjson_val *end;
    struct sha256 told;
    size_t start = all.len - 1;
    if (all.ptr[start] != '\n')
        return malformed(archive, "the end is missing", err);
    while (start > 0 && all.ptr[start - 1] != '\n')
        start--;
    struct bytes last = {all.ptr + start, all.len - 1 - start}, before = {all.ptr, start};
    if (!read_line(archive->line_arena, last, &end) ||
        !hex_decode(json_get_text(end, "SHA256"), told.bytes, sizeof told.bytes))
        return malformed(archive, "the end is missing", err);
    if (!sha256_equal(told, sha256_of(before)))
        return malformed(archive, "its SHA-256 is another than it says", err);
    archive->rows = before;
    return true;
}

static bool read_header(struct archive *archive, struct error *err) {
    struct bytes line = bytes_split(&archive->rows, '\n');
    if (!read_line(archive->arena, line, &archive->header) ||
        !bytes_equal_string(json_get_text(archive->header, "Format"), ARCHIVE_FORMAT))
        return malformed(archive, "the header is missing", err);
    int64_t version = json_get_integer(archive->header, "Version", 0);
    if (version != ARCHIVE_VERSION)
        return error_set(err, ERROR_INTERNAL, "%s is of version %lld, this program reads version %d",
                         archive->path, (long long)version, ARCHIVE_VERSION);
    if (json_get_text(archive->header, "CollectionId").len == 0 ||
        json_get_text(archive->header, "FaceModelVersion").len == 0)
        return malformed(archive, "the header lacks a member", err);
    return true;
}

static bool check_rows(struct archive *archive, struct error *err) {
    struct archive_row row = {.rest = archive->rows};
    int64_t users = 0, faces = 0;
    bool more = true;
    while (more) {
        if (!archive_next(archive, &row, &more, err))
            return false;
        users += more && !row.is_face;
        faces += more && row.is_face;
    }
    return (users == json_get_integer(archive->header, "Users", -1) &&
            faces == json_get_integer(archive->header, "Faces", -1)) ||
           malformed(archive, "the header counts other users and faces than there are", err);
}

bool archive_open(const char *path, struct archive *ret_archive, struct error *err) {
    struct archive archive = {
        .path = path, .arena = arena_new(LIMIT_REQUEST_ARENA), .line_arena = arena_new(LIMIT_REQUEST_ARENA)};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool good = false;
    if (file < 0)
        error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    else if (!archive.arena || !archive.line_arena)
        error_set(err, ERROR_INTERNAL, "no memory for %s", path);
    else
        good = archive_map(file, path, &archive.bytes, err) && check_end(&archive, err) &&
               read_header(&archive, err) && check_rows(&archive, err);
    if (file >= 0)
        close(file);
    if (good)
        *ret_archive = archive;
    else
        archive_close(&archive);
    return good;
}

void archive_close(struct archive *archive) {
    archive_unmap(archive->bytes);
    arena_free(archive->arena);
    arena_free(archive->line_arena);
}

bool archive_next(struct archive *archive, struct archive_row *row, bool *ret_more, struct error *err) {
    struct yyjson_val *object;
    if (row->rest.len == 0) {
        *ret_more = false;
        return true;
    }
    row->line = bytes_split(&row->rest, '\n');
    row->number++;
    row->is_face = bytes_starts_with(row->line, ARCHIVE_FACE);
    arena_reset(archive->line_arena);
    if ((!row->is_face && !bytes_starts_with(row->line, ARCHIVE_USER)) ||
        !read_line(archive->line_arena, row->line, &object))
        return error_set(err, ERROR_INTERNAL, "%s, line %zu: this is neither a user nor a face",
                         archive->path, row->number + 1);
    *ret_more = true;
    return true;
}
