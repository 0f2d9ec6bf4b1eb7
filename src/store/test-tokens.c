/* What store.h promises of idempotency tokens: the same question gets the same answer, another is refused. */
#include "store/test-support.h"
#include "base/clock.h"
#include "base/limits.h"

static const struct sha256 question = {{1, 2, 3}}, another = {{1, 2, 4}};

static void keep(struct place *place, const char *operation, const char *token, const char *reply) {
    assert_true(
        store_token_keep(place->store, STORE_OPERATOR, operation, token, question, bytes_of(reply), NULL));
}

/* NULL when the token is new. */
static const char *find(struct place *place, const char *operation, const char *token) {
    const char *reply;
    struct error err;
    if (!store_token_find(place->store, place->arena, STORE_OPERATOR, operation, token, question, &reply,
                          &err))
        fail_msg("%s", err.text);
    return reply;
}

static void a_token_is_answered_as_the_first_time_even_after_a_restart(void **state) {
    struct place *place = *state;
    assert_null(find(place, "CreateUser", "t"));
    keep(place, "CreateUser", "t", "{\"a\":\"\u00e9\"}");
    reopen(place);
    assert_string_equal(find(place, "CreateUser", "t"), "{\"a\":\"\u00e9\"}");
    assert_null(find(place, "CreateUser", "u"));
    assert_null(find(place, "DeleteUser", "t"));
    keep(place, "DeleteUser", "t", "");
    assert_string_equal(find(place, "DeleteUser", "t"), "");
}

static void a_token_with_another_request_is_refused(void **state) {
    struct place *place = *state;
    const char *reply;
    struct error err;
    keep(place, "CreateUser", "t", "{}");
    assert_false(store_token_find(place->store, place->arena, STORE_OPERATOR, "CreateUser", "t", another,
                                  &reply, &err));
    assert_int_equal(err.code, ERROR_TOKEN_MISMATCH);
    assert_string_equal(err.text, "The ClientRequestToken: t you have supplied is already in use.");
    assert_string_equal(find(place, "CreateUser", "t"), "{}");
}

static void an_old_token_is_new_again_and_forgotten(void **state) {
    struct place *place = *state;
    char sql[128];
    int64_t old_ms = clock_now_ms() - LIMIT_TOKEN_HOURS * INT64_C(3600000) - 1;
    keep(place, "CreateUser", "old", "{}");
    keep(place, "CreateUser", "young", "{}");
    snprintf(sql, sizeof sql, "UPDATE tokens SET created_ms=%lld+120000*(token='young')", (long long)old_ms);
    change_file(place, sql);
    reopen(place);
    assert_null(find(place, "CreateUser", "old"));
    assert_non_null(find(place, "CreateUser", "young"));
    keep(place, "CreateUser", "next", "{}");
    assert_int_equal(ask_file(place, "SELECT count(*) FROM tokens"), 2);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM tokens WHERE token='old'"), 0);
}

static void what_was_undone_leaves_its_token_new(void **state) {
    struct place *place = *state;
    assert_true(store_begin(place->store, NULL));
    keep(place, "CreateUser", "t", "{}");
    assert_non_null(find(place, "CreateUser", "t"));
    store_rollback(place->store);
    assert_null(find(place, "CreateUser", "t"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_token_is_answered_as_the_first_time_even_after_a_restart),
        EACH(a_token_with_another_request_is_refused),
        EACH(an_old_token_is_new_again_and_forgotten),
        EACH(what_was_undone_leaves_its_token_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
