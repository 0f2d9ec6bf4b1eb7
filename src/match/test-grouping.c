/* Grouped indexes: what index.h, centres.h, grouping.h and recall.h promise. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "match/centres.h"
#include "match/grouping.h"
#include "match/recall.h"
#include "match/sample.h"

/* People of eight photographs each, alike enough to be matched. */
enum { DIMENSION = 32, FACES = 20000, PHOTOS = 8, TOP = 20 };

static uint32_t seed = 1;

static float random_float(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (float)(1 << 23) - 1;
}

static void make_unit(float *vector) {
    float square = 0;
    for (int i = 0; i < DIMENSION; i++)
        square += vector[i] * vector[i];
    for (int i = 0; i < DIMENSION; i++)
        vector[i] /= sqrtf(square);
}

static struct uuid numbered(uint32_t number) {
    struct uuid uuid = {{0}};
    for (int i = 0; i < 4; i++)
        uuid.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    return uuid;
}

struct fixture {
    struct index *plain, *grouped;
    float vectors[FACES][DIMENSION];
};

static void make_photo(struct fixture *fixture, uint32_t number) {
    float *vector = fixture->vectors[number];
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = number % PHOTOS == 0
                        ? random_float()
                        : fixture->vectors[number / PHOTOS * PHOTOS][i] + 0.1f * random_float();
    make_unit(vector);
}

static int fill(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_true(index_new(DIMENSION, &fixture->plain, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        make_photo(fixture, i);
        assert_true(index_insert(fixture->plain, numbered(i), fixture->vectors[i], NULL));
    }
    assert_true(grouping_make(fixture->plain, NULL, NULL, &fixture->grouped, NULL));
    *state = fixture;
    return 0;
}

static int empty(void **state) {
    struct fixture *fixture = *state;
    index_free(fixture->plain);
    index_free(fixture->grouped);
    free(fixture);
    return 0;
}

static void assert_same(struct index *one, struct index *other, const struct index_query *query) {
    struct index_match matches[TOP], expected[TOP];
    size_t count, expected_count;
    assert_true(index_search(one, query, expected, &expected_count, NULL));
    assert_true(index_search(other, query, matches, &count, NULL));
    assert_int_equal(count, expected_count);
    assert_memory_equal(matches, expected, count * sizeof *matches);
}

static void a_search_of_all_lists_is_exact_to_the_bit(void **state) {
    struct fixture *fixture = *state;
    struct uuid exclude = numbered(7), among[FACES / 2];
    for (uint32_t i = 0; i < FACES / 2; i++)
        among[i] = numbered(2 * i);
    for (uint32_t i = 0; i < 60; i++) {
        struct index_query query = {.probe = fixture->vectors[i * 331 % FACES],
                                    .threshold = i % 2 ? -2 : 0.5f,
                                    .maximum = TOP,
                                    .exclude = i % 3 ? &exclude : NULL,
                                    .among = i % 5 ? NULL : among,
                                    .among_count = i % 5 ? 0 : FACES / 2,
                                    .exhaustive = true};
        assert_true(index_is_exact(fixture->grouped, &query));
        assert_same(fixture->plain, fixture->grouped, &query);
    }
}

static void few_faces_are_looked_up_in_whatever_list_they_are(void **state) {
    struct fixture *fixture = *state;
    struct uuid among[64];
    for (uint32_t i = 0; i < ARRAY_LEN(among); i++)
        among[i] = numbered(i * 300);
    struct index_query query = {.probe = fixture->vectors[12345],
                                .threshold = -2,
                                .maximum = TOP,
                                .among = among,
                                .among_count = ARRAY_LEN(among)};
    assert_true(index_is_exact(fixture->grouped, &query));
    assert_same(fixture->plain, fixture->grouped, &query);
}

static void a_search_reads_few_lists_and_finds_nearly_all(void **state) {
    struct fixture *fixture = *state;
    const struct index_query query = {.probe = fixture->vectors[0], .maximum = TOP};
    struct recall recall;
    assert_int_equal(index_lists(fixture->plain), 1);
    assert_true(index_lists(fixture->grouped) > 200);
    assert_true(index_lists_read(fixture->grouped) * 4 < index_lists(fixture->grouped));
    assert_false(index_is_exact(fixture->grouped, &query));
    assert_true(recall_measure(fixture->grouped, 0.8f, &recall, NULL));
    assert_int_equal(recall.probes, RECALL_PROBES);
    assert_true(recall.matched > RECALL_PROBES / 2);
    assert_true(recall.top > 0.9f && recall.top < 1); /* the last two or three are of strangers */
    assert_true(recall.best > 0.99f);
}

static void recall_of_an_exact_index_is_1(void **state) {
    struct fixture *fixture = *state;
    struct recall recall;
    assert_true(recall_measure(fixture->plain, 0.8f, &recall, NULL));
    assert_true(recall.top == 1 && recall.best == 1);
}

static void all_photographs_of_a_person_are_found(void **state) {
    struct fixture *fixture = *state;
    struct index_match matches[PHOTOS];
    size_t count, found = 0;
    for (uint32_t person = 0; person < 100; person++) {
        uint32_t first = person * 199 % (FACES / PHOTOS) * PHOTOS;
        const struct index_query query = {
            .probe = fixture->vectors[first], .threshold = 0.8f, .maximum = PHOTOS};
        assert_true(index_search(fixture->grouped, &query, matches, &count, NULL));
        assert_true(count > 0 && uuid_equal(matches[0].face, numbered(first)));
        found += count;
    }
    assert_true(found >= 100 * PHOTOS * 99 / 100);
}

static void many_queries_at_once_find_what_each_finds_alone(void **state) {
    struct fixture *fixture = *state;
    enum { MANY = 30 };
    static struct index_match matches[MANY][TOP], alone[TOP];
    struct index_query queries[MANY];
    struct index_match *places[MANY];
    size_t counts[MANY], count;
    for (size_t i = 0; i < MANY; i++) {
        queries[i] = (struct index_query){.probe = fixture->vectors[i * 77],
                                          .threshold = 0.2f,
                                          .maximum = i % TOP,
                                          .exhaustive = i % 3 == 0};
        places[i] = matches[i];
    }
    assert_true(index_search_many(fixture->grouped, queries, MANY, places, counts, NULL));
    for (size_t i = 0; i < MANY; i++) {
        assert_true(index_search(fixture->grouped, &queries[i], alone, &count, NULL));
        assert_int_equal(counts[i], count);
        assert_memory_equal(matches[i], alone, count * sizeof *alone);
    }
}

static void the_same_faces_in_another_order_give_the_same_answers(void **state) {
    struct fixture *fixture = *state;
    struct index *backwards, *grouped;
    assert_true(index_new(DIMENSION, &backwards, NULL));
    for (uint32_t i = FACES; i-- > 0;)
        assert_true(index_insert(backwards, numbered(i), fixture->vectors[i], NULL));
    assert_true(grouping_make(backwards, NULL, NULL, &grouped, NULL));
    assert_int_equal(index_lists(grouped), index_lists(fixture->grouped));
    for (uint32_t i = 0; i < 100; i++) {
        const struct index_query query = {
            .probe = fixture->vectors[i * 173], .threshold = -2, .maximum = TOP};
        assert_same(fixture->grouped, grouped, &query);
    }
    index_free(grouped);
    index_free(backwards);
}

static void vectors_on_disk_give_the_same_answers(void **state) {
    struct fixture *fixture = *state;
    struct index *grouped;
    assert_true(grouping_make(fixture->grouped, "/tmp", NULL, &grouped, NULL));
    assert_true(index_is_on_disk(grouped) && !index_is_on_disk(fixture->grouped));
    const struct index_query query = {.probe = fixture->vectors[5], .threshold = -2, .maximum = TOP};
    assert_same(fixture->grouped, grouped, &query);
    index_free(grouped);
}

/* --- changes --- */

static void changed_faces_are_found_where_they_are_now(void **state) {
    struct fixture *fixture = *state;
    struct index *changed, *fresh;
    float vector[DIMENSION];
    assert_true(grouping_make(fixture->plain, NULL, NULL, &changed, NULL));
    assert_true(index_new(DIMENSION, &fresh, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        const float *now = fixture->vectors[i % 3 == 1 ? (i + 4001) % FACES : i];
        if (i % 3 == 0)
            assert_true(index_remove(changed, numbered(i)));
        if (i % 6 == 0)
            assert_true(index_insert(changed, numbered(i), now, NULL));
        if (i % 3 == 1) /* moves to another list, most of the time */
            assert_true(index_insert(changed, numbered(i), now, NULL));
        if (i % 6 != 3)
            assert_true(index_insert(fresh, numbered(i), now, NULL));
    }
    assert_int_equal(index_count(changed), index_count(fresh));
    for (uint32_t i = 0; i < 100; i++) {
        const struct index_query query = {
            .probe = fixture->vectors[i * 199], .threshold = -2, .maximum = TOP, .exhaustive = true};
        assert_same(fresh, changed, &query);
        assert_int_equal(index_vector(changed, numbered(i), vector), i % 6 != 3);
    }
    index_free(fresh);
    index_free(changed);
}

static void rows_of_removed_faces_are_used_again(void **state) {
    struct fixture *fixture = *state;
    size_t before = index_memory(fixture->grouped);
    for (int round = 0; round < 5; round++)
        for (uint32_t i = 0; i < FACES; i += 2) {
            assert_true(index_remove(fixture->grouped, numbered(i)));
            assert_true(index_insert(fixture->grouped, numbered(i), fixture->vectors[i], NULL));
        }
    assert_int_equal(index_memory(fixture->grouped), before);
}

static void half_empty_chunks_take_little_memory(void **state) {
    struct fixture *fixture = *state;
    struct index *grouped;
    assert_true(grouping_make(fixture->plain, "/tmp", NULL, &grouped, NULL));
    assert_true(index_memory(grouped) < 5 * FACES * 8 * DIMENSION);
    index_free(grouped);
}

struct searcher {
    struct fixture *fixture;
    atomic_bool stop, failed;
};

enum { WANDERERS = 400 };

/* The first photograph of a person that stays is found, and no face twice, whatever comes, goes and moves. */
static void *search_until_stopped(void *context) {
    struct searcher *searcher = context;
    struct index_match matches[TOP];
    size_t count;
    for (uint32_t i = WANDERERS; !searcher->stop; i = i + PHOTOS < FACES ? i + PHOTOS : WANDERERS) {
        const struct index_query query = {
            .probe = searcher->fixture->vectors[i], .threshold = 0.8f, .maximum = TOP};
        bool good = index_search(searcher->fixture->grouped, &query, matches, &count, NULL) && count > 0 &&
                    uuid_equal(matches[0].face, numbered(i));
        for (size_t k = 0; good && k < count; k++)
            for (size_t before = 0; before < k; before++)
                good = good && !uuid_equal(matches[before].face, matches[k].face);
        if (!good)
            searcher->failed = true;
    }
    return NULL;
}

static void faces_are_found_while_others_come_go_and_move(void **state) {
    struct searcher searcher = {.fixture = *state};
    struct fixture *fixture = searcher.fixture;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_until_stopped, &searcher), 0);
    for (uint32_t round = 0; round < 5; round++)
        for (uint32_t i = 0; i < WANDERERS; i++) {
            if (round % 2)
                assert_true(index_remove(fixture->grouped, numbered(i)));
            assert_true(
                index_insert(fixture->grouped, numbered(i), fixture->vectors[WANDERERS - 1 - i], NULL));
            assert_true(index_insert(fixture->grouped, numbered(i), fixture->vectors[i], NULL));
        }
    searcher.stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_false(searcher.failed);
}

static void *search_for_a_wanderer(void *context) {
    struct searcher *searcher = context;
    struct index_match match;
    size_t count;
    const struct index_query query = {
        .probe = searcher->fixture->vectors[0], .threshold = -2, .maximum = 1, .exhaustive = true};
    while (!searcher->stop)
        if (!index_search(searcher->fixture->grouped, &query, &match, &count, NULL) || count != 1)
            searcher->failed = true;
    return NULL;
}

static void the_only_face_is_not_missed_when_it_moves(void **state) {
    struct fixture *fixture = *state;
    struct fixture *alone = calloc(1, sizeof *alone);
    struct centres *centres;
    assert_non_null(alone);
    memcpy(alone->vectors[0], fixture->vectors[0], sizeof alone->vectors[0]);
    assert_true(centres_make(fixture->vectors[0], FACES / 10, DIMENSION, 64, NULL, &centres, NULL));
    assert_true(index_new_grouped(centres, NULL, 1000, &alone->grouped, NULL));
    assert_true(index_insert(alone->grouped, numbered(0), fixture->vectors[0], NULL));
    struct searcher searcher = {.fixture = alone};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, search_for_a_wanderer, &searcher), 0);
    for (uint32_t i = 0; i < 3000; i++)
        assert_true(index_insert(alone->grouped, numbered(0), fixture->vectors[i * PHOTOS % FACES], NULL));
    searcher.stop = true;
    pthread_join(thread, NULL);
    assert_false(searcher.failed);
    index_free(alone->grouped);
    free(alone);
}

/* --- the parts --- */

static void centres_are_ranked_by_their_products(void **state) {
    struct fixture *fixture = *state;
    struct centres *centres;
    enum { COUNT = 100 };
    uint32_t some[COUNT / 4], all[COUNT], nearest;
    assert_true(centres_make(fixture->vectors[0], 5000, DIMENSION, COUNT, NULL, &centres, NULL));
    assert_int_equal(centres_count(centres), COUNT);
    for (uint32_t i = 0; i < 200; i++) {
        const float *probe = fixture->vectors[FACES - 1 - i];
        bool seen[COUNT] = {false};
        assert_true(centres_nearest(centres, probe, 1, &nearest, NULL));
        assert_true(centres_rank(centres, probe, COUNT / 4, some, NULL));
        assert_true(centres_rank(centres, probe, COUNT, all, NULL));
        assert_int_equal(some[0], nearest);
        assert_int_equal(all[0], nearest);
        for (size_t k = 0; k < COUNT; k++) {
            assert_false(seen[all[k]]);
            seen[all[k]] = true;
        }
    }
    centres_free(centres);
}

static void hostile_vectors_have_a_list_too(void **state) {
    struct fixture *fixture = *state;
    float huge[DIMENSION], zero[DIMENSION] = {0}, none[DIMENSION] = {NAN};
    struct uuid id = numbered(FACES);
    struct index_match match;
    size_t count;
    for (int i = 0; i < DIMENSION; i++)
        huge[i] = i % 2 ? 3e38f : -3e38f;
    const float *const vectors[] = {huge, zero};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        assert_true(index_insert(fixture->grouped, id, vectors[i], NULL));
        assert_true(index_has(fixture->grouped, id));
        assert_true(index_remove(fixture->grouped, id));
    }
    assert_false(index_insert(fixture->grouped, id, none, NULL));
    const struct index_query query = {.probe = none, .threshold = -2, .maximum = 1};
    assert_true(index_search(fixture->grouped, &query, &match, &count, NULL));
    assert_int_equal(count, 0);
}

static void a_sample_depends_on_the_faces_alone(void **state) {
    struct fixture *fixture = *state;
    struct sample one, other, salted;
    float vector[DIMENSION];
    assert_true(sample_take(fixture->plain, 300, 0, NULL, &one, NULL));
    assert_true(sample_take(fixture->grouped, 300, 0, NULL, &other, NULL));
    assert_true(sample_take(fixture->plain, 300, 1, NULL, &salted, NULL));
    assert_int_equal(one.count, 300);
    assert_memory_equal(one.faces, other.faces, 300 * sizeof *one.faces);
    assert_memory_not_equal(one.faces, salted.faces, 300 * sizeof *one.faces);
    for (size_t i = 0; i < 300; i++) {
        assert_true(index_vector(fixture->plain, one.faces[i], vector));
        assert_memory_equal(one.vectors + i * DIMENSION, vector, sizeof vector);
    }
    sample_release(&one);
    sample_release(&other);
    sample_release(&salted);
    assert_true(sample_take(fixture->plain, 2 * FACES, 0, NULL, &one, NULL));
    assert_int_equal(one.count, FACES);
    sample_release(&one);
}

static void grouping_ends_when_it_is_told_to(void **state) {
    struct fixture *fixture = *state;
    struct index *grouped;
    struct error err;
    const atomic_bool stop = true;
    assert_false(grouping_make(fixture->plain, NULL, &stop, &grouped, &err));
    assert_false(grouping_copy(fixture->plain, fixture->grouped, &stop, &err));
}

static void an_empty_index_is_not_grouped(void **state) {
    struct index *none, *grouped;
    struct error err;
    (void)state;
    assert_true(index_new(DIMENSION, &none, NULL));
    assert_false(grouping_make(none, NULL, NULL, &grouped, &err));
    index_free(none);
}

static void an_index_four_times_as_large_has_outgrown_its_lists(void **state) {
    struct fixture *fixture = *state;
    struct index *small, *grouped;
    assert_true(index_new(DIMENSION, &small, NULL));
    for (uint32_t i = 0; i < FACES / 5; i++)
        assert_true(index_insert(small, numbered(i), fixture->vectors[i], NULL));
    assert_true(grouping_make(small, NULL, NULL, &grouped, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        assert_true(index_insert(grouped, numbered(i), fixture->vectors[i], NULL));
        if (i == FACES / 5 * 7 / 2)
            assert_false(grouping_outgrown(grouped));
    }
    assert_true(grouping_outgrown(grouped));
    index_free(grouped);
    index_free(small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_of_all_lists_is_exact_to_the_bit),
        cmocka_unit_test(few_faces_are_looked_up_in_whatever_list_they_are),
        cmocka_unit_test(a_search_reads_few_lists_and_finds_nearly_all),
        cmocka_unit_test(recall_of_an_exact_index_is_1),
        cmocka_unit_test(all_photographs_of_a_person_are_found),
        cmocka_unit_test(many_queries_at_once_find_what_each_finds_alone),
        cmocka_unit_test(the_same_faces_in_another_order_give_the_same_answers),
        cmocka_unit_test(vectors_on_disk_give_the_same_answers),
        cmocka_unit_test(changed_faces_are_found_where_they_are_now),
        cmocka_unit_test(rows_of_removed_faces_are_used_again),
        cmocka_unit_test(half_empty_chunks_take_little_memory),
        cmocka_unit_test(faces_are_found_while_others_come_go_and_move),
        cmocka_unit_test(the_only_face_is_not_missed_when_it_moves),
        cmocka_unit_test(centres_are_ranked_by_their_products),
        cmocka_unit_test(hostile_vectors_have_a_list_too),
        cmocka_unit_test(a_sample_depends_on_the_faces_alone),
        cmocka_unit_test(grouping_ends_when_it_is_told_to),
        cmocka_unit_test(an_empty_index_is_not_grouped),
        cmocka_unit_test(an_index_four_times_as_large_has_outgrown_its_lists),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
