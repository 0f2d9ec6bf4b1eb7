/* Finding faces: boxes, scores and five landmarks, by one network (YuNet) or by two. */
#ifndef FACE_DETECT_H
#define FACE_DETECT_H

#include "face/finder.h"
#include "face/network.h"

struct detector;

/* The model is YuNet, loaded with open height and width (detector_shape); the detector belongs to one thread.
 */
MUST_CHECK bool detector_new(struct infer_model *model, struct detector **ret_detector, struct error *err);
/* Adds CenterFace, whose request outlives the detector. */
MUST_CHECK bool detector_add(struct detector *detector, const struct network *centerface, struct error *err);
void detector_free(struct detector *detector);
struct infer_shape detector_shape(void);

struct detector_wish {
    bool largest_only; /* nothing but the coarse search once it has found a clear face */
    int budget_ms;     /* no further part of the photograph is looked at after so long; 0: no limit */
};

/* All faces of the image with a sufficient score, largest first, owned by the detector until its next run. */
MUST_CHECK bool detector_run(struct detector *detector, const struct image *image, struct detector_wish wish,
                             const struct detection **ret_detections, int *ret_count, struct error *err);

#endif
