"""A server that is stopped and started again goes on as if nothing had been; what it keeps, it keeps well."""

import json
import re
import signal
import stat
import struct
import threading
import time

import photos as photographs
import wire
from server import countenance


def test_everything_is_as_it_was_after_a_restart(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="people", Tags={"team": "hr"})
    client.create_collection(CollectionId="other")
    image = {"Bytes": photos["t1.jpg"]}
    client.index_faces(CollectionId="people", Image=image, ExternalImageId="x", QualityFilter="NONE")

    def everything():
        described = client.describe_collection(CollectionId="people")
        found = client.search_faces_by_image(CollectionId="people", Image=image, FaceMatchThreshold=0)
        parts = [described, client.list_collections(), client.list_faces(CollectionId="people"), found]
        return [{name: value for name, value in part.items() if name != "ResponseMetadata"} for part in parts]

    before = everything()
    assert server.stop() == 0
    server.start()
    assert everything() == before


def test_a_token_is_good_after_a_restart(new_server):
    server = new_server()
    client = server.client()
    for name in "abc":
        client.create_collection(CollectionId=name)
    token = client.list_collections(MaxResults=1)["NextToken"]
    server.stop()
    server.start()
    assert client.list_collections(NextToken=token)["CollectionIds"] == ["b", "c"]


def test_the_same_photograph_is_known_after_a_restart(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="people")
    index = lambda: client.index_faces(CollectionId="people", Image={"Bytes": photos.small("obama.jpg")},
                                       ExternalImageId="obama")["FaceRecords"][0]["Face"]
    first = index()
    server.stop()
    server.start()
    assert index() == first and client.describe_collection(CollectionId="people")["FaceCount"] == 1


def test_both_signals_stop_it_in_order(new_server):
    for number in signal.SIGTERM, signal.SIGINT:
        server = new_server()
        server.process.send_signal(number)
        assert server.process.wait(30) == 0


def test_requests_under_way_are_answered_before_it_stops(new_server):
    server = new_server("--workers", "1")
    slow = photographs.raw_png(3200, 3200, photographs.black_rows(3200, 400), depth=1, colour=0)  # and quickly sent
    body = wire.encode({"Image": wire.image(slow)})
    headers = wire.sign(server, "DetectFaces", body)
    replies = []

    def send():
        try:
            replies.append(wire.send(server, headers, body))
        except ConnectionError:
            pass  # came too late

    def waiting():
        return int(re.search(r"^countenance_queue_length (\d+)$", server.get("/metrics")[2].decode(), re.M)[1])

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 30
    while waiting() < 5:
        assert time.monotonic() < end, "the load was no load"
        time.sleep(0.005)
    assert server.stop() == 0
    for thread in threads:
        thread.join(30)
    assert len([reply for reply in replies if reply.status == 200]) >= 5
    assert all(reply.type == "ThrottlingException" for reply in replies if reply.status != 200)


def test_what_it_writes_is_for_its_owner_alone(server, client, collection, photos):
    client.index_faces(CollectionId=collection, Image={"Bytes": photos.small("obama.jpg")})
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    for name in "credentials", "master.key":
        assert stat.S_IMODE((server.data / name).stat().st_mode) == 0o600


def everything_written(server):
    """All bytes in the data folder, models apart."""
    files = [path for path in sorted(server.data.rglob("*")) if path.is_file() and "compiled" not in path.parts]
    return b"".join(path.read_bytes() for path in files)


def test_embeddings_are_not_stored_in_clear(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="people")
    client.index_faces(CollectionId="people", Image={"Bytes": photos["obama.jpg"]}, MaxFaces=1)
    [face] = json.loads(countenance("embed", "--json", photos.path("obama.jpg")).stdout)
    written = everything_written(server)
    for k in range(0, len(face["Embedding"]), 4):
        numbers = face["Embedding"][k:k + 4]
        assert struct.pack("<4f", *numbers) not in written and struct.pack("<4d", *numbers) not in written


def test_what_was_deleted_is_gone_from_the_disk(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="people")
    client.create_collection(CollectionId="doomed-collection")
    index = lambda collection, name: client.index_faces(
        CollectionId=collection, Image={"Bytes": photos.small("obama.jpg")}, ExternalImageId=name)["FaceRecords"]
    [kept] = index("people", "kept-person")
    [deleted] = index("people", "deleted-person")
    index("doomed-collection", "doomed-person")
    client.delete_faces(CollectionId="people", FaceIds=[deleted["Face"]["FaceId"]])
    client.delete_collection(CollectionId="doomed-collection")
    assert server.stop() == 0
    written = everything_written(server)
    assert b"kept-person" in written, "the test looks in the wrong place"
    for trace in b"deleted-person", b"doomed-person":  # the record keeps the names of collections
        assert trace not in written


def test_the_log_holds_neither_secrets_nor_people(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="secret-collection")
    client.index_faces(CollectionId="secret-collection", Image={"Bytes": photos.small("obama.jpg")},
                       ExternalImageId="some-person")
    wire.call(server, "DetectFaces", {"Image": {"Bytes": "not base64 of some-person"}})
    assert server.stop() == 0
    log = server.log.read_text() + server.output.read_text()
    assert "IndexFaces" in log
    for secret in server.credentials.secret_key, server.credentials.access_key, "some-person", "secret-collection":
        assert secret not in log


def test_a_server_that_was_stopped_leaves_its_folder_to_the_next(new_server):
    server = new_server()
    server.stop()
    assert server.start().stop() == 0
