#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "image/exif.h"
#include "image/outline.h"

/* Directory at 8 with two entries: width, orientation. */
static const char big[] = "Exif\0\0MM\0\x2a\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\0\x50\0\0\x01\x12\0\x03\0\0"
                          "\0\x01\0\x06\0\0\0\0\0\0";
static const char little[] = "Exif\0\0II\x2a\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x50\0\0\0\x12\x01\x03\0"
                             "\x01\0\0\0\x06\0\0\0\0\0\0\0";
enum {
    LEN = sizeof big - 1,
    TYPE_AT = 30,
    VALUE_AT = 36,
    LITTLE_VALUE_AT = 36,
    OFFSET_AT = 10,
    COUNT_AT = 14
};

/* On the heap, so that a sanitizer sees a read beyond the end. */
static int orientation_of(const char *exif, size_t len) {
    CLEANUP_FREE char *copy = malloc(MAX(len, 1u));
    assert_non_null(copy);
    memcpy(copy, exif, len);
    return exif_orientation((struct bytes){copy, len});
}

static int orientation_with(size_t at, const char *bytes, size_t count) {
    char exif[LEN];
    memcpy(exif, big, LEN);
    memcpy(exif + at, bytes, count);
    return orientation_of(exif, LEN);
}

static void orientation_is_read_in_both_byte_orders(void **state) {
    (void)state;
    char exif[LEN];
    for (int orientation = 1; orientation <= 8; orientation++) {
        memcpy(exif, big, LEN);
        exif[VALUE_AT + 1] = (char)orientation;
        assert_int_equal(orientation_of(exif, LEN), orientation);
        memcpy(exif, little, LEN);
        exif[LITTLE_VALUE_AT] = (char)orientation;
        assert_int_equal(orientation_of(exif, LEN), orientation);
    }
}

static void what_is_damaged_says_nothing(void **state) {
    (void)state;
    assert_int_equal(orientation_with(0, "exif", 4), 0);
    assert_int_equal(orientation_with(6, "IM", 2), 0);
    assert_int_equal(orientation_with(8, "\0\x2b", 2), 0);
    assert_int_equal(orientation_with(TYPE_AT, "\0\x04", 2), 0);
    assert_int_equal(orientation_with(VALUE_AT, "\0\x09", 2), 0);
    assert_int_equal(orientation_with(VALUE_AT, "\x01\x06", 2), 0);
    assert_int_equal(orientation_with(OFFSET_AT, "\xff\xff\xff\xff", 4), 0);
    assert_int_equal(orientation_with(OFFSET_AT, "\0\0\0\x2a", 4), 0);
    assert_int_equal(orientation_with(COUNT_AT, "\0\x01", 2), 0);
}

static void a_count_beyond_the_end_is_harmless(void **state) {
    (void)state;
    assert_int_equal(orientation_with(COUNT_AT, "\xff\xff", 2), 6);
    char exif[LEN];
    memcpy(exif, big, LEN);
    memcpy(exif + COUNT_AT, "\xff\xff", 2);
    exif[29] = 0x13; /* another tag: all 65535 entries are looked at */
    assert_int_equal(orientation_of(exif, LEN), 0);
}

static void every_shorter_segment_is_harmless(void **state) {
    (void)state;
    for (size_t len = 0; len < LEN; len++) {
        int expected = len >= VALUE_AT + 2 ? 6 : 0;
        assert_int_equal(orientation_of(big, len), expected);
        assert_int_equal(orientation_of(little, len), expected);
    }
}

static struct outline outline_of(const char *file, size_t len) {
    CLEANUP_FREE char *copy = malloc(MAX(len, 1u));
    assert_non_null(copy);
    memcpy(copy, file, len);
    return outline_read((struct bytes){copy, len});
}

/* A progressive picture of 256 x 128, 4:2:0, two passes; with fill bytes and bytes that belong nowhere. */
static const char outlined[] =
    "\xff\xd8\xff\xff\xff\xfe\0\x04\xff\xd9?"
    "\xff\xc2\0\x11\x08\0\x80\x01\0\x03\x01\x22\0\x02\x11\0\x03\x11\0"
    "\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0\x12\xff\0\x34\xff\xd0\x56\xff\xff\0"
    "\xff\xda\0\x08\x01\x01\0\0\0\0\x12\xff\xd9trailer";

static void an_outline_has_what_the_decoder_would_find(void **state) {
    (void)state;
    struct outline outline = outline_of(outlined, sizeof outlined - 1);
    assert_int_equal(outline.width, 256);
    assert_int_equal(outline.height, 128);
    assert_int_equal(outline.components, 3);
    assert_int_equal(outline.scans, 2);
    assert_int_equal(outline.coefficients_bytes, 256 * 128 * 3);
    assert_true(outline.complete);
}

static void an_outline_is_complete_only_with_the_end_marker(void **state) {
    (void)state;
    size_t end = sizeof outlined - sizeof "trailer";
    for (size_t len = 0; len < sizeof outlined; len++)
        assert_int_equal(outline_of(outlined, len).complete, len >= end);
}

static void only_a_picture_in_one_pass_needs_no_memory(void **state) {
    (void)state;
    char file[sizeof outlined];
    memcpy(file, outlined, sizeof outlined);
    char *frame = memchr(file, 0xc2, sizeof file), *scan = memchr(file, 0xda, sizeof file);
    *frame = (char)0xc0;
    assert_int_equal(outline_of(file, sizeof file).coefficients_bytes,
                     256 * 128 * 3); /* for its second pass */
    scan[3 + 12 + 10] = (char)0xd9;
    scan[3 + 12 + 9] = (char)0xff;
    assert_int_equal(outline_of(file, sizeof file).scans, 1);
    assert_int_equal(outline_of(file, sizeof file).coefficients_bytes, 0);
    scan[3] = 1;
    assert_int_equal(outline_of(file, sizeof file).coefficients_bytes, 256 * 128 * 3);
}

static void a_segment_is_no_shorter_than_its_length(void **state) {
    (void)state;
    CLEANUP_FREE char *file = malloc(6 + LEN);
    assert_non_null(file);
    memcpy(file + 6, big, LEN);
    for (char length = 0; length < 3; length++) {
        memcpy(file, (char[]){(char)0xff, (char)0xd8, (char)0xff, (char)0xe1, 0, length}, 6);
        assert_int_equal(outline_of(file, 6 + LEN).orientation, 0);
    }
    file[5] = LEN + 2;
    assert_int_equal(outline_of(file, 6 + LEN).orientation, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orientation_is_read_in_both_byte_orders),
        cmocka_unit_test(what_is_damaged_says_nothing),
        cmocka_unit_test(a_count_beyond_the_end_is_harmless),
        cmocka_unit_test(every_shorter_segment_is_harmless),
        cmocka_unit_test(an_outline_has_what_the_decoder_would_find),
        cmocka_unit_test(an_outline_is_complete_only_with_the_end_marker),
        cmocka_unit_test(only_a_picture_in_one_pass_needs_no_memory),
        cmocka_unit_test(a_segment_is_no_shorter_than_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
