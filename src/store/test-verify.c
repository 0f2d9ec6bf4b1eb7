/* What does not agree in a store is named, and nothing else is. */
#include <math.h>
#include "store/test-support.h"

enum { FACES = 40 };

struct reports {
    int count;
    char first[512];
};

static void note(void *context, const char *what) {
    struct reports *reports = context;
    if (reports->count++ == 0)
        snprintf(reports->first, sizeof reports->first, "%s", what);
}

static void add_unit(struct place *place, float scale, struct uuid *ret_id) {
    float vector[DIMENSION] = {0};
    const float *vectors[] = {vector};
    struct store_face face = face_of(1, NULL);
    bool known;
    vector[1] = scale;
    assert_true(store_faces_add(place->store, place->people.number, &face, vectors, 1, &known, NULL));
    *ret_id = face.id;
}

static void fill(struct place *place) {
    struct uuid ids[FACES];
    for (int i = 0; i < FACES; i++)
        add_unit(place, 1, &ids[i]);
    assert_true(store_user_create(place->store, place->people.number, "anna", NULL, NULL));
    give(place, "anna", ids, 3);
}

static struct reports verify(struct place *place) {
    struct reports reports = {0};
    struct store *beside;
    struct error err;
    if (!store_open_beside(place->folder, &beside, &err) || !store_verify(beside, note, &reports, &err))
        fail_msg("%s", err.text);
    store_close(beside);
    return reports;
}

static void expect(struct place *place, const char *sql, const char *said) {
    struct reports reports;
    fill(place);
    change_file(place, sql);
    reopen(place);
    reports = verify(place);
    if (reports.count == 0 || !strstr(reports.first, said))
        fail_msg("%d reports, the first '%s', does not say '%s'", reports.count, reports.first, said);
}

static void a_store_in_use_is_found_whole(void **state) {
    struct place *place = *state;
    fill(place);
    struct reports reports = verify(place);
    if (reports.count > 0)
        fail_msg("%s", reports.first);
}

static void a_wrong_count_of_faces_is_named(void **state) {
    expect(*state, "UPDATE collections SET face_count=face_count+1",
           "collection people has 40, its count says 41");
}

static void a_wrong_count_of_users_is_named(void **state) {
    expect(*state, "UPDATE collections SET user_count=7", "collection people has 1, its count says 7");
}

static void a_wrong_count_of_a_users_faces_is_named(void **state) {
    expect(*state, "UPDATE faces SET user_key=NULL", "user anna has 0, its count says 3");
}

static void a_face_of_no_user_is_named(void **state) {
    expect(*state, "DELETE FROM users; UPDATE collections SET user_count=0",
           "faces of users that are not there: 3");
}

static void a_lost_collection_is_named(void **state) {
    expect(*state, "DELETE FROM collections", "reference to what is not there");
}

static void a_vector_that_was_changed_is_named(void **state) {
    expect(*state,
           "UPDATE faces SET sealed_vector=randomblob(length(sealed_vector)) WHERE id=(SELECT min(id)"
           " FROM faces)",
           "does not open");
}

static void vectors_that_were_exchanged_are_named(void **state) {
    expect(*state,
           "UPDATE faces SET sealed_vector=(SELECT sealed_vector FROM faces WHERE id=(SELECT max(id) FROM "
           "faces))"
           " WHERE id=(SELECT min(id) FROM faces)",
           "does not open");
}

static void a_lost_key_is_named(void **state) {
    expect(*state, "UPDATE collections SET wrapped_key=randomblob(72)", "key of collection people");
}

static void a_crop_that_does_not_open_is_named(void **state) {
    expect(*state,
           "UPDATE collections SET keep_crops=1;"
           "INSERT INTO crops SELECT collection, id, randomblob(99) FROM faces LIMIT 1",
           "crop of face ");
}

static void a_crop_that_should_not_be_is_named(void **state) {
    expect(*state, "INSERT INTO crops SELECT collection, id, x'00' FROM faces LIMIT 1",
           "crops in collections that keep none: 1");
}

static void a_crop_of_no_face_is_named(void **state) {
    expect(*state, "INSERT INTO crops VALUES(1, randomblob(16), x'00')",
           "crops of faces that are not there: 1");
}

static void a_next_vector_that_does_not_open_is_named(void **state) {
    expect(*state,
           "UPDATE collections SET next_model='2.0', next_dimension=16;"
           "UPDATE faces SET next_vector=randomblob(104) WHERE id=(SELECT min(id) FROM faces)",
           "vector of face ");
}

static void a_next_vector_where_nothing_moves_is_named(void **state) {
    expect(*state, "UPDATE faces SET next_vector=x'' WHERE id=(SELECT min(id) FROM faces)",
           "next vectors in collections that do not move: 1");
}

static void an_access_key_that_does_not_open_is_named(void **state) {
    struct place *place = *state;
    struct store_key key = {.id = "AKIDEXAMPLE", .account = STORE_OPERATOR, .person = "anna", .secret = "s"};
    assert_true(store_key_put(place->store, &key, NULL));
    assert_int_equal(verify(place).count, 0);
    expect(place, "UPDATE access_keys SET sealed_secret=randomblob(50)", "access keys: ");
}

static void a_vector_that_is_no_unit_vector_is_named(void **state) {
    static const float lengths[] = {0, 2, NAN, INFINITY};
    struct place *place = *state;
    struct uuid id;
    for (int i = 0; i < (int)ARRAY_LEN(lengths); i++) {
        add_unit(place, lengths[i], &id);
        struct reports reports = verify(place);
        assert_int_equal(reports.count, i + 1);
        assert_non_null(strstr(reports.first, "no unit vector"));
    }
}

static void a_store_open_beside_writes_nothing(void **state) {
    struct place *place = *state;
    struct store *beside;
    struct error err;
    struct seen seen = {0};
    fill(place);
    assert_true(store_open_beside(place->folder, &beside, NULL));
    assert_true(store_vectors_each(beside, place->people.number, see, &seen, NULL));
    assert_int_equal(seen.count, FACES);
    assert_false(store_begin(beside, &err));
    assert_non_null(strstr(err.text, "reading only"));
    store_close(beside);
    add(place, 1);
}

static void a_store_that_was_not_opened_by_this_release_is_not_opened_beside(void **state) {
    struct place *place = *state;
    struct store *beside;
    struct error err;
    change_file(place, "PRAGMA user_version=4");
    assert_false(store_open_beside(place->folder, &beside, &err));
    assert_non_null(strstr(err.text, "earlier release"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_store_in_use_is_found_whole),
        EACH(a_wrong_count_of_faces_is_named),
        EACH(a_wrong_count_of_users_is_named),
        EACH(a_wrong_count_of_a_users_faces_is_named),
        EACH(a_face_of_no_user_is_named),
        EACH(a_lost_collection_is_named),
        EACH(a_vector_that_was_changed_is_named),
        EACH(vectors_that_were_exchanged_are_named),
        EACH(a_lost_key_is_named),
        EACH(a_crop_that_does_not_open_is_named),
        EACH(a_crop_that_should_not_be_is_named),
        EACH(a_crop_of_no_face_is_named),
        EACH(a_next_vector_that_does_not_open_is_named),
        EACH(a_next_vector_where_nothing_moves_is_named),
        EACH(an_access_key_that_does_not_open_is_named),
        EACH(a_vector_that_is_no_unit_vector_is_named),
        EACH(a_store_open_beside_writes_nothing),
        EACH(a_store_that_was_not_opened_by_this_release_is_not_opened_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
