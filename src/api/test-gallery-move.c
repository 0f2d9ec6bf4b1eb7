/* A collection that moves to another model is searched in one or in the other, and never in both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/gallery.h"

enum { OLD = 8, NEW = 12, FACES = 4 }; /* numbers of a vector */

struct fixture {
    char folder[40];
    struct store *store;
    struct galleries *galleries;
    struct arena *arena;
    struct store_collection people;
    struct uuid faces[FACES];
};

/* Of a face by either model: unit vectors that are equal to no other face's. */
static const float *vector_of(int face) {
    static const float vectors[FACES][NEW] = {{1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}};
    return vectors[face];
}

static struct store_collection get(struct fixture *fixture) {
    struct store_collection people;
    assert_true(
        store_collection_get(fixture->store, fixture->arena, STORE_OPERATOR, "people", &people, NULL));
    return people;
}

static void add_faces(struct fixture *fixture) {
    assert_true(store_begin(fixture->store, NULL));
    for (int i = 0; i < FACES; i++) {
        struct store_face face = {.id = uuid_random(), .model = "1.0", .confidence = 99};
        const float *vectors[] = {vector_of(i)};
        bool known;
        assert_true(gallery_add(fixture->galleries, &fixture->people, &face, vectors, 1, &known, NULL));
        fixture->faces[i] = face.id;
    }
    assert_true(store_commit(fixture->store, NULL));
}

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/test-gallery-move-XXXXXX");
    fixture->arena = arena_new(16 << 20);
    if (!mkdtemp(fixture->folder) || !store_open(fixture->folder, &fixture->store, NULL) ||
        !galleries_new(fixture->store, similarity_default(), &fixture->galleries, NULL) ||
        !store_collection_create(fixture->store, STORE_OPERATOR, "people", "1.0", OLD, NULL, 0, NULL))
        return -1;
    fixture->people = get(fixture);
    add_faces(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[64];
    galleries_free(fixture->galleries);
    store_close(fixture->store);
    arena_free(fixture->arena);
    snprintf(command, sizeof command, "rm -r %s", fixture->folder);
    int status = system(command);
    free(fixture);
    return status;
}

/* All faces get vectors of the other model: those of the face behind them. */
static void move(struct fixture *fixture) {
    struct error err;
    const float *vectors[FACES];
    for (int i = 0; i < FACES; i++)
        vectors[i] = vector_of((i + 1) % FACES);
    if (!store_move_begin(fixture->store, fixture->people.number, "2.0", NEW, &err) ||
        !store_move_put(fixture->store, fixture->people.number, "2.0", NEW, fixture->faces, vectors, FACES,
                        &err) ||
        !store_begin(fixture->store, &err) || !gallery_move(fixture->galleries, &fixture->people, &err) ||
        !store_commit(fixture->store, &err))
        fail_msg("%s", err.text);
}

static bool search(struct fixture *fixture, const struct store_collection *people, const float *probe,
                   struct uuid *ret_best, float *ret_similarity, struct error *err) {
    const struct gallery_query query = {.probe = probe, .similarity = 50, .maximum = FACES};
    struct gallery_matches found;
    if (!gallery_search(fixture->galleries, fixture->arena, people, &query, &found, err))
        return false;
    assert_int_equal(found.count, 1);
    *ret_best = found.matches[0].face;
    *ret_similarity = found.matches[0].similarity;
    return true;
}

static void assert_found(struct fixture *fixture, int probe, int face) {
    struct store_collection people = get(fixture);
    struct uuid best;
    float similarity;
    struct error err;
    if (!search(fixture, &people, vector_of(probe), &best, &similarity, &err))
        fail_msg("%s", err.text);
    assert_true(uuid_equal(best, fixture->faces[face]));
}

static void searches_go_over_to_the_new_vectors(void **state) {
    struct fixture *fixture = *state;
    assert_found(fixture, 1, 1);
    move(fixture);
    assert_found(fixture, 1, 0);
    assert_found(fixture, 0, 3);
}

static void users_go_along(void **state) {
    struct fixture *fixture = *state;
    struct gallery_association association = {.face = fixture->faces[2]};
    struct gallery_user_match *users;
    struct store_user user;
    size_t count;
    assert_true(store_user_create(fixture->store, fixture->people.number, "anna", NULL, NULL));
    assert_true(store_user_get(fixture->store, fixture->arena, fixture->people.number, "anna", &user, NULL));
    assert_true(store_begin(fixture->store, NULL));
    assert_true(gallery_associate(fixture->galleries, fixture->arena, &fixture->people, "anna", 0,
                                  &association, 1, NULL));
    assert_true(store_commit(fixture->store, NULL));
    move(fixture);
    struct store_collection people = get(fixture);
    assert_true(gallery_search_users(fixture->galleries, fixture->arena, &people, vector_of(3), 99, 9, NULL,
                                     &users, &count, NULL));
    assert_true(count == 1 && uuid_equal(users[0].user, user.key));
}

/* A probe that the old model made must meet no new vector, whether there is an index already or not. */
static void who_looked_before_is_told_to_try_again(void **state) {
    struct fixture *fixture = *state;
    float similarity, *vector;
    struct uuid best;
    struct error err;
    move(fixture);
    for (int i = 0; i < 2; i++) {
        assert_false(search(fixture, &fixture->people, vector_of(1), &best, &similarity, &err));
        assert_int_equal(err.code, ERROR_THROTTLED);
        assert_false(gallery_vector(fixture->galleries, fixture->arena, &fixture->people, fixture->faces[0],
                                    &vector, &err));
        assert_int_equal(err.code, ERROR_THROTTLED);
        assert_found(fixture, 1, 0);
    }
}

static void a_move_that_is_undone_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    const float *vectors[FACES] = {vector_of(0), vector_of(1), vector_of(2), vector_of(3)};
    assert_found(fixture, 1, 1);
    assert_true(store_move_begin(fixture->store, fixture->people.number, "2.0", NEW, NULL));
    assert_true(store_move_put(fixture->store, fixture->people.number, "2.0", NEW, fixture->faces, vectors,
                               FACES, NULL));
    assert_true(store_begin(fixture->store, NULL));
    assert_true(gallery_move(fixture->galleries, &fixture->people, NULL));
    store_rollback(fixture->store);
    assert_string_equal(get(fixture).model, "1.0");
    assert_found(fixture, 1, 1);
}

static void each_model_has_its_own_scale(void **state) {
    struct fixture *fixture = *state;
    const struct similarity_knot knots[] = {{-1, 0}, {0.5f, 50}, {0.9f, 60}, {1, 70}};
    const float probe[NEW] = {0, 0.96f, 0, 0.28f};
    struct similarity_scale scale;
    float before, after;
    struct uuid best;
    assert_true(similarity_scale_make(knots, ARRAY_LEN(knots), &scale));
    galleries_set_scale(fixture->galleries, "2.0", &scale);
    assert_true(search(fixture, &fixture->people, probe, &best, &before, NULL));
    assert_true(before > 99);
    move(fixture);
    struct store_collection people = get(fixture);
    assert_true(search(fixture, &people, probe, &best, &after, NULL));
    assert_true(after > 60 && after < 70);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(searches_go_over_to_the_new_vectors),    EACH(users_go_along),
        EACH(who_looked_before_is_told_to_try_again), EACH(a_move_that_is_undone_changes_nothing),
        EACH(each_model_has_its_own_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
