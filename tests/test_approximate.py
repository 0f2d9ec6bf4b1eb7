"""Collections that may be searched approximately: when they are, and what they say of it."""

import base64
import json
import random
import struct
import time

import pytest

import wire
from test_store_ops import DIMENSION, good, write_archive

LIMIT, SECONDS = 100000, 120  # faces from which on an index is grouped; how long that may take


def call(server, operation, **members):
    reply = wire.call(server, wire.EXTENSION + operation, members)
    assert reply.status == 200, reply
    return reply.json


def govern(server, approximate):
    assert call(server, "GovernCollection", CollectionId="people",
                ApproximateSearch=approximate)["ApproximateSearch"] is approximate


def search(server, face, **members):
    return call(server, "SearchFaces", CollectionId="people", FaceId=face, FaceMatchThreshold=0, MaxFaces=10, **members)


def matches(reply):
    return [(match["Face"]["FaceId"], match["Similarity"]) for match in reply["FaceMatches"]]


def turned_vectors(count):
    """Of a thousand unit vectors, each turned to every side: distinct, and made quickly. Each has a near twin."""
    dice = random.Random(2)
    for _ in range(count // 2 // DIMENSION + 1):
        numbers = [dice.gauss(0, 1) for _ in range(DIMENSION)]
        length = sum(number * number for number in numbers) ** 0.5
        for turn in range(DIMENSION):
            turned = [number / length for number in numbers[turn:] + numbers[:turn]]
            yield turned
            turned[turn] += 0.3
            length_of_twin = sum(number * number for number in turned) ** 0.5
            yield [number / length_of_twin for number in turned]


def wait_for(server, face, kind):
    end = time.monotonic() + SECONDS
    while search(server, face)["SearchKind"] != kind:
        assert time.monotonic() < end, f"the search has not become {kind}"
        time.sleep(0.1)


def test_few_faces_are_searched_exactly_whatever_is_allowed(new_server, model, tmp_path):
    vectors = [base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode()
               for vector, _ in zip(turned_vectors(300), range(300))]
    ids = write_archive(tmp_path / "few.ndjson", model, vectors)
    server = new_server()
    good("import", tmp_path / "few.ndjson", "--data", server.data)
    govern(server, True)
    reply = search(server, ids[0])
    assert reply["SearchKind"] == "EXACT" and matches(reply) == matches(search(server, ids[0], Exhaustive=True))
    told = json.loads(good("index-stats", "--collection", "people", "--data", server.data, "--json"))
    assert told["search_kind"] == "EXACT" and "recall 1" in told["exact"] and "lists" not in told


@pytest.fixture(scope="module")
def many(model, tmp_path_factory):
    """A file of a few more faces than it takes."""
    path = tmp_path_factory.mktemp("many") / "people.ndjson"
    vectors = [base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode() for vector in turned_vectors(LIMIT)]
    return path, write_archive(path, model, vectors)


def test_a_large_collection_answers_approximately_and_says_so(new_server, many):
    path, ids = many
    server = new_server()
    good("import", path, "--data", server.data)
    exact = [matches(search(server, face)) for face in ids[::5000]]
    assert "SearchKind" not in search(server, ids[0])
    govern(server, True)
    wait_for(server, ids[0], "APPROXIMATE")
    for face, expected in zip(ids[::5000], exact):
        reply = search(server, face)
        found = matches(reply)
        assert reply["SearchKind"] == "APPROXIMATE" and found[0] == expected[0]  # its twin
        assert len(set(found) & set(expected)) >= 3  # the others are strangers
        reply = search(server, face, Exhaustive=True)
        assert reply["SearchKind"] == "EXACT" and matches(reply) == expected
    assert search(server, ids[0], Filter={"UserId": "anna"})["SearchKind"] == "EXACT"  # few faces
    client = server.client()
    found = client.search_faces(CollectionId="people", FaceId=ids[0], FaceMatchThreshold=0, MaxFaces=10)["FaceMatches"]
    assert [(match["Face"]["FaceId"], match["Similarity"]) for match in found] == matches(search(server, ids[0]))
    twin = exact[1][0][0]
    assert client.delete_faces(CollectionId="people", FaceIds=[twin])["DeletedFaces"] == [twin]
    assert all(face != twin for face, _ in matches(search(server, ids[5000])))
    told = json.loads(good("index-stats", "--collection", "people", "--data", server.data, "--json"))
    assert told["search_kind"] == "APPROXIMATE" and told["recall_probes"] == 200
    assert 1 < told["lists_read"] < told["lists"] and told["recall_best"] > 0.95
    assert "approximate" in good("index-stats", "--collection", "people", "--data", server.data)
    govern(server, False)
    end = time.monotonic() + SECONDS
    while [matches(search(server, face)) for face in ids[10000::5000]] != exact[2:]:
        assert time.monotonic() < end, "the search has not become exact"
        time.sleep(0.1)
    assert "SearchKind" not in search(server, ids[0])
    assert server.stop() == 0
