/* What the tests of accounts share: a store with its accounts in a folder of its own. */
#ifndef ACCOUNT_TEST_SUPPORT_H
#define ACCOUNT_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include "account/accounts.h"
#include "base/clock.h"

#define OPERATOR_KEY "OPERATORKEY"
#define OPERATOR_SECRET "operator-secret"

struct place {
    char folder[64], credentials[96];
    struct store *store;
    struct accounts *accounts;
    struct arena *arena;
};

static struct error failure;

/* What may not fail; it tells why in `failure`. */
#define DO(call)                          \
    do {                                  \
        if (!(call))                      \
            fail_msg("%s", failure.text); \
    } while (0)

static inline void write_credentials(struct place *place, const char *text) {
    FILE *file = fopen(place->credentials, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    fclose(file);
}

static inline void close_accounts(struct place *place) {
    accounts_close(place->accounts);
    store_close(place->store);
    place->accounts = NULL;
    place->store = NULL;
}

static inline void open_accounts(struct place *place) {
    DO(store_open(place->folder, &place->store, &failure));
    DO(accounts_open(place->store, place->folder, &place->accounts, &failure));
}

static inline void reopen(struct place *place) {
    close_accounts(place);
    open_accounts(place);
}

static inline int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/test-accounts-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->credentials, sizeof place->credentials, "%s/credentials", place->folder);
    write_credentials(place, "[default]\naws_access_key_id = " OPERATOR_KEY "\n"
                             "aws_secret_access_key = " OPERATOR_SECRET "\n");
    place->arena = arena_new(64 << 20);
    open_accounts(place);
    *state = place;
    return 0;
}

static inline int clear_place(void **state) {
    struct place *place = *state;
    char command[128];
    close_accounts(place);
    arena_free(place->arena);
    snprintf(command, sizeof command, "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static inline bool knows(struct place *place, const char *key, struct principal *ret_principal) {
    struct error err;
    bool found = accounts_find_key(place->accounts, bytes_of(key), clock_now_ms(), ret_principal, &err);
    if (!found)
        assert_int_equal(err.code, ERROR_UNRECOGNIZED_CLIENT);
    return found;
}

static inline struct account_secret make_key(struct place *place, int64_t account, const char *person) {
    struct account_secret secret;
    DO(accounts_key_create(place->accounts, account, person, 0, &secret, &failure));
    return secret;
}

static inline int64_t make_account(struct place *place, char ret_id[STORE_ACCOUNT_ID + 1]) {
    const struct store_account account = {.legal_name = "Example Ltd",
                                          .country = "GB",
                                          .contact = "office@example.org",
                                          .registrations = "[{\"Kind\": \"LEI\", \"Value\": \"1\"}]",
                                          .settings = "{\"Purpose\": \"access control\"}"};
    int64_t number = 0;
    DO(accounts_create(place->accounts, &account, ret_id, &number, &failure));
    return number;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, clear_place)

#endif
