#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "image/resample.h"

static const float tolerance = 0.01f;

static struct image noise(int width, int height) {
    struct image image = {
        .rgb = malloc((size_t)width * (size_t)height * 3), .width = width, .height = height};
    assert_non_null(image.rgb);
    uint32_t random = 1;
    for (int i = 0; i < width * height * 3; i++) {
        random = random * 1664525 + 1013904223;
        image.rgb[i] = (uint8_t)(random >> 24);
    }
    return image;
}

static double pixel(const struct image *image, int x, int y, int channel) {
    return image->rgb[((size_t)y * (size_t)image->width + (size_t)x) * 3 + (size_t)channel];
}

/* The integral of the image over a rectangle, divided by its area. */
static double average(const struct image *image, double left, double top, double right, double bottom,
                      int channel) {
    double sum = 0, area = 0;
    for (int y = (int)floor(top); y < image->height && y < bottom; y++)
        for (int x = (int)floor(left); x < image->width && x < right; x++) {
            double part = (fmin(x + 1, right) - fmax(x, left)) * (fmin(y + 1, bottom) - fmax(y, top));
            sum += part * pixel(image, x, y, channel);
            area += part;
        }
    return sum / area;
}

static double between(const struct image *image, double x, double y, int channel) {
    x = fmin(fmax(x, 0), image->width - 1);
    y = fmin(fmax(y, 0), image->height - 1);
    int left = (int)x, top = (int)y, right = MIN(left + 1, image->width - 1),
        bottom = MIN(top + 1, image->height - 1);
    double u = x - left, v = y - top;
    return (pixel(image, left, top, channel) * (1 - u) + pixel(image, right, top, channel) * u) * (1 - v) +
           (pixel(image, left, bottom, channel) * (1 - u) + pixel(image, right, bottom, channel) * u) * v;
}

struct window {
    float left, top, width, height, scale;
    int out_width, out_height;
};

static double expected_at(const struct image *image, const struct window *window, int x, int y, int channel) {
    double step = 1 / (double)window->scale, left = window->left, top = window->top;
    if (x >= round((double)window->width * window->scale) ||
        y >= round((double)window->height * window->scale))
        return 0;
    if (step > 1)
        return average(image, left + x * step, top + y * step,
                       fmin(left + (x + 1) * step, left + window->width),
                       fmin(top + (y + 1) * step, top + window->height), channel);
    return between(image, left + (x + 0.5) * step - 0.5, top + (y + 0.5) * step - 0.5, channel);
}

static void check_window(const struct image *image, struct window window) {
    size_t area = (size_t)window.out_width * (size_t)window.out_height;
    for (int order = PLANES_RGB; order <= PLANES_BGR; order++) {
        CLEANUP_FREE float *out = malloc(area * 3 * sizeof *out);
        assert_non_null(out);
        memset(out, 0xff, area * 3 * sizeof *out); /* not a number */
        resample_scale(image, window.left, window.top, window.width, window.height, window.scale,
                       (enum plane_order)order, window.out_width, window.out_height, out);
        for (size_t i = 0; i < area * 3; i++) {
            int plane = (int)(i / area), at = (int)(i % area);
            double expected = expected_at(image, &window, at % window.out_width, at / window.out_width,
                                          order == PLANES_RGB ? plane : 2 - plane);
            assert_float_equal(out[i], (float)expected, tolerance);
        }
    }
}

static void shrinking_averages_areas(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(203, 157);
    const float scales[] = {0.97f, 0.64f, 0.5f, 1 / 3.f, 0.21f, 0.1f, 0.03f};
    for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
        check_window(&image, (struct window){0, 0, 203, 157, scales[i], 210, 160});
        check_window(&image, (struct window){17.3f, 40.75f, 150.5f, 99.25f, scales[i], 40, 64});
    }
}

/* left + width in floats may be a little more than the image has. */
static void a_rectangle_may_end_at_the_edge_but_for_rounding(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(203, 31);
    for (int i = 0; i < 40; i++) {
        float left = 0.1f * (float)i, top = 0.07f * (float)i;
        check_window(&image, (struct window){left, top, 203 - left, 31 - top, 0.5f, 110, 20});
    }
}

static void growing_is_bilinear(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(47, 31);
    const float scales[] = {1.0f, 1.01f, 1.5f, 2.0f, 3.7f};
    for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
        check_window(&image, (struct window){0, 0, 47, 31, scales[i], 200, 100});
        check_window(&image, (struct window){5.25f, 7.5f, 20, 11.125f, scales[i], 64, 64});
    }
}

static void scale_one_copies(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(64, 48);
    float out[3 * 64 * 48];
    resample_scale(&image, 0, 0, 64, 48, 1, PLANES_RGB, 64, 48, out);
    for (int plane = 0; plane < 3; plane++)
        for (int i = 0; i < 64 * 48; i++)
            assert_true(out[plane * 64 * 48 + i] == (float)image.rgb[3 * i + plane]);
}

static void wide_results_have_no_seams(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(901, 5);
    check_window(&image, (struct window){0, 0, 901, 5, 0.8f, 725, 6});
    check_window(&image, (struct window){0, 0, 901, 5, 1.25f, 1130, 6});
}

static void one_pixel_is_enough(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(1, 1);
    check_window(&image, (struct window){0, 0, 1, 1, 0.6f, 2, 2});
    check_window(&image, (struct window){0, 0, 1, 1, 5, 6, 6});
    check_window(&image, (struct window){0, 0, 1, 1, 0.4f, 2, 2}); /* covers nothing */
}

/* What a letterbox asks for, although the scale is not exact. */
static void the_longer_side_is_covered_wholly(void **state) {
    (void)state;
    uint8_t rgb[340 * 8 * 3];
    memset(rgb, 200, sizeof rgb);
    for (int width = 300; width < 340; width++) {
        struct image image = {.rgb = rgb, .width = width, .height = 8};
        float out[3 * 64 * 2];
        resample_scale(&image, 0, 0, (float)width, 8, 64 / (float)width, PLANES_RGB, 64, 2, out);
        for (size_t i = 0; i < ARRAY_LEN(out); i++)
            assert_float_equal(out[i], 200, tolerance);
    }
}

static double warped(const struct image *image, double x, double y, int channel) {
    int left = (int)floor(x), top = (int)floor(y);
    double sum = 0;
    for (int row = top; row <= top + 1; row++)
        for (int column = left; column <= left + 1; column++)
            if (row >= 0 && column >= 0 && row < image->height && column < image->width)
                sum += (1 - fabs(x - column)) * (1 - fabs(y - row)) * pixel(image, column, row, channel);
    return sum;
}

static void warping_is_bilinear_with_black_around(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(90, 70);
    const struct affine maps[] = {{1, 0, 0, 0, 1, 0},           {0.5f, 0, 3.25f, 0, 0.5f, 4.5f},
                                  {0, -1, 60, 1, 0, -20},       {1.3f, 0.4f, -30, -0.4f, 1.3f, 10},
                                  {-2, 0, 100, 0, -2, 90.125f}, {1, 0, 5000, 0, 1, -5000}};
    enum { SIZE = 64 };
    float out[3 * SIZE * SIZE];
    for (size_t m = 0; m < ARRAY_LEN(maps); m++)
        for (int order = PLANES_RGB; order <= PLANES_BGR; order++) {
            resample_warp(&image, maps[m], (enum plane_order)order, SIZE, out);
            for (int i = 0; i < 3 * SIZE * SIZE; i++) {
                int u = i % SIZE, v = i / SIZE % SIZE, plane = i / (SIZE * SIZE);
                double x = (double)maps[m].a * u + (double)maps[m].b * v + (double)maps[m].c;
                double y = (double)maps[m].d * u + (double)maps[m].e * v + (double)maps[m].f;
                double expected = warped(&image, x, y, order == PLANES_RGB ? plane : 2 - plane);
                assert_float_equal(out[i], (float)expected, tolerance);
            }
        }
}

static void a_map_to_nowhere_gives_black(void **state) {
    (void)state;
    CLEANUP_IMAGE struct image image = noise(20, 20);
    const struct affine maps[] = {{NAN, 0, 0, 0, 1, 0}, {1, 0, INFINITY, 0, 1, 0}, {1, 0, 0, 0, 1, -3e38f}};
    float out[3 * 8 * 8];
    for (size_t m = 0; m < ARRAY_LEN(maps); m++) {
        memset(out, 0xff, sizeof out);
        resample_warp(&image, maps[m], PLANES_RGB, 8, out);
        for (size_t i = 0; i < ARRAY_LEN(out); i++)
            assert_true(out[i] == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrinking_averages_areas),
        cmocka_unit_test(a_rectangle_may_end_at_the_edge_but_for_rounding),
        cmocka_unit_test(growing_is_bilinear),
        cmocka_unit_test(scale_one_copies),
        cmocka_unit_test(wide_results_have_no_seams),
        cmocka_unit_test(one_pixel_is_enough),
        cmocka_unit_test(the_longer_side_is_covered_wholly),
        cmocka_unit_test(warping_is_bilinear_with_black_around),
        cmocka_unit_test(a_map_to_nowhere_gives_black),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
