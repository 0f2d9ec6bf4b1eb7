"""CreateCollection, DescribeCollection, ListCollections, DeleteCollection."""

import time

import pytest

import wire

ARN = "arn:aws:rekognition:us-east-1:000000000000:collection/"


@pytest.fixture
def new_client(new_server):
    """Of a server without any collection."""
    return new_server("--workers", "1").client()


def test_a_collection_is_created_described_listed_and_deleted(client):
    created = client.create_collection(CollectionId="Staff_2026.a-b", Tags={"team": "hr", "é": ""})
    assert created["StatusCode"] == 200 and created["CollectionArn"] == ARN + "Staff_2026.a-b"
    described = client.describe_collection(CollectionId="Staff_2026.a-b")
    assert described["FaceCount"] == described["UserCount"] == 0
    assert described["CollectionARN"] == created["CollectionArn"]
    assert described["FaceModelVersion"] == created["FaceModelVersion"]
    assert "Staff_2026.a-b" in client.list_collections()["CollectionIds"]
    assert client.delete_collection(CollectionId="Staff_2026.a-b")["StatusCode"] == 200
    assert "Staff_2026.a-b" not in client.list_collections()["CollectionIds"]


def test_a_collection_tells_when_it_was_created(client, collection):
    created = client.describe_collection(CollectionId=collection)["CreationTimestamp"]
    assert abs(created.timestamp() - time.time()) < 60


def test_the_id_of_a_collection_is_case_sensitive(client, collection, refused):
    assert refused("describe_collection", CollectionId=collection.upper())[0] == "ResourceNotFoundException"
    client.create_collection(CollectionId=collection.upper())
    client.delete_collection(CollectionId=collection.upper())
    client.describe_collection(CollectionId=collection)


def test_a_collection_that_exists_is_not_created_again(collection, refused):
    assert refused("create_collection", CollectionId=collection) == (
        "ResourceAlreadyExistsException", f"The collection id: {collection} already exists")


@pytest.mark.parametrize("operation, parameters", [
    ("describe_collection", {}), ("delete_collection", {}), ("list_faces", {}), ("list_users", {}),
    ("create_user", {"UserId": "ann"}), ("delete_user", {"UserId": "ann"}), ("search_users", {"UserId": "ann"}),
    ("associate_faces", {"UserId": "ann", "FaceIds": ["3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"]}),
    ("disassociate_faces", {"UserId": "ann", "FaceIds": ["3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"]}),
    ("delete_faces", {"FaceIds": ["3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"]}),
    ("search_faces", {"FaceId": "3f0a6c54-7d1e-4b8c-9a55-0d2b7f61c9e1"})])
def test_an_unknown_collection_is_not_found(refused, operation, parameters):
    assert refused(operation, CollectionId="nope", **parameters) == (
        "ResourceNotFoundException", "The collection id: nope does not exist")


@pytest.mark.parametrize("operation", ["index_faces", "search_faces_by_image", "search_users_by_image"])
def test_an_unknown_collection_is_not_found_for_a_photograph_either(refused, photos, operation):
    image = {"Bytes": photos.small("obama.jpg")}
    assert refused(operation, CollectionId="nope", Image=image) == (
        "ResourceNotFoundException", "The collection id: nope does not exist")


def test_without_collections_both_lists_are_there_and_empty(new_client):
    reply = new_client.list_collections()
    assert reply["CollectionIds"] == reply["FaceModelVersions"] == [] and "NextToken" not in reply


def test_collections_come_in_pages_by_id_each_once(new_client):
    names = sorted(f"c{number:02}" for number in range(23))
    for name in reversed(names):
        new_client.create_collection(CollectionId=name)
    pages = list(new_client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["CollectionIds"]) for page in pages] == [5, 5, 5, 5, 3]
    assert all(len(page["CollectionIds"]) == len(page["FaceModelVersions"]) for page in pages)
    assert [name for page in pages for name in page["CollectionIds"]] == names
    assert "NextToken" not in pages[-1]


def test_a_page_that_ends_with_the_last_collection_has_no_token(new_client):
    for name in "abcd":
        new_client.create_collection(CollectionId=name)
    first = new_client.list_collections(MaxResults=2)
    second = new_client.list_collections(MaxResults=2, NextToken=first["NextToken"])
    assert first["CollectionIds"] + second["CollectionIds"] == list("abcd") and "NextToken" not in second


def test_paging_stays_stable_while_collections_come_and_go(new_client):
    for name in "bdfhj":
        new_client.create_collection(CollectionId=name)
    first = new_client.list_collections(MaxResults=2)
    new_client.create_collection(CollectionId="a")
    new_client.create_collection(CollectionId="e")
    new_client.delete_collection(CollectionId="d")
    rest = new_client.list_collections(NextToken=first["NextToken"])
    assert first["CollectionIds"] + rest["CollectionIds"] == list("bdefhj")


def test_max_results_of_zero_means_the_default(new_client):
    new_client.create_collection(CollectionId="a")
    assert new_client.list_collections(MaxResults=0)["CollectionIds"] == ["a"]


@pytest.mark.parametrize("token", ["x", "b2Zmc2V0PTI", "A" * 255, "../../etc", "%00", "é" * 50])
def test_a_token_that_was_never_given_is_refused(server, collection, token):
    for operation, more in ("ListCollections", {}), ("ListFaces", {"CollectionId": collection}):
        assert wire.call(server, operation, {"NextToken": token, **more}).type == "InvalidPaginationTokenException"


def test_an_empty_token_is_the_first_page(client, collection):
    """As loops by hand send it."""
    assert client.list_faces(CollectionId=collection, NextToken="")["Faces"] == []
    assert collection in client.list_collections(NextToken="")["CollectionIds"]


def test_a_token_of_another_list_is_refused(new_client):
    for name in "ab":
        new_client.create_collection(CollectionId=name)
    token = new_client.list_collections(MaxResults=1)["NextToken"]
    with pytest.raises(new_client.exceptions.InvalidPaginationTokenException):
        new_client.list_faces(CollectionId="a", NextToken=token)


def test_a_deleted_collection_takes_its_faces_with_it(client, collection, photos):
    client.index_faces(CollectionId=collection, Image={"Bytes": photos.small("obama.jpg")}, ExternalImageId="obama")
    client.delete_collection(CollectionId=collection)
    client.create_collection(CollectionId=collection)
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 0
    assert client.list_faces(CollectionId=collection)["Faces"] == []
    found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": photos.small("obama.jpg")},
                                         FaceMatchThreshold=0)
    assert found["FaceMatches"] == []
