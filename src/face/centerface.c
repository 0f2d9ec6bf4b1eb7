/* The network has one grid, of cells 4 pixels wide, in four maps: the score that a face has its centre in the
 * cell; the logarithms of its height and width, in cells; the centre's offset from the middle of the cell,
 * down and right, in cells; and five points, each down and right, as shares of the box. */
#include <math.h>
#include "face/finder.h"

enum { STRIDE = 4, SCORE = 0, SIZE = 1, OFFSET = 2, POINTS = 3, MAPS = 4 };
static const size_t map_planes[MAPS] = {1, 2, 2, 2 * FACE_LANDMARKS};

static struct detection read_cell(const struct finder *finder, const struct infer_output *outputs,
                                  size_t cell, size_t cells, float column, float row) {
    const float *size = outputs[finder->outputs[SIZE]].data + cell;
    const float *offset = outputs[finder->outputs[OFFSET]].data + cell;
    const float *points = outputs[finder->outputs[POINTS]].data + cell;
    float height = expf(size[0]) * STRIDE, width = expf(size[cells]) * STRIDE;
    struct detection found = {.box = {(column + offset[cells] + 0.5f) * STRIDE - width / 2,
                                      (row + offset[0] + 0.5f) * STRIDE - height / 2, width, height}};
    for (size_t i = 0; i < FACE_LANDMARKS; i++) {
        found.landmarks[i].x = found.box.left + points[(2 * i + 1) * cells] * width;
        found.landmarks[i].y = found.box.top + points[2 * i * cells] * height;
    }
    return found;
}

static bool read_planes(const struct finder *finder, const struct infer_output *outputs, int width,
                        int height, float minimum, void (*add)(void *, const struct detection *),
                        void *context) {
    size_t columns = (size_t)width / STRIDE, cells = columns * ((size_t)height / STRIDE);
    const float *scores = outputs[finder->outputs[SCORE]].data;
    for (int map = 0; map < MAPS; map++)
        if (outputs[finder->outputs[map]].len != map_planes[map] * cells)
            return false;
    for (size_t cell = 0; cell < cells; cell++) {
        if (!(scores[cell] >= minimum * minimum))
            continue;
        struct detection found = read_cell(finder, outputs, cell, cells, (float)(cell % columns),
                                           (float)(cell / columns));
        found.score = sqrtf(fminf(scores[cell], 1));
        add(context, &found);
    }
    return true;
}

bool centerface_finder(const struct infer_model *model, struct finder *ret_finder, struct error *err) {
    static const char *const names[MAPS] = {"537", "538", "539", "540"};
    struct finder finder = {.order = PLANES_RGB, .read = read_planes};
    for (int map = 0; map < MAPS; map++) {
        finder.outputs[map] = infer_name(model, names[map]);
        if (finder.outputs[map] < 0)
            return error_set(err, ERROR_INTERNAL, "the detector's model lacks CenterFace's output %s",
                             names[map]);
    }
    *ret_finder = finder;
    return true;
}
