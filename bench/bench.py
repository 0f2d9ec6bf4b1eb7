"""Measures Countenance and its peers in one run. See bench/run."""

import argparse
import base64
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile
import time

import detection
import persons
import search
from growth import growth
from peer import Peer, median_ms
from server import Server

TOP = pathlib.Path(__file__).resolve().parent.parent
BINARY = TOP / "build/countenance"
PHOTOS = TOP / "third_party/photos"
rows = []


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    flags = " AVX-512" if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() else ""
    return f"{model[1] if model else platform.machine()}{flags}, {platform.system()} {platform.machine()}"


def note(name, value, unit, peer=None, peer_value=None):
    ratio = value / peer_value if peer_value else None
    rows.append({"name": name, "value": round(value, 4), "unit": unit, "peer": peer,
                 "peer_value": peer_value and round(peer_value, 4), "ratio": ratio and round(ratio, 3),
                 "machine": machine()})
    beside = f"   {peer}: {peer_value:.2f} {unit}, ratio {ratio:.2f}" if peer_value else ""
    print(f"{name:52} {value:9.2f} {unit}{beside}", flush=True)


def engine(photo):
    """Ours and the peer in turn, five times, so that a change of the machine's speed meets both."""
    data = photo.read_bytes()
    small, large = Peer(640), Peer()
    steps, reduced, full = [], [], []
    for _ in range(5):
        output = subprocess.run([BINARY, "bench", photo, "--json", "--rounds", "15"], capture_output=True, check=True)
        steps.append(json.loads(output.stdout))
        reduced.append(median_ms(lambda: small.photo(data), 10))
        full.append(median_ms(lambda: large.photo(data), 5))
    ours = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
    note("one-face photograph, largest face", ours["PhotoLargest"], "ms", "OpenCV YuNet at 640 px + SFace",
         statistics.median(reduced))
    note("one-face photograph, all faces looked for", ours["PhotoAll"], "ms", "OpenCV YuNet at full size + SFace",
         statistics.median(full))
    for name in ("Decode", "DetectLargest", "DetectAll", "Embed"):
        note(f"  {name}", ours[name], "ms")
    return ours


def http(photo):
    body = {"Image": {"Bytes": base64.b64encode(photo.read_bytes()).decode()}}
    nowhere = {"CollectionId": "nowhere", **body}
    with Server(BINARY, 2) as server:
        note("server: from start to ready", server.seconds_to_start, "s")
        note("server: peak memory, models loaded", server.peak_memory_mb(), "MB")
        request, send = server.request("DetectFaces", body), server.client()
        # The whole way with the photograph, signature and base64, to a collection that is not there: all but the engine.
        refused = server.request("IndexFaces", nowhere)
        note(f"HTTP path without the engine, {photo.stat().st_size // 1000} KB", median_ms(lambda: send(refused), 100), "ms")
        note("DetectFaces over HTTP", median_ms(lambda: send(request), 30), "ms")
        answered, throttled, seconds = server.burst(request, 200)
        note("200 requests at once: answered", answered, "")
        note("200 requests at once: throttled", throttled, "")
        note("200 requests at once: all replies within", seconds, "s")
        note("answers a second afterwards, eight clients", server.rate(request, 8, 5), "/s")
        note("server: peak memory after that", server.peak_memory_mb(), "MB")


def fill(folder, count, *users):
    """The collection `many` of a data folder, with random faces; gives the FaceId of one."""
    subprocess.run([TOP / "tools/build", "src/bench-fill"], check=True, stdout=subprocess.DEVNULL)
    with Server(BINARY, 2, folder) as server:
        server.client()(server.request("CreateCollection", {"CollectionId": "many"}))
    filled = subprocess.run([TOP / "build/src/bench-fill", folder, "many", str(count), *users], check=True,
                            stdout=subprocess.PIPE, text=True)
    return filled.stdout.strip()


def start_with_faces(count):
    """From the start of a server to the first answer of a search in a collection of so many stored faces."""
    def first_search(folder):
        start = time.perf_counter()
        with Server(BINARY, 2, folder) as server:
            status, body = server.client()(server.request("SearchFaces", {"CollectionId": "many", "FaceId": face}))
            seconds = time.perf_counter() - start
            assert status == 200, body
        return seconds

    with tempfile.TemporaryDirectory() as folder:
        face = fill(folder, count)
        note(f"from start to the first search in {count} stored faces", first_search(folder), "s")
        note("  the same with a snapshot", first_search(folder), "s")


def search_for_users(count):
    """At worst: each face belongs to a user of its own."""
    with tempfile.TemporaryDirectory() as folder:
        body = {"CollectionId": "many", "FaceId": fill(folder, count, "users")}
        with Server(BINARY, 2, folder) as server:
            send, times = server.client(), {"SearchFaces": [], "SearchUsers": []}
            for operation in times:  # the first one makes the index
                assert send(server.request(operation, body))[0] == 200
            for _ in range(5):
                for operation, found in times.items():
                    request = server.request(operation, body)
                    found.append(median_ms(lambda: send(request), 20))
        note(f"SearchUsers among {count} users of a face each", statistics.median(times["SearchUsers"]), "ms",
             "SearchFaces among their faces", statistics.median(times["SearchFaces"]))


def cores(photo):
    body = {"Image": {"Bytes": base64.b64encode(photo.read_bytes()).decode()}}
    rates = {1: [], 2: []}
    for _ in range(3):
        for count in rates:
            os.sched_setaffinity(0, range(count))  # the clients live on the same cores, as on a machine that has no more
            with Server(BINARY, count) as server:
                rates[count].append(server.rate(server.request("DetectFaces", body), 8, 4))
    one, two = rates.values()
    note("eight clients: answers a second on two cores", statistics.median(two), "/s", "itself on one core",
         statistics.median(one))


def accuracy(folder):
    output = subprocess.run([BINARY, "accuracy", folder], capture_output=True, check=True)
    for row in json.loads(output.stdout)["AcceptRates"]:
        note(f"same-person pairs accepted at FMR {row['FalseMatchRate']:g}", row["TrueAcceptRate"], "%")


def average_precision(folder):
    truth = detection.read_boxes(folder)
    found, theirs = detection.ours(BINARY, truth), detection.theirs(Peer(), truth)
    for name, least in detection.HEIGHTS.items():
        note(f"detection: average precision, {name} (from {least} px)",
             detection.average_precision(truth, found, least), "%", "OpenCV YuNet at full size",
             detection.average_precision(truth, theirs, least))
    thorough = detection.ours(BINARY, truth, "--thorough")
    for name, least in detection.HEIGHTS.items():
        note(f"thorough detection: average precision, {name}", detection.average_precision(truth, thorough, least), "%")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=pathlib.Path, help="folder with lfw/ and wider/, for accuracy and detection")
    parser.add_argument("--growth", type=pathlib.Path, metavar="SVG",
                        help="only this: search from a thousand to ten million faces, drawn to a file (24 GB of memory)")
    arguments = parser.parse_args()
    print(machine())
    if arguments.growth:
        return growth(arguments.growth)
    engine(PHOTOS / "obama.jpg")
    http(PHOTOS / "obama2.jpg")
    cores(PHOTOS / "obama2.jpg")
    start_with_faces(1000000)
    search_for_users(1000000)
    search.measure(note)
    if arguments.faces:
        accuracy(arguments.faces / "lfw")
        persons.measure(note, arguments.faces / "lfw")
        average_precision(arguments.faces / "wider")
    else:
        print("left out: accuracy and detection, which need photographs with labels (--faces DIR)")
    (TOP / "build/bench.json").write_text(json.dumps(rows, indent=1) + "\n")


main()
