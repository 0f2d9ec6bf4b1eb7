"""The lines that `countenance serve` prints work as they are pasted into a shell, with the aws-cli."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

AWS = pathlib.Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def lines(server):
    """What serve printed, the commands among it."""
    text = server.output.read_text()
    found = re.findall(r"^ +((?:export|aws) .*)$", text, re.M)
    assert len(found) == 4, text
    return found


@pytest.fixture
def shell(server, tmp_path):
    """Runs lines in a shell that knows of no AWS."""
    if not AWS.exists():
        pytest.skip("aws-cli is not installed beside this Python")
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
    environment.update(HOME=str(tmp_path), PATH=f"{AWS.parent}:{environment['PATH']}", AWS_PAGER="", NO_PROXY="*")

    def run(*script):
        return subprocess.run(["sh", "-c", "\n".join(script)], cwd=tmp_path, env=environment, text=True,
                              capture_output=True, timeout=120)

    return run


def test_the_lines_that_serve_prints_work_as_pasted(shell, lines, photos, tmp_path):
    (tmp_path / "PHOTO.jpg").write_bytes(photos["obama.jpg"])
    (tmp_path / "OTHER.jpg").write_bytes(photos["obama3.jpg"])
    export, create, index, search = lines
    created = shell("set -e", export, create)
    assert created.returncode == 0, created.stderr
    assert json.loads(created.stdout)["StatusCode"] == 200
    indexed = json.loads(shell(export, index).stdout)
    found = json.loads(shell(export, search).stdout)
    assert found["FaceMatches"][0]["Face"]["FaceId"] == indexed["FaceRecords"][0]["Face"]["FaceId"]
    assert found["FaceMatches"][0]["Face"]["ExternalImageId"] == "someone"


def test_the_aws_cli_knows_the_errors(shell, lines):
    done = shell(lines[0], re.sub(r"rekognition .*", "rekognition describe-collection --collection-id nope", lines[1]))
    assert done.returncode != 0
    assert "(ResourceNotFoundException)" in done.stderr and "The collection id: nope does not exist" in done.stderr


def test_the_endpoint_may_come_from_the_environment(shell, server, lines):
    done = shell(lines[0], f"AWS_ENDPOINT_URL_REKOGNITION={server.url} aws rekognition list-collections")
    assert done.returncode == 0 and "CollectionIds" in json.loads(done.stdout)


def test_the_aws_cli_pages_through_a_list(shell, server, client, lines):
    names = [f"paged-{number}" for number in range(5)]
    for name in names:
        client.create_collection(CollectionId=name)
    done = shell(lines[0], f"aws --endpoint-url {server.url} rekognition list-collections --page-size 2")
    listed = json.loads(done.stdout)["CollectionIds"]
    assert set(names) <= set(listed) and len(set(listed)) == len(listed)
    for name in names:
        client.delete_collection(CollectionId=name)
