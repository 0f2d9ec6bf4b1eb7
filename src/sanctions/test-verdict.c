#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/dossier.h"

/* T is asked about; A to D are companies; P, Q and R are persons. Of PARTIES, P and Q are listed since 2022.
 */
#define NAMED                                                                                           \
    "{\"parties\": {\"T\": {\"name\": \"Target\"}, \"A\": {\"name\": \"Alpha\"}, \"B\": {\"name\": "    \
    "\"Beta\"}, "                                                                                       \
    "\"C\": {\"name\": \"Gamma\"}, \"D\": {\"name\": \"Delta\"}, \"P\": {\"name\": \"Pia\", \"type\": " \
    "\"person\"}, \"Q\": {\"name\": \"Quirin\", \"type\": \"person\"}, \"R\": {\"name\": \"Rike\", "    \
    "\"type\": "                                                                                        \
    "\"person\"}}, "
#define LISTED(who, regime) \
    "{\"who\": \"" who "\", \"regime\": \"" regime "\", \"date_designated\": \"2022-01-01\"}"
#define PARTIES                                                                                             \
    NAMED "\"designations\": [" LISTED("P", "UK") "," LISTED("P", "EU") "," LISTED("P", "OFAC") "," LISTED( \
        "P", "BIS") "," LISTED("Q", "UK") "," LISTED("Q", "EU") "," LISTED("Q", "OFAC") "], "
#define OWNS(owner, owned, rest) "{\"owner\": \"" owner "\", \"owned\": \"" owned "\", " rest "}"
#define LINK(by, of) "{\"by\": \"" by "\", \"of\": \"" of "\"}"
#define DAY "2022-06-01"

struct verdict_case {
    const char *promise, *text, *rule, *day;
    enum result result;
    int finding; /* the kind that is found first; -1: none */
};

static enum result judge(const char *text, const char *rule_name, const char *day_text,
                         struct verdict *verdict, struct arena *arena, struct dossier *dossier) {
    static struct rules rules;
    struct error err = {.text = ""};
    struct view view;
    uint32_t target;
    int32_t day;
    rules_default(&rules);
    if (!dossier_read(bytes_of(text), dossier, &err))
        fail_msg("%s", err.text);
    assert_true(graph_find(dossier->graph, BYTES_LITERAL("T"), &target));
    assert_true(day_parse(bytes_of(day_text), &day));
    assert_true(view_make(arena, dossier->graph, day, &view, &err));
    assert_true(verdict_make(arena, &view, rules_find(&rules, rule_name), target, verdict, &err));
    return verdict->result;
}

static void check(const struct verdict_case *one) {
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    assert_non_null(arena);
    enum result result = judge(one->text, one->rule, one->day, &verdict, arena, &dossier);
    if (result != one->result)
        fail_msg("%s: %s", one->promise, result_name(result));
    int kind = verdict.finding_count > 0 ? (int)verdict.findings[0].kind : -1;
    if (kind != one->finding)
        fail_msg("%s: finds %s", one->promise,
                 kind < 0 ? "nothing" : finding_kind_name((enum finding_kind)kind));
    dossier_release(&dossier);
    arena_free(arena);
}

#define CHECK_ALL(cases)                          \
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) \
    check(&(cases)[i])

#define HALVES PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 50") "," OWNS("R", "T", "\"pct\": 50") "]}"
#define TWO                                                                                         \
    PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 30") "," OWNS("Q", "T", "\"pct\": 30") "," OWNS( \
        "R", "T", "\"pct\": 40") "]"
#define CHAIN(first, second)                                                                                 \
    PARTIES "\"owns\": [" OWNS("P", "A", "\"pct\": " first) "," OWNS("A", "T", "\"pct\": " second) "," OWNS( \
        "R", "T", "\"pct\": 40") "," OWNS("R", "A", "\"pct\": 40") "]}"

static void thresholds_are_those_of_each_rule(void **state) {
    (void)state;
    static const struct verdict_case cases[] = {
        {"half is not more than half", HALVES, "uk", DAY, RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"half is enough for the EU", HALVES, "eu", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"half is enough for OFAC", HALVES, "ofac", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"more than half", PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 50.0001") "]}", "uk", DAY,
         RESULT_BLOCKED, FINDING_OWNED},
        {"less than half",
         PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 49.9999") "," OWNS("R", "T", "\"pct\": 50.0001") "]}",
         "ofac", DAY, RESULT_CLEAR_WITH_RISK, FINDING_CONTROL},
        {"a little",
         PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 10") "," OWNS("R", "T", "\"pct\": 90") "]}", "uk",
         DAY, RESULT_CLEAR_WITH_RISK, FINDING_HOLDS},
        {"nothing", PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 100") "]}", "uk", DAY, RESULT_CLEAR, -1},
        {"itself", NAMED "\"designations\": [" LISTED("T", "UK") "]}", "uk", DAY, RESULT_BLOCKED,
         FINDING_LISTED},
        {"another authority's list",
         NAMED "\"owns\": [" OWNS("R", "T", "\"pct\": 100") "], \"designations\": [" LISTED("T", "UK") "]}",
         "ofac", DAY, RESULT_CLEAR, -1},
    };
    CHECK_ALL(cases);
}

static void holdings_add_up_where_the_rule_says_so(void **state) {
    (void)state;
    static const struct verdict_case cases[] = {
        {"two with 30 for OFAC", TWO "}", "ofac", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"two with 30 for the EU", TWO "}", "eu", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"two with 30 for the UK", TWO "}", "uk", DAY, RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"and an arrangement", TWO ", \"joint\": [" LINK("Q", "P") "]}", "uk", DAY, RESULT_BLOCKED,
         FINDING_OWNED},
        {"an arrangement counts only where both hold",
         PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 100") "], \"joint\": [" LINK("P", "R") "]}", "uk",
         DAY, RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"what one holds by several ways",
         PARTIES "\"owns\": [" OWNS("P", "A", "\"pct\": 100") "," OWNS("P", "B", "\"pct\": 100") "," OWNS(
             "P", "C",
             "\"pct\": 100") "," OWNS("A", "T",
                                      "\"pct\": 17") "," OWNS("B", "T",
                                                              "\"pct\": 17") "," OWNS("C", "T",
                                                                                      "\"pct\": 17") "," OWNS("R",
                                                                                                              "T",
                                                                                                              "\"pct\": 49") "]}",
         "uk", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"three with 24 for the UK",
         NAMED "\"owns\": [" OWNS("P", "T", "\"pct\": 24") "," OWNS("Q", "T", "\"pct\": 24") "," OWNS(
             "R", "T",
             "\"pct\": 24") "], \"designations\": [" LISTED("P", "UK") "," LISTED("Q",
                                                                                  "UK") "," LISTED("R",
                                                                                                   "UK") "]}",
         "uk", DAY, RESULT_REVIEW, FINDING_TOGETHER},
        {"slices of one holder, short of half",
         PARTIES "\"owns\": [" OWNS("P", "A", "\"pct\": 100") "," OWNS("P", "B", "\"pct\": 100") "," OWNS(
             "A", "T", "\"pct\": 24") "," OWNS("B", "T", "\"pct\": 24") "," OWNS("R", "T",
                                                                                 "\"pct\": 52") "]}",
         "uk", DAY, RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"effective shares contain others",
         PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 30, \"kind\": \"effective\"") "," OWNS(
             "P", "A",
             "\"pct\": 60") "," OWNS("A", "T",
                                     "\"pct\": 30") "," OWNS("R", "T",
                                                             "\"pct\": 70") "," OWNS("R", "A",
                                                                                     "\"pct\": 40") "]}",
         "ofac", DAY, RESULT_CLEAR_WITH_RISK, FINDING_CONTROL},
    };
    CHECK_ALL(cases);
}

static void a_chain_holds_when_each_link_does(void **state) {
    (void)state;
    static const struct verdict_case cases[] = {
        {"60 of 60", CHAIN("60", "60"), "uk", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"60 of 60 for OFAC, which multiplies nothing", CHAIN("60", "60"), "ofac", DAY, RESULT_BLOCKED,
         FINDING_OWNED},
        {"60 of 40", CHAIN("40", "60"), "ofac", DAY, RESULT_REVIEW, FINDING_UNKNOWN},
        {"a circle that nobody listed enters",
         PARTIES "\"owns\": [" OWNS("A", "B", "\"pct\": 100") "," OWNS("B", "C", "\"pct\": 100") "," OWNS(
             "C", "A", "\"pct\": 60") "," OWNS("R", "A", "\"pct\": 40") "," OWNS("C", "T",
                                                                                 "\"pct\": 100") "]}",
         "uk", DAY, RESULT_CLEAR, -1},
        {"a circle that somebody listed enters",
         PARTIES "\"owns\": [" OWNS("A", "B", "\"pct\": 100") "," OWNS("B", "A", "\"pct\": 40") "," OWNS(
             "P", "A", "\"pct\": 60") "," OWNS("B", "T", "\"pct\": 100") "]}",
         "uk", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"a company that owns itself",
         PARTIES "\"owns\": [" OWNS("T", "T", "\"pct\": 20") "," OWNS("P", "T", "\"pct\": 5") "," OWNS(
             "R", "T", "\"pct\": 75") "]}",
         "uk", DAY, RESULT_CLEAR_WITH_RISK, FINDING_HOLDS},
        {"what the target owns does not matter",
         PARTIES "\"owns\": [" OWNS("T", "A", "\"pct\": 50") "," OWNS("P", "A", "\"pct\": 50") "," OWNS(
             "R", "T", "\"pct\": 100") "]}",
         "eu", DAY, RESULT_CLEAR, -1},
    };
    CHECK_ALL(cases);
}

static void control_is_a_question_where_the_rule_has_a_limb(void **state) {
    (void)state;
#define BY_R PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 100") "], "
    static const struct verdict_case cases[] = {
        {"a director", BY_R "\"directs\": [" LINK("P", "T") "]}", "uk", DAY, RESULT_REVIEW_CONTROL,
         FINDING_CONTROL},
        {"a director, for OFAC", BY_R "\"directs\": [" LINK("P", "T") "]}", "ofac", DAY,
         RESULT_CLEAR_WITH_RISK, FINDING_CONTROL},
        {"it acts for somebody listed", BY_R "\"acts_for\": [" LINK("T", "P") "]}", "eu", DAY,
         RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"somebody listed acts for it", BY_R "\"acts_for\": [" LINK("P", "T") "]}", "eu", DAY, RESULT_CLEAR,
         -1},
        {"a relative holds it", BY_R "\"family\": [" LINK("R", "P") "]}", "uk", DAY, RESULT_REVIEW_CONTROL,
         FINDING_CONTROL},
        {"the board", BY_R "\"appoints\": [" LINK("P", "T") "]}", "uk", DAY, RESULT_BLOCKED, FINDING_OWNED},
        {"the board, for the EU", BY_R "\"appoints\": [" LINK("P", "T") "]}", "eu", DAY,
         RESULT_REVIEW_CONTROL, FINDING_CONTROL},
        {"the votes", BY_R "\"votes\": [" OWNS("P", "T", "\"pct\": 51") "]}", "uk", DAY, RESULT_BLOCKED,
         FINDING_OWNED},
        {"the votes, for OFAC", BY_R "\"votes\": [" OWNS("P", "T", "\"pct\": 51") "]}", "ofac", DAY,
         RESULT_CLEAR_WITH_RISK, FINDING_CONTROL},
    };
    CHECK_ALL(cases);
}

static void what_sources_leave_open_is_a_review(void **state) {
    (void)state;
    static const struct verdict_case cases[] = {
        {"nobody is known", PARTIES "\"owns\": []}", "uk", DAY, RESULT_REVIEW, FINDING_UNKNOWN},
        {"half is not known, for the UK", PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 50") "]}", "uk", DAY,
         RESULT_CLEAR, -1},
        {"half is not known, for OFAC", PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 50") "]}", "ofac", DAY,
         RESULT_REVIEW, FINDING_UNKNOWN},
        {"owners of the owner are not known", PARTIES "\"owns\": [" OWNS("A", "T", "\"pct\": 100") "]}", "uk",
         DAY, RESULT_REVIEW, FINDING_UNKNOWN},
        {"a share is not told", PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": null") "]}", "ofac", DAY,
         RESULT_REVIEW, FINDING_MAY_OWN},
        {"a band",
         PARTIES
         "\"owns\": [" OWNS("P", "T", "\"pct\": [25, 75]") "," OWNS("R", "T", "\"pct\": [25, 75]") "]}",
         "ofac", DAY, RESULT_REVIEW, FINDING_MAY_OWN},
        {"a band above", PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": [75, 100]") "]}", "uk", DAY,
         RESULT_BLOCKED, FINDING_OWNED},
        {"what others hold is not theirs",
         PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": [10, 100]") "," OWNS("R", "T", "\"pct\": 60") "]}",
         "ofac", DAY, RESULT_CLEAR_WITH_RISK, FINDING_CONTROL},
        {"sources differ",
         PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 49") "," OWNS("P", "T", "\"pct\": 51") "," OWNS(
             "R", "T", "\"pct\": 49") "]}",
         "ofac", DAY, RESULT_REVIEW, FINDING_MAY_OWN},
    };
    CHECK_ALL(cases);
}

static void days_decide(void **state) {
    (void)state;
#define SOLD                                                                                 \
    PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 60, \"until\": \"2022-05-31\"") "," OWNS( \
        "R", "T",                                                                            \
        "\"pct\": 60, \"from\": \"2022-05-31\"") "," OWNS("R", "T",                          \
                                                          "\"pct\": 40, \"until\": \"2022-05-31\"") "]}"
#define SEEN                                                                                \
    PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 60, \"asof\": \"2021-12-31\"") "," OWNS( \
        "P", "T", "\"pct\": 40, \"asof\": \"2022-12-31\"") "," OWNS("R", "T", "\"pct\": 40") "]}"
#define ONCE PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 60, \"asof\": \"2023-12-31\"") "]}"
#define FREEZE                                                                                           \
    NAMED "\"owns\": [" OWNS("P", "T",                                                                   \
                             "\"pct\": 100") "], \"designations\": [{\"who\": \"P\", "                   \
                                             "\"regime\": \"UK\", \"date_designated\": \"2022-03-01\", " \
                                             "\"asset_freeze\": \"2022-04-06\", \"until\": "             \
                                             "\"2023-01-01\"}]}"
#define AFFILIATE PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 100") "]}"
    static const struct verdict_case cases[] = {
        {"the day before the sale", SOLD, "uk", "2022-05-30", RESULT_BLOCKED, FINDING_OWNED},
        {"the day of the sale", SOLD, "uk", "2022-05-31", RESULT_REVIEW, FINDING_FELL},
        {"two years after the sale", SOLD, "uk", "2024-06-01", RESULT_CLEAR, -1},
        {"before it was listed", SOLD, "uk", "2021-12-31", RESULT_CLEAR, -1},
        {"since it was seen, once", ONCE, "uk", "2024-01-01", RESULT_BLOCKED, FINDING_OWNED},
        {"before it was seen", ONCE, "ofac", "2023-12-30", RESULT_REVIEW, FINDING_MAY_OWN},
        {"between two days that differ", SEEN, "ofac", "2022-06-01", RESULT_REVIEW, FINDING_MAY_OWN},
        {"the second day", SEEN, "ofac", "2022-12-31", RESULT_REVIEW, FINDING_FELL},
        {"an office that ended",
         PARTIES
         "\"owns\": [" OWNS("R", "T", "\"pct\": 100") "], \"directs\": [{\"by\": "
                                                      "\"P\", \"of\": \"T\", \"until\": \"2022-05-31\"}]}",
         "uk", DAY, RESULT_REVIEW, FINDING_FELL},
        {"not listed yet", FREEZE, "uk", "2022-02-28", RESULT_CLEAR, -1},
        {"listed without a freeze", FREEZE, "uk", "2022-03-01", RESULT_REVIEW, FINDING_OWNED_LISTED},
        {"frozen", FREEZE, "uk", "2022-04-06", RESULT_BLOCKED, FINDING_OWNED},
        {"delisted", FREEZE, "uk", "2023-01-01", RESULT_CLEAR, -1},
        {"before there was the rule", AFFILIATE, "bis", "2025-09-28", RESULT_CLEAR_WITH_RISK, FINDING_OWNED},
        {"in force", AFFILIATE, "bis", "2025-09-29", RESULT_BLOCKED, FINDING_OWNED},
        {"suspended", AFFILIATE, "bis", "2026-11-09", RESULT_CLEAR_WITH_RISK, FINDING_OWNED},
        {"in force again", AFFILIATE, "bis", "2026-11-10", RESULT_BLOCKED, FINDING_OWNED},
    };
    CHECK_ALL(cases);
}

static void a_path_leads_from_the_cause_to_the_party(void **state) {
    (void)state;
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    assert_int_equal(judge(CHAIN("60", "60"), "uk", DAY, &verdict, arena, &dossier), RESULT_BLOCKED);
    const struct finding *finding = &verdict.findings[0];
    assert_int_equal(finding->step_count, 2);
    assert_string_equal(dossier.graph->parties[finding->party].id, "P");
    assert_int_equal(finding->steps[0].from, finding->party);
    assert_int_equal(finding->steps[0].to, finding->steps[1].from);
    assert_int_equal(finding->steps[1].to, verdict.party);
    dossier_release(&dossier);
    arena_free(arena);
}

static struct sha256 facts_of(const char *text, const char *day) {
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    judge(text, "uk", day, &verdict, arena, &dossier);
    dossier_release(&dossier);
    arena_free(arena);
    return verdict.facts;
}

static void facts_are_the_same_until_one_changes(void **state) {
    (void)state;
#define LATER                                                                                \
    PARTIES "\"owns\": [" OWNS("P", "T", "\"pct\": 30, \"until\": \"2023-01-01\"") "," OWNS( \
        "R", "T", "\"pct\": 70") "]}"
#define TURNED PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 70") "," OWNS("P", "T", "\"pct\": 30") "]}"
#define ELSEWHERE                                                                                   \
    PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 70") "," OWNS("P", "T", "\"pct\": 30") "," OWNS( \
        "T", "A", "\"pct\": 30") "]}"
#define MORE PARTIES "\"owns\": [" OWNS("R", "T", "\"pct\": 69") "," OWNS("P", "T", "\"pct\": 31") "]}"
    struct sha256 facts = facts_of(LATER, DAY);
    assert_true(sha256_equal(facts, facts_of(LATER, "2022-12-31")));
    assert_true(sha256_equal(facts, facts_of(TURNED, DAY)));
    assert_true(sha256_equal(facts, facts_of(ELSEWHERE, DAY)));
    assert_false(sha256_equal(facts, facts_of(LATER, "2023-01-01")));
    assert_false(sha256_equal(facts, facts_of(LATER, "2021-12-31")));
    assert_false(sha256_equal(facts, facts_of(MORE, DAY)));
}

static void the_gravest_findings_are_kept(void **state) {
    (void)state;
    struct buffer text = buffer_new(1 << 20);
    buffer_text(&text, "{\"parties\": {\"T\": {\"name\": \"T\", \"country\": \"RU\"}");
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, ", \"X%d\": {\"name\": \"X\", \"type\": \"person\", \"country\": \"ru\"}", i);
    buffer_text(&text, "}, \"owns\": [{\"owner\": \"X0\", \"owned\": \"T\", \"pct\": 10}");
    for (int i = 1; i < 200; i++)
        buffer_printf(&text, ", {\"owner\": \"X%d\", \"owned\": \"T\", \"pct\": %s}", i,
                      i == 199 ? "40" : "0.1");
    buffer_text(&text, "], \"designations\": [");
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, "%s{\"who\": \"X%d\", \"regime\": \"UK\", \"date_designated\": \"2022-01-01\"}",
                      i ? ", " : "", i);
    buffer_text(&text, "]}");
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    assert_int_equal(judge(text.data, "uk", DAY, &verdict, arena, &dossier), RESULT_REVIEW_CONTROL);
    assert_int_equal(verdict.finding_count, LIMIT_OWNERSHIP_FINDINGS);
    assert_true(verdict.findings_left_out > 0);
    assert_int_equal(verdict.findings[0].kind, FINDING_CONTROL);
    assert_string_equal(dossier.graph->parties[verdict.findings[0].party].id, "X199");
    dossier_release(&dossier);
    arena_free(arena);
    buffer_release(&text);
}

static void decisions_stand_for_their_time_and_facts(void **state) {
    (void)state;
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    judge(HALVES, "uk", DAY, &verdict, arena, &dossier);
    struct decision cleared = {.kind = DECISION_CLEARED,
                               .party = "T",
                               .regime = "UK",
                               .by = "officer-1",
                               .at = verdict.day - 1,
                               .expires = verdict.day + 1,
                               .reasons = "Seen the articles.",
                               .facts = verdict.facts},
                    decision[2] = {cleared, cleared};
    struct error err;
    size_t used;
    assert_true(decision_check(&cleared, &err));
    assert_int_equal(service_of(&verdict, "T", NULL, 0, &used), SERVICE_HELD);
    assert_int_equal(service_of(&verdict, "T", &cleared, 1, &used), SERVICE_GIVEN);
    assert_int_equal(service_of(&verdict, "A", &cleared, 1, &used), SERVICE_HELD);
    decision[1].kind = DECISION_REFUSED;
    assert_int_equal(service_of(&verdict, "T", decision, 2, &used), SERVICE_REFUSED);
    assert_int_equal(used, 1);
    assert_int_equal(decision_standing(&cleared, &verdict.facts, verdict.day - 2), STANDS_NOT_YET);
    assert_int_equal(decision_standing(&cleared, &verdict.facts, verdict.day + 1), STANDS_NO_MORE);
    decision[0].facts.bytes[0] ^= 1;
    assert_int_equal(service_of(&verdict, "T", decision, 1, &used), SERVICE_HELD);
    dossier_release(&dossier);
    arena_free(arena);
}

static void only_a_licence_permits_what_is_blocked(void **state) {
    (void)state;
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct verdict verdict;
    judge(CHAIN("60", "60"), "uk", DAY, &verdict, arena, &dossier);
    struct decision decision = {.kind = DECISION_CLEARED,
                                .party = "T",
                                .regime = "UK",
                                .by = "officer-1",
                                .at = verdict.day,
                                .expires = verdict.day + 9,
                                .reasons = "General licence.",
                                .facts = verdict.facts};
    struct error err;
    size_t used;
    assert_int_equal(service_of(&verdict, "T", &decision, 1, &used), SERVICE_REFUSED);
    decision.kind = DECISION_LICENCE;
    assert_false(decision_check(&decision, &err));
    decision.authority = "OFSI";
    decision.reference = "INT/2022/0000000";
    assert_true(decision_check(&decision, &err));
    assert_int_equal(service_of(&verdict, "T", &decision, 1, &used), SERVICE_GIVEN);
    dossier_release(&dossier);
    arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_those_of_each_rule),
        cmocka_unit_test(holdings_add_up_where_the_rule_says_so),
        cmocka_unit_test(a_chain_holds_when_each_link_does),
        cmocka_unit_test(control_is_a_question_where_the_rule_has_a_limb),
        cmocka_unit_test(what_sources_leave_open_is_a_review),
        cmocka_unit_test(days_decide),
        cmocka_unit_test(a_path_leads_from_the_cause_to_the_party),
        cmocka_unit_test(facts_are_the_same_until_one_changes),
        cmocka_unit_test(the_gravest_findings_are_kept),
        cmocka_unit_test(decisions_stand_for_their_time_and_facts),
        cmocka_unit_test(only_a_licence_permits_what_is_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
