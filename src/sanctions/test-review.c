/* Which review a person takes first. */
#include "sanctions/test-support.h"
#include "sanctions/review.h"

static void put(struct place *place, int64_t account, int service, int days_ago, const char *stopped,
                const char *findings) {
    char details[2048];
    double since = (double)(place->now_ms - days_ago * day_ms) / 1000;
    snprintf(details, sizeof details, "{\"Findings\":[%s],\"HeldSinceTimestamp\":%.3f%s}", findings, since,
             stopped);
    struct store_screening screening = {.account = account,
                                        .made_ms = place->now_ms,
                                        .result = RESULT_REVIEW,
                                        .service = service,
                                        .reason = "",
                                        .details = details};
    DO(store_screening_put(place->store, &screening, &failure));
}

static struct review *rank(struct place *place, size_t *ret_count) {
    struct review *reviews = NULL;
    DO(reviews_rank(place->store, place->arena, &reviews, ret_count, &failure));
    for (size_t i = 1; i < *ret_count; i++)
        assert_true(review_is_before(&reviews[i - 1], &reviews[i]));
    return reviews;
}

#define NAME_OF(score) "{\"Matter\":\"name\",\"Subject\":\"uk/1\",\"Score\":" score ",\"Argues\":\"review\"}"
#define COUNTRY "{\"Matter\":\"country\",\"Subject\":\"country\",\"Argues\":\"review\"}"
#define CONTROL "{\"Matter\":\"ownership\",\"Subject\":\"ownership/uk\",\"Argues\":\"review-control\"}"
#define STOPPED ",\"ServiceStopped\":true"

static int64_t accounts[6];

static int make_accounts(void **state) {
    if (make_place(state) != 0)
        return -1;
    for (int i = 0; i < 6; i++) {
        char id[STORE_ACCOUNT_ID + 1];
        snprintf(id, sizeof id, "%012d", i + 1);
        accounts[i] = make_account(*state, id, "Gardenia Bakery Cooperative", "NL");
    }
    return 0;
}

static void points_follow_evidence_independent_matters_and_service_that_stopped(void **state) {
    struct place *place = *state;
    put(place, accounts[0], SERVICE_HELD, 0, "", COUNTRY);
    put(place, accounts[1], SERVICE_HELD, 0, "", NAME_OF("0.91") "," NAME_OF("0.75"));
    put(place, accounts[2], SERVICE_HELD, 0, "", NAME_OF("0.91") "," COUNTRY);
    put(place, accounts[3], SERVICE_HELD, 0, STOPPED, NAME_OF("0.71"));
    put(place, accounts[4], SERVICE_HELD, 0, "", CONTROL);
    size_t count;
    const struct review *reviews = rank(place, &count);
    const int order[] = {3, 2, 1, 4, 0}, points[] = {131, 106, 91, 90, 60};
    assert_int_equal(count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(reviews[i].account, accounts[order[i]]);
        assert_int_equal(reviews[i].points, points[i]);
        assert_int_equal(reviews[i].stopped, order[i] == 3);
    }
    assert_float_equal(reviews[1].score, 0.91f, 1e-6f);
}

static void a_day_of_waiting_is_worth_a_point_and_the_order_stays(void **state) {
    struct place *place = *state;
    put(place, accounts[0], SERVICE_HELD, 11, "", NAME_OF("0.80"));
    put(place, accounts[1], SERVICE_HELD, 0, "", NAME_OF("0.90"));
    size_t count;
    const struct review *reviews = rank(place, &count);
    assert_int_equal(count, 2);
    assert_int_equal(reviews[0].account, accounts[0]);
    assert_int_equal(review_urgency(&reviews[0], place->now_ms), 91);
    assert_int_equal(review_urgency(&reviews[0], place->now_ms + 5 * day_ms), 96);
    assert_int_equal(review_urgency(&reviews[1], place->now_ms + 5 * day_ms), 95);
}

static void what_is_served_refused_excused_or_closed_is_no_open_review(void **state) {
    struct place *place = *state;
    put(place, accounts[0], SERVICE_GIVEN, 0, "", NAME_OF("0.9"));
    put(place, accounts[1], SERVICE_REFUSED, 0, "", NAME_OF("0.9"));
    put(place, accounts[2], SERVICE_HELD, 0, "", NAME_OF("0.9"));
    put(place, accounts[3], SERVICE_HELD, 0, "",
        "{\"Matter\":\"name\",\"Score\":0.93,\"Argues\":\"review\",\"ExcusedBy\":1},"
        "{\"Matter\":\"link\",\"Score\":0.93,\"Argues\":\"clear-with-risk\"}," COUNTRY);
    struct store_account closed;
    DO(store_account_get(place->store, place->arena, "000000000003", &closed, &failure));
    closed.status = STORE_ACCOUNT_CLOSED;
    DO(store_account_update(place->store, &closed, &failure));
    size_t count;
    const struct review *reviews = rank(place, &count);
    assert_int_equal(count, 1);
    assert_int_equal(reviews[0].account, accounts[3]);
    assert_int_equal(reviews[0].points, 60);
    assert_true(reviews[0].score == 0);
}

static struct review_past past_of(struct place *place, const char *id) {
    struct store_screening screening;
    struct review_past past;
    bool found = false;
    DO(gate_verdict(place->gate, place->arena, id, &screening, &found, &failure));
    assert_true(found);
    review_past_read(bytes_of(screening.details), &past);
    return past;
}

static void since_when_and_whether_service_stopped_is_handed_on_until_it_is_decided(void **state) {
    struct place *place = *state;
    const char *id = "000000000001";
    int64_t first = place->now_ms + 1000;
    struct store_profile profile = {.end_use = "", .party = "", .kind = "", .born = ""};
    assert_true(past_of(place, id).held_ms == 0 && !past_of(place, id).stopped);
    write_file(place, "screening.ini", "[countries]\nNL = review\n");
    look_for_changes(place, first);
    assert_true(past_of(place, id).held_ms == first && past_of(place, id).stopped);
    profile.end_use = "door";
    DO(gate_profile_put(place->gate, id, &profile, "compliance", first + 5000, &failure));
    look_for_changes(place, first + 400 * day_ms); /* the list is stale: no verdict */
    look_for_changes(place, first + 6000);
    assert_true(past_of(place, id).held_ms == first && past_of(place, id).stopped);
    int64_t number;
    struct store_decision decision = {.kind = DECISION_CLEARED,
                                      .subject = "",
                                      .by = "compliance",
                                      .reasons = "looked at it",
                                      .expires = (int32_t)(first / day_ms) + 30};
    DO(gate_decide(place->gate, id, &decision, first + 7000, &number, &failure));
    assert_true(past_of(place, id).held_ms == 0 && !past_of(place, id).stopped);
    DO(gate_withdraw(place->gate, id, number, "compliance", first + 8000, &failure));
    assert_true(past_of(place, id).held_ms == first + 8000 && past_of(place, id).stopped);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_accounts, drop_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(points_follow_evidence_independent_matters_and_service_that_stopped),
        TEST(a_day_of_waiting_is_worth_a_point_and_the_order_stays),
        TEST(what_is_served_refused_excused_or_closed_is_no_open_review),
        TEST(since_when_and_whether_service_stopped_is_handed_on_until_it_is_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
