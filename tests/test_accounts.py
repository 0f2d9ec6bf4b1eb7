"""Accounts, keys and sessions: who may use the service, and who may say so."""

import json
import re
import subprocess
import time

import botocore.config
import boto3
import botocore.credentials
import pytest

import wire
from server import REGION, countenance
from test_recorded import published

NOBODY = "123456789012"


class Caller:
    """Calls our operations with some credentials."""

    def __init__(self, server, credentials=None):
        self.server, self.credentials = server, credentials

    @property
    def headers(self):
        token = self.credentials and self.credentials.token
        return {"X-Amz-Security-Token": token} if token else {}

    def __call__(self, operation, **members):
        """The reply of a call that must succeed."""
        reply = self.send(wire.EXTENSION + operation, members)
        assert reply.status == 200, reply
        return reply.json

    def send(self, operation, members):
        credentials = self.credentials and botocore.credentials.Credentials(self.credentials.access_key,
                                                                            self.credentials.secret_key)
        return wire.call(self.server, operation, members, credentials=credentials, headers=self.headers)

    def refused(self, operation, **members):
        """Code and message of a call of ours that must fail."""
        reply = self.send(wire.EXTENSION + operation, members)
        assert reply.status == 400, reply
        return reply.type, reply.message

    def rekognition(self, operation, **members):
        return self.send(operation, members)

    def become(self, **made):
        """Another caller, of a key that was made."""
        return Caller(self.server, botocore.credentials.Credentials(made["AccessKeyId"], made["SecretAccessKey"],
                                                                    made.get("SessionToken")))

    def person(self, person, **members):
        """Somebody with a new key."""
        return self.become(**self("CreateKey", Person=person, **members))


def allow(*actions, effect="Allow", **more):
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*", **more}]})


@pytest.fixture
def operator(server):
    return Caller(server)


@pytest.fixture
def customer(operator):
    """The root of a new account; `account` is its id."""
    account = operator("CreateAccount", LegalName="Example Ltd", Country="GB")["Account"]["AccountId"]
    root = operator.person("root", AccountId=account)
    root.account = account
    return root


# --- accounts ---

def test_an_account_is_made_described_changed_and_listed(operator):
    registrations = [{"Kind": "companies-house", "Value": "01234567"}]
    made = operator("CreateAccount", LegalName="Zoë & Söhne GmbH", Country="DE", Contact="legal@example.org",
                    Registrations=registrations, Settings={"Purpose": "access control", "RetentionDays": 30})["Account"]
    assert re.fullmatch("[1-9][0-9]{11}", made["AccountId"])
    assert made["Status"] == "ACTIVE" and made["Operator"] is False and made["Registrations"] == registrations
    assert operator("DescribeAccount", AccountId=made["AccountId"])["Account"] == made
    changed = operator("UpdateAccount", AccountId=made["AccountId"], Contact="", Country="AT")["Account"]
    assert changed == {**made, "Contact": "", "Country": "AT"}
    listed, token = [], None
    while token is not False:
        page = operator("ListAccounts", MaxResults=1, **({"NextToken": token} if token else {}))
        assert len(page["Accounts"]) <= 1
        listed += page["Accounts"]
        token = page.get("NextToken", False)
    assert changed in listed and listed[0]["Operator"] is True
    assert len({account["AccountId"] for account in listed}) == len(listed)


@pytest.mark.parametrize("members, code, words", [
    ({"Country": "GB"}, "ValidationException", "legalName"),
    ({"LegalName": "X", "Country": "gb"}, "InvalidParameterException", "capital letters"),
    ({"LegalName": "X", "Country": "GBR"}, "ValidationException", "country"),
    ({"LegalName": "X\n", "Country": "GB"}, "ValidationException", "legalName"),
    ({"LegalName": "X", "Country": "GB", "Registrations": [{"Kind": "a"}]}, "ValidationException", "value"),
    ({"LegalName": "X", "Country": "GB", "Settings": {"Purpos": "x"}}, "InvalidParameterException", "Purpos"),
    ({"LegalName": "X", "Country": "GB", "Settings": {"RetentionDays": -1}}, "InvalidParameterException", "RetentionDays"),
    ({"LegalName": "X", "Country": "GB", "Settings": []}, "SerializationException", "settings"),
])
def test_an_account_that_is_not_right_is_not_made(operator, members, code, words):
    kind, message = operator.refused("CreateAccount", **members)
    assert kind == code and words in message


def test_an_account_that_is_not_there_is_told_as_such(operator):
    for operation, members in (("DescribeAccount", {}), ("UpdateAccount", {}), ("ListKeys", {}), ("ListPolicies", {}),
                               ("CreateKey", {"Person": "anna"}),
                               ("PutPolicy", {"PolicyName": "p", "PolicyDocument": allow("*")})):
        assert operator.refused(operation, AccountId=NOBODY, **members)[0] == "ResourceNotFoundException", operation
    assert operator.refused("DescribeAccount", AccountId="12345678901x")[0] == "ValidationException"


def test_only_the_operator_administers_other_accounts(operator, customer):
    own = operator("DescribeAccount")["Account"]["AccountId"]
    for operation, members in (("CreateAccount", {"LegalName": "X", "Country": "GB"}), ("ListAccounts", {}),
                               ("UpdateAccount", {"Contact": "me"}), ("DescribeAccount", {"AccountId": own}),
                               ("ListKeys", {"AccountId": own}), ("CreateKey", {"AccountId": own, "Person": "x"}),
                               ("PutPolicy", {"AccountId": own, "PolicyName": "p", "PolicyDocument": allow("*")})):
        assert customer.refused(operation, **members)[0] == "AccessDeniedException", operation
    assert customer("DescribeAccount")["Account"]["AccountId"] == customer.account


def test_a_suspended_account_does_nothing_until_it_is_active_again(operator, customer):
    assert customer.rekognition("ListCollections").status == 200
    operator("UpdateAccount", AccountId=customer.account, Status="SUSPENDED")
    assert customer.rekognition("ListCollections").type == "AccessDeniedException"
    operator("UpdateAccount", AccountId=customer.account, Status="ACTIVE")
    assert customer.rekognition("ListCollections").status == 200
    assert operator.refused("UpdateAccount", Status="CLOSED")[0] == "ConflictException"


def test_accounts_do_not_see_each_others_collections(operator, customer):
    name = f"of-{customer.account}"
    assert customer.rekognition("CreateCollection", CollectionId=name).status == 200
    assert customer.rekognition("ListCollections").json["CollectionIds"] == [name]
    assert operator.rekognition("DescribeCollection", CollectionId=name).type == "ResourceNotFoundException"
    arn = customer.rekognition("DescribeCollection", CollectionId=name).json["CollectionARN"]
    assert f":{customer.account}:" in arn
    assert operator.rekognition("ListTagsForResource", ResourceArn=arn).type == "ResourceNotFoundException"


# --- keys ---

def test_a_key_is_shown_once_used_listed_and_deleted(customer):
    made = customer("CreateKey", Person="anna")
    assert made["Person"] == "anna" and len(made["SecretAccessKey"]) == 40
    customer("PutPolicy", Person="anna", PolicyName="read", PolicyDocument=allow("rekognition:List*"))
    anna = customer.become(**made)
    assert anna.rekognition("ListCollections").status == 200
    keys = {key["AccessKeyId"]: key for key in customer("ListKeys")["Keys"]}
    key = keys[made["AccessKeyId"]]
    assert key["Person"] == "anna" and key["Status"] == "ACTIVE" and abs(key["LastUsed"] - time.time()) < 60
    assert made["SecretAccessKey"] not in json.dumps(list(keys.values())) and "ExpiresAt" not in key
    customer("DeleteKey", AccessKeyId=made["AccessKeyId"])
    assert anna.rekognition("ListCollections").type == "UnrecognizedClientException"
    assert made["AccessKeyId"] not in {key["AccessKeyId"] for key in customer("ListKeys")["Keys"]}
    assert customer.refused("DeleteKey", AccessKeyId=made["AccessKeyId"])[0] == "ResourceNotFoundException"


def test_a_disabled_key_and_an_expired_one_open_nothing(customer):
    made = customer("CreateKey", Person="root", ExpiresAt=time.time() + 3600)
    other = customer.become(**made)
    customer("UpdateKey", AccessKeyId=made["AccessKeyId"], Status="DISABLED")
    assert other.rekognition("ListCollections").type == "UnrecognizedClientException"
    customer("UpdateKey", AccessKeyId=made["AccessKeyId"], Status="ACTIVE", ExpiresAt=time.time() + 1.2)
    assert other.rekognition("ListCollections").status == 200
    time.sleep(1.3)
    assert other.rekognition("ListCollections").type == "UnrecognizedClientException"
    customer("UpdateKey", AccessKeyId=made["AccessKeyId"], ExpiresAt=0)
    assert other.rekognition("ListCollections").status == 200
    assert customer.refused("UpdateKey", AccessKeyId=made["AccessKeyId"], ExpiresAt=1)[0] == "InvalidParameterException"
    assert customer.refused("UpdateKey", AccessKeyId=made["AccessKeyId"])[0] == "InvalidParameterException"


def test_a_rotated_secret_ends_at_once_or_after_its_grace(customer):
    made = customer("CreateKey", Person="root")
    first = customer.become(**made)
    second = customer.become(**customer("RotateKey", AccessKeyId=made["AccessKeyId"], GraceSeconds=60))
    assert first.rekognition("ListCollections").status == second.rekognition("ListCollections").status == 200
    third = customer.become(**customer("RotateKey", AccessKeyId=made["AccessKeyId"]))
    assert second.rekognition("ListCollections").type == "InvalidSignatureException"
    assert third.rekognition("ListCollections").status == 200
    assert customer.refused("RotateKey", AccessKeyId=made["AccessKeyId"], GraceSeconds=10**9)[0] == "ValidationException"


def test_a_key_of_another_account_is_no_key(operator, customer):
    [key] = [key["AccessKeyId"] for key in customer("ListKeys")["Keys"]]
    for operation in "UpdateKey", "RotateKey", "DeleteKey":
        members = {"Status": "DISABLED"} if operation == "UpdateKey" else {}
        assert operator.refused(operation, AccessKeyId=key, **members)[0] == "ResourceNotFoundException"
    assert customer.rekognition("ListCollections").status == 200


def test_who_may_make_keys_does_not_become_root(customer):
    admin = customer.person("admin")
    customer("PutPolicy", Person="admin", PolicyName="keys", PolicyDocument=allow("countenance:*"))
    assert admin.person("bert").credentials
    assert admin.refused("CreateKey", Person="ROOT")[0] == "AccessDeniedException"
    for key in customer("ListKeys")["Keys"]:
        if key["Person"] == "root":
            assert admin.refused("RotateKey", AccessKeyId=key["AccessKeyId"])[0] == "AccessDeniedException"


def test_keys_that_are_not_right_are_not_made(customer):
    for person in "", "a b", "x" * 65, "ann\u00e4":
        assert customer.refused("CreateKey", Person=person)[0] in ("InvalidParameterException", "ValidationException")
    assert customer.refused("CreateKey", Person="anna", ExpiresAt=1)[0] == "InvalidParameterException"
    assert customer.refused("CreateKey")[0] == "ValidationException"


# --- sessions ---

def session_client(server, credentials):
    return boto3.client("rekognition", endpoint_url=server.url, region_name=REGION,
                        aws_access_key_id=credentials["AccessKeyId"],
                        aws_secret_access_key=credentials["SecretAccessKey"],
                        aws_session_token=credentials["SessionToken"],
                        config=botocore.config.Config(retries={"total_max_attempts": 1}))


def test_session_credentials_serve_an_sdk_within_their_policy(server, customer):
    made = customer("GetSessionToken", DurationSeconds=900, Policy=allow("rekognition:ListCollections"))["Credentials"]
    assert abs(made["Expiration"] - time.time() - 900) < 60
    client = session_client(server, made)
    assert "CollectionIds" in client.list_collections()
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.create_collection(CollectionId="no")


def test_a_session_administers_nothing_and_dies_with_its_key(customer):
    made = customer("CreateKey", Person="root")
    session = customer.become(**customer.become(**made)("GetSessionToken")["Credentials"])
    assert session.rekognition("ListCollections").status == 200
    assert session.refused("GetSessionToken")[0] == "AccessDeniedException"
    assert session.refused("CreateKey", Person="x")[0] == "AccessDeniedException"
    assert session.refused("PutPolicy", PolicyName="p", PolicyDocument=allow("*"))[0] == "AccessDeniedException"
    assert session("ListKeys")["Keys"]
    customer("DeleteKey", AccessKeyId=made["AccessKeyId"])
    assert session.rekognition("ListCollections").type == "UnrecognizedClientException"


@pytest.mark.parametrize("members", [{"DurationSeconds": 899}, {"DurationSeconds": 43201}, {"Policy": "{}"},
                                     {"Policy": "x" * 2049}])
def test_a_session_that_is_not_right_is_not_made(customer, members):
    assert customer.refused("GetSessionToken", **members)[0] in ("ValidationException", "InvalidParameterException")


# --- what is left behind ---

def test_the_record_tells_of_keys_and_no_secret_is_anywhere(new_server):
    server = new_server()
    operator = Caller(server)
    account = operator("CreateAccount", LegalName="Private Name", Country="GB")["Account"]["AccountId"]
    made = operator("CreateKey", AccountId=account, Person="anna")
    operator.become(**made)
    rotated = operator("RotateKey", AccountId=account, AccessKeyId=made["AccessKeyId"])
    session = operator("GetSessionToken")["Credentials"]
    [created] = published(server, operation="Countenance.CreateKey")
    assert created["kind"] == "key" and created["outcome"] == "done" and created["person"] == "root"
    assert created["details"] == {"access_key": made["AccessKeyId"], "account": account, "key_person": "anna"}
    [opened] = published(server, operation="Countenance.CreateAccount")
    assert opened["kind"] == "account" and opened["details"]["account"] == account
    assert published(server, operation="Countenance.GetSessionToken")
    assert server.stop() == 0
    secrets = [made["SecretAccessKey"], rotated["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]]
    for path in [server.log, *server.data.rglob("*")]:
        content = path.read_bytes() if path.is_file() else b""
        assert not [secret for secret in secrets if secret.encode() in content], path
        assert path.name in ("store.db", "store.db-wal") or b"Private Name" not in content, path


def test_accounts_and_keys_survive_a_kill(new_server):
    server = new_server()
    operator = Caller(server)
    account = operator("CreateAccount", LegalName="Example", Country="GB")["Account"]["AccountId"]
    root = operator.person("root", AccountId=account)
    root("PutPolicy", PolicyName="none", PolicyDocument=allow("rekognition:CreateCollection", effect="Deny"))
    server.kill()
    server.start()
    assert root.rekognition("ListCollections").status == 200
    assert root.rekognition("CreateCollection", CollectionId="x").type == "AccessDeniedException"


# --- the command line ---

def test_the_command_line_administers_with_a_server_and_without(new_server, tmp_path):
    server = new_server()

    def run(*words):
        done = countenance(*words, "--data", server.data)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    account = run("account", "create", "--legal-name", "Example Ltd", "--country", "GB",
                  "--settings", '{"RetentionDays": 7}')["Account"]["AccountId"]
    key = run("key", "create", "--account-id", account, "--person", "anna", "--expires-at", "2099-01-31")
    assert key["ExpiresAt"] == 4073500800
    document = tmp_path / "policy.json"
    document.write_text(allow("rekognition:ListCollections"))
    run("policy", "put", "--account-id", account, "--policy-name", "read", "--policy-document", f"@{document}")
    anna = Caller(server).become(**key)
    assert anna.rekognition("ListCollections").status == 200
    assert server.stop() == 0
    [policy] = run("policy", "list", "--account-id", account)["Policies"]
    assert json.loads(policy["PolicyDocument"]) == json.loads(document.read_text())
    assert run("key", "update", "--account-id", account, "--access-key-id", key["AccessKeyId"], "--status", "DISABLED") == {}
    server.start()
    assert anna.rekognition("ListCollections").type == "UnrecognizedClientException"


@pytest.mark.parametrize("words, code", [
    (["key"], 2), (["key", "make"], 2), (["key", "create", "--colour", "red"], 2),
    (["key", "create", "--expires-at", "tomorrow", "--person", "x"], 2), (["account", "list", "more"], 2),
    (["account", "create", "--settings", "{"], 2), (["key", "create", "--help"], 0), (["policy", "--help"], 0)])
def test_the_command_line_says_what_is_wrong(tmp_path, words, code):
    done = countenance(*words, cwd=tmp_path)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert not list(tmp_path.iterdir())
