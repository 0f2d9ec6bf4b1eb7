/* Requests are read strictly, replies are written exactly. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <yyjson.h>
#include "api/json.h"
#include "base/limits.h"

/* The text, read; NULL when it was refused. The arena is the test's. */
static struct yyjson_val *read_text(struct arena *arena, struct bytes text, struct error *err) {
    struct yyjson_val *object;
    char *copy = arena_array(arena, text.len + 16, 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return json_read(arena, copy, text.len, &object, err) ? object : NULL;
}

static void assert_unreadable(struct bytes text) {
    struct error err = {.text = ""};
    struct arena *arena = arena_new(1 << 20);
    if (read_text(arena, text, &err))
        fail_msg("read: %.*s", BYTES_FORMAT(text));
    assert_int_equal(err.code, ERROR_SERIALIZATION);
    arena_free(arena);
}

static void reads_members_by_their_exact_name(void **state) {
    (void)state;
    struct error err;
    struct arena *arena = arena_new(1 << 20);
    struct yyjson_val *object = read_text(
        arena,
        BYTES_LITERAL("{\"Id\":\"a\\u00e9\\ud83d\\ude00\",\"Count\":7,\"Small\":-7,\"Whole\":80,"
                      "\"Part\":1e-1,\"Gone\":null}"),
        &err);
    assert_non_null(object);
    assert_true(bytes_equal_string(json_get_text(object, "Id"), "a\xc3\xa9\xf0\x9f\x98\x80"));
    assert_null(json_get_text(object, "id").ptr);
    assert_int_equal(json_get_integer(object, "Count", 1), 7);
    assert_int_equal(json_get_integer(object, "Small", 1), -7);
    assert_int_equal(json_get_integer(object, "None", 1), 1);
    assert_true(json_get_float(object, "Whole", 1) == 80.0f);
    assert_true(json_get_float(object, "Part", 1) == 0.1f);
    assert_true(json_get_float(object, "Gone", 5) == 5.0f);
    assert_null(json_get(object, "Gone"));
    arena_free(arena);
}

static void the_first_of_two_members_of_one_name_counts(void **state) {
    (void)state;
    struct error err;
    struct arena *arena = arena_new(1 << 20);
    struct yyjson_val *object = read_text(arena, BYTES_LITERAL("{\"A\":1,\"A\":2}"), &err);
    assert_int_equal(json_get_integer(object, "A", 0), 1);
    arena_free(arena);
}

static void refuses_what_is_not_one_json_object(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "null",
        "1",
        "\"a\"",
        "{",
        "{}{}",
        "{} x",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "{'a':1}",
        "{a:1}",
        "/**/{}",
        "\xef\xbb\xbf{}",
        "{\"a\":01}",
        "{\"a\":1e999}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\\ud83d\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_unreadable(bytes_of(texts[i]));
    assert_unreadable(BYTES_LITERAL("{\"a\":\"\0\"}"));
}

/* {"a":{"a":...}} or {"a":[[...]]} with so many levels in all. */
static struct bytes nested(struct arena *arena, int levels, bool arrays) {
    struct buffer text = buffer_new(1 << 20);
    buffer_text(&text, "{\"a\":");
    for (int i = 1; i < levels; i++)
        buffer_text(&text, arrays ? "[" : "{\"a\":");
    buffer_text(&text, arrays ? "" : "1");
    for (int i = 1; i < levels; i++)
        buffer_text(&text, arrays ? "]" : "}");
    buffer_text(&text, "}");
    struct bytes copy = {arena_string(arena, buffer_bytes(&text)), text.len};
    buffer_release(&text);
    return copy;
}

static void refuses_what_is_nested_too_deep(void **state) {
    (void)state;
    struct error err;
    struct arena *arena = arena_new(4 << 20);
    assert_non_null(read_text(arena, nested(arena, LIMIT_JSON_DEPTH, true), &err));
    assert_non_null(read_text(arena, nested(arena, LIMIT_JSON_DEPTH, false), &err));
    assert_unreadable(nested(arena, LIMIT_JSON_DEPTH + 1, true));
    assert_unreadable(nested(arena, LIMIT_JSON_DEPTH + 1, false));
    assert_unreadable(nested(arena, 100000, true));
    arena_free(arena);
}

static void refuses_what_needs_more_memory_than_the_arena_has(void **state) {
    (void)state;
    struct error err;
    struct yyjson_val *object;
    static char text[65536 + 16];
    struct arena *arena = arena_new(4096);
    memset(text, ' ', sizeof text);
    text[0] = '{';
    text[65535] = '}';
    assert_false(json_read(arena, text, 65536, &object, &err));
    assert_int_equal(err.code, ERROR_SERIALIZATION);
    arena_free(arena);
}

static void writes_commas_where_they_are_due(void **state) {
    (void)state;
    struct buffer out = buffer_new(1024);
    json_object_open(&out, NULL);
    json_array_open(&out, "Empty");
    json_array_close(&out);
    json_array_open(&out, "Items");
    json_put_string(&out, NULL, "a{");
    json_put_string(&out, NULL, "b:");
    json_object_open(&out, NULL);
    json_object_close(&out);
    json_object_open(&out, NULL);
    json_put_integer(&out, "N", -1);
    json_object_close(&out);
    json_array_close(&out);
    json_put_time(&out, "T", 1795500856215);
    json_object_close(&out);
    assert_string_equal(out.data,
                        "{\"Empty\":[],\"Items\":[\"a{\",\"b:\",{},{\"N\":-1}],\"T\":1795500856.215}");
    buffer_release(&out);
}

static void assert_text(struct bytes text, const char *expected) {
    struct buffer out = buffer_new(1024);
    json_put_text(&out, NULL, text);
    assert_string_equal(out.data, expected);
    buffer_release(&out);
}

static void escapes_text_and_mends_what_is_not_utf8(void **state) {
    (void)state;
    assert_text(BYTES_LITERAL("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_text(BYTES_LITERAL("\0\n\x1f\x7f"), "\"\\u0000\\u000a\\u001f\\u007f\"");
    assert_text(BYTES_LITERAL("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
                "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_text(BYTES_LITERAL("x\xff\xc3"), "\"x\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_text(BYTES_LITERAL("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""); /* overlong */
    assert_text(BYTES_LITERAL("\xf4\x90\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_text((struct bytes){NULL, 0}, "\"\"");
}

static void assert_float(float number, const char *expected) {
    struct buffer out = buffer_new(64);
    json_put_float(&out, NULL, number);
    assert_string_equal(out.data, expected);
    assert_true(strtof(out.data, NULL) == number);
    buffer_release(&out);
}

static void floats_are_short_and_read_back_the_same(void **state) {
    (void)state;
    assert_float(100, "100");
    assert_float(-0.5f, "-0.5");
    assert_float(0.1f, "0.1");
    assert_float(99.99998f, "99.99998");
    assert_float(0.675267577f, "0.6752676");
    assert_float(1e-7f, "1e-07");
    assert_float(16777217.0f, "16777216");
}

static void floats_that_json_cannot_hold_fail_the_reply(void **state) {
    (void)state;
    static const float numbers[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct buffer out = buffer_new(64);
        json_put_float(&out, "X", numbers[i]);
        assert_true(out.failed);
        buffer_release(&out);
    }
}

static struct sha256 digest(const char *text) {
    struct error err;
    struct sha256 result;
    struct arena *arena = arena_new(1 << 20);
    struct yyjson_val *object = read_text(arena, bytes_of(text), &err);
    assert_non_null(object);
    assert_true(json_digest(arena, object, "Token", &result, &err));
    arena_free(arena);
    return result;
}

static void a_digest_looks_at_what_is_said_and_not_at_how(void **state) {
    (void)state;
    static const char *const same[] = {
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":80,\"d\":\"\"}}",
        " { \"B\" : {\"d\":\"\", \"c\":8e1 } , \"A\" : [ 1.0, \"\\u0078\", true ] } ",
        "{\"Token\":\"t\",\"A\":[1,\"x\",true],\"None\":null,\"B\":{\"c\":80.0,\"d\":\"\",\"e\":null}}",
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":80,\"d\":\"\"},\"A\":7}",
    };
    static const char *const others[] = {
        "{}",
        "{\"A\":[\"x\",1,true],\"B\":{\"c\":80,\"d\":\"\"}}",
        "{\"A\":[1,\"x\",false],\"B\":{\"c\":80,\"d\":\"\"}}",
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":80.5,\"d\":\"\"}}",
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":80,\"d\":\"\",\"Token\":\"t\"}}",
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":\"80\",\"d\":\"\"}}",
        "{\"A\":[1,\"x\",true],\"B\":{\"c\":80,\"d\":\"\"},\"C\":\"\"}",
    };
    for (size_t i = 1; i < ARRAY_LEN(same); i++)
        assert_true(sha256_equal(digest(same[0]), digest(same[i])));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(sha256_equal(digest(same[0]), digest(others[i])));
    assert_false(sha256_equal(digest("{\"A\":\"1:B2:xy\"}"), digest("{\"A\":\"\",\"B\":\"xy\"}")));
}

static void booleans_and_times_are_read_and_written(void **state) {
    (void)state;
    char text[128] = "{\"Yes\":true,\"No\":false,\"Time\":1732449600.123,\"Whole\":5,\"Far\":1e300}";
    struct arena *arena = arena_new(1 << 20);
    struct buffer out = buffer_new(1024);
    struct yyjson_val *object;
    struct error err;
    assert_true(json_read(arena, text, strlen(text), &object, &err));
    assert_true(json_get_boolean(object, "Yes", false));
    assert_false(json_get_boolean(object, "No", true));
    assert_true(json_get_boolean(object, "Absent", true));
    assert_int_equal(json_get_time(object, "Time", 0), 1732449600123);
    assert_int_equal(json_get_time(object, "Whole", 0), 5000);
    assert_int_equal(json_get_time(object, "Absent", -1), -1);
    assert_true(json_get_time(object, "Far", 0) > 253402300799000);
    json_array_open(&out, NULL);
    json_put_boolean(&out, NULL, true);
    json_put_boolean(&out, NULL, false);
    json_array_close(&out);
    assert_string_equal(out.data, "[true,false]");
    buffer_release(&out);
    arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans_and_times_are_read_and_written),
        cmocka_unit_test(reads_members_by_their_exact_name),
        cmocka_unit_test(the_first_of_two_members_of_one_name_counts),
        cmocka_unit_test(a_digest_looks_at_what_is_said_and_not_at_how),
        cmocka_unit_test(refuses_what_is_not_one_json_object),
        cmocka_unit_test(refuses_what_is_nested_too_deep),
        cmocka_unit_test(refuses_what_needs_more_memory_than_the_arena_has),
        cmocka_unit_test(writes_commas_where_they_are_due),
        cmocka_unit_test(escapes_text_and_mends_what_is_not_utf8),
        cmocka_unit_test(floats_are_short_and_read_back_the_same),
        cmocka_unit_test(floats_that_json_cannot_hold_fail_the_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
