"""The verifiers of tests/record/go: fetched and built as the SDKs are (sdk/clients.py), into third_party/sdk/record."""

import hashlib
import pathlib
import re
import subprocess

from sdk import clients

NEWEST_NEEDED = (1, 26)  # of Go, by golang.org/x/mod


class Verifiers(clients.Client):
    def __init__(self):
        super().__init__("record", "go")
        self.source = pathlib.Path(__file__).resolve().parent / "go"

    def digest(self):
        sha256 = hashlib.sha256()
        for path in sorted(path for path in self.source.rglob("*") if path.is_file()):
            sha256.update(str(path.relative_to(self.source)).encode() + b"\0" + path.read_bytes())
        return sha256.hexdigest()

    def build(self):
        version = tuple(map(int, re.search(r"go(\d+)\.(\d+)", clients.must(["go", "version"], self.source)).groups()))
        if version < NEWEST_NEEDED:
            raise clients.Missing(f"the verifiers need Go {'.'.join(map(str, NEWEST_NEEDED))}")
        clients.fetch(["go", "build", "-o", self.program, "."], self.source,
                      GOFLAGS="-mod=readonly -modcacherw -buildvcs=false", GOTOOLCHAIN="local",
                      GOMODCACHE=str(self.home / "modules"), GOCACHE=str(self.home / "cache"), CGO_ENABLED="0")

    @property
    def program(self):
        return self.home / "verifiers"

    def verdict(self, *arguments, timeout=60):
        """Whether a verifier finds all good, and what it says. One that does not end has found something too: fsck
        hangs on some logs that were tampered with."""
        try:
            done = subprocess.run([self.program, *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return False, "it does not end"
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0, done.stdout
