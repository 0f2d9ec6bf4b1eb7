"""The server is killed under load, again and again: what was acknowledged is there, nothing is half there."""

import random
import threading
import time

import botocore.exceptions
import pytest

GONE = botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError
KILLS = 50
WRITERS = 4
COLLECTIONS = ["even", "odd"]


class Writer(threading.Thread):
    """Adds and deletes faces until its server is gone; keeps account of what was acknowledged."""

    def __init__(self, number, server, portraits):
        super().__init__()
        self.number, self.portraits = number, portraits
        self.client = server.client(connections=1)
        self.collection = COLLECTIONS[number % 2]
        self.added, self.deleted, self.doubtful = {}, set(), set()

    def run(self):
        dice = random.Random(self.number)
        try:
            while True:
                self.add(dice.choice(self.portraits))
                if self.added and dice.random() < 0.45:
                    self.delete(dice.choice(sorted(self.added)))
        except GONE:
            pass

    def add(self, portrait):
        [record] = self.client.index_faces(CollectionId=self.collection, Image={"Bytes": portrait}, MaxFaces=1,
                                           QualityFilter="NONE")["FaceRecords"]
        self.added[record["Face"]["FaceId"]] = record["Face"]

    def delete(self, face):
        del self.added[face]
        self.doubtful.add(face)
        reply = self.client.delete_faces(CollectionId=self.collection, FaceIds=[face])
        assert reply["DeletedFaces"] == [face]
        self.doubtful.remove(face)
        self.deleted.add(face)


def stored(client, collection):
    pages = client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 4096})
    return {face["FaceId"]: face for page in pages for face in page["Faces"]}


def searchable(client, collection, portrait):
    reply = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": portrait}, FaceMatchThreshold=0,
                                         MaxFaces=4096)
    return {match["Face"]["FaceId"]: match["Face"] for match in reply["FaceMatches"]}


def test_what_was_acknowledged_survives_every_kill(new_server, photos):
    server = new_server()
    portraits = photos.portraits()
    for collection in COLLECTIONS:
        server.client().create_collection(CollectionId=collection)
    kept, deleted, doubtful = ({name: kind() for name in COLLECTIONS} for kind in (dict, set, set))
    dice, interrupted = random.Random(1), 0
    for kill in range(KILLS):
        writers = [Writer(number, server, portraits) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(dice.uniform(0.05, 0.65))
        server.kill()
        for writer in writers:
            writer.join(30)
            assert not writer.is_alive()
            kept[writer.collection] |= writer.added
            deleted[writer.collection] |= writer.deleted
            doubtful[writer.collection] |= writer.doubtful
        server.start()
        client = server.client()
        for collection in COLLECTIONS:
            there = stored(client, collection)
            assert client.describe_collection(CollectionId=collection)["FaceCount"] == len(there), f"kill {kill}"
            assert searchable(client, collection, portraits[0]) == there, f"kill {kill}"
            lost = {face: there.get(face) for face, said in kept[collection].items() if there.get(face) != said}
            assert not lost, f"kill {kill}: lost or changed"
            assert not deleted[collection] & set(there), f"kill {kill}: deleted faces came back"
            unsaid = set(there) - set(kept[collection]) - doubtful[collection]
            interrupted += len(unsaid)
            kept[collection] |= {face: there[face] for face in unsaid}
    assert sum(map(len, kept.values())) > KILLS, "the load was no load"
    assert interrupted <= KILLS * WRITERS
    assert server.stop() == 0


def test_a_kill_between_creation_and_deletion_of_collections_leaves_whole_ones(new_server, photos):
    server = new_server()
    portrait = photos.portraits()[0]
    for round_ in range(8):
        client = server.client()
        created, gone = [], []

        def churn():
            try:
                for number in range(10_000):
                    name = f"c-{round_}-{number}"
                    client.create_collection(CollectionId=name)
                    client.index_faces(CollectionId=name, Image={"Bytes": portrait}, QualityFilter="NONE", MaxFaces=1)
                    created.append(name)
                    if number % 2:
                        client.delete_collection(CollectionId=name)
                        gone.append(name)
            except GONE:
                pass

        thread = threading.Thread(target=churn)
        thread.start()
        time.sleep(0.2 + 0.07 * round_)
        server.kill()
        thread.join(30)
        client = server.start().client()
        names = client.list_collections(MaxResults=4096)["CollectionIds"]
        assert set(created[:-1]) - set(gone) <= set(names) and not set(gone) & set(names)
        for name in names:
            count = client.describe_collection(CollectionId=name)["FaceCount"]
            assert count == len(stored(client, name)) == len(searchable(client, name, portrait))
            client.delete_collection(CollectionId=name)


def test_a_killed_server_starts_again_with_the_same_keys(new_server):
    server = new_server()
    before = (server.data / "credentials").read_bytes()
    client = server.client()
    server.kill()
    server.start()
    assert (server.data / "credentials").read_bytes() == before
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_collection(CollectionId="nope")
