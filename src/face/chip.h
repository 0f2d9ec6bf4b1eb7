/* A square picture of a face, upright and of a size that a network wants, cut by its five landmarks.
 *
 * Where it lies is said in the aligned frame of align.h, whose unit is a pixel of the 112 x 112 picture:
 * there the eyes of every face are 35 units apart and about at the same place. */
#ifndef FACE_CHIP_H
#define FACE_CHIP_H

#include "face/align.h"

/* Sizes of chips are multiples of this. */
#define CHIP_STEP 16

/* Edges, not centres of pixels: (0, 0) is the aligned picture's corner. */
struct chip {
    float left, top, side;
};

/* The map from the aligned frame (as align_map: pixel centres are whole numbers) to pixels of the decoded
 * image. false when the landmarks coincide. */
MUST_CHECK bool chip_map(const struct image *image, const struct face *face, struct affine *ret_map);
/* Three planes, red, green and blue, of size x size floats from 0 to 255; where the image is finer than the
 * chip, its pixels are averaged. Black outside of the image. */
void chip_cut(const struct image *image, struct affine map, struct chip chip, int size, float *out);
/* A plane turned left to right: out may not overlap it. */
void chip_mirror(const float *plane, int size, float *out);

#endif
