"""What collections are for, how long their faces stay, and faces that need a consent."""

import time

import pytest

import wire
from test_accounts import Caller, customer, operator  # fixtures
from test_recorded import published

__all__ = ["customer", "operator"]
RETENTION_SECONDS = 30
NONE = {"RetentionDays": 0, "ConsentRequired": False, "ReleaseRequired": False,
        "KeepCrops": False, "ApproximateSearch": False}
STATED = {"Purpose": "access control", "LawfulBasis": "consent, article 6(1)(a)", "RetentionDays": 30, "Owner": "anna",
          "ConsentRequired": True, "ReleaseRequired": True, "KeepCrops": True, "ApproximateSearch": True}
TAGS = {"countenance:purpose": "access control", "countenance:lawful-basis": "consent", "countenance:retention-days": "30",
        "countenance:owner": "anna", "countenance:consent-required": "true", "countenance:release-required": "false",
        "countenance:keep-crops": "false", "countenance:approximate-search": "true"}


def create(caller, name, **tags):
    return caller.rekognition("CreateCollection", CollectionId=name, **({"Tags": tags["tags"]} if tags else {}))


def index(caller, name, photo, extension=False, **members):
    operation = (wire.EXTENSION if extension else "") + "IndexFaces"
    return caller.send(operation, {"CollectionId": name, "Image": wire.image(photo), "QualityFilter": "NONE",
                                   "MaxFaces": 1, **members})


def face_count(caller, name):
    return caller.rekognition("DescribeCollection", CollectionId=name).json["FaceCount"]


def wait_until(true):
    end = time.monotonic() + RETENTION_SECONDS
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.1)


# --- stating it ---

def test_a_collection_states_nothing_until_it_is_told(customer):
    create(customer, "c")
    assert customer("DescribeGovernance", CollectionId="c") == {"CollectionId": "c", **NONE}
    assert customer("GovernCollection", CollectionId="c", **STATED) == {"CollectionId": "c", **STATED}
    left = {name: value for name, value in STATED.items() if name != "Purpose"}
    left["RetentionDays"] = 0
    assert customer("GovernCollection", CollectionId="c", Purpose="", RetentionDays=0) == {"CollectionId": "c", **left}
    assert customer("DescribeGovernance", CollectionId="c") == {"CollectionId": "c", **left}


def test_tags_of_its_creation_state_it_through_any_sdk(customer):
    assert create(customer, "c", tags={**TAGS, "team": "doors"}).status == 200
    stated = customer("DescribeGovernance", CollectionId="c")
    assert stated == {"CollectionId": "c", "Purpose": "access control", "LawfulBasis": "consent", "RetentionDays": 30,
                      "Owner": "anna", "ConsentRequired": True, "ReleaseRequired": False, "KeepCrops": False,
                      "ApproximateSearch": True}
    arn = customer.rekognition("DescribeCollection", CollectionId="c").json["CollectionARN"]
    assert customer.rekognition("ListTagsForResource", ResourceArn=arn).json["Tags"] == {"team": "doors"}
    reply = customer.rekognition("TagResource", ResourceArn=arn, Tags={"countenance:release-required": "false"})
    assert reply.type == "InvalidParameterException" and "GovernCollection" in reply.message


@pytest.mark.parametrize("tag, value", [("countenance:retention-days", "a month"), ("countenance:retention-days", "-1"),
                                        ("countenance:consent-required", "yes"), ("countenance:purposes", "x"),
                                        ("countenance:owner", "x" * 65), ("countenance:purpose", "\u00e4" * 200)])
def test_a_tag_that_states_nonsense_is_refused(customer, tag, value):
    reply = create(customer, "c", tags={tag: value})
    assert reply.type == "InvalidParameterException" and "tag" in reply.message.lower()
    assert customer.rekognition("ListCollections").json["CollectionIds"] == []


def test_the_accounts_defaults_are_stated_where_nothing_else_is(operator, customer):
    operator("UpdateAccount", AccountId=customer.account,
             Settings={"Purpose": "time keeping", "LawfulBasis": "contract", "RetentionDays": 90})
    create(customer, "c", tags={"countenance:purpose": "doors"})
    stated = customer("DescribeGovernance", CollectionId="c")
    assert (stated["Purpose"], stated["LawfulBasis"], stated["RetentionDays"]) == ("doors", "contract", 90)


def test_an_account_can_require_that_it_is_stated(operator, customer):
    operator("UpdateAccount", AccountId=customer.account, Settings={"RequirePurpose": True, "LawfulBasis": "consent"})
    reply = create(customer, "c")
    assert reply.type == "InvalidParameterException" and "countenance:purpose" in reply.message
    assert create(customer, "c", tags={"countenance:purpose": "doors"}).type == "InvalidParameterException"
    assert create(customer, "c", tags={"countenance:purpose": "doors", "countenance:retention-days": "0"}).status == 200
    assert customer.refused("GovernCollection", CollectionId="c", Purpose="")[0] == "InvalidParameterException"
    assert customer("GovernCollection", CollectionId="c", RetentionDays=1)["Purpose"] == "doors"


@pytest.mark.parametrize("members, code", [
    ({"RetentionDays": 36526}, "ValidationException"), ({"RetentionDays": -1}, "ValidationException"),
    ({"Purpose": "x" * 257}, "ValidationException"), ({"Owner": "a\n"}, "ValidationException"),
    ({"ConsentRequired": "true"}, "SerializationException"), ({"CollectionId": "none"}, "ResourceNotFoundException")])
def test_what_is_stated_is_checked(customer, members, code):
    create(customer, "c")
    assert customer.refused("GovernCollection", **{"CollectionId": "c", **members})[0] == code
    assert customer("DescribeGovernance", CollectionId="c") == {"CollectionId": "c", **NONE}


def test_a_change_is_recorded_with_the_new_purpose(new_server):
    server = new_server()
    caller = Caller(server)
    create(caller, "c")
    caller("GovernCollection", CollectionId="c", Purpose="doors", LawfulBasis="consent", RetentionDays=5,
           Owner="a person's name")
    [entry] = published(server, operation="Countenance.GovernCollection")
    assert entry["kind"] == "collection" and entry["purpose"] == "doors" and entry["basis"] == "consent"
    details = entry["details"]
    assert details["retention_days"] == "5" and details["release_required"] == "false" and len(details["owner"]) == 64


# --- retention ---

def test_faces_whose_time_is_over_are_erased_and_that_is_recorded(new_server, photos):
    server = new_server()
    caller = Caller(server)
    create(caller, "c")
    end = time.time() + 3
    [short] = index(caller, "c", photos.small("obama.jpg"), extension=True, ExpiresAt=end).json["FaceRecords"]
    assert index(caller, "c", photos.small("biden.jpg"), extension=True, ExpiresAt=end + 3600).json["FaceRecords"]
    caller.rekognition("CreateUser", CollectionId="c", UserId="u")
    caller.rekognition("AssociateFaces", CollectionId="c", UserId="u", FaceIds=[short["Face"]["FaceId"]])
    assert face_count(caller, "c") == 2
    wait_until(lambda: face_count(caller, "c") == 1)
    assert time.time() >= end
    [entry] = published(server, operation="Retention")
    enrolled = published(server, 2, operation="Countenance.IndexFaces")[0]
    assert entry["kind"] == "erasure" and entry["counts"] == {"erased": 1} and entry["collection"] == "c"
    assert entry["subjects"]["erased"] == enrolled["subjects"]["enrolled"]
    found = caller.rekognition("SearchUsersByImage", CollectionId="c", Image=wire.image(photos.small("obama.jpg")))
    assert found.json["UserMatches"] == []


def test_the_retention_of_the_collection_ends_faces_also_after_a_restart(new_server, photos):
    server = new_server()
    caller = Caller(server)
    create(caller, "c")
    index(caller, "c", photos.small("obama.jpg"))
    exported = caller("ExportFaces", CollectionId="c")
    [old] = exported["Faces"]
    create(caller, "old")
    caller("ImportFaces", CollectionId="old", FaceModelVersion=exported["FaceModelVersion"],
           Faces=[{**old, "CreationTimestamp": old["CreationTimestamp"] - 3 * 86400}])
    assert face_count(caller, "old") == 1
    server.kill()
    server.start()
    for name in "c", "old":
        caller("GovernCollection", CollectionId=name, RetentionDays=2)
    wait_until(lambda: face_count(caller, "old") == 0)
    assert face_count(caller, "c") == 1


def test_an_end_in_the_past_is_refused(customer, photos):
    create(customer, "c")
    reply = index(customer, "c", photos.small("obama.jpg"), extension=True, ExpiresAt=1000)
    assert reply.type == "InvalidParameterException" and "past" in reply.message


# --- consent ---

def test_a_collection_can_refuse_faces_without_a_consent(customer, photos):
    create(customer, "c")
    customer("GovernCollection", CollectionId="c", ConsentRequired=True)
    photo = photos.small("obama.jpg")
    for refused in (index(customer, "c", photo), index(customer, "c", photo, ExternalImageId="anna"),
                    index(customer, "c", photo, ExternalImageId="consent:"),
                    index(customer, "c", photo, extension=True, ExternalImageId="anna")):
        assert refused.type == "InvalidParameterException" and "consent:REFERENCE" in refused.message
    assert face_count(customer, "c") == 0
    assert index(customer, "c", photo, ExternalImageId="consent:form-17:anna").status == 200
    assert index(customer, "c", photo, ExternalImageId="consent:form-18").status == 200
    assert index(customer, "c", photo, extension=True, ConsentReference="letter of 3 May").status == 200
    faces = customer("ListFaces", CollectionId="c")["Faces"]
    assert {face["ConsentReference"] for face in faces} == {"form-17", "form-18", "letter of 3 May"}
    assert {face.get("ExternalImageId") for face in faces} == {"consent:form-17:anna", "consent:form-18", None}


def test_consent_and_end_of_a_face_go_with_it_into_another_collection(customer, photos):
    create(customer, "from")
    end = int(time.time()) + 3600
    index(customer, "from", photos.small("obama.jpg"), extension=True, ConsentReference="form-1", ExpiresAt=end)
    index(customer, "from", photos.small("biden.jpg"))
    exported = customer("ExportFaces", CollectionId="from")
    create(customer, "to")
    customer("GovernCollection", CollectionId="to", ConsentRequired=True)
    members = {"CollectionId": "to", "FaceModelVersion": exported["FaceModelVersion"]}
    code, message = customer.refused("ImportFaces", Faces=exported["Faces"], **members)
    assert code == "InvalidParameterException" and "consent" in message
    kept = [face for face in exported["Faces"] if "ConsentReference" in face]
    customer("ImportFaces", Faces=kept, **members)
    [face] = customer("ListFaces", CollectionId="to")["Faces"]
    assert face["ConsentReference"] == "form-1" and face["ExpiresAt"] == end
