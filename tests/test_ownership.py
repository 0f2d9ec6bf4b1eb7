"""Ownership and control: verdicts on a made-up case as of several days, decisions, rules, and how it says no."""

import json

import pytest

from server import countenance

SOLD = "2021-12-13"
FELL = "2022-03-24"


def party(name, country=None, kind="company"):
    return {"name": name, "type": kind, **({"country": country} if country else {})}


@pytest.fixture
def case():
    """A Dutch company whose new owners end in a stake just under half, held by somebody listed later."""
    return {
        "about": "invented",
        "parties": {
            "shop": party("Example Optics B.V.", "nl"), "founders": party("Founders", kind="group"),
            "bank": party("Example Bank", "ru"), "venture": party("Example Ventures", "ru", "fund"),
            "lux": party("Example Holding S.a.r.l.", "lu"), "lab": party("Example Lab", "ru"),
            "phone": party("Example Telephone", "ru"), "group": party("Example Group", "ru"),
            "father": party("Father Example", kind="person"), "son": party("Son Example", kind="person")},
        "owns": [
            {"owner": "founders", "owned": "shop", "pct": 52, "until": SOLD},
            {"owner": "bank", "owned": "shop", "pct": 26, "until": SOLD},
            {"owner": "venture", "owned": "shop", "pct": 22, "until": SOLD},
            {"owner": "lux", "owned": "shop", "pct": 100, "from": SOLD, "src": "Filing"},
            {"owner": "lab", "owned": "lux", "pct": None, "from": SOLD},
            {"owner": "phone", "owned": "lab", "pct": None, "from": SOLD},
            {"owner": "group", "owned": "phone", "pct": 51, "kind": "effective", "until": FELL},
            {"owner": "group", "owned": "phone", "pct": 49.9, "kind": "effective", "from": FELL},
            {"owner": "father", "owned": "group", "pct": 60, "asof": "2021-12-31"},
            {"owner": "father", "owned": "group", "pct": 49, "asof": "2022-12-31"}],
        "controls": [{"by": "son", "of": "phone", "how": "chair of the board"}],
        "designations": [
            {"who": "bank", "regime": "UK", "date_designated": "2022-03-01", "asset_freeze": "2022-04-06"},
            {"who": "father", "regime": "UK", "date_designated": "2022-04-13", "id": "X1"},
            {"who": "son", "regime": "UK", "date_designated": "2023-04-11"},
            {"who": "group", "regime": "UK", "date_designated": "2023-05-18"},
            {"who": "group", "regime": "EU", "date_designated": "2026-07-23"}],
        "expect": [
            {"screen": "shop", "asof": day, "regime": regime, "verdict": verdict} for day, regime, verdict in (
                ("2021-06-01", "UK", "clear-with-risk"), ("2022-03-10", "UK", "review"),
                ("2022-05-01", "UK", "review-control"), ("2023-06-01", "UK", "review-control"),
                ("2026-08-01", "EU", "review-control"))]}


@pytest.fixture
def ask(tmp_path):
    """The one verdict on the shop, as JSON."""
    def asked(facts, day, regime="UK", *options):
        (tmp_path / "facts.json").write_text(json.dumps(facts))
        done = countenance("ownership", tmp_path / "facts.json", "--as-of", day, "--party", "shop", "--regime",
                           regime, "--json", *options)
        assert done.returncode == 0, done.stderr
        verdict, = json.loads(done.stdout)
        return verdict
    return asked


def check(tmp_path, facts):
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    return countenance("ownership", tmp_path / "facts.json", "--check")


def test_the_case_comes_out_as_expected_on_each_day(tmp_path, case):
    done = check(tmp_path, case)
    assert done.returncode == 0 and done.stdout.count("ok: ") == 5, done


def test_an_expectation_that_is_not_met_is_a_failure(tmp_path, case):
    case["expect"][2]["verdict"] = "clear"
    done = check(tmp_path, case)
    assert done.returncode == 1
    assert "FAILED: shop, UK, 2022-05-01: review-control, not clear" in done.stdout


def test_a_verdict_names_the_whole_way_with_its_sources(ask, case):
    verdict = ask(case, "2022-05-01")
    control = verdict["findings"][0]
    assert (verdict["service"], control["kind"], control["designation"]) == ("held", "control", "X1")
    assert [step["to"] for step in control["steps"]] == ["group", "phone", "lab", "lux", "shop"]
    assert (control["steps"][1]["most"], control["steps"][1]["effective"]) == (49.9, True)
    assert control["steps"][-1]["source"] == "Filing"
    assert {"fell", "unknown-owners", "country"} <= {finding["kind"] for finding in verdict["findings"]}


def test_words_tell_the_same(tmp_path, case):
    (tmp_path / "facts.json").write_text(json.dumps(case))
    text = countenance("ownership", tmp_path / "facts.json", "--as-of", "2022-05-01").stdout
    assert "Example Optics B.V. (shop), UK, 2022-05-01: review-control; service held" in text
    assert "Example Group holds 49.9 % of Example Telephone, which is just under what the rule asks" in text
    assert "the file tells of no designation by OFAC" in text


def decided(case, verdict, **changes):
    decision = {"who": "shop", "regime": "UK", "decision": "cleared", "by": "officer-1", "at": "2022-05-01",
                "expires": "2022-11-01", "reasons": "The articles rule it out.", "facts": verdict["facts"]}
    return dict(case, decisions=[dict(decision, **changes)])


def test_a_decision_serves_until_it_expires_or_a_fact_changes(ask, case):
    verdict = ask(case, "2022-05-01")
    assert ask(decided(case, verdict), "2022-10-31")["service"] == "given"
    late = ask(decided(case, verdict), "2022-11-01")
    assert (late["service"], late["decisions"][0]["standing"]) == ("held", "expired")
    case["owns"][4]["pct"] = 100
    changed = ask(decided(case, verdict), "2022-05-02")
    assert (changed["service"], changed["decisions"][0]["standing"]) == ("held", "facts have changed")


def test_what_is_blocked_is_served_under_a_licence_alone(ask, case):
    case["designations"].append({"who": "lux", "regime": "UK", "date_designated": "2022-01-01"})
    verdict = ask(case, "2022-05-01")
    assert (verdict["verdict"], verdict["service"]) == ("blocked", "refused")
    assert ask(decided(case, verdict), "2022-05-01")["service"] == "refused"
    licence = {"decision": "licence", "authority": "OFSI", "reference": "INT/2022/0"}
    assert ask(decided(case, verdict, **licence), "2022-05-01")["service"] == "given"


def test_rules_can_be_changed(tmp_path, ask, case):
    (tmp_path / "rules.ini").write_text("[uk]\nthreshold = 49\n")
    case["owns"][4]["pct"] = case["owns"][5]["pct"] = 100
    assert ask(case, "2023-06-01")["verdict"] == "review-control"
    assert ask(case, "2023-06-01", "UK", "--rules", tmp_path / "rules.ini")["verdict"] == "blocked"
    (tmp_path / "rules.ini").write_text("[uk]\nthreshold = most\n")
    done = countenance("ownership", tmp_path / "facts.json", "--rules", tmp_path / "rules.ini")
    assert done.returncode == 1 and "line 2" in done.stderr


@pytest.mark.parametrize("arguments, code, says", [
    ([], 2, "one FILE"), (["{facts}", "--as-of", "2022-02-30"], 2, "2022-02-30"), (["{none}"], 1, "none.json"),
    (["{facts}", "--party", "nobody"], 1, "nobody"), (["{facts}", "--regime", "XX"], 1, "no rule"),
    (["{broken}"], 1, "'untill'")])
def test_what_it_cannot_do_is_told_in_a_line(tmp_path, case, arguments, code, says):
    (tmp_path / "facts.json").write_text(json.dumps(case))
    case["owns"][0]["untill"] = SOLD
    (tmp_path / "broken.json").write_text(json.dumps(case))
    paths = {name: tmp_path / f"{name}.json" for name in ("facts", "none", "broken")}
    done = countenance("ownership", *(argument.format(**paths) for argument in arguments))
    assert done.returncode == code and done.stdout == ""
    assert says in done.stderr and done.stderr.count("\n") == 1


def test_a_large_graph_gets_its_verdicts(tmp_path):
    """A ladder of companies, each held by the two above it, in a circle, with somebody listed at the top."""
    rungs = 5000
    facts = {"parties": {f"c{i}": {"name": f"Company {i}"} for i in range(rungs)},
             "owns": [{"owner": f"c{i - back}", "owned": f"c{i}", "pct": 50} for i in range(2, rungs) for back in (1, 2)],
             "designations": [{"who": "c0", "regime": "OFAC", "date_designated": "2022-01-01"},
                              {"who": "c1", "regime": "OFAC", "date_designated": "2022-01-01"}]}
    facts["owns"].append({"owner": f"c{rungs - 1}", "owned": "c2", "pct": 1})
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    done = countenance("ownership", tmp_path / "facts.json", "--party", f"c{rungs - 1}", "--regime", "OFAC", "--json")
    verdict, = json.loads(done.stdout)
    assert verdict["verdict"] == "blocked" and len(verdict["findings"][0]["steps"]) == 64
    assert verdict["findings"][0]["cut"]
