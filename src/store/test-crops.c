/* Crops are kept where they are wanted, sealed, and as long as their faces. */
#include "store/test-support.h"
#include "base/limits.h"

static const struct bytes picture = BYTES_LITERAL("\xff\xd8 a picture that nobody may recognise");

static void keep_crops(struct place *place, bool keep) {
    const struct store_governance governance = {.keep_crops = keep};
    assert_true(store_collection_govern(place->store, place->people.number, &governance, NULL));
}

static void put(struct place *place, struct uuid face) {
    struct error err;
    if (!store_crop_put(place->store, place->people.number, face, picture, &err))
        fail_msg("%s", err.text);
}

/* The face of a collection that keeps crops, with its crop. */
static struct uuid add_with_crop(struct place *place, uint32_t number) {
    struct uuid face = add(place, number);
    put(place, face);
    return face;
}

static bool has_crop(struct place *place, int64_t collection, struct uuid face) {
    struct bytes crop;
    struct error err;
    if (!store_crop_get(place->store, place->arena, collection, face, &crop, &err))
        fail_msg("%s", err.text);
    assert_true(!crop.ptr || bytes_equal(crop, picture));
    bool kept;
    assert_true(store_crop_is_kept(place->store, collection, face, &kept, NULL));
    assert_int_equal(kept, crop.ptr != NULL);
    return kept;
}

static int64_t count(const struct place *place) {
    return ask_file(place, "SELECT count(*) FROM crops");
}

static void a_crop_comes_back_as_it_was_put(void **state) {
    struct place *place = *state;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1), other = add(place, 2);
    put(place, face); /* the same photograph once more */
    reopen(place);
    assert_true(has_crop(place, place->people.number, face));
    assert_false(has_crop(place, place->people.number, other));
    assert_int_equal(count(place), 1);
}

static void only_faces_of_a_collection_that_keeps_crops_get_one(void **state) {
    struct place *place = *state;
    struct uuid face = add_with_crop(place, 1);
    assert_false(has_crop(place, place->people.number, face));
    keep_crops(place, true);
    put(place, uuid_random());
    assert_int_equal(count(place), 0);
}

static void a_crop_that_is_too_large_is_refused(void **state) {
    struct place *place = *state;
    struct error err;
    char *much = calloc(1, LIMIT_CROP_BYTES + 1);
    keep_crops(place, true);
    struct uuid face = add(place, 1);
    assert_false(store_crop_put(place->store, place->people.number, face,
                                (struct bytes){much, LIMIT_CROP_BYTES + 1}, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_true(store_crop_put(place->store, place->people.number, face,
                               (struct bytes){much, LIMIT_CROP_BYTES}, NULL));
    free(much);
}

static void a_crop_goes_with_its_face_and_with_its_collection(void **state) {
    struct place *place = *state;
    bool deleted;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1);
    add_with_crop(place, 2);
    assert_true(store_faces_delete(place->store, place->people.number, &face, 1, &deleted, NULL) && deleted);
    assert_int_equal(count(place), 1);
    assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
    assert_int_equal(count(place), 0);
}

static void a_collection_that_keeps_none_any_more_has_none(void **state) {
    struct place *place = *state;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1);
    keep_crops(place, true);
    assert_true(has_crop(place, place->people.number, face));
    keep_crops(place, false);
    assert_int_equal(count(place), 0);
    assert_int_equal(face_count(place), 1);
}

static void crops_lie_sealed_each_in_its_own_place(void **state) {
    struct place *place = *state;
    struct bytes crop;
    struct error err;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1);
    add_with_crop(place, 2);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM crops WHERE instr(sealed, 'recognise')>0"), 0);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT sealed) FROM crops"), 2);
    change_file(place, "UPDATE crops SET sealed=(SELECT sealed FROM crops AS other"
                       " WHERE other.face<>crops.face)");
    reopen(place);
    assert_false(store_crop_get(place->store, place->arena, place->people.number, face, &crop, &err));
    assert_non_null(strstr(err.text, "damaged"));
}

static void a_copy_has_crops_of_its_own(void **state) {
    struct place *place = *state;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1);
    add(place, 2);
    assert_true(store_collection_copy(place->store, STORE_OPERATOR, "people", "copy", NULL));
    assert_int_equal(count(place), 2);
    keep_crops(place, false);
    reopen(place);
    assert_true(has_crop(place, get(place, "copy").number, face));
    assert_false(has_crop(place, place->people.number, face));
}

static void a_rotation_of_keys_seals_them_anew(void **state) {
    struct place *place = *state;
    struct store_rotation rotation;
    keep_crops(place, true);
    struct uuid face = add_with_crop(place, 1), other = add_with_crop(place, 2);
    change_file(place, "CREATE TABLE before AS SELECT sealed FROM crops");
    reopen(place);
    assert_true(store_rotate(place->store, &rotation, NULL));
    reopen(place);
    assert_true(has_crop(place, place->people.number, face));
    assert_true(has_crop(place, place->people.number, other));
    assert_int_equal(
        ask_file(place, "SELECT count(*) FROM crops WHERE sealed IN (SELECT sealed FROM before)"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_crop_comes_back_as_it_was_put),
        EACH(only_faces_of_a_collection_that_keeps_crops_get_one),
        EACH(a_crop_that_is_too_large_is_refused),
        EACH(a_crop_goes_with_its_face_and_with_its_collection),
        EACH(a_collection_that_keeps_none_any_more_has_none),
        EACH(crops_lie_sealed_each_in_its_own_place),
        EACH(a_copy_has_crops_of_its_own),
        EACH(a_rotation_of_keys_seals_them_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
