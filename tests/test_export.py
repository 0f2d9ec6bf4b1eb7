"""Exports and imports: over the wire, and by the commands with a server and without one."""

import base64
import hashlib
import json
import math
import stat
import struct

import pytest

import wire
from server import countenance

PEOPLE = ["obama.jpg", "obama2.jpg", "biden.jpg"]
OTHER = "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"


def extension(server, operation, **members):
    return wire.call(server, wire.EXTENSION + operation, members)


def good(*arguments, **options):
    done = countenance(*arguments, **options)
    assert done.returncode == 0, done
    return done.stdout


def bad(*arguments, **options):
    done = countenance(*arguments, **options)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done
    return done.stderr


@pytest.fixture
def full(client, server, collection, photos):
    """A collection with faces, users and tags of all kinds."""
    client.tag_resource(ResourceArn=client.describe_collection(CollectionId=collection)["CollectionARN"],
                        Tags={"team": "größe"})
    faces = {}
    for name in PEOPLE:
        reply = extension(server, "IndexFaces", CollectionId=collection, Image=wire.image(photos.small(name)), MaxFaces=1,
                          ExternalImageId=name, Tags={"file": name, "a": ""}, QualityFilter="NONE").json
        faces[name] = reply["FaceRecords"][0]["Face"]["FaceId"]
    client.index_faces(CollectionId=collection, Image={"Bytes": photos.small("astronaut.png")}, MaxFaces=1)
    client.create_user(CollectionId=collection, UserId="barack")
    client.create_user(CollectionId=collection, UserId="without-faces")
    client.associate_faces(CollectionId=collection, UserId="barack",
                           FaceIds=[faces["obama.jpg"], faces["obama2.jpg"]])
    return collection


@pytest.fixture
def exported(full, server, tmp_path):
    """The file of the full collection."""
    path = tmp_path / "faces.ndjson"
    assert good("export", path, "--collection", full, "--data", server.data) == "4 faces and 2 users exported\n"
    return path


def pages(server, collection, **more):
    """Everything that ExportFaces gives, page by page."""
    token, users, faces, count = "", [], [], 0
    while token is not None:
        reply = extension(server, "ExportFaces", CollectionId=collection, NextToken=token, **more)
        assert reply.status == 200, reply
        users, faces, token = users + reply.json["Users"], faces + reply.json["Faces"], reply.json.get("NextToken")
        count += 1
    return users, faces, count


def sealed(lines):
    """The lines as a file with a right end."""
    text = "".join(line + "\n" for line in lines).encode()
    return text + json.dumps({"SHA256": hashlib.sha256(text).hexdigest()}).encode() + b"\n"


def changed(path, number, change):
    """The file with one line changed, and the end right again."""
    lines = path.read_text().splitlines()[:-1]
    value = json.loads(lines[number])
    change(value)
    lines[number] = json.dumps(value, separators=(",", ":"))
    path.write_bytes(sealed(lines))


# --- over the wire ---

def test_an_export_holds_what_was_indexed(client, server, full):
    users, faces, _ = pages(server, full)
    assert users == [{"UserId": "barack"}, {"UserId": "without-faces"}]
    listed = extension(server, "ListFaces", CollectionId=full).json["Faces"]
    for face, other in zip(faces, listed, strict=True):
        vector = struct.unpack("<128f", base64.b64decode(face.pop("Vector"), validate=True))
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)
        assert face == other


def test_an_export_has_pages_of_users_and_faces(server, full):
    whole = pages(server, full)
    for size in 1, 2, 3, 500:
        users, faces, count = pages(server, full, MaxResults=size)
        assert (users, faces) == whole[:2] and count == -(-6 // size)


def test_the_token_of_another_list_is_refused(client, server, full):
    token = client.list_faces(CollectionId=full, MaxResults=1)["NextToken"]
    assert extension(server, "ExportFaces", CollectionId=full, NextToken=token).type == "InvalidPaginationTokenException"


@pytest.fixture
def page(server, full):
    """A whole collection as one request of ImportFaces."""
    users, faces, _ = pages(server, full)
    model = extension(server, "ExportFaces", CollectionId=full).json["FaceModelVersion"]
    return {"CollectionId": full, "FaceModelVersion": model, "Users": users, "Faces": faces}


@pytest.fixture
def target(client):
    """An empty collection to import into."""
    client.create_collection(CollectionId="target")
    yield "target"
    client.delete_collection(CollectionId="target")


def test_an_import_is_the_collection_again(client, server, page, target, photos):
    original = page["CollectionId"]
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target))
    assert reply.json == {"AddedFaces": 4, "KnownFaces": 0, "AddedUsers": 2}
    assert pages(server, target) == pages(server, original)
    for search in ("search_faces_by_image", "FaceMatches", "FaceMatchThreshold"), (
            "search_users_by_image", "UserMatches", "UserMatchThreshold"):
        name, member, threshold = search
        one, other = (getattr(client, name)(CollectionId=collection, Image={"Bytes": photos["obama3.jpg"]},
                                            **{threshold: 0})[member] for collection in (original, target))
        assert one == other and one


def test_an_import_again_adds_nothing(client, server, page):
    before = client.describe_collection(CollectionId=page["CollectionId"])
    assert extension(server, "ImportFaces", **page).json == {"AddedFaces": 0, "KnownFaces": 4, "AddedUsers": 0}
    after = client.describe_collection(CollectionId=page["CollectionId"])
    assert before["FaceCount"] == after["FaceCount"] == 4 and before["UserCount"] == after["UserCount"] == 2


def test_a_user_that_a_face_names_is_made(client, server, page, target):
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, Users=[]))
    assert reply.json == {"AddedFaces": 4, "KnownFaces": 0, "AddedUsers": 1}
    assert client.list_users(CollectionId=target)["Users"] == [{"UserId": "barack", "UserStatus": "ACTIVE"}]


def floats(*numbers):
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@pytest.mark.parametrize("change, kind, words", [
    (lambda face: face.update(Vector=floats(*[1] * 128)), "InvalidParameterException", "length 1"),
    (lambda face: face.update(Vector=floats(*[float("nan")] * 128)), "InvalidParameterException", "length 1"),
    (lambda face: face.update(Vector=floats(float("inf"), *[0] * 127)), "InvalidParameterException", "length 1"),
    (lambda face: face.update(Vector=floats(*[0] * 128)), "InvalidParameterException", "length 1"),
    (lambda face: face.update(Vector=floats(1, *[0] * 126)), "InvalidParameterException", "508 bytes"),
    (lambda face: face.update(Vector=floats(1, *[0] * 128)), "InvalidParameterException", "516 bytes"),
    (lambda face: face.update(Vector="AAA"), "SerializationException", "faces.2.member.vector"),
    (lambda face: face.update(Vector=""), "ValidationException", "faces.2.member.vector"),
    (lambda face: face.pop("Vector"), "ValidationException", "faces.2.member.vector"),
    (lambda face: face.update(FaceId="F" * 36), "ValidationException", "faces.2.member.faceId"),
    (lambda face: face["BoundingBox"].pop("Left"), "ValidationException", "faces.2.member.boundingBox.left"),
    (lambda face: face["BoundingBox"].update(Top=1e30), "ValidationException", "faces.2.member.boundingBox.top"),
    (lambda face: face.update(Confidence=101), "ValidationException", "faces.2.member.confidence"),
    (lambda face: face.update(CreationTimestamp=1e300), "ValidationException", "faces.2.member.creationTimestamp"),
    (lambda face: face.update(Tags={"aws:x": ""}), "ValidationException", "faces.2.member.tags"),
    (lambda face: face.update(ExternalImageId="a/b"), "ValidationException", "faces.2.member.externalImageId"),
    (lambda face: face.update(UserId="a b"), "ValidationException", "faces.2.member.userId")])
def test_a_face_that_is_not_right_lets_none_of_its_page_in(client, server, page, target, change, kind, words):
    change(page["Faces"][1])
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target))
    assert reply.status == 400 and reply.type == kind and words in reply.message
    described = client.describe_collection(CollectionId=target)
    assert described["FaceCount"] == described["UserCount"] == 0


@pytest.mark.parametrize("change", [
    lambda face: face.update(Vector=floats(1, *[0] * 127)), lambda face: face.update(Tags={"another": "tag"}),
    lambda face: face.update(Confidence=1), lambda face: face.update(ImageId=OTHER),
    lambda face: face.update(CreationTimestamp=5), lambda face: face["BoundingBox"].update(Left=0),
    lambda face: face.update(UserId="without-faces"), lambda face: face.update(ExternalImageId="another")])
def test_a_face_that_is_there_with_other_content_is_named(client, server, page, change):
    change(page["Faces"][1])
    page["Faces"].append(dict(page["Faces"][0], FaceId=OTHER, ExternalImageId="new"))
    reply = extension(server, "ImportFaces", **page)
    assert (reply.type, reply.message) == (
        "ConflictException", f"The face {page['Faces'][1]['FaceId']} is in the collection with other content.")
    assert client.describe_collection(CollectionId=page["CollectionId"])["FaceCount"] == 4


def test_a_face_twice_in_a_page_is_named(server, page, target):
    page["Faces"].append(page["Faces"][0])
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target))
    assert (reply.type, reply.message) == ("ConflictException",
                                           f"The face {page['Faces'][0]['FaceId']} is given twice.")


def test_a_face_that_is_there_under_another_id_is_named(server, page):
    known = next(face for face in page["Faces"] if "ExternalImageId" in face)
    reply = extension(server, "ImportFaces", **dict(page, Faces=[dict(known, FaceId=OTHER)]))
    assert (reply.type, reply.message) == ("ConflictException",
                                           f"The face {OTHER} is in the collection under another id.")


def test_faces_of_another_model_are_refused(server, page, target):
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, FaceModelVersion="other 9"))
    assert reply.type == "InvalidParameterException" and "other 9" in reply.message


def test_a_user_has_no_more_than_100_faces(client, server, page, target):
    face = dict(page["Faces"][0], UserId="many")
    face.pop("ExternalImageId", None)
    faces = [dict(face, FaceId=f"{number:08x}{OTHER[8:]}") for number in range(101)]
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, Faces=faces))
    assert reply.type == "ServiceQuotaExceededException"
    assert client.describe_collection(CollectionId=target)["FaceCount"] == 0
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, Faces=faces[:100]))
    assert reply.json["AddedFaces"] == 100


def test_a_page_has_no_more_than_500_faces(server, page, target):
    faces = page["Faces"][:1] * 501
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, Faces=faces))
    assert reply.type == "ValidationException" and "'faces'" in reply.message and "500" in reply.message


@pytest.mark.parametrize("details", ["{", "[]", "{}", '{"Name":5}', '{"Name":"n","Urls":[{}]}', '{"Name":"n","Urls":5}',
                                     '{"Name":"n","KnownGender":{"Type":"x"}}', "[" * 5000])
def test_details_that_are_not_a_celebritys_are_refused(client, server, page, target, details):
    users = [{"UserId": "someone", "Details": details}]
    reply = extension(server, "ImportFaces", **dict(page, CollectionId=target, Users=users, Faces=[]))
    assert reply.type == "InvalidParameterException" and "someone" in reply.message
    assert client.describe_collection(CollectionId=target)["UserCount"] == 0


def test_details_of_a_celebrity_are_kept(server, page, target):
    users = [{"UserId": "someone", "Details": '{"Name":"S. One","Urls":["example.org/é"],"KnownGender":{"Type":"Unlisted"}}'}]
    request = dict(page, CollectionId=target, Users=users, Faces=[])
    assert extension(server, "ImportFaces", **request).json["AddedUsers"] == 1
    assert pages(server, target)[0] == users
    assert extension(server, "ImportFaces", **request).json["AddedUsers"] == 0
    users[0]["Details"] = '{"Name":"T. Two"}'
    reply = extension(server, "ImportFaces", **request)
    assert reply.type == "ConflictException" and "someone" in reply.message


# --- the commands ---

def test_an_export_is_a_file_of_lines_for_its_owner_alone(client, server, full, exported):
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    header, *rows, end = [json.loads(line) for line in exported.read_text().splitlines()]
    users, faces, _ = pages(server, full)
    assert rows == users + faces
    assert header == {"Format": "countenance-export", "Version": 1, "CollectionId": full, "Dimension": 128,
                      "FaceModelVersion": client.describe_collection(CollectionId=full)["FaceModelVersion"],
                      "Tags": {"team": "größe"}, "Users": 2, "Faces": 4}
    text = exported.read_bytes()
    before = text[:text.rindex(b"\n", 0, -1) + 1]
    assert end == {"SHA256": hashlib.sha256(before).hexdigest()}
    assert list(exported.parent.glob("faces.ndjson?*")) == []


def test_the_same_collection_gives_the_same_file(server, full, exported):
    first = exported.read_bytes()
    good("export", exported, "--collection", full, "--data", server.data)
    assert exported.read_bytes() == first


def test_a_file_goes_to_another_server_and_back(client, full, exported, new_server, tmp_path):
    other = new_server()
    said = good("import", exported, "--data", other.data)
    assert said == "4 faces and 2 users imported, 0 faces were there already\n"
    assert good("import", exported, "--data", other.data) == (
        "0 faces and 0 users imported, 4 faces were there already\n")
    good("export", tmp_path / "again", "--collection", full, "--data", other.data)
    assert (tmp_path / "again").read_bytes() == exported.read_bytes()
    arn = other.client().describe_collection(CollectionId=full)["CollectionARN"]
    assert other.client().list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "größe"}


def test_a_folder_without_a_server_takes_and_gives_files(full, exported, tmp_path):
    good("import", exported, "--collection", "elsewhere", "--data", tmp_path / "var")
    good("export", tmp_path / "again", "--collection", "elsewhere", "--data", tmp_path / "var")
    assert exported.read_text().splitlines()[1:-1] == (tmp_path / "again").read_text().splitlines()[1:-1]


def test_many_faces_go_in_pages_and_an_import_that_was_stopped_goes_on(client, server, exported, target):
    header, *_, line = exported.read_text().splitlines()[:-1]
    face = json.loads(line)
    face.pop("UserId", None)  # nobody has 1,100
    rows = []
    for number in range(1100):
        rows.append(json.dumps(dict(face, FaceId=f"{number:08x}{OTHER[8:]}", ExternalImageId=f"n{number}"),
                               separators=(",", ":")))
    header = json.dumps(dict(json.loads(header), Users=0, Faces=1100))
    broken = json.dumps(dict(json.loads(rows[700]), Confidence=101), separators=(",", ":"))
    exported.write_bytes(sealed([header, *rows[:700], broken, *rows[701:]]))
    said = bad("import", exported, "--collection", target, "--data", server.data)
    assert "lines 502 to 1001" in said and "confidence" in said
    assert client.describe_collection(CollectionId=target)["FaceCount"] == 500
    exported.write_bytes(sealed([header, *rows]))
    assert good("import", exported, "--collection", target, "--data", server.data) == (
        "600 faces and 0 users imported, 500 faces were there already\n")
    assert len(pages(server, target)[1]) == 1100


@pytest.mark.parametrize("spoil, words", [
    (lambda text: b"", "empty"), (lambda text: text[:-1], "the end is missing"),
    (lambda text: text[:len(text) // 2], "the end is missing"), (lambda text: text.replace(b"obama", b"OBAMA"), "SHA-256"),
    (lambda text: b"\n" + text, "SHA-256"), (lambda text: text.split(b"\n")[-2] + b"\n", "the end is missing|SHA-256"),
    (lambda text: sealed([]), "the header is missing"), (lambda text: sealed(["{}"]), "the header is missing"),
    (lambda text: sealed(['{"Format":"countenance-export","Version":2}']), "version 2"),
    (lambda text: sealed(['{"Format":"countenance-export","Version":1}']), "lacks a member"),
    (lambda text: sealed(text.decode().splitlines()[:-2]), "counts"),
    (lambda text: sealed([*text.decode().splitlines()[:-1], "{}"]), "line 8: this is neither"),
    (lambda text: sealed([*text.decode().splitlines()[:-1], '{"FaceId":"}],"']), "line 8: this is neither"),
    (lambda text: sealed([text.decode().splitlines()[0], '{"UserId":' + "[" * 100000]), "line 2: this is neither"),
    (lambda text: bytes(range(256)) * 100, "the end is missing")])
def test_a_file_that_is_not_whole_is_refused_before_anything_is_sent(client, server, exported, spoil, words):
    exported.write_bytes(spoil(exported.read_bytes()))
    said = bad("import", exported, "--collection", "untouched", "--data", server.data)
    assert any(word in said for word in words.split("|")), said
    assert "untouched" not in client.list_collections()["CollectionIds"]


def test_a_file_of_another_model_makes_no_collection(client, server, exported):
    changed(exported, 0, lambda header: header.update(FaceModelVersion="other 9"))
    assert "other 9" in bad("import", exported, "--collection", "untouched", "--data", server.data)
    assert "untouched" not in client.list_collections()["CollectionIds"]


def test_what_is_there_with_other_content_stops_the_import(server, full, exported):
    changed(exported, 4, lambda face: face.update(Confidence=50))
    said = bad("import", exported, "--data", server.data)
    assert "lines 2 to 7" in said and "with other content" in said


def test_an_export_that_fails_leaves_no_file(server, tmp_path):
    assert "does not exist" in bad("export", tmp_path / "file", "--collection", "nowhere", "--data", server.data)
    assert list(tmp_path.iterdir()) == []
    assert "cannot write" in bad("export", tmp_path / "no" / "file", "--collection", "a", "--data", server.data)


def test_the_command_advises(client, server, full):
    said = good("advise", "--collection", full, "--data", server.data)
    assert said.startswith("similarity ") and "among 4 faces" in said
    advice = json.loads(good("advise", "--size", 4, "--json", "--data", server.data))
    assert advice["GallerySize"] == 4 and f"similarity {advice['Similarity']:.2f}:" in said
    assert json.loads(good("advise", "--size", 4, "--rate", 0.5, "--json", "--data", server.data))["Similarity"] < 80
