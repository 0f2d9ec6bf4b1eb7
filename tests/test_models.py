"""Two model packs in one server: each collection is served by its own, and moves from one to the other in place."""

import sqlite3
import threading
import time

import pytest

import wire
from photos import jpeg
from server import Server, countenance
from test_recorded import published

PACKS = ("--models", "default", "--models", "precise")
DEFAULT, PRECISE = "1.0", "2.0"
COPIES, PEOPLE, BATCH = 8, 6, 16  # t1.jpg shows six people; faces that move in one transaction
KILL_SECONDS = 60


class House:
    """A server with both packs, and what a test asks of it."""

    def __init__(self, server):
        self.server, self.client = server, server.client()

    def create(self, name, keep_crops=True, model=None):
        tags = {"countenance:keep-crops": "true"} if keep_crops else {}
        if model:
            tags["countenance:model"] = model
        return self.client.create_collection(CollectionId=name, Tags=tags)["FaceModelVersion"]

    def index(self, name, photo, **members):
        reply = self.client.index_faces(CollectionId=name, Image={"Bytes": photo}, QualityFilter="NONE", **members)
        return [record["Face"]["FaceId"] for record in reply["FaceRecords"]]

    def best(self, name, photo):
        """Face and similarity of the best match."""
        matches = self.client.search_faces_by_image(CollectionId=name, Image={"Bytes": photo}, FaceMatchThreshold=0,
                                                    MaxFaces=1)["FaceMatches"]
        return matches[0]["Face"]["FaceId"], matches[0]["Similarity"]

    def call(self, operation, name, **members):
        return wire.call(self.server, wire.EXTENSION + operation, {"CollectionId": name, **members})

    def keep_crops(self, name, keep):
        assert self.call("GovernCollection", name, KeepCrops=keep).status == 200

    def reembed(self, name, version=PRECISE, **members):
        """The last reply; calls until nothing is in progress."""
        while True:
            reply = self.call("ReembedCollection", name, FaceModelVersion=version, **members)
            assert reply.status == 200, reply
            if reply.json["Status"] != "IN_PROGRESS":
                return reply.json

    def version(self, name):
        return self.client.describe_collection(CollectionId=name)["FaceModelVersion"]

    def ask(self, sql):
        """The number that a query of the store gives."""
        with sqlite3.connect(f"file:{self.server.data}/store.db?mode=ro", uri=True) as database:
            return database.execute(sql).fetchone()[0]

    def crops(self, name):
        return self.ask(f"SELECT count(*) FROM crops JOIN collections ON number=collection WHERE id='{name}'")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(Server(tmp_path_factory.mktemp("models"), *PACKS).start())
    yield house
    assert house.server.stop() == 0


# --- a pack a collection ---

def test_a_tag_of_its_creation_chooses_the_pack_of_a_collection(house):
    assert house.create("first") == DEFAULT
    assert house.create("by-version", model=PRECISE) == PRECISE
    assert house.create("by-name", model="precise") == PRECISE
    assert house.create("by-default", model="default") == DEFAULT
    arn = house.client.describe_collection(CollectionId="by-name")["CollectionARN"]
    assert house.client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}
    with pytest.raises(house.client.exceptions.InvalidParameterException) as caught:
        house.create("none", model="7.0")
    assert "7.0" in str(caught.value) and "1.0 (default), 2.0 (precise)" in str(caught.value)


def test_each_collection_is_served_by_its_own_pack(house, photos):
    portraits = photos.portraits()
    for name, model in (("plain", "default"), ("fine", "precise")):
        house.create(name, keep_crops=False, model=model)
        faces = [house.index(name, portrait)[0] for portrait in portraits]
        for face, portrait in zip(faces, portraits):
            assert house.best(name, portrait) == (face, 100)
        shown = house.client.list_faces(CollectionId=name)
        assert shown["FaceModelVersion"] == house.version(name)
        found = house.client.search_faces(CollectionId=name, FaceId=faces[0], FaceMatchThreshold=0)["FaceMatches"]
        assert {match["Face"]["FaceId"] for match in found} == set(faces[1:])
        assert all(match["Similarity"] < 80 for match in found)
    assert (house.version("plain"), house.version("fine")) == (DEFAULT, PRECISE)
    assert house.client.compare_faces(SourceImage={"Bytes": portraits[0]},
                                      TargetImage={"Bytes": portraits[0]})["FaceMatches"][0]["Similarity"] == 100


def test_a_person_is_found_in_the_collections_of_all_packs(house, photos):
    portrait = photos.portraits()[1]
    faces = {}
    for name, model in (("here", "default"), ("there", "precise")):
        house.create(name, keep_crops=name == "there", model=model)
        faces[name] = house.index(name, portrait)[0]
    reply = wire.call(house.server, "Countenance.DescribeSubject", {"Image": wire.image(portrait)})
    found = {face["CollectionId"]: face for face in reply.json["Faces"] if face["CollectionId"] in faces}
    assert {name: face["Face"]["FaceId"] for name, face in found.items()} == faces
    assert reply.json["SkippedCollections"] == 0
    assert {name: face["CropKept"] for name, face in found.items()} == {"here": False, "there": True}


def test_two_packs_of_one_version_and_too_many_are_refused(tmp_path):
    run = countenance("serve", "--data", tmp_path / "data", "--models", "default", "--models", "default")
    assert run.returncode == 1 and "same version, 1.0" in run.stderr
    run = countenance("serve", "--data", tmp_path / "data", *["--models", "default"] * 5)
    assert run.returncode == 2 and "at most 4" in run.stderr


def test_a_collection_whose_pack_is_not_loaded_is_told_of(tmp_path, photos):
    portrait = photos.portraits()[0]
    house = House(Server(tmp_path, *PACKS).start())
    house.create("people", model="precise")
    house.server.stop()
    house.server.options = ()
    house = House(house.server.start())
    with pytest.raises(house.client.exceptions.InvalidParameterException) as caught:
        house.index("people", portrait)
    assert "2.0" in str(caught.value) and "1.0 (default)" in str(caught.value)
    assert house.server.stop() == 0


# --- crops ---

def test_crops_are_kept_where_that_is_stated_and_go_with_their_faces(house, photos):
    house.create("sealed")
    faces = house.index("sealed", photos["t1.jpg"])
    assert len(faces) == PEOPLE and house.crops("sealed") == PEOPLE
    house.client.delete_faces(CollectionId="sealed", FaceIds=faces[:2])
    assert house.crops("sealed") == PEOPLE - 2
    assert house.call("CopyCollection", "sealed", NewCollectionId="sealed-copy").status == 200
    assert house.crops("sealed-copy") == PEOPLE - 2
    house.keep_crops("sealed", False)
    assert house.crops("sealed") == 0 and house.crops("sealed-copy") == PEOPLE - 2
    house.index("sealed", photos.portraits()[0])
    assert house.crops("sealed") == 0
    house.client.delete_collection(CollectionId="sealed-copy")
    assert house.crops("sealed-copy") == 0


def test_no_reply_holds_a_crop(house, photos):
    house.create("silent")
    house.index("silent", photos.portraits()[0])
    reply = house.call("ExportFaces", "silent")
    assert len(reply.json["Faces"]) == 1 and len(reply.body) < 4096
    assert not any("crop" in member.lower() for member in reply.json["Faces"][0])


def test_a_face_that_is_small_or_at_the_edge_gets_a_crop_too(house, photos):
    picture = photos.picture("t1.jpg")
    house.create("edges")
    small = photos.small("t1.jpg", 200)
    cut = picture.crop((80, 220, 1280, 400))
    count = len(house.index("edges", small)) + len(house.index("edges", jpeg(cut)))
    assert count > PEOPLE and house.crops("edges") == count
    assert house.reembed("edges", DropUnmovable=True)["Status"] == "DONE"
    kept = house.client.describe_collection(CollectionId="edges")["FaceCount"]
    assert kept >= count - 2, "nearly all of them are found again"


# --- moving ---

def test_a_collection_moves_to_another_model_in_place(house, photos):
    portraits = photos.portraits()
    house.create("moving")
    house.create("born-precise", model="precise")
    faces = [house.index("moving", portrait, ExternalImageId=f"p{i}")[0] for i, portrait in enumerate(portraits)]
    house.client.create_user(CollectionId="moving", UserId="anna")
    house.client.associate_faces(CollectionId="moving", UserId="anna", FaceIds=faces[:1])
    assert house.best("moving", portraits[2])[0] == faces[2]
    reply = house.reembed("moving")
    assert reply == {"Status": "DONE", "FaceModelVersion": PRECISE, "Moved": PEOPLE, "Left": 0, "NotMovable": 0,
                     "NotMoved": []}
    assert house.version("moving") == PRECISE
    shown = house.client.list_faces(CollectionId="moving")
    assert {face["FaceId"]: face["ExternalImageId"] for face in shown["Faces"]} == {
        face: f"p{i}" for i, face in enumerate(faces)}
    assert all(face["IndexFacesModelVersion"] == PRECISE for face in shown["Faces"])
    for face, portrait in zip(faces, portraits):
        found, similarity = house.best("moving", portrait)
        assert found == face and similarity > 99
    user = house.client.search_users_by_image(CollectionId="moving", Image={"Bytes": portraits[0]})["UserMatches"][0]
    assert user["User"]["UserId"] == "anna" and user["Similarity"] > 99
    new = house.index("moving", photos.small("t1.jpg", 600))
    assert len(new) == PEOPLE and house.crops("moving") == 2 * PEOPLE
    assert house.reembed("moving", "default")["Moved"] == 2 * PEOPLE
    assert house.best("moving", portraits[4])[0] == faces[4] and house.version("moving") == DEFAULT


def test_faces_without_a_crop_stand_in_the_way_until_they_get_one(house, photos):
    portraits = photos.portraits()
    house.create("mixed", keep_crops=False)
    early = house.index("mixed", portraits[0], ExternalImageId="early")
    refused = house.call("ReembedCollection", "mixed", FaceModelVersion=PRECISE)
    assert refused.type == "InvalidParameterException" and "KeepCrops" in refused.message
    house.keep_crops("mixed", True)
    late = house.index("mixed", portraits[1])
    reply = house.reembed("mixed")
    assert (reply["Status"], reply["NotMovable"], reply["NotMoved"]) == ("BLOCKED", 1, early)
    assert (reply["Moved"], reply["FaceModelVersion"]) == (1, DEFAULT)
    assert house.call("DescribeGovernance", "mixed").json["NextFaceModelVersion"] == PRECISE
    assert house.version("mixed") == DEFAULT and house.best("mixed", portraits[0]) == (early[0], 100)
    assert house.index("mixed", portraits[0], ExternalImageId="early") == early, "known by its photograph"
    reply = house.reembed("mixed")
    assert (reply["Status"], reply["Moved"]) == ("DONE", 2)
    assert house.best("mixed", portraits[0])[0] == early[0] and house.best("mixed", portraits[1])[0] == late[0]


def test_faces_that_cannot_move_are_dropped_when_that_is_wished(house, photos):
    portraits = photos.portraits()
    house.create("shrinking", keep_crops=False)
    early = house.index("shrinking", portraits[0])
    house.keep_crops("shrinking", True)
    late = house.index("shrinking", portraits[1])
    reply = house.reembed("shrinking", DropUnmovable=True)
    assert (reply["Status"], reply["Moved"], reply["NotMovable"]) == ("DONE", 1, 0)
    left = [face["FaceId"] for face in house.client.list_faces(CollectionId="shrinking")["Faces"]]
    assert left == late
    entry = published(house.server, operation="Countenance.ReembedCollection", collection="shrinking")[-1]
    assert entry["kind"] == "collection" and entry["counts"]["erased"] == 1 and early[0] not in str(entry)
    assert entry["details"]["to_model"] == PRECISE and entry["details"]["status"] == "DONE"


def test_a_move_is_given_up_by_a_move_to_where_it_is(house, photos):
    house.create("staying", keep_crops=False)
    house.index("staying", photos.portraits()[0])
    house.keep_crops("staying", True)
    assert house.reembed("staying")["Status"] == "BLOCKED"
    reply = house.reembed("staying", DEFAULT)
    assert (reply["Status"], reply["NotMovable"], reply["Moved"]) == ("DONE", 0, 1)
    assert "NextFaceModelVersion" not in house.call("DescribeGovernance", "staying").json
    assert house.ask("SELECT count(*) FROM faces WHERE next_vector IS NOT NULL") == 0


def test_a_move_that_cannot_be_is_refused(house):
    house.create("refusing")
    assert house.reembed("refusing")["Status"] == "DONE", "an empty one moves at once"
    assert house.version("refusing") == PRECISE
    reply = house.call("ReembedCollection", "refusing", FaceModelVersion="3.0")
    assert reply.type == "InvalidParameterException" and "1.0 (default), 2.0 (precise)" in reply.message
    assert house.call("ReembedCollection", "nobody", FaceModelVersion=PRECISE).type == "ResourceNotFoundException"
    assert house.call("ReembedCollection", "refusing").type == "ValidationException"


def test_a_move_goes_on_after_a_kill(tmp_path, photos):
    house = House(Server(tmp_path, *PACKS).start())
    house.create("many")
    for _ in range(COPIES):
        house.index("many", photos["t1.jpg"])
    moved = "SELECT count(*) FROM faces WHERE next_vector IS NOT NULL"

    def start():
        try:
            house.call("ReembedCollection", "many", FaceModelVersion=PRECISE)
        except OSError:
            pass  # the server was killed

    caller = threading.Thread(target=start)
    caller.start()
    end = time.monotonic() + KILL_SECONDS
    while not 0 < house.ask(moved):
        assert time.monotonic() < end, "nothing moves"
        time.sleep(0.01)
    house.server.kill()
    caller.join()
    assert BATCH <= house.ask(moved) < COPIES * PEOPLE, "killed in the middle"
    house = House(house.server.start())
    before = house.ask(moved)
    assert before >= BATCH and house.version("many") == DEFAULT
    assert house.best("many", photos.portraits()[3])[1] > 90, "the old vectors serve"
    assert house.call("DescribeGovernance", "many").json["NextFaceModelVersion"] == PRECISE
    run = countenance("governance", "reembed", "--collection-id", "many", "--face-model-version", "precise", "--data",
                      house.server.data)
    assert run.returncode == 0, run.stderr
    assert '"Status": "DONE"' in run.stdout and f'"Moved": {COPIES * PEOPLE}' in run.stdout
    assert house.version("many") == PRECISE and house.best("many", photos.portraits()[3])[1] > 99
    assert house.server.stop() == 0
    run = countenance("check", "--data", house.server.data)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_command_line_moves_a_collection_without_a_server(tmp_path, photos):
    house = House(Server(tmp_path, *PACKS).start())
    house.create("offline")
    house.index("offline", photos.portraits()[0])
    assert house.server.stop() == 0
    environment = dict(house.server.environment(), COUNTENANCE_MODELS="default:precise")
    run = countenance("governance", "reembed", "--collection-id", "offline", "--face-model-version", PRECISE, "--data",
                      house.server.data, env=environment)
    assert run.returncode == 0 and '"Status": "DONE"' in run.stdout, run.stdout + run.stderr
    run = countenance("rotate-key", "--data", house.server.data)
    assert run.returncode == 0, run.stderr
    house = House(house.server.start())
    assert house.version("offline") == PRECISE and house.best("offline", photos.portraits()[0])[1] > 99
    assert house.reembed("offline", "default")["Moved"] == 1, "the crop opens with the new key"
    assert house.server.stop() == 0


def test_an_import_chooses_the_pack_of_its_faces(house, photos, tmp_path):
    portrait = photos.portraits()[5]
    house.create("exported", model="precise")
    [face] = house.index("exported", portrait)
    for command in ("export", tmp_path / "file", "--collection", "exported"), ("import", tmp_path / "file",
                                                                              "--collection", "imported"):
        run = countenance(*command, "--data", house.server.data)
        assert run.returncode == 0, run.stderr
    assert house.version("imported") == PRECISE and house.best("imported", portrait) == (face, 100)
    assert house.crops("imported") == 0
