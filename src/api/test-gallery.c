/* Store and index agree, also while several threads change and search one collection. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/gallery.h"

enum { DIMENSION = 8, ROUNDS = 40 };

struct fixture {
    char folder[32];
    struct store *store;
    struct galleries *galleries;
    struct arena *arena;
    struct store_collection collection;
};

static void open_collection(struct fixture *fixture, const char *id) {
    struct error err = {.text = ""};
    if (!store_collection_create(fixture->store, id, "7.0", DIMENSION, NULL, 0, &err) ||
        !store_collection_get(fixture->store, fixture->arena, id, &fixture->collection, &err))
        fail_msg("%s", err.text);
}

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error err;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/test-gallery-XXXXXX");
    fixture->arena = arena_new(64 << 20);
    if (!mkdtemp(fixture->folder) || !store_open(fixture->folder, &fixture->store, &err) ||
        !galleries_new(fixture->store, &fixture->galleries, &err))
        return -1;
    open_collection(fixture, "staff");
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[64];
    galleries_free(fixture->galleries);
    store_close(fixture->store);
    arena_free(fixture->arena);
    snprintf(command, sizeof command, "rm -r %s", fixture->folder);
    int status = system(command);
    free(fixture);
    return status;
}

/* The unit vector along one axis. */
static const float *axis(int number) {
    static const float axes[DIMENSION][DIMENSION] = {{1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}};
    return axes[number];
}

static bool try_add(struct fixture *fixture, int number, struct uuid *ret_id, struct error *err) {
    const float *vector = axis(number);
    bool known;
    struct store_face face = {
        .id = uuid_random(), .width = 0.5f, .height = 0.5f, .confidence = 99, .model = "7.0"};
    *ret_id = face.id;
    return gallery_add(fixture->galleries, &fixture->collection, &face, &vector, 1, &known, err);
}

static struct uuid add(struct fixture *fixture, int number) {
    struct uuid id;
    struct error err = {.text = ""};
    if (!try_add(fixture, number, &id, &err))
        fail_msg("%s", err.text);
    return id;
}

/* How many faces lie along the axis; the first match goes into *ret_first. */
static size_t search(struct fixture *fixture, struct arena *arena, int number, const struct uuid *exclude,
                     struct gallery_match *ret_first) {
    struct gallery_match *matches = NULL;
    size_t count = 0;
    struct error err = {.text = ""};
    if (!gallery_search(fixture->galleries, arena, &fixture->collection, axis(number), 80, 100, exclude,
                        &matches, &count, &err))
        fail_msg("%s", err.text);
    if (count > 0 && ret_first)
        *ret_first = matches[0];
    return count;
}

static void a_face_is_found_as_soon_as_it_is_added(void **state) {
    struct fixture *fixture = *state;
    struct gallery_match match;
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 0);
    struct uuid id = add(fixture, 0);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, &match), 1);
    assert_true(uuid_equal(match.face, id));
    assert_true(match.similarity == 100.0f);
    assert_int_equal(search(fixture, fixture->arena, 1, NULL, NULL), 0);
    assert_int_equal(search(fixture, fixture->arena, 0, &id, NULL), 0);
}

static void faces_from_before_the_start_are_found(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid id = add(fixture, 2);
    galleries_free(fixture->galleries);
    fixture->galleries = NULL;
    assert_true(galleries_new(fixture->store, &fixture->galleries, &err));
    struct gallery_match match;
    assert_int_equal(search(fixture, fixture->arena, 2, NULL, &match), 1);
    assert_true(uuid_equal(match.face, id));
}

static void a_removed_face_is_found_no_more(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    float *vector;
    bool removed[2];
    struct uuid ids[] = {add(fixture, 0), uuid_random()};
    struct uuid other = add(fixture, 0);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 2);
    assert_true(
        gallery_vector(fixture->galleries, fixture->arena, &fixture->collection, ids[0], &vector, &err));
    assert_memory_equal(vector, axis(0), DIMENSION * sizeof *vector);
    assert_true(gallery_remove(fixture->galleries, &fixture->collection, ids, 2, removed, &err));
    assert_true(removed[0]);
    assert_false(removed[1]);
    struct gallery_match match;
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, &match), 1);
    assert_true(uuid_equal(match.face, other));
    assert_false(
        gallery_vector(fixture->galleries, fixture->arena, &fixture->collection, ids[0], &vector, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    assert_string_equal(err.text, "faceId was not found in the collection.");
}

static void a_dropped_collection_takes_no_faces(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid id;
    add(fixture, 0);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 1);
    assert_true(gallery_drop(fixture->galleries, &fixture->collection, &err));
    assert_false(try_add(fixture, 0, &id, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(gallery_drop(fixture->galleries, &fixture->collection, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_collection_made_again_begins_empty(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    add(fixture, 0);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 1);
    assert_true(gallery_drop(fixture->galleries, &fixture->collection, &err));
    open_collection(fixture, "staff");
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 0);
}

/* Each thread works along an axis of its own and must see exactly its own changes. */
struct worker {
    struct fixture *fixture;
    int number;
    bool agreed;
};

static void *work(void *context) {
    struct worker *worker = context;
    struct arena *arena = arena_new(8 << 20);
    worker->agreed = true;
    for (int i = 0; i < ROUNDS; i++) {
        struct uuid id;
        struct error err;
        bool removed = false;
        worker->agreed = worker->agreed && try_add(worker->fixture, worker->number, &id, &err) &&
                         search(worker->fixture, arena, worker->number, NULL, NULL) == 1 &&
                         gallery_remove(worker->fixture->galleries, &worker->fixture->collection, &id, 1,
                                        &removed, &err) &&
                         removed && search(worker->fixture, arena, worker->number, NULL, NULL) == 0;
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_see_their_own_changes_at_once(void **state) {
    struct worker workers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){*state, i, false};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].agreed);
    }
}

struct searcher {
    struct fixture *fixture;
    atomic_bool stop;
};

static void *search_on(void *context) {
    struct searcher *searcher = context;
    struct arena *arena = arena_new(8 << 20);
    struct store_collection collection = searcher->fixture->collection;
    while (!atomic_load(&searcher->stop)) {
        struct gallery_match *matches;
        struct error err;
        size_t count;
        /* It may fail once the collection has gone; it must not read what has been freed. */
        if (!gallery_search(searcher->fixture->galleries, arena, &collection, axis(0), 80, 10, NULL, &matches,
                            &count, &err))
            assert_int_equal(err.code, ERROR_NOT_FOUND);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void a_collection_may_be_dropped_while_it_is_searched(void **state) {
    struct fixture *fixture = *state;
    struct searcher searcher = {.fixture = fixture};
    struct error err;
    pthread_t threads[2];
    add(fixture, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_on, &searcher), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct fixture other = *fixture;
        open_collection(&other, "guests");
        add(&other, 1);
        assert_int_equal(search(&other, fixture->arena, 1, NULL, NULL), 1);
        assert_true(gallery_drop(fixture->galleries, &other.collection, &err));
    }
    assert_true(gallery_drop(fixture->galleries, &fixture->collection, &err));
    atomic_store(&searcher.stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_face_is_found_as_soon_as_it_is_added),
        TEST(faces_from_before_the_start_are_found),
        TEST(a_removed_face_is_found_no_more),
        TEST(a_dropped_collection_takes_no_faces),
        TEST(a_collection_made_again_begins_empty),
        TEST(threads_see_their_own_changes_at_once),
        TEST(a_collection_may_be_dropped_while_it_is_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
