/* What a face wears: glasses, sunglasses, beard, moustache; and whether something covers it.
 *
 * Network "mask" (kind mask-mobilenet): MobileNetV2 that tells masked faces (package face-mask-detector, MIT;
 * converted by tools/convert-mask). Input: RGB from -1 to 1, 224 x 224; output: shares of masked, not masked.
 * The others are measured on the picture itself (wear.c). */
#ifndef FACE_WEAR_H
#define FACE_WEAR_H

#include "face/attributes.h"
#include "face/mesh.h"

/* Fills what is wanted of FACE_EYEGLASSES, FACE_SUNGLASSES, FACE_BEARD and FACE_MUSTACHE (these two need the
 * mesh, and weigh attributes' gender where it is present) and FACE_OCCLUDED (needs the network). map: the
 * face's chip_map. mesh: NULL when there is none. */
MUST_CHECK bool wear_describe(struct network_requests *requests, const struct image *image, struct affine map,
                              const struct mesh *mesh, unsigned wanted, struct face_attributes *attributes,
                              struct error *err);

#endif
