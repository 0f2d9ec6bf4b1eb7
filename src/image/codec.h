/* What the decoders share. Only image/ includes this. */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "image/image.h"

/* They decode a file that image_decode has told by its first bytes; the contract is image_decode's. */
MUST_CHECK bool jpeg_decode(struct bytes file, struct image *ret_image, struct error *err);
MUST_CHECK bool png_decode(struct bytes file, struct image *ret_image, struct error *err);

/* Refuses what a header announces when it is too small or too large. Sides are those of the upright picture.
 */
MUST_CHECK bool image_check_size(uint32_t width, uint32_t height, struct error *err);
/* Sets "Request has invalid image format: " and the reason; returns false. */
bool image_invalid(struct error *err, const char *reason);

#endif
