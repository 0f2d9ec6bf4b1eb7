/* Pixels of a photograph as the networks want them: three planes of floats from 0 to 255. */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include "image/image.h"

enum plane_order { PLANES_RGB, PLANES_BGR };

/* out(u, v) = in(a*u + b*v + c, d*u + e*v + f), in pixels of the image with pixel centres at whole numbers. */
struct affine {
    float a, b, c, d, e, f;
};

/* Scales the rectangle (left, top, width, height) of the image by `scale` (out pixels = in pixels * scale)
 * into the top left corner of planes of out_width x out_height floats; what it does not cover is 0.
 * Shrinking averages areas (no aliasing), growing is bilinear. The rectangle lies inside the image. */
void resample_scale(const struct image *image, float left, float top, float width, float height, float scale,
                    enum plane_order order, int out_width, int out_height, float *out);
/* Warps by an affine map, bilinear; outside the image is 0. out: three planes of out_size x out_size floats. */
void resample_warp(const struct image *image, struct affine map, enum plane_order order, int out_size, float *out);

#endif
