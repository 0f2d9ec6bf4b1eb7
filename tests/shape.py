"""Replies held against the service model of botocore, to the letter: what a client in a stricter language than
Python would stumble over is an error here."""

import json
import re
import time

import botocore.session

MODEL = botocore.session.get_session().get_service_model("rekognition")
OFFERED = ("CreateCollection DescribeCollection ListCollections DeleteCollection IndexFaces ListFaces DeleteFaces "
           "SearchFaces SearchFacesByImage DetectFaces CompareFaces CreateUser DeleteUser ListUsers AssociateFaces "
           "DisassociateFaces SearchUsers SearchUsersByImage TagResource UntagResource ListTagsForResource "
           "RecognizeCelebrities GetCelebrityInfo").split()
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UNIVERSAL_ERRORS = ("AccessDeniedException InternalServerError ThrottlingException "
                    "ProvisionedThroughputExceededException ValidationException SerializationException "
                    "UnknownOperationException MissingAuthenticationTokenException IncompleteSignatureException "
                    "UnrecognizedClientException InvalidSignatureException RequestEntityTooLargeException").split()


def no_member_twice(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a member twice: {names}"
    return dict(pairs)


def no_constant(text):
    raise AssertionError(f"{text} is not JSON")


def load(body):
    """Strict JSON: UTF-8, no member twice, no NaN."""
    return json.loads(body.decode("utf-8", "strict"), object_pairs_hook=no_member_twice, parse_constant=no_constant)


def check_reply(operation, status, headers, body):
    """Fails unless this is a reply that every SDK understands."""
    headers = {name.lower(): value for name, value in headers.items()}
    assert re.fullmatch(UUID, headers["x-amzn-requestid"])
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert int(headers["content-length"]) == len(body)
    assert "x-amz-crc32" not in headers
    value = load(body)
    if status == 200:
        check(value, MODEL.operation_model(operation).output_shape, operation)
        check_lists(value, MODEL.operation_model(operation).output_shape, operation)
    else:
        check_error(operation, status, headers, value)


def check_error(operation, status, headers, value):
    allowed = UNIVERSAL_ERRORS + [error.name for error in MODEL.operation_model(operation).error_shapes]
    kind = value["__type"]
    assert kind in allowed, f"{operation} does not know {kind}"
    assert headers["x-amzn-errortype"] == kind
    assert value.get("Code", kind) == kind
    assert isinstance(value.get("Message", value.get("message")), str)
    assert status == (500 if kind == "InternalServerError" else 413 if "TooLarge" in kind and "Entity" in kind else 400)


def check_lists(value, shape, path):
    """Sample code indexes lists without a look: they are there when they are empty."""
    for name, member in shape.members.items():
        assert member.type_name != "list" or name in value, f"{path}.{name} is left out"


def check(value, shape, path):
    assert value is not None, f"{path} is null"
    CHECKS[shape.type_name](value, shape, path)


def check_structure(value, shape, path):
    assert isinstance(value, dict), f"{path} is no object"
    unknown = set(value) - set(shape.members)
    assert not unknown, f"{path} has members that the model does not know: {unknown}"
    for name, member in value.items():
        check(member, shape.members[name], f"{path}.{name}")


def check_list(value, shape, path):
    assert isinstance(value, list), f"{path} is no list"
    for index, item in enumerate(value):
        check(item, shape.member, f"{path}[{index}]")


def check_map(value, shape, path):
    assert isinstance(value, dict), f"{path} is no map"
    for key, item in value.items():
        assert 1 <= len(key) <= shape.key.metadata["max"]
        assert isinstance(item, str) and len(item) <= shape.value.metadata["max"], f"{path}.{key} is {item!r}"


def check_string(value, shape, path):
    assert isinstance(value, str), f"{path} is no string"
    enum, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    assert not enum or value in enum, f"{path} is {value}, not one of {enum}"
    assert not pattern or re.fullmatch(pattern, value), f"{path} is {value!r}, which {pattern} does not match"
    check_bounds(len(value), shape, path)


def check_integer(value, shape, path):
    assert type(value) is int, f"{path} is {value!r}, no integer"
    check_bounds(value, shape, path)


def check_float(value, shape, path):
    assert type(value) in (int, float), f"{path} is {value!r}, no number"
    check_bounds(value, shape, path)


def check_timestamp(value, shape, path):
    assert type(value) in (int, float), f"{path} is {value!r}, no number of seconds"
    assert 1.7e9 < value < time.time() + 60, f"{path} is {value}, no time in seconds that can be"


def check_boolean(value, shape, path):
    assert type(value) is bool, f"{path} is {value!r}, no boolean"


def check_bounds(number, shape, path):
    assert number >= shape.metadata.get("min", number), f"{path}: {number} is under the minimum"
    assert number <= shape.metadata.get("max", number), f"{path}: {number} is over the maximum"


CHECKS = {"structure": check_structure, "list": check_list, "map": check_map, "string": check_string, "integer": check_integer,
          "long": check_integer, "float": check_float, "timestamp": check_timestamp, "boolean": check_boolean}
