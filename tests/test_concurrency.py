"""Many clients at the same time see one truth."""

import concurrent.futures
import threading

import pytest

import photos as photographs

CLIENTS = 8
ROUNDS = 6


@pytest.fixture
def people(photos):
    """As many portraits as clients."""
    extra = [photos.small("obama.jpg", 300), photos.small("astronaut.png", 300)]
    return (photos.portraits() + extra)[:CLIENTS]


def run_all(work):
    """work(number) for each client, at the same time; raises what one of them raised."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, range(CLIENTS)))


def index(client, collection, portrait, **more):
    """The FaceId of the portrait."""
    reply = client.index_faces(CollectionId=collection, Image={"Bytes": portrait}, MaxFaces=1, QualityFilter="NONE",
                               **more)
    return reply["FaceRecords"][0]["Face"]["FaceId"]


def search(client, collection, portrait, threshold=0):
    """The faces that are found."""
    reply = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": portrait},
                                         FaceMatchThreshold=threshold)
    return [match["Face"] for match in reply["FaceMatches"]]


def test_each_client_finds_at_once_what_it_indexed(server, collection, people):
    clients = [server.client() for _ in range(CLIENTS)]

    def work(number):
        client, portrait, own = clients[number], people[number], set()
        for _ in range(ROUNDS):
            own.add(index(client, collection, portrait, ExternalImageId=f"{number}-{len(own)}"))
            found = search(client, collection, portrait, threshold=90)
            assert own <= {face["FaceId"] for face in found}
            assert {face["ExternalImageId"].split("-")[0] for face in found} == {str(number)}
        return own

    stored = set().union(*run_all(work))
    listed = [face["FaceId"] for page in clients[0].get_paginator("list_faces").paginate(CollectionId=collection)
              for face in page["Faces"]]
    assert sorted(stored) == listed and len(stored) == CLIENTS * ROUNDS
    assert clients[0].describe_collection(CollectionId=collection)["FaceCount"] == len(stored)


def test_the_same_photograph_at_the_same_time_is_stored_once(server, client, collection, people):
    clients = [server.client() for _ in range(CLIENTS)]
    barrier = threading.Barrier(CLIENTS)

    def work(number):
        barrier.wait()
        return index(clients[number], collection, people[0], ExternalImageId="same")

    assert len(set(run_all(work))) == 1
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_one_of_many_creators_wins(server, client):
    clients = [server.client() for _ in range(CLIENTS)]
    barrier = threading.Barrier(CLIENTS)

    def work(number):
        barrier.wait()
        try:
            return clients[number].create_collection(CollectionId="contested")["StatusCode"]
        except clients[number].exceptions.ResourceAlreadyExistsException:
            return None

    assert sorted(map(str, run_all(work))) == ["200"] + ["None"] * (CLIENTS - 1)
    client.delete_collection(CollectionId="contested")


def test_a_collection_may_be_deleted_while_it_is_searched(server, client, people):
    clients = [server.client() for _ in range(CLIENTS)]
    client.create_collection(CollectionId="fleeting")
    done = threading.Event()

    def look(number):
        own, outcomes = clients[number], set()
        while not done.is_set():
            try:
                outcomes.add(bool(search(own, "fleeting", people[number])))
            except own.exceptions.ResourceNotFoundException:
                outcomes.add(None)
        return outcomes

    def churn():
        try:
            for _ in range(6):
                for portrait in people[:3]:
                    index(client, "fleeting", portrait)
                client.delete_collection(CollectionId="fleeting")
                client.create_collection(CollectionId="fleeting")
        finally:
            done.set()

    with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
        searches = [pool.submit(look, number) for number in range(CLIENTS)]
        pool.submit(churn).result()
        outcomes = set().union(*(future.result() for future in searches))
    assert True in outcomes, "nothing was ever found"
    assert client.describe_collection(CollectionId="fleeting")["FaceCount"] == 0
    client.delete_collection(CollectionId="fleeting")


def test_faces_deleted_while_searched_are_never_half_there(server, client, collection, people):
    clients = [server.client() for _ in range(CLIENTS)]
    done = threading.Event()

    def look(number):
        while not done.is_set():
            ids = [face["FaceId"] for face in search(clients[number], collection, people[number])]
            assert len(ids) == len(set(ids))

    def churn():
        try:
            for _ in range(6):
                faces = [index(client, collection, portrait) for portrait in people[:3]]
                deleted = client.delete_faces(CollectionId=collection, FaceIds=faces)["DeletedFaces"]
                assert sorted(deleted) == sorted(faces)
                assert search(client, collection, people[0]) == []
        finally:
            done.set()

    with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
        searches = [pool.submit(look, number) for number in range(CLIENTS)]
        pool.submit(churn).result()
        for future in searches:
            future.result()


def test_answers_do_not_mix(server, photos, people):
    """Each of many clients on kept connections gets the faces of its own photograph."""
    clients = [server.client() for _ in range(CLIENTS)]
    alone = [clients[0].detect_faces(Image={"Bytes": portrait})["FaceDetails"] for portrait in people]
    assert len({str(faces) for faces in alone}) == CLIENTS

    def work(number):
        for _ in range(10):
            assert clients[number].detect_faces(Image={"Bytes": people[number]})["FaceDetails"] == alone[number]

    run_all(work)
    assert photographs.area(alone[0][0]) > 0
