#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "server/request.h"

void api_refuse(enum error_code code, const char *text, struct api_reply *ret_reply) {
    (void)text;
    *ret_reply = (struct api_reply){.status = error_status(code), .error_type = error_type(code)};
}

static struct request *made(const char *uri) {
    struct request *request = request_new(uri);
    assert_non_null(request);
    request->state = REQUEST_READING;
    return request;
}

static void add(struct request *request, const char *name, const char *value) {
    request_add_header(request, bytes_of(name), bytes_of(value));
}

static void assert_refused(struct request *request, int status, enum error_code code) {
    assert_false(request_check(request));
    assert_int_equal(request->reply.status, status);
    assert_string_equal(request->reply.error_type, error_type(code));
    request_free(request);
}

static void cuts_the_uri_at_the_first_question_mark_and_decodes_nothing(void **state) {
    (void)state;
    struct request *request = made("/a%2Fb+c?x=%41&y=?");
    assert_true(bytes_equal_string(request->api.path, "/a%2Fb+c"));
    assert_true(bytes_equal_string(request->api.query, "x=%41&y=?"));
    request_free(request);
    request = made("/");
    assert_true(bytes_equal_string(request->api.path, "/"));
    assert_int_equal(request->api.query.len, 0);
    request_free(request);
    request_free(NULL);
}

static void accepts_one_length_or_one_chunked_coding(void **state) {
    (void)state;
    struct request *request = made("/");
    add(request, "content-LENGTH", "17");
    assert_true(request_check(request));
    assert_true(request_has_body(request));
    assert_int_equal(request->announced, 17);
    request_free(request);
    request = made("/");
    add(request, "Transfer-Encoding", "Chunked");
    assert_true(request_check(request));
    assert_true(request_has_body(request));
    request_free(request);
    request = made("/");
    add(request, "Content-Length", "0");
    assert_true(request_check(request));
    assert_false(request_has_body(request));
    request_free(request);
}

static void refuses_a_body_whose_end_is_not_clear(void **state) {
    (void)state;
    static const char *const pairs[][4] = {
        {"Content-Length", "5", "Content-Length", "5"},
        {"Content-Length", "5", "Transfer-Encoding", "chunked"},
        {"Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"},
        {"Transfer-Encoding", "gzip, chunked", "Accept", "*"},
        {"Content-Length", "+5", "Accept", "*"},
        {"Content-Length", "5, 5", "Accept", "*"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct request *request = made("/");
        add(request, pairs[i][0], pairs[i][1]);
        add(request, pairs[i][2], pairs[i][3]);
        assert_refused(request, 400, ERROR_SERIALIZATION);
    }
}

static void refuses_too_many_and_too_large_headers(void **state) {
    (void)state;
    struct request *request = made("/");
    for (int i = 0; i < LIMIT_HEADER_COUNT; i++)
        add(request, "a", "b");
    assert_true(request_check(request));
    assert_int_equal(request->api.header_count, LIMIT_HEADER_COUNT);
    add(request, "a", "b");
    assert_int_equal(request->api.header_count, LIMIT_HEADER_COUNT);
    assert_refused(request, 431, ERROR_BODY_TOO_LARGE);

    CLEANUP_FREE char *large = malloc(LIMIT_HEADER_BYTES + 1);
    memset(large, 'x', LIMIT_HEADER_BYTES);
    large[LIMIT_HEADER_BYTES - 2] = 0;
    request = made("/");
    add(request, "a", large);
    assert_true(request_check(request));
    add(request, "b", "");
    assert_refused(request, 431, ERROR_BODY_TOO_LARGE);
}

static void refuses_an_announcement_that_is_too_large(void **state) {
    (void)state;
    char number[32];
    struct request *request = made("/");
    snprintf(number, sizeof number, "%u", LIMIT_BODY_BYTES);
    add(request, "Content-Length", number);
    assert_true(request_check(request));
    request_free(request);
    request = made("/");
    snprintf(number, sizeof number, "%u", LIMIT_BODY_BYTES + 1);
    add(request, "Content-Length", number);
    assert_refused(request, 413, ERROR_BODY_TOO_LARGE);
    request = made("/");
    add(request, "Content-Length", "18446744073709551615");
    assert_refused(request, 413, ERROR_BODY_TOO_LARGE);
}

/* Behind the body lie zeros, and its memory is as large as was announced. */
static void collects_an_announced_body(void **state) {
    (void)state;
    static const char zeros[API_BODY_PADDING];
    struct request *request = made("/");
    add(request, "Content-Length", "11");
    assert_true(request_check(request));
    assert_true(request_append(request, "hello ", 6));
    assert_int_equal(request->capacity, 11);
    assert_true(request_append(request, "world", 5));
    assert_true(request_finish(request));
    assert_int_equal(request->api.body_len, 11);
    assert_memory_equal(request->api.body, "hello world", 11);
    assert_memory_equal(request->api.body + 11, zeros, sizeof zeros);
    request_free(request);
}

static void an_empty_body_has_its_padding_too(void **state) {
    (void)state;
    static const char zeros[API_BODY_PADDING];
    struct request *request = made("/");
    assert_true(request_check(request));
    assert_true(request_finish(request));
    assert_int_equal(request->api.body_len, 0);
    assert_memory_equal(request->api.body, zeros, sizeof zeros);
    request_free(request);
}

static void a_body_of_unknown_length_grows_to_the_limit_and_no_further(void **state) {
    (void)state;
    enum { PIECE = 10007 };
    char piece[PIECE];
    struct request *request = made("/");
    add(request, "Transfer-Encoding", "chunked");
    assert_true(request_check(request));
    size_t len = 0;
    for (; len + PIECE <= LIMIT_BODY_BYTES; len += PIECE) {
        memset(piece, (int)(len / PIECE), PIECE);
        assert_true(request_append(request, piece, PIECE));
    }
    assert_int_equal(request->api.body_len, len);
    for (size_t i = 0; i < len; i += PIECE)
        assert_int_equal(request->api.body[i], (char)(i / PIECE));
    assert_false(request_append(request, piece, PIECE));
    assert_null(request->api.body);
    assert_int_equal(request->reply.status, 413);
    assert_int_equal(request->state, REQUEST_ANSWERED);
    request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_the_uri_at_the_first_question_mark_and_decodes_nothing),
        cmocka_unit_test(accepts_one_length_or_one_chunked_coding),
        cmocka_unit_test(refuses_a_body_whose_end_is_not_clear),
        cmocka_unit_test(refuses_too_many_and_too_large_headers),
        cmocka_unit_test(refuses_an_announcement_that_is_too_large),
        cmocka_unit_test(collects_an_announced_body),
        cmocka_unit_test(an_empty_body_has_its_padding_too),
        cmocka_unit_test(a_body_of_unknown_length_grows_to_the_limit_and_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
