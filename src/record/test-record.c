/* The record of a server: nothing is acknowledged that is not in it, and it and the store agree. */
#define _GNU_SOURCE /* memmem */
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include "record/test-support.h"
#include "base/clock.h"
#include "base/limits.h"
#include "record/audit.h"
#include "record/folder.h"
#include "record/record.h"

enum { KILLS = 12, THREADS = 4 };

#define NAME "example.org/record"

struct place {
    char folder[64], log[80];
    struct store *store;
    struct record *record;
};

static void close_place(struct place *place) {
    record_close(place->record);
    store_close(place->store);
    place->record = NULL;
    place->store = NULL;
}

static bool try_open(struct place *place, const char *name, struct error *err) {
    close_place(place);
    return store_open(place->folder, &place->store, err) &&
           record_open(place->folder, place->store, name, &place->record, err);
}

static void reopen(struct place *place) {
    struct error err;
    if (!try_open(place, NAME, &err))
        fail_msg("%s", err.text);
}

static int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    make_folder(place->folder);
    snprintf(place->log, sizeof place->log, "%s/record", place->folder);
    reopen(place);
    *state = place;
    return 0;
}

static int clear_place(void **state) {
    struct place *place = *state;
    close_place(place);
    shell("rm -rf @", place->folder);
    free(place);
    return 0;
}

static struct record_entry entry_of(const char *request_id) {
    return (struct record_entry){.kind = RECORD_USE,
                                 .started_ms = clock_now_ms(),
                                 .request_id = request_id,
                                 .operation = "DetectFaces"};
}

static uint64_t put(struct place *place, const char *request_id) {
    struct record_entry entry = entry_of(request_id);
    uint64_t index;
    struct error err;
    if (!record_put(place->record, &entry, &index, &err))
        fail_msg("%s", err.text);
    return index;
}

static void wait_for(struct place *place, uint64_t index) {
    struct error err;
    if (!record_wait(place->record, index, &err))
        fail_msg("%s", err.text);
}

static struct checkpoint assert_whole(const struct place *place) {
    struct note_key key;
    struct checkpoint checkpoint;
    struct error err;
    assert_true(note_key_parse(bytes_of(record_vkey(place->record)), &key, NULL));
    if (!audit_log(place->log, &key, &checkpoint, &err))
        fail_msg("%s", err.text);
    return checkpoint;
}

/* Counts the entries that say a request id, in the published log. */
struct search {
    const char *text;
    uint64_t found;
};

static bool look(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct search *search = context;
    (void)index;
    (void)err;
    search->found += memmem(entry.ptr, entry.len, search->text, strlen(search->text)) != NULL;
    return true;
}

static uint64_t count_of(const struct place *place, const char *text) {
    struct search search = {text, 0};
    uint64_t size = assert_whole(place).size;
    assert_true(folder_entries_each(place->log, size, 0, size, look, &search, NULL));
    return search.found;
}

static void an_entry_is_published_under_its_index(void **state) {
    struct place *place = *state;
    assert_int_equal(put(place, "first"), 0);
    assert_int_equal(put(place, "second"), 1);
    wait_for(place, 1);
    struct record_state now;
    record_state(place->record, &now);
    assert_true(now.size == 2 && !now.failing && now.published_ms > 0);
    assert_int_equal(assert_whole(place).size, 2);
    assert_int_equal(count_of(place, "\"request\":\"second\""), 1);
}

static void an_entry_is_published_soon_without_anybody_waiting(void **state) {
    struct place *place = *state;
    struct record_state now = {0};
    put(place, "first");
    for (int i = 0; i < 200 && now.size == 0; i++) {
        usleep(20000);
        record_state(place->record, &now);
    }
    assert_int_equal(now.size, 1);
}

static void keys_and_names_stay(void **state) {
    struct place *place = *state;
    char vkey[400];
    struct error err;
    struct stat about;
    char path[128];
    snprintf(vkey, sizeof vkey, "%s", record_vkey(place->record));
    assert_memory_equal(vkey, NAME "+", strlen(NAME) + 1);
    snprintf(path, sizeof path, "%s/record.key", place->folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_true(is_there(place->log, "vkey"));
    if (!try_open(place, NULL, &err))
        fail_msg("%s", err.text);
    assert_string_equal(record_vkey(place->record), vkey);
    assert_false(try_open(place, "example.org/other", &err));
    assert_non_null(strstr(err.text, "is called example.org/record"));
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(try_open(place, NAME, &err));
    assert_non_null(strstr(err.text, "can be read by others"));
    assert_int_equal(unlink(path), 0);
    assert_false(try_open(place, NAME, &err));
    assert_non_null(strstr(err.text, "record.key is gone"));
}

static void commitments_hang_on_the_salt_of_the_record(void **state) {
    struct place *place = *state;
    const struct sha256 image = sha256_of(BYTES_LITERAL("a photograph"));
    struct sha256 first = record_commit_image(place->record, image);
    struct sha256 name = record_commit_text(place->record, BYTES_LITERAL("a photograph"));
    reopen(place);
    assert_true(sha256_equal(record_commit_image(place->record, image), first));
    assert_true(sha256_equal(record_commit_text(place->record, BYTES_LITERAL("a photograph")), name));
    assert_false(sha256_equal(first, name) || sha256_equal(first, image));
    close_place(place);
    shell("rm -rf @/*", place->folder);
    reopen(place);
    assert_false(sha256_equal(record_commit_image(place->record, image), first));
}

static void a_change_and_its_entry_are_both_there_or_neither_is(void **state) {
    struct place *place = *state;
    struct store *store = place->store;
    struct store_collection people;
    struct arena *arena = arena_new(1 << 20);
    assert_true(store_begin(store, NULL));
    assert_true(store_collection_create(store, STORE_OPERATOR, "people", "1.0", 4, NULL, 0, NULL));
    put(place, "undone");
    store_rollback(store);
    assert_false(store_collection_get(store, arena, STORE_OPERATOR, "people", &people, NULL));
    assert_true(store_begin(store, NULL));
    assert_true(store_collection_create(store, STORE_OPERATOR, "people", "1.0", 4, NULL, 0, NULL));
    assert_int_equal(put(place, "done"), 0);
    assert_true(store_commit(store, NULL));
    wait_for(place, 0);
    assert_int_equal(count_of(place, "undone"), 0);
    assert_int_equal(count_of(place, "\"request\":\"done\""), 1);
    assert_true(store_collection_get(store, arena, STORE_OPERATOR, "people", &people, NULL));
    arena_free(arena);
}

static void many_subjects_take_several_entries_in_a_row(void **state) {
    struct place *place = *state;
    static struct record_subject subjects[3 * LIMIT_RECORD_SUBJECTS];
    struct record_entry entry = entry_of("many");
    uint64_t index;
    entry.subjects = subjects;
    entry.subject_count = ARRAY_LEN(subjects);
    put(place, "before");
    assert_true(record_put(place->record, &entry, &index, NULL));
    assert_int_equal(index, 1);
    assert_int_equal(put(place, "after"), 4);
    wait_for(place, 4);
    assert_int_equal(count_of(place, "\"request\":\"many\""), 3);
}

static void *put_many(void *context) {
    struct place *place = context;
    struct record_entry entry = entry_of("thread");
    for (int i = 0; i < 100; i++)
        if (!record_put(place->record, &entry, NULL, NULL))
            return NULL;
    return place;
}

static void many_threads_record_at_once(void **state) {
    struct place *place = *state;
    pthread_t threads[THREADS];
    void *result;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, place), 0);
    for (int i = 0; i < THREADS; i++)
        assert_true(pthread_join(threads[i], &result) == 0 && result == place);
    reopen(place);
    assert_int_equal(count_of(place, "\"request\":\"thread\""), THREADS * 100);
}

/* --- when it cannot be written --- */

static bool fails(struct place *place, bool wanted) {
    struct record_state now;
    for (int i = 0; i < 500; i++) {
        record_state(place->record, &now);
        if (now.failing == wanted)
            return true;
        usleep(20000);
    }
    return false;
}

static void nothing_is_recorded_while_the_log_cannot_be_written(void **state) {
    struct place *place = *state;
    struct record_entry entry = entry_of("refused");
    struct error err;
    put(place, "before");
    wait_for(place, 0);
    shell("mv @/tile @/tile.away && touch @/tile", place->log);
    put(place, "between"); /* it is durable: the journal has it */
    assert_true(fails(place, true));
    assert_false(record_put(place->record, &entry, NULL, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "nothing is done unrecorded"));
    assert_false(record_wait(place->record, 1, &err));
    shell("rm @/tile && mv @/tile.away @/tile", place->log);
    assert_true(fails(place, false));
    put(place, "after");
    wait_for(place, 2);
    assert_int_equal(count_of(place, "\"request\":\"between\""), 1);
    assert_int_equal(count_of(place, "\"request\":\"refused\""), 0);
}

static void a_missing_quorum_stops_recording(void **state) {
    struct place *place = *state;
    struct record_entry entry = entry_of("refused");
    struct record_state now;
    struct error err;
    shell("echo 'witness w witness.example+790a8a0d+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X "
          "http://127.0.0.1:1/\nquorum w' > @/witnesses",
          place->folder);
    reopen(place);
    record_state(place->record, &now);
    assert_true(now.failing && now.witnesses == 1 && now.cosigned == 0);
    assert_false(record_put(place->record, &entry, NULL, &err));
    assert_non_null(strstr(err.text, "too few witnesses"));
    shell("sed -i 's/quorum w/quorum none/' @/witnesses", place->folder);
    reopen(place);
    wait_for(place, put(place, "taken"));
    shell("echo nonsense > @/witnesses", place->folder);
    assert_false(try_open(place, NAME, &err));
    assert_non_null(strstr(err.text, "line 1 of the policy"));
}

/* --- store and log from different times --- */

static void assert_refused(struct place *place, const char *sentence) {
    struct error err;
    if (try_open(place, NAME, &err))
        fail_msg("opened, although: %s", sentence);
    if (!strstr(err.text, sentence))
        fail_msg("\"%s\" instead of \"%s\"", err.text, sentence);
    close_place(place);
}

static void copy_all(struct place *place) {
    close_place(place);
    shell("cp -a @ @.copy", place->folder);
}

static void a_log_that_is_behind_catches_up_from_the_journal(void **state) {
    struct place *place = *state;
    put(place, "first");
    copy_all(place);
    reopen(place);
    put(place, "second");
    close_place(place);
    shell("rm -rf @/record && mv @.copy/record @/ && rm -r @.copy", place->folder);
    reopen(place);
    assert_int_equal(count_of(place, "second"), 1);
    close_place(place);
    shell("rm -rf @/record", place->folder);
    reopen(place);
    assert_int_equal(assert_whole(place).size, 2);
}

static void a_log_that_the_journal_cannot_bring_up_is_refused(void **state) {
    struct place *place = *state;
    put(place, "first");
    copy_all(place);
    reopen(place);
    wait_for(place, put(place, "second"));
    assert_true(store_journal_forget(place->store, 2, NULL));
    close_place(place);
    shell("rm -rf @/record && mv @.copy/record @/ && rm -r @.copy", place->folder);
    assert_refused(place, "the record comes from an older backup");
}

static void a_store_older_than_the_log_is_refused(void **state) {
    struct place *place = *state;
    put(place, "first");
    copy_all(place);
    reopen(place);
    put(place, "second");
    close_place(place);
    shell("rm @/store.db* && mv @.copy/store.db* @/ && rm -r @.copy", place->folder);
    assert_refused(place, "the store comes from an older backup");
}

static void a_store_of_another_past_is_refused(void **state) {
    struct place *place = *state;
    put(place, "first");
    copy_all(place);
    reopen(place);
    put(place, "second");
    close_place(place);
    shell("mv @.copy @.other && mv @/record @.record", place->folder);
    shell("rm @/store.db* && mv @.other/store.db* @/ && mv @.other/record @/ && rm -r @.other",
          place->folder);
    reopen(place);
    put(place, "another second");
    close_place(place);
    shell("rm -rf @/record && mv @.record @/record", place->folder);
    assert_refused(place, "entry 1 of the record is not the one that the store has");
}

/* --- kills --- */

static void record_until_killed(struct place *place, int pipe_end) {
    struct store *store;
    struct record *record;
    struct record_entry entry = entry_of("killed");
    uint64_t index;
    if (!store_open(place->folder, &store, NULL) || !record_open(place->folder, store, NAME, &record, NULL))
        _exit(1);
    while (record_put(record, &entry, &index, NULL) && write(pipe_end, &index, sizeof index) == sizeof index)
        ;
    _exit(2);
}

static void what_was_acknowledged_survives_every_kill(void **state) {
    struct place *place = *state;
    uint64_t said = 0, index;
    for (int i = 0; i < KILLS; i++) {
        int ends[2], status;
        close_place(place);
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            record_until_killed(place, ends[1]);
        close(ends[1]);
        usleep(20000 + randombytes_uniform(250000));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &index, sizeof index) == sizeof index) {
            assert_true(index >= said);
            said = index + 1;
        }
        close(ends[0]);
        reopen(place);
        assert_true(assert_whole(place).size >= said);
    }
    assert_true(said > KILLS);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, clear_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(an_entry_is_published_under_its_index),
        EACH(an_entry_is_published_soon_without_anybody_waiting),
        EACH(keys_and_names_stay),
        EACH(commitments_hang_on_the_salt_of_the_record),
        EACH(a_change_and_its_entry_are_both_there_or_neither_is),
        EACH(many_subjects_take_several_entries_in_a_row),
        EACH(many_threads_record_at_once),
        EACH(nothing_is_recorded_while_the_log_cannot_be_written),
        EACH(a_missing_quorum_stops_recording),
        EACH(a_log_that_is_behind_catches_up_from_the_journal),
        EACH(a_log_that_the_journal_cannot_bring_up_is_refused),
        EACH(a_store_older_than_the_log_is_refused),
        EACH(a_store_of_another_past_is_refused),
        EACH(what_was_acknowledged_survives_every_kill),
    };
    return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
