"""Who is served: only with a live verdict, and not a moment longer. And the statement of who ever was."""

import json
import time

import pytest

from server import Server, countenance
from test_accounts import Caller

LISTED = '900,"KRUVANOV, Oleg Petrovich","individual","INV",,,,,,,,\n'
HOUSE = '901,"ZIMBRAVECK TRADING HOUSE",,"INV",,,,,,,,\n'
NEXT_YEAR = "2099-01-01"


def put_list(server, more):
    """A list of OFAC's form into the server's data folder, from another process."""
    path = server.data.parent / "sdn.csv"
    path.write_text("".join(f'{i},"VEXMARROW {i}","vessel","INV",,,,,,,,\n' for i in range(1, 31)) + more)
    done = countenance("lists", "add", path, "--source", "ofac", "--data", server.data, "--minimum", 5, "--shrink", 100)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def supplier(tmp_path):
    """With one list, and nobody who is served without a verdict."""
    server = Server(tmp_path, screening=None)
    server.data.mkdir(mode=0o700)
    put_list(server, LISTED)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def operator(supplier):
    return Caller(supplier)


def make(operator, name, country="NL"):
    return operator("CreateAccount", LegalName=name, Country=country)["Account"]["AccountId"]


def entries(server):
    body = server.get("/record/entries?count=1000&from=0")[2]
    return [json.loads(line)["entry"] for line in body.decode().splitlines()]


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def report(server, *options):
    done = countenance("supply-report", "--data", server.data, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_listed_customer_gets_no_key(operator):
    listed = make(operator, "Oleg Petrovich Kruvanov", "RU")
    code, message = operator.refused("CreateKey", AccountId=listed, Person="root")
    assert code == "AccessDeniedException"
    assert message == f"account {listed} is not served: its name is on a sanctions list"
    verdict = operator("DescribeScreening", AccountId=listed)
    assert verdict["Result"] == "blocked" and verdict["Service"] == "refused" and verdict["Served"] is False
    [finding] = verdict["Verdict"]["Findings"]
    assert finding["Subject"] == "ofac/900" and finding["Score"] >= 0.94
    assert len(verdict["Verdict"]["Lists"][0]["Version"]) == 64


def test_a_list_that_is_added_elsewhere_stops_a_customer_at_once_and_the_record_tells(supplier, operator):
    house, bakery = make(operator, "Zimbraveck Trading House", "CY"), make(operator, "Gardenia Bakery Cooperative")
    customer, other = (operator.person("root", AccountId=account) for account in (house, bakery))
    assert customer.rekognition("ListCollections", ).status == 200
    put_list(supplier, LISTED + HOUSE)
    wait_for(lambda: customer.rekognition("ListCollections").status == 400)
    refused = customer.rekognition("ListCollections")
    assert refused.type == "AccessDeniedException"
    assert refused.message == f"account {house} is not served: its name is on a sanctions list"
    assert other.rekognition("ListCollections").status == 200
    wait_for(lambda: any(entry["kind"] == "supply" and entry["details"]["supply"] == "ends" for entry in entries(supplier)))
    told = [entry for entry in entries(supplier) if entry.get("account") == house or entry["kind"] == "list"]
    assert [entry["details"]["supply"] for entry in told if entry["kind"] == "supply"] == ["begins", "ends"]
    assert told[-3]["kind"] == "list" and told[-3]["details"]["touched"] == 1
    assert "imbraveck" not in json.dumps(entries(supplier)).lower()


def test_an_exception_a_licence_and_a_refusal_are_decisions_with_reasons(operator):
    account = make(operator, "Oleg Petrovich Kruvanov")
    decision = {"AccountId": account, "Reasons": "another birth date", "ExpiresDate": NEXT_YEAR}
    assert operator.refused("DecideScreening", Decision="CLEARED", **decision)[0] == "ConflictException"
    assert operator.refused("PutException", Subject="ofac/1", **decision)[0] == "ResourceNotFoundException"
    assert operator.refused("PutException", Subject="ofac/900", **{**decision, "ExpiresDate": "2001-01-01"})[0] == \
        "InvalidParameterException"
    made = operator("PutException", Subject="ofac/900", **decision)
    assert made["Served"] is True and made["Decisions"][0]["Reasons"] == "another birth date"
    assert operator.person("root", AccountId=account).rekognition("ListCollections").status == 200
    gone = operator("WithdrawDecision", AccountId=account, DecisionNumber=made["DecisionNumber"])
    assert gone["Served"] is False and "WithdrawnTimestamp" in gone["Decisions"][0]
    licensed = operator("PutLicence", Subject="ofac", Authority="OFAC", Reference="GL-1", **decision)
    assert licensed["Served"] is True and licensed["Decisions"][1]["Authority"] == "OFAC"
    refused = operator("DecideScreening", Decision="REFUSED", **decision)
    assert refused["Served"] is False and refused["Reason"] == "a person has decided against it"


def ftm(schema, number, target=None, **properties):
    return json.dumps({"id": number, "schema": schema, "target": target, "caption": properties.get("name"),
                       "properties": {name: [value] for name, value in properties.items()}}) + "\n"


def test_what_a_list_says_of_owners_blocks_by_number_and_asks_by_name(supplier, operator, tmp_path):
    path = tmp_path / "entities.ftm.json"
    path.write_text("".join(ftm("Vessel", f"v{i}", True, name=f"Vexmarrow {i}") for i in range(10)) +
                    ftm("Company", "t1", True, name="Vellimar Quondex", topics="sanction") +
                    ftm("Sanction", "s1", entity="t1", programId="US-TEST", listingDate="2020-01-01") +
                    ftm("Company", "o1", False, name="Trellimore Optics", innCode="9900000000") +
                    ftm("Ownership", "w1", owner="t1", asset="o1", percentage="60"))
    done = countenance("lists", "add", path, "--source", "ftm", "--data", supplier.data, "--minimum", 5, "--shrink", 100)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: len(operator("DescribeScreening", AccountId=make(operator, "Nobody"))["Verdict"]["Lists"]) == 2)
    named = operator("DescribeScreening", AccountId=make(operator, "Trellimore Optics"))
    assert named["Result"] == "review" and named["Service"] == "held"
    findings = {finding["Subject"]: finding for finding in named["Verdict"]["Findings"]}
    assert findings["ftm/o1"]["Matter"] == "link"
    assert findings["ftm/o1"]["Why"] == "listed t1 (Vellimar Quondex) names it as its asset, 60 %"
    assert findings["ownership/ofac"]["Argues"] == "review"
    account = operator("CreateAccount", LegalName="Quiet Harbour", Country="NL",
                       Registrations=[{"Kind": "INN", "Value": "9900000000"}])["Account"]["AccountId"]
    numbered = operator("DescribeScreening", AccountId=account)
    assert numbered["Result"] == "blocked" and numbered["Reason"] == "it is owned by somebody on a sanctions list"
    [rule] = [finding for finding in numbered["Verdict"]["Findings"] if finding["Subject"] == "ownership/ofac"]
    assert "Vellimar Quondex holds 60 % of Quiet Harbour (list ftm, version " in rule["Why"]


def test_only_the_operator_decides(operator):
    customer = operator.person("root", AccountId=make(operator, "Gardenia Bakery Cooperative"))
    own = customer("DescribeAccount")["Account"]["AccountId"]
    for operation, members in (("ScreenAccount", {}), ("DescribeScreening", {}),
                               ("PutLicence", {"Subject": "ofac", "Authority": "x", "Reference": "y", "Reasons": "z",
                                               "ExpiresDate": NEXT_YEAR})):
        assert customer.refused(operation, AccountId=own, **members)[0] == "AccessDeniedException"


def test_a_server_without_lists_serves_nobody_but_its_operator(tmp_path):
    server = Server(tmp_path, screening=None).start()
    try:
        operator = Caller(server)
        account = make(operator, "Gardenia Bakery Cooperative")
        assert operator.refused("CreateKey", AccountId=account, Person="root")[0] == "AccessDeniedException"
        verdict = operator("DescribeScreening", AccountId=account)
        assert verdict["Result"] == "no-verdict" and "no sanctions list" in verdict["Verdict"]["Failure"]
        assert operator.rekognition("ListCollections").status == 200
    finally:
        server.stop()


# --- the supply statement ---

def test_the_statement_tells_from_the_record_alone_who_was_served(supplier, operator, tmp_path):
    bakery, listed = make(operator, "Gardenia Bakery Cooperative"), make(operator, "Oleg Petrovich Kruvanov", "RU")
    customer = operator.person("root", AccountId=bakery)
    assert customer.rekognition("CreateCollection", CollectionId="c").status == 200
    wait_for(lambda: any(entry.get("collection") == "c" for entry in entries(supplier)))
    supplier.stop()
    for name in ("store.db", "master.key", "lists"):  # nothing of it is needed
        (supplier.data / name).rename(tmp_path / name)
    told = report(supplier, "--name", "Kruvanov Oleg")
    accounts = {account["AccountId"]: account for account in told["Accounts"]}
    assert accounts[bakery]["EverServed"] and accounts[bakery]["Names"] == ["Gardenia Bakery Cooperative"]
    assert accounts[bakery]["UsesWithoutService"] == 0 and accounts[bakery]["Uses"] == 1
    assert not accounts[listed]["EverServed"] and accounts[listed]["MatchScore"] > 0.7
    assert told["Question"] == {"Name": "Kruvanov Oleg", "EverServed": False, "Complete": True}
    assert told["Proves"] and told["ProvesNot"]
    assert report(supplier, "--name", "gardenia bakery")["Question"]["EverServed"] is True
    assert report(supplier, "--as-of", "2001-01-01")["Accounts"] == []
    [first, *_] = accounts[listed]["Events"]
    assert first["Result"] == "blocked" and first["Lists"].startswith("ofac:")
    proof = tmp_path / "proof"
    proof.write_text(first["Proof"])
    vkey = told["Record"]["VerifierKey"]
    assert countenance("verify", "bundle", proof, "--vkey", vkey).returncode == 0
    page = countenance("supply-report", "--data", supplier.data, "--name", "<Kruvanov>").stdout
    assert "What it does not prove" in page and "&#60;Kruvanov&#62;" in page and "<Kruvanov>" not in page


def test_a_holder_is_found_too(supplier, operator):
    (supplier.data / "ownership.json").write_text(json.dumps({
        "parties": {"bakery": {"name": "Gardenia Bakery Cooperative"}, "ann": {"name": "Annelore Quist", "type": "person"}},
        "owns": [{"owner": "ann", "owned": "bakery", "pct": 60}]}))
    account = make(operator, "Gardenia Bakery Cooperative")
    wait_for(lambda: operator("ScreenAccount", AccountId=account, Party="bakery", EndUse="door")["Result"] != "no-verdict")
    supplier.stop()
    told = report(supplier, "--name", "Annelore Quist")
    assert told["Question"]["EverServed"] is True
    [found] = [account for account in told["Accounts"] if "MatchedHolder" in account]
    assert found["AccountId"] == account and found["Holders"] == ["Annelore Quist"]


def test_without_the_key_there_are_no_names_and_no_answer(supplier, operator, tmp_path):
    make(operator, "Gardenia Bakery Cooperative")
    supplier.stop()
    (supplier.data / "record.key").rename(tmp_path / "record.key")
    told = report(supplier)
    assert told["NamesOpened"] is False and all(account["Names"] == [] for account in told["Accounts"])
    assert countenance("supply-report", "--data", supplier.data, "--name", "x").returncode == 1


def test_a_record_that_was_changed_gives_no_statement(supplier, operator):
    make(operator, "Gardenia Bakery Cooperative")
    supplier.stop()
    [bundle] = (supplier.data / "record/tile/entries").rglob("0*")
    file = bundle if bundle.is_file() else next(bundle.iterdir())
    data = bytearray(file.read_bytes())
    data[10] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    assert countenance("supply-report", "--data", supplier.data).returncode == 1
