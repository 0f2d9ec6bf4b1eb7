#!/usr/bin/env python3
"""How well names are matched, at the one threshold for review.

    bench/screening/measure.py DIR [--program build/countenance] [--misses]

DIR holds labelled pairs as CSV files with the columns name1, name2, schema, is_match, quality and category. Each file
is scored by `countenance match-names`; printed are precision, recall and F1 of the file, and of each category and
schema the share of pairs that are judged right.
"""

import argparse
import collections
import csv
import io
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
COLUMNS = {"name1", "name2", "schema", "is_match", "quality", "category"}


def score(program, path):
    done = subprocess.run([program, "match-names", path], check=True, capture_output=True, text=True)
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    for row in rows:
        row["is"], row["found"] = row["is_match"] == "true", row["verdict"] in ("review", "block")
    return rows


def report(name, rows):
    true = sum(row["is"] and row["found"] for row in rows)
    found, there = sum(row["found"] for row in rows), sum(row["is"] for row in rows)
    precision, recall = true / max(found, 1), true / max(there, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    print(f"{name}: {len(rows)} pairs, precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
    groups = collections.defaultdict(list)
    for row in rows:
        kind = "match" if row["is"] else "other"
        groups[kind, row["schema"], row["category"].split(" jaccard")[0]].append(row)
        if row["quality"]:
            groups[kind, row["quality"], ""].append(row)
    for group, members in sorted(groups.items()):
        right = sum(row["is"] == row["found"] for row in members)
        print(f"    {right:5d} of {len(members):5d}  {right / len(members):.3f}  {' '.join(group)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", default=TOP / "build/countenance")
    parser.add_argument("--misses", action="store_true", help="print the pairs that are judged wrong")
    arguments = parser.parse_args()
    for path in sorted(arguments.folder.glob("*.csv")):
        with path.open(newline="") as file:
            if not COLUMNS <= set(next(csv.reader(file), [])):
                continue
        rows = score(arguments.program, path)
        report(path.name, rows)
        for row in rows if arguments.misses else []:
            if row["is"] != row["found"]:
                print(f"    {row['score']} {row['name1']} | {row['name2']} | {row['category']}")


if __name__ == "__main__":
    main()
