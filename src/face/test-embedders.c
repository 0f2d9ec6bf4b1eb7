/* What embedders.h promises, on a photograph and the model packs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/face.h"
#include "image/resample.h"

enum { SIDE = 512 }; /* of the photograph */

static struct image read_photo(void) {
    static uint8_t file[4 << 20];
    struct image image = {0};
    struct error err;
    FILE *stream = fopen("third_party/photos/astronaut.png", "rb");
    assert_non_null(stream);
    size_t len = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_true(image_decode((struct bytes){(const char *)file, len}, &image, &err));
    assert_int_equal(image.width, SIDE);
    assert_int_equal(image.height, SIDE);
    return image;
}

/* Turned clockwise about its middle. */
static void turn(struct image *image, float degrees) {
    static float planes[3][SIDE * SIDE];
    float c = cosf(degrees * 0.01745329f), s = sinf(degrees * 0.01745329f), middle = SIDE / 2.0f;
    struct affine map = {c, s, middle - c * middle - s * middle, -s, c, middle + s * middle - c * middle};
    resample_warp(image, map, PLANES_RGB, SIDE, planes[0]);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int plane = 0; plane < 3; plane++)
            image->rgb[3 * i + plane] = (uint8_t)lrintf(fminf(fmaxf(planes[plane][i], 0), 255));
}

static void embed(struct face_worker *worker, const struct image *image, float *embedding) {
    struct face face;
    struct error err;
    int count;
    assert_true(face_detect(worker, image, 1, &face, &count, &err));
    assert_int_equal(count, 1);
    assert_true(face_embed(worker, image, &face, embedding, &err));
}

static float cosine(const float *a, const float *b, int dimension) {
    float sum = 0;
    for (int i = 0; i < dimension; i++)
        sum += a[i] * b[i];
    return sum;
}

static void check_pack(const char *models, int dimension) {
    struct face_engine *engine;
    struct face_worker *worker;
    struct error err;
    float upright[FACE_EMBEDDING_MAX], tilted[FACE_EMBEDDING_MAX];
    assert_true(face_engine_open(models, 1, NULL, &engine, &err));
    assert_true(face_worker_new(engine, &worker, &err));
    assert_int_equal(face_engine_dimension(engine), dimension);
    struct image image = read_photo();
    embed(worker, &image, upright);
    assert_float_equal(cosine(upright, upright, dimension), 1, 1e-5);
    turn(&image, 30);
    embed(worker, &image, tilted);
    assert_true(cosine(upright, tilted, dimension) > 0.9f);
    image_release(&image);
    face_worker_free(worker);
    face_engine_free(engine);
}

static void a_tilted_head_is_the_same_to_the_default_pack(void **state) {
    (void)state;
    check_pack(COUNTENANCE_MODELS, 128);
}

static void a_tilted_head_is_the_same_to_the_precise_pack(void **state) {
    (void)state;
    check_pack(COUNTENANCE_MODELS "/../precise", 256);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tilted_head_is_the_same_to_the_default_pack),
        cmocka_unit_test(a_tilted_head_is_the_same_to_the_precise_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
