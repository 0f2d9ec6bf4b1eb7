/* Parts of pictures, and JPEG files of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "image/cut.h"

enum { WIDTH = 240, HEIGHT = 160 };

/* Colours that change slowly, as JPEG likes them. */
static struct image slope(void) {
    struct image image = {calloc(WIDTH * HEIGHT, 3), WIDTH, HEIGHT, WIDTH, HEIGHT};
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        image.rgb[3 * i] = (uint8_t)(i % WIDTH);
        image.rgb[3 * i + 1] = (uint8_t)(i / WIDTH);
        image.rgb[3 * i + 2] = (uint8_t)(255 - i % WIDTH);
    }
    return image;
}

static struct image cut(const struct image *image, int left, int top, int width, int height, float scale) {
    struct image part;
    struct error err;
    if (!image_cut(image, left, top, width, height, scale, &part, &err))
        fail_msg("%s", err.text);
    return part;
}

static void a_part_of_the_same_size_has_the_same_pixels(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = slope();
    CLEANUP_IMAGE struct image part = cut(&image, 31, 17, 100, 81, 1);
    assert_true(part.width == 100 && part.height == 81);
    assert_true(part.full_width == 100 && part.full_height == 81);
    for (int y = 0; y < 81; y++)
        assert_memory_equal(part.rgb + y * 300, image.rgb + ((y + 17) * WIDTH + 31) * 3, 300);
}

static void the_whole_and_a_single_pixel_are_parts_too(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = slope();
    CLEANUP_IMAGE struct image whole = cut(&image, 0, 0, WIDTH, HEIGHT, 1);
    assert_memory_equal(whole.rgb, image.rgb, WIDTH * HEIGHT * 3);
    CLEANUP_IMAGE struct image corner = cut(&image, WIDTH - 1, HEIGHT - 1, 1, 1, 1);
    assert_true(corner.width == 1 && corner.height == 1);
    assert_memory_equal(corner.rgb, image.rgb + (WIDTH * HEIGHT - 1) * 3, 3);
}

static void a_smaller_part_shows_the_mean_of_its_pixels(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = slope();
    CLEANUP_IMAGE struct image part = cut(&image, 40, 20, 80, 60, 0.5f);
    assert_true(part.width == 40 && part.height == 30);
    for (int x = 0; x < 40; x++) {
        assert_in_range(part.rgb[3 * x], 40 + 2 * x, 41 + 2 * x);
        assert_in_range(part.rgb[3 * x + 1], 20, 21);
    }
}

static void a_jpeg_comes_back_nearly_as_it_was(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = slope(), back = {0};
    struct buffer jpeg;
    struct error err;
    int worst = 0;
    if (!image_encode_jpeg(&image, 95, &jpeg, &err) || !image_decode(buffer_bytes(&jpeg), &back, &err))
        fail_msg("%s", err.text);
    assert_true(back.width == WIDTH && back.height == HEIGHT && back.full_width == WIDTH);
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        worst = MAX(worst, abs(back.rgb[i] - image.rgb[i]));
    assert_in_range(worst, 0, 6);
    assert_in_range(jpeg.len, 100, 20000);
    buffer_release(&jpeg);
}

static void a_better_jpeg_is_a_larger_one(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = slope();
    struct buffer good, poor;
    assert_true(image_encode_jpeg(&image, 98, &good, NULL));
    assert_true(image_encode_jpeg(&image, 20, &poor, NULL));
    assert_true(good.len > poor.len);
    buffer_release(&good);
    buffer_release(&poor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_the_same_size_has_the_same_pixels),
        cmocka_unit_test(the_whole_and_a_single_pixel_are_parts_too),
        cmocka_unit_test(a_smaller_part_shows_the_mean_of_its_pixels),
        cmocka_unit_test(a_jpeg_comes_back_nearly_as_it_was),
        cmocka_unit_test(a_better_jpeg_is_a_larger_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
