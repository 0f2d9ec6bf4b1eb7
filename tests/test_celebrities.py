"""RecognizeCelebrities, GetCelebrityInfo, and how celebrities come to be."""

import base64

import pytest

import photos as photographs
import wire

GENDER = {"Type": "Male"}


class Famous:
    """A server with a collection of celebrities."""

    def __init__(self, server):
        self.server, self.client = server, server.client()

    def call(self, operation, **members):
        headers = wire.sign(self.server, operation, members, headers={"X-Amz-Target": "Countenance." + operation})
        return wire.send(self.server, headers, members)

    def put(self, identifier, name, photo=None, **more):
        image = {"Image": {"Bytes": base64.b64encode(photo).decode()}} if photo else {}
        return self.call("PutCelebrity", Id=identifier, Name=name, **image, **more)

    def recognize(self, photo):
        return self.client.recognize_celebrities(Image={"Bytes": photo})


@pytest.fixture(scope="module")
def famous(tmp_path_factory):
    from server import Server
    server = Server(tmp_path_factory.mktemp("famous"), "--celebrities", "famous").start()
    yield Famous(server)
    assert server.stop() == 0


@pytest.fixture
def president(famous, photos):
    reply = famous.put("p44", "A President", photos["obama.jpg"], Urls=["president.example/44"], KnownGender=GENDER)
    assert reply.status == 200, reply
    return reply.json["FaceId"]


def test_without_celebrities_every_face_is_unrecognized(client, photos):
    reply = client.recognize_celebrities(Image={"Bytes": photos["t1.jpg"]})
    assert reply["CelebrityFaces"] == [] and len(reply["UnrecognizedFaces"]) >= 6
    sizes = [photographs.area(face) for face in reply["UnrecognizedFaces"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_photograph_without_a_face_is_no_error(client):
    reply = client.recognize_celebrities(Image={"Bytes": photographs.jpeg(photographs.scenery())})
    assert reply["CelebrityFaces"] == reply["UnrecognizedFaces"] == []


def test_a_celebrity_is_recognized_from_another_photograph(famous, president, photos):
    [face] = famous.recognize(photos["obama2.jpg"])["CelebrityFaces"]
    assert (face["Id"], face["Name"], face["Urls"]) == ("p44", "A President", ["president.example/44"])
    assert face["KnownGender"] == GENDER and 90 <= face["MatchConfidence"] <= 100
    assert {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"} <= set(face["Face"])


def test_a_stranger_is_not_recognized(famous, president, photos):
    for name in "biden.jpg", "astronaut.png":
        reply = famous.recognize(photos[name])
        assert reply["CelebrityFaces"] == [] and len(reply["UnrecognizedFaces"]) >= 1


def test_what_is_known_of_a_celebrity_is_told(famous, president):
    info = famous.client.get_celebrity_info(Id="p44")
    assert (info["Name"], info["Urls"], info["KnownGender"]) == ("A President", ["president.example/44"], GENDER)


@pytest.mark.parametrize("identifier", ["nobody", ""])
def test_an_unknown_celebrity_is_not_found(famous, president, client, refused, identifier):
    assert refused("get_celebrity_info", Id=identifier)[0] == "ResourceNotFoundException"
    with pytest.raises(famous.client.exceptions.ResourceNotFoundException):
        famous.client.get_celebrity_info(Id=identifier)


def test_a_celebrity_is_put_again_with_other_details(famous, president, photos):
    assert famous.put("p44", "Somebody \"Else\" é").json == {}
    info = famous.client.get_celebrity_info(Id="p44")
    assert info["Name"] == "Somebody \"Else\" é" and info["Urls"] == [] and "KnownGender" not in info
    assert famous.recognize(photos["obama.jpg"])["CelebrityFaces"][0]["Name"] == "Somebody \"Else\" é"


def test_the_same_photograph_of_a_celebrity_is_kept_once(famous, president, photos):
    assert famous.put("p44", "A President", photos["obama.jpg"]).json["FaceId"] == president
    assert famous.put("p44", "A President", photos["obama3.jpg"]).json["FaceId"] != president
    [listed] = famous.call("ListCelebrities").json["Celebrities"]
    assert listed == {"Id": "p44", "Name": "A President", "Urls": [], "FaceCount": 2}


def test_celebrities_are_listed_in_pages(famous, president):
    for identifier in "a1", "b2", "z9":
        assert famous.put(identifier, identifier.upper()).status == 200
    first = famous.call("ListCelebrities", MaxResults=3).json
    rest = famous.call("ListCelebrities", NextToken=first["NextToken"]).json
    names = [one["Id"] for page in (first, rest) for one in page["Celebrities"]]
    assert names == ["a1", "b2", "p44", "z9"] and "NextToken" not in rest
    for identifier in "a1", "b2", "z9":
        assert famous.call("DeleteCelebrity", Id=identifier).status == 200


def test_a_deleted_celebrity_leaves_no_face(famous, president, photos):
    assert famous.call("DeleteCelebrity", Id="p44").json == {}
    assert famous.client.list_faces(CollectionId="famous")["Faces"] == []
    assert famous.recognize(photos["obama.jpg"])["CelebrityFaces"] == []
    assert famous.call("DeleteCelebrity", Id="p44").type == "ResourceNotFoundException"


def test_a_photograph_without_a_good_face_puts_nobody(famous, photos):
    reply = famous.put("none", "Nobody", photographs.jpeg(photographs.scenery()))
    assert reply.type == "InvalidParameterException"
    with pytest.raises(famous.client.exceptions.ResourceNotFoundException):
        famous.client.get_celebrity_info(Id="none")


def test_a_user_of_the_collection_is_a_celebrity_by_its_id(famous, president, photos):
    famous.client.create_user(CollectionId="famous", UserId="vice:47")
    [record] = famous.client.index_faces(CollectionId="famous", Image={"Bytes": photos["biden.jpg"]},
                                         MaxFaces=1)["FaceRecords"]
    famous.client.associate_faces(CollectionId="famous", UserId="vice:47", FaceIds=[record["Face"]["FaceId"]])
    [face] = famous.recognize(photos["biden.jpg"])["CelebrityFaces"]
    assert face["Name"] == "vice:47" and "Id" not in face and face["MatchConfidence"] == 100
    famous.client.delete_user(CollectionId="famous", UserId="vice:47")
    famous.client.delete_faces(CollectionId="famous", FaceIds=[record["Face"]["FaceId"]])


def test_a_server_without_such_a_collection_takes_no_celebrity(server):
    reply = Famous(server).put("p44", "A President")
    assert reply.type == "InvalidParameterException" and "--celebrities" in reply.message
    assert Famous(server).call("ListCelebrities").json == {"Celebrities": []}
