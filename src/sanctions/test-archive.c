/* What archive.h promises: versions are kept, only healthy ones come into use, damage is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fts.h>
#include <sys/stat.h>
#include "base/buffer.h"
#include "base/clock.h"
#include "record/files.h"
#include "sanctions/archive.h"

static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;

/* A data folder of a test's own, and a list to add. */
struct place {
    char data[64];
    char list[128];
};

static void place_open(struct place *place) {
    snprintf(place->data, sizeof place->data, "/tmp/test-archive-XXXXXX");
    assert_non_null(mkdtemp(place->data));
    snprintf(place->list, sizeof place->list, "%s/list.csv", place->data);
}

static void place_close(struct place *place) {
    char *roots[] = {place->data, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; (entry = fts_read(walk));)
        if (entry->fts_info != FTS_D)
            assert_int_equal(remove(entry->fts_path), 0);
    fts_close(walk);
}

/* OFAC's names: `count` of them from `first` on. */
static void write_list(const struct place *place, int first, int count) {
    struct buffer csv = buffer_new(1 << 20);
    for (int i = first; i < first + count; i++)
        buffer_printf(&csv, "%d,\"VEXMARROW %d\",\"vessel\",\"INV\",,,,,,,,\n", i, i);
    assert_true(files_write(place->list, buffer_bytes(&csv), 0644, NULL));
    buffer_release(&csv);
}

static bool add(const struct place *place, struct archive_source *source, struct archive_version *ret_version,
                bool *ret_changed, struct error *err) {
    const char *origin = place->list;
    source->rules.minimum = 5;
    return archive_add(place->data, source, &origin, 1, ret_version, ret_changed, err);
}

static void a_version_is_kept_by_its_hash_and_comes_into_use(void **state) {
    (void)state;
    struct place place;
    struct archive_source source, again;
    struct archive_version first, second, *versions;
    struct designations *all;
    size_t count;
    bool changed;
    place_open(&place);
    archive_source_new("ships", &source);
    write_list(&place, 1, 10);
    assert_true(add(&place, &source, &first, &changed, NULL) && changed);
    assert_true(add(&place, &source, &second, &changed, NULL) && !changed);
    assert_string_equal(first.version, second.version);
    write_list(&place, 1, 11);
    assert_true(add(&place, &source, &second, &changed, NULL) && changed);
    assert_true(archive_source_read(place.data, "ships", &again, NULL));
    assert_string_equal(again.current, second.version);
    assert_int_equal(again.rules.minimum, 5);
    assert_true(archive_versions(place.data, "ships", &versions, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(versions[0].version, first.version);
    free(versions);
    assert_true(archive_load(place.data, "ships", first.version, &all, NULL));
    assert_int_equal(all->count, 10);
    assert_string_equal(all->source, "ships");
    designations_free(all);
    place_close(&place);
}

static void what_is_refused_changes_nothing_and_the_reason_is_kept(void **state) {
    (void)state;
    struct place place;
    struct archive_source source, again;
    struct archive_version version;
    struct designations *all;
    struct error err = {0};
    bool changed;
    place_open(&place);
    archive_source_new("ships", &source);
    write_list(&place, 1, 3);
    assert_false(add(&place, &source, &version, &changed, &err));
    assert_int_equal(err.code, ERROR_VALIDATION);
    assert_true(archive_source_read(place.data, "ships", &again, NULL));
    assert_false(archive_is_healthy(place.data, &again, clock_now_ms(), &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "fewer than the minimum of 5"));
    write_list(&place, 1, 10);
    assert_true(add(&place, &again, &version, &changed, NULL) && changed);
    assert_string_equal(again.refused, "");
    assert_true(files_write(place.list, BYTES_LITERAL("<html/>"), 0644, NULL));
    assert_false(add(&place, &again, &version, &changed, &err));
    assert_true(archive_source_read(place.data, "ships", &again, NULL));
    assert_non_null(strstr(again.refused, "list.csv, line 1: this is a page"));
    assert_true(archive_is_healthy(place.data, &again, clock_now_ms(), NULL));
    assert_true(archive_load(place.data, "ships", again.current, &all, NULL));
    assert_int_equal(all->count, 10);
    designations_free(all);
    place_close(&place);
}

static void a_list_that_nobody_has_looked_at_for_long_gives_no_verdict(void **state) {
    (void)state;
    struct place place;
    struct archive_source source;
    struct archive_version version;
    struct error err = {0};
    bool changed;
    place_open(&place);
    archive_source_new("ships", &source);
    source.rules.days = 7;
    write_list(&place, 1, 10);
    assert_true(add(&place, &source, &version, &changed, NULL));
    assert_true(archive_is_healthy(place.data, &source, source.checked_ms + 7 * day_ms, NULL));
    assert_false(archive_is_healthy(place.data, &source, source.checked_ms + 7 * day_ms + 1, &err));
    assert_non_null(strstr(err.text, "for more than 7 days"));
    place_close(&place);
}

static void a_damaged_version_is_not_loaded(void **state) {
    (void)state;
    struct place place;
    struct archive_source source;
    struct archive_version version;
    struct designations *all;
    struct error err = {0};
    char path[512];
    bool changed;
    place_open(&place);
    archive_source_new("ships", &source);
    write_list(&place, 1, 10);
    assert_true(add(&place, &source, &version, &changed, NULL));
    snprintf(path, sizeof path, "%s/lists/ships/%s", place.data, version.files[0]);
    write_list(&place, 1, 9);
    assert_int_equal(rename(place.list, path), 0);
    assert_false(archive_load(place.data, "ships", version.version, &all, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "have been changed"));
    place_close(&place);
}

static void versions_are_found_by_their_beginning(void **state) {
    (void)state;
    struct place place;
    struct archive_source source;
    struct archive_version version, found;
    struct error err = {0};
    bool changed;
    place_open(&place);
    archive_source_new("ships", &source);
    for (int i = 0; i < 2; i++) {
        write_list(&place, 1, 10 + i);
        assert_true(add(&place, &source, &version, &changed, NULL));
    }
    char beginning[] = "............";
    memcpy(beginning, version.version, sizeof beginning - 1);
    assert_true(archive_version_read(place.data, "ships", beginning, &found, NULL));
    assert_string_equal(found.version, version.version);
    assert_false(archive_version_read(place.data, "ships", "", &found, &err));
    assert_non_null(strstr(err.text, "several"));
    assert_false(archive_version_read(place.data, "ships", "x", &found, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    place_close(&place);
}

static void sources_have_plain_names(void **state) {
    (void)state;
    struct place place;
    struct archive_source source;
    struct archive_version version;
    char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t count = 1;
    bool changed;
    assert_true(archive_is_source("ofac-cons.2"));
    assert_false(archive_is_source(""));
    assert_false(archive_is_source("../etc"));
    assert_false(archive_is_source(".incoming"));
    assert_false(archive_is_source("UK"));
    place_open(&place);
    assert_true(archive_sources(place.data, names, &count, NULL));
    assert_int_equal(count, 0);
    archive_source_new("a/b", &source);
    write_list(&place, 1, 10);
    assert_false(add(&place, &source, &version, &changed, NULL));
    archive_source_new("", &source);
    assert_true(add(&place, &source, &version, &changed, NULL));
    assert_string_equal(source.name, "ofac");
    assert_true(archive_sources(place.data, names, &count, NULL));
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "ofac");
    assert_false(archive_source_read(place.data, "uk", &source, NULL));
    place_close(&place);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_kept_by_its_hash_and_comes_into_use),
        cmocka_unit_test(what_is_refused_changes_nothing_and_the_reason_is_kept),
        cmocka_unit_test(a_list_that_nobody_has_looked_at_for_long_gives_no_verdict),
        cmocka_unit_test(a_damaged_version_is_not_loaded),
        cmocka_unit_test(versions_are_found_by_their_beginning),
        cmocka_unit_test(sources_have_plain_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
