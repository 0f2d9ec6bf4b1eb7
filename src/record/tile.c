#include "record/tile.h"

/* The index in groups of three digits, all but the last behind an x. */
static void index_path(uint64_t index, char *out, size_t size) {
    char groups[8][8];
    int count = 0;
    do {
        snprintf(groups[count++], sizeof groups[0], "%03d", (int)(index % 1000));
        index /= 1000;
    } while (index > 0);
    size_t len = 0;
    while (count-- > 0)
        len += (size_t)snprintf(out + len, size - len, count > 0 ? "x%s/" : "%s", groups[count]);
}

void tile_path(const struct tile *tile, char out[TILE_PATH_MAX]) {
    char index[40], level[12] = "entries", part[16] = "";
    index_path(tile->index, index, sizeof index);
    if (tile->level != TILE_BUNDLE)
        snprintf(level, sizeof level, "%d", tile->level);
    if (tile->width < TILE_WIDTH)
        snprintf(part, sizeof part, ".p/%d", tile->width);
    snprintf(out, TILE_PATH_MAX, "tile/%s/%s%s", level, index, part);
}

static bool take_prefix(struct bytes *rest, const char *prefix) {
    if (!bytes_starts_with(*rest, prefix))
        return false;
    rest->ptr += strlen(prefix);
    rest->len -= strlen(prefix);
    return true;
}

/* Reads leniently, and holds the name that the result has against what was read: there is only one. */
bool tile_parse(struct bytes path, struct tile *ret_tile) {
    struct bytes rest = path;
    struct tile tile = {.level = TILE_BUNDLE, .width = TILE_WIDTH};
    char again[TILE_PATH_MAX];
    uint64_t number;
    if (path.len >= TILE_PATH_MAX || !take_prefix(&rest, "tile/"))
        return false;
    if (!take_prefix(&rest, "entries/")) {
        if (!bytes_to_number(bytes_split(&rest, '/'), 63, &number))
            return false;
        tile.level = (int)number;
    }
    for (bool more = true; more;) {
        more = take_prefix(&rest, "x");
        struct bytes group = {rest.ptr, MIN(rest.len, (size_t)3)};
        if (!bytes_to_number(group, 999, &number) || __builtin_mul_overflow(tile.index, 1000, &tile.index) ||
            __builtin_add_overflow(tile.index, number, &tile.index))
            return false;
        rest.ptr += group.len;
        rest.len -= group.len;
        if (more && !take_prefix(&rest, "/"))
            return false;
    }
    if (take_prefix(&rest, ".p/")) {
        if (!bytes_to_number(rest, TILE_WIDTH - 1, &number))
            return false;
        tile.width = (int)number;
    } else if (rest.len > 0)
        return false;
    tile_path(&tile, again);
    if (tile.width == 0 || !bytes_equal_string(path, again))
        return false;
    *ret_tile = tile;
    return true;
}

int tile_width(int level, uint64_t index, uint64_t size) {
    int shift = level > 0 ? TILE_HEIGHT * level : 0;
    uint64_t hashes = shift < 64 ? size >> shift : 0, first;
    if (__builtin_mul_overflow(index, TILE_WIDTH, &first) || first >= hashes)
        return 0;
    return (int)MIN(hashes - first, (uint64_t)TILE_WIDTH);
}

bool bundle_take(struct bytes *rest, struct bytes *ret_entry) {
    if (rest->len < 2)
        return false;
    size_t len = (size_t)(uint8_t)rest->ptr[0] << 8 | (uint8_t)rest->ptr[1];
    if (len > rest->len - 2)
        return false;
    *ret_entry = (struct bytes){rest->ptr + 2, len};
    rest->ptr += 2 + len;
    rest->len -= 2 + len;
    return true;
}
