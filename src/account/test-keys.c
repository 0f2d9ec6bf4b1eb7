/* The key file: made once, read exactly, refused when others may read it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include "account/keys.h"

static char folder[] = "/tmp/test-keys-XXXXXX";
static char path[sizeof folder + 16];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test-keys-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/credentials", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when something was left behind */
}

static void write_file(const char *text, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static struct keys *open_keys(void) {
    struct keys *keys = NULL;
    struct error err = {.text = ""};
    if (!keys_open(folder, &keys, &err))
        fail_msg("%s", err.text);
    return keys;
}

static void assert_refused(const char *text, const char *because) {
    struct keys *keys;
    struct error err;
    write_file(text, 0600);
    assert_false(keys_open(folder, &keys, &err));
    assert_non_null(strstr(err.text, because));
}

static void the_first_start_makes_a_private_key_file(void **state) {
    (void)state;
    struct stat status;
    const char *access, *secret;
    struct keys *keys = open_keys();
    keys_first(keys, &access, &secret);
    assert_int_equal(strlen(access), 20);
    assert_memory_equal(access, "CNTN", 4);
    assert_int_equal(strspn(access, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), 20);
    assert_int_equal(strlen(secret), 40);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    keys_free(keys);
}

struct sought {
    const char *access, *secret;
};

static bool take_secret(void *context, const char *access_key, const char *secret, struct error *err) {
    struct sought *sought = context;
    (void)err;
    if (strcmp(access_key, sought->access) == 0)
        sought->secret = secret;
    return true;
}

/* NULL when there is no such key. */
static const char *secret_of(const struct keys *keys, const char *access) {
    struct sought sought = {access, NULL};
    assert_true(keys_each(keys, take_secret, &sought, NULL));
    return sought.secret;
}

static void later_starts_read_the_same_key(void **state) {
    (void)state;
    const char *access, *secret;
    struct keys *first = open_keys(), *second = open_keys();
    keys_first(first, &access, &secret);
    assert_string_equal(secret_of(second, access), secret);
    keys_free(first);
    keys_free(second);
}

static void two_installations_get_different_keys(void **state) {
    (void)state;
    const char *one_access, *one_secret, *two_access, *two_secret;
    struct keys *one = open_keys();
    unlink(path);
    struct keys *two = open_keys();
    keys_first(one, &one_access, &one_secret);
    keys_first(two, &two_access, &two_secret);
    assert_string_not_equal(one_access, two_access);
    assert_string_not_equal(one_secret, two_secret);
    assert_null(secret_of(two, one_access));
    keys_free(one);
    keys_free(two);
}

static void every_section_is_a_key(void **state) {
    (void)state;
    const char *access, *secret;
    write_file("; keys\n[default]\naws_access_key_id = AKONE\naws_secret_access_key=one/+secret\nregion = "
               "eu-west-1\n\n"
               "[camera]\naws_secret_access_key = two\naws_access_key_id = AKTWO\n",
               0600);
    struct keys *keys = open_keys();
    assert_string_equal(secret_of(keys, "AKONE"), "one/+secret");
    assert_string_equal(secret_of(keys, "AKTWO"), "two");
    keys_first(keys, &access, &secret);
    assert_string_equal(access, "AKONE");
    keys_free(keys);
}

static void a_file_that_others_may_read_is_refused(void **state) {
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0620, 0666};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct keys *keys;
        struct error err;
        write_file("[default]\naws_access_key_id = AKONE\naws_secret_access_key = one\n", modes[i]);
        assert_false(keys_open(folder, &keys, &err));
        assert_non_null(strstr(err.text, "chmod 600"));
    }
}

static void a_file_without_a_whole_key_is_refused(void **state) {
    (void)state;
    char text[512], longest[KEYS_ACCESS_MAX + 2] = "";
    memset(longest, 'A', sizeof longest - 1);
    snprintf(text, sizeof text, "[a]\naws_access_key_id = %s\naws_secret_access_key = s\n", longest);
    assert_refused("", "holds no key");
    assert_refused("[default]\nregion = eu-west-1\n", "holds no key");
    assert_refused("[a]\naws_access_key_id = A\n", "[a] of the key file lacks");
    assert_refused("[a]\naws_access_key_id = A\n[b]\naws_access_key_id = B\naws_secret_access_key = s\n",
                   "[a] of the key file lacks");
    assert_refused("[a]\naws_access_key_id = A\naws_access_key_id = B\naws_secret_access_key = s\n", "twice");
    assert_refused("[a]\naws_access_key_id =\naws_secret_access_key = s\n", "empty");
    assert_refused(text, "too long");
    assert_refused("[a]\naws_access_key_id = A\naws_secret_access_key = s\nnonsense\n", "Line 4");
}

static void errors_never_hold_a_secret(void **state) {
    (void)state;
    struct keys *keys;
    struct error err;
    write_file(
        "[a]\naws_access_key_id = A\naws_secret_access_key = hushhush\naws_secret_access_key = hushhush\n",
        0600);
    assert_false(keys_open(folder, &keys, &err));
    assert_null(strstr(err.text, "hush"));
}

static void a_key_file_left_half_written_is_replaced(void **state) {
    (void)state;
    char fresh[sizeof path + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    keys_free(open_keys());
    assert_int_equal(access(fresh, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_first_start_makes_a_private_key_file),
        TEST(later_starts_read_the_same_key),
        TEST(two_installations_get_different_keys),
        TEST(every_section_is_a_key),
        TEST(a_file_that_others_may_read_is_refused),
        TEST(a_file_without_a_whole_key_is_refused),
        TEST(errors_never_hold_a_secret),
        TEST(a_key_file_left_half_written_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
