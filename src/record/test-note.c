/* Signed notes, checkpoints and policies: what others wrote is understood, what was changed is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include "base/limits.h"
#include "record/policy.h"

#define TEXT "example.org/record\n70000\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define LOG "example.org/record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define LOG_LINE                                                              \
    "\xe2\x80\x94 example.org/record "                                        \
    "jcxF3m0jAerXgAvNAzvWSU0hYL8D5VpLX8sS5XO9P9fICYpw6qbRIBPjri2qHXRfBWRWYSU" \
    "9Lmgk+vh+h1KgROBSPg4=\n"
#define WITNESS "witness.example+790a8a0d+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
#define WITNESS_LINE                                                             \
    "\xe2\x80\x94 witness.example "                                              \
    "eQqKDQAAAABlU/EAN1tyxy40avHMULzCHiXImKGdv+OIaHZo2IoDDXQXNPWFTUvPHx1WrGAsaI" \
    "zC0UVrBeA7ST9iLNqdZjngCJaTAw==\n"
#define WITNESS_TIME 1700000000

static struct note_key key_of(const char *vkey) {
    struct note_key key;
    struct error err;
    if (!note_key_parse(bytes_of(vkey), &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static struct note note_of(const char *text) {
    struct note note;
    struct error err;
    if (!note_parse(bytes_of(text), &note, &err))
        fail_msg("%s", err.text);
    return note;
}

static enum note_finding found(const char *text, const char *vkey, int64_t *ret_time) {
    struct note note = note_of(text);
    struct note_key key = key_of(vkey);
    int64_t time = -1;
    enum note_finding finding = note_check(&note, &key, ret_time ? ret_time : &time);
    return finding;
}

static void the_example_of_the_specification_is_good(void **state) {
    (void)state;
    assert_int_equal(
        found("This is an example message.\n\n\xe2\x80\x94 example.com/foo "
              "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Ineya"
              "QM=\n",
              "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NULL),
        NOTE_GOOD);
}

static void a_note_is_signed_as_another_implementation_signs_it(void **state) {
    uint8_t seed[32];
    struct note_signer signer;
    struct buffer out = buffer_new(1000);
    char vkey[NOTE_VKEY_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i;
    note_signer_make(BYTES_LITERAL("example.org/record"), seed, &signer);
    note_key_format(&signer.key, vkey);
    assert_string_equal(vkey, LOG);
    note_sign(&signer, BYTES_LITERAL(TEXT), &out);
    assert_string_equal(out.data, LOG_LINE);
    buffer_release(&out);
}

static void a_cosignature_tells_its_time(void **state) {
    int64_t time;
    (void)state;
    assert_int_equal(found(TEXT "\n" LOG_LINE WITNESS_LINE, WITNESS, &time), NOTE_GOOD);
    assert_int_equal(time, WITNESS_TIME);
    assert_int_equal(found(TEXT "\n" LOG_LINE WITNESS_LINE, LOG, &time), NOTE_GOOD);
    assert_int_equal(time, 0);
}

static void a_signature_of_somebody_else_is_passed_over(void **state) {
    (void)state;
    assert_int_equal(found(TEXT "\n" LOG_LINE, WITNESS, NULL), NOTE_ABSENT);
    assert_int_equal(found(TEXT "\n" WITNESS_LINE, LOG, NULL), NOTE_ABSENT);
    assert_int_equal(
        found(TEXT "\n\xe2\x80\x94 x AAAA\n\xe2\x80\x94 example.org/record AAAAAAAA\n" LOG_LINE, LOG, NULL),
        NOTE_GOOD);
}

static void every_changed_bit_of_a_signed_text_is_found(void **state) {
    static const char whole[] = TEXT "\n" LOG_LINE;
    struct note_key key = key_of(LOG);
    char changed[sizeof whole];
    struct note note;
    int64_t time;
    (void)state;
    for (size_t i = 0; i < 8 * (sizeof whole - 1); i++) {
        memcpy(changed, whole, sizeof whole);
        changed[i / 8] = (char)(changed[i / 8] ^ 1 << i % 8);
        if (note_parse((struct bytes){changed, sizeof whole - 1}, &note, NULL) &&
            note_check(&note, &key, &time) == NOTE_GOOD)
            fail_msg("bit %zu of byte %zu", i % 8, i / 8);
    }
}

static void a_wrong_line_of_a_known_key_spoils_the_good_one(void **state) {
    (void)state;
    assert_int_equal(found(TEXT
                           "\n" LOG_LINE
                           "\xe2\x80\x94 example.org/record jcxF3m0jAerXgAvNAzvWSU0hYL8D5VpLX8sS5XO9P9fICYpw6"
                           "qbRIBPjri2qHXRfBWRWYSU9Lmgk+vh+h1KgROBSPg8=\n",
                           LOG, NULL),
                     NOTE_WRONG);
}

static void what_is_no_note_is_refused(void **state) {
    static const char *const texts[] = {"",
                                        "\n",
                                        "\n\n",
                                        TEXT,
                                        TEXT "\n",
                                        TEXT "\n\n",
                                        TEXT LOG_LINE,
                                        TEXT "\n" LOG_LINE "x",
                                        TEXT "\n- a AAAAAAAA\n",
                                        TEXT "\n\xe2\x80\x94 a\n",
                                        TEXT "\n\xe2\x80\x94 a \n",
                                        TEXT "\n\xe2\x80\x94  AAAA\n",
                                        TEXT "\n\xe2\x80\x94 a AAAA",
                                        "a\tb\n\n" LOG_LINE,
                                        "a\xc3\xa4\n\n" LOG_LINE,
                                        TEXT "\n" LOG_LINE "\xe2\x80\x94 a\x01 AAAA\n"};
    struct note note;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (note_parse(bytes_of(texts[i]), &note, NULL))
            fail_msg("taken: %s", texts[i]);
}

static void more_signatures_than_the_limit_are_refused(void **state) {
    struct buffer text = buffer_new(LIMIT_RECORD_NOTE);
    struct note note;
    (void)state;
    buffer_text(&text, TEXT "\n");
    for (int i = 0; i < LIMIT_RECORD_SIGNATURES; i++)
        buffer_text(&text, LOG_LINE);
    assert_true(note_parse(buffer_bytes(&text), &note, NULL));
    buffer_text(&text, LOG_LINE);
    assert_false(note_parse(buffer_bytes(&text), &note, NULL));
    buffer_release(&text);
}

static void what_is_no_verifier_key_is_refused(void **state) {
    static const char *const keys[] = {
        "",
        "a",
        "a+b+c",
        "+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "example.org/record+8dcc45df+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "example.org/recorD+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "example.org/record+8dcc45de+AgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "example.org/record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG",
        "example.org/record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4AAAA",
        "example.org/ record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"};
    struct note_key key;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (note_key_parse(bytes_of(keys[i]), &key, NULL))
            fail_msg("taken: %s", keys[i]);
}

/* --- checkpoints --- */

static void a_checkpoint_is_read_as_it_was_written(void **state) {
    struct checkpoint checkpoint;
    struct buffer out = buffer_new(1000);
    (void)state;
    assert_true(checkpoint_read(BYTES_LITERAL(TEXT), &checkpoint, NULL));
    assert_string_equal(checkpoint.origin, "example.org/record");
    assert_int_equal(checkpoint.size, 70000);
    checkpoint_write(&checkpoint, &out);
    assert_string_equal(out.data, TEXT);
    buffer_release(&out);
}

static void what_is_no_checkpoint_is_refused(void **state) {
    static const char root[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char *const starts[] = {"",
                                         "\n1\n",
                                         "a\n",
                                         "a\n\n",
                                         "a\n01\n",
                                         "a\n-1\n",
                                         "a\n+1\n",
                                         "a b\n1\n",
                                         "a\n1 \n",
                                         "a\n0x1\n",
                                         "a\n\n1\n",
                                         "a+b\n1\n",
                                         "a\n9223372036854775808\n",
                                         "a\n1\nA"};
    struct checkpoint checkpoint;
    char text[200];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        snprintf(text, sizeof text, "%s%s\n", starts[i], root);
        if (checkpoint_read(bytes_of(text), &checkpoint, NULL))
            fail_msg("taken: %s", text);
    }
    snprintf(text, sizeof text, "a\n1\n%s", root);
    assert_false(checkpoint_read(bytes_of(text), &checkpoint, NULL));
    snprintf(text, sizeof text, "a\n1\n%s\nmore\n", root);
    assert_true(checkpoint_read(bytes_of(text), &checkpoint, NULL));
    snprintf(text, sizeof text, "a\n1\n%s\n\nmore\n", root);
    assert_false(checkpoint_read(bytes_of(text), &checkpoint, NULL));
}

static void a_checkpoint_of_another_log_or_without_its_signature_is_refused(void **state) {
    struct checkpoint checkpoint;
    struct note_key log = key_of(LOG), other;
    struct error err;
    (void)state;
    assert_true(checkpoint_open(BYTES_LITERAL(TEXT "\n" LOG_LINE), &log, &checkpoint, NULL, NULL));
    assert_false(checkpoint_open(BYTES_LITERAL(TEXT "\n" WITNESS_LINE), &log, &checkpoint, NULL, &err));
    assert_non_null(strstr(err.text, "not signed with this key"));
    note_key_make(BYTES_LITERAL("example.org/other"), NOTE_ED25519, log.public_key, &other);
    assert_false(checkpoint_open(BYTES_LITERAL(TEXT "\n" LOG_LINE), &other, &checkpoint, NULL, &err));
    assert_non_null(strstr(err.text, "is of the log example.org/record"));
}

/* --- policies --- */

/* Witnesses w1 to w3, and a note with cosignatures of those that are told. */
struct circle {
    char vkeys[3][NOTE_VKEY_MAX];
    struct buffer note;
};

static void cosign(struct circle *circle, int number, int64_t time, bool signs) {
    uint8_t seed[32] = {(uint8_t)(number + 1)}, public_key[32], secret_key[64], data[76];
    char message[1000], base64[128], name[8];
    struct note_key key;
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    snprintf(name, sizeof name, "w%d", number + 1);
    note_key_make(bytes_of(name), NOTE_COSIGNATURE, public_key, &key);
    note_key_format(&key, circle->vkeys[number]);
    if (!signs)
        return;
    int len = snprintf(message, sizeof message, "cosignature/v1\ntime %lld\n" TEXT, (long long)time);
    memcpy(data, key.id, 4);
    for (int i = 0; i < 8; i++)
        data[4 + i] = (uint8_t)((uint64_t)time >> (56 - 8 * i));
    crypto_sign_detached(data + 12, NULL, (const uint8_t *)message, (size_t)len, secret_key);
    sodium_bin2base64(base64, sizeof base64, data, sizeof data, sodium_base64_VARIANT_ORIGINAL);
    buffer_printf(&circle->note, "\xe2\x80\x94 %s %s\n", name, base64);
}

static bool is_met(unsigned signers, const char *rules, int64_t oldest, int *ret_count) {
    struct circle circle = {.note = buffer_new(LIMIT_RECORD_NOTE)};
    char text[2000];
    struct policy policy;
    struct note note;
    struct error err;
    buffer_text(&circle.note, TEXT "\n" LOG_LINE);
    for (int i = 0; i < 3; i++)
        cosign(&circle, i, WITNESS_TIME, signers >> i & 1);
    snprintf(text, sizeof text,
             "# who is believed\nlog " LOG
             "\n\nwitness w1 %s\n\twitness  w2\t%s https://w2.example/\nwitness w3 "
             "%s\n%s",
             circle.vkeys[0], circle.vkeys[1], circle.vkeys[2], rules);
    if (!policy_parse(bytes_of(text), &policy, &err))
        fail_msg("%s", err.text);
    assert_int_equal(policy.log_count, 1);
    assert_true(policy.witness_count == 3 && !policy.witnesses[0].url.ptr);
    assert_true(bytes_equal_string(policy.witnesses[1].url, "https://w2.example/"));
    note = note_of(circle.note.data);
    bool met = policy_quorum_met(&policy, &note, oldest, ret_count);
    policy_release(&policy);
    buffer_release(&circle.note);
    return met;
}

static void a_quorum_is_met_by_those_it_names(void **state) {
    int count;
    (void)state;
    assert_true(is_met(0, "quorum none\n", 0, &count) && count == 0);
    for (unsigned signers = 0; signers < 8; signers++) {
        int signed_by = __builtin_popcount(signers);
        assert_int_equal(is_met(signers, "quorum w2\n", 0, &count), signers >> 1 & 1);
        assert_int_equal(count, signed_by);
        assert_int_equal(is_met(signers, "group g all w1 w2 w3\nquorum g\n", 0, NULL), signed_by == 3);
        assert_int_equal(is_met(signers, "group g any w1 w2 w3\nquorum g\n", 0, NULL), signed_by > 0);
        assert_int_equal(is_met(signers, "group g 2 w1 w2 w3\nquorum g", 0, NULL), signed_by >= 2);
        assert_int_equal(is_met(signers, "group h any w1 w3\ngroup g all h w2\nquorum g", 0, NULL),
                         (signers & 2) && (signers & 5));
    }
}

static void an_old_cosignature_does_not_count_as_fresh(void **state) {
    int count;
    (void)state;
    assert_true(is_met(1, "quorum w1\n", WITNESS_TIME, &count) && count == 1);
    assert_false(is_met(1, "quorum w1\n", WITNESS_TIME + 1, &count) || count == 1);
}

static void what_is_no_policy_is_refused_with_its_line(void **state) {
    static const char *const texts[] = {"",
                                        "quorum w1",
                                        "quorum none\nquorum none",
                                        "quorum none more",
                                        "nonsense",
                                        "log",
                                        "log x\nquorum none",
                                        "log " LOG "\nlog " LOG "\nquorum none",
                                        "witness w\nquorum none",
                                        "witness none " WITNESS "\nquorum none",
                                        "witness w " LOG "\nquorum none",
                                        "witness w " WITNESS " u v\nquorum w",
                                        "witness w " WITNESS "\nwitness w " WITNESS "\nquorum w",
                                        "witness w " WITNESS "\nwitness v " WITNESS "\nquorum w",
                                        "group g any w\nquorum g",
                                        "witness w " WITNESS "\ngroup g 0 w\nquorum g",
                                        "witness w " WITNESS "\ngroup g 2 w\nquorum g",
                                        "witness w " WITNESS "\ngroup g all\nquorum g",
                                        "witness w " WITNESS "\ngroup w all w\nquorum w",
                                        "witness w " WITNESS "\ngroup g 1 w w\nquorum g",
                                        "witness w " WITNESS "\ngroup g 1 g\nquorum g",
                                        "witness w " WITNESS "\ngroup g any w\ngroup h any w\nquorum h",
                                        "quorum none\n\x01",
                                        "quorum none\r\n"};
    struct policy policy;
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (policy_parse(bytes_of(texts[i]), &policy, NULL))
            fail_msg("taken: %s", texts[i]);
    assert_false(policy_parse(bytes_of("\n\nnonsense\n"), &policy, &err));
    assert_non_null(strstr(err.text, "line 3 of the policy"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification_is_good),
        cmocka_unit_test(a_note_is_signed_as_another_implementation_signs_it),
        cmocka_unit_test(a_cosignature_tells_its_time),
        cmocka_unit_test(a_signature_of_somebody_else_is_passed_over),
        cmocka_unit_test(every_changed_bit_of_a_signed_text_is_found),
        cmocka_unit_test(a_wrong_line_of_a_known_key_spoils_the_good_one),
        cmocka_unit_test(what_is_no_note_is_refused),
        cmocka_unit_test(more_signatures_than_the_limit_are_refused),
        cmocka_unit_test(what_is_no_verifier_key_is_refused),
        cmocka_unit_test(a_checkpoint_is_read_as_it_was_written),
        cmocka_unit_test(what_is_no_checkpoint_is_refused),
        cmocka_unit_test(a_checkpoint_of_another_log_or_without_its_signature_is_refused),
        cmocka_unit_test(a_quorum_is_met_by_those_it_names),
        cmocka_unit_test(an_old_cosignature_does_not_count_as_fresh),
        cmocka_unit_test(what_is_no_policy_is_refused_with_its_line),
    };
    return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
