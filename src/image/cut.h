/* A part of a picture as a picture of its own. */
#ifndef IMAGE_CUT_H
#define IMAGE_CUT_H

#include "image/image.h"

/* The rectangle, which lies inside the image, scaled by `scale`: at most 1, and enough for a pixel a side.
 * Without scaling its pixels are those of the image. The caller releases it. INTERNAL without memory. */
MUST_CHECK bool image_cut(const struct image *image, int left, int top, int width, int height, float scale,
                          struct image *ret_cut, struct error *err);

#endif
