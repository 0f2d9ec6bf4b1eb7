"""Persons of three photographs or more, found by another one of theirs while half of those in the gallery are bad.

`countenance accuracy DIR --persons GALLERY` measures; this makes the galleries. Alone: bench/persons.py DIR [BINARY]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import cv2

BINARY = pathlib.Path(__file__).resolve().parent.parent / "build/countenance"
LEAST = 3  # photographs of a person of the gallery
CHANGES = {
    "good": lambda picture: picture,
    "half blurred, sigma 3": lambda picture: cv2.GaussianBlur(picture, (0, 0), 3),
    "half blurred, sigma 5": lambda picture: cv2.GaussianBlur(picture, (0, 0), 5),
    "half at 15 % of the light": lambda picture: (picture * 0.15).astype("uint8"),
    "half at 8 % of the light": lambda picture: (picture * 0.08).astype("uint8"),
}
WAYS = {"BestFace": "best face", "Mean": "mean vector"}


def make_gallery(folder, target, change):
    """Every second photograph of a person is changed; they keep their names."""
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        photos = sorted(person.iterdir())
        if len(photos) < LEAST:
            continue
        (target / person.name).mkdir()
        for number, photo in enumerate(photos):
            data = photo.read_bytes()
            if number % 2:
                picture = change(cv2.imread(str(photo)))
                data = cv2.imencode(photo.suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            (target / person.name / photo.name).write_bytes(data)


def measure(note, folder, binary=BINARY):
    for name, change in CHANGES.items():
        with tempfile.TemporaryDirectory() as gallery:
            make_gallery(folder, pathlib.Path(gallery), change)
            output = subprocess.run([binary, "accuracy", folder, "--persons", gallery], stdout=subprocess.PIPE, check=True)
        rates = json.loads(output.stdout)["PersonSearch"]
        for figure, what in ("RankOne", "rank 1"), ("TruePositiveRate", "found, 1 % of strangers too"):
            for way, peer in WAYS.items():
                note(f"persons, photographs {name}: {what}", rates["Weighted"][figure], "%", peer, rates[way][figure])


if __name__ == "__main__":
    measure(lambda *values: print(*values, flush=True), pathlib.Path(sys.argv[1]), *sys.argv[2:])
