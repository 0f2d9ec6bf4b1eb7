/* The files of a log, for reading: its tiles as a source of hashes, its entries, its checkpoint. */
#ifndef RECORD_FOLDER_H
#define RECORD_FOLDER_H

#include "record/checkpoint.h"
#include "record/tile.h"

/* A log of `size` entries in a folder. Holds one tile of each level in memory. */
struct folder {
    const char *path; /* the caller's */
    uint64_t size;
    struct folder_tile {
        uint64_t index;
        int width; /* 0: none is held */
        struct sha256 hashes[TILE_WIDTH];
    } tiles[TILE_LEVELS];
};

/* NULL when there is no memory. path stays the caller's. free() it. */
struct folder *folder_new(const char *path, uint64_t size);
/* Hashes of its tiles, which are not checked; INTERNAL names a file that is missing or not whole. */
struct merkle_source folder_source(struct folder *folder);

/* The bytes of a tile or bundle as wide as it is in a log of this size; a full one that is there serves for
 * a partial one. free() the data. NOT_FOUND when it is not there, INTERNAL when it is not whole. */
MUST_CHECK bool folder_tile_read(const char *path, const struct tile *tile, char **ret_data, size_t *ret_len,
                                 struct error *err);
/* Calls visit for `count` entries from `first` on, which must be in the log; stops with the error when it
 * returns false. */
MUST_CHECK bool folder_entries_each(const char *path, uint64_t size, uint64_t first, uint64_t count,
                                    bool (*visit)(void *context, uint64_t index, struct bytes entry,
                                                  struct error *err),
                                    void *context, struct error *err);
/* The signed checkpoint; free() the data. NOT_FOUND, INTERNAL. */
MUST_CHECK bool folder_checkpoint_read(const char *path, char **ret_data, size_t *ret_len, struct error *err);

#endif
