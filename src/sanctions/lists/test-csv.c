/* What csv.h promises, however the bytes are cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/csv.h"

/* Rows as text: fields in brackets, "|" behind a row, its line before it. */
static bool note(void *context, const struct bytes *fields, size_t count, uint64_t line, struct error *err) {
    struct buffer *out = context;
    (void)err;
    buffer_printf(out, "%u", (unsigned)line);
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "[%.*s]", BYTES_FORMAT(fields[i]));
    buffer_text(out, "|");
    return true;
}

/* In pieces of `step` bytes. */
static bool read_csv(const char *text, size_t step, struct buffer *out, struct error *err) {
    struct csv *csv = csv_new(note, out);
    struct bytes rest = bytes_of(text);
    bool fine = csv != NULL;
    while (fine && rest.len > 0) {
        struct bytes piece = {rest.ptr, MIN(step, rest.len)};
        fine = csv_feed(csv, piece, err);
        rest = (struct bytes){rest.ptr + piece.len, rest.len - piece.len};
    }
    fine = fine && csv_end(csv, err);
    csv_free(csv);
    return fine;
}

static void check(const char *text, const char *wanted) {
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct buffer out = buffer_new(4096);
        assert_true(read_csv(text, step, &out, NULL));
        assert_string_equal(out.len ? out.data : "", wanted);
        buffer_release(&out);
    }
}

static void check_refused(const char *text, const char *reason) {
    struct buffer out = buffer_new(1 << 20);
    struct error err = {0};
    assert_false(read_csv(text, 7, &out, &err));
    assert_non_null(strstr(err.text, reason));
    buffer_release(&out);
}

static void rows_end_with_any_line_end_or_the_file(void **state) {
    (void)state;
    check("a,b\nc,d\r\ne,f\rg,h", "1[a][b]|2[c][d]|3[e][f]|4[g][h]|");
    check("a\n\n\r\n\rb\n", "1[a]|5[b]|");
    check("", "");
    check(",\n", "1[][]|");
}

static void quotes_hold_commas_line_ends_and_quotes(void **state) {
    (void)state;
    check("\"a,b\",\"c\r\nd\ne\",\"f\"\"g\"\"\"\nh", "1[a,b][c\r\nd\ne][f\"g\"]|4[h]|");
    check("\"\",\"\"", "1[][]|");
    check("5\" nail,x", "1[5\" nail][x]|");
}

static void byte_order_mark_and_end_of_file_mark_are_no_text(void **state) {
    (void)state;
    struct buffer out = buffer_new(4096);
    assert_true(read_csv("\xef\xbb\xbfid,name\n1,x\r\n\x1a", 64, &out, NULL));
    assert_string_equal(out.data, "1[id][name]|2[1][x]|");
    buffer_release(&out);
}

static void what_is_malformed_is_an_error(void **state) {
    (void)state;
    check_refused("a,\"b\"c\n", "closing quote");
    check_refused("a,\"b\nc\n", "within quotes");
    check_refused("a,\xff\n", "UTF-8");
    check_refused("a,\xed\xa0\x80\n", "UTF-8");
    check_refused("a,\x01\n", "UTF-8");
}

static void rows_and_fields_are_limited(void **state) {
    (void)state;
    CLEANUP_FREE char *commas = calloc(1, LIMIT_LIST_COLUMNS + 2);
    CLEANUP_FREE char *letters = calloc(1, LIMIT_LIST_ROW + 2);
    memset(commas, ',', LIMIT_LIST_COLUMNS + 1);
    memset(letters, 'a', LIMIT_LIST_ROW + 1);
    check_refused(commas, "fields");
    check_refused(letters, "bytes");
    commas[LIMIT_LIST_COLUMNS - 1] = 0;
    struct buffer out = buffer_new(4096);
    assert_true(read_csv(commas, 64, &out, NULL));
    buffer_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_end_with_any_line_end_or_the_file),
        cmocka_unit_test(quotes_hold_commas_line_ends_and_quotes),
        cmocka_unit_test(byte_order_mark_and_end_of_file_mark_are_no_text),
        cmocka_unit_test(what_is_malformed_is_an_error),
        cmocka_unit_test(rows_and_fields_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
