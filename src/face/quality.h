/* How good a face is to be recognised by. */
#ifndef FACE_QUALITY_H
#define FACE_QUALITY_H

#include "face/face.h"

/* How bright and how sharp it is, 0 to 100, seen at the size at which it will be recognised.
 * aligned: three planes (red, green, blue) of ALIGN_SIZE x ALIGN_SIZE floats from 0 to 255. */
struct quality quality_of_aligned(const float *aligned);
/* What a face of this confidence (0 to 100) counts among others of the same person: above 0, to 1. */
float quality_weight(float confidence);

#endif
