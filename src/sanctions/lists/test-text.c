/* What text.h, dates.h, country.h and identify.h promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/lists/country.h"
#include "sanctions/lists/dates.h"
#include "sanctions/lists/identify.h"
#include "sanctions/lists/text.h"

static void blanks_run_together_and_long_texts_are_cut_between_characters(void **state) {
    (void)state;
    char out[LIMIT_LIST_TEXT], big[LIMIT_LIST_TEXT + 8];
    assert_true(bytes_equal_string(text_clean(BYTES_LITERAL(" \u00a0a \r\n\u202f\x7f b\t"), out), "a b"));
    assert_int_equal(text_clean(BYTES_LITERAL(" \n "), out).len, 0);
    for (size_t i = 0; i + 1 < sizeof big; i += 2)
        memcpy(big + i, "\u00e9", 2);
    big[0] = 'x'; /* so that a character straddles the limit */
    memmove(big + 1, big + 2, sizeof big - 2);
    assert_int_equal(text_clean((struct bytes){big, sizeof big - 1}, out).len, LIMIT_LIST_TEXT - 1);
}

static void only_valid_text_is_valid(void **state) {
    (void)state;
    assert_true(text_is_valid(BYTES_LITERAL("a\t\r\n \u00e9 \u4e2d \U0001f600")));
    assert_false(text_is_valid(BYTES_LITERAL("\xc0\xaf")));
    assert_false(text_is_valid(BYTES_LITERAL("\xed\xa0\x80")));
    assert_false(text_is_valid(BYTES_LITERAL("\xf4\x90\x80\x80")));
    assert_false(text_is_valid(BYTES_LITERAL("\xe4\xb8")));
    assert_false(text_is_valid(BYTES_LITERAL("a\0b")));
    assert_false(text_is_valid(BYTES_LITERAL("\x1b")));
}

static void the_first_letter_tells_the_script(void **state) {
    (void)state;
    assert_true(text_is_latin(BYTES_LITERAL("  'Abc")));
    assert_true(text_is_latin(BYTES_LITERAL("\u015eahin")));
    assert_true(text_is_latin(BYTES_LITERAL("\u1ea0n")));
    assert_true(text_is_latin(BYTES_LITERAL("123")));
    assert_false(text_is_latin(BYTES_LITERAL("\u201c\u041e\u041e\u041e\u201d")));
    assert_false(text_is_latin(BYTES_LITERAL("\u0645\u062d\u0645\u062f")));
    assert_false(text_is_latin(BYTES_LITERAL("\u91d1")));
}

static void words_are_whole_unless_a_star_opens_them(void **state) {
    (void)state;
    assert_true(text_has(BYTES_LITERAL("Russia INN number"), "inn"));
    assert_false(text_has(BYTES_LITERAL("Inner circle"), "inn"));
    assert_true(text_has(BYTES_LITERAL("Registration No."), "registr*"));
    assert_false(text_has(BYTES_LITERAL("Preregistration"), "registr*"));
    assert_true(text_has(BYTES_LITERAL("f.k.a."), "F.K.A."));
    assert_false(text_has(BYTES_LITERAL(""), "a"));
}

static void check_parts(const char *text, const char *separators, const char *wanted) {
    struct bytes rest = bytes_of(text), part;
    char all[256] = "";
    size_t len = 0;
    while (text_next(&rest, separators, &part))
        len += (size_t)snprintf(all + len, sizeof all - len, "%.*s/", BYTES_FORMAT(part));
    assert_string_equal(all, wanted);
}

static void cells_with_several_values_are_cut(void **state) {
    (void)state;
    check_parts("(1) Cyprus (2) Russia", ";", "Cyprus/Russia/");
    check_parts("(1) Cyprus; (12)  Iran.", ";", "Cyprus/Iran./");
    check_parts("a;; b ;", ";", "a/b/");
    check_parts("A (Holdings) (1)", "", "A (Holdings)/");
    check_parts("INV1] [INV2", "[]", "INV1/INV2/");
    check_parts("  ", ";", "");
    assert_true(bytes_equal_string(text_last(BYTES_LITERAL("a, b, c "), ','), "c"));
    assert_true(bytes_equal_string(text_last(BYTES_LITERAL("c"), ','), "c"));
}

static void check_date(const char *text, enum date_order order, const char *wanted) {
    struct date_range range = date_range_read(bytes_of(text), order);
    char from[11], to[11], all[32];
    partial_date_format(range.from, from);
    partial_date_format(range.to, to);
    snprintf(all, sizeof all, "%s%s%s%s", range.circa ? "~" : "", from, strcmp(from, to) ? ".." : "",
             strcmp(from, to) ? to : "");
    assert_string_equal(all, wanted);
}

static void dates_are_read_as_far_as_they_go(void **state) {
    (void)state;
    check_date("05/06/1971", DATE_DAY_FIRST, "1971-06-05");
    check_date("05/06/1971", DATE_MONTH_FIRST, "1971-05-06");
    check_date("dd/mm/1945", DATE_DAY_FIRST, "1945");
    check_date("00/00/1975", DATE_DAY_FIRST, "1975");
    check_date("00/04/1984", DATE_DAY_FIRST, "1984-04");
    check_date("1946", DATE_DAY_FIRST, "1946");
    check_date("1965-05", DATE_DAY_FIRST, "1965-05");
    check_date("2026-02-27T00:00:09.554Z", DATE_DAY_FIRST, "2026-02-27");
    check_date("Report Date: 08-Oct-2026", DATE_DAY_FIRST, "2026-10-08");
    check_date("05 Jun 1950", DATE_MONTH_FIRST, "1950-06-05");
    check_date("Apr 1961", DATE_MONTH_FIRST, "1961-04");
    check_date("circa-1951", DATE_MONTH_FIRST, "~1951");
    check_date("01 Jan 1976 to 31 Dec 1978", DATE_MONTH_FIRST, "1976-01-01..1978-12-31");
    check_date("1929 to 1930", DATE_MONTH_FIRST, "1929..1930");
}

static void dates_that_cannot_be_are_not_made_up(void **state) {
    (void)state;
    check_date("31/02/1971", DATE_DAY_FIRST, "1971-02");
    check_date("29/02/1972", DATE_DAY_FIRST, "1972-02-29");
    check_date("29/02/1900", DATE_DAY_FIRST, "1900-02");
    check_date("05/13/1971", DATE_DAY_FIRST, "1971");
    check_date("unknown", DATE_DAY_FIRST, "");
    check_date("", DATE_DAY_FIRST, "");
    check_date("99999", DATE_DAY_FIRST, "");
    check_date("0999", DATE_DAY_FIRST, "");
}

static void check_country(const char *text, const char *wanted) {
    char code[3] = "";
    assert_int_equal(country_code(bytes_of(text), code), wanted != NULL);
    assert_string_equal(code, wanted ? wanted : "");
}

static void countries_are_known_as_lists_write_them(void **state) {
    (void)state;
    check_country("Russia", "RU");
    check_country(" russian federation ", "RU");
    check_country("Korea, North", "KP");
    check_country("Korea, South", "KR");
    check_country("Congo, Democratic Republic of the", "CD");
    check_country("Congo, Republic of the", "CG");
    check_country("The Gambia", "GM");
    check_country("Palestinian", "PS");
    check_country("Region: Gaza", "PS");
    check_country("C\u00f4te d\u2019Ivoire", "CI");
    check_country("Iran (Islamic Republic of)", "IR");
    check_country("ru", "RU");
    check_country("UK", "GB");
    check_country("undetermined", NULL);
    check_country("ZZ", NULL);
    check_country("", NULL);
}

static enum identifier_kind kind_of(const char *label, const char *value, const char *country) {
    return identify(bytes_of(label), bytes_of(value), bytes_of(country), IDENTIFIER_OTHER);
}

static void identifiers_are_known_by_label_country_and_form(void **state) {
    (void)state;
    assert_int_equal(kind_of("Tax ID No.", "7700000000", "Russia"), IDENTIFIER_INN);
    assert_int_equal(kind_of("Tax ID No.", "7700000000", "Panama"), IDENTIFIER_TAX);
    assert_int_equal(kind_of("Tax ID No.", "77000", "Russia"), IDENTIFIER_TAX);
    assert_int_equal(kind_of("Registration Number", "1020000000000", "RU"), IDENTIFIER_OGRN);
    assert_int_equal(kind_of("Russian TIN number", "6310000160", ""), IDENTIFIER_INN);
    assert_int_equal(kind_of("OGRN", "1", ""), IDENTIFIER_OGRN);
    assert_int_equal(kind_of("Company Number IMO", "5000000", ""), IDENTIFIER_IMO_COMPANY);
    assert_int_equal(kind_of("Vessel Registration Identification IMO", "9000001", ""), IDENTIFIER_IMO);
    assert_int_equal(kind_of("Legal Entity Number", "X", ""), IDENTIFIER_LEI);
    assert_int_equal(kind_of("Afghan identification card (tazkira)", "1", ""), IDENTIFIER_NATIONAL);
    assert_int_equal(kind_of("Beginning", "1", ""), IDENTIFIER_OTHER);
}

/* "kind label=value country;" of each identifier. */
static void check_identifiers(const char *text, bool free_text, const char *wanted) {
    struct builder *builder = builder_new();
    uint32_t one = builder_designation(builder, BYTES_LITERAL("1"));
    char all[512] = "";
    size_t len = 0;
    struct designations *made;
    if (free_text)
        identify_text(builder, one, IDENTIFIER_REGISTRATION, BYTES_LITERAL("Number"), bytes_of(text));
    else
        identify_value(builder, one, IDENTIFIER_PASSPORT, BYTES_LITERAL("Passport"), bytes_of(text),
                       BYTES_LITERAL(""));
    assert_true(builder_finish(builder, &made, NULL));
    for (uint32_t i = 0; i < made->identifier_count; i++) {
        const struct designation_identifier *id = &made->identifiers[i];
        struct bytes label = designations_text(made, id->label), value = designations_text(made, id->value);
        len += (size_t)snprintf(all + len, sizeof all - len, "%s %.*s=%.*s %.2s;",
                                identifier_kind_name(id->kind), BYTES_FORMAT(label), BYTES_FORMAT(value),
                                id->country);
    }
    designations_free(made);
    builder_free(builder);
    assert_string_equal(all, wanted);
}

static void numbers_are_found_in_free_text(void **state) {
    (void)state;
    check_identifiers("OGRN- 1020000000000 INN \u2013 7700000000", true,
                      "ogrn OGRN=1020000000000 ;inn INN=7700000000 ;");
    check_identifiers("Tax ID No. 7700000000 (Russia); Registration Number 1020000000000 (Russia)", true,
                      "inn Tax ID No=7700000000 RU;ogrn Registration Number=1020000000000 RU;");
    check_identifiers("UK Company no. 00000001", true, "registration UK Company no=00000001 ;");
    check_identifiers("7700000000 ", true, "registration Number=7700000000 ;");
    check_identifiers("IMO9000001", true, "imo Number=9000001 ;");
    check_identifiers("none", true, "");
}

static void a_label_in_the_value_is_cut_off(void **state) {
    (void)state;
    check_identifiers("INN - 770000000000", false, "inn INN=770000000000 ;");
    check_identifiers("D 000974", false, "passport Passport=D 000974 ;");
    check_identifiers("ZZ0011223", false, "passport Passport=ZZ0011223 ;");
    check_identifiers(" ", false, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_run_together_and_long_texts_are_cut_between_characters),
        cmocka_unit_test(only_valid_text_is_valid),
        cmocka_unit_test(the_first_letter_tells_the_script),
        cmocka_unit_test(words_are_whole_unless_a_star_opens_them),
        cmocka_unit_test(cells_with_several_values_are_cut),
        cmocka_unit_test(dates_are_read_as_far_as_they_go),
        cmocka_unit_test(dates_that_cannot_be_are_not_made_up),
        cmocka_unit_test(countries_are_known_as_lists_write_them),
        cmocka_unit_test(identifiers_are_known_by_label_country_and_form),
        cmocka_unit_test(numbers_are_found_in_free_text),
        cmocka_unit_test(a_label_in_the_value_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
