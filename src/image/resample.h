/* Pixels of a photograph as the networks want them: three planes of floats from 0 to 255, each plane in rows
 * without padding, one after the other. Nothing is allocated, nothing can fail; a result is exact to within
 * 0.01 of the same sums in double precision. */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include "image/image.h"

enum plane_order { PLANES_RGB, PLANES_BGR };

/* in = (a*u + b*v + c, d*u + e*v + f) for the out pixel in column u and row v, both in pixels with pixel
 * centres at whole numbers. */
struct affine {
    float a, b, c, d, e, f;
};

/* Scales the rectangle (left, top, width, height) of the image by `scale` (out pixels = in pixels * scale)
 * into the top left corner of planes of out_width x out_height floats. It covers width * scale columns and
 * height * scale rows, each rounded to the nearest whole number and cut to the planes; the rest is 0.
 *
 * The rectangle lies inside the image, whose sides are at most LIMIT_IMAGE_SIDE_MAX. Its coordinates are
 * those of edges: (0, 0) is the corner of the first pixel, whose centre is (0.5, 0.5). Shrinking averages the
 * area that an out pixel covers (no aliasing). Growing is bilinear between pixel centres, also across the
 * rectangle's edge; the image's own edge pixels are repeated. */
void resample_scale(const struct image *image, float left, float top, float width, float height, float scale,
                    enum plane_order order, int out_width, int out_height, float *out);
/* Warps by an affine map, bilinear. Outside the image all is 0, which its edge pixels fade into. A map that
 * shrinks skips pixels: scale first when it shrinks much. out: three planes of out_size x out_size floats. */
void resample_warp(const struct image *image, struct affine map, enum plane_order order, int out_size,
                   float *out);

#endif
