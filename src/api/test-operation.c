/* The table of operations agrees with itself, and what is not in it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/api.h"
#include "api/operation.h"

static void every_name_leads_to_its_row(void **state) {
    (void)state;
    size_t count = 0;
    for (const char *const *name = api_operation_names(); *name; name++, count++) {
        char action[64];
        const struct operation *operation = operation_find(bytes_of(*name));
        assert_non_null(operation);
        assert_string_equal(operation->name, *name);
        bool ours = bytes_starts_with(bytes_of(*name), EXTENSION_PREFIX);
        snprintf(action, sizeof action, "%s:%s", ours ? "countenance" : "rekognition",
                 *name + (ours ? strlen(EXTENSION_PREFIX) : 0));
        assert_string_equal(operation->action, action);
        assert_non_null(operation->handle);
    }
    assert_true(count >= 23);
}

/* Fields that the walk over them could not survive, or that could never be satisfied. */
static void assert_sound(const struct field *field) {
    assert_true(field->name[0] >= 'A' && field->name[0] <= 'Z');
    assert_true(field->minimum >= 0 || field->type == FIELD_FLOAT);
    assert_true(field->maximum == 0 || field->maximum >= field->minimum);
    assert_true(field->type == FIELD_STRING || (!field->pattern && !field->choices));
    switch (field->type) {
    case FIELD_STRUCT:
        for (const struct field *member = field->fields; member->name; member++)
            assert_sound(member);
        break;
    case FIELD_LIST:
        assert_true(field->fields->type == FIELD_STRING || field->fields->type == FIELD_STRUCT);
        assert_sound(field->fields);
        break;
    case FIELD_MAP:
        assert_int_equal(field->fields[0].type, FIELD_STRING);
        assert_int_equal(field->fields[1].type, FIELD_STRING);
        break;
    default:
        assert_null(field->fields);
    }
}

static void every_field_is_sound(void **state) {
    (void)state;
    for (const char *const *name = api_operation_names(); *name; name++)
        for (const struct field *field = operation_find(bytes_of(*name))->fields; field->name; field++)
            assert_sound(field);
}

static void a_target_has_the_prefix_of_its_table(void **state) {
    (void)state;
    const struct operation *operation;
    for (size_t i = 0; (operation = operation_at(i)); i++) {
        char target[96];
        bool ours = bytes_starts_with(bytes_of(operation->name), EXTENSION_PREFIX);
        snprintf(target, sizeof target, "%s%s", ours ? "" : OPERATION_PREFIX, operation->name);
        assert_ptr_equal(operation_target(bytes_of(target)), operation);
        snprintf(target, sizeof target, "%s%s", ours ? OPERATION_PREFIX : EXTENSION_PREFIX, operation->name);
        assert_ptr_not_equal(operation_target(bytes_of(target)), operation);
    }
    assert_null(operation_target(BYTES_LITERAL("")));
    assert_null(operation_target(BYTES_LITERAL(OPERATION_PREFIX)));
    assert_null(operation_target(BYTES_LITERAL(EXTENSION_PREFIX)));
}

/* The members that a client fills in by itself when its caller does not. */
static void what_changes_users_takes_a_token(void **state) {
    (void)state;
    static const char *const names[] = {"CreateUser", "DeleteUser", "AssociateFaces", "DisassociateFaces"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct field *field = operation_find(bytes_of(names[i]))->fields;
        while (field->name && strcmp(field->name, CLIENT_REQUEST_TOKEN) != 0)
            field++;
        assert_non_null(field->name);
    }
}

static void names_are_exact(void **state) {
    (void)state;
    assert_null(operation_find(BYTES_LITERAL("indexfaces")));
    assert_null(operation_find(BYTES_LITERAL("IndexFace")));
    assert_null(operation_find(BYTES_LITERAL("IndexFaces ")));
    assert_null(operation_find(BYTES_LITERAL("")));
}

static void assert_refused(const char *target, const char *text) {
    struct error err;
    assert_false(operation_refuse(bytes_of(target), &err));
    assert_int_equal(err.code, ERROR_UNKNOWN_OPERATION);
    assert_string_equal(err.text, text);
}

static void a_refusal_tells_rekognitions_operations_from_others(void **state) {
    (void)state;
    assert_refused("", "The header X-Amz-Target is missing.");
    assert_refused("RekognitionService.DetectLabels",
                   "DetectLabels is an operation of Amazon Rekognition that this server does not offer.");
    assert_refused("RekognitionService.DetectCats", "There is no operation DetectCats.");
    assert_refused("DynamoDB_20120810.ListTables", "There is no operation DynamoDB_20120810.ListTables.");
    assert_refused("RekognitionService.", "There is no operation .");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_leads_to_its_row),
        cmocka_unit_test(every_field_is_sound),
        cmocka_unit_test(a_target_has_the_prefix_of_its_table),
        cmocka_unit_test(what_changes_users_takes_a_token),
        cmocka_unit_test(names_are_exact),
        cmocka_unit_test(a_refusal_tells_rekognitions_operations_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
