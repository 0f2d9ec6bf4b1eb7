/* NextToken comes back as the key it was made of, and only where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/page.h"

static const struct bytes nowhere = {NULL, 0};

static bool is_key_of(const char *operation, struct bytes scope, const char *token, const char *expected) {
    char key[PAGE_KEY_MAX + 1];
    struct error err = {.text = ""};
    if (!page_key(operation, scope, bytes_of(token), key, &err)) {
        assert_int_equal(err.code, ERROR_INVALID_PAGINATION_TOKEN);
        return false;
    }
    assert_string_equal(key, expected);
    return true;
}

static void a_token_gives_its_key_back(void **state) {
    (void)state;
    static const char *const keys[] = {
        "a", "A", "-", "_.:-", "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1", "AAAA", "staff-2026"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        char token[LIMIT_NEXT_TOKEN + 1];
        page_token("ListCollections", nowhere, bytes_of(keys[i]), token);
        assert_true(is_key_of("ListCollections", nowhere, token, keys[i]));
    }
}

static void the_longest_keys_fit_into_a_token(void **state) {
    (void)state;
    for (const char *c = "A9-:"; *c; c++) {
        char key[PAGE_KEY_MAX + 1] = "", token[LIMIT_NEXT_TOKEN + 1];
        memset(key, *c, PAGE_KEY_MAX);
        page_token("ListFaces", bytes_of(key), bytes_of(key), token);
        assert_true(strlen(token) <= LIMIT_NEXT_TOKEN);
        assert_true(is_key_of("ListFaces", bytes_of(key), token, key));
    }
}

static void a_token_is_refused_elsewhere(void **state) {
    (void)state;
    char token[LIMIT_NEXT_TOKEN + 1];
    page_token("ListFaces", BYTES_LITERAL("staff"), BYTES_LITERAL("key"), token);
    assert_true(is_key_of("ListFaces", BYTES_LITERAL("staff"), token, "key"));
    assert_false(is_key_of("ListFaces", BYTES_LITERAL("guests"), token, "key"));
    assert_false(is_key_of("ListUsers", BYTES_LITERAL("staff"), token, "key"));
    assert_false(is_key_of("ListFaces", nowhere, token, "key"));
}

static void a_changed_or_made_up_token_is_refused(void **state) {
    (void)state;
    static const char *const tokens[] = {"bogus", "AAAAA", "AAAAAA", "AAAAA\"", "abcdefghij", "AAAAA b"};
    char token[LIMIT_NEXT_TOKEN + 1], longest[LIMIT_NEXT_TOKEN + 2] = "", full[LIMIT_NEXT_TOKEN + 1] = "";
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
        assert_false(is_key_of("ListCollections", nowhere, tokens[i], ""));
    page_token("ListCollections", nowhere, BYTES_LITERAL("staff-2026"), token);
    for (size_t i = 0; i < strlen(token); i++) {
        char saved = token[i];
        token[i] = saved == 'x' ? 'y' : 'x';
        assert_false(is_key_of("ListCollections", nowhere, token, ""));
        token[i] = saved;
    }
    memset(longest, '^', sizeof longest - 1);
    memset(full, '^', sizeof full - 1);
    assert_false(is_key_of("ListCollections", nowhere, longest, ""));
    assert_false(is_key_of("ListCollections", nowhere, full, ""));
}

static void a_token_needs_no_quoting(void **state) {
    (void)state;
    char key[PAGE_KEY_MAX + 1] = "", token[LIMIT_NEXT_TOKEN + 1];
    for (size_t i = 0; i < PAGE_KEY_MAX; i++)
        key[i] = "zQ7-"[i % 4];
    page_token("ListCollections", nowhere, bytes_of(key), token);
    assert_int_equal(strcspn(token, " \"'\\$&|;<>()[]{}*?!~#`"), strlen(token));
    assert_int_not_equal(token[0], '-'); /* not taken for an option */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_gives_its_key_back),
        cmocka_unit_test(the_longest_keys_fit_into_a_token),
        cmocka_unit_test(a_token_is_refused_elsewhere),
        cmocka_unit_test(a_changed_or_made_up_token_is_refused),
        cmocka_unit_test(a_token_needs_no_quoting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
