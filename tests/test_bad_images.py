"""Photographs that are none, broken or hostile: an error of the right name, no harm, no memory kept."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

import photos as photographs
import wire
from server import MEBIBYTE

PEAK_GROWTH = 512 * MEBIBYTE  # a worker at its largest picture takes less than half of it
KEPT_GROWTH = 256 * MEBIBYTE  # what the allocator may hold back


@pytest.fixture(scope="module", autouse=True)
def memory_is_bounded(server, photos):
    """Over the whole of this file."""
    detect_all(server, [photos["obama.jpg"]] * 4)
    before = server.memory()
    server.reset_peak()
    yield
    assert server.memory("VmHWM") - before < PEAK_GROWTH, "the peak"
    assert server.memory() - before < KEPT_GROWTH, "what is kept"


def detect_all(server, images):
    return [wire.call(server, "DetectFaces", {"Image": wire.image(data)}) for data in images]


@pytest.fixture
def detect(server):
    return lambda data: detect_all(server, [data])[0]


# --- kinds of pictures that are fine ---

def sixteen_bit(picture):
    """As a PNG with 16 bits a sample, which Pillow does not write."""
    rows, data, stride = [], picture.tobytes(), picture.width * 3
    for y in range(picture.height):
        row = data[y * stride:(y + 1) * stride]
        rows.append(b"\0" + bytes(byte for value in row for byte in (value, value)))
    return photographs.raw_png(*picture.size, zlib.compress(b"".join(rows), 1), depth=16)


GOOD = {
    "CMYK JPEG": lambda p: photographs.jpeg(p.convert("CMYK")),
    "grey JPEG": lambda p: photographs.jpeg(p.convert("L")),
    "progressive JPEG": lambda p: photographs.jpeg(p, progressive=True),
    "JPEG of low quality": lambda p: photographs.jpeg(p, quality=20),
    "JPEG 4:4:4": lambda p: photographs.jpeg(p, subsampling=0),
    "PNG": lambda p: photographs.png(p),
    "16-bit PNG": sixteen_bit,
    "palette PNG": lambda p: photographs.png(p.quantize(256)),
    "grey PNG": lambda p: photographs.png(p.convert("L")),
    "grey and alpha PNG": lambda p: photographs.png(p.convert("LA")),
    "APNG": lambda p: photographs.png(p, save_all=True, append_images=[Image.new("RGB", p.size)]),
    "JPEG with a tail": lambda p: photographs.jpeg(p) + b"tail" * 100,
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_face_is_seen_in_every_kind_of_jpeg_and_png(detect, photos, kind):
    picture = photos.picture("astronaut.png").crop((120, 0, 330, 260))
    plain = detect(photographs.png(picture)).json["FaceDetails"][0]["BoundingBox"]
    reply = detect(GOOD[kind](picture))
    assert reply.status == 200 and len(reply.json["FaceDetails"]) == 1, reply
    assert photographs.overlap(reply.json["FaceDetails"][0]["BoundingBox"], plain) > 0.8


# --- what is no picture ---

def other_format(form, **options):
    return lambda p: photographs.encode(p, form, **options)


NO_PICTURE = {
    "one byte": lambda p: b"x", "text": lambda p: b"no picture at all", "zeros": lambda p: bytes(1000),
    "GIF": other_format("GIF"), "WebP": other_format("WEBP"), "BMP": other_format("BMP"), "TIFF": other_format("TIFF"),
    "ICO": other_format("ICO"), "PPM": other_format("PPM"),
    "SVG": lambda p: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "PDF": lambda p: b"%PDF-1.7\n", "ZIP": lambda p: b"PK\3\4" + bytes(100), "HTML": lambda p: b"<html></html>",
    "only the start of a JPEG": lambda p: b"\xff\xd8\xff", "JPEG start and end": lambda p: b"\xff\xd8\xff\xd9",
    "only the start of a PNG": lambda p: b"\x89PNG\r\n\x1a\n",
    "JPEG after a blank": lambda p: b" " + photographs.jpeg(p),
    "GIF behind a JPEG's first bytes": lambda p: b"\xff\xd8\xff" + photographs.encode(p, "GIF"),
    "base64 twice": lambda p: wire.blob(photographs.jpeg(p)).encode(),
    "PNG without rows": lambda p: photographs.raw_png(200, 200, b""),
    "PNG of too few rows": lambda p: photographs.raw_png(200, 200, zlib.compress(bytes(601 * 100))),
    "PNG of no colour": lambda p: photographs.raw_png(200, 200, zlib.compress(bytes(601 * 200)), colour=5),
    "PNG of depth 3": lambda p: photographs.raw_png(200, 200, zlib.compress(bytes(601 * 200)), depth=3),
    "PNG of no width": lambda p: photographs.raw_png(0, 200, zlib.compress(bytes(200))),
    "PNG of no size": lambda p: photographs.raw_png(0, 0, b""),
    "palette PNG without palette": lambda p: photographs.raw_png(200, 200, zlib.compress(bytes(201 * 200)), colour=3),
}


@pytest.mark.parametrize("kind", NO_PICTURE)
def test_what_is_no_picture_has_an_invalid_format(detect, kind):
    reply = detect(NO_PICTURE[kind](photographs.scenery(100, 100)))
    assert reply.status == 400 and reply.type == "InvalidImageFormatException", reply
    assert reply.message.startswith("Request has invalid image format")


@pytest.mark.parametrize("operation", ["IndexFaces", "SearchFacesByImage", "CompareFaces"])
def test_every_operation_refuses_what_is_no_picture(server, collection, photos, operation):
    bad, good = wire.image(b"GIF89a" + bytes(100)), wire.image(photos.small("obama.jpg"))
    requests = [{"CollectionId": collection, "Image": bad}]
    if operation == "CompareFaces":
        requests = [{"SourceImage": bad, "TargetImage": good}, {"SourceImage": good, "TargetImage": bad}]
    for request in requests:
        assert wire.call(server, operation, request).type == "InvalidImageFormatException"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "progressive JPEG", "interlaced PNG"])
def test_a_picture_that_was_cut_short_has_an_invalid_format(detect, photos, form):
    picture = photos.picture("astronaut.png").resize((256, 256))
    data = {"JPEG": photographs.jpeg(picture), "PNG": photographs.png(picture),
            "progressive JPEG": photographs.jpeg(picture, progressive=True),
            "interlaced PNG": interlaced(200, 200)}[form]
    for share in 0.02, 0.1, 0.5, 0.9, 0.99:
        assert detect(data[:int(len(data) * share)]).type == "InvalidImageFormatException", share
    assert detect(data).status == 200


# --- sizes ---

@pytest.mark.parametrize("encode", [photographs.jpeg, photographs.png])
@pytest.mark.parametrize("size", [(79, 200), (200, 79), (79, 79), (1, 1)])
def test_a_side_under_80_pixels_has_invalid_parameters(detect, encode, size):
    reply = detect(encode(photographs.scenery().resize(size)))
    assert reply.type == "InvalidParameterException" and reply.message.startswith("Request has invalid parameters")


@pytest.mark.parametrize("encode", [photographs.jpeg, photographs.png])
@pytest.mark.parametrize("size", [(80, 80), (10000, 80), (80, 10000)])
def test_sides_from_80_to_10000_pixels_are_accepted(detect, encode, size):
    assert detect(encode(photographs.scenery().resize(size))).status == 200


@pytest.mark.parametrize("encode", [photographs.jpeg, photographs.png])
@pytest.mark.parametrize("size", [(10001, 80), (80, 10001), (20000, 20)])
def test_a_side_over_10000_pixels_is_too_large(detect, encode, size):
    reply = detect(encode(photographs.scenery().resize(size)))
    assert reply.type == "ImageTooLargeException" and reply.message.startswith("Image size is too large")


def announced_jpeg(width, height):
    """A small JPEG whose header says otherwise."""
    data = bytearray(photographs.jpeg(photographs.scenery(160, 160)))
    at = data.index(b"\xff\xc0") + 5
    data[at:at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("data", [
    pytest.param(photographs.raw_png(65500, 65500, zlib.compress(b"")), id="PNG of 4 gigapixels"),
    pytest.param(photographs.raw_png(1_000_000, 1_000_000, zlib.compress(b"")), id="PNG of 1 terapixel"),
    pytest.param(photographs.raw_png(100000, 100, zlib.compress(b"")), id="wide PNG"),
    pytest.param(announced_jpeg(65500, 65500), id="JPEG of 4 gigapixels")])
def test_a_header_that_announces_a_giant_is_too_large(detect, data):
    assert detect(data).type == "ImageTooLargeException"


@pytest.mark.parametrize("side", [2**31 - 1, 2**31, 2**32 - 1])
def test_the_largest_sides_that_can_be_written_are_refused(detect, side):
    for size in (side, side), (side, 100), (100, side):
        reply = detect(photographs.raw_png(*size, zlib.compress(b"")))
        assert reply.type in ("ImageTooLargeException", "InvalidImageFormatException")


@pytest.mark.parametrize("colour, row_bytes, depth", [(2, 30000, 8), (6, 80000, 16), (0, 1250, 1)])
def test_a_bomb_is_read_small_or_refused(detect, colour, row_bytes, depth):
    """100 million pixels from a few kilobytes."""
    bomb = photographs.raw_png(10000, 10000, photographs.black_rows(10000, row_bytes), depth=depth, colour=colour)
    reply = detect(bomb)
    assert reply.status == 200 and reply.json["FaceDetails"] == [] or reply.type == "ImageTooLargeException"


# x, y and steps of the seven pictures of an interlaced PNG.
ADAM7 = (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)


def interlaced(width, height):
    """A black interlaced PNG."""
    rows = zlib.compressobj(9)
    data = b""
    for x, y, step_x, step_y in ADAM7:
        row = bytes(1 + 3 * len(range(x, width, step_x)))
        for _ in range(y, height, step_y):
            data += rows.compress(row)
    return photographs.raw_png(width, height, data + rows.flush(), interlace=1)


def test_a_bomb_that_cannot_be_read_small_is_refused(detect):
    reply = detect(interlaced(10000, 10000))
    assert reply.type == "ImageTooLargeException"


def test_a_bomb_in_a_text_chunk_is_not_unpacked(detect):
    data = photographs.png(photographs.scenery())
    bomb = photographs.chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))
    profile = photographs.chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))
    reply = detect(data[:33] + bomb + profile + data[33:])
    assert reply.status == 200 or reply.type == "InvalidImageFormatException"


# --- damage ---

DAMAGED = ("InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException")


def flipped(data, seed):
    """The data with one to eight bits turned over, as the seed says."""
    generator, damaged = random.Random(seed), bytearray(data)
    for _ in range(generator.randint(1, 8)):
        damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
    return bytes(damaged)


@pytest.mark.parametrize("form", ["JPEG", "progressive JPEG", "PNG", "JPEG head", "PNG head"])
def test_bits_turned_over_do_no_harm(server, photos, form):
    picture = photos.picture("obama.jpg").resize((240, 300))
    data = photographs.png(picture)
    if "JPEG" in form:
        data = photographs.jpeg(picture, quality=80, progressive="progressive" in form)
    head = 400 if "head" in form else len(data)
    for seed in range(80):
        damaged = flipped(data[:head], f"{form} {seed}") + data[head:]
        reply = detect_all(server, [damaged])[0]
        assert reply.status == 200 or reply.type in DAMAGED, f"seed {seed}: {reply}"


def test_a_broken_exif_does_no_harm(detect, photos):
    plain = photos.small("obama.jpg")
    for body in (b"", b"II*\0", b"MM\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff",
                 b"II*\0\x08\0\0\0\xff\xff\x12\1\3\0\1\0\0\0\6\0\0\0",
                 b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0",
                 b"II*\0\x08\0\0\0\1\0\x12\1\2\0\xff\xff\xff\x7f\0\0\0\0"):
        block = b"Exif\0\0" + body
        reply = detect(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:])
        assert reply.status == 200, body


def test_pillow_agrees_that_the_good_pictures_are_good(photos):
    """The tests above would prove nothing if what they send were broken."""
    for make in GOOD.values():
        Image.open(io.BytesIO(make(photos.picture("astronaut.png").crop((120, 0, 330, 260))))).load()
