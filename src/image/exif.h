/* The orientation in the Exif of a photograph (Exif 2.32, 4.6.4; TIFF 6.0). */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include "image/image.h"

/* app1: what an APP1 segment of a JPEG holds after its length. Returns 1 to 8, or 0 when it is not Exif, is
 * damaged or does not say. Never reads beyond app1. */
int exif_orientation(struct bytes app1);

/* Turns a picture with that orientation upright; anything but 2 to 8 leaves it as it is. Changes rgb, width
 * and height, not full_width and full_height. Fails with INTERNAL when there is no memory. */
MUST_CHECK bool exif_turn_upright(struct image *image, int orientation, struct error *err);

#endif
