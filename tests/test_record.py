"""The record, checked by verifiers that nobody here wrote (record/go), and by our own."""

import http.server
import json
import shutil
import subprocess
import threading

import pytest

from record.verifiers import Verifiers
from sdk import clients
from server import BINARY, Server, countenance

WRITER = BINARY.parent / "src/record-test-writer"
NAME = "example.org/record"
SIZE = 70_000  # more than one tile of the second level
FSCK_SECONDS = 5  # on a log that was tampered with, where it may never end


@pytest.fixture(scope="session")
def verifiers():
    verifiers = Verifiers()
    try:
        verifiers.install()
    except clients.Missing as missing:
        pytest.skip(str(missing))
    return verifiers


class Log:
    """A data folder with a record."""

    def __init__(self, data):
        self.data, self.folder = data, data / "record"

    def write(self, count):
        """The finished process of the writer."""
        return subprocess.run([WRITER, self.data, NAME, str(count)], text=True, capture_output=True, timeout=120)

    def grow(self, count):
        done = self.write(count)
        assert done.returncode == 0, done.stdout
        return self

    def copy(self, place):
        shutil.copytree(self.data, place)
        return Log(place)

    @property
    def vkey(self):
        return (self.folder / "vkey").read_text().strip()

    @property
    def size(self):
        return int((self.folder / "checkpoint").read_text().splitlines()[1])

    def policy(self, *lines):
        """A file with what others are to believe."""
        path = self.data / "policy"
        path.write_text("\n".join([f"log {self.vkey}", *(lines or ["quorum none"])]) + "\n")
        return path

    def keep_checkpoint(self, place):
        shutil.copy(self.folder / "checkpoint", place)
        return place


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A log that no test changes."""
    return Log(tmp_path_factory.mktemp("whole") / "data").grow(SIZE)


@pytest.fixture
def log(whole, tmp_path):
    return whole.copy(tmp_path / "data")


@pytest.fixture
def small(tmp_path):
    return Log(tmp_path / "small").grow(1000)


def verdicts(verifiers, log, fsck_seconds=60):
    """What each says of a log; True: it is good."""
    return {"tlog": verifiers.verdict("tlog", log.folder, log.vkey)[0],
            "torchwood": verifiers.verdict("torchwood", log.folder, log.policy())[0],
            "fsck": verifiers.verdict("fsck", log.folder, log.vkey, timeout=fsck_seconds)[0],
            "countenance": countenance("verify", "log", log.folder, "--vkey", log.vkey).returncode == 0}


def test_a_whole_log_is_good_to_everybody(verifiers, whole):
    assert whole.size == SIZE
    assert verdicts(verifiers, whole) == dict.fromkeys(["tlog", "torchwood", "fsck", "countenance"], True)


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[:-1])


@pytest.mark.parametrize("harm", [
    lambda folder: flip(folder / "tile/entries/100", 1000),
    lambda folder: flip(folder / "tile/entries/273.p/112", 5),
    lambda folder: flip(folder / "tile/0/100", 1000),
    lambda folder: flip(folder / "tile/1/001.p/17", 100),
    lambda folder: flip(folder / "checkpoint", 25),
    lambda folder: cut(folder / "tile/entries/100"),
    lambda folder: cut(folder / "tile/0/272"),
    lambda folder: (folder / "tile/entries/010").unlink(),
    lambda folder: (folder / "tile/0/273.p/112").unlink(),
    lambda folder: (folder / "checkpoint").unlink(),
    lambda folder: shutil.copy(folder / "tile/entries/011", folder / "tile/entries/010"),
], ids=["flip-entry", "flip-last-entries", "flip-leaf", "flip-node", "flip-checkpoint", "cut-entries", "cut-tile",
        "delete-entries", "delete-tile", "delete-checkpoint", "replace-entries"])
def test_harm_is_found_by_everybody(verifiers, log, harm):
    harm(log.folder)
    found = [name for name, good in verdicts(verifiers, log, FSCK_SECONDS).items() if not good]
    assert found == ["tlog", "torchwood", "fsck", "countenance"]


# --- from checkpoint to checkpoint ---

def consistent(verifiers, older, newer, log):
    """Whether the log grew from one checkpoint to the other, to x/mod and to ourselves, who have to agree."""
    theirs, _ = verifiers.verdict("consistency", older, newer, log.folder, log.vkey)
    ours = countenance("verify", "consistency", older, newer, "--log", log.folder, "--vkey", log.vkey)
    assert (ours.returncode == 0) == theirs, ours.stdout + ours.stderr
    return theirs


def test_growth_is_consistent_and_a_fork_and_a_rollback_are_not(verifiers, small, tmp_path):
    first = small.keep_checkpoint(tmp_path / "first")
    fork = small.copy(tmp_path / "fork").grow(600)
    small.grow(500)
    second = small.keep_checkpoint(tmp_path / "second")
    small.grow(1)
    third = small.keep_checkpoint(tmp_path / "third")
    forked = fork.keep_checkpoint(tmp_path / "forked")
    assert consistent(verifiers, first, second, small) and consistent(verifiers, second, third, small)
    assert consistent(verifiers, first, forked, fork)
    assert not consistent(verifiers, third, first, small)
    assert not consistent(verifiers, second, forked, fork) and not consistent(verifiers, third, forked, small)
    said = countenance("verify", "consistency", third, first, "--log", small.folder, "--vkey", small.vkey)
    assert "rolled back" in said.stderr


# --- proofs ---

def prove(log, index, path):
    done = countenance("prove", index, "--data", log.data)
    assert done.returncode == 0, done.stderr
    path.write_text(done.stdout)
    return path


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, SIZE - 1])
def test_a_proof_is_small_and_good_to_others(verifiers, whole, tmp_path, index):
    proof = prove(whole, index, tmp_path / "entry.tlog-proof")
    assert proof.stat().st_size < 4096
    good, entry = verifiers.verdict("proof", proof, whole.policy())
    assert good and json.loads(entry)["kind"] == "use"
    ours = countenance("verify", "bundle", proof, "--vkey", whole.folder / "vkey")
    assert ours.returncode == 0 and entry.strip() in ours.stdout


def test_a_changed_proof_proves_nothing(verifiers, whole, tmp_path):
    proof = prove(whole, 4711, tmp_path / "entry.tlog-proof")
    text = proof.read_text()
    for wrong in (text.replace("index 4711", "index 4712"), text.replace("\nextra ey", "\nextra eX"),
                  text.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")):
        assert wrong != text
        proof.write_text(wrong)
        assert not verifiers.verdict("proof", proof, whole.policy())[0]
        assert "proves nothing" in countenance("verify", "bundle", proof, "--vkey", whole.vkey).stderr


def test_there_is_no_proof_of_what_is_not_there(whole):
    done = countenance("prove", SIZE, "--data", whole.data)
    assert done.returncode == 1 and f"the log has {SIZE}" in done.stderr and done.stdout == ""


# --- witnesses ---

class Witness:
    """transparency-dev's witness in a process of its own."""

    def __init__(self, verifiers, vkey):
        self.process = subprocess.Popen([verifiers.program, "witness", vkey], text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE)
        self.vkey, self.url = self.process.stdout.readline().split()
        self.answers = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.answers.append(int(line))

    def lines(self):
        return [f"witness w {self.vkey} {self.url}", "quorum w"]


@pytest.fixture
def witness(verifiers, small):
    witness = Witness(verifiers, small.vkey)
    (small.data / "witnesses").write_text("\n".join(witness.lines()) + "\n")
    yield witness
    witness.process.kill()
    witness.process.wait()


def test_a_witness_cosigns_what_only_grows(verifiers, small, witness, tmp_path):
    small.grow(10).grow(3000)
    assert set(witness.answers) <= {200, 409} and witness.answers[0] == 200
    policy = small.policy(*witness.lines())
    assert verifiers.verdict("torchwood", small.folder, policy) == (True, "4010\n")
    proof = prove(small, 4009, tmp_path / "entry.tlog-proof")
    assert verifiers.verdict("proof", proof, policy)[0]
    said = countenance("verify", "bundle", proof, "--policy", policy)
    assert said.returncode == 0 and "cosigned by 1 of the policy's witnesses" in said.stdout


def test_without_its_cosignature_a_quorum_is_not_met(verifiers, small, witness, tmp_path):
    (small.data / "witnesses").unlink()
    small.grow(10)
    policy = small.policy(*witness.lines())
    assert not verifiers.verdict("torchwood", small.folder, policy)[0]
    proof = prove(small, 5, tmp_path / "entry.tlog-proof")
    said = countenance("verify", "bundle", proof, "--policy", policy)
    assert said.returncode == 1 and "the quorum is not met" in said.stderr


def test_a_witness_refuses_a_rollback(small, witness, tmp_path):
    small.grow(10)
    old = small.copy(tmp_path / "old")
    small.grow(500)
    done = old.write(20)
    assert done.returncode == 1 and "it was rolled back" in done.stdout
    assert witness.answers[-1] == 409


def test_a_witness_refuses_a_fork(small, witness, tmp_path):
    small.grow(10)
    fork = small.copy(tmp_path / "fork")
    (fork.data / "witnesses").unlink()
    fork.grow(700)
    small.grow(500)
    (fork.data / "witnesses").write_text("\n".join(witness.lines()) + "\n")
    done = fork.write(1)
    assert done.returncode == 1 and "this one was changed" in done.stdout
    assert witness.answers[-2:] == [409, 422]


class Mute(http.server.BaseHTTPRequestHandler):
    """A witness that answers with what helps nobody."""

    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"\xe2\x80\x94 witness.example/w AAAA\n\x00\xff" * 9000)

    def log_message(self, *arguments):
        pass


def test_a_witness_that_answers_nonsense_does_not_count(small, witness):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mute) as mute:
        threading.Thread(target=mute.serve_forever, daemon=True).start()
        policy = f"witness w {witness.vkey} http://127.0.0.1:{mute.server_port}\nquorum w\n"
        (small.data / "witnesses").write_text(policy)
        done = small.write(1)
        assert done.returncode == 1
        (small.data / "witnesses").write_text(policy.replace("quorum w", "quorum none"))
        small.grow(1)
        mute.shutdown()


# --- over HTTP ---

def test_the_record_is_served_to_verifiers(verifiers, tmp_path):
    server = Server(tmp_path)
    log = Log(server.data).grow(600)
    server.start()
    try:
        status, headers, checkpoint = server.get("/record/checkpoint")
        assert (status, headers["Cache-Control"]) == (200, "no-cache")
        assert checkpoint.decode().startswith(f"{NAME}\n")
        status, headers, tile = server.get("/record/tile/0/000")
        assert status == 200 and "immutable" in headers["Cache-Control"] and len(tile) == 8192
        assert server.get("/record/vkey")[2].decode().strip() == log.vkey
        assert verifiers.verdict("fsck", f"{server.url}/record/", log.vkey) == (True, "good\n")
        lines = server.get("/record/entries?from=0&count=3")[2].splitlines()
        assert [json.loads(line)["index"] for line in lines] == [0, 1, 2]
    finally:
        server.stop()
