/* Snapshots: used when they are of this moment, caught up when only faces came, else left alone; and what was
 * removed from the store is in none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "api/gallery.h"
#include "api/gallery_file.h"
#include "base/limits.h"

enum { DIMENSION = 8, FACES = LIMIT_SNAPSHOT_FACES + 100, MEMBERS = 3 };

struct place {
    char folder[32], snapshot[64];
    struct store *store;
    struct arena *arena;
    struct store_collection people;
    struct uuid faces[FACES];
};

static void vector_of(uint32_t number, float vector[DIMENSION]) {
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = (float)((number * 31 + (uint32_t)i * 17) % 97 + 1);
    assert_true(gallery_normalise(vector, DIMENSION));
}

static void refresh(struct place *place) {
    struct error err;
    if (!store_collection_get(place->store, place->arena, STORE_OPERATOR, "people", &place->people, &err))
        fail_msg("%s", err.text);
}

static struct uuid add(struct place *place, uint32_t number) {
    float vector[DIMENSION];
    const float *vectors[] = {vector};
    struct store_face face = {.id = uuid_random(), .width = 0.5f, .height = 0.5f, .model = "1.0"};
    bool known;
    vector_of(number, vector);
    assert_true(store_faces_add(place->store, place->people.number, &face, vectors, 1, &known, NULL));
    return face.id;
}

static void give(struct place *place, const char *user, struct uuid *faces, size_t count) {
    assert_true(store_user_create(place->store, place->people.number, user, NULL, NULL));
    assert_true(store_faces_assign(place->store, place->people.number, faces, count, user, NULL));
}

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/test-file-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->arena = arena_new(1 << 20);
    assert_true(store_open(place->folder, &place->store, NULL));
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, NULL));
    refresh(place);
    snprintf(place->snapshot, sizeof place->snapshot, "%s/snapshots/%d", place->folder,
             (int)place->people.number);
    assert_true(store_begin(place->store, NULL));
    for (uint32_t i = 0; i < FACES; i++)
        place->faces[i] = add(place, i);
    give(place, "anna", place->faces, MEMBERS);
    assert_true(store_commit(place->store, NULL));
    refresh(place);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    char command[64];
    store_close(place->store);
    arena_free(place->arena);
    snprintf(command, sizeof command, "rm -r %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static void save(struct place *place) {
    struct indexes indexes;
    struct gallery_origin origin;
    struct store_state now;
    struct error err;
    if (!gallery_indexes_make(place->store, &place->people, &indexes, &origin, &err) ||
        !gallery_file_state(place->store, place->people.number, &now, &err) ||
        !gallery_file_save(place->store, place->people.number, &now, &indexes, &err))
        fail_msg("%s", err.text);
    gallery_indexes_free(&indexes);
    assert_int_equal(access(place->snapshot, F_OK), 0);
}

static void fail_on(void *context, const char *what) {
    (void)context;
    fail_msg("%s", what);
}

/* Makes the indexes, from where it is said, for the reason said (a part of it), and they are right. */
static void expect(struct place *place, enum gallery_source source, const char *why) {
    struct indexes indexes;
    struct gallery_origin origin;
    struct error err;
    refresh(place);
    if (!gallery_indexes_make(place->store, &place->people, &indexes, &origin, &err))
        fail_msg("%s", err.text);
    assert_int_equal(index_count(indexes.faces), place->people.face_count);
    gallery_indexes_free(&indexes);
    if (origin.source != source || !strstr(origin.why, why) || (!*why && *origin.why))
        fail_msg("source %d, because '%s'", (int)origin.source, origin.why);
    if (!gallery_check(place->store, &place->people, fail_on, NULL, &err))
        fail_msg("%s", err.text);
}

static bool is_there(const struct place *place) {
    return access(place->snapshot, F_OK) == 0;
}

static void a_snapshot_of_this_moment_is_used(void **state) {
    struct place *place = *state;
    expect(place, GALLERY_FROM_STORE, "No such file");
    save(place);
    assert_true(gallery_file_is_current(place->store, place->people.number));
    expect(place, GALLERY_FROM_SNAPSHOT, "");
}

static void one_from_before_faces_and_users_came_is_caught_up(void **state) {
    struct place *place = *state;
    save(place);
    struct uuid more[] = {add(place, 90001), add(place, 90002)};
    give(place, "bert", more, 2);
    assert_true(store_faces_assign(place->store, place->people.number, &place->faces[10], 1, "anna", NULL));
    assert_false(gallery_file_is_current(place->store, place->people.number));
    expect(place, GALLERY_CAUGHT_UP, "");
}

static void one_from_before_a_face_went_is_removed(void **state) {
    struct place *place = *state;
    bool deleted;
    save(place);
    assert_true(store_faces_delete(place->store, place->people.number, &place->faces[5], 1, &deleted, NULL));
    expect(place, GALLERY_FROM_STORE, "before vectors were removed");
    assert_false(is_there(place));
}

static void what_a_crash_left_behind_is_swept_away(void **state) {
    struct place *place = *state;
    char path[160], stray[80];
    bool deleted;
    save(place);
    snprintf(path, sizeof path, "cp %s %s/snapshots/99", place->snapshot, place->folder);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/snapshots/99", place->folder);
    snprintf(stray, sizeof stray, "%s.new", place->snapshot);
    close(open(stray, O_CREAT | O_WRONLY, 0600));
    gallery_file_sweep(place->store);
    assert_true(is_there(place));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(stray, F_OK), 0);
    assert_true(store_faces_delete(place->store, place->people.number, place->faces, 1, &deleted, NULL));
    gallery_file_sweep(place->store);
    assert_false(is_there(place));
}

/* A face comes and a snapshot is written; then the store is that of a backup from before. */
static void go_back(struct place *place) {
    char command[256];
    snprintf(command, sizeof command, "%s/old.db", place->folder);
    assert_true(store_backup(place->folder, command, NULL));
    add(place, 90001);
    save(place);
    store_close(place->store);
    snprintf(command, sizeof command, "mv %s/old.db %s/store.db", place->folder, place->folder);
    assert_int_equal(system(command), 0);
    assert_true(store_open(place->folder, &place->store, NULL));
}

static void a_store_from_a_backup_does_not_take_a_later_snapshot(void **state) {
    struct place *place = *state;
    go_back(place);
    expect(place, GALLERY_FROM_STORE, "of a later time");
    assert_false(is_there(place));
}

/* As many changes as the snapshot has seen, but others. */
static void nor_one_of_another_history(void **state) {
    struct place *place = *state;
    go_back(place);
    add(place, 90002);
    save(place);
    expect(place, GALLERY_FROM_SNAPSHOT, "");
    add(place, 90003);
    expect(place, GALLERY_CAUGHT_UP, "");
}

static void catching_up_with_another_history_is_noticed(void **state) {
    struct place *place = *state;
    go_back(place);
    for (uint32_t i = 0; i < 3; i++)
        add(place, 90010 + i);
    expect(place, GALLERY_FROM_STORE, "faces that the store does not have");
}

static void one_under_an_old_key_is_removed(void **state) {
    struct place *place = *state;
    struct store_rotation rotation;
    save(place);
    assert_true(store_rotate(place->store, &rotation, NULL));
    expect(place, GALLERY_FROM_STORE, "before vectors were removed");
    assert_false(is_there(place));
}

struct notes {
    int count;
    char first[512];
};

static void note(void *context, const char *what) {
    struct notes *notes = context;
    if (notes->count++ == 0)
        snprintf(notes->first, sizeof notes->first, "%s", what);
}

static void damage(const char *path) {
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "damage", 6, 5000), 6);
    close(fd);
}

static void a_damaged_one_is_named_and_made_again(void **state) {
    struct place *place = *state;
    struct store *beside;
    struct notes notes = {0};
    save(place);
    damage(place->snapshot);
    assert_true(store_open_beside(place->folder, &beside, NULL));
    assert_true(gallery_check(beside, &place->people, note, &notes, NULL));
    store_close(beside);
    assert_int_equal(notes.count, 1);
    assert_non_null(strstr(notes.first, "snapshot of collection people"));
    assert_non_null(strstr(notes.first, "is damaged in block"));
    assert_true(is_there(place));
    expect(place, GALLERY_FROM_STORE, "is damaged in block");
    save(place);
    expect(place, GALLERY_FROM_SNAPSHOT, "");
}

/* What nobody can make without the keys: the snapshot of the right state with the wrong faces. */
static void a_snapshot_that_lies_is_found_by_a_check(void **state) {
    struct place *place = *state;
    struct indexes indexes;
    struct gallery_origin origin;
    struct store_state now;
    struct notes notes = {0};
    float vector[DIMENSION];
    assert_true(gallery_indexes_make(place->store, &place->people, &indexes, &origin, NULL));
    assert_true(index_remove(indexes.faces, place->faces[0]));
    vector_of(7, vector);
    assert_true(index_insert(indexes.faces, uuid_random(), vector, NULL));
    assert_true(index_insert(indexes.faces, place->faces[1], vector, NULL));
    assert_true(gallery_file_state(place->store, place->people.number, &now, NULL));
    assert_true(gallery_file_save(place->store, place->people.number, &now, &indexes, NULL));
    gallery_indexes_free(&indexes);
    assert_true(gallery_check(place->store, &place->people, note, &notes, NULL));
    assert_int_equal(notes.count, 4); /* one missing, one too many, one other, and the user they made */
    assert_non_null(strstr(notes.first, "index of collection people: 1 faces are not in it"));
}

static void a_face_that_goes_while_it_is_written_is_in_none(void **state) {
    struct place *place = *state;
    struct indexes indexes;
    struct gallery_origin origin;
    struct store_state before;
    struct error err;
    bool deleted;
    assert_true(gallery_indexes_make(place->store, &place->people, &indexes, &origin, NULL));
    assert_true(gallery_file_state(place->store, place->people.number, &before, NULL));
    assert_true(store_faces_delete(place->store, place->people.number, place->faces, 1, &deleted, NULL));
    assert_false(gallery_file_save(place->store, place->people.number, &before, &indexes, &err));
    assert_non_null(strstr(err.text, "were removed"));
    gallery_indexes_free(&indexes);
    assert_false(is_there(place));
}

static void search(struct place *place, struct galleries *galleries) {
    struct gallery_matches found;
    float probe[DIMENSION];
    vector_of(1, probe);
    const struct gallery_query query = {.probe = probe, .maximum = 5};
    assert_true(gallery_search(galleries, place->arena, &place->people, &query, &found, NULL));
    assert_int_equal(found.count, 5);
}

static void galleries_write_them_at_the_end_and_remove_them_at_once(void **state) {
    struct place *place = *state;
    struct galleries *galleries;
    bool deleted;
    assert_true(galleries_new(place->store, similarity_default(), &galleries, NULL));
    search(place, galleries);
    galleries_free(galleries);
    assert_true(gallery_file_is_current(place->store, place->people.number));
    assert_true(galleries_new(place->store, similarity_default(), &galleries, NULL));
    assert_true(store_begin(place->store, NULL));
    assert_true(gallery_remove(galleries, &place->people, place->faces, 1, &deleted, NULL) && deleted);
    assert_true(is_there(place));
    assert_true(store_commit(place->store, NULL)); /* although nobody has searched it */
    assert_false(is_there(place));
    search(place, galleries);
    galleries_free(galleries);
    assert_true(gallery_file_is_current(place->store, place->people.number));
    expect(place, GALLERY_FROM_SNAPSHOT, "");
    assert_true(galleries_new(place->store, similarity_default(), &galleries, NULL));
    assert_true(store_begin(place->store, NULL));
    assert_true(gallery_drop(galleries, &place->people, NULL));
    assert_true(store_commit(place->store, NULL));
    assert_false(is_there(place));
    galleries_free(galleries);
}

static void galleries_write_them_in_the_background(void **state) {
    struct place *place = *state;
    struct galleries *galleries;
    assert_true(galleries_new(place->store, similarity_default(), &galleries, NULL));
    search(place, galleries);
    for (int i = 0; i < 600 && !is_there(place); i++)
        usleep(50000);
    assert_true(gallery_file_is_current(place->store, place->people.number));
    galleries_free(galleries);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_snapshot_of_this_moment_is_used),
        EACH(one_from_before_faces_and_users_came_is_caught_up),
        EACH(one_from_before_a_face_went_is_removed),
        EACH(what_a_crash_left_behind_is_swept_away),
        EACH(a_store_from_a_backup_does_not_take_a_later_snapshot),
        EACH(nor_one_of_another_history),
        EACH(catching_up_with_another_history_is_noticed),
        EACH(one_under_an_old_key_is_removed),
        EACH(a_damaged_one_is_named_and_made_again),
        EACH(a_snapshot_that_lies_is_found_by_a_check),
        EACH(a_face_that_goes_while_it_is_written_is_in_none),
        EACH(galleries_write_them_at_the_end_and_remove_them_at_once),
        EACH(galleries_write_them_in_the_background),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
