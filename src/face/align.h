/* Five-point alignment: the similarity (turn, scale, shift) that brings a face's landmarks nearest to the
 * template that embedders are trained on, in least squares.
 *
 * The template is ArcFace's for 112 x 112 pixels (Deng et al., ArcFace, CVPR 2019; insightface, MIT). */
#ifndef FACE_ALIGN_H
#define FACE_ALIGN_H

#include "face/face.h"
#include "image/resample.h"

#define ALIGN_SIZE 112

extern const struct point align_template[FACE_LANDMARKS];

/* The map from pixels of the aligned picture to pixels of the image. false when the landmarks coincide. */
MUST_CHECK bool align_map(const struct point landmarks[FACE_LANDMARKS], struct affine *ret_map);
/* The aligned picture in three planes of ALIGN_SIZE x ALIGN_SIZE floats; where the image is much larger, its
 * pixels are averaged. scratch holds ALIGN_SCRATCH floats. */
#define ALIGN_OVERSAMPLE_MAX 4
#define ALIGN_SCRATCH (3 * ALIGN_SIZE * ALIGN_OVERSAMPLE_MAX * ALIGN_SIZE * ALIGN_OVERSAMPLE_MAX)
void align_warp(const struct image *image, struct affine map, enum plane_order order, float *scratch,
                float *out);

#endif
