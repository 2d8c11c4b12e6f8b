import numpy as np
import pytest
from skimage.metrics import mean_squared_error as skimage_mse
from skimage.metrics import peak_signal_noise_ratio

from bonaface.measure.fidelity import mean_squared_error, psnr, rmse


def test_agrees_with_scikit_image(real_pair):
    output, truth = real_pair
    doubles = truth.astype(np.float64), output.astype(np.float64)
    assert psnr(output, truth) == pytest.approx(peak_signal_noise_ratio(*doubles, data_range=1), abs=1e-5)
    assert rmse(output, truth) == pytest.approx(255 * np.sqrt(skimage_mse(*doubles)), rel=1e-6)


def test_large_pictures_lose_no_digits():
    # Three million equal differences: a float32 running sum is off in the fourth digit here.
    truth = np.full((1024, 1024, 3), 0.5, np.float32)
    output = truth + np.float32(0.1)
    exact = float(np.float64(output[0, 0, 0]) - np.float64(truth[0, 0, 0])) ** 2
    assert mean_squared_error(output, truth) == pytest.approx(exact, rel=1e-7)


def test_equal_pictures_are_infinitely_alike(real_pair):
    assert psnr(real_pair[1], real_pair[1]) == float("inf")
    assert rmse(real_pair[1], real_pair[1]) == 0


def test_black_against_white_is_zero():
    black = np.zeros((32, 32, 3), np.float32)
    assert psnr(black, black + 1) == pytest.approx(0, abs=1e-9)
    assert rmse(black, black + 1) == pytest.approx(255)


def test_parts_of_a_picture_may_be_given(real_pair):
    output, truth = real_pair
    part = (slice(10, 200), slice(33, 301))
    mask = np.zeros(truth.shape[:2], bool)
    mask[part] = True
    assert psnr(output[part], truth[part]) == pytest.approx(psnr(output[mask], truth[mask]), abs=1e-9)
