"""IndexFaces, ListFaces, DeleteFaces."""

import re
import uuid

import pytest
from PIL import ImageEnhance, ImageFilter

import photos as photographs
import shape

UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666"
REASONS = {"EXCEEDS_MAX_FACES", "EXTREME_POSE", "LOW_BRIGHTNESS", "LOW_SHARPNESS", "LOW_CONFIDENCE",
           "SMALL_BOUNDING_BOX", "LOW_FACE_QUALITY"}


@pytest.fixture
def index(client, collection):
    """Indexes a photograph into the collection of the test."""
    return lambda data, **more: client.index_faces(CollectionId=collection, Image={"Bytes": data}, **more)


@pytest.fixture
def listed(client, collection):
    def all_faces(**more):
        pages = client.get_paginator("list_faces").paginate(CollectionId=collection, **more)
        return [face for page in pages for face in page["Faces"]]

    return all_faces


def ids(records):
    return [record["Face"]["FaceId"] for record in records]


def test_an_indexed_face_is_described_in_full(index, photos):
    reply = index(photos["astronaut.png"], ExternalImageId="person:1_a.b-c")
    [record] = reply["FaceRecords"]
    assert reply["UnindexedFaces"] == []
    assert set(record["Face"]) == {"FaceId", "BoundingBox", "ImageId", "ExternalImageId", "Confidence",
                                   "IndexFacesModelVersion"}
    assert set(record["FaceDetail"]) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert record["Face"]["ExternalImageId"] == "person:1_a.b-c"
    assert record["Face"]["IndexFacesModelVersion"] == reply["FaceModelVersion"]
    assert uuid.UUID(record["Face"]["FaceId"]).version == 4
    assert photographs.overlap(record["Face"]["BoundingBox"], record["FaceDetail"]["BoundingBox"]) > 0.999


def test_an_indexed_face_is_listed_and_counted_at_once(client, collection, index, listed, photos):
    for count, name in enumerate(("obama.jpg", "biden.jpg", "astronaut.png"), 1):
        [record] = index(photos[name], MaxFaces=1, ExternalImageId=name)["FaceRecords"]
        assert record["Face"] in listed()
        assert client.describe_collection(CollectionId=collection)["FaceCount"] == count == len(listed())


def test_without_an_external_image_id_none_is_shown(index, listed, photos):
    index(photos.small("obama.jpg"))
    assert "ExternalImageId" not in listed()[0]


def test_the_same_bytes_have_the_same_image_id_and_others_another(index, photos):
    first = index(photos["obama.jpg"], ExternalImageId="a")["FaceRecords"][0]["Face"]
    again = index(photos["obama.jpg"], ExternalImageId="b")["FaceRecords"][0]["Face"]
    other = index(photos["obama2.jpg"], ExternalImageId="c")["FaceRecords"][0]["Face"]
    assert first["ImageId"] == again["ImageId"] != other["ImageId"]


def test_the_same_photograph_under_the_same_external_id_is_stored_once(client, collection, index, photos):
    first = index(photos["t1.jpg"], ExternalImageId="friends", QualityFilter="NONE")["FaceRecords"]
    again = index(photos["t1.jpg"], ExternalImageId="friends", QualityFilter="NONE")["FaceRecords"]
    assert ids(again) == ids(first) and len(set(ids(first))) == len(first) >= 6
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == len(first)


def test_the_same_photograph_under_another_external_id_is_stored_again(client, collection, index, photos):
    first = index(photos.small("obama.jpg"), ExternalImageId="a")["FaceRecords"]
    other = index(photos.small("obama.jpg"), ExternalImageId="b")["FaceRecords"]
    assert ids(first) != ids(other)
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 2


def test_the_same_photograph_without_an_external_id_is_stored_again(client, collection, index, photos):
    assert ids(index(photos.small("obama.jpg"))["FaceRecords"]) != ids(index(photos.small("obama.jpg"))["FaceRecords"])
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 2


def test_more_faces_of_a_photograph_that_is_known_are_added(client, collection, index, photos):
    one = ids(index(photos["t1.jpg"], ExternalImageId="friends", QualityFilter="NONE", MaxFaces=1)["FaceRecords"])
    all_of_them = ids(index(photos["t1.jpg"], ExternalImageId="friends", QualityFilter="NONE")["FaceRecords"])
    assert one == all_of_them[:1] and len(all_of_them) >= 6
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == len(all_of_them)


def test_the_largest_faces_come_first(index, photos):
    records = index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]
    sizes = [photographs.area(record["FaceDetail"]) for record in records]
    assert len(sizes) >= 6 and sizes == sorted(sizes, reverse=True)


def test_max_faces_keeps_the_largest_and_names_the_others(index, photos):
    everything = index(photos["t1.jpg"], QualityFilter="NONE", ExternalImageId="all")["FaceRecords"]
    reply = index(photos["t1.jpg"], QualityFilter="NONE", MaxFaces=2, ExternalImageId="two")
    assert len(reply["FaceRecords"]) == 2
    assert [record["FaceDetail"] for record in reply["FaceRecords"]] == [r["FaceDetail"] for r in everything[:2]]
    assert len(reply["UnindexedFaces"]) == len(everything) - 2
    assert all(face["Reasons"] == ["EXCEEDS_MAX_FACES"] for face in reply["UnindexedFaces"])


def test_max_faces_over_a_hundred_is_a_hundred(index, photos):
    assert len(index(photos.small("obama.jpg"), MaxFaces=2**31 - 1)["FaceRecords"]) == 1


def test_a_photograph_without_a_face_is_no_error(client, collection, index):
    reply = index(photographs.jpeg(photographs.scenery()))
    assert reply["FaceRecords"] == reply["UnindexedFaces"] == []
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 0


def spoilt(photos):
    """Photographs with a face that a filter should refuse, and why."""
    good = photos.picture("obama.jpg").crop((250, 0, 750, 600))
    canvas = photographs.scenery(1920, 1080)
    canvas.paste(good.resize((50, 60)), (900, 500))
    return {"LOW_SHARPNESS": good.filter(ImageFilter.GaussianBlur(14)),
            "LOW_BRIGHTNESS": ImageEnhance.Brightness(good).enhance(0.08),
            "SMALL_BOUNDING_BOX": canvas}


@pytest.mark.parametrize("reason", ["LOW_SHARPNESS", "LOW_BRIGHTNESS", "SMALL_BOUNDING_BOX"])
def test_a_filter_refuses_a_poor_face_and_says_why(client, collection, index, photos, reason):
    data = photographs.jpeg(spoilt(photos)[reason])
    assert len(index(data, QualityFilter="NONE", ExternalImageId="poor")["FaceRecords"]) == 1
    reply = index(data, QualityFilter="HIGH", ExternalImageId="poor")
    assert reply["FaceRecords"] == [] and len(reply["UnindexedFaces"]) == 1
    assert reason in reply["UnindexedFaces"][0]["Reasons"]
    assert set(reply["UnindexedFaces"][0]["Reasons"]) <= REASONS - {"EXCEEDS_MAX_FACES"}
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_a_stricter_filter_never_keeps_more(index, photos):
    photographs_ = [photographs.jpeg(picture) for picture in spoilt(photos).values()] + [photos["t1.jpg"]]
    for data in photographs_:
        kept = [len(index(data, QualityFilter=name)["FaceRecords"]) for name in ("NONE", "LOW", "MEDIUM", "HIGH")]
        assert kept == sorted(kept, reverse=True)


def test_the_default_filter_is_auto(index, photos):
    for picture in spoilt(photos).values():
        data = photographs.jpeg(picture)
        assert len(index(data)["FaceRecords"]) == len(index(data, QualityFilter="AUTO")["FaceRecords"])


def test_a_good_portrait_passes_the_default_filter(index, photos):
    for name in "obama.jpg", "biden.jpg", "obama2.jpg", "astronaut.png":
        assert index(photos[name], MaxFaces=1)["FaceRecords"], name


def test_faces_are_listed_by_id_in_pages_each_once(client, collection, index, photos):
    records = [record for _ in range(3) for record in index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]]
    stored = sorted(ids(records))
    pages = list(client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 4}))
    assert [face["FaceId"] for page in pages for face in page["Faces"]] == stored
    assert all(len(page["Faces"]) == 4 for page in pages[:-1]) and "NextToken" not in pages[-1]


def test_paging_stays_stable_while_faces_come_and_go(client, collection, index, photos):
    stored = sorted(ids(index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]))
    first = client.list_faces(CollectionId=collection, MaxResults=3)
    seen = [face["FaceId"] for face in first["Faces"]]
    index(photos.small("obama.jpg"))
    client.delete_faces(CollectionId=collection, FaceIds=seen[1:])
    rest = client.list_faces(CollectionId=collection, NextToken=first["NextToken"])
    later = [face["FaceId"] for face in rest["Faces"]]
    assert set(stored) <= set(seen + later) and not set(seen) & set(later)


def test_named_faces_are_listed_alone_and_unknown_ones_are_just_absent(client, collection, index, photos):
    stored = sorted(ids(index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]))
    reply = client.list_faces(CollectionId=collection, FaceIds=[stored[4], UNKNOWN, stored[1], stored[4]])
    assert [face["FaceId"] for face in reply["Faces"]] == [stored[1], stored[4]]


def test_named_faces_come_in_pages_too(client, collection, index, photos):
    stored = sorted(ids(index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]))
    pages = client.get_paginator("list_faces").paginate(CollectionId=collection, FaceIds=stored[:5],
                                                        PaginationConfig={"PageSize": 2})
    assert [face["FaceId"] for page in pages for face in page["Faces"]] == stored[:5]


def test_a_deleted_face_is_neither_listed_nor_counted_nor_found(client, collection, index, listed, photos):
    [gone] = ids(index(photos["obama.jpg"])["FaceRecords"])
    [kept] = ids(index(photos["biden.jpg"])["FaceRecords"])
    assert client.delete_faces(CollectionId=collection, FaceIds=[gone])["DeletedFaces"] == [gone]
    assert [face["FaceId"] for face in listed()] == [kept]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1
    found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": photos["obama.jpg"]},
                                         FaceMatchThreshold=0)
    assert gone not in [match["Face"]["FaceId"] for match in found["FaceMatches"]]


def test_deleting_tells_which_faces_were_not_there(client, collection, index, photos):
    [face] = ids(index(photos.small("obama.jpg"))["FaceRecords"])
    reply = client.delete_faces(CollectionId=collection, FaceIds=[UNKNOWN, face, face])
    assert reply["DeletedFaces"] == [face]
    assert reply["UnsuccessfulFaceDeletions"] == [{"FaceId": UNKNOWN, "Reasons": ["FACE_NOT_FOUND"]}]
    assert client.delete_faces(CollectionId=collection, FaceIds=[face])["DeletedFaces"] == []


def test_a_deleted_face_may_be_indexed_again(client, collection, index, photos):
    [face] = ids(index(photos.small("obama.jpg"), ExternalImageId="a")["FaceRecords"])
    client.delete_faces(CollectionId=collection, FaceIds=[face])
    assert len(index(photos.small("obama.jpg"), ExternalImageId="a")["FaceRecords"]) == 1
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_a_face_belongs_to_one_collection(client, collection, index, refused, photos):
    [face] = ids(index(photos.small("obama.jpg"))["FaceRecords"])
    other = collection + "-other"
    client.create_collection(CollectionId=other)
    reply = client.delete_faces(CollectionId=other, FaceIds=[face])
    assert reply["UnsuccessfulFaceDeletions"][0]["FaceId"] == face
    assert client.list_faces(CollectionId=other, FaceIds=[face])["Faces"] == []
    assert refused("search_faces", CollectionId=other, FaceId=face)[0] == "InvalidParameterException"
    client.delete_collection(CollectionId=other)
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_an_image_in_s3_is_refused_by_name(refused, collection):
    code, message = refused("index_faces", CollectionId=collection, Image={"S3Object": {"Bucket": "abc", "Name": "x"}})
    assert code == "InvalidS3ObjectException" and message.startswith("Unable to get object metadata from S3.")


@pytest.mark.parametrize("image", [{}, {"Bytes": b"x", "S3Object": {"Bucket": "abc", "Name": "x"}}])
def test_an_image_is_either_bytes_or_an_s3_object(refused, collection, image):
    assert refused("index_faces", CollectionId=collection, Image=image) == (
        "InvalidParameterException", "Requested image should either contain bytes or s3 object.")


def test_ids_are_lower_case_uuids(index, photos):
    for record in index(photos["t1.jpg"], QualityFilter="NONE")["FaceRecords"]:
        assert re.fullmatch(shape.UUID, record["Face"]["FaceId"])
        assert re.fullmatch(shape.UUID, record["Face"]["ImageId"])
