/* What the tests of the store share: a store with the collection "people" in a folder of its own. */
#ifndef STORE_TEST_SUPPORT_H
#define STORE_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/sqlite.h"

enum { DIMENSION = 16 };

struct place {
    char folder[64];
    struct store *store;
    struct arena *arena;
    struct store_collection people;
};

static inline void reopen(struct place *place) {
    struct error err;
    store_close(place->store);
    place->store = NULL;
    if (!store_open(place->folder, &place->store, &err))
        fail_msg("%s", err.text);
}

static inline int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/test-store-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->arena = arena_new(64 << 20);
    reopen(place);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, NULL));
    assert_true(
        store_collection_get(place->store, place->arena, STORE_OPERATOR, "people", &place->people, NULL));
    *state = place;
    return 0;
}

static inline int clear_place(void **state) {
    struct place *place = *state;
    char command[128];
    store_close(place->store);
    arena_free(place->arena);
    snprintf(command, sizeof command, "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

/* Closes the store and lets another connection change its file. */
static inline void change_file(struct place *place, const char *sql) {
    char path[128];
    sqlite3 *db;
    store_close(place->store);
    place->store = NULL;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static inline void vector_of(uint32_t number, float vector[DIMENSION]) {
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = (float)number + (float)i * 0.125f;
}

static inline struct store_face face_of(uint32_t number, const char *external_image_id) {
    char name[16];
    snprintf(name, sizeof name, "%u", number);
    return (struct store_face){.id = uuid_random(),
                               .image_id = uuid_of_data(bytes_of(name)),
                               .external_image_id = external_image_id,
                               .left = 0.25f,
                               .top = 0.5f,
                               .width = 0.125f,
                               .height = 0.0625f,
                               .confidence = 99.5f,
                               .model = "1.0",
                               .created_ms = 1234};
}

static inline bool add_to(struct store *store, int64_t collection, struct store_face *face, uint32_t number,
                          bool *known) {
    float vector[DIMENSION];
    const float *vectors[] = {vector};
    vector_of(number, vector);
    return store_faces_add(store, collection, face, vectors, 1, known, NULL);
}

static inline struct uuid add(struct place *place, uint32_t number) {
    struct store_face face = face_of(number, NULL);
    bool known;
    assert_true(add_to(place->store, place->people.number, &face, number, &known));
    assert_false(known);
    return face.id;
}

static inline struct store_collection get(struct place *place, const char *id) {
    struct store_collection collection;
    struct error err;
    if (!store_collection_get(place->store, place->arena, STORE_OPERATOR, id, &collection, &err))
        fail_msg("%s", err.text);
    return collection;
}

static inline int64_t face_count(struct place *place) {
    return get(place, "people").face_count;
}

static inline bool has_face(struct place *place, int64_t collection, struct uuid id) {
    struct store_face face;
    return store_face_get(place->store, place->arena, collection, id, &face, NULL);
}

static inline void give(struct place *place, const char *user_id, const struct uuid *faces, size_t count) {
    struct error err;
    if (!store_faces_assign(place->store, place->people.number, faces, count, user_id, &err))
        fail_msg("%s", err.text);
}

static inline struct store_user user_of(struct place *place, const char *id) {
    struct store_user user;
    struct error err;
    if (!store_user_get(place->store, place->arena, place->people.number, id, &user, &err))
        fail_msg("%s", err.text);
    return user;
}

/* The number that a query of the file gives. */
static inline int64_t ask_file(const struct place *place, const char *sql) {
    sqlite3_stmt *statement;
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

/* What store_vectors_each showed, and of the wanted face. */
struct seen {
    size_t count;
    struct uuid wanted;
    float vector[DIMENSION];
    bool found, owned;
    struct uuid user; /* when owned */
};

static inline bool see(void *context, struct uuid id, const struct uuid *user, const float *vector,
                       struct error *err) {
    struct seen *seen = context;
    (void)err;
    seen->count++;
    if (uuid_equal(id, seen->wanted)) {
        seen->owned = user != NULL;
        seen->user = user ? *user : (struct uuid){0};
        memcpy(seen->vector, vector, sizeof seen->vector);
        seen->found = true;
    }
    return true;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, clear_place)

#endif
