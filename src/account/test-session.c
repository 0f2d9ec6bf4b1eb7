/* Session credentials: what they sign with, when they die, and what they may. */
#include "account/session.h"
#include "account/test-support.h"

#define LIST_ONLY                                                          \
    "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\"," \
    " \"Action\": \"rekognition:List*\", \"Resource\": \"*\"}}"

static struct session make_session(struct place *place, const char *key, const char *policy) {
    struct principal principal;
    struct session session;
    assert_true(knows(place, key, &principal));
    DO(session_create(place->accounts, &principal, 900, bytes_of(policy), clock_now_ms(), &session,
                      &failure));
    return session;
}

static bool find(struct place *place, const char *access_key, const char *token, int64_t later_ms,
                 struct principal *ret_principal, struct error *err) {
    return session_find(place->accounts, place->arena, bytes_of(access_key), bytes_of(token),
                        clock_now_ms() + later_ms, ret_principal, err);
}

static void assert_unknown(struct place *place, const char *access_key, const char *token) {
    struct principal principal;
    struct error err;
    assert_false(find(place, access_key, token, 0, &principal, &err));
    assert_int_equal(err.code, ERROR_UNRECOGNIZED_CLIENT);
}

static void a_session_is_its_keys_person_with_another_secret(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct session session = make_session(place, OPERATOR_KEY, NULL);
    struct session other = make_session(place, OPERATOR_KEY, NULL);
    assert_memory_equal(session.access_key, SESSION_PREFIX, 4);
    assert_int_equal(strlen(session.access_key), 20);
    assert_string_not_equal(session.access_key, other.access_key);
    assert_string_not_equal(session.secret, other.secret);
    reopen(place); /* nothing of it is in memory */
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    assert_string_equal(principal.secret, session.secret);
    assert_string_equal(principal.key, OPERATOR_KEY);
    assert_string_equal(principal.person, "root");
    assert_true(principal.is_temporary && principal.is_operator && !principal.narrowing);
}

static void without_a_token_it_is_a_key_as_ever(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct session session = make_session(place, OPERATOR_KEY, NULL);
    DO(find(place, OPERATOR_KEY, NULL, 0, &principal, &failure));
    assert_string_equal(principal.secret, OPERATOR_SECRET);
    assert_unknown(place, session.access_key, NULL);
}

static void a_session_ends(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct session session = make_session(place, OPERATOR_KEY, NULL);
    struct error err;
    assert_true(session.expires_ms <= clock_now_ms() + 900000);
    DO(find(place, session.access_key, session.token, 890000, &principal, &failure));
    assert_false(find(place, session.access_key, session.token, 900001, &principal, &err));
    assert_int_equal(err.code, ERROR_EXPIRED_TOKEN);
}

static void a_session_dies_with_its_key(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret key = make_key(place, STORE_OPERATOR, "anna");
    struct session session = make_session(place, key.access_key, NULL);
    DO(accounts_key_enable(place->accounts, STORE_OPERATOR, key.access_key, false, &failure));
    assert_unknown(place, session.access_key, session.token);
    DO(accounts_key_enable(place->accounts, STORE_OPERATOR, key.access_key, true, &failure));
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    DO(accounts_key_delete(place->accounts, STORE_OPERATOR, key.access_key, &failure));
    assert_unknown(place, session.access_key, session.token);
}

static void a_session_lives_on_for_the_grace_of_a_rotation_only(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret key = make_key(place, STORE_OPERATOR, "anna"), fresh;
    struct session session = make_session(place, key.access_key, NULL);
    DO(accounts_key_rotate(place->accounts, STORE_OPERATOR, key.access_key, 60, &fresh, &failure));
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    assert_string_equal(principal.previous, session.secret);
    assert_string_not_equal(principal.secret, session.secret);
    DO(find(place, session.access_key, session.token, 61000, &principal, &failure));
    assert_string_equal(principal.previous, "");
    assert_string_not_equal(principal.secret, session.secret);
}

static void a_session_may_do_only_what_its_policy_and_its_person_may(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct error err;
    struct access_request list = {.action = BYTES_LITERAL("rekognition:ListFaces"),
                                  .resource = BYTES_LITERAL("*")};
    struct access_request search = {.action = BYTES_LITERAL("rekognition:SearchFaces"),
                                    .resource = BYTES_LITERAL("*")};
    struct session session = make_session(place, OPERATOR_KEY, LIST_ONLY);
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    DO(accounts_permit(place->accounts, &principal, &list, &failure));
    assert_true(list.temporary);
    assert_false(accounts_permit(place->accounts, &principal, &search, &err));
    assert_non_null(strstr(err.text, "because no session policy allows it"));
    struct account_secret key = make_key(place, STORE_OPERATOR, "anna");
    session = make_session(place, key.access_key, LIST_ONLY);
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    assert_false(accounts_permit(place->accounts, &principal, &list, &err));
    assert_non_null(strstr(err.text, "because no identity-based policy allows it"));
}

static void what_is_not_ours_or_changed_is_unknown(void **state) {
    struct place *place = *state;
    struct session session = make_session(place, OPERATOR_KEY, NULL);
    struct session other = make_session(place, OPERATOR_KEY, NULL);
    char changed[sizeof session.token];
    size_t len = strlen(session.token);
    assert_unknown(place, other.access_key, session.token);
    assert_unknown(place, OPERATOR_KEY, session.token);
    assert_unknown(place, session.access_key, "");
    assert_unknown(place, session.access_key, "no base64");
    for (size_t i = 0; i < len; i++) {
        memcpy(changed, session.token, sizeof changed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_unknown(place, session.access_key, changed);
        memcpy(changed, session.token, sizeof changed);
        changed[i] = 0;
        assert_unknown(place, session.access_key, changed);
    }
}

static void sessions_that_cannot_be_are_refused(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct session session = make_session(place, OPERATOR_KEY, NULL), more;
    struct error err;
    static char spaces[LIMIT_SESSION_POLICY + 2];
    memset(spaces, ' ', sizeof spaces - 1);
    DO(find(place, session.access_key, session.token, 0, &principal, &failure));
    assert_false(session_create(place->accounts, &principal, 900, bytes_of(NULL), 0, &more, &err));
    assert_int_equal(err.code, ERROR_ACCESS_DENIED);
    assert_true(knows(place, OPERATOR_KEY, &principal));
    static const int64_t seconds[] = {-1, 0, 899, 43201};
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        assert_false(session_create(place->accounts, &principal, seconds[i], bytes_of(NULL), 0, &more, &err));
        assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    }
    assert_false(session_create(place->accounts, &principal, 900, bytes_of("{}"), 0, &more, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    assert_false(session_create(place->accounts, &principal, 900, bytes_of(spaces), 0, &more, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_session_is_its_keys_person_with_another_secret),
        EACH(without_a_token_it_is_a_key_as_ever),
        EACH(a_session_ends),
        EACH(a_session_dies_with_its_key),
        EACH(a_session_lives_on_for_the_grace_of_a_rotation_only),
        EACH(a_session_may_do_only_what_its_policy_and_its_person_may),
        EACH(what_is_not_ours_or_changed_is_unknown),
        EACH(sessions_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
