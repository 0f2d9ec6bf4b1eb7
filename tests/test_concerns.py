"""Concerns: sealed to people outside, in the record, with a receipt that needs nobody."""

import http.client
import re
import shutil

import pytest

from server import countenance
from test_accounts import Caller, allow

TEXT = "The customer of the third floor was served after all."


@pytest.fixture
def operator(server):
    return Caller(server)


@pytest.fixture
def recipients(tmp_path):
    """A file of two recipients; their secret keys are a.key and b.key."""
    lines = []
    for name in ("a", "b"):
        made = countenance("concern", "keygen", tmp_path / f"{name}.key")
        assert made.returncode == 0, made.stderr
        assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600
        lines.append(f"{name} {made.stdout.strip()}\n")
    path = tmp_path / "recipients"
    path.write_text("".join(lines))
    return path


@pytest.fixture
def lodged(server, recipients, tmp_path):
    """The receipt of a concern; what is sealed lies beside it."""
    text, receipt = tmp_path / "text", tmp_path / "receipt"
    text.write_text(TEXT)
    done = countenance("concern", "lodge", text, "--recipients", recipients, "--out", receipt, "--data", server.data,
                       "--endpoint", server.url)
    assert done.returncode == 0, done.stderr
    return receipt


def opened(sealed, key):
    return countenance("concern", "open", sealed, "--key", key)


def overdue_and_waiting(server):
    status, _, page = server.get("/concerns")
    assert status == 200
    return tuple(int(re.search(f'id="{name}">(\\d+)<', page.decode()).group(1)) for name in ("overdue", "waiting"))


def post(server, code, sealed):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/concerns", sealed, {"X-Concern-Code": code})
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status


def test_both_recipients_read_it_and_the_server_holds_no_word_of_it(server, lodged, tmp_path):
    sealed = lodged.with_name("receipt.sealed")
    for key in ("a.key", "b.key"):
        assert opened(sealed, tmp_path / key).stdout == TEXT
    countenance("concern", "keygen", tmp_path / "c.key")
    assert opened(sealed, tmp_path / "c.key").returncode == 1
    for path in server.data.rglob("*"):
        assert path.is_dir() or b"third floor" not in path.read_bytes(), path


def test_the_receipt_holds_without_the_server(server, lodged, tmp_path):
    vkey = (server.data / "record/vkey").read_text().strip()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("receipt", "receipt.sealed"):
        shutil.copy(lodged.with_name(name), elsewhere)
    receipt = ["concern", "receipt", elsewhere / "receipt", "--vkey", vkey]
    assert countenance(*receipt, "--sealed", elsewhere / "receipt.sealed").returncode == 0
    assert countenance(*receipt, "--sealed", lodged.with_name("text")).returncode == 1
    other = vkey[:-4] + ("AAA=" if not vkey.endswith("AAA=") else "BBB=")
    assert countenance("concern", "receipt", elsewhere / "receipt", "--vkey", other).returncode != 0


def test_one_recipient_is_not_enough(server, recipients, tmp_path):
    recipients.write_text(recipients.read_text().splitlines()[0] + "\n")
    (tmp_path / "text").write_text(TEXT)
    done = countenance("concern", "seal", tmp_path / "text", "--recipients", recipients, "--out", tmp_path / "sealed")
    assert done.returncode == 1 and "two different recipients" in done.stderr


def test_the_entry_does_not_tell_who_lodged_it(server, lodged):
    lines = [line for line in server.get("/record/entries?count=1000")[2].decode().splitlines()
             if '"kind":"concern"' in line]
    assert lines
    assert not any(member in line for line in lines for member in ('"account"', '"key"', '"person"', '"request"'))


def test_anybody_with_a_key_may_whatever_the_policies_say(server, operator, recipients, tmp_path):
    account = operator("CreateAccount", LegalName="Example Ltd", Country="GB")["Account"]["AccountId"]
    root = operator.person("root", AccountId=account)
    worker = root.person("worker")
    root("PutPolicy", PolicyName="none", PolicyDocument=allow("*", effect="Deny"))
    assert worker.rekognition("ListCollections").type == "AccessDeniedException"
    assert worker.refused("LodgeConcern", Sealed="AAAA")[0] == "InvalidParameterException"  # it is let in
    assert worker.refused("ListConcerns")[0] == "AccessDeniedException"


def test_a_code_lodges_once_without_any_key(server, operator, recipients, tmp_path):
    (tmp_path / "text").write_text(TEXT)
    sealed = tmp_path / "sealed"
    assert countenance("concern", "seal", tmp_path / "text", "--recipients", recipients, "--out", sealed).returncode == 0
    code = operator("CreateConcernCode")["Code"]
    before = overdue_and_waiting(server)[1]
    assert post(server, "0" * 32, sealed.read_bytes()) == 400
    assert post(server, code, sealed.read_bytes()) == 200
    assert post(server, code, sealed.read_bytes()) == 400
    assert overdue_and_waiting(server)[1] == before + 1


def test_the_page_counts_until_there_is_an_answer(server, operator, lodged):
    overdue, waiting = overdue_and_waiting(server)
    assert waiting >= 1
    rules = server.data / "screening.ini"
    kept = rules.read_text()
    rules.write_text(kept + "[concerns]\ndays = 0\n")
    try:
        assert overdue_and_waiting(server) == (waiting, waiting)
        newest = operator("ListConcerns")["Concerns"][-1]["ConcernId"]
        assert operator("GetConcern", ConcernId=newest)["Sealed"]
        assert operator("AnswerConcern", ConcernId=newest, Answer="We stopped.")["AnswerDigest"]
        assert overdue_and_waiting(server) == (waiting - 1, waiting - 1)
        assert operator.refused("AnswerConcern", ConcernId=newest, Answer="x")[0] == "ResourceNotFoundException"
    finally:
        rules.write_text(kept)
