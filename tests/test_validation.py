"""Requests that break one constraint of the service model, each in turn: what AWS's own front would answer.

The cases are not written down here but made from the model: another operation, another member, another case."""

import re

import pytest

import shape
import wire

JPEG_START = b"\xff\xd8\xff\xe0 no picture"
FACE_ID = "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"
SAMPLES = {"CollectionId": "validation", "FaceId": FACE_ID, "FaceIds": [FACE_ID], "Image": wire.image(JPEG_START),
           "SourceImage": wire.image(JPEG_START), "TargetImage": wire.image(JPEG_START), "UserId": "someone",
           "ResourceArn": "arn:aws:rekognition:us-east-1:000000000000:collection/validation", "Tags": {"k": "v"},
           "TagKeys": ["k"], "Id": "3Ir0du6"}
WRONG_TEXTS = ["\n", "*", "A!", "aws:x"]  # one of them breaks any pattern of the model


def input_of(operation):
    return shape.MODEL.operation_model(operation).input_shape


def minimal(operation):
    """The least request that breaks no constraint."""
    return {name: SAMPLES[name] for name in input_of(operation).required_members}


def camel(name):
    return name[0].lower() + name[1:]


def with_member(request, path, value):
    """The request with the member at the path set; a structure on the way is made anew."""
    changed = dict(request)
    name, rest = path[0], path[1:]
    changed[name] = with_member({}, rest, value) if rest else value
    return changed


def members(structure, path=()):
    """Every member of a structure and of the structures in it, with its path."""
    for name, member in structure.members.items():
        yield (*path, name), member
        if member.type_name == "structure":
            yield from members(member, (*path, name))


ALL_MEMBERS = [pytest.param(operation, path, member, id=f"{operation}-{'.'.join(path)}")
               for operation in shape.OFFERED for path, member in members(input_of(operation))]


def text_of_length(length, pattern):
    if pattern and "8" in pattern and "-[" in pattern:
        return FACE_ID
    return "a" * length


def wrong_text(pattern):
    expression = re.sub(r"\\p\{[LZN]\}", "a-zA-Z0-9 ", pattern)
    return next(text for text in WRONG_TEXTS if not re.fullmatch(expression, text))


def item_of(member, index):
    """A proper item of a list, another one for each index."""
    if member.metadata.get("enum"):
        return member.metadata["enum"][index % len(member.metadata["enum"])]
    return f"{index:08x}{FACE_ID[8:]}"


def sized(member, size):
    """A value of this many characters, bytes or items."""
    if member.type_name == "string":
        return text_of_length(size, member.metadata.get("pattern"))
    if member.type_name == "blob":
        return wire.blob(JPEG_START[:size].ljust(size, b"\0"))
    if member.type_name == "list":
        return [item_of(member.member, index) for index in range(size)]
    if member.type_name == "map":
        return {f"k{index}": "v" for index in range(size)}
    return size


def wording(member, rule):
    """What AWS says of the constraint."""
    what = "value" if member.type_name in ("integer", "long", "float") else "length"
    if rule == "min":
        return f"Member must have {what} greater than or equal to {member.metadata['min']}"
    if rule == "max":
        return f"Member must have {what} less than or equal to {member.metadata['max']}"
    if rule == "pattern":
        return f"Member must satisfy regular expression pattern: {member.metadata['pattern']}"
    return f"Member must satisfy enum value set: [{', '.join(member.metadata['enum'])}]"


def violations(member):
    """(constraint, value that breaks it and no other) for each constraint that JSON can break."""
    bounds = member.metadata
    number = member.type_name in ("integer", "long", "float")
    if "min" in bounds and (number or bounds["min"] > 0) and not (member.type_name == "string" and "pattern" in bounds):
        yield "min", sized(member, bounds["min"] - 1)
    if "max" in bounds:
        yield "max", sized(member, bounds["max"] + 1)
    if "pattern" in bounds:
        yield "pattern", wrong_text(bounds["pattern"]).ljust(bounds.get("min", 0), "*")
    if "enum" in bounds:
        yield "enum", "nothing"


CONSTRAINTS = [pytest.param(operation, path, member, rule, value, id=f"{operation}-{'.'.join(path)}-{rule}")
               for operation in shape.OFFERED for path, member in members(input_of(operation))
               for rule, value in violations(member)]
BOUNDS = [pytest.param(operation, path, member, rule, id=f"{operation}-{'.'.join(path)}-{rule}")
          for operation in shape.OFFERED for path, member in members(input_of(operation))
          for rule in ("min", "max") if rule in member.metadata]
REQUIRED = [(operation, name) for operation in shape.OFFERED for name in input_of(operation).required_members]
LISTS = [pytest.param(operation, path, member, id=f"{operation}-{'.'.join(path)}")
         for operation in shape.OFFERED for path, member in members(input_of(operation)) if member.type_name == "list"]


def renew_collection(server):
    """The collection of the samples is there, and empty."""
    wire.call(server, "DeleteCollection", {"CollectionId": SAMPLES["CollectionId"]})
    assert wire.call(server, "CreateCollection", {"CollectionId": SAMPLES["CollectionId"]}).status == 200


@pytest.fixture(scope="module", autouse=True)
def collection_of_samples(server):
    renew_collection(server)


def assert_violation(reply, path, said, count=1):
    detected = f"{count} validation error{'s' if count > 1 else ''} detected: "
    assert reply.status == 400 and reply.type == "ValidationException", reply
    assert reply.message.startswith(detected), reply
    place = re.escape(".".join(map(camel, path)))
    expected = rf"Value ('[^\0]*'|null) at '{place}' failed to satisfy constraint: {re.escape(said)}"
    assert re.search(expected, reply.message), f"{expected} is not in {reply.message}"


@pytest.mark.parametrize("operation, path, member, rule, value", CONSTRAINTS)
def test_a_constraint_of_the_model_is_kept(server, operation, path, member, rule, value):
    reply = wire.call(server, operation, with_member(minimal(operation), path, value))
    assert_violation(reply, path, wording(member, rule))


@pytest.mark.parametrize("operation, path, member, rule", BOUNDS)
def test_a_value_at_its_bound_is_within_it(server, operation, path, member, rule):
    value = sized(member, member.metadata[rule])
    if operation == "CreateCollection" and path == ("CollectionId",):
        wire.call(server, "DeleteCollection", {"CollectionId": value})
    reply = wire.call(server, operation, with_member(minimal(operation), path, value))
    assert reply.status == 200 or reply.type not in ("ValidationException", "SerializationException"), reply


@pytest.mark.parametrize("operation, name", REQUIRED)
@pytest.mark.parametrize("how", ["absent", "null", "misspelt"])
def test_a_required_member_is_required(server, operation, name, how):
    request = minimal(operation)
    value = request.pop(name)
    request.update({"absent": {}, "null": {name: None}, "misspelt": {camel(name): value}}[how])
    assert_violation(wire.call(server, operation, request), (name,), "Member must not be null")


@pytest.mark.parametrize("operation, path, member", LISTS)
def test_the_items_of_a_list_keep_their_constraints(server, operation, path, member):
    item = "nothing" if "enum" in member.member.metadata else wrong_text(member.member.metadata["pattern"])
    reply = wire.call(server, operation, with_member(minimal(operation), path, [item_of(member.member, 0), item]))
    rule = "enum" if "enum" in member.member.metadata else "pattern"
    assert_violation(reply, path, "Member must satisfy constraint: [")
    assert wording(member.member, rule) in reply.message


@pytest.mark.parametrize("operation", ["CreateCollection", "TagResource"])
@pytest.mark.parametrize("tags, whose, rule", [
    ({"aws:x": "v"}, "keys", "pattern"), ({"": "v"}, "keys", "min"), ({"k" * 129: "v"}, "keys", "max"),
    ({"k*": "v"}, "keys", "pattern"), ({"k": "v*"}, "value", "pattern"), ({"k": "v" * 257}, "value", "max")])
def test_the_entries_of_a_map_keep_their_constraints(server, operation, tags, whose, rule):
    shapes = input_of(operation).members["Tags"]
    member = shapes.key if whose == "keys" else shapes.value
    reply = wire.call(server, operation, {**minimal(operation), "Tags": tags})
    assert reply.type == "ValidationException", reply
    assert "at 'tags' failed to satisfy constraint" in reply.message and wording(member, rule) in reply.message


WRONG_KINDS = {"a string": "text", "a number": 7, "true": True, "a list": [1], "an object": {"x": 1}}
RIGHT_KINDS = {"string": "a string", "blob": "a string", "integer": "a number", "long": "a number",
               "float": "a number", "list": "a list", "map": "an object", "structure": "an object"}


@pytest.mark.parametrize("operation, path, member", ALL_MEMBERS)
def test_a_member_of_the_wrong_type_cannot_be_read(server, operation, path, member):
    for kind, value in WRONG_KINDS.items():
        if kind != RIGHT_KINDS[member.type_name]:
            reply = wire.call(server, operation, with_member(minimal(operation), path, value))
            assert reply.status == 400 and reply.type == "SerializationException", f"{kind}: {reply}"
            assert reply.message


@pytest.mark.parametrize("operation, path, member", LISTS)
def test_an_item_of_the_wrong_type_cannot_be_read(server, operation, path, member):
    for value in 7, True, None, ["text"], {}:
        reply = wire.call(server, operation, with_member(minimal(operation), path, [value]))
        assert reply.type == "SerializationException", f"{value}: {reply}"


@pytest.mark.parametrize("value", ["1.5", "1e400", "9223372036854775808", "-9223372036854775809", "2147483648",
                                   '"5"', "true"])
def test_an_integer_that_is_none_cannot_be_read(server, value):
    body = b'{"MaxResults": %s}' % value.encode()
    assert wire.call(server, "ListCollections", body).type == "SerializationException"


@pytest.mark.parametrize("operation", shape.OFFERED)
def test_unknown_members_are_ignored(server, operation):
    outcomes = []
    for more in {}, {"Unknown": [{"x": None}], "collectionId": 7}:
        renew_collection(server)
        reply = wire.call(server, operation, {**more, **minimal(operation)})
        outcomes.append((reply.status, reply.type))
    assert outcomes[0] == outcomes[1]
    renew_collection(server)


@pytest.mark.parametrize("operation", shape.OFFERED)
def test_members_that_are_null_are_absent(server, operation):
    optional = set(input_of(operation).members) - set(input_of(operation).required_members)
    reply = wire.call(server, operation, {**dict.fromkeys(optional), **minimal(operation)})
    assert reply.type not in ("ValidationException", "SerializationException")
    renew_collection(server)


def test_several_violations_are_counted_and_all_told(server):
    reply = wire.call(server, "SearchFaces", {"CollectionId": "a b", "MaxFaces": 0, "FaceMatchThreshold": 101})
    assert reply.message.count("failed to satisfy constraint") == 4 and reply.message.count("; ") == 3
    assert_violation(reply, ("FaceId",), "Member must not be null", count=4)
    assert_violation(reply, ("MaxFaces",), "Member must have value greater than or equal to 1", count=4)
    assert_violation(reply, ("FaceMatchThreshold",), "Member must have value less than or equal to 100", count=4)


def test_empty_bytes_are_told_in_the_words_of_aws(server):
    reply = wire.call(server, "DetectFaces", {"Image": {"Bytes": ""}})
    assert reply.message == ("1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at "
                             "'image.bytes' failed to satisfy constraint: Member must have length greater than or "
                             "equal to 1")


def test_an_external_image_id_is_told_in_the_words_of_aws(server):
    reply = wire.call(server, "IndexFaces", {**minimal("IndexFaces"), "ExternalImageId": "a b"})
    assert reply.message == ("1 validation error detected: Value 'a b' at 'externalImageId' failed to satisfy "
                             "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.\\-:]+")


def test_length_is_counted_in_characters_not_bytes(server):
    request = {"CollectionId": "umlauts", "Tags": {"ä" * 128: "ö" * 256}}
    assert wire.call(server, "CreateCollection", request).status == 200
    wire.call(server, "DeleteCollection", {"CollectionId": "umlauts"})


@pytest.mark.parametrize("name", sorted(set(shape.MODEL.operation_names) - set(shape.OFFERED)))
def test_an_operation_that_is_not_offered_is_unknown(server, name):
    reply = wire.call(server, name, {})
    assert reply.status == 400 and reply.type == "UnknownOperationException" and name in reply.message


@pytest.mark.parametrize("target", ["RekognitionService.Nothing", "RekognitionService.", "Rekognition.DetectFaces",
                                    "DetectFaces", "RekognitionService.detectfaces", "RekognitionService.DetectFaces ?",
                                    "DynamoDB_20120810.ListTables"])
def test_a_target_that_is_none_is_unknown(server, target):
    headers = wire.sign(server, "", {}, headers={"X-Amz-Target": target})
    reply = wire.send(server, headers, {})
    assert reply.status == 400 and reply.type == "UnknownOperationException" and reply.message
