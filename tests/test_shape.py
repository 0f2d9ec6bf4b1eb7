"""The ruler that all replies are held against: it finds what is wrong."""

import copy

import pytest

import shape

ID = "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"
HEADERS = {"x-amzn-RequestId": ID, "Content-Type": "application/x-amz-json-1.1"}
SEARCH = b"""{"SearchedFaceId": "%s", "FaceModelVersion": "7.0", "FaceMatches": [{"Similarity": 98.5, "Face": {
"FaceId": "%s", "BoundingBox": {"Width": 0.5, "Height": 1, "Left": -0.1, "Top": 1e-3}, "Confidence": 99}}]}""" % (
    ID.encode(), ID.encode())


def check(body, operation="SearchFaces", status=200, headers=HEADERS):
    shape.check_reply(operation, status, {**headers, "Content-Length": str(len(body))}, body)


def test_a_proper_reply_passes():
    check(SEARCH)
    check(b'{"FaceCount": 3, "CreationTimestamp": 1.760000000215E9}', "DescribeCollection")


@pytest.mark.parametrize("right, wrong", [
    (b"98.5", b"101"), (b"98.5", b'"98.5"'), (b"98.5", b"true"), (b"98.5", b"null"), (b"98.5", b"NaN"),
    (b"98.5", b"98.5, \"Similarity\": 98.5"), (b'"FaceMatches"', b'"faceMatches"'), (b'"Width"', b'"Weight"'),
    (ID.encode(), ID.upper().encode()), (b"[", b"[null,"), (b'"7.0"', b"7.0"), (b'"7.0"', b'"\xff"'),
    (b"}]}", b"}]},")])
def test_a_reply_that_is_not_quite_right_is_found(right, wrong):
    assert right in SEARCH
    with pytest.raises((AssertionError, ValueError)):
        check(SEARCH.replace(right, wrong, 1))


@pytest.mark.parametrize("body", [b'{"FaceCount": 3.0}', b'{"FaceCount": -1}', b'{"FaceCount": "3"}',
                                  b'{"CreationTimestamp": 1795500856215}', b'{"CreationTimestamp": "2026-11-24"}'])
def test_a_number_of_the_wrong_kind_is_found(body):
    with pytest.raises(AssertionError):
        check(body, "DescribeCollection")


def test_a_list_that_is_left_out_is_found():
    with pytest.raises(AssertionError):
        check(b"{}", "ListCollections")


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_left_out_is_found(name):
    headers = copy.copy(HEADERS)
    del headers[name]
    with pytest.raises(KeyError):
        check(SEARCH, headers=headers)


@pytest.mark.parametrize("kind, status", [("ImageTooLargeException", 400), ("InvalidParameterException", 500)])
def test_an_error_that_the_operation_does_not_have_is_found(kind, status):
    body = b'{"__type": "%s", "Message": "x"}' % kind.encode()
    with pytest.raises(AssertionError):
        check(body, status=status, headers={**HEADERS, "x-amzn-ErrorType": kind})
