"""Recolouring of pairs."""

import numpy as np
from skimage.exposure import match_histograms

from bonaface.train.recolour import STEEPEST, curves, recoloured, recoloured_pairs


def picture(low, high, seed):
    return np.random.default_rng(seed).integers(low, high, (64, 64, 3)).astype(np.uint8)


def test_gentle_matches_are_those_of_scikit_image():
    source, donor = picture(60, 200, 0), picture(40, 220, 1)
    ours = recoloured(source, curves(source, donor)).astype(float)
    theirs = match_histograms(source, donor, channel_axis=-1)
    assert np.abs(ours - theirs).mean() < 2.5  # levels of 8 bits


def test_curves_rise_gently():
    source, donor = picture(100, 110, 0), picture(0, 255, 1)
    curve = curves(source, donor).astype(int)
    assert (np.diff(curve, axis=1) >= 0).all()
    assert np.diff(curve, axis=1).max() <= np.ceil(STEEPEST)


def test_a_pair_goes_through_the_same_curves():
    inputs = np.stack([picture(60, 200, n) for n in range(3)])
    targets = inputs.copy()
    targets[:, 40:50, 20:40] //= 2
    before, after = recoloured_pairs(inputs, targets, inputs, 2, np.random.default_rng(0))
    assert before.shape == after.shape == (9, 64, 64, 3)
    np.testing.assert_array_equal(before[:3], inputs)
    outside = np.ones((64, 64), np.bool_)
    outside[40:50, 20:40] = False
    np.testing.assert_array_equal(before[:, outside], after[:, outside])
    assert (before[3:, 40:50, 20:40] >= after[3:, 40:50, 20:40]).all()
