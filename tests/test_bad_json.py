"""Bodies that are not what they should be."""

import json

import pytest

import photos as photographs
import wire

DEEP = 100_000


@pytest.mark.parametrize("body", [
    b"", b" ", b"\0", b"x", b"null", b"true", b"7", b'"text"', b"[]", b"[{}]", b"{", b"}", b"{}}", b"{} {}", b"{},",
    b"{}\0", b"{'MaxResults': 1}", b'{"MaxResults": 1,}', b'{"MaxResults" 1}', b'{"MaxResults": }', b'{MaxResults: 1}',
    b'{"MaxResults": 01}', b'{"MaxResults": +1}', b'{"MaxResults": .5}', b'{"MaxResults": 1.}', b'{"MaxResults": 0x1}',
    b'{"MaxResults": NaN}', b'{"MaxResults": Infinity}', b'{"MaxResults": -Infinity}', b'{"MaxResults": 1e999}',
    b'{"x": 1} // comment', b'/* */ {}', b'{"x": "\n"}', b'{"x": "\\x41"}', b'{"x": "\\u12"}', b'{"x": "open',
    b'{"x": "\xff"}', b'{"x": "\xc0\xaf"}', b'{"x": "\xed\xa0\x80"}', b'{"x": "\xf5\x80\x80\x80"}', b'{"\xff": 1}',
    b'{"x": "\\ud800"}', b'{"x": "\\udc00\\ud800"}', b'{"x": tru}', b'{"x": nul', b"{" * DEEP, b"[" * DEEP,
    b'{"x":' * DEEP + b"1" + b"}" * DEEP, b'{"x":' + b"[" * 1000 + b"]" * 1000 + b"}", "{}".encode("utf-16"),
    "{}".encode("utf-32"), b"\x1f\x8b\x08\x00", b"MaxResults=1", b"<xml/>"],
    ids=lambda body: repr(body[:24]))
def test_a_body_that_is_no_json_object_cannot_be_read(server, body):
    reply = wire.call(server, "ListCollections", body)
    assert reply.status == 400 and reply.type == "SerializationException" and reply.message


def test_every_cut_of_a_request_is_refused(server):
    body = json.dumps({"CollectionId": "cut", "Tags": {"ä": "\n"}, "MaxFaces": [1, -2.5e3, None, True]}).encode()
    for length in range(len(body)):
        assert wire.call(server, "DescribeCollection", body[:length]).type == "SerializationException", body[:length]


@pytest.mark.parametrize("body", [
    b'\n\t {"CollectionId" \r\n:\t"%s"} \n', b'{"\\u0043ollectionId": "%s"}',
    b'{"x": "\\ud83d\\ude00", "CollectionId": "%s"}',
    '{"x": "😀", "CollectionId": "%s"}'.encode(),
    b'{"x": 123456789012345678901234567890, "CollectionId": "%s"}', b'{"x": 1e-400, "CollectionId": "%s"}',
    b'{"x": {"x": [[[[]]]]}, "CollectionId": "%s"}', b'{"": "", "CollectionId": "%s"}',
    b'{"x": "\\u0000", "CollectionId": "%s"}'],
    ids=lambda body: repr(body[:24]))
def test_unusual_but_proper_json_is_read(server, collection, body):
    reply = wire.call(server, "DescribeCollection", body % collection.encode())
    assert reply.status == 200, reply


def test_escapes_in_values_are_read(server, collection):
    escaped = "".join(f"\\u{ord(character):04x}" for character in collection)
    assert wire.call(server, "DescribeCollection", b'{"CollectionId": "%s"}' % escaped.encode()).status == 200


def test_a_threshold_may_be_an_integer_or_any_float(server, collection, photos):
    image = json.dumps(wire.image(photos.small("obama.jpg"))).encode()
    for number in b"80", b"80.5", b"8e1", b"0", b"0.0", b"-0", b"100", b"1E-3":
        body = b'{"CollectionId": "%s", "FaceMatchThreshold": %s, "Image": %s}' % (collection.encode(), number, image)
        assert wire.call(server, "SearchFacesByImage", body).status == 200, number


@pytest.mark.parametrize("spoil", [
    lambda text: text[:-1], lambda text: text + "=", lambda text: text[:20] + "\n" + text[20:], lambda text: " " + text,
    lambda text: text[:20] + "*" + text[21:], lambda text: "-_" + text[2:], lambda text: text[:8] + "==" + text[8:],
    lambda text: "data:image/jpeg;base64," + text, lambda text: text[:20] + "é" + text[21:], lambda text: "=",
    lambda text: "A", lambda text: "AA", lambda text: "AAA", lambda text: "AA=A", lambda text: "====",
    lambda text: text[:20] + "\0" + text[21:]])
def test_bytes_that_are_not_base64_cannot_be_read(server, spoil):
    text = wire.blob(photographs.jpeg(photographs.scenery(83, 84)))
    reply = wire.call(server, "DetectFaces", {"Image": {"Bytes": spoil(text)}})
    assert reply.status == 400 and reply.type == "SerializationException"


def test_a_member_that_comes_twice_does_no_harm(server, collection):
    body = b'{"CollectionId": "%s", "CollectionId": 7, "CollectionId": "nope"}' % collection.encode()
    assert wire.call(server, "DescribeCollection", body).status in (200, 400)


def test_an_error_never_repeats_a_long_value(server):
    reply = wire.call(server, "DescribeCollection", {"CollectionId": "x" * 1_000_000})
    assert reply.type == "ValidationException" and len(reply.body) < 4000


@pytest.mark.parametrize("text", ['"', "\\", "\0", "\x1f", "</script>", "'; DROP TABLE faces; --", "%s%n", "\u2028",
                                  "😀", "../.."])
def test_an_error_that_repeats_a_value_is_still_json(server, text):
    reply = wire.call(server, "DescribeCollection", {"CollectionId": text})
    assert reply.type in ("ValidationException", "ResourceNotFoundException")


def test_a_million_members_are_read_or_refused_in_time(server):
    body = b"{" + b",".join(b'"m%d":0' % number for number in range(400_000)) + b"}"
    assert wire.call(server, "ListCollections", body).status in (200, 400)
    assert wire.call(server, "CreateCollection", b'{"CollectionId":"many","Tags":%s}' % body).status == 400
