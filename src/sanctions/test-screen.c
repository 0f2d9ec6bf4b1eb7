#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/lists/list.h"
#include "sanctions/screen.h"

/* In OFAC's form, of nobody that there is. */
static const char list_text[] =
    "1,\"TESTOV, Ivan Petrovich\",\"individual\",\"PROBE\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"
    "\"DOB 05 Jun 1971; nationality Russia; Gender Male; Tax ID No. 500100732259 (Russia).\"\n"
    "2,\"TESTOV, Ivan\",\"individual\",\"PROBE\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"
    "\"DOB 1950; nationality Belarus; Gender Male.\"\n"
    "3,\"PROBATRON TRADING LLC\",-0- ,\"PROBE\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"
    "\"Registration Number 1027700132195 (Russia); Tax ID No. 7707083893 (Russia).\"\n"
    "4,\"PROBE STAR\",\"vessel\",\"PROBE\",-0- ,-0- ,Cargo,-0- ,-0- ,-0- ,-0- ,"
    "\"Vessel Registration Identification IMO 9074729.\"\n"
    "5,\"OTHERPROBE HOLDING\",-0- ,\"PROBE\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";

static struct designations *list;
static struct screen *screen;
static struct screener *screener;

static int open_screen(void **state) {
    (void)state;
    struct error err;
    struct list_reader *reader = list_reader_new();
    bool fine = reader && list_reader_begin(reader, "sdn.csv", &err) &&
                list_reader_feed(reader, bytes_of(list_text), &err) && list_reader_end(reader, &err) &&
                list_reader_finish(reader, "probe", &list, &err);
    list_reader_free(reader);
    const struct designations *const lists[] = {list};
    static const struct designations *kept[1];
    memcpy(kept, lists, sizeof kept);
    return fine && screen_new(kept, 1, &screen, &err) && screener_new(screen, &screener, &err) ? 0 : -1;
}

static int close_screen(void **state) {
    (void)state;
    screener_free(screener);
    screen_free(screen);
    designations_free(list);
    return 0;
}

/* The hit on the designation with this id; fails when there is none. */
static struct screen_hit hit_on(const struct screen_query *query, const char *id) {
    struct screen_hit hits[8];
    size_t count;
    struct error err;
    assert_true(screen_find(screener, query, hits, ARRAY_LEN(hits), &count, &err));
    for (size_t i = 0; i < count; i++)
        if (bytes_equal_string(designations_text(list, list->designations[hits[i].designation].id), id))
            return hits[i];
    fail_msg("%s is no hit of %zu", id, count);
    return hits[0];
}

static size_t count_hits(const struct screen_query *query) {
    struct screen_hit hits[8];
    size_t count;
    struct error err;
    assert_true(screen_find(screener, query, hits, ARRAY_LEN(hits), &count, &err));
    return count;
}

static const struct screen_query ivan = {.name = BYTES_LITERAL("Ivan Testov"), .kind = DESIGNATION_PERSON};

static void names_of_all_kinds_are_found(void **state) {
    (void)state;
    assert_int_equal(count_hits(&ivan), 2);
    struct screen_query query = {.name = BYTES_LITERAL("ООО Пробатрон")};
    assert_true(hit_on(&query, "3").name_matches);
    query = (struct screen_query){.name = BYTES_LITERAL("Probe Star"), .kind = DESIGNATION_VESSEL};
    assert_true(hit_on(&query, "4").score > 0.99f);
    query = (struct screen_query){.name = BYTES_LITERAL("Quite Somebody Else")};
    assert_int_equal(count_hits(&query), 0);
}

static void a_date_of_birth_tells_namesakes_apart(void **state) {
    (void)state;
    struct screen_query query = ivan;
    query.born = (struct partial_date){1971, 6, 5};
    struct screen_hit right = hit_on(&query, "1"), wrong = hit_on(&query, "2");
    assert_int_equal(right.born, ACCORD_AGREES);
    assert_int_equal(wrong.born, ACCORD_DIFFERS);
    assert_true(right.score > hit_on(&ivan, "1").score && wrong.score < hit_on(&ivan, "2").score);
    query.born = (struct partial_date){1971, 5, 6}; /* day and month swapped */
    assert_int_equal(hit_on(&query, "1").born, ACCORD_NEAR);
    query.born = (struct partial_date){1971, 0, 0};
    assert_int_equal(hit_on(&query, "1").born, ACCORD_NEAR);
    query.born = (struct partial_date){1972, 3, 1}; /* a year off may be a slip, but costs */
    struct screen_hit off = hit_on(&query, "1");
    assert_int_equal(off.born, ACCORD_NEAR);
    assert_true(off.score < hit_on(&ivan, "1").score);
}

static void country_and_gender_correct_the_score(void **state) {
    (void)state;
    struct screen_query query = ivan;
    memcpy(query.country, "RU", 2);
    assert_int_equal(hit_on(&query, "1").country, ACCORD_AGREES);
    assert_int_equal(hit_on(&query, "2").country, ACCORD_DIFFERS);
    query = ivan;
    query.gender = 'F';
    struct screen_hit hit = hit_on(&query, "1");
    assert_int_equal(hit.gender, ACCORD_DIFFERS);
    assert_true(hit.score < hit_on(&ivan, "1").score);
}

static void a_checked_number_is_the_listed_one_whatever_the_name(void **state) {
    (void)state;
    static const struct bytes inn[] = {BYTES_LITERAL("INN 7707083893")},
                              ship[] = {BYTES_LITERAL("IMO 9074729")};
    struct screen_query query = {
        .name = BYTES_LITERAL("Entirely Different"), .identifiers = inn, .identifier_count = 1};
    struct screen_hit hit = hit_on(&query, "3");
    assert_float_equal(hit.score, 1, 0);
    assert_false(hit.name_matches);
    assert_int_equal(hit.identifier, ACCORD_AGREES);
    query.identifiers = ship;
    assert_float_equal(hit_on(&query, "4").score, 1, 0);
}

static void another_number_of_the_same_kind_speaks_against(void **state) {
    (void)state;
    static const struct bytes other[] = {BYTES_LITERAL("7736050003")};
    struct screen_query plain = {.name = BYTES_LITERAL("Probatron Trading")}, query = plain;
    query.identifiers = other;
    query.identifier_count = 1;
    assert_int_equal(hit_on(&query, "3").identifier, ACCORD_DIFFERS);
    assert_true(hit_on(&query, "3").score < hit_on(&plain, "3").score);
}

static void a_name_that_cannot_be_read_is_no_answer(void **state) {
    (void)state;
    struct screen_hit hits[1];
    size_t count = 7;
    struct error err;
    struct screen_query query = {.name = BYTES_LITERAL("...")};
    assert_false(screen_find(screener, &query, hits, 1, &count, &err));
    assert_int_equal(err.code, ERROR_VALIDATION);
    assert_int_equal(count, 7);
}

static void of_many_hits_the_best_are_kept(void **state) {
    (void)state;
    struct screen_query query = ivan;
    query.born = (struct partial_date){1971, 6, 5};
    struct screen_hit hit;
    size_t count;
    assert_true(screen_find(screener, &query, &hit, 1, &count, NULL));
    assert_int_equal(count, 1);
    assert_int_equal(hit.born, ACCORD_AGREES);
    assert_true(screen_find(screener, &query, NULL, 0, &count, NULL));
    assert_int_equal(count, 0);
}

static void check_digits_are_checked(void **state) {
    (void)state;
    assert_true(inn_is_valid(BYTES_LITERAL("7707083893")) && inn_is_valid(BYTES_LITERAL("500100732259")));
    assert_false(inn_is_valid(BYTES_LITERAL("7707083894")) || inn_is_valid(BYTES_LITERAL("500100732258")));
    assert_false(inn_is_valid(BYTES_LITERAL("")) || inn_is_valid(BYTES_LITERAL("77070838931")));
    assert_true(ogrn_is_valid(BYTES_LITERAL("1027700132195")) &&
                ogrn_is_valid(BYTES_LITERAL("304500116000157")));
    assert_false(ogrn_is_valid(BYTES_LITERAL("1027700132196")) ||
                 ogrn_is_valid(BYTES_LITERAL("304500116000158")));
    assert_true(lei_is_valid(BYTES_LITERAL("5493001KJTIIGC8Y1R12")));
    assert_false(lei_is_valid(BYTES_LITERAL("5493001KJTIIGC8Y1R13")) ||
                 lei_is_valid(BYTES_LITERAL("5493001kjtiigc8y1r12")));
    assert_true(imo_is_valid(BYTES_LITERAL("9074729")));
    assert_false(imo_is_valid(BYTES_LITERAL("9074728")) || imo_is_valid(BYTES_LITERAL("907472")));
}

static void identifiers_are_read_however_written(void **state) {
    (void)state;
    struct identifier read = identifier_read(BYTES_LITERAL("inn: 7707 083893"));
    assert_string_equal(read.text, "7707083893");
    assert_true(read.checked && read.kind == IDENTIFIER_INN);
    read = identifier_read(BYTES_LITERAL("№ 45-12 ab"));
    assert_string_equal(read.text, "4512AB");
    assert_false(read.checked);
    char much[200];
    memset(much, '7', sizeof much);
    assert_int_equal(identifier_read((struct bytes){much, sizeof much}).len, 0);
    assert_int_equal(identifier_read(BYTES_LITERAL("--")).len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_all_kinds_are_found),
        cmocka_unit_test(a_date_of_birth_tells_namesakes_apart),
        cmocka_unit_test(country_and_gender_correct_the_score),
        cmocka_unit_test(a_checked_number_is_the_listed_one_whatever_the_name),
        cmocka_unit_test(another_number_of_the_same_kind_speaks_against),
        cmocka_unit_test(a_name_that_cannot_be_read_is_no_answer),
        cmocka_unit_test(of_many_hits_the_best_are_kept),
        cmocka_unit_test(check_digits_are_checked),
        cmocka_unit_test(identifiers_are_read_however_written),
    };
    return cmocka_run_group_tests(tests, open_screen, close_screen);
}
