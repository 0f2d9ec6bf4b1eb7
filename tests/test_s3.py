"""Photographs by S3Object: fetched from the one source that is configured, and nothing else ever is."""

import http.server
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

import objects
import photos as photographs
from objects import Source, named
from server import Server, countenance, free_port

UNABLE = "Unable to get object metadata from S3. Check object key, region and/or access permissions."
DENIED, MISSING, UNREADABLE = (f"{UNABLE}: {reason}" for reason in (
    "access is denied", "there is no such object", "the object could not be read"))
MAXIMUM = 15 * 1024 * 1024


def write_settings(folder, text, mode=0o600):
    (folder / "data").mkdir(mode=0o700)
    path = folder / "data/s3.ini"
    path.touch(mode)
    path.chmod(mode)
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def source():
    one = Source()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts a server with these settings of its source."""
    started = []

    def begin(settings, *options):
        folder = tmp_path_factory.mktemp("s3")
        write_settings(folder, settings)
        started.append(Server(folder, *options).start())
        return started[-1]

    yield begin
    for one in started:
        one.kill()


@pytest.fixture(scope="module")
def server(source, start):
    return start(source.settings("timeout_seconds = 3"), "--workers", "2")


@pytest.fixture(scope="module")
def client(server):
    return server.client()


def refusal(client, image):
    """Code and message of DetectFaces, which must fail."""
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.detect_faces(Image=image)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def invalid(message):
    return "InvalidS3ObjectException", message


# --- what is there ---

def test_a_photograph_in_s3_is_the_same_as_its_bytes(source, client, collection, photos):
    data = photos["obama3.jpg"]
    stored, sent = source.put("staff/one.jpg", data), {"Bytes": data}

    def faces(reply):
        return [face["BoundingBox"] for face in reply["FaceDetails"]]

    assert faces(client.detect_faces(Image=stored)) == faces(client.detect_faces(Image=sent)) != []
    by_name = client.index_faces(CollectionId=collection, Image=stored, ExternalImageId="a")["FaceRecords"][0]["Face"]
    by_bytes = client.index_faces(CollectionId=collection, Image=sent, ExternalImageId="a")["FaceRecords"][0]["Face"]
    assert by_name["ImageId"] == by_bytes["ImageId"] and by_name["FaceId"] == by_bytes["FaceId"]
    found = client.search_faces_by_image(CollectionId=collection, Image=stored)["FaceMatches"]
    assert found[0]["Face"]["FaceId"] == by_name["FaceId"]
    for pair in (stored, stored), (stored, sent), (sent, stored):
        reply = client.compare_faces(SourceImage=pair[0], TargetImage=pair[1])
        assert reply["FaceMatches"][0]["Similarity"] > 99


KEYS = ["a b.jpg", "a+b&c=d.jpg", "~user/x~", "ü/日本/😀.jpg", "//a//b/", "/", "100%.jpg", "%2e%2e/x", "?x=y#z",
        "a'()*!$,;:@[]", "back\\slash", "line\nbreak\x7f", "...", "..a/b..", "http://127.0.0.1:1/x", "k" * 1024]


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_any_key_is_signed_as_s3_wants_it(source, client, photos, key):
    assert client.detect_faces(Image=source.put(key, photos.small("obama3.jpg")))["FaceDetails"]


def test_versions_are_told_apart(source, client, photos):
    source.put("versioned", photographs.jpeg(photographs.scenery()), "v1/+ &=old")
    newest = source.put("versioned", photos.small("obama3.jpg"), "v2")
    assert client.detect_faces(Image=newest)["FaceDetails"]
    assert client.detect_faces(Image=named("versioned", Version="v2"))["FaceDetails"]
    assert not client.detect_faces(Image=named("versioned", Version="v1/+ &=old"))["FaceDetails"]
    assert refusal(client, named("versioned", Version="v3")) == invalid(MISSING)


def test_connections_are_kept(source, client, photos):
    image = source.put("kept", photos.small("obama3.jpg"))
    client.detect_faces(Image=image)
    before = len(source.requests)
    for _ in range(3):
        client.detect_faces(Image=image)
    assert len({address for address, _, _ in source.requests[before - 1:]}) == 1


def test_a_session_token_is_sent_and_signed(start, photos):
    source = Source(token=objects.TOKEN)
    image = source.put("one", photos.small("obama3.jpg"))
    token = f"session_token = {objects.TOKEN[:9]}\n  {objects.TOKEN[9:]}"
    assert start(source.settings(token)).client().detect_faces(Image=image)["FaceDetails"]
    assert refusal(start(source.settings()).client(), image) == invalid(DENIED)
    source.stop()


def test_the_largest_photograph_is_15_mebibytes(source, client, photos):
    data = photographs.padded(photos.small("obama3.jpg"), MAXIMUM)
    stored = source.put("large", data)
    assert client.detect_faces(Image=stored)["FaceDetails"]
    assert client.compare_faces(SourceImage=stored, TargetImage=stored)["FaceMatches"]
    assert refusal(client, source.put("larger", data + b" "))[0] == "ImageTooLargeException"


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x1f\x8b" + bytes(100)])
def test_what_is_no_photograph_is_said_to_be_none(source, client, data):
    assert refusal(client, source.put("other", data))[0] == "InvalidImageFormatException"


# --- what is not to be had ---

def test_the_source_denies_anonymous_readers(source):
    source.put("one", b"data")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{source.url}/photos/one")
    assert caught.value.code == 403


def test_missing_objects_and_buckets(source, client):
    assert refusal(client, named("no/such/key")) == invalid(MISSING)
    assert refusal(client, named("one", "missing-bucket")) == invalid(MISSING)


def test_a_bucket_that_is_not_listed_reads_like_a_forbidden_one_and_is_not_asked_for(source, client):
    image = source.put("one", b"data", bucket="private")
    forbidden = source.misbehave("forbidden", lambda handler: handler.reply(403, b"<Error/>"))
    before = len(source.requests)
    assert refusal(client, image) == invalid(DENIED)
    assert len(source.requests) == before
    assert refusal(client, forbidden) == invalid(DENIED)


def test_a_wrong_secret_is_denied(source, start, photos):
    image = source.put("one", photos.small("obama3.jpg"))
    wrong = start(source.settings().replace(objects.SECRET_KEY, "another-secret"))
    assert refusal(wrong.client(), image) == invalid(DENIED)


OUTSIDE = [named("one", bucket) for bucket in ("photos/../private", "http://127.0.0.1", "../", "photos?x", "photos#")]
ELSEWHERE = [named("one", bucket) for bucket in
             ("...", "127.0.0.1", "localhost", "2130706433", "PHOTOS", "photos.", "private")]
ESCAPES = [named(key) for key in ("../private/one", "..", "a/../../private/one", "./one", "/../private/one", "a/..")]


@pytest.mark.parametrize("image, code, message", [
    *((image, "ValidationException", "") for image in OUTSIDE),
    *((image, "InvalidS3ObjectException", DENIED) for image in ELSEWHERE),
    *((image, "InvalidS3ObjectException", MISSING) for image in ESCAPES)])
def test_no_name_leads_out_of_the_listed_buckets(source, client, image, code, message):
    source.put("one", b"data", bucket="private")
    before = len(source.requests)
    found = refusal(client, image)
    assert found[0] == code and (found[1] == message or not message)
    assert len(source.requests) == before


@pytest.mark.parametrize("key", ["http://127.0.0.1:1/x", "@127.0.0.1:1/", "\r\nHost: other\r\n\r\n", "%2e%2e/private",
                                 "\\..\\x"])
def test_a_name_is_only_ever_a_name_in_its_bucket(source, client, key):
    source.objects.pop(("photos", key), None)
    before = len(source.requests)
    assert refusal(client, named(key)) == invalid(MISSING)
    assert [path.startswith("/photos/") for _, path, _ in source.requests[before:]] == [True]


# --- sources that misbehave ---

def stream(pieces, head=(("Transfer-Encoding", "chunked"),)):
    """Writes a reply of pieces, of which a number is a pause in seconds, and ends the connection without an end."""
    def write(handler):
        handler.close_connection = True
        handler.send_response(200)
        for name, value in head:
            handler.send_header(name, value)
        handler.end_headers()
        try:
            for piece in pieces():
                if isinstance(piece, bytes):
                    handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if "chunked" in head[0] else piece)
                else:
                    time.sleep(piece)
        except OSError:
            pass
    return write


def endless():
    for _ in range(1000):
        yield bytes(1 << 20)


def dying():
    yield b"\xff\xd8" + bytes(10000)


def trickling():
    for _ in range(100):
        yield b"\xff"
        yield 0.1


def test_a_stream_without_end_is_cut_at_the_limit(source, client):
    sent = []

    def count():
        for piece in endless():
            sent.append(len(piece))
            yield piece

    assert refusal(client, source.misbehave("endless", stream(count)))[0] == "ImageTooLargeException"
    assert sum(sent) < 3 * MAXIMUM


def test_a_length_that_lies_does_not_pass_the_limit(source, client):
    huge = source.misbehave("huge", stream(endless, (("Content-Length", str(1 << 40)),)))
    assert refusal(client, huge)[0] == "ImageTooLargeException"
    nonsense = source.misbehave("nonsense", stream(dying, (("Content-Length", "-5"),)))
    assert refusal(client, nonsense) == invalid(UNREADABLE)


@pytest.mark.parametrize("head", [("Transfer-Encoding", "chunked"), ("Content-Length", "20000")])
def test_a_source_that_dies_in_the_middle(source, client, head):
    assert refusal(client, source.misbehave("dying", stream(dying, (head,)))) == invalid(UNREADABLE)


@pytest.mark.parametrize("pieces", [trickling, lambda: iter([8])])
def test_a_slow_source_is_given_up(source, client, pieces):
    start = time.monotonic()
    assert refusal(client, source.misbehave("slow", stream(pieces))) == invalid(UNREADABLE)
    assert time.monotonic() - start < 6


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 307, 308, 400, 500, 503])
def test_only_200_is_an_answer_and_redirects_are_not_followed(source, client, status):
    other = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    other.timeout = 0
    target = f"http://127.0.0.1:{other.server_port}/photos/one"
    body = b"" if status == 204 else b"x" * 100
    image = source.misbehave("odd", lambda handler: handler.reply(status, body, Location=target))
    before = len(source.requests)
    assert refusal(client, image) == invalid(UNREADABLE)
    assert len(source.requests) == before + 1
    with pytest.raises(BlockingIOError):  # nobody knocked
        other.socket.setblocking(False)
        other.socket.accept()
    other.server_close()


def test_a_source_out_of_reach(start):
    settings = objects.SETTINGS % f"http://127.0.0.1:{free_port()}"
    assert refusal(start(settings).client(), named("one")) == invalid(UNREADABLE)


def test_proxies_of_the_environment_are_not_asked(source, start, photos, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    image = source.put("one", photos.small("obama3.jpg"))
    assert start(source.settings()).client().detect_faces(Image=image)["FaceDetails"]


def test_a_certificate_that_nobody_vouches_for_is_refused(start, tmp_path, photos):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key, "-out",
                    certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    source = Source(certificate=(certificate, key))
    image = source.put("one", photos.small("obama3.jpg"))
    assert refusal(start(source.settings()).client(), image) == invalid(UNREADABLE)
    assert source.requests == []
    source.stop()


# --- the server around it ---

def test_one_worker_is_left_for_others_while_a_download_waits(source, server, photos):
    asked, go_on = threading.Event(), threading.Event()
    data, replies = photos.small("obama3.jpg"), []

    def wait(handler):
        asked.set()
        go_on.wait(2)
        handler.reply(200, data)

    image = source.misbehave("waiting", wait)
    thread = threading.Thread(target=lambda: replies.append(server.client().detect_faces(Image=image)))
    thread.start()
    assert asked.wait(10)
    client = server.client()
    assert refusal(client, source.put("one", data))[0] == "ThrottlingException"
    assert client.detect_faces(Image={"Bytes": data})["FaceDetails"]
    go_on.set()
    thread.join(30)
    assert replies and replies[0]["FaceDetails"]
    assert client.detect_faces(Image=source.put("one", data))["FaceDetails"]


def test_secrets_are_in_no_log_and_no_metric(source, start, photos):
    server = start(source.settings(f"session_token = {objects.TOKEN}"), "--log-level", "debug")
    for image in source.put("one", photos.small("obama3.jpg")), named("../x"), named("one", "private"):
        refusal(server.client(), image)
    said = server.log.read_text() + server.output.read_text() + server.get("/metrics")[2].decode()
    assert server.stop() == 0
    said += server.log.read_text()
    for secret in objects.SECRET_KEY, objects.TOKEN, objects.ACCESS_KEY:
        assert secret not in said


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_settings_that_others_may_read_are_refused(tmp_path, mode):
    path = write_settings(tmp_path, objects.SETTINGS % "http://127.0.0.1:1", mode)
    result = countenance("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert result.returncode != 0 and f"chmod 600 {path}" in result.stderr


@pytest.mark.parametrize("text, named_in_error", [
    ("", "endpoint"), ("[s3]\nno line\n", "line 2"), (objects.SETTINGS % "file:///etc", "endpoint"),
    (objects.SETTINGS % "http://127.0.0.1:1" + "path_style = no\n", "path_style"),
    ((objects.SETTINGS % "http://127.0.0.1:1").replace("photos", "../photos"), "buckets")])
def test_settings_that_are_wrong_are_named(tmp_path, text, named_in_error):
    path = write_settings(tmp_path, text)
    result = countenance("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert result.returncode != 0 and str(path) in result.stderr and named_in_error in result.stderr
    assert objects.SECRET_KEY not in result.stderr + result.stdout


def test_a_server_without_settings_has_no_source(new_server):
    code, message = refusal(new_server().client(), named("one"))
    assert (code, message) == invalid(f"{UNABLE}: this server has no S3 source configured")
