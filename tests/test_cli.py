"""The command line: what it prints, what it writes, and how it says no."""

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from PIL import Image

import photos as photographs
import shape
from server import BINARY, TOP, countenance

COMMANDS = ["serve", "detect", "compare", "embed", "index", "search", "export", "import", "advise", "backup", "check",
            "index-stats", "rotate-key", "prove", "concern", "supply-report", "verify", "ownership", "lists", "screen",
            "match-names", "account", "key", "policy", "session", "governance", "release", "screening",
            "subject", "calibrate", "accuracy", "fairness", "bench"]


def good(*arguments, **options):
    """Standard output of a command that must succeed."""
    done = countenance(*arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bad(code, *arguments, **options):
    """Standard error of a command that must fail: one line that names the program."""
    done = countenance(*arguments, **options)
    assert done.returncode == code, done
    assert done.stdout == "" and done.stderr.startswith("countenance") and done.stderr.count("\n") == 1, done
    return done.stderr


@pytest.fixture
def folder(tmp_path, photos):
    """A folder of photographs as people have them."""
    people = tmp_path / "people"
    (people / "deep" / "er").mkdir(parents=True)
    (people / "obama.jpg").write_bytes(photos["obama.jpg"])
    (people / "deep" / "biden.JPG").write_bytes(photos["biden.jpg"])
    (people / "deep" / "er" / "an astronaut é.png").write_bytes(photos["astronaut.png"])
    (people / "scenery.jpeg").write_bytes(photographs.jpeg(photographs.scenery()))
    (people / "broken.jpg").write_bytes(photos["obama2.jpg"][:5000])
    (people / "really-a-gif.png").write_bytes(photographs.encode(photographs.scenery(), "GIF"))
    (people / "empty.jpg").write_bytes(b"")
    (people / "large.jpg").write_bytes(photographs.padded(photos["obama2.jpg"], 5_242_881))
    (people / "notes.txt").write_text("not a photograph")
    return people


# --- help and usage ---

def test_help_names_every_command_and_each_has_its_own():
    text = good("help")
    assert text == good("--help")
    for command in COMMANDS:
        assert f"countenance {command}" in text
        assert good(command, "--help") == good("help", command) and command in good(command, "--help")


def test_the_version_is_told():
    assert good("--version").startswith("countenance 0.")


def test_without_a_command_help_is_printed_and_the_code_is_2():
    done = countenance()
    assert done.returncode == 2 and "serve" in done.stdout + done.stderr


@pytest.mark.parametrize("arguments, hint", [
    (["dance"], "dance"), (["detect"], "photograph"), (["compare", "a.jpg"], "two"), (["embed"], "photograph"),
    (["index", "."], "--collection"), (["index", "--collection", "c"], "folder"), (["search", "a.jpg"], "--collection"),
    (["compare", "a", "b", "--threshold", "101"], "--threshold"), (["compare", "a", "b", "--threshold", "x"], "100"),
    (["detect", "a", "--max", "0"], "--max"), (["serve", "--listen", "nowhere"], "ADDRESS:PORT"),
    (["serve", "--listen", "127.0.0.1:65536"], "65535"), (["serve", "--workers", "0"], "--workers"),
    (["export", "f"], "--collection"), (["export", "--collection", "c"], "file"), (["import"], "file"),
    (["advise"], "--size"), (["advise", "--size", "5", "--collection", "c"], "either"), (["advise", "--size", "0"], "--size"),
    (["advise", "--size", "5", "--rate", "2"], "--rate"), (["serve", "now"], "now"), (["detect", "--draw", "o.png", "a", "b"], "--draw")], ids=" ".join)
def test_wrong_usage_is_told_with_code_2(arguments, hint):
    assert hint in bad(2, *arguments)


def test_an_unknown_option_is_told_with_code_2():
    done = countenance("detect", "--colour", "a.jpg")
    assert done.returncode == 2 and "colour" in done.stderr and done.stdout == ""


# --- detect, compare, embed ---

def test_detect_prints_the_faces_of_a_photograph(photos):
    lines = good("detect", photos.path("obama.jpg")).splitlines()
    assert "obama.jpg: 910 x 1137 pixels, 1 face" in lines[0]
    assert len(lines) == 2 and "confidence" in lines[1]


def test_detect_prints_an_object_a_photograph(photos):
    names = ["obama.jpg", "t1.jpg"]
    lines = good("detect", "--json", *map(photos.path, names)).splitlines()
    assert len(lines) == 2
    for name, line in zip(names, map(json.loads, lines)):
        assert line["Photo"] == str(photos.path(name))
        shape.check(line["FaceDetails"], shape.MODEL.shape_for("FaceDetailList"), name)
    assert len(json.loads(lines[0])["FaceDetails"]) == 1 and len(json.loads(lines[1])["FaceDetails"]) >= 6


def test_detect_sees_what_the_server_sees(client, photos):
    [line] = good("detect", "--json", photos.path("t1.jpg")).splitlines()
    served = client.detect_faces(Image={"Bytes": photos["t1.jpg"]})["FaceDetails"]
    assert json.loads(line)["FaceDetails"] == served


def test_detect_gives_the_largest_faces_when_asked(photos):
    [everything] = good("detect", "--json", photos.path("t1.jpg")).splitlines()
    [two] = good("detect", "--json", "--max", 2, photos.path("t1.jpg")).splitlines()
    faces = json.loads(two)["FaceDetails"]
    assert len(faces) == 2
    for face, other in zip(faces, json.loads(everything)["FaceDetails"]):
        assert photographs.overlap(face["BoundingBox"], other["BoundingBox"]) > 0.9


def test_a_thorough_look_finds_what_a_usual_one_does_and_more(new_server, photos):
    [usual, thorough] = [json.loads(good("detect", "--json", *options, photos.path("t1.jpg")))["FaceDetails"]
                         for options in ([], ["--thorough"])]
    assert len(thorough) > len(usual)
    for face in usual:
        assert max(photographs.overlap(face["BoundingBox"], other["BoundingBox"]) for other in thorough) > 0.8
    served = new_server("--thorough").client().detect_faces(Image={"Bytes": photos["t1.jpg"]})["FaceDetails"]
    assert served == thorough


def test_detect_draws_a_png(tmp_path, photos):
    good("detect", photos.path("obama.jpg"), "--draw", tmp_path / "drawn.png")
    drawn = Image.open(tmp_path / "drawn.png")
    drawn.load()
    assert drawn.format == "PNG" and drawn.size == photos.picture("obama.jpg").size
    before, after = photos.picture("obama.jpg").tobytes(), drawn.convert("RGB").tobytes()
    changed = sum(abs(a - b) > 60 for a, b in zip(before[::3], after[::3]))
    assert 500 < changed < len(before) / 3 / 5, "boxes and landmarks, and the photograph beside them"


def test_detect_goes_on_after_a_bad_photograph_and_fails(photos, folder):
    done = countenance("detect", folder / "broken.jpg", photos.path("obama.jpg"))
    assert done.returncode == 1 and "broken.jpg" in done.stderr and "obama.jpg" in done.stdout


@pytest.mark.parametrize("name, words", [
    ("broken.jpg", "invalid image format"), ("really-a-gif.png", "invalid image format"),
    ("nowhere.jpg", "No such file"), ("deep", "not a file")])
def test_what_cannot_be_read_is_named_with_the_reason(folder, name, words):
    for arguments in ["detect", folder / name], ["embed", folder / name], ["compare", folder / name, folder / name]:
        message = bad(1, *arguments)
        assert str(folder / name) in message and words in message


def test_compare_tells_who_is_who(photos):
    same = good("compare", photos.path("obama.jpg"), photos.path("obama2.jpg"))
    assert same.startswith("match ") and "strangers" in same
    assert good("compare", photos.path("obama.jpg"), photos.path("biden.jpg")).startswith("no match ")


def test_compare_says_what_the_server_says(client, photos):
    ours = json.loads(good("compare", "--json", photos.path("obama.jpg"), photos.path("obama3.jpg")))
    theirs = client.compare_faces(SourceImage={"Bytes": photos["obama.jpg"]},
                                  TargetImage={"Bytes": photos["obama3.jpg"]})
    assert [face["Similarity"] for face in ours] == [match["Similarity"] for match in theirs["FaceMatches"]]


def test_compare_minds_the_threshold(photos):
    pair = photos.path("obama.jpg"), photos.path("biden.jpg")
    assert good("compare", *pair, "--threshold", 0).startswith("match ")


def test_compare_without_a_face_says_in_which_photograph(folder, photos):
    scenery, portrait = folder / "scenery.jpeg", photos.path("obama.jpg")
    for pair in (scenery, portrait), (portrait, scenery):
        message = bad(1, "compare", *pair)
        assert "no face" in message and "scenery.jpeg" in message


def test_embed_prints_a_unit_vector_a_face(photos):
    faces = json.loads(good("embed", "--json", photos.path("t1.jpg")))
    assert len(faces) >= 6 and {"BoundingBox", "Landmarks", "Confidence", "Embedding"} <= set(faces[0])
    for face in faces:
        assert sum(number * number for number in face["Embedding"]) == pytest.approx(1, abs=1e-4)


def test_embeddings_of_a_person_are_alike(photos):
    one, two, other = (json.loads(good("embed", photos.path(name)))[0]["Embedding"]
                       for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    cosine = lambda a, b: sum(x * y for x, y in zip(a, b))
    assert cosine(one, two) > 0.5 > 0.3 > cosine(one, other)


# --- index, search ---

@pytest.fixture(params=["with a server", "without a server"])
def data(request, tmp_path, new_server):
    """The data folder, served or not."""
    if request.param == "with a server":
        return new_server("--workers", "1").data
    return tmp_path / "data"


def summary(data, folder, *options):
    return json.loads(good("index", folder, "--collection", "people", "--data", data, "--json", *options))


def test_index_enrols_a_folder_and_search_finds_who_is_in_it(data, folder, photos):
    counts = summary(data, folder)
    assert counts["Photographs"] == 8 and counts["Faces"] == counts["Enrolled"] == 3
    assert counts["NoFace"] == 1 and counts["NoPhoto"] == 3 and counts["TooLarge"] == 1 and counts["Failed"] == 0
    found = good("search", photos.path("obama3.jpg"), "--collection", "people", "--data", data)
    assert found.count("\n") == 1 and "obama.jpg" in found
    reply = json.loads(good("search", photos.path("obama3.jpg"), "--collection", "people", "--data", data, "--json"))
    shape.check(reply, shape.MODEL.shape_for("SearchFacesByImageResponse"), "search")
    assert [match["Face"]["ExternalImageId"] for match in reply["FaceMatches"]] == ["obama.jpg"]
    assert "nobody" in good("search", photos.path("t1.jpg"), "--collection", "people", "--data", data)


def test_index_passes_by_what_is_there_already(data, folder, photos):
    summary(data, folder)
    (folder / "obama2.jpg").write_bytes(photos["obama2.jpg"])
    counts = summary(data, folder, "--max-faces", 1)
    assert counts["Known"] == 3 and counts["Enrolled"] == counts["Faces"] == 1


def test_index_reports_what_it_left_out_and_why(tmp_path, folder):
    text = good("index", folder, "--collection", "people", "--data", tmp_path / "data")
    assert "made the collection people" in text and "3 faces enrolled in people" in text
    for name in "scenery.jpeg", "broken.jpg", "really-a-gif.png", "empty.jpg", "large.jpg":
        assert name in text
    assert "notes.txt" not in text


def test_names_of_files_become_external_ids_that_differ(new_server, folder, photos):
    (folder / "deep" / "er" / "an astronaut è.png").write_bytes(photos["astronaut.png"])
    server = new_server()
    summary(server.data, folder)
    faces = server.client().list_faces(CollectionId="people")["Faces"]
    names = {face["ExternalImageId"] for face in faces}
    assert {"obama.jpg", "deep:biden.JPG"} <= names and len(names) == len(faces) == 4


def enrolled(data):
    """How many faces are in the store, read beside the process that writes it."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{data}/store.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM faces").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0


def test_index_goes_on_where_it_was_stopped(tmp_path, photos):
    folder, data = tmp_path / "many", tmp_path / "data"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number:03}.jpg").write_bytes(photos.small("obama.jpg") + b"%d" % number)
    command = [BINARY, "index", folder, "--collection", "people", "--data", data]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while enrolled(data) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1 and "run the same command to go on" in error
    counts = summary(data, folder)
    assert counts["Known"] + counts["Enrolled"] == 150 and counts["Known"] > 0 and counts["Enrolled"] > 0


def test_index_of_a_folder_without_photographs_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no .jpg" in bad(1, "index", tmp_path / "empty", "--collection", "c", "--data", tmp_path / "data")
    assert "nowhere" in bad(1, "index", tmp_path / "nowhere", "--collection", "c", "--data", tmp_path / "data")


def test_search_says_what_is_wrong(tmp_path, data, folder):
    assert "nope does not exist" in bad(1, "search", folder / "obama.jpg", "--collection", "nope", "--data", data)
    summary(data, folder)
    message = bad(1, "search", folder / "scenery.jpeg", "--collection", "people", "--data", data)
    assert "There are no faces in the image." in message


# --- serve ---

def test_a_data_folder_has_one_server(server):
    message = bad(1, "serve", "--data", server.data, "--listen", "127.0.0.1:0")
    assert "lock" in message


def test_a_port_that_is_taken_is_told(tmp_path, server):
    assert str(server.port) in bad(1, "serve", "--data", tmp_path / "data", "--listen", server.host)


def test_credentials_that_others_may_read_are_refused(tmp_path, new_server):
    server = new_server()
    assert server.stop() == 0
    (server.data / "credentials").chmod(0o644)
    assert "chmod" in bad(1, "serve", "--data", server.data, "--listen", "127.0.0.1:0")


def test_models_that_are_not_there_are_told_with_their_folder(tmp_path):
    assert str(tmp_path / "none") in bad(1, "serve", "--data", tmp_path / "data", "--models", tmp_path / "none")


# --- measuring with photographs of one's own ---

@pytest.fixture
def people(tmp_path, photos):
    """A folder that holds a folder a person."""
    for person, names in {"obama": ["obama.jpg", "obama2.jpg", "obama3.jpg"], "biden": ["biden.jpg"],
                          "astronaut": ["astronaut.png"]}.items():
        (tmp_path / "people" / person).mkdir(parents=True)
        for name in names:
            (tmp_path / "people" / person / name).write_bytes(photos[name])
    return tmp_path / "people"


def test_accuracy_looks_for_persons_of_several_photographs(people):
    report = json.loads(good("accuracy", people, "--persons", people))["PersonSearch"]
    everything = {"RankOne": 100, "TruePositiveRate": 100}
    assert report == {"Persons": 1, "Photographs": 3, "StrangerPhotographs": 2, "FalsePositiveRate": 0.01,
                      "BestFace": everything, "Mean": everything, "Weighted": everything}
    (people / "obama/obama3.jpg").unlink()
    assert "three photographs" in countenance("accuracy", people, "--persons", people).stderr


def test_fairness_goes_by_the_groups_that_one_brings(tmp_path, people):
    labels = tmp_path / "labels.csv"
    labels.write_text("who,region,team\nobama,north,red\nbiden,north,blue\nastronaut/astronaut.png,south,red\n")
    report = json.loads(good("fairness", people, "--labels", labels, "--json"))
    groups = {division["Name"]: {group["Group"]: (group["People"], group["Photographs"]) for group in division["Groups"]}
              for division in report["Divisions"]}
    assert groups == {"region": {"north": (2, 4), "south": (1, 1)}, "team": {"red": (2, 4), "blue": (1, 1)}}
    page = tmp_path / "report.html"
    good("fairness", people, "--labels", labels, "--out", page)
    assert "north" in page.read_text() and "obama" not in page.read_text()
    labels.write_text("who,region\nobama,north,red\n")
    assert "line 2" in countenance("fairness", people, "--labels", labels).stderr


# --- the library ---

@pytest.fixture(scope="module")
def pkg_config():
    folder = BINARY.parent / "meson-uninstalled"
    for needed in "pkg-config", "cc":
        if not shutil.which(needed):
            pytest.skip(f"{needed} is not installed")
    return dict(os.environ, PKG_CONFIG_PATH=str(folder), LD_LIBRARY_PATH=str(BINARY.parent))


@pytest.mark.parametrize("source", sorted((TOP / "examples").glob("*.c")), ids=lambda path: path.name)
def test_an_example_compiles_by_pkg_config_and_finds_faces(tmp_path, photos, pkg_config, source):
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "countenance"], env=pkg_config, text=True,
                           capture_output=True, check=True).stdout.split()
    program = tmp_path / source.stem
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", source, *flags, "-o", program], check=True)
    done = subprocess.run([program, photos.path("t1.jpg")], env=pkg_config, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 6
    wrong = subprocess.run([program, __file__], env=pkg_config, text=True, capture_output=True, timeout=60)
    assert wrong.returncode == 1 and "invalid image format" in wrong.stderr


def test_a_drawing_shows_a_photograph_upright(tmp_path, photos):
    (tmp_path / "turned.jpg").write_bytes(photographs.oriented(photos.picture("obama.jpg"), 6))
    good("detect", tmp_path / "turned.jpg", "--draw", tmp_path / "drawn.png")
    assert Image.open(io.BytesIO((tmp_path / "drawn.png").read_bytes())).size == photos.picture("obama.jpg").size
