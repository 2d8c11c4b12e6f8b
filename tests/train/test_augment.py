"""Random changes keep pictures, masks and points together."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from bonaface.train.augment import (
    MIRRORED_68,
    change_tone,
    mirror_points,
    move_points,
    random_warp,
    spoil,
    warp_picture,
)
from bonaface.train.parser import mirrored
from bonaface.train.thumbnails import Mix, pair, thumbnail


def spot(x: float, y: float, side: int = 128) -> np.ndarray:
    image = np.zeros((side, side, 3), np.uint8)
    cv2.circle(image, (round(x), round(y)), 3, (255, 255, 255), -1)
    return image


def centre(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(image[..., 0] > 100)
    return np.array([columns.mean(), rows.mean()])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("side", [48, 128, 200])
def test_points_move_with_the_picture(seed, side):
    rng = np.random.default_rng(seed)
    matrix = random_warp(128, side, rng, turn=20, scale=(0.9, 1.1), shift=0.05)
    moved = move_points(np.array([[70.0, 50.0]], np.float32), matrix)[0]

    found = centre(warp_picture(spot(70, 50), matrix, side))

    assert np.abs(found - moved).max() < 0.5


def test_the_mirror_is_its_own_inverse_and_swaps_the_sides():
    points = np.random.default_rng(0).uniform(0, 128, (68, 2)).astype(np.float32)

    assert np.array_equal(MIRRORED_68[MIRRORED_68], np.arange(68))
    np.testing.assert_allclose(mirror_points(mirror_points(points, 128), 128), points, atol=1e-5)
    assert mirror_points(points, 128)[36, 0] == pytest.approx(127 - points[45, 0])


def test_a_mirrored_mask_swaps_left_and_right():
    mask = np.zeros((4, 6), np.uint8)
    mask[0, 0], mask[1, 0], mask[2, 0], mask[3, 0] = 4, 7, 8, 13

    assert mirrored(mask)[:, -1].tolist() == [5, 6, 9, 13]


@pytest.mark.parametrize("change", [change_tone, spoil])
def test_changes_follow_from_the_generator(change, astronaut):
    image = np.ascontiguousarray(astronaut[:128, 160:288])
    once, again = (change(image, np.random.default_rng(3)) for _ in range(2))

    assert once.shape == image.shape
    assert once.dtype == np.uint8
    assert np.array_equal(once, again)
    assert not np.array_equal(once, image)


def test_a_thumbnail_is_dark_where_it_is_covered(astronaut):
    truth = cv2.resize(astronaut[:256, 96:352], (128, 128), interpolation=cv2.INTER_AREA)
    small, mask = thumbnail(truth, np.random.default_rng(1), Mix(open=0, irregular=0))

    covered = cv2.resize(mask.astype(np.float32), (16, 16), interpolation=cv2.INTER_AREA)
    assert small.shape == (16, 16, 3)
    assert small[covered == 1].max() == 0
    whole = cv2.resize(truth, (16, 16), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(small.astype(int) - whole)[covered == 0].max() <= 25  # bilinear reaches a little into the mask


def test_an_unknown_occlusion_is_not_told(dozen):
    told = pair(dozen, 0, np.random.default_rng(2), Mix(open=0, unknown=0))
    untold = pair(dozen, 0, np.random.default_rng(2), Mix(open=0, unknown=1))

    assert told["occlusion"].any()
    assert not untold["occlusion"].any()
    assert np.array_equal(told["image"], untold["image"])
    assert told["landmarks"].shape == (68, 2)
