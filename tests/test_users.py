"""CreateUser, DeleteUser, ListUsers, AssociateFaces, DisassociateFaces, SearchUsers, SearchUsersByImage."""

import concurrent.futures
import uuid

import pytest

import photos as photographs
import wire

UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666"
OBAMAS = "obama.jpg", "obama2.jpg", "obama3.jpg"


def token():
    return str(uuid.uuid4())


class Gallery:
    """A collection and what one does with its users."""

    def __init__(self, client, name):
        self.client, self.name = client, name

    def __getattr__(self, operation):
        return lambda **more: getattr(self.client, operation)(CollectionId=self.name, **more)

    def index(self, data):
        [record] = self.index_faces(Image={"Bytes": data}, MaxFaces=1, QualityFilter="NONE")["FaceRecords"]
        return record["Face"]["FaceId"]

    def associate(self, user, *faces, **more):
        return self.associate_faces(UserId=user, FaceIds=list(faces), **more)

    def disassociate(self, user, *faces):
        return self.disassociate_faces(UserId=user, FaceIds=list(faces))

    def status(self, user):
        return {one["UserId"]: one["UserStatus"] for one in self.list_users()["Users"]}.get(user)

    def found(self, data, **more):
        """Similarity by UserId."""
        reply = self.search_users_by_image(Image={"Bytes": data}, **more)
        return {match["User"]["UserId"]: match["Similarity"] for match in reply["UserMatches"]}


@pytest.fixture
def gallery(client, collection):
    return Gallery(client, collection)


@pytest.fixture
def people(gallery, photos):
    """Two users with faces: who has two photographs, biden one. FaceId by photograph."""
    faces = {name: gallery.index(photos[name]) for name in (*OBAMAS, "biden.jpg")}
    for user in "obama", "biden":
        gallery.create_user(UserId=user)
    gallery.associate("obama", faces["obama.jpg"])
    gallery.associate("obama", faces["obama2.jpg"])
    gallery.associate("biden", faces["biden.jpg"])
    return faces


def associated(reply):
    return [one["FaceId"] for one in reply["AssociatedFaces"]]


# --- CreateUser, DeleteUser, ListUsers ---

def test_a_user_lives_from_created_over_active_to_deleted(gallery, photos):
    face = gallery.index(photos.small("obama.jpg"))
    gallery.create_user(UserId="ann:1_a.b-c")
    assert gallery.status("ann:1_a.b-c") == "CREATED" and gallery.describe_collection()["UserCount"] == 1
    reply = gallery.associate("ann:1_a.b-c", face)
    assert associated(reply) == [face] and reply["UserStatus"] == "UPDATING"
    assert gallery.status("ann:1_a.b-c") == "ACTIVE"
    gallery.delete_user(UserId="ann:1_a.b-c")
    assert gallery.list_users()["Users"] == [] and gallery.describe_collection()["UserCount"] == 0
    [left] = gallery.list_faces()["Faces"]
    assert left["FaceId"] == face and "UserId" not in left


def test_a_user_that_exists_is_not_created_again(gallery, refused):
    gallery.create_user(UserId="ann")
    assert refused("create_user", CollectionId=gallery.name, UserId="ann")[0] == "ConflictException"


def test_ids_of_users_are_case_sensitive_and_belong_to_one_collection(client, gallery, refused):
    gallery.create_user(UserId="ann")
    gallery.create_user(UserId="Ann")
    client.create_collection(CollectionId=gallery.name + "-other")
    Gallery(client, gallery.name + "-other").create_user(UserId="ann")
    client.delete_collection(CollectionId=gallery.name + "-other")
    assert [user["UserId"] for user in gallery.list_users()["Users"]] == ["Ann", "ann"]


@pytest.mark.parametrize("operation, more", [
    ("delete_user", {}), ("search_users", {}), ("associate_faces", {"FaceIds": [UNKNOWN]}),
    ("disassociate_faces", {"FaceIds": [UNKNOWN]})])
def test_an_unknown_user_is_not_found(gallery, refused, operation, more):
    code, message = refused(operation, CollectionId=gallery.name, UserId="nobody", **more)
    assert code == "ResourceNotFoundException" and "nobody" in message


def test_users_come_in_pages_by_id_each_once(client, gallery):
    names = sorted(f"user-{number:03}" for number in range(23))
    for name in reversed(names):
        gallery.create_user(UserId=name)
    paginator = client.get_paginator("list_users")
    pages = list(paginator.paginate(CollectionId=gallery.name, PaginationConfig={"PageSize": 5}))
    assert [len(page["Users"]) for page in pages] == [5, 5, 5, 5, 3] and "NextToken" not in pages[-1]
    assert [user["UserId"] for page in pages for user in page["Users"]] == names


def test_paging_stays_stable_while_users_come_and_go(gallery):
    for name in "bdfhj":
        gallery.create_user(UserId=name)
    first = gallery.list_users(MaxResults=2)
    gallery.create_user(UserId="a")
    gallery.create_user(UserId="e")
    gallery.delete_user(UserId="d")
    rest = gallery.list_users(NextToken=first["NextToken"])
    assert [user["UserId"] for page in (first, rest) for user in page["Users"]] == list("bdefhj")


def test_a_token_of_another_list_is_refused(gallery, refused):
    for name in "ab":
        gallery.create_user(UserId=name)
    page = gallery.list_users(MaxResults=1)["NextToken"]
    for operation in "list_faces", "list_collections":
        more = {} if operation == "list_collections" else {"CollectionId": gallery.name}
        assert refused(operation, NextToken=page, **more)[0] == "InvalidPaginationTokenException"


def test_a_deleted_collection_takes_its_users_with_it(client, gallery, people, photos):
    gallery.delete_collection()
    client.create_collection(CollectionId=gallery.name)
    assert gallery.list_users()["Users"] == [] and gallery.found(photos["obama.jpg"], UserMatchThreshold=0) == {}


# --- AssociateFaces, DisassociateFaces ---

def test_a_face_shows_its_user_wherever_it_is_shown(gallery, photos):
    reply = gallery.index_faces(Image={"Bytes": photos["obama.jpg"]}, ExternalImageId="o", MaxFaces=1)
    face = reply["FaceRecords"][0]["Face"]["FaceId"]
    gallery.create_user(UserId="obama")
    gallery.associate("obama", face)
    again = gallery.index_faces(Image={"Bytes": photos["obama.jpg"]}, ExternalImageId="o", MaxFaces=1)
    other = gallery.index(photos["obama2.jpg"])
    shown = [again["FaceRecords"][0]["Face"], *gallery.list_faces(FaceIds=[face])["Faces"],
             gallery.search_faces(FaceId=other)["FaceMatches"][0]["Face"],
             gallery.search_faces_by_image(Image={"Bytes": photos["obama.jpg"]})["FaceMatches"][0]["Face"]]
    assert [one["UserId"] for one in shown] == ["obama"] * 4
    assert {one["FaceId"] for one in shown} == {face}


def test_faces_are_listed_by_user(client, gallery, people):
    def listed(**more):
        pages = client.get_paginator("list_faces").paginate(CollectionId=gallery.name,
                                                            PaginationConfig={"PageSize": 1}, **more)
        return [face["FaceId"] for page in pages for face in page["Faces"]]

    obamas = sorted([people["obama.jpg"], people["obama2.jpg"]])
    assert listed(UserId="obama") == obamas
    assert listed(UserId="biden") == [people["biden.jpg"]]
    assert listed(UserId="nobody") == []
    assert listed(UserId="obama", FaceIds=list(people.values())) == obamas
    assert listed(UserId="biden", FaceIds=obamas) == []


def test_every_reason_against_an_association_is_told(gallery, people):
    reply = gallery.associate("obama", people["obama.jpg"], people["obama3.jpg"], people["biden.jpg"], UNKNOWN)
    assert associated(reply) == [people["obama3.jpg"]] and reply["UserStatus"] == "UPDATING"
    reasons = {one["FaceId"]: (one["Reasons"], one.get("UserId")) for one in reply["UnsuccessfulFaceAssociations"]}
    assert reasons == {UNKNOWN: (["FACE_NOT_FOUND"], None),
                       people["biden.jpg"]: (["ASSOCIATED_TO_A_DIFFERENT_USER"], "biden")}


def test_a_face_that_is_unlike_the_user_is_refused_with_its_confidence(gallery, people, photos):
    stranger = gallery.index(photos["astronaut.png"])
    [refusal] = gallery.associate("obama", stranger)["UnsuccessfulFaceAssociations"]
    assert refusal["FaceId"] == stranger and refusal["Reasons"] == ["LOW_MATCH_CONFIDENCE"]
    assert 0 <= refusal["Confidence"] < 75 and "UserId" not in refusal
    assert associated(gallery.associate("obama", stranger, UserMatchThreshold=refusal["Confidence"])) == [stranger]


def test_the_first_faces_of_a_user_are_taken_as_they_are(gallery, photos):
    faces = [gallery.index(photos[name]) for name in ("obama.jpg", "astronaut.png")]
    gallery.create_user(UserId="two")
    assert associated(gallery.associate("two", *faces, UserMatchThreshold=100)) == sorted(faces)


def test_what_is_so_already_is_in_neither_list(gallery, people, photos):
    reply = gallery.associate("obama", people["obama.jpg"], people["obama.jpg"])
    assert reply["AssociatedFaces"] == reply["UnsuccessfulFaceAssociations"] == []
    assert reply["UserStatus"] == "ACTIVE"
    reply = gallery.disassociate("obama", people["obama3.jpg"])
    assert reply["DisassociatedFaces"] == reply["UnsuccessfulFaceDisassociations"] == []
    assert reply["UserStatus"] == "ACTIVE"


def test_every_reason_against_a_disassociation_is_told(gallery, people):
    reply = gallery.disassociate("obama", people["obama.jpg"], people["biden.jpg"], UNKNOWN)
    assert [one["FaceId"] for one in reply["DisassociatedFaces"]] == [people["obama.jpg"]]
    assert reply["UserStatus"] == "UPDATING"
    reasons = {one["FaceId"]: (one["Reasons"], one.get("UserId")) for one in reply["UnsuccessfulFaceDisassociations"]}
    assert reasons == {UNKNOWN: (["FACE_NOT_FOUND"], None),
                       people["biden.jpg"]: (["ASSOCIATED_TO_A_DIFFERENT_USER"], "biden")}


def test_a_user_without_faces_is_created_again_and_found_no_more(gallery, people, photos):
    assert "biden" in gallery.found(photos["biden.jpg"])
    gallery.disassociate("biden", people["biden.jpg"])
    assert gallery.status("biden") == "CREATED"
    assert gallery.found(photos["biden.jpg"], UserMatchThreshold=0).keys() == {"obama"}
    assert gallery.search_users(UserId="biden", UserMatchThreshold=0)["UserMatches"] == []


def test_a_face_of_a_user_is_not_deleted_until_it_has_left(gallery, people):
    reply = gallery.delete_faces(FaceIds=[people["obama.jpg"], people["obama3.jpg"], UNKNOWN])
    assert reply["DeletedFaces"] == [people["obama3.jpg"]]
    refusals = {one["FaceId"]: one for one in reply["UnsuccessfulFaceDeletions"]}
    assert refusals == {
        people["obama.jpg"]: {"FaceId": people["obama.jpg"], "UserId": "obama",
                              "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]},
        UNKNOWN: {"FaceId": UNKNOWN, "Reasons": ["FACE_NOT_FOUND"]}}
    gallery.disassociate("obama", people["obama.jpg"])
    assert gallery.delete_faces(FaceIds=[people["obama.jpg"]])["DeletedFaces"] == [people["obama.jpg"]]


def test_a_user_has_a_hundred_faces_and_no_more(gallery, refused, photos):
    faces = [gallery.index(photos.small("obama.jpg")) for _ in range(101)]
    gallery.create_user(UserId="obama")
    assert len(associated(gallery.associate("obama", *faces[:99]))) == 99
    code, _ = refused("associate_faces", CollectionId=gallery.name, UserId="obama", FaceIds=faces[99:])
    assert code == "ServiceQuotaExceededException"
    assert len(gallery.list_faces(UserId="obama")["Faces"]) == 99
    assert associated(gallery.associate("obama", faces[99])) == [faces[99]]


# --- SearchUsers, SearchUsersByImage ---

def test_a_user_is_found_from_another_photograph(gallery, people, photos):
    found = gallery.found(photos["obama3.jpg"])
    assert found.keys() == {"obama"} and found["obama"] > 90
    assert gallery.found(photos["astronaut.png"]) == {}
    assert gallery.found(photos["obama3.jpg"], UserMatchThreshold=0).keys() == {"obama", "biden"}


def test_a_bad_photograph_counts_little_in_its_user(gallery, photos):
    picture = photos.picture("obama.jpg")
    small = photographs.jpeg(picture.resize((picture.width // 30, picture.height // 30)).resize(picture.size))
    good, bad = gallery.index(photos["obama2.jpg"]), gallery.index(small)
    confidence = {face["FaceId"]: face["Confidence"] for face in gallery.list_faces()["Faces"]}
    assert confidence[bad] < confidence[good]
    gallery.create_user(UserId="obama")
    gallery.associate("obama", good, bad, UserMatchThreshold=0)
    similarity = {face: gallery.search_users(FaceId=face, UserMatchThreshold=0)["UserMatches"][0]["Similarity"]
                  for face in (good, bad)}
    assert similarity[good] > similarity[bad]


def test_the_image_that_was_searched_for_is_described(gallery, people, photos):
    reply = gallery.search_users_by_image(Image={"Bytes": photos["obama3.jpg"]})
    assert set(reply["SearchedFace"]["FaceDetail"]) >= {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert reply["UserMatches"][0]["User"] == {"UserId": "obama", "UserStatus": "ACTIVE"}


def test_only_the_largest_face_is_searched_for_and_the_others_are_told(gallery, photos):
    reply = gallery.search_users_by_image(Image={"Bytes": photos["t1.jpg"]})
    sizes = [photographs.area(one["FaceDetails"]) for one in reply["UnsearchedFaces"]]
    assert len(sizes) >= 5 and max(sizes) <= photographs.area(reply["SearchedFace"]["FaceDetail"])
    assert all(one["Reasons"] == ["FACE_NOT_LARGEST"] for one in reply["UnsearchedFaces"])


def test_an_image_without_a_usable_face_is_no_error(gallery, people, photos):
    reply = gallery.search_users_by_image(Image={"Bytes": photographs.jpeg(photographs.scenery())})
    assert reply["UserMatches"] == reply["UnsearchedFaces"] == [] and "SearchedFace" not in reply
    tiny = photographs.scenery(1920, 1080)
    tiny.paste(photos.picture("obama.jpg").crop((250, 0, 750, 600)).resize((50, 60)), (900, 500))
    reply = gallery.search_users_by_image(Image={"Bytes": photographs.jpeg(tiny)}, QualityFilter="HIGH")
    assert reply["UserMatches"] == [] and "SearchedFace" not in reply
    assert "SMALL_BOUNDING_BOX" in reply["UnsearchedFaces"][0]["Reasons"]


def test_a_search_by_user_leaves_that_user_out(gallery, people):
    reply = gallery.search_users(UserId="obama", UserMatchThreshold=0)
    assert reply["SearchedUser"] == {"UserId": "obama"} and "SearchedFace" not in reply
    assert [match["User"]["UserId"] for match in reply["UserMatches"]] == ["biden"]


def test_a_search_by_face_includes_the_user_of_the_face(gallery, people):
    reply = gallery.search_users(FaceId=people["obama.jpg"])
    assert reply["SearchedFace"] == {"FaceId": people["obama.jpg"]} and "SearchedUser" not in reply
    assert [match["User"]["UserId"] for match in reply["UserMatches"]] == ["obama"]


def test_max_users_gives_the_best_ones(gallery, people, photos):
    everybody = gallery.search_users_by_image(Image={"Bytes": photos["obama.jpg"]}, UserMatchThreshold=0)
    order = [match["Similarity"] for match in everybody["UserMatches"]]
    assert len(order) == 2 and order == sorted(order, reverse=True)
    best = gallery.search_users_by_image(Image={"Bytes": photos["obama.jpg"]}, UserMatchThreshold=0, MaxUsers=1)
    assert best["UserMatches"] == everybody["UserMatches"][:1]


@pytest.mark.parametrize("probe", [{}, {"UserId": "obama", "FaceId": UNKNOWN}])
def test_users_are_searched_by_exactly_one_of_user_and_face(gallery, refused, probe):
    assert refused("search_users", CollectionId=gallery.name, **probe)[0] == "InvalidParameterException"


def test_an_unknown_face_is_told_in_the_words_of_searchfaces(gallery, refused):
    assert refused("search_users", CollectionId=gallery.name, FaceId=UNKNOWN) == (
        "InvalidParameterException", "faceId was not found in the collection.")


def test_users_survive_a_kill(new_server, photos):
    server = new_server("--workers", "1")
    server.client().create_collection(CollectionId="staff")
    gallery = Gallery(server.client(), "staff")
    gallery.create_user(UserId="obama", ClientRequestToken="once")
    gallery.associate("obama", gallery.index(photos["obama.jpg"]), gallery.index(photos["obama2.jpg"]))
    before = gallery.found(photos["obama3.jpg"])
    server.kill()
    server.start()
    gallery = Gallery(server.client(), "staff")
    assert gallery.found(photos["obama3.jpg"]) == before and before.keys() == {"obama"}
    gallery.create_user(UserId="obama", ClientRequestToken="once")


# --- ClientRequestToken ---

def test_a_token_acts_once_however_often_it_comes(gallery, refused, photos):
    once = token()
    for _ in range(3):
        gallery.create_user(UserId="ann", ClientRequestToken=once)
    face, once = gallery.index(photos.small("obama.jpg")), token()
    replies = [gallery.associate("ann", face, ClientRequestToken=once) for _ in range(3)]
    assert [associated(reply) for reply in replies] == [[face]] * 3
    assert [reply["UserStatus"] for reply in replies] == ["UPDATING"] * 3
    once = token()
    for _ in range(2):
        gallery.delete_user(UserId="ann", ClientRequestToken=once)
    assert gallery.list_users()["Users"] == []


def test_a_token_of_other_parameters_is_refused(gallery, refused):
    once = token()
    gallery.create_user(UserId="ann", ClientRequestToken=once)
    assert refused("create_user", CollectionId=gallery.name, UserId="bob", ClientRequestToken=once) == (
        "IdempotentParameterMismatchException", f"The ClientRequestToken: {once} you have supplied is already in use.")
    assert gallery.status("bob") is None


def test_a_token_belongs_to_one_operation(gallery):
    once = token()
    gallery.create_user(UserId="ann", ClientRequestToken=once)
    gallery.delete_user(UserId="ann", ClientRequestToken=once)
    assert gallery.list_users()["Users"] == []


def test_a_token_of_a_failed_call_is_still_new(gallery, refused):
    once = token()
    assert refused("delete_user", CollectionId=gallery.name, UserId="ann", ClientRequestToken=once)[0] == (
        "ResourceNotFoundException")
    gallery.create_user(UserId="ann")
    gallery.delete_user(UserId="ann", ClientRequestToken=once)
    assert gallery.status("ann") is None


def test_the_order_of_members_does_not_matter_to_a_token(server, collection):
    once = token()
    bodies = [b'{"CollectionId":"%s","UserId":"ann","ClientRequestToken":"%s"}',
              b'{ "UserId" : "\\u0061nn",\n"CollectionId":"%s" , "ClientRequestToken":"%s"}']
    for body in bodies:
        reply = wire.call(server, "CreateUser", body % (collection.encode(), once.encode()))
        assert reply.status == 200 and reply.json == {}, reply


def test_calls_at_the_same_time_with_one_token_act_once(server, gallery, photos):
    face = gallery.index(photos.small("obama.jpg"))
    gallery.create_user(UserId="ann")
    once, created = token(), token()
    client = server.client(attempts=5)

    def call(_):
        Gallery(client, gallery.name).create_user(UserId="bob", ClientRequestToken=created)
        return Gallery(client, gallery.name).associate("ann", face, ClientRequestToken=once)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(call, range(16)))
    assert all(associated(reply) == [face] and reply["UserStatus"] == "UPDATING" for reply in replies)


def test_of_two_calls_at_the_same_time_without_a_token_one_is_told(server, gallery):
    def call(_):
        return wire.call(server, "CreateUser", {"CollectionId": gallery.name, "UserId": "ann"})

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        types = sorted(str(reply.type) for reply in pool.map(call, range(4)))
    assert types == ["ConflictException"] * 3 + ["None"]


def test_users_change_while_they_are_searched(server, gallery, people, photos):
    """Who is never touched is always found, and who comes and goes is found in between."""
    client = server.client(attempts=5)

    def change(number):
        mine = Gallery(client, gallery.name)
        face = mine.index(photos.small("biden.jpg"))
        for _ in range(5):
            mine.create_user(UserId=f"guest-{number}")
            mine.associate(f"guest-{number}", face)
            assert mine.search_users(FaceId=face)["UserMatches"], "what was acknowledged is found"
            mine.delete_user(UserId=f"guest-{number}")
        return True

    def search(_):
        return all("obama" in Gallery(client, gallery.name).found(photos.small("obama.jpg")) for _ in range(5))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        changes, searches = pool.map(change, range(2)), pool.map(search, range(2))
        assert all(changes) and all(searches)
    assert [user["UserId"] for user in gallery.list_users()["Users"]] == ["biden", "obama"]
