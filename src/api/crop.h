/* What is kept of a photograph with a face, so that another model can look at it: the face and a margin that
 * is enough for the alignment of any. How it lies in memory is told in crop.c. */
#ifndef API_CROP_H
#define API_CROP_H

#include "base/arena.h"
#include "face/face.h"

/* The crop of a face that was found in the image, in the arena; ptr is NULL when it would be larger than
 * LIMIT_CROP_BYTES. INTERNAL without memory. */
MUST_CHECK bool crop_make(struct arena *arena, const struct image *image, const struct face *face,
                          struct bytes *ret_crop, struct error *err);
/* The picture of a crop, which the caller releases, and the face in its pixels: box, landmarks and pose, as
 * they were found in the photograph. INTERNAL when it is no crop; else as image_decode. */
MUST_CHECK bool crop_open(struct bytes crop, struct image *ret_image, struct face *ret_face,
                          struct error *err);
/* Which of the faces found in the picture is this one; -1 for none. */
int crop_find(const struct face *face, const struct face *faces, int count);

#endif
