/* Crops show the face wherever it is, are small, and are only found by its own box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "api/crop.h"
#include "base/limits.h"

/* Two numbers in the colours of each pixel: where it is in the photograph, by 1/255 of its sides. */
static struct image chart(int width, int height) {
    struct image image = {calloc((size_t)width * (size_t)height, 3), width, height, width, height};
    for (int i = 0; i < width * height; i++) {
        image.rgb[3 * i] = (uint8_t)(255 * (i % width) / width);
        image.rgb[3 * i + 1] = (uint8_t)(255 * (i / width) / height);
    }
    return image;
}

/* With landmarks at a quarter and at three quarters of the box. */
static struct bytes make(struct arena *arena, const struct image *image, struct box box) {
    struct face face = {.box = box};
    struct bytes crop;
    struct error err;
    for (int i = 0; i < FACE_LANDMARKS; i++)
        face.landmarks[i] = (struct point){box.left + box.width * (i % 2 ? 0.75f : 0.25f),
                                           box.top + box.height * (i > 2 ? 0.75f : 0.25f)};
    if (!crop_make(arena, image, &face, &crop, &err))
        fail_msg("%s", err.text);
    return crop;
}

static void assert_near(float value, float wanted, float side) {
    assert_true(fabsf(value - wanted) <= 0.001f * side + 0.01f);
}

static struct image open_crop(struct bytes crop, struct box *box) {
    struct image image;
    struct face face;
    struct error err;
    if (!crop_open(crop, &image, &face, &err))
        fail_msg("%s", err.text);
    *box = face.box;
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        assert_near(face.landmarks[i].x, box->left + box->width * (i % 2 ? 0.75f : 0.25f), box->width);
        assert_near(face.landmarks[i].y, box->top + box->height * (i > 2 ? 0.75f : 0.25f), box->height);
    }
    return image;
}

/* The colours in the middle of the box are those in the middle of the face's box in the photograph. */
static void assert_shows(const struct image *image, struct box box, const struct image *picture,
                         struct box inside) {
    float x = box.left + box.width / 2, y = box.top + box.height / 2;
    int u = (int)(inside.left + inside.width / 2), v = (int)(inside.top + inside.height / 2);
    if (x < 2 || y < 2 || x >= (float)image->full_width - 2 || y >= (float)image->full_height - 2)
        return; /* the middle lies outside */
    assert_true(u >= 0 && v >= 0 && u < picture->width && v < picture->height);
    const uint8_t *pixel = picture->rgb + 3 * (v * picture->width + u);
    assert_true(fabsf(pixel[0] - 255 * x / (float)image->full_width) < 8);
    assert_true(fabsf(pixel[1] - 255 * y / (float)image->full_height) < 8);
}

static void a_crop_is_the_face_with_a_margin(void **state) {
    CLEANUP_IMAGE struct image image = chart(1000, 800);
    struct box box = {400, 300, 100, 120}, inside;
    CLEANUP_IMAGE struct image picture = open_crop(make(*state, &image, box), &inside);
    assert_in_range(picture.width, 220, 222);
    assert_in_range(picture.height, 264, 266);
    assert_true(fabsf(inside.left - 60) < 2 && fabsf(inside.width - 100) < 1);
    assert_true(fabsf(inside.top - 72) < 2 && fabsf(inside.height - 120) < 1);
    assert_shows(&image, box, &picture, inside);
}

static void a_large_face_is_reduced(void **state) {
    CLEANUP_IMAGE struct image image = chart(2000, 1500);
    struct box box = {600, 300, 600, 800}, inside;
    CLEANUP_IMAGE struct image picture = open_crop(make(*state, &image, box), &inside);
    assert_int_equal(MAX(picture.width, picture.height), LIMIT_CROP_SIDE);
    assert_true(fabsf(inside.width / inside.height - 0.75f) < 0.02f);
    assert_shows(&image, box, &picture, inside);
}

static void boxes_are_of_the_photograph_also_when_that_was_reduced(void **state) {
    CLEANUP_IMAGE struct image image = chart(1000, 800);
    image.full_width = 4000;
    image.full_height = 3200;
    struct box box = {1600, 1200, 400, 480}, inside;
    CLEANUP_IMAGE struct image picture = open_crop(make(*state, &image, box), &inside);
    assert_in_range(picture.width, 220, 222);
    assert_shows(&image, box, &picture, inside);
}

/* Whatever a detector says, there is a picture that can be decoded, and the face is where the crop says. */
static void faces_of_any_size_at_any_place_get_one(void **state) {
    static const struct { int width, height; } sizes[] = {{80, 80}, {10000, 80}, {80, 3000}, {640, 480}};
    static const float sides[] = {1, 12, 60, 300, 2500}, places[] = {-0.3f, 0, 0.4f, 0.95f, 1.2f};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        CLEANUP_IMAGE struct image image = chart(sizes[i].width, sizes[i].height);
        for (size_t j = 0; j < ARRAY_LEN(sides) * ARRAY_LEN(places); j++) {
            float side = sides[j / ARRAY_LEN(places)], place = places[j % ARRAY_LEN(places)];
            struct box inside,
                box = {place * (float)image.width, place * (float)image.height, side, side * 1.3f};
            arena_reset(*state);
            struct bytes crop = make(*state, &image, box);
            assert_true(crop.ptr && crop.len <= LIMIT_CROP_BYTES);
            CLEANUP_IMAGE struct image picture = open_crop(crop, &inside);
            assert_true(MIN(picture.width, picture.height) >= LIMIT_IMAGE_SIDE_MIN);
            if (MIN(image.width, image.height) >= 4 * LIMIT_IMAGE_SIDE_MIN)
                assert_true(MAX(picture.width, picture.height) <= LIMIT_CROP_SIDE);
            assert_shows(&image, box, &picture, inside);
        }
    }
}

static void a_crop_that_would_be_too_large_is_none(void **state) {
    CLEANUP_IMAGE struct image image = chart(10000, 80);
    uint32_t noise = 1;
    for (int i = 0; i < 10000 * 80 * 3; i++)
        image.rgb[i] = (uint8_t)((noise = noise * 1664525 + 1013904223) >> 24);
    assert_null(make(*state, &image, (struct box){0, 0, 10000, 80}).ptr);
    assert_non_null(make(*state, &image, (struct box){4000, 0, 80, 80}).ptr);
}

static void what_is_no_crop_is_refused(void **state) {
    CLEANUP_IMAGE struct image image = chart(200, 200);
    struct bytes crop = make(*state, &image, (struct box){50, 50, 80, 80});
    struct image picture;
    struct face face;
    struct error err;
    assert_false(
        crop_open((struct bytes){crop.ptr, sizeof face.box + sizeof face.landmarks}, &picture, &face, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_false(crop_open((struct bytes){crop.ptr, crop.len - 20}, &picture, &face, &err));
    assert_int_equal(err.code, ERROR_INVALID_IMAGE);
}

static void the_face_that_fits_best_is_the_one(void **state) {
    (void)state;
    const struct face face = {.box = {100, 100, 100, 100}};
    const struct face faces[] = {
        {.box = {0, 0, 300, 300}}, {.box = {110, 100, 100, 100}}, {.box = {101, 101, 100, 98}}};
    assert_int_equal(crop_find(&face, faces, 3), 2);
    assert_int_equal(crop_find(&face, faces, 2), 1);
    assert_int_equal(crop_find(&face, faces, 1), -1);
    assert_int_equal(crop_find(&face, faces, 0), -1);
    const struct face neighbour = {.box = {160, 100, 100, 100}}, nowhere = {.box = {NAN, 0, 1, 1}};
    assert_int_equal(crop_find(&face, &neighbour, 1), -1);
    assert_int_equal(crop_find(&face, &nowhere, 1), -1);
}

static int set_up(void **state) {
    *state = arena_new(LIMIT_REQUEST_ARENA);
    return *state ? 0 : -1;
}

static int tear_down(void **state) {
    arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crop_is_the_face_with_a_margin),
        cmocka_unit_test(a_large_face_is_reduced),
        cmocka_unit_test(boxes_are_of_the_photograph_also_when_that_was_reduced),
        cmocka_unit_test(faces_of_any_size_at_any_place_get_one),
        cmocka_unit_test(a_crop_that_would_be_too_large_is_none),
        cmocka_unit_test(what_is_no_crop_is_refused),
        cmocka_unit_test(the_face_that_fits_best_is_the_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
