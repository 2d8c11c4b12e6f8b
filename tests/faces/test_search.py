"""Finding all faces of a photograph."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from bonaface.faces import search
from bonaface.faces.locate import SURE, first_looks, without_doubles
from bonaface.faces.search import every_face
from bonaface.measure.geometry import nrmse


@pytest.fixture(scope="module")
def crowd(astronaut):
    """(600, 800, 3) uint8: twelve heads with faces of 25 px."""
    head = cv2.resize(astronaut[0:240, 110:350], (70, 70), interpolation=cv2.INTER_AREA)
    out = np.full((600, 800, 3), 150, np.uint8)
    for number in range(12):
        row, column = 40 + 180 * (number // 4), 60 + 190 * (number % 4)
        out[row : row + 70, column : column + 70] = head
    return out


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("1", 44, 50),
        ("10", 19, 19),
        ("12", 5, 5),
        ("13", 2, 2),
        ("16", 9, 9),
        ("17", 110, 160),
        ("solvay_1927", 29, 29),
    ],
)
def test_faces_of_groups(data, locator, read, name, least, most):
    """Counted by eye: 1.jpg has 50, Solvay's conference had 29."""
    faces = every_face(locator, read(data / f"groups/{name}.jpg")).faces
    assert least <= len(faces) <= most
    widths = [face.width for face in faces]
    assert widths == sorted(widths, reverse=True)
    centres = np.array([face.landmarks.mean(axis=0) for face in faces])
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + 1e9 * np.eye(len(faces))
    assert (apart.min(axis=1) > 0.4 * np.array(widths)).all()  # no face twice


def test_a_portrait_has_one_face(data, locator, read, astronaut):
    assert len(every_face(locator, astronaut).faces) == 1
    for file in sorted((data / "ffhq10").glob("*.png"))[:5]:
        assert len(every_face(locator, read(file, 512)).faces) == 1


def test_a_tilted_face(locator, astronaut):
    matrix = cv2.getRotationMatrix2D((224, 126), 48, 1)
    tilted = cv2.warpAffine(astronaut, matrix, (512, 512), borderValue=(150, 150, 150))
    assert locator.faces(tilted, network=False) == []
    (face,) = every_face(locator, tilted).faces
    assert face.detector == "hog"
    expected = locator.faces(astronaut)[0].landmarks @ matrix[:, :2].T + matrix[:, 2]
    assert nrmse(face.landmarks, expected) < 6


def test_what_the_first_looks_find_is_not_changed(data, locator, read):
    """An audit's faces keep their places, whatever else is found."""
    for name in ("11", "12", "solvay_1927"):
        pixels = read(data / f"groups/{name}.jpg")
        found = []
        for scale in first_looks(max(pixels.shape[:2])):
            found = without_doubles(found + locator.hog_boxes(pixels, scale))
        assert {box for box, _ in found} <= {face.box for face in every_face(locator, pixels).faces}


def test_small_faces_beyond_the_first_looks(locator, crowd):
    assert locator.faces(crowd, network=False) == []
    result = every_face(locator, crowd)
    assert len(result.faces) == 12
    assert (result.smallest, result.bounded) == (20, False)


def test_the_search_is_bounded_by_what_was_found(locator, astronaut, monkeypatch):
    portrait = cv2.resize(astronaut, (1600, 1600), interpolation=cv2.INTER_CUBIC)
    looked: list[int] = []
    own = type(locator).hog

    def counting(self, grey, scale=1.0):
        looked.append(grey.size)
        return own(self, grey, scale)

    monkeypatch.setattr(type(locator), "hog", counting)
    result = every_face(locator, portrait)
    assert result.bounded
    assert result.smallest == 40
    first = sum(scale**2 for scale in first_looks(1600)) * 1600**2
    turned = 2 * 1600**2 * (np.cos(np.pi / 9) + np.sin(np.pi / 9)) ** 2
    assert sum(looked) < 1.01 * (first + turned) + search.BASE + search.PER_FACE * len(result.faces)


def test_tiles_find_what_the_whole_does(data, locator, read, monkeypatch):
    pixels = read(data / "groups/16.jpg")
    whole = every_face(locator, pixels).faces
    monkeypatch.setattr(search, "TILE", 1_500_000)
    tiled = every_face(locator, pixels).faces
    assert len(tiled) == len(whole)
    for one, other in zip(
        *(sorted(faces, key=lambda face: face.landmarks[30].tolist()) for faces in (whole, tiled)), strict=True
    ):
        np.testing.assert_allclose(one.landmarks.mean(axis=0), other.landmarks.mean(axis=0), atol=0.1 * one.width)


@pytest.mark.parametrize(("length", "most", "common"), [(100, 60, 10), (100, 200, 10), (4000, 900, 100), (61, 60, 30)])
def test_tiles_cover_everything(length, most, common):
    parts = search._parts(length, most, common)
    assert parts[0][0] == 0
    assert parts[-1][1] == length
    assert all(end - start <= most + 1 for start, end in parts)
    assert all(before[1] - after[0] >= common - 1 for before, after in pairwise(parts))


def test_a_face_that_is_seen_again_is_surer_and_a_part_of_it_is_none():
    face = ((0.0, 0.0, 100.0, 100.0), 0.1)
    again, part = ((4.0, 4.0, 104.0, 104.0), 1.5), ((10.0, 10.0, 40.0, 40.0), 2.0)
    assert search._with([face], [again, part]) == [(face[0], 1.5)]
    far = ((300.0, 0.0, 340.0, 40.0), 0.1)
    assert search._with([face], [far]) == [face]  # doubtful, and alone
    sure = [((float(x), 0.0, x + 40.0, 40.0), SURE) for x in range(400, 800, 100)]
    assert search._with(sure, [far]) == [*sure, far]
