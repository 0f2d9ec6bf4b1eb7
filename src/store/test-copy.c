/* What store.h promises of renaming and copying a collection. */
#include "store/test-support.h"

static const struct store_tag team = {"team", "red"};

/* Two faces, the first of which belongs to anna and has a tag; a tag of the collection; berta without faces.
 */
static void fill(struct place *place, struct uuid faces[2]) {
    struct store_face named = face_of(1, "portrait");
    int64_t people = place->people.number;
    bool known;
    assert_true(add_to(place->store, people, &named, 1, &known) && !known);
    faces[0] = named.id;
    faces[1] = add(place, 2);
    assert_true(store_user_create(place->store, people, "anna", "{\"a\":1}", NULL));
    assert_true(store_user_create(place->store, people, "berta", NULL, NULL));
    give(place, "anna", faces, 1);
    assert_true(store_tags_put(place->store, people, &team, 1, NULL));
    assert_true(store_face_tags_put(place->store, people, faces, 1, &team, 1, NULL));
}

/* The collection holds what fill has put into "people". */
static void assert_filled(struct place *place, const char *id, const struct uuid faces[2]) {
    struct store_collection collection = get(place, id);
    struct store_face face;
    struct store_tag *tags;
    struct store_user *users;
    size_t count;
    float vector[DIMENSION], wanted[DIMENSION];
    assert_true(collection.face_count == 2 && collection.user_count == 2);
    assert_true(collection.dimension == DIMENSION && strcmp(collection.model, "1.0") == 0);
    assert_true(store_face_get(place->store, place->arena, collection.number, faces[0], &face, NULL));
    assert_string_equal(face.external_image_id, "portrait");
    assert_string_equal(face.user_id, "anna");
    assert_true(face.width == 0.125f && face.created_ms == 1234);
    for (uint32_t i = 0; i < 2; i++) {
        vector_of(i + 1, wanted);
        assert_true(store_vector_get(place->store, collection.number, faces[i], DIMENSION, vector, NULL));
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
    assert_true(
        store_user_list(place->store, place->arena, collection.number, NULL, 9, &users, &count, NULL));
    assert_true(count == 2 && users[0].face_count == 1 && users[1].face_count == 0);
    assert_string_equal(users[0].details, "{\"a\":1}");
    struct seen seen = {.wanted = faces[0]};
    assert_true(store_vectors_each(place->store, collection.number, see, &seen, NULL));
    assert_true(seen.count == 2 && seen.owned && uuid_equal(seen.user, users[0].key));
    assert_true(store_tags_get(place->store, place->arena, collection.number, &tags, &count, NULL));
    assert_true(count == 1 && strcmp(tags[0].value, "red") == 0);
    assert_true(
        store_face_tags_get(place->store, place->arena, collection.number, faces[0], &tags, &count, NULL));
    assert_true(count == 1 && strcmp(tags[0].value, "red") == 0);
}

static void a_renamed_collection_keeps_everything_but_its_id(void **state) {
    struct place *place = *state;
    struct store_collection collection;
    struct uuid faces[2];
    struct error err;
    fill(place, faces);
    assert_true(store_collection_rename(place->store, STORE_OPERATOR, "people", "persons", NULL));
    reopen(place);
    assert_filled(place, "persons", faces);
    assert_int_equal(get(place, "persons").number, place->people.number);
    assert_false(
        store_collection_get(place->store, place->arena, STORE_OPERATOR, "people", &collection, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_copy_holds_the_same_under_keys_of_its_own(void **state) {
    struct place *place = *state;
    struct uuid faces[2];
    fill(place, faces);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    reopen(place);
    assert_filled(place, "people", faces);
    assert_filled(place, "copy", faces);
    assert_true(get(place, "copy").number != place->people.number);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT wrapped_key) FROM collections"), 2);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT sealed_vector) FROM faces"), 4);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT key) FROM users"), 4);
}

static void a_copy_and_its_original_live_and_die_apart(void **state) {
    struct place *place = *state;
    struct uuid faces[2];
    bool deleted[2];
    fill(place, faces);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "first", NULL));
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "first", "second", NULL));
    int64_t first = get(place, "first").number;
    assert_true(store_faces_delete(place->store, first, faces, 2, deleted, NULL));
    assert_true(deleted[0] && deleted[1]);
    assert_true(store_user_delete(place->store, first, "anna", NULL));
    assert_filled(place, "people", faces);
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "first", NULL));
    assert_filled(place, "second", faces);
}

static void names_that_are_taken_or_not_there_are_refused(void **state) {
    struct place *place = *state;
    struct uuid faces[2];
    struct error err;
    fill(place, faces);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));
    assert_false(store_collection_rename(place->store, STORE_OPERATOR, "people", "other", &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_string_equal(err.text, "The collection id: other already exists");
    assert_false(store_collection_copy(place->store, STORE_OPERATOR, "people", "other", &err));
    assert_int_equal(err.code, ERROR_ALREADY_EXISTS);
    assert_false(store_collection_rename(place->store, STORE_OPERATOR, "nobody", "new", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "The collection id: nobody does not exist");
    assert_false(store_collection_copy(place->store, STORE_OPERATOR, "nobody", "new", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_filled(place, "people", faces);
    assert_int_equal(get(place, "other").face_count, 0);
}

static void a_copy_of_a_damaged_collection_leaves_nothing_behind(void **state) {
    struct place *place = *state;
    struct uuid faces[2];
    struct error err;
    fill(place, faces);
    change_file(place, "UPDATE faces SET sealed_vector=x'00' WHERE external_image_id IS NULL");
    reopen(place);
    assert_false(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(ask_file(place, "SELECT count(*) FROM collections"), 1);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM faces"), 2);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM users"), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_renamed_collection_keeps_everything_but_its_id),
        EACH(a_copy_holds_the_same_under_keys_of_its_own),
        EACH(a_copy_and_its_original_live_and_die_apart),
        EACH(names_that_are_taken_or_not_there_are_refused),
        EACH(a_copy_of_a_damaged_collection_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
