/* Disks that fill up, become read-only or return rubbish, and clocks that jump: the error says what it is,
 * reads go on, and what was acknowledged is there. A VFS between SQLite and the disk plays the disk. */
#include <stdatomic.h>
#include "store/test-support.h"

/* --- the disk --- */

static atomic_int writes_left = -1; /* until it fails; -1: it never does */
static int failure;                 /* of SQLite's codes */

struct file {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_file *real(sqlite3_file *file) {
    return ((struct file *)file)->real;
}

static bool fails(void) {
    if (writes_left < 0)
        return false;
    if (writes_left == 0)
        return true;
    writes_left--;
    return false;
}

static int file_close(sqlite3_file *file) {
    int code = real(file)->pMethods->xClose(real(file));
    free(real(file));
    return code;
}

static int file_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), data, len, at);
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at) {
    return fails() ? failure : real(file)->pMethods->xWrite(real(file), data, len, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return fails() ? SQLITE_IOERR_TRUNCATE : real(file)->pMethods->xTruncate(real(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
    return fails() ? SQLITE_IOERR_FSYNC : real(file)->pMethods->xSync(real(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int file_lock(sqlite3_file *file, int lock) {
    return real(file)->pMethods->xLock(real(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock) {
    return real(file)->pMethods->xUnlock(real(file), lock);
}

static int file_reserved(sqlite3_file *file, int *reserved) {
    return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
}

static int file_control(sqlite3_file *file, int what, void *value) {
    return real(file)->pMethods->xFileControl(real(file), what, value);
}

static int file_sector(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}

static int file_device(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int file_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void file_barrier(sqlite3_file *file) {
    real(file)->pMethods->xShmBarrier(real(file));
}

static int file_unmap(sqlite3_file *file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = file_close,
                                           .xRead = file_read,
                                           .xWrite = file_write,
                                           .xTruncate = file_truncate,
                                           .xSync = file_sync,
                                           .xFileSize = file_size,
                                           .xLock = file_lock,
                                           .xUnlock = file_unlock,
                                           .xCheckReservedLock = file_reserved,
                                           .xFileControl = file_control,
                                           .xSectorSize = file_sector,
                                           .xDeviceCharacteristics = file_device,
                                           .xShmMap = file_map,
                                           .xShmLock = file_shm_lock,
                                           .xShmBarrier = file_barrier,
                                           .xShmUnmap = file_unmap};

static sqlite3_vfs *system_vfs;

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    struct file *one = (struct file *)file;
    (void)vfs;
    one->real = calloc(1, (size_t)system_vfs->szOsFile);
    int code = system_vfs->xOpen(system_vfs, name, one->real, flags, out_flags);
    one->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    if (code != SQLITE_OK)
        free(one->real);
    return code;
}

static int install_disk(void **state) {
    static sqlite3_vfs disk;
    (void)state;
    system_vfs = sqlite3_vfs_find(NULL);
    disk = *system_vfs;
    disk.zName = "disk";
    disk.szOsFile = sizeof(struct file);
    disk.xOpen = disk_open;
    return sqlite3_vfs_register(&disk, 1);
}

static void fail_after(int writes, int code) {
    failure = code;
    writes_left = writes;
}

static int set_up(void **state) {
    writes_left = -1;
    return make_place(state);
}

static int tear_down(void **state) {
    writes_left = -1;
    return clear_place(state);
}

/* --- what the store makes of it --- */

enum { BEFORE = 30, LAST_WRITE = 40 };

static bool try_to_add(struct place *place, uint32_t number, struct uuid *ret_id, struct error *err) {
    float vector[DIMENSION];
    const float *vectors[] = {vector};
    struct store_face face = face_of(number, NULL);
    bool known;
    vector_of(number, vector);
    *ret_id = face.id;
    return store_faces_add(place->store, place->people.number, &face, vectors, 1, &known, err);
}

static void assert_all(struct place *place, const struct uuid *faces, uint32_t count) {
    float vector[DIMENSION], wanted[DIMENSION];
    assert_int_equal(face_count(place), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(store_vector_get(place->store, place->people.number, faces[i], DIMENSION, vector, NULL));
        vector_of(i, wanted);
        assert_memory_equal(vector, wanted, sizeof wanted);
    }
}

/* The disk fails at every one of the first writes in turn. */
static void survive(struct place *place, int code, const char *said) {
    struct uuid faces[BEFORE + LAST_WRITE + 1];
    struct error err;
    uint32_t count = 0;
    int refused = 0;
    for (; count < BEFORE; count++)
        assert_true(try_to_add(place, count, &faces[count], NULL));
    for (int at = 0; at < LAST_WRITE; at++) {
        fail_after(at, code);
        if (try_to_add(place, count, &faces[count], &err)) {
            count++;
        } else {
            refused++;
            assert_int_equal(err.code, ERROR_INTERNAL);
            if (at == 0 && !strstr(err.text, said))
                fail_msg("'%s' does not say '%s'", err.text, said);
        }
        assert_all(place, faces, count); /* reads go on, on the failed disk */
        writes_left = -1;
        if (at % 7 == 0)
            reopen(place);
        assert_all(place, faces, count);
    }
    assert_true(refused > 0);
    assert_true(try_to_add(place, count, &faces[count], NULL)); /* and writes, once it is well */
    reopen(place);
    assert_all(place, faces, count + 1);
}

static void a_full_disk_loses_nothing(void **state) {
    survive(*state, SQLITE_FULL, "the disk is full");
}

static void a_disk_that_fails_loses_nothing(void **state) {
    survive(*state, SQLITE_IOERR_WRITE, "disk I/O error");
}

static void a_disk_that_becomes_read_only_loses_nothing(void **state) {
    survive(*state, SQLITE_READONLY, "read-only");
}

static void a_deletion_on_a_full_disk_is_whole_or_not_at_all(void **state) {
    struct place *place = *state;
    struct error err;
    for (int at = 0; at < LAST_WRITE; at++) {
        struct uuid face = add(place, (uint32_t)at);
        int64_t before = face_count(place);
        bool deleted;
        fail_after(at, SQLITE_FULL);
        bool done = store_faces_delete(place->store, place->people.number, &face, 1, &deleted, &err);
        writes_left = -1;
        assert_int_equal(has_face(place, place->people.number, face), !done);
        assert_int_equal(face_count(place), done ? before - 1 : before);
    }
}

static void a_rotation_on_a_full_disk_loses_nothing(void **state) {
    struct place *place = *state;
    struct uuid faces[BEFORE];
    struct store_rotation rotation;
    int refused = 0;
    for (uint32_t i = 0; i < BEFORE; i++)
        faces[i] = add(place, i);
    for (int at = 0; at < LAST_WRITE; at++) {
        fail_after(at, SQLITE_FULL);
        refused += !store_rotate(place->store, &rotation, NULL);
        writes_left = -1;
        assert_all(place, faces, BEFORE);
        reopen(place);
        assert_all(place, faces, BEFORE);
    }
    assert_true(refused > 0);
    assert_true(store_rotate(place->store, &rotation, NULL));
    assert_all(place, faces, BEFORE);
}

/* Overwrites the pages of a table's leaves, found by a text that only they have. */
static void a_corrupt_page_is_named_and_the_rest_is_read(void **state) {
    struct place *place = *state;
    struct store_collection other;
    struct error err;
    char path[128];
    const char rubbish[64] = {0};
    for (uint32_t i = 0; i < 400; i++)
        add(place, i);
    assert_true(
        store_collection_create(place->store, STORE_OPERATOR, "other", "1.0", DIMENSION, NULL, 0, NULL));
    store_close(place->store);
    place->store = NULL;
    int64_t root = ask_file(place, "SELECT rootpage FROM sqlite_schema WHERE name='faces'");
    int64_t size = ask_file(place, "PRAGMA page_size");
    snprintf(path, sizeof path, "%s/store.db", place->folder);
    FILE *file = fopen(path, "r+b");
    assert_int_equal(fseek(file, (long)((root - 1) * size), SEEK_SET), 0);
    assert_int_equal(fwrite(rubbish, 1, sizeof rubbish, file), sizeof rubbish);
    fclose(file);
    reopen(place);
    struct seen seen = {0};
    assert_false(store_vectors_each(place->store, place->people.number, see, &seen, &err));
    assert_non_null(strstr(err.text, "store.db is damaged"));
    assert_non_null(strstr(err.text, "backup"));
    assert_true(store_collection_get(place->store, place->arena, STORE_OPERATOR, "other", &other, NULL));
    assert_int_equal(face_count(place), 400);
}

/* Yesterday's clock: what was written tomorrow stays, and does not expire before its time. */
static void a_clock_that_jumps_loses_no_face(void **state) {
    struct place *place = *state;
    struct store_expired *expired;
    const float vector[DIMENSION] = {1};
    const float *vectors[] = {vector, vector};
    struct store_face faces[] = {face_of(1, NULL), face_of(2, NULL)};
    bool known[2];
    size_t count;
    faces[0].created_ms = INT64_C(4102444800000); /* the year 2100 */
    faces[1].created_ms = 0;
    faces[1].expires_ms = 1000;
    assert_true(store_faces_add(place->store, place->people.number, faces, vectors, 2, known, NULL));
    assert_true(store_faces_expired(place->store, place->arena, 999, 10, &expired, &count, NULL));
    assert_int_equal(count, 0);
    assert_true(store_faces_expired(place->store, place->arena, 1000, 10, &expired, &count, NULL));
    assert_int_equal(count, 1);
    assert_true(uuid_equal(expired[0].face, faces[1].id));
    assert_int_equal(face_count(place), 2);
    assert_true(has_face(place, place->people.number, faces[0].id));
}

#define FAULT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        FAULT(a_full_disk_loses_nothing),
        FAULT(a_disk_that_fails_loses_nothing),
        FAULT(a_disk_that_becomes_read_only_loses_nothing),
        FAULT(a_deletion_on_a_full_disk_is_whole_or_not_at_all),
        FAULT(a_rotation_on_a_full_disk_loses_nothing),
        FAULT(a_corrupt_page_is_named_and_the_rest_is_read),
        FAULT(a_clock_that_jumps_loses_no_face),
    };
    return cmocka_run_group_tests(tests, install_disk, NULL);
}
