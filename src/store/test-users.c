/* What store.h promises of users: whose face is whose, and how many. */
#include "store/test-support.h"
#include "base/limits.h"

static struct store_user make_user(struct place *place, const char *id) {
    struct error err;
    if (!store_user_create(place->store, place->people.number, id, NULL, &err))
        fail_msg("%s", err.text);
    return user_of(place, id);
}

/* NULL when the face belongs to nobody. */
static const char *owner_of(struct place *place, struct uuid face) {
    struct store_face found;
    assert_true(store_face_get(place->store, place->arena, place->people.number, face, &found, NULL));
    return found.user_id;
}

static int64_t faces_of(struct place *place, const char *id) {
    struct store_filter filter = {.user_id = id};
    struct uuid *ids;
    size_t count;
    assert_true(store_faces_matching(place->store, place->people.number, &filter, &ids, &count, NULL));
    free(ids);
    assert_int_equal(user_of(place, id).face_count, count);
    return (int64_t)count;
}

static void a_user_is_there_after_a_restart_with_its_faces(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 1);
    struct seen seen = {.wanted = face};
    struct store_user user = make_user(place, "anna"), same;
    give(place, "anna", &face, 1);
    reopen(place);
    assert_string_equal(owner_of(place, face), "anna");
    assert_int_equal(faces_of(place, "anna"), 1);
    assert_true(
        store_user_get_by_key(place->store, place->arena, place->people.number, user.key, &same, NULL));
    assert_string_equal(same.id, "anna");
    assert_true(same.created_ms == user.created_ms && same.created_ms > 0 && !same.details);
    assert_true(store_vectors_each(place->store, place->people.number, see, &seen, NULL));
    assert_true(seen.owned && uuid_equal(seen.user, user.key));
    assert_int_equal(get(place, "people").user_count, 1);
}

static void an_id_is_given_once_in_a_collection(void **state) {
    struct place *place = *state;
    struct error err;
    make_user(place, "anna");
    assert_false(store_user_create(place->store, place->people.number, "anna", NULL, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_int_equal(get(place, "people").user_count, 1);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));
    assert_true(store_user_create(place->store, get(place, "other").number, "anna", NULL, NULL));
    assert_false(store_user_create(place->store, 99, "anna", NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void what_is_not_there_is_not_found(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 1);
    struct store_user user;
    struct error err;
    int64_t people = place->people.number;
    assert_false(store_user_get(place->store, place->arena, people, "anna", &user, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "The user id: anna does not exist");
    assert_false(store_user_get_by_key(place->store, place->arena, people, face, &user, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_user_set_details(place->store, people, "anna", "{}", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_user_delete(place->store, people, "anna", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_faces_assign(place->store, people, &face, 1, "anna", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_null(owner_of(place, face));
}

static void a_list_goes_on_after_an_id_and_is_sorted_by_bytes(void **state) {
    static const char *const ids[] = {"berta", "anna", "Zoe", "carl"};
    static const char *const sorted[] = {"Zoe", "anna", "berta", "carl"};
    struct place *place = *state;
    struct store_user *users;
    size_t count;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        make_user(place, ids[i]);
    for (size_t after = 0; after <= ARRAY_LEN(ids); after++) {
        assert_true(store_user_list(place->store, place->arena, place->people.number,
                                    after ? sorted[after - 1] : NULL, 2, &users, &count, NULL));
        assert_int_equal(count, MIN(ARRAY_LEN(ids) - after, 2u));
        for (size_t i = 0; i < count; i++)
            assert_string_equal(users[i].id, sorted[after + i]);
    }
}

static void details_are_kept_and_changed(void **state) {
    struct place *place = *state;
    int64_t people = place->people.number;
    assert_true(store_user_create(place->store, people, "anna", "{\"Urls\":[]}", NULL));
    assert_string_equal(user_of(place, "anna").details, "{\"Urls\":[]}");
    assert_true(store_user_set_details(place->store, people, "anna", "{}", NULL));
    reopen(place);
    assert_string_equal(user_of(place, "anna").details, "{}");
    assert_true(store_user_set_details(place->store, people, "anna", NULL, NULL));
    assert_null(user_of(place, "anna").details);
}

static void a_face_belongs_to_the_last_user_it_was_given_to(void **state) {
    struct place *place = *state;
    struct uuid faces[] = {add(place, 1), add(place, 2), uuid_random()};
    make_user(place, "anna");
    make_user(place, "berta");
    give(place, "anna", faces, 3); /* one of them is not there */
    assert_int_equal(faces_of(place, "anna"), 2);
    give(place, "anna", faces, 2); /* again */
    assert_int_equal(faces_of(place, "anna"), 2);
    struct uuid twice[] = {faces[1], faces[1]};
    give(place, "berta", twice, 2);
    assert_string_equal(owner_of(place, faces[0]), "anna");
    assert_string_equal(owner_of(place, faces[1]), "berta");
    assert_int_equal(faces_of(place, "anna"), 1);
    assert_int_equal(faces_of(place, "berta"), 1);
    give(place, NULL, faces, 3);
    assert_null(owner_of(place, faces[0]));
    assert_null(owner_of(place, faces[1]));
    assert_int_equal(faces_of(place, "anna"), 0);
    assert_int_equal(faces_of(place, "berta"), 0);
}

static void a_user_takes_so_many_faces_and_no_more(void **state) {
    struct place *place = *state;
    struct uuid faces[LIMIT_USER_FACES + 1];
    struct error err;
    for (uint32_t i = 0; i < ARRAY_LEN(faces); i++)
        faces[i] = add(place, i);
    make_user(place, "anna");
    assert_false(
        store_faces_assign(place->store, place->people.number, faces, ARRAY_LEN(faces), "anna", &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_int_equal(faces_of(place, "anna"), 0);
    give(place, "anna", faces, LIMIT_USER_FACES);
    assert_false(
        store_faces_assign(place->store, place->people.number, &faces[LIMIT_USER_FACES], 1, "anna", &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_null(owner_of(place, faces[LIMIT_USER_FACES]));
    give(place, "anna", faces, LIMIT_USER_FACES); /* those it has already need no room */
    assert_int_equal(faces_of(place, "anna"), LIMIT_USER_FACES);
}

static void a_full_collection_takes_no_more_users(void **state) {
    struct place *place = *state;
    struct error err;
    char sql[128];
    snprintf(sql, sizeof sql, "UPDATE collections SET user_count=%d", LIMIT_COLLECTION_USERS - 1);
    change_file(place, sql);
    reopen(place);
    make_user(place, "last");
    assert_false(store_user_create(place->store, place->people.number, "beyond", NULL, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_false(store_user_create(place->store, place->people.number, "last", NULL, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_true(store_user_delete(place->store, place->people.number, "last", NULL));
    make_user(place, "beyond");
}

static void a_deleted_user_leaves_its_faces_to_nobody(void **state) {
    struct place *place = *state;
    struct uuid faces[] = {add(place, 1), add(place, 2)};
    struct store_user first = make_user(place, "anna");
    make_user(place, "berta");
    give(place, "anna", faces, 1);
    give(place, "berta", faces + 1, 1);
    assert_true(store_user_delete(place->store, place->people.number, "anna", NULL));
    assert_null(owner_of(place, faces[0]));
    assert_string_equal(owner_of(place, faces[1]), "berta");
    assert_int_equal(get(place, "people").user_count, 1);
    assert_int_equal(face_count(place), 2);
    struct store_user second = make_user(place, "anna");
    assert_false(uuid_equal(first.key, second.key));
    assert_int_equal(faces_of(place, "anna"), 0);
}

static void a_deleted_face_is_one_less_of_its_user(void **state) {
    struct place *place = *state;
    struct uuid faces[] = {add(place, 1), add(place, 2), add(place, 3)};
    bool deleted[2];
    make_user(place, "anna");
    give(place, "anna", faces, 2);
    assert_true(store_faces_delete(place->store, place->people.number, faces + 1, 2, deleted, NULL));
    assert_int_equal(faces_of(place, "anna"), 1);
}

static void a_known_photograph_of_a_user_stays_its_face(void **state) {
    struct place *place = *state;
    struct store_face first = face_of(1, "anna-1"), again = face_of(1, "anna-1");
    bool known;
    again.confidence = 12;
    again.created_ms = 99999;
    make_user(place, "anna");
    assert_true(add_to(place->store, place->people.number, &first, 1, &known) && !known);
    give(place, "anna", &first.id, 1);
    assert_true(add_to(place->store, place->people.number, &again, 1, &known) && known);
    assert_true(uuid_equal(first.id, again.id));
    assert_float_equal(again.confidence, first.confidence, 0);
    assert_int_equal(again.created_ms, first.created_ms);
    assert_string_equal(owner_of(place, first.id), "anna");
}

static void a_deleted_collection_takes_its_users_and_all_tags(void **state) {
    struct place *place = *state;
    const struct store_tag tag = {"team", "red"};
    struct uuid face = add(place, 1);
    int64_t people = place->people.number;
    make_user(place, "anna");
    give(place, "anna", &face, 1);
    assert_true(store_tags_put(place->store, people, &tag, 1, NULL));
    assert_true(store_face_tags_put(place->store, people, &face, 1, &tag, 1, NULL));
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, &tag, 1, NULL));
    assert_true(store_user_create(place->store, get(place, "other").number, "anna", NULL, NULL));
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    assert_int_equal(ask_file(place, "SELECT count(*) FROM faces"), 0);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM face_tags"), 0);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM users"), 1);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM tags"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_user_is_there_after_a_restart_with_its_faces),
        EACH(an_id_is_given_once_in_a_collection),
        EACH(what_is_not_there_is_not_found),
        EACH(a_list_goes_on_after_an_id_and_is_sorted_by_bytes),
        EACH(details_are_kept_and_changed),
        EACH(a_face_belongs_to_the_last_user_it_was_given_to),
        EACH(a_user_takes_so_many_faces_and_no_more),
        EACH(a_full_collection_takes_no_more_users),
        EACH(a_deleted_user_leaves_its_faces_to_nobody),
        EACH(a_deleted_face_is_one_less_of_its_user),
        EACH(a_known_photograph_of_a_user_stays_its_face),
        EACH(a_deleted_collection_takes_its_users_and_all_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
