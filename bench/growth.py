"""How time and memory grow with a collection, from a thousand faces to ten million, beside FAISS Flat.

    bench/run --growth SVG

One thread, real-like vectors (bench/search.py), the ten best matches. Draws both as one picture.
"""

import pathlib
import statistics
import subprocess
import tempfile
import time
from math import log10

import faiss

import search

SIZES = [1000, 10000, 100000, 1000000, 10000000]
OURS, FLAT = ("Countenance, exact", "#1f77b4"), ("FAISS Flat, 32-bit floats", "#d62728")
LEFT, TOP, WIDTH, HEIGHT, GAP = 62, 34, 250, 220, 110


def measure(faces, dimension):
    """Milliseconds a search and megabytes, of both."""
    gallery, probes = search.make_vectors("real-like", faces, dimension)
    flat = faiss.IndexFlatIP(dimension)
    flat.add(gallery)
    with tempfile.TemporaryDirectory() as folder:
        on_disk = faces > 16384  # as the server does
        with search.Ours(pathlib.Path(folder), gallery, probes, on_disk) as ours:
            times = [[], []]
            for _ in range(search.ROUNDS):
                times[0].append(ours.ask("single"))
                start = time.perf_counter()
                for probe in probes[:8]:
                    flat.search(probe[None], search.MAXIMUM)
                times[1].append((time.perf_counter() - start) * 1000 / 8)
            memory = [ours.filled["bytes_per_face"] * faces / 1e6, faces * dimension * 4 / 1e6]
    return [statistics.median(values) for values in times], memory


class Panel:
    """Both axes in powers of ten."""

    def __init__(self, number, title, low, high):
        self.left, self.low, self.high, self.title = LEFT + number * (WIDTH + GAP), low, high, title

    def x(self, decade):
        return self.left + WIDTH * (decade - 3) / (len(SIZES) - 1)

    def y(self, value_log):
        return TOP + HEIGHT * (self.high - value_log) / (self.high - self.low)

    def axes(self):
        yield f'<text x="{self.left}" y="20" font-weight="bold">{self.title}</text>'
        for decade in range(self.low, self.high + 1):
            label = f"{10 ** decade:g}"
            yield (f'<path d="M{self.left} {self.y(decade):.1f}h{WIDTH}" stroke="#ddd"/>'
                   f'<text x="{self.left - 6}" y="{self.y(decade) + 4:.1f}" text-anchor="end">{label}</text>')
        for place, label in enumerate(("1k", "10k", "100k", "1M", "10M")):
            yield f'<text x="{self.x(3 + place):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{label}</text>'
        yield (f'<text x="{self.left + WIDTH / 2}" y="{TOP + HEIGHT + 38}" text-anchor="middle">'
               "faces in the collection</text>")

    def line(self, colour, points):
        places = [(self.x(log10(faces)), self.y(log10(value))) for faces, value in points]
        yield ('<polyline fill="none" stroke-width="2" stroke="' + colour + '" points="'
               + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
        for (x, y), (_, value) in zip(places, points):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{value:.3g}</title></circle>'


def draw(results, dimension):
    width, height = LEFT + 2 * WIDTH + GAP + 30, TOP + HEIGHT + 74
    panels = [Panel(0, f"milliseconds a search, {dimension} numbers a face", -2, 3),
              Panel(1, "megabytes of memory", -1, 4)]
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
           ' font-size="12">')
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    for kind, panel in enumerate(panels):
        yield from panel.axes()
        for who, (_, colour) in enumerate((OURS, FLAT)):
            yield from panel.line(colour, [(faces, result[kind][who]) for faces, result in results])
    for place, (name, colour) in enumerate((OURS, FLAT)):
        x = LEFT + 150 + place * 200
        yield f'<path d="M{x} {height - 16}h24" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{x + 30}" y="{height - 12}">{name}</text>'
    yield "</svg>"


def growth(svg, faces=SIZES[-1], dimension=128):
    subprocess.run([search.TOP / "tools/build", "src/bench-search"], check=True, stdout=subprocess.DEVNULL)
    faiss.omp_set_num_threads(1)
    results = []
    for size in [size for size in SIZES if size <= faces]:
        results.append((size, measure(size, dimension)))
        (ours, theirs), (memory, their_memory) = results[-1][1]
        print(f"{size:9} faces: {ours:9.3f} ms, FAISS Flat {theirs:9.3f} ms, ratio {ours / theirs:.3f};"
              f" {memory:8.1f} MB, FAISS Flat {their_memory:8.1f} MB", flush=True)
    svg.write_text("\n".join(draw(results, dimension)) + "\n")
