/* A snapshot gives back what went in, or says why not. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "match/snapshot.h"

enum { DIMENSION = 24, FACES = 1000, USERS = 300 };

static const uint8_t key[SNAPSHOT_KEY] = {7}, other_key[SNAPSHOT_KEY] = {8};
static const struct snapshot_state state_written = {5, 77, -3};

struct place {
    char path[64];
    struct index *faces, *users;
};

static struct uuid numbered(uint32_t number) {
    struct uuid uuid = {{0}};
    memcpy(uuid.bytes, &number, sizeof number);
    return uuid;
}

static void vector_of(uint32_t number, float vector[DIMENSION]) {
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = (float)((number * 31 + (uint32_t)i * 17) % 97) / 97;
}

static void fill(struct index *index, uint32_t first, uint32_t count) {
    float vector[DIMENSION];
    for (uint32_t i = first; i < first + count; i++) {
        vector_of(i, vector);
        assert_true(index_insert(index, numbered(i), vector, NULL));
    }
}

static void write_snapshot(struct place *place) {
    struct error err;
    if (!snapshot_write(place->path, key, &state_written, place->faces, place->users, &err))
        fail_msg("%s", err.text);
}

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->path, sizeof place->path, "/tmp/test-snapshot-XXXXXX");
    int fd = mkstemp(place->path);
    close(fd);
    assert_true(index_new(DIMENSION, &place->faces, NULL) && index_new(DIMENSION, &place->users, NULL));
    fill(place->faces, 0, FACES);
    for (uint32_t i = 0; i < FACES; i += 10)
        assert_true(index_remove(place->faces, numbered(i)));
    fill(place->users, 100000, USERS);
    write_snapshot(place);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    index_free(place->faces);
    index_free(place->users);
    unlink(place->path);
    free(place);
    return 0;
}

static bool load(struct place *place, const uint8_t *with, int dimension, struct index **faces,
                 struct index **users, struct error *err) {
    struct snapshot_state saved;
    assert_true(index_new(dimension, faces, NULL) && index_new(dimension, users, NULL));
    bool loaded = snapshot_load(place->path, with, dimension, *faces, *users, &saved, err);
    if (loaded)
        assert_memory_equal(&saved, &state_written, sizeof saved);
    return loaded;
}

static void refuse(struct place *place, const uint8_t *with, int dimension, const char *why) {
    struct index *faces, *users;
    struct error err = {.text = ""};
    assert_false(load(place, with, dimension, &faces, &users, &err));
    if (!strstr(err.text, why))
        fail_msg("'%s' does not say '%s'", err.text, why);
    index_free(faces);
    index_free(users);
}

static void what_was_written_is_read(void **state) {
    struct place *place = *state;
    struct index *faces, *users;
    float vector[DIMENSION], wanted[DIMENSION];
    assert_true(load(place, key, DIMENSION, &faces, &users, NULL));
    assert_int_equal(index_count(faces), FACES - FACES / 10);
    assert_int_equal(index_count(users), USERS);
    for (uint32_t i = 0; i < FACES; i++) {
        assert_int_equal(index_vector(faces, numbered(i), vector), i % 10 != 0);
        vector_of(i, wanted);
        if (i % 10 != 0)
            assert_memory_equal(vector, wanted, sizeof wanted);
    }
    assert_true(index_has(users, numbered(100000 + USERS - 1)) && !index_has(users, numbered(1)));
    index_free(faces);
    index_free(users);
}

static void empty_indexes_make_a_snapshot(void **state) {
    struct place *place = *state;
    struct index *faces, *users;
    struct index *none[2];
    assert_true(index_new(DIMENSION, &none[0], NULL) && index_new(DIMENSION, &none[1], NULL));
    assert_true(snapshot_write(place->path, key, &state_written, none[0], none[1], NULL));
    assert_true(load(place, key, DIMENSION, &faces, &users, NULL));
    assert_int_equal(index_count(faces) + index_count(users), 0);
    index_free(none[0]);
    index_free(none[1]);
    index_free(faces);
    index_free(users);
}

static void its_header_can_be_read_without_the_key(void **state) {
    struct place *place = *state;
    struct snapshot_state saved;
    struct error err;
    assert_true(snapshot_peek(place->path, &saved, NULL));
    assert_memory_equal(&saved, &state_written, sizeof saved);
    unlink(place->path);
    assert_false(snapshot_peek(place->path, &saved, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void another_key_or_dimension_is_refused(void **state) {
    refuse(*state, other_key, DIMENSION, "another key");
    refuse(*state, key, DIMENSION + 1, "another dimension");
}

static void change_byte(const char *path, off_t at) {
    char byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void every_changed_byte_is_noticed(void **state) {
    struct place *place = *state;
    struct stat about;
    assert_int_equal(stat(place->path, &about), 0);
    for (off_t at = 0; at < about.st_size; at += at < 128 ? 1 : 997) {
        change_byte(place->path, at);
        refuse(place, key, DIMENSION, at < 8 ? "is no snapshot" : at < 128 ? "is damaged" : "in block");
        change_byte(place->path, at);
    }
    what_was_written_is_read(state);
}

static void a_file_that_was_cut_or_grew_is_refused(void **state) {
    struct place *place = *state;
    struct stat about;
    assert_int_equal(stat(place->path, &about), 0);
    assert_int_equal(truncate(place->path, about.st_size + 1), 0);
    refuse(place, key, DIMENSION, "is not as long");
    assert_int_equal(truncate(place->path, about.st_size - 1), 0);
    refuse(place, key, DIMENSION, "is not as long");
    assert_int_equal(truncate(place->path, 100), 0);
    refuse(place, key, DIMENSION, "is no snapshot");
}

static void blocks_cannot_change_places(void **state) {
    struct place *place = *state;
    const size_t block = 256 * (16 + 4 * DIMENSION) + 16;
    CLEANUP_FREE char *first = malloc(block), *second = malloc(block);
    int fd = open(place->path, O_RDWR);
    assert_int_equal(pread(fd, first, block, 128), block);
    assert_int_equal(pread(fd, second, block, 128 + (off_t)block), block);
    assert_int_equal(pwrite(fd, second, block, 128), block);
    assert_int_equal(pwrite(fd, first, block, 128 + (off_t)block), block);
    close(fd);
    refuse(place, key, DIMENSION, "in block");
}

static void nothing_is_in_clear(void **state) {
    struct place *place = *state;
    float vector[DIMENSION];
    struct stat about;
    assert_int_equal(stat(place->path, &about), 0);
    assert_int_equal(about.st_mode & 077, 0);
    CLEANUP_FREE char *data = malloc((size_t)about.st_size);
    int fd = open(place->path, O_RDONLY);
    assert_int_equal(read(fd, data, (size_t)about.st_size), about.st_size);
    close(fd);
    for (uint32_t i = 1; i < 10; i++) {
        vector_of(i, vector);
        struct uuid id = numbered(i);
        for (off_t at = 128; at + 16 <= about.st_size; at++)
            assert_true(memcmp(data + at, vector, 16) != 0 && memcmp(data + at, &id, 16) != 0);
    }
}

static void a_disk_without_room_leaves_no_file(void **state) {
    struct place *place = *state;
    struct rlimit before, small;
    struct error err;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){64 * 1024, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool written = snapshot_write(place->path, key, &state_written, place->faces, place->users, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(written);
    assert_non_null(strstr(err.text, "cannot write a snapshot"));
    assert_int_not_equal(access(place->path, F_OK), 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(what_was_written_is_read),
        EACH(empty_indexes_make_a_snapshot),
        EACH(its_header_can_be_read_without_the_key),
        EACH(another_key_or_dimension_is_refused),
        EACH(every_changed_byte_is_noticed),
        EACH(a_file_that_was_cut_or_grew_is_refused),
        EACH(blocks_cannot_change_places),
        EACH(nothing_is_in_clear),
        EACH(a_disk_without_room_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
