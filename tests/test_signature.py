"""AWS Signature Version 4: who may call, and what the others are told."""

import hashlib
import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

import wire

BODY = b'{"MaxResults": 1}'
OTHER_SECRET = "0" * 40
MISMATCH = "The request signature we calculated does not match the signature you provided."


@pytest.fixture
def headers(server):
    """Of a properly signed request with BODY."""
    return wire.sign(server, "ListCollections", BODY)


@pytest.fixture
def send(server):
    def send_and_check(headers, body=BODY):
        reply = wire.send(server, headers, body)
        assert reply.status == 400 if reply.status != 200 else "CollectionIds" in reply.json
        if reply.status != 200:
            assert reply.headers["x-amzn-ErrorType"] == reply.type and reply.message
            assert server.credentials.secret_key not in str(reply)
        return reply

    return send_and_check


def test_a_proper_signature_is_accepted(send, headers):
    assert send(headers).status == 200


def test_without_authorization_the_token_is_missing(send, headers):
    for value in None, "":
        headers["Authorization"] = value
        reply = send({name: text for name, text in headers.items() if text is not None})
        assert reply.type == "MissingAuthenticationTokenException" and reply.message == "Missing Authentication Token"


@pytest.mark.parametrize("part", ["Credential", "SignedHeaders", "Signature"])
def test_an_authorization_that_lacks_a_part_is_incomplete_and_names_it(send, headers, part):
    headers["Authorization"] = re.sub(rf"{part}=[^,]+(, )?", "", headers["Authorization"]).rstrip(", ")
    reply = send(headers)
    assert reply.type == "IncompleteSignatureException" and part in reply.message


@pytest.mark.parametrize("value", [
    "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 x", "AWS4-HMAC-SHA256 Credential", "Basic dXNlcjpwYXNz",
    "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "AWS4-HMAC-SHA256 =,=,=", "AWS4-HMAC-SHA1 a=b", ", , ,",
    "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=00", "AWS4-HMAC-SHA256 " + "x=y, " * 500,
    "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=00", "Bearer abc", "\x7f\x01\x02"])
def test_a_garbled_authorization_is_incomplete(send, headers, value):
    headers["Authorization"] = value
    assert send(headers).type == "IncompleteSignatureException"


def test_a_signature_without_a_date_is_incomplete(send, headers):
    del headers["X-Amz-Date"]
    assert send(headers).type == "IncompleteSignatureException"


@pytest.mark.parametrize("date", ["", "now", "2026-11-24T08:43:47Z", "20261399T084347Z", "20261124T084347", "9" * 300])
def test_a_garbled_date_is_incomplete(send, headers, date):
    headers["X-Amz-Date"] = date
    assert send(headers).type == "IncompleteSignatureException"


def test_an_unknown_access_key_is_not_recognized(server, send):
    stranger = botocore.credentials.Credentials("AKIANOBODYNOBODYNOBO", server.credentials.secret_key)
    reply = send(wire.sign(server, "ListCollections", BODY, credentials=stranger))
    assert reply.type == "UnrecognizedClientException"
    assert reply.message == "The security token included in the request is invalid."


def test_a_session_token_is_not_recognized(server, send):
    own = server.credentials
    with_token = botocore.credentials.Credentials(own.access_key, own.secret_key, "token")
    reply = send(wire.sign(server, "ListCollections", BODY, credentials=with_token))
    assert reply.type == "UnrecognizedClientException"


def test_a_wrong_secret_does_not_match(server, send):
    guess = botocore.credentials.Credentials(server.credentials.access_key, OTHER_SECRET)
    reply = send(wire.sign(server, "ListCollections", BODY, credentials=guess))
    assert reply.type == "InvalidSignatureException" and reply.message.startswith(MISMATCH)


@pytest.mark.parametrize("service", ["s3", "Rekognition", "rekognitionstreaming", "execute-api"])
def test_the_scope_of_another_service_is_refused(server, send, service):
    reply = send(wire.sign(server, "ListCollections", BODY, service=service))
    assert reply.type == "InvalidSignatureException"


def test_any_region_is_accepted(server, send):
    for region in "us-east-1", "eu-central-1", "local", "mars-north-7":
        assert send(wire.sign(server, "ListCollections", BODY, region=region)).status == 200


@pytest.mark.parametrize("skew, words", [(-3600, "Signature expired: "), (-86400 * 400, "Signature expired: "),
                                         (3600, "Signature not yet current: ")])
def test_a_wrong_clock_is_told_with_both_times(server, send, skew, words):
    reply = send(wire.sign(server, "ListCollections", BODY, skew=skew))
    assert reply.type == "InvalidSignatureException" and reply.message.startswith(words)
    assert len(set(re.findall(r"\d{8}T\d{6}Z", reply.message))) >= 2


@pytest.mark.parametrize("skew", [-280, 280])
def test_a_clock_that_is_nearly_right_is_accepted(server, send, skew):
    assert send(wire.sign(server, "ListCollections", BODY, skew=skew)).status == 200


def test_a_body_that_was_changed_does_not_match(send, headers):
    for body in b'{"MaxResults": 2}', b"{}", b"", BODY + b" ":
        assert send(headers, body).type == "InvalidSignatureException"


@pytest.mark.parametrize("name, value", [("X-Amz-Target", "RekognitionService.DeleteCollection"),
                                         ("Content-Type", "text/plain"), ("X-Amz-Date", "20991231T235959Z"),
                                         ("Host", "example.com")])
def test_a_signed_header_that_was_changed_does_not_match(send, headers, name, value):
    headers[name] = value
    assert send(headers).type == "InvalidSignatureException"


def test_a_signature_that_was_changed_does_not_match(send, headers):
    good = headers["Authorization"]
    other = good[:-1] + ("0" if good[-1] != "0" else "1")
    for bad in other, good[:-1], good + "0", re.sub("Signature=.*", "Signature=zz", good):
        headers["Authorization"] = bad
        assert send(headers).type == "InvalidSignatureException"


def test_the_hash_of_the_body_may_be_sent_and_must_be_right(server, send):
    right = hashlib.sha256(BODY).hexdigest()
    assert send(wire.sign(server, "ListCollections", BODY, headers={"X-Amz-Content-SHA256": right})).status == 200
    # The hash stands unsigned beside a proper signature: botocore would sign what the header says.
    other = hashlib.sha256(b"{}").hexdigest()
    for wrong in other, right[:-1], "", "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
        signed = wire.sign(server, "ListCollections", BODY)
        assert send({**signed, "X-Amz-Content-SHA256": wrong}).type == "InvalidSignatureException"


def test_an_unsigned_payload_is_refused(server, send):
    request = botocore.awsrequest.AWSRequest("POST", server.url + "/", {
        "Content-Type": wire.CONTENT_TYPE, "X-Amz-Target": "RekognitionService.ListCollections"}, BODY)
    request.context["payload_signing_enabled"] = False
    wire.Signer(server.credentials, "rekognition", "us-east-1").add_auth(request)
    assert request.headers["X-Amz-Content-SHA256"] == "UNSIGNED-PAYLOAD"
    assert send(dict(request.headers.items())).type == "InvalidSignatureException"


def test_more_signed_headers_are_accepted_as_other_sdks_send_them(server, send):
    more = {"amz-sdk-invocation-id": "0f7f8e7c-1111-4222-8333-444455556666", "amz-sdk-request": "attempt=1; max=3",
            "Content-Length": str(len(BODY)), "x-amz-user-agent": "aws-sdk-js/3.1141.0   ua/2.1",
            "X-Amz-Content-SHA256": hashlib.sha256(BODY).hexdigest()}
    signed = wire.sign(server, "ListCollections", BODY, headers=more)
    assert "amz-sdk-invocation-id;amz-sdk-request;content-length" in signed["Authorization"]
    assert send(signed).status == 200


def test_names_of_headers_may_have_any_case(send, headers):
    assert send({name.upper(): value for name, value in headers.items()}).status == 200
    assert send({name.lower(): value for name, value in headers.items()}).status == 200


def test_the_parts_may_stand_without_a_space(send, headers):
    headers["Authorization"] = headers["Authorization"].replace(", ", ",")
    assert send(headers).status == 200


@pytest.mark.parametrize("name", ["host", "x-amz-date", "x-amz-target"])
def test_what_says_where_when_and_what_must_be_signed(server, send, name):
    request = botocore.awsrequest.AWSRequest("POST", server.url + "/", {
        "Content-Type": wire.CONTENT_TYPE, "X-Amz-Target": "RekognitionService.ListCollections"}, BODY)
    signer = wire.Signer(server.credentials, "rekognition", "us-east-1")
    signed = signer.headers_to_sign

    def all_but_one(request):
        kept = signed(request)
        del kept[name]
        return kept

    signer.headers_to_sign = all_but_one
    signer.add_auth(request)
    assert send(dict(request.headers.items())).type == "InvalidSignatureException"


def test_a_signed_header_that_is_not_there_is_refused(send, headers):
    headers["Authorization"] = headers["Authorization"].replace("host;", "host;x-absent;")
    assert send(headers).type == "InvalidSignatureException"


def test_a_signature_in_the_query_is_not_accepted(server, client):
    url = client.generate_presigned_url("list_collections", Params={})
    reply = wire.send(server, {"Content-Type": wire.CONTENT_TYPE, "X-Amz-Target": "RekognitionService.ListCollections"},
                      b"{}", path="/" + url.split("/", 3)[3])
    assert reply.status == 400 and reply.type == "MissingAuthenticationTokenException"


def test_a_query_is_part_of_what_is_signed(server):
    signed = wire.sign(server, "ListCollections", BODY, path="/?b=2&a=1%20x")
    assert wire.send(server, signed, BODY, path="/?b=2&a=1%20x").status == 200
    assert wire.send(server, signed, BODY, path="/?b=2&a=1%20y").type == "InvalidSignatureException"
    assert wire.send(server, signed, BODY, path="/").type == "InvalidSignatureException"


def test_an_unknown_operation_is_told_only_to_those_who_may_call(server, send):
    unknown = wire.sign(server, "Nothing", BODY)
    assert wire.send(server, unknown, BODY).type == "UnknownOperationException"
    guess = botocore.credentials.Credentials(server.credentials.access_key, OTHER_SECRET)
    assert send(wire.sign(server, "Nothing", BODY, credentials=guess)).type == "InvalidSignatureException"
    del unknown["Authorization"]
    assert send(unknown).type == "MissingAuthenticationTokenException"


def test_a_bad_signature_is_told_before_a_bad_body(server, send):
    guess = botocore.credentials.Credentials(server.credentials.access_key, OTHER_SECRET)
    assert send(wire.sign(server, "DetectFaces", b"{", credentials=guess), b"{").type == "InvalidSignatureException"


def test_a_refused_call_changes_nothing(server, client):
    guess = botocore.credentials.Credentials(server.credentials.access_key, OTHER_SECRET)
    body = wire.encode({"CollectionId": "forged"})
    assert wire.send(server, wire.sign(server, "CreateCollection", body, credentials=guess), body).status == 400
    assert "forged" not in client.list_collections()["CollectionIds"]
