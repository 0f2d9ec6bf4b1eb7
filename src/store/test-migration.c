/* A database of an earlier release opens with all that it holds, or stays as it was. */
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include "store/test-support.h"

enum { KILLS = 15, FACES = 20 };

/* The tables of version 1 as they were released, filled from those of a database of today. */
static const char version_1[] =
    "CREATE TABLE collections("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,"
    " dimension INTEGER NOT NULL, created_ms INTEGER NOT NULL, face_count INTEGER NOT NULL DEFAULT 0,"
    " wrapped_key BLOB NOT NULL);"
    "CREATE TABLE tags("
    " collection INTEGER NOT NULL REFERENCES collections(number), key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(collection, key)) WITHOUT ROWID;"
    "CREATE TABLE faces("
    " collection INTEGER NOT NULL REFERENCES collections(number), id BLOB NOT NULL, image_id BLOB NOT NULL,"
    " external_image_id TEXT, left REAL NOT NULL, top REAL NOT NULL, width REAL NOT NULL, height REAL NOT "
    "NULL,"
    " confidence REAL NOT NULL, model TEXT NOT NULL, created_ms INTEGER NOT NULL, sealed_vector BLOB NOT "
    "NULL,"
    " PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE INDEX faces_by_image ON faces(collection, image_id);"
    "INSERT INTO collections SELECT number, id, model, dimension, created_ms, face_count, wrapped_key"
    " FROM today.collections;"
    "INSERT INTO tags SELECT collection, key, value FROM today.tags;"
    "INSERT INTO faces SELECT collection, id, image_id, external_image_id, left, top, width, height,"
    " confidence, model, created_ms, sealed_vector FROM today.faces;"
    "PRAGMA application_id=1131312227; PRAGMA user_version=1";

/* Fills the store, closes it and makes its file one of version 1. */
static void make_version_1(struct place *place, struct uuid faces[FACES]) {
    const struct store_tag tag = {"team", "red"};
    char path[128], old[128], attach[256];
    sqlite3 *db;
    for (uint32_t i = 0; i < FACES; i++)
        faces[i] = add(place, i);
    assert_true(store_tags_put(place->store, place->people.number, &tag, 1, NULL));
    store_close(place->store);
    place->store = NULL;
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    snprintf(old, sizeof old, "%s/version-1.db", place->folder);
    snprintf(attach, sizeof attach, "PRAGMA journal_mode=WAL; ATTACH '%s' AS today", path);
    assert_int_equal(sqlite3_open(old, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(rename(old, path), 0);
    assert_int_equal(ask_file(place, "PRAGMA user_version"), 1);
}

/* The operator's collection with its faces, each of which has got a salt of its own. */
static void assert_whole(struct place *place, const struct uuid faces[FACES]) {
    float vector[DIMENSION], wanted[DIMENSION];
    struct store_face face;
    struct store_tag *tags;
    size_t count;
    int64_t people = get(place, "people").number;
    assert_int_equal(people, place->people.number);
    assert_int_equal(face_count(place), FACES);
    assert_int_equal(get(place, "people").user_count, 0);
    assert_int_equal(get(place, "people").account, STORE_OPERATOR);
    assert_int_equal(ask_file(place, "SELECT count(DISTINCT salt) FROM faces WHERE length(salt)=32"), FACES);
    for (uint32_t i = 0; i < FACES; i++) {
        assert_true(store_face_get(place->store, place->arena, people, faces[i], &face, NULL));
        assert_true(!face.user_id && !face.external_image_id && face.height == 0.0625f);
        assert_true(store_vector_get(place->store, people, faces[i], DIMENSION, vector, NULL));
        vector_of(i, wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
    assert_true(store_tags_get(place->store, place->arena, people, &tags, &count, NULL) && count == 1);
    assert_string_equal(tags[0].value, "red");
}

static void a_database_of_version_1_keeps_its_faces_and_gets_users(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    int64_t today = ask_file(place, "PRAGMA user_version");
    make_version_1(place, faces);
    reopen(place);
    assert_whole(place, faces);
    assert_true(store_user_create(place->store, place->people.number, "anna", NULL, NULL));
    give(place, "anna", faces, 2);
    reopen(place);
    assert_int_equal(user_of(place, "anna").face_count, 2);
    assert_int_equal(ask_file(place, "PRAGMA user_version"), today);
}

/* Users had the mean of their faces once. */
static void copies_of_its_vectors_are_of_an_earlier_time(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    struct store_state now;
    make_version_1(place, faces);
    reopen(place);
    assert_true(store_state_get(place->store, place->people.number, &now, NULL));
    assert_true(now.generation > 0 && now.stamp != 0 && now.removed == 0);
}

static void it_gets_the_tables_of_a_new_one(void **state) {
    struct place *place = *state;
    static const char digest[] =
        "SELECT count(*) + sum(length(sql)) FROM sqlite_schema WHERE sql IS NOT NULL";
    struct uuid faces[FACES];
    int64_t fresh = ask_file(place, digest);
    make_version_1(place, faces);
    assert_true(ask_file(place, digest) < fresh);
    reopen(place);
    assert_int_equal(ask_file(place, digest), fresh);
}

static void a_migration_that_fails_changes_nothing(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    struct error err;
    make_version_1(place, faces);
    change_file(place, "CREATE TABLE tokens(in_the_way)"); /* what row 2 makes last */
    assert_false(store_open(place->folder, &place->store, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_int_equal(ask_file(place, "PRAGMA user_version"), 1);
    assert_int_equal(ask_file(place, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%user%'"), 0);
    change_file(place, "DROP TABLE tokens");
    reopen(place);
    assert_whole(place, faces);
}

static void numbers_of_deleted_collections_are_not_used_again_by_the_new_tables(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    make_version_1(place, faces);
    change_file(place, "UPDATE sqlite_sequence SET seq=50 WHERE name='collections'");
    reopen(place);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "next", "1.0", DIMENSION, NULL, 0, NULL));
    assert_int_equal(get(place, "next").number, 51);
    change_file(place, "PRAGMA foreign_keys=ON"); /* closes the store, so that all is in its file */
    assert_int_equal(ask_file(place, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* A child opens the store and is killed meanwhile, or soon after. */
static void open_and_kill(const struct place *place) {
    struct store *store;
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (store_open(place->folder, &store, NULL))
            pause();
        _exit(1);
    }
    usleep(randombytes_uniform(8000));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_migration_that_is_killed_is_done_wholly_the_next_time(void **state) {
    struct place *place = *state;
    struct uuid faces[FACES];
    for (int i = 0; i < KILLS; i++) {
        make_version_1(place, faces);
        open_and_kill(place);
        int64_t version = ask_file(place, "PRAGMA user_version");
        int64_t tables = ask_file(place, "SELECT count(*) FROM sqlite_schema WHERE name='tokens'");
        assert_int_equal(tables, version >= 2);
        reopen(place);
        assert_whole(place, faces);
        assert_true(store_collection_delete(place->store, STORE_OPERATOR, "people", NULL));
        assert_true(
            store_collection_create(place->store, STORE_OPERATOR, "people", "1.0", DIMENSION, NULL, 0, NULL));
        place->people = get(place, "people");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_database_of_version_1_keeps_its_faces_and_gets_users),
        EACH(it_gets_the_tables_of_a_new_one),
        EACH(copies_of_its_vectors_are_of_an_earlier_time),
        EACH(numbers_of_deleted_collections_are_not_used_again_by_the_new_tables),
        EACH(a_migration_that_fails_changes_nothing),
        EACH(a_migration_that_is_killed_is_done_wholly_the_next_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
