/* Samples lie times x times in a pixel of the chip and are averaged there, so that nothing is skipped when
 * the image is finer. Work goes by tiles, so that the samples of one stay in the nearest cache. */
#include <assert.h>
#include <math.h>
#include "face/chip.h"

enum { OVERSAMPLE_MAX = 6 };

bool chip_map(const struct image *image, const struct face *face, struct affine *ret_map) {
    struct point points[FACE_LANDMARKS];
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height;
    for (int i = 0; i < FACE_LANDMARKS; i++)
        points[i] = (struct point){face->landmarks[i].x * x - 0.5f, face->landmarks[i].y * y - 0.5f};
    return align_map(&align_arcface, points, ret_map);
}

/* The map whose pixel (i, j) is where, in pixels of `map`, (left + i * step, top + j * step) lies. */
static struct affine map_from(struct affine map, float left, float top, float step) {
    return (struct affine){map.a * step, map.b * step, map.a * left + map.b * top + map.c,
                           map.d * step, map.e * step, map.d * left + map.e * top + map.f};
}

static float mean_of(const float *samples, int side, int times) {
    float sum = 0;
    for (int y = 0; y < times; y++)
        for (int x = 0; x < times; x++)
            sum += samples[y * side + x];
    return sum / (float)(times * times);
}

/* map: from samples of the tile to the image; times of them in a pixel. out: the tile's first red value. */
static void cut_tile(const struct image *image, struct affine map, int times, int size, float *out) {
    float samples[3 * CHIP_STEP * OVERSAMPLE_MAX * CHIP_STEP * OVERSAMPLE_MAX];
    int side = CHIP_STEP * times;
    resample_warp(image, map, PLANES_RGB, side, samples);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < CHIP_STEP; y++)
            for (int x = 0; x < CHIP_STEP; x++)
                out[(plane * size + y) * size + x] = mean_of(
                    samples + (plane * side + y * times) * side + x * times, side, times);
}

void chip_cut(const struct image *image, struct affine map, struct chip chip, int size, float *out) {
    assert(size % CHIP_STEP == 0);
    float pixel = chip.side / (float)size, finest = hypotf(map.a, map.d) * pixel;
    int times = (int)fminf(fmaxf(roundf(finest), 1), OVERSAMPLE_MAX);
    float step = pixel / (float)times;
    for (int top = 0; top < size; top += CHIP_STEP)
        for (int left = 0; left < size; left += CHIP_STEP) {
            /* Edges of the chip become centres of samples. */
            float x = chip.left + (float)left * pixel + step / 2 - 0.5f,
                  y = chip.top + (float)top * pixel + step / 2 - 0.5f;
            cut_tile(image, map_from(map, x, y, step), times, size, out + top * size + left);
        }
}

void chip_mirror(const float *plane, int size, float *out) {
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            out[y * size + x] = plane[y * size + size - 1 - x];
}
