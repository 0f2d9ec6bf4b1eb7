/* A network that finds faces in planes of pixels, whichever it is: what a detector needs of it. */
#ifndef FACE_FINDER_H
#define FACE_FINDER_H

#include "face/face.h"
#include "image/resample.h"
#include "infer/infer.h"

#define FINDER_OUTPUTS 12

struct detection {
    struct box box; /* pixels with edges at whole numbers, as landmarks: of the planes, or of the image */
    float score;    /* 0 to 1 */
    bool clear;     /* found in the coarse search beyond doubt */
    struct point landmarks[FACE_LANDMARKS];
};

struct finder {
    struct infer_request *request; /* not owned; open height and width */
    enum plane_order order;
    int outputs[FINDER_OUTPUTS];
    /* Calls add for everything in planes of width x height with at least `minimum` score. false when the
     * outputs have other sizes than the network's. */
    bool (*read)(const struct finder *finder, const struct infer_output *outputs, int width, int height,
                 float minimum, void (*add)(void *context, const struct detection *found), void *context);
};

/* Each fills all but the request, and fails with INTERNAL when the model lacks an output of the network. */

/* YuNet, 2023mar. Source: Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence
 * Research 2023. */
MUST_CHECK bool yunet_finder(const struct infer_model *model, struct finder *ret_finder, struct error *err);
/* CenterFace with merged normalisation. Source: Xu et al.: CenterFace: Joint Face Detection and Alignment
 * Using Face as Point, 2019. Its score is a product, and its square root is on YuNet's scale. */
MUST_CHECK bool centerface_finder(const struct infer_model *model, struct finder *ret_finder,
                                  struct error *err);

#endif
