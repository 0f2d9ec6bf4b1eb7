"""Photographs: those that tools/fetch lays into third_party/, and what the tests make of them."""

import functools
import io
import os
import pathlib
import struct
import zlib

import pytest
from PIL import Image

TOP = pathlib.Path(__file__).resolve().parent.parent
FOLDER = pathlib.Path(os.environ.get("COUNTENANCE_PHOTOS", TOP / "third_party/photos"))
EXIF_ORIENTATION = 0x0112
# How an upright picture is laid down so that a reader who minds the orientation sees it upright.
LAY_DOWN = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}


class Photos:
    """Bytes of photographs by name, and pictures to work on."""

    def path(self, name):
        path = FOLDER / name
        if not path.is_file():
            pytest.skip(f"the photograph {name} is not there: tools/fetch check")
        return path

    def __getitem__(self, name):
        return self.path(name).read_bytes()

    def picture(self, name):
        return Image.open(self.path(name)).convert("RGB")

    @functools.lru_cache(maxsize=None)
    def small(self, name, height=320):
        """The photograph in another size, which is quicker to look at, as JPEG."""
        picture = self.picture(name)
        return jpeg(picture.resize((round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS))

    @functools.lru_cache(maxsize=None)
    def portraits(self):
        """Small portraits of the six people in t1.jpg, from left to right; each shows one face."""
        picture = self.picture("t1.jpg")
        boxes = [(10, 220, 220, 430), (240, 90, 430, 280), (440, 200, 650, 410), (710, 270, 920, 480),
                 (860, 0, 1090, 230), (1070, 220, 1280, 430)]
        return [jpeg(picture.crop(box)) for box in boxes]


def encode(picture, form, **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def jpeg(picture, quality=95, **options):
    return encode(picture, "JPEG", quality=quality, **options)


def png(picture, **options):
    return encode(picture, "PNG", **options)


def oriented(picture, orientation, form="JPEG"):
    """A file that shows the picture upright to those who mind its Exif orientation."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    turn = LAY_DOWN[orientation]
    laid = picture if turn is None else picture.transpose(turn)
    return encode(laid, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))


def scenery(width=320, height=240):
    """A picture without a face."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    picture.paste((30, 90, 160), (width // 4, height // 4, width // 2, height // 2))
    return picture


def padded(data, size):
    """The same JPEG, made exactly as large by comments."""
    comments, missing = b"", size - len(data)
    assert data[:2] == b"\xff\xd8" and missing >= 4
    while missing:
        length = missing if missing <= 65535 + 2 else min(65537, missing - 4)
        comments += b"\xff\xfe" + struct.pack(">H", length - 2) + b" " * (length - 4)
        missing -= length
    return data[:2] + comments + data[2:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(width, height, rows, depth=8, colour=2, interlace=0):
    """A PNG of a header and rows that are given, whether they agree or not."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def black_rows(height, row_bytes):
    """Compressed rows of nothing, without holding them all."""
    packer, row = zlib.compressobj(1), bytes(row_bytes + 1)
    return b"".join([packer.compress(row) for _ in range(height)] + [packer.flush()])


def overlap(a, b):
    """Intersection over union of two BoundingBoxes."""
    width = min(a["Left"] + a["Width"], b["Left"] + b["Width"]) - max(a["Left"], b["Left"])
    height = min(a["Top"] + a["Height"], b["Top"] + b["Height"]) - max(a["Top"], b["Top"])
    shared = max(width, 0) * max(height, 0)
    return shared / (a["Width"] * a["Height"] + b["Width"] * b["Height"] - shared)


def area(face):
    return face["BoundingBox"]["Width"] * face["BoundingBox"]["Height"]
