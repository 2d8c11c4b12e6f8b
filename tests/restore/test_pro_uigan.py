"""Pro-UIGAN as it ships: what it reads, what it refuses, and recorded results on the astronaut's face."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bonaface.core.errors import ImageError, InputError
from bonaface.io.weights import find_weights
from bonaface.restore.pro_uigan import PRO_UIGAN, load, reduce_covered
from running import printed

REFERENCES = json.loads((Path(__file__).parent / "references.json").read_text("utf-8"))
AGAIN = "python scripts/record_references.py pro-uigan"


@pytest.fixture(scope="module")
def files():
    return {card.name: find_weights(card) for card in PRO_UIGAN.weights}


def test_the_recorded_results_are_of_these_weights():
    own = {card.name: card.sha256 for card in PRO_UIGAN.weights}
    assert REFERENCES["weights"] == own, f"the weights were replaced; record their results: {AGAIN}"


@pytest.mark.parametrize("case", REFERENCES["cases"])
def test_recorded_results(case, pro_uigan, face_16, face_128, mouth):
    recorded = REFERENCES["cases"][case]
    mask = mouth if case == "mouth covered" else None
    image = face_16 if mask is None else reduce_covered(face_128, mask)
    landmarks, spread = pro_uigan.estimate_landmarks(image, mask)
    made = pro_uigan.edited(image, {"mouth": (0, 6)}) if case == "mouth moved" else pro_uigan(image, None, mask)
    # The face is cut out by detected landmarks; 0.02 px is what another build of the libraries moves them by.
    np.testing.assert_allclose(landmarks, recorded["landmarks"], atol=0.02)
    np.testing.assert_allclose(spread, recorded["spread"], atol=0.02)
    np.testing.assert_allclose(made[3::8, 3::8], recorded["pixels"], atol=2e-3)


@pytest.mark.parametrize("side", [15, 17, 32, 128])
def test_another_size_is_refused_with_what_to_do(pro_uigan, side):
    with pytest.raises(ImageError, match=r"reads faces of 16x16|at least 16") as caught:
        pro_uigan(np.full((side, side, 3), 0.5, np.float32))
    assert side < 16 or "--reduce" in str(caught.value)


def test_reduction_by_area_is_done_where_it_is_asked_for(files, face_128, face_16):
    ready = load(files, reduce=True, threads=1)
    np.testing.assert_allclose(ready(face_128), load(files, threads=1)(face_16), atol=1e-4)
    with pytest.raises(ImageError, match="square"):
        ready(face_128[:, :100])


def test_covered_pixels_do_not_reach_the_thumbnail(face_128, mouth):
    painted = face_128.copy()
    painted[mouth] = (1, 0, 0)
    bare = face_128.copy()
    bare[mouth] = 0
    np.testing.assert_array_equal(reduce_covered(painted, mouth), reduce_covered(bare, mouth))
    for side in (64, 256):  # masks are on the grid of the result, whatever the picture's is
        other = cv2.resize(painted, (side, side), interpolation=cv2.INTER_NEAREST)
        assert reduce_covered(other, mouth)[10:13, 5:11].max() == 0


def test_what_is_wholly_covered_is_not_read(pro_uigan, face_16):
    mask = np.zeros((128, 128), bool)
    mask[64:, :] = True
    black = face_16.copy()
    black[8:] = 0
    other = black.copy()
    other[9:] = 0.7  # but for the row that touches the visible part, which may carry some of it
    np.testing.assert_array_equal(pro_uigan(other, None, mask), pro_uigan(black, None, mask))


def test_the_mask_matters(pro_uigan, face_16, mouth):
    assert np.abs(pro_uigan(face_16, None, mouth) - pro_uigan(face_16)).max() > 0.01
    assert np.array_equal(pro_uigan(face_16, None, np.zeros((128, 128), bool)), pro_uigan(face_16))


def test_estimated_landmarks_are_what_it_uses_by_itself(pro_uigan, face_16):
    landmarks, spread = pro_uigan.estimate_landmarks(face_16)
    assert landmarks.shape == (68, 2)
    assert spread.shape == (68,)
    assert (spread > 0).all()
    np.testing.assert_allclose(pro_uigan(face_16, None, None, landmarks, spread), pro_uigan(face_16), atol=1e-4)


def test_landmarks_may_differ_within_a_batch(pro_uigan, face_16, mouth):
    points, _ = pro_uigan.estimate_landmarks(face_16)
    given = points + np.array([0, 5.0])
    together = pro_uigan.restore_many([face_16] * 3, None, [None, mouth, None], [None, None, given])
    alone = [pro_uigan(face_16), pro_uigan(face_16, None, mouth), pro_uigan(face_16, None, None, given)]
    for made, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(made, expected, atol=1e-4)


def test_moving_nothing_changes_nothing(pro_uigan, face_16):
    np.testing.assert_allclose(pro_uigan.edited(face_16, {"mouth": (0, 0)}), pro_uigan(face_16), atol=1e-4)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"occlusion": np.zeros((16, 16), bool)}, r"shape \(16, 16\); expected bool of shape \(128, 128\)"),
        ({"occlusion": np.zeros((128, 128))}, "float64"),
        ({"occlusion": np.ones((128, 128), bool)}, "covers the whole face"),
        ({"landmarks": np.zeros((5, 2))}, r"\(5, 2\)"),
        ({"landmarks": np.full((68, 2), np.nan)}, "finite"),
        ({"landmarks": np.full((68, 2), 400.0)}, "pixels of the 128 px result"),
        ({"landmarks": np.full((68, 2), 60.0), "spread": np.zeros(68)}, "positive"),
    ],
)
def test_hints_of_another_form_are_refused(pro_uigan, face_16, argument, said):
    with pytest.raises(InputError, match=said):
        pro_uigan(face_16, **argument)


def test_lists_of_another_length_are_refused(pro_uigan, face_16):
    with pytest.raises(InputError, match="2 occlusions for 1 pictures"):
        pro_uigan.restore_many([face_16], None, [None, None])


@pytest.mark.parametrize("image", [np.full((16, 16, 3), 2, np.float32), np.full((16, 16, 3), np.nan, np.float32)])
def test_values_out_of_range_are_refused(pro_uigan, image):
    with pytest.raises(ImageError):
        pro_uigan(image)


def test_never_imports_torch():
    code = (
        "import sys, numpy, bonaface; bonaface.restore(numpy.full((16, 16, 3), 99, numpy.uint8), 'pro-uigan-compact');"
        "print(sorted({'torch', 'onnx', 'matplotlib', 'dlib'} & set(sys.modules)))"
    )
    assert printed(code) == "[]\n"
