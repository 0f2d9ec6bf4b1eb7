/* Where a head is turned, from five landmarks.
 *
 * roll > 0: turned clockwise on the picture (the eye on its right is lower); yaw > 0: the nose points to the
 * picture's right; pitch > 0: it points up. Degrees. */
#ifndef FACE_POSE_H
#define FACE_POSE_H

#include "face/face.h"

struct pose pose_of_landmarks(const struct point landmarks[FACE_LANDMARKS]);

#endif
