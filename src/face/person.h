/* How old a face looks, and whether it looks male or female: what a network says of the look, which is not
 * what a person is.
 *
 * Networks "age" and "gender" (kinds dlib-age, dlib-gender): dlib's age predictor and gender classifier by
 * Cydral (CC0). Input: RGB, (value - mean) / 256; output: shares of the years 0 to 80, of female and male. */
#ifndef FACE_PERSON_H
#define FACE_PERSON_H

#include "face/attributes.h"
#include "face/network.h"

/* Fills FACE_AGE_RANGE and FACE_GENDER when they are wanted and the pack has a network for them. map: the
 * face's chip_map. The range holds the true age of about three faces in four. */
MUST_CHECK bool person_describe(struct network_requests *requests, const struct image *image,
                                struct affine map, unsigned wanted, struct face_attributes *attributes,
                                struct error *err);

#endif
