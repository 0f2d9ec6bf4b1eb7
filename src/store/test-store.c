/* What store.h promises: nothing acknowledged is lost, nothing half written, nothing in clear. */
#define _GNU_SOURCE /* memmem */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>
#include "store/store.h"

enum { DIMENSION = 16, KILLS = 30 };

struct place {
    char folder[64];
    struct store *store;
    struct arena *arena;
    struct store_collection people;
};

static void reopen(struct place *place) {
    struct error err;
    store_close(place->store);
    place->store = NULL;
    if (!store_open(place->folder, &place->store, &err))
        fail_msg("%s", err.text);
}

static int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/test-store-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->arena = arena_new(64 << 20);
    reopen(place);
    assert_true(store_collection_create(place->store, "people", "1.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_collection_get(place->store, place->arena, "people", &place->people, NULL));
    *state = place;
    return 0;
}

static int clear_place(void **state) {
    struct place *place = *state;
    char command[128];
    store_close(place->store);
    arena_free(place->arena);
    snprintf(command, sizeof command, "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static void vector_of(uint32_t number, float vector[DIMENSION]) {
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = (float)number + (float)i * 0.125f;
}

static struct store_face face_of(uint32_t number, const char *external_image_id) {
    char name[16];
    snprintf(name, sizeof name, "%u", number);
    return (struct store_face){.id = uuid_random(),
                               .image_id = uuid_of_data(bytes_of(name)),
                               .external_image_id = external_image_id,
                               .left = 0.25f,
                               .top = 0.5f,
                               .width = 0.125f,
                               .height = 0.0625f,
                               .confidence = 99.5f,
                               .model = "1.0",
                               .created_ms = 1234};
}

static bool add_to(struct store *store, int64_t collection, struct store_face *face, uint32_t number,
                   bool *known) {
    float vector[DIMENSION];
    const float *vectors[] = {vector};
    vector_of(number, vector);
    return store_faces_add(store, collection, face, vectors, 1, known, NULL);
}

static struct uuid add(struct place *place, uint32_t number) {
    struct store_face face = face_of(number, NULL);
    bool known;
    assert_true(add_to(place->store, place->people.number, &face, number, &known));
    assert_false(known);
    return face.id;
}

static int64_t face_count(struct place *place) {
    struct store_collection collection;
    assert_true(store_collection_get(place->store, place->arena, "people", &collection, NULL));
    return collection.face_count;
}

struct seen {
    size_t count;
    struct uuid wanted;
    float vector[DIMENSION];
    bool found;
};

static bool see(void *context, struct uuid id, const float *vector, struct error *err) {
    struct seen *seen = context;
    (void)err;
    seen->count++;
    if (uuid_equal(id, seen->wanted)) {
        memcpy(seen->vector, vector, sizeof seen->vector);
        seen->found = true;
    }
    return true;
}

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

static void pages_are_in_order_and_stable_while_faces_are_added(void **state) {
    struct place *place = *state;
    struct store_face *faces;
    struct uuid last = {{0}};
    size_t count, total = 0;
    for (uint32_t i = 0; i < 100; i++)
        add(place, i);
    for (bool first = true;; first = false) {
        assert_true(store_faces_list(place->store, place->arena, place->people.number, first ? NULL : &last,
                                     7, &faces, &count, NULL));
        for (size_t i = 0; i < count; i++) {
            assert_true(memcmp(last.bytes, faces[i].id.bytes, 16) < 0);
            last = faces[i].id;
        }
        total += count;
        if (count < 7)
            break;
        add(place, 1000);
    }
    assert_true(total >= 100);
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
    assert_false(store_collection_create(place->store, "people", "1.0", DIMENSION, NULL, 0, &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_string_equal(err.text, "The collection id: people already exists");
    assert_false(store_collection_get(place->store, place->arena, "nobody", &collection, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "The collection id: nobody does not exist");
    assert_true(store_collection_create(place->store, "Zebra", "1.0", DIMENSION, NULL, 0, &err));
    assert_true(store_collection_list(place->store, place->arena, NULL, 10, &list, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, "Zebra"); /* bytewise: capitals first */
    assert_true(store_collection_list(place->store, place->arena, "Zebra", 10, &list, &count, NULL));
    assert_int_equal(count, 1);
}

static void a_deleted_collection_is_gone_with_its_faces_and_its_number(void **state) {
    struct place *place = *state;
    struct store_collection again;
    struct store_face face = face_of(1, NULL);
    struct error err;
    bool known;
    add(place, 1);
    assert_true(store_collection_delete(place->store, "people", NULL));
    assert_false(store_collection_delete(place->store, "people", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(add_to(place->store, place->people.number, &face, 1, &known));
    assert_true(store_collection_create(place->store, "people", "1.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_collection_get(place->store, place->arena, "people", &again, NULL));
    assert_true(again.number != place->people.number && again.face_count == 0);
}

static bool files_hold(const struct place *place, const void *needle, size_t len) {
    static const char *const names[] = {"store.db", "store.db-wal"};
    bool held = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        FILE *stream = fopen(path, "rb");
        if (!stream)
            continue;
        static char data[8 << 20];
        size_t size = fread(data, 1, sizeof data, stream);
        fclose(stream);
        held = held || memmem(data, size, needle, len);
    }
    return held;
}

static void vectors_are_never_in_clear_and_deleted_names_are_overwritten(void **state) {
    struct place *place = *state;
    float vector[DIMENSION];
    static const char name[] = "a-very-particular-name";
    struct store_face face = face_of(1, name);
    bool known, deleted;
    assert_true(add_to(place->store, place->people.number, &face, 1, &known));
    vector_of(1, vector);
    assert_true(files_hold(place, name, strlen(name)));
    assert_false(files_hold(place, vector, sizeof vector));
    assert_true(store_faces_delete(place->store, place->people.number, &face.id, 1, &deleted, NULL));
    assert_false(files_hold(place, name, strlen(name)));
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
    struct seen seen = {0};
    struct error err;
    uint8_t wrong[32] = {1};
    add(place, 1);
    write_file(place->folder, "master.key", wrong, sizeof wrong);
    reopen(place);
    assert_false(store_vectors_each(place->store, place->people.number, see, &seen, &err));
    assert_non_null(strstr(err.text, "master.key"));
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

static void *add_many(void *context) {
    struct place *place = context;
    for (uint32_t i = 0; i < 50; i++) {
        struct store_face face = face_of(i, NULL);
        bool known;
        if (!add_to(place->store, place->people.number, &face, i, &known))
            return context;
    }
    return NULL;
}

static void threads_add_beside_each_other(void **state) {
    struct place *place = *state;
    pthread_t threads[4];
    void *failed;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, place), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(face_count(place), 200);
}

/* Adds faces until it is killed; what was acknowledged goes through the pipe. */
static void add_until_killed(const char *folder, int64_t collection, int pipe_end) {
    struct store *store;
    if (!store_open(folder, &store, NULL))
        _exit(1);
    for (uint32_t i = 0;; i++) {
        struct store_face face = face_of(i, NULL);
        bool known;
        if (!add_to(store, collection, &face, i, &known) || write(pipe_end, &face.id, sizeof face.id) < 0)
            _exit(1);
    }
}

static void what_was_acknowledged_survives_kill_9(void **state) {
    struct place *place = *state;
    size_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        int ends[2];
        struct uuid id;
        struct store_face face;
        store_close(place->store);
        place->store = NULL;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            add_until_killed(place->folder, place->people.number, ends[1]);
        close(ends[1]);
        usleep((useconds_t)(20000 + i * 1700));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        reopen(place);
        while (read(ends[0], &id, sizeof id) == (ssize_t)sizeof id) {
            acknowledged++;
            assert_true(store_face_get(place->store, place->arena, place->people.number, id, &face, NULL));
        }
        close(ends[0]);
        struct seen seen = {0};
        assert_true(store_vectors_each(place->store, place->people.number, see, &seen, NULL));
        assert_int_equal(seen.count, face_count(place));
    }
    assert_true(acknowledged > 0);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, clear_place)
    const struct CMUnitTest tests[] = {
        EACH(faces_and_vectors_are_there_after_a_restart),
        EACH(the_same_photograph_under_the_same_name_keeps_its_first_id),
        EACH(pages_are_in_order_and_stable_while_faces_are_added),
        EACH(deleting_tells_which_were_there),
        EACH(collections_say_when_they_are_there_and_when_not),
        EACH(a_deleted_collection_is_gone_with_its_faces_and_its_number),
        EACH(vectors_are_never_in_clear_and_deleted_names_are_overwritten),
        EACH(another_master_key_is_refused),
        EACH(a_missing_or_public_master_key_is_refused),
        EACH(a_folder_in_use_is_refused),
        EACH(a_file_that_is_no_store_is_refused),
        EACH(threads_add_beside_each_other),
        EACH(what_was_acknowledged_survives_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
