/* What detect.h and face.h promise of searches, on photographs and the default model pack. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/face.h"
#include "base/limits.h"

enum { FACES = 64 };
static struct face_engine *engine;

static int open_engine(void **state) {
    (void)state;
    struct error err;
    return face_engine_open(COUNTENANCE_MODELS, 2, NULL, &engine, &err) ? 0 : -1;
}

static int close_engine(void **state) {
    (void)state;
    face_engine_free(engine);
    return 0;
}

static struct image read_photo(const char *name) {
    static uint8_t file[4 << 20];
    struct image image = {0};
    struct error err;
    char path[64];
    snprintf(path, sizeof path, "third_party/photos/%s", name);
    FILE *stream = fopen(path, "rbe");
    assert_non_null(stream);
    size_t len = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_true(image_decode((struct bytes){(const char *)file, len}, &image, &err));
    return image;
}

/* A quarter clockwise. */
static void turn(struct image *image) {
    int width = image->height, height = image->width;
    uint8_t *rgb = malloc(3 * (size_t)width * (size_t)height);
    assert_non_null(rgb);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(rgb + 3 * (y * width + x), image->rgb + 3 * ((width - 1 - x) * height + y), 3);
    free(image->rgb);
    *image = (struct image){rgb, width, height, width, height};
}

static int find(const struct image *image, struct face_search search, struct face faces[FACES]) {
    struct face_worker *worker;
    struct error err;
    int count;
    face_engine_set_search(engine, search);
    assert_true(face_worker_new(engine, &worker, &err));
    assert_true(face_detect(worker, image, FACES, faces, &count, &err));
    face_worker_free(worker);
    return count;
}

static void a_photograph_on_its_side_or_head_shows_the_same_face(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo("astronaut.png");
    struct face faces[FACES], upright;
    float side = (float)image.width; /* it is square */
    assert_int_equal(image.width, image.height);
    assert_int_equal(find(&image, (struct face_search){false, 0}, faces), 1);
    upright = faces[0];
    for (int quarter = 1; quarter < 4; quarter++) {
        turn(&image);
        assert_int_equal(find(&image, (struct face_search){false, 0}, faces), 1);
        float roll = remainderf(faces[0].pose.roll - upright.pose.roll - 90 * (float)quarter, 360);
        assert_float_equal(roll, 0, 6);
        for (int i = 0; i < FACE_LANDMARKS; i++) {
            struct point point = upright.landmarks[i];
            for (int k = 0; k < quarter; k++)
                point = (struct point){side - point.y, point.x};
            assert_float_equal(faces[0].landmarks[i].x, point.x, 0.05f * upright.box.width);
            assert_float_equal(faces[0].landmarks[i].y, point.y, 0.05f * upright.box.width);
        }
    }
}

static void several_faces_are_found_upside_down(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo("t1.jpg");
    struct face faces[FACES];
    int count = find(&image, (struct face_search){false, 0}, faces);
    assert_int_equal(count, 6);
    turn(&image);
    turn(&image);
    assert_int_equal(find(&image, (struct face_search){false, 0}, faces), 6);
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(faces[i].pose.roll) > 135);
}

static void a_thorough_search_finds_each_face_once_and_is_surer(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo("t1.jpg");
    struct face usual[FACES], thorough[FACES];
    assert_int_equal(find(&image, (struct face_search){false, 0}, usual), 6);
    int count = find(&image, (struct face_search){true, 0}, thorough), sure = 0;
    for (int i = 0; i < count; i++)
        sure += thorough[i].confidence > 95;
    assert_int_equal(sure, 6);
    for (int i = 0; i < 6; i++) {
        assert_true(thorough[i].confidence > usual[i].confidence);
        assert_float_equal(thorough[i].landmarks[LANDMARK_NOSE].x, usual[i].landmarks[LANDMARK_NOSE].x, 1);
    }
}

static void a_search_without_time_still_finds_what_is_large(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = read_photo("t1.jpg");
    struct face faces[FACES];
    assert_int_equal(find(&image, (struct face_search){false, 1}, faces), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_photograph_on_its_side_or_head_shows_the_same_face),
        cmocka_unit_test(several_faces_are_found_upside_down),
        cmocka_unit_test(a_thorough_search_finds_each_face_once_and_is_surer),
        cmocka_unit_test(a_search_without_time_still_finds_what_is_large),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
