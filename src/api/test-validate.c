/* What clients read when a member breaks a constraint: AWS's words, member paths and order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/json.h"
#include "api/validate.h"
#include "base/base64.h"
#include "base/limits.h"

/* The error of a request; an empty text when it is valid. The JSON is written with ' for ". */
static struct error check(const char *operation, const char *json) {
    struct error err = {.code = ERROR_COUNT, .text = ""};
    struct yyjson_val *object;
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    size_t len = strlen(json);
    char *text = arena_array(arena, len + 16, 1);
    for (size_t i = 0; i < len; i++)
        text[i] = json[i] == '\'' ? '"' : json[i];
    const struct operation *found = operation_find(bytes_of(operation));
    assert_non_null(found);
    bool good = json_read(arena, text, len, &object, &err) && validate(arena, found->fields, object, &err);
    assert_int_equal(good, err.code == ERROR_COUNT);
    arena_free(arena);
    return err;
}

static void assert_valid(const char *operation, const char *json) {
    struct error err = check(operation, json);
    if (err.text[0])
        fail_msg("%s", err.text);
}

static void assert_violates(const char *operation, const char *json, const char *text) {
    struct error err = check(operation, json);
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, ERROR_VALIDATION);
}

static void assert_mistyped(const char *operation, const char *json, const char *text) {
    struct error err = check(operation, json);
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, ERROR_SERIALIZATION);
}

#define ONE "1 validation error detected: "
#define ID_PATTERN "Member must satisfy regular expression pattern: [a-zA-Z0-9_.\\-]+"
#define UUID_PATTERN                                   \
    "Member must satisfy regular expression pattern: " \
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
#define FACE "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"

static void valid_requests_pass(void **state) {
    (void)state;
    assert_valid("ListCollections", "{}");
    assert_valid("ListCollections", "{'MaxResults':0,'NextToken':'','Unknown':[{}]}");
    assert_valid("ListCollections", "{'MaxResults':4096,'NextToken':null}");
    assert_valid("CreateCollection",
                 "{'CollectionId':'a_B.9-','Tags':{'team':'hr','empty':'','\xc3\xa9t\xc3\xa9 1':'x=y@z'}}");
    assert_valid("IndexFaces",
                 "{'CollectionId':'a','Image':{'Bytes':'AAAA'},'ExternalImageId':'a:b',"
                 "'DetectionAttributes':['DEFAULT','ALL'],'MaxFaces':100000,'QualityFilter':'AUTO'}");
    assert_valid("SearchFaces",
                 "{'CollectionId':'a','FaceId':'" FACE "','FaceMatchThreshold':80,'MaxFaces':4096}");
    assert_valid("SearchFaces", "{'CollectionId':'a','FaceId':'" FACE "','FaceMatchThreshold':0.9}");
    assert_valid("ListFaces", "{'CollectionId':'a','UserId':'u','FaceIds':['" FACE "']}");
    assert_valid("DetectFaces", "{'Image':{'S3Object':{'Bucket':'abc','Name':'n'}}}");
}

static void missing_members_are_null(void **state) {
    (void)state;
    assert_violates("DescribeCollection", "{}",
                    ONE "Value null at 'collectionId' failed to satisfy constraint: Member must not be null");
    assert_violates("DescribeCollection", "{'CollectionId':null}",
                    ONE "Value null at 'collectionId' failed to satisfy constraint: Member must not be null");
    assert_violates(
        "CompareFaces", "{}",
        "2 validation errors detected: Value null at 'sourceImage' failed to satisfy constraint: Member "
        "must not be null; Value null at 'targetImage' failed to satisfy constraint: Member must not be "
        "null");
}

static void strings_have_patterns_lengths_and_sets(void **state) {
    (void)state;
    assert_violates("DescribeCollection", "{'CollectionId':'my photos'}",
                    ONE "Value 'my photos' at 'collectionId' failed to satisfy constraint: " ID_PATTERN);
    assert_violates(
        "DescribeCollection", "{'CollectionId':''}",
        "2 validation errors detected: Value '' at 'collectionId' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1; Value '' at 'collectionId' failed to satisfy "
        "constraint: " ID_PATTERN);
    assert_violates(
        "IndexFaces", "{'CollectionId':'a','Image':{},'ExternalImageId':'a/b'}",
        ONE "Value 'a/b' at 'externalImageId' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.\\-:]+");
    assert_violates(
        "IndexFaces", "{'CollectionId':'a','Image':{},'QualityFilter':'auto'}",
        ONE "Value 'auto' at 'qualityFilter' failed to satisfy constraint: Member must satisfy enum value "
            "set: [NONE, AUTO, LOW, MEDIUM, HIGH]");
    assert_violates("SearchFaces", "{'CollectionId':'a','FaceId':'3F0A6C54-7d1e-4b8c-9a55-0d2b7f61c9e1'}",
                    ONE "Value '3F0A6C54-7d1e-4b8c-9a55-0d2b7f61c9e1' at 'faceId' failed to satisfy "
                        "constraint: " UUID_PATTERN);
    assert_violates("DescribeCollection", "{'CollectionId':'a\\u0000b'}",
                    ONE "Value 'a?b' at 'collectionId' failed to satisfy constraint: " ID_PATTERN);
}

static void numbers_have_ranges(void **state) {
    (void)state;
    assert_violates(
        "ListCollections", "{'MaxResults':4097}",
        ONE "Value '4097' at 'maxResults' failed to satisfy constraint: Member must have value less than "
            "or equal to 4096");
    assert_violates(
        "ListCollections", "{'MaxResults':-1}",
        ONE "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than "
            "or equal to 0");
    assert_violates(
        "IndexFaces", "{'CollectionId':'a','Image':{},'MaxFaces':0}",
        ONE "Value '0' at 'maxFaces' failed to satisfy constraint: Member must have value greater than or "
            "equal to 1");
    assert_violates(
        "SearchFaces", "{'CollectionId':'a','FaceId':'" FACE "','FaceMatchThreshold':100.5}",
        ONE "Value '100.5' at 'faceMatchThreshold' failed to satisfy constraint: Member must have value "
            "less than or equal to 100");
    assert_violates(
        "SearchFaces", "{'CollectionId':'a','FaceId':'" FACE "','FaceMatchThreshold':-1e-9}",
        ONE "Value '-1e-09' at 'faceMatchThreshold' failed to satisfy constraint: Member must have value "
            "greater than or equal to 0");
}

static void lists_and_maps_answer_for_their_items(void **state) {
    (void)state;
    assert_violates(
        "DeleteFaces", "{'CollectionId':'a','FaceIds':[]}",
        ONE "Value '[]' at 'faceIds' failed to satisfy constraint: Member must have length greater than "
            "or equal to 1");
    assert_violates("DeleteFaces", "{'CollectionId':'a','FaceIds':['x','" FACE "']}",
                    ONE "Value '[x, " FACE
                        "]' at 'faceIds' failed to satisfy constraint: Member must satisfy "
                        "constraint: [" UUID_PATTERN "]");
    assert_violates(
        "CreateCollection", "{'CollectionId':'a','Tags':{'aws:a':'b'}}",
        ONE "Value '{aws:a=b}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must have length greater than or equal to 1, Member must have length less than or "
            "equal to 128, Member must satisfy regular expression pattern: "
            "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$]");
    assert_violates(
        "CreateCollection", "{'CollectionId':'a','Tags':{'a':'b;'}}",
        ONE "Value '{a=b;}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 256, Member must satisfy regular expression "
            "pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]");
}

static void tags_may_be_in_any_script_but_hold_no_controls(void **state) {
    (void)state;
    assert_valid("CreateCollection", "{'CollectionId':'a','Tags':{'\xe9\x83\xa8\xe9\x97\xa8':'"
                                     "\xd0\xba\xd0\xb0\xd0\xb4\xd1\x80\xd1\x8b'}}");
    static const char *const bad[] = {"\\u0000", "\\u0007", "\\u0085", "\\ue000",
                                      "\\ufffe", "\\u200e", "<",       "#"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char json[128];
        snprintf(json, sizeof json, "{'CollectionId':'a','Tags':{'k':'%s'}}", bad[i]);
        assert_int_equal(check("CreateCollection", json).code, ERROR_VALIDATION);
    }
}

static void lengths_are_counted_in_characters(void **state) {
    (void)state;
    struct buffer json = buffer_new(4096);
    buffer_text(&json, "{'CollectionId':'a','Tags':{'");
    for (int i = 0; i < LIMIT_TAG_KEY; i++)
        buffer_text(&json, "\xc3\xa9");
    buffer_text(&json, "':''}}");
    assert_valid("CreateCollection", json.data);
    buffer_release(&json);
}

/* A DetectFaces request whose image has so many bytes. */
static struct error check_image(size_t size) {
    char *data = calloc(1, size + 1), *text = malloc(base64_text_len(size) + 1);
    struct buffer json = buffer_new(LIMIT_BODY_BYTES);
    assert_true(data && text);
    base64_to_text((struct bytes){data, size}, text);
    buffer_text(&json, "{'Image':{'Bytes':'");
    buffer_append(&json, text, base64_text_len(size));
    buffer_text(&json, "'}}");
    struct error err = check("DetectFaces", json.data);
    buffer_release(&json);
    free(text);
    free(data);
    return err;
}

static void blobs_are_measured_decoded_and_never_echoed(void **state) {
    (void)state;
    assert_string_equal(
        check_image(0).text,
        ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'image.bytes' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1");
    assert_string_equal(check_image(1).text, "");
    assert_string_equal(check_image(LIMIT_IMAGE_BYTES).text, "");
    assert_string_equal(
        check_image(LIMIT_IMAGE_BYTES + 1).text,
        ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=5242881 cap=5242881]' at 'image.bytes' failed "
            "to satisfy constraint: Member must have length less than or equal to 5242880");
}

static void a_blob_reads_as_its_bytes(void **state) {
    (void)state;
    char text[64] = "{\"Image\":{\"Bytes\":\"\\/9j\\u002fAA==\"}}";
    struct yyjson_val *object;
    struct error err;
    struct arena *arena = arena_new(1 << 20);
    assert_true(json_read(arena, text, strlen(text), &object, &err));
    assert_true(validate(arena, operation_find(BYTES_LITERAL("DetectFaces"))->fields, object, &err));
    assert_true(
        bytes_equal(json_get_text(json_get(object, "Image"), "Bytes"), BYTES_LITERAL("\xff\xd8\xff\0")));
    arena_free(arena);
}

static void wrong_types_are_serialization_errors(void **state) {
    (void)state;
    assert_mistyped("ListCollections", "{'MaxResults':'5'}",
                    "STRING_VALUE can not be converted to an Integer: 'maxResults'");
    assert_mistyped("ListCollections", "{'MaxResults':5.5}",
                    "NUMBER_VALUE can not be converted to an Integer: 'maxResults'");
    assert_mistyped("ListCollections", "{'MaxResults':2147483648}",
                    "NUMBER_VALUE can not be converted to an Integer: 'maxResults'");
    assert_mistyped("ListCollections", "{'MaxResults':18446744073709551615}",
                    "NUMBER_VALUE can not be converted to an Integer: 'maxResults'");
    assert_mistyped("ListCollections", "{'MaxResults':true}",
                    "TRUE_VALUE can not be converted to an Integer: 'maxResults'");
    assert_mistyped("DescribeCollection", "{'CollectionId':5}",
                    "NUMBER_VALUE can not be converted to a String: 'collectionId'");
    assert_mistyped("DescribeCollection", "{'CollectionId':['a']}",
                    "A list can not be converted to a String: 'collectionId'");
    assert_mistyped("DetectFaces", "{'Image':'AAAA'}",
                    "STRING_VALUE can not be converted to a structure: 'image'");
    assert_mistyped("DetectFaces", "{'Image':{'Bytes':'A'}}", "The value is not valid Base64: 'image.bytes'");
    assert_mistyped("DetectFaces", "{'Image':{'Bytes':'AA A'}}",
                    "The value is not valid Base64: 'image.bytes'");
    assert_mistyped("DeleteFaces", "{'CollectionId':'a','FaceIds':{'a':'b'}}",
                    "A structure or map can not be converted to a list: 'faceIds'");
    assert_mistyped("DeleteFaces", "{'CollectionId':'a','FaceIds':[null]}",
                    "null can not be converted to a String: 'faceIds'");
    assert_mistyped("CreateCollection", "{'CollectionId':'a','Tags':{'a':1}}",
                    "NUMBER_VALUE can not be converted to a String: 'tags'");
    assert_mistyped("SearchFaces", "{'FaceMatchThreshold':'80'}",
                    "STRING_VALUE can not be converted to a Float: 'faceMatchThreshold'");
}

#define LIST_FACES "Countenance.ListFaces"
#define IMPORT "Countenance.ImportFaces"

static void booleans_and_times_have_their_types(void **state) {
    (void)state;
    assert_valid("Countenance.SearchFaces",
                 "{'CollectionId':'a','FaceId':'" FACE "','IncludeFalseMatchRate':false,"
                 "'Filter':{'IndexedFrom':1732449600.5,'IndexedBefore':253402300799}}");
    assert_mistyped("Countenance.SearchFaces", "{'IncludeFalseMatchRate':1}",
                    "NUMBER_VALUE can not be converted to a Boolean: 'includeFalseMatchRate'");
    assert_mistyped(LIST_FACES, "{'Filter':{'IndexedFrom':'2024-11-24'}}",
                    "STRING_VALUE can not be converted to a Timestamp: 'filter.indexedFrom'");
    assert_mistyped(LIST_FACES, "{'Filter':{'IndexedFrom':true}}",
                    "TRUE_VALUE can not be converted to a Timestamp: 'filter.indexedFrom'");
    assert_violates(LIST_FACES, "{'CollectionId':'a','Filter':{'IndexedFrom':-0.5}}",
                    ONE "Value '-0.5' at 'filter.indexedFrom' failed to satisfy constraint: Member must have "
                        "value greater than or equal to 0");
    assert_violates(LIST_FACES, "{'CollectionId':'a','Filter':{'IndexedBefore':253402300800}}",
                    ONE "Value '253402300800' at 'filter.indexedBefore' failed to satisfy constraint: Member "
                        "must have value less than or equal to 253402300799");
}

static void numbers_may_have_a_minimum_below_0(void **state) {
    (void)state;
#define BOXED(left)                                                                                  \
    "{'CollectionId':'a','FaceModelVersion':'1','Faces':[{'FaceId':'" FACE "','ImageId':'" FACE "'," \
    "'BoundingBox':{'Left':" left ",'Top':-0.25,'Width':0.5,'Height':1.5},'Confidence':99,"          \
    "'CreationTimestamp':1,'Vector':'AAAAAA=='}]}"
    assert_valid(IMPORT, BOXED("-0.5"));
    assert_violates(IMPORT, BOXED("-101"),
                    ONE "Value '-101' at 'faces.1.member.boundingBox.left' failed to satisfy constraint: "
                        "Member must have value greater than or equal to -100");
}

static void structures_in_a_list_answer_by_their_number(void **state) {
    (void)state;
    assert_valid(IMPORT, "{'CollectionId':'a','FaceModelVersion':'1','Users':[],'Faces':[]}");
    assert_violates(IMPORT,
                    "{'CollectionId':'a','FaceModelVersion':'1','Users':[{'UserId':'u'},{},{'UserId':' '}]}",
                    "2 validation errors detected: Value null at 'users.2.member.userId' failed to satisfy "
                    "constraint: Member must not be null; Value ' ' at 'users.3.member.userId' failed to "
                    "satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.\\-:]+");
    assert_mistyped(IMPORT, "{'Users':[{'UserId':'u'},[]]}",
                    "A list can not be converted to a structure: 'users.2.member'");
    assert_mistyped(IMPORT, "{'Users':[null]}", "null can not be converted to a structure: 'users.1.member'");
    assert_mistyped(IMPORT, "{'Faces':[{'Vector':'A'}]}",
                    "The value is not valid Base64: 'faces.1.member.vector'");
}

static void structures_of_a_list_are_not_echoed(void **state) {
    (void)state;
    struct buffer json = buffer_new(1 << 20);
    buffer_text(&json, "{'CollectionId':'a','FaceModelVersion':'1','Users':[{'UserId':'u'}");
    for (int i = 0; i < LIMIT_TRANSFER_PAGE; i++)
        buffer_text(&json, ",{'UserId':'u'}");
    buffer_text(&json, "]}");
    struct error err = check(IMPORT, json.data);
    buffer_release(&json);
    assert_int_equal(err.code, ERROR_VALIDATION);
    assert_non_null(strstr(err.text, "Value '[{...}, {...}, "));
    assert_non_null(strstr(err.text, "at 'users' failed to satisfy constraint: Member must have length less "
                                     "than or equal to 500"));
}

static void echoes_are_cut_between_characters(void **state) {
    (void)state;
    struct buffer json = buffer_new(1 << 20);
    buffer_text(&json, "{'CollectionId':'a");
    for (int i = 0; i < 100000; i++)
        buffer_text(&json, "\xc3\xa9");
    buffer_text(&json, "'}");
    struct error err = check("DescribeCollection", json.data);
    buffer_release(&json);
    assert_int_equal(err.code, ERROR_VALIDATION);
    assert_non_null(strstr(err.text, "\xc3\xa9...' at 'collectionId'"));
    assert_true(strlen(err.text) < sizeof err.text - 1); /* the whole sentence */
}

static void long_lists_are_echoed_in_part(void **state) {
    (void)state;
    struct buffer json = buffer_new(1 << 20);
    buffer_text(&json, "{'CollectionId':'a','FaceIds':['" FACE "'");
    for (int i = 0; i < LIMIT_PAGE; i++)
        buffer_text(&json, ",'" FACE "'");
    buffer_text(&json, "]}");
    struct error err = check("DeleteFaces", json.data);
    buffer_release(&json);
    assert_int_equal(err.code, ERROR_VALIDATION);
    assert_non_null(strstr(err.text,
                           "...]' at 'faceIds' failed to satisfy constraint: Member must have length less "
                           "than or equal to 4096"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_requests_pass),
        cmocka_unit_test(missing_members_are_null),
        cmocka_unit_test(strings_have_patterns_lengths_and_sets),
        cmocka_unit_test(numbers_have_ranges),
        cmocka_unit_test(lists_and_maps_answer_for_their_items),
        cmocka_unit_test(tags_may_be_in_any_script_but_hold_no_controls),
        cmocka_unit_test(lengths_are_counted_in_characters),
        cmocka_unit_test(blobs_are_measured_decoded_and_never_echoed),
        cmocka_unit_test(a_blob_reads_as_its_bytes),
        cmocka_unit_test(wrong_types_are_serialization_errors),
        cmocka_unit_test(booleans_and_times_have_their_types),
        cmocka_unit_test(numbers_may_have_a_minimum_below_0),
        cmocka_unit_test(structures_in_a_list_answer_by_their_number),
        cmocka_unit_test(structures_of_a_list_are_not_echoed),
        cmocka_unit_test(echoes_are_cut_between_characters),
        cmocka_unit_test(long_lists_are_echoed_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
