/* A photograph is searched at several scales, because the networks see faces of about 10 to 300 pixels:
 *
 * - coarse: the whole picture, at most COARSE pixels on its longer side. Finds all faces but the small ones.
 * - fine, when the picture is larger: at most FINE pixels, in overlapping tiles. A tile costs no more than
 * the same pixels in one picture, but its layers stay in the processor's cache and its memory is a quarter. A
 *   face up to OVERLAP pixels lies whole in at least one tile; what a tile's inner edge cuts is dropped, and
 *   was large enough for the coarse search.
 * - close: twice the fine scale, but only the tiles in which something small was seen, be it a mere guess
 *   (above GUESS). Where small faces are, there are more. It adds small faces only.
 * - half, when nothing was found: half the coarse scale, for a face that fills the picture.
 *
 * The networks know upright faces. Upright ones score above SURE, where ones on their side or head rarely do:
 * when the coarse search has found nothing so sure, it is made for the three quarter turns too. All further
 * looks are made in the turn with a sure face, or else in the one that shows most (sum of scores above
 * MINIMUM), as if the photograph had been turned.
 *
 * Sizes are rounded up to STEP, so that the runtime compiles few shapes; the rest of a plane is black. What
 * overlaps a better one (intersection over union above NMS) goes.
 *
 * A second network makes the same searches. Where both see a face (overlap above SAME), it gets the mean of
 * their boxes, YuNet's landmarks, which are the better ones, and the score 1 - (1 - a)(1 - b): the two err
 * mostly in different places. What only one of them sees stays as that saw it. */
#include <assert.h>
#include <math.h>
#include "face/detect.h"
#include "base/clock.h"

enum { COARSE = 640, FINE = 1184, OVERLAP = 96, STEP = 64, CANDIDATES_MAX = 8192, EDGE = 4, TURNS = 4 };
enum {
    SMALL = 24,
    SMALL_MAX = 40
}; /* heights at the fine scale that call for a closer look, or come of it */
static const float NMS = 0.3f, SAME = 0.4f;
static const float GUESS = 0.3f;        /* the least score that is kept during the search */
static const float MINIMUM = 0.5f;      /* of YuNet: below, finds are more often no face than one */
static const float MINIMUM_BOTH = 0.4f; /* with the second network, which is asked to miss little */
static const float SURE = 0.9f;         /* of an upright face */
static const float TURNED = 1.2f;       /* times the evidence that an upright photograph shows */
static const float CLEAR_SCORE = 0.85f; /* of a face that makes the fine search needless */
static const float CLEAR_SIDE = 64;     /* and its height in coarse pixels */

/* One look: a rectangle of the image, scaled into the network's input and turned. */
struct look {
    float left, top, width, height, scale;
    bool inner_left, inner_top, inner_right, inner_bottom; /* edges behind which the picture goes on */
    float tallest;                                         /* image pixels; what is taller is dropped */
    int plane_width, plane_height;                         /* before the turn */
};

struct detector {
    struct infer_request *yunet;
    struct finder finders[2];
    int finder_count;
    float *scratch; /* planes of a look before it is turned; NULL until needed */
    /* Of the run: */
    const struct image *image;
    struct look look;
    uint64_t deadline; /* of the monotonic clock; 0 for none */
    int turn;          /* quarters clockwise that the photograph is looked at in */
    int count;
    struct detection candidates[CANDIDATES_MAX];
};

struct infer_shape detector_shape(void) {
    return (struct infer_shape){4, {1, 3, -1, -1}};
}

bool detector_new(struct infer_model *model, struct detector **ret_detector, struct error *err) {
    struct detector *detector = calloc(1, sizeof *detector);
    if (!detector)
        return error_set(err, ERROR_INTERNAL, "no memory for a detector");
    if (!yunet_finder(model, &detector->finders[0], err) ||
        !infer_request_new(model, &detector->yunet, err)) {
        detector_free(detector);
        return false;
    }
    detector->finders[0].request = detector->yunet;
    detector->finder_count = 1;
    *ret_detector = detector;
    return true;
}

bool detector_add(struct detector *detector, const struct network *centerface, struct error *err) {
    if (!centerface_finder(centerface->model, &detector->finders[1], err))
        return false;
    detector->finders[1].request = centerface->request;
    detector->finder_count = 2;
    return true;
}

void detector_free(struct detector *detector) {
    if (!detector)
        return;
    infer_request_free(detector->yunet);
    free(detector->scratch);
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

/* From the turned planes to those before the turn. */
static struct point turn_back(const struct look *look, int turn, struct point point) {
    float width = (float)look->plane_width, height = (float)look->plane_height;
    switch (turn) {
    case 1:
        return (struct point){point.y, height - point.x};
    case 2:
        return (struct point){width - point.x, height - point.y};
    case 3:
        return (struct point){width - point.y, point.x};
    default:
        return point;
    }
}

static struct box turn_box_back(const struct look *look, int turn, struct box box) {
    struct point a = turn_back(look, turn, (struct point){box.left, box.top});
    struct point b = turn_back(look, turn, (struct point){box.left + box.width, box.top + box.height});
    return (struct box){fminf(a.x, b.x), fminf(a.y, b.y), fabsf(a.x - b.x), fabsf(a.y - b.y)};
}

static void add_candidate(void *context, const struct detection *found) {
    struct detector *detector = context;
    const struct look *look = &detector->look;
    float back = 1 / look->scale, tall = found->box.height * back;
    if (!(found->box.width < 1e5f && found->box.height < 1e5f) || tall > look->tallest)
        return;
    struct box box = turn_box_back(look, detector->turn, found->box);
    float centre_x = box.left + box.width / 2, centre_y = box.top + box.height / 2;
    if (cut_by_tile(look, box) || !(centre_x >= 0 && centre_x <= look->width * look->scale) ||
        !(centre_y >= 0 && centre_y <= look->height * look->scale))
        return;
    struct detection *slot = candidate_slot(detector, found->score);
    if (!slot)
        return;
    slot->score = found->score;
    slot->clear = false;
    slot->box = (struct box){look->left + box.left * back, look->top + box.top * back, box.width * back,
                             box.height * back};
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        struct point point = turn_back(look, detector->turn, found->landmarks[i]);
        slot->landmarks[i] = (struct point){look->left + point.x * back, look->top + point.y * back};
    }
}

static void turn_planes(const float *in, int width, int height, int turn, float *out) {
    int out_width = turn % 2 ? height : width, out_height = turn % 2 ? width : height;
    for (int plane = 0; plane < 3; plane++, in += (size_t)width * (size_t)height)
        for (int y = 0; y < out_height; y++)
            for (int x = 0; x < out_width; x++) {
                int from_x = turn == 1 ? y : turn == 2 ? width - 1 - x : width - 1 - y;
                int from_y = turn == 1 ? height - 1 - x : turn == 2 ? height - 1 - y : x;
                *out++ = in[from_y * width + from_x];
            }
}

static bool fill_planes(struct detector *detector, enum plane_order order, float *input, struct error *err) {
    const struct look *look = &detector->look;
    int width = look->plane_width, height = look->plane_height;
    enum { SIDE = COARSE + STEP }; /* more than any look has, however it is rounded */
    if (detector->turn && !detector->scratch)
        detector->scratch = malloc(sizeof(float) * 3 * SIDE * SIDE);
    if (detector->turn && !detector->scratch)
        return error_set(err, ERROR_INTERNAL, "no memory to turn a photograph");
    assert(width <= SIDE && height <= SIDE);
    float *planes = detector->turn ? detector->scratch : input;
    resample_scale(detector->image, look->left, look->top, look->width, look->height, look->scale, order,
                   width, height, planes);
    if (detector->turn)
        turn_planes(planes, width, height, detector->turn, input);
    return true;
}

static int round_up(float size) {
    return ((int)ceilf(size) + STEP - 1) / STEP * STEP;
}

static bool run_look(struct detector *detector, const struct finder *finder, struct look look,
                     struct error *err) {
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    look.plane_width = round_up(look.width * look.scale - 0.5f);
    look.plane_height = round_up(look.height * look.scale - 0.5f);
    detector->look = look;
    bool sideways = detector->turn % 2;
    int width = sideways ? look.plane_height : look.plane_width,
        height = sideways ? look.plane_width : look.plane_height;
    float *input = infer_shape(finder->request, (struct infer_shape){4, {1, 3, height, width}}, err);
    if (!input || !fill_planes(detector, finder->order, input, err) ||
        !infer_run(finder->request, outputs, err))
        return false;
    return finder->read(finder, outputs, width, height, GUESS, add_candidate, detector) ||
           error_set(err, ERROR_INTERNAL, "a detector's model has outputs of another size than known");
}

static bool run_whole(struct detector *detector, const struct finder *finder, float scale,
                      struct error *err) {
    struct look look = {.width = (float)detector->image->width,
                        .height = (float)detector->image->height,
                        .scale = scale,
                        .tallest = INFINITY};
    return run_look(detector, finder, look, err);
}

/* How many tiles of at most COARSE pixels cover a side with OVERLAP between neighbours. */
static int tile_count(float side) {
    return side <= COARSE ? 1 : (int)ceilf((side - OVERLAP) / (COARSE - OVERLAP) - 1e-4f);
}

/* Whether one of the first `count` candidates is small and has its centre in the tile. */
static bool shows_small(const struct detector *detector, int count, const struct look *tile, float small) {
    for (int i = 0; i < count; i++) {
        struct box box = detector->candidates[i].box;
        float x = box.left + box.width / 2 - tile->left, y = box.top + box.height / 2 - tile->top;
        if (fmaxf(box.height, box.width) < small && x >= 0 && y >= 0 && x < tile->width && y < tile->height)
            return true;
    }
    return false;
}

/* All tiles, or, with a size `small` above 0, those which show something smaller than that. */
static bool run_tiles(struct detector *detector, const struct finder *finder, float scale, float small,
                      struct error *err) {
    float width = (float)detector->image->width, height = (float)detector->image->height;
    float overlap = OVERLAP / scale;
    int columns = tile_count(width * scale), rows = tile_count(height * scale), seen = detector->count;
    float tile_width = (width + (float)(columns - 1) * overlap) / (float)columns;
    float tile_height = (height + (float)(rows - 1) * overlap) / (float)rows;
    for (int tile = 0; tile < columns * rows; tile++) {
        int column = tile % columns, row = tile / columns;
        struct look look = {.left = (float)column * (tile_width - overlap),
                            .top = (float)row * (tile_height - overlap),
                            .scale = scale,
                            .inner_left = column > 0,
                            .inner_top = row > 0,
                            .inner_right = column + 1 < columns,
                            .inner_bottom = row + 1 < rows,
                            .tallest = small > 0 ? small / SMALL * SMALL_MAX : INFINITY};
        look.width = fminf(tile_width, width - look.left);
        look.height = fminf(tile_height, height - look.top);
        if (small > 0 && !shows_small(detector, seen, &look, small))
            continue;
        if (detector->deadline && clock_monotonic_ns() > detector->deadline)
            return true;
        if (!run_look(detector, finder, look, err))
            return false;
    }
    return true;
}

static float area(struct box box) {
    return box.width * box.height;
}

/* Intersection over union. */
static float overlap_of(struct box a, struct box b) {
    float width = fminf(a.left + a.width, b.left + b.width) - fmaxf(a.left, b.left);
    float height = fminf(a.top + a.height, b.top + b.height) - fmaxf(a.top, b.top);
    float common = width > 0 && height > 0 ? width * height : 0;
    return common > 0 ? common / (area(a) + area(b) - common) : 0;
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

/* Of the candidates from `first` on, those that no better one overlaps. */
static void keep_best(struct detector *detector, int first) {
    struct detection *list = detector->candidates;
    int kept = first;
    qsort(list + first, (size_t)(detector->count - first), sizeof *list, by_rank);
    for (int i = first; i < detector->count; i++) {
        int k = first;
        while (k < kept && overlap_of(list[i].box, list[k].box) <= NMS)
            k++;
        if (k == kept)
            list[kept++] = list[i];
    }
    detector->count = kept;
}

/* Sorts by size and leaves out what scores less than the minimum. */
static void keep_sure(struct detector *detector, float minimum) {
    int kept = 0;
    for (int i = 0; i < detector->count; i++)
        if (detector->candidates[i].score >= minimum)
            detector->candidates[kept++] = detector->candidates[i];
    detector->count = kept;
    qsort(detector->candidates, (size_t)kept, sizeof detector->candidates[0], by_area);
}

/* How much speaks for faces among the candidates from `first` on, and the best score. */
static float evidence(const struct detector *detector, int first, float *ret_best) {
    float sum = 0, best = 0;
    for (int i = first; i < detector->count; i++) {
        sum += fmaxf(detector->candidates[i].score - MINIMUM, 0);
        best = fmaxf(best, detector->candidates[i].score);
    }
    *ret_best = best;
    return sum;
}

/* The coarse search, upright and, unless that shows a sure face, in the other turns. The detector's turn
 * becomes the one that shows most. Candidates: what is seen upright and in that turn. */
static bool run_coarse(struct detector *detector, float scale, struct error *err) {
    struct detection *list = detector->candidates;
    int best_turn = 0, upright = 0;
    float most = 0, best = 0;
    detector->count = 0;
    for (int turn = 0; turn < TURNS && best < SURE; turn++) {
        int first = detector->count;
        detector->turn = turn;
        if (!run_whole(detector, &detector->finders[0], scale, err))
            return false;
        keep_best(detector, first);
        float sum = evidence(detector, first, &best);
        if (turn == 0) {
            most = TURNED * sum;
            upright = detector->count;
        } else if (sum > most || best >= SURE) {
            int fresh = detector->count - first;
            memmove(list + upright, list + first, (size_t)fresh * sizeof *list);
            detector->count = upright + fresh;
            most = sum;
            best_turn = turn;
        } else
            detector->count = first;
    }
    detector->turn = best_turn;
    keep_best(detector, 0);
    return true;
}

/* A clear face stays as the coarse search saw it, so that its embedding does not depend on whether the fine
 * one was made: the same photograph is the same face to every operation. */
static bool mark_clear(struct detector *detector, float scale) {
    const struct detection *largest = NULL;
    for (int i = 0; i < detector->count; i++) {
        struct detection *found = &detector->candidates[i];
        found->clear = found->score >= CLEAR_SCORE && found->box.height * scale >= CLEAR_SIDE;
        if (found->score >= MINIMUM && (!largest || area(found->box) > area(largest->box)))
            largest = found;
    }
    return largest && largest->clear;
}

/* The searches after the coarse one, into the candidates from `first` on. */
static bool run_finer(struct detector *detector, const struct finder *finder, int first, float coarse,
                      float fine, struct error *err) {
    if (fine > coarse) {
        if (!run_tiles(detector, finder, fine, 0, err))
            return false;
        keep_best(detector, first);
    }
    if (!run_tiles(detector, finder, 2 * fine, SMALL / fine, err))
        return false;
    keep_best(detector, first);
    return true;
}

/* Merges the candidates of the second network, from `first` on, into those of the first. */
static void merge(struct detector *detector, int first) {
    struct detection *list = detector->candidates;
    int kept = first;
    for (int i = first; i < detector->count; i++) {
        struct detection *same = NULL, second = list[i];
        float most = SAME;
        for (int k = 0; k < first; k++) {
            float overlap = overlap_of(list[k].box, second.box);
            if (overlap > most) {
                most = overlap;
                same = &list[k];
            }
        }
        if (!same) {
            list[kept++] = second;
            continue;
        }
        same->score = 1 - (1 - same->score) * (1 - second.score);
        if (!same->clear)
            same->box = (struct box){
                (same->box.left + second.box.left) / 2, (same->box.top + second.box.top) / 2,
                (same->box.width + second.box.width) / 2, (same->box.height + second.box.height) / 2};
    }
    detector->count = kept;
}

static bool run_second(struct detector *detector, float coarse, float fine, struct error *err) {
    int first = detector->count;
    const struct finder *finder = &detector->finders[1];
    if (!run_whole(detector, finder, coarse, err))
        return false;
    keep_best(detector, first);
    if (!run_finer(detector, finder, first, coarse, fine, err))
        return false;
    merge(detector, first);
    return true;
}

bool detector_run(struct detector *detector, const struct image *image, struct detector_wish wish,
                  const struct detection **ret_detections, int *ret_count, struct error *err) {
    float side = (float)MAX(image->width, image->height);
    float coarse = fminf(1, COARSE / side), fine = fminf(1, FINE / side);
    const struct finder *yunet = &detector->finders[0];
    float minimum = detector->finder_count > 1 ? MINIMUM_BOTH : MINIMUM;
    detector->image = image;
    detector->deadline = wish.budget_ms > 0 ? clock_monotonic_ns() + (uint64_t)wish.budget_ms * 1000000 : 0;
    if (!run_coarse(detector, coarse, err))
        return false;
    if (!mark_clear(detector, coarse) || !wish.largest_only) {
        if (!run_finer(detector, yunet, 0, coarse, fine, err) ||
            (detector->finder_count > 1 && !run_second(detector, coarse, fine, err)))
            return false;
    }
    keep_sure(detector, minimum);
    if (detector->count == 0) {
        if (!run_whole(detector, yunet, coarse / 2, err))
            return false;
        keep_best(detector, 0);
        keep_sure(detector, minimum);
    }
    *ret_detections = detector->candidates;
    *ret_count = detector->count;
    return true;
}
