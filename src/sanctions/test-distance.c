#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/distance.h"

static void distances_are_symmetric_and_zero_only_for_what_sounds_the_same(void **state) {
    (void)state;
    static const char *const words[] = {"dmitrii", "dmitry", "khasan", "hassan", "zhukov",
                                        "schukow", "anna",   "a",      "x",      "permsk"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        for (size_t j = 0; j < ARRAY_LEN(words); j++) {
            struct token a, b;
            token_make(bytes_of(words[i]), SCRIPT_LATIN, &a);
            token_make(bytes_of(words[j]), j % 2 ? SCRIPT_VOWELLESS : SCRIPT_LATIN, &b);
            assert_int_equal(token_cost(&a, &b, 10000), token_cost(&b, &a, 10000));
            if (i == j)
                assert_int_equal(token_cost(&a, &b, 10000), 0);
        }
}

static uint32_t next(uint32_t *random) {
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

/* Of few letters, so that words are often alike; sometimes longer than the lanes. */
static void make_up(uint32_t *random, struct token *ret_token) {
    char text[LIMIT_TOKEN];
    size_t len = 1 + next(random) % (next(random) % 8 ? 10 : LIMIT_TOKEN);
    for (size_t i = 0; i < len; i++)
        text[i] = "aaeioukhszctdywvnlr1"[next(random) % 20];
    token_make((struct bytes){text, len}, (enum script)(next(random) % 4), ret_token);
    if (next(random) % 4 == 0)
        ret_token->ending = (uint8_t)(next(random) % MIN(3, ret_token->phone_count));
}

/* The word with up to three letters exchanged, left out or swapped. */
static void misspell(uint32_t *random, const struct token *token, struct token *ret_token) {
    char text[LIMIT_TOKEN];
    size_t len = token->len;
    memcpy(text, token->text, len);
    for (unsigned slips = next(random) % 4; slips > 0 && len > 1; slips--) {
        size_t at = next(random) % (len - 1);
        char first = text[at];
        switch (next(random) % 3) {
        case 0:
            text[at] = "aikhz"[next(random) % 5];
            break;
        case 1:
            memmove(text + at, text + at + 1, --len - at);
            break;
        default:
            text[at] = text[at + 1];
            text[at + 1] = first;
        }
    }
    token_make((struct bytes){text, len}, (enum script)(next(random) % 4), ret_token);
    ret_token->ending = token->ending < ret_token->phone_count ? token->ending : 0;
}

static void a_profile_measures_what_the_table_says(void **state) {
    (void)state;
    static struct token_profile profile;
    uint32_t random = 1;
    size_t near = 0;
    for (int round = 0; round < 3000; round++) {
        struct token word, other;
        make_up(&random, &word);
        profile_begin(&profile, &word);
        for (int k = 0; k < 10; k++) {
            unsigned limit = next(&random) % 300;
            if (k % 2)
                make_up(&random, &other);
            else
                misspell(&random, &word, &other);
            unsigned cost = MIN(token_cost(&word, &other, limit), limit + 1);
            assert_int_equal(MIN(profile_cost(&profile, &other, limit), limit + 1), cost);
            near += cost > 0 && cost <= limit;
        }
    }
    assert_true(near > 3000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_symmetric_and_zero_only_for_what_sounds_the_same),
        cmocka_unit_test(a_profile_measures_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
