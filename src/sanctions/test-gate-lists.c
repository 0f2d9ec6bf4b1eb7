/* The record is told of each version of a list, once. */
#define _GNU_SOURCE /* memmem */
#include "sanctions/test-support.h"
#include "record/folder.h"

struct search {
    const char *text;
    uint32_t found;
};

static bool look(void *context, uint64_t index, struct bytes entry, struct error *err) {
    static const char kind[] = "\"kind\":\"list\"";
    struct search *search = context;
    (void)index;
    (void)err;
    search->found += memmem(entry.ptr, entry.len, kind, strlen(kind)) != NULL &&
                     memmem(entry.ptr, entry.len, search->text, strlen(search->text)) != NULL;
    return true;
}

/* How many entries on lists have this text. */
static uint32_t told(const struct place *place, const char *text) {
    struct record_entry last = {.kind = RECORD_KEY, .started_ms = place->now_ms};
    struct search search = {text, 0};
    char path[FILES_PATH_MAX];
    uint64_t index;
    DO(record_put(place->record, &last, &index, &failure));
    DO(record_wait(place->record, index, &failure));
    DO(files_path(place->data, "record", path, &failure));
    DO(folder_entries_each(path, index + 1, 0, index + 1, look, &search, &failure));
    return search.found;
}

static void restart(struct place *place) {
    close_gate(place);
    open_gate(place);
}

static void a_version_is_told_once_whatever_starts_there_are(void **state) {
    struct place *place = *state;
    assert_int_equal(told(place, "\"list\":\"ofac\""), 1);
    assert_int_equal(told(place, "\"designations\":31,\"format\":\"ofac-csv\""), 1);
    restart(place);
    restart(place);
    assert_int_equal(told(place, ""), 1);
}

static void a_new_version_names_the_one_before_seen_running_or_at_a_start(void **state) {
    struct place *place = *state;
    struct archive_source source;
    char before[80];
    make_account(place, "000000000001", "Zimbraveck Trading House", "CY");
    for (int i = 0; i < 2; i++) {
        DO(archive_source_read(place->data, "ofac", &source, &failure));
        snprintf(before, sizeof before, "\"before\":\"%s\"", source.current);
        put_list(place, i == 0 ? LISTED LISTED_ELSE : LISTED_ELSE);
        assert_int_equal(told(place, before), 0);
        if (i == 0)
            look_for_changes(place, place->now_ms);
        else
            restart(place);
        assert_int_equal(told(place, before), 1);
    }
    assert_int_equal(told(place, "\"added\":1"), 1);
    assert_int_equal(told(place, ""), 3);
}

static void a_list_that_cannot_be_used_is_told_once_and_so_is_its_return(void **state) {
    struct place *place = *state;
    int64_t later = place->now_ms + 400 * day_ms;
    look_for_changes(place, later);
    look_for_changes(place, later + day_ms);
    assert_int_equal(told(place, "\"state\":\"stale\""), 1);
    assert_int_equal(told(place, "\"error\":\"no-verdict\""), 1);
    look_for_changes(place, place->now_ms);
    look_for_changes(place, place->now_ms);
    assert_int_equal(told(place, "\"state\":\"in-use\""), 2);
    assert_int_equal(told(place, "\"before\""), 0);
}

static void missing_and_damaged_lists_are_told_as_such(void **state) {
    struct place *place = *state;
    struct archive_source source;
    char name[160];
    write_file(place, "screening.ini", "[screening]\nlists = ofac, uk\n");
    look_for_changes(place, place->now_ms);
    assert_int_equal(told(place, "\"list\":\"uk\",\"state\":\"missing\""), 1);
    DO(archive_source_read(place->data, "ofac", &source, &failure));
    snprintf(name, sizeof name, "lists/ofac/%s", source.current);
    write_file(place, name, "1,\"VEXMARROW\",\"vessel\",\"INV\",,,,,,,,\n");
    write_file(place, "screening.ini", "[screening]\nlists = ofac\n");
    look_for_changes(place, place->now_ms);
    assert_int_equal(told(place, "\"list\":\"ofac\",\"state\":\"damaged\""), 1);
}

static void a_list_that_is_no_longer_asked_for_is_told(void **state) {
    struct place *place = *state;
    write_file(place, "screening.ini", "[screening]\nlists = none\n");
    look_for_changes(place, place->now_ms);
    restart(place);
    assert_int_equal(told(place, "\"state\":\"left-out\""), 1);
}

static void rules_that_cannot_be_read_say_nothing_of_lists(void **state) {
    struct place *place = *state;
    write_file(place, "screening.ini", "[screening]\nlits = none\n");
    look_for_changes(place, place->now_ms);
    assert_int_equal(told(place, ""), 1);
}

static void a_memory_that_is_lost_tells_once_more(void **state) {
    struct place *place = *state;
    write_file(place, "lists-recorded.json", "{\"ofac\": 5");
    restart(place);
    assert_int_equal(told(place, "\"state\":\"in-use\""), 2);
    write_file(place, "lists-recorded.json",
               "{\"ofac\": {\"state\": 7, \"version\": \"x\"}, \"..\": {}, \"uk\": []}");
    restart(place);
    assert_int_equal(told(place, "\"state\":\"in-use\""), 3);
    assert_int_equal(told(place, "\"before\""), 0);
    assert_int_equal(told(place, "\"list\":\"uk\",\"state\":\"left-out\""), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, drop_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_version_is_told_once_whatever_starts_there_are),
        TEST(a_new_version_names_the_one_before_seen_running_or_at_a_start),
        TEST(a_list_that_cannot_be_used_is_told_once_and_so_is_its_return),
        TEST(missing_and_damaged_lists_are_told_as_such),
        TEST(a_list_that_is_no_longer_asked_for_is_told),
        TEST(rules_that_cannot_be_read_say_nothing_of_lists),
        TEST(a_memory_that_is_lost_tells_once_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
