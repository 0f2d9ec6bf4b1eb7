/* The journal: entries are numbered without gaps, belong to the transaction they came in, and are kept until
 * they are forgotten. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include "store/test-support.h"

enum { THREADS = 8, EACH_ADDS = 50 };

static uint64_t append(struct place *place, const char *text) {
    uint64_t index;
    struct error err;
    if (!store_journal_append(place->store, bytes_of(text), &index, &err))
        fail_msg("%s", err.text);
    return index;
}

static void assert_bounds(struct place *place, uint64_t first, uint64_t next) {
    uint64_t is_first, is_next;
    assert_true(store_journal_bounds(place->store, &is_first, &is_next, NULL));
    assert_int_equal(is_first, first);
    assert_int_equal(is_next, next);
}

struct reading {
    uint64_t next;
    size_t count;
    char last[64];
};

static bool read_entry(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct reading *reading = context;
    (void)err;
    assert_int_equal(index, reading->next);
    reading->next++;
    reading->count++;
    snprintf(reading->last, sizeof reading->last, "%.*s", BYTES_FORMAT(entry));
    return true;
}

static struct reading read_from(struct place *place, uint64_t first, size_t maximum) {
    struct reading reading = {.next = first};
    assert_true(store_journal_each(place->store, first, maximum, read_entry, &reading, NULL));
    return reading;
}

static void entries_count_from_0_and_are_there_after_a_restart(void **state) {
    struct place *place = *state;
    assert_bounds(place, 0, 0);
    assert_int_equal(append(place, "a"), 0);
    assert_int_equal(append(place, "b"), 1);
    reopen(place);
    assert_int_equal(append(place, "c"), 2);
    assert_bounds(place, 0, 3);
    struct reading reading = read_from(place, 1, 10);
    assert_int_equal(reading.count, 2);
    assert_string_equal(reading.last, "c");
    assert_int_equal(read_from(place, 0, 2).count, 2);
    assert_int_equal(read_from(place, 3, 10).count, 0);
}

static void an_entry_belongs_to_its_transaction(void **state) {
    struct place *place = *state;
    append(place, "before");
    assert_true(store_begin(place->store, NULL));
    assert_true(store_user_create(place->store, place->people.number, "anna", NULL, NULL));
    assert_int_equal(append(place, "undone"), 1);
    store_rollback(place->store);
    assert_bounds(place, 0, 1);
    assert_true(store_begin(place->store, NULL));
    assert_int_equal(append(place, "done"), 1);
    assert_int_equal(append(place, "done too"), 2);
    assert_true(store_commit(place->store, NULL));
    assert_bounds(place, 0, 3);
    assert_string_equal(read_from(place, 1, 1).last, "done");
}

static void forgotten_entries_leave_their_numbers(void **state) {
    struct place *place = *state;
    for (int i = 0; i < 10; i++)
        append(place, "entry");
    assert_true(store_journal_forget(place->store, 4, NULL));
    assert_bounds(place, 4, 10);
    assert_true(store_journal_forget(place->store, 10, NULL));
    assert_bounds(place, 10, 10);
    reopen(place);
    assert_bounds(place, 10, 10);
    assert_int_equal(append(place, "next"), 10);
    assert_bounds(place, 10, 11);
}

static void *append_many(void *context) {
    struct place *place = context;
    uint64_t *indexes = calloc(EACH_ADDS, sizeof *indexes);
    for (int i = 0; i < EACH_ADDS; i++)
        if (!store_journal_append(place->store, BYTES_LITERAL("x"), &indexes[i], NULL))
            indexes[i] = UINT64_MAX;
    return indexes;
}

static void many_threads_get_each_number_once(void **state) {
    struct place *place = *state;
    pthread_t threads[THREADS];
    bool seen[THREADS * EACH_ADDS] = {false};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, append_many, place), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        const uint64_t *indexes = result;
        for (int j = 0; j < EACH_ADDS; j++) {
            assert_true(indexes[j] < ARRAY_LEN(seen) && !seen[indexes[j]]);
            assert_true(j == 0 || indexes[j] > indexes[j - 1]);
            seen[indexes[j]] = true;
        }
        free(result);
    }
    assert_bounds(place, 0, ARRAY_LEN(seen));
}

static void a_failure_reaches_the_one_whose_entry_it_is(void **state) {
    struct place *place = *state;
    uint64_t index;
    struct error err;
    sqlite3_exec(place->store->writer->db, "PRAGMA query_only=1", NULL, NULL, NULL);
    assert_false(store_journal_append(place->store, BYTES_LITERAL("x"), &index, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    sqlite3_exec(place->store->writer->db, "PRAGMA query_only=0", NULL, NULL, NULL);
    assert_int_equal(append(place, "again"), 0);
}

static void what_was_acknowledged_survives_a_kill(void **state) {
    struct place *place = *state;
    uint64_t said = 0, index;
    for (int kill_number = 0; kill_number < 5; kill_number++) {
        int ends[2], status;
        store_close(place->store);
        place->store = NULL;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            struct store *store;
            if (!store_open(place->folder, &store, NULL))
                _exit(1);
            while (store_journal_append(store, BYTES_LITERAL("x"), &index, NULL) &&
                   write(ends[1], &index, sizeof index) == sizeof index)
                ;
            _exit(2);
        }
        close(ends[1]);
        usleep(150000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &index, sizeof index) == sizeof index)
            said = index + 1;
        close(ends[0]);
        reopen(place);
        uint64_t first, next;
        assert_true(store_journal_bounds(place->store, &first, &next, NULL));
        assert_true(first == 0 && next >= said);
        assert_int_equal(read_from(place, 0, next + 1).count, next);
    }
    assert_true(said > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(entries_count_from_0_and_are_there_after_a_restart),
        EACH(an_entry_belongs_to_its_transaction),
        EACH(forgotten_entries_leave_their_numbers),
        EACH(many_threads_get_each_number_once),
        EACH(a_failure_reaches_the_one_whose_entry_it_is),
        EACH(what_was_acknowledged_survives_a_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
