/* Whole requests, signed, against a store in a temporary folder: everything but what needs the models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include "api/api.h"
#include "api/json.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"

enum { DIMENSION = 8 };

struct fixture {
    char folder[32];
    struct service service;
    struct api_worker worker;
    struct keys *keys;   /* of DIR/credentials */
    struct arena *arena; /* for what the test itself keeps */
};

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct service *service = &fixture->service;
    struct error err;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/test-request-XXXXXX");
    snprintf(service->region, sizeof service->region, "eu-west-1");
    fixture->arena = arena_new(16 << 20);
    fixture->worker = (struct api_worker){.service = service, .arena = arena_new(LIMIT_REQUEST_ARENA)};
    if (sodium_init() < 0 || !mkdtemp(fixture->folder) ||
        !store_open(fixture->folder, &service->store, &err) ||
        !galleries_new(service->store, similarity_default(), &service->galleries, &err) ||
        !accounts_open(service->store, fixture->folder, &service->accounts, &err) ||
        !keys_open(fixture->folder, &fixture->keys, &err))
        return -1;
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[64];
    galleries_free(fixture->service.galleries);
    accounts_close(fixture->service.accounts);
    store_close(fixture->service.store);
    keys_free(fixture->keys);
    arena_free(fixture->worker.arena);
    arena_free(fixture->arena);
    snprintf(command, sizeof command, "rm -r %s", fixture->folder);
    int status = system(command);
    free(fixture);
    return status;
}

/* --- requests --- */

static struct bytes view_of_hash(const struct sha256 *hash) {
    return (struct bytes){(const char *)hash->bytes, sizeof hash->bytes};
}

/* The Authorization of a POST to "/" with Host h. */
static const char *authorize(struct fixture *fixture, const char *time, const char *target,
                             struct bytes body) {
    const char *access, *secret;
    char body_hash[65], hash[65], mac[65];
    keys_first(fixture->keys, &access, &secret);
    sha256_hex(sha256_of(body), body_hash);
    const char *text = arena_printf(fixture->arena,
                                    "POST\n/\n\nhost:h\nx-amz-date:%s\nx-amz-target:%s\n\n"
                                    "host;x-amz-date;x-amz-target\n%s",
                                    time, target, body_hash);
    sha256_hex(sha256_of(bytes_of(text)), hash);
    text = arena_printf(fixture->arena, "AWS4-HMAC-SHA256\n%s\n%.8s/x/rekognition/aws4_request\n%s", time,
                        time, hash);
    const char *key = arena_printf(fixture->arena, "AWS4%s", secret);
    struct sha256 part = hmac_sha256(bytes_of(key), (struct bytes){time, 8});
    part = hmac_sha256(view_of_hash(&part), BYTES_LITERAL("x"));
    part = hmac_sha256(view_of_hash(&part), BYTES_LITERAL("rekognition"));
    part = hmac_sha256(view_of_hash(&part), BYTES_LITERAL("aws4_request"));
    sha256_hex(hmac_sha256(view_of_hash(&part), bytes_of(text)), mac);
    return arena_printf(fixture->arena,
                        "AWS4-HMAC-SHA256 Credential=%s/%.8s/x/rekognition/aws4_request, "
                        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=%s",
                        access, time, mac);
}

/* Sends json (' for ") to the operation; the caller releases the reply. */
static struct api_reply send_request(struct fixture *fixture, const char *target, const char *json) {
    size_t len = strlen(json);
    char time[17], *body = arena_array(fixture->arena, len + API_BODY_PADDING, 1);
    struct api_reply reply;
    clock_format_amz(clock_now_ms() / 1000, time);
    for (size_t i = 0; i < len; i++)
        body[i] = json[i] == '\'' ? '"' : json[i];
    const struct api_header headers[] = {
        {BYTES_LITERAL("Host"), BYTES_LITERAL("h")},
        {BYTES_LITERAL("X-Amz-Date"), bytes_of(time)},
        {BYTES_LITERAL("X-Amz-Target"), bytes_of(target)},
        {BYTES_LITERAL("Authorization"),
         bytes_of(authorize(fixture, time, target, (struct bytes){body, len}))},
    };
    const struct api_request request = {.method = BYTES_LITERAL("POST"),
                                        .path = BYTES_LITERAL("/"),
                                        .headers = headers,
                                        .header_count = ARRAY_LEN(headers),
                                        .body = body,
                                        .body_len = len};
    api_handle(&fixture->worker, &request, &reply);
    return reply;
}

static void assert_reply(struct fixture *fixture, const char *operation, const char *json,
                         const char *expected) {
    struct api_reply reply = send_request(
        fixture, arena_printf(fixture->arena, "RekognitionService.%s", operation), json);
    assert_string_equal(reply.body.data, expected);
    assert_int_equal(reply.status, 200);
    assert_null(reply.error_type);
    assert_string_equal(reply.operation, operation);
    buffer_release(&reply.body);
}

static void assert_error(struct fixture *fixture, const char *operation, const char *json, const char *type,
                         const char *message) {
    struct api_reply reply = send_request(
        fixture, arena_printf(fixture->arena, "RekognitionService.%s", operation), json);
    assert_string_equal(
        reply.body.data,
        arena_printf(fixture->arena,
                     "{\"__type\":\"%s\",\"Code\":\"%s\",\"Logref\":\"%s\",\"Message\":\"%s\"}", type, type,
                     reply.request_id, message));
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.error_type, type);
    buffer_release(&reply.body);
}

/* A member of a reply that is a string. */
static const char *member(struct fixture *fixture, struct api_reply *reply, const char *name) {
    struct yyjson_val *object;
    struct error err;
    char *text = arena_array(fixture->arena, reply->body.len + 16, 1);
    memcpy(text, reply->body.data, reply->body.len);
    assert_true(json_read(fixture->arena, text, reply->body.len, &object, &err));
    struct bytes value = json_get_text(object, name);
    return value.ptr ? arena_string(fixture->arena, value) : NULL;
}

/* --- the store behind them --- */

static void create(struct fixture *fixture, const char *id) {
    struct error err = {.text = ""};
    if (!store_collection_create(fixture->service.store, STORE_OPERATOR, id, "7.0", DIMENSION, NULL, 0, &err))
        fail_msg("%s", err.text);
}

/* A face whose id is one byte 16 times, and whose vector lies between two axes. */
static void add_face(struct fixture *fixture, const char *collection, uint8_t digit, float x, float y) {
    struct store_collection found;
    struct error err = {.text = ""};
    bool known;
    const float vector[DIMENSION] = {x, y}, *vectors = vector;
    struct store_face face = {.left = 0.25f,
                              .top = -0.125f,
                              .width = 0.5f,
                              .height = 0.75f,
                              .confidence = 99.9931f,
                              .model = "7.0"};
    memset(face.id.bytes, digit, sizeof face.id.bytes);
    memset(face.image_id.bytes, 0xee, sizeof face.image_id.bytes);
    face.external_image_id = digit == 0x11 ? "emp:1" : NULL;
    if (!store_begin(fixture->service.store, &err) ||
        !store_collection_get(fixture->service.store, fixture->arena, STORE_OPERATOR, collection, &found,
                              &err) ||
        !gallery_add(fixture->service.galleries, &found, &face, &vectors, 1, &known, &err) ||
        !store_commit(fixture->service.store, &err))
        fail_msg("%s", err.text);
}

#define ID(digits)                                                                    \
    digits digits digits digits "-" digits digits "-" digits digits "-" digits digits \
                                "-" digits digits digits digits digits digits
#define FACE_OF(digits, user)                                                                             \
    "{\"FaceId\":\"" ID(                                                                                  \
        digits) "\",\"BoundingBox\":{\"Width\":0.5,\"Height\":0.75,\"Left\":0.25,\"Top\":-0.125},"        \
                "\"ImageId\":\"" ID("ee") "\",\"Confidence\":99.9931,\"IndexFacesModelVersion\":\"7.0\"," \
                                          "\"UserId\":\"" user "\"}"
#define FACE(digits, more)                                                                         \
    "{\"FaceId\":\"" ID(                                                                           \
        digits) "\",\"BoundingBox\":{\"Width\":0.5,\"Height\":0.75,\"Left\":0.25,\"Top\":-0.125}," \
                "\"ImageId\":\"" ID("ee") "\"," more                                               \
                                          "\"Confidence\":99.9931,\"IndexFacesModelVersion\":\"7.0\"}"

/* --- tests --- */

static void a_request_without_a_signature_learns_nothing(void **state) {
    struct fixture *fixture = *state;
    static const char *const targets[] = {"RekognitionService.ListCollections",
                                          "RekognitionService.DetectLabels", "x"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        char body[64] = "not JSON";
        const struct api_header headers[] = {{BYTES_LITERAL("x-amz-target"), bytes_of(targets[i])}};
        const struct api_request request = {.method = BYTES_LITERAL("POST"),
                                            .path = BYTES_LITERAL("/"),
                                            .headers = headers,
                                            .header_count = 1,
                                            .body = body,
                                            .body_len = strlen(body)};
        struct api_reply reply;
        api_handle(&fixture->worker, &request, &reply);
        assert_string_equal(reply.body.data, "{\"__type\":\"MissingAuthenticationTokenException\","
                                             "\"message\":\"Missing Authentication Token\"}");
        assert_int_equal(reply.status, 400);
        assert_string_equal(reply.operation, i == 0 ? "ListCollections" : "unknown");
        buffer_release(&reply.body);
    }
}

static void only_post_to_the_root_is_an_operation(void **state) {
    struct fixture *fixture = *state;
    struct api_request request = {.method = BYTES_LITERAL("GET"), .path = BYTES_LITERAL("/")};
    struct api_reply reply;
    api_handle(&fixture->worker, &request, &reply);
    assert_string_equal(reply.error_type, "UnknownOperationException");
    buffer_release(&reply.body);
    request.method = BYTES_LITERAL("POST");
    request.path = BYTES_LITERAL("/faces");
    api_handle(&fixture->worker, &request, &reply);
    assert_string_equal(reply.error_type, "UnknownOperationException");
    buffer_release(&reply.body);
}

static void a_body_over_the_limit_is_refused_unread(void **state) {
    struct fixture *fixture = *state;
    struct api_request request = {.method = BYTES_LITERAL("POST"),
                                  .path = BYTES_LITERAL("/"),
                                  .body = NULL,
                                  .body_len = LIMIT_BODY_BYTES + 1};
    struct api_reply reply;
    api_handle(&fixture->worker, &request, &reply);
    assert_int_equal(reply.status, 413);
    assert_string_equal(reply.error_type, "RequestEntityTooLargeException");
    buffer_release(&reply.body);
}

static void signed_requests_are_answered(void **state) {
    struct fixture *fixture = *state;
    assert_reply(fixture, "ListCollections", "{}", "{\"CollectionIds\":[],\"FaceModelVersions\":[]}");
    assert_error(fixture, "ListCollections", "{", "SerializationException",
                 "The body is not valid JSON: unexpected end of data at byte 1.");
    assert_error(
        fixture, "ListCollections", "{'MaxResults':5000}", "ValidationException",
        "1 validation error detected: Value '5000' at 'maxResults' failed to satisfy constraint: Member must "
        "have value less than or equal to 4096");
    assert_error(fixture, "DetectLabels", "{}", "UnknownOperationException",
                 "DetectLabels is an operation of Amazon Rekognition that this server does not offer.");
}

static void every_reply_has_an_id_of_its_own(void **state) {
    struct fixture *fixture = *state;
    struct uuid uuid;
    struct api_reply one = send_request(fixture, "RekognitionService.ListCollections", "{}");
    struct api_reply two = send_request(fixture, "RekognitionService.ListCollections", "{}");
    assert_true(uuid_parse(bytes_of(one.request_id), &uuid));
    assert_string_not_equal(one.request_id, two.request_id);
    buffer_release(&one.body);
    buffer_release(&two.body);
}

static void collections_are_described_listed_and_deleted(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    create(fixture, "Guests");
    add_face(fixture, "staff", 0x11, 1, 0);
    assert_reply(fixture, "ListCollections", "{}",
                 "{\"CollectionIds\":[\"Guests\",\"staff\"],\"FaceModelVersions\":[\"7.0\",\"7.0\"]}");
    struct api_reply reply = send_request(fixture, "RekognitionService.DescribeCollection",
                                          "{'CollectionId':'staff'}");
    const char *expected =
        "{\"FaceCount\":1,\"FaceModelVersion\":\"7.0\",\"CollectionARN\":"
        "\"arn:aws:rekognition:eu-west-1:000000000000:collection/staff\",\"CreationTimestamp\":";
    assert_memory_equal(reply.body.data, expected, strlen(expected));
    assert_non_null(strstr(reply.body.data, ",\"UserCount\":0}"));
    buffer_release(&reply.body);
    assert_reply(fixture, "DeleteCollection", "{'CollectionId':'staff'}", "{\"StatusCode\":200}");
    assert_error(fixture, "DeleteCollection", "{'CollectionId':'staff'}", "ResourceNotFoundException",
                 "The collection id: staff does not exist");
    assert_error(fixture, "DescribeCollection", "{'CollectionId':'staff'}", "ResourceNotFoundException",
                 "The collection id: staff does not exist");
}

static void a_list_goes_on_though_its_last_row_was_deleted(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "a");
    create(fixture, "b");
    create(fixture, "c");
    struct api_reply reply = send_request(fixture, "RekognitionService.ListCollections", "{'MaxResults':2}");
    const char *token = member(fixture, &reply, "NextToken");
    assert_non_null(token);
    buffer_release(&reply.body);
    assert_reply(fixture, "DeleteCollection", "{'CollectionId':'b'}", "{\"StatusCode\":200}");
    assert_reply(fixture, "ListCollections",
                 arena_printf(fixture->arena, "{'MaxResults':2,'NextToken':'%s'}", token),
                 "{\"CollectionIds\":[\"c\"],\"FaceModelVersions\":[\"7.0\"]}");
    assert_error(fixture, "ListCollections", "{'NextToken':'bogus'}", "InvalidPaginationTokenException",
                 "Invalid Pagination Token");
    assert_error(fixture, "ListFaces",
                 arena_printf(fixture->arena, "{'CollectionId':'a','NextToken':'%s'}", token),
                 "InvalidPaginationTokenException", "Invalid Pagination Token");
}

static void faces_are_listed_by_id_page_by_page(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x33, 1, 0);
    add_face(fixture, "staff", 0x11, 0, 1);
    add_face(fixture, "staff", 0x22, 1, 0);
    struct api_reply reply = send_request(fixture, "RekognitionService.ListFaces",
                                          "{'CollectionId':'staff','MaxResults':2}");
    const char *token = member(fixture, &reply, "NextToken");
    const char *expected = "{\"Faces\":[" FACE("11", "\"ExternalImageId\":\"emp:1\",") "," FACE("22",
                                                                                                "") "],";
    assert_memory_equal(reply.body.data, expected, strlen(expected));
    assert_string_equal(member(fixture, &reply, "FaceModelVersion"), "7.0");
    buffer_release(&reply.body);
    assert_reply(
        fixture, "ListFaces",
        arena_printf(fixture->arena, "{'CollectionId':'staff','MaxResults':2,'NextToken':'%s'}", token),
        "{\"Faces\":[" FACE("33", "") "],\"FaceModelVersion\":\"7.0\"}");
}

static void faces_are_listed_by_name(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x33, 1, 0);
    add_face(fixture, "staff", 0x22, 1, 0);
    add_face(fixture, "staff", 0x44, 1, 0);
#define THREE "'CollectionId':'staff','FaceIds':['" ID("33") "','" ID("99") "','" ID("22") "','" ID("33") "']"
    assert_reply(fixture, "ListFaces", "{" THREE "}",
                 "{\"Faces\":[" FACE("22", "") "," FACE("33", "") "],\"FaceModelVersion\":\"7.0\"}");
    struct api_reply reply = send_request(fixture, "RekognitionService.ListFaces",
                                          "{" THREE ",'MaxResults':1}");
    const char *token = member(fixture, &reply, "NextToken");
    assert_non_null(token);
    buffer_release(&reply.body);
    assert_reply(fixture, "ListFaces", arena_printf(fixture->arena, "{" THREE ",'NextToken':'%s'}", token),
                 "{\"Faces\":[" FACE("33", "") "],\"FaceModelVersion\":\"7.0\"}");
    assert_reply(fixture, "ListFaces", "{'CollectionId':'staff','UserId':'nobody'}",
                 "{\"Faces\":[],\"FaceModelVersion\":\"7.0\"}");
}

static void deleting_faces_says_which_were_there(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x22, 1, 0);
    assert_reply(fixture, "DeleteFaces",
                 "{'CollectionId':'staff','FaceIds':['" ID("22") "','" ID("99") "','" ID("22") "']}",
                 "{\"DeletedFaces\":[\"" ID("22") "\"],\"UnsuccessfulFaceDeletions\":[{\"FaceId\":\"" ID(
                     "99") "\",\"Reasons\":[\"FACE_NOT_FOUND\"]}]}");
    assert_error(fixture, "SearchFaces", "{'CollectionId':'staff','FaceId':'" ID("22") "'}",
                 "InvalidParameterException", "faceId was not found in the collection.");
}

static void a_search_leaves_the_probe_out_and_keeps_its_twin(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x22, 0.6f, 0.8f);
    add_face(fixture, "staff", 0x33, 0.6f, 0.8f);
    add_face(fixture, "staff", 0x44, 0.8f, -0.6f);
    assert_reply(fixture, "SearchFaces",
                 "{'CollectionId':'staff','FaceId':'" ID("22") "','FaceMatchThreshold':100}",
                 "{\"SearchedFaceId\":\"" ID("22") "\",\"FaceMatches\":[{\"Similarity\":100,\"Face\":" FACE(
                     "33", "") "}],\"FaceModelVersion\":\"7.0\"}");
    assert_reply(fixture, "SearchFaces", "{'CollectionId':'staff','FaceId':'" ID("44") "'}",
                 "{\"SearchedFaceId\":\"" ID("44") "\",\"FaceMatches\":[],\"FaceModelVersion\":\"7.0\"}");
    struct api_reply reply = send_request(
        fixture, "RekognitionService.SearchFaces",
        "{'CollectionId':'staff','FaceId':'" ID("44") "','FaceMatchThreshold':0,"
                                                      "'MaxFaces':1}");
    assert_non_null(strstr(reply.body.data, ID("22")));
    assert_null(strstr(reply.body.data, ID("33")));
    buffer_release(&reply.body);
}

/* --- users --- */

#define OF_STAFF "'CollectionId':'staff',"
#define ANN OF_STAFF "'UserId':'ann'"

static void users_are_created_listed_and_deleted(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    assert_reply(fixture, "CreateUser", "{" ANN "}", "{}");
    assert_error(fixture, "CreateUser", "{" ANN "}", "ConflictException", "The user id: ann already exists");
    assert_reply(fixture, "CreateUser", "{" OF_STAFF "'UserId':'Bob:1'}", "{}");
    assert_reply(fixture, "ListUsers", "{'CollectionId':'staff'}",
                 "{\"Users\":[{\"UserId\":\"Bob:1\",\"UserStatus\":\"CREATED\"},"
                 "{\"UserId\":\"ann\",\"UserStatus\":\"CREATED\"}]}");
    struct api_reply reply = send_request(fixture, "RekognitionService.ListUsers",
                                          "{'CollectionId':'staff','MaxResults':1}");
    const char *token = member(fixture, &reply, "NextToken");
    buffer_release(&reply.body);
    assert_reply(fixture, "DeleteUser", "{" OF_STAFF "'UserId':'Bob:1'}", "{}");
    assert_reply(fixture, "ListUsers",
                 arena_printf(fixture->arena, "{'CollectionId':'staff','NextToken':'%s'}", token),
                 "{\"Users\":[{\"UserId\":\"ann\",\"UserStatus\":\"CREATED\"}]}");
    assert_error(fixture, "DeleteUser", "{" OF_STAFF "'UserId':'Bob:1'}", "ResourceNotFoundException",
                 "The user id: Bob:1 does not exist");
}

static void faces_join_a_user_and_leave_it(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x22, 1, 0);
    add_face(fixture, "staff", 0x33, 0, 1);
    assert_reply(fixture, "CreateUser", "{" ANN "}", "{}");
    assert_reply(fixture, "AssociateFaces", "{" ANN ",'FaceIds':['" ID("22") "','" ID("99") "']}",
                 "{\"AssociatedFaces\":[{\"FaceId\":\"" ID(
                     "22") "\"}],\"UnsuccessfulFaceAssociations\":"
                           "[{\"FaceId\":\"" ID("99") "\",\"Reasons\":[\"FACE_NOT_FOUND\"]}],"
                                                      "\"UserStatus\":\"UPDATING\"}");
    assert_reply(fixture, "AssociateFaces", "{" ANN ",'FaceIds':['" ID("22") "']}",
                 "{\"AssociatedFaces\":[],\"UnsuccessfulFaceAssociations\":[],\"UserStatus\":\"ACTIVE\"}");
    struct api_reply reply = send_request(fixture, "RekognitionService.AssociateFaces",
                                          "{" ANN ",'FaceIds':['" ID("33") "']}");
    assert_non_null(strstr(reply.body.data, "\"Reasons\":[\"LOW_MATCH_CONFIDENCE\"]"));
    assert_non_null(strstr(reply.body.data, "\"Confidence\":"));
    buffer_release(&reply.body);
    assert_reply(fixture, "ListFaces", "{" ANN "}",
                 "{\"Faces\":[" FACE_OF("22", "ann") "],\"FaceModelVersion\":\"7.0\"}");
    assert_reply(fixture, "ListFaces", "{" ANN ",'FaceIds':['" ID("22") "','" ID("33") "']}",
                 "{\"Faces\":[" FACE_OF("22", "ann") "],\"FaceModelVersion\":\"7.0\"}");
    assert_reply(fixture, "DeleteFaces", "{" OF_STAFF "'FaceIds':['" ID("22") "','" ID("33") "']}",
                 "{\"DeletedFaces\":[\"" ID("33") "\"],\"UnsuccessfulFaceDeletions\":[{\"FaceId\":\"" ID(
                     "22") "\",\"UserId\":\"ann\",\"Reasons\":[\"ASSOCIATED_TO_AN_EXISTING_USER\"]}]}");
    assert_reply(fixture, "DisassociateFaces", "{" ANN ",'FaceIds':['" ID("22") "']}",
                 "{\"DisassociatedFaces\":[{\"FaceId\":\"" ID(
                     "22") "\"}],\"UnsuccessfulFaceDisassociations\":[],\"UserStatus\":\"UPDATING\"}");
    assert_reply(fixture, "DisassociateFaces", "{" ANN ",'FaceIds':['" ID("22") "']}",
                 "{\"DisassociatedFaces\":[],\"UnsuccessfulFaceDisassociations\":[],"
                 "\"UserStatus\":\"CREATED\"}");
}

static void users_are_searched_by_user_and_by_face(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x22, 1, 0);
    add_face(fixture, "staff", 0x33, 1, 0);
    assert_reply(fixture, "CreateUser", "{" ANN "}", "{}");
    assert_reply(fixture, "CreateUser", "{" OF_STAFF "'UserId':'bob'}", "{}");
    assert_reply(fixture, "SearchUsers", "{" ANN "}",
                 "{\"UserMatches\":[],\"FaceModelVersion\":\"7.0\",\"SearchedUser\":{\"UserId\":\"ann\"}}");
    assert_reply(fixture, "AssociateFaces", "{" ANN ",'FaceIds':['" ID("22") "']}",
                 "{\"AssociatedFaces\":[{\"FaceId\":\"" ID(
                     "22") "\"}],\"UnsuccessfulFaceAssociations\":[],\"UserStatus\":\"UPDATING\"}");
    assert_reply(fixture, "AssociateFaces", "{" OF_STAFF "'UserId':'bob','FaceIds':['" ID("33") "']}",
                 "{\"AssociatedFaces\":[{\"FaceId\":\"" ID(
                     "33") "\"}],\"UnsuccessfulFaceAssociations\":[],\"UserStatus\":\"UPDATING\"}");
#define MATCH(user) "{\"Similarity\":100,\"User\":{\"UserId\":\"" user "\",\"UserStatus\":\"ACTIVE\"}}"
    assert_reply(fixture, "SearchUsers", "{" ANN "}",
                 "{\"UserMatches\":[" MATCH("bob") "],\"FaceModelVersion\":\"7.0\","
                                                   "\"SearchedUser\":{\"UserId\":\"ann\"}}");
    struct api_reply reply = send_request(fixture, "RekognitionService.SearchUsers",
                                          "{" OF_STAFF "'FaceId':'" ID("22") "'}");
    assert_non_null(strstr(reply.body.data, MATCH("ann")));
    assert_non_null(strstr(reply.body.data, MATCH("bob")));
    assert_non_null(strstr(reply.body.data, "\"SearchedFace\":{\"FaceId\":\"" ID("22") "\"}"));
    buffer_release(&reply.body);
    const char *one = "Request has invalid parameters: exactly one of UserId and FaceId must be given.";
    assert_error(fixture, "SearchUsers", "{'CollectionId':'staff'}", "InvalidParameterException", one);
    assert_error(fixture, "SearchUsers", "{" ANN ",'FaceId':'" ID("22") "'}", "InvalidParameterException",
                 one);
    assert_error(fixture, "SearchUsers", "{" OF_STAFF "'FaceId':'" ID("99") "'}", "InvalidParameterException",
                 "faceId was not found in the collection.");
    assert_error(fixture, "SearchUsers", "{" OF_STAFF "'UserId':'nobody'}", "ResourceNotFoundException",
                 "The user id: nobody does not exist");
}

/* --- one change, one transaction --- */

static void a_token_acts_once_and_answers_the_same(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    add_face(fixture, "staff", 0x22, 1, 0);
    const char *in_use = "The ClientRequestToken: t-1 you have supplied is already in use.";
    assert_reply(fixture, "CreateUser", "{" ANN ",'ClientRequestToken':'t-1'}", "{}");
    assert_reply(fixture, "CreateUser",
                 "{ 'ClientRequestToken' : 't-1', 'UserId':'ann' , 'Unknown':null,'CollectionId':'staff'}",
                 "{}");
    assert_error(fixture, "CreateUser", "{" OF_STAFF "'UserId':'bob','ClientRequestToken':'t-1'}",
                 "IdempotentParameterMismatchException", in_use);
    assert_error(fixture, "CreateUser", "{" ANN ",'ClientRequestToken':'t-2'}", "ConflictException",
                 "The user id: ann already exists");
    static const char *const thresholds[] = {"80", "80.0", "8e1"};
    for (size_t i = 0; i < ARRAY_LEN(thresholds); i++)
        assert_reply(fixture, "AssociateFaces",
                     arena_printf(fixture->arena,
                                  "{" ANN ",'FaceIds':['" ID("22") "'],'UserMatchThreshold':%s,"
                                                                   "'ClientRequestToken':'t-1'}",
                                  thresholds[i]),
                     "{\"AssociatedFaces\":[{\"FaceId\":\"" ID(
                         "22") "\"}],\"UnsuccessfulFaceAssociations\":[],\"UserStatus\":\"UPDATING\"}");
}

static void a_token_of_a_call_that_failed_is_still_new(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    assert_error(fixture, "DeleteUser", "{" ANN ",'ClientRequestToken':'t'}", "ResourceNotFoundException",
                 "The user id: ann does not exist");
    assert_reply(fixture, "CreateUser", "{" ANN "}", "{}");
    assert_reply(fixture, "DeleteUser", "{" ANN ",'ClientRequestToken':'t'}", "{}");
    assert_reply(fixture, "DeleteUser", "{" ANN ",'ClientRequestToken':'t'}", "{}");
}

static void a_call_leaves_no_transaction_open(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    assert_error(fixture, "DeleteUser", "{" ANN "}", "ResourceNotFoundException",
                 "The user id: ann does not exist");
    assert_false(store_in_transaction(fixture->service.store));
    assert_reply(fixture, "CreateUser", "{" ANN ",'ClientRequestToken':'t'}", "{}");
    assert_false(store_in_transaction(fixture->service.store));
    assert_reply(fixture, "CreateUser", "{" ANN ",'ClientRequestToken':'t'}", "{}");
    assert_false(store_in_transaction(fixture->service.store));
}

/* --- tags --- */

#define ARN "arn:aws:rekognition:eu-west-1:000000000000:collection/"

static void a_collection_is_tagged_by_its_arn(void **state) {
    struct fixture *fixture = *state;
    create(fixture, "staff");
    assert_reply(fixture, "TagResource", "{'ResourceArn':'" ARN "staff','Tags':{'b':'2','a':'1'}}", "{}");
    assert_reply(fixture, "TagResource",
                 "{'ResourceArn':'aws:rekognition:eu-west-1:000000000000:collection/staff','Tags':{'a':''}}",
                 "{}");
    assert_reply(fixture, "ListTagsForResource", "{'ResourceArn':'" ARN "staff'}",
                 "{\"Tags\":{\"a\":\"\",\"b\":\"2\"}}");
    assert_reply(fixture, "UntagResource", "{'ResourceArn':'" ARN "staff','TagKeys':['a','x']}", "{}");
    assert_reply(fixture, "ListTagsForResource", "{'ResourceArn':'" ARN "staff'}",
                 "{\"Tags\":{\"b\":\"2\"}}");
}

static void an_arn_that_is_none_is_told_from_one_of_nothing(void **state) {
    struct fixture *fixture = *state;
    static const char *const nothing[] = {
        ARN "nope",
        "arn:aws:rekognition:eu-west-2:000000000000:collection/staff",
        "arn:aws:rekognition:eu-west-1:000000000001:collection/staff",
        "arn:aws:rekognition:eu-west-1:000000000000:streamprocessor/staff",
        "arn:aws-cn:rekognition:eu-west-1:000000000000:collection/staff",
    };
    static const char *const none[] = {
        "staff-staff-staff-staff",
        "arn:aws:s3:eu-west-1:000000000000:collection/staff",
        ARN,
        ARN "a b",
        ARN "staff/more",
        "arn:aws:rekognition:eu-west-1:000000000000:collection",
        "arn:arn:aws:rekognition:eu-west-1:000000000000:collection/staff",
        "arn:aws:rekognition::000000000000:collection/staff",
        ARN "staff\\u0000",
    };
    create(fixture, "staff");
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
        assert_error(fixture, "ListTagsForResource",
                     arena_printf(fixture->arena, "{'ResourceArn':'%s'}", nothing[i]),
                     "ResourceNotFoundException",
                     arena_printf(fixture->arena, "The resource: %s does not exist", nothing[i]));
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_error(fixture, "ListTagsForResource",
                     arena_printf(fixture->arena, "{'ResourceArn':'%s'}", none[i]),
                     "InvalidParameterException",
                     "Request has invalid parameters: ResourceArn is no ARN of a collection.");
}

/* --- celebrities --- */

static void a_celebrity_is_a_user_of_the_collection_that_is_named(void **state) {
    struct fixture *fixture = *state;
    struct store_collection collection;
    struct error err;
    assert_error(fixture, "GetCelebrityInfo", "{'Id':'a1'}", "ResourceNotFoundException",
                 "This server has no collection of celebrities.");
    snprintf(fixture->service.celebrities, sizeof fixture->service.celebrities, "famous");
    assert_error(fixture, "GetCelebrityInfo", "{'Id':'a1'}", "ResourceNotFoundException",
                 "The collection id: famous does not exist");
    create(fixture, "famous");
    assert_true(store_collection_get(fixture->service.store, fixture->arena, STORE_OPERATOR, "famous",
                                     &collection, &err));
    assert_true(store_user_create(fixture->service.store, collection.number, "a1",
                                  "{\"Urls\":[\"a.example\"],\"Name\":\"Ann \\\"A\\\" A\","
                                  "\"KnownGender\":{\"Type\":\"Female\"}}",
                                  &err));
    assert_true(store_user_create(fixture->service.store, collection.number, "b2", NULL, &err));
    assert_reply(fixture, "GetCelebrityInfo", "{'Id':'a1'}",
                 "{\"Urls\":[\"a.example\"],\"Name\":\"Ann \\\"A\\\" A\","
                 "\"KnownGender\":{\"Type\":\"Female\"}}");
    assert_reply(fixture, "GetCelebrityInfo", "{'Id':'b2'}", "{\"Urls\":[],\"Name\":\"b2\"}");
    assert_error(fixture, "GetCelebrityInfo", "{'Id':''}", "ResourceNotFoundException",
                 "The user id:  does not exist");
}

static void an_image_has_exactly_one_source(void **state) {
    struct fixture *fixture = *state;
    const char *both = "Requested image should either contain bytes or s3 object.";
    assert_error(fixture, "DetectFaces", "{'Image':{}}", "InvalidParameterException", both);
    assert_error(fixture, "DetectFaces", "{'Image':{'Bytes':'AAAA','S3Object':{}}}",
                 "InvalidParameterException", both);
    assert_error(
        fixture, "DetectFaces", "{'Image':{'S3Object':{'Bucket':'abc','Name':'x'}}}",
        "InvalidS3ObjectException",
        "Unable to get object metadata from S3. Check object key, region and/or access permissions.: this "
        "server has no S3 source configured");
}

static void our_own_process_calls_without_a_signature(void **state) {
    struct fixture *fixture = *state;
    char json[64] = "{}";
    struct api_reply reply;
    api_call(&fixture->worker, "ListCollections", json, 2, &reply);
    assert_string_equal(reply.body.data, "{\"CollectionIds\":[],\"FaceModelVersions\":[]}");
    buffer_release(&reply.body);
    api_call(&fixture->worker, "DetectCats", json, 2, &reply);
    assert_string_equal(reply.error_type, "UnknownOperationException");
    buffer_release(&reply.body);
}

static void the_transport_refuses_in_the_same_form(void **state) {
    (void)state;
    struct api_reply reply;
    api_refuse(ERROR_THROTTLED, "Too many requests are waiting.", &reply);
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.error_type, "ThrottlingException");
    const char *expected =
        "{\"__type\":\"ThrottlingException\",\"Code\":\"ThrottlingException\",\"Logref\":\"";
    assert_memory_equal(reply.body.data, expected, strlen(expected));
    assert_non_null(strstr(reply.body.data, "\"Message\":\"Too many requests are waiting.\"}"));
    buffer_release(&reply.body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_request_without_a_signature_learns_nothing),
        TEST(only_post_to_the_root_is_an_operation),
        TEST(a_body_over_the_limit_is_refused_unread),
        TEST(signed_requests_are_answered),
        TEST(every_reply_has_an_id_of_its_own),
        TEST(collections_are_described_listed_and_deleted),
        TEST(a_list_goes_on_though_its_last_row_was_deleted),
        TEST(faces_are_listed_by_id_page_by_page),
        TEST(faces_are_listed_by_name),
        TEST(deleting_faces_says_which_were_there),
        TEST(a_search_leaves_the_probe_out_and_keeps_its_twin),
        TEST(users_are_created_listed_and_deleted),
        TEST(faces_join_a_user_and_leave_it),
        TEST(users_are_searched_by_user_and_by_face),
        TEST(a_token_acts_once_and_answers_the_same),
        TEST(a_token_of_a_call_that_failed_is_still_new),
        TEST(a_call_leaves_no_transaction_open),
        TEST(a_collection_is_tagged_by_its_arn),
        TEST(an_arn_that_is_none_is_told_from_one_of_nothing),
        TEST(a_celebrity_is_a_user_of_the_collection_that_is_named),
        TEST(an_image_has_exactly_one_source),
        TEST(our_own_process_calls_without_a_signature),
        TEST(the_transport_refuses_in_the_same_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
