"""The SDKs of README.md: what each needs and how its scenario is started.

Everything is fetched by the SDK's own package client, in the versions of its lock file, into third_party/sdk/, once for
each state of its folder here.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent / "third_party/sdk"
TRIES = 3
TIME_OUT = re.compile(r"timed? ?out|ETIMEDOUT|ECONNRESET|connection reset|unexpected EOF|temporary failure", re.I)
REFUSAL = re.compile(r"\b(401|403|404|407|410)\b|Forbidden|Unauthorized|checksum|EINTEGRITY", re.I)
CURRENT_GO = (1, 24)


class Missing(Exception):
    """Why a client cannot be had on this machine, as a sentence."""


class Client:
    """One SDK; its sources lie in a folder of its own."""

    def __init__(self, name, folder):
        self.name, self.source, self.home = name, HERE / folder, ROOT / name

    def digest(self):
        sha256 = hashlib.sha256()
        for path in [HERE / "clients.py", *sorted(self.source.iterdir())]:
            sha256.update(path.name.encode() + b"\0" + path.read_bytes())
        return sha256.hexdigest()

    def install(self):
        """Fetches and builds what is not there yet."""
        stamp = self.home / "stamp"
        if stamp.is_file() and stamp.read_text() == self.digest():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self.build()
        stamp.write_text(self.digest())

    def run(self, *arguments, environment):
        """The finished process."""
        return subprocess.run([*map(str, self.command()), *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                              env={**environment, **self.variables()}, encoding="utf-8", capture_output=True,
                              timeout=300)

    def variables(self):
        return {}


class Python(Client):
    """boto3 or the AWS CLI, both of which come with requirements.txt."""

    def install(self):
        pass

    def command(self):
        return [sys.executable, self.source / "scenario.py"]


class JavaScript(Client):
    def build(self):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.source / name, self.home)
        fetch(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline",
               "--cache", self.home / "cache"], self.home)

    def command(self):
        return ["node", self.source / "scenario.js"]

    def variables(self):
        return {"NODE_PATH": str(self.home / "node_modules")}


class Java(Client):
    def build(self):
        shutil.rmtree(self.home / "lib", ignore_errors=True)  # jars of other versions
        fetch(["mvn", "--batch-mode", "--quiet", "--strict-checksums", f"-Dmaven.repo.local={self.home / 'repository'}",
               "dependency:copy-dependencies", f"-DoutputDirectory={self.home / 'lib'}"], self.source)
        must(["javac", "-encoding", "UTF-8", "-Werror", "-cp", self.home / "lib/*", "-d", self.home / "classes",
              self.source / "Scenario.java"], self.source)

    def command(self):
        return ["java", "-cp", f"{self.home}/classes:{self.home}/lib/*", "Scenario"]


class Go(Client):
    """Debian 12 has Go 1.19. The newest SDK for it is in go.mod, the one for a Go of today in current.mod."""

    def __init__(self, name, module_file):
        super().__init__(name, "go")
        self.module_file = module_file

    def build(self):
        version = tuple(map(int, re.search(r"go(\d+)\.(\d+)", must(["go", "version"], self.source)).groups()))
        if self.module_file == "current.mod" and version < CURRENT_GO:
            raise Missing(f"the current SDK needs Go {'.'.join(map(str, CURRENT_GO))}")
        fetch(["go", "build", f"-modfile={self.module_file}", "-o", self.home / "scenario", "."], self.source,
              GOFLAGS="-mod=readonly -modcacherw -buildvcs=false", GOTOOLCHAIN="local",
              GOMODCACHE=str(ROOT / "go-modules"), GOCACHE=str(ROOT / "go-cache"), CGO_ENABLED="0")

    def command(self):
        return [self.home / "scenario"]


CLIENTS = [Python("boto3", "python"), Python("aws-cli", "cli"), JavaScript("javascript", "javascript"),
           Java("java", "java"), Go("go-1.19", "go.mod"), Go("go", "current.mod")]


def run(command, folder, environment):
    return subprocess.run(list(map(str, command)), cwd=folder, env={**os.environ, **environment}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400)


def said(command, done):
    return f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}"


def must(command, folder, **environment):
    """The output of a command that must work."""
    done = run(command, folder, environment)
    assert done.returncode == 0, said(command, done)
    return done.stdout


def fetch(command, folder, **environment):
    """The same for one that asks a registry: time-outs are tried again, a refusal is final."""
    for attempt in range(1, TRIES + 1):
        done = run(command, folder, environment)
        if done.returncode == 0:
            return
        if attempt == TRIES or REFUSAL.search(done.stdout) or not TIME_OUT.search(done.stdout):
            break
        time.sleep(2 * attempt)
    raise AssertionError(said(command, done))
