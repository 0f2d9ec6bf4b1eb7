/* Signatures made by other implementations are accepted, everything else is refused by its right name.
 *
 * The key is the example of AWS's documentation, at its example time. Signatures come from botocore and from
 * a signer written in another language for the clients that botocore does not stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api/signature.h"
#include "base/clock.h"
#include "base/limits.h"

#define ACCESS "AKIDEXAMPLE"
#define TIME "20150830T123600Z"
#define SCOPE "20150830/us-east-1/rekognition/aws4_request"
#define CREDENTIAL "Credential=" ACCESS "/" SCOPE
#define NAMES "SignedHeaders=content-type;host;x-amz-date;x-amz-target"
#define SIGNATURE "Signature=da1ff0ea8edc3f196ac150f4c2d931249aff9db7bfb53852dc18064550247706"
#define BODY_HASH "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* After a rotation two secrets may sign. */
static bool find_example(void *context, struct bytes access_key, struct bytes token,
                         const char *ret_secrets[2], struct error *err) {
    (void)context;
    ret_secrets[0] = "the/new/one/after/a/rotation/EXAMPLEKEY";
    ret_secrets[1] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    return (bytes_equal_string(access_key, ACCESS) && !token.ptr) ||
           error_set(err, ERROR_UNRECOGNIZED_CLIENT,
                     "The security token included in the request is invalid.");
}

struct sample {
    const char *method, *query, *body;
    const char *headers[24]; /* name, value, ..., NULL */
    int64_t late;            /* seconds after TIME at which it arrives */
};

/* What botocore sends for ListCollections. */
static const struct sample botocore = {
    "POST",
    "",
    "{}",
    {"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "RekognitionService.ListCollections",
     "Host", "127.0.0.1:8080", "X-Amz-Date", TIME, "Authorization",
     "AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ", " SIGNATURE},
    0,
};

static const char **value_of(struct sample *sample, const char *name) {
    for (size_t i = 0; sample->headers[i]; i += 2)
        if (strcmp(sample->headers[i], name) == 0)
            return &sample->headers[i + 1];
    fail_msg("no header %s", name);
    return NULL;
}

static void add_header(struct sample *sample, const char *name, const char *value) {
    size_t count = 0;
    while (sample->headers[count])
        count += 2;
    sample->headers[count] = name;
    sample->headers[count + 1] = value;
}

static bool verify(const struct sample *sample, struct error *err) {
    struct api_header headers[12];
    struct api_request request = {.method = bytes_of(sample->method),
                                  .path = BYTES_LITERAL("/"),
                                  .query = bytes_of(sample->query),
                                  .headers = headers};
    for (size_t i = 0; sample->headers[i]; i += 2)
        headers[request.header_count++] = (struct api_header){bytes_of(sample->headers[i]),
                                                              bytes_of(sample->headers[i + 1])};
    int64_t signed_at;
    assert_true(clock_parse_amz(BYTES_LITERAL(TIME), &signed_at));
    struct arena *arena = arena_new(1 << 20);
    bool good = signature_verify(arena, &request, sha256_of(bytes_of(sample->body)), signed_at + sample->late,
                                 (struct signature_secrets){find_example, NULL}, err);
    arena_free(arena);
    return good;
}

static void assert_accepted(const struct sample *sample) {
    struct error err = {.text = ""};
    if (!verify(sample, &err))
        fail_msg("%s: %s", error_type(err.code), err.text);
}

static void assert_refused(const struct sample *sample, const char *type, const char *text) {
    struct error err;
    assert_false(verify(sample, &err));
    assert_string_equal(error_type(err.code), type);
    if (!strstr(err.text, text))
        fail_msg("\"%s\" lacks \"%s\"", err.text, text);
}

/* The sample with another value of one header. */
static void assert_refused_with(const char *name, const char *value, const char *type, const char *text) {
    struct sample sample = botocore;
    *value_of(&sample, name) = value;
    assert_refused(&sample, type, text);
}

#define INCOMPLETE "IncompleteSignatureException"
#define INVALID "InvalidSignatureException"
#define UNRECOGNIZED "UnrecognizedClientException"
#define MISMATCH "The request signature we calculated does not match"

static void accepts_what_botocore_signs(void **state) {
    (void)state;
    assert_accepted(&botocore);
}

static void accepts_what_javascript_signs(void **state) {
    (void)state;
    const struct sample javascript = {
        "POST",
        "",
        "{}",
        {"host",
         "127.0.0.1:8080",
         "x-amz-user-agent",
         "aws-sdk-js/3.1141.0",
         "amz-sdk-invocation-id",
         "0a1b",
         "amz-sdk-request",
         "attempt=1; max=3",
         "content-length",
         "2",
         "content-type",
         "application/x-amz-json-1.1",
         "x-amz-content-sha256",
         BODY_HASH,
         "x-amz-date",
         TIME,
         "x-amz-target",
         "RekognitionService.ListCollections",
         "authorization",
         "AWS4-HMAC-SHA256 Credential=" ACCESS "/20150830/eu-central-1/rekognition/aws4_request, "
         "SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;"
         "x-amz-content-sha256;x-amz-date;x-amz-target;x-amz-user-agent, "
         "Signature=11bfe5cdde7af2ec55785604f6d19a2407461e229deaecf4dda1b39b64711d97"},
        0};
    assert_accepted(&javascript);
}

static void accepts_parts_in_any_order_and_without_blanks(void **state) {
    (void)state;
    struct sample sample = botocore;
    *value_of(&sample, "Authorization") = "AWS4-HMAC-SHA256 " SIGNATURE "," NAMES "," CREDENTIAL;
    assert_accepted(&sample);
}

static void takes_signed_headers_in_the_order_given(void **state) {
    (void)state;
    struct sample sample = botocore;
    *value_of(&sample, "Authorization") =
        "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=x-amz-target;host;x-amz-date, "
        "Signature=8aa3b6903255dca9f4522a6699db478c6370585ebdf3d4e5a2a37bfbf3760839";
    assert_accepted(&sample);
}

static void joins_repeated_headers_and_folds_their_blanks(void **state) {
    (void)state;
    const struct sample sample = {
        "GET",
        "",
        "",
        {"Host", "example.amazonaws.com", "My-Header1", "value2", "My-Header1", "value1", "My-Header2",
         "  \"a   b   c\"  ", "X-Amz-Date", TIME, "Authorization",
         "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host;my-header1;my-header2;x-amz-date, "
         "Signature=9333aec3170562853254bf443bde139ff86fa6c58c2ba19cc3d094c7842a554b"},
        0};
    assert_accepted(&sample);
}

static void sorts_the_query_by_name_then_value(void **state) {
    (void)state;
    const struct sample sample = {
        "GET",
        "Param1=value2&Param=Value2&Param-3=Value3&Param1&Param1=value1",
        "",
        {"Host", "example.amazonaws.com", "X-Amz-Date", TIME, "Authorization",
         "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host;x-amz-date, "
         "Signature=861ddeb0f1f084b7d245dd8b961550107a1c744f0ddaa862e1d55face3e2bc06"},
        0};
    assert_accepted(&sample);
}

static void accepts_a_date_header_instead_of_x_amz_date(void **state) {
    (void)state;
    const struct sample sample = {
        "POST",
        "",
        "",
        {"Host", "example.amazonaws.com", "Date", TIME, "Authorization",
         "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=date;host, "
         "Signature=795723a5775a5bf8fb7d4c2333d70a04b7b04202ba4074c0ff5953acb1e79a33"},
        0};
    assert_accepted(&sample);
}

static void refuses_a_request_without_authorization(void **state) {
    (void)state;
    struct sample sample = botocore;
    *value_of(&sample, "Authorization") = "";
    assert_refused(&sample, "MissingAuthenticationTokenException", "Missing Authentication Token");
    sample.headers[8] = NULL;
    assert_refused(&sample, "MissingAuthenticationTokenException", "Missing Authentication Token");
}

static void names_what_an_authorization_lacks(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"Bearer abc", "AWS4-HMAC-SHA256"},
        {"AWS4-HMAC-SHA512 " CREDENTIAL ", " NAMES ", " SIGNATURE, "AWS4-HMAC-SHA256"},
        {"AWS4-HMAC-SHA256", "'Credential'"},
        {"AWS4-HMAC-SHA256 " NAMES ", " SIGNATURE, "'Credential'"},
        {"AWS4-HMAC-SHA256 " CREDENTIAL ", " SIGNATURE, "'SignedHeaders'"},
        {"AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES, "'Signature'"},
        {"AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ", Signature=", "'Signature'"},
        {"AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ", Signature", "key=value"},
        {"AWS4-HMAC-SHA256 " CREDENTIAL ", " CREDENTIAL ", " NAMES ", " SIGNATURE, "each once"},
        {"AWS4-HMAC-SHA256 Credential=" ACCESS "/20150830/us-east-1/rekognition, " NAMES ", " SIGNATURE,
         "exactly 5 slash-delimited"},
        {"AWS4-HMAC-SHA256 Credential=a/" ACCESS "/" SCOPE ", " NAMES ", " SIGNATURE,
         "exactly 5 slash-delimited"},
        {"AWS4-HMAC-SHA256 Credential=/" SCOPE ", " NAMES ", " SIGNATURE, "access key"},
        {"AWS4-HMAC-SHA256 Credential=" ACCESS "/20150830//rekognition/aws4_request, " NAMES ", " SIGNATURE,
         "region"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_refused_with("Authorization", rows[i][0], INCOMPLETE, rows[i][1]);
}

static void refuses_another_scope(void **state) {
    (void)state;
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 Credential=" ACCESS "/20150830/us-east-1/s3/aws4_request, " NAMES
                        ", " SIGNATURE,
                        INVALID, "correct service: 'rekognition'");
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 Credential=" ACCESS "/20150830/us-east-1/rekognition/aws5, " NAMES
                        ", " SIGNATURE,
                        INVALID, "valid terminator: 'aws4_request'");
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 Credential=" ACCESS
                        "/20150829/us-east-1/rekognition/aws4_request, " NAMES ", " SIGNATURE,
                        INVALID, "'20150829' != '20150830', from '" TIME "'");
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 Credential=" ACCESS
                        "/20150830/eu-west-1/rekognition/aws4_request, " NAMES ", " SIGNATURE,
                        INVALID, MISMATCH);
}

static void refuses_a_date_that_is_missing_or_malformed(void **state) {
    (void)state;
    struct sample sample = botocore;
    assert_refused_with("X-Amz-Date", "2015-08-30T12:36:00Z", INCOMPLETE, "ISO-8601");
    assert_refused_with("X-Amz-Date", "20150230T123600Z", INCOMPLETE, "ISO-8601");
    sample.headers[6] = "X-Other";
    assert_refused(&sample, INCOMPLETE, "'X-Amz-Date'");
}

static void keeps_a_window_around_the_clock(void **state) {
    (void)state;
    struct sample sample = botocore;
    sample.late = LIMIT_CLOCK_SKEW_SECONDS;
    assert_accepted(&sample);
    sample.late = -LIMIT_CLOCK_SKEW_SECONDS;
    assert_accepted(&sample);
    sample.late = LIMIT_CLOCK_SKEW_SECONDS + 1;
    assert_refused(
        &sample, INVALID,
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 "
        "min.)");
    sample.late = -LIMIT_CLOCK_SKEW_SECONDS - 1;
    assert_refused(&sample, INVALID,
                   "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
                   "(20150830T122059Z + 15 min.)");
}

static void refuses_unsigned_host_date_or_target(void **state) {
    (void)state;
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 " CREDENTIAL
                        ", SignedHeaders=content-type;x-amz-date;x-amz-target, " SIGNATURE,
                        INVALID, "'Host' must be a 'SignedHeader'");
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 " CREDENTIAL
                        ", SignedHeaders=content-type;host;x-amz-target, " SIGNATURE,
                        INVALID, "'X-Amz-Date' must be a 'SignedHeader'");
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 " CREDENTIAL
                        ", SignedHeaders=content-type;host;x-amz-date, " SIGNATURE,
                        INVALID, "'X-Amz-Target' must be a 'SignedHeader'");
}

static void refuses_signed_headers_that_are_not_there(void **state) {
    (void)state;
    assert_refused_with("Authorization", "AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ";x-amz-other, " SIGNATURE,
                        INVALID, "no header 'x-amz-other'");
    assert_refused_with("Authorization", "AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ";, " SIGNATURE, INVALID,
                        "no header ''");
}

static void refuses_a_body_hash_that_is_not_the_bodys(void **state) {
    (void)state;
    struct sample sample = botocore;
    add_header(&sample, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert_refused(&sample, INVALID, "x-amz-content-sha256");
    *value_of(&sample, "x-amz-content-sha256") = BODY_HASH;
    assert_accepted(&sample);
    sample.body = "{ }";
    assert_refused(&sample, INVALID, "x-amz-content-sha256");
}

static void refuses_unknown_access_keys_and_session_tokens(void **state) {
    (void)state;
    struct sample sample = botocore;
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDOTHER/" SCOPE ", " NAMES ", " SIGNATURE,
                        UNRECOGNIZED, "The security token included in the request is invalid.");
    add_header(&sample, "X-Amz-Security-Token", "token");
    assert_refused(&sample, UNRECOGNIZED, "The security token included in the request is invalid.");
}

static void refuses_whatever_was_changed_after_signing(void **state) {
    (void)state;
    struct sample sample = botocore;
    sample.body = "{\"MaxResults\":1}";
    assert_refused(&sample, INVALID, MISMATCH);
    sample = botocore;
    sample.method = "PUT";
    assert_refused(&sample, INVALID, MISMATCH);
    sample = botocore;
    sample.query = "x=1";
    assert_refused(&sample, INVALID, MISMATCH);
    sample = botocore;
    add_header(&sample, "X-Amz-Target", "RekognitionService.DeleteCollection");
    assert_refused(&sample, INVALID, MISMATCH);
    assert_refused_with("X-Amz-Target", "RekognitionService.DeleteCollection", INVALID, MISMATCH);
    assert_refused_with("Host", "127.0.0.1:8081", INVALID, MISMATCH);
    assert_refused_with("X-Amz-Date", "20150830T123601Z", INVALID, MISMATCH);
    assert_refused_with("Authorization",
                        "AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES
                        ", Signature=da1ff0ea8edc3f196ac150f4c2d931249aff9db7bfb53852dc18064550247707",
                        INVALID, MISMATCH);
    assert_refused_with("Authorization", "AWS4-HMAC-SHA256 " CREDENTIAL ", " NAMES ", Signature=da1ff0ea",
                        INVALID, MISMATCH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_botocore_signs),
        cmocka_unit_test(accepts_what_javascript_signs),
        cmocka_unit_test(accepts_parts_in_any_order_and_without_blanks),
        cmocka_unit_test(takes_signed_headers_in_the_order_given),
        cmocka_unit_test(joins_repeated_headers_and_folds_their_blanks),
        cmocka_unit_test(sorts_the_query_by_name_then_value),
        cmocka_unit_test(accepts_a_date_header_instead_of_x_amz_date),
        cmocka_unit_test(refuses_a_request_without_authorization),
        cmocka_unit_test(names_what_an_authorization_lacks),
        cmocka_unit_test(refuses_another_scope),
        cmocka_unit_test(refuses_a_date_that_is_missing_or_malformed),
        cmocka_unit_test(keeps_a_window_around_the_clock),
        cmocka_unit_test(refuses_unsigned_host_date_or_target),
        cmocka_unit_test(refuses_signed_headers_that_are_not_there),
        cmocka_unit_test(refuses_a_body_hash_that_is_not_the_bodys),
        cmocka_unit_test(refuses_unknown_access_keys_and_session_tokens),
        cmocka_unit_test(refuses_whatever_was_changed_after_signing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
