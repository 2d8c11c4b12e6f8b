import cv2
import numpy as np
import pytest

import bonaface
from bonaface.api import reading, wiring
from bonaface.api.reading import Framed
from bonaface.core.errors import FaceNotFound, ImageError
from bonaface.faces import parse
from bonaface.faces.crops import CELEBA, CELEBA_HQ, cut, to_crop
from bonaface.measure import attributes, expression


@pytest.fixture(scope="module")
def landmarks(astronaut, locator):
    return locator.faces(astronaut)[0].landmarks


@pytest.fixture(scope="module")
def crop(astronaut, landmarks):
    """A function from a framing and a side to the astronaut's crop, (side, side, 3) uint8."""

    def _crop(framing, side):
        image = cut(astronaut.astype(np.float32) / 255, to_crop(landmarks, side, framing), side)
        return np.rint(image * 255).astype(np.uint8)

    return _crop


@pytest.fixture(scope="module")
def landscape():
    """(256, 256, 3) uint8: hills, and nobody."""
    y, x = np.mgrid[:256, :256] / 256
    hills = np.where(y > 0.6 + 0.1 * np.sin(9 * x), 80, 190)
    return np.stack([hills - 20, hills, hills + 30], 2).astype(np.uint8)


def test_a_photograph_is_cut_out(astronaut):
    for read, names in (
        (bonaface.read_attributes, attributes.NAMES),
        (bonaface.read_expression, expression.NAMES),
    ):
        found = read(astronaut)
        assert found.framed is Framed.CUT_OUT
        assert found.faces == 1
        assert tuple(found.probabilities) == names
        assert found.probabilities[found.best] == max(found.probabilities.values())
    parsed = bonaface.parse(astronaut)
    assert parsed.framed is Framed.CUT_OUT
    assert parsed.labels.shape == astronaut.shape[:2]
    assert parsed.labels.dtype == np.uint8


def test_a_picture_that_is_the_crop_is_taken_as_it_is(crop):
    for side in (128, 200):
        assert bonaface.read_attributes(crop(CELEBA, side)).framed is Framed.AS_GIVEN
        assert bonaface.read_attributes(crop(CELEBA_HQ, side)).framed is Framed.CUT_OUT
    parsed = bonaface.parse(crop(CELEBA_HQ, 256))
    assert parsed.framed is Framed.AS_GIVEN
    expected = wiring.parser().parse(crop(CELEBA_HQ, 256).astype(np.float32) / 255)
    np.testing.assert_array_equal(parsed.labels, expected)


def test_the_reading_of_a_photograph_is_that_of_its_crop(astronaut, crop):
    whole, part = bonaface.read_attributes(astronaut), bonaface.read_attributes(crop(CELEBA, 128))
    difference = np.abs(np.subtract(list(whole.probabilities.values()), list(part.probabilities.values())))
    assert difference.max() < 0.1  # 8 bits, and landmarks found at another size


def test_the_labels_of_a_photograph_are_those_of_its_crop(astronaut, landmarks, crop):
    parsed = bonaface.parse(astronaut).labels
    matrix = to_crop(landmarks, parse.SIDE, CELEBA_HQ)
    moved = cv2.warpAffine(parsed, matrix, (parse.SIDE, parse.SIDE), flags=cv2.INTER_NEAREST)
    assert (moved == bonaface.parse(crop(CELEBA_HQ, 256), aligned=True).labels).mean() > 0.9


def test_what_is_declared_a_crop_is_not_searched(landscape, crop):
    for picture in (landscape, crop(CELEBA, 128)):
        found = bonaface.read_expression(picture, aligned=True)
        assert (found.framed, found.faces) == (Framed.DECLARED, 0)
    odd = np.ascontiguousarray(landscape[:100, :180])
    assert bonaface.parse(odd, aligned=True).labels.shape == (100, 180)


def test_nobody_is_said_to_be_nobody(landscape):
    for read in (bonaface.parse, bonaface.read_attributes, bonaface.read_expression):
        with pytest.raises(FaceNotFound, match=r"\(256x256\), by either detector, and the parser sees none"):
            read(landscape)


def test_a_face_that_only_the_parser_sees_is_assumed(crop, monkeypatch):
    monkeypatch.setattr(reading, "find_faces", lambda *_, **__: [])
    monkeypatch.setattr(parse, "shows_face", lambda _: True)
    whole = crop(CELEBA, 128)
    found = bonaface.read_attributes(whole)
    assert found.framed is Framed.ASSUMED
    assert found.probabilities == bonaface.read_attributes(whole, aligned=True).probabilities
    assert bonaface.parse(np.ascontiguousarray(whole[:, :90])).labels.shape == (128, 90)


def test_small_pictures_are_refused(crop):
    with pytest.raises(ImageError, match="at least 32"):
        bonaface.read_attributes(crop(CELEBA, 31))
    assert bonaface.read_attributes(crop(CELEBA, 32), aligned=True).framed is Framed.DECLARED


def test_the_largest_of_several_faces_is_read(data):
    found = bonaface.read_attributes(data / "groups/13.jpg")
    assert found.faces > 1
    assert found.framed is Framed.CUT_OUT
