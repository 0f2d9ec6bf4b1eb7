#!/usr/bin/env python3
"""The rules of docs/style.md that a machine can keep. One line a violation; the last line counts the rules."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SRC = TOP / "src"
LAYERS = "base image infer face match library store record account sanctions api server cli".split()
LOGGING = {"server", "cli"}
LINES_MAX = 800
RULES = []


def rule(check):
    RULES.append(check)
    return check


def files(*patterns, under=SRC):
    return sorted(path for pattern in patterns for path in under.rglob(pattern))


def layer_of(path):
    return path.relative_to(SRC).parts[0]


def lines(path):
    return enumerate(path.read_text().splitlines(), 1)


def matches(paths, pattern, text):
    """One violation for each line in which the pattern is found."""
    return [f"{path.relative_to(TOP)}:{number}: {text}"
            for path in paths for number, line in lines(path) if re.search(pattern, line)]


@rule
def every_folder_is_a_layer():
    return [f"src/{path.name}: not a layer: {' '.join(LAYERS)}"
            for path in SRC.iterdir() if path.is_dir() and path.name not in LAYERS]


@rule
def a_file_includes_its_own_folder_and_those_before_it():
    found = []
    for path in files("*.[ch]"):
        if layer_of(path) not in LAYERS:
            continue
        allowed = LAYERS[:LAYERS.index(layer_of(path)) + 1]
        for number, line in lines(path):
            include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not include or include[1] == "countenance.h" and layer_of(path) == "library":
                continue
            if include[1].partition("/")[0] not in allowed or not (SRC / include[1]).is_file():
                found.append(f"{path.relative_to(TOP)}:{number}: {layer_of(path)} may not include {include[1]}")
    return found


@rule
def no_file_is_longer_than_800_lines():
    return [f"{path.relative_to(TOP)}: {count} lines"
            for path in files("*.[ch]") + files("*.py", under=TOP / "tests")
            if (count := len(path.read_text().splitlines())) > LINES_MAX]


@rule
def every_c_file_is_built():
    listed = re.findall(r"^  '(\S+\.c)',$", (SRC / "meson.build").read_text(), re.M)
    there = [str(path.relative_to(SRC)) for path in files("*.c")]
    return ([f"src/{name}: not in src/meson.build" for name in there if name not in listed] +
            [f"src/meson.build: {name} is listed twice" for name in set(listed) if listed.count(name) > 1])


@rule
def only_the_server_and_the_command_line_log():
    quiet = [path for path in files("*.[ch]") if layer_of(path) not in LOGGING and path.stem != "log"]
    return matches(quiet, r'#include "base/log\.h"|\b(log_event|perror|syslog)\(|\bfprintf\(stderr',
                   "logs; return an error instead")


@rule
def structs_are_not_typedefd():
    return matches(files("*.[ch]"), r"^\s*typedef\s+(struct|union|enum)\b", "typedef of a struct, union or enum")


@rule
def jumps_go_forward_to_out():
    return matches(files("*.[ch]"), r"\bgoto\s+(?!out\b)", "goto to a label that is not out")


@rule
def bans_are_not_lifted():
    others = [path for path in files("*.[ch]") if path.name != "banned.h"]
    return matches(others, r"#\s*pragma\s+GCC\s+(poison|diagnostic)|NOLINT", "lifts a check")


@rule
def nothing_is_left_open():
    sources = files("*.[ch]") + files("*.[ch]", under=TOP / "include")
    return matches(sources, r"\b(TODO|FIXME|XXX|HACK)\b", "left open")


def main():
    failed = 0
    for check in RULES:
        violations = check()
        failed += bool(violations)
        for violation in violations:
            print(violation)
        print(f"{'FAILED' if violations else 'ok'}: {check.__name__.replace('_', ' ')}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
