"""The scenario of ../README.md with the AWS CLI, which lies beside this Python."""

import json
import pathlib
import re
import subprocess
import sys

AWS = pathlib.Path(sys.executable).with_name("aws")


def aws(operation, *options):
    """What a command printed, or the error that it ended with."""
    done = subprocess.run([AWS, "rekognition", operation, *options], text=True, capture_output=True)
    if done.returncode == 0:
        return json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr
    error = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)", done.stderr)
    if not error:
        sys.exit(done.stderr)
    return {"Error": {"Class": error[1], "Code": error[1], "Message": error[2]}}, done.stderr


def step(name, operation, *options):
    """Runs a command, shows what came of it and returns the reply."""
    reply, _ = aws(operation, *options)
    print(json.dumps({name: reply}), flush=True)
    return reply


def paged(name, operation, size, *options):
    """The same for a list, whose pages the CLI puts together; only its debug log knows how many there were."""
    reply, log = aws(operation, "--page-size", str(size), "--debug", *options)
    reply["Pages"] = log.count("Making request for OperationModel(name=List")
    print(json.dumps({name: reply}), flush=True)


def scenario(folder, collection, bucket):
    def photo(name):
        return "fileb://" + str(pathlib.Path(folder) / name)

    def index(name):
        reply = step(f"index {name}", "index-faces", *here, "--image-bytes", photo(name), "--external-image-id", name,
                     "--max-faces", "1")
        return reply["FaceRecords"][0]["Face"]["FaceId"]

    here = ["--collection-id", collection]
    step("create", "create-collection", *here, "--tags", "team=Köln")
    step("create again", "create-collection", *here)
    described = step("describe", "describe-collection", *here)
    step("tags", "list-tags-for-resource", "--resource-arn", described["CollectionARN"])
    first, second, other = index("first.jpg"), index("second.jpg"), index("other.jpg")
    paged("list faces", "list-faces", 2, *here)
    step("search by face", "search-faces", *here, "--face-id", first)
    step("search by image", "search-faces-by-image", *here, "--image-bytes", photo("third.jpg"), "--max-faces", "5")

    step("create user", "create-user", *here, "--user-id", "user-1")
    step("create user again", "create-user", *here, "--user-id", "user-1")
    step("create another user", "create-user", *here, "--user-id", "user-2")
    step("associate", "associate-faces", *here, "--user-id", "user-1", "--face-ids", first, second,
         "--user-match-threshold", "60")
    paged("list users", "list-users", 1, *here)
    step("list faces of a user", "list-faces", *here, "--user-id", "user-1")
    step("search users by face", "search-users", *here, "--face-id", first)
    step("search users by image", "search-users-by-image", *here, "--image-bytes", photo("third.jpg"))
    step("delete a user's face", "delete-faces", *here, "--face-ids", first)
    step("disassociate", "disassociate-faces", *here, "--user-id", "user-1", "--face-ids", second)
    step("delete user", "delete-user", *here, "--user-id", "user-1")

    step("compare", "compare-faces", "--source-image-bytes", photo("first.jpg"), "--target-image-bytes",
         photo("second.jpg"), "--similarity-threshold", "80")
    step("detect", "detect-faces", "--image-bytes", photo("first.jpg"), "--attributes", "ALL")
    step("detect in s3", "detect-faces", "--image", f"S3Object={{Bucket={bucket},Name=first.jpg}}")

    step("unknown collection", "list-faces", "--collection-id", collection + "-not")
    step("unknown face", "search-faces", *here, "--face-id", "99cc0c1e-1111-4222-8333-444455556666")
    step("bad image", "detect-faces", "--image-bytes", photo("bad.jpg"))
    step("bad name", "describe-collection", "--collection-id", "not a name")

    step("delete faces", "delete-faces", *here, "--face-ids", other, "99cc0c1e-1111-4222-8333-444455556666")
    step("describe again", "describe-collection", *here)
    step("delete", "delete-collection", *here)
    step("gone", "describe-collection", *here)


def retry():
    step("first", "list-collections")
    step("next", "list-collections")


{"scenario": scenario, "retry": retry}[sys.argv[1]](*sys.argv[2:])
