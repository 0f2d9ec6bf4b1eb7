#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cli/naming.h"

static void a_plain_path_is_its_own_name_with_colons(void **state) {
    (void)state;
    char id[NAMING_MAX];
    naming_external_id("anna/photo-01_a.jpg", id);
    assert_string_equal(id, "anna:photo-01_a.jpg");
}

static void names_that_lose_characters_stay_apart(void **state) {
    (void)state;
    char one[NAMING_MAX], other[NAMING_MAX];
    naming_external_id("anna/my photo.jpg", one);
    naming_external_id("anna/my_photo.jpg", other);
    assert_string_not_equal(one, other);
    naming_external_id("anna/my:photo.jpg", other);
    assert_string_not_equal(one, other);
}

static void every_name_fits_the_api(void **state) {
    (void)state;
    char path[600], one[NAMING_MAX], other[NAMING_MAX];
    for (size_t len = 1; len < sizeof path; len++) {
        memset(path, 'x', len);
        path[len - 1] = "\xc3 a/\n"[len % 5];
        path[len] = 0;
        naming_external_id(path, one);
        assert_in_range(strlen(one), 1, LIMIT_EXTERNAL_IMAGE_ID);
        assert_int_equal(strspn(one, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:"),
                         strlen(one));
    }
    path[598] = 'y';
    naming_external_id(path, other);
    assert_string_not_equal(one, other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_path_is_its_own_name_with_colons),
        cmocka_unit_test(names_that_lose_characters_stay_apart),
        cmocka_unit_test(every_name_fits_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
