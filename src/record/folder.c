#include "record/folder.h"
#include "record/files.h"

struct folder *folder_new(const char *path, uint64_t size) {
    struct folder *folder = calloc(1, sizeof *folder);
    if (folder) {
        folder->path = path;
        folder->size = size;
    }
    return folder;
}

/* How many of the bytes the first `width` entries of a bundle take; 0 when they are not there. */
static size_t bundle_len(struct bytes data, int width) {
    struct bytes rest = data, entry;
    for (int i = 0; i < width; i++)
        if (!bundle_take(&rest, &entry))
            return 0;
    return data.len - rest.len;
}

/* exactly: there must be nothing behind the tile. */
static bool cut(const struct tile *tile, bool exactly, struct bytes data, size_t *ret_len) {
    size_t len = tile->level == TILE_BUNDLE ? bundle_len(data, tile->width) : (size_t)tile->width * 32;
    if (len == 0 || len > data.len || (exactly && len != data.len))
        return false;
    *ret_len = len;
    return true;
}

bool folder_tile_read(const char *path, const struct tile *tile, char **ret_data, size_t *ret_len,
                      struct error *err) {
    struct tile full = {tile->level, tile->index, TILE_WIDTH};
    char name[TILE_PATH_MAX], file[FILES_PATH_MAX];
    size_t len, maximum = tile->level == TILE_BUNDLE ? TILE_BUNDLE_BYTES : TILE_BYTES;
    struct error why;
    char *data;
    tile_path(tile, name);
    if (!files_path(path, name, file, err))
        return false;
    bool exactly = files_read(file, maximum, &data, &len, &why);
    if (!exactly && why.code == ERROR_NOT_FOUND && tile->width < TILE_WIDTH) {
        char full_name[TILE_PATH_MAX], full_file[FILES_PATH_MAX];
        struct error ignored;
        tile_path(&full, full_name);
        if (!files_path(path, full_name, full_file, err))
            return false;
        if (!files_read(full_file, maximum, &data, &len, &ignored))
            return error_set(err, why.code, "%s", why.text);
    } else if (!exactly)
        return error_set(err, why.code, "%s", why.text);
    if (!cut(tile, exactly || tile->width == TILE_WIDTH, (struct bytes){data, len}, &len)) {
        free(data);
        return error_set(err, ERROR_INTERNAL, "%s is not whole: it was cut or changed", file);
    }
    *ret_data = data;
    *ret_len = len;
    return true;
}

static bool hold(struct folder *folder, int level, uint64_t index, struct error *err) {
    struct folder_tile *held = &folder->tiles[level];
    struct tile tile = {level, index, tile_width(level, index, folder->size)};
    if (held->width > 0 && held->index == index)
        return true;
    CLEANUP_FREE char *data = NULL;
    size_t len;
    if (tile.width == 0)
        return error_set(err, ERROR_INTERNAL, "a log of %llu entries does not have such a tile",
                         (unsigned long long)folder->size);
    if (!folder_tile_read(folder->path, &tile, &data, &len, err))
        return false;
    memcpy(held->hashes, data, len);
    held->index = index;
    held->width = tile.width;
    return true;
}

static bool folder_hash(void *context, int level, uint64_t index, struct sha256 *ret_hash,
                        struct error *err) {
    struct folder *folder = context;
    struct sha256 nodes[TILE_WIDTH];
    int tile_level = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
    uint64_t first = index << height; /* of the hashes of this tile level that it covers */
    if (!hold(folder, tile_level, first / TILE_WIDTH, err))
        return false;
    const struct folder_tile *held = &folder->tiles[tile_level];
    size_t at = first % TILE_WIDTH, count = (size_t)1 << height;
    if (at + count > (size_t)held->width)
        return error_set(err, ERROR_INTERNAL, "a hash behind the end of the log was asked for");
    memcpy(nodes, held->hashes + at, count * sizeof *nodes);
    *ret_hash = merkle_fold(nodes, height);
    return true;
}

struct merkle_source folder_source(struct folder *folder) {
    return (struct merkle_source){folder_hash, folder};
}

bool folder_entries_each(const char *path, uint64_t size, uint64_t first, uint64_t count,
                         bool (*visit)(void *context, uint64_t index, struct bytes entry, struct error *err),
                         void *context, struct error *err) {
    uint64_t end = first + count;
    for (uint64_t bundle = first / TILE_WIDTH; bundle * TILE_WIDTH < end; bundle++) {
        struct tile tile = {TILE_BUNDLE, bundle, tile_width(TILE_BUNDLE, bundle, size)};
        CLEANUP_FREE char *data = NULL;
        size_t len;
        if (!folder_tile_read(path, &tile, &data, &len, err))
            return false;
        struct bytes rest = {data, len}, entry;
        for (uint64_t index = bundle * TILE_WIDTH; index < end && bundle_take(&rest, &entry); index++)
            if (index >= first && !visit(context, index, entry, err))
                return false;
    }
    return true;
}

bool folder_checkpoint_read(const char *path, char **ret_data, size_t *ret_len, struct error *err) {
    char file[FILES_PATH_MAX];
    return files_path(path, "checkpoint", file, err) &&
           files_read(file, LIMIT_RECORD_NOTE, ret_data, ret_len, err);
}
