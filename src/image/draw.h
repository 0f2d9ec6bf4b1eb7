/* Marks on a photograph, for `countenance detect --draw`. Coordinates are pixels of the image; what lies
 * outside is cut off. */
#ifndef IMAGE_DRAW_H
#define IMAGE_DRAW_H

#include "image/image.h"

struct colour {
    uint8_t red, green, blue;
};

void draw_box(struct image *image, float left, float top, float width, float height, int thickness, struct colour colour);
void draw_dot(struct image *image, float x, float y, float radius, struct colour colour);
/* ASCII text in a small built-in font of 5x7 pixels times scale; (left, top) is its corner. Unknown
 * characters are blank. */
void draw_text(struct image *image, float left, float top, int scale, const char *text, struct colour colour);

#endif
