/* What an entry is as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/limits.h"
#include "record/entry.h"

static void assert_json(const struct record_entry *entry, size_t part, const char *json) {
    struct buffer out = buffer_new(LIMIT_RECORD_ENTRY);
    struct error err;
    if (!entry_write(entry, part, &out, &err))
        fail_msg("%s", err.text);
    assert_string_equal(out.data, json);
    buffer_release(&out);
}

static void assert_refused(const struct record_entry *entry) {
    struct buffer out = buffer_new(LIMIT_RECORD_ENTRY);
    struct error err;
    assert_false(entry_write(entry, 0, &out, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_int_equal(out.len, 0);
    buffer_release(&out);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "0101010101010101010101010101010101010101010101010101010101010101"

static const struct sha256 zeros = {{0}};

static struct sha256 ones(void) {
    struct sha256 hash;
    memset(hash.bytes, 1, sizeof hash.bytes);
    return hash;
}

static void an_empty_entry_says_kind_outcome_and_version(void **state) {
    const struct record_entry entry = {.kind = RECORD_KEY};
    (void)state;
    assert_json(&entry, 0, "{\"kind\":\"key\",\"outcome\":\"done\",\"version\":1}");
}

static void members_come_in_the_order_of_their_names(void **state) {
    const struct record_subject subjects[] = {{RECORD_PROBE, zeros},
                                              {RECORD_MATCHED, ones()},
                                              {RECORD_ENROLLED, zeros},
                                              {RECORD_MATCHED, zeros},
                                              {RECORD_ERASED, ones()}};
    const char *const released[] = {"p2", "p1"};
    const struct record_detail details[] = {{"threshold", NULL, 99}, {"list", "ofsi", 0}, {"empty", "", 0}};
    const struct sha256 images[] = {zeros, ones()};
    const struct record_entry entry = {.kind = RECORD_USE,
                                       .started_ms = 1764161027123,
                                       .ended_ms = 1764161028000,
                                       .request_id = "r",
                                       .account = "a",
                                       .key = "k",
                                       .person = "p",
                                       .operation = "SearchFacesByImage",
                                       .collection = "people",
                                       .purpose = "entry",
                                       .basis = "consent",
                                       .model = "1.0",
                                       .images = images,
                                       .image_count = 2,
                                       .subjects = subjects,
                                       .subject_count = 5,
                                       .outcome = RECORD_REFUSED,
                                       .error = "ThrottlingException",
                                       .counts = {.faces = 1, .searched = 20, .matched = 2, .erased = 3},
                                       .released_by = released,
                                       .released_count = 2,
                                       .details = details,
                                       .detail_count = 3};
    (void)state;
    assert_json(&entry, 0,
                "{\"account\":\"a\",\"basis\":\"consent\",\"collection\":\"people\","
                "\"counts\":{\"erased\":3,\"faces\":1,\"matched\":2,\"searched\":20},"
                "\"details\":{\"empty\":\"\",\"list\":\"ofsi\",\"threshold\":99},"
                "\"ended\":\"2025-11-26T12:43:48.000Z\",\"error\":\"ThrottlingException\","
                "\"images\":[\"" ZEROS "\",\"" ONES "\"],\"key\":\"k\",\"kind\":\"use\",\"model\":\"1.0\","
                "\"operation\":\"SearchFacesByImage\",\"outcome\":\"refused\",\"person\":\"p\","
                "\"purpose\":\"entry\",\"released_by\":[\"p2\",\"p1\"],\"request\":\"r\","
                "\"started\":\"2025-11-26T12:43:47.123Z\","
                "\"subjects\":{\"enrolled\":[\"" ZEROS "\"],\"erased\":[\"" ONES "\"],\"matched\":[\"" ONES
                "\",\"" ZEROS "\"],\"probe\":[\"" ZEROS "\"]},\"version\":1}");
}

static void texts_are_escaped_as_canonical_json_wants_it(void **state) {
    const struct record_entry entry = {.kind = RECORD_USE,
                                       .purpose = "\"\\/\b\t\n\f\r\x01\x0b\x1f\x7f\xc3\xa4\xf0\x9f\x98\x80"};
    (void)state;
    assert_json(
        &entry, 0,
        "{\"kind\":\"use\",\"outcome\":\"done\",\"purpose\":\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u000b\\u001f"
        "\x7f\xc3\xa4\xf0\x9f\x98\x80\",\"version\":1}");
}

static void what_cannot_be_written_is_refused(void **state) {
    char large[LIMIT_RECORD_TEXT + 2] = {0};
    struct record_detail details[LIMIT_RECORD_DETAILS + 1];
    (void)state;
    memset(large, 'x', LIMIT_RECORD_TEXT);
    struct record_entry entry = {.purpose = large};
    struct buffer out = buffer_new(LIMIT_RECORD_ENTRY);
    assert_true(entry_write(&entry, 0, &out, NULL));
    buffer_release(&out);
    large[LIMIT_RECORD_TEXT] = 'x';
    assert_refused(&entry);
    entry = (struct record_entry){.purpose = "\xff"};
    assert_refused(&entry);
    entry = (struct record_entry){.purpose = "\xed\xa0\x80"};
    assert_refused(&entry);
    details[0] = (struct record_detail){"Name", "x", 0};
    entry = (struct record_entry){.details = details, .detail_count = 1};
    assert_refused(&entry);
    details[0] = details[1] = (struct record_detail){"twice", "x", 0};
    entry.detail_count = 2;
    assert_refused(&entry);
    details[0] = (struct record_detail){"number", NULL, INT64_MAX};
    entry.detail_count = 1;
    assert_refused(&entry);
    entry.detail_count = ARRAY_LEN(details);
    assert_refused(&entry);
    entry = (struct record_entry){.images = NULL, .image_count = LIMIT_RECORD_IMAGES + 1};
    assert_refused(&entry);
}

static void many_subjects_become_parts_that_each_fit(void **state) {
    enum { COUNT = 2 * LIMIT_RECORD_SUBJECTS + 1 };
    static struct record_subject subjects[COUNT];
    struct record_entry entry = {.kind = RECORD_ERASURE, .subjects = subjects, .subject_count = COUNT};
    (void)state;
    for (int i = 0; i < COUNT; i++)
        subjects[i] = (struct record_subject){RECORD_ERASED, zeros};
    assert_int_equal(entry_part_count(&entry), 3);
    for (size_t part = 0; part < 3; part++) {
        struct buffer out = buffer_new(LIMIT_RECORD_ENTRY);
        char says[64];
        size_t commitments = 0;
        assert_true(entry_write(&entry, part, &out, NULL));
        snprintf(says, sizeof says, "\"part\":%zu,\"parts\":3,", part + 1);
        assert_non_null(strstr(out.data, says));
        for (const char *at = out.data; (at = strstr(at, ZEROS)); at += 64)
            commitments++;
        assert_int_equal(commitments, part < 2 ? LIMIT_RECORD_SUBJECTS : 1);
        buffer_release(&out);
    }
    entry.subject_count = LIMIT_RECORD_SUBJECTS;
    assert_int_equal(entry_part_count(&entry), 1);
    entry.subject_count = 0;
    assert_int_equal(entry_part_count(&entry), 1);
}

static void a_subject_is_committed_under_its_own_salt(void **state) {
    uint8_t salt[32];
    struct uuid id;
    char hex[65];
    (void)state;
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    memcpy(id.bytes, salt, sizeof id.bytes);
    sha256_hex(record_commit_subject(salt, id), hex);
    assert_string_equal(hex, "d8b99f2709a3ca74172cbe93824c1f29b23a0c1e9c21bd851ff2d2c39dbef14e");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_entry_says_kind_outcome_and_version),
        cmocka_unit_test(members_come_in_the_order_of_their_names),
        cmocka_unit_test(texts_are_escaped_as_canonical_json_wants_it),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(many_subjects_become_parts_that_each_fit),
        cmocka_unit_test(a_subject_is_committed_under_its_own_salt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
