/* How bright and how sharp a face is, 0 to 100, seen at the size at which it will be recognised. */
#ifndef FACE_QUALITY_H
#define FACE_QUALITY_H

#include "face/face.h"

/* aligned: three planes (red, green, blue) of ALIGN_SIZE x ALIGN_SIZE floats from 0 to 255. */
struct quality quality_of_aligned(const float *aligned);

#endif
