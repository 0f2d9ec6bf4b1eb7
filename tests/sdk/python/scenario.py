"""The scenario of ../README.md with boto3."""

import json
import pathlib
import sys

import boto3
import botocore.exceptions

CLIENT = boto3.client("rekognition")


def step(name, function, **parameters):
    """Makes a call, shows what came of it and returns the reply."""
    try:
        reply = function(**parameters)
    except botocore.exceptions.ClientError as error:
        reply = {"Error": {"Class": type(error).__name__, **error.response["Error"]}}
    print(json.dumps({name: reply}, default=lambda moment: moment.isoformat()), flush=True)
    return reply


def paged(operation, member, size):
    """A function that collects `member` of all pages."""

    def collect(**parameters):
        pages = list(CLIENT.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **parameters))
        return {"Pages": len(pages), member: [item for page in pages for item in page[member]]}

    return collect


def scenario(folder, collection, bucket):
    def photo(name):
        return {"Bytes": (pathlib.Path(folder) / name).read_bytes()}

    def index(name):
        reply = step(f"index {name}", CLIENT.index_faces, **here, Image=photo(name), ExternalImageId=name, MaxFaces=1)
        return reply["FaceRecords"][0]["Face"]["FaceId"]

    here = {"CollectionId": collection}
    step("create", CLIENT.create_collection, **here, Tags={"team": "Köln"})
    step("create again", CLIENT.create_collection, **here)
    described = step("describe", CLIENT.describe_collection, **here)
    step("tags", CLIENT.list_tags_for_resource, ResourceArn=described["CollectionARN"])
    first, second, other = index("first.jpg"), index("second.jpg"), index("other.jpg")
    step("list faces", paged("list_faces", "Faces", 2), **here)
    step("search by face", CLIENT.search_faces, **here, FaceId=first)
    step("search by image", CLIENT.search_faces_by_image, **here, Image=photo("third.jpg"), MaxFaces=5)

    step("create user", CLIENT.create_user, **here, UserId="user-1")
    step("create user again", CLIENT.create_user, **here, UserId="user-1")
    step("create another user", CLIENT.create_user, **here, UserId="user-2")
    step("associate", CLIENT.associate_faces, **here, UserId="user-1", FaceIds=[first, second], UserMatchThreshold=60)
    step("list users", paged("list_users", "Users", 1), **here)
    step("list faces of a user", CLIENT.list_faces, **here, UserId="user-1")
    step("search users by face", CLIENT.search_users, **here, FaceId=first)
    step("search users by image", CLIENT.search_users_by_image, **here, Image=photo("third.jpg"))
    step("delete a user's face", CLIENT.delete_faces, **here, FaceIds=[first])
    step("disassociate", CLIENT.disassociate_faces, **here, UserId="user-1", FaceIds=[second])
    step("delete user", CLIENT.delete_user, **here, UserId="user-1")

    step("compare", CLIENT.compare_faces, SourceImage=photo("first.jpg"), TargetImage=photo("second.jpg"),
         SimilarityThreshold=80)
    step("detect", CLIENT.detect_faces, Image=photo("first.jpg"), Attributes=["ALL"])
    step("detect in s3", CLIENT.detect_faces, Image={"S3Object": {"Bucket": bucket, "Name": "first.jpg"}})

    step("unknown collection", CLIENT.list_faces, CollectionId=collection + "-not")
    step("unknown face", CLIENT.search_faces, **here, FaceId="99cc0c1e-1111-4222-8333-444455556666")
    step("bad image", CLIENT.detect_faces, Image=photo("bad.jpg"))
    step("bad name", CLIENT.describe_collection, CollectionId="not a name")

    step("delete faces", CLIENT.delete_faces, **here, FaceIds=[other, "99cc0c1e-1111-4222-8333-444455556666"])
    step("describe again", CLIENT.describe_collection, **here)
    step("delete", CLIENT.delete_collection, **here)
    step("gone", CLIENT.describe_collection, **here)


def retry():
    step("first", CLIENT.list_collections)
    step("next", CLIENT.list_collections)


{"scenario": scenario, "retry": retry}[sys.argv[1]](*sys.argv[2:])
