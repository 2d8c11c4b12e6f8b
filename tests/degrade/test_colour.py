import colorsys

import numpy as np
import pytest
import skimage.color

from bonaface.core.errors import InputError
from bonaface.degrade import ColourJitter, ColourShift, Grey, Uniform

WEIGHTS = np.array([0.299, 0.587, 0.114])


def test_shift_adds_one_number_to_each_channel():
    grey = np.full((40, 40, 3), 0.5, np.float32)
    shifts = np.array(
        [ColourShift(20)(grey, np.random.default_rng(seed)).image.mean((0, 1)) - 0.5 for seed in range(200)]
    )
    assert np.abs(shifts).max() <= 20 / 255 + 1e-6
    assert shifts.std() == pytest.approx(20 / 255 / 3**0.5, rel=0.1)
    assert np.abs(np.corrcoef(shifts.T) - np.eye(3)).max() < 0.25


def test_shift_is_the_same_everywhere(rng):
    grey = np.full((40, 40, 3), 0.5, np.float32)
    assert np.ptp(ColourShift(20)(grey, rng).image, axis=(0, 1)).max() == 0


def test_grey_is_the_luminance(image, rng):
    made = Grey()(image, rng).image
    assert np.ptp(made, axis=2).max() == 0
    np.testing.assert_allclose(made[..., 0], image @ WEIGHTS, atol=1e-5)


def test_jitter_by_ones_and_zero_changes_nothing(image, rng):
    np.testing.assert_allclose(ColourJitter(1, 1, 1, 0)(image, rng).image, image, atol=2e-6)


def test_brightness(image, rng):
    made = ColourJitter(1.4, 1, 1, 0)(image, rng).image
    np.testing.assert_allclose(made, np.clip(image * 1.4, 0, 1), atol=1e-5)


def test_contrast(image, rng):
    mean = (image @ WEIGHTS).mean()
    made = ColourJitter(1, 0.5, 1, 0)(image, rng).image
    np.testing.assert_allclose(made, mean + (image - mean) * 0.5, atol=1e-5)


def test_saturation(image, rng):
    luma = (image @ WEIGHTS)[..., None]
    np.testing.assert_allclose(ColourJitter(1, 1, 0, 0)(image, rng).image, np.repeat(luma, 3, 2), atol=1e-5)
    made = ColourJitter(1, 1, 1.5, 0)(image, rng).image
    np.testing.assert_allclose(made, np.clip(luma + (image - luma) * 1.5, 0, 1), atol=1e-5)


@pytest.mark.parametrize("turns", [0.1, -0.1, 0.5])
def test_hue_agrees_with_scikit_image(image, rng, turns):
    hsv = skimage.color.rgb2hsv(image)
    hsv[..., 0] = (hsv[..., 0] + turns) % 1
    made = ColourJitter(1, 1, 1, turns)(image, rng).image
    np.testing.assert_allclose(made, skimage.color.hsv2rgb(hsv), atol=1e-4)


def test_hue_of_one_colour_agrees_with_the_standard_library(rng):
    made = ColourJitter(1, 1, 1, 0.25)(np.full((4, 4, 3), (0.8, 0.3, 0.1), np.float32), rng).image
    hue, saturation, value = colorsys.rgb_to_hsv(0.8, 0.3, 0.1)
    np.testing.assert_allclose(made[0, 0], colorsys.hsv_to_rgb((hue + 0.25) % 1, saturation, value), atol=1e-5)


def test_the_order_is_random_and_matters():
    colour = np.full((4, 4, 3), (0.9, 0.5, 0.2), np.float32)
    colour[:2] *= 0.5
    jitter = ColourJitter(1.5, 1.5, 1.5, 0.1)
    made = {jitter(colour, np.random.default_rng(seed)).image.round(4).tobytes() for seed in range(200)}
    assert 4 < len(made) <= 24


@pytest.mark.parametrize(
    "make",
    [
        lambda: ColourShift(-1),
        lambda: ColourShift(Uniform(0, 300)),
        lambda: ColourJitter(-0.1, 1, 1, 0),
        lambda: ColourJitter(1, 11, 1, 0),
        lambda: ColourJitter(1, 1, None, 0),
        lambda: ColourJitter(1, 1, 1, 0.6),
    ],
)
def test_bad_parameters_are_named(make):
    with pytest.raises(InputError, match=r"Colour\w+\.\w+ is .*expected a number from"):
        make()
