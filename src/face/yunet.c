/* The network has three grids, of cells 8, 16 and 32 pixels wide. In each cell: a class and an object score,
 * whose geometric mean is the face's score; a box as offset of its centre and logarithm of its size, in
 * cells; and five points as offsets, in cells, whose whole numbers are pixel centres (ours are pixel edges).
 */
#include <math.h>
#include "face/finder.h"

enum { GRIDS = 3, CLASS = 0, OBJECT = 1, BOX = 2, POINTS = 3, PARTS = 4 };
static const int strides[GRIDS] = {8, 16, 32};

static struct detection read_cell(int column, int row, int stride, const float *box, const float *points) {
    float size = (float)stride, width = expf(box[2]) * size, height = expf(box[3]) * size;
    struct detection found = {.box = {((float)column + box[0]) * size - width / 2,
                                      ((float)row + box[1]) * size - height / 2, width, height}};
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        found.landmarks[i].x = ((float)column + points[2 * i]) * size + 0.5f;
        found.landmarks[i].y = ((float)row + points[2 * i + 1]) * size + 0.5f;
    }
    return found;
}

static bool read_planes(const struct finder *finder, const struct infer_output *outputs, int width,
                        int height, float minimum, void (*add)(void *, const struct detection *),
                        void *context) {
    for (int grid = 0; grid < GRIDS; grid++) {
        const int *numbers = finder->outputs + PARTS * grid;
        const float *class = outputs[numbers[CLASS]].data, *object = outputs[numbers[OBJECT]].data;
        int columns = width / strides[grid], rows = height / strides[grid];
        size_t cells = (size_t)columns * (size_t)rows;
        if (outputs[numbers[CLASS]].len != cells || outputs[numbers[OBJECT]].len != cells ||
            outputs[numbers[BOX]].len != 4 * cells ||
            outputs[numbers[POINTS]].len != 2 * FACE_LANDMARKS * cells)
            return false;
        for (int cell = 0; cell < columns * rows; cell++) {
            float product = fminf(fmaxf(class[cell], 0), 1) * fminf(fmaxf(object[cell], 0), 1);
            if (!(product >= minimum * minimum))
                continue;
            struct detection found = read_cell(cell % columns, cell / columns, strides[grid],
                                               outputs[numbers[BOX]].data + 4 * cell,
                                               outputs[numbers[POINTS]].data + 2 * FACE_LANDMARKS * cell);
            found.score = sqrtf(product);
            add(context, &found);
        }
    }
    return true;
}

bool yunet_finder(const struct infer_model *model, struct finder *ret_finder, struct error *err) {
    static const char *const names[PARTS] = {"cls", "obj", "bbox", "kps"};
    struct finder finder = {.order = PLANES_BGR, .read = read_planes};
    for (int i = 0; i < GRIDS * PARTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s_%d", names[i % PARTS], strides[i / PARTS]);
        finder.outputs[i] = infer_name(model, name);
        if (finder.outputs[i] < 0)
            return error_set(err, ERROR_INTERNAL, "the detector's model lacks YuNet's output %s", name);
    }
    *ret_finder = finder;
    return true;
}
