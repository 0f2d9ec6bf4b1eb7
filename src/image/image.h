/* A decoded photograph, upright: 8-bit RGB, rows from the top, pixels from the left, no padding between rows.
 *
 * Hostile input stops in image_decode: it reads the header first, refuses what is too large before it
 * allocates, and gives back either a whole picture or an error. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/bytes.h"
#include "base/error.h"

struct image {
    uint8_t *rgb;           /* width * height * 3; owned */
    int width, height;      /* of rgb */
    int full_width, full_height; /* of the photograph itself, upright: larger when it was reduced in decoding */
};

/* JPEG or PNG, told by its first bytes and not by its name. Exif orientation of a JPEG is applied.
 *
 * Grey, palette, 16-bit, interlaced, alpha (over black is not assumed: alpha is blended over white), CMYK and
 * YCCK are turned into RGB. Of an animated PNG the first picture counts. A photograph of more than
 * LIMIT_DECODED_PIXELS is reduced while it is decoded (JPEG by powers of two, PNG by whole factors).
 *
 * Errors: INVALID_IMAGE for bytes that are not a whole JPEG or PNG ("Request has invalid image format" leads
 * the text); IMAGE_TOO_LARGE for sides or pixels beyond limits.h; INVALID_PARAMETER ("Request has invalid
 * parameters" leads) for a side under LIMIT_IMAGE_SIDE_MIN; INTERNAL when there is no memory.
 * A JPEG that is cut short is an error; one with mere warnings is not. */
MUST_CHECK bool image_decode(struct bytes file, struct image *ret_image, struct error *err);
/* Takes a zeroed image too. */
void image_release(struct image *image);

static inline void image_cleanup(struct image *image) {
    image_release(image);
}
#define CLEANUP_IMAGE CLEANUP(image_cleanup)

/* Writes an 8-bit RGB PNG. */
MUST_CHECK bool image_write_png(const struct image *image, const char *path, struct error *err);

#endif
