/* What lists state of who holds whom reaches the verdict on an account: by number it may block, by name it
 * asks a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "sanctions/lists/list.h"
#include "sanctions/screening.h"
#include "sanctions/touched.h"

static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
#define TODAY "2024-06-01"

/* Numbers with right check digits, of nobody. */
#define INN_A "9900000000"
#define INN_B "9910000009"

#define LISTED(id, name, programme)                                                        \
    "{\"id\": \"" id "\", \"schema\": \"Company\", \"target\": true, \"caption\": \"" name \
    "\", \"properties\": {\"topics\": [\"sanction\"]}}\n"                                  \
    "{\"id\": \"s-" id "\", \"schema\": \"Sanction\", \"properties\": {\"entity\": [\"" id \
    "\"], \"programId\": [\"" programme "\"], \"listingDate\": [\"2020-01-01\"]}}\n"
#define OTHER(id, name, inn)                                                                \
    "{\"id\": \"" id "\", \"schema\": \"Company\", \"target\": false, \"caption\": \"" name \
    "\", \"properties\": {\"innCode\": [\"" inn "\"]}}\n"
#define OWNS(owner, asset, share)                                                                            \
    "{\"id\": \"" owner asset "\", \"schema\": \"Ownership\", \"properties\": {\"owner\": [\"" owner "\"], " \
    "\"asset\": [\"" asset "\"], \"percentage\": [\"" share "\"]}}\n"
#define OWNED_UNTIL(owner, asset, day)                                                                       \
    "{\"id\": \"" owner asset "\", \"schema\": \"Ownership\", \"properties\": {\"owner\": [\"" owner "\"], " \
    "\"asset\": [\"" asset "\"], \"percentage\": [\"100\"], \"endDate\": [\"" day "\"]}}\n"
#define TWO(programme, one, other)                \
    LISTED("t1", "Vellimar Quondex", programme)   \
    LISTED("t2", "Oskelund Brathwick", programme) \
    OTHER("o1", "Trellimore Optics", INN_A) OWNS("t1", "o1", one) OWNS("t2", "o1", other)
#define REGISTERED "[{\"Kind\": \"INN\", \"Value\": \"" INN_A "\"}]"

struct bench {
    struct arena *arena;
    struct watchlists *lists;
    struct dossier ownership;
    bool has_ownership;
    struct rules rules;
    struct screening_policy policy;
    struct store_decision decisions[2];
    size_t decision_count;
    struct screening screening;
};

static struct bench bench;
static struct error failure;

#define DO(call)                          \
    do {                                  \
        if (!(call))                      \
            fail_msg("%s", failure.text); \
    } while (0)

static struct designations *read_list(const char *source, const char *text) {
    struct designations *made = NULL;
    struct list_reader *reader = list_reader_new();
    DO(list_reader_begin(reader, source, &failure));
    DO(list_reader_feed(reader, bytes_of(text), &failure));
    DO(list_reader_end(reader, &failure));
    DO(list_reader_finish(reader, source, &made, &failure));
    list_reader_free(reader);
    made->version = sha256_of(bytes_of(text));
    return made;
}

/* Lists "list1", "list2" of these texts; other may be NULL. */
static struct watchlists *make_lists(const char *text, const char *other) {
    struct watchlists *lists = calloc(1, sizeof *lists);
    assert_non_null(lists);
    lists->lists[lists->count++] = read_list("list1", text);
    if (other)
        lists->lists[lists->count++] = read_list("list2", other);
    const struct designations *const *all = (const struct designations *const *)lists->lists;
    DO(screen_new(all, lists->count, &lists->screen, &failure));
    DO(associates_index_new(all, lists->count, &lists->associates, &failure));
    return lists;
}

static int set_up(void **state) {
    (void)state;
    bench = (struct bench){.arena = arena_new((size_t)1 << 30)};
    rules_default(&bench.rules);
    return bench.arena ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    watchlists_free(bench.lists);
    if (bench.has_ownership)
        dossier_release(&bench.ownership);
    arena_free(bench.arena);
    return 0;
}

static void set_lists(const char *text, const char *other) {
    watchlists_free(bench.lists);
    bench.lists = make_lists(text, other);
}

static void set_ownership(const char *text) {
    if (bench.has_ownership)
        dossier_release(&bench.ownership);
    DO(dossier_read(bytes_of(text), &bench.ownership, &failure));
    bench.has_ownership = true;
}

static int64_t now_ms(void) {
    int32_t day;
    assert_true(day_parse(bytes_of(TODAY), &day));
    return day * day_ms;
}

static enum result screen_subject(const char *name, const char *registrations, const char *party) {
    struct screening_subject subject = {.account = "000000000001",
                                        .legal_name = name,
                                        .country = "NL",
                                        .registrations = registrations,
                                        .end_use = "",
                                        .party = party,
                                        .kind = "entity",
                                        .born = ""};
    struct screening_means means = {&bench.policy, bench.lists, bench.has_ownership ? &bench.ownership : NULL,
                                    &bench.rules};
    DO(screening_make(bench.arena, &subject, &means, bench.decisions, bench.decision_count, now_ms(),
                      &bench.screening, &failure));
    return bench.screening.result;
}

static enum result by_number(void) {
    return screen_subject("Quiet Harbour", REGISTERED, "");
}

static enum result by_name(void) {
    return screen_subject("Trellimore Optics", "[]", "");
}

/* NULL when there is none of that subject. */
static const struct screening_finding *finding_of(const char *subject) {
    for (size_t i = 0; i < bench.screening.finding_count; i++)
        if (strcmp(bench.screening.findings[i].subject, subject) == 0)
            return &bench.screening.findings[i];
    return NULL;
}

/* What the rule says; below review it says nothing. */
static enum result rule_says(const char *subject) {
    const struct screening_finding *finding = finding_of(subject);
    return finding ? finding->argues : RESULT_CLEAR;
}

static void check_says(const char *subject, const char *words) {
    const struct screening_finding *finding = finding_of(subject);
    assert_non_null(finding);
    if (!strstr(finding->why, words))
        fail_msg("%s: '%s'", subject, finding->why);
}

static void shares_of_two_listed_holders_add_up_where_the_rule_says_so(void **state) {
    (void)state;
    static const struct {
        const char *text, *rule;
        enum result result;
    } cases[] = {
        {TWO("US-TEST", "25", "24"), "ownership/ofac", RESULT_CLEAR},
        {TWO("US-TEST", "25", "25"), "ownership/ofac", RESULT_BLOCKED},
        {TWO("US-TEST", "26", "25"), "ownership/ofac", RESULT_BLOCKED},
        {TWO("US-TEST", "26", "20-25"), "ownership/ofac", RESULT_REVIEW},
        {TWO("US-BIS-EL", "26", "25"), "ownership/ofac", RESULT_CLEAR},
        {TWO("GB-TEST", "26", "25"), "ownership/uk", RESULT_REVIEW_CONTROL},
        {TWO("GB-TEST", "50", "10"), "ownership/uk", RESULT_REVIEW_CONTROL},
        {TWO("GB-TEST", "51", "10"), "ownership/uk", RESULT_BLOCKED},
        {TWO("EU-TEST", "50", "10"), "ownership/eu", RESULT_BLOCKED},
        {TWO("EU-TEST", "49", "0.99"), "ownership/eu", RESULT_REVIEW_CONTROL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        set_lists(cases[i].text, NULL);
        enum result result = by_number();
        if (rule_says(cases[i].rule) != cases[i].result || result < RESULT_REVIEW)
            fail_msg("%zu: %s", i, result_name(rule_says(cases[i].rule)));
    }
}

static void a_share_or_an_authority_that_is_not_told_may_be_any(void **state) {
    (void)state;
    set_lists(LISTED("t1", "Vellimar Quondex", "-") OTHER("o1", "Trellimore Optics", INN_A)
                  OWNS("t1", "o1", "some"),
              NULL);
    assert_int_equal(by_number(), RESULT_REVIEW_CONTROL);
    assert_int_equal(rule_says("ownership/ofac"), RESULT_REVIEW);
    assert_int_equal(rule_says("ownership/uk"), RESULT_REVIEW_CONTROL);
    check_says("ownership/ofac", "Vellimar Quondex holds a share that is not told of Quiet Harbour");
}

static void a_name_alone_is_never_more_than_a_review(void **state) {
    (void)state;
    set_lists(TWO("US-TEST", "60", "40"), NULL);
    assert_int_equal(by_name(), RESULT_REVIEW);
    assert_int_equal(rule_says("ownership/ofac"), RESULT_REVIEW);
    check_says("ownership/ofac", "If those of like names are the same: owned by");
    check_says("list1/o1", "listed t1 (Vellimar Quondex) names it as its asset, 60 %");
    assert_int_equal(by_number(), RESULT_BLOCKED);
    check_says("ownership/ofac", "Vellimar Quondex holds 60 % of Quiet Harbour (list list1, version ");
    assert_int_equal(screen_subject("Gardenia Bakery Cooperative", "[]", ""), RESULT_CLEAR);
}

static void what_has_ended_does_not_count_but_a_recent_end_is_a_question(void **state) {
    (void)state;
#define ENDED(day)                              \
    LISTED("t1", "Vellimar Quondex", "US-TEST") \
    OTHER("o1", "Trellimore Optics", INN_A) OWNED_UNTIL("t1", "o1", day)
    set_lists(ENDED("2015"), NULL);
    assert_int_equal(by_number(), RESULT_CLEAR_WITH_RISK);
    assert_int_equal(bench.screening.finding_count, 1);
    set_lists(ENDED(TODAY), NULL);
    assert_int_equal(by_number(), RESULT_REVIEW);
    check_says("ownership/ofac", "Vellimar Quondex held 100 % of Quiet Harbour until 2024-06-01");
    set_lists(ENDED("2024-06-02"), NULL);
    assert_int_equal(by_number(), RESULT_BLOCKED);
}

static void a_director_leads_and_a_principal_too(void **state) {
    (void)state;
    set_lists(
        LISTED("t1", "Vellimar Quondex", "GB-TEST") OTHER("o1", "Trellimore Optics", INN_A) OTHER(
            "o2", "Umberlode Freight",
            INN_B) "{\"id\": \"d\", \"schema\": \"Directorship\", \"properties\": {\"director\": [\"t1\"], "
                   "\"organization\": [\"o1\"]}}\n"
                   "{\"id\": \"r\", \"schema\": \"Representation\", \"properties\": {\"client\": [\"o1\"], "
                   "\"agent\": [\"o2\"]}}\n",
        NULL);
    assert_int_equal(by_number(), RESULT_REVIEW_CONTROL);
    check_says("ownership/uk", "Vellimar Quondex directs Quiet Harbour");
    assert_int_equal(screen_subject("Q", "[{\"Value\": \"" INN_B "\"}]", ""), RESULT_REVIEW_CONTROL);
    check_says("ownership/uk", "Vellimar Quondex directs Trellimore Optics");
    check_says("ownership/uk", "Q acts for Trellimore Optics");
}

/* Groups have no owners whom nobody knows. */
#define SHOP(holder)                                                                                        \
    "{\"parties\": {\"shop\": {\"name\": \"Quiet Harbour\"}, \"rest\": {\"name\": \"Founders\", \"type\": " \
    "\"group\"}, \"holder\": {\"type\": \"group\", " holder                                                 \
    "}}, \"owns\": [{\"owner\": \"holder\", \"owned\": \"shop\", \"pct\": 60}, {\"owner\": \"rest\", "      \
    "\"owned\": \"shop\", \"pct\": 40}]}"

static enum result shop(void) {
    return screen_subject("Quiet Harbour", "[]", "shop");
}

static void owners_of_owners_come_from_lists(void **state) {
    (void)state;
    set_lists(LISTED("t1", "Vellimar Quondex", "US-TEST") OTHER("o1", "Trellimore Optics", INN_A)
                  OTHER("o2", "Umberlode Freight", INN_B) OWNS("t1", "o1", "51") OWNS("o1", "o2", "51"),
              NULL);
    set_ownership(SHOP("\"name\": \"Some Freight\", \"ids\": {\"inn\": \"" INN_B "\"}"));
    assert_int_equal(shop(), RESULT_BLOCKED);
    check_says("ownership/ofac", "Trellimore Optics holds 51 % of Some Freight (list list1");
    set_ownership(SHOP("\"name\": \"Umberlode Freight\""));
    assert_int_equal(shop(), RESULT_REVIEW);
    check_says("list1/o2", "unlisted o1 (Trellimore Optics) names it as its asset, 51 %");
    set_ownership(SHOP("\"name\": \"Some Freight\", \"ids\": {\"list1\": \"o2\"}")); /* the operator's word */
    assert_int_equal(shop(), RESULT_BLOCKED);
    set_ownership(SHOP("\"name\": \"Some Freight\""));
    assert_int_equal(shop(), RESULT_CLEAR);
    set_ownership("{\"parties\": {\"shop\": {\"name\": \"Quiet Harbour\", \"ids\": {\"list1\": \"t1\"}}}}");
    assert_int_equal(shop(), RESULT_BLOCKED);
    assert_string_equal(bench.screening.reason, "its name is on a sanctions list");
}

static void an_owner_that_is_listed_by_its_number_blocks(void **state) {
    (void)state;
    set_lists("1,\"PROBATRON\",-0- ,\"P\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Tax ID No. " INN_A
              " (Russia).\"\n",
              NULL);
    set_ownership(SHOP("\"name\": \"Some Freight\", \"ids\": {\"inn\": \"" INN_A "\"}"));
    assert_int_equal(shop(), RESULT_BLOCKED);
    check_says("ownership/ofac", "Some Freight (OFAC 1, listed ");
    set_ownership(SHOP("\"name\": \"Probatron\""));
    assert_int_equal(shop(), RESULT_REVIEW);
    assert_null(finding_of("ownership/ofac"));
}

static void one_holder_of_whom_two_sources_tell_is_not_counted_twice(void **state) {
    (void)state;
#define THIRTY                                  \
    LISTED("t1", "Vellimar Quondex", "US-TEST") \
    OTHER("o1", "Trellimore Optics", INN_A) OWNS("t1", "o1", "30")
    set_lists(THIRTY, THIRTY);
    by_number();
    assert_true(rule_says("ownership/ofac") < RESULT_BLOCKED);
    set_lists(THIRTY, LISTED("t1", "Oskelund Brathwick", "US-TEST") OTHER("o1", "Trellimore Optics", INN_A)
                          OWNS("t1", "o1", "30"));
    by_number();
    assert_int_equal(rule_says("ownership/ofac"), RESULT_BLOCKED);
    set_lists(THIRTY, NULL);
    set_ownership("{\"parties\": {\"shop\": {\"name\": \"Quiet Harbour\", \"ids\": {\"inn\": \"" INN_A
                  "\"}}, \"v\": {\"name\": \"Vellimar Quondex\"}}, \"owns\": [{\"owner\": \"v\", \"owned\": "
                  "\"shop\", \"pct\": 30}], \"designations\": [{\"who\": \"v\", \"regime\": \"OFAC\", "
                  "\"date_designated\": \"2020-01-01\"}]}");
    screen_subject("Quiet Harbour", REGISTERED, "shop");
    assert_true(rule_says("ownership/ofac") < RESULT_BLOCKED);
}

static void a_holding_of_the_name_of_its_company_is_not_that_company(void **state) {
    (void)state;
    set_lists(THIRTY,
              LISTED("t9", "Oskelund Brathwick", "US-TEST") OTHER("o8", "Trellimore Optics Holding", INN_B)
                  OTHER("o9", "Trellimore Optics", INN_A) OWNS("t9", "o8", "60") OWNS("o8", "o9", "60"));
    assert_int_equal(by_number(), RESULT_BLOCKED);
    check_says("ownership/ofac", "Trellimore Optics Holding holds 60 % of Quiet Harbour");
}

static void a_parent_that_a_list_names_is_a_review_and_says_so(void **state) {
    (void)state;
    set_lists("Unique ID,Designation Type,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,Regime "
              "Name,Sanctions Imposed,Date Designated,D.O.B,Subsidiaries,Parent company\n"
              "RUS1234,Entity,Probatron,,,,,,Primary Name,R,Asset freeze,01/03/2022,,Umberlode Freight,"
              "Trellimore Optics\n",
              NULL);
    assert_int_equal(by_name(), RESULT_REVIEW);
    assert_int_equal(bench.screening.finding_count, 1);
    check_says("list1/RUS1234/parent", "listed RUS1234 (Probatron) names it as its parent");
    assert_string_equal(bench.screening.reason, "a sanctions list names it, or an owner, beside somebody "
                                                "listed, and nobody has decided yet");
    set_ownership(SHOP("\"name\": \"Trellimore Optics\""));
    assert_int_equal(shop(), RESULT_REVIEW);
    assert_string_equal(finding_of("list1/RUS1234/parent")->about, "Trellimore Optics");
    assert_int_equal(screen_subject("Umberlode Freight", "[]", ""), RESULT_REVIEW);
    assert_int_equal(rule_says("ownership/uk"), RESULT_REVIEW);
}

static void an_exception_takes_the_facts_with_it(void **state) {
    (void)state;
    set_lists(TWO("US-TEST", "60", "40"), NULL);
    assert_int_equal(by_name(), RESULT_REVIEW);
    bench.decisions[bench.decision_count++] = (struct store_decision){.number = 1,
                                                                      .kind = DECISION_NOT_SAME,
                                                                      .subject = "list1/o1",
                                                                      .by = "compliance",
                                                                      .reasons = "another",
                                                                      .at = 0,
                                                                      .expires = INT32_MAX - 1,
                                                                      .facts = finding_of("list1/o1")->sides};
    assert_int_equal(by_name(), RESULT_CLEAR);
    assert_null(finding_of("ownership/ofac"));
    set_lists(TWO("US-TEST", "61", "39"), NULL); /* the list tells something else */
    assert_int_equal(by_name(), RESULT_REVIEW);
}

/* Whether a change from one list to another touches an account of this name. */
static bool touches(const char *before, const char *after, const char *name) {
    struct watchlists *old = make_lists(before, NULL), *new = make_lists(after, NULL);
    struct touched *touched = touched_new();
    struct touched_counts counts;
    bool marks[1] = {false};
    DO(touched_add_name(touched, bytes_of(name), 0, &failure));
    DO(touched_find(touched, old, new, marks, 1, &counts, &failure));
    touched_free(touched);
    watchlists_free(old);
    watchlists_free(new);
    return marks[0];
}

static void a_change_of_links_touches_those_below_it_alone(void **state) {
    (void)state;
#define CHAIN                                      \
    OTHER("o1", "Trellimore Optics", INN_A)        \
    OTHER("o2", "Umberlode Freight", INN_B)        \
    OTHER("o3", "Gardenia Bakery Cooperative", "") \
    OWNS("o1", "o2", "51") OWNS("t2", "o3", "51") LISTED("t2", "Oskelund Brathwick", "US-TEST")
    const char *before = CHAIN LISTED("t1", "Vellimar Quondex", "US-TEST") OWNS("t1", "o1", "40");
    const char *owned = CHAIN LISTED("t1", "Vellimar Quondex", "US-TEST") OWNS("t1", "o1", "60");
    const char *elsewhere = CHAIN LISTED("t1", "Vellimar Quondex", "GB-TEST") OWNS("t1", "o1", "40");
    for (int i = 0; i < 2; i++) {
        const char *after = i ? elsewhere : owned;
        assert_true(touches(before, after, "Trellimore Optics"));
        assert_true(touches(before, after, "Umberlode Freight"));
        assert_false(touches(before, after, "Gardenia Bakery Cooperative"));
        assert_false(touches(before, after, "Oskelund Brathwick"));
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(shares_of_two_listed_holders_add_up_where_the_rule_says_so),
        TEST(a_share_or_an_authority_that_is_not_told_may_be_any),
        TEST(a_name_alone_is_never_more_than_a_review),
        TEST(what_has_ended_does_not_count_but_a_recent_end_is_a_question),
        TEST(a_director_leads_and_a_principal_too),
        TEST(owners_of_owners_come_from_lists),
        TEST(an_owner_that_is_listed_by_its_number_blocks),
        TEST(one_holder_of_whom_two_sources_tell_is_not_counted_twice),
        TEST(a_holding_of_the_name_of_its_company_is_not_that_company),
        TEST(a_parent_that_a_list_names_is_a_review_and_says_so),
        TEST(an_exception_takes_the_facts_with_it),
        TEST(a_change_of_links_touches_those_below_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
