/* What difference.h promises, and health.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "sanctions/difference.h"
#include "sanctions/health.h"
#include "sanctions/lists/list.h"

/* A list in the form of OFAC's names: one designation for each "number:NAME" of the text. */
static struct designations *list_of(const char *text) {
    struct buffer csv = buffer_new(1 << 20);
    struct list_reader *reader = list_reader_new();
    struct designations *made = NULL;
    struct bytes rest = bytes_of(text);
    while (rest.len > 0) {
        struct bytes name = bytes_split(&rest, ' '), number = bytes_split(&name, ':');
        buffer_printf(&csv, "%.*s,\"%.*s\",,,,,,,,,,\n", BYTES_FORMAT(number), BYTES_FORMAT(name));
    }
    assert_true(list_reader_begin(reader, "test", NULL) &&
                list_reader_feed(reader, buffer_bytes(&csv), NULL) && list_reader_end(reader, NULL) &&
                list_reader_finish(reader, "test", &made, NULL));
    list_reader_free(reader);
    buffer_release(&csv);
    return made;
}

struct noting {
    struct buffer out;
    const struct designations *before, *after;
};

static void note(void *context, enum difference_kind kind, const struct designation *before,
                 const struct designation *after) {
    struct noting *noting = context;
    const struct designations *all = after ? noting->after : noting->before;
    const struct designation *one = after ? after : before;
    buffer_printf(&noting->out, "%c%.*s ", "+-~"[kind], BYTES_FORMAT(designations_text(all, one->id)));
}

static void check_difference(const char *before, const char *after, const char *wanted) {
    struct noting noting = {buffer_new(4096), list_of(before), list_of(after)};
    assert_true(difference_each(noting.before, noting.after, note, &noting, NULL));
    assert_string_equal(noting.out.len ? noting.out.data : "", wanted);
    buffer_release(&noting.out);
    designations_free((struct designations *)(uintptr_t)noting.before);
    designations_free((struct designations *)(uintptr_t)noting.after);
}

static void added_removed_and_changed_are_told_by_id(void **state) {
    (void)state;
    check_difference("1:A 2:B 3:C", "4:D 2:B 1:A2", "~1 -3 +4 ");
    check_difference("1:A 2:B", "1:A 2:B", "");
    check_difference("7:A", "8:A", "-7 +8 ");
}

static void the_order_in_a_file_is_no_change(void **state) {
    (void)state;
    check_difference("1:A 2:B 1:C", "2:B 1:C 1:A", "");
    check_difference("1:A 1:B", "1:A", "~1 ");
}

/* --- health --- */

static const int64_t today_ms = (int64_t)20781 * 24 * 60 * 60 * 1000; /* 2026-11-24 */
static const struct health_rules rules = {.minimum = 3, .shrink = 10, .days = 30};
static const char ten[] = "1:A 2:B 3:C 4:D 5:E 6:F 7:G 8:H 9:I 10:J";

/* reason NULL: it is healthy. */
static void check_health(const char *list, struct partial_date date, const struct health_measure *current,
                         const char *reason) {
    struct designations *fresh = list_of(list);
    struct error err = {0};
    fresh->generated = date;
    assert_int_equal(health_check(fresh, current, &rules, today_ms, &err), reason == NULL);
    if (reason && !strstr(err.text, reason))
        fail_msg("'%s' and not '%s'", err.text, reason);
    designations_free(fresh);
}

static void a_list_that_is_too_small_or_has_no_names_is_refused(void **state) {
    (void)state;
    check_health("1:A 2:B 3:C", (struct partial_date){0}, NULL, NULL);
    check_health("1:A 2:B", (struct partial_date){0}, NULL, "fewer than the minimum of 3");
    check_health("1:A 2:B 3:C 4:", (struct partial_date){0}, NULL, "1 of its 4 designations have no name");
}

static void a_list_that_has_shrunk_is_refused(void **state) {
    (void)state;
    const struct health_measure eleven = {11, 11, {0}}, twelve = {12, 12, {0}}, names = {10, 40, {0}};
    check_health(ten, (struct partial_date){0}, &eleven, NULL);
    check_health(ten, (struct partial_date){0}, &twelve, "more than 10 percent are gone");
    check_health(ten, (struct partial_date){0}, &names, "10 names, and the version in use 40");
}

static void a_list_that_is_old_or_of_the_future_is_refused(void **state) {
    (void)state;
    const struct health_measure current = {10, 10, {2026, 11, 20}};
    check_health(ten, (struct partial_date){2026, 10, 25}, NULL, NULL);
    check_health(ten, (struct partial_date){2026, 10, 24}, NULL, "more than 30 days ago");
    check_health(ten, (struct partial_date){2026, 11, 26}, NULL, "in the future");
    check_health(ten, (struct partial_date){2026, 11, 19}, &current, "older than the version in use");
    check_health(ten, (struct partial_date){2026, 11, 20}, &current, NULL);
}

static void every_format_has_its_rules(void **state) {
    (void)state;
    assert_true(health_rules_of("uk-csv").minimum > health_rules_of("un-xml").minimum);
    assert_int_equal(health_rules_of("ftm").minimum, 1);
    assert_true(health_rules_of("unheard of").shrink > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_removed_and_changed_are_told_by_id),
        cmocka_unit_test(the_order_in_a_file_is_no_change),
        cmocka_unit_test(a_list_that_is_too_small_or_has_no_names_is_refused),
        cmocka_unit_test(a_list_that_has_shrunk_is_refused),
        cmocka_unit_test(a_list_that_is_old_or_of_the_future_is_refused),
        cmocka_unit_test(every_format_has_its_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
