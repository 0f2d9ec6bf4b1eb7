/* Marks on a photograph, for `countenance detect --draw`. Coordinates are edges of pixels of the image (not
 * of the full-size photograph): (0, 0) is its corner. What lies outside is cut off; any float will do. */
#ifndef IMAGE_DRAW_H
#define IMAGE_DRAW_H

#include "image/image.h"

struct colour {
    uint8_t red, green, blue;
};

/* The frame of a box, `thickness` pixels wide, inside the box. */
void draw_box(struct image *image, float left, float top, float width, float height, int thickness,
              struct colour colour);
/* A filled circle. */
void draw_dot(struct image *image, float x, float y, float radius, struct colour colour);
/* ASCII text in a small built-in font of 5x7 pixels times scale, a character every 6; (left, top) is its
 * corner. Unknown characters are blank. */
void draw_text(struct image *image, float left, float top, int scale, const char *text, struct colour colour);

#endif
