/* What an operator may write into the settings of the S3 source, and where the names that a client gives
 * lead. Downloads themselves are tested over the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include "api/object.h"
#include "api/object_settings.h"

#define KEY "access_key_id = AKIDEXAMPLE\nsecret_access_key = sEcReT/+=x\n"
#define PLACE "[s3]\nendpoint = http://127.0.0.1:9000\nregion = eu-west-1\n"
#define GOOD PLACE KEY "buckets = photos, my.Old_bucket-1\n"

static struct object_settings settings; /* of the last read() that went well */

/* The error's text; empty when it went well. */
static struct error read_text(const char *text) {
    struct error err = {.code = ERROR_COUNT, .text = ""};
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    bool good = object_settings_read(file, "s3.ini", &settings, &err);
    assert_int_equal(good, err.code == ERROR_COUNT);
    fclose(file);
    return err;
}

static void assert_good(const char *text) {
    struct error err = read_text(text);
    if (err.text[0])
        fail_msg("%s", err.text);
}

static void assert_bad(const char *text, const char *named) {
    struct error err = read_text(text);
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    if (!strstr(err.text, named))
        fail_msg("'%s' does not name %s", err.text, named);
    assert_null(strstr(err.text, "sEcReT"));
}

static void settings_are_read(void **state) {
    (void)state;
    assert_good(GOOD);
    assert_string_equal(settings.scheme, "http");
    assert_string_equal(settings.authority, "127.0.0.1:9000");
    assert_string_equal(settings.region, "eu-west-1");
    assert_string_equal(settings.access_key, "AKIDEXAMPLE");
    assert_string_equal(settings.secret_key, "sEcReT/+=x");
    assert_string_equal(settings.token, "");
    assert_int_equal(settings.timeout_seconds, LIMIT_S3_SECONDS_DEFAULT);
    assert_false(settings.host_style);
    assert_int_equal(settings.bucket_count, 2);
}

static void long_settings_go_on_in_indented_lines(void **state) {
    (void)state;
    assert_good(PLACE KEY "session_token = IQoJ//abc=\n  +more\nbuckets = one1,\n  two2, three3\n");
    assert_string_equal(settings.token, "IQoJ//abc=+more");
    assert_int_equal(settings.bucket_count, 3);
    assert_true(object_settings_allow(&settings, bytes_of("three3")));
}

static void what_is_needed_must_be_there(void **state) {
    (void)state;
    assert_bad("", "endpoint");
    assert_bad("[s3]\nendpoint = http://h\n" KEY "buckets = abc\n", "region");
    assert_bad(PLACE "secret_access_key = sEcReT\nbuckets = abc\n", "access_key_id");
    assert_bad(PLACE "access_key_id = a\nbuckets = abc\n", "secret_access_key");
    assert_bad(PLACE KEY, "buckets");
    assert_bad(PLACE KEY "buckets = \n", "buckets");
}

static void an_endpoint_is_scheme_host_and_port(void **state) {
    static const char *const bad[] = {
        "127.0.0.1:9000", "ftp://h",          "file:///etc/passwd",  "gopher://h:70",     "http://",
        "http://h/path",  "http://h?query=1", "http://u:sEcReT@h",   "http://u@h",        "http://h#f",
        "http://h:0x50",  "http://h:70000",   "http://h e",          "http://h\\@g",      "//h",
        "http://h%2fg",   "http://h/..x",     "https://[::1]:9/b/c", "http://[::1%25lo]/"};
    char text[512];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        snprintf(text, sizeof text, "[s3]\nendpoint = %s\nregion = r\n" KEY "buckets = abc\n", bad[i]);
        assert_bad(text, "endpoint");
    }
    assert_bad(GOOD "endpoint = http://other\n", "endpoint");
    assert_good("[s3]\nendpoint = https://[::1]:9000/\nregion = r\n" KEY "buckets = abc\n");
    assert_string_equal(settings.authority, "[::1]:9000");
    assert_good("[s3]\nendpoint = https://s3.example.org\nregion = r\n" KEY "buckets = abc\n");
    assert_string_equal(settings.scheme, "https");
    assert_string_equal(settings.authority, "s3.example.org");
}

static void hostile_settings_are_refused(void **state) {
    static const char *const bad_buckets[] = {"..",   "a",    "a/b",      ".abc",  "abc.", "a..b",
                                              "ab\\", "a b ", "abc,../x", "ab%2f", "*",    "abc\xc3\xa9"};
    char text[8192];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_buckets); i++) {
        snprintf(text, sizeof text, PLACE KEY "buckets = %s\n", bad_buckets[i]);
        assert_bad(text, "buckets");
    }
    assert_bad("[s3]\nendpoint = http://h\nregion = a:b\n" KEY "buckets = abc\n", "region");
    assert_bad(GOOD "timeout_seconds = 0\n", "timeout_seconds");
    assert_bad(GOOD "timeout_seconds = 301\n", "timeout_seconds");
    assert_bad(GOOD "timeout_seconds = -1\n", "timeout_seconds");
    assert_bad(GOOD "path_style = maybe\n", "path_style");
    assert_bad(GOOD "path_style = no\n", "path_style"); /* there is no host photos.127.0.0.1 */
    assert_bad(GOOD "secret_access_key = other\n", "secret_access_key");
    assert_bad(GOOD "session_token = a b\n", "session_token");
    assert_bad(GOOD "no_such_setting = sEcReT\n", "[s3]");
    assert_bad(GOOD "[other]\nx = y\n", "[s3]");
    assert_bad("endpoint = http://h\n", "[s3]");
    assert_bad(GOOD "sEcReT\n", "line 7");
    /* What does not fit into a line is not taken for a shorter secret. */
    int len = snprintf(text, sizeof text, PLACE "access_key_id = a\nbuckets = abc\nsecret_access_key = ");
    memset(text + len, 'x', 300);
    text[len + 300] = 0;
    assert_bad(text, "s3.ini");
}

static void names_of_hosts_may_hold_the_bucket(void **state) {
    struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
    (void)state;
    assert_good("[s3]\nendpoint = https://s3.example.org:444\nregion = r\npath_style = no\n" KEY
                "buckets = photos\n");
    assert_true(object_settings_url(&settings, bytes_of("photos"), bytes_of("a"), bytes_of(NULL), &url));
    assert_string_equal(url.data, "https://photos.s3.example.org:444/a");
    buffer_release(&url);
}

static void assert_leads_to(struct bytes name, const char *version, const char *wanted) {
    struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
    assert_true(object_settings_url(&settings, bytes_of("photos"), name, bytes_of(version), &url));
    assert_string_equal(url.data, wanted);
    buffer_release(&url);
}

#define AT "http://127.0.0.1:9000/photos/"

static void names_are_encoded_and_stay_in_their_bucket(void **state) {
    (void)state;
    assert_good(GOOD);
    assert_leads_to(bytes_of("a b+~/c.jpg"), NULL, AT "a%20b%2B~/c.jpg");
    assert_leads_to(bytes_of("http://evil/?a=b&c#d"), NULL, AT "http%3A//evil/%3Fa%3Db%26c%23d");
    assert_leads_to(bytes_of("//a//b/"), NULL, AT "//a//b/");
    assert_leads_to(bytes_of("%2e%2e/\\..\\x"), NULL, AT "%252e%252e/%5C..%5Cx");
    assert_leads_to(bytes_of("\xc3\xbc@h:1"), NULL, AT "%C3%BC%40h%3A1");
    assert_leads_to(BYTES_LITERAL("a\r\nHost: evil\0b"), NULL, AT "a%0D%0AHost%3A%20evil%00b");
    assert_leads_to(bytes_of("a"), "v/1+=&x", AT "a?versionId=v%2F1%2B%3D%26x");
}

static void names_that_lead_out_are_refused(void **state) {
    static const char *const names[] = {"..", ".", "../x", "a/../b", "a/..", "./a", "a/./b", "/../a"};
    (void)state;
    assert_good(GOOD);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
        assert_false(
            object_settings_url(&settings, bytes_of("photos"), bytes_of(names[i]), bytes_of(NULL), &url));
        buffer_release(&url);
    }
}

static void the_longest_name_and_version_fit(void **state) {
    static char name[4096];
    struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
    struct bytes view = {name, sizeof name};
    (void)state;
    assert_good(GOOD);
    memset(name, 0xff, sizeof name);
    assert_true(object_settings_url(&settings, bytes_of("photos"), view, view, &url));
    assert_int_equal(url.len, strlen(AT) + strlen("?versionId=") + 6 * sizeof name);
    buffer_release(&url);
}

static void only_listed_buckets_are_allowed(void **state) {
    static const char *const others[] = {"Photos", "photo",     "photos2",        "",
                                         "..",     "127.0.0.1", "my.old_bucket-1"};
    (void)state;
    assert_good(GOOD);
    assert_true(object_settings_allow(&settings, bytes_of("photos")));
    assert_true(object_settings_allow(&settings, bytes_of("my.Old_bucket-1")));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(object_settings_allow(&settings, bytes_of(others[i])));
}

/* --- the file --- */

static void write_file(const char *path, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(GOOD, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_file_that_others_may_read_is_refused(void **state) {
    static const mode_t modes[] = {0644, 0640, 0604, 0660, 0601};
    struct object_store *store = NULL;
    struct error err;
    char path[] = "/tmp/test-object-XXXXXX";
    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        write_file(path, modes[i]);
        assert_false(object_store_open(path, 1, &store, &err));
        assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
        assert_non_null(strstr(err.text, "chmod 600"));
    }
    write_file(path, 0600);
    assert_true(object_store_open(path, 1, &store, &err));
    assert_non_null(store);
    object_store_free(store);
    unlink(path);
}

static void a_folder_is_not_a_file(void **state) {
    struct object_store *store = NULL;
    struct error err;
    (void)state;
    assert_false(object_store_open("/tmp", 1, &store, &err));
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
}

static void without_a_file_there_is_no_source(void **state) {
    struct object_store *store = NULL;
    struct buffer object;
    struct error err;
    (void)state;
    assert_true(object_store_open("/tmp/test-object-none/s3.ini", 1, &store, &err));
    assert_null(store);
    assert_false(object_fetch(store, bytes_of("photos"), bytes_of("a"), bytes_of(NULL), &object, &err));
    assert_int_equal(err.code, ERROR_INVALID_S3_OBJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(long_settings_go_on_in_indented_lines),
        cmocka_unit_test(what_is_needed_must_be_there),
        cmocka_unit_test(an_endpoint_is_scheme_host_and_port),
        cmocka_unit_test(hostile_settings_are_refused),
        cmocka_unit_test(names_of_hosts_may_hold_the_bucket),
        cmocka_unit_test(names_are_encoded_and_stay_in_their_bucket),
        cmocka_unit_test(names_that_lead_out_are_refused),
        cmocka_unit_test(the_longest_name_and_version_fit),
        cmocka_unit_test(only_listed_buckets_are_allowed),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_folder_is_not_a_file),
        cmocka_unit_test(without_a_file_there_is_no_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
