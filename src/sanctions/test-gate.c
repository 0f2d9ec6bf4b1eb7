/* Who is served: only with a live verdict, and not a moment longer. */
#include "sanctions/test-support.h"

static bool serves(struct place *place, int64_t account, const char *id, int64_t now_ms) {
    bool open = gate_permit(place->gate, account, id, now_ms, &failure);
    assert_int_equal(open, gate_is_open(place->gate, account, now_ms));
    if (!open)
        assert_int_equal(failure.code, ERROR_ACCESS_DENIED);
    return open;
}

static int64_t decide(struct place *place, const char *id, enum decision_kind kind, const char *subject) {
    int64_t number;
    bool licence = kind == DECISION_LICENCE;
    struct store_decision decision = {.kind = kind,
                                      .subject = subject,
                                      .by = "compliance",
                                      .reasons = "looked at it",
                                      .expires = (int32_t)(place->now_ms / day_ms) + 30,
                                      .authority = licence ? "OFSI" : NULL,
                                      .reference = licence ? "INT/2026/1" : NULL};
    if (!gate_decide(place->gate, id, &decision, place->now_ms, &number, &failure))
        return 0;
    return number;
}

#define A "000000000001"
#define B "000000000002"

static void the_operator_is_always_served_and_a_stranger_never(void **state) {
    struct place *place = *state;
    assert_true(serves(place, STORE_OPERATOR, "000000000000", place->now_ms));
    assert_false(serves(place, 77, "000000000077", place->now_ms));
    assert_string_equal(failure.text, "account 000000000077 is not served: it was never screened");
    assert_false(gate_is_open(place->gate, -1, 0) || gate_is_open(place->gate, INT64_MAX, 0) ||
                 gate_is_open(place->gate, 0, 0));
}

static void a_name_on_no_list_is_served_and_a_listed_one_is_not(void **state) {
    struct place *place = *state;
    int64_t clear = make_account(place, A, "Gardenia Bakery Cooperative", "NL"),
            listed = make_account(place, B, "Oleg Petrovich Kruvanov", "RU");
    assert_true(serves(place, clear, A, place->now_ms));
    assert_false(serves(place, listed, B, place->now_ms));
    assert_string_equal(failure.text, "account " B " is not served: its name is on a sanctions list");
}

static void a_verdict_outlives_a_restart(void **state) {
    struct place *place = *state;
    int64_t clear = make_account(place, A, "Gardenia Bakery Cooperative", "NL"),
            listed = make_account(place, B, "Oleg Petrovich Kruvanov", "RU");
    close_gate(place);
    open_gate(place);
    assert_true(serves(place, clear, A, place->now_ms));
    assert_false(serves(place, listed, B, place->now_ms));
}

static void a_list_that_changes_ends_service_of_those_it_touches_alone(void **state) {
    struct place *place = *state;
    int64_t bakery = make_account(place, A, "Gardenia Bakery Cooperative", "NL"),
            house = make_account(place, B, "Zimbraveck Trading House", "CY");
    assert_true(serves(place, house, B, place->now_ms));
    put_list(place, LISTED LISTED_ELSE);
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_false(serves(place, house, B, place->now_ms));
    assert_true(serves(place, bakery, A, place->now_ms));
    put_list(place, LISTED);
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_true(serves(place, house, B, place->now_ms));
    assert_int_equal(look_for_changes(place, place->now_ms), 0);
}

static void a_link_that_a_list_adds_ends_service_of_whom_it_names_alone(void **state) {
    struct place *place = *state;
    int64_t bakery = make_account(place, A, "Gardenia Bakery Cooperative", "NL"),
            house = make_account(place, B, "Zimbraveck Trading House", "CY");
    put_list(place, LISTED "902,\"PROBATRON\",,\"INV\",,,,,,,,\"Linked To: ZIMBRAVECK TRADING HOUSE.\"\n");
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_false(serves(place, house, B, place->now_ms));
    assert_string_equal(failure.text, "account " B " is not served: a sanctions list names it, or an owner, "
                                      "beside somebody listed, and nobody has decided yet");
    assert_true(serves(place, bakery, A, place->now_ms));
    int64_t exception = decide(place, B, DECISION_NOT_SAME, "ofac/902/other");
    assert_true(exception > 0 && serves(place, house, B, place->now_ms));
    DO(gate_withdraw(place->gate, B, exception, "compliance", place->now_ms, &failure));
    assert_false(serves(place, house, B, place->now_ms));
    assert_true(decide(place, B, DECISION_CLEARED, "") > 0);
    assert_true(serves(place, house, B, place->now_ms));
    put_list(place, LISTED);
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_true(serves(place, house, B, place->now_ms));
}

static void a_list_that_grows_stale_is_no_verdict_for_anybody(void **state) {
    struct place *place = *state;
    int64_t bakery = make_account(place, A, "Gardenia Bakery Cooperative", "NL"),
            later = place->now_ms + 400 * day_ms;
    assert_int_equal(look_for_changes(place, later), 1);
    assert_false(serves(place, bakery, A, later));
    assert_string_equal(failure.text, "account " A " is not served: it cannot be screened now");
    assert_int_equal(look_for_changes(place, later), 0); /* said once */
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_true(serves(place, bakery, A, place->now_ms));
}

static void without_any_list_nobody_is_served_unless_the_operator_asks_for_none(void **state) {
    struct place *place = *state;
    char path[FILES_PATH_MAX];
    int64_t bakery = make_account(place, A, "Gardenia Bakery Cooperative", "NL");
    write_file(place, "screening.ini", "[screening]\nlists = ofac, uk\n");
    assert_int_equal(look_for_changes(place, place->now_ms), 1);
    assert_false(serves(place, bakery, A, place->now_ms));
    write_file(place, "screening.ini", "[screening]\nlists = none\n");
    look_for_changes(place, place->now_ms);
    assert_true(serves(place, bakery, A, place->now_ms));
    write_file(place, "screening.ini", "[screening]\nlits = none\n");
    look_for_changes(place, place->now_ms);
    assert_false(serves(place, bakery, A, place->now_ms));
    assert_true(files_path(place->data, "screening.ini", path, NULL));
    assert_int_equal(unlink(path), 0);
    look_for_changes(place, place->now_ms);
    assert_true(serves(place, bakery, A, place->now_ms));
}

static void countries_and_uses_are_rules_beside_names(void **state) {
    struct place *place = *state;
    int64_t bakery = make_account(place, A, "Gardenia Bakery Cooperative", "NL");
    write_file(place, "screening.ini",
               "[countries]\nKP = refused\nNL = review\n[end-use]\nstatement = optional\n"
               "crowd control = refused\n");
    look_for_changes(place, place->now_ms);
    assert_false(serves(place, bakery, A, place->now_ms));
    assert_true(decide(place, A, DECISION_CLEARED, "") > 0);
    assert_true(serves(place, bakery, A, place->now_ms));
    struct store_profile profile = {
        .end_use = "Crowd Control at matches", .party = "", .kind = "", .born = ""};
    DO(gate_profile_put(place->gate, A, &profile, "compliance", place->now_ms, &failure));
    assert_false(serves(place, bakery, A, place->now_ms));
    assert_string_equal(failure.text,
                        "account " A " is not served: what it wants the service for is not served");
    int64_t other = make_account(place, B, "Quiet Harbour", "KP");
    assert_false(serves(place, other, B, place->now_ms));
}

static void an_exception_dies_when_either_side_changes(void **state) {
    struct place *place = *state;
    int64_t account = make_account(place, A, "Oleg Petrovich Kruvanov", "NL");
    assert_false(serves(place, account, A, place->now_ms));
    assert_int_equal(decide(place, A, DECISION_NOT_SAME, "ofac/1"), 0); /* no such finding */
    assert_int_equal(failure.code, ERROR_NOT_FOUND);
    assert_true(decide(place, A, DECISION_NOT_SAME, "ofac/900") > 0);
    assert_true(serves(place, account, A, place->now_ms));
    put_list(place, LISTED LISTED_ELSE); /* another entry: nothing of it */
    look_for_changes(place, place->now_ms);
    assert_true(serves(place, account, A, place->now_ms));
    put_list(place, "900,\"KRUVANOV, Oleg Petrovich\",\"individual\",\"SDGT\",,,,,,,,\n");
    look_for_changes(place, place->now_ms);
    assert_false(serves(place, account, A, place->now_ms));
    assert_true(decide(place, A, DECISION_NOT_SAME, "ofac/900") > 0);
    assert_true(serves(place, account, A, place->now_ms));
    struct store_profile profile = {.end_use = "another", .party = "", .kind = "", .born = ""};
    DO(gate_profile_put(place->gate, A, &profile, "compliance", place->now_ms, &failure));
    assert_false(serves(place, account, A, place->now_ms));
}

static void a_licence_serves_until_its_day_and_names_its_authority(void **state) {
    struct place *place = *state;
    int64_t account = make_account(place, A, "Oleg Petrovich Kruvanov", "NL");
    struct store_decision nameless = {.kind = DECISION_LICENCE,
                                      .subject = "ofac",
                                      .by = "compliance",
                                      .reasons = "r",
                                      .expires = (int32_t)(place->now_ms / day_ms) + 30};
    int64_t number;
    assert_false(gate_decide(place->gate, A, &nameless, place->now_ms, &number, &failure));
    assert_int_equal(failure.code, ERROR_INVALID_PARAMETER);
    assert_true(decide(place, A, DECISION_LICENCE, "uk") > 0); /* of another regime */
    assert_false(serves(place, account, A, place->now_ms));
    assert_true(decide(place, A, DECISION_LICENCE, "ofac") > 0);
    assert_true(serves(place, account, A, place->now_ms + 29 * day_ms));
    assert_false(serves(place, account, A, place->now_ms + 31 * day_ms));
    assert_string_equal(failure.text,
                        "account " A " is not served: the decision that it rested on has ended");
}

static void a_block_cannot_be_cleared_and_a_refusal_wins(void **state) {
    struct place *place = *state;
    int64_t listed = make_account(place, A, "Oleg Petrovich Kruvanov", "NL"),
            bakery = make_account(place, B, "Gardenia Bakery Cooperative", "NL");
    assert_int_equal(decide(place, A, DECISION_CLEARED, ""), 0);
    assert_int_equal(failure.code, ERROR_CONFLICT);
    assert_false(serves(place, listed, A, place->now_ms));
    int64_t refusal = decide(place, B, DECISION_REFUSED, "");
    assert_true(refusal > 0);
    assert_false(serves(place, bakery, B, place->now_ms));
    DO(gate_withdraw(place->gate, B, refusal, "compliance", place->now_ms, &failure));
    assert_true(serves(place, bakery, B, place->now_ms));
    assert_false(gate_withdraw(place->gate, B, refusal, "compliance", place->now_ms, &failure));
}

static void owners_are_looked_up_too(void **state) {
    struct place *place = *state;
    int64_t account = make_account(place, A, "Gardenia Bakery Cooperative", "NL");
    write_file(place, "ownership.json",
               "{\"parties\": {\"bakery\": {\"name\": \"Gardenia Bakery Cooperative\"},"
               "\"middle\": {\"name\": \"Middle Holding\"},"
               "\"oleg\": {\"name\": \"Oleg Petrovich Kruvanov\", \"type\": \"person\"}},"
               "\"owns\": [{\"owner\": \"middle\", \"owned\": \"bakery\", \"pct\": 100},"
               "{\"owner\": \"oleg\", \"owned\": \"middle\", \"pct\": 100}]}");
    look_for_changes(place, place->now_ms);
    assert_true(serves(place, account, A, place->now_ms)); /* nobody says that it is this party */
    struct store_profile profile = {.end_use = "", .party = "bakery", .kind = "entity", .born = ""};
    DO(gate_profile_put(place->gate, A, &profile, "compliance", place->now_ms, &failure));
    assert_false(serves(place, account, A, place->now_ms));
    profile.party = "nobody";
    DO(gate_profile_put(place->gate, A, &profile, "compliance", place->now_ms, &failure));
    assert_false(serves(place, account, A, place->now_ms));
    assert_string_equal(failure.text, "account " A " is not served: it cannot be screened now");
}

static void what_is_rolled_back_changes_nothing(void **state) {
    struct place *place = *state;
    int64_t account = make_account(place, A, "Gardenia Bakery Cooperative", "NL");
    struct store_profile profile = {.end_use = "", .party = "nobody", .kind = "", .born = ""};
    DO(store_begin(place->store, &failure));
    DO(gate_profile_put(place->gate, A, &profile, "compliance", place->now_ms, &failure));
    store_rollback(place->store);
    assert_true(serves(place, account, A, place->now_ms));
}

static void a_look_takes_less_than_a_microsecond(void **state) {
    struct place *place = *state;
    int64_t account = make_account(place, A, "Gardenia Bakery Cooperative", "NL");
    enum { LOOKS = 100000 };
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < 5; round++) { /* the machine may be busy with something else */
        uint64_t start = clock_monotonic_ns();
        for (int i = 0; i < LOOKS; i++)
            assert_true(gate_permit(place->gate, account, A, place->now_ms, NULL));
        best = MIN(best, clock_monotonic_ns() - start);
    }
    assert_true(best / LOOKS < 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, drop_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_operator_is_always_served_and_a_stranger_never),
        TEST(a_name_on_no_list_is_served_and_a_listed_one_is_not),
        TEST(a_verdict_outlives_a_restart),
        TEST(a_list_that_changes_ends_service_of_those_it_touches_alone),
        TEST(a_link_that_a_list_adds_ends_service_of_whom_it_names_alone),
        TEST(a_list_that_grows_stale_is_no_verdict_for_anybody),
        TEST(without_any_list_nobody_is_served_unless_the_operator_asks_for_none),
        TEST(countries_and_uses_are_rules_beside_names),
        TEST(an_exception_dies_when_either_side_changes),
        TEST(a_licence_serves_until_its_day_and_names_its_authority),
        TEST(a_block_cannot_be_cleared_and_a_refusal_wins),
        TEST(owners_are_looked_up_too),
        TEST(what_is_rolled_back_changes_nothing),
        TEST(a_look_takes_less_than_a_microsecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
