"""The operations beside Rekognition's, under the target prefix "Countenance."."""

import concurrent.futures
import math
import time

import pytest

import photos as photographs
import shape
import wire

UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666"
PEOPLE = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"]


@pytest.fixture
def call(server):
    """Calls an operation that must succeed."""

    def ask(operation, **members):
        reply = wire.call(server, wire.EXTENSION + operation, members)
        assert reply.status == 200, reply
        return reply.json

    return ask


@pytest.fixture
def no(server):
    """Calls an operation that must fail; the error's code and message."""

    def ask(operation, **members):
        reply = wire.call(server, wire.EXTENSION + operation, members)
        assert reply.status == 400, reply
        assert reply.headers["x-amzn-errortype"] == reply.type
        return reply.type, reply.message

    return ask


@pytest.fixture
def gallery(call, collection, photos):
    """Three photographs of one person, one of another, each with tags: FaceId by name."""
    members = {}
    for name in PEOPLE:
        reply = call("IndexFaces", CollectionId=collection, Image=wire.image(photos.small(name)), MaxFaces=1,
                     ExternalImageId=name, QualityFilter="NONE", Tags={"who": name[:5], "file": name})
        members[name] = reply["FaceRecords"][0]["Face"]["FaceId"]
    return members


def names(faces):
    return {face["ExternalImageId"] for face in faces}


def matched(reply):
    return names(match["Face"] for match in reply["FaceMatches"])


# --- the prefix ---

def test_an_extension_is_not_an_operation_of_rekognition(server):
    reply = wire.send(server, wire.sign(server, "X", {}, headers={"X-Amz-Target": "RekognitionService.TagFaces"}), {})
    assert reply.status == 400 and reply.type == "UnknownOperationException"
    reply = wire.call(server, "Countenance.DescribeCollection", {})
    assert reply.type == "UnknownOperationException"


def test_an_extension_needs_a_signature(server):
    reply = wire.send(server, {"X-Amz-Target": "Countenance.AdviseThreshold", "Content-Type": wire.CONTENT_TYPE}, {})
    assert reply.type == "MissingAuthenticationTokenException"


def test_rekognitions_own_operations_do_not_know_our_members(client, server, collection, photos):
    body = {"CollectionId": collection, "Image": wire.image(photos.small("obama.jpg")), "Tags": 5, "RefuseSimilarity": {}}
    assert len(wire.call(server, "IndexFaces", body).json["FaceRecords"]) == 1


# --- violations ---

@pytest.mark.parametrize("operation, members, words", [
    ("SearchFaces", {"FaceId": UNKNOWN, "IncludeFalseMatchRate": "yes"},
     "STRING_VALUE can not be converted to a Boolean: 'includeFalseMatchRate'"),
    ("SearchFaces", {"FaceId": UNKNOWN, "Filter": {"IndexedFrom": "2024-01-01"}},
     "STRING_VALUE can not be converted to a Timestamp: 'filter.indexedFrom'"),
    ("SearchFaces", {"FaceId": UNKNOWN, "Filter": []}, "A list can not be converted to a structure: 'filter'"),
    ("ImportFaces", {"FaceModelVersion": "1", "Faces": [5]},
     "NUMBER_VALUE can not be converted to a structure: 'faces.1.member'")])
def test_a_wrong_type_is_a_serialization_error(no, collection, operation, members, words):
    assert no(operation, CollectionId=collection, **members) == ("SerializationException", words)


@pytest.mark.parametrize("operation, members, path", [
    ("SearchFaces", {}, "faceId"), ("SearchFaces", {"FaceId": UNKNOWN, "Filter": {"UserId": "a b"}}, "filter.userId"),
    ("ListFaces", {"Filter": {"ExternalImageId": ""}}, "filter.externalImageId"),
    ("ListFaces", {"Filter": {"ExternalImageIdPrefix": "a/b"}}, "filter.externalImageIdPrefix"),
    ("ListFaces", {"Filter": {"Tags": {f"k{i}": "" for i in range(11)}}}, "filter.tags"),
    ("ListFaces", {"Filter": {"Tags": {}}}, "filter.tags"),
    ("ListFaces", {"Filter": {"IndexedFrom": -1}}, "filter.indexedFrom"),
    ("ListFaces", {"Filter": {"IndexedBefore": 1e12}}, "filter.indexedBefore"),
    ("ListFaces", {"MaxResults": 4097}, "maxResults"), ("DeleteFaces", {}, "filter"),
    ("SearchFacesByImage", {}, "image"), ("SearchAllFacesByImage", {}, "image"),
    ("SearchAllFacesByImage", {"Image": {}, "MaxFaces": 101}, "maxFaces"),
    ("SearchAllFacesByImage", {"Image": {}, "FaceMatchThreshold": 101}, "faceMatchThreshold"),
    ("TagFaces", {"FaceIds": [UNKNOWN]}, "tags"), ("TagFaces", {"FaceIds": [], "Tags": {"a": "b"}}, "faceIds"),
    ("TagFaces", {"FaceIds": [UNKNOWN], "Tags": {"aws:a": "b"}}, "tags"),
    ("UntagFaces", {"FaceIds": [UNKNOWN], "TagKeys": []}, "tagKeys"), ("UntagFaces", {"TagKeys": ["a"]}, "faceIds"),
    ("RenameCollection", {"NewCollectionId": "a b"}, "newCollectionId"), ("CopyCollection", {}, "newCollectionId"),
    ("IndexFaces", {"Image": {}, "RefuseSimilarity": 100.5}, "refuseSimilarity"),
    ("AdviseThreshold", {"FalsePositiveIdentificationRate": 1.5}, "falsePositiveIdentificationRate"),
    ("AdviseThreshold", {"GallerySize": 0}, "gallerySize"), ("ExportFaces", {"MaxResults": 501}, "maxResults"),
    ("ImportFaces", {}, "faceModelVersion"),
    ("ImportFaces", {"FaceModelVersion": "1", "Faces": [{"FaceId": UNKNOWN}]}, "faces.1.member.vector"),
    ("ImportFaces", {"FaceModelVersion": "1", "Users": [{"UserId": "u"}, {"UserId": "a b"}]}, "users.2.member.userId")])
def test_a_broken_constraint_is_named(no, collection, operation, members, path):
    kind, message = no(operation, CollectionId=collection, **members)
    assert kind == "ValidationException" and f"at '{path}' failed to satisfy constraint" in message


@pytest.mark.parametrize("operation, members", [
    ("SearchFaces", {"FaceId": UNKNOWN}), ("ListFaces", {}), ("DeleteFaces", {"Filter": {"UserId": "u"}}),
    ("TagFaces", {"FaceIds": [UNKNOWN], "Tags": {"a": "b"}}), ("UntagFaces", {"FaceIds": [UNKNOWN], "TagKeys": ["a"]}),
    ("RenameCollection", {"NewCollectionId": "b"}), ("CopyCollection", {"NewCollectionId": "b"}),
    ("AdviseThreshold", {}), ("ExportFaces", {}), ("ImportFaces", {"FaceModelVersion": "1"})])
def test_a_collection_that_is_not_there_is_named(no, operation, members):
    assert no(operation, CollectionId="nowhere", **members) == (
        "ResourceNotFoundException", "The collection id: nowhere does not exist")


# --- searches ---

def test_a_search_without_a_filter_is_rekognitions(client, call, collection, gallery, photos):
    for name, members in (("SearchFaces", {"FaceId": gallery["obama.jpg"]}),
                          ("SearchFacesByImage", {"Image": wire.image(photos["obama.jpg"])})):
        ours = call(name, CollectionId=collection, FaceMatchThreshold=0, **members)
        shape.check(ours, shape.MODEL.operation_model(name).output_shape, name)
        if "Image" in members:
            members = {"Image": {"Bytes": photos["obama.jpg"]}}
        method = "search_faces" if name == "SearchFaces" else "search_faces_by_image"
        theirs = getattr(client, method)(CollectionId=collection, FaceMatchThreshold=0, **members)
        theirs.pop("ResponseMetadata")
        assert ours == theirs
        assert call(name, CollectionId=collection, FaceMatchThreshold=0, Filter={}, **(
            members if "FaceId" in members else {"Image": wire.image(photos["obama.jpg"])})) == ours


def test_a_filter_says_among_whom_to_search(call, client, collection, gallery, photos):
    client.create_user(CollectionId=collection, UserId="barack")
    client.associate_faces(CollectionId=collection, UserId="barack", FaceIds=[gallery["obama2.jpg"]])
    now = time.time()
    for choice, expected in (
            ({"ExternalImageId": "obama3.jpg"}, {"obama3.jpg"}), ({"ExternalImageIdPrefix": "obama"}, set(PEOPLE[:3])),
            ({"ExternalImageIdPrefix": "obama_"}, set()), ({"UserId": "barack"}, {"obama2.jpg"}),
            ({"UserId": "nobody"}, set()), ({"Tags": {"who": "biden"}}, {"biden.jpg"}),
            ({"Tags": {"who": "obama", "file": "obama3.jpg"}}, {"obama3.jpg"}), ({"Tags": {"who": "obam"}}, set()),
            ({"IndexedFrom": now - 3600}, set(PEOPLE)), ({"IndexedFrom": now + 60}, set()),
            ({"IndexedBefore": now - 3600.5}, set()), ({"IndexedBefore": 0}, set()),
            ({"IndexedFrom": now - 3600, "IndexedBefore": now + 60, "UserId": "barack"}, {"obama2.jpg"})):
        by_image = call("SearchFacesByImage", CollectionId=collection, Image=wire.image(photos["obama.jpg"]),
                        FaceMatchThreshold=0, Filter=choice)
        by_face = call("SearchFaces", CollectionId=collection, FaceId=gallery["obama.jpg"], FaceMatchThreshold=0,
                       Filter=choice)
        listed = call("ListFaces", CollectionId=collection, Filter=choice)["Faces"]
        assert matched(by_image) == names(listed) == expected, choice
        assert matched(by_face) == expected - {"obama.jpg"}, choice


def test_a_filter_wants_the_best_of_those_it_lets_through(call, collection, gallery):
    reply = call("SearchFaces", CollectionId=collection, FaceId=gallery["obama.jpg"], FaceMatchThreshold=0, MaxFaces=1,
                 Filter={"ExternalImageId": "biden.jpg"})
    assert matched(reply) == {"biden.jpg"}


def test_a_match_tells_its_false_match_rate_when_asked(call, collection, gallery):
    reply = call("SearchFaces", CollectionId=collection, FaceId=gallery["obama.jpg"], FaceMatchThreshold=0,
                 IncludeFalseMatchRate=True)
    rates = {match["Face"]["ExternalImageId"]: match["FalseMatchRate"] for match in reply["FaceMatches"]}
    assert rates["obama2.jpg"] < 1e-4 < 1e-3 < rates["biden.jpg"] <= 0.5
    assert [match["FalseMatchRate"] for match in reply["FaceMatches"]] == sorted(rates.values())


def test_all_faces_of_a_photograph_are_searched_in_one_call(client, call, collection, photos):
    for number, portrait in enumerate(photos.portraits()):
        client.index_faces(CollectionId=collection, Image={"Bytes": portrait}, MaxFaces=1, QualityFilter="NONE",
                           ExternalImageId=str(number))
    reply = call("SearchAllFacesByImage", CollectionId=collection, Image=wire.image(photos["t1.jpg"]),
                 IncludeFalseMatchRate=True)
    assert len(reply["Searches"]) >= 6 and reply["UnsearchedFaces"] == []
    found = set()
    for search in reply["Searches"]:
        shape.check(search["SearchedFace"], shape.MODEL.shape_for("FaceDetail"), "SearchedFace")
        assert all(0 < match.pop("FalseMatchRate") <= 1e-3 for match in search["FaceMatches"])
        shape.check(search["FaceMatches"], shape.MODEL.shape_for("FaceMatchList"), "FaceMatches")
        found |= matched(search)
    assert found == set("012345")
    filtered = call("SearchAllFacesByImage", CollectionId=collection, Image=wire.image(photos["t1.jpg"]),
                    Filter={"ExternalImageId": "3"})
    assert set().union(*map(matched, filtered["Searches"])) == {"3"}


def test_faces_that_the_filter_refuses_are_told_with_reasons(call, collection, photos):
    dark = photographs.jpeg(photos.picture("obama.jpg").point(lambda value: value * 0.07))
    reply = call("SearchAllFacesByImage", CollectionId=collection, Image=wire.image(dark), QualityFilter="HIGH")
    assert reply["Searches"] == []
    for face in reply["UnsearchedFaces"]:
        shape.check(face["FaceDetails"], shape.MODEL.shape_for("FaceDetail"), "FaceDetails")
        assert face["Reasons"]


def test_a_photograph_without_a_face_searches_nobody(call, collection):
    reply = call("SearchAllFacesByImage", CollectionId=collection,
                 Image=wire.image(photographs.jpeg(photographs.scenery())))
    assert reply["Searches"] == reply["UnsearchedFaces"] == [] and reply["FaceModelVersion"]


# --- lists, deletions, tags ---

def test_faces_are_listed_with_their_tags(client, call, collection, gallery):
    before = time.time()
    ours = call("ListFaces", CollectionId=collection)["Faces"]
    theirs = client.list_faces(CollectionId=collection)["Faces"]
    for face, other in zip(ours, theirs, strict=True):
        assert face.pop("Tags") == {"who": face["ExternalImageId"][:5], "file": face["ExternalImageId"]}
        assert before - 3600 < face.pop("CreationTimestamp") <= before
        assert face == other


def test_a_filtered_list_has_pages(call, no, collection, gallery):
    seen, token = [], ""
    for _ in range(3):
        page = call("ListFaces", CollectionId=collection, Filter={"Tags": {"who": "obama"}}, MaxResults=1,
                    NextToken=token)
        seen += page["Faces"]
        token = page.get("NextToken")
    assert token is None and names(seen) == set(PEOPLE[:3])
    assert no("ListFaces", CollectionId=collection, NextToken="made-up")[0] == "InvalidPaginationTokenException"


def test_faces_are_deleted_by_a_filter(client, call, collection, gallery, photos):
    reply = call("DeleteFaces", CollectionId=collection, Filter={"ExternalImageIdPrefix": "obama"})
    assert set(reply["DeletedFaces"]) == {gallery[name] for name in PEOPLE[:3]}
    assert reply["UnsuccessfulFaceDeletions"] == [] and "NextToken" not in reply
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1
    found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": photos["obama.jpg"]},
                                         FaceMatchThreshold=0)
    assert matched(found) == {"biden.jpg"}
    assert call("DeleteFaces", CollectionId=collection, Filter={"ExternalImageIdPrefix": "obama"})["DeletedFaces"] == []


def test_a_filter_without_a_member_deletes_nothing(client, no, collection, gallery):
    assert no("DeleteFaces", CollectionId=collection, Filter={})[0] == "InvalidParameterException"
    assert no("DeleteFaces", CollectionId=collection, Filter={"UserId": None})[0] == "InvalidParameterException"
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 4


def test_a_bound_in_the_past_deletes_nothing(client, call, collection, gallery):
    assert call("DeleteFaces", CollectionId=collection, Filter={"IndexedBefore": 0})["DeletedFaces"] == []
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 4


def test_a_users_faces_are_deleted_only_when_that_is_said(client, call, collection, gallery):
    client.create_user(CollectionId=collection, UserId="barack")
    client.associate_faces(CollectionId=collection, UserId="barack", FaceIds=[gallery["obama2.jpg"]])
    choice = {"Tags": {"who": "obama"}}
    reply = call("DeleteFaces", CollectionId=collection, Filter=choice)
    assert reply["UnsuccessfulFaceDeletions"] == [{"FaceId": gallery["obama2.jpg"], "UserId": "barack",
                                                   "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]}]
    assert len(reply["DeletedFaces"]) == 2
    reply = call("DeleteFaces", CollectionId=collection, Filter=choice, DisassociateFirst=True)
    assert reply["DeletedFaces"] == [gallery["obama2.jpg"]] and reply["UnsuccessfulFaceDeletions"] == []
    assert client.search_users(CollectionId=collection, FaceId=gallery["biden.jpg"],
                               UserMatchThreshold=0)["UserMatches"] == []


def test_deletions_go_on_page_by_page_past_those_that_are_refused(client, call, collection, gallery):
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[min(gallery.values())])
    deleted, refused, token = [], [], ""
    while token is not None:
        reply = call("DeleteFaces", CollectionId=collection, Filter={"IndexedFrom": 1}, MaxResults=1, NextToken=token)
        deleted += reply["DeletedFaces"]
        refused += reply["UnsuccessfulFaceDeletions"]
        token = reply.get("NextToken")
    assert len(deleted) == 3 and [face["FaceId"] for face in refused] == [min(gallery.values())]


def tags_of(call, collection):
    return {face["ExternalImageId"]: face["Tags"] for face in call("ListFaces", CollectionId=collection)["Faces"]}


def test_faces_are_tagged_and_untagged(call, collection, gallery):
    ids = [gallery["biden.jpg"], UNKNOWN, gallery["biden.jpg"]]
    missing = [{"FaceId": UNKNOWN, "Reasons": ["FACE_NOT_FOUND"]}]
    assert call("TagFaces", CollectionId=collection, FaceIds=ids, Tags={"who": "joe", "größe": "1"}) == {
        "TaggedFaces": [gallery["biden.jpg"]], "UnsuccessfulFaceTags": missing}
    assert tags_of(call, collection)["biden.jpg"] == {"who": "joe", "file": "biden.jpg", "größe": "1"}
    assert tags_of(call, collection)["obama.jpg"] == {"who": "obama", "file": "obama.jpg"}
    assert call("UntagFaces", CollectionId=collection, FaceIds=ids, TagKeys=["who", "nothing"]) == {
        "UntaggedFaces": [gallery["biden.jpg"]], "UnsuccessfulFaceUntags": missing}
    assert tags_of(call, collection)["biden.jpg"] == {"file": "biden.jpg", "größe": "1"}


def test_a_face_has_no_more_than_200_tags(call, no, collection, gallery):
    face = [gallery["biden.jpg"]]
    call("TagFaces", CollectionId=collection, FaceIds=face, Tags={f"k{i}": "" for i in range(198)})
    assert no("TagFaces", CollectionId=collection, FaceIds=face, Tags={"more": "", "who": "joe"})[0] == (
        "ServiceQuotaExceededException")
    kept = tags_of(call, collection)["biden.jpg"]
    assert len(kept) == 200 and "more" not in kept and kept["who"] == "biden"
    call("TagFaces", CollectionId=collection, FaceIds=face, Tags={"who": "joe"})


# --- collections ---

def test_a_renamed_collection_keeps_everything_but_its_name(client, call, no, collection, gallery, photos):
    new = collection + "-new"
    client.create_user(CollectionId=collection, UserId="u")
    before = client.describe_collection(CollectionId=collection)
    reply = call("RenameCollection", CollectionId=collection, NewCollectionId=new)
    try:
        after = client.describe_collection(CollectionId=new)
        assert reply["CollectionArn"] == after["CollectionARN"] and reply["FaceCount"] == after["FaceCount"] == 4
        assert reply["UserCount"] == 1 and reply["StatusCode"] == 200
        assert after["CreationTimestamp"] == before["CreationTimestamp"]
        found = client.search_faces_by_image(CollectionId=new, Image={"Bytes": photos["biden.jpg"]})
        assert matched(found) == {"biden.jpg"}
        assert no("ListFaces", CollectionId=collection)[0] == "ResourceNotFoundException"
        client.create_collection(CollectionId=collection)
        assert no("RenameCollection", CollectionId=new, NewCollectionId=collection)[0] == (
            "ResourceAlreadyExistsException")
    finally:
        client.delete_collection(CollectionId=new)


def test_a_copy_lives_by_itself(client, call, no, collection, gallery, photos):
    copy = collection + "-copy"
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[gallery["biden.jpg"]])
    reply = call("CopyCollection", CollectionId=collection, NewCollectionId=copy)
    try:
        assert reply["FaceCount"] == 4 and reply["UserCount"] == 1 and reply["CollectionArn"].endswith("/" + copy)
        assert tags_of(call, copy) == tags_of(call, collection)
        call("DeleteFaces", CollectionId=copy, Filter={"Tags": {"who": "obama"}})
        call("TagFaces", CollectionId=copy, FaceIds=[gallery["biden.jpg"]], Tags={"new": "1"})
        assert len(tags_of(call, collection)) == 4 and "new" not in tags_of(call, collection)["biden.jpg"]
        found = client.search_users_by_image(CollectionId=copy, Image={"Bytes": photos["biden.jpg"]})
        assert [match["User"]["UserId"] for match in found["UserMatches"]] == ["u"]
        client.delete_collection(CollectionId=collection)
        assert matched(client.search_faces_by_image(CollectionId=copy, Image={"Bytes": photos["biden.jpg"]})) == {
            "biden.jpg"}
        assert no("CopyCollection", CollectionId=copy, NewCollectionId=copy)[0] == "ResourceAlreadyExistsException"
    finally:
        client.delete_collection(CollectionId=copy)


# --- IndexFaces ---

def test_a_near_duplicate_is_refused_and_named(client, call, collection, photos):
    index = lambda name, **more: call("IndexFaces", CollectionId=collection, Image=wire.image(photos.small(name)), MaxFaces=1,
                                      QualityFilter="NONE", **more)
    [first] = index("obama.jpg", RefuseSimilarity=90)["FaceRecords"]
    reply = index("obama2.jpg", RefuseSimilarity=90)
    assert reply["FaceRecords"] == []
    [refused] = [face for face in reply["UnindexedFaces"] if "NearDuplicateOf" in face]
    assert refused["Reasons"] == ["NEAR_DUPLICATE"]
    assert refused["NearDuplicateOf"]["FaceId"] == first["Face"]["FaceId"]
    assert 90 <= refused["NearDuplicateOf"]["Similarity"] < 100
    shape.check(refused["FaceDetail"], shape.MODEL.shape_for("FaceDetail"), "FaceDetail")
    assert len(index("biden.jpg", RefuseSimilarity=90)["FaceRecords"]) == 1
    assert len(index("obama2.jpg")["FaceRecords"]) == 1
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 3


def test_a_face_twice_in_one_photograph_is_a_near_duplicate(client, call, collection, photos):
    face = photos.picture("biden.jpg")
    twice = photographs.Image.new("RGB", (face.width * 2, face.height))
    twice.paste(face, (0, 0))
    twice.paste(face, (face.width, 0))
    reply = call("IndexFaces", CollectionId=collection, Image=wire.image(photographs.jpeg(twice)),
                 QualityFilter="NONE", RefuseSimilarity=95)
    [record], [refused] = reply["FaceRecords"], reply["UnindexedFaces"]
    assert refused["NearDuplicateOf"]["FaceId"] == record["Face"]["FaceId"]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_of_many_at_once_one_is_indexed(client, call, collection, photos):
    body = {"CollectionId": collection, "Image": wire.image(photos.small("obama.jpg")), "MaxFaces": 1,
            "RefuseSimilarity": 90}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: call("IndexFaces", **body), range(6)))
    assert sum(len(reply["FaceRecords"]) for reply in replies) == 1
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


# --- AdviseThreshold ---

def test_the_advice_for_a_pair_is_the_scale_itself(call):
    for similarity, rate in (80, 1e-3), (90, 1e-4), (99, 1e-5):
        advice = call("AdviseThreshold", GallerySize=1, FalsePositiveIdentificationRate=rate)
        assert advice["Similarity"] == pytest.approx(similarity, abs=0.02) and advice["Reached"] is True
        assert advice["FalseMatchRate"] == pytest.approx(rate, rel=0.01)


def test_the_advice_reaches_the_rate_that_was_asked_for(call):
    last = 0
    for size in 1, 10, 100, 1000:
        advice = call("AdviseThreshold", GallerySize=size)
        assert advice["Reached"] is True and advice["GallerySize"] == size
        reached = 1 - (1 - advice["FalseMatchRate"]) ** size
        assert advice["FalsePositiveIdentificationRate"] == pytest.approx(reached, rel=1e-3)
        assert 0.0095 < reached <= 0.01 * (1 + 1e-5)
        assert last < advice["Similarity"] <= 99
        last = advice["Similarity"]


def test_advice_beyond_the_calibration_says_so(call):
    advice = call("AdviseThreshold", GallerySize=1_000_000)
    assert advice["Reached"] is False and advice["Similarity"] == 99 and "beyond" in advice["Basis"]
    assert advice["FalsePositiveIdentificationRate"] == pytest.approx(1 - math.exp(-10), rel=1e-3)
    for rate in 0, 1e-30:
        assert call("AdviseThreshold", GallerySize=1, FalsePositiveIdentificationRate=rate)["Reached"] is False
    lax = call("AdviseThreshold", GallerySize=1, FalsePositiveIdentificationRate=1)
    assert lax["Reached"] is True and lax["Similarity"] == 0.5 and lax["FalseMatchRate"] == 0.5


def test_the_advice_for_a_collection_knows_its_size(call, collection, gallery):
    assert call("AdviseThreshold", CollectionId=collection) == call("AdviseThreshold", GallerySize=4)


def test_advice_needs_one_size(no, collection):
    assert no("AdviseThreshold")[0] == "InvalidParameterException"
    assert no("AdviseThreshold", CollectionId=collection, GallerySize=5)[0] == "InvalidParameterException"
