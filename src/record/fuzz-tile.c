/* Any bytes as the name of a tile: read, and then the same when written, or refused. And as a bundle: its
 * entries and their lengths make up what was taken of it. */
#include "record/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(struct bytes text) {
    struct tile tile;
    char again[TILE_PATH_MAX];
    if (!tile_parse(text, &tile))
        return;
    tile_path(&tile, again);
    if (!bytes_equal_string(text, again) || tile.width < 1 || tile.width > TILE_WIDTH)
        abort();
    if (tile_width(tile.level, tile.index, 70000) > TILE_WIDTH)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes text = {(const char *)data, size}, rest = text, entry;
    size_t taken = 0;
    check_name(text);
    while (bundle_take(&rest, &entry)) {
        taken += 2 + entry.len;
        if (entry.len > LIMIT_RECORD_ENTRY || entry.ptr + entry.len != rest.ptr)
            abort();
    }
    if (taken + rest.len != size)
        abort();
    return 0;
}
