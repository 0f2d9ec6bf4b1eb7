/* The tile log: what it writes is whole after a kill at any moment, and what is changed in it is found. */
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include "record/test-support.h"
#include "record/audit.h"
#include "record/folder.h"
#include "record/log.h"
#include "record/proof.h"

enum { KILLS = 25 };

struct place {
    char folder[64];
    struct note_signer signer;
    struct log *log;
};

static void reopen(struct place *place) {
    struct error err;
    log_close(place->log);
    place->log = NULL;
    if (!log_open(place->folder, &place->signer, &place->log, &err))
        fail_msg("%s", err.text);
}

static int make_place(void **state) {
    static const uint8_t seed[32] = {1, 2, 3};
    struct place *place = calloc(1, sizeof *place);
    make_folder(place->folder);
    note_signer_make(BYTES_LITERAL("example.org/log"), seed, &place->signer);
    reopen(place);
    *state = place;
    return 0;
}

static int clear_place(void **state) {
    struct place *place = *state;
    log_close(place->log);
    shell("rm -rf @", place->folder);
    free(place);
    return 0;
}

static bool publish(struct log *log) {
    struct buffer checkpoint = buffer_new(LIMIT_RECORD_NOTE);
    bool done = log_flush(log, NULL);
    if (done)
        log_checkpoint(log, &checkpoint);
    done = done && log_publish(log, buffer_bytes(&checkpoint), NULL);
    buffer_release(&checkpoint);
    return done;
}

static bool add(struct log *log, uint64_t until) {
    char text[32];
    while (log_size(log) < until) {
        int len = snprintf(text, sizeof text, "entry %llu", (unsigned long long)log_size(log));
        if (!log_add(log, (struct bytes){text, (size_t)len}, NULL))
            return false;
    }
    return true;
}

static void grow(struct place *place, uint64_t until) {
    assert_true(add(place->log, until));
    assert_true(publish(place->log));
}

static struct checkpoint assert_whole(const struct place *place) {
    struct checkpoint checkpoint;
    struct error err;
    if (!audit_log(place->folder, &place->signer.key, &checkpoint, &err))
        fail_msg("%s", err.text);
    return checkpoint;
}

static void assert_root(struct place *place, const char *hex) {
    struct checkpoint checkpoint = assert_whole(place);
    char text[65];
    sha256_hex(checkpoint.root, text);
    assert_string_equal(text, hex);
}

static void a_new_log_is_empty_and_signed(void **state) {
    struct place *place = *state;
    assert_root(place, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(log_size(place->log), 0);
}

/* The roots are those of test-merkle.c, which another implementation made. */
static void its_roots_are_right_however_it_grew(void **state) {
    struct place *place = *state;
    grow(place, 1);
    assert_root(place, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701");
    grow(place, 3);
    grow(place, 7);
    assert_root(place, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587");
    grow(place, 255);
    reopen(place);
    grow(place, 256);
    assert_root(place, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e");
    reopen(place);
    grow(place, 257);
    grow(place, 1000);
    assert_root(place, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b");
    grow(place, 65536);
    assert_root(place, "07b1a377960a4e12e3348d6e9329ae6316a95b02fb1c22e909231b3aa44861a7");
    reopen(place);
    grow(place, 70000);
    assert_root(place, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a");
}

static void its_files_are_those_of_the_specification(void **state) {
    struct place *place = *state;
    grow(place, 70000);
    static const char *const there[] = {"checkpoint",       "tile/0/000",       "tile/0/272",
                                        "tile/0/273.p/112", "tile/1/000",       "tile/1/001.p/17",
                                        "tile/2/000.p/1",   "tile/entries/272", "tile/entries/273.p/112"};
    static const char *const absent[] = {"tile/0/273",     "tile/0/274",       "tile/1/001",
                                         "tile/3/000.p/1", "tile/entries/273", "checkpoint.new"};
    for (size_t i = 0; i < ARRAY_LEN(there); i++)
        assert_true(is_there(place->folder, there[i]));
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        assert_false(is_there(place->folder, absent[i]));
}

static void partial_tiles_stay_until_the_full_one_is_there(void **state) {
    struct place *place = *state;
    grow(place, 5);
    grow(place, 9);
    assert_true(is_there(place->folder, "tile/0/000.p/5") && is_there(place->folder, "tile/entries/000.p/5"));
    assert_true(is_there(place->folder, "tile/0/000.p/9"));
    grow(place, 300);
    assert_false(is_there(place->folder, "tile/0/000.p") || is_there(place->folder, "tile/entries/000.p"));
    assert_true(is_there(place->folder, "tile/0/000") && is_there(place->folder, "tile/0/001.p/44"));
}

static void what_was_not_published_is_not_part_of_it(void **state) {
    struct place *place = *state;
    grow(place, 300);
    assert_true(add(place->log, 1000) && log_flush(place->log, NULL));
    reopen(place);
    assert_int_equal(log_size(place->log), 300);
    assert_whole(place);
    grow(place, 1000);
    assert_root(place, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b");
}

static void the_largest_entry_fits(void **state) {
    struct place *place = *state;
    CLEANUP_FREE char *data = calloc(1, LIMIT_RECORD_ENTRY);
    for (int i = 0; i < 3; i++)
        assert_true(log_add(place->log, (struct bytes){data, LIMIT_RECORD_ENTRY}, NULL));
    assert_true(log_add(place->log, (struct bytes){data, 0}, NULL) && publish(place->log));
    reopen(place);
    assert_int_equal(assert_whole(place).size, 4);
}

/* --- kills --- */

/* A child that lets the log grow, and says how far it is after each checkpoint. */
static void grow_until_killed(struct place *place, int pipe_end) {
    struct log *log;
    if (!log_open(place->folder, &place->signer, &log, NULL))
        _exit(1);
    for (;;) {
        uint64_t size = log_size(log) + 1 + randombytes_uniform(700);
        if (!add(log, size) || !publish(log) || write(pipe_end, &size, sizeof size) != sizeof size)
            _exit(2);
    }
}

static void a_kill_at_any_moment_leaves_it_whole(void **state) {
    struct place *place = *state;
    uint64_t said = 0, size;
    for (int i = 0; i < KILLS; i++) {
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            grow_until_killed(place, ends[1]);
        }
        close(ends[1]);
        usleep(2000 + randombytes_uniform(60000));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &size, sizeof size) == sizeof size)
            said = size;
        close(ends[0]);
        reopen(place);
        assert_true(log_size(place->log) >= said);
        assert_int_equal(assert_whole(place).size, log_size(place->log));
    }
    assert_true(said > KILLS);
}

/* --- what is changed --- */

static void assert_found(const struct place *place, const char *sentence) {
    struct checkpoint checkpoint;
    struct error err;
    if (audit_log(place->folder, &place->signer.key, &checkpoint, &err))
        fail_msg("not found: %s", sentence);
    assert_int_equal(err.code, ERROR_VALIDATION);
    if (!strstr(err.text, sentence))
        fail_msg("\"%s\" instead of \"%s\"", err.text, sentence);
}

static void a_changed_entry_is_named(void **state) {
    struct place *place = *state;
    grow(place, 1000);
    flip(place->folder, "tile/entries/002", 9 * 11 + 5);
    assert_found(place, "entry 521 is not the one whose hash is in tile/0/002");
}

static void changed_tiles_and_checkpoints_are_named(void **state) {
    struct place *place = *state;
    grow(place, 70000);
    flip(place->folder, "tile/0/100", 32 * 5);
    assert_found(place, "entry 25605 is not the one whose hash is in tile/0/100");
    flip(place->folder, "tile/0/100", 32 * 5);
    flip(place->folder, "tile/1/000", 77);
    assert_found(place, "tile/1/000 does not have the hashes of the tiles below it");
    flip(place->folder, "tile/1/000", 77);
    flip(place->folder, "tile/2/000.p/1", 0);
    assert_found(place, "tile/2/000.p/1 does not have the hashes");
    flip(place->folder, "tile/2/000.p/1", 0);
    flip(place->folder, "checkpoint", 20);
    assert_found(place, "the checkpoint has a wrong signature");
    flip(place->folder, "checkpoint", 20);
    assert_whole(place);
}

static void what_is_cut_or_deleted_is_named(void **state) {
    struct place *place = *state;
    grow(place, 1000);
    shell("cp -a @ @.copy", place->folder);
    shell("truncate -s -1 @/tile/entries/001", place->folder);
    assert_found(place, "tile/entries/001 is not whole");
    shell("cp -a @.copy/tile @/", place->folder);
    shell("truncate -s -32 @/tile/0/001", place->folder);
    assert_found(place, "tile/0/001 is not whole");
    shell("cp -a @.copy/tile @/", place->folder);
    shell("rm @/tile/entries/003.p/232", place->folder);
    assert_found(place, "tile/entries/003.p/232 is not there");
    shell("cp -a @.copy/tile @/", place->folder);
    shell("rm @/checkpoint", place->folder);
    assert_found(place, "checkpoint is not there");
    struct log *log;
    struct error err;
    assert_false(log_open(place->folder, &place->signer, &log, &err));
    assert_non_null(strstr(err.text, "its checkpoint is gone"));
    shell("rm -rf @.copy", place->folder);
}

static void a_log_with_a_damaged_edge_does_not_open(void **state) {
    struct place *place = *state;
    struct log *log;
    static const char *const names[] = {"tile/0/003.p/232", "tile/1/000.p/3", "tile/entries/003.p/232",
                                        "checkpoint"};
    grow(place, 1000);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct error err;
        flip(place->folder, names[i], 40);
        assert_false(log_open(place->folder, &place->signer, &log, &err));
        assert_int_equal(err.code, ERROR_INTERNAL);
        assert_non_null(strstr(err.text, "is damaged"));
        flip(place->folder, names[i], 40);
    }
}

static void a_log_of_another_key_does_not_open(void **state) {
    struct place *place = *state;
    static const uint8_t seed[32] = {9};
    struct note_signer other;
    struct error err;
    struct log *log;
    grow(place, 10);
    note_signer_make(BYTES_LITERAL("example.org/log"), seed, &other);
    assert_false(log_open(place->folder, &other, &log, &err));
    assert_non_null(strstr(err.text, "not signed with this key"));
}

static void a_log_that_cannot_be_written_says_so(void **state) {
    struct place *place = *state;
    grow(place, 10);
    shell("rm -rf @/tile/0/000.p && touch @/tile/0/000.p", place->folder);
    struct error err;
    assert_true(add(place->log, 20));
    assert_false(log_flush(place->log, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_int_equal(log_published(place->log), 10);
}

/* --- consistency and proofs --- */

static void keep_checkpoint(const struct place *place, struct buffer *copy) {
    char *data;
    size_t len;
    assert_true(folder_checkpoint_read(place->folder, &data, &len, NULL));
    *copy = buffer_new(LIMIT_RECORD_NOTE);
    buffer_append(copy, data, len);
    free(data);
}

static bool consistent(const struct place *place, const struct buffer *older, const struct buffer *newer,
                       struct error *err) {
    struct checkpoint one, two;
    return audit_consistency(place->folder, &place->signer.key, buffer_bytes(older), buffer_bytes(newer),
                             &one, &two, err);
}

static void a_fork_and_a_rollback_are_not_consistent(void **state) {
    struct place *place = *state;
    struct buffer small, large, fork;
    struct error err;
    grow(place, 300);
    shell("cp -a @ @.copy", place->folder);
    keep_checkpoint(place, &small);
    grow(place, 1000);
    keep_checkpoint(place, &large);
    assert_true(consistent(place, &small, &large, NULL) && consistent(place, &large, &large, NULL));
    assert_false(consistent(place, &large, &small, &err));
    assert_non_null(strstr(err.text, "rolled back"));
    /* The same log with another end, by the same key. */
    shell("rm -rf @ && mv @.copy @", place->folder);
    reopen(place);
    assert_true(log_add(place->log, BYTES_LITERAL("something else"), NULL));
    grow(place, 1200);
    keep_checkpoint(place, &fork);
    assert_true(consistent(place, &small, &fork, NULL));
    assert_false(consistent(place, &large, &fork, &err));
    assert_non_null(strstr(err.text, "the root of the older checkpoint, of 1000 entries"));
    buffer_release(&small);
    buffer_release(&large);
    buffer_release(&fork);
}

static struct policy trust(const struct place *place) {
    char vkey[NOTE_VKEY_MAX], text[NOTE_VKEY_MAX + 64];
    struct policy policy;
    note_key_format(&place->signer.key, vkey);
    snprintf(text, sizeof text, "log %s\nquorum none\n", vkey);
    assert_true(policy_parse(bytes_of(text), &policy, NULL));
    return policy;
}

static void a_proof_holds_and_carries_its_entry(void **state) {
    struct place *place = *state;
    static const uint64_t indexes[] = {0, 1, 255, 256, 511, 65535, 65536, 69887, 69888, 69999};
    struct policy policy = trust(place);
    grow(place, 70000);
    for (size_t i = 0; i < ARRAY_LEN(indexes); i++) {
        struct buffer text = buffer_new(PROOF_BYTES);
        struct checkpoint checkpoint;
        struct proof proof;
        struct error err;
        char entry[32];
        assert_true(proof_make(place->folder, &place->signer.key, indexes[i], &text, NULL));
        assert_true(text.len < 4096);
        assert_true(proof_parse(buffer_bytes(&text), &proof, NULL));
        if (!proof_check(&proof, &policy, &checkpoint, NULL, &err))
            fail_msg("%s", err.text);
        snprintf(entry, sizeof entry, "entry %llu", (unsigned long long)indexes[i]);
        assert_true(bytes_equal_string((struct bytes){proof.entry, proof.entry_len}, entry));
        assert_int_equal(checkpoint.size, 70000);
        free(proof.entry);
        buffer_release(&text);
    }
    struct buffer text = buffer_new(PROOF_BYTES);
    struct error err;
    assert_false(proof_make(place->folder, &place->signer.key, 70000, &text, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    policy_release(&policy);
}

static void every_changed_bit_of_a_proof_is_found(void **state) {
    struct place *place = *state;
    struct policy policy = trust(place);
    struct buffer text = buffer_new(PROOF_BYTES);
    struct proof proof;
    grow(place, 300);
    assert_true(proof_make(place->folder, &place->signer.key, 123, &text, NULL));
    for (size_t i = 0; i < 8 * text.len; i++) {
        text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
        if (proof_parse(buffer_bytes(&text), &proof, NULL)) {
            if (proof_check(&proof, &policy, NULL, NULL, NULL))
                fail_msg("bit %zu of byte %zu", i % 8, i / 8);
            free(proof.entry);
        }
        text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
    }
    buffer_release(&text);
    policy_release(&policy);
}

/* --- names of tiles --- */

static void the_name_of_a_tile_is_read_as_it_is_written(void **state) {
    static const struct {
        struct tile tile;
        const char *path;
    } known[] = {{{0, 0, 256}, "tile/0/000"},
                 {{0, 1234067, 256}, "tile/0/x001/x234/067"},
                 {{63, 999, 1}, "tile/63/999.p/1"},
                 {{TILE_BUNDLE, 1000, 255}, "tile/entries/x001/000.p/255"},
                 {{TILE_BUNDLE, UINT64_MAX, 256}, "tile/entries/x018/x446/x744/x073/x709/x551/615"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        char path[TILE_PATH_MAX];
        struct tile tile;
        tile_path(&known[i].tile, path);
        assert_string_equal(path, known[i].path);
        assert_true(tile_parse(bytes_of(path), &tile));
        assert_true(tile.level == known[i].tile.level && tile.index == known[i].tile.index &&
                    tile.width == known[i].tile.width);
    }
}

static void no_other_name_is_read(void **state) {
    static const char *const paths[] = {"",
                                        "tile",
                                        "tile/",
                                        "tile/0",
                                        "tile/0/",
                                        "tile/0/0",
                                        "tile/0/00",
                                        "tile/0/0000",
                                        "tile/0/000/",
                                        "tile/00/000",
                                        "tile/64/000",
                                        "tile/-1/000",
                                        "tile/x/000",
                                        "tile/entries/",
                                        "tile/data/000",
                                        "tile/0/x000/000",
                                        "tile/0/001/000",
                                        "tile/0/x001/x000",
                                        "tile/0/x01/000",
                                        "tile/0/000.p",
                                        "tile/0/000.p/",
                                        "tile/0/000.p/0",
                                        "tile/0/000.p/256",
                                        "tile/0/000.p/01",
                                        "tile/0/000.p/1/",
                                        "tile/0/000.p/1.p/1",
                                        "tile/0/../000",
                                        "tile/0/..%2f",
                                        "/tile/0/000",
                                        "tile//0/000",
                                        "tile/0/000 ",
                                        "tile/0/\xd9\xa0\xd9\xa0",
                                        "tile/entries/x018/x446/x744/x073/x709/x551/616",
                                        "tile/0/x999/x999/x999/x999/x999/x999/x999/999"};
    struct tile tile;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (tile_parse(bytes_of(paths[i]), &tile))
            fail_msg("taken: %s", paths[i]);
    assert_false(tile_parse((struct bytes){"tile/0/000\0", 11}, &tile));
}

static void a_tile_is_as_wide_as_the_log_makes_it(void **state) {
    (void)state;
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_width(TILE_BUNDLE, 273, 70000), 112);
    assert_int_equal(tile_width(0, 272, 70000), 256);
    assert_int_equal(tile_width(0, 274, 70000), 0);
    assert_int_equal(tile_width(1, 1, 70000), 17);
    assert_int_equal(tile_width(2, 0, 70000), 1);
    assert_int_equal(tile_width(3, 0, 70000), 0);
    assert_int_equal(tile_width(63, 0, UINT64_MAX), 0);
    assert_int_equal(tile_width(0, UINT64_MAX, UINT64_MAX), 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, clear_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_new_log_is_empty_and_signed),
        EACH(its_roots_are_right_however_it_grew),
        EACH(its_files_are_those_of_the_specification),
        EACH(partial_tiles_stay_until_the_full_one_is_there),
        EACH(what_was_not_published_is_not_part_of_it),
        EACH(the_largest_entry_fits),
        EACH(a_kill_at_any_moment_leaves_it_whole),
        EACH(a_changed_entry_is_named),
        EACH(changed_tiles_and_checkpoints_are_named),
        EACH(what_is_cut_or_deleted_is_named),
        EACH(a_log_with_a_damaged_edge_does_not_open),
        EACH(a_log_of_another_key_does_not_open),
        EACH(a_log_that_cannot_be_written_says_so),
        EACH(a_fork_and_a_rollback_are_not_consistent),
        EACH(a_proof_holds_and_carries_its_entry),
        EACH(every_changed_bit_of_a_proof_is_found),
        cmocka_unit_test(the_name_of_a_tile_is_read_as_it_is_written),
        cmocka_unit_test(no_other_name_is_read),
        cmocka_unit_test(a_tile_is_as_wide_as_the_log_makes_it),
    };
    return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
