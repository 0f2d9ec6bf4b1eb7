"""DetectFaces, CompareFaces: where faces are, and whose."""

import pytest
from PIL import Image

import photos as photographs

LANDMARKS = ["eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose"]


@pytest.fixture(scope="module")
def detect(client):
    return lambda data, **more: client.detect_faces(Image={"Bytes": data}, **more)["FaceDetails"]


@pytest.fixture(scope="module")
def compare(client):
    return lambda source, target, **more: client.compare_faces(SourceImage={"Bytes": source},
                                                               TargetImage={"Bytes": target}, **more)


def points(face):
    return {mark["Type"]: (mark["X"], mark["Y"]) for mark in face["Landmarks"]}


def inside(point, box):
    return (box["Left"] <= point[0] <= box["Left"] + box["Width"] and
            box["Top"] <= point[1] <= box["Top"] + box["Height"])


# --- DetectFaces ---

@pytest.mark.parametrize("name, middle", [("obama.jpg", (0.55, 0.25)), ("biden.jpg", (0.56, 0.15)),
                                          ("obama3.jpg", (0.53, 0.18)), ("astronaut.png", (0.43, 0.22))])
def test_a_face_is_found_where_it_is(detect, photos, name, middle):
    face = detect(photos[name])[0]
    assert face["Confidence"] > 80 and inside(middle, face["BoundingBox"])


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "obama2.jpg", "astronaut.png", "t1.jpg"])
def test_landmarks_lie_in_a_face_as_they_should(detect, photos, name):
    for face in detect(photos[name]):
        at = points(face)
        assert sorted(at) == LANDMARKS
        assert at["eyeLeft"][0] < at["eyeRight"][0] and at["mouthLeft"][0] < at["mouthRight"][0]
        assert at["eyeLeft"][1] < at["nose"][1] < at["mouthLeft"][1]
        assert all(inside(point, face["BoundingBox"]) for point in at.values())


def test_a_face_has_the_default_attributes(detect, photos):
    for attributes in {}, {"Attributes": []}, {"Attributes": ["DEFAULT"]}:
        assert set(detect(photos["obama.jpg"], **attributes)[0]) == {"BoundingBox", "Confidence", "Landmarks", "Pose",
                                                                     "Quality"}


def test_more_attributes_may_be_asked_for(detect, photos):
    for attributes in ["ALL"], ["ALL", "DEFAULT"], ["FACE_OCCLUDED"], ["DEFAULT", "AGE_RANGE", "SMILE"]:
        face = detect(photos["obama.jpg"], Attributes=attributes)[0]
        assert set(face) >= {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}


def test_six_people_are_found_the_largest_first(detect, photos):
    faces = detect(photos["t1.jpg"])
    sizes = [photographs.area(face) for face in faces]
    assert 6 <= len(faces) <= 7 and sizes == sorted(sizes, reverse=True)


def test_many_faces_are_found_and_a_hundred_at_most(detect, photos):
    portrait = Image.open(photos.path("astronaut.png")).convert("RGB").crop((130, 0, 330, 200)).resize((100, 100))
    canvas = Image.new("RGB", (1200, 1000))
    for number in range(120):
        canvas.paste(portrait, (number % 12 * 100, number // 12 * 100))
    assert len(detect(photographs.jpeg(canvas))) == 100


def test_no_face_is_an_empty_list(detect):
    assert detect(photographs.jpeg(photographs.scenery())) == []
    assert detect(photographs.png(photographs.scenery())) == []


def test_the_same_photograph_gives_the_same_faces(detect, photos):
    assert detect(photos["t1.jpg"]) == detect(photos["t1.jpg"])


def test_a_face_cut_by_the_edge_is_found(detect, photos):
    for name in "obama_partial_face.jpg", "obama_partial_face2.jpg":
        assert len(detect(photos[name])) == 1


@pytest.mark.parametrize("size", [(400, 500), (1820, 2274)])
def test_a_box_is_relative_to_the_photograph(detect, photos, size):
    picture = photos.picture("obama.jpg")
    original, other = (detect(photographs.jpeg(one))[0]["BoundingBox"] for one in (picture, picture.resize(size)))
    assert photographs.overlap(original, other) > 0.75


def test_a_very_large_photograph_is_looked_at(detect, photos):
    picture = photos.picture("obama.jpg").resize((5000, 6247))
    face = detect(photographs.jpeg(picture, quality=85))[0]
    assert photographs.overlap(face["BoundingBox"], detect(photos["obama.jpg"])[0]["BoundingBox"]) > 0.75


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_seen_upright_whatever_its_exif_orientation(detect, photos, orientation):
    picture = photos.picture("obama.jpg")
    upright = detect(photographs.jpeg(picture))[0]
    face = detect(photographs.oriented(picture, orientation))[0]
    assert photographs.overlap(face["BoundingBox"], upright["BoundingBox"]) > 0.9
    for name, (x, y) in points(upright).items():
        assert points(face)[name] == pytest.approx((x, y), abs=0.01)


def test_the_orientation_of_a_png_is_not_minded(detect, photos):
    picture = photos.picture("astronaut.png")
    turned = photographs.png(picture, exif=exif_of(6))
    assert detect(turned) == detect(photographs.png(picture))


def exif_of(orientation):
    exif = Image.Exif()
    exif[photographs.EXIF_ORIENTATION] = orientation
    return exif


def test_transparency_does_not_hide_a_face(detect, photos):
    with_alpha, without = detect(photos["32bit.png"])[0], detect(photos["obama2.jpg"])[0]
    assert photographs.overlap(with_alpha["BoundingBox"], without["BoundingBox"]) > 0.8


def test_yaw_changes_its_sign_in_a_mirror(detect, photos):
    picture = photos.picture("obama2.jpg")
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    here, there = (detect(photographs.jpeg(one))[0]["Pose"] for one in (picture, mirrored))
    assert here["Yaw"] * there["Yaw"] < 0 and abs(here["Yaw"] + there["Yaw"]) < 10
    assert abs(here["Pitch"] - there["Pitch"]) < 10


def test_yaw_is_positive_when_the_nose_points_to_the_right_of_the_picture(detect, photos):
    left_looking = photos.portraits()[4]  # his nose points to the left of the picture
    assert detect(left_looking)[0]["Pose"]["Yaw"] < -10


def test_roll_grows_as_the_head_is_turned_clockwise(detect, photos):
    picture = photos.picture("obama.jpg")
    turned = [photographs.jpeg(picture.rotate(-degrees, Image.Resampling.BICUBIC, center=(500, 280)))
              for degrees in (-20, 0, 20)]
    left, upright, right = (detect(data)[0]["Pose"]["Roll"] for data in turned)
    assert left < upright - 8 and abs(upright) < 8 and right > upright + 8


def test_a_darker_photograph_is_less_bright_and_a_blurred_one_less_sharp(detect, photos):
    picture = photos.picture("obama.jpg")
    good = detect(photographs.jpeg(picture))[0]["Quality"]
    dark = detect(photographs.jpeg(picture.point(lambda value: value * 0.3)))[0]["Quality"]
    blurred = detect(photographs.jpeg(picture.resize((91, 114)).resize(picture.size)))[0]["Quality"]
    assert dark["Brightness"] < good["Brightness"] - 20
    assert blurred["Sharpness"] < good["Sharpness"] - 20
    assert all(0 <= value <= 100 for one in (good, dark, blurred) for value in one.values())


# --- CompareFaces ---

def test_the_same_person_matches(compare, photos):
    for target in "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg":
        reply = compare(photos["obama.jpg"], photos[target])
        assert reply["FaceMatches"][0]["Similarity"] > 90, target
        assert set(reply["SourceImageFace"]) == {"BoundingBox", "Confidence"}


def test_another_person_does_not_match(compare, photos):
    reply = compare(photos["obama.jpg"], photos["biden.jpg"])
    assert reply["FaceMatches"] == [] and len(reply["UnmatchedFaces"]) == 1
    assert "Similarity" not in reply["UnmatchedFaces"][0]


def test_a_target_face_is_in_exactly_one_of_the_lists(client, compare, photos):
    everyone = client.detect_faces(Image={"Bytes": photos["t1.jpg"]})["FaceDetails"]
    reply = compare(photos.portraits()[2], photos["t1.jpg"])
    assert len(reply["FaceMatches"]) == 1
    listed = [match["Face"]["BoundingBox"] for match in reply["FaceMatches"]]
    listed += [face["BoundingBox"] for face in reply["UnmatchedFaces"]]
    key = lambda box: (box["Left"], box["Top"])
    assert sorted(listed, key=key) == sorted((face["BoundingBox"] for face in everyone), key=key)


def test_a_threshold_of_zero_puts_every_face_among_the_matches(compare, photos):
    reply = compare(photos.portraits()[0], photos["t1.jpg"], SimilarityThreshold=0)
    found = [match["Similarity"] for match in reply["FaceMatches"]]
    assert len(found) >= 6 and reply["UnmatchedFaces"] == [] and found == sorted(found, reverse=True)


def test_the_threshold_of_a_comparison_is_inclusive_and_eighty_by_default(compare, photos):
    pair = photos["obama.jpg"], photos["obama3.jpg"]
    similarity = compare(*pair, SimilarityThreshold=0)["FaceMatches"][0]["Similarity"]
    assert compare(*pair, SimilarityThreshold=similarity)["FaceMatches"]
    assert compare(*pair)["FaceMatches"] == compare(*pair, SimilarityThreshold=80)["FaceMatches"]


def test_a_comparison_works_both_ways(compare, photos):
    there = compare(photos["obama.jpg"], photos["obama3.jpg"], SimilarityThreshold=0)["FaceMatches"][0]["Similarity"]
    back = compare(photos["obama3.jpg"], photos["obama.jpg"], SimilarityThreshold=0)["FaceMatches"][0]["Similarity"]
    assert there == pytest.approx(back, abs=0.05)


def test_a_photograph_is_wholly_like_itself(compare, photos):
    assert compare(photos["biden.jpg"], photos["biden.jpg"])["FaceMatches"][0]["Similarity"] == 100


def test_the_largest_face_of_the_source_is_compared(client, compare, photos):
    everyone = client.detect_faces(Image={"Bytes": photos["t1.jpg"]})["FaceDetails"]
    source = compare(photos["t1.jpg"], photos["obama.jpg"])["SourceImageFace"]
    assert photographs.overlap(source["BoundingBox"], everyone[0]["BoundingBox"]) > 0.9


@pytest.mark.parametrize("empty", ["source", "target"])
def test_a_comparison_without_a_face_has_invalid_parameters(refused, photos, empty):
    images = {"SourceImage": {"Bytes": photos["obama.jpg"]}, "TargetImage": {"Bytes": photos["obama.jpg"]}}
    images[empty.capitalize() + "Image"] = {"Bytes": photographs.jpeg(photographs.scenery())}
    code, message = refused("compare_faces", **images)
    assert code == "InvalidParameterException" and message.startswith("Request has invalid parameters")
