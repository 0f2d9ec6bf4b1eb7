"""Exact search beside FAISS (Flat in 32-bit floats, SQ8) and usearch (exact): the same vectors, one thread, in turn.

Real-like vectors: people are points of a space of half the dimensions whose directions matter less and less; a
photograph adds a good part of another such point and noise in all dimensions. Alone: bench/search.py [--faces N]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import faiss
import numpy
from usearch.index import search as usearch_exact

TOP = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = TOP / "build/src/bench-search"
PROBES, MAXIMUM, ROUNDS, BLOCK = 32, 10, 5, 50000


def unit(rows):
    return (rows / numpy.linalg.norm(rows, axis=1, keepdims=True)).astype(numpy.float32)


def random_vectors(count, dimension, generator):
    for start in range(0, count, BLOCK):
        yield unit(generator.standard_normal((min(BLOCK, count - start), dimension), numpy.float32))


def real_like_vectors(count, dimension, generator):
    rank = dimension // 2
    weights = (1 / numpy.sqrt(1 + numpy.arange(rank) / 8)).astype(numpy.float32)
    basis = numpy.linalg.qr(generator.standard_normal((dimension, rank)))[0].T.astype(numpy.float32)
    basis *= weights[:, None]
    people = unit(generator.standard_normal((count // 8 + 1, rank), numpy.float32) @ basis)
    for start in range(0, count, BLOCK):
        rows = min(BLOCK, count - start)
        person = people[generator.integers(0, len(people), rows)]
        photograph = unit(generator.standard_normal((rows, rank), numpy.float32) @ basis)
        noise = unit(generator.standard_normal((rows, dimension), numpy.float32))
        yield unit(person + 0.65 * photograph + 0.35 * noise)


KINDS = {"real-like": real_like_vectors, "random": random_vectors}


def make_vectors(kind, count, dimension):
    """The gallery, and probes of the same people."""
    generator = numpy.random.default_rng(7)
    rows = numpy.empty((count + PROBES, dimension), numpy.float32)
    start = 0
    for block in KINDS[kind](count + PROBES, dimension, generator):
        rows[start:start + len(block)] = block
        start += len(block)
    return rows[:count], rows[count:]


class Ours:
    def __init__(self, folder, gallery, probes, spill):
        paths = [folder / "gallery", folder / "probes"]
        gallery.tofile(paths[0])
        probes.tofile(paths[1])
        command = [str(PROGRAM), str(gallery.shape[1]), *map(str, paths), str(MAXIMUM)] + [str(folder)] * spill
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.filled = json.loads(self.process.stdout.readline())

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def peers(gallery, probes):
    """Name -> milliseconds a probe, and the matches of FAISS Flat."""
    dimension = gallery.shape[1]
    flat = faiss.IndexFlatIP(dimension)
    flat.add(gallery)
    sq8 = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    sq8.train(gallery[:BLOCK])
    sq8.add(gallery)

    def one_by_one(search):
        def run():
            start = time.perf_counter()
            for probe in probes[:8]:
                search(probe[None])
            return (time.perf_counter() - start) * 1000 / 8
        return run

    def at_once():
        start = time.perf_counter()
        flat.search(probes, MAXIMUM)
        return (time.perf_counter() - start) * 1000 / len(probes)
    return {"FAISS Flat": one_by_one(lambda probe: flat.search(probe, MAXIMUM)),
            "FAISS SQ8": one_by_one(lambda probe: sq8.search(probe, MAXIMUM)),
            "usearch exact": one_by_one(lambda probe: usearch_exact(gallery, probe, MAXIMUM, exact=True, threads=1)),
            "FAISS Flat, 32 at once": at_once}, flat.search(probes, MAXIMUM)[0]


def same_matches(found, gallery, probes, scores):
    """As good as FAISS's, whose sums may round otherwise."""
    ours = [numpy.sort(gallery[rows] @ probe)[::-1] for rows, probe in zip(found, probes)]
    return bool(numpy.allclose(ours, scores, atol=1e-5))


def compare(note, kind, faces, dimension):
    gallery, probes = make_vectors(kind, faces, dimension)
    name = f"search, {faces} x {dimension}, {kind}"
    theirs, scores = peers(gallery, probes)
    with tempfile.TemporaryDirectory() as folder, Ours(pathlib.Path(folder), gallery, probes, True) as ours:
        assert same_matches(ours.ask("results"), gallery, probes, scores), f"{name}: other matches than FAISS"
        times = {line: [] for line in ["single", "batch 32", *theirs]}
        for _ in range(ROUNDS):
            for line in ("single", "batch 32"):
                times[line].append(ours.ask(line))
            for peer, run in theirs.items():
                times[peer].append(run())
        middle = {line: statistics.median(values) for line, values in times.items()}
        for peer in ("FAISS Flat", "FAISS SQ8", "usearch exact"):
            note(name, middle["single"], "ms", peer, middle[peer])
        note(f"{name}, 32 at once", middle["batch 32"], "ms", "FAISS Flat, 32 at once", middle["FAISS Flat, 32 at once"])
        note(f"{name}, 32 at once", middle["batch 32"], "ms", "itself one by one", middle["single"])
        note(f"{name}: memory, vectors on disk", ours.filled["bytes_per_face"], "bytes a face", "1.3 codes + 64",
             1.3 * dimension + 64)
        note(f"{name}: inserts", ours.filled["inserts_per_second"], "/s")
        if kind == "real-like":
            changed = ours.ask("inserting 5000")
            note(f"{name}, p99 while {changed['inserted_per_second']:.0f}/s are inserted", changed["p99_busy"], "ms",
                 "its p99 when quiet", changed["p99_quiet"])


def measure(note, faces=1000000):
    subprocess.run([TOP / "tools/build", "src/bench-search"], check=True, stdout=subprocess.DEVNULL)
    faiss.omp_set_num_threads(1)
    for dimension in (128, 512):
        for kind in KINDS:
            compare(note, kind, faces, dimension)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=1000000)
    measure(lambda *values: print(*values, flush=True), parser.parse_args().faces)


if __name__ == "__main__":
    main()
