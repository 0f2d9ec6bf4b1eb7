/* The tree is built anew from the entries, level by level: each hash that comes out is held against the one
 * at its place in the tiles, so that the first difference can be named. */
#include "record/audit.h"
#include "record/folder.h"

struct audit {
    const char *folder;
    uint64_t size, index; /* index: of the next entry */
    int widths[TILE_LEVELS + 1];
    struct sha256 hashes[TILE_LEVELS + 1][TILE_WIDTH]; /* as the entries make them */
};

static bool check_tile(struct audit *audit, int level, uint64_t index, struct error *err) {
    struct tile tile = {level, index, audit->widths[level]};
    CLEANUP_FREE char *data = NULL;
    char name[TILE_PATH_MAX];
    struct error why;
    size_t len;
    tile_path(&tile, name);
    if (!folder_tile_read(audit->folder, &tile, &data, &len, &why))
        return error_set(err, ERROR_VALIDATION, "%s", why.text);
    for (int i = 0; i < tile.width; i++) {
        unsigned long long entry = index * TILE_WIDTH + (uint64_t)i;
        if (memcmp(data + 32 * (size_t)i, audit->hashes[level][i].bytes, 32) == 0)
            continue;
        return level == 0 ? error_set(err, ERROR_VALIDATION, "entry %llu is not the one whose hash is in %s",
                                      entry, name)
                          : error_set(err, ERROR_VALIDATION,
                                      "%s does not have the hashes of the tiles below it", name);
    }
    return true;
}

static bool audit_entry(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct audit *audit = context;
    uint64_t tile = index / TILE_WIDTH;
    audit->hashes[0][audit->widths[0]++] = merkle_leaf(entry);
    audit->index = index + 1;
    for (int level = 0; audit->widths[level] == TILE_WIDTH; level++, tile /= TILE_WIDTH) {
        if (!check_tile(audit, level, tile, err))
            return false;
        audit->hashes[level + 1][audit->widths[level + 1]++] = merkle_fold(audit->hashes[level], TILE_HEIGHT);
        audit->widths[level] = 0;
    }
    return true;
}

static bool check_edge(struct audit *audit, struct error *err) {
    for (int level = 0; level < TILE_LEVELS; level++)
        if (audit->widths[level] > 0 &&
            !check_tile(audit, level, audit->size >> (TILE_HEIGHT * level) >> TILE_HEIGHT, err))
            return false;
    return true;
}

/* Its root, from the tiles of a log of `size` entries. */
static bool check_root(const char *path, uint64_t size, const struct checkpoint *checkpoint,
                       const char *which, struct error *err) {
    CLEANUP_FREE struct folder *folder = folder_new(path, size);
    struct sha256 root;
    struct error why;
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "no memory for an audit");
    struct merkle_source source = folder_source(folder);
    if (!merkle_root(&source, checkpoint->size, &root, &why))
        return error_set(err, ERROR_VALIDATION, "%s", why.text);
    return sha256_equal(root, checkpoint->root) ||
           error_set(err, ERROR_VALIDATION,
                     "the tiles do not have the root of the %s checkpoint, of %llu entries: it is of another "
                     "log, or the log was changed",
                     which, (unsigned long long)checkpoint->size);
}

bool audit_log(const char *folder, const struct note_key *log, struct checkpoint *ret_checkpoint,
               struct error *err) {
    CLEANUP_FREE char *data = NULL;
    CLEANUP_FREE struct audit *audit = calloc(1, sizeof *audit);
    struct checkpoint checkpoint;
    struct error why;
    size_t len;
    if (!audit)
        return error_set(err, ERROR_INTERNAL, "no memory for an audit");
    if (!folder_checkpoint_read(folder, &data, &len, &why))
        return error_set(err, ERROR_VALIDATION, "%s", why.text);
    if (!checkpoint_open((struct bytes){data, len}, log, &checkpoint, NULL, err))
        return false;
    audit->folder = folder;
    audit->size = checkpoint.size;
    if (!folder_entries_each(folder, checkpoint.size, 0, checkpoint.size, audit_entry, audit, &why))
        return error_set(err, ERROR_VALIDATION, "%s", why.text);
    if (audit->index != checkpoint.size)
        return error_set(err, ERROR_VALIDATION, "there are %llu entries, the checkpoint speaks of %llu",
                         (unsigned long long)audit->index, (unsigned long long)checkpoint.size);
    if (!check_edge(audit, err) || !check_root(folder, checkpoint.size, &checkpoint, "signed", err))
        return false;
    *ret_checkpoint = checkpoint;
    return true;
}

bool audit_consistency(const char *folder, const struct note_key *log, struct bytes older, struct bytes newer,
                       struct checkpoint *ret_older, struct checkpoint *ret_newer, struct error *err) {
    struct checkpoint old_one, new_one;
    if (!checkpoint_open(older, log, &old_one, NULL, err) ||
        !checkpoint_open(newer, log, &new_one, NULL, err))
        return false;
    if (old_one.size > new_one.size)
        return error_set(err, ERROR_VALIDATION,
                         "the newer checkpoint is of %llu entries, the older one of %llu: the log was rolled "
                         "back, or they are the wrong way round",
                         (unsigned long long)new_one.size, (unsigned long long)old_one.size);
    if (!check_root(folder, new_one.size, &new_one, "newer", err) ||
        !check_root(folder, new_one.size, &old_one, "older", err))
        return false;
    *ret_older = old_one;
    *ret_newer = new_one;
    return true;
}
