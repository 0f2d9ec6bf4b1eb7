/* Concerns: only their recipients read them, nobody can make them disappear unnoticed. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fts.h>
#include <sodium.h>
#include "base/clock.h"
#include "record/files.h"
#include "record/proof.h"
#include "sanctions/concern.h"
#include "store/screening.h"

static struct error failure;

#define DO(call)                          \
    do {                                  \
        if (!(call))                      \
            fail_msg("%s", failure.text); \
    } while (0)

struct place {
    char data[64], vkey[NOTE_VKEY_MAX];
    struct store *store;
    struct record *record;
    struct concern_recipient recipients[3];
    uint8_t secrets[3][32];
};

static int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->data, sizeof place->data, "/tmp/test-concern-XXXXXX");
    if (!mkdtemp(place->data) || sodium_init() < 0)
        return -1;
    DO(store_open(place->data, &place->store, &failure));
    DO(record_open(place->data, place->store, "test/log", &place->record, &failure));
    snprintf(place->vkey, sizeof place->vkey, "%s", record_vkey(place->record));
    for (int i = 0; i < 3; i++)
        crypto_box_keypair(place->recipients[i].key, place->secrets[i]);
    *state = place;
    return 0;
}

static void remove_folder(char *folder) {
    char *roots[] = {folder, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; (entry = fts_read(walk));)
        if (entry->fts_info != FTS_D)
            assert_int_equal(remove(entry->fts_path), 0);
    fts_close(walk);
}

static void close_place(struct place *place) {
    record_close(place->record);
    store_close(place->store);
    place->record = NULL;
    place->store = NULL;
}

static int drop_place(void **state) {
    struct place *place = *state;
    close_place(place);
    if (access(place->data, F_OK) == 0)
        remove_folder(place->data);
    free(place);
    return 0;
}

static struct buffer seal(struct place *place, struct bytes text) {
    struct buffer sealed = buffer_new(CONCERN_SEALED_MAX);
    DO(concern_seal(text, place->recipients, 2, &sealed, &failure));
    return sealed;
}

static void each_recipient_reads_it_and_nobody_else(void **state) {
    struct place *place = *state;
    struct buffer sealed = seal(place, BYTES_LITERAL("they were served"));
    for (int i = 0; i < 2; i++) {
        struct buffer text = buffer_new(CONCERN_SEALED_MAX);
        DO(concern_open(buffer_bytes(&sealed), place->secrets[i], &text, &failure));
        assert_true(bytes_equal_string(buffer_bytes(&text), "they were served"));
        buffer_release(&text);
    }
    struct buffer text = buffer_new(CONCERN_SEALED_MAX);
    assert_false(concern_open(buffer_bytes(&sealed), place->secrets[2], &text, &failure));
    assert_int_equal(text.len, 0);
    buffer_release(&sealed);
}

static void its_size_tells_one_of_three_things(void **state) {
    struct place *place = *state;
    static char text[LIMIT_CONCERN_BYTES + 1];
    size_t sizes[3] = {0};
    const size_t lengths[] = {1, 4092, 4093, 16380, 16381, LIMIT_CONCERN_BYTES};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct buffer sealed = seal(place, (struct bytes){text, lengths[i]});
        assert_true(i % 2 == 0 || sealed.len == sizes[i / 2]);
        sizes[i / 2] = sealed.len;
        buffer_release(&sealed);
    }
    assert_true(sizes[0] < sizes[1] && sizes[1] < sizes[2]);
    struct buffer sealed = buffer_new(CONCERN_SEALED_MAX);
    assert_false(concern_seal((struct bytes){text, sizeof text}, place->recipients, 2, &sealed, &failure));
    assert_false(concern_seal((struct bytes){text, 0}, place->recipients, 2, &sealed, &failure));
    buffer_release(&sealed);
}

static void one_recipient_is_not_enough(void **state) {
    struct place *place = *state;
    struct buffer sealed = buffer_new(CONCERN_SEALED_MAX);
    struct concern_recipient same[2] = {place->recipients[0], place->recipients[0]};
    assert_false(concern_seal(BYTES_LITERAL("x"), place->recipients, 1, &sealed, &failure));
    assert_false(concern_seal(BYTES_LITERAL("x"), same, 2, &sealed, &failure));
    assert_int_equal(sealed.len, 0);
    sealed = seal(place, BYTES_LITERAL("x"));
    memcpy(sealed.data + 17 + 112, sealed.data + 17, 32); /* both of one key */
    assert_false(concern_check(buffer_bytes(&sealed), &failure));
    buffer_release(&sealed);
}

static void what_was_changed_or_cut_is_no_concern(void **state) {
    struct place *place = *state;
    struct buffer sealed = seal(place, BYTES_LITERAL("x")), text = buffer_new(CONCERN_SEALED_MAX);
    for (size_t len = 0; len < sealed.len; len += len < 300 ? 1 : 97)
        assert_false(concern_check((struct bytes){sealed.data, len}, &failure));
    sealed.data[sealed.len - 1] = (char)(sealed.data[sealed.len - 1] ^ 1);
    assert_false(concern_open(buffer_bytes(&sealed), place->secrets[0], &text, &failure));
    assert_int_equal(text.len, 0);
    buffer_release(&sealed);
}

static void recipients_are_lines_of_a_name_and_a_key(void **state) {
    (void)state;
    struct concern_recipient read[LIMIT_CONCERN_RECIPIENTS];
    size_t count;
    DO(concern_recipients_parse(BYTES_LITERAL("# who\nombud AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
                                              "press  AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
                                read, &count, &failure));
    assert_int_equal(count, 2);
    assert_string_equal(read[1].name, "press");
    assert_int_equal(read[1].key[0], 1);
    assert_false(concern_recipients_parse(BYTES_LITERAL("ombud AAAA\n"), read, &count, &failure));
    assert_false(concern_recipients_parse(BYTES_LITERAL("ombud\n"), read, &count, &failure));
}

static struct buffer lodge(struct place *place, struct bytes sealed, char id[CONCERN_ID + 1]) {
    struct buffer receipt = buffer_new(PROOF_BYTES);
    uint64_t entry;
    DO(concern_lodge(place->store, place->record, sealed, clock_now_ms(), id, &entry, &failure));
    DO(concern_receipt(place->store, place->record, entry, &receipt, &failure));
    return receipt;
}

static bool holds(struct bytes entry, const char *text) {
    return memmem(entry.ptr, entry.len, text, strlen(text)) != NULL;
}

static void the_receipt_holds_after_everything_else_is_gone(void **state) {
    struct place *place = *state;
    char id[CONCERN_ID + 1], digest[65], policy_text[NOTE_VKEY_MAX + 32];
    struct buffer sealed = seal(place, BYTES_LITERAL("they were served"));
    struct buffer receipt = lodge(place, buffer_bytes(&sealed), id);
    struct policy policy;
    struct proof proof;
    close_place(place);
    remove_folder(place->data);
    snprintf(policy_text, sizeof policy_text, "log %s\nquorum none\n", place->vkey);
    DO(policy_parse(bytes_of(policy_text), &policy, &failure));
    DO(proof_parse(buffer_bytes(&receipt), &proof, &failure));
    DO(proof_check(&proof, &policy, NULL, NULL, &failure));
    sha256_hex(sha256_of(buffer_bytes(&sealed)), digest);
    struct bytes entry = {proof.entry, proof.entry_len};
    assert_true(holds(entry, digest) && holds(entry, "\"kind\":\"concern\""));
    assert_false(holds(entry, "\"account\"") || holds(entry, "\"person\"") || holds(entry, "\"key\""));
    free(proof.entry);
    policy_release(&policy);
    buffer_release(&receipt);
    buffer_release(&sealed);
}

static void a_code_lodges_once(void **state) {
    struct place *place = *state;
    char code[CONCERN_CODE + 1], id[CONCERN_ID + 1];
    uint64_t entry;
    struct buffer sealed = seal(place, BYTES_LITERAL("x"));
    DO(concern_code_make(place->store, clock_now_ms(), code, &failure));
    assert_false(concern_lodge_by_code(place->store, place->record, BYTES_LITERAL("guess"),
                                       buffer_bytes(&sealed), clock_now_ms(), id, &entry, &failure));
    assert_int_equal(failure.code, ERROR_ACCESS_DENIED);
    /* What is no concern does not use it up. */
    assert_false(concern_lodge_by_code(place->store, place->record, bytes_of(code), BYTES_LITERAL("x"),
                                       clock_now_ms(), id, &entry, &failure));
    DO(concern_lodge_by_code(place->store, place->record, bytes_of(code), buffer_bytes(&sealed),
                             clock_now_ms(), id, &entry, &failure));
    assert_false(concern_lodge_by_code(place->store, place->record, bytes_of(code), buffer_bytes(&sealed),
                                       clock_now_ms(), id, &entry, &failure));
    assert_int_equal(failure.code, ERROR_ACCESS_DENIED);
    buffer_release(&sealed);
}

static void unanswered_concerns_are_counted(void **state) {
    struct place *place = *state;
    char id[CONCERN_ID + 1];
    int64_t waiting, overdue, now = clock_now_ms();
    struct buffer sealed = seal(place, BYTES_LITERAL("x"));
    struct buffer receipt = lodge(place, buffer_bytes(&sealed), id);
    struct sha256 answer = sha256_of(BYTES_LITERAL("we stopped"));
    DO(store_concerns_waiting(place->store, now - 1000, &waiting, &overdue, &failure));
    assert_true(waiting == 1 && overdue == 0);
    DO(store_concerns_waiting(place->store, now + 60000, &waiting, &overdue, &failure));
    assert_true(waiting == 1 && overdue == 1);
    DO(concern_answer(place->store, place->record, id, "officer", answer, now, &failure));
    DO(store_concerns_waiting(place->store, now + 60000, &waiting, &overdue, &failure));
    assert_true(waiting == 0 && overdue == 0);
    assert_false(concern_answer(place->store, place->record, id, "officer", answer, now, &failure));
    buffer_release(&receipt);
    buffer_release(&sealed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, drop_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_recipient_reads_it_and_nobody_else),
        TEST(its_size_tells_one_of_three_things),
        TEST(one_recipient_is_not_enough),
        TEST(what_was_changed_or_cut_is_no_concern),
        TEST(recipients_are_lines_of_a_name_and_a_key),
        TEST(the_receipt_holds_after_everything_else_is_gone),
        TEST(a_code_lodges_once),
        TEST(unanswered_concerns_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
