"""Policies over the wire: who may do what with which collection; quotas. (The table of decisions is tested in
account/test-access_policy.c.)"""

import itertools
import json

import pytest

from test_accounts import Caller, allow, customer, operator  # fixtures

__all__ = ["customer", "operator"]
NUMBERS = itertools.count()


@pytest.fixture
def root(customer):
    for name in "open", "secret":
        assert customer.rekognition("CreateCollection", CollectionId=name, Tags={"class": name}).status == 200
    return customer


@pytest.fixture
def anna(root):
    return root.person("anna")


def arn(root, name):
    return root.rekognition("DescribeCollection", CollectionId=name).json["CollectionARN"]


def put(root, *statements, person="anna"):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    root("PutPolicy", PolicyName=f"p{next(NUMBERS)}", PolicyDocument=document, **({"Person": person} if person else {}))


def statement(effect, action, resource="*", **condition):
    return {"Effect": effect, "Action": action, "Resource": resource,
            **({"Condition": condition} if condition else {})}


def test_a_person_may_nothing_until_a_policy_says_so(root, anna):
    reply = anna.rekognition("DescribeCollection", CollectionId="open")
    assert reply.type == "AccessDeniedException"
    assert f"arn:aws:iam::{root.account}:user/anna" in reply.message
    assert "rekognition:DescribeCollection" in reply.message and arn(root, "open") in reply.message
    put(root, statement("Allow", "rekognition:Describe*", arn(root, "open")))
    assert anna.rekognition("DescribeCollection", CollectionId="open").status == 200
    assert anna.rekognition("DescribeCollection", CollectionId="secret").type == "AccessDeniedException"
    assert anna.rekognition("ListFaces", CollectionId="open").type == "AccessDeniedException"


def test_a_denial_wins_also_over_root(root, anna):
    put(root, statement("Allow", "*"))
    put(root, statement("Deny", "rekognition:*", arn(root, "secret")), person=None)
    assert anna.rekognition("ListFaces", CollectionId="open").status == 200
    for caller in anna, root:
        reply = caller.rekognition("ListFaces", CollectionId="secret")
        assert reply.type == "AccessDeniedException" and "explicit deny" in reply.message


def test_a_policy_of_one_person_is_not_for_another(root, anna):
    put(root, statement("Allow", "rekognition:List*"))
    assert anna.rekognition("ListCollections").status == 200
    assert root.person("bert").rekognition("ListCollections").type == "AccessDeniedException"
    assert root.person("ANNA").rekognition("ListCollections").status == 200


def test_tags_and_purpose_of_the_collection_decide(root, anna):
    root("GovernCollection", CollectionId="secret", Purpose="investigation")
    put(root, statement("Allow", "rekognition:ListFaces", StringEquals={"aws:ResourceTag/class": "open"}))
    put(root, statement("Allow", "rekognition:DescribeCollection",
                        StringEquals={"countenance:Purpose": "investigation"}))
    assert anna.rekognition("ListFaces", CollectionId="open").status == 200
    assert anna.rekognition("ListFaces", CollectionId="secret").type == "AccessDeniedException"
    assert anna.rekognition("DescribeCollection", CollectionId="secret").status == 200
    assert anna.rekognition("DescribeCollection", CollectionId="open").type == "AccessDeniedException"


def test_the_address_of_the_caller_decides(root, anna):
    put(root, statement("Allow", "rekognition:List*", IpAddress={"aws:SourceIp": "192.0.2.0/24"}))
    assert anna.rekognition("ListCollections").type == "AccessDeniedException"
    put(root, statement("Allow", "rekognition:List*", IpAddress={"aws:SourceIp": "127.0.0.0/8"}))
    assert anna.rekognition("ListCollections").status == 200


def test_operations_of_ours_are_under_policies_too(root, anna):
    put(root, statement("Allow", "countenance:DescribeGovernance", arn(root, "open")))
    assert anna("DescribeGovernance", CollectionId="open")
    assert anna.refused("DescribeGovernance", CollectionId="secret")[0] == "AccessDeniedException"
    assert anna.refused("ListKeys")[0] == "AccessDeniedException"
    assert anna.refused("CreateAccount", LegalName="X", Country="GB")[0] == "AccessDeniedException"


def test_policies_are_listed_replaced_and_deleted(root, anna):
    first, second = allow("rekognition:ListCollections"), allow("rekognition:ListFaces")
    root("PutPolicy", Person="anna", PolicyName="one", PolicyDocument=first)
    root("PutPolicy", Person="anna", PolicyName="one", PolicyDocument=second)
    root("PutPolicy", PolicyName="one", PolicyDocument=first)
    assert root("ListPolicies")["Policies"] == [
        {"PolicyName": "one", "PolicyDocument": first},
        {"PolicyName": "one", "Person": "anna", "PolicyDocument": second}]
    assert anna.rekognition("ListFaces", CollectionId="open").status == 200
    root("DeletePolicy", Person="anna", PolicyName="one")
    assert anna.rekognition("ListFaces", CollectionId="open").type == "AccessDeniedException"
    assert root.refused("DeletePolicy", Person="anna", PolicyName="one")[0] == "ResourceNotFoundException"
    assert anna.rekognition("ListCollections").status == 200


@pytest.mark.parametrize("document, words", [
    ("{", ""), ("[]", ""), (allow("rekognition:ListCollections")[:-1], ""),
    (json.dumps({"Version": "2012-10-17", "Statement": [statement("Permit", "*")]}), "Effect"),
    (json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
                                                         "Principal": "*"}]}), "Principal"),
    (json.dumps({"Version": "2012-10-17", "Statement": [statement("Allow", "*", StringEquals={"aws:Nothing": "x"})]}),
     "aws:Nothing"),
])
def test_a_policy_that_is_not_understood_is_refused(root, document, words):
    code, message = root.refused("PutPolicy", PolicyName="p", PolicyDocument=document)
    assert code == "InvalidParameterException" and words in message
    assert root("ListPolicies")["Policies"] == []


def test_a_policy_needs_a_name_and_a_document(root):
    assert root.refused("PutPolicy", PolicyDocument=allow("*"))[0] == "ValidationException"
    assert root.refused("PutPolicy", PolicyName="p")[0] == "ValidationException"
    assert root.refused("PutPolicy", PolicyName="a b", PolicyDocument=allow("*"))[0] == "InvalidParameterException"
    assert root.refused("PutPolicy", PolicyName="p", PolicyDocument="x" * 6145)[0] == "ValidationException"
    assert root.refused("PutPolicy", PolicyName="p", PolicyDocument=allow("*") + "\0")[0] == "ValidationException"


def calls_until_refused(caller, maximum):
    """How many calls go through, and the error of the one that does not."""
    for count in range(maximum):
        reply = caller.rekognition("ListCollections")
        if reply.status != 200:
            return count, reply.type
    return maximum, None


def test_a_key_is_slowed_down_and_others_are_not(operator, root):
    other = root.person("root")
    operator("UpdateAccount", AccountId=root.account, Settings={"KeyRates": {"Read": {"Rate": 0.01, "Burst": 3}}})
    count, error = calls_until_refused(other, 10)
    assert count == 3 and error == "ThrottlingException"
    assert root.rekognition("ListCollections").status == 200
    assert operator.rekognition("ListCollections").status == 200


def test_an_account_is_slowed_down_with_all_its_keys(operator, root):
    operator("UpdateAccount", AccountId=root.account, Settings={
        "KeyRates": {"Read": {"Rate": 100, "Burst": 100}}, "AccountRates": {"Read": {"Rate": 0.01, "Burst": 4}}})
    count, error = calls_until_refused(root, 10)
    assert count <= 4 and error == "ProvisionedThroughputExceededException"
    assert root.person("root").rekognition("ListCollections").type == "ProvisionedThroughputExceededException"
    assert operator.rekognition("ListCollections").status == 200
