/* Whom lists name beside the listed: found in each format, with days and shares, and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/associates.h"
#include "sanctions/day.h"
#include "sanctions/lists/list.h"

static struct designations *list;
static struct associates_index *beside;

static void read_text(const char *name, const char *text) {
    struct error err = {.text = ""};
    struct list_reader *reader = list_reader_new();
    if (!list_reader_begin(reader, name, &err) || !list_reader_feed(reader, bytes_of(text), &err) ||
        !list_reader_end(reader, &err) || !list_reader_finish(reader, "probe", &list, &err) ||
        !associates_index_new((const struct designations *const *)&list, 1, &beside, &err))
        fail_msg("%s", err.text);
    list_reader_free(reader);
}

static int release(void **state) {
    (void)state;
    associates_index_free(beside);
    designations_free(list);
    beside = NULL;
    list = NULL;
    return 0;
}

static int32_t day_of(const char *text) {
    int32_t day;
    assert_true(day_parse(bytes_of(text), &day));
    return day;
}

/* The associate with this id; fails when there is none. */
static uint32_t associate(const char *id) {
    struct listed_party party;
    if (!associates_find(&beside->lists[0], bytes_of(id), &party) || party.designated)
        fail_msg("%s is no associate", id);
    return party.number;
}

static void check_why(const char *id, const char *wanted) {
    struct buffer why = buffer_new(4096);
    associate_explain(&beside->lists[0], associate(id), &why);
    buffer_append(&why, "", 1);
    assert_string_equal(why.data, wanted);
    buffer_release(&why);
}

static void check_count(uint32_t count) {
    assert_int_equal(beside->lists[0].parties->count, count);
}

static bool is_found(const char *name) {
    struct screener *screener;
    struct screen_query query = {.name = bytes_of(name)};
    struct screen_hit hit;
    size_t count;
    assert_true(screener_new(beside->screen, &screener, NULL));
    assert_true(screen_find(screener, &query, &hit, 1, &count, NULL));
    screener_free(screener);
    return count > 0;
}

#define UK_HEAD                                                                                             \
    "Unique ID,Designation Type,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,Regime Name,Sanctions " \
    "Imposed,Date Designated,D.O.B,Subsidiaries,Parent company,Current owner/operator (s),Previous "        \
    "owner/operator (s)\n"

static void a_uk_list_names_parents_subsidiaries_and_owners(void **state) {
    (void)state;
    read_text("uk.csv", UK_HEAD "INV1,Entity,Ostrelline Brackwater LLC,,,,,,Primary Name,R,Asset freeze,"
                                "01/03/2022,,Ostrelline Sub,Glimmerwock Holdings; Trillaby Trust,,\n"
                                "INV2,Ship,VEXMARROW,,,,,,Primary Name,R,Asset freeze,01/03/2022,,,,"
                                "Trillaby Trust,Old Harbour Lines\n");
    check_count(4);
    check_why("INV1/subsidiary", "listed INV1 (Ostrelline Brackwater LLC) names it as its subsidiary");
    check_why("INV1/parent", "listed INV1 (Ostrelline Brackwater LLC) names it as its parent");
    check_why("INV1/parent/2", "listed INV1 (Ostrelline Brackwater LLC) names it as its parent; listed INV2 "
                               "(VEXMARROW) names it as its owner");
    check_why("INV2/former-owner", "listed INV2 (VEXMARROW) names it as its former owner");
    assert_true(associate_is_tied(&beside->lists[0], associate("INV1/parent"), 0));
    assert_false(associate_is_tied(&beside->lists[0], associate("INV2/former-owner"), 0));
    assert_true(is_found("Glimmerwock Holding"));
    assert_false(is_found("Gardenia Bakery Cooperative"));
}

static void whom_a_list_designates_is_no_associate_of_it(void **state) {
    (void)state;
    read_text(
        "sdn.csv",
        "1,\"KRUVANOV, Oleg\",\"individual\",\"P\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"
        "2,\"PROBATRON\",-0- ,\"P\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Linked To: KRUVANOV, Oleg.\"\n"
        "3,\"PROBE TWO\",-0- ,\"P\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Linked To: PROBATRON.\"\n"
        "4,\"PROBE SIX\",-0- ,\"P\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Linked To: ZIMBRAVECK HOUSE.\"\n");
    check_count(1);
    check_why("4/other", "listed 4 (PROBE SIX) names it as linked to it");
}

#define TARGET(id, name)                                                                   \
    "{\"id\": \"" id "\", \"schema\": \"Company\", \"target\": true, \"caption\": \"" name \
    "\", \"properties\": {\"topics\": [\"sanction\"]}}\n"
#define OTHER(id, name, more)                                                               \
    "{\"id\": \"" id "\", \"schema\": \"Company\", \"target\": false, \"caption\": \"" name \
    "\", \"properties\": {" more "}}\n"
#define OWNS(owner, asset, more)                                                                             \
    "{\"id\": \"" owner asset "\", \"schema\": \"Ownership\", \"properties\": {\"owner\": [\"" owner "\"], " \
    "\"asset\": [\"" asset "\"]" more "}}\n"
#define TIES(schema, from, other, to, another)                                                             \
    "{\"id\": \"" other another "\", \"schema\": \"" schema "\", \"properties\": {\"" from "\": [\"" other \
    "\"], \"" to "\": [\"" another "\"]}}\n"

static void what_a_listed_party_holds_is_followed_down_and_nobody_beside_it(void **state) {
    (void)state;
    read_text("f.json",
              OWNS("top", "t", "") OWNS("t", "a", ", \"percentage\": [\"51.5 %\"]")
                  OWNS("a", "b", ", \"percentage\": [\"25-50\"], \"startDate\": [\"2019\"]")
                      OWNS("fellow", "a", "") OWNS("fellow", "c", "") OWNS("top", "sister", "") TIES(
                          "Directorship", "director", "b", "organization", "d") TARGET("t", "Target Works")
                          OTHER("a", "Alpha Works", "\"innCode\": [\"9900000000\"], \"country\": [\"ru\"]")
                              OTHER("b", "Beta Works", "") OTHER("c", "Gamma Works", "")
                                  OTHER("d", "Delta Works", "") OTHER("fellow", "Fellow Works", "")
                                      OTHER("sister", "Sister Works", "") OTHER("top", "Top Works", ""));
    check_count(4); /* a, b, d and top */
    check_why("a", "listed t (Target Works) names it as its asset, 51.5 %");
    check_why("b", "unlisted a (Alpha Works) names it as its asset, from 25 to 50 %, since 2019");
    check_why("d", "unlisted b (Beta Works) names it as directed by it");
    check_why("top", "listed t (Target Works) names it as its owner");
    assert_true(associate_is_tied(&beside->lists[0], associate("d"), day_of("2020-01-01")));
    assert_false(associate_is_tied(&beside->lists[0], associate("d"), day_of("2018-12-31")));
    const struct designations *parties = beside->lists[0].parties;
    const struct designation *a = &parties->designations[associate("a")];
    assert_int_equal(a->identifiers.count, 1);
    assert_memory_equal(parties->countries[a->countries.first].code, "RU", 2);
}

static void a_circle_of_holdings_ends(void **state) {
    (void)state;
    read_text("f.json",
              TARGET("t", "Target Works") OTHER("a", "Alpha Works", "") OTHER("b", "Beta Works", "")
                  OWNS("t", "a", ", \"endDate\": [\"2015\"]") OWNS("a", "b", "") OWNS("b", "a", ""));
    check_count(2);
    assert_false(associate_is_tied(&beside->lists[0], associate("b"), day_of("2016-01-01")));
    assert_true(associate_is_tied(&beside->lists[0], associate("b"), day_of("2015-01-01")));
}

static void a_date_that_is_not_whole_is_the_longest_time_it_can_be(void **state) {
    (void)state;
    static const struct {
        struct partial_date since, until;
        const char *first, *last;
    } cases[] = {{{2020, 0, 0}, {2022, 0, 0}, "2020-01-01", "2022-12-31"},
                 {{2020, 5, 0}, {2022, 2, 0}, "2020-05-01", "2022-02-28"},
                 {{2020, 5, 0}, {2022, 12, 0}, "2020-05-01", "2022-12-31"},
                 {{2020, 5, 7}, {2022, 2, 3}, "2020-05-07", "2022-02-03"}};
    int32_t since, until;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct designation_link link = {.since = cases[i].since, .until = cases[i].until};
        link_days(&link, &since, &until);
        assert_int_equal(since, day_of(cases[i].first));
        assert_int_equal(until, day_of(cases[i].last));
    }
    link_days(&(struct designation_link){0}, &since, &until);
    assert_true(since == DAY_FIRST && until == DAY_LAST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_uk_list_names_parents_subsidiaries_and_owners, release),
        cmocka_unit_test_teardown(whom_a_list_designates_is_no_associate_of_it, release),
        cmocka_unit_test_teardown(what_a_listed_party_holds_is_followed_down_and_nobody_beside_it, release),
        cmocka_unit_test_teardown(a_circle_of_holdings_ends, release),
        cmocka_unit_test(a_date_that_is_not_whole_is_the_longest_time_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
