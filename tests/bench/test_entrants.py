from pathlib import Path

import numpy as np
import pytest

from bonaface.bench import entrants
from bonaface.core.errors import GraphMismatch, InputError, UnknownName
from bonaface.graphs.bundled import PARSER, PRO_UIGAN_COMPACT
from bonaface.io.weights import find_weights
from bonaface.restore.interpolate import resize


@pytest.fixture
def face(rng) -> np.ndarray:
    return rng.random((16, 16, 3), dtype=np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def square() -> np.ndarray:
    mask = np.zeros((128, 128), bool)
    mask[37:90, 20:61] = True
    return mask


def test_inpainting_without_a_mask_is_bicubic(face):
    wanted = resize(face, (128, 128), "bicubic")
    assert np.array_equal(entrants.inpainted(face, None), wanted)
    assert np.array_equal(entrants.inpainted(face, np.zeros((128, 128), bool)), wanted)


def test_inpainting_restores_an_even_picture(square):
    """Pixels that are covered in part are worked out; the others come from around."""
    from bonaface.bench.thumbnails import MASKS
    from bonaface.degrade.occlude import GivenMask

    even = np.full((128, 128, 3), 0.6, np.float32)
    covered = GivenMask.of(square)(even, np.random.default_rng(0)).image
    small = MASKS["none"](covered, np.random.default_rng(0)).image
    assert small.min() < 0.1
    assert np.abs(entrants.inpainted(small, square) - 0.6).max() < 0.01


def test_a_wholly_covered_face_stays_black():
    whole = np.ones((128, 128), bool)
    assert entrants.inpainted(np.zeros((16, 16, 3), np.float32), whole).max() == 0


def test_masks_reach_only_those_who_are_told(face, square):
    seen = []

    def restore(image, mask):
        seen.append(mask)
        return np.zeros((128, 128, 3), np.float32)

    told = entrants.one_by_one("mine", restore)
    told([face, face], [square, None])
    told.untold()([face, face], [square, None])
    assert seen[0] is square
    assert seen[1:] == [None, None, None]


def test_a_graph_is_the_restorer_of_its_file(face, square):
    file = find_weights(PRO_UIGAN_COMPACT)
    bundled, given = entrants.entrant("pro-uigan-compact"), entrants.from_graph("again", file)
    for told in (True, False):
        first = bundled if told else bundled.untold()
        second = given if told else given.untold()
        assert np.array_equal(first([face], [square])[0], second([face], [square])[0])
    assert given.sha256 == PRO_UIGAN_COMPACT.sha256 == bundled.sha256


def test_another_graph_is_refused():
    with pytest.raises(GraphMismatch, match="expected"):
        entrants.from_graph("parser", find_weights(PARSER))
    with pytest.raises(InputError, match="no file"):
        entrants.from_graph("gone", Path("gone.onnx"))


def test_the_bundled_one_is_always_measured():
    assert [one.name for one in entrants.chosen(["bicubic"], {})] == ["bicubic", "pro-uigan-compact"]
    names = ["pro-uigan-compact", "bicubic", "bicubic"]
    assert [one.name for one in entrants.chosen(names, {})] == names[:2]


def test_names_are_not_given_twice():
    with pytest.raises(InputError, match="bicubic"):
        entrants.chosen([], {"bicubic": Path("x.onnx")})
    with pytest.raises(UnknownName, match="bicubic"):
        entrants.entrant("bicubik")
