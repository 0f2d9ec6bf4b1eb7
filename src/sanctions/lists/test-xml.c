/* What xml.h promises: records whole, nothing else kept, hostile files refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/xml.h"

static const char *const records[] = {"r", "s", NULL};

static const char *const *begin(void *context, const struct xml_node *root, struct error *err) {
    struct buffer *out = context;
    struct bytes date = xml_attribute(root, "date");
    if (strcmp(root->name, "list") != 0) {
        error_set(err, ERROR_VALIDATION, "no list");
        return NULL;
    }
    buffer_printf(out, "date %.*s;", BYTES_FORMAT(date));
    return records;
}

/* name(text)[children] */
static void note_node(struct buffer *out, const struct xml_node *node) {
    struct bytes text = xml_text(node);
    buffer_printf(out, "%s", node->name);
    for (size_t i = 0; i < node->attribute_count; i++)
        buffer_printf(out, "@%s=%.*s", node->attributes[i].name, BYTES_FORMAT(node->attributes[i].value));
    if (text.len > 0)
        buffer_printf(out, "(%.*s)", BYTES_FORMAT(text));
    if (node->child)
        buffer_text(out, "[");
    for (const struct xml_node *child = node->child; child; child = child->next)
        note_node(out, child);
    if (node->child)
        buffer_text(out, "]");
}

static bool take(void *context, const struct xml_node *record, struct error *err) {
    (void)err;
    note_node(context, record);
    buffer_text(context, ";");
    return true;
}

static bool read_xml(struct bytes rest, size_t step, struct buffer *out, struct error *err) {
    struct xml *xml = xml_new(begin, take, out);
    bool fine = xml != NULL;
    while (fine && rest.len > 0) {
        struct bytes piece = {rest.ptr, MIN(step, rest.len)};
        fine = xml_feed(xml, piece, err);
        rest = (struct bytes){rest.ptr + piece.len, rest.len - piece.len};
    }
    fine = fine && xml_end(xml, err);
    xml_free(xml);
    return fine;
}

static void check_refused(const char *text, const char *reason) {
    struct buffer out = buffer_new(1 << 20);
    struct error err = {0};
    assert_false(read_xml(bytes_of(text), 100, &out, &err));
    if (!strstr(err.text, reason))
        fail_msg("'%s' and not '%s'", err.text, reason);
    buffer_release(&out);
}

static void records_come_whole_however_the_file_is_cut(void **state) {
    (void)state;
    const char *text = "<?xml version='1.0'?><x:list xmlns:x='u' date='d'><head><r/>no</head>"
                       "<x:r x:id='1'> a<b c='&lt;'>x &amp; y</b>z <b/></x:r><!-- r --><s>t</s></x:list>";
    for (size_t step = 1; step <= strlen(text); step++) {
        struct buffer out = buffer_new(4096);
        assert_true(read_xml(bytes_of(text), step, &out, NULL));
        assert_string_equal(out.data, "date d;r;r@id=1(az)[b@c=<(x & y)b];s(t);");
        buffer_release(&out);
    }
}

static void children_and_attributes_are_found_by_name(void **state) {
    (void)state;
    struct xml_attribute attribute = {"id", BYTES_LITERAL(" 7 ")};
    struct xml_node third = {.name = "b", .text = BYTES_LITERAL(" two ")};
    struct xml_node second = {.name = "c", .next = &third};
    struct xml_node first = {.name = "b", .text = BYTES_LITERAL("one"), .next = &second};
    struct xml_node root = {.name = "a", .child = &first, .attributes = &attribute, .attribute_count = 1};
    size_t count = 0;
    XML_EACH(node, &root, "b")
    count++;
    assert_int_equal(count, 2);
    XML_EACH(node, xml_child(&root, "nothing"), "b")
    count++;
    assert_int_equal(count, 2);
    assert_true(bytes_equal_string(xml_child_text(&root, "b"), "one"));
    assert_true(bytes_equal_string(xml_text(&third), "two"));
    assert_int_equal(xml_child_text(&root, "nothing").len, 0);
    assert_true(bytes_equal_string(xml_attribute(&root, "id"), "7"));
    assert_int_equal(xml_attribute(NULL, "id").len, 0);
}

static void what_is_not_whole_or_not_xml_is_an_error(void **state) {
    (void)state;
    check_refused("<list><r>", "no element found");
    check_refused("<list><r></list>", "mismatched");
    check_refused("<list>\xff</list>", "not well-formed");
    check_refused("<html><body/></html>", "no list");
    check_refused("<list/><list/>", "junk");
    check_refused("", "no element found");
}

static void document_types_and_entities_are_refused(void **state) {
    (void)state;
    check_refused("<!DOCTYPE list [<!ENTITY a 'aaaa'>]><list><r>&a;</r></list>", "document type");
    check_refused("<!DOCTYPE list SYSTEM 'file:///etc/passwd'><list/>", "document type");
    check_refused("<list><r>&a;</r></list>", "undefined entity");
}

static void depth_tags_and_records_are_limited(void **state) {
    (void)state;
    struct buffer deep = buffer_new(1 << 20), out = buffer_new(1 << 20), large = buffer_new(64u << 20);
    struct error err = {0};
    buffer_text(&deep, "<list>");
    for (int i = 0; i < LIMIT_LIST_DEPTH; i++)
        buffer_text(&deep, "<r>");
    check_refused(deep.data, "deeply");
    buffer_text(&large, "<list><r ");
    for (size_t i = 0; i < 2 * LIMIT_LIST_TAG / 16; i++)
        buffer_text(&large, "aaaaaaaaaaaaaaaa");
    assert_false(read_xml(buffer_bytes(&large), 4096, &out, &err));
    assert_non_null(strstr(err.text, "a tag of more than"));
    large.len = 0;
    buffer_text(&large, "<list><r>");
    for (size_t i = 0; i < LIMIT_LIST_RECORD / 16; i++)
        buffer_text(&large, "<b>aaaaaaaa</b>");
    assert_false(read_xml(buffer_bytes(&large), 1 << 16, &out, &err));
    assert_non_null(strstr(err.text, "too large"));
    buffer_release(&deep);
    buffer_release(&out);
    buffer_release(&large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_whole_however_the_file_is_cut),
        cmocka_unit_test(children_and_attributes_are_found_by_name),
        cmocka_unit_test(what_is_not_whole_or_not_xml_is_an_error),
        cmocka_unit_test(document_types_and_entities_are_refused),
        cmocka_unit_test(depth_tags_and_records_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
