"""TagResource, UntagResource, ListTagsForResource."""

import pytest

ARN = "arn:aws:rekognition:us-east-1:000000000000:collection/"


@pytest.fixture
def arn(client, collection):
    return client.describe_collection(CollectionId=collection)["CollectionARN"]


@pytest.fixture
def tags(client):
    return lambda arn: client.list_tags_for_resource(ResourceArn=arn)["Tags"]


def test_tags_are_put_changed_listed_and_removed(client, arn, tags):
    assert tags(arn) == {}
    client.tag_resource(ResourceArn=arn, Tags={"team": "hr", "größe": "", "a b": "x=y"})
    client.tag_resource(ResourceArn=arn, Tags={"team": "it"})
    assert tags(arn) == {"team": "it", "größe": "", "a b": "x=y"}
    client.untag_resource(ResourceArn=arn, TagKeys=["team", "never"])
    assert tags(arn) == {"größe": "", "a b": "x=y"}
    client.untag_resource(ResourceArn=arn, TagKeys=[])
    client.tag_resource(ResourceArn=arn, Tags={})
    assert tags(arn) == {"größe": "", "a b": "x=y"}


def test_tags_of_a_new_collection_are_listed(client, tags):
    arn = client.create_collection(CollectionId="tagged", Tags={"team": "hr"})["CollectionArn"]
    assert tags(arn) == {"team": "hr"}
    client.delete_collection(CollectionId="tagged")
    client.create_collection(CollectionId="tagged")
    assert tags(arn) == {}
    client.delete_collection(CollectionId="tagged")


def test_an_arn_is_taken_without_its_first_part_too(client, arn, tags):
    """As CreateCollection of Rekognition gives it."""
    client.tag_resource(ResourceArn=arn.removeprefix("arn:"), Tags={"k": "v"})
    assert tags(arn) == tags(arn.removeprefix("arn:")) == {"k": "v"}


@pytest.mark.parametrize("resource", [ARN + "nope", "arn:aws:rekognition:eu-west-3:000000000000:collection/x",
                                      "arn:aws:rekognition:us-east-1:123456789012:collection/x",
                                      "arn:aws:rekognition:us-east-1:000000000000:streamprocessor/x"])
def test_a_resource_that_is_not_there_is_not_found(refused, resource):
    for operation, more in (("list_tags_for_resource", {}), ("tag_resource", {"Tags": {"k": "v"}}),
                            ("untag_resource", {"TagKeys": ["k"]})):
        assert refused(operation, ResourceArn=resource, **more)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("resource", ["x" * 20, ARN, ARN + "a/b", "arn:aws:s3:us-east-1:000000000000:collection/x",
                                      ARN + "a\0b", "arn:aws:rekognition:us-east-1:collection/xxxxxx"])
def test_what_is_no_arn_is_an_invalid_parameter(refused, resource):
    assert refused("list_tags_for_resource", ResourceArn=resource)[0] == "InvalidParameterException"


def test_a_collection_has_two_hundred_tags_and_no_more(client, arn, tags, refused):
    many = {f"key-{number:03}": "v" for number in range(200)}
    client.tag_resource(ResourceArn=arn, Tags=many)
    assert refused("tag_resource", ResourceArn=arn, Tags={"key-000": "new", "one-more": "v"})[0] == (
        "ServiceQuotaExceededException")
    assert tags(arn) == many
    client.tag_resource(ResourceArn=arn, Tags={"key-000": "new"})
    assert tags(arn) == {**many, "key-000": "new"}
