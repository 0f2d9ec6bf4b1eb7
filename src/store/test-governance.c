/* What store.h promises of a collection's purpose, and of consents, salts and the time of faces. */
#include <sodium.h>
#include "store/test-support.h"

#define DAY_MS INT64_C(86400000)

static const struct store_governance stated = {.purpose = "access control",
                                               .lawful_basis = "consent",
                                               .owner = "anna",
                                               .retention_days = 30,
                                               .consent_required = true,
                                               .release_required = true};

static void govern(struct place *place, int64_t collection, const struct store_governance *governance) {
    struct error err;
    if (!store_collection_govern(place->store, collection, governance, &err))
        fail_msg("%s", err.text);
}

static void assert_stated(const struct store_governance *governance) {
    assert_string_equal(governance->purpose, "access control");
    assert_string_equal(governance->lawful_basis, "consent");
    assert_string_equal(governance->owner, "anna");
    assert_int_equal(governance->retention_days, 30);
    assert_true(governance->consent_required && governance->release_required);
}

static struct store_face put(struct place *place, int64_t created_ms, int64_t expires_ms) {
    struct store_face face = face_of(1, NULL);
    bool known;
    face.created_ms = created_ms;
    face.expires_ms = expires_ms;
    assert_true(add_to(place->store, place->people.number, &face, 1, &known) && !known);
    return face;
}

static size_t expired(struct place *place, int64_t now_ms, size_t maximum, struct store_expired **ret_faces) {
    struct error err;
    size_t count;
    if (!store_faces_expired(place->store, place->arena, now_ms, maximum, ret_faces, &count, &err))
        fail_msg("%s", err.text);
    return count;
}

static void a_collection_keeps_what_was_stated_and_so_does_its_copy(void **state) {
    struct place *place = *state;
    struct store_governance nothing = {0};
    struct store_collection people = get(place, "people");
    struct error err;
    assert_null(people.governance.purpose);
    assert_int_equal(people.governance.retention_days, 0);
    govern(place, people.number, &stated);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    reopen(place);
    people = get(place, "people");
    assert_stated(&people.governance);
    struct store_collection copy = get(place, "copy");
    assert_stated(&copy.governance);
    govern(place, people.number, &nothing);
    assert_null(get(place, "people").governance.owner);
    assert_false(store_collection_govern(place->store, 99, &stated, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_face_keeps_its_consent_its_end_and_a_salt_of_its_own(void **state) {
    struct place *place = *state;
    struct store_face face = face_of(1, "anna"), again = face, other = face_of(2, NULL), found;
    static const uint8_t none[STORE_SALT];
    bool known;
    face.consent = "form 17";
    face.expires_ms = 4321;
    assert_true(add_to(place->store, place->people.number, &face, 1, &known) && !known);
    assert_true(add_to(place->store, place->people.number, &other, 2, &known) && !known);
    assert_memory_not_equal(face.salt, none, sizeof none);
    assert_memory_not_equal(face.salt, other.salt, sizeof none);
    reopen(place);
    assert_true(store_face_get(place->store, place->arena, place->people.number, face.id, &found, NULL));
    assert_string_equal(found.consent, "form 17");
    assert_int_equal(found.expires_ms, 4321);
    assert_memory_equal(found.salt, face.salt, sizeof none);
    again.id = uuid_random();
    assert_true(add_to(place->store, place->people.number, &again, 1, &known) && known);
    assert_memory_equal(again.salt, face.salt, sizeof none);
    assert_int_equal(again.expires_ms, 4321);
    assert_true(store_face_get(place->store, place->arena, place->people.number, other.id, &found, NULL));
    assert_null(found.consent);
}

static void a_copied_face_has_another_salt(void **state) {
    struct place *place = *state;
    struct store_face face = put(place, 1, 0), found;
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    assert_true(store_face_get(place->store, place->arena, get(place, "copy").number, face.id, &found, NULL));
    assert_memory_not_equal(found.salt, face.salt, sizeof face.salt);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT salt) FROM faces WHERE length(salt)=32"), 2);
}

static void faces_expire_by_their_own_end(void **state) {
    struct place *place = *state;
    struct store_expired *faces;
    struct store_face early = put(place, 1, 1000);
    put(place, 1, 2000);
    put(place, 1, 0);
    assert_int_equal(expired(place, 999, 10, &faces), 0);
    assert_int_equal(expired(place, 1000, 10, &faces), 1);
    assert_true(uuid_equal(faces[0].face, early.id));
    assert_true(faces[0].account == STORE_OPERATOR && faces[0].collection == place->people.number);
    assert_string_equal(faces[0].collection_id, "people");
    assert_memory_equal(faces[0].salt, early.salt, sizeof early.salt);
    assert_int_equal(expired(place, 2000, 10, &faces), 2);
    assert_int_equal(expired(place, 2000, 1, &faces), 1);
}

static void faces_expire_by_the_retention_of_their_collection_whenever_it_was_stated(void **state) {
    struct place *place = *state;
    struct store_expired *faces;
    struct store_face old = put(place, 1000, 0);
    put(place, 1001, 0);
    put(place, 900, 950); /* both ways: once */
    put(place, 1000 + 30 * DAY_MS, 0);
    assert_int_equal(expired(place, 100 * DAY_MS, 10, &faces), 1);
    govern(place, place->people.number, &stated);
    assert_int_equal(expired(place, 30 * DAY_MS + 899, 10, &faces), 1);
    assert_int_equal(expired(place, 30 * DAY_MS + 1000, 10, &faces), 2);
    assert_true(uuid_equal(faces[0].face, old.id) || uuid_equal(faces[1].face, old.id));
    assert_int_equal(expired(place, 31 * DAY_MS, 10, &faces), 3);
}

static void expired_faces_of_one_collection_stand_together(void **state) {
    struct place *place = *state;
    struct store_expired *faces;
    int changes = 0;
    for (int i = 0; i < 4; i++)
        put(place, 1, 1000 + i);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    size_t count = expired(place, 5000, 100, &faces);
    assert_int_equal(count, 8);
    for (size_t i = 1; i < count; i++)
        changes += faces[i].collection != faces[i - 1].collection;
    assert_int_equal(changes, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_collection_keeps_what_was_stated_and_so_does_its_copy),
        EACH(a_face_keeps_its_consent_its_end_and_a_salt_of_its_own),
        EACH(a_copied_face_has_another_salt),
        EACH(faces_expire_by_their_own_end),
        EACH(faces_expire_by_the_retention_of_their_collection_whenever_it_was_stated),
        EACH(expired_faces_of_one_collection_stand_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
