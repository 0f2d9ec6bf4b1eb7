/* Rotating the keys loses nothing, also when it is killed, and leaves nothing that the old keys open. */
#include <signal.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store/test-support.h"

enum { FACES = 2500, KILLS = 25 };

static void add_faces(struct place *place, struct uuid *faces, uint32_t count) {
    assert_true(store_begin(place->store, NULL));
    for (uint32_t i = 0; i < count; i++)
        faces[i] = add(place, i);
    assert_true(store_commit(place->store, NULL));
}

static void assert_vectors(struct place *place, const struct uuid *faces, uint32_t count) {
    float vector[DIMENSION], wanted[DIMENSION];
    struct error err;
    for (uint32_t i = 0; i < count; i++) {
        if (!store_vector_get(place->store, place->people.number, faces[i], DIMENSION, vector, &err))
            fail_msg("%s", err.text);
        vector_of(i, wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
}

static struct store_rotation rotate(struct place *place) {
    struct store_rotation rotation;
    struct error err;
    if (!store_rotate(place->store, &rotation, &err))
        fail_msg("%s", err.text);
    return rotation;
}

static void read_key(const struct place *place, const char *name, uint8_t key[SEAL_KEY]) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(key, 1, SEAL_KEY, file), SEAL_KEY);
    fclose(file);
}

static void write_key(const struct place *place, const char *name, const uint8_t key[SEAL_KEY]) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(key, 1, SEAL_KEY, file), SEAL_KEY);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static bool is_there(const struct place *place, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    return access(path, F_OK) == 0;
}

static void everything_is_there_under_new_keys(void **state) {
    struct place *place = *state;
    struct uuid *faces = calloc(FACES, sizeof *faces);
    uint8_t old[SEAL_KEY], new[SEAL_KEY], before[32], after[32];
    struct error err;
    add_faces(place, faces, FACES);
    read_key(place, "master.key", old);
    assert_true(store_copies_key(place->store, place->people.number, before, NULL));
    struct store_rotation rotation = rotate(place);
    assert_int_equal(rotation.collections, 1);
    assert_int_equal(rotation.faces, FACES);
    assert_false(rotation.resumed);
    assert_vectors(place, faces, FACES);
    assert_true(store_copies_key(place->store, place->people.number, after, NULL));
    assert_memory_not_equal(before, after, sizeof before);
    reopen(place);
    assert_vectors(place, faces, FACES);
    read_key(place, "master.key", new);
    assert_memory_not_equal(old, new, sizeof old);
    assert_false(is_there(place, "master.key.next"));
    store_close(place->store);
    write_key(place, "master.key", old);
    place->store = NULL;
    assert_false(store_open(place->folder, &place->store, &err));
    assert_non_null(strstr(err.text, "master.key"));
    write_key(place, "master.key", new);
    reopen(place);
    assert_vectors(place, faces, FACES);
    free(faces);
}

static void access_keys_go_along(void **state) {
    struct place *place = *state;
    struct store_key key = {.id = "AKIDEXAMPLE", .account = STORE_OPERATOR, .person = "anna"}, read;
    bool found;
    snprintf(key.secret, sizeof key.secret, "a secret");
    snprintf(key.previous, sizeof key.previous, "the one before");
    assert_true(store_key_put(place->store, &key, NULL));
    key.id = "AKIDSECOND";
    key.previous[0] = 0;
    assert_true(store_key_put(place->store, &key, NULL));
    assert_true(store_key_delete(place->store, STORE_OPERATOR, "AKIDSECOND", NULL));
    rotate(place);
    reopen(place);
    assert_true(store_key_find(place->store, place->arena, "AKIDEXAMPLE", &read, &found, NULL) && found);
    assert_string_equal(read.secret, "a secret");
    assert_string_equal(read.previous, "the one before");
    assert_string_equal(read.person, "anna");
}

static void an_empty_store_gets_a_new_master_key_too(void **state) {
    struct place *place = *state;
    uint8_t old[SEAL_KEY], new[SEAL_KEY];
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    read_key(place, "master.key", old);
    assert_int_equal(rotate(place).collections, 0);
    read_key(place, "master.key", new);
    assert_memory_not_equal(old, new, sizeof old);
    reopen(place);
}

/* Before the commit: the next key is nobody's. After it and before the renaming: it is the one. */
static void a_cut_between_commit_and_renaming_is_healed(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 0);
    uint8_t old[SEAL_KEY], new[SEAL_KEY], key[SEAL_KEY];
    read_key(place, "master.key", old);
    rotate(place);
    read_key(place, "master.key", new);
    store_close(place->store);
    place->store = NULL;
    write_key(place, "master.key", old);
    write_key(place, "master.key.next", new);
    assert_true(store_open_beside(place->folder, &place->store, NULL)); /* changes nothing */
    assert_vectors(place, &face, 1);
    assert_true(is_there(place, "master.key.next"));
    reopen(place);
    assert_vectors(place, &face, 1);
    read_key(place, "master.key", key);
    assert_memory_equal(key, new, sizeof key);
    write_key(place, "master.key.next", old);
    reopen(place);
    assert_vectors(place, &face, 1);
    assert_false(is_there(place, "master.key.next"));
}

static void rotate_and_be_killed(struct place *place) {
    struct store_rotation rotation;
    int status;
    store_close(place->store);
    place->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        if (store_open(place->folder, &store, NULL) && store_rotate(store, &rotation, NULL))
            pause();
        _exit(1);
    }
    usleep(3000 + randombytes_uniform(50000));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_rotation_that_is_killed_loses_nothing_and_goes_on(void **state) {
    struct place *place = *state;
    struct uuid *faces = calloc(FACES + KILLS, sizeof *faces);
    uint32_t count = FACES;
    int cut = 0;
    bool pending;
    add_faces(place, faces, FACES);
    for (int i = 0; i < KILLS; i++) {
        rotate_and_be_killed(place);
        reopen(place);
        assert_true(store_rotation_pending(place->store, &pending, NULL));
        cut += pending;
        faces[count] = add(place, count); /* writing goes on in the middle of it */
        count++;
        assert_vectors(place, faces, count);
    }
    assert_true(cut > 0);
    rotate(place);
    assert_true(store_rotation_pending(place->store, &pending, NULL) && !pending);
    assert_int_equal(rotate(place).faces, count);
    assert_vectors(place, faces, count);
    assert_int_equal(face_count(place), count);
    free(faces);
}

static void a_collection_that_is_deleted_in_between_is_passed_by(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 0);
    change_file(place, "INSERT INTO rotation SELECT number, x'' FROM collections;"
                       "INSERT INTO rotation VALUES(99, x'')");
    reopen(place);
    assert_vectors(place, &face, 1);
    struct store_rotation rotation = rotate(place);
    assert_true(rotation.resumed);
    assert_int_equal(rotation.collections, 1);
    assert_vectors(place, &face, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(everything_is_there_under_new_keys),
        EACH(access_keys_go_along),
        EACH(an_empty_store_gets_a_new_master_key_too),
        EACH(a_cut_between_commit_and_renaming_is_healed),
        EACH(a_rotation_that_is_killed_loses_nothing_and_goes_on),
        EACH(a_collection_that_is_deleted_in_between_is_passed_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
