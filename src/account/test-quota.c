/* Rates of keys and accounts, with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "account/quota.h"
#include "base/limits.h"

#define SECOND UINT64_C(1000000000)

static struct quotas *quotas;

static int make(void **state) {
    (void)state;
    return (quotas = quotas_new()) ? 0 : -1;
}

static int clear(void **state) {
    (void)state;
    quotas_free(quotas);
    return 0;
}

static struct quota_demand demand_of(const char *key, const char *account) {
    return (struct quota_demand){.key = bytes_of(key),
                                 .account = bytes_of(account),
                                 .family = QUOTA_SEARCH,
                                 .key_rate = {2, 4},
                                 .account_rate = {10, 6}};
}

/* How many of `tries` calls at one time are admitted; the last refusal into ret_code. */
static int admitted(const struct quota_demand *demand, int tries, uint64_t now_ns,
                    enum error_code *ret_code) {
    struct error err;
    int count = 0;
    for (int i = 0; i < tries; i++) {
        if (quotas_admit(quotas, demand, now_ns, &err))
            count++;
        else
            *ret_code = err.code;
    }
    return count;
}

static void a_key_has_its_burst_and_then_its_rate(void **state) {
    (void)state;
    struct quota_demand demand = demand_of("A", "1");
    enum error_code code = ERROR_INTERNAL;
    demand.account_rate.rate = 0;
    assert_int_equal(admitted(&demand, 10, SECOND, &code), 4);
    assert_int_equal(code, ERROR_THROTTLED);
    assert_int_equal(admitted(&demand, 10, SECOND + SECOND / 4, &code), 0);
    assert_int_equal(admitted(&demand, 10, 2 * SECOND, &code), 2);
    assert_int_equal(admitted(&demand, 10, 100 * SECOND, &code), 4); /* never more than the burst */
    assert_int_equal(admitted(&demand, 10, 99 * SECOND, &code), 0);  /* nor by a clock that goes back */
}

static void an_account_shares_its_rate_among_its_keys(void **state) {
    (void)state;
    struct quota_demand one = demand_of("A", "1"), other = demand_of("B", "1"), third = demand_of("C", "2");
    enum error_code code = ERROR_INTERNAL;
    assert_int_equal(admitted(&one, 9, SECOND, &code), 4);
    assert_int_equal(code, ERROR_THROTTLED);
    assert_int_equal(admitted(&other, 9, SECOND, &code), 2);
    assert_int_equal(code, ERROR_THROUGHPUT);
    assert_int_equal(admitted(&third, 9, SECOND, &code), 4);
    /* What the account refused was not taken from the key: it has two left. */
    other.account = bytes_of("3");
    assert_int_equal(admitted(&other, 9, SECOND, &code), 2);
}

static void families_are_counted_apart(void **state) {
    (void)state;
    struct quota_demand search = demand_of("A", "1"), write = search;
    enum error_code code = ERROR_INTERNAL;
    write.family = QUOTA_WRITE;
    assert_int_equal(admitted(&search, 9, SECOND, &code), 4);
    assert_int_equal(admitted(&write, 9, SECOND, &code), 4);
    struct quota_counts counts = quotas_counts(quotas, QUOTA_SEARCH);
    assert_true(counts.admitted == 4 && counts.key_throttled == 5 && counts.account_throttled == 0);
    assert_int_equal(quotas_counts(quotas, QUOTA_READ).admitted, 0);
}

static void without_a_rate_there_is_no_limit(void **state) {
    (void)state;
    struct quota_demand demand = demand_of("A", "1");
    enum error_code code = ERROR_INTERNAL;
    demand.key_rate = demand.account_rate = (struct quota_rate){0, 0};
    assert_int_equal(admitted(&demand, 10000, SECOND, &code), 10000);
}

static void more_keys_than_there_is_room_for_do_no_harm(void **state) {
    (void)state;
    char key[16];
    enum error_code code = ERROR_INTERNAL;
    for (int i = 0; i < 3 * LIMIT_QUOTA_BUCKETS; i++) {
        snprintf(key, sizeof key, "K%d", i);
        struct quota_demand demand = demand_of(key, key);
        assert_int_equal(admitted(&demand, 1, SECOND + (uint64_t)i, &code), 1);
    }
    struct quota_demand last = demand_of(key, key);
    assert_int_equal(admitted(&last, 9, 2 * SECOND, &code), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_key_has_its_burst_and_then_its_rate),
        TEST(an_account_shares_its_rate_among_its_keys),
        TEST(families_are_counted_apart),
        TEST(without_a_rate_there_is_no_limit),
        TEST(more_keys_than_there_is_room_for_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
