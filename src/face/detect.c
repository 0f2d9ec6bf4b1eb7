/* A photograph is searched at several scales, because YuNet sees faces of about 10 to 300 pixels:
 *
 * - coarse: the whole picture, at most COARSE pixels on its longer side. Finds all faces but the small ones.
 * - fine, when the picture is larger: at most FINE pixels, in overlapping tiles. A tile costs no more than
 * the same pixels in one picture, but its layers stay in the processor's cache and its memory is a quarter. A
 *   face up to OVERLAP pixels lies whole in at least one tile; what a tile's inner edge cuts is dropped, and
 *   was large enough for the coarse search.
 * - small, when nothing was found: half the coarse scale, for a face that fills the picture.
 *
 * Sizes are rounded up to STEP, so that the runtime compiles few shapes; the rest of a plane is black.
 *
 * The network has three grids, of cells 8, 16 and 32 pixels wide. In each cell: a class and an object score,
 * whose geometric mean is the face's score; a box as offset of its centre and logarithm of its size, in
 * cells; and five points as offsets, in cells, whose whole numbers are pixel centres (ours are pixel edges).
 * What overlaps a better one (intersection over union above NMS) goes. */
#include <math.h>
#include "face/detect.h"
#include "image/resample.h"
#include "base/limits.h"

enum { COARSE = 640, FINE = 1184, OVERLAP = 96, STEP = 64, GRIDS = 3, CANDIDATES_MAX = 4096, EDGE = 4 };
static const int strides[GRIDS] = {8, 16, 32};
static const float NMS = 0.3f;
static const float CLEAR_SCORE = 0.85f; /* of a face that makes the fine search needless */
static const float CLEAR_SIDE = 64;     /* and its height in coarse pixels */

struct detector {
    struct infer_request *request;
    struct {
        int class, object, box, points;
    } outputs[GRIDS];
    int count;
    struct detection candidates[CANDIDATES_MAX];
};

/* One look: a rectangle of the image, scaled into the network's input. */
struct look {
    float left, top, width, height, scale;
    bool inner_left, inner_top, inner_right, inner_bottom; /* edges behind which the picture goes on */
};

struct infer_shape detector_shape(void) {
    return (struct infer_shape){4, {1, 3, -1, -1}};
}

static bool find_outputs(struct detector *detector, const struct infer_model *model) {
    for (int grid = 0; grid < GRIDS; grid++) {
        int *const numbers[] = {&detector->outputs[grid].class, &detector->outputs[grid].object,
                                &detector->outputs[grid].box, &detector->outputs[grid].points};
        static const char *const names[] = {"cls", "obj", "bbox", "kps"};
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            char name[16];
            snprintf(name, sizeof name, "%s_%d", names[i], strides[grid]);
            *numbers[i] = infer_name(model, name);
            if (*numbers[i] < 0)
                return false;
        }
    }
    return true;
}

bool detector_new(struct infer_model *model, struct detector **ret_detector, struct error *err) {
    struct detector *detector = calloc(1, sizeof *detector);
    if (!detector)
        return error_set(err, ERROR_INTERNAL, "no memory for a detector");
    if (!find_outputs(detector, model)) {
        detector_free(detector);
        return error_set(err, ERROR_INTERNAL, "the detector's model lacks an output of YuNet");
    }
    if (!infer_request_new(model, &detector->request, err)) {
        detector_free(detector);
        return false;
    }
    *ret_detector = detector;
    return true;
}

void detector_free(struct detector *detector) {
    if (!detector)
        return;
    infer_request_free(detector->request);
    free(detector);
}

/* The lowest score, which a better candidate replaces when the list is full. */
static struct detection *candidate_slot(struct detector *detector, float score) {
    if (detector->count < CANDIDATES_MAX)
        return &detector->candidates[detector->count++];
    struct detection *worst = &detector->candidates[0];
    for (int i = 1; i < CANDIDATES_MAX; i++)
        if (detector->candidates[i].score < worst->score)
            worst = &detector->candidates[i];
    return worst->score < score ? worst : NULL;
}

static bool cut_by_tile(const struct look *look, struct box box) {
    float width = look->width * look->scale, height = look->height * look->scale;
    return (look->inner_left && box.left < EDGE) || (look->inner_top && box.top < EDGE) ||
           (look->inner_right && box.left + box.width > width - EDGE) ||
           (look->inner_bottom && box.top + box.height > height - EDGE);
}

static void read_cell(struct detector *detector, const struct look *look, float score, int column, int row,
                      int stride, const float box[4], const float points[2 * FACE_LANDMARKS]) {
    float size = (float)stride, width = expf(box[2]) * size, height = expf(box[3]) * size;
    struct box found = {((float)column + box[0]) * size - width / 2,
                        ((float)row + box[1]) * size - height / 2, width, height};
    float centre_x = found.left + width / 2, centre_y = found.top + height / 2;
    if (!(width < 1e5f && height < 1e5f) || cut_by_tile(look, found) ||
        centre_x > look->width * look->scale || centre_y > look->height * look->scale)
        return;
    struct detection *slot = candidate_slot(detector, score);
    if (!slot)
        return;
    float back = 1 / look->scale;
    slot->score = score;
    slot->clear = false;
    slot->box = (struct box){look->left + found.left * back, look->top + found.top * back, width * back,
                             height * back};
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        slot->landmarks[i].x = look->left + (((float)column + points[2 * i]) * size + 0.5f) * back;
        slot->landmarks[i].y = look->top + (((float)row + points[2 * i + 1]) * size + 0.5f) * back;
    }
}

static void read_grid(struct detector *detector, const struct look *look, const struct infer_output *outputs,
                      int grid, int columns, int rows, float minimum) {
    const float *class = outputs[detector->outputs[grid].class].data;
    const float *object = outputs[detector->outputs[grid].object].data;
    const float *box = outputs[detector->outputs[grid].box].data;
    const float *points = outputs[detector->outputs[grid].points].data;
    float floor = minimum * minimum;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            int cell = row * columns + column;
            float product = fminf(fmaxf(class[cell], 0), 1) * fminf(fmaxf(object[cell], 0), 1);
            if (product >= floor)
                read_cell(detector, look, sqrtf(product), column, row, strides[grid], box + 4 * cell,
                          points + 2 * FACE_LANDMARKS * cell);
        }
}

static int round_up(float size) {
    return ((int)ceilf(size) + STEP - 1) / STEP * STEP;
}

static bool run_look(struct detector *detector, const struct image *image, const struct look *look,
                     float minimum, struct error *err) {
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    int width = round_up(look->width * look->scale - 0.5f),
        height = round_up(look->height * look->scale - 0.5f);
    float *input = infer_shape(detector->request, (struct infer_shape){4, {1, 3, height, width}}, err);
    if (!input)
        return false;
    resample_scale(image, look->left, look->top, look->width, look->height, look->scale, PLANES_BGR, width,
                   height, input);
    if (!infer_run(detector->request, outputs, err))
        return false;
    for (int grid = 0; grid < GRIDS; grid++) {
        size_t cells = (size_t)(width / strides[grid]) * (size_t)(height / strides[grid]);
        if (outputs[detector->outputs[grid].class].len != cells ||
            outputs[detector->outputs[grid].box].len != 4 * cells)
            return error_set(err, ERROR_INTERNAL,
                             "the detector's model has grids of another size than YuNet's");
        read_grid(detector, look, outputs, grid, width / strides[grid], height / strides[grid], minimum);
    }
    return true;
}

static bool run_whole(struct detector *detector, const struct image *image, float scale, float minimum,
                      struct error *err) {
    struct look look = {0, 0, (float)image->width, (float)image->height, scale, false, false, false, false};
    return run_look(detector, image, &look, minimum, err);
}

/* How many tiles of at most COARSE pixels cover a side with OVERLAP between neighbours. */
static int tile_count(float side) {
    return side <= COARSE ? 1 : (int)ceilf((side - OVERLAP) / (COARSE - OVERLAP) - 1e-4f);
}

static bool run_tiles(struct detector *detector, const struct image *image, float scale, float minimum,
                      struct error *err) {
    float width = (float)image->width, height = (float)image->height, overlap = OVERLAP / scale;
    int columns = tile_count(width * scale), rows = tile_count(height * scale);
    float tile_width = (width + (float)(columns - 1) * overlap) / (float)columns;
    float tile_height = (height + (float)(rows - 1) * overlap) / (float)rows;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            struct look look = {.left = (float)column * (tile_width - overlap),
                                .top = (float)row * (tile_height - overlap),
                                .scale = scale,
                                .inner_left = column > 0,
                                .inner_top = row > 0,
                                .inner_right = column + 1 < columns,
                                .inner_bottom = row + 1 < rows};
            look.width = fminf(tile_width, width - look.left);
            look.height = fminf(tile_height, height - look.top);
            if (!run_look(detector, image, &look, minimum, err))
                return false;
        }
    return true;
}

static float area(struct box box) {
    return box.width * box.height;
}

static float intersection(struct box a, struct box b) {
    float width = fminf(a.left + a.width, b.left + b.width) - fmaxf(a.left, b.left);
    float height = fminf(a.top + a.height, b.top + b.height) - fmaxf(a.top, b.top);
    return width > 0 && height > 0 ? width * height : 0;
}

/* Clear faces first, then by score. */
static int by_rank(const void *a, const void *b) {
    const struct detection *x = a, *y = b;
    if (x->clear != y->clear)
        return x->clear ? -1 : 1;
    return (x->score < y->score) - (x->score > y->score);
}

static int by_area(const void *a, const void *b) {
    float x = area(((const struct detection *)a)->box), y = area(((const struct detection *)b)->box);
    return (x < y) - (x > y);
}

static bool repeats(const struct detection *candidate, const struct detection *kept) {
    float common = intersection(candidate->box, kept->box);
    return common > NMS * (area(candidate->box) + area(kept->box) - common);
}

static void keep_best(struct detector *detector) {
    struct detection *list = detector->candidates;
    int kept = 0;
    qsort(list, (size_t)detector->count, sizeof *list, by_rank);
    for (int i = 0; i < detector->count; i++) {
        int k = 0;
        while (k < kept && !repeats(&list[i], &list[k]))
            k++;
        if (k == kept)
            list[kept++] = list[i];
    }
    detector->count = kept;
    qsort(list, (size_t)kept, sizeof *list, by_area);
}

/* A clear face stays as the coarse search saw it, so that its embedding does not depend on whether the fine
 * one was made: the same photograph is the same face to every operation. */
static void mark_clear(struct detector *detector, float scale) {
    for (int i = 0; i < detector->count; i++) {
        struct detection *found = &detector->candidates[i];
        found->clear = found->score >= CLEAR_SCORE && found->box.height * scale >= CLEAR_SIDE;
    }
}

bool detector_run(struct detector *detector, const struct image *image, float minimum, bool largest_only,
                  const struct detection **ret_detections, int *ret_count, struct error *err) {
    float side = (float)MAX(image->width, image->height);
    float coarse = fminf(1, COARSE / side), fine = fminf(1, FINE / side);
    detector->count = 0;
    if (!run_whole(detector, image, coarse, minimum, err))
        return false;
    keep_best(detector);
    mark_clear(detector, coarse);
    bool done = largest_only && detector->count > 0 && detector->candidates[0].clear;
    if (fine > coarse && !done) {
        if (!run_tiles(detector, image, fine, minimum, err))
            return false;
        keep_best(detector);
    }
    if (detector->count == 0 && !run_whole(detector, image, coarse / 2, minimum, err))
        return false;
    keep_best(detector);
    *ret_detections = detector->candidates;
    *ret_count = detector->count;
    return true;
}
