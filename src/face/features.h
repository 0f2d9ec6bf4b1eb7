/* What a mesh shows without any further network: thirty landmarks, smile, mouth and eyes open, gaze. */
#ifndef FACE_FEATURES_H
#define FACE_FEATURES_H

#include "face/attributes.h"
#include "face/mesh.h"

/* The least presence of a mesh that lies on a face; what is read off others is noise. */
#define FEATURES_PRESENCE 0.2f

/* Fills what is wanted of FACE_ALL_LANDMARKS, FACE_SMILE, FACE_MOUTH_OPEN, FACE_EYES_OPEN and
 * FACE_EYE_DIRECTION. shapes: the mesh's MESH_BLENDSHAPES blendshapes; NULL when there are none, then there
 * is neither smile nor gaze.
 *
 * The gaze is that of the eyes in the head, whichever way the head is turned. Confidences are halfway to 50
 * where the mesh is only half sure to lie on a face. */
void features_describe(const struct mesh *mesh, const float *shapes, unsigned wanted,
                       struct face_attributes *attributes);

#endif
