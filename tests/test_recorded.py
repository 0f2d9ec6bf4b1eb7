"""Every call that touches a face is in the record before its reply leaves, and tells nothing that identifies."""

import base64
import json
import pathlib
import sqlite3
import threading
import time

import botocore.exceptions
import pytest

import photos as photographs
import wire

GONE = botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError
WAIT_SECONDS = 20


def entries(server):
    """All that is published, oldest first."""
    found, page = [], None
    while page is None or page:
        status, _, body = server.get(f"/record/entries?from={len(found)}&count=1000")
        assert status == 200
        page = [json.loads(line) for line in body.splitlines()]
        found += page
    return found


def published(server, count=1, **members):
    """The entries with these members, once there are so many."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        found = [entry for entry in map(inner, entries(server))
                 if all(entry.get(name) == value for name, value in members.items())]
        if len(found) >= count or time.monotonic() > end:
            return found
        time.sleep(0.05)


def inner(line):
    """The entry itself, whether or not its index stands beside it."""
    return line.get("entry", line)


@pytest.fixture
def recorded(new_server):
    server = new_server()
    server.client().create_collection(CollectionId="people")
    return server


def test_a_life_in_a_collection_is_told_by_commitments_that_meet(recorded, photos):
    client = recorded.client()
    name = "someone-with-a-name"
    [face] = client.index_faces(CollectionId="people", ExternalImageId=name,
                                Image={"Bytes": photos["obama.jpg"]})["FaceRecords"]
    [match] = client.search_faces_by_image(CollectionId="people", Image={"Bytes": photos["obama2.jpg"]})["FaceMatches"]
    assert match["Face"]["FaceId"] == face["Face"]["FaceId"]
    client.delete_faces(CollectionId="people", FaceIds=[face["Face"]["FaceId"]])
    [enrolled] = published(recorded, operation="IndexFaces")
    [searched] = published(recorded, operation="SearchFacesByImage")
    [erased] = published(recorded, operation="DeleteFaces")
    assert enrolled["subjects"]["enrolled"] == searched["subjects"]["matched"] == erased["subjects"]["erased"]
    assert searched["outcome"] == "match" and erased["kind"] == "erasure" and enrolled["outcome"] == "done"
    assert len(set(map(str, [enrolled["images"], searched["images"]]))) == 2
    for entry in enrolled, searched, erased:
        assert entry["collection"] == "people" and entry["key"] == recorded.credentials.access_key


def test_an_entry_has_the_request_id_that_the_client_was_told(recorded, photos):
    reply = recorded.client().detect_faces(Image={"Bytes": photos["obama.jpg"]})
    [entry] = published(recorded, operation="DetectFaces")
    assert entry["request"] == reply["ResponseMetadata"]["RequestId"]


def test_nothing_that_identifies_is_in_the_record(recorded, photos):
    client = recorded.client()
    name = "ada.lovelace:1815"
    [face] = client.index_faces(CollectionId="people", ExternalImageId=name,
                                Image={"Bytes": photos["obama.jpg"]})["FaceRecords"]
    client.create_user(CollectionId="people", UserId="u-ada")
    client.associate_faces(CollectionId="people", UserId="u-ada", FaceIds=[face["Face"]["FaceId"]])
    client.search_users(CollectionId="people", FaceId=face["Face"]["FaceId"])
    client.search_faces(CollectionId="people", FaceId=face["Face"]["FaceId"])
    assert published(recorded, operation="SearchFaces")
    text = b"".join(path.read_bytes() for path in (recorded.data / "record").rglob("*") if path.is_file())
    identifier = face["Face"]["FaceId"]
    for secret in name, "u-ada", identifier, identifier.replace("-", ""), face["Face"]["ImageId"]:
        assert secret.encode() not in text
    assert bytes.fromhex(identifier.replace("-", "")) not in text
    assert base64.b64encode(photos["obama.jpg"][:30]) not in text


def test_a_refusal_is_recorded_and_a_stranger_leaves_no_entry(recorded, photos):
    assert wire.call(recorded, "SearchFaces", {"CollectionId": "nowhere", "FaceId": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}
                     ).type == "ResourceNotFoundException"
    [refused] = published(recorded, operation="SearchFaces")
    assert refused["outcome"] == "refused" and refused["error"] == "ResourceNotFoundException"
    body = wire.encode({"Image": wire.image(photos["obama.jpg"])})
    headers = wire.sign(recorded, "DetectFaces", body)
    headers["Authorization"] = headers["Authorization"][:-4] + "0000"
    assert wire.send(recorded, headers, body).type == "InvalidSignatureException"
    recorded.client().list_users(CollectionId="people")
    assert published(recorded, operation="ListUsers") and not [entry for entry in map(inner, entries(recorded))
                                                               if entry.get("operation") == "DetectFaces"]


def test_a_photograph_without_a_face_is_told_as_such(recorded, photos):
    reply = wire.call(recorded, "SearchFacesByImage",
                      {"CollectionId": "people", "Image": wire.image(photographs.jpeg(photographs.scenery()))})
    assert reply.type == "InvalidParameterException"
    [entry] = published(recorded, operation="SearchFacesByImage")
    assert entry["outcome"] == "no-face"


def test_what_cannot_be_recorded_is_not_answered_and_has_not_happened(recorded, photos):
    client, folder = recorded.client(), recorded.data / "record"
    hidden = recorded.data / "hidden"
    assert published(recorded, operation="CreateCollection")
    folder.rename(hidden)
    folder.write_text("in the way")
    end, names = time.monotonic() + WAIT_SECONDS, []
    try:
        while True:  # until the record has noticed, calls are durable in the journal
            name = f"c{len(names)}"
            client.create_collection(CollectionId=name)
            names.append(name)
            assert time.monotonic() < end, "calls are answered although nothing can be recorded"
            time.sleep(0.05)
    except client.exceptions.InternalServerError:
        pass
    assert name not in client.list_collections(MaxResults=4096)["CollectionIds"]
    with pytest.raises(client.exceptions.InternalServerError):
        client.detect_faces(Image={"Bytes": photos["obama.jpg"]})
    folder.unlink()
    hidden.rename(folder)
    while True:
        try:
            client.create_collection(CollectionId="again")
            break
        except client.exceptions.InternalServerError:
            assert time.monotonic() < end + WAIT_SECONDS
            time.sleep(0.1)
    told = {entry["collection"] for entry in published(recorded, len(names) + 2, operation="CreateCollection",
                                                       outcome="done")}
    assert told == {"people", "again", *names}


def test_store_and_record_agree_after_every_kill(new_server, photos):
    server = new_server()
    server.client().create_collection(CollectionId="people")
    portraits = photos.portraits()
    acknowledged = []

    def enrol(number):
        client = server.client(connections=1)
        try:
            for portrait in portraits * 50:
                client.index_faces(CollectionId="people", Image={"Bytes": portrait}, QualityFilter="NONE")
                acknowledged.append(number)
        except GONE:
            pass

    for kill in range(6):
        threads = [threading.Thread(target=enrol, args=[number]) for number in range(3)]
        for thread in threads:
            thread.start()
        wanted, end = len(acknowledged) + 1 + kill, time.monotonic() + WAIT_SECONDS
        while len(acknowledged) < wanted and time.monotonic() < end:
            time.sleep(0.001)
        server.kill()
        for thread in threads:
            thread.join(30)
        server.start()
        told = published(server, len(acknowledged), operation="IndexFaces")
        enrolled = [subject for entry in told for subject in entry.get("subjects", {}).get("enrolled", [])]
        faces = server.client().describe_collection(CollectionId="people")["FaceCount"]
        assert len(told) >= len(acknowledged) and len(enrolled) == len(set(enrolled)) == faces
    assert acknowledged, "the load was no load"


def test_a_commitment_dies_with_its_face(recorded, photos):
    """The salt that could connect it to a face is gone from the database and its log."""
    client = recorded.client()
    [face] = client.index_faces(CollectionId="people", Image={"Bytes": photos["obama.jpg"]})["FaceRecords"]
    with sqlite3.connect(f"file:{recorded.data}/store.db?mode=ro", uri=True) as database:
        [[salt]] = database.execute("SELECT salt FROM faces").fetchall()
    client.delete_faces(CollectionId="people", FaceIds=[face["Face"]["FaceId"]])
    recorded.stop()
    for path in pathlib.Path(recorded.data).rglob("*"):
        assert not path.is_file() or bytes(salt) not in path.read_bytes(), path
