/* What chip.h, person.h, expression.h and wear.h promise. What needs the models of the default pack is tested
 * where they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/attributes.h"
#include "face/chip.h"

#define PHOTOS "third_party/photos/"

static const unsigned TRAITS = FACE_AGE_RANGE | FACE_GENDER | FACE_EYEGLASSES | FACE_SUNGLASSES | FACE_BEARD |
                               FACE_MUSTACHE | FACE_EMOTIONS | FACE_OCCLUDED;

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

/* Paints a disc around a point of the aligned frame, flattened by half when `flat`. */
static void paint(struct image *image, const struct face *face, float u, float v, float radius, bool flat,
                  uint8_t value) {
    struct affine map;
    assert_true(chip_map(image, face, &map));
    for (float y = -radius; y <= radius; y += 0.2f)
        for (float x = -radius; x <= radius; x += 0.2f) {
            float down = flat ? y / 2 : y;
            int column = (int)(map.a * (u + x) + map.b * (v + down) + map.c),
                row = (int)(map.d * (u + x) + map.e * (v + down) + map.f);
            if (x * x + y * y <= radius * radius && column >= 0 && row >= 0 && column < image->width &&
                row < image->height)
                memset(image->rgb + ((size_t)row * (size_t)image->width + (size_t)column) * 3, value, 3);
        }
}

static void a_chip_of_one_colour_is_that_colour_and_black_outside(void **state) {
    (void)state;
    static uint8_t rgb[64 * 64 * 3];
    static float out[3 * 32 * 32];
    struct image image = {rgb, 64, 64, 64, 64};
    memset(rgb, 77, sizeof rgb);
    chip_cut(&image, (struct affine){1, 0, 0, 0, 1, 0}, (struct chip){0, 0, 64}, 32, out);
    for (int i = 0; i < 3 * 32 * 32; i++)
        assert_float_equal(out[i], 77, 0.01);
    chip_cut(&image, (struct affine){1, 0, 0, 0, 1, 0}, (struct chip){100, 0, 64}, 32, out);
    for (int i = 0; i < 3 * 32 * 32; i++)
        assert_float_equal(out[i], 0, 0);
}

static void a_chip_averages_what_is_finer_and_lies_where_it_is_said_to(void **state) {
    (void)state;
    static uint8_t rgb[64 * 64 * 3];
    static float out[3 * 16 * 16];
    struct image image = {rgb, 64, 64, 64, 64};
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++)
            memset(rgb + (y * 64 + x) * 3, x * 4, 3);
    chip_cut(&image, (struct affine){1, 0, 0, 0, 1, 0}, (struct chip){0, 0, 64}, 16, out);
    for (int x = 0; x < 16; x++)
        assert_float_equal(out[8 * 16 + x], (float)(16 * x + 6), 0.01);
}

static void a_mirrored_plane_runs_backwards(void **state) {
    (void)state;
    const float plane[4] = {1, 2, 3, 4};
    float out[4];
    chip_mirror(plane, 2, out);
    assert_float_equal(out[0], 2, 0);
    assert_float_equal(out[1], 1, 0);
    assert_float_equal(out[2], 4, 0);
    assert_float_equal(out[3], 3, 0);
}

static void grown_ups_are_given_their_gender_and_the_age_of_grown_ups(void **state) {
    (void)state;
    static const struct {
        const char *path;
        bool male;
        int age; /* when the picture was taken */
    } people[] = {
        {PHOTOS "astronaut.png", false, 37}, {PHOTOS "obama.jpg", true, 51}, {PHOTOS "biden.jpg", true, 70}};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        CLEANUP_IMAGE struct image image = read_photo(people[i].path);
        struct face face = largest_face(&image);
        struct face_attributes told = describe(&image, &face, FACE_AGE_RANGE | FACE_GENDER);
        assert_int_equal(told.present, FACE_AGE_RANGE | FACE_GENDER);
        assert_int_equal(told.male, people[i].male);
        assert_true(told.gender_confidence > 75 && told.gender_confidence <= 100);
        assert_true(told.age_low >= 18 && told.age_low <= people[i].age && people[i].age <= told.age_high);
    }
}

static void a_portrait_that_smiles_is_happy_and_shares_add_up(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    struct face_attributes told = describe(&image, &face, FACE_EMOTIONS);
    float sum = 0;
    for (int i = 0; i < FACE_EMOTION_COUNT; i++)
        sum += fmaxf(told.emotions[i], 0);
    assert_int_equal(told.present, FACE_EMOTIONS);
    assert_float_equal(sum, 100, 0.01);
    assert_true(told.emotions[EMOTION_HAPPY] > 80);
    assert_true(told.emotions[EMOTION_CONFUSED] < 0);
}

static void a_bare_face_wears_nothing(void **state) {
    (void)state;
    static const char *const paths[] = {PHOTOS "astronaut.png", PHOTOS "obama.jpg", PHOTOS "biden.jpg"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CLEANUP_IMAGE struct image image = read_photo(paths[i]);
        struct face face = largest_face(&image);
        struct face_attributes told = describe(&image, &face, TRAITS);
        assert_int_equal(told.present, TRAITS);
        assert_false(told.eyeglasses.value);
        assert_false(told.sunglasses.value);
        assert_false(told.beard.value);
        assert_false(told.mustache.value);
        assert_false(told.occluded.value);
    }
}

static void dark_discs_before_the_eyes_are_sunglasses_and_cover_the_face(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    paint(&image, &face, 38, 54, 15, false, 10);
    paint(&image, &face, 74, 54, 15, false, 10);
    for (int i = 0; i < 14; i++)
        paint(&image, &face, (float)(50 + i), 50, 1, false, 10);
    struct face_attributes told = describe(&image, &face, TRAITS);
    assert_true(told.sunglasses.value && told.sunglasses.confidence > 90);
    assert_true(told.occluded.value);
}

static void thin_lines_around_the_eyes_are_eyeglasses(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    for (int i = 0; i < 100; i++) {
        float turn = (float)i / 100 * 6.2832f, x = 15 * cosf(turn), y = 15 * sinf(turn);
        paint(&image, &face, 38 + x, 54 + y, 0.8f, false, 20);
        paint(&image, &face, 74 + x, 54 + y, 0.8f, false, 20);
        paint(&image, &face, 52 + (float)i * 0.08f, 51, 0.8f, false, 20);
        paint(&image, &face, 10 + (float)i * 0.13f, 52, 0.8f, false, 20);
        paint(&image, &face, 89 + (float)i * 0.13f, 52, 0.8f, false, 20);
    }
    struct face_attributes told = describe(&image, &face, TRAITS);
    assert_true(told.eyeglasses.value);
    assert_false(told.sunglasses.value);
}

static void a_white_cloth_over_mouth_and_nose_covers_the_face(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "obama.jpg");
    struct face face = largest_face(&image);
    paint(&image, &face, 56, 86, 27, false, 225);
    paint(&image, &face, 56, 74, 36, true, 225);
    assert_true(describe(&image, &face, FACE_OCCLUDED).occluded.value);
}

static void what_is_not_wanted_is_not_told_and_does_not_change_what_is(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "biden.jpg");
    struct face face = largest_face(&image);
    struct face_attributes all = describe(&image, &face, TRAITS);
    assert_int_equal(describe(&image, &face, 0).present, 0);
    for (unsigned bit = 1; bit <= FACE_ATTRIBUTES_ALL; bit <<= 1)
        if (TRAITS & bit)
            assert_int_equal(describe(&image, &face, bit).present, bit);
    assert_float_equal(describe(&image, &face, FACE_BEARD).beard.confidence, all.beard.confidence, 1e-4);
    assert_float_equal(describe(&image, &face, FACE_MUSTACHE).mustache.confidence, all.mustache.confidence,
                       1e-4);
}

static void the_same_face_reduced_in_decoding_is_told_the_same(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "obama.jpg");
    struct face face = largest_face(&image);
    struct face_attributes once = describe(&image, &face, TRAITS);
    image.full_width *= 2;
    image.full_height *= 2;
    face.box = (struct box){face.box.left * 2, face.box.top * 2, face.box.width * 2, face.box.height * 2};
    for (int i = 0; i < FACE_LANDMARKS; i++)
        face.landmarks[i] = (struct point){face.landmarks[i].x * 2, face.landmarks[i].y * 2};
    struct face_attributes twice = describe(&image, &face, TRAITS);
    assert_int_equal(once.age_low, twice.age_low);
    assert_float_equal(once.eyeglasses.confidence, twice.eyeglasses.confidence, 0.1);
    assert_float_equal(once.beard.confidence, twice.beard.confidence, 2);
}

static void landmarks_that_coincide_or_lie_anywhere_are_survived(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo(PHOTOS "astronaut.png");
    struct face face = largest_face(&image);
    static const float places[] = {0, -1e6f, 1e6f, 1e30f, NAN};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct face odd = face;
        for (int k = 0; k < FACE_LANDMARKS; k++)
            odd.landmarks[k] = (struct point){places[i], places[i]};
        assert_int_equal(describe(&image, &odd, TRAITS).present, 0);
        odd = face;
        odd.landmarks[2].x = places[i];
        struct face_attributes told = describe(&image, &odd, TRAITS);
        assert_true(!(told.present & FACE_AGE_RANGE) || told.age_low <= told.age_high);
    }
}

int main(void) {
    const struct CMUnitTest without[] = {
        cmocka_unit_test(a_chip_of_one_colour_is_that_colour_and_black_outside),
        cmocka_unit_test(a_chip_averages_what_is_finer_and_lies_where_it_is_said_to),
        cmocka_unit_test(a_mirrored_plane_runs_backwards),
    };
    const struct CMUnitTest with[] = {
        cmocka_unit_test(grown_ups_are_given_their_gender_and_the_age_of_grown_ups),
        cmocka_unit_test(a_portrait_that_smiles_is_happy_and_shares_add_up),
        cmocka_unit_test(a_bare_face_wears_nothing),
        cmocka_unit_test(dark_discs_before_the_eyes_are_sunglasses_and_cover_the_face),
        cmocka_unit_test(thin_lines_around_the_eyes_are_eyeglasses),
        cmocka_unit_test(a_white_cloth_over_mouth_and_nose_covers_the_face),
        cmocka_unit_test(what_is_not_wanted_is_not_told_and_does_not_change_what_is),
        cmocka_unit_test(the_same_face_reduced_in_decoding_is_told_the_same),
        cmocka_unit_test(landmarks_that_coincide_or_lie_anywhere_are_survived),
    };
    return cmocka_run_group_tests(without, NULL, NULL) +
           cmocka_run_group_tests(with, open_engine, close_engine);
}
