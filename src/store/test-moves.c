/* A collection moves to another model whole, or not at all. */
#include "store/test-support.h"

enum { NEXT = 24, FACES = 40, BATCH = 7 }; /* NEXT: numbers of a vector of the other model */

static void begin(struct place *place, const char *model) {
    struct error err;
    if (!store_move_begin(place->store, place->people.number, model, NEXT, &err))
        fail_msg("%s", err.text);
}

static struct store_move move_of(struct place *place) {
    struct store_move move;
    struct error err;
    if (!store_move_state(place->store, place->people.number, &move, &err))
        fail_msg("%s", err.text);
    return move;
}

/* The vector that the other model makes of a face. */
static void next_vector_of(struct uuid face, float vector[NEXT]) {
    for (int i = 0; i < NEXT; i++)
        vector[i] = (float)face.bytes[i % 16] + (float)i;
}

static void put(struct place *place, struct uuid face, bool given_up) {
    float vector[NEXT];
    const float *vectors[] = {given_up ? NULL : vector};
    next_vector_of(face, vector);
    assert_true(store_move_put(place->store, place->people.number, "2.0", NEXT, &face, vectors, 1, NULL));
}

/* Tries up to `maximum` faces in batches; how many. The one that is `bad` (NULL: none) is given up. */
static size_t try_faces(struct place *place, size_t maximum, const struct uuid *bad) {
    size_t tried = 0, count = 1;
    while (count > 0 && tried < maximum) {
        struct store_face *faces;
        assert_true(store_move_next(place->store, place->arena, place->people.number,
                                    MIN((size_t)BATCH, maximum - tried), &faces, &count, NULL));
        for (size_t i = 0; i < count; i++)
            put(place, faces[i].id, bad && uuid_equal(*bad, faces[i].id));
        tried += count;
    }
    return tried;
}

static void add_faces(struct place *place, struct uuid faces[FACES]) {
    for (uint32_t i = 0; i < FACES; i++)
        faces[i] = add(place, i);
}

static void assert_moved(struct place *place, const struct uuid *faces, size_t count) {
    float vector[NEXT], wanted[NEXT];
    struct store_face face;
    struct store_collection people = get(place, "people");
    assert_string_equal(people.model, "2.0");
    assert_true(people.dimension == NEXT && !people.next_model && people.next_dimension == 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(store_vector_get(place->store, people.number, faces[i], NEXT, vector, NULL));
        next_vector_of(faces[i], wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
        assert_true(store_face_get(place->store, place->arena, people.number, faces[i], &face, NULL));
        assert_string_equal(face.model, "2.0");
    }
}

static void assert_as_before(struct place *place, const struct uuid faces[FACES]) {
    float vector[DIMENSION], wanted[DIMENSION];
    assert_string_equal(get(place, "people").model, "1.0");
    for (uint32_t i = 0; i < FACES; i++) {
        assert_true(store_vector_get(place->store, place->people.number, faces[i], DIMENSION, vector, NULL));
        vector_of(i, wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
}

static void the_old_vectors_serve_until_the_new_ones_take_over(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    struct store_state before, after;
    struct error err;
    add_faces(place, faces);
    begin(place, "2.0");
    assert_string_equal(get(place, "people").next_model, "2.0");
    assert_int_equal(try_faces(place, FACES, NULL), FACES);
    assert_true(store_state_get(place->store, place->people.number, &before, NULL));
    assert_as_before(place, faces);
    if (!store_move_end(place->store, place->people.number, &err))
        fail_msg("%s", err.text);
    assert_moved(place, faces, FACES);
    assert_true(store_state_get(place->store, place->people.number, &after, NULL));
    assert_true(after.generation > before.generation && after.removed == after.generation);
    reopen(place);
    assert_moved(place, faces, FACES);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM faces WHERE next_vector IS NOT NULL"), 0);
}

static void it_goes_on_where_it_was_cut_off(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    add_faces(place, faces);
    begin(place, "2.0");
    assert_int_equal(try_faces(place, 25, NULL), 25);
    reopen(place);
    begin(place, "2.0");
    assert_int_equal(move_of(place).moved, 25);
    assert_int_equal(move_of(place).left, FACES - 25);
    assert_int_equal(try_faces(place, FACES, NULL), FACES - 25);
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, faces, FACES);
}

static void faces_that_come_and_go_meanwhile_are_minded(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES], late[FACES];
    bool deleted[10];
    struct error err;
    add_faces(place, faces);
    begin(place, "2.0");
    try_faces(place, FACES / 2, NULL);
    add_faces(place, late);
    assert_true(store_faces_delete(place->store, place->people.number, faces, 10, deleted, NULL));
    try_faces(place, 3 * FACES, NULL);
    struct uuid last = add(place, 99);
    assert_false(store_move_end(place->store, place->people.number, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_int_equal(try_faces(place, 3 * FACES, NULL), 1);
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, &faces[10], FACES - 10);
    assert_moved(place, late, FACES);
    assert_moved(place, &last, 1);
}

static void a_face_that_was_given_up_stands_in_its_way(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    struct store_face *unmovable;
    struct error err;
    size_t count;
    bool deleted;
    add_faces(place, faces);
    begin(place, "2.0");
    try_faces(place, FACES, &faces[3]);
    assert_int_equal(move_of(place).unmovable, 1);
    assert_int_equal(move_of(place).moved, FACES - 1);
    assert_true(
        store_move_unmovable(place->store, place->arena, place->people.number, 9, &unmovable, &count, NULL));
    assert_true(count == 1 && uuid_equal(unmovable[0].id, faces[3]));
    assert_false(store_move_end(place->store, place->people.number, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_as_before(place, faces);
    assert_true(store_faces_delete(place->store, place->people.number, &faces[3], 1, &deleted, NULL) &&
                deleted);
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, &faces[4], FACES - 4);
}

static void a_face_that_gets_a_crop_is_tried_again(void **state) {
    struct place *place = *state;
    const struct store_governance keeps = {.keep_crops = true};
    struct uuid faces[FACES];
    add_faces(place, faces);
    assert_true(store_collection_govern(place->store, place->people.number, &keeps, NULL));
    begin(place, "2.0");
    try_faces(place, FACES, &faces[3]);
    assert_true(store_crop_put(place->store, place->people.number, faces[3], BYTES_LITERAL("picture"), NULL));
    assert_int_equal(move_of(place).unmovable, 0);
    assert_int_equal(try_faces(place, FACES, NULL), 1);
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, faces, FACES);
}

static void a_move_elsewhere_or_to_nowhere_forgets_what_was_made(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    struct error err;
    add_faces(place, faces);
    begin(place, "2.0");
    try_faces(place, FACES, NULL);
    begin(place, "3.0");
    assert_int_equal(move_of(place).moved, 0);
    put(place, faces[0], false); /* which was on its way to 2.0 */
    assert_int_equal(move_of(place).moved, 0);
    begin(place, "2.0");
    put(place, faces[0], false);
    assert_int_equal(move_of(place).moved, 1);
    begin(place, NULL);
    assert_int_equal(move_of(place).left, FACES);
    assert_null(get(place, "people").next_model);
    assert_false(store_move_end(place->store, place->people.number, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_as_before(place, faces);
}

static void an_empty_collection_moves_at_once_and_none_without_a_target(void **state) {
    struct place *place = *state;
    struct error err;
    assert_false(store_move_end(place->store, place->people.number, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    begin(place, "2.0");
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, NULL, 0);
    assert_false(store_move_begin(place->store, 12345, "2.0", NEXT, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

/* Whoever looked at the collection before it moved. */
static void what_was_made_for_the_old_model_is_refused(void **state) {
    struct place *place = *state;
    struct store_face late = face_of(77, NULL);
    float vector[DIMENSION] = {0};
    const float *vectors[] = {vector};
    struct error err;
    bool known;
    struct uuid face = add(place, 1);
    begin(place, "2.0");
    try_faces(place, 1, NULL);
    assert_true(store_collection_is_of(place->store, place->people.number, "1.0", NULL));
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_false(store_collection_is_of(place->store, place->people.number, "1.0", &err));
    assert_int_equal(err.code, ERROR_THROTTLED);
    assert_false(store_faces_add(place->store, place->people.number, &late, vectors, 1, &known, &err));
    assert_int_equal(err.code, ERROR_THROTTLED);
    assert_false(store_vector_get(place->store, place->people.number, face, DIMENSION, vector, &err));
    assert_int_equal(err.code, ERROR_THROTTLED);
    assert_int_equal(face_count(place), 1);
}

static void a_rotation_of_keys_takes_a_move_along(void **state) {
    struct place *place = *state;
    struct store_rotation rotation;
    struct uuid faces[FACES];
    add_faces(place, faces);
    begin(place, "2.0");
    try_faces(place, FACES, NULL);
    assert_true(store_rotate(place->store, &rotation, NULL));
    reopen(place);
    assert_as_before(place, faces);
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_moved(place, faces, FACES);
}

static void a_copy_stays_behind(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    add_faces(place, faces);
    begin(place, "2.0");
    try_faces(place, FACES, NULL);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    assert_true(store_move_end(place->store, place->people.number, NULL));
    assert_string_equal(get(place, "copy").model, "1.0");
    assert_null(get(place, "copy").next_model);
    assert_int_equal(get(place, "copy").dimension, DIMENSION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_old_vectors_serve_until_the_new_ones_take_over),
        EACH(it_goes_on_where_it_was_cut_off),
        EACH(faces_that_come_and_go_meanwhile_are_minded),
        EACH(a_face_that_was_given_up_stands_in_its_way),
        EACH(a_face_that_gets_a_crop_is_tried_again),
        EACH(a_move_elsewhere_or_to_nowhere_forgets_what_was_made),
        EACH(an_empty_collection_moves_at_once_and_none_without_a_target),
        EACH(what_was_made_for_the_old_model_is_refused),
        EACH(a_rotation_of_keys_takes_a_move_along),
        EACH(a_copy_stays_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
