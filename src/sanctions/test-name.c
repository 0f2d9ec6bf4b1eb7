#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/name.h"
#include "sanctions/name_words.h"

static struct name_reader *reader;
static struct translit *translit;

static int open_reader(void **state) {
    (void)state;
    translit = translit_new();
    return translit && name_reader_new(&reader, NULL) ? 0 : -1;
}

static int close_reader(void **state) {
    (void)state;
    name_reader_free(reader);
    translit_free(translit);
    return 0;
}

static void assert_roman(const char *text, const char *expected) {
    static struct roman roman;
    assert_true(translit_text(translit, bytes_of(text), &roman, NULL));
    if (!bytes_equal_string((struct bytes){roman.text, roman.len}, expected))
        fail_msg("%s became %.*s, not %s", text, (int)roman.len, roman.text, expected);
}

/* The words of a name as "one two", with * behind what is worth nothing and ^ behind patronymics. */
static void assert_words(const char *text, enum name_schema schema, const char *expected) {
    static struct name_readings readings;
    char words[2048];
    size_t len = 0;
    assert_true(name_read(reader, bytes_of(text), schema, &readings, NULL));
    const struct name *name = &readings.names[0];
    for (size_t i = 0; i < name->count; i++)
        len += (size_t)snprintf(words + len, sizeof words - len, "%s%s%s", i ? " " : "", name->tokens[i].text,
                                name->tokens[i].kind == TOKEN_PARTICLE     ? "*"
                                : name->tokens[i].kind == TOKEN_PATRONYMIC ? "^"
                                                                           : "");
    assert_string_equal(words, expected);
}

static void letters_of_every_alphabet_become_latin(void **state) {
    (void)state;
    assert_roman("Müller-Łódź", "muller lodz");
    assert_roman("Щукин Юрий", "shchukin yuriy");
    assert_roman("Παπαδόπουλος", "papadopoylos");
    assert_roman("عبد العزيز", "abd alzyz");
    assert_roman("דוד", "dwd");
    assert_roman("შალვა", "shalva");
    assert_roman("金正恩", "jin zheng en");
    assert_roman("ＦＵＬＬ　ｗｉｄｔｈ", "full width");
}

static void letters_followed_by_their_marks_are_the_same_letters(void **state) {
    (void)state;
    assert_roman("Андрей", "andrey");
    assert_roman("Андрей", "andrey");
    assert_roman("José", "jose");
    assert_roman("مُحَمَّد", "mhmd");
}

static void transliteration_done_twice_changes_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"Щукин Юрий", "Müller & Söhne", "عبد العزيز", "金正恩",
                                        "O'Brien (Jr.)"};
    static struct roman once, twice;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_true(translit_text(translit, bytes_of(texts[i]), &once, NULL));
        assert_true(translit_text(translit, (struct bytes){once.text, once.len}, &twice, NULL));
        assert_true(bytes_equal((struct bytes){once.text, once.len}, (struct bytes){twice.text, twice.len}));
    }
}

static void lookalikes_of_the_other_alphabet_are_undone(void **state) {
    (void)state;
    assert_roman("ПAO", "pao");         /* Latin A and O */
    assert_roman("Сoвa", "sova");       /* Latin o and a */
    assert_roman("СOMPАNY", "company"); /* Cyrillic С and А */
    assert_roman("COBA", "coba");       /* one alphabet stays what it is */
}

static void what_is_no_name_is_an_error_and_not_clear(void **state) {
    (void)state;
    static struct name_readings readings;
    static char much[LIMIT_NAME_BYTES + 2];
    memset(much, 'a', sizeof much - 1);
    static const char *const bad[] = {"", "  ", "???", "()", "\xC3", "\xED\xA0\x80", much};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err;
        assert_false(name_read(reader, bytes_of(bad[i]), NAME_PERSON, &readings, &err));
        assert_int_equal(err.code, ERROR_VALIDATION);
        assert_false(name_read(reader, bytes_of(bad[i]), NAME_ENTITY, &readings, &err));
    }
}

static void titles_articles_and_particles_are_worth_nothing(void **state) {
    (void)state;
    assert_words("Dr. Hans von Tester", NAME_PERSON, "dr* hans von* tester");
    assert_words("Shaykh Test bin Probe al-Beispiel", NAME_PERSON, "shaykh* test bin* probe al* beispiel");
    assert_words("Al Tester", NAME_PERSON, "al tester");
    assert_words("General", NAME_PERSON, "general");
}

static void compound_names_are_one_word_however_written(void **state) {
    (void)state;
    static const char *const slaves[] = {"Abd al-Aziz", "Abdul Aziz", "Abdulaziz", "Abdel-Aziz"};
    static const char *const faiths[] = {"Saif al-Din", "Saifuddin", "Saif ud-Deen"};
    for (size_t i = 0; i < ARRAY_LEN(slaves); i++)
        assert_words(slaves[i], NAME_PERSON, "abdaziz");
    for (size_t i = 0; i < ARRAY_LEN(faiths); i++)
        assert_words(faiths[i], NAME_PERSON, "saifdin");
    assert_words("Nasrullah", NAME_PERSON, "nasralah");
    assert_words("Nasr Allah", NAME_PERSON, "nasralah");
}

static void a_patronymic_is_known_wherever_it_stands(void **state) {
    (void)state;
    assert_words("Ivan Petrovich Testov", NAME_PERSON, "ivan petrovich^ testov");
    assert_words("Testova Anna Ivanovna", NAME_PERSON, "testova anna ivanovna^");
    assert_words("Ihar Uladzimiravich Testau", NAME_PERSON, "ihar uladzimiravich^ testau");
    assert_words("Vladimir Anatolyevich Probashevich", NAME_PERSON, "vladimir anatolyevich^ probashevich");
    assert_words("Ivan Probashevich", NAME_PERSON, "ivan probashevich");
}

static void legal_forms_of_many_languages_are_taken_out(void **state) {
    (void)state;
    static const char *const names[] = {"Testkompanija OOO",
                                        "ООО «Testkompanija»",
                                        "Testkompanija GmbH",
                                        "Testkompanija L.L.C.",
                                        "Testkompanija S.A.R.L.",
                                        "Testkompanija B.V.",
                                        "Limited Liability Company Testkompanija",
                                        "Obshchestvo s ogranichennoy otvetstvennostyu Testkompanija",
                                        "Testkompanija Pte. Ltd.",
                                        "Testkompanija Sp. z o.o.",
                                        "Testkompanija FZE",
                                        "Testkompanija S.A. de C.V.",
                                        "Акционерное общество Testkompanija",
                                        "Testkompanija Aktiengesellschaft"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_words(names[i], NAME_ENTITY, "testkompanija");
    assert_words("OOO", NAME_ENTITY, "ooo");
}

static void numbers_and_initials_have_one_form(void **state) {
    (void)state;
    assert_words("Brigade Forty-Four", NAME_ENTITY, "brigade 44");
    assert_words("2nd Brigade", NAME_ENTITY, "2 brigade");
    assert_words("Testfund IV", NAME_ENTITY, "testfund 4");
    assert_words("A.B.C. Probe", NAME_ENTITY, "abc probe");
    assert_words("НИИ Проба", NAME_ENTITY, "scientific research institute proba");
}

static void a_word_has_the_same_sense_in_other_languages(void **state) {
    (void)state;
    static const char *const plants[] = {"plant", "factory", "zavod", "fabrika"};
    for (size_t i = 0; i < ARRAY_LEN(plants); i++) {
        struct token token, first;
        word_token(bytes_of(plants[0]), SCRIPT_LATIN, &first);
        word_token(bytes_of(plants[i]), SCRIPT_LATIN, &token);
        assert_true(word_is_common(&first) && word_is_common(&token));
        assert_int_equal(first.sense, token.sense);
    }
}

static void brackets_and_slashes_give_other_readings(void **state) {
    (void)state;
    static struct name_readings readings;
    assert_true(name_read(reader, bytes_of("Probe Test Industries (PTI)"), NAME_ENTITY, &readings, NULL));
    assert_int_equal(readings.count, 3);
    assert_int_equal(readings.names[1].count, 3);
    assert_string_equal(readings.names[2].tokens[0].text, "pti");
    assert_true(name_read(reader, bytes_of("Ivan Testov / Johann Probe"), NAME_PERSON, &readings, NULL));
    assert_int_equal(readings.count, 3);
}

static void the_longest_name_stays_within_its_bounds(void **state) {
    (void)state;
    static struct name_readings readings;
    static char text[LIMIT_NAME_BYTES + 1];
    static const char *const units[] = {"a ",    "x",  "щ",  "(",  "/a",           "ал-",
                                        "abdul", "v.", "1 ", "金", "\xEF\xB7\xBA", "ooo "};
    for (size_t k = 0; k < ARRAY_LEN(units); k++) {
        size_t len = 0, unit = strlen(units[k]);
        for (; len + unit <= LIMIT_NAME_BYTES; len += unit)
            memcpy(text + len, units[k], unit);
        for (int schema = 0; schema < 2; schema++) {
            bool read = name_read(reader, (struct bytes){text, len}, schema ? NAME_ENTITY : NAME_PERSON,
                                  &readings, NULL);
            for (size_t i = 0; read && i < readings.count; i++)
                assert_in_range(readings.names[i].count, 1, LIMIT_NAME_TOKENS);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_every_alphabet_become_latin),
        cmocka_unit_test(letters_followed_by_their_marks_are_the_same_letters),
        cmocka_unit_test(transliteration_done_twice_changes_nothing),
        cmocka_unit_test(lookalikes_of_the_other_alphabet_are_undone),
        cmocka_unit_test(what_is_no_name_is_an_error_and_not_clear),
        cmocka_unit_test(titles_articles_and_particles_are_worth_nothing),
        cmocka_unit_test(compound_names_are_one_word_however_written),
        cmocka_unit_test(a_patronymic_is_known_wherever_it_stands),
        cmocka_unit_test(legal_forms_of_many_languages_are_taken_out),
        cmocka_unit_test(numbers_and_initials_have_one_form),
        cmocka_unit_test(a_word_has_the_same_sense_in_other_languages),
        cmocka_unit_test(brackets_and_slashes_give_other_readings),
        cmocka_unit_test(the_longest_name_stays_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
