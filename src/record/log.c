/* The right edge of the tree is held in memory: the hashes of the last tile of each level, and the entries of
 * the last bundle. A new entry's leaf hash goes into level 0; a level that has 256 hashes is written, folded
 * into one hash of the level above, and begins anew.
 *
 * The order of the writes makes a kill at any moment harmless. Bundles and tiles first, each written beside
 * its place, put onto the disk and renamed; then their folders; then, when all that it speaks of is there,
 * the checkpoint in the same way. Until then the log is as large as the old checkpoint says. Tiles that were
 * written for a checkpoint that never came are written again, with the same hashes in the same places, since
 * the entries come in the same order.
 *
 * Partial tiles stay, one for each checkpoint that was published, until the full one is there: a reader who
 * has an older checkpoint finds what belongs to it. */
#include <assert.h>
#include <dirent.h>
#include "record/log.h"
#include "record/files.h"
#include "record/folder.h"

enum { UNSYNCED_MAX = 32 };

struct log {
    char folder[FILES_PATH_MAX];
    const struct note_signer *signer;
    uint64_t published, size;
    struct sha256 root; /* of size, once it is flushed */
    int widths[TILE_LEVELS];
    struct sha256 hashes[TILE_LEVELS][TILE_WIDTH];
    struct buffer bundle;
    char unsynced[UNSYNCED_MAX][FILES_PATH_MAX]; /* folders with names that are not on disk */
    int unsynced_count;
};

static bool sync_folders(struct log *log, struct error *err) {
    for (; log->unsynced_count > 0; log->unsynced_count--)
        if (!files_sync(log->unsynced[log->unsynced_count - 1], err))
            return false;
    return true;
}

static bool note_folder(struct log *log, const char *path, struct error *err) {
    char folder[FILES_PATH_MAX];
    files_folder(path, folder);
    for (int i = 0; i < log->unsynced_count; i++)
        if (strcmp(log->unsynced[i], folder) == 0)
            return true;
    if (log->unsynced_count == UNSYNCED_MAX && !sync_folders(log, err))
        return false;
    memcpy(log->unsynced[log->unsynced_count++], folder, sizeof folder);
    return true;
}

static bool write_tile(struct log *log, const struct tile *tile, struct bytes data, struct error *err) {
    char name[TILE_PATH_MAX], path[FILES_PATH_MAX];
    tile_path(tile, name);
    return files_path(log->folder, name, path, err) && files_write(path, data, 0644, err) &&
           note_folder(log, path, err);
}

static bool write_level(struct log *log, int level, uint64_t index, struct error *err) {
    struct tile tile = {level, index, log->widths[level]};
    struct bytes data = {(const char *)log->hashes[level], (size_t)tile.width * 32};
    return write_tile(log, &tile, data, err);
}

static bool write_bundle(struct log *log, uint64_t index, struct error *err) {
    struct tile tile = {TILE_BUNDLE, index, log->widths[0]};
    return write_tile(log, &tile, buffer_bytes(&log->bundle), err);
}

/* The last hash filled level 0, and perhaps others above it. */
static bool carry(struct log *log, struct error *err) {
    uint64_t index = (log->size - 1) / TILE_WIDTH;
    if (!write_bundle(log, index, err))
        return false;
    log->bundle.len = 0;
    for (int level = 0; log->widths[level] == TILE_WIDTH; level++, index /= TILE_WIDTH) {
        if (!write_level(log, level, index, err))
            return false;
        log->hashes[level + 1][log->widths[level + 1]++] = merkle_fold(log->hashes[level], TILE_HEIGHT);
        log->widths[level] = 0;
    }
    return true;
}

bool log_add(struct log *log, struct bytes entry, struct error *err) {
    assert(entry.len <= LIMIT_RECORD_ENTRY && log->size < INT64_MAX);
    const uint8_t len[2] = {(uint8_t)(entry.len >> 8), (uint8_t)entry.len};
    buffer_append(&log->bundle, len, sizeof len);
    buffer_append(&log->bundle, entry.ptr, entry.len);
    if (log->bundle.failed)
        return error_set(err, ERROR_INTERNAL, "no memory for the record");
    log->hashes[0][log->widths[0]++] = merkle_leaf(entry);
    log->size++;
    return log->widths[0] < TILE_WIDTH || carry(log, err);
}

/* Hashes of the right edge, as merkle_root asks for them. */
static bool edge_hash(void *context, int level, uint64_t index, struct sha256 *ret_hash, struct error *err) {
    const struct log *log = context;
    struct sha256 nodes[TILE_WIDTH];
    int tile_level = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
    size_t at = (index << height) % TILE_WIDTH, count = (size_t)1 << height;
    (void)err;
    assert(at + count <= (size_t)log->widths[tile_level]);
    memcpy(nodes, log->hashes[tile_level] + at, count * sizeof *nodes);
    *ret_hash = merkle_fold(nodes, height);
    return true;
}

static bool set_root(struct log *log, struct error *err) {
    struct merkle_source edge = {edge_hash, log};
    return merkle_root(&edge, log->size, &log->root, err);
}

bool log_flush(struct log *log, struct error *err) {
    for (int level = 0; level < TILE_LEVELS; level++) {
        int shift = TILE_HEIGHT * level;
        bool grew = log->size >> shift != log->published >> shift;
        if (log->widths[level] > 0 && grew &&
            !write_level(log, level, log->size >> shift >> TILE_HEIGHT, err))
            return false;
    }
    if (log->widths[0] > 0 && log->size > log->published && !write_bundle(log, log->size / TILE_WIDTH, err))
        return false;
    return sync_folders(log, err) && set_root(log, err);
}

void log_checkpoint(const struct log *log, struct buffer *out) {
    struct checkpoint checkpoint = {.size = log->size, .root = log->root};
    memcpy(checkpoint.origin, log->signer->key.name, sizeof checkpoint.origin);
    size_t start = out->len;
    checkpoint_write(&checkpoint, out);
    if (out->failed)
        return;
    size_t len = out->len - start;
    buffer_text(out, "\n");
    if (!out->failed)
        note_sign(log->signer, (struct bytes){out->data + start, len}, out);
}

/* The partial forms of a tile. Best effort: one that stays is right, only of no more use. */
static void remove_partial(const struct log *log, int level, uint64_t index) {
    struct tile tile = {level, index, TILE_WIDTH};
    char name[TILE_PATH_MAX], folder[FILES_PATH_MAX];
    struct dirent *file;
    tile_path(&tile, name);
    snprintf(name + strlen(name), sizeof name - strlen(name), ".p");
    if (!files_path(log->folder, name, folder, NULL))
        return;
    DIR *files = opendir(folder);
    if (!files)
        return;
    while ((file = readdir(files)))
        if (file->d_name[0] != '.')
            unlinkat(dirfd(files), file->d_name, 0);
    closedir(files);
    rmdir(folder);
}

static void remove_filled(const struct log *log, uint64_t old_size) {
    for (int level = 0; level < TILE_LEVELS; level++) {
        int shift = TILE_HEIGHT * level;
        uint64_t hashes = old_size >> shift, index = hashes / TILE_WIDTH;
        if (hashes % TILE_WIDTH == 0 || log->size >> shift >> TILE_HEIGHT == index)
            continue;
        remove_partial(log, level, index);
        if (level == 0)
            remove_partial(log, TILE_BUNDLE, index);
    }
}

bool log_publish(struct log *log, struct bytes checkpoint, struct error *err) {
    char path[FILES_PATH_MAX];
    uint64_t old_size = log->published;
    if (!files_path(log->folder, "checkpoint", path, err) || !files_write(path, checkpoint, 0644, err) ||
        !files_sync(log->folder, err))
        return false;
    log->published = log->size;
    remove_filled(log, old_size);
    return true;
}

bool log_prove_consistency(struct log *log, uint64_t old_size, struct merkle_proof *ret_proof,
                           struct error *err) {
    CLEANUP_FREE struct folder *folder = folder_new(log->folder, log->size);
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "no memory for a proof");
    struct merkle_source source = folder_source(folder);
    return merkle_prove_consistency(&source, old_size, log->size, ret_proof, err);
}

/* --- opening --- */

static bool damaged(const struct log *log, const char *what, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "the record in %s is damaged: %s; restore it from a backup",
                     log->folder, what);
}

static bool read_level(struct log *log, int level, struct error *err) {
    uint64_t hashes = log->size >> (TILE_HEIGHT * level);
    struct tile tile = {level, hashes / TILE_WIDTH, (int)(hashes % TILE_WIDTH)};
    CLEANUP_FREE char *data = NULL;
    size_t len;
    struct error why;
    log->widths[level] = tile.width;
    if (tile.width == 0)
        return true;
    if (!folder_tile_read(log->folder, &tile, &data, &len, &why))
        return damaged(log, why.text, err);
    memcpy(log->hashes[level], data, len);
    return true;
}

/* The entries of the last bundle must be those of the last tile. */
static bool read_bundle(struct log *log, struct error *err) {
    struct tile tile = {TILE_BUNDLE, log->size / TILE_WIDTH, log->widths[0]};
    CLEANUP_FREE char *data = NULL;
    struct error why;
    struct bytes rest = {NULL, 0}, entry;
    if (tile.width == 0)
        return true;
    if (!folder_tile_read(log->folder, &tile, &data, &rest.len, &why))
        return damaged(log, why.text, err);
    rest.ptr = data;
    buffer_append(&log->bundle, rest.ptr, rest.len);
    for (int i = 0; i < tile.width; i++)
        if (!bundle_take(&rest, &entry) || !sha256_equal(merkle_leaf(entry), log->hashes[0][i]))
            return damaged(log, "its last entries were changed", err);
    return !log->bundle.failed || error_set(err, ERROR_INTERNAL, "no memory for the record");
}

static bool read_edge(struct log *log, struct bytes signed_checkpoint, struct error *err) {
    struct checkpoint checkpoint;
    struct error why;
    if (!checkpoint_open(signed_checkpoint, &log->signer->key, &checkpoint, NULL, &why))
        return damaged(log, why.text, err);
    log->size = log->published = checkpoint.size;
    for (int level = 0; level < TILE_LEVELS; level++)
        if (!read_level(log, level, err))
            return false;
    if (!read_bundle(log, err) || !set_root(log, err))
        return false;
    return sha256_equal(log->root, checkpoint.root) ||
           damaged(log, "its tiles are not those of its checkpoint", err);
}

static bool begin_empty(struct log *log, struct error *err) {
    struct buffer checkpoint = buffer_new(LIMIT_RECORD_NOTE);
    char folder[FILES_PATH_MAX];
    if (!set_root(log, err))
        return false;
    log_checkpoint(log, &checkpoint);
    files_folder(log->folder, folder);
    bool begun = (!checkpoint.failed || error_set(err, ERROR_INTERNAL, "no memory for the record")) &&
                 log_publish(log, buffer_bytes(&checkpoint), err) && files_sync(folder, err);
    buffer_release(&checkpoint);
    return begun;
}

static bool open_files(struct log *log, const char *folder, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    char tiles[FILES_PATH_MAX];
    size_t len;
    struct error why;
    if (!files_path(folder, "", log->folder, err) || !files_path(folder, "tile", tiles, err))
        return false;
    log->folder[strlen(folder)] = 0;
    if (folder_checkpoint_read(folder, &data, &len, &why))
        return read_edge(log, (struct bytes){data, len}, err);
    if (why.code != ERROR_NOT_FOUND)
        return damaged(log, why.text, err);
    if (access(tiles, F_OK) == 0)
        return damaged(log, "its checkpoint is gone", err);
    return begin_empty(log, err);
}

bool log_open(const char *folder, const struct note_signer *signer, struct log **ret_log, struct error *err) {
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return error_set(err, ERROR_INTERNAL, "no memory for the record");
    log->signer = signer;
    log->bundle = buffer_new(TILE_BUNDLE_BYTES);
    if (!open_files(log, folder, err)) {
        log_close(log);
        return false;
    }
    *ret_log = log;
    return true;
}

void log_close(struct log *log) {
    if (!log)
        return;
    buffer_release(&log->bundle);
    free(log);
}

uint64_t log_published(const struct log *log) {
    return log->published;
}

uint64_t log_size(const struct log *log) {
    return log->size;
}
