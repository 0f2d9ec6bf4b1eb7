/* The index: what index.h promises. */
#define _GNU_SOURCE /* memmem */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "match/index.h"
#include "base/limits.h"
#include "match/kernel.h"
#include "match/ranking.h"
#include "match/vectors.h"

static uint32_t seed = 1;

static float random_float(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (float)(1 << 23) - 1;
}

static void random_unit(float *vector, int dimension) {
    float square = 0;
    for (int i = 0; i < dimension; i++) {
        vector[i] = random_float();
        square += vector[i] * vector[i];
    }
    for (int i = 0; i < dimension; i++)
        vector[i] /= sqrtf(square);
}

static struct uuid numbered(uint32_t number) {
    struct uuid uuid = {{0}};
    for (int i = 0; i < 4; i++)
        uuid.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    return uuid;
}

static bool find(struct index *index, const float *probe, float threshold, size_t maximum,
                 const struct uuid *exclude, struct index_match *matches, size_t *ret_count) {
    struct index_query query = {
        .probe = probe, .threshold = threshold, .maximum = maximum, .exclude = exclude};
    return index_search(index, &query, matches, ret_count, NULL);
}

enum { DIMENSION = 24, FACES = 5000, TOP = 50 };

struct filled {
    struct index *index;
    float vectors[FACES][DIMENSION];
};

static int fill(void **state) {
    struct filled *filled = calloc(1, sizeof *filled);
    assert_true(index_new(DIMENSION, &filled->index, NULL));
    for (uint32_t i = 0; i < FACES; i++) {
        random_unit(filled->vectors[i], DIMENSION);
        if (i % 10 == 9) /* ties */
            memcpy(filled->vectors[i], filled->vectors[i - 1], sizeof filled->vectors[i]);
        if (i % 10 == 7) { /* nearly */
            memcpy(filled->vectors[i], filled->vectors[i - 1], sizeof filled->vectors[i]);
            filled->vectors[i][0] = nextafterf(filled->vectors[i][0], 2);
        }
        assert_true(index_insert(filled->index, numbered(i), filled->vectors[i], NULL));
    }
    *state = filled;
    return 0;
}

static int empty(void **state) {
    struct filled *filled = *state;
    index_free(filled->index);
    free(filled);
    return 0;
}

static float sorted_cosines[FACES];

static int by_rank(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (sorted_cosines[x] != sorted_cosines[y])
        return sorted_cosines[x] < sorted_cosines[y] ? 1 : -1;
    return x < y ? -1 : 1;
}

static void search_equals_brute_force_with_ties_by_face_id(void **state) {
    struct filled *filled = *state;
    static struct index_match matches[LIMIT_PAGE];
    static uint32_t order[FACES];
    size_t count;
    for (int round = 0; round < 20; round++) {
        const float *probe = filled->vectors[round * 37 % FACES];
        size_t maximum = round % 2 ? TOP : LIMIT_PAGE;
        for (uint32_t i = 0; i < FACES; i++) {
            float padded[32] = {0}, row[32] = {0};
            memcpy(padded, probe, DIMENSION * sizeof(float));
            memcpy(row, filled->vectors[i], DIMENSION * sizeof(float));
            kernel_best()->dots(padded, row, 32, 1, &sorted_cosines[i]);
            order[i] = i;
        }
        qsort(order, FACES, sizeof *order, by_rank);
        assert_true(find(filled->index, probe, -2, maximum, NULL, matches, &count));
        assert_int_equal(count, maximum);
        for (size_t i = 0; i < maximum; i++) {
            struct uuid wanted = numbered(order[i]);
            assert_memory_equal(matches[i].face.bytes, wanted.bytes, sizeof wanted.bytes);
        }
    }
}

static void many_queries_at_once_find_what_each_finds_alone(void **state) {
    struct filled *filled = *state;
    enum { MANY = 150 };
    static struct index_match matches[MANY][TOP], alone[TOP];
    static struct index_query queries[MANY];
    struct index_match *places[MANY];
    size_t counts[MANY], count;
    for (size_t i = 0; i < MANY; i++) {
        queries[i] = (struct index_query){.probe = filled->vectors[i * 7], .threshold = 0.2f, .maximum = TOP};
        places[i] = matches[i];
    }
    assert_true(index_search_many(filled->index, queries, MANY, places, counts, NULL));
    for (size_t i = 0; i < MANY; i++) {
        assert_true(index_search(filled->index, &queries[i], alone, &count, NULL));
        assert_int_equal(counts[i], count);
        assert_memory_equal(matches[i], alone, count * sizeof *alone);
    }
}

static void a_threshold_is_inclusive_and_an_excluded_face_is_left_out(void **state) {
    struct filled *filled = *state;
    struct index_match matches[TOP];
    struct uuid self = numbered(8);
    size_t count;
    assert_true(find(filled->index, filled->vectors[8], -1, 1, NULL, matches, &count));
    float own = matches[0].cosine;
    assert_true(find(filled->index, filled->vectors[8], own, TOP, &self, matches, &count));
    assert_int_equal(count, 1); /* its twin, face 9 */
    assert_int_equal(matches[0].face.bytes[3], 9);
}

static void a_removed_face_is_not_found_and_the_others_are(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION];
    for (uint32_t i = 0; i < FACES; i += 3)
        assert_true(index_remove(filled->index, numbered(i)));
    assert_false(index_remove(filled->index, numbered(0)));
    assert_int_equal(index_count(filled->index), FACES - (FACES + 2) / 3);
    for (uint32_t i = 0; i < FACES; i++) {
        bool found = index_vector(filled->index, numbered(i), vector);
        assert_int_equal(found, i % 3 != 0);
        if (found)
            assert_memory_equal(vector, filled->vectors[i], sizeof vector);
    }
    for (uint32_t i = 0; i < FACES; i += 3)
        assert_true(index_insert(filled->index, numbered(i), filled->vectors[i], NULL));
    assert_int_equal(index_count(filled->index), FACES);
}

static void a_face_inserted_again_has_the_new_vector(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION];
    assert_true(index_insert(filled->index, numbered(5), filled->vectors[6], NULL));
    assert_true(index_vector(filled->index, numbered(5), vector));
    assert_memory_equal(vector, filled->vectors[6], sizeof vector);
    assert_int_equal(index_count(filled->index), FACES);
    assert_true(index_insert(filled->index, numbered(5), filled->vectors[5], NULL));
}

static void a_vector_with_no_number_is_refused(void **state) {
    struct filled *filled = *state;
    float vector[DIMENSION] = {NAN};
    struct error err;
    assert_false(index_insert(filled->index, numbered(FACES), vector, &err));
    assert_int_equal(index_count(filled->index), FACES);
}

struct searcher {
    struct filled *filled;
    atomic_bool stop, failed;
};

/* Faces that are there all the time must be found whatever else comes and goes. */
static void *search_until_stopped(void *context) {
    struct searcher *searcher = context;
    struct index_match matches[TOP];
    size_t count;
    for (uint32_t i = 0; !searcher->stop; i = (i + 1) % FACES) {
        bool found = false;
        const float *probe = searcher->filled->vectors[i];
        bool good = find(searcher->filled->index, probe, 0.9f, TOP, NULL, matches, &count);
        for (size_t k = 0; good && k < count; k++) {
            found = found || uuid_equal(matches[k].face, numbered(i));
            for (size_t before = 0; before < k; before++)
                good = good && !uuid_equal(matches[before].face, matches[k].face);
        }
        if (!found || !good)
            searcher->failed = true;
    }
    return NULL;
}

static void faces_are_found_while_others_come_and_go(void **state) {
    struct searcher searcher = {.filled = *state};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_until_stopped, &searcher), 0);
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(
            index_insert(searcher.filled->index, numbered(FACES + i), searcher.filled->vectors[i], NULL));
        assert_true(index_remove(searcher.filled->index, numbered(FACES + i)));
    }
    searcher.stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_false(searcher.failed);
}

struct crowd {
    struct index *index;
    float probe[DIMENSION];
    atomic_bool stop;
};

static void *search_in_the_crowd(void *context) {
    struct crowd *crowd = context;
    struct index_match match;
    size_t count;
    while (!crowd->stop)
        if (!find(crowd->index, crowd->probe, 0.5f, 1, NULL, &match, &count))
            return context;
    return NULL;
}

static void changes_get_their_turn_under_steady_searches(void **state) {
    (void)state;
    enum { MANY = 200000, SEARCHERS = 8, SECONDS = 60 };
    struct crowd crowd = {0};
    pthread_t threads[SEARCHERS];
    void *failed;
    assert_true(index_new(DIMENSION, &crowd.index, NULL));
    random_unit(crowd.probe, DIMENSION);
    for (uint32_t i = 0; i < MANY; i++)
        assert_true(index_insert(crowd.index, numbered(i), crowd.probe, NULL));
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_in_the_crowd, &crowd), 0);
    usleep(50000);
    alarm(SECONDS); /* ends the program when a change never comes */
    for (uint32_t i = 0; i < 10; i++)
        assert_true(index_insert(crowd.index, numbered(MANY + i), crowd.probe, NULL));
    alarm(0);
    crowd.stop = true;
    for (int i = 0; i < SEARCHERS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    index_free(crowd.index);
}

static void every_face_is_found_in_an_index_that_grew(void **state) {
    (void)state;
    enum { MANY = 100003, SHORT = 16 };
    struct index *index;
    struct index_match match;
    size_t count;
    float(*vectors)[SHORT] = calloc(MANY, sizeof *vectors), vector[SHORT];
    assert_non_null(vectors);
    assert_true(index_new(SHORT, &index, NULL));
    for (uint32_t i = 0; i < MANY; i++) {
        random_unit(vectors[i], SHORT);
        assert_true(index_insert(index, numbered(i), vectors[i], NULL));
    }
    assert_int_equal(index_count(index), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(index_vector(index, numbered(i), vector));
        assert_memory_equal(vector, vectors[i], sizeof vector);
    }
    for (uint32_t i = 0; i < MANY; i += 9973) {
        struct uuid wanted = numbered(i);
        assert_true(find(index, vectors[i], 0.5f, 1, NULL, &match, &count));
        assert_int_equal(count, 1);
        assert_memory_equal(match.face.bytes, wanted.bytes, sizeof wanted.bytes);
    }
    index_free(index);
    free(vectors);
}

static void zero_vectors_and_probes_without_a_number_keep_the_order(void **state) {
    (void)state;
    struct index *index;
    struct index_match matches[4];
    float probe[DIMENSION] = {1}, zero[DIMENSION] = {0}, none[DIMENSION] = {NAN};
    size_t count;
    assert_true(index_new(DIMENSION, &index, NULL));
    assert_true(index_insert(index, numbered(3), zero, NULL));
    assert_true(index_insert(index, numbered(1), zero, NULL));
    assert_true(index_insert(index, numbered(2), probe, NULL));
    assert_true(find(index, probe, -1, 4, NULL, matches, &count));
    assert_int_equal(count, 3);
    assert_true(uuid_equal(matches[0].face, numbered(2)) && uuid_equal(matches[1].face, numbered(1)) &&
                uuid_equal(matches[2].face, numbered(3)));
    assert_true(find(index, none, -1, 4, NULL, matches, &count));
    assert_int_equal(count, 0);
    index_free(index);
}

static void an_empty_index_finds_nothing(void **state) {
    (void)state;
    struct index *index;
    struct index_match match;
    float probe[DIMENSION] = {1};
    size_t count = 7;
    assert_true(index_new(DIMENSION, &index, NULL));
    assert_true(find(index, probe, -1, 1, NULL, &match, &count));
    assert_int_equal(count, 0);
    assert_false(index_remove(index, numbered(1)));
    index_free(index);
}

/* --- against brute force, with changes in between --- */

struct plain {
    float *vectors; /* of face numbered(i) */
    bool *there;
    uint32_t count;
    size_t dimension;
};

/* Clusters, duplicates, near-ties, zeros, spikes and lengths far from 1. */
static void make_hostile(const struct plain *plain, uint32_t number, float *vector) {
    int dimension = (int)plain->dimension;
    uint32_t kind = seed >> 16 & 15;
    random_unit(vector, dimension);
    const float *other = plain->vectors + (seed >> 8) % plain->count * plain->dimension;
    if (kind < 4 && plain->there[(seed >> 8) % plain->count])
        memcpy(vector, other, plain->dimension * sizeof *vector);
    if (kind == 0)
        vector[number % plain->dimension] = nextafterf(vector[number % plain->dimension], 2);
    for (int i = 0; i < dimension; i++) {
        if (kind == 4)
            vector[i] = 0;
        if (kind == 5)
            vector[i] = i == (int)number % dimension ? 1 : vector[i] * 1e-3f;
        if (kind == 6 || kind == 7)
            vector[i] *= kind == 6 ? 1e-12f : 50;
    }
}

/* What index_search promises, in the plainest way. */
static size_t brute_force(const struct plain *plain, const struct index_query *query,
                          struct index_match *best) {
    float probe[1024] = {0}, row[1024] = {0};
    size_t width = (plain->dimension + KERNEL_LANE - 1) / KERNEL_LANE * KERNEL_LANE;
    struct ranking ranking = {best, 0, query->maximum};
    memcpy(probe, query->probe, plain->dimension * sizeof *probe);
    for (uint32_t i = 0; i < plain->count; i++) {
        struct index_match match = {numbered(i), 0};
        bool wanted = plain->there[i] && !(query->exclude && uuid_equal(*query->exclude, match.face));
        if (query->among) {
            bool listed = false;
            for (size_t k = 0; k < query->among_count && !listed; k++)
                listed = uuid_equal(query->among[k], match.face);
            wanted = wanted && listed;
        }
        memcpy(row, plain->vectors + i * plain->dimension, plain->dimension * sizeof *row);
        kernel_best()->dots(probe, row, width, 1, &match.cosine);
        if (wanted && match.cosine >= query->threshold)
            ranking_offer(&ranking, match);
    }
    ranking_sort(&ranking);
    return ranking.count;
}

static void change_some(struct index *index, struct plain *plain, uint32_t changes) {
    for (uint32_t i = 0; i < changes; i++) {
        random_float();
        uint32_t number = (seed >> 8) % plain->count;
        float *vector = plain->vectors + number * plain->dimension;
        if (seed >> 30) {
            make_hostile(plain, number, vector);
            assert_true(index_insert(index, numbered(number), vector, NULL));
            plain->there[number] = true;
        } else {
            assert_int_equal(index_remove(index, numbered(number)), plain->there[number]);
            plain->there[number] = false;
        }
    }
}

enum { QUERIES = 7, MAXIMUM = 100 };

static void compare(struct index *index, const struct plain *plain, uint32_t among_step) {
    static struct index_match found[QUERIES][MAXIMUM], wanted[MAXIMUM];
    struct index_match *places[QUERIES];
    struct index_query queries[QUERIES];
    struct uuid exclude = numbered(3);
    size_t counts[QUERIES], among_count = 0;
    CLEANUP_FREE struct uuid *among = calloc(plain->count, sizeof *among);
    for (uint32_t i = 0; i < plain->count; i += among_step)
        among[among_count++] = numbered(i);
    for (uint32_t i = 0; i < QUERIES; i++) {
        random_float();
        const float *probe = plain->vectors + (seed >> 8) % plain->count * plain->dimension;
        queries[i] = (struct index_query){
            .probe = probe, .threshold = i % 3 ? -1000 : 0.3f, .maximum = i == 6 ? MAXIMUM : i * 3};
        queries[i].exclude = i % 2 ? &exclude : NULL;
        queries[i].among = i > 3 ? among : NULL;
        queries[i].among_count = i > 3 ? among_count : 0;
        places[i] = found[i];
    }
    assert_true(index_search_many(index, queries, QUERIES, places, counts, NULL));
    for (size_t i = 0; i < QUERIES; i++) {
        size_t count = queries[i].maximum ? brute_force(plain, &queries[i], wanted) : 0;
        assert_int_equal(counts[i], count);
        for (size_t k = 0; k < count; k++) {
            assert_true(uuid_equal(found[i][k].face, wanted[k].face));
            assert_memory_equal(&found[i][k].cosine, &wanted[k].cosine, sizeof(float));
        }
    }
}

static void compare_with_brute_force(const char *folder) {
    const size_t dimensions[] = {1, 3, 24, 64, 128, 200, 512};
    for (size_t i = 0; i < ARRAY_LEN(dimensions); i++) {
        struct plain plain = {.count = i % 2 ? 9000 : 700, .dimension = dimensions[i]};
        struct index *index;
        plain.vectors = calloc(plain.count, plain.dimension * sizeof *plain.vectors);
        plain.there = calloc(plain.count, sizeof *plain.there);
        assert_true(plain.vectors && plain.there);
        assert_true(index_new_on_disk((int)plain.dimension, folder, &index, NULL));
        for (uint32_t round = 0; round < 4; round++) {
            change_some(index, &plain, plain.count / (round + 1));
            compare(index, &plain, round % 2 ? 1 + round : plain.count / 3);
        }
        index_free(index);
        free(plain.vectors);
        free(plain.there);
    }
}

static void results_are_those_of_brute_force_after_any_changes(void **state) {
    (void)state;
    compare_with_brute_force(NULL);
}

static void vectors_on_disk_give_the_same_results(void **state) {
    (void)state;
    char folder[] = "/tmp/test-index-XXXXXX";
    assert_non_null(mkdtemp(folder));
    compare_with_brute_force(folder);
    assert_int_equal(rmdir(folder), 0); /* no file has a name in it */
}

static void vectors_on_disk_are_not_in_clear(void **state) {
    (void)state;
    struct vectors *vectors;
    char folder[] = "/tmp/test-index-XXXXXX", path[64];
    float vector[DIMENSION], scratch[32];
    unsigned char bytes[2 * DIMENSION * sizeof(float)];
    random_unit(vector, DIMENSION);
    assert_non_null(mkdtemp(folder));
    int before = dup(0);
    close(before); /* the lowest free number, which the file gets */
    assert_true(vectors_new(DIMENSION, folder, &vectors, NULL));
    assert_true(vectors_write(vectors, 0, vector, NULL));
    snprintf(path, sizeof path, "/proc/self/fd/%d", before);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > DIMENSION * sizeof(float));
    assert_null(memmem(bytes, size, vector, 2 * sizeof *vector));
    assert_memory_equal(vectors_read(vectors, 0, scratch), vector, sizeof vector);
    vectors_free(vectors);
    assert_int_equal(rmdir(folder), 0);
}

static void an_index_on_a_folder_that_is_not_there_is_refused(void **state) {
    (void)state;
    struct index *index;
    struct error err;
    assert_false(index_new_on_disk(DIMENSION, "/nowhere/at/all", &index, &err));
    assert_false(index_new(0, &index, &err));
    assert_false(index_new(5000, &index, &err));
}

int main(void) {
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(an_empty_index_finds_nothing),
        cmocka_unit_test(zero_vectors_and_probes_without_a_number_keep_the_order),
        cmocka_unit_test(results_are_those_of_brute_force_after_any_changes),
        cmocka_unit_test(vectors_on_disk_give_the_same_results),
        cmocka_unit_test(vectors_on_disk_are_not_in_clear),
        cmocka_unit_test(an_index_on_a_folder_that_is_not_there_is_refused),
        cmocka_unit_test(every_face_is_found_in_an_index_that_grew),
        cmocka_unit_test(changes_get_their_turn_under_steady_searches),
    };
    const struct CMUnitTest filled[] = {
        cmocka_unit_test(search_equals_brute_force_with_ties_by_face_id),
        cmocka_unit_test(many_queries_at_once_find_what_each_finds_alone),
        cmocka_unit_test(a_threshold_is_inclusive_and_an_excluded_face_is_left_out),
        cmocka_unit_test(a_removed_face_is_not_found_and_the_others_are),
        cmocka_unit_test(a_face_inserted_again_has_the_new_vector),
        cmocka_unit_test(a_vector_with_no_number_is_refused),
        cmocka_unit_test(faces_are_found_while_others_come_and_go),
    };
    int failed = cmocka_run_group_tests_name("alone", alone, NULL, NULL);
    return failed + cmocka_run_group_tests_name("filled", filled, fill, empty);
}
