/* A large collection that may be searched approximately is, soon; and nothing is lost on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/gallery.h"
#include "api/gallery_file.h"
#include "api/gallery_group.h"
#include "base/limits.h"

enum { DIMENSION = 8, FACES = LIMIT_APPROXIMATE_FACES + 100, BATCH = 100, SECONDS = 120 };

struct place {
    char folder[32];
    struct store *store;
    struct galleries *galleries;
    struct arena *arena;
    struct store_collection people;
    struct uuid *faces;
    uint32_t added; /* so far, also those that have gone again */
};

static void vector_of(uint32_t number, float vector[DIMENSION]) {
    uint32_t seed = number + 1;
    for (int i = 0; i < DIMENSION; i++) {
        seed = seed * 1664525u + 1013904223u;
        vector[i] = (float)(seed >> 8) / (float)(1 << 23) - 1;
    }
    assert_true(gallery_normalise(vector, DIMENSION));
}

/* Adds so many faces, up to BATCH, of the next numbers. */
static void add(struct place *place, struct galleries *galleries, uint32_t count) {
    static float vectors[BATCH][DIMENSION];
    const float *places[BATCH];
    struct store_face faces[BATCH];
    bool known[BATCH];
    struct error err;
    for (uint32_t i = 0; i < count; i++) {
        faces[i] = (struct store_face){.id = uuid_random(), .width = 0.5f, .height = 0.5f, .model = "1.0"};
        place->faces[place->added + i] = faces[i].id;
        vector_of(place->added + i, vectors[i]);
        places[i] = vectors[i];
    }
    if (galleries ? !gallery_add(galleries, &place->people, faces, places, count, known, &err)
                  : !store_faces_add(place->store, place->people.number, faces, places, count, known, &err))
        fail_msg("%s", err.text);
    place->added += count;
}

static void govern(struct place *place, bool approximate) {
    struct store_governance governance = {.approximate = approximate};
    arena_reset(place->arena);
    assert_true(store_begin(place->store, NULL));
    assert_true(
        store_collection_get(place->store, place->arena, STORE_OPERATOR, "people", &place->people, NULL));
    assert_true(store_collection_govern(place->store, place->people.number, &governance, NULL));
    assert_true(store_commit(place->store, NULL));
    place->people.governance = governance;
}

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->folder, sizeof place->folder, "/tmp/test-group-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->arena = arena_new(16 << 20);
    place->faces = calloc(2 * FACES, sizeof *place->faces);
    assert_true(place->arena && place->faces);
    assert_true(store_open(place->folder, &place->store, NULL));
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, NULL));
    govern(place, false);
    assert_true(store_begin(place->store, NULL));
    for (uint32_t i = 0; i < FACES; i += BATCH)
        add(place, NULL, BATCH);
    assert_true(store_user_create(place->store, place->people.number, "anna", NULL, NULL));
    assert_true(store_faces_assign(place->store, place->people.number, place->faces, 3, "anna", NULL));
    assert_true(store_commit(place->store, NULL));
    assert_true(galleries_new(place->store, similarity_default(), &place->galleries, NULL));
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    char command[64];
    galleries_free(place->galleries);
    store_close(place->store);
    arena_free(place->arena);
    snprintf(command, sizeof command, "rm -r %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place->faces);
    free(place);
    return 0;
}

/* Searches for the face of that number; is it the best match, and was the search exact? */
static bool finds(struct place *place, uint32_t number, bool exhaustive, bool *ret_exact) {
    struct arena *arena = arena_new(1 << 20);
    struct gallery_matches found;
    struct error err;
    float vector[DIMENSION];
    const struct gallery_query query = {
        .probe = vector, .similarity = 99, .maximum = 1, .exhaustive = exhaustive};
    assert_non_null(arena);
    vector_of(number, vector);
    if (!gallery_search(place->galleries, arena, &place->people, &query, &found, &err))
        fail_msg("%s", err.text);
    bool right = found.count == 1 && uuid_equal(found.matches[0].face, place->faces[number]);
    arena_free(arena);
    *ret_exact = found.exact;
    return right;
}

static bool has_users(struct place *place) {
    struct arena *arena = arena_new(1 << 20);
    struct gallery_user_match *matches;
    float vector[DIMENSION];
    size_t count;
    vector_of(0, vector);
    assert_true(gallery_search_users(place->galleries, arena, &place->people, vector, 0, 10, NULL, &matches,
                                     &count, NULL));
    arena_free(arena);
    return count == 1;
}

/* Searches until they are as they are wanted, and calls `meanwhile` (if any) each time. */
static void wait_for(struct place *place, bool exact, void (*meanwhile)(struct place *place)) {
    bool is_exact = !exact;
    for (int i = 0; i < SECONDS * 100 && is_exact != exact; i++) {
        assert_true(finds(place, 0, false, &is_exact));
        if (meanwhile)
            meanwhile(place);
        usleep(10000);
    }
    assert_int_equal(is_exact, exact);
}

static void it_is_exact_unless_it_may_be_approximate(void **state) {
    struct place *place = *state;
    bool exact;
    assert_true(finds(place, 5, false, &exact));
    assert_true(exact);
    usleep(1500000); /* the keeper has looked at it */
    assert_true(finds(place, 5, false, &exact));
    assert_true(exact);
}

static void it_becomes_approximate_and_exact_again_as_it_is_governed(void **state) {
    struct place *place = *state;
    bool exact;
    govern(place, true);
    wait_for(place, false, NULL);
    size_t found = 0;
    for (uint32_t i = 0; i < 500; i++)
        found += finds(place, i * 199, false, &exact);
    assert_true(found == 500); /* a vector lies in the list that it is looked for in first */
    assert_true(finds(place, 7, true, &exact));
    assert_true(exact);
    assert_true(has_users(place));
    govern(place, false);
    wait_for(place, true, NULL);
    assert_true(finds(place, 7, false, &exact));
    assert_true(has_users(place));
}

/* Adds a face and removes the one that was added two before. */
static void change(struct place *place) {
    bool deleted;
    assert_true(store_begin(place->store, NULL));
    add(place, place->galleries, 1);
    assert_true(
        gallery_remove(place->galleries, &place->people, &place->faces[place->added - 3], 1, &deleted, NULL));
    assert_true(store_commit(place->store, NULL));
}

static void changes_on_the_way_are_in_it(void **state) {
    struct place *place = *state;
    uint32_t first = place->added;
    bool exact;
    govern(place, true);
    wait_for(place, false, change);
    assert_true(place->added > first + 3);
    for (uint32_t i = first; i < place->added; i++)
        assert_int_equal(finds(place, i, false, &exact), i + 2 >= place->added);
}

static void it_is_not_put_back_when_it_was_deleted_on_the_way(void **state) {
    struct place *place = *state;
    struct gallery_matches found;
    struct error err;
    bool exact;
    float vector[DIMENSION];
    const struct gallery_query query = {.probe = vector, .maximum = 1};
    govern(place, false);
    assert_true(finds(place, 0, false, &exact));
    usleep(600000); /* the keeper is at it, or will be soon */
    assert_true(store_begin(place->store, NULL));
    assert_true(gallery_drop(place->galleries, &place->people, NULL));
    assert_true(store_commit(place->store, NULL));
    vector_of(0, vector);
    for (int i = 0; i < 10; i++) {
        assert_false(gallery_search(place->galleries, place->arena, &place->people, &query, &found, &err));
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        usleep(100000);
    }
}

static void few_faces_are_never_grouped(void **state) {
    struct index *few, *many;
    float vector[DIMENSION];
    (void)state;
    assert_true(index_new(DIMENSION, &few, NULL) && index_new(DIMENSION, &many, NULL));
    for (uint32_t i = 0; i < LIMIT_APPROXIMATE_FACES; i++) {
        struct uuid id = {{(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)}};
        vector_of(i, vector);
        assert_true(index_insert(i % 2 ? few : many, id, vector, NULL));
        assert_true(index_insert(many, id, vector, NULL));
    }
    assert_false(gallery_group_is_due(few, true) || gallery_group_is_due(many, false));
    assert_true(gallery_group_is_due(many, true));
    index_free(few);
    index_free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_faces_are_never_grouped),
        cmocka_unit_test(it_is_exact_unless_it_may_be_approximate),
        cmocka_unit_test(it_becomes_approximate_and_exact_again_as_it_is_governed),
        cmocka_unit_test(changes_on_the_way_are_in_it),
        cmocka_unit_test(it_is_not_put_back_when_it_was_deleted_on_the_way),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
