"""One scenario (sdk/README.md) in the SDKs that users have: each decodes the replies itself and says what it saw, and
all have to see the same."""

import contextlib
import datetime
import email.utils
import http.client
import http.server
import json
import shutil
import threading
import time

import pytest

import shape
from objects import Source
from sdk import clients
from server import REGION, Server

BUCKET = "photos"
UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666"
PHOTOS = {"first.jpg": "obama.jpg", "second.jpg": "obama2.jpg", "third.jpg": "obama3.jpg", "other.jpg": "biden.jpg"}
CLOCK_SECONDS = 60  # how far a clock may be off: less than any client would correct
STEPS = {
    "create": "CreateCollection", "create again": "CreateCollection", "describe": "DescribeCollection",
    "tags": "ListTagsForResource", "index first.jpg": "IndexFaces", "index second.jpg": "IndexFaces",
    "index other.jpg": "IndexFaces", "list faces": "ListFaces", "search by face": "SearchFaces",
    "search by image": "SearchFacesByImage", "create user": "CreateUser", "create user again": "CreateUser",
    "create another user": "CreateUser", "associate": "AssociateFaces", "list users": "ListUsers",
    "list faces of a user": "ListFaces", "search users by face": "SearchUsers",
    "search users by image": "SearchUsersByImage", "delete a user's face": "DeleteFaces",
    "disassociate": "DisassociateFaces", "delete user": "DeleteUser", "compare": "CompareFaces",
    "detect": "DetectFaces", "detect in s3": "DetectFaces", "unknown collection": "ListFaces",
    "unknown face": "SearchFaces", "bad image": "DetectFaces", "bad name": "DescribeCollection",
    "delete faces": "DeleteFaces", "describe again": "DescribeCollection", "delete": "DeleteCollection",
    "gone": "DescribeCollection",
}
# Step: error, the beginning of its message, and whether the SDKs have a class of their own for it.
REFUSALS = {
    "create again": ("ResourceAlreadyExistsException", "The collection id: {} already exists", True),
    "create user again": ("ConflictException", "", True),
    "unknown collection": ("ResourceNotFoundException", "The collection id: {}-not does not exist", True),
    "unknown face": ("InvalidParameterException", "faceId was not found in the collection.", True),
    "bad image": ("InvalidImageFormatException", "Request has invalid image format", True),
    "bad name": ("ValidationException", "1 validation error detected: Value 'not a name' at 'collectionId'", False),
    "gone": ("ResourceNotFoundException", "The collection id: {} does not exist", True),
}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers as many calls as there are `answers` with these, passes on the others and writes down all."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answers:
            status, error = self.server.answers.pop(0)
            reply = json.dumps({"__type": error, "Code": error, "Message": "Later."}).encode()
            moment = self.date_time_string()
        else:
            status, moment, reply = self.pass_on(body)
        self.server.seen.append((status, self.headers["X-Amz-Date"], moment))
        self.send_response_only(status)
        self.send_header("Date", moment)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def pass_on(self, body):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.target.port, timeout=60)) as server:
            server.request("POST", self.path, body, dict(self.headers))
            reply = server.getresponse()
            return reply.status, reply.headers["Date"], reply.read()


@pytest.fixture
def proxy(server):
    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    one.target, one.seen = server, []
    one.answers = [(400, "ThrottlingException"), (500, "InternalServerError")]
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield one
    one.shutdown()
    one.server_close()


@pytest.fixture(scope="module")
def folder(photos, tmp_path_factory):
    """The photographs, under the names that the scenario has for them."""
    made = tmp_path_factory.mktemp("photographs")
    for name, source in PHOTOS.items():
        shutil.copy(photos.path(source), made / name)
    (made / "bad.jpg").write_text("This is no photograph.")
    return made


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """A server that knows an object store."""
    source = Source()
    source.put("first.jpg", (folder / "first.jpg").read_bytes(), bucket=BUCKET)
    one = Server(tmp_path_factory.mktemp("sdks"))
    one.data.mkdir(mode=0o700)
    settings = one.data / "s3.ini"
    settings.touch(mode=0o600)
    settings.write_text(source.settings())
    one.start()
    yield one
    assert one.stop() == 0
    source.stop()


@pytest.fixture(scope="module")
def environment(server, tmp_path_factory):
    """What users set, but for the endpoint."""
    config = tmp_path_factory.mktemp("aws") / "config"
    config.write_text("[default]\ncli_timestamp_format = iso8601\n")
    kept = {name: value for name, value in server.environment().items() if name != "AWS_ENDPOINT_URL_REKOGNITION"}
    return dict(kept, AWS_REGION=REGION, AWS_CONFIG_FILE=str(config))


@pytest.fixture(scope="module", params=clients.CLIENTS, ids=lambda client: client.name)
def sdk(request):
    try:
        request.param.install()
    except clients.Missing as missing:
        pytest.skip(str(missing))
    return request.param


def observe(client, *arguments, environment):
    """What a client saw: step -> reply."""
    done = client.run(*arguments, environment=environment)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return {step: plain(reply) for line in done.stdout.splitlines() for step, reply in json.loads(line).items()}


def plain(value, name=None):
    """A reply without what SDKs add, with moments as on the wire. Some have null and "" for what is absent."""
    if isinstance(value, dict):
        return {key: plain(item, key) for key, item in value.items()
                if item not in (None, "") and key not in ("ResponseMetadata", "$metadata", "ResultMetadata")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return datetime.datetime.fromisoformat(value).timestamp() if name == "CreationTimestamp" else value


@pytest.fixture(scope="module")
def collection(sdk):
    return f"sdk-{sdk.name}"


@pytest.fixture(scope="module")
def seen(sdk, collection, server, environment, folder):
    return observe(sdk, "scenario", folder, collection, BUCKET,
                   environment=dict(environment, AWS_ENDPOINT_URL_REKOGNITION=server.url))


@pytest.fixture(scope="module")
def faces(seen):
    """FaceIds by photograph."""
    return {name: seen[f"index {name}"]["FaceRecords"][0]["Face"]["FaceId"] for name in PHOTOS if name != "third.jpg"}


def test_every_reply_keeps_to_the_model(seen):
    assert list(seen) == list(STEPS)
    for step, operation in STEPS.items():
        if step not in REFUSALS:
            reply = {name: value for name, value in seen[step].items() if name != "Pages"}
            output = shape.MODEL.operation_model(operation).output_shape
            shape.check(reply, output, step)
            shape.check_lists(reply, output, step)


@pytest.mark.parametrize("step", REFUSALS)
def test_an_error_has_its_class_and_message(seen, collection, step):
    code, message, typed = REFUSALS[step]
    error = seen[step]["Error"]
    assert error["Code"] == code and error["Message"].startswith(message.format(collection))
    assert error["Class"] == code or not typed


def test_a_collection_is_described(seen):
    made, described, later = seen["create"], seen["describe"], seen["describe again"]
    assert made["StatusCode"] == seen["delete"]["StatusCode"] == 200
    assert made["CollectionArn"] == described["CollectionARN"]
    assert abs(described["CreationTimestamp"] - time.time()) < 24 * 3600
    assert (described["FaceCount"], described["UserCount"]) == (0, 0)
    assert (later["FaceCount"], later["UserCount"]) == (2, 1)
    assert seen["tags"] == {"Tags": {"team": "Köln"}}


def test_a_paginator_goes_through_all_pages(seen, faces):
    listed = seen["list faces"]
    assert listed["Pages"] == 2
    assert {face["FaceId"]: face["ExternalImageId"] for face in listed["Faces"]} == {
        face: name for name, face in faces.items()}
    assert seen["list users"] == {"Pages": 2, "Users": [{"UserId": "user-1", "UserStatus": "ACTIVE"},
                                                        {"UserId": "user-2", "UserStatus": "CREATED"}]}


def test_a_person_is_found(seen, faces):
    by_face, by_image = seen["search by face"], seen["search by image"]
    assert by_face["SearchedFaceId"] == faces["first.jpg"]
    assert [match["Face"]["FaceId"] for match in by_face["FaceMatches"]] == [faces["second.jpg"]]
    assert {match["Face"]["FaceId"] for match in by_image["FaceMatches"]} == {faces["first.jpg"], faces["second.jpg"]}
    assert all(80 <= match["Similarity"] <= 100 for match in by_face["FaceMatches"] + by_image["FaceMatches"])


def test_a_user_is_found_by_its_faces(seen, faces):
    two = {faces["first.jpg"], faces["second.jpg"]}
    assert {face["FaceId"] for face in seen["associate"]["AssociatedFaces"]} == two
    assert {face["FaceId"] for face in seen["list faces of a user"]["Faces"]} == two
    assert {face["UserId"] for face in seen["list faces of a user"]["Faces"]} == {"user-1"}
    for step in ("search users by face", "search users by image"):
        [match] = seen[step]["UserMatches"]
        assert match["User"]["UserId"] == "user-1" and match["Similarity"] >= 80
    assert seen["search users by face"]["SearchedFace"] == {"FaceId": faces["first.jpg"]}
    assert seen["delete a user's face"]["UnsuccessfulFaceDeletions"] == [
        {"FaceId": faces["first.jpg"], "UserId": "user-1", "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]}]
    assert seen["disassociate"]["DisassociatedFaces"] == [{"FaceId": faces["second.jpg"]}]


def test_faces_are_compared(seen):
    [match] = seen["compare"]["FaceMatches"]
    assert match["Similarity"] >= 80 and seen["compare"]["UnmatchedFaces"] == []


def test_all_attributes_are_read(seen):
    [face] = seen["detect"]["FaceDetails"]
    assert face["AgeRange"]["Low"] < face["AgeRange"]["High"]
    assert face["Gender"]["Value"] == "Male" and face["Emotions"] and len(face["Landmarks"]) == 30


def test_a_photograph_may_lie_in_an_object_store(seen):
    [face], [stored] = seen["detect"]["FaceDetails"], seen["detect in s3"]["FaceDetails"]
    assert stored["BoundingBox"] == face["BoundingBox"]


def test_deleted_and_unknown_faces_are_named(seen, faces):
    assert seen["delete faces"] == {
        "DeletedFaces": [faces["other.jpg"]],
        "UnsuccessfulFaceDeletions": [{"FaceId": UNKNOWN, "Reasons": ["FACE_NOT_FOUND"]}]}


def test_a_client_tries_again_and_keeps_its_clock(sdk, proxy, environment):
    endpoint = f"http://127.0.0.1:{proxy.server_port}"
    replies = observe(sdk, "retry", environment=dict(environment, AWS_ENDPOINT_URL=endpoint))
    assert [status for status, _, _ in proxy.seen] == [400, 500, 200, 200]
    assert list(replies) == ["first", "next"] and replies["first"] == replies["next"]
    assert isinstance(replies["first"]["CollectionIds"], list)
    for _, sent, answered in proxy.seen:
        sent = datetime.datetime.strptime(sent, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        assert abs(sent.timestamp() - time.time()) < CLOCK_SECONDS
        assert abs(email.utils.parsedate_to_datetime(answered).timestamp() - time.time()) < CLOCK_SECONDS
