/* What store.h promises of results that wait for a second person. */
#define _GNU_SOURCE /* memmem */
#include "store/test-support.h"
#include "base/limits.h"

static const char result[] = "a line\n{\"FaceMatches\":[]}";

static struct store_release keep(struct place *place, const char *asked_by, int64_t expires_ms) {
    struct store_release release = {.id = uuid_random(),
                                    .account = STORE_OPERATOR,
                                    .collection = "people",
                                    .operation = "SearchFaces",
                                    .asked_by = asked_by,
                                    .request = "r-1",
                                    .created_ms = 1000,
                                    .expires_ms = expires_ms};
    struct error err;
    if (!store_release_keep(place->store, &release, bytes_of(result), &err))
        fail_msg("%s", err.text);
    return release;
}

static bool look_up(struct place *place, const struct store_release *release, int64_t now_ms,
                    struct store_release *ret_found) {
    return store_release_get(place->store, place->arena, release->account, release->id, now_ms, ret_found,
                             NULL);
}

static bool read_result(struct place *place, const struct store_release *release, struct bytes *ret_result,
                        struct error *err) {
    return store_release_result(place->store, place->arena, release->account, release->id, 2000, ret_result,
                                err);
}

static bool decide(struct place *place, struct store_release release, enum store_release_status status,
                   struct error *err) {
    release.status = status;
    release.decided_by = "bert";
    release.reason = "because";
    release.decided_ms = 1500;
    return store_release_decide(place->store, &release, err);
}

static void a_result_is_kept_as_it_was_until_its_time_is_over(void **state) {
    struct place *place = *state;
    struct store_release release = keep(place, "anna", 3000), found;
    struct bytes read;
    reopen(place);
    assert_true(look_up(place, &release, 2999, &found));
    assert_string_equal(found.collection, "people");
    assert_string_equal(found.operation, "SearchFaces");
    assert_string_equal(found.asked_by, "anna");
    assert_string_equal(found.request, "r-1");
    assert_int_equal(found.status, STORE_RELEASE_WAITING);
    assert_null(found.decided_by);
    assert_true(read_result(place, &release, &read, NULL));
    assert_true(bytes_equal_string(read, result));
    assert_false(look_up(place, &release, 3000, &found));
}

static void it_is_of_its_account_alone(void **state) {
    struct place *place = *state;
    struct store_release release = keep(place, "anna", 3000), found;
    struct error err;
    release.account = STORE_OPERATOR + 1;
    assert_false(look_up(place, &release, 2000, &found));
    assert_false(decide(place, release, STORE_RELEASE_GRANTED, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
}

static void it_is_decided_once(void **state) {
    struct place *place = *state;
    struct store_release release = keep(place, "anna", 3000), found;
    struct error err;
    assert_true(decide(place, release, STORE_RELEASE_GRANTED, NULL));
    assert_false(decide(place, release, STORE_RELEASE_REFUSED, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_true(look_up(place, &release, 2000, &found));
    assert_int_equal(found.status, STORE_RELEASE_GRANTED);
    assert_string_equal(found.decided_by, "bert");
    assert_string_equal(found.reason, "because");
    assert_int_equal(found.decided_ms, 1500);
}

static void a_refused_result_cannot_be_read(void **state) {
    struct place *place = *state;
    struct store_release release = keep(place, "anna", 3000);
    struct bytes read;
    struct error err;
    assert_true(decide(place, release, STORE_RELEASE_REFUSED, NULL));
    assert_false(read_result(place, &release, &read, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_result_in_the_place_of_another_does_not_open(void **state) {
    struct place *place = *state;
    struct store_release first = keep(place, "anna", 3000), second = keep(place, "anna", 3000);
    struct bytes read;
    change_file(place, "UPDATE releases SET sealed_result=(SELECT sealed_result FROM releases AS other"
                       " WHERE other.rowid=2) WHERE rowid=1");
    reopen(place);
    assert_false(read_result(place, &first, &read, NULL));
    assert_true(read_result(place, &second, &read, NULL));
}

static void what_is_over_is_forgotten_and_the_rest_listed_by_id(void **state) {
    struct place *place = *state;
    struct store_release *releases, one = keep(place, "anna", 3000), two = keep(place, "bert", 3000);
    size_t count;
    keep(place, "carl", 1999);
    assert_true(store_releases_forget(place->store, 1999, NULL));
    assert_true(store_releases_list(place->store, place->arena, STORE_OPERATOR, 0, NULL, 10, &releases,
                                    &count, NULL));
    assert_int_equal(count, 2);
    bool in_order = memcmp(&one.id, &two.id, sizeof one.id) < 0;
    assert_true(uuid_equal(releases[0].id, in_order ? one.id : two.id));
    assert_true(store_releases_list(place->store, place->arena, STORE_OPERATOR, 0, &releases[0].id, 10,
                                    &releases, &count, NULL));
    assert_int_equal(count, 1);
    assert_true(uuid_equal(releases[0].id, in_order ? two.id : one.id));
    assert_true(store_releases_list(place->store, place->arena, STORE_OPERATOR, 3000, NULL, 10, &releases,
                                    &count, NULL));
    assert_int_equal(count, 0);
}

static void no_result_is_in_the_file_in_clear(void **state) {
    struct place *place = *state;
    char path[128];
    static char content[4 << 20];
    keep(place, "anna", 3000);
    store_close(place->store);
    place->store = NULL;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content, file);
    fclose(file);
    assert_true(len > 0 && len < sizeof content);
    assert_non_null(memmem(content, len, "SearchFaces", strlen("SearchFaces")));
    assert_null(memmem(content, len, "FaceMatches", strlen("FaceMatches")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_result_is_kept_as_it_was_until_its_time_is_over),
        EACH(it_is_of_its_account_alone),
        EACH(it_is_decided_once),
        EACH(a_refused_result_cannot_be_read),
        EACH(a_result_in_the_place_of_another_does_not_open),
        EACH(what_is_over_is_forgotten_and_the_rest_listed_by_id),
        EACH(no_result_is_in_the_file_in_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
