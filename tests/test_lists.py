"""`countenance lists`: from files and from addresses, what is kept, what is refused, what has changed."""

import http.server
import json
import re
import threading

import pytest

from server import countenance

RULES = ["--minimum", "5"]


def ships(first, count):
    """A list of invented ships in the form of OFAC's CSV, as bytes."""
    rows = (f'{number},"VEXMARROW {number}","vessel","INV"' + ",-0- " * 8 for number in range(first, first + count))
    return ("\r\n".join(rows) + "\r\n\x1a").encode()


def people(first, count, date="08-Oct-2026"):
    """Invented people in the form of the CSV of the UK Sanctions List, as bytes."""
    columns = ["Unique ID", "Designation Type", "Name 6", "Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name type",
               "Regime Name", "Sanctions Imposed", "Date Designated", "D.O.B"]
    rows = [f"INV{number},Individual,TRELLIMORE{number},Quorvane,,,,,Primary Name,Invented,Asset freeze,01/03/2022,1965"
            for number in range(first, first + count)]
    return "\n".join([f"Report Date: {date}", ",".join(columns), *rows, ""]).encode()


class Site:
    """A web server whose pages a test sets; it remembers the headers of the last request."""

    def __init__(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked = dict(self.headers)
                status, headers, body = site.pages.get(self.path, (404, {}, b"no such page"))
                if headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", headers.get("Content-Length", str(len(body))))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.pages, self.asked = {}, {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path, body, status=200, **headers):
        self.pages[path] = status, headers, body
        return self.url + path


@pytest.fixture
def site():
    one = Site()
    yield one
    one.server.shutdown()
    one.server.server_close()


class Lists:
    def __init__(self, folder):
        self.data, self.file = folder / "data", folder / "list.csv"

    def run(self, *arguments):
        return countenance("lists", *arguments, "--data", self.data)

    def good(self, *arguments):
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def bad(self, *arguments):
        """The one line on standard error of a command that must fail."""
        done = self.run(*arguments)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done
        return done.stderr

    def add(self, body, *arguments):
        self.file.write_bytes(body)
        return self.good("add", self.file, "--source", "ships", *RULES, *arguments)

    def show(self):
        return json.loads(self.run("show", "--json").stdout)["Sources"]


@pytest.fixture
def lists(tmp_path):
    return Lists(tmp_path)


def test_a_list_comes_from_a_file_and_every_version_is_kept(lists):
    first = lists.add(ships(1, 10))
    assert first["Changed"] and first["Current"]["Designations"] == 10 and first["Current"]["Format"] == "ofac-csv"
    assert not lists.add(ships(1, 10))["Changed"]
    second = lists.add(ships(2, 10))
    [source] = lists.show()
    assert source["Healthy"] and source["Source"] == "ships"
    assert [one["Version"] for one in source["Versions"]] == [first["Current"]["Version"], second["Current"]["Version"]]
    assert source["Current"] == second["Current"]["Version"]
    assert (lists.data / "lists/ships" / source["Current"]).read_bytes() == ships(2, 10)


def test_the_name_of_a_list_comes_from_its_format(lists):
    lists.file.write_bytes(ships(1, 10))
    assert lists.good("add", lists.file, *RULES)["Source"] == "ofac"


def test_several_files_make_one_list(lists, tmp_path):
    aliases = tmp_path / "alt.csv"
    aliases.write_text('1,1,"fka","OSTRELLINE",-0- \r\n')
    lists.file.write_bytes(ships(1, 10))
    added = lists.good("add", aliases, lists.file, "--source", "ships", *RULES)
    assert added["Current"]["Names"] == 11 and added["Current"]["Designations"] == 10


@pytest.mark.parametrize("body, reason", [
    (b"", "it is empty"),
    (b"<!DOCTYPE html><html><body>moved</body></html>", "line 1: it has a document type declaration"),
    (b"<Error><Code>PublicAccessNotPermitted</Code></Error>", "begins no list"),
    (ships(1, 8), "more than 10 percent are gone"),
    (ships(1, 3), "fewer than the minimum of 5"),
    (ships(1, 10)[:-60], "text behind|within quotes|a row of"),
    (ships(1, 10).replace(b'"VEXMARROW 1"', b'""'), "1 of its 10 designations have no name"),
    (b"Unique ID,Designation Type,Name 6,Name type\n", 'the column "Name 1" is missing'),
    (people(1, 10, "08-Oct-2020"), "it is dated 2020-10-08"),
])
def test_what_is_not_healthy_never_replaces_what_is(lists, body, reason):
    before = lists.add(ships(1, 10))["Current"]["Version"]
    lists.file.write_bytes(body)
    message = lists.bad("add", lists.file, "--source", "ships")
    assert re.search(reason, message), message
    [source] = lists.show()
    assert source["Current"] == before and source["Healthy"] and re.search(reason, source["Refused"])
    lists.add(ships(1, 11))
    [source] = lists.show()
    assert "Refused" not in source


def test_a_list_without_a_healthy_version_gives_no_verdict(lists):
    lists.file.write_bytes(ships(1, 3))
    lists.bad("add", lists.file, "--source", "ships", *RULES)
    done = lists.run("show")
    assert done.returncode == 1 and "ships: NO VERDICT" in done.stdout
    assert not lists.show()[0]["Healthy"]


def test_an_address_is_asked_whether_it_has_changed(lists, site):
    url = site.put("/list", ships(1, 10), ETag='"one"')
    assert lists.good("add", url, "--source", "ships", *RULES)["Changed"]
    assert site.asked["User-Agent"].startswith("Mozilla/5.0 (compatible; countenance/")
    [updated] = lists.good("update")["Sources"]
    assert not updated["Changed"] and site.asked["If-None-Match"] == '"one"'
    site.put("/list", ships(1, 11), ETag='"two"')
    [updated] = lists.good("update", "ships")["Sources"]
    assert updated["Changed"] and updated["Current"]["Designations"] == 11
    assert lists.show()[0]["Addresses"] == [url]


def test_an_address_that_fails_leaves_the_list_as_it_is(lists, site):
    url = site.put("/list", ships(1, 10))
    before = lists.good("add", url, "--source", "ships", *RULES)["Current"]["Version"]
    for status, headers, reason in [(409, {}, "status 409"), (500, {}, "status 500"),
                                    (200, {"Content-Length": "99999"}, "transfer closed|partial|Transferred"),
                                    (302, {"Location": "file:///etc/passwd"}, "rotocol"),
                                    (302, {"Location": "/list"}, "redirects")]:
        site.put("/list", ships(1, 10), status, **headers)
        message = lists.bad("update")
        assert re.search(reason, message), message
        assert lists.show()[0]["Current"] == before
    site.put("/moved", b"", 302, Location="/list")
    site.put("/list", ships(1, 12))
    assert lists.good("add", site.url + "/moved", "--source", "ships")["Current"]["Designations"] == 12


def test_diff_tells_who_was_added_removed_and_changed(lists):
    first = lists.add(ships(1, 10))["Current"]["Version"]
    second = lists.add(ships(2, 10).replace(b"VEXMARROW 5", b"VEXMARROW V"))["Current"]["Version"]
    changes = lists.good("diff", first[:12], second[:12])["Changes"]
    assert [(one["Change"], one["Id"], one["Name"], one["Kind"]) for one in changes] == [
        ("removed", "1", "VEXMARROW 1", "vessel"), ("added", "11", "VEXMARROW 11", "vessel"),
        ("changed", "5", "VEXMARROW V", "vessel")]
    text = lists.run("diff", first, lists.file).stdout
    assert text.endswith("1 added, 1 removed, 1 changed\n") and "- 1 VEXMARROW 1\n" in text


def test_a_changed_file_of_the_archive_is_seen(lists):
    version = lists.add(ships(1, 10))["Current"]["Version"]
    (lists.data / "lists/ships" / version).write_bytes(ships(1, 9))
    assert "have been changed" in lists.bad("diff", version, version)


def test_wrong_usage_is_told(lists):
    for arguments in [[], ["add"], ["diff", "a"], ["nonsense"], ["add", "x", "--shrink", "101"]]:
        assert lists.run(*arguments).returncode == 2
    assert "'UK' is no name of a list" in lists.bad("add", "x", "--source", "UK")
    assert "there is no list 'nothing'" in lists.bad("show", "nothing")
    assert "came from files" in (lists.add(ships(1, 10)), lists.bad("update", "ships"))[1]
