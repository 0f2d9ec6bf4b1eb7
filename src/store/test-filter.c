/* What store.h promises of filters and of tags: exactly the faces that a look at each of them would choose.
 */
#include <sodium.h>
#include "store/test-support.h"
#include "base/limits.h"

enum { FACES = 150, FILTERS = 400 };

static const char *const names[] = {NULL,    "a",  "ab",      "ab%",    "ab_", "abc",
                                    "ab[c]", "ac", "a\u00e9", "\u00ff", "B"};
static const char *const users[] = {NULL, "anna", "berta"};
static const struct store_tag some_tags[] = {{"team", "red"}, {"team", "blue"}, {"shift", "red"}, {"x", ""}};

/* A face as the test remembers it. */
struct made {
    struct uuid id;
    const char *name, *user;
    int64_t created_ms;
    unsigned tags; /* bits of some_tags */
};

static void make_face(struct place *place, struct made *made) {
    struct store_face face = face_of(1, names[randombytes_uniform(ARRAY_LEN(names))]);
    bool known;
    face.image_id = uuid_random();
    face.created_ms = 1000 + randombytes_uniform(10);
    *made = (struct made){face.id, face.external_image_id, users[randombytes_uniform(ARRAY_LEN(users))],
                          face.created_ms, 0};
    assert_true(add_to(place->store, place->people.number, &face, 1, &known) && !known);
    give(place, made->user, &made->id, made->user != NULL);
    for (size_t i = 0; i < ARRAY_LEN(some_tags); i++)
        if (randombytes_uniform(3) == 0 && !(i == 1 && made->tags & 1)) {
            made->tags |= 1u << i;
            assert_true(store_face_tags_put(place->store, place->people.number, &made->id, 1, &some_tags[i],
                                            1, NULL));
        }
}

static bool same(const char *wanted, const char *text) {
    return !wanted || (text && strcmp(wanted, text) == 0);
}

static bool chosen(const struct made *made, const struct store_filter *filter, unsigned tags) {
    const char *prefix = filter->external_image_id_prefix;
    return same(filter->user_id, made->user) && same(filter->external_image_id, made->name) &&
           (!prefix || (made->name && strncmp(made->name, prefix, strlen(prefix)) == 0)) &&
           made->created_ms >= filter->created_from_ms &&
           (filter->created_before_ms == 0 || made->created_ms < filter->created_before_ms) &&
           (made->tags & tags) == tags;
}

static int by_id(const void *a, const void *b) {
    return memcmp(((const struct made *)a)->id.bytes, ((const struct made *)b)->id.bytes, 16);
}

/* About every other member is set. */
static unsigned random_filter(struct store_filter *filter, struct store_tag *tags) {
    unsigned bits = 0;
    *filter = (struct store_filter){.tags = tags};
    if (randombytes_uniform(3) == 0)
        filter->user_id = (const char *[]){"anna", "berta", "nobody"}[randombytes_uniform(3)];
    if (randombytes_uniform(4) == 0)
        filter->external_image_id = names[randombytes_uniform(ARRAY_LEN(names))];
    if (randombytes_uniform(3) == 0)
        filter->external_image_id_prefix = names[randombytes_uniform(ARRAY_LEN(names))];
    if (randombytes_uniform(4) == 0)
        filter->external_image_id_prefix = "";
    if (randombytes_uniform(3) == 0)
        filter->created_from_ms = 1000 + randombytes_uniform(11);
    if (randombytes_uniform(3) == 0)
        filter->created_before_ms = 1000 + randombytes_uniform(11);
    for (size_t i = 0; i < ARRAY_LEN(some_tags); i++)
        if (randombytes_uniform(4) == 0) {
            tags[filter->tag_count++] = some_tags[i];
            bits |= 1u << i;
        }
    return bits;
}

/* By pages of 7; each face must be the next that was chosen. */
static void assert_pages(struct place *place, const struct store_filter *filter, const struct made *made,
                         unsigned tags) {
    struct store_face *faces;
    struct uuid last;
    size_t next = 0, count = 7;
    for (bool first = true; count == 7; first = false) {
        assert_true(store_faces_list(place->store, place->arena, place->people.number, filter,
                                     first ? NULL : &last, 7, &faces, &count, NULL));
        for (size_t i = 0; i < count; i++, next++) {
            while (next < FACES && !chosen(&made[next], filter, tags))
                next++;
            assert_true(next < FACES && uuid_equal(faces[i].id, made[next].id));
            assert_true(!made[next].user == !faces[i].user_id && same(made[next].user, faces[i].user_id));
            last = faces[i].id;
        }
    }
    for (; next < FACES; next++)
        assert_false(chosen(&made[next], filter, tags));
}

static void any_filter_chooses_what_a_look_at_each_face_chooses(void **state) {
    struct place *place = *state;
    struct made made[FACES];
    struct store_tag tags[ARRAY_LEN(some_tags)];
    struct store_filter filter;
    struct uuid *ids;
    size_t count, matches = 0;
    for (size_t i = 1; i < ARRAY_LEN(users); i++)
        assert_true(store_user_create(place->store, place->people.number, users[i], NULL, NULL));
    for (size_t i = 0; i < FACES; i++)
        make_face(place, &made[i]);
    qsort(made, FACES, sizeof *made, by_id);
    for (int round = 0; round < FILTERS; round++) {
        unsigned bits = random_filter(&filter, tags);
        assert_true(store_faces_matching(place->store, place->people.number, &filter, &ids, &count, NULL));
        size_t next = 0;
        for (size_t i = 0; i < FACES; i++)
            if (chosen(&made[i], &filter, bits))
                assert_true(next < count && uuid_equal(ids[next++], made[i].id));
        assert_int_equal(next, count);
        free(ids);
        assert_pages(place, &filter, made, bits);
        matches += count;
    }
    assert_true(matches > FACES); /* not all of them were empty */
}

static size_t count_prefix(struct place *place, const char *prefix) {
    struct store_filter filter = {.external_image_id_prefix = prefix};
    struct uuid *ids;
    size_t count;
    assert_true(store_faces_matching(place->store, place->people.number, &filter, &ids, &count, NULL));
    free(ids);
    return count;
}

static void a_prefix_is_no_pattern(void **state) {
    static const char *const ids[] = {"a%b", "a_b", "a[b", "axb", "a*b", "a", "b"};
    struct place *place = *state;
    for (uint32_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct store_face face = face_of(i, ids[i]);
        bool known;
        assert_true(add_to(place->store, place->people.number, &face, i, &known));
    }
    add(place, 99); /* without a name */
    assert_int_equal(count_prefix(place, "a%"), 1);
    assert_int_equal(count_prefix(place, "a_"), 1);
    assert_int_equal(count_prefix(place, "a["), 1);
    assert_int_equal(count_prefix(place, "a*"), 1);
    assert_int_equal(count_prefix(place, "a"), 6);
    assert_int_equal(count_prefix(place, "'"), 0);
    assert_int_equal(count_prefix(place, ""), 7);
}

static void no_filter_is_every_face(void **state) {
    struct place *place = *state;
    struct store_filter filter = {0};
    struct uuid *ids;
    size_t count;
    assert_true(store_faces_matching(place->store, place->people.number, NULL, &ids, &count, NULL));
    assert_int_equal(count, 0);
    free(ids);
    struct uuid face = add(place, 1);
    assert_true(store_faces_matching(place->store, place->people.number, &filter, &ids, &count, NULL));
    assert_true(count == 1 && uuid_equal(ids[0], face));
    free(ids);
}

/* LIMIT_TAGS + 1 tags. */
static struct store_tag *many_tags(struct place *place) {
    struct store_tag *tags = arena_array(place->arena, LIMIT_TAGS + 1, sizeof *tags);
    assert_non_null(tags);
    for (int i = 0; i <= LIMIT_TAGS; i++)
        tags[i] = (struct store_tag){arena_printf(place->arena, "key-%03d", i), "value"};
    return tags;
}

static void a_filter_takes_as_many_tags_as_a_face_may_have(void **state) {
    struct place *place = *state;
    struct store_tag *tags = many_tags(place);
    struct store_filter filter = {.tags = tags, .tag_count = LIMIT_TAGS};
    struct uuid face = add(place, 1), other = add(place, 2), *ids;
    struct error err;
    size_t count;
    int64_t people = place->people.number;
    assert_true(store_face_tags_put(place->store, people, &face, 1, tags, LIMIT_TAGS, NULL));
    assert_true(store_face_tags_put(place->store, people, &other, 1, tags, LIMIT_TAGS - 1, NULL));
    assert_true(store_faces_matching(place->store, people, &filter, &ids, &count, NULL));
    assert_true(count == 1 && uuid_equal(ids[0], face));
    free(ids);
    filter.tag_count++;
    assert_false(store_faces_matching(place->store, people, &filter, &ids, &count, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
}

/* --- tags --- */

static size_t face_tags(struct place *place, struct uuid face, struct store_tag **ret_tags) {
    size_t count;
    assert_true(
        store_face_tags_get(place->store, place->arena, place->people.number, face, ret_tags, &count, NULL));
    return count;
}

static void tags_of_faces_are_put_changed_and_removed(void **state) {
    static const struct store_tag first[] = {{"team", "red"}, {"shift", "night"}}, change = {"team", "blue"};
    static const char *const keys[] = {"shift", "never-there"};
    struct place *place = *state;
    struct uuid faces[] = {add(place, 1), add(place, 2), uuid_random()};
    int64_t people = place->people.number;
    struct store_tag *tags;
    assert_true(store_face_tags_put(place->store, people, faces, 3, first, 2, NULL));
    assert_true(store_face_tags_put(place->store, people, faces, 1, &change, 1, NULL));
    reopen(place);
    assert_int_equal(face_tags(place, faces[0], &tags), 2);
    assert_string_equal(tags[0].key, "shift"); /* by key */
    assert_string_equal(tags[1].value, "blue");
    assert_int_equal(face_tags(place, faces[1], &tags), 2);
    assert_string_equal(tags[1].value, "red");
    assert_int_equal(face_tags(place, faces[2], &tags), 0);
    assert_true(store_face_tags_remove(place->store, people, faces, 3, keys, 2, NULL));
    assert_int_equal(face_tags(place, faces[0], &tags), 1);
    assert_string_equal(tags[0].key, "team");
}

static void a_deleted_face_leaves_no_tags(void **state) {
    struct place *place = *state;
    struct uuid face = add(place, 1);
    bool deleted;
    assert_true(store_face_tags_put(place->store, place->people.number, &face, 1, some_tags, 1, NULL));
    assert_true(store_faces_delete(place->store, place->people.number, &face, 1, &deleted, NULL));
    assert_int_equal(ask_file(place, "SELECT count(*) FROM face_tags"), 0);
}

static void tags_end_at_their_limit(void **state) {
    struct place *place = *state;
    struct store_tag *tags = many_tags(place), *stored;
    struct uuid face = add(place, 1);
    struct error err;
    size_t count;
    int64_t people = place->people.number;
    assert_true(store_face_tags_put(place->store, people, &face, 1, tags, LIMIT_TAGS, NULL));
    assert_true(store_face_tags_put(place->store, people, &face, 1, tags, LIMIT_TAGS, NULL)); /* again */
    assert_false(store_face_tags_put(place->store, people, &face, 1, tags + LIMIT_TAGS, 1, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_int_equal(face_tags(place, face, &stored), LIMIT_TAGS);
    assert_false(store_tags_put(place->store, people, tags, LIMIT_TAGS + 1, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
    assert_true(store_tags_get(place->store, place->arena, people, &stored, &count, NULL) && count == 0);
    assert_true(store_tags_put(place->store, people, tags, LIMIT_TAGS, NULL));
    assert_false(store_collection_create(place->store, STORE_OPERATOR, "more", "1.0", DIMENSION, tags,
                                         LIMIT_TAGS + 1, &err));
    assert_int_equal(err.code, ERROR_QUOTA);
}

static void tags_of_collections_are_put_changed_and_removed(void **state) {
    static const struct store_tag made[] = {{"team", "red"}, {"cost", "7"}}, change = {"team", "blue"};
    static const char *const keys[] = {"cost", "never-there"};
    struct place *place = *state;
    struct store_tag *tags;
    struct error err;
    size_t count;
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "tagged", "1.0", DIMENSION, made, 2, NULL));
    int64_t number = get(place, "tagged").number;
    assert_true(store_tags_put(place->store, number, &change, 1, NULL));
    assert_true(store_tags_get(place->store, place->arena, number, &tags, &count, NULL) && count == 2);
    assert_string_equal(tags[0].key, "cost"); /* by key */
    assert_string_equal(tags[1].value, "blue");
    assert_true(store_tags_remove(place->store, number, keys, 2, NULL));
    assert_true(store_tags_get(place->store, place->arena, number, &tags, &count, NULL) && count == 1);
    assert_string_equal(tags[0].key, "team");
    assert_false(store_tags_put(place->store, 99, made, 2, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(any_filter_chooses_what_a_look_at_each_face_chooses),
        EACH(a_prefix_is_no_pattern),
        EACH(no_filter_is_every_face),
        EACH(a_filter_takes_as_many_tags_as_a_face_may_have),
        EACH(tags_of_faces_are_put_changed_and_removed),
        EACH(a_deleted_face_leaves_no_tags),
        EACH(tags_end_at_their_limit),
        EACH(tags_of_collections_are_put_changed_and_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
