"""Two persons for a search's result; what is held about one person, and its end."""

import json
import re
import sqlite3
import time

import pytest

import photos as photographs
import wire
from server import countenance
from test_accounts import Caller, allow
from test_governance import create, face_count, index
from test_recorded import entries, inner, published

PERSONS = allow("rekognition:*", "countenance:*")


class House:
    """A server with a collection under two-person release, and persons who may search and release."""

    def __init__(self, server, photos):
        self.server, self.root = server, Caller(server)
        create(self.root, "wanted")
        self.face = index(self.root, "wanted", photos.small("obama.jpg"), ExternalImageId="file-1").json[
            "FaceRecords"][0]["Face"]["FaceId"]
        self.root("GovernCollection", CollectionId="wanted", ReleaseRequired=True, Purpose="missing persons")
        self.root("PutPolicy", PolicyName="all", PolicyDocument=PERSONS)
        self.anna, self.bert = self.root.person("anna"), self.root.person("bert")

    def search(self, caller, photo, operation="SearchFacesByImage", **members):
        return caller.send(operation, {"CollectionId": "wanted", "Image": wire.image(photo), **members})

    def held(self, photo, caller=None):
        """The id of the release of a search of anna's."""
        reply = self.search(caller or self.anna, photo)
        assert reply.type == "AccessDeniedException", reply
        return re.search(r"release ([0-9a-f-]{36})\.", reply.message)[1]


@pytest.fixture
def house(new_server, photos):
    return House(new_server(), photos)


# --- release ---

def test_a_result_is_given_out_once_another_person_has_released_it(house, photos):
    anna, bert = house.anna, house.bert
    release = house.held(photos.small("obama2.jpg"))
    assert anna.refused("GetReleasedResult", ReleaseId=release)[0] == "AccessDeniedException"
    [waiting] = bert("ListReleases")["Releases"]
    assert waiting["ReleaseId"] == release and waiting["Status"] == "WAITING" and waiting["RequestedBy"] == "anna"
    assert waiting["Operation"] == "SearchFacesByImage" and waiting["CollectionId"] == "wanted"
    assert abs(waiting["ExpiresAt"] - time.time() - 86400) < 60
    assert bert("GetReleasedResult", ReleaseId=release)["Result"]["FaceMatches"], "who decides may look"
    decided = bert("ReleaseResult", ReleaseId=release, Decision="release", Reason="case 17")
    assert decided["Status"] == "RELEASED" and decided["DecidedBy"] == "bert" and decided["Reason"] == "case 17"
    result = anna("GetReleasedResult", ReleaseId=release)["Result"]
    [match] = result["FaceMatches"]
    assert match["Face"]["FaceId"] == house.face and match["Similarity"] > 90
    assert bert.refused("ReleaseResult", ReleaseId=release, Decision="refuse", Reason="no")[0] == "ConflictException"


def test_neither_error_nor_record_tells_what_was_found_before_it_is_released(house, photos):
    match, other = photos.small("obama2.jpg"), photos.small("biden.jpg")
    texts = [re.sub("[0-9a-f-]{36}", "", house.search(house.anna, photo).message) for photo in (match, other)]
    assert texts[0] == texts[1]
    hit, miss = published(house.server, 2, operation="SearchFacesByImage")
    assert set(hit) == set(miss) and hit["outcome"] == miss["outcome"] == "done"
    assert hit["counts"] == miss["counts"] == {"faces": 1, "searched": 1} and "subjects" not in hit
    assert hit["person"] == "anna" and len(hit["details"]["held"]) == 36


def test_both_persons_are_in_the_record(house, photos):
    release = house.held(photos.small("obama2.jpg"))
    house.bert("ReleaseResult", ReleaseId=release, Decision="release", Reason="case 17")
    house.anna("GetReleasedResult", ReleaseId=release)
    [asked] = published(house.server, operation="SearchFacesByImage")
    [decided] = published(house.server, operation="Countenance.ReleaseResult")
    [given] = published(house.server, operation="Countenance.GetReleasedResult")
    [enrolled] = published(house.server, operation="IndexFaces")
    assert decided["kind"] == "decision" and decided["person"] == "bert" and decided["released_by"] == ["bert"]
    assert decided["details"]["requested_by"] == "anna" and decided["details"]["requested"] == asked["request"]
    assert decided["details"]["decision"] == "release" and decided["details"]["release"] == asked["details"]["held"]
    assert given["person"] == "anna" and given["released_by"] == ["bert"] and given["outcome"] == "match"
    assert given["subjects"]["matched"] == enrolled["subjects"]["enrolled"] and given["counts"]["matched"] == 1
    assert given["purpose"] == "missing persons" and given["collection"] == "wanted"
    assert "case 17" not in json.dumps(list(map(inner, entries(house.server))))


def test_several_keys_of_one_person_are_one_person(house, photos):
    release = house.held(photos.small("obama2.jpg"))
    again = house.root.person("ANNA")
    session = house.anna.become(**house.anna("GetSessionToken")["Credentials"])
    for same in house.anna, again, session:
        code, message = same.refused("ReleaseResult", ReleaseId=release, Decision="release", Reason="please")
        assert code == "AccessDeniedException" and "cannot release" in message
        assert same.refused("GetReleasedResult", ReleaseId=release)[0] == "AccessDeniedException"


def test_a_refused_result_is_gone(house, photos):
    release = house.held(photos.small("obama2.jpg"))
    assert house.bert("ReleaseResult", ReleaseId=release, Decision="refuse", Reason="no case")["Status"] == "REFUSED"
    for caller in house.anna, house.bert:
        assert caller.refused("GetReleasedResult", ReleaseId=release)[0] == "AccessDeniedException"
    with sqlite3.connect(f"file:{house.server.data}/store.db?mode=ro", uri=True) as database:
        assert database.execute("SELECT sealed_result FROM releases").fetchall() == [(b"",)]
    [decided] = published(house.server, operation="Countenance.ReleaseResult")
    assert decided["details"]["decision"] == "refuse" and "released_by" not in decided


def test_every_kind_of_search_is_held(house, photos):
    photo = photos.small("obama2.jpg")
    index(house.root, "wanted", photos.small("biden.jpg"))
    house.root.rekognition("CreateUser", CollectionId="wanted", UserId="u")
    house.root.rekognition("AssociateFaces", CollectionId="wanted", UserId="u", FaceIds=[house.face])
    by_face = {"CollectionId": "wanted", "FaceId": house.face}
    for operation in "SearchFacesByImage", "SearchUsersByImage", *(wire.EXTENSION + name for name in
                                                                   ("SearchFacesByImage", "SearchAllFacesByImage")):
        assert house.search(house.anna, photo, operation).type == "AccessDeniedException", operation
    for operation in "SearchFaces", "SearchUsers", wire.EXTENSION + "SearchFaces":
        assert house.anna.send(operation, by_face).type == "AccessDeniedException", operation
    reply = house.anna.send(wire.EXTENSION + "DescribeSubject", {"Image": wire.image(photo)})
    assert reply.type == "AccessDeniedException"
    assert len(house.bert("ListReleases")["Releases"]) == 8
    reply = index(house.anna, "wanted", photo, extension=True, RefuseSimilarity=90)
    assert reply.type == "InvalidParameterException" and "second" in reply.message


def test_errors_and_other_collections_are_not_held(house, photos):
    reply = house.search(house.anna, photographs.jpeg(photographs.scenery()))
    assert reply.type == "InvalidParameterException"
    create(house.root, "open")
    reply = house.anna.send("SearchFacesByImage", {"CollectionId": "open", "Image": wire.image(photos.small("obama.jpg"))})
    assert reply.json["FaceMatches"] == []
    assert house.bert("ListReleases")["Releases"] == []


def test_releases_are_of_their_account_and_paged(house, photos):
    first, second = house.held(photos.small("obama2.jpg")), house.held(photos.small("biden.jpg"))
    page = house.bert("ListReleases", MaxResults=1)
    rest = house.bert("ListReleases", MaxResults=1, NextToken=page["NextToken"])
    assert {page["Releases"][0]["ReleaseId"], rest["Releases"][0]["ReleaseId"]} == {first, second}
    assert "NextToken" not in rest and house.bert("ListReleases", CollectionId="other")["Releases"] == []
    account = house.root("CreateAccount", LegalName="X", Country="GB")["Account"]["AccountId"]
    stranger = house.root.person("root", AccountId=account)
    assert stranger("ListReleases")["Releases"] == []
    for operation, members in ("GetReleasedResult", {}), ("ReleaseResult", {"Decision": "release", "Reason": "x"}):
        assert stranger.refused(operation, ReleaseId=first, **members)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("members, code", [
    ({"Decision": "maybe"}, "ValidationException"), ({"Reason": ""}, "ValidationException"),
    ({"ReleaseId": "x"}, "ValidationException"), ({"CollectionId": "other"}, "ResourceNotFoundException"),
    ({"ReleaseId": "99cc0c1e-1111-4222-8333-444455556666"}, "ResourceNotFoundException")])
def test_a_decision_is_checked(house, photos, members, code):
    release = house.held(photos.small("obama2.jpg"))
    assert house.bert.refused("ReleaseResult", **{"ReleaseId": release, "Decision": "release", "Reason": "x",
                                                  **members})[0] == code


def test_a_policy_can_say_who_decides_about_which_collection(house, photos):
    release = house.held(photos.small("obama2.jpg"))
    arn = house.root.rekognition("DescribeCollection", CollectionId="wanted").json["CollectionARN"]
    house.root("DeletePolicy", PolicyName="all")
    house.root("PutPolicy", PolicyName="decide", Person="bert", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "countenance:ReleaseResult", "Resource": arn}]}))
    members = {"ReleaseId": release, "Decision": "release", "Reason": "x"}
    assert house.bert.refused("ReleaseResult", **members)[0] == "AccessDeniedException"
    assert house.bert("ReleaseResult", CollectionId="wanted", **members)["Status"] == "RELEASED"


def test_held_results_survive_a_kill_sealed(house, photos):
    release = house.held(photos.small("obama2.jpg"))
    house.server.kill()
    house.server.start()
    house.bert("ReleaseResult", ReleaseId=release, Decision="release", Reason="x")
    assert house.anna("GetReleasedResult", ReleaseId=release)["Result"]["FaceMatches"]
    with sqlite3.connect(f"file:{house.server.data}/store.db?mode=ro", uri=True) as database:
        [[sealed]] = database.execute("SELECT sealed_result FROM releases").fetchall()
    assert b"FaceMatches" not in sealed and house.face.encode() not in sealed


# --- subject access ---

@pytest.fixture
def served(new_server, photos):
    """Two collections: one person in both, another in one."""
    caller = Caller(new_server())
    caller.faces = {}
    for name in "staff", "guests":
        create(caller, name)
        caller.faces[name] = index(caller, name, photos.small("obama.jpg"), ExternalImageId=f"{name}-1").json[
            "FaceRecords"][0]["Face"]["FaceId"]
    index(caller, "staff", photos.small("biden.jpg"), ExternalImageId="other")
    return caller


def test_a_person_is_told_of_every_face_and_every_entry(served, photos):
    photo = photos.small("obama2.jpg")
    served.send("SearchFacesByImage", {"CollectionId": "guests", "Image": wire.image(photo)})
    served.send("SearchFacesByImage", {"CollectionId": "staff", "Image": wire.image(photos.small("biden.jpg"))})
    served.send("DetectFaces", {"Image": wire.image(photo)})
    served.send("CreateUser", {"CollectionId": "staff", "UserId": "u-1"})
    served.send("AssociateFaces", {"CollectionId": "staff", "UserId": "u-1", "FaceIds": [served.faces["staff"]]})
    served.send("SearchUsers", {"CollectionId": "staff", "UserId": "u-1"})
    report = served("DescribeSubject", Image=wire.image(photo))
    assert {face["CollectionId"]: face["Face"]["FaceId"] for face in report["Faces"]} == served.faces
    assert report["SearchedCollections"] == 2 and report["SkippedCollections"] == 0
    told = [line["Entry"] for line in report["Entries"]]
    assert [(entry["operation"], entry.get("collection")) for entry in told] == [
        ("IndexFaces", "staff"), ("IndexFaces", "guests"), ("SearchFacesByImage", "guests"), ("DetectFaces", None),
        ("AssociateFaces", "staff"), ("SearchUsers", "staff")]
    lines = list(map(inner, entries(served.server)))
    assert all(lines[line["Index"]] == line["Entry"] for line in report["Entries"])
    commitments = {face["Commitment"] for face in report["Faces"]}
    assert commitments == {told[0]["subjects"]["enrolled"][0], told[1]["subjects"]["enrolled"][0]}
    assert served("DescribeSubject", Image=wire.image(photo), FromEntry=report["Entries"][-1]["Index"])["Entries"][0] == \
        report["Entries"][-1]


def test_an_account_is_told_of_its_own_entries_alone(served, photos):
    account = served("CreateAccount", LegalName="X", Country="GB")["Account"]["AccountId"]
    customer = served.person("root", AccountId=account)
    photo = wire.image(photos.small("obama.jpg"))
    served.send("DetectFaces", {"Image": photo})
    customer.send("DetectFaces", {"Image": photo})
    report = customer("DescribeSubject", Image=photo)
    assert report["Faces"] == [] and [line["Entry"]["account"] for line in report["Entries"]] == [account]
    accounts = {line["Entry"]["account"] for line in served("DescribeSubject", Image=photo)["Entries"]}
    assert accounts == {account, "000000000000"}


def test_a_photograph_without_a_face_is_nobodys(served):
    code, message = served.refused("DescribeSubject", Image=wire.image(photographs.jpeg(photographs.scenery())))
    assert code == "InvalidParameterException" and "no faces" in message
    assert served.refused("DescribeSubject")[0] == "ValidationException"


# --- erasure ---

def verify(server, tmp_path, proof, vkey):
    bundle = tmp_path / "receipt"
    bundle.write_text(proof)
    return countenance("verify", "bundle", bundle, "--vkey", vkey)


def test_a_person_is_erased_everywhere_with_a_receipt_that_verifies(served, photos, tmp_path):
    photo = wire.image(photos.small("obama.jpg"))
    before = served("DescribeSubject", Image=photo)
    receipt = served("EraseSubject", Image=photo)
    assert {face["CollectionId"]: face["FaceId"] for face in receipt["ErasedFaces"]} == served.faces
    assert face_count(served, "staff") == 1 and face_count(served, "guests") == 0
    vkey = (served.server.data / "record/vkey").read_text().strip()
    assert receipt["VerifierKey"] == vkey
    done = verify(served.server, tmp_path, receipt["Proof"], vkey)
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout.splitlines()[1])
    assert entry["kind"] == "erasure" and entry["operation"] == "Countenance.EraseSubject" and entry["counts"]["erased"] == 2
    assert sorted(entry["subjects"]["erased"]) == sorted(face["Commitment"] for face in before["Faces"])
    assert inner(list(map(inner, entries(served.server)))[receipt["EntryIndex"]]) == entry
    forged = receipt["Proof"].replace("index ", "index 1", 1)
    assert verify(served.server, tmp_path, forged, vkey).returncode == 1
    [erasure] = published(served.server, operation="Countenance.EraseSubject")
    assert erasure == entry, "it is recorded once"


def test_after_it_the_record_leads_to_nobody(served, photos):
    photo = wire.image(photos.small("obama2.jpg"))
    with sqlite3.connect(f"file:{served.server.data}/store.db?mode=ro", uri=True) as database:
        salts = [salt for [salt] in database.execute("SELECT salt FROM faces WHERE external_image_id LIKE '%-1'")]
    assert len(salts) == 2 and len(served("DescribeSubject", Image=photo)["Entries"]) == 2
    served("EraseSubject", Image=photo, SimilarityThreshold=90)
    report = served("DescribeSubject", Image=photo)
    assert report["Faces"] == []
    assert {line["Entry"]["operation"] for line in report["Entries"]} == {"Countenance.DescribeSubject",
                                                                         "Countenance.EraseSubject"}, "the photograph"
    served.server.stop()
    for path in served.server.data.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [salt for salt in salts if salt in content], path


def test_a_user_is_one_person_and_goes_with_its_last_face(served, photos):
    other = index(served, "staff", photos.small("obama3.jpg")).json["FaceRecords"][0]["Face"]["FaceId"]
    served.send("CreateUser", {"CollectionId": "staff", "UserId": "u"})
    served.send("AssociateFaces", {"CollectionId": "staff", "UserId": "u", "UserMatchThreshold": 0,
                                   "FaceIds": [served.faces["staff"], other]})
    receipt = served("EraseSubject", Image=wire.image(photos.small("obama.jpg")), SimilarityThreshold=100)
    assert {face["FaceId"] for face in receipt["ErasedFaces"]} == {*served.faces.values(), other}
    assert served.send("ListUsers", {"CollectionId": "staff"}).json["Users"] == []


def test_named_faces_are_erased_and_no_others(served, photos):
    receipt = served("EraseSubject", CollectionId="guests", FaceIds=[served.faces["guests"], served.faces["staff"]])
    assert receipt["ErasedFaces"] == [{"CollectionId": "guests", "FaceId": served.faces["guests"]}]
    assert face_count(served, "staff") == 2
    again = served.refused("EraseSubject", CollectionId="guests", FaceIds=[served.faces["guests"]])
    assert again[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("members", [{}, {"CollectionId": "staff"}, {"FaceIds": ["99cc0c1e-1111-4222-8333-444455556666"]}])
def test_an_erasure_needs_to_be_told_of_whom(served, members):
    code, message = served.refused("EraseSubject", **members)
    assert code == "InvalidParameterException" and "either" in message


def test_erasing_tells_nothing_of_a_collection_under_release(house, photos):
    code, _ = house.anna.refused("EraseSubject", Image=wire.image(photos.small("obama.jpg")))
    assert code == "ResourceNotFoundException" and face_count(house.root, "wanted") == 1
    assert house.anna("EraseSubject", CollectionId="wanted", FaceIds=[house.face])["ErasedFaces"]


def test_the_command_line_reports_and_erases(served, photos, tmp_path):
    data = served.server.data
    photo, receipt = tmp_path / "photo.jpg", tmp_path / "receipt"
    photo.write_bytes(photos.small("obama.jpg"))
    report = countenance("subject", "report", photo, "--data", data)
    assert report.returncode == 0 and served.faces["staff"] in report.stdout and "IndexFaces: done" in report.stdout
    as_json = countenance("subject", "report", photo, "--data", data, "--json")
    assert len(json.loads(as_json.stdout)["Faces"]) == 2
    served.server.stop()
    erased = countenance("subject", "erase", photo, "--receipt", receipt, "--data", data)
    assert erased.returncode == 0 and "2 faces" in erased.stdout, erased.stderr
    done = countenance("verify", "bundle", receipt, "--vkey", data / "record/vkey")
    assert done.returncode == 0 and '"kind":"erasure"' in done.stdout
    again = countenance("subject", "erase", photo, "--data", data)
    assert again.returncode == 1 and "nothing to erase" in again.stderr
    assert countenance("check", "--data", data).returncode == 0


@pytest.mark.parametrize("words", [[], ["report"], ["forget", "x"], ["erase"], ["report", "x", "--similarity", "200"]])
def test_the_command_line_says_how_it_is_used(tmp_path, words):
    assert countenance("subject", *words, cwd=tmp_path).returncode == 2
    assert not list(tmp_path.iterdir())
