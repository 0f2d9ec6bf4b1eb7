"""SearchFaces, SearchFacesByImage."""

import pytest

import photos as photographs

UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666"


@pytest.fixture
def gallery(client, collection, photos):
    """A collection with three photographs of one person, one of another, and who is who: FaceId by name."""
    members = {}
    for name in "obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg":
        reply = client.index_faces(CollectionId=collection, Image={"Bytes": photos[name]}, MaxFaces=1,
                                   ExternalImageId=name, QualityFilter="NONE")
        members[name] = reply["FaceRecords"][0]["Face"]["FaceId"]
    return members


@pytest.fixture
def by_image(client, collection):
    return lambda data, **more: client.search_faces_by_image(CollectionId=collection, Image={"Bytes": data}, **more)


@pytest.fixture
def by_face(client, collection):
    return lambda face, **more: client.search_faces(CollectionId=collection, FaceId=face, **more)


def similarities(reply):
    """Similarity by ExternalImageId."""
    return {match["Face"]["ExternalImageId"]: match["Similarity"] for match in reply["FaceMatches"]}


def order(reply):
    return [match["Similarity"] for match in reply["FaceMatches"]]


def test_a_person_is_found_from_another_photograph(gallery, by_image, photos):
    found = similarities(by_image(photos["obama_partial_face.jpg"]))
    assert set(found) == {"obama.jpg", "obama2.jpg", "obama3.jpg"}
    assert all(similarity > 90 for similarity in found.values())


def test_a_stranger_is_not_found(gallery, by_image, photos):
    assert by_image(photos["astronaut.png"])["FaceMatches"] == []
    assert set(similarities(by_image(photos["biden.jpg"]))) == {"biden.jpg"}


def test_strangers_are_near_zero_and_the_same_person_near_hundred(gallery, by_image, photos):
    found = similarities(by_image(photos["obama.jpg"], FaceMatchThreshold=0))
    assert set(found) == set(gallery)
    assert found["biden.jpg"] < 50 and min(found["obama2.jpg"], found["obama3.jpg"]) >= 95


def test_the_same_photograph_is_found_with_hundred(gallery, by_image, photos):
    best = by_image(photos["obama.jpg"])["FaceMatches"][0]
    assert best["Face"]["FaceId"] == gallery["obama.jpg"] and best["Similarity"] > 99.99


def test_the_most_similar_come_first(gallery, by_image, by_face, photos):
    for search, probe in (by_image, photos["obama.jpg"]), (by_face, gallery["obama.jpg"]):
        reply = search(probe, FaceMatchThreshold=0)
        assert order(reply) == sorted(order(reply), reverse=True) and len(order(reply)) >= 3


def test_max_faces_gives_the_best_ones(gallery, by_image, photos):
    everything = by_image(photos["obama.jpg"], FaceMatchThreshold=0)["FaceMatches"]
    assert by_image(photos["obama.jpg"], FaceMatchThreshold=0, MaxFaces=2)["FaceMatches"] == everything[:2]


def test_a_face_does_not_find_itself(gallery, by_face):
    reply = by_face(gallery["obama.jpg"], FaceMatchThreshold=0)
    assert reply["SearchedFaceId"] == gallery["obama.jpg"]
    assert set(similarities(reply)) == set(gallery) - {"obama.jpg"}


def test_a_face_finds_its_twin_with_hundred(client, collection, by_face, photos):
    first, twin = (client.index_faces(CollectionId=collection, Image={"Bytes": photos["obama.jpg"]}, MaxFaces=1)
                   ["FaceRecords"][0]["Face"]["FaceId"] for _ in range(2))
    [match] = by_face(first)["FaceMatches"]
    assert match["Face"]["FaceId"] == twin and match["Similarity"] > 99.99


def test_both_searches_agree(gallery, by_face, by_image, photos):
    faces = similarities(by_face(gallery["obama.jpg"], FaceMatchThreshold=0))
    images = similarities(by_image(photos["obama.jpg"], FaceMatchThreshold=0))
    for name in faces:
        assert faces[name] == pytest.approx(images[name], abs=0.05)


def test_the_threshold_is_eighty_unless_said_otherwise(gallery, by_image, by_face, photos):
    for search, probe in (by_image, photos["obama.jpg"]), (by_face, gallery["biden.jpg"]):
        assert search(probe)["FaceMatches"] == search(probe, FaceMatchThreshold=80)["FaceMatches"]


def test_the_threshold_is_inclusive(gallery, by_face):
    everything = by_face(gallery["obama.jpg"], FaceMatchThreshold=0)["FaceMatches"]
    for match in everything:
        kept = by_face(gallery["obama.jpg"], FaceMatchThreshold=match["Similarity"])["FaceMatches"]
        assert match["Face"]["FaceId"] in [one["Face"]["FaceId"] for one in kept]
        assert all(one["Similarity"] >= match["Similarity"] for one in kept)


def test_no_match_is_an_empty_list(gallery, by_face):
    assert by_face(gallery["biden.jpg"], FaceMatchThreshold=100)["FaceMatches"] == []


def test_an_empty_collection_still_tells_which_face_was_searched(by_image, photos):
    reply = by_image(photos["astronaut.png"])
    assert reply["FaceMatches"] == [] and reply["SearchedFaceConfidence"] > 90
    assert 0 < reply["SearchedFaceBoundingBox"]["Width"] < 1


def test_matches_say_what_list_faces_says(client, collection, gallery, by_face):
    stored = {face["FaceId"]: face for face in client.list_faces(CollectionId=collection)["Faces"]}
    for match in by_face(gallery["obama.jpg"], FaceMatchThreshold=0)["FaceMatches"]:
        assert match["Face"] == stored[match["Face"]["FaceId"]]


def test_the_largest_face_is_searched(client, collection, by_image, photos):
    detected = client.detect_faces(Image={"Bytes": photos["t1.jpg"]})["FaceDetails"]
    searched = by_image(photos["t1.jpg"])["SearchedFaceBoundingBox"]
    assert photographs.overlap(searched, detected[0]["BoundingBox"]) > 0.9


def test_a_photograph_without_a_face_says_so_in_the_words_that_clients_compare(refused, collection):
    image = {"Bytes": photographs.jpeg(photographs.scenery())}
    assert refused("search_faces_by_image", CollectionId=collection, Image=image) == (
        "InvalidParameterException", "There are no faces in the image. Should be at least 1.")


def test_a_face_that_the_filter_refuses_is_none(refused, collection, photos):
    dark = photographs.jpeg(photos.picture("obama.jpg").point(lambda value: value * 0.07))
    assert refused("search_faces_by_image", CollectionId=collection, Image={"Bytes": dark}, QualityFilter="HIGH") == (
        "InvalidParameterException", "There are no faces in the image. Should be at least 1.")


def test_an_unknown_face_says_so_in_the_words_that_clients_compare(refused, collection):
    assert refused("search_faces", CollectionId=collection, FaceId=UNKNOWN) == (
        "InvalidParameterException", "faceId was not found in the collection.")


def test_what_was_indexed_is_found_at_once(client, collection, by_face, photos):
    for portrait in photos.portraits():
        [record] = client.index_faces(CollectionId=collection, Image={"Bytes": portrait}, MaxFaces=1,
                                      QualityFilter="NONE")["FaceRecords"]
        by_face(record["Face"]["FaceId"])
        found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": portrait}, MaxFaces=1)
        assert found["FaceMatches"][0]["Face"]["FaceId"] == record["Face"]["FaceId"]


def test_six_people_are_told_apart(client, collection, photos):
    for number, portrait in enumerate(photos.portraits()):
        client.index_faces(CollectionId=collection, Image={"Bytes": portrait}, MaxFaces=1, QualityFilter="NONE",
                           ExternalImageId=str(number))
    for number, portrait in enumerate(photos.portraits()):
        found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": portrait})
        assert set(similarities(found)) == {str(number)}
