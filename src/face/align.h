/* Five-point alignment: the similarity (turn, scale, shift) that brings a face's landmarks nearest to the
 * template that an embedder is trained on, in least squares. */
#ifndef FACE_ALIGN_H
#define FACE_ALIGN_H

#include "face/face.h"
#include "image/resample.h"

#define ALIGN_SIZE 112
#define ALIGN_SIZE_MAX 150

struct align_template {
    int size; /* pixels of each side of the aligned picture; at most ALIGN_SIZE_MAX */
    struct point points[FACE_LANDMARKS];
};

/* ArcFace's, ALIGN_SIZE pixels a side (Deng et al., ArcFace, CVPR 2019; insightface, MIT). */
extern const struct align_template align_arcface;
/* dlib's face chip with padding 0.25, 150 pixels a side (image_transforms/interpolation.h, Boost licence).
 * Its own five points are corners of eyes and the base of the nose; these are the medians of ours in its
 * chips. */
extern const struct align_template align_dlib;

/* The map from pixels of the aligned picture to pixels of the image. false when the landmarks coincide. */
MUST_CHECK bool align_map(const struct align_template *template, const struct point landmarks[FACE_LANDMARKS],
                          struct affine *ret_map);
/* The aligned picture in three planes of size x size floats; where the image is much larger, its pixels are
 * averaged. scratch holds ALIGN_SCRATCH floats. */
#define ALIGN_OVERSAMPLE_MAX 4
#define ALIGN_SCRATCH (3 * ALIGN_SIZE_MAX * ALIGN_OVERSAMPLE_MAX * ALIGN_SIZE_MAX * ALIGN_OVERSAMPLE_MAX)
void align_warp(const struct image *image, struct affine map, int size, enum plane_order order,
                float *scratch, float *out);

#endif
