/* A decoded photograph, upright: 8-bit RGB, rows from the top, pixels from the left, no padding between rows.
 *
 * Hostile input stops in image_decode: it reads the header first, refuses what is too large before it
 * allocates, and gives back either a whole picture or an error. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/buffer.h"
#include "base/error.h"

struct image {
    uint8_t *rgb;                /* width * height * 3; owned */
    int width, height;           /* of rgb */
    int full_width, full_height; /* of the upright photograph: larger when it was reduced in decoding */
};

/* JPEG or PNG, told by its first bytes and not by its name. Exif orientation of a JPEG is applied; that of a
 * PNG is not, as in Rekognition.
 *
 * Grey, palette, 16-bit, interlaced, CMYK and YCCK are turned into RGB; what is transparent is laid over
 * white. Of an animated PNG the first picture counts. Colour profiles and gamma are not applied. A photograph
 * of more than LIMIT_DECODED_PIXELS is reduced while it is decoded (JPEG by powers of two, PNG by whole
 * factors; sides are rounded up).
 *
 * Errors: INVALID_IMAGE for bytes that are not a whole JPEG or PNG ("Request has invalid image format: " and
 * the reason); IMAGE_TOO_LARGE ("Image size is too large: ") for sides or pixels beyond limits.h, and for a
 * progressive JPEG or an interlaced PNG that cannot be decoded in LIMIT_DECODING_BYTES; INVALID_PARAMETER
 * ("Request has invalid parameters: ") for a side under LIMIT_IMAGE_SIDE_MIN; INTERNAL when there is no
 * memory. A JPEG without its end marker is cut short, which is an error; damage within it that leaves a
 * picture is not. */
MUST_CHECK bool image_decode(struct bytes file, struct image *ret_image, struct error *err);
/* Takes a zeroed image too. */
void image_release(struct image *image);

static inline void image_cleanup(struct image *image) {
    image_release(image);
}
#define CLEANUP_IMAGE CLEANUP(image_cleanup)

/* A baseline JPEG of the picture, quality 1 to 100, without loss of colour resolution. The caller releases
 * the buffer. INTERNAL without memory. */
MUST_CHECK bool image_encode_jpeg(const struct image *image, int quality, struct buffer *ret_jpeg,
                                  struct error *err);
/* Writes an 8-bit RGB PNG; on failure (INTERNAL, with the reason) a part of the file may be left. */
MUST_CHECK bool image_write_png(const struct image *image, const char *path, struct error *err);

#endif
