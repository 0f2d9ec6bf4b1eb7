"""The peer: YuNet and SFace, the same weights, in OpenCV on one thread."""

import pathlib
import statistics
import time

import cv2
import numpy

MODELS = pathlib.Path(__file__).resolve().parent.parent / "third_party/models/default"


class Peer:
    """longest: photographs are reduced to this many pixels on the longer side for detection; None: never."""

    def __init__(self, longest=None, minimum=0.5):
        cv2.setNumThreads(1)
        self.longest = longest
        self.detector = cv2.FaceDetectorYN.create(str(MODELS / "face_detection_yunet_2023mar.onnx"), "", (320, 320),
                                                  minimum, 0.3, 5000)
        self.embedder = cv2.FaceRecognizerSF.create(str(MODELS / "face_recognition_sface_2021dec.onnx"), "")

    def detect(self, image):
        """Rows of x, y, width, height, five points, score, in pixels of the image; and the image looked at."""
        height, width = image.shape[:2]
        scale = min(1, self.longest / max(height, width)) if self.longest else 1
        if scale < 1:
            image = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        self.detector.setInputSize((image.shape[1], image.shape[0]))
        faces = self.detector.detect(image)[1]
        if faces is None:
            return numpy.empty((0, 15), numpy.float32)
        faces[:, :14] /= scale
        return faces

    def photo(self, data):
        """Decode, detect, align, embed: the embedding of the largest face."""
        image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)
        faces = self.detect(image)
        largest = max(faces, key=lambda face: face[2] * face[3])
        return self.embedder.feature(self.embedder.alignCrop(image, largest))


def median_ms(call, rounds=30):
    times = []
    for _ in range(rounds + 2):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[2:])
