#include <assert.h>
#include <math.h>

#include "image/cut.h"
#include "image/resample.h"

static int scaled(int side, float scale) {
    return (int)roundf((float)side * scale);
}

bool image_cut(const struct image *image, int left, int top, int width, int height, float scale,
               struct image *ret_cut, struct error *err) {
    assert(left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= image->width &&
           top + height <= image->height && scale > 0 && scale <= 1);
    struct image cut = {.width = scaled(width, scale), .height = scaled(height, scale)};
    assert(cut.width > 0 && cut.height > 0);
    size_t count = (size_t)cut.width * (size_t)cut.height;
    CLEANUP_FREE float *planes = calloc(count, 3 * sizeof *planes);
    cut.rgb = planes ? calloc(count, 3) : NULL;
    if (!cut.rgb)
        return error_set(err, ERROR_INTERNAL, "no memory for a picture");
    cut.full_width = cut.width;
    cut.full_height = cut.height;
    resample_scale(image, (float)left, (float)top, (float)width, (float)height, scale, PLANES_RGB, cut.width,
                   cut.height, planes);
    for (size_t i = 0; i < count; i++)
        for (size_t plane = 0; plane < 3; plane++)
            cut.rgb[3 * i + plane] = (uint8_t)fminf(roundf(planes[plane * count + i]), 255);
    *ret_cut = cut;
    return true;
}
