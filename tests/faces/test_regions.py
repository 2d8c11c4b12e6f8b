import cv2
import numpy as np
import pytest

from bonaface.core.regions import PARSED, Region
from bonaface.faces.regions import face_window, landmark_regions

MAY_BE_EMPTY = {Region.MOUTH_INTERIOR}
"""Closed mouths have none."""
DRAWN = set(Region) - set(PARSED)
INSIDE_THE_FACE = DRAWN - {Region.BACKGROUND, Region.FACE_OUTLINE, Region.WHOLE_FACE}


@pytest.fixture(scope="module")
def faces(data, locator, read):
    """[(name, landmarks, height, width)] of FFHQ and every eighth UTKFace picture."""
    files = [*sorted((data / "ffhq10").glob("*.png")), *sorted((data / "utkface").glob("*.jpg"))[::8]]
    found = []
    for file in files:
        pixels = read(file, 512 if "ffhq" in str(file) else None)
        for face in locator.faces(pixels)[:1]:
            found.append((file.name, face.landmarks, *pixels.shape[:2]))
    assert len(found) > 40
    return found


def test_regions_of_real_faces(faces):
    for name, landmarks, height, width in faces:
        regions = landmark_regions(landmarks, height, width)
        assert set(regions) == DRAWN
        for region, mask in regions.items():
            assert mask.shape == (height, width)
            assert mask.dtype == bool
            assert mask.any() or region in MAY_BE_EMPTY, f"{name}: {region}"
        assert np.array_equal(regions[Region.BACKGROUND], ~regions[Region.WHOLE_FACE])


def test_parts_lie_on_the_face(faces):
    for name, landmarks, height, width in faces:
        regions = landmark_regions(landmarks, height, width)
        face = regions[Region.WHOLE_FACE]
        for region in INSIDE_THE_FACE:
            outside = (regions[region] & ~face).sum()
            # Lines have a thickness: at the edge of a turned face they reach over it.
            assert outside <= 0.35 * max(regions[region].sum(), 1), f"{name}: {region}"


def test_features_are_apart_from_each_other(faces):
    for name, landmarks, height, width in faces:
        regions = landmark_regions(landmarks, height, width)
        eyes = regions[Region.LEFT_EYE] | regions[Region.RIGHT_EYE]
        lips = regions[Region.UPPER_LIP] | regions[Region.LOWER_LIP]
        for first, second in (
            (regions[Region.LEFT_EYE], regions[Region.RIGHT_EYE]),
            (eyes, regions[Region.NOSE]),
            (eyes, regions[Region.PERIOCULAR]),
            (eyes, lips),
            (regions[Region.CHEEKS], regions[Region.NOSE]),
            (regions[Region.CHEEKS], lips),
            (lips, regions[Region.MOUTH_INTERIOR]),
            (lips, regions[Region.CHIN_JAW]),
        ):
            assert not (first & second).any(), name
        assert np.array_equal(lips | regions[Region.MOUTH_INTERIOR], regions[Region.MOUTH])


def test_left_and_right_are_the_persons_own(faces):
    for name, landmarks, height, width in faces:
        regions = landmark_regions(landmarks, height, width)
        for left, right in ((Region.LEFT_EYE, Region.RIGHT_EYE), (Region.LEFT_BROW, Region.RIGHT_BROW)):
            # The person's left is at the picture's right.
            assert np.nonzero(regions[left])[1].mean() > np.nonzero(regions[right])[1].mean(), name


def test_top_to_bottom(faces):
    for name, landmarks, height, width in faces:
        regions = landmark_regions(landmarks, height, width)
        order = [Region.FOREHEAD, Region.LEFT_BROW, Region.LEFT_EYE, Region.NOSE, Region.MOUTH, Region.CHIN_JAW]
        rows = [np.nonzero(regions[region])[0].mean() for region in order]
        assert rows == sorted(rows), name


def test_regions_grow_with_the_face(faces):
    for name, landmarks, height, width in faces[:5]:
        small = landmark_regions(landmarks, height, width)
        large = landmark_regions(2 * landmarks + 0.5, 2 * height, 2 * width)
        for region in (Region.WHOLE_FACE, Region.NOSE, Region.CHEEKS, Region.FOREHEAD, Region.LEFT_EYE, Region.MOUTH):
            # Outlines are drawn with whole pixels: the thinner the part, the more they count.
            assert large[region].sum() == pytest.approx(4 * small[region].sum(), rel=0.2), f"{name}: {region}"


def test_eyes_follow_their_landmarks(faces):
    for _, landmarks, height, width in faces[:10]:
        drawn = np.zeros((height, width), np.uint8)
        cv2.fillPoly(drawn, [np.rint(landmarks[36:42]).astype(np.int32)], 1)
        eye = landmark_regions(landmarks, height, width)[Region.RIGHT_EYE]
        assert (eye & (drawn > 0)).sum() == drawn.sum()


@pytest.mark.parametrize("shift", [(-120, 0), (150, 0), (0, -130), (0, 140), (-150, -150)])
def test_faces_over_the_edge(face_256, locator, shift):
    landmarks = locator.faces(face_256)[0].landmarks
    whole = landmark_regions(landmarks + 300, 900, 900)
    cut = landmark_regions(landmarks + shift, 256, 256)
    for region, mask in cut.items():
        assert mask.shape == (256, 256)
        if region is not Region.BACKGROUND:
            y, x = 300 - shift[1], 300 - shift[0]
            assert (mask ^ whole[region][y : y + 256, x : x + 256]).mean() < 0.002, region


def test_a_face_outside_the_picture_has_empty_regions(face_256, locator):
    landmarks = locator.faces(face_256)[0].landmarks
    regions = landmark_regions(landmarks + 1000, 256, 256)
    assert not any(mask.any() for region, mask in regions.items() if region is not Region.BACKGROUND)
    assert regions[Region.BACKGROUND].all()


def test_the_window_holds_the_face(faces):
    for name, landmarks, height, width in faces:
        rows, columns = face_window(landmarks, height, width)
        assert 0 <= rows.start < rows.stop <= height
        assert 0 <= columns.start < columns.stop <= width
        face = landmark_regions(landmarks, height, width)[Region.WHOLE_FACE]
        assert face[rows, columns].sum() == face.sum(), name
