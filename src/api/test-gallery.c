/* Store and index agree, also while several threads change and search one collection. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "api/gallery.h"
#include "face/quality.h"

enum { DIMENSION = 8, ROUNDS = 40, FILLING = 4000 };

struct fixture {
    char folder[32];
    struct store *store;
    struct galleries *galleries;
    struct arena *arena;
    struct store_collection collection;
};

static void open_collection(struct fixture *fixture, const char *id) {
    struct error err = {.text = ""};
    if (!store_collection_create(fixture->store, STORE_OPERATOR, id, "7.0", DIMENSION, NULL, 0, &err) ||
        !store_collection_get(fixture->store, fixture->arena, STORE_OPERATOR, id, &fixture->collection, &err))
        fail_msg("%s", err.text);
}

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error err;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/test-gallery-XXXXXX");
    fixture->arena = arena_new(64 << 20);
    if (!mkdtemp(fixture->folder) || !store_open(fixture->folder, &fixture->store, &err) ||
        !galleries_new(fixture->store, similarity_default(), &fixture->galleries, &err))
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

static void begin(struct fixture *fixture) {
    struct error err = {.text = ""};
    if (!store_begin(fixture->store, &err))
        fail_msg("%s", err.text);
}

/* Ends a transaction as it went. */
static bool end(struct fixture *fixture, bool good, struct error *err) {
    if (good)
        return store_commit(fixture->store, err);
    store_rollback(fixture->store);
    return false;
}

static bool add_inside(struct fixture *fixture, const float *vector, float confidence, struct uuid *ret_id,
                       struct error *err) {
    bool known;
    struct store_face face = {
        .id = uuid_random(), .width = 0.5f, .height = 0.5f, .confidence = confidence, .model = "7.0"};
    *ret_id = face.id;
    return gallery_add(fixture->galleries, &fixture->collection, &face, &vector, 1, &known, err);
}

static bool try_add(struct fixture *fixture, int number, struct uuid *ret_id, struct error *err) {
    begin(fixture);
    return end(fixture, add_inside(fixture, axis(number), 99, ret_id, err), err);
}

static bool remove_faces(struct fixture *fixture, const struct uuid *ids, size_t count, bool *ret_removed) {
    struct error err;
    begin(fixture);
    return end(fixture,
               gallery_remove(fixture->galleries, &fixture->collection, ids, count, ret_removed, &err), &err);
}

static bool drop(struct fixture *fixture, struct error *err) {
    begin(fixture);
    return end(fixture, gallery_drop(fixture->galleries, &fixture->collection, err), err);
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
    struct gallery_matches found;
    struct error err = {.text = ""};
    const struct gallery_query query = {
        .probe = axis(number), .similarity = 80, .maximum = 100, .exclude = exclude};
    if (!gallery_search(fixture->galleries, arena, &fixture->collection, &query, &found, &err))
        fail_msg("%s", err.text);
    if (found.count > 0 && ret_first)
        *ret_first = found.matches[0];
    return found.count;
}

static void many_probes_find_what_each_finds_alone(void **state) {
    enum { PROBES = 70 }; /* more than go through the index at once */
    struct fixture *fixture = *state;
    const float *probes[PROBES];
    struct gallery_matches found[PROBES];
    struct gallery_match first;
    struct error err = {.text = ""};
    for (int i = 0; i < 10; i++)
        add(fixture, i % 3);
    for (int i = 0; i < PROBES; i++)
        probes[i] = axis(i % 4);
    const struct gallery_query query = {.similarity = 80, .maximum = 100};
    if (!gallery_search_many(fixture->galleries, fixture->arena, &fixture->collection, &query, probes, PROBES,
                             found, &err))
        fail_msg("%s", err.text);
    for (int i = 0; i < PROBES; i++) {
        assert_int_equal(found[i].count, search(fixture, fixture->arena, i % 4, NULL, &first));
        assert_true(found[i].exact);
        if (found[i].count > 0)
            assert_true(uuid_equal(found[i].matches[0].face, first.face));
    }
}

/* --- users --- */

static void create_user(struct fixture *fixture, const char *id) {
    struct error err = {.text = ""};
    if (!store_user_create(fixture->store, fixture->collection.number, id, NULL, &err))
        fail_msg("%s", err.text);
}

static enum gallery_outcome associate(struct fixture *fixture, const char *user, float similarity,
                                      struct uuid face) {
    struct gallery_association association = {.face = face};
    struct error err = {.text = ""};
    begin(fixture);
    if (!end(fixture,
             gallery_associate(fixture->galleries, fixture->arena, &fixture->collection, user, similarity,
                               &association, 1, &err),
             &err))
        fail_msg("%s", err.text);
    return association.outcome;
}

static enum gallery_outcome disassociate(struct fixture *fixture, const char *user, struct uuid face) {
    struct gallery_association association = {.face = face};
    struct error err = {.text = ""};
    begin(fixture);
    if (!end(fixture,
             gallery_disassociate(fixture->galleries, fixture->arena, &fixture->collection, user,
                                  &association, 1, &err),
             &err))
        fail_msg("%s", err.text);
    return association.outcome;
}

/* The best user for the probe. */
static bool best_user(struct fixture *fixture, const float *probe, float threshold,
                      struct gallery_user_match *ret_match) {
    struct gallery_user_match *matches;
    struct error err = {.text = ""};
    size_t count = 0;
    if (!gallery_search_users(fixture->galleries, fixture->arena, &fixture->collection, probe, threshold, 10,
                              NULL, &matches, &count, &err))
        fail_msg("%s", err.text);
    if (count > 0)
        *ret_match = matches[0];
    return count > 0;
}

/* The id of the user that is found with 80; "" for none. */
static const char *found_user(struct fixture *fixture, const float *probe) {
    struct gallery_user_match match;
    struct store_user user;
    struct error err = {.text = ""};
    if (!best_user(fixture, probe, 80, &match))
        return "";
    if (!store_user_get_by_key(fixture->store, fixture->arena, fixture->collection.number, match.user, &user,
                               &err))
        fail_msg("%s", err.text);
    return user.id;
}

static float user_similarity(struct fixture *fixture, const float *probe) {
    struct gallery_user_match match;
    if (!best_user(fixture, probe, 0, &match))
        fail_msg("no user is found");
    return match.similarity;
}

static void normalise(float *vector) {
    float squares = 0;
    for (int i = 0; i < DIMENSION; i++)
        squares += vector[i] * vector[i];
    for (int i = 0; i < DIMENSION; i++)
        vector[i] /= sqrtf(squares);
}

struct looker {
    struct fixture *fixture;
    int number;
    bool found;
};

static void *look(void *context) {
    struct looker *looker = context;
    struct arena *arena = arena_new(1 << 20);
    looker->found = search(looker->fixture, arena, looker->number, NULL, NULL) > 0;
    arena_free(arena);
    return NULL;
}

static bool is_found_by_another_thread(struct fixture *fixture, int number) {
    struct looker looker = {fixture, number, false};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look, &looker), 0);
    pthread_join(thread, NULL);
    return looker.found;
}

/* --- faces --- */

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
    assert_true(galleries_new(fixture->store, similarity_default(), &fixture->galleries, &err));
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
    assert_true(remove_faces(fixture, ids, 2, removed));
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
    assert_true(drop(fixture, &err));
    assert_false(try_add(fixture, 0, &id, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(drop(fixture, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_collection_made_again_begins_empty(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    add(fixture, 0);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 1);
    assert_true(drop(fixture, &err));
    open_collection(fixture, "staff");
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 0);
}

/* Each thread works along an axis of its own and must see exactly its own changes. */
struct worker {
    struct fixture *fixture;
    int number;
    bool agreed;
    int rounds;
};

static void *work(void *context) {
    struct worker *worker = context;
    struct arena *arena = arena_new(8 << 20);
    worker->agreed = true;
    for (int i = 0; i < worker->rounds; i++) {
        struct uuid id;
        struct error err;
        bool removed = false;
        worker->agreed = worker->agreed && try_add(worker->fixture, worker->number, &id, &err) &&
                         search(worker->fixture, arena, worker->number, NULL, NULL) == 1 &&
                         remove_faces(worker->fixture, &id, 1, &removed) && removed &&
                         search(worker->fixture, arena, worker->number, NULL, NULL) == 0;
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_see_their_own_changes_at_once(void **state) {
    struct worker workers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){*state, i, .rounds = ROUNDS};
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
        struct gallery_matches found;
        struct error err;
        /* It may fail once the collection has gone; it must not read what has been freed. */
        const struct gallery_query query = {.probe = axis(0), .similarity = 80, .maximum = 10};
        if (!gallery_search(searcher->fixture->galleries, arena, &collection, &query, &found, &err))
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
        assert_true(drop(&other, &err));
    }
    assert_true(drop(fixture, &err));
    atomic_store(&searcher.stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

/* --- transactions --- */

static void a_change_is_found_when_it_is_committed_and_not_before(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid id;
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 0);
    begin(fixture);
    assert_true(add_inside(fixture, axis(0), 99, &id, &err));
    assert_false(is_found_by_another_thread(fixture, 0));
    assert_true(store_commit(fixture->store, &err));
    assert_true(is_found_by_another_thread(fixture, 0));
}

static void what_was_rolled_back_is_never_found(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid kept = add(fixture, 0), undone;
    struct gallery_match match;
    bool removed;
    for (int ready = 0; ready < 2; ready++) {
        begin(fixture);
        assert_true(add_inside(fixture, axis(1), 99, &undone, &err));
        assert_true(gallery_remove(fixture->galleries, &fixture->collection, &kept, 1, &removed, &err));
        assert_true(removed);
        store_rollback(fixture->store);
        assert_int_equal(search(fixture, fixture->arena, 1, NULL, NULL), 0);
        assert_int_equal(search(fixture, fixture->arena, 0, NULL, &match), 1);
        assert_true(uuid_equal(match.face, kept));
    }
    begin(fixture);
    assert_true(gallery_drop(fixture->galleries, &fixture->collection, &err));
    store_rollback(fixture->store);
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 1);
}

/* So many faces along the axis that reading them takes longer than a change does. */
static void fill(struct fixture *fixture, int number) {
    static struct store_face faces[FILLING];
    static const float *vectors[FILLING];
    static bool known[FILLING];
    struct error err = {.text = ""};
    for (size_t i = 0; i < FILLING; i++) {
        faces[i] = (struct store_face){
            .id = uuid_random(), .width = 0.5f, .height = 0.5f, .confidence = 99, .model = "7.0"};
        vectors[i] = axis(number);
    }
    begin(fixture);
    if (!end(fixture,
             gallery_add(fixture->galleries, &fixture->collection, faces, vectors, FILLING, known, &err),
             &err))
        fail_msg("%s", err.text);
}

/* An index that is made while faces come and go misses none of them. */
static void an_index_is_made_while_faces_come_and_go(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    pthread_t threads[3];
    fill(fixture, 3);
    for (int i = 0; i < ROUNDS / 4; i++) {
        struct worker workers[3];
        galleries_free(fixture->galleries);
        fixture->galleries = NULL;
        assert_true(galleries_new(fixture->store, similarity_default(), &fixture->galleries, &err));
        for (int w = 0; w < 3; w++) {
            workers[w] = (struct worker){fixture, w, .rounds = 2};
            assert_int_equal(pthread_create(&threads[w], NULL, work, &workers[w]), 0);
        }
        for (int w = 0; w < 3; w++) {
            pthread_join(threads[w], NULL);
            assert_true(workers[w].agreed);
        }
    }
}

/* --- filters --- */

static void a_filter_says_among_which_faces_is_searched(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid id = add(fixture, 0);
    struct gallery_matches found;
    add(fixture, 0);
    create_user(fixture, "ann");
    assert_int_equal(associate(fixture, "ann", 80, id), GALLERY_DONE);
    const struct store_filter ann = {.user_id = "ann"}, bob = {.user_id = "bob"};
    struct gallery_query query = {.probe = axis(0), .similarity = 80, .maximum = 10, .filter = &ann};
    assert_true(
        gallery_search(fixture->galleries, fixture->arena, &fixture->collection, &query, &found, &err));
    assert_int_equal(found.count, 1);
    assert_true(uuid_equal(found.matches[0].face, id));
    query.filter = &bob;
    assert_true(
        gallery_search(fixture->galleries, fixture->arena, &fixture->collection, &query, &found, &err));
    assert_int_equal(found.count, 0);
}

/* --- users --- */

static void a_user_is_found_by_the_mean_of_its_faces(void **state) {
    struct fixture *fixture = *state;
    struct uuid one = add(fixture, 0), two = add(fixture, 1);
    create_user(fixture, "ann");
    assert_string_equal(found_user(fixture, axis(0)), "");
    assert_int_equal(associate(fixture, "ann", 80, one), GALLERY_DONE);
    assert_string_equal(found_user(fixture, axis(0)), "ann");
    assert_int_equal(associate(fixture, "ann", 0, two), GALLERY_DONE);
    static const float mean[DIMENSION] = {0.70710678f, 0.70710678f};
    assert_true(user_similarity(fixture, mean) == 100.0f);
    assert_true(user_similarity(fixture, axis(0)) < 100.0f);
    assert_int_equal(disassociate(fixture, "ann", one), GALLERY_DONE);
    assert_true(user_similarity(fixture, axis(1)) == 100.0f);
    assert_int_equal(disassociate(fixture, "ann", two), GALLERY_DONE);
    assert_string_equal(found_user(fixture, axis(1)), "");
}

/* Two faces at a right angle: the vector of the user lies between them as their weights do. */
static void a_face_of_less_confidence_counts_less_in_its_user(void **state) {
    struct fixture *fixture = *state;
    struct error err = {.text = ""};
    struct uuid ids[2];
    static const float confidences[] = {90, 60};
    float wanted[DIMENSION] = {quality_weight(90), quality_weight(60)};
    normalise(wanted);
    create_user(fixture, "ann");
    for (int i = 0; i < 2; i++) {
        begin(fixture);
        assert_true(end(fixture, add_inside(fixture, axis(i), confidences[i], &ids[i], &err), &err));
        assert_int_equal(associate(fixture, "ann", 0, ids[i]), GALLERY_DONE);
    }
    assert_true(user_similarity(fixture, wanted) == 100.0f);
    assert_true(user_similarity(fixture, axis(0)) > 99 && user_similarity(fixture, axis(1)) < 1);
    struct uuid unlike = add(fixture, 1);
    assert_int_equal(associate(fixture, "ann", 80, unlike),
                     GALLERY_LOW_MATCH); /* though a face is the same */
    assert_int_equal(disassociate(fixture, "ann", ids[0]), GALLERY_DONE);
    assert_int_equal(associate(fixture, "ann", 80, unlike), GALLERY_DONE);
}

static void the_vector_of_a_user_is_the_same_after_a_restart(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct store_user user;
    float *before, *after, *again;
    create_user(fixture, "ann");
    for (int i = 0; i < 5; i++) {
        struct uuid id;
        float vector[DIMENSION] = {0.1f * (float)(i + 1), 1, 0.3f, 0.01f * (float)i};
        normalise(vector);
        begin(fixture);
        assert_true(end(fixture, add_inside(fixture, vector, 99 - 5 * (float)i, &id, &err), &err));
        assert_int_equal(associate(fixture, "ann", 0, id), GALLERY_DONE);
        found_user(fixture, axis(0)); /* the index is there, and follows */
    }
    assert_true(
        store_user_get(fixture->store, fixture->arena, fixture->collection.number, "ann", &user, &err));
    assert_true(gallery_user_vector(fixture->galleries, fixture->arena, &fixture->collection, user.key,
                                    &before, &err));
    galleries_free(fixture->galleries);
    assert_true(galleries_new(fixture->store, similarity_default(), &fixture->galleries, &err));
    assert_true(gallery_user_vector(fixture->galleries, fixture->arena, &fixture->collection, user.key,
                                    &after, &err));
    assert_memory_equal(before, after, DIMENSION * sizeof *before);
    assert_true(gallery_user_vector(fixture->galleries, fixture->arena, &fixture->collection, uuid_random(),
                                    &again, &err));
    assert_null(again);
}

static void each_face_of_an_association_is_told_why(void **state) {
    struct fixture *fixture = *state;
    struct uuid mine = add(fixture, 0), other = add(fixture, 0), unlike = add(fixture, 1);
    create_user(fixture, "ann");
    create_user(fixture, "bob");
    assert_int_equal(associate(fixture, "ann", 80, mine), GALLERY_DONE);
    assert_int_equal(associate(fixture, "ann", 80, mine), GALLERY_ALREADY);
    assert_int_equal(associate(fixture, "bob", 80, other), GALLERY_DONE);
    assert_int_equal(associate(fixture, "ann", 80, other), GALLERY_OTHER_USER);
    assert_int_equal(disassociate(fixture, "ann", other), GALLERY_OTHER_USER);
    assert_int_equal(associate(fixture, "ann", 80, unlike), GALLERY_LOW_MATCH);
    assert_int_equal(disassociate(fixture, "ann", unlike), GALLERY_ALREADY);
    assert_int_equal(associate(fixture, "ann", 80, uuid_random()), GALLERY_FACE_NOT_FOUND);
    assert_int_equal(disassociate(fixture, "ann", uuid_random()), GALLERY_FACE_NOT_FOUND);
}

static void a_user_that_is_not_there_takes_no_faces(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct gallery_association association = {.face = add(fixture, 0)};
    begin(fixture);
    assert_false(gallery_associate(fixture->galleries, fixture->arena, &fixture->collection, "nobody", 80,
                                   &association, 1, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    store_rollback(fixture->store);
}

static void a_deleted_user_is_found_no_more_and_its_faces_are(void **state) {
    struct fixture *fixture = *state;
    struct error err;
    struct uuid id = add(fixture, 0);
    create_user(fixture, "ann");
    assert_int_equal(associate(fixture, "ann", 80, id), GALLERY_DONE);
    assert_string_equal(found_user(fixture, axis(0)), "ann");
    begin(fixture);
    assert_true(gallery_user_delete(fixture->galleries, &fixture->collection, "ann", &err));
    assert_true(store_commit(fixture->store, &err));
    assert_string_equal(found_user(fixture, axis(0)), "");
    assert_int_equal(search(fixture, fixture->arena, 0, NULL, NULL), 1);
    create_user(fixture, "ann");
    assert_string_equal(found_user(fixture, axis(0)), "");
}

static void a_removed_face_leaves_the_vector_of_its_user(void **state) {
    struct fixture *fixture = *state;
    struct uuid one = add(fixture, 0), two = add(fixture, 1);
    bool removed;
    create_user(fixture, "ann");
    assert_int_equal(associate(fixture, "ann", 0, one), GALLERY_DONE);
    assert_int_equal(associate(fixture, "ann", 0, two), GALLERY_DONE);
    assert_true(user_similarity(fixture, axis(1)) < 100.0f);
    assert_true(remove_faces(fixture, &one, 1, &removed));
    assert_true(user_similarity(fixture, axis(1)) == 100.0f);
}

/* Each thread gives a face to a user of its own and takes it away, and must see exactly that. */
static void *work_on_user(void *context) {
    struct worker *worker = context;
    struct fixture fixture = *worker->fixture;
    char name[16];
    struct uuid id;
    struct error err;
    fixture.arena = arena_new(8 << 20);
    snprintf(name, sizeof name, "user-%d", worker->number);
    worker->agreed = try_add(&fixture, worker->number, &id, &err);
    create_user(&fixture, name);
    for (int i = 0; i < worker->rounds && worker->agreed; i++) {
        worker->agreed = associate(&fixture, name, 80, id) == GALLERY_DONE &&
                         strcmp(found_user(&fixture, axis(worker->number)), name) == 0 &&
                         disassociate(&fixture, name, id) == GALLERY_DONE &&
                         strcmp(found_user(&fixture, axis(worker->number)), "") == 0;
        arena_reset(fixture.arena);
    }
    arena_free(fixture.arena);
    return NULL;
}

static void threads_see_their_own_users_at_once(void **state) {
    struct worker workers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){*state, i, .rounds = ROUNDS};
        assert_int_equal(pthread_create(&threads[i], NULL, work_on_user, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].agreed);
    }
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
        TEST(a_change_is_found_when_it_is_committed_and_not_before),
        TEST(what_was_rolled_back_is_never_found),
        TEST(an_index_is_made_while_faces_come_and_go),
        TEST(many_probes_find_what_each_finds_alone),
        TEST(a_filter_says_among_which_faces_is_searched),
        TEST(a_user_is_found_by_the_mean_of_its_faces),
        TEST(a_face_of_less_confidence_counts_less_in_its_user),
        TEST(the_vector_of_a_user_is_the_same_after_a_restart),
        TEST(each_face_of_an_association_is_told_why),
        TEST(a_user_that_is_not_there_takes_no_faces),
        TEST(a_deleted_user_is_found_no_more_and_its_faces_are),
        TEST(a_removed_face_leaves_the_vector_of_its_user),
        TEST(threads_see_their_own_users_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
