/* Exif is a TIFF file after the six bytes "Exif\0\0": a header that gives the byte order and where the first
 * directory is, a count, and entries of 12 bytes: tag, type, count, value. A read beyond the end gives 0,
 * which is no tag, so hostile offsets and counts need no other check.
 *
 * Turning copies into a new picture. Rows of the old one become columns of the new one in four of the eight
 * cases; tiles keep both in the cache. */
#include "image/exif.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TILE = 32 };

struct tiff {
    struct bytes bytes;
    bool little_endian;
};

static uint32_t number_at(const struct tiff *tiff, uint64_t at, unsigned size) {
    if (at + size > tiff->bytes.len)
        return 0;
    uint32_t number = 0;
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)tiff->bytes.ptr[at + i];
        number |= (uint32_t)byte << 8 * (tiff->little_endian ? i : size - 1 - i);
    }
    return number;
}

int exif_orientation(struct bytes app1) {
    if (app1.len < 14 || memcmp(app1.ptr, "Exif\0\0", 6) != 0)
        return 0;
    struct tiff tiff = {{app1.ptr + 6, app1.len - 6}, app1.ptr[6] == 'I'};
    if (memcmp(tiff.bytes.ptr, tiff.little_endian ? "II*\0" : "MM\0*", 4) != 0)
        return 0;
    uint64_t directory = number_at(&tiff, 4, 4);
    uint32_t count = number_at(&tiff, directory, 2);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t entry = directory + 2 + (uint64_t)i * 12;
        if (number_at(&tiff, entry, 2) != TAG_ORIENTATION)
            continue;
        uint32_t value = number_at(&tiff, entry + 8, 2);
        return number_at(&tiff, entry + 2, 2) == TYPE_SHORT && value <= 8 ? (int)value : 0;
    }
    return 0;
}

/* Where the new picture's pixels come from: its corner, and the steps in bytes to the right and down. */
struct walk {
    const uint8_t *origin;
    ptrdiff_t right, down;
};

static struct walk walk_of(const struct image *image, int orientation) {
    static const struct {
        bool transpose, flip_x, flip_y; /* flips of the stored picture */
    } turns[9] = {[2] = {0, 1, 0}, [3] = {0, 1, 1}, [4] = {0, 0, 1}, [5] = {1, 0, 0},
                  [6] = {1, 0, 1}, [7] = {1, 1, 1}, [8] = {1, 1, 0}};
    ptrdiff_t x = 3, y = (ptrdiff_t)image->width * 3;
    const uint8_t *origin = image->rgb;
    if (turns[orientation].flip_x) {
        origin += x * (image->width - 1);
        x = -x;
    }
    if (turns[orientation].flip_y) {
        origin += y * (image->height - 1);
        y = -y;
    }
    return turns[orientation].transpose ? (struct walk){origin, y, x} : (struct walk){origin, x, y};
}

static void copy_tile(struct walk walk, uint8_t *rgb, int width, int left, int top, int right, int bottom) {
    for (int y = top; y < bottom; y++) {
        const uint8_t *from = walk.origin + left * walk.right + y * walk.down;
        uint8_t *to = rgb + ((size_t)y * (size_t)width + (size_t)left) * 3;
        for (int x = left; x < right; x++, from += walk.right, to += 3)
            memcpy(to, from, 3);
    }
}

bool exif_turn_upright(struct image *image, int orientation, struct error *err) {
    if (orientation < 2 || orientation > 8)
        return true;
    int width = orientation >= 5 ? image->height : image->width;
    int height = orientation >= 5 ? image->width : image->height;
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3);
    if (!rgb)
        return error_set(err, ERROR_INTERNAL, "no memory for a picture");
    struct walk walk = walk_of(image, orientation);
    for (int y = 0; y < height; y += TILE)
        for (int x = 0; x < width; x += TILE)
            copy_tile(walk, rgb, width, x, y, MIN(x + TILE, width), MIN(y + TILE, height));
    free(image->rgb);
    image->rgb = rgb;
    image->width = width;
    image->height = height;
    return true;
}
