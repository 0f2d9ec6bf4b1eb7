/* What align.h, pose.h, quality.h, pack.h and face.h promise, without a model. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/align.h"
#include "face/pack.h"
#include "face/pose.h"
#include "face/quality.h"

/* A face that fits the template, turned clockwise, scaled and shifted. */
static void place(double degrees, double scale, double x, double y, struct point out[FACE_LANDMARKS]) {
    double turn = degrees / 57.29577951, c = cos(turn) * scale, s = sin(turn) * scale;
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        out[i].x = (float)(c * (double)align_arcface.points[i].x - s * (double)align_arcface.points[i].y + x);
        out[i].y = (float)(s * (double)align_arcface.points[i].x + c * (double)align_arcface.points[i].y + y);
    }
}

static void a_placed_template_is_mapped_back_to_where_it_was_placed(void **state) {
    (void)state;
    struct point points[FACE_LANDMARKS];
    struct affine map;
    for (int degrees = -170; degrees <= 180; degrees += 35) {
        place(degrees, 2.5, 400, 300, points);
        assert_true(align_map(&align_arcface, points, &map));
        for (int i = 0; i < FACE_LANDMARKS; i++) {
            float u = align_arcface.points[i].x, v = align_arcface.points[i].y;
            assert_float_equal(map.a * u + map.b * v + map.c, points[i].x, 0.01);
            assert_float_equal(map.d * u + map.e * v + map.f, points[i].y, 0.01);
        }
    }
}

static void landmarks_that_coincide_have_no_alignment(void **state) {
    (void)state;
    const struct point same[FACE_LANDMARKS] = {{7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}};
    const struct point none[FACE_LANDMARKS] = {{NAN, 7}, {7, 7}, {7, NAN}, {7, 7}, {7, 7}};
    struct affine map;
    assert_false(align_map(&align_arcface, same, &map));
    assert_false(align_map(&align_arcface, none, &map));
}

static void a_large_face_is_averaged_into_the_aligned_picture(void **state) {
    (void)state;
    enum { SIDE = 112 * 4 };
    static uint8_t rgb[SIDE * SIDE * 3];
    static float scratch[ALIGN_SCRATCH], out[3 * ALIGN_SIZE * ALIGN_SIZE];
    struct image image = {rgb, SIDE, SIDE, SIDE, SIDE};
    for (int i = 0; i < SIDE * SIDE * 3; i++) /* a chessboard of single pixels */
        rgb[i] = (i / 3 % SIDE + i / 3 / SIDE) % 2 ? 255 : 0;
    align_warp(&image, (struct affine){4, 0, 1.5f, 0, 4, 1.5f}, ALIGN_SIZE, PLANES_RGB, scratch, out);
    for (int i = 0; i < 3 * ALIGN_SIZE * ALIGN_SIZE; i++)
        assert_float_equal(out[i], 127.5, 1);
}

static void a_face_like_the_template_looks_straight_ahead(void **state) {
    (void)state;
    struct point points[FACE_LANDMARKS];
    place(0, 1, 0, 0, points);
    struct pose pose = pose_of_landmarks(points);
    assert_float_equal(pose.roll, 0, 1);
    assert_float_equal(pose.yaw, 0, 1.5);
    assert_float_equal(pose.pitch, 0, 1.5);
}

static void roll_is_the_turn_clockwise_all_the_way_round(void **state) {
    (void)state;
    struct point points[FACE_LANDMARKS];
    for (int degrees = -175; degrees < 180; degrees += 25) {
        place(degrees, 3, 50, 60, points);
        struct pose pose = pose_of_landmarks(points);
        assert_float_equal(pose.roll, degrees, 1.5);
        assert_true(fabsf(pose.yaw) < 3 && fabsf(pose.pitch) < 3);
    }
}

static void yaw_is_positive_to_the_right_and_pitch_upwards(void **state) {
    (void)state;
    struct point points[FACE_LANDMARKS];
    place(0, 1, 0, 0, points);
    points[LANDMARK_NOSE].x += 8;
    assert_true(pose_of_landmarks(points).yaw > 10);
    points[LANDMARK_NOSE].x -= 16;
    assert_true(pose_of_landmarks(points).yaw < -10);
    points[LANDMARK_NOSE].x += 8;
    points[LANDMARK_NOSE].y -= 8;
    assert_true(pose_of_landmarks(points).pitch > 8);
    points[LANDMARK_NOSE].y += 16;
    assert_true(pose_of_landmarks(points).pitch < -8);
}

static void pose_of_no_face_is_finite(void **state) {
    (void)state;
    const struct point same[FACE_LANDMARKS] = {{7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}};
    struct pose pose = pose_of_landmarks(same);
    assert_true(isfinite(pose.roll) && isfinite(pose.yaw) && isfinite(pose.pitch));
}

static float pattern[3 * ALIGN_SIZE * ALIGN_SIZE];

/* Squares of the given size, dark and light, through a blur of the given radius. */
static void paint(int size, int blur, float dark, float light) {
    for (int i = 0; i < 3 * ALIGN_SIZE * ALIGN_SIZE; i++) {
        int x = i % ALIGN_SIZE, y = i / ALIGN_SIZE % ALIGN_SIZE;
        float sum = 0;
        for (int dy = -blur; dy <= blur; dy++)
            for (int dx = -blur; dx <= blur; dx++)
                sum += ((x + dx + 128) / size + (y + dy + 128) / size) % 2 ? light : dark;
        pattern[i] = sum / (float)((2 * blur + 1) * (2 * blur + 1));
    }
}

static void brightness_is_the_light_of_the_face(void **state) {
    (void)state;
    float last = -1;
    for (int light = 0; light <= 255; light += 51) {
        paint(8, 0, (float)light / 2, (float)light);
        float now = quality_of_aligned(pattern).brightness;
        assert_true(now > last && now <= 100);
        last = now;
    }
}

static void sharpness_falls_with_blur_and_not_with_light(void **state) {
    (void)state;
    float last = 101;
    for (int blur = 0; blur <= 4; blur++) {
        paint(8, blur, 40, 200);
        float now = quality_of_aligned(pattern).sharpness;
        assert_true(now < last || (now == 0 && last == 0));
        last = now;
        paint(8, blur, 20, 100);
        assert_float_equal(quality_of_aligned(pattern).sharpness, now, 0.5);
    }
    paint(8, 0, 128, 128);
    assert_float_equal(quality_of_aligned(pattern).sharpness, 0, 0);
}

static void a_face_of_less_confidence_weighs_less_and_never_nothing(void **state) {
    float before = 0;
    (void)state;
    for (int confidence = 0; confidence <= 100; confidence += 20) {
        float weight = quality_weight((float)confidence);
        assert_true(weight > 0 && weight <= 1);
        assert_true(weight > before || confidence <= 40); /* a face is hardly ever told below */
        before = weight;
    }
    assert_true(quality_weight(100) == 1.0f);
    assert_float_equal(quality_weight(90), 0.1853, 1e-4);
}

static void a_good_face_passes_every_filter_and_a_bad_one_says_why(void **state) {
    (void)state;
    struct face face = {.box = {0, 0, 120, 150}, .confidence = 95, .quality = {50, 80}};
    for (int filter = FACE_FILTER_NONE; filter <= FACE_FILTER_HIGH; filter++)
        assert_int_equal(face_filter_reasons(&face, filter), 0);
    face.pose.yaw = -80;
    face.box.width = 10;
    face.quality.brightness = 2;
    assert_int_equal(face_filter_reasons(&face, FACE_FILTER_NONE), 0);
    assert_int_equal(face_filter_reasons(&face, FACE_FILTER_LOW),
                     FACE_EXTREME_POSE | FACE_SMALL_BOUNDING_BOX | FACE_LOW_BRIGHTNESS);
}

static void filters_grow_stricter(void **state) {
    (void)state;
    for (int side = 5; side < 100; side += 5) {
        struct face face = {.box = {0, 0, (float)side, (float)side}, .confidence = 95, .quality = {50, 80}};
        bool low = face_filter_reasons(&face, FACE_FILTER_LOW),
             high = face_filter_reasons(&face, FACE_FILTER_HIGH);
        assert_true(high || !low);
    }
}

static void a_pack_that_is_not_there_or_not_whole_is_refused(void **state) {
    (void)state;
    struct pack pack;
    struct error err;
    char folder[] = "/tmp/test-pack-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    assert_false(pack_open(folder, &pack, &err));
    snprintf(path, sizeof path, "%s/manifest.ini", folder);
    static const char *const manifests[] = {
        "[pack]\nversion = 1.0\n[detector]\nkind = yunet\nfile = ../x\n",
        "[pack]\nversion = one\n",
        "[pack]\nversion = 1.0\n[embedder]\nkind = arcface\nfile = y\ndimension = 100000\n",
        "[pack]\nversion = 1.0\n[embedder]\nkind = arcface\nfile = y\ndimension = 128\n",
        "[pack]\nversion = 1.0\n[embedder2]\nkind = arcface\n", /* without a first */
        "[pack]\nversion = 1.0\n[embedder]\npoints = eyes\n",
        "[pack]\nversion = 1.0\n[embedder]\ncentre = 0.1 0.2 x\n",
        "[pack]\nversion = 1.0\n[similarity]\n80 = much\n",
        "[pack]\nversion = 1.0\n[similarity]\n0 = 0.2\n80 = 0.1\n",
        "[mesh]\nkind = m\nfile = ../x\n",
        "[a_role_whose_name_is_longer_than_any_name_has_to_be]\nkind = m\n",
        "[a]\nkind=m\n[b]\nkind=m\n[c]\nkind=m\n[d]\nkind=m\n[e]\nkind=m\n[f]\nkind=m\n[g]\nkind=m\n"
        "[h]\nkind=m\n[i]\nkind=m\n[j]\nkind=m\n[k]\nkind=m\n[l]\nkind=m\n[m]\nkind=m\n[n]\nkind=m\n"
        "[o]\nkind=m\n[p]\nkind=m\n[q]\nkind=m\n", /* one more than PACK_OTHERS_MAX */
    };
    for (size_t i = 0; i < ARRAY_LEN(manifests); i++) {
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fputs(manifests[i], stream);
        fclose(stream);
        assert_false(pack_open(folder, &pack, &err));
        assert_non_null(strstr(err.text, "manifest.ini"));
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_placed_template_is_mapped_back_to_where_it_was_placed),
        cmocka_unit_test(landmarks_that_coincide_have_no_alignment),
        cmocka_unit_test(a_large_face_is_averaged_into_the_aligned_picture),
        cmocka_unit_test(a_face_like_the_template_looks_straight_ahead),
        cmocka_unit_test(roll_is_the_turn_clockwise_all_the_way_round),
        cmocka_unit_test(yaw_is_positive_to_the_right_and_pitch_upwards),
        cmocka_unit_test(pose_of_no_face_is_finite),
        cmocka_unit_test(brightness_is_the_light_of_the_face),
        cmocka_unit_test(sharpness_falls_with_blur_and_not_with_light),
        cmocka_unit_test(a_face_of_less_confidence_weighs_less_and_never_nothing),
        cmocka_unit_test(a_good_face_passes_every_filter_and_a_bad_one_says_why),
        cmocka_unit_test(filters_grow_stricter),
        cmocka_unit_test(a_pack_that_is_not_there_or_not_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
