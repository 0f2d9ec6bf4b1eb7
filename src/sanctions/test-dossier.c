#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <yyjson.h>
#include "sanctions/dossier.h"
#include "sanctions/explain.h"

#define TWO "{\"parties\": {\"A\": {\"name\": \"Alpha\"}, \"T\": {\"name\": \"Target\"}}, "
#define OWNS(rest) TWO "\"owns\": [{\"owner\": \"A\", \"owned\": \"T\"" rest "}]}"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

static void all_that_a_file_tells_is_read(void **state) {
    (void)state;
    static const char text[] =
        "{\"about\": \"example\", \"parties\": {\"A\": {\"name\": \"Alpha\", \"type\": \"person\", "
        "\"country\": \"ru\", "
        "\"ids\": {\"inn\": \"7700000000\"}, \"note\": \"free\"}, \"T\": {\"name\": \"Target\"}}, "
        "\"owns\": [{\"owner\": \"A\", \"owned\": \"T\", \"pct\": 42.085, \"kind\": \"effective, with B\", "
        "\"from\": "
        "\"2020-02-29\", \"until\": \"2021-01-01\", \"src\": {\"title\": \"Register\", \"url\": "
        "\"https://example.org/1\", \"date\": \"2020-03-01\"}, \"entered_by\": \"officer-1\", "
        "\"entered_at\": "
        "\"2020-04-01\"}], \"directs\": [{\"by\": \"A\", \"of\": \"T\", \"how\": \"chair\", \"src\": "
        "\"Report\"}], "
        "\"designations\": [{\"who\": \"A\", \"regime\": \"UK\", \"id\": \"X1\", \"date_designated\": "
        "\"2022-03-01\"}], "
        "\"decisions\": [{\"who\": \"T\", \"regime\": \"UK\", \"decision\": \"cleared\", \"by\": "
        "\"officer-1\", \"at\": "
        "\"2022-04-01\", \"expires\": \"2023-04-01\", \"reasons\": \"Seen.\", \"facts\": \"" ZERO "\"}], "
        "\"expect\": [{\"screen\": \"T\", \"asof\": \"2022-05-01\", \"regime\": \"UK\", \"verdict\": "
        "\"review-control\", \"why\": \"free\"}]}";
    struct dossier dossier;
    struct error err;
    assert_true(dossier_read(BYTES_LITERAL(text), &dossier, &err));
    const struct graph *graph = dossier.graph;
    char day[DAY_TEXT];
    assert_int_equal(graph->parties[0].kind, PARTY_PERSON);
    assert_string_equal(graph->parties[0].country, "RU");
    assert_string_equal(graph->identifiers[0].value, "7700000000");
    assert_int_equal(graph->fact_count, 2);
    assert_int_equal(graph->facts[0].least, 420850);
    assert_true(graph->facts[0].effective);
    day_format(graph->facts[0].since, day);
    assert_string_equal(day, "2020-02-29");
    assert_string_equal(graph->facts[0].source.url, "https://example.org/1");
    assert_string_equal(graph->facts[0].entered_by, "officer-1");
    assert_string_equal(graph->facts[1].how, "chair");
    assert_int_equal(graph->listings[0].freeze, graph->listings[0].listed);
    assert_string_equal(dossier.decisions[0].reasons, "Seen.");
    assert_int_equal(dossier.expectations[0].result, RESULT_REVIEW_CONTROL);
    dossier_release(&dossier);
}

static void what_is_not_understood_is_refused_by_name(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "no JSON"},
        {"[]", "not an object"},
        {"{}", "'parties'"},
        {"{\"parties\": {}, \"own\": []}", "'own'"},
        {"{\"parties\": {\"A\": {}}}", "'name'"},
        {"{\"parties\": {\"A\": {\"name\": \"\"}}}", "'name'"},
        {"{\"parties\": {\"A\": {\"name\": \"x\\u0000y\"}}}", "'name'"},
        {"{\"parties\": {\"A\": {\"name\": \"x\", \"type\": \"club\"}}}", "'club'"},
        {"{\"parties\": {\"A\": {\"name\": \"x\", \"country\": \"rus\"}}}", "'rus'"},
        {"{\"parties\": {\"A\": {\"name\": \"x\"}, \"A\": {\"name\": \"x\"}}}", "twice"},
        {OWNS(", \"untill\": \"2020-01-01\""), "'untill'"},
        {OWNS(", \"until\": \"2021-02-29\""), "'until'"},
        {OWNS(", \"until\": \"2021-2-9\""), "'until'"},
        {OWNS(", \"until\": 2021"), "'until'"},
        {OWNS(", \"from\": \"2021-01-01\", \"until\": \"2021-01-01\""), "ends before"},
        {OWNS(", \"from\": \"2021-01-01\", \"asof\": \"2021-01-01\""), "an observation"},
        {OWNS(", \"pct\": 100.1"), "'pct'"},
        {OWNS(", \"pct\": -1"), "'pct'"},
        {OWNS(", \"pct\": [60, 40]"), "from 0 to 100"},
        {OWNS(", \"pct\": [40]"), "'pct'"},
        {OWNS(", \"pct\": \"40\""), "'pct'"},
        {OWNS(", \"kind\": \"about\""), "'kind'"},
        {TWO "\"owns\": {}}", "not an array"},
        {TWO "\"owns\": [1]}", "not an object"},
        {TWO "\"owns\": [{\"owner\": \"A\", \"owned\": \"Z\"}]}", "'Z'"},
        {TWO "\"directs\": [{\"by\": \"A\", \"of\": \"A\"}]}", "of itself"},
        {TWO "\"designations\": [{\"who\": \"A\", \"regime\": \"UK\"}]}", "'date_designated'"},
        {TWO "\"designations\": [{\"who\": \"A\", \"regime\": \"UK\", \"date_designated\": \"2022-02-01\", "
             "\"asset_freeze\": \"2022-01-01\"}]}",
         "contradict"},
        {TWO "\"decisions\": [{\"who\": \"A\", \"regime\": \"UK\", \"decision\": \"cleared\"}]}", "'facts'"},
        {TWO
         "\"decisions\": [{\"who\": \"A\", \"regime\": \"UK\", \"decision\": \"cleared\", \"facts\": \"" ZERO
         "\"}]}",
         "reasons"},
        {TWO "\"expect\": [{\"screen\": \"A\", \"regime\": \"UK\", \"verdict\": \"fine\"}]}", "'fine'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dossier dossier;
        struct error err = {.text = ""};
        if (dossier_read(bytes_of(cases[i].text), &dossier, &err))
            fail_msg("%s is read", cases[i].text);
        if (err.code != ERROR_VALIDATION || !strstr(err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

static bool read_rules(const char *text, struct rules *rules, struct error *err) {
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    bool good = rules_read(file, "rules.ini", rules, err);
    fclose(file);
    return good;
}

static void a_file_changes_and_adds_rules(void **state) {
    (void)state;
    struct rules rules;
    struct error err;
    int32_t day;
    rules_default(&rules);
    uint32_t before = rules.count;
    assert_true(read_rules("[eu]\ninclusive = no\n[bis]\nin_force = 2025-09-29..2025-11-10\nin_force = "
                           "2027-01-01..\n[ch]\nregime = CH\nauthority = SECO\nthreshold = 33.3\n",
                           &rules, &err));
    assert_false(rules_find(&rules, "eu")->inclusive);
    assert_true(rules_find(&rules, "eu")->aggregate);
    assert_int_equal(rules_find(&rules, "ch")->threshold, 333000);
    assert_int_equal(rules.count, before + 1);
    assert_true(day_parse(BYTES_LITERAL("2026-11-10"), &day));
    assert_false(rule_in_force(rules_find(&rules, "bis"), day));
    assert_true(day_parse(BYTES_LITERAL("2027-01-01"), &day));
    assert_true(rule_in_force(rules_find(&rules, "bis"), day));
}

static void a_rule_that_is_not_understood_changes_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {
        "[uk]\nthreshold = 101\n", "[uk]\nthreshold = half\n", "[uk]\nvotes = maybe\n",
        "[uk]\nlimit = 50\n",      "[uk]\nin_force = 2025\n",  "[uk]\nlookback_days = -1\n",
        "[us]\nregime = US\n",     "[uk]\nregime =\n",         "threshold = 50\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct rules rules, before;
        struct error err = {.text = ""};
        rules_default(&rules);
        before = rules;
        if (read_rules(bad[i], &rules, &err))
            fail_msg("'%s' is read", bad[i]);
        assert_non_null(strstr(err.text, "rules.ini"));
        assert_memory_equal(&rules, &before, sizeof rules);
    }
}

static void a_verdict_is_told_in_words_and_as_json(void **state) {
    (void)state;
    static const char text[] = "{\"parties\": {\"A\": {\"name\": \"Alpha\"}, \"T\": {\"name\": \"Target\"}}, "
                               "\"owns\": [{\"owner\": \"A\", "
                               "\"owned\": \"T\", \"pct\": 49.94, \"src\": \"Report\"}], \"designations\": "
                               "[{\"who\": \"A\", \"regime\": \"UK\", "
                               "\"id\": \"X1\", \"date_designated\": \"2022-01-01\"}]}";
    struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    struct dossier dossier;
    struct rules rules;
    struct view view;
    struct verdict verdict;
    struct error err;
    struct buffer out = buffer_new(4096);
    int32_t day;
    rules_default(&rules);
    assert_true(dossier_read(BYTES_LITERAL(text), &dossier, &err) &&
                day_parse(BYTES_LITERAL("2022-06-01"), &day) &&
                view_make(arena, dossier.graph, day, &view, &err) &&
                verdict_make(arena, &view, rules_find(&rules, "uk"), 1, &verdict, &err));
    explain_finding(&view, &verdict, &verdict.findings[0], &out);
    assert_string_equal(out.data,
                        "Alpha (UK X1, listed 2022-01-01) may control it. Can it be expected to have "
                        "its way there?");
    out.len = 0;
    explain_step(&view, verdict.rule, &verdict.findings[0].steps[0], &out);
    assert_string_equal(out.data,
                        "Alpha holds 49.94 % of Target, which is just under what the rule asks, (Report)");
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = explain_json(document, &view, &verdict);
    assert_true(yyjson_mut_equals_str(yyjson_mut_obj_get(object, "verdict"), "review-control"));
    assert_int_equal(yyjson_mut_arr_size(yyjson_mut_obj_get(object, "findings")), verdict.finding_count);
    yyjson_mut_doc_free(document);
    buffer_release(&out);
    dossier_release(&dossier);
    arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_file_tells_is_read),
        cmocka_unit_test(what_is_not_understood_is_refused_by_name),
        cmocka_unit_test(a_file_changes_and_adds_rules),
        cmocka_unit_test(a_rule_that_is_not_understood_changes_nothing),
        cmocka_unit_test(a_verdict_is_told_in_words_and_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
