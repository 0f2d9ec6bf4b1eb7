"""`countenance match-names` and `countenance screen`: names in, scores, verdicts and explanations out."""

import csv
import io
import json

import pytest

from server import countenance

LIST = ('1,"PROBOV, Dmitry Vladimirovich","individual","PROBE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        '"DOB 05 Jun 1971; nationality Russia; Tax ID No. 500100732259 (Russia)."\n'
        '2,"PROBATRON TRADING LLC",-0- ,"PROBE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Tax ID No. 7707083893 (Russia)."\n'
        '3,"QUORVANE, Olga",individual,"PROBE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n')


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "sdn.csv"
    path.write_text(LIST)

    def screen(*arguments):
        done = countenance("screen", *arguments, "--lists", path, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return screen


def matched(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_bytes(text.encode())
    done = countenance("match-names", path)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout, newline="")))


def test_pairs_get_a_score_and_a_verdict_and_keep_their_columns(tmp_path):
    rows = matched(tmp_path, "﻿id,name1,schema,name2,note\r\n"
                             "1,Иван Петрович Пробов,Person,\"PROBOV, Ivan\",\"a \"\"note\"\",\nof two lines\"\r\n"
                             "2,ООО Пробатрон,Company,Probatron Trading Ltd,\r\n"
                             "3,Ivan Probov,Person,Olga Quorvane,x\r\n"
                             "4,???,Person,Olga Quorvane,x\r\n")
    assert [list(row) for row in rows] == [["id", "name1", "schema", "name2", "note", "score", "verdict"]] * 4
    assert rows[0]["note"] == 'a "note",\nof two lines' and rows[0]["name2"] == "PROBOV, Ivan"
    scores = [float(row["score"]) for row in rows]
    assert all(0 <= score <= 1 for score in scores)
    assert scores[0] > 0.9 and scores[1] > 0.7 and scores[2] < 0.5
    assert [row["verdict"] for row in rows[1:]] == ["review", "clear", "unreadable"]


@pytest.mark.parametrize("text, reason", [("", "empty"), ("name1,name2\na,b\n", "schema"),
                                          ("name1,name2,schema\na,b\n", "line 2"), ('name1,name2,schema\n"a', "quote")])
def test_a_file_of_pairs_that_is_wrong_is_refused(tmp_path, text, reason):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    done = countenance("match-names", path)
    assert done.returncode == 1 and reason in done.stderr, done
    assert countenance("match-names", tmp_path / "nowhere.csv").returncode == 1
    assert countenance("match-names").returncode == 2


def test_another_romanisation_and_a_missing_patronymic_are_found_and_explained(listed):
    answer = listed("Dmitrii Probov", "--schema", "Person")
    assert answer["verdict"] in ("review", "block") and 0 < answer["reviewFrom"] < answer["blockFrom"] <= 1
    hit = answer["candidates"][0]
    assert (hit["list"], hit["id"]) == (answer["lists"][0]["list"], "1") and hit["score"] >= answer["reviewFrom"]
    explanation = hit["explanation"]
    assert {(pair["asked"], pair["listed"]) for pair in explanation["pairs"]} == \
        {("dmitrii", "dmitry"), ("probov", "probov")}
    assert explanation["onlyListed"] == ["vladimirovich"] and explanation["onlyAsked"] == []
    assert explanation["names"] == pytest.approx(1 - sum(explanation["takenOff"].values()), abs=1e-3)


def test_what_else_is_known_corrects_the_score(listed):
    score = {born: listed("Dmitri Probov", *(["--born", born] if born else []))["candidates"][0]["score"]
             for born in ("", "1971-06-05", "1950")}
    assert score["1971-06-05"] > score[""] > score["1950"]
    assert listed("Dmitri Probov", "--country", "ru")["candidates"][0]["country"] == "agrees"


def test_a_checked_number_finds_whom_no_name_finds(listed):
    assert listed("Harmless Bakery")["candidates"] == []
    hit = listed("Harmless Bakery", "--id", "9999", "--id", "ИНН 7707083893")["candidates"][0]
    assert (hit["id"], hit["score"], hit["identifier"]) == ("2", 1, "agrees")


def test_whom_a_list_names_beside_the_listed_is_told(tmp_path):
    path = tmp_path / "sdn.csv"
    path.write_text(LIST + '4,"PROBE STAR","vessel","PROBE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Umberlode Freight",-0- \n')
    done = countenance("screen", "Umberlode Freight Ltd", "--lists", path, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "review" and told["candidates"] == []
    [beside] = told["associates"]
    assert beside["id"] == "4/owner" and beside["why"] == "listed 4 (PROBE STAR) names it as its owner"
    line = countenance("screen", "Umberlode Freight", "--lists", path).stdout
    assert line.startswith("1.00 review ") and line.endswith("names it as its owner\n"), line


def test_there_is_no_verdict_without_lists_or_without_a_name(tmp_path, listed):
    for arguments in (["Olga Quorvane", "--data", tmp_path / "empty"], ["Olga Quorvane", "--lists", tmp_path / "none"],
                      ["...", "--lists", tmp_path / "sdn.csv"], ["Olga Quorvane", "--lists", tmp_path / "no" / "list"]):
        done = countenance("screen", *arguments, "--json")
        assert done.returncode == 1 and done.stdout == "" and "no verdict" in done.stderr, done


def test_a_folder_of_files_is_one_list(tmp_path):
    folder = tmp_path / "ofac"
    folder.mkdir()
    (folder / "sdn.csv").write_text(LIST)
    (folder / "alt.csv").write_text('3,10,"aka","BEISPIEL, Helga",-0- \n')
    done = countenance("screen", "Helga Beispiel", "--lists", folder)
    assert done.returncode == 0 and " 3: " in done.stdout, done
    clear = countenance("screen", "Somebody Else", "--lists", folder)
    assert clear.returncode == 0 and clear.stdout.startswith("clear"), clear


def test_the_lists_of_the_data_folder_are_used(tmp_path):
    path = tmp_path / "sdn.csv"
    path.write_text(LIST)
    data = tmp_path / "var"
    added = countenance("lists", "add", path, "--source", "probe", "--minimum", "1", "--data", data)
    assert added.returncode == 0, added.stderr
    done = countenance("screen", "Olga Quorvane", "--data", data)
    assert done.returncode == 0 and "probe 3:" in done.stdout, done


@pytest.mark.parametrize("arguments", [["--born", "yesterday"], ["--born", "1971-13"], ["--country", "RUS"],
                                       ["--gender", "X"], ["--schema", "Dog"], ["more", "names"], ["--nonsense"]])
def test_wrong_usage_is_told(arguments):
    assert countenance("screen", "Olga Quorvane", *arguments).returncode == 2
