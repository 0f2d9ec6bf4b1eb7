/* What store.h promises of several writes as one: all or nothing, seen by others at its end, in turn. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store/test-support.h"

static void begin(struct place *place) {
    assert_true(store_begin(place->store, NULL));
}

static void commit(struct place *place) {
    struct error err;
    if (!store_commit(place->store, &err))
        fail_msg("%s", err.text);
    assert_false(store_in_transaction(place->store));
}

static bool create_user(struct place *place, const char *id, struct error *err) {
    return store_user_create(place->store, place->people.number, id, NULL, err);
}

static void what_was_committed_is_there_after_a_restart(void **state) {
    struct place *place = *state;
    begin(place);
    assert_true(store_in_transaction(place->store));
    struct uuid face = add(place, 1);
    assert_true(create_user(place, "anna", NULL));
    give(place, "anna", &face, 1);
    commit(place);
    reopen(place);
    assert_int_equal(user_of(place, "anna").face_count, 1);
    assert_int_equal(face_count(place), 1);
}

static void a_rollback_undoes_everything(void **state) {
    struct place *place = *state;
    struct uuid before = add(place, 1);
    struct store_collection other;
    struct store_user user;
    bool deleted;
    begin(place);
    struct uuid face = add(place, 2);
    assert_true(create_user(place, "anna", NULL));
    assert_true(store_faces_delete(place->store, place->people.number, &before, 1, &deleted, NULL));
    assert_true(deleted);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));
    store_rollback(place->store);
    assert_false(store_in_transaction(place->store));
    assert_true(has_face(place, place->people.number, before));
    assert_false(has_face(place, place->people.number, face));
    assert_false(store_collection_get(place->store, place->arena, STORE_OPERATOR, "other", &other, NULL));
    assert_false(store_user_get(place->store, place->arena, place->people.number, "anna", &user, NULL));
    assert_int_equal(face_count(place), 1);
    assert_int_equal(get(place, "people").user_count, 0);
}

static void a_transaction_reads_what_it_wrote(void **state) {
    struct place *place = *state;
    const struct store_tag tag = {"team", "red"};
    const struct sha256 digest = {{1}};
    struct store *store = place->store;
    int64_t people = place->people.number;
    struct store_collection *collections;
    struct store_face *faces;
    struct store_user *users, user;
    struct store_tag *tags;
    struct uuid *ids;
    const char *reply;
    size_t count;
    float vector[DIMENSION], wanted[DIMENSION];
    begin(place);
    struct seen seen = {.wanted = add(place, 1)};
    assert_true(create_user(place, "anna", NULL));
    give(place, "anna", &seen.wanted, 1);
    assert_true(store_tags_put(store, people, &tag, 1, NULL));
    assert_true(store_face_tags_put(store, people, &seen.wanted, 1, &tag, 1, NULL));
    assert_true(
        store_token_keep(store, STORE_OPERATOR, "CreateUser", "t", digest, BYTES_LITERAL("{}"), NULL));
    assert_true(store_collection_create(store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));

    assert_int_equal(face_count(place), 1);
    assert_true(
        store_collection_list(store, place->arena, STORE_OPERATOR, NULL, 9, &collections, &count, NULL) &&
        count == 2);
    assert_true(store_faces_list(store, place->arena, people, NULL, NULL, 9, &faces, &count, NULL));
    assert_true(count == 1 && strcmp(faces[0].user_id, "anna") == 0);
    assert_true(store_faces_matching(store, people, NULL, &ids, &count, NULL) && count == 1);
    free(ids);
    assert_true(store_vectors_each(store, people, see, &seen, NULL) && seen.found && seen.owned);
    assert_true(store_vector_get(store, people, seen.wanted, DIMENSION, vector, NULL));
    vector_of(1, wanted);
    assert_memory_equal(vector, wanted, sizeof wanted);
    assert_true(store_user_list(store, place->arena, people, NULL, 9, &users, &count, NULL) && count == 1);
    assert_true(store_user_get_by_key(store, place->arena, people, seen.user, &user, NULL));
    assert_int_equal(user.face_count, 1);
    assert_true(store_tags_get(store, place->arena, people, &tags, &count, NULL) && count == 1);
    assert_true(store_face_tags_get(store, place->arena, people, seen.wanted, &tags, &count, NULL) &&
                count == 1);
    assert_true(
        store_token_find(store, place->arena, STORE_OPERATOR, "CreateUser", "t", digest, &reply, NULL));
    assert_string_equal(reply, "{}");
    store_rollback(store);
}

/* A failed write is the end of the transaction that it belongs to. */
static void assert_lost(struct place *place) {
    struct error err;
    assert_true(store_in_transaction(place->store));
    assert_false(create_user(place, "late", &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_false(store_commit(place->store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_false(store_in_transaction(place->store));
    assert_int_equal(ask_file(place, "SELECT count(*) FROM users"), 0);
    assert_true(create_user(place, "next", NULL));
}

static void a_failed_write_makes_the_whole_fail(void **state) {
    struct place *place = *state;
    struct error err;
    begin(place);
    assert_true(create_user(place, "anna", NULL));
    assert_false(create_user(place, "anna", &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_lost(place);
}

static void a_failed_read_harms_nothing(void **state) {
    struct place *place = *state;
    struct store_user user;
    begin(place);
    assert_true(create_user(place, "anna", NULL));
    assert_false(store_user_get(place->store, place->arena, place->people.number, "berta", &user, NULL));
    commit(place);
    user_of(place, "anna");
}

static void a_full_disk_undoes_the_whole(void **state) {
    struct place *place = *state;
    float vector[DIMENSION] = {0};
    const float *vectors[] = {vector};
    struct error err = {0};
    bool known, added = true;
    sqlite3 *db = place->store->writer->db;
    begin(place);
    assert_true(create_user(place, "anna", NULL));
    assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count=40", NULL, NULL, NULL), SQLITE_OK);
    for (uint32_t i = 0; added && i < 1000; i++) {
        struct store_face face = face_of(i, NULL);
        added = store_faces_add(place->store, place->people.number, &face, vectors, 1, &known, &err);
    }
    assert_false(added);
    assert_non_null(strstr(err.text, "the disk is full"));
    assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count=100000", NULL, NULL, NULL), SQLITE_OK);
    assert_lost(place);
    assert_int_equal(face_count(place), 0);
}

static int refuse_commit(void *context) {
    (void)context;
    return 1;
}

static void begins_in_a_transaction_join_it(void **state) {
    struct place *place = *state;
    begin(place);
    begin(place);
    assert_true(create_user(place, "anna", NULL));
    assert_true(store_commit(place->store, NULL));
    assert_true(store_in_transaction(place->store));
    assert_int_equal(ask_file(place, "SELECT count(*) FROM users"), 0);
    commit(place);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM users"), 1);
    assert_true(store_user_delete(place->store, place->people.number, "anna", NULL));

    begin(place);
    assert_true(create_user(place, "berta", NULL));
    begin(place);
    store_rollback(place->store);
    assert_lost(place);
}

/* --- what is registered for the end --- */

struct ends {
    struct place *place;
    int count, committed, order[100], users; /* users: in the file, seen by the first one */
    bool alone;
};

struct end {
    struct ends *all;
    int number;
};

static void at_end(void *context, bool committed) {
    struct end *end = context;
    struct ends *all = end->all;
    if (all->count == 0) {
        all->users = (int)ask_file(all->place, "SELECT count(*) FROM users");
        all->alone = pthread_mutex_trylock(&all->place->store->transaction.writing) == EBUSY;
        user_of(all->place, "before");
    }
    all->order[all->count++] = end->number;
    all->committed += committed;
}

enum { ENDS = 20 };

/* Begins, registers ENDS, and makes a user. */
static void register_ends(struct place *place, struct ends *all, struct end *ends) {
    *all = (struct ends){.place = place};
    assert_true(create_user(place, "before", NULL));
    begin(place);
    for (int i = 0; i < ENDS; i++) {
        ends[i] = (struct end){all, i};
        assert_true(store_on_commit(place->store, at_end, &ends[i], NULL));
    }
    assert_true(create_user(place, "anna", NULL));
    assert_int_equal(all->count, 0);
}

static void assert_ended(const struct ends *all, bool committed) {
    assert_int_equal(all->count, ENDS);
    assert_int_equal(all->committed, committed ? ENDS : 0);
    assert_int_equal(all->users, committed ? 2 : 1);
    assert_true(all->alone);
    for (int i = 0; i < ENDS; i++)
        assert_int_equal(all->order[i], i);
}

static void what_is_registered_runs_in_order_once_all_is_on_disk(void **state) {
    struct place *place = *state;
    struct ends all;
    struct end ends[ENDS];
    register_ends(place, &all, ends);
    commit(place);
    assert_ended(&all, true);
    begin(place);
    assert_true(create_user(place, "berta", NULL));
    commit(place);
    assert_int_equal(all.count, ENDS); /* never again */
}

static void what_is_registered_hears_of_a_rollback(void **state) {
    struct ends all;
    struct end ends[ENDS];
    register_ends(*state, &all, ends);
    store_rollback(all.place->store);
    assert_ended(&all, false);
}

static void what_is_registered_hears_of_a_commit_that_failed(void **state) {
    struct ends all;
    struct end ends[ENDS];
    struct error err;
    register_ends(*state, &all, ends);
    struct store *store = all.place->store;
    sqlite3_commit_hook(store->writer->db, refuse_commit, NULL);
    assert_false(store_commit(store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_false(store_in_transaction(store));
    assert_ended(&all, false);
    sqlite3_commit_hook(store->writer->db, NULL, NULL);
    assert_true(create_user(all.place, "anna", NULL));
}

/* --- deletions --- */

static int64_t log_bytes(const struct place *place) {
    struct stat about;
    char path[128];
    snprintf(path, sizeof path, "%s/store.db-wal", place->folder);
    assert_int_equal(stat(path, &about), 0);
    return about.st_size;
}

static void the_log_is_cut_after_a_transaction_that_deletes(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 1);
    bool deleted;
    begin(place);
    assert_true(store_faces_delete(place->store, place->people.number, &face, 1, &deleted, NULL));
    assert_true(create_user(place, "anna", NULL));
    assert_true(log_bytes(place) > 0);
    commit(place);
    assert_int_equal(log_bytes(place), 0);
    assert_true(create_user(place, "berta", NULL));
    assert_true(log_bytes(place) > 0);
    assert_true(store_user_delete(place->store, place->people.number, "berta", NULL));
    assert_int_equal(log_bytes(place), 0);
}

/* --- threads --- */

struct other {
    struct place *place;
    atomic_bool ended; /* set before the first thread's transaction ends */
    bool in_transaction, done, waited;
};

static void *write_too(void *context) {
    struct other *other = context;
    other->in_transaction = store_in_transaction(other->place->store);
    other->done = create_user(other->place, "berta", NULL);
    other->waited = atomic_load(&other->ended);
    return NULL;
}

static void a_write_of_another_thread_waits_for_the_end(void **state) {
    struct other other = {.place = *state};
    pthread_t thread;
    begin(other.place);
    assert_true(create_user(other.place, "anna", NULL));
    assert_int_equal(pthread_create(&thread, NULL, write_too, &other), 0);
    usleep(100000);
    atomic_store(&other.ended, true);
    commit(other.place);
    pthread_join(thread, NULL);
    assert_true(other.done && other.waited && !other.in_transaction);
    assert_int_equal(get(other.place, "people").user_count, 2);
}

struct look {
    struct place *place;
    int64_t user_count;
    bool anna;
};

static void *look_at(void *context) {
    struct look *look = context;
    struct store_collection people = {.user_count = -1};
    struct store_user user;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
    if (store_collection_get(look->place->store, arena, STORE_OPERATOR, "people", &people, NULL))
        look->user_count = people.user_count;
    look->anna = store_user_get(look->place->store, arena, people.number, "anna", &user, NULL);
    return NULL;
}

static struct look look_from_another_thread(struct place *place) {
    struct look look = {place, -1, false};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look_at, &look), 0);
    pthread_join(thread, NULL);
    return look;
}

static void other_threads_see_nothing_before_the_end(void **state) {
    struct place *place = *state;
    begin(place);
    assert_true(create_user(place, "anna", NULL));
    struct look before = look_from_another_thread(place);
    commit(place);
    struct look after = look_from_another_thread(place);
    assert_true(before.user_count == 0 && !before.anna);
    assert_true(after.user_count == 1 && after.anna);
}

enum { THREADS = 4, ROUNDS = 20 };

/* Counts faces in transactions, every other of which is undone; the context when a count is wrong. */
static void *add_and_count(void *context) {
    struct place *place = context;
    struct store *store = place->store;
    int64_t people = place->people.number;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(16 << 20);
    bool good = true;
    for (uint32_t i = 0; good && i < ROUNDS; i++) {
        struct store_face face = face_of(i, NULL);
        struct store_collection before, after;
        bool known;
        good = store_begin(store, NULL) &&
               store_collection_get(store, arena, STORE_OPERATOR, "people", &before, NULL) &&
               add_to(store, people, &face, i, &known) &&
               store_collection_get(store, arena, STORE_OPERATOR, "people", &after, NULL) &&
               after.face_count == before.face_count + 1;
        if (i % 2 == 0)
            good = store_commit(store, NULL) && good;
        else
            store_rollback(store);
    }
    return good ? NULL : context;
}

static void transactions_of_threads_take_turns(void **state) {
    struct place *place = *state;
    pthread_t threads[THREADS];
    void *failed;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_and_count, place), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(face_count(place), THREADS * ROUNDS / 2);
}

/* --- kill -9 --- */

static void add_in_transaction(const char *folder, int64_t collection, int pipe_end) {
    struct store *store;
    bool known, good = store_open(folder, &store, NULL) && store_begin(store, NULL);
    for (uint32_t i = 0; good && i < 100; i++) {
        struct store_face face = face_of(i, NULL);
        good = add_to(store, collection, &face, i, &known);
    }
    if (good && write(pipe_end, "x", 1) == 1)
        pause();
    _exit(1);
}

static void a_transaction_that_is_killed_is_wholly_absent(void **state) {
    struct place *place = *state;
    int ends[2], status;
    char byte;
    store_close(place->store);
    place->store = NULL;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        add_in_transaction(place->folder, place->people.number, ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    reopen(place);
    assert_int_equal(face_count(place), 0);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM faces"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(what_was_committed_is_there_after_a_restart),
        EACH(a_rollback_undoes_everything),
        EACH(a_transaction_reads_what_it_wrote),
        EACH(a_failed_write_makes_the_whole_fail),
        EACH(a_failed_read_harms_nothing),
        EACH(a_full_disk_undoes_the_whole),
        EACH(begins_in_a_transaction_join_it),
        EACH(what_is_registered_runs_in_order_once_all_is_on_disk),
        EACH(what_is_registered_hears_of_a_rollback),
        EACH(what_is_registered_hears_of_a_commit_that_failed),
        EACH(the_log_is_cut_after_a_transaction_that_deletes),
        EACH(a_write_of_another_thread_waits_for_the_end),
        EACH(other_threads_see_nothing_before_the_end),
        EACH(transactions_of_threads_take_turns),
        EACH(a_transaction_that_is_killed_is_wholly_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
