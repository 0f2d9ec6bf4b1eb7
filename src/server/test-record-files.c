/* The record over HTTP: what is published is served with its type and caching, nothing else is. */
#include "server/test-support.h"
#include "record/folder.h"
#include "record/log.h"

static char folder[64];

static void grow(struct log *log, uint64_t until) {
    struct buffer checkpoint = buffer_new(LIMIT_RECORD_NOTE);
    char entry[64];
    while (log_size(log) < until) {
        int len = snprintf(entry, sizeof entry, "{\"n\":%llu}", (unsigned long long)log_size(log));
        assert_true(log_add(log, (struct bytes){entry, (size_t)len}, NULL));
    }
    assert_true(log_flush(log, NULL));
    log_checkpoint(log, &checkpoint);
    assert_true(log_publish(log, buffer_bytes(&checkpoint), NULL));
    buffer_release(&checkpoint);
}

/* 300 published entries; and 10 more that are not. */
static int start_with_record(void **state) {
    static const uint8_t seed[32] = {7};
    static struct note_signer signer;
    struct log *log;
    snprintf(folder, sizeof folder, "/tmp/test-record-files-XXXXXX");
    assert_non_null(mkdtemp(folder));
    note_signer_make(BYTES_LITERAL("example.org/log"), seed, &signer);
    assert_true(log_open(folder, &signer, &log, NULL));
    grow(log, 300);
    for (int i = 0; i < 10; i++)
        assert_true(log_add(log, BYTES_LITERAL("{}"), NULL));
    assert_true(log_flush(log, NULL));
    log_close(log);
    start_patient(state);
    server->record = folder;
    return 0;
}

static int stop_and_clear(void **state) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return stop(state) != 0 || system(command) != 0;
}

static struct answer get(const char *path) {
    struct answer answer;
    char text[256];
    int fd = dial();
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    say(fd, text);
    assert_true(hear(fd, &answer));
    close(fd);
    return answer;
}

static void assert_head(const struct answer *answer, const char *name, const char *value) {
    const char *is = head_value(answer, name);
    assert_non_null(is);
    assert_memory_equal(is, value, strlen(value));
    assert_int_equal(is[strlen(value)], '\r');
}

static void the_checkpoint_is_text_that_nobody_keeps(void **state) {
    (void)state;
    struct answer answer = get("/record/checkpoint");
    assert_int_equal(answer.status, 200);
    assert_head(&answer, "Content-Type", "text/plain; charset=utf-8");
    assert_head(&answer, "Cache-Control", "no-cache");
    assert_memory_equal(answer.body, "example.org/log\n300\n", 20);
}

static void full_tiles_are_kept_for_ever(void **state) {
    (void)state;
    struct answer answer = get("/record/tile/0/000");
    assert_int_equal(answer.status, 200);
    assert_head(&answer, "Content-Type", "application/octet-stream");
    assert_head(&answer, "Cache-Control", "public, max-age=31536000, immutable");
    assert_head(&answer, "Content-Length", "8192");
    answer = get("/record/tile/0/001.p/44");
    assert_int_equal(answer.status, 200);
    assert_head(&answer, "Content-Length", "1408");
    answer = get("/record/tile/entries/001.p/44");
    assert_int_equal(answer.status, 200);
    assert_memory_equal(answer.body, "\0\x09{\"n\":256}", 11);
}

static void what_is_not_published_is_not_there(void **state) {
    static const char *const paths[] = {"/record/",
                                        "/record/tile/0/001",
                                        "/record/tile/0/001.p/54",
                                        "/record/tile/0/001.p/45",
                                        "/record/tile/entries/001.p/54",
                                        "/record/tile/0/002",
                                        "/record/tile/3/000",
                                        "/record/tile/63/000",
                                        "/record/vkey",
                                        "/record/checkpoint/",
                                        "/record/checkpoint.new",
                                        "/record/../record.key",
                                        "/record/tile/0/../../checkpoint",
                                        "/record/tile/0/%30%30%30",
                                        "/record//checkpoint",
                                        "/record/tile/entries/x018/x446/x744/x073/x709/x551/615"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct answer answer = get(paths[i]);
        if (answer.status != 404)
            fail_msg("%s: %d", paths[i], answer.status);
        assert_null(head_value(&answer, "Cache-Control"));
    }
}

static void a_narrower_tile_is_cut_from_the_full_one(void **state) {
    (void)state;
    struct answer answer = get("/record/tile/0/000.p/2");
    assert_int_equal(answer.status, 200);
    assert_head(&answer, "Content-Length", "64");
    answer = get("/record/tile/entries/000.p/2");
    assert_head(&answer, "Content-Length", "18");
}

static void entries_are_lines_of_json(void **state) {
    (void)state;
    struct answer answer = get("/record/entries?from=298&count=10");
    assert_int_equal(answer.status, 200);
    assert_head(&answer, "Content-Type", "application/x-ndjson");
    assert_string_equal(answer.body,
                        "{\"index\":298,\"entry\":{\"n\":298}}\n{\"index\":299,\"entry\":{\"n\":299}}\n");
    answer = get("/record/entries?count=1");
    assert_string_equal(answer.body, "{\"index\":299,\"entry\":{\"n\":299}}\n");
    answer = get("/record/entries");
    assert_memory_equal(answer.body, "{\"index\":200,", 13);
    answer = get("/record/entries?from=300");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "");
    answer = get("/record/entries?from=255&count=2");
    assert_string_equal(answer.body,
                        "{\"index\":255,\"entry\":{\"n\":255}}\n{\"index\":256,\"entry\":{\"n\":256}}\n");
}

static void a_query_that_is_none_is_refused(void **state) {
    static const char *const queries[] = {
        "from=x", "count=1001", "count=-1", "from=", "x=1", "from=1&count", "from=99999999999999999999"};
    char path[128];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        snprintf(path, sizeof path, "/record/entries?%s", queries[i]);
        if (get(path).status != 400)
            fail_msg("taken: %s", queries[i]);
    }
}

static void it_is_only_read(void **state) {
    struct answer answer;
    int fd = dial();
    (void)state;
    say(fd, "POST /record/checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_true(hear(fd, &answer));
    assert_int_equal(answer.status, 405);
    close(fd);
}

static void a_server_without_a_record_has_none(void **state) {
    (void)state;
    server->record = NULL;
    assert_int_equal(get("/record/checkpoint").status, 404);
    server->record = folder;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checkpoint_is_text_that_nobody_keeps),
        cmocka_unit_test(full_tiles_are_kept_for_ever),
        cmocka_unit_test(what_is_not_published_is_not_there),
        cmocka_unit_test(a_narrower_tile_is_cut_from_the_full_one),
        cmocka_unit_test(entries_are_lines_of_json),
        cmocka_unit_test(a_query_that_is_none_is_refused),
        cmocka_unit_test(it_is_only_read),
        cmocka_unit_test(a_server_without_a_record_has_none),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, start_with_record, stop_and_clear);
}
