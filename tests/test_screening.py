"""What operators do about screening: lists in the record, open reviews, decisions from the command line."""

import json
import re

import pytest

from server import countenance
from test_gate import HOUSE, LISTED, NEXT_YEAR, entries, make, operator, put_list, supplier, wait_for  # noqa: F401

RULES = "[screening]\nlists = ofac\n[countries]\nRU = review\nBY = review\n"


def told_of_lists(server):
    return [entry for entry in entries(server) if entry["kind"] == "list"]


def reviews(operator, **members):
    return operator("ListReviews", **members)


# --- lists in the record ---

def test_each_version_of_a_list_is_in_the_record_once(supplier, operator):
    make(operator, "Gardenia Bakery Cooperative")
    wait_for(lambda: told_of_lists(supplier))
    [first] = told_of_lists(supplier)
    assert first["details"].items() >= {"list": "ofac", "state": "in-use", "format": "ofac-csv", "designations": 31}.items()
    assert re.fullmatch("[0-9a-f]{64}", first["details"]["version"])
    for _ in range(2):
        supplier.stop()
        supplier.start()
    assert told_of_lists(supplier) == [first]
    put_list(supplier, LISTED + HOUSE)
    wait_for(lambda: len(told_of_lists(supplier)) == 2)
    second = told_of_lists(supplier)[1]["details"]
    assert second["before"] == first["details"]["version"] and second["added"] == 1 and second["designations"] == 32
    assert "KRUVANOV" not in json.dumps(entries(supplier))


def test_a_list_that_goes_missing_is_in_the_record_and_the_record_stays_whole(supplier, operator):
    account = make(operator, "Gardenia Bakery Cooperative")
    (supplier.data / "screening.ini").write_text("[screening]\nlists = ofac, uk\n")
    wait_for(lambda: any(entry["details"]["state"] == "missing" for entry in told_of_lists(supplier)))
    gone = told_of_lists(supplier)[-1]
    assert gone["details"] == {"list": "uk", "state": "missing"} and gone["outcome"] == "refused"
    assert operator("DescribeScreening", AccountId=account)["Result"] == "no-verdict"
    supplier.stop()
    vkey = (supplier.data / "record/vkey").read_text().strip()
    assert countenance("verify", "log", supplier.data / "record", "--vkey", vkey).returncode == 0
    done = countenance("supply-report", "--data", supplier.data, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["Accounts"][0]["AccountId"] == account


# --- open reviews ---

@pytest.fixture
def waiting(supplier, operator):
    """Three accounts that wait, and one that does not; the last was served."""
    bakery, served = make(operator, "Gardenia Bakery Cooperative"), make(operator, "Quiet Harbour Cooperative", "BY")
    (supplier.data / "screening.ini").write_text(RULES)
    wait_for(lambda: reviews(operator)["OpenReviews"] == 1)
    near, country = make(operator, "Oleg Kruvanow", "RU"), make(operator, "Zimbraveck Trading House", "RU")
    return {"served": served, "near": near, "country": country, "bakery": bakery}


def test_open_reviews_come_most_urgent_first_and_say_why(operator, waiting):
    told = reviews(operator)
    assert [one["AccountId"] for one in told["Reviews"]] == [waiting["served"], waiting["near"], waiting["country"]]
    served, near, country = told["Reviews"]
    assert told["OpenReviews"] == 3 and "NextToken" not in told
    assert served["ServiceStopped"] and served["Urgency"] == 120 and "Score" not in served
    assert near["Result"] == "review" and near["Urgency"] == round(near["Score"] * 100) + 15 and not near["ServiceStopped"]
    finding = near["Findings"][0]
    assert (finding["List"], finding["Designation"], finding["Matter"]) == ("ofac", "900", "name")
    assert "KRUVANOV" in finding["Found"].upper() and finding["About"] == "Oleg Kruvanow"
    assert finding["Score"] == near["Score"] and near["HeldSinceTimestamp"] > 1.7e9
    assert [one["Matter"] for one in country["Findings"]] == ["country"] and country["Urgency"] == 60
    assert country["Reason"] == "its country asks for a decision, and nobody has decided yet"


def test_open_reviews_come_in_pages(operator, waiting):
    whole, pages, token = reviews(operator)["Reviews"], [], {}
    while True:
        page = reviews(operator, MaxResults=1, **token)
        pages += page["Reviews"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [one["AccountId"] for one in pages] == [one["AccountId"] for one in whole]
    assert operator.refused("ListReviews", MaxResults=101)[0] == "ValidationException"
    assert operator.refused("ListReviews", NextToken="x")[0] == "InvalidPaginationTokenException"


def test_a_decision_closes_a_review_and_its_end_opens_it_again(operator, waiting):
    made = operator("DecideScreening", AccountId=waiting["country"], Decision="CLEARED", Reasons="known", ExpiresDate=NEXT_YEAR)
    operator("DecideScreening", AccountId=waiting["near"], Decision="REFUSED", Reasons="it is him", ExpiresDate=NEXT_YEAR)
    assert [one["AccountId"] for one in reviews(operator)["Reviews"]] == [waiting["served"]]
    operator("WithdrawDecision", AccountId=waiting["country"], DecisionNumber=made["DecisionNumber"])
    assert [one["AccountId"] for one in reviews(operator)["Reviews"]] == [waiting["served"], waiting["country"]]
    operator("UpdateAccount", AccountId=waiting["country"], Status="CLOSED")
    assert reviews(operator)["OpenReviews"] == 1


def test_only_the_operator_sees_reviews(operator, waiting):
    customer = operator.person("root", AccountId=waiting["bakery"])
    assert customer.refused("ListReviews")[0] == "AccessDeniedException"


# --- the command line ---

def test_the_command_line_works_through_reviews_with_a_server_and_without(supplier, operator, waiting):
    def run(*words):
        done = countenance("screening", *words, "--data", supplier.data)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    about = ("--expires-date", NEXT_YEAR, "--reasons", "birth date differs")
    near = ("--account-id", waiting["near"])
    assert [one["AccountId"] for one in run("reviews", "--max-results", 2)["Reviews"]] == [waiting["served"], waiting["near"]]
    excused = run("exception", *near, "--subject", "ofac/900", *about)
    assert excused["Result"] == "review" and not excused["Served"]
    cleared = run("decide", *near, "--decision", "CLEARED", *about)
    assert cleared["Served"]
    supplier.stop()
    assert run("show", *near)["Served"]
    assert not run("withdraw", *near, "--decision-number", cleared["DecisionNumber"])["Served"]
    licensed = run("licence", *near, "--subject", "country", "--authority", "OFSI", "--reference", "INT/1", *about)
    assert licensed["Served"] and licensed["Decisions"][-1]["Reference"] == "INT/1"
    assert run("check", *near, "--end-use", "door")["Decisions"]
    supplier.start()
    assert len(run("reviews")["Reviews"]) == run("reviews")["OpenReviews"]
