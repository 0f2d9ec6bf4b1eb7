/* The segments of a JPEG file (ITU-T T.81, B), read without decoding: what must be known before memory is
 * given to it. */
#ifndef IMAGE_OUTLINE_H
#define IMAGE_OUTLINE_H

#include "base/bytes.h"

struct outline {
    uint32_t width, height; /* as stored; 0 when there is no frame header */
    int components;         /* 1 grey, 3 colour, 4 CMYK or YCCK */
    int orientation;        /* Exif, 1 to 8; 0 when the file does not say */
    int scans;              /* passes over the picture */
    uint64_t
        coefficients_bytes; /* what the decoder must hold when the picture comes in several passes, else 0 */
    bool complete;          /* the end marker is there */
};

/* Any bytes will do. */
struct outline outline_read(struct bytes file);

#endif
