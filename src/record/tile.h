/* The tiles of a log (C2SP tlog-tiles): which there are, what they are called, what lies in them.
 *
 * A tile of level L holds up to 256 hashes of 32 bytes; hash i of tile N covers the 256^L entries from
 * (256 N + i) 256^L on. The entries themselves lie in bundles, 256 each, every one behind its length in two
 * bytes, the high one first. The last tile of a level, and the last bundle, may be partial. */
#ifndef RECORD_TILE_H
#define RECORD_TILE_H

#include "base/limits.h"
#include "record/merkle.h"

#define TILE_WIDTH 256
#define TILE_HEIGHT 8
#define TILE_LEVELS 8    /* 2^64 entries */
#define TILE_BUNDLE (-1) /* the level of bundles */
#define TILE_PATH_MAX 80 /* of a name, with its NUL */
#define TILE_BYTES (TILE_WIDTH * 32)
#define TILE_BUNDLE_BYTES (TILE_WIDTH * (2 + LIMIT_RECORD_ENTRY))

struct tile {
    int level; /* TILE_BUNDLE or 0 to 63 */
    uint64_t index;
    int width; /* 1 to 256 */
};

/* "tile/0/x001/x234/067.p/8", "tile/entries/000". */
void tile_path(const struct tile *tile, char out[TILE_PATH_MAX]);
/* Exactly what tile_path writes, and nothing else. */
MUST_CHECK bool tile_parse(struct bytes path, struct tile *ret_tile);
/* How wide the tile is in a log of this size: 0 when it has no such tile, else 1 to 256. */
int tile_width(int level, uint64_t index, uint64_t size);

/* Takes one entry from the front of a bundle; false when it does not hold one. */
MUST_CHECK bool bundle_take(struct bytes *rest, struct bytes *ret_entry);

#endif
