"""Average precision of detection on photographs with boxes, in the manner of WIDER FACE: a detection is right
when it overlaps a face not taken yet by at least half (intersection over union); faces below a height are
neither asked for nor held against anyone.

boxes.txt: `# path`, then `x y width height` a line.
"""

import json
import pathlib
import subprocess

import numpy

HEIGHTS = {"easy": 50, "medium": 30, "hard": 10}  # least height of a face in pixels


def read_boxes(folder):
    photos, path = {}, None
    for line in (folder / "boxes.txt").read_text().splitlines():
        if line.startswith("#"):
            path = folder / line[1:].strip()
            photos[path] = []
        elif line.strip():
            photos[path].append([float(number) for number in line.split()[:4]])
    return {path: numpy.array(boxes, float).reshape(-1, 4) for path, boxes in photos.items()}


def overlaps(box, boxes):
    left, top = numpy.maximum(box[:2], boxes[:, :2]).T
    right, bottom = numpy.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:]).T
    common = numpy.clip(right - left, 0, None) * numpy.clip(bottom - top, 0, None)
    return common / (box[2] * box[3] + boxes[:, 2] * boxes[:, 3] - common)


def average_precision(truth, found, least):
    """truth: photo -> boxes; found: photo -> rows of x, y, width, height, score."""
    rows, wanted = [], 0
    for photo, boxes in truth.items():
        ignored = boxes[:, 3] < least
        wanted += int((~ignored).sum())
        taken = numpy.zeros(len(boxes), bool)
        for row in sorted(found.get(photo, []), key=lambda row: -row[4]):
            scores = overlaps(numpy.array(row[:4]), boxes) if len(boxes) else numpy.zeros(0)
            best = int(scores.argmax()) if len(scores) else -1
            if best >= 0 and scores[best] >= 0.5:
                if ignored[best]:
                    continue
                rows.append((row[4], not taken[best]))
                taken[best] = True
            elif row[3] >= least:
                rows.append((row[4], False))
    rows.sort(key=lambda row: -row[0])
    right = numpy.cumsum([row[1] for row in rows])
    recall, precision = right / max(wanted, 1), right / numpy.arange(1, len(rows) + 1)
    precision = numpy.maximum.accumulate(precision[::-1])[::-1]
    return 100 * float(numpy.sum(numpy.diff(recall, prepend=0) * precision))


def ours(binary, photos, *options):
    found, photos = {}, [str(photo) for photo in photos]
    for start in range(0, len(photos), 50):
        output = subprocess.run([binary, "detect", "--json", *options, *photos[start:start + 50]], capture_output=True,
                                text=True, check=True).stdout
        for line in output.splitlines():
            photo = json.loads(line)
            size = numpy.array([photo["Width"], photo["Height"]] * 2, float)
            boxes = [[face["BoundingBox"][name] for name in ("Left", "Top", "Width", "Height")] for face in
                     photo["FaceDetails"]]
            found[pathlib.Path(photo["Photo"])] = [
                [*(numpy.array(box) * size), face["Confidence"]] for box, face in zip(boxes, photo["FaceDetails"])]
    return found


def theirs(peer, photos):
    import cv2
    return {photo: [[*face[:4], face[14]] for face in peer.detect(cv2.imread(str(photo)))] for photo in photos}
