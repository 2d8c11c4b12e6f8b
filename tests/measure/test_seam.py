"""The seam score finds a paste that does not fit, and says nothing of one that does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bonaface.measure.record import NotApplicable
from bonaface.measure.seam import colour_shift, seam


@pytest.fixture
def scene(astronaut):
    return astronaut.astype(np.float32) / np.float32(255)


def box(side, margin, feather):
    weight = np.zeros((side, side), np.float32)
    weight[margin:-margin, margin:-margin] = 1
    return cv2.GaussianBlur(weight, (0, 0), feather) if feather else weight


def pasted(scene, other, weight):
    return (scene * (1 - weight[..., None]) + other * weight[..., None]).astype(np.float32)


@pytest.mark.parametrize("feather", [0, 4])
def test_a_picture_without_a_paste_scores_about_one(scene, feather):
    found = seam(scene, box(512, 120, feather))

    assert 0.6 < found.score < 1.6


def test_a_step_of_tone_is_found_and_feathering_hides_it(scene):
    lighter = np.clip(scene + 0.1, 0, 1)
    hard, soft = (seam(pasted(scene, lighter, box(512, 120, f)), box(512, 120, f)) for f in (0, 12))
    plain = seam(scene, box(512, 120, 0))

    assert hard.score > 1.5 * plain.score
    assert soft.score < 1.1 * seam(scene, box(512, 120, 12)).score
    # A step of 0.1 is 25.5 levels over the two pixels of a central difference, on pixels whose own slope is small.
    assert hard.edge - plain.edge == pytest.approx(25.5 / 6, rel=0.5)


def test_the_step_is_measured_exactly_on_a_known_picture():
    ramp = np.repeat(np.repeat((np.arange(200, dtype=np.float32) / 400)[None], 200, 0)[..., None], 3, 2)
    weight = np.zeros((200, 200), np.float32)
    weight[:, 100:] = 1
    stepped = ramp.copy()
    stepped[:, 100:] += np.float32(0.2)

    before, after = seam(ramp, weight), seam(stepped, weight)

    assert before.score == pytest.approx(1, abs=0.01)
    assert before.edge == pytest.approx(255 / 400, rel=0.01)
    columns = round(
        float(((cv2.GaussianBlur(weight, (0, 0), 1) > 0.02) & (cv2.GaussianBlur(weight, (0, 0), 1) < 0.98)).sum()) / 200
    )
    assert after.edge == pytest.approx(255 / 400 + 255 * 0.2 / columns, rel=0.02)
    assert after.around == pytest.approx(before.around, rel=0.01)


def test_what_lies_outside_of_the_photograph_is_left_out(scene):
    weight = box(512, 60, 0)
    known = np.ones(weight.shape, bool)
    known[:, :90] = False
    black = scene * known[..., None]

    assert seam(black, weight, known).score == pytest.approx(seam(scene, weight, known).score, rel=0.02)
    assert seam(black, weight).score != pytest.approx(seam(scene, weight).score, rel=0.02)


def test_no_edge_no_number(scene):
    with pytest.raises(NotApplicable, match="no edge"):
        seam(scene, np.ones((512, 512), np.float32))
    with pytest.raises(NotApplicable, match="one tone"):
        seam(np.full((512, 512, 3), 0.5, np.float32), box(512, 120, 0))


def test_colour_shift_is_the_difference_of_tones_and_deaf_to_detail(scene):
    inside = box(512, 120, 0) > 0.5
    noise = np.random.default_rng(0).normal(0, 0.05, scene.shape).astype(np.float32)
    grey = np.full(scene.shape, 0.5, np.float32)

    assert colour_shift(scene, scene, inside) == 0
    assert colour_shift(np.clip(grey + noise, 0, 1), grey, inside) < 0.6
    # Two greys of L* 53.39 and 62.55: CIEDE2000 from Sharma's formula, computed apart.
    from skimage.color import deltaE_ciede2000, rgb2lab

    lighter = np.full(scene.shape, 0.59, np.float32)
    expected = deltaE_ciede2000(rgb2lab(grey[:1, :1]), rgb2lab(lighter[:1, :1]))[0, 0]
    assert colour_shift(lighter, grey, inside) == pytest.approx(expected, abs=0.02)
    with pytest.raises(NotApplicable):
        colour_shift(grey, grey, np.zeros((512, 512), bool))
