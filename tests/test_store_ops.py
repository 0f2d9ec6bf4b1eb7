"""Keeping the store well: snapshots, backup, check, rotation of keys, and disks that fill up."""

import base64
import contextlib
import hashlib
import json
import random
import resource
import shutil
import struct
import subprocess
import time
import uuid

import pytest

import wire
from server import BINARY, Server, countenance

WRITER = BINARY.parent / "src/record-test-writer"
FACES, DIMENSION = 4200, 128  # just enough for a snapshot
SECRETS = ["master.key", "record.key", "credentials"]


def good(*arguments):
    done = countenance(*arguments)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout


def checked(data):
    """The lines of a check that finds something."""
    done = countenance("check", "--data", data)
    assert done.returncode == 1 and "not agree" in done.stderr, done
    return done.stdout.splitlines()


def change_byte(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def unit(dice):
    numbers = [dice.gauss(0, 1) for _ in range(DIMENSION)]
    length = sum(number * number for number in numbers) ** 0.5
    return base64.b64encode(struct.pack(f"<{DIMENSION}f", *(number / length for number in numbers))).decode()


def write_archive(path, model, vectors):
    """A file that `countenance import` reads, with a user who has the first three faces; the ids of all."""
    dice = random.Random(1)
    ids = sorted(str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in vectors)
    lines = [{"Format": "countenance-export", "Version": 1, "CollectionId": "people", "FaceModelVersion": model,
              "Dimension": DIMENSION, "Tags": {}, "Users": 1, "Faces": len(ids)}, {"UserId": "anna"}]
    for number, (face, vector) in enumerate(zip(ids, vectors)):
        line = {"FaceId": face, "BoundingBox": {"Width": 0.3, "Height": 0.4, "Left": 0.3, "Top": 0.1}, "ImageId": face,
                "Confidence": 99.9, "IndexFacesModelVersion": model, "CreationTimestamp": 1732449600.5, "Tags": {},
                "Vector": vector}
        lines.append(line | ({"UserId": "anna"} if number < 3 else {}))
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
    path.write_bytes(text + json.dumps({"SHA256": hashlib.sha256(text).hexdigest()}).encode() + b"\n")
    return ids


@pytest.fixture(scope="session")
def archive(model, tmp_path_factory):
    """As many faces as need a snapshot."""
    path, dice = tmp_path_factory.mktemp("archive") / "people.ndjson", random.Random(1)
    return path, write_archive(path, model, [unit(dice) for _ in range(FACES)])


@pytest.fixture
def full(archive, new_server):
    """A server whose collection has all of it."""
    server = new_server()
    good("import", archive[0], "--data", server.data)
    server.ids = archive[1]
    return server


def answers(client, ids):
    """What must be the same before and after."""
    found = [client.search_faces(CollectionId="people", FaceId=face, FaceMatchThreshold=0, MaxFaces=20)["FaceMatches"]
             for face in ids[::700]]
    users = client.search_users(CollectionId="people", FaceId=ids[1], UserMatchThreshold=0)["UserMatches"]
    return found, users, client.describe_collection(CollectionId="people")["FaceCount"]


def stats(server):
    return json.loads(good("index-stats", "--collection", "people", "--data", server.data, "--json"))


def snapshots(server):
    return sorted((server.data / "snapshots").glob("*"))


def test_a_snapshot_is_written_and_used_and_gone_with_what_it_holds(full):
    client = full.client()
    before = answers(client, full.ids)
    assert full.stop() == 0
    [snapshot] = snapshots(full)
    assert snapshot.stat().st_mode & 0o777 == 0o600
    told = stats(full)
    assert (told["snapshot"], told["snapshot_reason"], told["faces"], told["users"]) == ("used", "", FACES, 1)
    assert "recall 1" in told["exact"] and told["memory_bytes"] > FACES * DIMENSION
    full.start()
    client = full.client()
    assert answers(client, full.ids) == before
    client.delete_faces(CollectionId="people", FaceIds=[full.ids[9]])
    assert snapshots(full) == []
    found, users, count = answers(client, full.ids)
    assert count == FACES - 1 and users == before[1]
    assert all(match["Face"]["FaceId"] != full.ids[9] for matches in found for match in matches)
    assert full.stop() == 0
    assert stats(full)["snapshot"] == "used" and "agree: " in good("check", "--data", full.data)
    full.start()
    full.client().delete_collection(CollectionId="people")
    assert snapshots(full) == []


def test_a_snapshot_that_is_behind_is_caught_up(full, photos):
    answers(full.client(), full.ids)
    assert full.stop() == 0
    full.start()
    client = full.client()
    [record] = client.index_faces(CollectionId="people", Image={"Bytes": photos.small("obama.jpg")}, MaxFaces=1,
                                  QualityFilter="NONE")["FaceRecords"]
    full.kill()  # which nobody had searched
    assert stats(full)["snapshot"] == "used, and caught up"
    full.start()
    reply = full.client().search_faces_by_image(CollectionId="people", Image={"Bytes": photos.small("obama.jpg")})
    assert reply["FaceMatches"][0]["Face"] == record["Face"]
    good("check", "--data", full.data)


def test_a_damaged_snapshot_is_named_and_made_again(full):
    before = answers(full.client(), full.ids)
    assert full.stop() == 0
    change_byte(snapshots(full)[0], 100_000)
    [said] = checked(full.data)
    assert "snapshot of collection people" in said and "damaged in block" in said
    assert "damaged in block" in stats(full)["snapshot_reason"]
    full.start()
    assert answers(full.client(), full.ids) == before
    assert full.stop() == 0
    good("check", "--data", full.data)
    assert stats(full)["snapshot"] == "used"


def test_index_stats_names_a_collection_that_is_not_there(full):
    done = countenance("index-stats", "--collection", "nobody", "--data", full.data)
    assert done.returncode == 1 and "there is no collection nobody" in done.stderr
    text = good("index-stats", "--collection", "people", "--data", full.data)
    assert "exact " in text and "snapshot   not used" in text


def test_a_backup_of_a_running_server_restores_to_the_same_answers(full, tmp_path):
    client = full.client()
    before = answers(client, full.ids)
    copy = tmp_path / "restored" / "data"
    copy.parent.mkdir()
    assert "keep master.key" in good("backup", copy, "--data", full.data)
    client.delete_faces(CollectionId="people", FaceIds=full.ids[:50])
    assert copy.stat().st_mode & 0o777 == 0o700 and (copy / "store.db").stat().st_mode & 0o777 == 0o600
    assert not any((copy / name).exists() for name in [*SECRETS, "snapshots", "compiled", "lock"])
    assert countenance("check", "--data", copy).returncode == 1
    for name in SECRETS:
        shutil.copy2(full.data / name, copy / name)
    good("check", "--data", copy)
    restored = Server(copy.parent).start()
    try:
        assert answers(restored.client(), full.ids) == before
    finally:
        restored.kill()


def test_a_backup_with_its_keys_is_whole(full, tmp_path):
    good("backup", tmp_path / "copy/", "--data", full.data, "--with-key")
    assert all((tmp_path / "copy" / name).stat().st_mode & 0o777 == 0o600 for name in SECRETS)
    assert f"{FACES} faces" in good("check", "--data", tmp_path / "copy")


def test_a_backup_takes_no_place_that_is_taken(full, tmp_path):
    (tmp_path / "there").mkdir()
    for place, why in [(tmp_path / "there", "is there already"), (full.data / "inside", "cannot lie in the data folder"),
                       (tmp_path / "no/such", "cannot find")]:
        done = countenance("backup", place, "--data", full.data)
        assert done.returncode == 1 and why in done.stderr, done
    done = countenance("backup", tmp_path / "of-nothing", "--data", tmp_path / "nowhere")
    assert done.returncode == 1 and not (tmp_path / "of-nothing").exists()


def test_a_check_beside_a_server_changes_nothing(full):
    before = answers(full.client(), full.ids)
    said = good("check", "--data", full.data)
    assert said.startswith("good: ") and f"1 collections, {FACES} faces" in said
    assert answers(full.client(), full.ids) == before


def test_a_check_names_damage_in_the_database(full):
    assert full.stop() == 0
    path = full.data / "store.db"
    for page in range(300, 340):
        change_byte(path, page * 4096 + 2000)
    lines = checked(full.data)
    assert any("does not open" in line or "database page" in line for line in lines), lines


@pytest.fixture
def recorded(tmp_path):
    """A data folder with a record of its own."""
    done = subprocess.run([WRITER, tmp_path / "data", "example.org/record", "700"], capture_output=True, timeout=60)
    assert done.returncode == 0, done
    return tmp_path / "data"


def test_a_check_holds_the_record_against_the_store(recorded):
    assert "700 entries" in good("check", "--data", recorded)
    change_byte(recorded / "record/tile/entries/001", 3000)
    [said] = checked(recorded)
    assert said.startswith("record: ")


def test_a_check_misses_a_record_that_is_gone(recorded):
    shutil.rmtree(recorded / "record")
    [said] = checked(recorded)
    assert said.startswith("record: ")


def test_a_record_from_another_time_is_named(recorded):
    shutil.copy2(recorded / "store.db", recorded / "old.db")
    subprocess.run([WRITER, recorded, "example.org/record", "50"], check=True, timeout=60)
    (recorded / "old.db").rename(recorded / "store.db")
    [said] = checked(recorded)
    assert "older backup" in said


def test_a_backup_has_the_record(recorded, tmp_path):
    good("backup", tmp_path / "copy", "--data", recorded, "--with-key")
    assert "700 entries" in good("check", "--data", tmp_path / "copy")
    subprocess.run([WRITER, tmp_path / "copy", "example.org/record", "10"], check=True, timeout=60)
    assert "710 entries" in good("check", "--data", tmp_path / "copy")


def test_rotated_keys_change_no_answer(full):
    before = answers(full.client(), full.ids)
    held = countenance("rotate-key", "--data", full.data)
    assert held.returncode == 1 and "holds the data folder" in held.stderr
    assert full.stop() == 0
    master = (full.data / "master.key").read_bytes()
    assert f"1 collections with {FACES} faces have new keys" in good("rotate-key", "--data", full.data)
    assert (full.data / "master.key").read_bytes() != master and snapshots(full) == []
    good("check", "--data", full.data)
    full.start()
    assert answers(full.client(), full.ids) == before


def test_a_rotation_that_is_killed_goes_on(full):
    before = answers(full.client(), full.ids)
    assert full.stop() == 0
    dice, cut = random.Random(2), 0
    for _ in range(12):
        process = subprocess.Popen([BINARY, "rotate-key", "--data", full.data], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.005, 0.12))
        process.kill()
        process.wait(10)
        done = countenance("check", "--data", full.data)
        cut += done.returncode
        assert done.returncode == 0 or done.stdout == "a rotation of keys was cut off: call countenance rotate-key\n", done
    assert cut > 0, "no rotation was cut off"
    full.start()
    assert answers(full.client(), full.ids) == before
    assert full.stop() == 0
    good("rotate-key", "--data", full.data)
    good("check", "--data", full.data)


def limit_files(server, size):
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_disk_without_room_loses_nothing(new_server, photos):
    server = new_server()
    client = server.client()
    client.create_collection(CollectionId="people")
    image = {"Bytes": photos.small("obama.jpg")}
    kept = []

    def add():
        [record] = client.index_faces(CollectionId="people", Image=image, MaxFaces=1, QualityFilter="NONE")["FaceRecords"]
        kept.append(record["Face"]["FaceId"])

    def found():
        reply = client.search_faces_by_image(CollectionId="people", Image=image, MaxFaces=1000)
        return sorted(match["Face"]["FaceId"] for match in reply["FaceMatches"])

    add()
    limit_files(server, (server.data / "store.db-wal").stat().st_size + 64 * 1024)
    with pytest.raises(client.exceptions.InternalServerError, match="disk"):
        for _ in range(100):
            add()
    # What touches a face is not answered unrecorded; what does not is.
    assert client.describe_collection(CollectionId="people")["FaceCount"] == len(kept)
    limit_files(server, resource.RLIM_INFINITY)
    end = time.monotonic() + 30
    while True:
        try:
            add()
            break
        except client.exceptions.InternalServerError:
            assert time.monotonic() < end, "the server did not come back"
            time.sleep(0.2)
    assert found() == sorted(kept)
    server.kill()
    server.start()
    client = server.client()
    assert found() == sorted(kept)
    good("check", "--data", server.data)
