/* Who is found by a key, what changes change and when, and who may do what. */
#define _GNU_SOURCE /* memmem */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include "account/test-support.h"
#include "base/digest.h"

static void the_key_of_the_file_is_the_operators_root(void **state) {
    struct place *place = *state;
    struct principal principal;
    assert_true(knows(place, OPERATOR_KEY, &principal));
    assert_string_equal(principal.secret, OPERATOR_SECRET);
    assert_string_equal(principal.account_id, "000000000000");
    assert_string_equal(principal.person, "root");
    assert_true(principal.is_operator && principal.status == STORE_ACCOUNT_ACTIVE);
    assert_true(principal.account == STORE_OPERATOR && !principal.is_temporary && !principal.previous[0]);
    assert_true(principal.settings.key_rates[QUOTA_SEARCH].rate == 0);
    principal_wipe(&principal);
    assert_int_equal(principal.secret[0], 0);
}

static void keys_that_nobody_has_are_not_found(void **state) {
    struct place *place = *state;
    struct principal principal;
    char longest[KEYS_ACCESS_MAX + 2] = "";
    memset(longest, 'A', sizeof longest - 1);
    assert_false(knows(place, "", &principal));
    assert_false(knows(place, "OPERATORKE", &principal));
    assert_false(knows(place, "OPERATORKEYS", &principal));
    assert_false(knows(place, "operatorkey", &principal));
    assert_false(knows(place, longest, &principal));
    assert_false(accounts_find_key(place->accounts, BYTES_LITERAL("OPERATORKEY\0"), 0, &principal, NULL));
}

static void sections_that_are_added_to_the_file_are_taken_over_once(void **state) {
    struct place *place = *state;
    struct principal principal;
    write_credentials(place, "[a]\naws_access_key_id = NEWKEY\naws_secret_access_key = new\n"
                             "[b]\naws_access_key_id = " OPERATOR_KEY "\naws_secret_access_key = other\n");
    reopen(place);
    assert_true(knows(place, "NEWKEY", &principal));
    assert_string_equal(principal.person, "root");
    assert_true(knows(place, OPERATOR_KEY, &principal));
    assert_string_equal(principal.secret, OPERATOR_SECRET); /* the store's, not the file's */
    DO(accounts_key_delete(place->accounts, STORE_OPERATOR, "NEWKEY", &failure));
    reopen(place);
    assert_false(knows(place, "NEWKEY", &principal));
}

static void without_the_file_there_is_a_new_key(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_key *keys;
    size_t count;
    assert_int_equal(unlink(place->credentials), 0);
    reopen(place);
    assert_int_equal(access(place->credentials, R_OK), 0);
    assert_true(knows(place, OPERATOR_KEY, &principal));
    DO(accounts_keys_list(place->accounts, place->arena, STORE_OPERATOR, NULL, 10, &keys, &count, &failure));
    assert_int_equal(count, 2);
    assert_memory_equal(keys[0].id, "CNTN", 4);
    assert_true(knows(place, keys[0].id, &principal));
}

static void a_new_key_signs_at_once_and_after_a_restart(void **state) {
    struct place *place = *state;
    struct principal principal;
    char id[STORE_ACCOUNT_ID + 1];
    int64_t account = make_account(place, id);
    struct account_secret made = make_key(place, account, "Anna");
    for (int i = 0; i < 2; i++) {
        assert_true(knows(place, made.access_key, &principal));
        assert_string_equal(principal.secret, made.secret);
        assert_string_equal(principal.person, "Anna");
        assert_string_equal(principal.account_id, id);
        assert_true(principal.account == account && !principal.is_operator);
        assert_string_equal(principal.settings.purpose, "access control");
        assert_true(principal.settings.key_rates[QUOTA_SEARCH].rate > 0);
        reopen(place);
    }
}

static void a_disabled_or_expired_key_is_not_found(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret made = make_key(place, STORE_OPERATOR, "anna");
    DO(accounts_key_enable(place->accounts, STORE_OPERATOR, made.access_key, false, &failure));
    assert_false(knows(place, made.access_key, &principal));
    DO(accounts_key_enable(place->accounts, STORE_OPERATOR, made.access_key, true, &failure));
    assert_true(knows(place, made.access_key, &principal));
    DO(accounts_key_expire(place->accounts, STORE_OPERATOR, made.access_key, 1000, &failure));
    assert_false(accounts_find_key(place->accounts, bytes_of(made.access_key), 1000, &principal, NULL));
    assert_true(accounts_find_key(place->accounts, bytes_of(made.access_key), 999, &principal, NULL));
}

static void a_rotated_key_knows_its_old_secret_for_a_while(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret first = make_key(place, STORE_OPERATOR, "anna"), second;
    DO(accounts_key_rotate(place->accounts, STORE_OPERATOR, first.access_key, 60, &second, &failure));
    assert_string_equal(second.access_key, first.access_key);
    assert_string_not_equal(second.secret, first.secret);
    for (int i = 0; i < 2; i++) {
        assert_true(knows(place, first.access_key, &principal));
        assert_string_equal(principal.secret, second.secret);
        assert_string_equal(principal.previous, first.secret);
        DO(accounts_find_key(place->accounts, bytes_of(first.access_key), clock_now_ms() + 60000, &principal,
                             &failure));
        assert_string_equal(principal.previous, "");
        reopen(place);
    }
    struct error err;
    assert_false(accounts_key_rotate(place->accounts, STORE_OPERATOR, first.access_key,
                                     LIMIT_KEY_GRACE_SECONDS + 1, &second, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
}

static void an_account_changes_only_its_own_keys(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret secret;
    struct error err;
    char id[STORE_ACCOUNT_ID + 1];
    int64_t other = make_account(place, id);
    assert_false(accounts_key_enable(place->accounts, other, OPERATOR_KEY, false, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(accounts_key_rotate(place->accounts, other, OPERATOR_KEY, 0, &secret, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(accounts_key_expire(place->accounts, other, OPERATOR_KEY, 1, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(accounts_key_delete(place->accounts, other, OPERATOR_KEY, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(accounts_key_create(place->accounts, 99, "anna", 0, &secret, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(knows(place, OPERATOR_KEY, &principal));
    assert_string_equal(principal.secret, OPERATOR_SECRET);
}

static void what_is_undone_has_never_been(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_secret made;
    char id[STORE_ACCOUNT_ID + 1];
    DO(store_begin(place->store, &failure));
    int64_t account = make_account(place, id);
    made = make_key(place, account, "anna");
    DO(accounts_key_delete(place->accounts, STORE_OPERATOR, OPERATOR_KEY, &failure));
    assert_false(knows(place, made.access_key, &principal)); /* not before it is on disk */
    store_rollback(place->store);
    assert_false(knows(place, made.access_key, &principal));
    assert_true(knows(place, OPERATOR_KEY, &principal));
    DO(store_begin(place->store, &failure));
    account = make_account(place, id);
    made = make_key(place, account, "anna");
    DO(accounts_key_rotate(place->accounts, account, made.access_key, 0, &made, &failure));
    DO(store_commit(place->store, &failure));
    assert_true(knows(place, made.access_key, &principal));
    assert_string_equal(principal.secret, made.secret);
}

static bool permits(struct place *place, const char *key, const char *action, struct error *err) {
    struct principal principal;
    struct access_request request = {
        .action = bytes_of(action),
        .resource = BYTES_LITERAL("arn:aws:rekognition:eu-west-1:000000000000:collection/staff"),
        .source_ip = "10.1.2.3"};
    assert_true(knows(place, key, &principal));
    return accounts_permit(place->accounts, &principal, &request, err);
}

static void assert_denied(struct place *place, const char *key, const char *action, const char *because) {
    struct error err = {.text = ""};
    assert_false(permits(place, key, action, &err));
    assert_int_equal(err.code, ERROR_ACCESS_DENIED);
    if (!strstr(err.text, because))
        fail_msg("%s", err.text);
}

#define POLICY(effect, action)                                                                        \
    "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"" effect "\", \"Action\": \"" action \
    "\", \"Resource\": \"*\"}}"

static void put_policy(struct place *place, const char *person, const char *name, const char *document) {
    DO(accounts_policy_put(place->accounts, STORE_OPERATOR, person, name, document, &failure));
}

static void a_person_may_do_only_what_a_policy_allows(void **state) {
    struct place *place = *state;
    struct account_secret anna = make_key(place, STORE_OPERATOR, "Anna");
    struct account_secret berta = make_key(place, STORE_OPERATOR, "berta");
    assert_denied(place, anna.access_key, "rekognition:ListFaces",
                  "User: arn:aws:iam::000000000000:user/Anna is not authorized to perform: "
                  "rekognition:ListFaces on resource: "
                  "arn:aws:rekognition:eu-west-1:000000000000:collection/staff "
                  "because no identity-based policy allows it");
    put_policy(place, "anna", "read", POLICY("Allow", "rekognition:List*"));
    for (int i = 0; i < 2; i++) {
        assert_true(permits(place, anna.access_key, "rekognition:ListFaces", NULL));
        assert_denied(place, anna.access_key, "rekognition:SearchFaces", "because no");
        assert_denied(place, berta.access_key, "rekognition:ListFaces", "because no");
        reopen(place);
    }
    put_policy(place, NULL, "search", POLICY("Allow", "rekognition:Search*"));
    assert_true(permits(place, berta.access_key, "rekognition:SearchFaces", NULL));
    put_policy(place, "berta", "no", POLICY("Deny", "rekognition:Search*"));
    assert_denied(place, berta.access_key, "rekognition:SearchFaces", "with an explicit deny in");
    assert_true(permits(place, anna.access_key, "rekognition:SearchFaces", NULL));
    DO(accounts_policy_delete(place->accounts, STORE_OPERATOR, "ANNA", "read", &failure));
    assert_denied(place, anna.access_key, "rekognition:ListFaces", "because no");
    put_policy(place, NULL, "search", POLICY("Allow", "rekognition:Detect*")); /* in its place */
    assert_denied(place, anna.access_key, "rekognition:SearchFaces", "because no");
}

static void root_may_do_all_but_what_is_denied(void **state) {
    struct place *place = *state;
    assert_true(permits(place, OPERATOR_KEY, "countenance:CreateAccount", NULL));
    put_policy(place, "anna", "no", POLICY("Deny", "*"));
    assert_true(permits(place, OPERATOR_KEY, "rekognition:SearchFaces", NULL));
    put_policy(place, NULL, "no", POLICY("Deny", "rekognition:Search*"));
    assert_denied(place, OPERATOR_KEY, "rekognition:SearchFaces",
                  "User: arn:aws:iam::000000000000:root is not");
    assert_true(permits(place, OPERATOR_KEY, "rekognition:ListFaces", NULL));
}

static void policies_of_one_account_do_not_reach_another(void **state) {
    struct place *place = *state;
    char id[STORE_ACCOUNT_ID + 1];
    int64_t other = make_account(place, id);
    struct account_secret anna = make_key(place, other, "anna");
    put_policy(place, NULL, "all", POLICY("Allow", "*"));
    assert_denied(place, anna.access_key, "rekognition:ListFaces", "because no");
    DO(accounts_policy_put(place->accounts, other, NULL, "all", POLICY("Allow", "*"), &failure));
    assert_true(permits(place, anna.access_key, "rekognition:ListFaces", NULL));
}

static void a_suspended_account_is_known_and_may_do_nothing(void **state) {
    struct place *place = *state;
    struct store_account account;
    struct error err;
    char id[STORE_ACCOUNT_ID + 1];
    int64_t number = make_account(place, id);
    struct account_secret root = make_key(place, number, "root");
    DO(accounts_policy_put(place->accounts, number, NULL, "none", POLICY("Deny", "rekognition:S*"),
                           &failure));
    DO(store_account_get(place->store, place->arena, id, &account, &failure));
    account.status = STORE_ACCOUNT_SUSPENDED;
    account.is_operator = true; /* not the caller's to say */
    DO(accounts_update(place->accounts, &account, &failure));
    assert_denied(place, root.access_key, "rekognition:ListFaces", "is not active");
    account.status = STORE_ACCOUNT_ACTIVE;
    DO(accounts_update(place->accounts, &account, &failure));
    assert_true(permits(place, root.access_key, "rekognition:ListFaces", NULL));
    assert_denied(place, root.access_key, "rekognition:SearchFaces", "explicit"); /* policies have stayed */
    struct principal principal;
    assert_true(knows(place, root.access_key, &principal) && !principal.is_operator);
    DO(store_account_get(place->store, place->arena, "000000000000", &account, &failure));
    account.status = STORE_ACCOUNT_CLOSED;
    assert_false(accounts_update(place->accounts, &account, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
}

static void forms_that_are_wrong_are_refused(void **state) {
    struct place *place = *state;
    const struct store_account good = {
        .legal_name = "X", .country = "GB", .contact = "", .registrations = "[]", .settings = "{}"};
    struct store_account wrong[10];
    struct account_secret secret;
    struct error err;
    char id[STORE_ACCOUNT_ID + 1], longest[LIMIT_ACCOUNT_TEXT + 2] = "";
    int64_t number;
    memset(longest, 'x', sizeof longest - 1);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        wrong[i] = good;
    wrong[0].legal_name = "";
    wrong[1].legal_name = longest;
    wrong[2].country = "gb";
    wrong[3].country = "";
    wrong[4].contact = longest;
    wrong[5].registrations = "{}";
    wrong[6].registrations = "[{\"Kind\": \"LEI\"}]";
    wrong[7].settings = "[]";
    wrong[8].settings = "{\"RetentionDays\": -1}";
    wrong[9].settings = "{\"KeyRates\": {\"Searching\": {\"Rate\": 1, \"Burst\": 1}}}";
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(accounts_create(place->accounts, &wrong[i], id, &number, &err));
        assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    }
    assert_false(accounts_key_create(place->accounts, STORE_OPERATOR, "", 0, &secret, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    assert_false(accounts_key_create(place->accounts, STORE_OPERATOR, "a b", 0, &secret, &err));
    assert_false(accounts_key_create(place->accounts, STORE_OPERATOR, longest, 0, &secret, &err));
    assert_false(
        accounts_policy_put(place->accounts, STORE_OPERATOR, NULL, "a/b", POLICY("Allow", "*"), &err));
    assert_false(accounts_policy_put(place->accounts, STORE_OPERATOR, NULL, "a", "{}", &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
}

static void settings_are_read_member_by_member(void **state) {
    (void)state;
    struct account_settings settings;
    struct error err;
    DO(account_settings_parse(
        bytes_of("{\"LawfulBasis\": \"consent\", \"RetentionDays\": 30, \"RequirePurpose\": true,"
                 " \"ProbesAlike\": 0, \"KeyRates\": {\"Search\": {\"Rate\": 0.5, \"Burst\": 3}},"
                 " \"AccountRates\": {\"Faces\": {\"Rate\": 0, \"Burst\": 1}}}"),
        false, &settings, &failure));
    assert_string_equal(settings.lawful_basis, "consent");
    assert_true(settings.retention_days == 30 && settings.require_purpose && settings.probes_alike == 0);
    assert_true(settings.key_rates[QUOTA_SEARCH].rate == 0.5 && settings.key_rates[QUOTA_SEARCH].burst == 3);
    assert_true(settings.key_rates[QUOTA_FACES].rate > 0 && settings.account_rates[QUOTA_FACES].rate == 0);
    static const char *const wrong[] = {
        "",
        "{\"More\": 1}",
        "{\"Purpose\": 1}",
        "{\"RequirePurpose\": \"true\"}",
        "{\"RetentionDays\": 36526}",
        "{\"ProbesAlike\": 1.5}",
        "{\"KeyRates\": []}",
        "{\"KeyRates\": {\"Search\": {\"Rate\": 1}}}",
        "{\"KeyRates\": {\"Search\": {\"Rate\": -1, \"Burst\": 1}}}",
        "{\"KeyRates\": {\"Search\": {\"Rate\": 1, \"Burst\": 0}}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(account_settings_parse(bytes_of(wrong[i]), false, &settings, &err));
        assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    }
}

static void keys_of_one_person_are_one_person(void **state) {
    struct place *place = *state;
    struct principal anna, again, berta, other;
    char id[STORE_ACCOUNT_ID + 1];
    int64_t account = make_account(place, id);
    assert_true(knows(place, make_key(place, STORE_OPERATOR, "anna").access_key, &anna));
    assert_true(knows(place, make_key(place, STORE_OPERATOR, "Anna").access_key, &again));
    assert_true(knows(place, make_key(place, STORE_OPERATOR, "berta").access_key, &berta));
    assert_true(knows(place, make_key(place, account, "anna").access_key, &other));
    assert_true(principal_is_same_person(&anna, &again));
    assert_false(principal_is_same_person(&anna, &berta));
    assert_false(principal_is_same_person(&anna, &other));
}

static void the_last_use_of_a_key_is_remembered(void **state) {
    struct place *place = *state;
    struct principal principal;
    struct account_key *keys;
    size_t count;
    assert_true(knows(place, OPERATOR_KEY, &principal));
    for (int i = 0; i < 3; i++) { /* in memory, on disk, and in another life */
        DO(accounts_keys_list(place->accounts, place->arena, STORE_OPERATOR, NULL, 10, &keys, &count,
                              &failure));
        assert_true(count == 1 && keys[0].enabled);
        assert_string_equal(keys[0].person, "root");
        assert_int_equal(keys[0].used_ms, i == 0 ? 0 : 4000);
        if (i == 0) {
            accounts_key_used(place->accounts, &principal, 4000);
            accounts_key_used(place->accounts, &principal, 3000);
            DO(accounts_key_enable(place->accounts, STORE_OPERATOR, OPERATOR_KEY, true, &failure));
            DO(accounts_flush(place->accounts, &failure));
        } else {
            reopen(place);
        }
    }
}

static void a_stolen_database_does_not_hold_a_secret(void **state) {
    struct place *place = *state;
    static char data[8 << 20];
    struct account_secret made = make_key(place, STORE_OPERATOR, "anna"), again;
    DO(accounts_key_rotate(place->accounts, STORE_OPERATOR, made.access_key, 60, &again, &failure));
    close_accounts(place);
    char path[128];
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    int fd = open(path, O_RDONLY);
    ssize_t size = read(fd, data, sizeof data);
    close(fd);
    assert_true(size > 0);
    assert_non_null(memmem(data, (size_t)size, made.access_key, 20));
    assert_null(memmem(data, (size_t)size, made.secret, 40));
    assert_null(memmem(data, (size_t)size, again.secret, 40));
    assert_null(memmem(data, (size_t)size, OPERATOR_SECRET, strlen(OPERATOR_SECRET)));
}

/* --- lookups during changes --- */

struct looking {
    struct place *place;
    atomic_bool stop;
    atomic_int wrong, found;
    const char *changing;
};

static void *look(void *context) {
    struct looking *looking = context;
    while (!atomic_load(&looking->stop)) {
        struct principal principal;
        struct error err;
        struct access_request request = {.action = BYTES_LITERAL("rekognition:ListFaces"),
                                         .resource = BYTES_LITERAL("*")};
        bool found = accounts_find_key(looking->place->accounts, bytes_of(OPERATOR_KEY), clock_now_ms(),
                                       &principal, &err);
        if (!found || strcmp(principal.secret, OPERATOR_SECRET) != 0 ||
            !accounts_permit(looking->place->accounts, &principal, &request, &err))
            atomic_fetch_add(&looking->wrong, 1);
        if (accounts_find_key(looking->place->accounts, bytes_of(looking->changing), clock_now_ms(),
                              &principal, &err)) {
            atomic_fetch_add(&looking->found, 1);
            accounts_key_used(looking->place->accounts, &principal, clock_now_ms());
            if (strlen(principal.secret) != KEYS_MADE_SECRET)
                atomic_fetch_add(&looking->wrong, 1);
        }
    }
    return NULL;
}

static void who_looks_during_changes_sees_whole_keys(void **state) {
    enum { THREADS = 3, CHANGES = 60 };
    struct place *place = *state;
    pthread_t threads[THREADS];
    struct account_secret made = make_key(place, STORE_OPERATOR, "anna"), again;
    struct looking looking = {.place = place, .changing = made.access_key};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look, &looking), 0);
    for (int i = 0; i < CHANGES; i++) {
        DO(accounts_key_rotate(place->accounts, STORE_OPERATOR, made.access_key, 1, &again, &failure));
        put_policy(place, i % 2 ? "root" : NULL, "search", POLICY("Allow", "rekognition:Search*"));
        if (i % 3 == 0)
            DO(accounts_flush(place->accounts, &failure));
    }
    atomic_store(&looking.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&looking.wrong), 0);
    assert_true(atomic_load(&looking.found) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_key_of_the_file_is_the_operators_root),
        EACH(keys_that_nobody_has_are_not_found),
        EACH(sections_that_are_added_to_the_file_are_taken_over_once),
        EACH(without_the_file_there_is_a_new_key),
        EACH(a_new_key_signs_at_once_and_after_a_restart),
        EACH(a_disabled_or_expired_key_is_not_found),
        EACH(a_rotated_key_knows_its_old_secret_for_a_while),
        EACH(an_account_changes_only_its_own_keys),
        EACH(what_is_undone_has_never_been),
        EACH(a_person_may_do_only_what_a_policy_allows),
        EACH(root_may_do_all_but_what_is_denied),
        EACH(policies_of_one_account_do_not_reach_another),
        EACH(a_suspended_account_is_known_and_may_do_nothing),
        EACH(forms_that_are_wrong_are_refused),
        cmocka_unit_test(settings_are_read_member_by_member),
        EACH(keys_of_one_person_are_one_person),
        EACH(the_last_use_of_a_key_is_remembered),
        EACH(a_stolen_database_does_not_hold_a_secret),
        EACH(who_looks_during_changes_sees_whole_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
