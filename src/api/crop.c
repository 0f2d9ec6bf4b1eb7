/* A crop is the box and the landmarks of the face as floats, ratios of the picture, and the picture behind
 * them as JPEG.
 *
 * The picture is the box and MARGIN of it to each side, as far as the photograph goes. ArcFace's template
 * wants 0.45 of the box to the sides, dlib's chip and the mesh less than that, and a tilted head a little
 * more. It is made no smaller than a photograph may be, nor longer than four times its other side, and
 * reduced to LIMIT_CROP_SIDE: there a box has about 145 pixels, more than any embedder looks at. */
#include <math.h>
#include "api/crop.h"
#include "base/limits.h"
#include "face/pose.h"
#include "image/cut.h"

enum { QUALITY = 95 };

static const float MARGIN = 0.6f, ASPECT_MAX = (float)LIMIT_CROP_SIDE / LIMIT_IMAGE_SIDE_MIN;
/* Intersection over union of two boxes of one face: strangers beside each other have less. */
static const float SAME = 0.4f;

/* One side of a rectangle in a picture, in whole pixels. */
struct extent {
    int start, length;
};

/* From `from` to `to`, or more so that it is as long as that, but inside the picture. */
static struct extent extent_of(float from, float to, int minimum, int size) {
    minimum = MIN(minimum, size);
    int start = (int)fminf(fmaxf(floorf(from), 0), (float)size - 1);
    int end = (int)fminf(fmaxf(ceilf(to), (float)start + 1), (float)size);
    int missing = minimum - (end - start);
    if (missing > 0) {
        start = MIN(MAX(start - missing / 2, 0), size - minimum);
        end = start + minimum;
    }
    return (struct extent){start, end - start};
}

/* Where to cut, and by how much to scale. */
struct plan {
    struct extent x, y;
    float scale;
};

/* box: in pixels of the image. */
static struct plan plan_of(const struct image *image, const struct box *box) {
    float x = box->width * MARGIN, y = box->height * MARGIN;
    int minimum = LIMIT_IMAGE_SIDE_MIN;
    struct plan plan;
    for (int i = 0; i < 2; i++) { /* the second time it is known how long the longer side is */
        plan.x = extent_of(box->left - x, box->left + box->width + x, minimum, image->width);
        plan.y = extent_of(box->top - y, box->top + box->height + y, minimum, image->height);
        minimum = MAX(minimum, (int)ceilf((float)MAX(plan.x.length, plan.y.length) / ASPECT_MAX));
    }
    int longer = MAX(plan.x.length, plan.y.length), shorter = MIN(plan.x.length, plan.y.length);
    plan.scale = fminf(
        1, fmaxf((float)LIMIT_CROP_SIDE / (float)longer, (float)LIMIT_IMAGE_SIDE_MIN / (float)shorter));
    return plan;
}

/* What is kept of a face in front of its picture. */
struct outline {
    struct box box;
    struct point landmarks[FACE_LANDMARKS];
};

/* Of a face, in other coordinates: x * scale_x + shift_x. */
static struct outline outline_of(const struct box *box, const struct point landmarks[FACE_LANDMARKS],
                                 float scale_x, float scale_y, float shift_x, float shift_y) {
    struct outline outline = {.box = {box->left * scale_x + shift_x, box->top * scale_y + shift_y,
                                      box->width * scale_x, box->height * scale_y}};
    for (int i = 0; i < FACE_LANDMARKS; i++)
        outline.landmarks[i] = (struct point){landmarks[i].x * scale_x + shift_x,
                                              landmarks[i].y * scale_y + shift_y};
    return outline;
}

static bool pack(struct arena *arena, const struct outline *outline, struct bytes jpeg,
                 struct bytes *ret_crop, struct error *err) {
    size_t len = sizeof *outline + jpeg.len;
    if (len > LIMIT_CROP_BYTES) {
        *ret_crop = (struct bytes){NULL, 0};
        return true;
    }
    char *crop = arena_alloc(arena, len);
    if (!crop)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a crop.");
    memcpy(crop, outline, sizeof *outline);
    memcpy(crop + sizeof *outline, jpeg.ptr, jpeg.len);
    *ret_crop = (struct bytes){crop, len};
    return true;
}

bool crop_make(struct arena *arena, const struct image *image, const struct face *face,
               struct bytes *ret_crop, struct error *err) {
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height;
    struct outline found = outline_of(&face->box, face->landmarks, x, y, 0, 0);
    struct plan plan = plan_of(image, &found.box);
    CLEANUP_IMAGE struct image picture = {0};
    struct buffer jpeg;
    if (!image_cut(image, plan.x.start, plan.y.start, plan.x.length, plan.y.length, plan.scale, &picture,
                   err) ||
        !image_encode_jpeg(&picture, QUALITY, &jpeg, err))
        return false;
    x = 1 / (float)plan.x.length;
    y = 1 / (float)plan.y.length;
    struct outline kept = outline_of(&found.box, found.landmarks, x, y, -(float)plan.x.start * x,
                                     -(float)plan.y.start * y);
    bool made = pack(arena, &kept, buffer_bytes(&jpeg), ret_crop, err);
    buffer_release(&jpeg);
    return made;
}

bool crop_open(struct bytes crop, struct image *ret_image, struct face *ret_face, struct error *err) {
    struct outline kept;
    struct image image;
    if (crop.len <= sizeof kept)
        return error_set(err, ERROR_INTERNAL, "A stored crop is none.");
    memcpy(&kept, crop.ptr, sizeof kept);
    if (!image_decode((struct bytes){crop.ptr + sizeof kept, crop.len - sizeof kept}, &image, err))
        return false;
    struct outline outline = outline_of(&kept.box, kept.landmarks, (float)image.width, (float)image.height, 0,
                                        0);
    *ret_face = (struct face){.box = outline.box, .pose = pose_of_landmarks(outline.landmarks)};
    memcpy(ret_face->landmarks, outline.landmarks, sizeof outline.landmarks);
    *ret_image = image;
    return true;
}

static float shared(float from, float length, float other_from, float other_length) {
    return fmaxf(fminf(from + length, other_from + other_length) - fmaxf(from, other_from), 0);
}

/* Intersection over union. */
static float likeness(const struct box *a, const struct box *b) {
    float both = shared(a->left, a->width, b->left, b->width) * shared(a->top, a->height, b->top, b->height);
    return both / (a->width * a->height + b->width * b->height - both);
}

int crop_find(const struct face *face, const struct face *faces, int count) {
    int best = -1;
    float highest = SAME;
    for (int i = 0; i < count; i++) {
        float like = likeness(&face->box, &faces[i].box);
        if (like >= highest) {
            highest = like;
            best = i;
        }
    }
    return best;
}
