/* Under whose law a list's designations stand. The files are those that fuzzing starts from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sanctions/lists/list.h"
#include "sanctions/regime.h"

/* "UK frozen", of the designation with this id. */
static void check(const struct designations *all, const char *id, const char *wanted) {
    const struct designation *one = designations_find(all, bytes_of(id));
    char text[400] = "";
    assert_non_null(one);
    struct regimes regimes = regimes_of(all, one);
    for (size_t i = 0; i < regimes.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", regimes.names[i]);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", regimes.all ? "all " : "",
             regimes.frozen ? "frozen" : "listed");
    assert_string_equal(text, wanted);
}

static void check_file(const char *name, const char *id, const char *wanted) {
    char path[128];
    const char *paths[] = {path};
    struct designations *all = NULL;
    struct error err = {.text = ""};
    snprintf(path, sizeof path, "tests/seeds/sanctions-lists-fuzz-list/%s", name);
    if (!list_read("test", paths, NULL, 1, &all, NULL, &err))
        fail_msg("%s", err.text);
    check(all, id, wanted);
    designations_free(all);
}

static void an_official_list_is_of_its_authority(void **state) {
    (void)state;
    check_file("uk.csv", "INV0001", "UK frozen");
    check_file("sdn.csv", "90001", "OFAC frozen");
    check_file("csl.csv", "ab12", "BIS frozen");
    check_file("ftm.json", "c1", "all frozen");
}

static void check_entity(const char *properties, const char *programme, const char *wanted) {
    char text[1000];
    struct designations *all = NULL;
    struct error err = {.text = ""};
    struct list_reader *reader = list_reader_new();
    snprintf(text, sizeof text,
             "{\"id\": \"t\", \"schema\": \"Company\", \"target\": true, \"caption\": \"T\", \"properties\": "
             "{%s}}\n"
             "{\"id\": \"s\", \"schema\": \"Sanction\", \"properties\": {\"entity\": [\"t\"], "
             "\"programId\": [\"%s\"]}}\n",
             properties, programme);
    if (!list_reader_begin(reader, "f.json", &err) || !list_reader_feed(reader, bytes_of(text), &err) ||
        !list_reader_end(reader, &err) || !list_reader_finish(reader, "test", &all, &err))
        fail_msg("%s", err.text);
    list_reader_free(reader);
    check(all, "t", wanted);
    designations_free(all);
}

static void a_list_of_several_authorities_tells_it_by_programme(void **state) {
    (void)state;
    check_entity("\"topics\": [\"sanction\"]", "GB-RUS", "UK frozen");
    check_entity("\"topics\": [\"sanction\"]", "US-RUSHAR", "OFAC frozen");
    check_entity("\"topics\": [\"export.control\"]", "US-BIS-EL", "BIS frozen");
    check_entity("\"topics\": [\"sanction\"]", "CH-SECO", "CH frozen");
    check_entity("\"topics\": [\"sanction\"]", "", "all frozen");
    check_entity("", "", "all frozen");
    check_entity("\"topics\": [\"role.pep\"]", "", "frozen");
    check_entity("\"programId\": [\"EU-UKR\", \"GB-RUS\", \"EU-UKR\"]", "US-A", "EU UK OFAC frozen");
}

static void measures_without_a_freeze_are_none(void **state) {
    (void)state;
    static const char text[] = "Unique ID,Designation Type,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name "
                               "type,Regime Name,Sanctions Imposed,Date Designated,D.O.B\n"
                               "U1,Entity,Probatron,,,,,,Primary Name,R,Trust services,01/03/2022,\n";
    struct designations *all = NULL;
    struct error err = {.text = ""};
    struct list_reader *reader = list_reader_new();
    assert_true(list_reader_begin(reader, "uk.csv", &err) && list_reader_feed(reader, bytes_of(text), &err) &&
                list_reader_end(reader, &err) && list_reader_finish(reader, "test", &all, &err));
    list_reader_free(reader);
    check(all, "U1", "UK listed");
    designations_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_official_list_is_of_its_authority),
        cmocka_unit_test(a_list_of_several_authorities_tells_it_by_programme),
        cmocka_unit_test(measures_without_a_freeze_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
