/* What a policy allows, denies and leaves open, and what is no policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "account/access_policy.h"
#include "base/clock.h"
#include "base/limits.h"

#define STAFF "arn:aws:rekognition:eu-west-1:000000000000:collection/staff"
#define ALL "\"Action\": \"*\", \"Resource\": \"*\""
#define WHEN(condition) "{\"Effect\": \"Allow\", " ALL ", \"Condition\": {" condition "}}"

static const struct store_tag tags[] = {{"Team", "Red"}, {"level", "3"}, {"empty", ""}};
static const struct store_tag new_tags[] = {{"Team", "Blue"}, {"cost", "12"}};

/* 2026-03-01T12:00:00Z, by anna from 10.1.2.3, a search in the collection "staff". */
static const struct access_request usual = {.action = BYTES_LITERAL("rekognition:SearchFaces"),
                                            .resource = BYTES_LITERAL(STAFF),
                                            .source_ip = "10.1.2.3",
                                            .now_ms = INT64_C(1772366400000),
                                            .purpose = "access control",
                                            .resource_tags = tags,
                                            .resource_tag_count = ARRAY_LEN(tags),
                                            .request_tags = new_tags,
                                            .request_tag_count = ARRAY_LEN(new_tags),
                                            .person = "anna",
                                            .principal_arn = "arn:aws:iam::000000000000:user/anna"};
/* Nothing is known of who asks and of what is touched. */
static const struct access_request bare = {
    .action = BYTES_LITERAL("rekognition:DetectFaces"), .resource = BYTES_LITERAL("*"), .temporary = true};

/* The members of a statement; U, A, F: what is decided of the usual and of the bare request. */
struct decision {
    const char *statements;
    char usual, bare;
};

static const struct decision decisions[] = {
    /* effect, action, resource */
    {"{\"Effect\": \"Allow\", " ALL "}", 'A', 'A'},
    {"{\"Effect\": \"Deny\", " ALL "}", 'F', 'F'},
    {"[{\"Effect\": \"Allow\", " ALL "}, {\"Effect\": \"Deny\", " ALL "}]", 'F', 'F'},
    {"[{\"Effect\": \"Deny\", " ALL "}, {\"Effect\": \"Allow\", " ALL "}]", 'F', 'F'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:SearchFaces\", \"Resource\": \"*\"}", 'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"REKOGNITION:searchfaces\", \"Resource\": \"*\"}", 'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:Search*\", \"Resource\": \"*\"}", 'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:SearchFace\", \"Resource\": \"*\"}", 'U', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:*Faces\", \"Resource\": \"*\"}", 'A', 'A'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:SearchFace?\", \"Resource\": \"*\"}", 'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"rekognition:Search?Faces\", \"Resource\": \"*\"}", 'U', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"countenance:*\", \"Resource\": \"*\"}", 'U', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": [\"rekognition:List*\", \"rekognition:Detect*\"],"
     " \"Resource\": \"*\"}",
     'U', 'A'},
    {"{\"Effect\": \"Allow\", \"NotAction\": \"rekognition:Search*\", \"Resource\": \"*\"}", 'U', 'A'},
    {"{\"Effect\": \"Deny\", \"NotAction\": [\"rekognition:Search*\"], \"Resource\": \"*\"}", 'U', 'F'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"" STAFF "\"}", 'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\","
     " \"Resource\": \"arn:aws:rekognition:*:*:collection/st*\"}",
     'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\","
     " \"Resource\": \"arn:aws:rekognition:*:000000000000:collection/Staff\"}",
     'U', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\","
     " \"Resource\": \"arn:*:*:*:*:*\"}",
     'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\","
     " \"Resource\": \"arn:aws:*:collection/staff:*:*:*\"}",
     'U', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\","
     " \"Resource\": [\"arn:aws:rekognition:*:*:collection/x\", \"" STAFF "\"]}",
     'A', 'U'},
    {"{\"Effect\": \"Allow\", \"Action\": \"*\", \"NotResource\": \"" STAFF "\"}", 'U', 'A'},
    {"[{\"Effect\": \"Allow\", " ALL "}, {\"Effect\": \"Deny\", \"Action\": \"*\","
     " \"Resource\": \"" STAFF "\"}]",
     'F', 'A'},
    /* texts */
    {WHEN("\"StringEquals\": {\"aws:username\": \"anna\"}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:username\": \"Anna\"}"), 'U', 'U'},
    {WHEN("\"StringEquals\": {\"AWS:UserName\": [\"berta\", \"anna\"]}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:username\": \"ann*\"}"), 'U', 'U'},
    {WHEN("\"StringEqualsIgnoreCase\": {\"aws:username\": \"ANNA\"}"), 'A', 'U'},
    {WHEN("\"StringNotEquals\": {\"aws:username\": \"anna\"}"), 'U', 'A'},
    {WHEN("\"StringNotEquals\": {\"aws:username\": [\"berta\", \"anna\"]}"), 'U', 'A'},
    {WHEN("\"StringNotEquals\": {\"aws:username\": [\"berta\", \"clara\"]}"), 'A', 'A'},
    {WHEN("\"StringNotEqualsIgnoreCase\": {\"aws:username\": \"ANNA\"}"), 'U', 'A'},
    {WHEN("\"StringLike\": {\"aws:username\": \"a*a\"}"), 'A', 'U'},
    {WHEN("\"StringLike\": {\"aws:username\": \"a??\"}"), 'U', 'U'},
    {WHEN("\"StringNotLike\": {\"aws:username\": \"a*\"}"), 'U', 'A'},
    {WHEN("\"StringEqualsIfExists\": {\"aws:username\": \"anna\"}"), 'A', 'A'},
    {WHEN("\"StringEqualsIfExists\": {\"aws:username\": \"berta\"}"), 'U', 'A'},
    {WHEN("\"StringLike\": {\"countenance:Purpose\": \"access*\"}"), 'A', 'U'},
    {WHEN("\"StringNotEquals\": {\"countenance:Purpose\": \"advertising\"}"), 'A', 'A'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/Team\": \"Red\"}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:resourcetag/Team\": \"Red\"}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/team\": \"Red\"}"), 'U', 'U'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/level\": 3}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/empty\": \"\"}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:RequestTag/Team\": \"Blue\"}"), 'A', 'U'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/Team\": \"Red\", \"aws:username\": \"berta\"}"), 'U', 'U'},
    {WHEN("\"StringEquals\": {\"aws:ResourceTag/Team\": \"Red\"},"
          " \"StringLike\": {\"aws:username\": \"*\"}"),
     'A', 'U'},
    /* several values in the request */
    {WHEN("\"ForAllValues:StringEquals\": {\"aws:TagKeys\": [\"Team\", \"cost\", \"more\"]}"), 'A', 'A'},
    {WHEN("\"ForAllValues:StringEquals\": {\"aws:TagKeys\": [\"Team\"]}"), 'U', 'A'},
    {WHEN("\"ForAnyValue:StringEquals\": {\"aws:TagKeys\": [\"Team\"]}"), 'A', 'U'},
    {WHEN("\"ForAnyValue:StringEquals\": {\"aws:TagKeys\": \"none\"}"), 'U', 'U'},
    {WHEN("\"ForAnyValue:StringLikeIfExists\": {\"aws:TagKeys\": \"T*\"}"), 'A', 'A'},
    {WHEN("\"ForAllValues:StringNotEquals\": {\"aws:TagKeys\": \"secret\"}"), 'A', 'A'},
    {WHEN("\"ForAllValues:StringNotEquals\": {\"aws:TagKeys\": \"cost\"}"), 'U', 'A'},
    /* ARNs */
    {WHEN("\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:user/an*\"}"), 'A', 'U'},
    {WHEN("\"ArnEquals\": {\"aws:PrincipalArn\": \"arn:aws:iam::000000000000:user/anna\"}"), 'A', 'U'},
    {WHEN("\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:*:*:*:user/anna\"}"), 'A', 'U'},
    {WHEN("\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam:*:user/anna:*\"}"), 'U', 'U'},
    {WHEN("\"ArnNotLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:user/an*\"}"), 'U', 'A'},
    /* addresses */
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}"), 'A', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"10.1.2.3\"}"), 'A', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"10.1.2.0/31\"}"), 'U', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"10.1.2.2/31\"}"), 'A', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": [\"192.168.0.0/16\", \"10.1.0.0/17\"]}"), 'A', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"0.0.0.0/0\"}"), 'A', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"::/0\"}"), 'U', 'U'},
    {WHEN("\"IpAddress\": {\"aws:SourceIp\": \"::ffff:10.1.0.0/112\"}"), 'A', 'U'},
    {WHEN("\"NotIpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}"), 'U', 'A'},
    {WHEN("\"NotIpAddress\": {\"aws:SourceIp\": \"2001:db8::/32\"}"), 'A', 'A'},
    {WHEN("\"IpAddressIfExists\": {\"aws:SourceIp\": \"10.0.0.0/8\"}"), 'A', 'A'},
    /* times; the bare request is of 1970 */
    {WHEN("\"DateLessThan\": {\"aws:CurrentTime\": \"2026-03-01T12:00:01Z\"}"), 'A', 'A'},
    {WHEN("\"DateLessThan\": {\"aws:CurrentTime\": \"2026-03-01T12:00:00Z\"}"), 'U', 'A'},
    {WHEN("\"DateLessThanEquals\": {\"aws:CurrentTime\": \"2026-03-01T12:00:00Z\"}"), 'A', 'A'},
    {WHEN("\"DateGreaterThan\": {\"aws:CurrentTime\": \"2026-03-01\"}"), 'A', 'U'},
    {WHEN("\"DateGreaterThanEquals\": {\"aws:EpochTime\": \"1772366400\"}"), 'A', 'U'},
    {WHEN("\"DateGreaterThan\": {\"aws:EpochTime\": 1772366400}"), 'U', 'U'},
    {WHEN("\"DateEquals\": {\"aws:CurrentTime\": \"2026-03-01T12:00:00Z\"}"), 'A', 'U'},
    {WHEN("\"DateNotEquals\": {\"aws:CurrentTime\": \"2026-03-01T12:00:00Z\"}"), 'U', 'A'},
    {WHEN("\"DateGreaterThan\": {\"aws:CurrentTime\": \"2026-01-01\"},"
          " \"DateLessThan\": {\"aws:CurrentTime\": \"2026-02-01\"}"),
     'U', 'U'},
    /* numbers */
    {WHEN("\"NumericEquals\": {\"aws:EpochTime\": 1772366400}"), 'A', 'U'},
    {WHEN("\"NumericNotEquals\": {\"aws:EpochTime\": [1, 1772366400]}"), 'U', 'A'},
    {WHEN("\"NumericLessThan\": {\"aws:EpochTime\": \"1772366400.5\"}"), 'A', 'A'},
    {WHEN("\"NumericLessThanEquals\": {\"aws:EpochTime\": 1772366399}"), 'U', 'A'},
    {WHEN("\"NumericGreaterThan\": {\"aws:EpochTime\": -1}"), 'A', 'A'},
    {WHEN("\"NumericGreaterThanEquals\": {\"aws:EpochTime\": 1e9}"), 'A', 'U'},
    /* truth and absence */
    {WHEN("\"Bool\": {\"countenance:Temporary\": \"false\"}"), 'A', 'U'},
    {WHEN("\"Bool\": {\"countenance:Temporary\": true}"), 'U', 'A'},
    {WHEN("\"Null\": {\"aws:ResourceTag/Team\": \"true\"}"), 'U', 'A'},
    {WHEN("\"Null\": {\"aws:ResourceTag/Team\": false}"), 'A', 'U'},
    {WHEN("\"Null\": {\"aws:TagKeys\": \"false\"}"), 'A', 'U'},
    {WHEN("\"Null\": {\"aws:SourceIp\": true}"), 'U', 'A'},
};

static struct arena *arena;

static int make_arena(void **state) {
    (void)state;
    return (arena = arena_new(1 << 20)) ? 0 : -1;
}

static int clear_arena(void **state) {
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct access_policy *parse(const char *statements) {
    const struct access_policy *policy = NULL;
    struct error err;
    arena_reset(arena);
    const char *text = arena_printf(arena, "{\"Version\": \"2012-10-17\", \"Statement\": %s}", statements);
    if (!access_policy_parse(arena, bytes_of(text), &policy, &err))
        fail_msg("%s: %s", statements, err.text);
    return policy;
}

static char letter(const struct access_policy *policy, const struct access_request *request) {
    return "UAF"[access_policy_decide(policy, request)];
}

static void the_table_of_decisions_holds(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++) {
        const struct access_policy *policy = parse(decisions[i].statements);
        char one = letter(policy, &usual), other = letter(policy, &bare);
        if (one != decisions[i].usual || other != decisions[i].bare)
            fail_msg("%s: %c and %c instead of %c and %c", decisions[i].statements, one, other,
                     decisions[i].usual, decisions[i].bare);
    }
    assert_true(ARRAY_LEN(decisions) >= 60);
}

static void addresses_of_version_6_are_compared_by_their_leading_bits(void **state) {
    (void)state;
    struct access_request request = usual;
    const struct access_policy *policy = parse(WHEN("\"IpAddress\": {\"aws:SourceIp\": \"2001:db8::/33\"}"));
    request.source_ip = "2001:db8:7fff::1";
    assert_int_equal(letter(policy, &request), 'A');
    request.source_ip = "2001:db8:8000::1";
    assert_int_equal(letter(policy, &request), 'U');
    request.source_ip = "fe80::1%eth0";
    assert_int_equal(letter(policy, &request), 'U');
    policy = parse(WHEN("\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}"));
    request.source_ip = "::ffff:10.9.9.9"; /* how a socket of version 6 tells of version 4 */
    assert_int_equal(letter(policy, &request), 'A');
    request.source_ip = "10.9.9.9/0";
    assert_int_equal(letter(policy, &request), 'U');
}

static void a_question_mark_is_one_character_of_any_alphabet(void **state) {
    (void)state;
    struct access_request request = usual;
    request.person = "\xc3\xa4nna";
    assert_int_equal(letter(parse(WHEN("\"StringLike\": {\"aws:username\": \"?nna\"}")), &request), 'A');
    assert_int_equal(letter(parse(WHEN("\"StringLike\": {\"aws:username\": \"??nna\"}")), &request), 'U');
}

static void assert_refused(const char *text, const char *because) {
    const struct access_policy *policy;
    struct error err = {.text = ""};
    arena_reset(arena);
    if (access_policy_parse(arena, bytes_of(text), &policy, &err))
        fail_msg("accepted: %s", text);
    assert_int_equal(err.code, ERROR_INVALID_PARAMETER);
    if (!strstr(err.text, because))
        fail_msg("%s: %s", text, err.text);
}

static void assert_statement_refused(const char *statement, const char *because) {
    char text[1024];
    snprintf(text, sizeof text, "{\"Version\": \"2012-10-17\", \"Statement\": [%s]}", statement);
    assert_refused(text, because);
}

static void what_is_no_policy_is_refused(void **state) {
    (void)state;
    assert_refused("", "malformed");
    assert_refused("[]", "Version");
    assert_refused("{}", "Version");
    assert_refused("{\"Statement\": []}", "Version");
    assert_refused("{\"Version\": \"2008-10-17\", \"Statement\": []}", "2012-10-17");
    assert_refused("{\"Version\": \"2012-10-17\", \"Statement\": []}", "1 to 64 statements");
    assert_refused("{\"Version\": \"2012-10-17\", \"Statement\": [], \"Statement\": []}", "Statement");
    assert_refused("{\"Version\": \"2012-10-17\", \"Statement\": [], \"Principal\": 1}", "at most an Id");
    assert_refused("{\"Version\": \"2012-10-17\", \"Statement\": [1]}", "Statement 1: It must be an object");
}

static void what_is_no_statement_is_refused(void **state) {
    (void)state;
    assert_statement_refused("{}", "lacks");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"*\"}", "lacks");
    assert_statement_refused("{\"Effect\": \"allow\", " ALL "}", "Allow or Deny");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Effect\": \"Deny\", " ALL "}", "once");
    assert_statement_refused("{\"Effect\": \"Allow\", \"NotAction\": \"*\", " ALL "}", "once");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Principal\": \"*\", " ALL "}", "Principal");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": [], \"Resource\": \"*\"}", "1 to 256");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": [1], \"Resource\": \"*\"}", "no action");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"*\"}",
                             "s3:Get* is no action");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"rekogniton:*\", \"Resource\": \"*\"}",
                             "no action");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"rekognition:\", \"Resource\": \"*\"}",
                             "no action");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"staff\"}",
                             "no resource");
    assert_statement_refused("{\"Effect\": \"Allow\", \"Action\": \"*\","
                             " \"Resource\": \"arn:aws:rekognition:*:*:collection/${aws:username}\"}",
                             "no resource");
}

static void what_is_no_condition_is_refused_and_not_ignored(void **state) {
    (void)state;
    static const char *const conditions[][2] = {
        {"", "Condition must be"},
        {"\"StringEquals\": {}", "Condition must be"},
        {"\"StringEquals\": 1", "Condition must be"},
        {"\"StringEqals\": {\"aws:username\": \"anna\"}", "no operator"},
        {"\"ForSomeValues:StringEquals\": {\"aws:username\": \"anna\"}", "no operator"},
        {"\"NullIfExists\": {\"aws:username\": true}", "no operator"},
        {"\"StringEquals\": {\"aws:userid\": \"anna\"}", "no key"},
        {"\"StringEquals\": {\"aws:ResourceTag/\": \"anna\"}", "no key"},
        {"\"StringEquals\": {\"aws:username\": []}", "1 to 256 values"},
        {"\"StringEquals\": {\"aws:username\": null}", "value 1"},
        {"\"StringEquals\": {\"aws:username\": [\"a\", \"${aws:username}\"]}", "value 2"},
        {"\"StringEquals\": {\"aws:SourceIp\": \"10.0.0.1\"}", "does not fit"},
        {"\"IpAddress\": {\"aws:username\": \"10.0.0.1\"}", "does not fit"},
        {"\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.1/33\"}", "value 1"},
        {"\"IpAddress\": {\"aws:SourceIp\": \"10.0.1\"}", "value 1"},
        {"\"IpAddress\": {\"aws:SourceIp\": \"2001:db8::/129\"}", "value 1"},
        {"\"DateLessThan\": {\"aws:CurrentTime\": \"tomorrow\"}", "value 1"},
        {"\"DateLessThan\": {\"aws:CurrentTime\": \"2026-02-30\"}", "value 1"},
        {"\"DateLessThan\": {\"aws:CurrentTime\": \"2026-03-01T12:00:00+1\"}", "value 1"},
        {"\"NumericLessThan\": {\"aws:EpochTime\": \"0x10\"}", "value 1"},
        {"\"NumericLessThan\": {\"aws:EpochTime\": \"inf\"}", "value 1"},
        {"\"NumericLessThan\": {\"aws:CurrentTime\": 1}", "does not fit"},
        {"\"Bool\": {\"countenance:Temporary\": \"maybe\"}", "value 1"},
        {"\"Bool\": {\"aws:username\": true}", "does not fit"},
        {"\"Null\": {\"aws:username\": \"anna\"}", "value 1"},
        {"\"ArnLike\": {\"aws:PrincipalArn\": \"anna\"}", "value 1"},
        {"\"StringEquals\": {\"aws:TagKeys\": \"a\"}", "does not fit"},
        {"\"ForAnyValue:StringEquals\": {\"aws:username\": \"a\"}", "does not fit"},
    };
    for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
        char statement[512];
        snprintf(statement, sizeof statement, WHEN("%s"), conditions[i][0]);
        assert_statement_refused(statement, conditions[i][1]);
    }
}

static void a_policy_that_is_too_large_is_refused(void **state) {
    (void)state;
    static char text[LIMIT_POLICY_BYTES + 2];
    memset(text, ' ', sizeof text - 1);
    assert_refused(text, "more than 6144 bytes");
    const struct access_policy *policy;
    struct arena *small = arena_new(64);
    struct error err;
    const char *whole = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", " ALL "}}";
    assert_false(access_policy_parse(small, bytes_of(whole), &policy, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    arena_free(small);
}

/* The worst policy that fits, on a long name: 20 microseconds are promised of usual ones. */
static void stars_do_not_make_a_decision_slow(void **state) {
    (void)state;
    static char statements[LIMIT_POLICY_BYTES], name[256];
    struct access_request request = usual;
    size_t len = (size_t)snprintf(statements, sizeof statements,
                                  "{\"Effect\": \"Allow\", " ALL ", \"Condition\": {\"StringLike\":"
                                  " {\"aws:username\": \"");
    while (len < 5000)
        len += (size_t)snprintf(statements + len, sizeof statements - len, "*a");
    snprintf(statements + len, sizeof statements - len, "b\"}}}");
    memset(name, 'a', sizeof name - 1);
    request.person = name;
    const struct access_policy *policy = parse(statements);
    uint64_t start = clock_monotonic_ns();
    for (int i = 0; i < 100; i++)
        assert_int_equal(letter(policy, &request), 'U');
    assert_true(clock_monotonic_ns() - start < UINT64_C(1000000000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, clear_arena)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_table_of_decisions_holds),
        TEST(addresses_of_version_6_are_compared_by_their_leading_bits),
        TEST(a_question_mark_is_one_character_of_any_alphabet),
        TEST(what_is_no_policy_is_refused),
        TEST(what_is_no_statement_is_refused),
        TEST(what_is_no_condition_is_refused_and_not_ignored),
        TEST(a_policy_that_is_too_large_is_refused),
        TEST(stars_do_not_make_a_decision_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
