/* Finding faces with YuNet: boxes, scores and five landmarks.
 *
 * Source: Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023. */
#ifndef FACE_DETECT_H
#define FACE_DETECT_H

#include "face/face.h"
#include "infer/infer.h"

struct detection {
    struct box box; /* pixels of the image, as landmarks */
    float score;    /* 0 to 1 */
    bool clear;     /* found in the coarse search beyond doubt */
    struct point landmarks[FACE_LANDMARKS];
};

struct detector;

/* The model is YuNet, loaded with open height and width (detector_shape); the detector belongs to one thread.
 */
MUST_CHECK bool detector_new(struct infer_model *model, struct detector **ret_detector, struct error *err);
void detector_free(struct detector *detector);
struct infer_shape detector_shape(void);

/* All faces of the image with at least `minimum` score, largest first, owned by the detector until its next
 * run. With largest_only the fine search is left out once the coarse one has found a clear face. */
MUST_CHECK bool detector_run(struct detector *detector, const struct image *image, float minimum,
                             bool largest_only, const struct detection **ret_detections, int *ret_count,
                             struct error *err);

#endif
