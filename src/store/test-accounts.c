/* What store.h promises of accounts, access keys and policies. */
#define _GNU_SOURCE /* memmem */
#include <sodium.h>
#include "store/test-support.h"
#include "base/limits.h"

static const struct store_account example = {.id = "123456789012",
                                             .legal_name = "Example Ltd",
                                             .country = "GB",
                                             .contact = "office@example.org",
                                             .registrations = "[]",
                                             .settings = "{}",
                                             .created_ms = 1234};

static int64_t make_account(struct place *place) {
    struct error err;
    int64_t number;
    if (!store_account_create(place->store, &example, &number, &err))
        fail_msg("%s", err.text);
    return number;
}

static struct store_key key_of(int64_t account, const char *id, const char *secret) {
    struct store_key key = {.id = id, .account = account, .person = "Anna", .created_ms = 5};
    snprintf(key.secret, sizeof key.secret, "%s", secret);
    return key;
}

static void put_key(struct place *place, const struct store_key *key) {
    struct error err;
    if (!store_key_put(place->store, key, &err))
        fail_msg("%s", err.text);
}

static bool find_key(struct place *place, const char *id, struct store_key *ret_key) {
    struct error err;
    bool found;
    if (!store_key_find(place->store, place->arena, id, ret_key, &found, &err))
        fail_msg("%s", err.text);
    return found;
}

static bool count_account(void *context, const struct store_account *account, struct error *err) {
    (void)account, (void)err;
    return ++*(int *)context < 100;
}

static bool count_key(void *context, const struct store_key *key, struct error *err) {
    (void)key, (void)err;
    return ++*(int *)context < 5000;
}

static bool join_policy(void *context, const struct store_policy *policy, struct error *err) {
    char *names = context;
    (void)err;
    snprintf(names + strlen(names), 64 - strlen(names), "%s/%s ", policy->person, policy->name);
    return true;
}

static void the_operators_account_is_there_from_the_first_start(void **state) {
    struct place *place = *state;
    struct store_account account;
    int count = 0;
    assert_true(store_account_get(place->store, place->arena, "000000000000", &account, NULL));
    assert_true(account.number == STORE_OPERATOR && account.is_operator);
    assert_true(account.status == STORE_ACCOUNT_ACTIVE && account.created_ms > INT64_C(1700000000000));
    assert_true(store_accounts_each(place->store, 0, 10, count_account, &count, NULL) && count == 1);
    assert_int_equal(place->people.account, STORE_OPERATOR);
}

static void an_account_keeps_what_it_was_told_after_a_restart(void **state) {
    struct place *place = *state;
    struct store_account account, change = example;
    struct error err;
    int64_t number = make_account(place);
    assert_false(store_account_create(place->store, &example, &number, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    change.number = number;
    change.legal_name = "Example plc";
    change.status = STORE_ACCOUNT_SUSPENDED;
    assert_true(store_account_update(place->store, &change, NULL));
    reopen(place);
    assert_true(store_account_get(place->store, place->arena, example.id, &account, NULL));
    assert_string_equal(account.legal_name, "Example plc");
    assert_string_equal(account.country, "GB");
    assert_true(account.status == STORE_ACCOUNT_SUSPENDED && !account.is_operator);
    assert_int_equal(account.created_ms, 1234);
    change.number = 99;
    assert_false(store_account_update(place->store, &change, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_account_get(place->store, place->arena, "999999999999", &account, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void accounts_end_at_their_limit(void **state) {
    struct place *place = *state;
    struct error err;
    int64_t number;
    change_file(place,
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i+1 FROM n WHERE i<10000)"
                "INSERT INTO accounts SELECT NULL, printf('1%011d', i), '', '', '', '[]', '{}', 0, 0, 0"
                " FROM n");
    reopen(place);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM accounts"), LIMIT_ACCOUNTS);
    assert_false(store_account_create(place->store, &example, &number, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
}

static void a_key_comes_back_with_its_secrets(void **state) {
    struct place *place = *state;
    struct store_key key = key_of(STORE_OPERATOR, "KEY1", "first-secret"), found;
    put_key(place, &key);
    snprintf(key.previous, sizeof key.previous, "%s", key.secret);
    snprintf(key.secret, sizeof key.secret, "second-secret");
    key.previous_until_ms = 77;
    key.expires_ms = 99;
    key.status = STORE_KEY_DISABLED;
    put_key(place, &key);
    assert_true(store_key_used(place->store, "KEY1", 55, NULL));
    assert_true(store_key_used(place->store, "KEY1", 44, NULL)); /* does not go back */
    reopen(place);
    assert_true(find_key(place, "KEY1", &found));
    assert_string_equal(found.secret, "second-secret");
    assert_string_equal(found.previous, "first-secret");
    assert_string_equal(found.person, "Anna");
    assert_true(found.previous_until_ms == 77 && found.expires_ms == 99 && found.used_ms == 55);
    assert_true(found.status == STORE_KEY_DISABLED && found.created_ms == 5);
    assert_false(find_key(place, "KEY2", &found));
}

/* Of all files but master.key. */
static bool store_holds(const struct place *place, const char *needle) {
    static const char *const names[] = {"store.db", "store.db-wal"};
    static char data[8 << 20];
    bool held = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        FILE *stream = fopen(path, "rb");
        if (!stream)
            continue;
        size_t size = fread(data, 1, sizeof data, stream);
        fclose(stream);
        held = held || memmem(data, size, needle, strlen(needle));
    }
    return held;
}

static void a_stolen_database_does_not_yield_the_secrets(void **state) {
    struct place *place = *state;
    struct store_key key = key_of(STORE_OPERATOR, "KEY1", "particularly-secret"), found;
    char path[128];
    bool there;
    snprintf(key.previous, sizeof key.previous, "formerly-secret");
    put_key(place, &key);
    assert_true(store_holds(place, "KEY1"));
    assert_false(store_holds(place, "particularly") || store_holds(place, "formerly"));
    store_close(place->store);
    place->store = NULL;
    assert_false(store_holds(place, "particularly") || store_holds(place, "formerly"));
    /* With another master.key they do not open either. */
    change_file(place, "DELETE FROM collections; DELETE FROM master");
    snprintf(path, sizeof path, "%s/master.key", place->folder);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    assert_int_equal(fwrite("12345678901234567890123456789012", 1, 32, stream), 32);
    fclose(stream);
    reopen(place);
    struct error err;
    assert_false(store_key_find(place->store, place->arena, "KEY1", &found, &there, &err));
    assert_non_null(strstr(err.text, "another master.key"));
}

static void a_sealed_secret_serves_neither_another_key_nor_another_account(void **state) {
    struct place *place = *state;
    struct store_key one = key_of(STORE_OPERATOR, "KEY1", "one"), found;
    struct store_key two = key_of(make_account(place), "KEY2", "two");
    struct error err;
    bool there;
    put_key(place, &one);
    put_key(place, &two);
    change_file(place, "UPDATE access_keys SET account=1 WHERE id='KEY2'");
    reopen(place);
    assert_false(store_key_find(place->store, place->arena, "KEY2", &found, &there, &err));
    change_file(place, "UPDATE access_keys SET account=2 WHERE id='KEY2';"
                       "UPDATE access_keys SET sealed_secret="
                       "(SELECT sealed_secret FROM access_keys WHERE id='KEY2') WHERE id='KEY1'");
    reopen(place);
    assert_true(find_key(place, "KEY2", &found));
    assert_false(store_key_find(place->store, place->arena, "KEY1", &found, &there, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
}

static void a_deleted_key_is_gone_and_its_id_stays_taken(void **state) {
    struct place *place = *state;
    struct store_key key = key_of(STORE_OPERATOR, "KEY1", "secret"), found;
    struct error err;
    int count = 0;
    put_key(place, &key);
    assert_false(store_key_delete(place->store, make_account(place), "KEY1", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_key_delete(place->store, STORE_OPERATOR, "KEY1", NULL));
    assert_true(find_key(place, "KEY1", &found));
    assert_true(found.status == STORE_KEY_DELETED && found.secret[0] == 0 && found.previous[0] == 0);
    assert_true(store_keys_each(place->store, 0, NULL, 10, count_key, &count, NULL) && count == 0);
    assert_false(store_key_put(place->store, &key, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_false(store_key_delete(place->store, STORE_OPERATOR, "KEY1", &err));
}

static void the_id_of_anothers_key_cannot_be_taken(void **state) {
    struct place *place = *state;
    struct store_key key = key_of(STORE_OPERATOR, "KEY1", "secret"), found;
    struct store_key thief = key_of(make_account(place), "KEY1", "mine");
    struct error err;
    put_key(place, &key);
    assert_false(store_key_put(place->store, &thief, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_true(find_key(place, "KEY1", &found));
    assert_string_equal(found.secret, "secret");
    thief.account = 99;
    assert_false(store_key_put(place->store, &thief, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void keys_are_listed_by_account_and_page_and_end_at_their_limit(void **state) {
    struct place *place = *state;
    struct error err;
    int64_t account = make_account(place);
    int all = 0, page = 0, others = 0;
    char id[16];
    assert_true(store_begin(place->store, NULL));
    for (int i = 0; i < LIMIT_ACCOUNT_KEYS; i++) {
        snprintf(id, sizeof id, "K%04d", i);
        struct store_key key = key_of(account, id, "s");
        put_key(place, &key);
    }
    assert_true(store_commit(place->store, NULL));
    struct store_key more = key_of(account, "MORE", "s"), other = key_of(STORE_OPERATOR, "OTHER", "s");
    assert_false(store_key_put(place->store, &more, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    put_key(place, &other);
    assert_true(store_keys_each(place->store, 0, NULL, 5000, count_key, &all, NULL));
    assert_true(store_keys_each(place->store, account, "K0989", 100, count_key, &page, NULL));
    assert_true(store_keys_each(place->store, STORE_OPERATOR, NULL, 100, count_key, &others, NULL));
    assert_true(all == LIMIT_ACCOUNT_KEYS + 1 && page == 10 && others == 1);
}

static void accounts_have_collections_and_tokens_of_their_own(void **state) {
    struct place *place = *state;
    struct store_collection theirs, *list;
    struct sha256 digest = {{1}};
    struct error err;
    const char *reply;
    size_t count;
    int64_t other = make_account(place);
    assert_true(store_collection_create(place->store, other, "people", "2.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_collection_create(place->store, other, "staff", "2.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_collection_get(place->store, place->arena, other, "people", &theirs, NULL));
    assert_true(theirs.account == other && theirs.number != place->people.number);
    assert_true(
        store_collection_list(place->store, place->arena, STORE_OPERATOR, NULL, 9, &list, &count, NULL));
    assert_true(count == 1 && list[0].number == place->people.number);
    assert_false(store_collection_get(place->store, place->arena, STORE_OPERATOR, "staff", &theirs, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_collection_rename(place->store, STORE_OPERATOR, "staff", "mine", &err));
    assert_false(store_collection_copy(place->store, STORE_OPERATOR, "staff", "mine", &err));
    assert_false(store_collection_delete(place->store, STORE_OPERATOR, "staff", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_collection_copy(place->store, other, "people", "copy", NULL));
    assert_true(store_collection_rename(place->store, other, "copy", "renamed", NULL));
    assert_true(store_collection_delete(place->store, other, "people", NULL));
    assert_int_equal(get(place, "people").number, place->people.number);
    assert_true(store_token_keep(place->store, other, "CreateUser", "t", digest, BYTES_LITERAL("{}"), NULL));
    assert_true(store_token_find(place->store, place->arena, STORE_OPERATOR, "CreateUser", "t", digest,
                                 &reply, NULL));
    assert_null(reply);
    assert_true(store_token_find(place->store, place->arena, other, "CreateUser", "t", digest, &reply, NULL));
    assert_string_equal(reply, "{}");
}

static void policies_are_kept_by_account_person_and_name(void **state) {
    struct place *place = *state;
    struct error err;
    char names[64] = "";
    struct store_policy policy = {STORE_OPERATOR, "anna", "read", "{}"};
    assert_true(store_policy_put(place->store, &policy, NULL));
    policy.person = "ANNA"; /* the same person */
    policy.document = "{\"Version\":1}";
    assert_true(store_policy_put(place->store, &policy, NULL));
    policy.person = "";
    assert_true(store_policy_put(place->store, &policy, NULL));
    policy.account = 99;
    assert_false(store_policy_put(place->store, &policy, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_policies_each(place->store, STORE_OPERATOR, join_policy, names, NULL));
    assert_string_equal(names, "/read anna/read ");
    assert_int_equal(ask_file(place, "SELECT count(*) FROM policies WHERE document LIKE '%Version%'"), 2);
    assert_true(store_policy_delete(place->store, STORE_OPERATOR, "Anna", "read", NULL));
    assert_false(store_policy_delete(place->store, STORE_OPERATOR, "anna", "read", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void policies_end_at_their_limit(void **state) {
    struct place *place = *state;
    struct error err;
    char name[16];
    struct store_policy policy = {STORE_OPERATOR, "anna", name, "{}"};
    for (int i = 0; i < LIMIT_ACCOUNT_POLICIES; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_true(store_policy_put(place->store, &policy, NULL));
    }
    assert_true(store_policy_put(place->store, &policy, NULL)); /* one that is there */
    policy.name = "more";
    assert_false(store_policy_put(place->store, &policy, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
}

static void keys_for_different_uses_differ_and_stay(void **state) {
    struct place *place = *state;
    uint8_t one[32], again[32], other[32];
    store_derived_key(place->store, "one", one);
    store_derived_key(place->store, "other", other);
    reopen(place);
    store_derived_key(place->store, "one", again);
    assert_memory_equal(one, again, sizeof one);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_operators_account_is_there_from_the_first_start),
        EACH(an_account_keeps_what_it_was_told_after_a_restart),
        EACH(accounts_end_at_their_limit),
        EACH(a_key_comes_back_with_its_secrets),
        EACH(a_stolen_database_does_not_yield_the_secrets),
        EACH(a_sealed_secret_serves_neither_another_key_nor_another_account),
        EACH(a_deleted_key_is_gone_and_its_id_stays_taken),
        EACH(the_id_of_anothers_key_cannot_be_taken),
        EACH(keys_are_listed_by_account_and_page_and_end_at_their_limit),
        EACH(accounts_have_collections_and_tokens_of_their_own),
        EACH(policies_are_kept_by_account_person_and_name),
        EACH(policies_end_at_their_limit),
        EACH(keys_for_different_uses_differ_and_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
