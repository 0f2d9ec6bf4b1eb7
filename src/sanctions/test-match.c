#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include "sanctions/assignment.h"
#include "sanctions/match.h"
#include "sanctions/name_index.h"

static struct name_reader *reader;

static int open_reader(void **state) {
    (void)state;
    return name_reader_new(&reader, NULL) ? 0 : -1;
}

static int close_reader(void **state) {
    (void)state;
    name_reader_free(reader);
    return 0;
}

static float score(const char *a, const char *b, enum name_schema schema) {
    static struct name_readings first, second;
    struct match there, back;
    assert_true(name_read(reader, bytes_of(a), schema, &first, NULL));
    assert_true(name_read(reader, bytes_of(b), schema, &second, NULL));
    readings_match(&first, &second, &there, NULL, NULL);
    readings_match(&second, &first, &back, NULL, NULL);
    assert_float_equal(there.score, back.score, 0);
    assert_true(there.score >= 0 && there.score <= 1);
    return there.score;
}

struct pair {
    const char *a, *b;
};

static void assert_pairs(const struct pair *pairs, size_t count, enum name_schema schema, bool match) {
    for (size_t i = 0; i < count; i++) {
        float got = score(pairs[i].a, pairs[i].b, schema);
        if ((got >= MATCH_REVIEW) != match)
            fail_msg("%s and %s score %.3f", pairs[i].a, pairs[i].b, (double)got);
    }
}

static void equal_names_score_one(void **state) {
    (void)state;
    static const char *const names[] = {"Ivan Petrovich Testov",
                                        "ООО Проба",
                                        "عبد العزيز",
                                        "金正恩",
                                        "X",
                                        "Mr. Q",
                                        "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",
                                        "44",
                                        "The Company Ltd"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_float_equal(score(names[i], names[i], NAME_PERSON), 1, 0);
        assert_float_equal(score(names[i], names[i], NAME_ENTITY), 1, 0);
    }
}

static void the_order_of_words_does_not_matter(void **state) {
    (void)state;
    assert_float_equal(score("Ivan Petrovich Testov", "TESTOV, Ivan Petrovich", NAME_PERSON), 1, 0);
    assert_float_equal(score("Probe Handel Berlin", "Berlin Probe Handel", NAME_ENTITY), 1, 0);
}

static void romanisations_of_one_name_match(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"Dmitrii Testiannikov", "Dmitry Vladimirovich TESTYANNIKOV"},
        {"Дмитрий Щербаков", "Dmitri Shcherbakov"},
        {"Сергій Юрійович Яценко", "Sergey Yuryevich Yatsenko"},
        {"Siarhei Aliaksandravich Probau", "Sergey Alexandrovich Probov"},
        {"Wladimir Schukow", "Vladimir Zhukov"},
        {"Алексей Ёлкин", "Aleksei Yolkin"},
        {"محمد علي حسين", "Mohamed Ali Hussein"},
        {"عبد العزيز", "Abdulaziz"},
        {"خالد محمود", "Khaled Mahmoud"},
        {"Γιώργος Παππάς", "Giorgos Pappas"},
        {"Muammar Qabbani", "Moammar Gabbani"},
        {"Abdur Rahman Siddiqi", "Abdul Rehman Seddiqi"},
    };
    assert_pairs(pairs, ARRAY_LEN(pairs), NAME_PERSON, true);
}

static void what_people_do_to_names_matches(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"Ivan Testov", "Ivan Petrovich Testov"}, /* a patronymic less */
        {"I. Testov", "Ivan Testov"},
        {"IvanTestov", "Ivan Testov"},
        {"Ivan Test ov", "Ivan Testov"},
        {"Bill Probemann", "William Probemann"},
        {"Ivan Tsetov", "Ivan Testov"},
        {"Dr. Ivan Testov", "Ivan Testov"},
        {"Ivan Ivan Testov", "Ivan Testov"},
        {"Ivan Maria de la Testov", "Ivan Testov"},
    };
    assert_pairs(pairs, ARRAY_LEN(pairs), NAME_PERSON, true);
}

static void another_name_is_another_person(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"Andrei Petrovich Testov", "Andrei Petrovich Probin"}, /* the family name is another */
        {"Andrei Petrovich Testov", "Andrei Ivanovich Testov"}, /* the father is another */
        {"Andrei Testov", "Viktor Testov"},
        {"A. Testov", "Viktor Testov"},
        {"Hans O Probemann", "Hans J Probemann"},
        {"A. T.", "Andrei Testov"},
        {"A. B. P. T.", "Andrei Boris Petrovich Testov"},
        {"Probe Hasan Ibrahim al-Beispili", "Probe Hasan Ibrahim al-Musteri"},
        {"Testov", "Andrei Testov"},
    };
    assert_pairs(pairs, ARRAY_LEN(pairs), NAME_PERSON, false);
}

static void companies_match_across_forms_and_languages(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"OAO Probneft", "Open Joint Stock Company Probneft"},
        {"ООО Проба", "Proba LLC"},
        {"Пробный машиностроительный завод", "Probny Machine-Building Plant"},
        {"НИИ Тестатрон", "Testatron Scientific Research Institute"},
        {"Good Probe Company", "Goodprobe Company"},
        {"1st Testian Bank", "First Testian Bank"},
        {"Probe Metallurgy Test Industries", "PMTI"},
        {"АФК Проба", "Акционерная финансовая корпорация Проба"},
        {"Testatron Europe", "Testatron"},
    };
    assert_pairs(pairs, ARRAY_LEN(pairs), NAME_ENTITY, true);
}

static void words_that_many_bear_do_not_make_a_match(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"Alfaprobe Trading Company", "Betatest Trading Company"},
        {"Construction Ltd", "Construction Dredgeprobe LLC"},
        {"Bank of Estonia", "Bank of Ethiopia"},
        {"QXC Aviation", "QAU Aviation"},
        {"Testland Gas Company", "Testland Insurance Company Probe"},
    };
    assert_pairs(pairs, ARRAY_LEN(pairs), NAME_ENTITY, false);
}

static void numbers_that_differ_are_told_apart(void **state) {
    (void)state;
    float same = score("Probe Unit 7", "Probe Unit Seven", NAME_ENTITY);
    float other = score("Probe Unit 7", "Probe Unit 8", NAME_ENTITY);
    assert_float_equal(same, 1, 0);
    assert_true(other < MATCH_BLOCK && other < same);
}

static void the_explanation_accounts_for_the_score_and_for_each_word(void **state) {
    (void)state;
    static struct name_readings a, b;
    struct match match;
    size_t left, right, words = 0;
    assert_true(name_read(reader, bytes_of("Dmitrii Testiannikov"), NAME_PERSON, &a, NULL));
    assert_true(name_read(reader, bytes_of("Testyannikov, Dmitry Ivanovich"), NAME_PERSON, &b, NULL));
    readings_match(&a, &b, &match, &left, &right);
    assert_int_equal(match.pair_count, 2);
    for (size_t i = 0; i < match.pair_count; i++)
        words += match.pairs[i].b_count;
    assert_int_equal(words, 2); /* the patronymic is in none */
    assert_float_equal(match.score, 1 - match.spelling - match.missing - match.other - match.form, 1e-6);
    assert_string_equal(b.names[right].tokens[match.pairs[0].b].text, "dmitry");
}

/* The least sum over all ways, by trying them. */
static int least_of(size_t rows, size_t columns, int (*costs)[LIMIT_NAME_TOKENS], size_t row,
                    unsigned taken) {
    int least = 1 << 20;
    if (row == rows)
        return 0;
    for (size_t j = 0; j < columns; j++)
        if (!(taken >> j & 1)) {
            int sum = costs[row][j] + least_of(rows, columns, costs, row + 1, taken | 1u << j);
            least = MIN(least, sum);
        }
    return least;
}

static void an_assignment_costs_no_more_than_any_other(void **state) {
    (void)state;
    uint32_t random = 12345;
    for (int round = 0; round < 300; round++) {
        int costs[LIMIT_NAME_TOKENS][LIMIT_NAME_TOKENS];
        uint8_t column[LIMIT_NAME_TOKENS];
        size_t rows = 1 + (size_t)round % 6, columns = rows + (size_t)round % 2;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) {
                random = random * 1664525 + 1013904223;
                costs[i][j] = (int)(random >> 24) - 128;
            }
        assign(rows, columns, costs, column);
        unsigned taken = 0;
        int sum = 0;
        for (size_t i = 0; i < rows; i++) {
            assert_true(column[i] < columns && !(taken >> column[i] & 1));
            taken |= 1u << column[i];
            sum += costs[i][column[i]];
        }
        assert_int_equal(sum, least_of(rows, columns, costs, 0, 0));
    }
}

static struct name_index *index_of(const char *const *names, size_t count, enum name_schema schema) {
    static struct name_readings readings;
    struct name_index *index = name_index_new();
    assert_non_null(index);
    for (size_t i = 0; i < count; i++) {
        assert_true(name_read(reader, bytes_of(names[i]), schema, &readings, NULL));
        for (size_t k = 0; k < readings.count; k++)
            assert_true(name_index_add(index, &readings.names[k], (uint32_t)i, NULL));
    }
    assert_true(name_index_seal(index, NULL));
    return index;
}

static size_t find(struct name_index *index, const char *name, enum name_schema schema, struct name_hit *hits,
                   size_t maximum) {
    static struct name_readings readings;
    struct name_search *search = name_search_new(index);
    assert_non_null(search);
    assert_true(name_read(reader, bytes_of(name), schema, &readings, NULL));
    size_t count = name_search_find(search, &readings, MATCH_REVIEW, hits, maximum);
    assert_int_equal(name_search_find(search, &readings, MATCH_REVIEW, hits, maximum),
                     count); /* from memory */
    name_search_free(search);
    return count;
}

static void the_index_finds_what_matches_and_the_best_first(void **state) {
    (void)state;
    static const char *const names[] = {"Ivan Petrovich Testov", "Ivan Ivanovich Testow", "Viktor Probin",
                                        "Мария Тестова",         "محمد علي حسين",         "Abdulaziz Probe",
                                        "Olga Beispiel"};
    static const char *const asked[] = {"Testov Ivan",       "Mariya Testova", "Muhammad Ali Husayn",
                                        "Abd al-Aziz Probe", "O. Beispiel",    "VictorProbin"};
    static const uint32_t owners[] = {0, 3, 4, 5, 6, 2};
    struct name_index *index = index_of(names, ARRAY_LEN(names), NAME_PERSON);
    struct name_hit hits[8];
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        size_t count = find(index, asked[i], NAME_PERSON, hits, ARRAY_LEN(hits));
        if (count == 0 || hits[0].owner != owners[i])
            fail_msg("%s was not found", asked[i]);
        for (size_t k = 1; k < count; k++)
            assert_true(hits[k].match.score <= hits[k - 1].match.score);
    }
    assert_int_equal(find(index, "Testov Ivan", NAME_PERSON, hits, 1), 1);
    assert_int_equal(find(index, "Nobody Nowhere", NAME_PERSON, hits, ARRAY_LEN(hits)), 0);
    name_index_free(index);
}

static void the_index_finds_joined_words_and_initials(void **state) {
    (void)state;
    static const char *const names[] = {"Good Probe Company", "Probe Metallurgy Test Industries",
                                        "Testprobatron", "Zavod Proba", "44"};
    static const char *const asked[] = {"Goodprobe", "PMTI", "Test Probatron", "Proba plant", "Forty-four"};
    struct name_index *index = index_of(names, ARRAY_LEN(names), NAME_ENTITY);
    struct name_hit hits[4];
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        assert_true(find(index, asked[i], NAME_ENTITY, hits, ARRAY_LEN(hits)) > 0);
        assert_int_equal(hits[0].owner, i);
    }
    name_index_free(index);
}

static uint32_t next(uint32_t *random) {
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

/* A name of two or three words of few syllables. */
static void make_up(uint32_t *random, char out[64]) {
    static const char *const syllables[] = {"ka", "mo", "sha", "ri", "ten", "vol", "zhu", "be"};
    size_t len = 0;
    for (uint32_t i = 0, count = 4 + next(random) % 4; i < count; i++)
        len += (size_t)snprintf(out + len, 64 - len, "%s%s", i && i % 2 == 0 ? " " : "",
                                syllables[next(random) % ARRAY_LEN(syllables)]);
}

static void other_vowels_hide_no_name_from_a_search(void **state) {
    (void)state;
    enum { NAMES = 300, ASKED = 200 };
    static char texts[NAMES][64];
    static const char *names[NAMES];
    static struct name_hit hits[NAMES];
    uint32_t random = 7;
    size_t matches = 0;
    for (size_t i = 0; i < NAMES; i++) {
        make_up(&random, texts[i]);
        names[i] = texts[i];
    }
    struct name_index *index = index_of(names, NAMES, NAME_PERSON);
    for (size_t k = 0; k < ASKED; k++) {
        char asked[64];
        float scores[NAMES] = {0};
        memcpy(asked, texts[k], sizeof asked);
        for (uint32_t slips = next(&random) % 8; slips > 0; slips--) {
            char *letter = &asked[next(&random) % strlen(asked)];
            *letter = strchr("aeiou", *letter) ? "aeiou"[next(&random) % 5] : *letter;
        }
        size_t count = find(index, asked, NAME_PERSON, hits, NAMES);
        for (size_t i = 0; i < count; i++)
            scores[hits[i].owner] = hits[i].match.score;
        for (size_t i = 0; i < NAMES; i++) {
            float exact = score(names[i], asked, NAME_PERSON);
            assert_float_equal(scores[i], exact >= MATCH_REVIEW ? exact : 0, 0);
        }
        matches += count;
    }
    assert_true(matches > ASKED);
    name_index_free(index);
}

static void hostile_names_take_no_time(void **state) {
    (void)state;
    enum { NAMES = 3000 };
    static char texts[NAMES][64], asked[LIMIT_NAME_BYTES + 1];
    static const char *names[NAMES];
    static const char *const units[] = {"mohammad ali ", "a a ", "abababababababababababababababa ", "ivan-",
                                        "1 2 "};
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(texts[i], sizeof texts[i], "Mohammad Ali %c%c%c Ivan", 'a' + (int)(i % 26),
                 'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676));
        names[i] = texts[i];
    }
    struct name_index *index = index_of(names, NAMES, NAME_PERSON);
    struct name_hit hits[32];
    for (size_t k = 0; k < ARRAY_LEN(units); k++) {
        size_t len = 0, unit = strlen(units[k]);
        for (; len + unit <= LIMIT_NAME_BYTES; len += unit)
            memcpy(asked + len, units[k], unit);
        asked[len] = 0;
        uint64_t start = clock_monotonic_ns();
        (void)find(index, asked, NAME_PERSON, hits, ARRAY_LEN(hits));
        assert_true(clock_monotonic_ns() - start <
                    UINT64_C(5000000000)); /* sanitizers and busy machines are slow */
    }
    name_index_free(index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_names_score_one),
        cmocka_unit_test(the_order_of_words_does_not_matter),
        cmocka_unit_test(romanisations_of_one_name_match),
        cmocka_unit_test(what_people_do_to_names_matches),
        cmocka_unit_test(another_name_is_another_person),
        cmocka_unit_test(companies_match_across_forms_and_languages),
        cmocka_unit_test(words_that_many_bear_do_not_make_a_match),
        cmocka_unit_test(numbers_that_differ_are_told_apart),
        cmocka_unit_test(the_explanation_accounts_for_the_score_and_for_each_word),
        cmocka_unit_test(an_assignment_costs_no_more_than_any_other),
        cmocka_unit_test(other_vowels_hide_no_name_from_a_search),
        cmocka_unit_test(the_index_finds_what_matches_and_the_best_first),
        cmocka_unit_test(the_index_finds_joined_words_and_initials),
        cmocka_unit_test(hostile_names_take_no_time),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
