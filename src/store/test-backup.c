/* A backup is the store at one moment, whole and sound, whoever writes meanwhile. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "store/test-support.h"

enum { FACES = 300, BACKUPS = 5 };

static void copy_key(const struct place *place, const char *to) {
    char command[256];
    snprintf(command, sizeof command, "cp -p %s/master.key %s/master.key", place->folder, to);
    assert_int_equal(system(command), 0);
}

static void make_folder(const struct place *place, char folder[128], char path[160]) {
    snprintf(folder, 128, "%s/backup", place->folder);
    snprintf(path, 160, "%s/store.db", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void back_up(const struct place *place, const char *path) {
    struct error err;
    if (!store_backup(place->folder, path, &err))
        fail_msg("%s", err.text);
}

static void what_was_in_the_store_is_in_the_backup(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    float vector[DIMENSION], wanted[DIMENSION];
    char folder[128], path[160];
    struct store *restored;
    for (uint32_t i = 0; i < FACES; i++)
        faces[i] = add(place, i);
    make_folder(place, folder, path);
    back_up(place, path); /* while the store is open */
    add(place, FACES);
    copy_key(place, folder);
    assert_true(store_open(folder, &restored, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        assert_true(store_vector_get(restored, place->people.number, faces[i], DIMENSION, vector, NULL));
        vector_of(i, wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
    struct store_collection people;
    assert_true(store_collection_get(restored, place->arena, STORE_OPERATOR, "people", &people, NULL));
    assert_int_equal(people.face_count, FACES);
    store_close(restored);
    assert_int_equal(face_count(place), FACES + 1);
}

struct writer {
    struct place *place;
    atomic_bool stop;
    atomic_int pairs, failed;
};

/* Two faces in each transaction, so that a backup in the middle of one would have an odd number. */
static void *write_pairs(void *context) {
    struct writer *writer = context;
    for (uint32_t i = 0; !writer->stop; i++) {
        struct store_face face;
        bool known, good = store_begin(writer->place->store, NULL);
        for (uint32_t k = 0; good && k < 2; k++) {
            face = face_of(2 * i + k, NULL);
            good = add_to(writer->place->store, writer->place->people.number, &face, 2 * i + k, &known);
        }
        if (!good || !store_commit(writer->place->store, NULL))
            writer->failed++;
        else
            writer->pairs++;
    }
    return NULL;
}

static void it_is_of_one_moment_while_others_write(void **state) {
    struct place *place = *state;
    struct writer writer = {.place = place};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_pairs, &writer), 0);
    for (int i = 0; i < BACKUPS; i++) {
        char folder[128], path[160], command[160];
        struct store *restored;
        struct store_collection people;
        make_folder(place, folder, path);
        int before = writer.pairs;
        while (writer.pairs == before)
            usleep(1000);
        back_up(place, path);
        copy_key(place, folder);
        assert_true(store_open(folder, &restored, NULL));
        assert_true(store_collection_get(restored, place->arena, STORE_OPERATOR, "people", &people, NULL));
        assert_true(people.face_count >= 2 * before && people.face_count % 2 == 0);
        struct seen seen = {0};
        assert_true(store_vectors_each(restored, people.number, see, &seen, NULL));
        assert_int_equal(seen.count, people.face_count);
        store_close(restored);
        snprintf(command, sizeof command, "rm -r %s", folder);
        assert_int_equal(system(command), 0);
    }
    writer.stop = true;
    pthread_join(thread, NULL);
    assert_int_equal(writer.failed, 0);
}

static void a_file_that_is_there_is_not_overwritten(void **state) {
    struct place *place = *state;
    char folder[128], path[160];
    struct error err;
    struct stat about;
    make_folder(place, folder, path);
    back_up(place, path);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 077, 0);
    assert_false(store_backup(place->folder, path, &err));
    assert_non_null(strstr(err.text, "File exists"));
    assert_int_equal(access(path, F_OK), 0);
}

static void a_damaged_database_gives_no_backup(void **state) {
    struct place *place = *state;
    char folder[128], path[160], source[128];
    struct error err;
    for (uint32_t i = 0; i < FACES; i++)
        add(place, i);
    make_folder(place, folder, path);
    store_close(place->store);
    place->store = NULL;
    snprintf(source, sizeof source, "%s/store.db", place->folder);
    FILE *file = fopen(source, "r+b");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    for (long at = ftell(file) - 4096; at > 3 * 4096; at -= 2 * 4096) {
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        for (int i = 0; i < 64; i++)
            fputc(0xa5, file);
    }
    fclose(file);
    assert_false(store_backup(place->folder, path, &err));
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(what_was_in_the_store_is_in_the_backup),
        EACH(it_is_of_one_moment_while_others_write),
        EACH(a_file_that_is_there_is_not_overwritten),
        EACH(a_damaged_database_gives_no_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
