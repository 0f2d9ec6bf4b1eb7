/* What store.h promises: nothing acknowledged is lost, nothing half written, nothing in clear. */
#define _GNU_SOURCE /* memmem */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store/test-support.h"
#include "base/limits.h"

enum { KILLS = 30 };

static void faces_and_vectors_are_there_after_a_restart(void **state) {
    struct place *place = *state;
    float vector[DIMENSION];
    struct store_face face;
    struct seen seen = {.wanted = add(place, 7)};
    add(place, 8);
    reopen(place);
    assert_true(store_vectors_each(place->store, place->people.number, see, &seen, NULL));
    vector_of(7, vector);
    assert_true(seen.found && seen.count == 2);
    assert_memory_equal(seen.vector, vector, sizeof vector);
    assert_true(store_face_get(place->store, place->arena, place->people.number, seen.wanted, &face, NULL));
    assert_float_equal(face.height, 0.0625f, 0);
    assert_null(face.external_image_id);
    assert_int_equal(face_count(place), 2);
}

static void the_same_photograph_under_the_same_name_keeps_its_first_id(void **state) {
    struct place *place = *state;
    struct store_face first = face_of(1, "anna"), again = face_of(1, "anna"), other = face_of(1, "berta");
    bool known;
    assert_true(add_to(place->store, place->people.number, &first, 1, &known) && !known);
    assert_true(add_to(place->store, place->people.number, &again, 1, &known) && known);
    assert_true(uuid_equal(first.id, again.id));
    assert_true(add_to(place->store, place->people.number, &other, 1, &known) && !known);
    assert_int_equal(face_count(place), 2);
    add(place, 1);
    add(place, 1); /* without a name each counts */
    assert_int_equal(face_count(place), 4);
}

static void pages_show_each_face_once_while_others_are_added(void **state) {
    enum { FACES = 100, PAGE = 7 };
    struct place *place = *state;
    struct store_face *faces;
    struct uuid ids[FACES], last = {{0}};
    int seen[FACES] = {0};
    size_t count = PAGE;
    for (uint32_t i = 0; i < FACES; i++)
        ids[i] = add(place, i);
    for (bool first = true; count == PAGE; first = false) {
        assert_true(store_faces_list(place->store, place->arena, place->people.number, NULL,
                                     first ? NULL : &last, PAGE, &faces, &count, NULL));
        for (size_t i = 0; i < count; i++) {
            assert_true(memcmp(last.bytes, faces[i].id.bytes, sizeof last.bytes) < 0);
            last = faces[i].id;
            for (size_t k = 0; k < FACES; k++)
                seen[k] += uuid_equal(ids[k], last);
        }
        add(place, FACES);
    }
    for (size_t k = 0; k < FACES; k++)
        assert_int_equal(seen[k], 1);
}

static void deleting_tells_which_were_there(void **state) {
    struct place *place = *state;
    struct uuid ids[] = {add(place, 1), uuid_random(), add(place, 2)};
    struct store_face face;
    struct error err;
    bool deleted[3];
    assert_true(store_faces_delete(place->store, place->people.number, ids, 3, deleted, NULL));
    assert_true(deleted[0] && !deleted[1] && deleted[2]);
    assert_int_equal(face_count(place), 0);
    assert_false(store_face_get(place->store, place->arena, place->people.number, ids[0], &face, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "faceId was not found in the collection.");
}

static void collections_say_when_they_are_there_and_when_not(void **state) {
    struct place *place = *state;
    struct store_collection collection, *list;
    struct error err;
    size_t count;
    assert_false(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_string_equal(err.text, "The collection id: people already exists");
    assert_false(
        store_collection_get(place->store, place->arena, STORE_OPERATOR, "nobody", &collection, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "The collection id: nobody does not exist");
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "Zebra", "1.0", DIMENSION, NULL, 0, &err));
    assert_true(
        store_collection_list(place->store, place->arena, STORE_OPERATOR, NULL, 10, &list, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, "Zebra"); /* bytewise: capitals first */
    assert_true(
        store_collection_list(place->store, place->arena, STORE_OPERATOR, "Zebra", 10, &list, &count, NULL));
    assert_int_equal(count, 1);
}

static void a_deleted_collection_is_gone_with_its_faces_and_its_number(void **state) {
    struct place *place = *state;
    struct store_collection again;
    struct store_face face = face_of(1, NULL);
    struct error err;
    bool known;
    add(place, 1);
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    assert_false(store_collection_delete(place->store, STORE_OPERATOR, "people", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(add_to(place->store, place->people.number, &face, 1, &known));
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_collection_get(place->store, place->arena, STORE_OPERATOR, "people", &again, NULL));
    assert_true(again.number != place->people.number && again.face_count == 0);
}

static bool files_hold(const struct place *place, const void *needle, size_t len) {
    static const char *const names[] = {"store.db", "store.db-wal"};
    static char data[8 << 20];
    bool held = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        FILE *stream = fopen(path, "rb");
        if (!stream)
            continue;
        size_t size = fread(data, 1, sizeof data, stream);
        assert_true(size < sizeof data);
        fclose(stream);
        held = held || memmem(data, size, needle, len);
    }
    return held;
}

/* The first blob that a query gives. */
static size_t stored_blob(const struct place *place, const char *sql, uint8_t *out, size_t maximum) {
    sqlite3_stmt *statement;
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    size_t len = (size_t)sqlite3_column_bytes(statement, 0);
    assert_true(len <= maximum);
    memcpy(out, sqlite3_column_blob(statement, 0), len);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return len;
}

static void vectors_are_never_in_clear(void **state) {
    struct place *place = *state;
    float vector[DIMENSION];
    vector_of(1, vector);
    add(place, 1);
    assert_false(files_hold(place, vector, 2 * sizeof *vector));
    store_close(place->store);
    place->store = NULL;
    assert_false(files_hold(place, vector, 2 * sizeof *vector));
}

static void of_deleted_faces_no_byte_is_left(void **state) {
    enum { FACES = 300 };
    struct place *place = *state;
    struct uuid ids[FACES];
    uint8_t sealed[DIMENSION * sizeof(float) + SEAL_OVERHEAD];
    bool known, deleted[FACES];
    for (uint32_t i = 0; i < FACES; i++) { /* enough for the tree to split its pages */
        struct store_face face = face_of(i, "a-very-particular-name");
        assert_true(add_to(place->store, place->people.number, &face, i, &known) && !known);
        ids[i] = face.id;
    }
    size_t len = stored_blob(place, "SELECT sealed_vector FROM faces LIMIT 1 OFFSET 150", sealed,
                             sizeof sealed);
    assert_int_equal(len, sizeof sealed);
    assert_true(files_hold(place, "a-very-particular-name", 22));
    assert_true(files_hold(place, sealed, len));
    assert_true(store_faces_delete(place->store, place->people.number, ids, FACES, deleted, NULL));
    assert_false(files_hold(place, "a-very-particular-name", 22));
    assert_false(files_hold(place, sealed, len));
    store_close(place->store);
    place->store = NULL;
    assert_false(files_hold(place, "a-very-particular-name", 22));
    assert_false(files_hold(place, sealed, len));
}

static void of_a_deleted_collection_not_even_the_key_is_left(void **state) {
    struct place *place = *state;
    const struct store_tag tag = {"department-of", "deleted-things"};
    uint8_t sealed[DIMENSION * sizeof(float) + SEAL_OVERHEAD], key[SEAL_KEY + SEAL_OVERHEAD];
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "tagged", "1.0", DIMENSION, &tag, 1, NULL));
    add(place, 1);
    size_t len = stored_blob(place, "SELECT sealed_vector FROM faces", sealed, sizeof sealed);
    size_t key_len = stored_blob(place, "SELECT wrapped_key FROM collections WHERE id='people'", key,
                                 sizeof key);
    assert_true(files_hold(place, key, key_len) && files_hold(place, sealed, len));
    assert_true(files_hold(place, tag.value, strlen(tag.value)));
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "tagged", NULL));
    assert_false(files_hold(place, key, key_len) || files_hold(place, sealed, len));
    assert_false(files_hold(place, tag.value, strlen(tag.value)));
}

static void a_vector_opens_for_its_own_face_alone(void **state) {
    struct place *place = *state;
    struct seen seen = {0};
    struct error err;
    add(place, 1);
    add(place, 2);
    assert_true(store_vectors_each(place->store, place->people.number, see, &seen, NULL));
    change_file(place,
                "UPDATE faces SET sealed_vector=(SELECT sealed_vector FROM faces ORDER BY id LIMIT 1)");
    reopen(place);
    assert_false(store_vectors_each(place->store, place->people.number, see, &seen, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "damaged"));
}

static void a_key_opens_for_its_own_collection_alone(void **state) {
    struct place *place = *state;
    struct seen seen = {0};
    struct error err;
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));
    change_file(place,
                "UPDATE collections SET wrapped_key=(SELECT wrapped_key FROM collections WHERE id='other')");
    reopen(place);
    assert_false(store_vectors_each(place->store, place->people.number, see, &seen, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
}

static void assert_private(const struct place *place, const char *name) {
    char path[128];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 077, 0);
}

static void its_files_are_private_in_a_folder_that_is_not(void **state) {
    struct place *place = *state;
    assert_int_equal(chmod(place->folder, 0755), 0);
    add(place, 1);
    assert_private(place, "store.db");
    assert_private(place, "store.db-wal");
    assert_private(place, "master.key");
}

static void collections_end_at_their_limit(void **state) {
    struct place *place = *state;
    struct error err;
    char sql[256];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             "INSERT INTO collections(number, account, id, model, dimension, created_ms, wrapped_key)"
             " SELECT -i, 1, i, 1, 16, 0, x'00' FROM n",
             LIMIT_COLLECTIONS - 2);
    change_file(place, sql);
    reopen(place);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "last", "1.0", DIMENSION, NULL, 0, NULL));
    assert_false(
        store_collection_create(place->store, STORE_OPERATOR, "beyond", "1.0", DIMENSION, NULL, 0, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_false(store_collection_copy(place->store, STORE_OPERATOR, "people", "beyond", &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_false(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
}

static void a_full_collection_takes_only_faces_that_it_has(void **state) {
    struct place *place = *state;
    struct store_face first = face_of(1, "anna"), again = face_of(1, "anna"), second = face_of(2, "anna"),
                      third = face_of(3, "anna");
    struct error err;
    char sql[128];
    bool known;
    assert_true(add_to(place->store, place->people.number, &first, 1, &known));
    snprintf(sql, sizeof sql, "UPDATE collections SET face_count=%d", LIMIT_COLLECTION_FACES - 1);
    change_file(place, sql);
    reopen(place);
    assert_true(add_to(place->store, place->people.number, &second, 2, &known) && !known);
    assert_true(add_to(place->store, place->people.number, &again, 1, &known) && known);
    float vector[DIMENSION];
    const float *vectors[] = {vector};
    vector_of(3, vector);
    assert_false(store_faces_add(place->store, place->people.number, &third, vectors, 1, &known, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_int_equal(face_count(place), LIMIT_COLLECTION_FACES);
    assert_false(store_face_get(place->store, place->arena, place->people.number, third.id, &first, NULL));
}

static void a_full_disk_is_said_and_what_was_there_stays(void **state) {
    struct place *place = *state;
    struct error err = {0};
    float vector[DIMENSION] = {0};
    const float *vectors[] = {vector};
    bool known, added = true;
    struct uuid before = add(place, 1);
    int64_t count = 1;
    assert_int_equal(sqlite3_exec(place->store->writer->db, "PRAGMA max_page_count=20", NULL, NULL, NULL),
                     SQLITE_OK);
    for (uint32_t i = 2; added && i < 1000; i++) {
        struct store_face face = face_of(i, NULL);
        added = store_faces_add(place->store, place->people.number, &face, vectors, 1, &known, &err);
        count += added;
    }
    assert_false(added);
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "the disk is full"));
    assert_int_equal(face_count(place), count);
    assert_int_equal(sqlite3_exec(place->store->writer->db, "PRAGMA max_page_count=100000", NULL, NULL, NULL),
                     SQLITE_OK);
    add(place, 1001);
    struct store_face face;
    assert_true(store_face_get(place->store, place->arena, place->people.number, before, &face, NULL));
    assert_int_equal(face_count(place), count + 1);
}

static void write_file(const char *folder, const char *name, const void *data, size_t len) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    close(fd);
}

static void another_master_key_is_refused(void **state) {
    struct place *place = *state;
    struct error err;
    uint8_t wrong[SEAL_KEY] = {1};
    store_close(place->store);
    place->store = NULL;
    write_file(place->folder, "master.key", wrong, sizeof wrong);
    assert_false(store_open(place->folder, &place->store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "master.key"));
    write_file(place->folder, "master.key", wrong, sizeof wrong - 1);
    assert_false(store_open(place->folder, &place->store, &err));
    assert_non_null(strstr(err.text, "not a key of 32 bytes"));
}

static void a_missing_or_public_master_key_is_refused(void **state) {
    struct place *place = *state;
    struct store *store;
    struct error err;
    char path[128];
    store_close(place->store);
    place->store = NULL;
    snprintf(path, sizeof path, "%s/master.key", place->folder);
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(store_open(place->folder, &store, &err));
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_int_equal(unlink(path), 0);
    assert_false(store_open(place->folder, &store, &err));
    assert_non_null(strstr(err.text, "backup"));
}

static void a_folder_in_use_is_refused(void **state) {
    struct place *place = *state;
    struct store *second;
    struct error err;
    assert_false(store_open(place->folder, &second, &err));
    assert_int_equal(err.code, ERROR_IN_USE);
}

static void a_file_that_is_no_store_is_refused(void **state) {
    struct place *place = *state;
    static const char text[4096] = "this is no database, and it is long enough to be read as one";
    struct error err;
    store_close(place->store);
    place->store = NULL;
    write_file(place->folder, "store.db", text, sizeof text);
    assert_false(store_open(place->folder, &place->store, &err));
    assert_non_null(strstr(err.text, "restore it from a backup"));
}

static void refuse_after(struct place *place, const char *sql, const char *sentence) {
    struct error err;
    change_file(place, sql);
    assert_false(store_open(place->folder, &place->store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    if (!strstr(err.text, sentence))
        fail_msg("%s", err.text);
}

static void a_database_of_another_release_or_program_is_refused(void **state) {
    struct place *place = *state;
    refuse_after(place, "PRAGMA user_version=99", "newer release");
    refuse_after(place, "PRAGMA user_version=-1", "another program");
    refuse_after(place, "PRAGMA user_version=1; PRAGMA application_id=7", "another program");
    refuse_after(place, "PRAGMA user_version=0; PRAGMA application_id=0", "another program");
}

static void a_truncated_file_is_refused(void **state) {
    struct place *place = *state;
    struct error err;
    char path[128];
    struct stat about;
    for (uint32_t i = 0; i < 100; i++)
        add(place, i);
    store_close(place->store);
    place->store = NULL;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(truncate(path, about.st_size / 2), 0);
    assert_false(store_open(place->folder, &place->store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "restore it from a backup"));
}

/* Adds, lists and deletes every other face of its own; the context when something fails. */
static void *work(void *context) {
    struct place *place = context;
    int64_t people = place->people.number;
    struct store_face *faces;
    size_t count;
    struct arena *arena = arena_new(16 << 20);
    bool good = arena != NULL;
    for (uint32_t i = 0; good && i < 50; i++) {
        struct store_face face = face_of(i, NULL);
        bool known, deleted = true;
        good = add_to(place->store, people, &face, i, &known) &&
               store_faces_list(place->store, arena, people, NULL, NULL, 10, &faces, &count, NULL) &&
               count > 0 &&
               (i % 2 == 0 || store_faces_delete(place->store, people, &face.id, 1, &deleted, NULL)) &&
               deleted;
        arena_reset(arena);
    }
    arena_free(arena);
    return good ? NULL : context;
}

static void threads_work_beside_each_other(void **state) {
    struct place *place = *state;
    pthread_t threads[4];
    struct seen seen = {0};
    void *failed;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, place), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(face_count(place), 100);
    assert_true(store_vectors_each(place->store, place->people.number, see, &seen, NULL));
    assert_int_equal(seen.count, 100);
}

/* What a child says of each face that it has added. */
struct acknowledgement {
    struct uuid id;
    uint32_t number;
};

static void add_until_killed(const char *folder, int64_t collection, int pipe_end) {
    struct store *store;
    if (!store_open(folder, &store, NULL))
        _exit(1);
    for (uint32_t i = 0;; i++) {
        struct store_face face = face_of(i, NULL);
        bool known;
        if (!add_to(store, collection, &face, i, &known))
            _exit(1);
        struct acknowledgement said = {face.id, i};
        if (write(pipe_end, &said, sizeof said) != (ssize_t)sizeof said)
            _exit(1);
    }
}

/* Kills a child while it adds; returns the pipe that holds what it acknowledged. */
static int add_and_kill(struct place *place, useconds_t after) {
    int ends[2], status;
    store_close(place->store);
    place->store = NULL;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        add_until_killed(place->folder, place->people.number, ends[1]);
    close(ends[1]);
    usleep(after);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    reopen(place);
    return ends[0];
}

struct tally {
    struct acknowledgement said[4096]; /* more than a pipe holds */
    size_t said_count, found, total;
};

static bool check_vector(void *context, struct uuid id, const struct uuid *user, const float *vector,
                         struct error *err) {
    struct tally *tally = context;
    (void)user;
    float wanted[DIMENSION];
    tally->total++;
    for (size_t i = 0; i < tally->said_count; i++)
        if (uuid_equal(tally->said[i].id, id)) {
            vector_of(tally->said[i].number, wanted);
            for (int k = 0; k < DIMENSION; k++)
                if (vector[k] != wanted[k])
                    return error_set(err, ERROR_INTERNAL, "another vector");
            tally->found++;
        }
    return true;
}

static void what_was_acknowledged_survives_kill_9(void **state) {
    struct place *place = *state;
    static struct tally tally;
    size_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        int said = add_and_kill(place, (useconds_t)(20000 + randombytes_uniform(40000)));
        memset(&tally, 0, sizeof tally);
        while (tally.said_count < ARRAY_LEN(tally.said) &&
               read(said, &tally.said[tally.said_count], sizeof *tally.said) == (ssize_t)sizeof *tally.said)
            tally.said_count++;
        close(said);
        assert_true(store_vectors_each(place->store, place->people.number, check_vector, &tally, NULL));
        assert_int_equal(tally.found, tally.said_count);
        assert_int_equal(tally.total, face_count(place));
        acknowledged += tally.said_count;
    }
    assert_true(acknowledged > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(faces_and_vectors_are_there_after_a_restart),
        EACH(the_same_photograph_under_the_same_name_keeps_its_first_id),
        EACH(pages_show_each_face_once_while_others_are_added),
        EACH(deleting_tells_which_were_there),
        EACH(collections_say_when_they_are_there_and_when_not),
        EACH(a_deleted_collection_is_gone_with_its_faces_and_its_number),
        EACH(vectors_are_never_in_clear),
        EACH(of_deleted_faces_no_byte_is_left),
        EACH(of_a_deleted_collection_not_even_the_key_is_left),
        EACH(a_vector_opens_for_its_own_face_alone),
        EACH(a_key_opens_for_its_own_collection_alone),
        EACH(its_files_are_private_in_a_folder_that_is_not),
        EACH(collections_end_at_their_limit),
        EACH(a_full_collection_takes_only_faces_that_it_has),
        EACH(a_full_disk_is_said_and_what_was_there_stays),
        EACH(another_master_key_is_refused),
        EACH(a_missing_or_public_master_key_is_refused),
        EACH(a_folder_in_use_is_refused),
        EACH(a_file_that_is_no_store_is_refused),
        EACH(a_truncated_file_is_refused),
        EACH(a_database_of_another_release_or_program_is_refused),
        EACH(threads_work_beside_each_other),
        EACH(what_was_acknowledged_survives_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
