#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "image/draw.h"

enum { WIDTH = 40, HEIGHT = 30 };
static const struct colour white = {255, 254, 253};

/* The guard rows above and below show writes outside the picture. */
struct canvas {
    uint8_t above[WIDTH * 3], rgb[WIDTH * HEIGHT * 3], below[WIDTH * 3];
};

static struct image blank(struct canvas *canvas) {
    *canvas = (struct canvas){0};
    return (struct image){.rgb = canvas->rgb, .width = WIDTH, .height = HEIGHT};
}

static bool is_marked(const struct canvas *canvas, int x, int y) {
    return memcmp(canvas->rgb + (y * WIDTH + x) * 3, (uint8_t[]){255, 254, 253}, 3) == 0;
}

static int marked(const struct canvas *canvas) {
    int count = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        count += is_marked(canvas, i % WIDTH, i / WIDTH);
    for (int i = 0; i < WIDTH * 3; i++)
        assert_int_equal(canvas->above[i] | canvas->below[i], 0);
    return count;
}

static void a_box_is_a_frame_inside_its_edges(void **state) {
    (void)state;
    struct canvas canvas;
    struct image image = blank(&canvas);
    draw_box(&image, 5, 6, 20, 10, 2, white);
    assert_int_equal(marked(&canvas), 20 * 10 - 16 * 6);
    assert_true(is_marked(&canvas, 5, 6) && is_marked(&canvas, 24, 15) && is_marked(&canvas, 6, 10));
    assert_false(is_marked(&canvas, 4, 6) || is_marked(&canvas, 25, 15) || is_marked(&canvas, 7, 8));
}

static void what_lies_outside_is_cut_off(void **state) {
    (void)state;
    struct canvas canvas;
    struct image image = blank(&canvas);
    draw_box(&image, -10, -10, 20, 20, 1, white);
    assert_int_equal(marked(&canvas), 10 + 9);
    image = blank(&canvas);
    draw_box(&image, -10, -10, WIDTH + 20, HEIGHT + 20, 3, white);
    draw_box(&image, NAN, 0, 1e30f, -INFINITY, 3, white);
    draw_dot(&image, -100, 5, 20, white);
    draw_dot(&image, NAN, NAN, NAN, white);
    draw_text(&image, 1000, -1000, 2, "off", white);
    assert_int_equal(marked(&canvas), 0);
    draw_text(&image, -3, HEIGHT - 3, 1, "HHHHHHHHHHHHHHHH", white);
    draw_dot(&image, WIDTH, HEIGHT, 8, white);
    assert_in_range(marked(&canvas), 1, WIDTH * 8);
}

static void a_dot_is_round(void **state) {
    (void)state;
    struct canvas canvas;
    struct image image = blank(&canvas);
    draw_dot(&image, 20, 15, 8, white);
    assert_in_range(marked(&canvas), 190, 212); /* 64 pi is 201 */
    assert_true(is_marked(&canvas, 20, 8) && is_marked(&canvas, 27, 15));
    assert_false(is_marked(&canvas, 26, 9) || is_marked(&canvas, 14, 21));
}

static void text_has_the_shape_of_its_letters(void **state) {
    (void)state;
    static const char shape[7][12] = {"#   # #   ", "#   #     ", "#   #     ", "#####     ",
                                      "#   #     ", "#   #     ", "#   #     "};
    struct canvas canvas;
    struct image image = blank(&canvas);
    draw_text(&image, 3, 2, 2, "H'", white);
    for (int y = 0; y < 14; y++)
        for (int x = 0; x < 10; x++)
            assert_int_equal(is_marked(&canvas, 3 + x, 2 + y), shape[y / 2][x / 2] == '#');
}

static void every_printable_character_has_its_own_shape(void **state) {
    (void)state;
    struct canvas canvases[95];
    for (int i = 0; i < 95; i++) {
        struct image image = blank(&canvases[i]);
        draw_text(&image, 0, 0, 1, (char[]){(char)(' ' + i), 0}, white);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(memcmp(&canvases[i], &canvases[j], sizeof canvases[i]), 0);
    }
}

static void other_characters_are_blank_and_take_their_place(void **state) {
    (void)state;
    struct canvas plain, strange;
    struct image image = blank(&plain);
    draw_text(&image, 0, 0, 1, "a  b", white);
    image = blank(&strange);
    draw_text(&image, 0, 0, 1,
              "a\xc3\xa9"
              "b",
              white);
    assert_memory_equal(&plain, &strange, sizeof plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_a_frame_inside_its_edges),
        cmocka_unit_test(what_lies_outside_is_cut_off),
        cmocka_unit_test(a_dot_is_round),
        cmocka_unit_test(text_has_the_shape_of_its_letters),
        cmocka_unit_test(every_printable_character_has_its_own_shape),
        cmocka_unit_test(other_characters_are_blank_and_take_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
