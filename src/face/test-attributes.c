/* What attributes.h and mesh.h promise, on photographs and the default model pack. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/attributes.h"

#define PHOTOS "third_party/photos/"

static struct face_engine *engine;
static struct face_worker *worker;

static int open_engine(void **state) {
    (void)state;
    struct error err;
    return face_engine_open(COUNTENANCE_MODELS, 1, NULL, &engine, &err) &&
                   face_worker_new(engine, &worker, &err)
               ? 0
               : -1;
}

static int close_engine(void **state) {
    (void)state;
    face_worker_free(worker);
    face_engine_free(engine);
    return 0;
}

static struct image read_photo(const char *path) {
    static uint8_t file[4 << 20];
    struct image image = {0};
    struct error err;
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t len = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_true(image_decode((struct bytes){(const char *)file, len}, &image, &err));
    return image;
}

static struct face largest_face(const struct image *image) {
    struct face face;
    struct error err;
    int count;
    assert_true(face_detect(worker, image, 1, &face, &count, &err));
    assert_int_equal(count, 1);
    return face;
}

static struct face_attributes describe(const struct image *image, const struct face *face, unsigned wanted) {
    struct face_attributes attributes;
    struct error err;
    assert_true(face_describe(worker, image, face, wanted, &attributes, &err));
    return attributes;
}

static float apart(struct point a, struct point b) {
    return hypotf(a.x - b.x, a.y - b.y);
}

static void mirror(struct image *image) {
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width / 2; x++) {
            uint8_t *row = image->rgb + (size_t)y * (size_t)image->width * 3;
            for (int c = 0; c < 3; c++) {
                uint8_t left = row[3 * x + c], *right = row + 3 * (image->width - 1 - x) + c;
                row[3 * x + c] = *right;
                *right = left;
            }
        }
}

/* Turned by 90 degrees clockwise; the photograph is square. */
static void turn(struct image *image) {
    size_t side = (size_t)image->width;
    uint8_t *turned = malloc(side * side * 3);
    assert_non_null(turned);
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++)
            memcpy(turned + (x * side + side - 1 - y) * 3, image->rgb + (y * side + x) * 3, 3);
    memcpy(image->rgb, turned, side * side * 3);
    free(turned);
}

static void each_landmark_lies_where_its_name_says(void **state) {
    (void)state;
    static const char *const photos[] = {PHOTOS "astronaut.png", PHOTOS "obama.jpg", PHOTOS "biden.jpg"};
    for (size_t i = 0; i < ARRAY_LEN(photos); i++) {
        CLEANUP_IMAGE struct image image = read_photo(photos[i]);
        struct face face = largest_face(&image);
        struct face_attributes seen = describe(&image, &face, FACE_ALL_LANDMARKS);
        const struct point *p = seen.points;
        assert_int_equal(seen.present, FACE_ALL_LANDMARKS);
        float eyes = apart(p[POINT_EYE_LEFT], p[POINT_EYE_RIGHT]);
        for (int k = 0; k < FACE_LANDMARKS; k++) /* in the order of enum face_landmark */
            assert_true(apart(p[k], face.landmarks[k]) < 0.3f * eyes);
        assert_true(p[POINT_LEFT_EYE_LEFT].x < p[POINT_LEFT_PUPIL].x &&
                    p[POINT_LEFT_PUPIL].x < p[POINT_LEFT_EYE_RIGHT].x);
        assert_true(p[POINT_RIGHT_EYE_LEFT].x < p[POINT_RIGHT_PUPIL].x &&
                    p[POINT_RIGHT_PUPIL].x < p[POINT_RIGHT_EYE_RIGHT].x);
        assert_true(p[POINT_LEFT_EYE_UP].y < p[POINT_LEFT_EYE_DOWN].y);
        assert_true(p[POINT_LEFT_EYEBROW_UP].y < p[POINT_LEFT_EYE_UP].y);
        assert_true(p[POINT_LEFT_EYEBROW_LEFT].x < p[POINT_LEFT_EYEBROW_UP].x &&
                    p[POINT_LEFT_EYEBROW_UP].x < p[POINT_LEFT_EYEBROW_RIGHT].x);
        assert_true(p[POINT_RIGHT_EYEBROW_LEFT].x < p[POINT_RIGHT_EYEBROW_UP].x &&
                    p[POINT_RIGHT_EYEBROW_UP].x < p[POINT_RIGHT_EYEBROW_RIGHT].x);
        assert_true(p[POINT_NOSE_LEFT].x < p[POINT_NOSE].x && p[POINT_NOSE].x < p[POINT_NOSE_RIGHT].x);
        assert_true(p[POINT_MOUTH_LEFT].x < p[POINT_MOUTH_UP].x &&
                    p[POINT_MOUTH_UP].y < p[POINT_MOUTH_DOWN].y);
        assert_true(p[POINT_CHIN_BOTTOM].y > p[POINT_MOUTH_DOWN].y + 0.1f * eyes);
        assert_true(p[POINT_UPPER_JAWLINE_LEFT].x < p[POINT_LEFT_EYE_LEFT].x &&
                    p[POINT_UPPER_JAWLINE_RIGHT].x > p[POINT_RIGHT_EYE_RIGHT].x);
        assert_true(p[POINT_MID_JAWLINE_LEFT].y > p[POINT_UPPER_JAWLINE_LEFT].y &&
                    p[POINT_MID_JAWLINE_LEFT].y < p[POINT_CHIN_BOTTOM].y);
    }
}

/* The landmark that a mirror makes of each. */
static const enum face_point mirrored[FACE_POINTS] = {
    POINT_EYE_RIGHT,
    POINT_EYE_LEFT,
    POINT_NOSE,
    POINT_MOUTH_RIGHT,
    POINT_MOUTH_LEFT,
    POINT_RIGHT_EYEBROW_RIGHT,
    POINT_RIGHT_EYEBROW_LEFT,
    POINT_RIGHT_EYEBROW_UP,
    POINT_LEFT_EYEBROW_RIGHT,
    POINT_LEFT_EYEBROW_LEFT,
    POINT_LEFT_EYEBROW_UP,
    POINT_RIGHT_EYE_RIGHT,
    POINT_RIGHT_EYE_LEFT,
    POINT_RIGHT_EYE_UP,
    POINT_RIGHT_EYE_DOWN,
    POINT_LEFT_EYE_RIGHT,
    POINT_LEFT_EYE_LEFT,
    POINT_LEFT_EYE_UP,
    POINT_LEFT_EYE_DOWN,
    POINT_NOSE_RIGHT,
    POINT_NOSE_LEFT,
    POINT_MOUTH_UP,
    POINT_MOUTH_DOWN,
    POINT_RIGHT_PUPIL,
    POINT_LEFT_PUPIL,
    POINT_UPPER_JAWLINE_RIGHT,
    POINT_MID_JAWLINE_RIGHT,
    POINT_CHIN_BOTTOM,
    POINT_MID_JAWLINE_LEFT,
    POINT_UPPER_JAWLINE_LEFT,
};

static void a_mirrored_photograph_gives_mirrored_landmarks_and_gaze(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    struct face_attributes plain = describe(&image, &face, FACE_ALL_LANDMARKS | FACE_EYE_DIRECTION);
    mirror(&image);
    face = largest_face(&image);
    struct face_attributes turned = describe(&image, &face, FACE_ALL_LANDMARKS | FACE_EYE_DIRECTION);
    float sum = 0, eyes = apart(plain.points[POINT_EYE_LEFT], plain.points[POINT_EYE_RIGHT]);
    for (int i = 0; i < FACE_POINTS; i++) {
        struct point other = turned.points[mirrored[i]];
        float off = apart(plain.points[i], (struct point){(float)image.full_width - other.x, other.y});
        assert_true(off < 0.08f * eyes);
        sum += off;
    }
    assert_true(sum / FACE_POINTS < 0.03f * eyes);
    assert_float_equal(plain.eye_yaw, -turned.eye_yaw, 10);
    assert_float_equal(plain.eye_pitch, turned.eye_pitch, 10);
}

static void a_face_that_lies_on_its_side_shows_the_same(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    struct face_attributes upright = describe(&image, &face, FACE_ALL_LANDMARKS | FACE_SMILE);
    float eyes = apart(upright.points[POINT_EYE_LEFT], upright.points[POINT_EYE_RIGHT]);
    turn(&image);
    face = largest_face(&image);
    struct face_attributes lying = describe(&image, &face, FACE_ALL_LANDMARKS | FACE_SMILE);
    assert_true(upright.smile.value && lying.smile.value);
    for (int i = 0; i < FACE_POINTS; i++) {
        struct point p = upright.points[i], moved = {(float)image.full_width - p.y, p.x};
        assert_true(apart(lying.points[i], moved) < 0.1f * eyes);
    }
}

static void smiles_and_open_mouths_are_told(void **state) {
    (void)state;
    static const struct {
        const char *photo;
        bool smile, mouth_open;
    } rows[] = {{PHOTOS "obama.jpg", true, true},
                {PHOTOS "astronaut.png", true, true},
                {PHOTOS "biden.jpg", false, false},
                {PHOTOS "obama3.jpg", false, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP_IMAGE struct image image = read_photo(rows[i].photo);
        struct face face = largest_face(&image);
        const unsigned wanted = FACE_SMILE | FACE_MOUTH_OPEN | FACE_EYES_OPEN;
        struct face_attributes seen = describe(&image, &face, wanted);
        assert_int_equal(seen.present, wanted);
        assert_int_equal(seen.smile.value, rows[i].smile);
        assert_int_equal(seen.mouth_open.value, rows[i].mouth_open);
        assert_true(seen.eyes_open.value);
        assert_true(seen.smile.confidence >= 50 && seen.smile.confidence <= 100);
        assert_true(seen.eyes_open.confidence > 90);
    }
}

static void closed_eyes_are_told_and_look_nowhere(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "t1.jpg");
    struct face faces[16];
    struct error err;
    int count, closed = 0;
    assert_true(face_detect(worker, &image, 16, faces, &count, &err));
    assert_int_equal(count, 6);
    for (int i = 0; i < count; i++) {
        struct face_attributes seen = describe(&image, &faces[i], FACE_EYES_OPEN | FACE_EYE_DIRECTION);
        closed += !seen.eyes_open.value;
        assert_int_equal(seen.eyes_open.value, seen.eye_confidence > 50);
    }
    assert_int_equal(closed, 3); /* two laugh with eyes shut, one looks at her cards */
}

static void only_what_is_wanted_is_there(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    assert_int_equal(describe(&image, &face, 0).present, 0);
    for (unsigned bit = 1; bit < FACE_ATTRIBUTES_ALL; bit <<= 1)
        assert_int_equal(describe(&image, &face, bit).present & ~bit, 0);
    unsigned all = describe(&image, &face, FACE_ATTRIBUTES_ALL).present;
    const unsigned meshed = FACE_SMILE | FACE_EYES_OPEN | FACE_MOUTH_OPEN | FACE_EYE_DIRECTION |
                            FACE_ALL_LANDMARKS;
    assert_int_equal(all & meshed, meshed);
}

static void any_geometry_is_survived(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    const struct face whole = largest_face(&image);
    struct face faces[7];
    for (size_t i = 0; i < ARRAY_LEN(faces); i++)
        faces[i] = whole;
    faces[0].box = (struct box){-40, -60, 120, 150}; /* over the edge */
    faces[1].box = (struct box){1e6f, 1e6f, 50, 60}; /* outside */
    faces[2].box.width = faces[2].box.height = 2;    /* tiny */
    faces[3].box = (struct box){NAN, 0, INFINITY, -4};
    for (int k = 0; k < FACE_LANDMARKS; k++) {
        faces[4].landmarks[k] = faces[4].landmarks[0]; /* all in one place */
        faces[5].landmarks[k] = (struct point){NAN, INFINITY};
    }
    faces[6].box = (struct box){-1e7f, -1e7f, 2e7f, 2e7f}; /* everything */
    for (size_t i = 0; i < ARRAY_LEN(faces); i++) {
        struct face_attributes seen = describe(&image, &faces[i], FACE_ATTRIBUTES_ALL);
        if (seen.present & FACE_ALL_LANDMARKS)
            for (int k = 0; k < FACE_POINTS; k++)
                assert_true(isfinite(seen.points[k].x) && isfinite(seen.points[k].y));
    }
    assert_int_equal(describe(&image, &faces[3], FACE_ALL_LANDMARKS).present, 0);
    assert_int_equal(describe(&image, &faces[1], FACE_ALL_LANDMARKS).present, 0);
}

/* A folder with the default pack's files, its manifest cut off before the first network for attributes. */
static void a_pack_without_networks_for_attributes_leaves_them_out(void **state) {
    (void)state;
    static const char *const files[] = {"face_detection_yunet_2023mar.onnx",
                                        "face_recognition_sface_2021dec.onnx"};
    char folder[] = "/tmp/test-pack-XXXXXX", path[128], target[512], text[1 << 14];
    struct error err;
    assert_non_null(mkdtemp(folder));
    FILE *stream = fopen(COUNTENANCE_MODELS "/manifest.ini", "re");
    assert_non_null(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = 0;
    fclose(stream);
    char *end = strstr(text, "[mesh]");
    assert_non_null(end);
    snprintf(path, sizeof path, "%s/manifest.ini", folder);
    stream = fopen(path, "we");
    assert_non_null(stream);
    fwrite(text, 1, (size_t)(end - text), stream);
    fclose(stream);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        snprintf(target, sizeof target, "%s/%s", COUNTENANCE_MODELS, files[i]);
        assert_int_equal(symlink(target, path), 0);
    }
    struct face_engine *poor_engine;
    struct face_worker *poor;
    struct face_attributes seen;
    assert_true(face_engine_open(folder, 1, NULL, &poor_engine, &err));
    assert_true(face_worker_new(poor_engine, &poor, &err));
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    const unsigned needs_network = FACE_ATTRIBUTES_ALL & ~(unsigned)(FACE_EYEGLASSES | FACE_SUNGLASSES);
    assert_true(face_describe(poor, &image, &face, needs_network, &seen, &err));
    assert_int_equal(seen.present, 0);
    face_worker_free(poor);
    face_engine_free(poor_engine);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    snprintf(path, sizeof path, "%s/manifest.ini", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_landmark_lies_where_its_name_says),
        cmocka_unit_test(a_mirrored_photograph_gives_mirrored_landmarks_and_gaze),
        cmocka_unit_test(a_face_that_lies_on_its_side_shows_the_same),
        cmocka_unit_test(smiles_and_open_mouths_are_told),
        cmocka_unit_test(closed_eyes_are_told_and_look_nowhere),
        cmocka_unit_test(only_what_is_wanted_is_there),
        cmocka_unit_test(any_geometry_is_survived),
        cmocka_unit_test(a_pack_without_networks_for_attributes_leaves_them_out),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
