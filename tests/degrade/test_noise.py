import copy

import cv2
import numpy as np
import pytest
import scipy.stats

from bonaface.core.errors import InputError
from bonaface.degrade import GaussianNoise, Uniform, WrappedNoise

GREY = np.full((200, 200, 3), 0.5, np.float32)


@pytest.mark.parametrize("sigma", [1, 5, 20])
def test_noise_has_the_mean_spread_and_shape_that_it_names(rng, sigma):
    noise = (GaussianNoise(sigma)(GREY, rng).image.astype(np.float64) - 0.5) * 255
    assert noise.mean() == pytest.approx(0, abs=5 * sigma / noise.size**0.5)
    assert noise.std() == pytest.approx(sigma, rel=0.01)  # five standard errors
    assert scipy.stats.kstest(noise.ravel()[::10] / sigma, "norm").pvalue > 1e-4


def test_channels_and_pixels_are_drawn_apart(rng):
    noise = GaussianNoise(5)(GREY, rng).image - 0.5
    between = np.corrcoef(noise.reshape(-1, 3).T)[0, 1:]
    neighbours = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    assert np.abs([*between, neighbours]).max() < 0.03


def test_no_noise_changes_nothing(image, rng):
    np.testing.assert_array_equal(GaussianNoise(0)(image, rng).image, image)


def test_noise_stays_in_float(image, rng):
    levels = GaussianNoise(1)(image, rng).image * 255
    assert np.abs(levels - np.rint(levels)).mean() > 0.1


def test_a_drawn_sigma_differs_between_calls(rng):
    parallel = copy.deepcopy(rng)
    drawn = [(GaussianNoise(Uniform(0, 20))(GREY, rng).image - 0.5).std() * 255 for _ in range(20)]
    assert 0 <= min(drawn) < 6
    assert 14 < max(drawn) <= 20.5
    expected = [parallel.uniform(0, 20) * parallel.standard_normal(GREY.shape, np.float32).std() for _ in range(20)]
    assert drawn == pytest.approx(expected, rel=1e-3)


def test_wrapped_noise_is_bytes_added_by_opencv(image):
    """The mistake, written with signed bytes read as unsigned ones."""
    made = WrappedNoise(1)(image, np.random.default_rng(3)).image
    noise = np.random.default_rng(3).standard_normal(image.shape, dtype=np.float32).astype(np.int8).view(np.uint8)
    expected = cv2.add(np.rint(image * 255).astype(np.uint8), noise)
    np.testing.assert_array_equal(np.rint(made * 255).astype(np.uint8), expected)


def test_wrapped_noise_is_heavy_damage_and_honest_noise_is_not(rng):
    wrapped = np.rint(WrappedNoise(1)(GREY, rng).image * 255)
    assert (wrapped == 255).mean() == pytest.approx(scipy.stats.norm.cdf(-1), abs=0.006)
    assert np.abs(GaussianNoise(1)(GREY, rng).image - GREY).max() * 255 < 6


@pytest.mark.parametrize(
    "make",
    [lambda: GaussianNoise(-1), lambda: GaussianNoise(256), lambda: WrappedNoise(128), lambda: WrappedNoise([1])],
)
def test_bad_parameters_are_named(make):
    with pytest.raises(InputError, match=r"Noise\.sigma is .*expected a number from 0 to \d+ 8-bit levels"):
        make()
