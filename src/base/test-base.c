#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/uuid.h"

/* --- compiler.h --- */

static void checked_sizes_refuse_overflow_and_leave_the_result(void **state) {
    (void)state;
    size_t size = 7;
    assert_true(size_multiply(6, 7, &size));
    assert_int_equal(size, 42);
    assert_false(size_multiply(SIZE_MAX / 2 + 1, 2, &size));
    assert_false(size_add(SIZE_MAX, 1, &size));
    assert_int_equal(size, 42);
    assert_true(size_add(SIZE_MAX - 1, 1, &size));
    assert_int_equal(size, SIZE_MAX);
}

/* --- bytes.h --- */

static void bytes_of_nothing_are_empty_and_equal(void **state) {
    (void)state;
    struct bytes nothing = bytes_of(NULL);
    assert_null(nothing.ptr);
    assert_int_equal(nothing.len, 0);
    assert_true(bytes_equal(nothing, bytes_of("")));
    assert_true(bytes_equal_string(nothing, NULL));
    assert_true(bytes_starts_with(nothing, ""));
    assert_false(bytes_starts_with(nothing, "a"));
}

static void bytes_are_compared_over_their_whole_length(void **state) {
    (void)state;
    assert_true(bytes_equal(BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0b")));
    assert_false(bytes_equal(BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0c")));
    assert_false(bytes_equal_string(bytes_of("abc"), "ab"));
    assert_false(bytes_equal_string(bytes_of("ab"), "abc"));
    assert_true(bytes_equal_nocase(bytes_of("X-Amz-Date"), bytes_of("x-amz-DATE")));
    assert_false(bytes_equal_nocase(bytes_of("x-amz-date"), bytes_of("x-amz-data")));
    assert_true(bytes_starts_with(bytes_of("AWS4-HMAC"), "AWS4"));
    assert_false(bytes_starts_with(bytes_of("AWS"), "AWS4"));
}

static void trim_takes_blanks_at_both_ends_alone(void **state) {
    (void)state;
    assert_true(bytes_equal_string(bytes_trim(bytes_of(" \t a b \r\n")), "a b"));
    assert_int_equal(bytes_trim(bytes_of(" \t\r\n ")).len, 0);
    assert_int_equal(bytes_trim(bytes_of(NULL)).len, 0);
}

static void split_gives_every_part_then_no_more(void **state) {
    (void)state;
    static const char *const parts[] = {"a", "", "bc", ""};
    struct bytes rest = bytes_of("a,,bc,");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        assert_non_null(rest.ptr);
        assert_true(bytes_equal_string(bytes_split(&rest, ','), parts[i]));
    }
    assert_null(rest.ptr);
    assert_int_equal(bytes_split(&rest, ',').len, 0);
}

static void numbers_are_digits_up_to_the_maximum(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "101", "18446744073709551616"};
    uint64_t number = 5;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(bytes_to_number(bytes_of(wrong[i]), 100, &number));
    assert_int_equal(number, 5);
    assert_true(bytes_to_number(bytes_of("100"), 100, &number));
    assert_int_equal(number, 100);
    assert_true(bytes_to_number(bytes_of("007"), 100, &number));
    assert_int_equal(number, 7);
    assert_true(bytes_to_number(bytes_of("18446744073709551615"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_false(bytes_to_number(bytes_of("18446744073709551616"), UINT64_MAX, &number));
    assert_false(bytes_to_number(bytes_of("99999999999999999999"), UINT64_MAX, &number));
}

static void hex_comes_back_as_it_went(void **state) {
    (void)state;
    uint8_t all[256], again[256];
    char text[2 * sizeof all + 1];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    hex_encode(all, sizeof all, text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_true(hex_decode(bytes_of(text), again, sizeof again));
    assert_memory_equal(all, again, sizeof all);
}

static void hex_refuses_other_lengths_and_characters(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "a", "abc", "abcdef", "abcg", "ab d", "0x12"};
    uint8_t data[2] = {1, 2};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(hex_decode(bytes_of(wrong[i]), data, sizeof data));
    assert_int_equal(data[0], 1);
    assert_true(hex_decode(bytes_of("aBCd"), data, sizeof data));
    assert_int_equal(data[0], 0xab);
    assert_int_equal(data[1], 0xcd);
}

/* --- arena.h --- */

static void arena_gives_aligned_memory_that_does_not_overlap(void **state) {
    (void)state;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(16u << 20);
    unsigned char *blocks[300];
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        size_t size = i * 37 % 5000 + 1;
        blocks[i] = arena_alloc(arena, size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % (size >= 64 ? 64 : 16), 0);
        memset(blocks[i], (int)(i & 255), size);
    }
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        size_t size = i * 37 % 5000 + 1;
        assert_int_equal(blocks[i][0], i & 255);
        assert_int_equal(blocks[i][size - 1], i & 255);
    }
}

static void arena_keeps_its_maximum(void **state) {
    (void)state;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1000);
    assert_non_null(arena_alloc(arena, 600));
    assert_null(arena_alloc(arena, 401));
    assert_non_null(arena_alloc(arena, 400));
    assert_null(arena_alloc(arena, 1));
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 1000));
}

static void arena_refuses_sizes_that_overflow(void **state) {
    (void)state;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(SIZE_MAX);
    assert_non_null(arena_alloc(arena, 1));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_null(arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_string(arena, (struct bytes){"", SIZE_MAX}));
}

static void arena_arrays_are_zeroed_also_after_a_reset(void **state) {
    (void)state;
    static const char zeroes[4096];
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1u << 20);
    char *dirty = arena_alloc(arena, sizeof zeroes);
    assert_non_null(dirty);
    memset(dirty, 0xff, sizeof zeroes);
    arena_reset(arena);
    char *array = arena_array(arena, sizeof zeroes / 8, 8);
    assert_ptr_equal(array, dirty);
    assert_memory_equal(array, zeroes, sizeof zeroes);
}

static void arena_strings_end_with_nul(void **state) {
    (void)state;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1u << 20);
    assert_string_equal(arena_string(arena, (struct bytes){"abcdef", 3}), "abc");
    assert_string_equal(arena_string(arena, bytes_of(NULL)), "");
    assert_string_equal(arena_printf(arena, "%s-%d", "face", 42), "face-42");
    char *longer = arena_printf(arena, "%01000d", 7);
    assert_int_equal(strlen(longer), 1000);
}

/* --- buffer.h --- */

static void buffer_holds_what_was_appended(void **state) {
    (void)state;
    CLEANUP(buffer_release) struct buffer buffer = buffer_new(10000);
    size_t expected = 0;
    for (int i = 0; i < 500; i++) {
        buffer_text(&buffer, "ab");
        buffer_append(&buffer, "\0c", 2);
        buffer_printf(&buffer, "%03d", i);
        expected += 7;
    }
    buffer_append(&buffer, NULL, 0);
    struct bytes all = buffer_bytes(&buffer);
    assert_false(buffer.failed);
    assert_int_equal(all.len, expected);
    assert_memory_equal(all.ptr, "ab\0c000ab\0c001", 14);
    assert_memory_equal(all.ptr + all.len - 7, "ab\0c499", 7);
    assert_int_equal(all.ptr[all.len], 0);
}

static void buffer_takes_its_maximum_and_not_a_byte_more(void **state) {
    (void)state;
    CLEANUP(buffer_release) struct buffer buffer = buffer_new(8);
    buffer_text(&buffer, "12345678");
    assert_false(buffer.failed);
    buffer_text(&buffer, "9");
    assert_true(buffer.failed);
    assert_true(bytes_equal_string(buffer_bytes(&buffer), "12345678"));
}

static void a_failed_buffer_takes_nothing_more(void **state) {
    (void)state;
    CLEANUP(buffer_release) struct buffer buffer = buffer_new(4);
    buffer_printf(&buffer, "%s", "12345");
    buffer_text(&buffer, "1");
    assert_true(buffer.failed);
    assert_int_equal(buffer_bytes(&buffer).len, 0);
}

static void buffer_refuses_lengths_that_overflow(void **state) {
    (void)state;
    CLEANUP(buffer_release) struct buffer buffer = buffer_new(SIZE_MAX - 1);
    buffer_text(&buffer, "a");
    buffer_append(&buffer, "", SIZE_MAX);
    assert_true(buffer.failed);
    assert_int_equal(buffer_bytes(&buffer).len, 1);
}

/* --- clock.h --- */

static void amz_dates_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {{"19700101T000000Z", 0},
                {"20261124T084347Z", 1795509827},
                {"20240229T235959Z", 1709251199},
                {"99991231T235959Z", 253402300799}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t seconds;
        char text[17];
        assert_true(clock_parse_amz(bytes_of(rows[i].text), &seconds));
        assert_true(seconds == rows[i].seconds);
        clock_format_amz(rows[i].seconds, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void amz_dates_that_do_not_exist_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "20261124T084347",
                                        "20261124T084347Z ",
                                        "20261124 084347Z",
                                        "2026-11-24T08:43",
                                        "20261324T084347Z",
                                        "20260230T084347Z",
                                        "20250229T000000Z",
                                        "20261100T000000Z",
                                        "20261124T240000Z",
                                        "20261124T006000Z",
                                        "20261124T000060Z",
                                        "19691231T235959Z",
                                        "2026112aT084347Z"};
    int64_t seconds = 3;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(clock_parse_amz(bytes_of(wrong[i]), &seconds));
    assert_int_equal(seconds, 3);
}

static void clocks_go_forward(void **state) {
    (void)state;
    uint64_t first = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= first);
    /* 2020 to 2100: milliseconds, not seconds or microseconds. */
    assert_true(clock_now_ms() > 1577836800000 && clock_now_ms() < 4102444800000);
}

/* --- digest.h --- */

static void digests_are_those_of_the_standards(void **state) {
    (void)state;
    char hex[65];
    sha256_hex(sha256_of(bytes_of("abc")), hex); /* FIPS 180-4 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex(sha256_of(bytes_of("")), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_hex(hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")), hex); /* RFC 4231 */
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void digests_differ_by_one_bit(void **state) {
    (void)state;
    struct sha256 a = sha256_of(bytes_of("abc")), b = a;
    assert_true(sha256_equal(a, b));
    b.bytes[31] ^= 1;
    assert_false(sha256_equal(a, b));
}

static void wiped_secrets_are_gone(void **state) {
    (void)state;
    static const char zeroes[32];
    char secret[] = "a secret of thirty-one letters.";
    secret_wipe(secret, sizeof secret);
    assert_memory_equal(secret, zeroes, sizeof secret);
}

/* --- uuid.h --- */

static void uuids_have_their_version_and_form(void **state) {
    (void)state;
    char text[UUID_TEXT];
    uuid_format(uuid_random(), text);
    assert_int_equal(strlen(text), 36);
    assert_true(text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-');
    assert_int_equal(text[14], '4');
    assert_non_null(strchr("89ab", text[19]));
    uuid_format(uuid_of_data(bytes_of("abc")), text);
    assert_string_equal(text, "ba7816bf-8f01-8fea-8141-40de5dae2223");
}

static void random_uuids_differ_and_those_of_data_do_not(void **state) {
    (void)state;
    assert_false(uuid_equal(uuid_random(), uuid_random()));
    assert_true(uuid_equal(uuid_of_data(bytes_of("abc")), uuid_of_data(bytes_of("abc"))));
    assert_false(uuid_equal(uuid_of_data(bytes_of("abc")), uuid_of_data(bytes_of("abd"))));
}

static void uuid_texts_come_back_as_they_went(void **state) {
    (void)state;
    struct uuid uuid = uuid_random(), again;
    char text[UUID_TEXT];
    uuid_format(uuid, text);
    assert_true(uuid_parse(bytes_of(text), &again));
    assert_true(uuid_equal(uuid, again));
}

static void uuid_texts_of_another_form_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",
        "ba7816bf8f018fea814140de5dae2223",
        "BA7816BF-8F01-8FEA-8141-40DE5DAE2223",
        "ba7816bf-8f01-8fea-8141-40de5dae222",
        "ba7816bf-8f01-8fea-8141-40de5dae22233",
        "ba7816bf-8f01-8fea-8141+40de5dae2223",
        "ba7816b-f8f01-8fea-8141-40de5dae2223",
        "ga7816bf-8f01-8fea-8141-40de5dae2223",
    };
    struct uuid uuid = {.bytes = {9}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(uuid_parse(bytes_of(wrong[i]), &uuid));
    assert_int_equal(uuid.bytes[0], 9);
}

/* --- base64.h --- */

static void base64_is_that_of_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *data, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}}; /* RFC 4648 */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[16], data[16];
        size_t len = 99;
        base64_to_text(bytes_of(rows[i].data), text);
        assert_int_equal(base64_text_len(strlen(rows[i].data)), strlen(rows[i].text));
        assert_memory_equal(text, rows[i].text, strlen(rows[i].text));
        assert_true(base64_to_bytes(bytes_of(rows[i].text), data, &len));
        assert_true(bytes_equal_string((struct bytes){data, len}, rows[i].data));
    }
}

static void base64_of_every_length_comes_back(void **state) {
    (void)state;
    char data[300], text[400], again[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 151 + 7);
    for (size_t size = 0; size <= sizeof data; size++) {
        size_t len = 0;
        base64_to_text((struct bytes){data, size}, text);
        struct bytes view = {text, base64_text_len(size)};
        assert_true(base64_to_bytes(view, again, &len));
        assert_int_equal(len, size);
        assert_true(len <= base64_bytes_maximum(view.len));
        assert_memory_equal(data, again, size);
    }
}

static void base64_refuses_what_is_not_strict(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "Zm9v ", "Zm9\nZm9=", "Zm-_", "Zg==Zg=="};
    char data[32];
    size_t len = 77;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(base64_to_bytes(bytes_of(wrong[i]), data, &len));
    assert_int_equal(len, 77);
}

static void base64_sees_a_wrong_character_anywhere(void **state) {
    (void)state;
    char text[256], data[192];
    for (size_t i = 0; i < sizeof text; i++) {
        size_t len;
        memset(text, 'A', sizeof text);
        assert_true(base64_to_bytes((struct bytes){text, sizeof text}, data, &len));
        text[i] = (char)0x80;
        assert_false(base64_to_bytes((struct bytes){text, sizeof text}, data, &len));
    }
}

/* --- error.h --- */

static void error_set_fills_and_says_false(void **state) {
    (void)state;
    struct error err = {.code = ERROR_INTERNAL};
    assert_false(error_set(&err, ERROR_NOT_FOUND, "collection %s", "staff"));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "collection staff");
    assert_false(error_set(NULL, ERROR_NOT_FOUND, "nobody reads this"));
}

static void error_texts_are_cut_to_fit(void **state) {
    (void)state;
    struct error err;
    assert_false(error_set(&err, ERROR_VALIDATION, "%02000d", 1));
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void every_error_has_a_type_and_a_status(void **state) {
    (void)state;
    for (int code = 0; code < ERROR_COUNT; code++) {
        assert_non_null(error_type((enum error_code)code));
        int status = error_status((enum error_code)code);
        assert_true(status == 400 || status == 413 || status == 500);
    }
    assert_string_equal(error_type(ERROR_INVALID_IMAGE), "InvalidImageFormatException");
    assert_int_equal(error_status(ERROR_BODY_TOO_LARGE), 413);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked_sizes_refuse_overflow_and_leave_the_result),
        cmocka_unit_test(bytes_of_nothing_are_empty_and_equal),
        cmocka_unit_test(bytes_are_compared_over_their_whole_length),
        cmocka_unit_test(trim_takes_blanks_at_both_ends_alone),
        cmocka_unit_test(split_gives_every_part_then_no_more),
        cmocka_unit_test(numbers_are_digits_up_to_the_maximum),
        cmocka_unit_test(hex_comes_back_as_it_went),
        cmocka_unit_test(hex_refuses_other_lengths_and_characters),
        cmocka_unit_test(arena_gives_aligned_memory_that_does_not_overlap),
        cmocka_unit_test(arena_keeps_its_maximum),
        cmocka_unit_test(arena_refuses_sizes_that_overflow),
        cmocka_unit_test(arena_arrays_are_zeroed_also_after_a_reset),
        cmocka_unit_test(arena_strings_end_with_nul),
        cmocka_unit_test(buffer_holds_what_was_appended),
        cmocka_unit_test(buffer_takes_its_maximum_and_not_a_byte_more),
        cmocka_unit_test(a_failed_buffer_takes_nothing_more),
        cmocka_unit_test(buffer_refuses_lengths_that_overflow),
        cmocka_unit_test(amz_dates_are_read_and_written),
        cmocka_unit_test(amz_dates_that_do_not_exist_are_refused),
        cmocka_unit_test(clocks_go_forward),
        cmocka_unit_test(digests_are_those_of_the_standards),
        cmocka_unit_test(digests_differ_by_one_bit),
        cmocka_unit_test(wiped_secrets_are_gone),
        cmocka_unit_test(uuids_have_their_version_and_form),
        cmocka_unit_test(random_uuids_differ_and_those_of_data_do_not),
        cmocka_unit_test(uuid_texts_come_back_as_they_went),
        cmocka_unit_test(uuid_texts_of_another_form_are_refused),
        cmocka_unit_test(base64_is_that_of_the_standard),
        cmocka_unit_test(base64_of_every_length_comes_back),
        cmocka_unit_test(base64_refuses_what_is_not_strict),
        cmocka_unit_test(base64_sees_a_wrong_character_anywhere),
        cmocka_unit_test(error_set_fills_and_says_false),
        cmocka_unit_test(error_texts_are_cut_to_fit),
        cmocka_unit_test(every_error_has_a_type_and_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
