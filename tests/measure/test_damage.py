import cv2
import numpy as np
import pytest

from bonaface.core.images import luminance
from bonaface.measure.damage import blocking, damage, effective_resolution, noise_sigma


@pytest.mark.parametrize("sigma", [2, 5, 15])
def test_noise_of_a_known_strength(sigma):
    y, x = np.mgrid[:256, :256] / 256
    smooth = 0.5 + 0.2 * np.sin(5 * x) * np.cos(4 * y)
    noisy = (smooth + np.random.default_rng(0).normal(0, sigma / 255, smooth.shape)).astype(np.float32)
    assert 255 * noise_sigma(noisy) == pytest.approx(sigma, rel=0.03)  # 65,000 samples, one picture


def test_noise_is_not_raised_much_by_a_photograph(real_pair):
    assert 255 * noise_sigma(luminance(real_pair[1])) < 3
    assert 255 * noise_sigma(luminance(real_pair[0])) == pytest.approx(255 * 0.05 * 0.67, rel=0.15)  # of three channels


def test_an_enlarged_picture_has_little_resolution(real_pair):
    plane = luminance(real_pair[1])
    found = [effective_resolution(plane)]
    for factor in (2, 4, 8):
        small = cv2.resize(plane, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        found.append(effective_resolution(cv2.resize(small, plane.shape[::-1], interpolation=cv2.INTER_LANCZOS4)))
    # An upper bound: even Lanczos leaves mirror images of the spectrum. x8 would be 0.125.
    assert found[1:] == sorted(found[1:], reverse=True)
    assert found[0] > 0.65
    assert found[3] < 0.4


def test_blocks_of_jpeg(astronaut):
    clean = blocking(luminance(astronaut.astype(np.float32) / np.float32(255)))
    _, data = cv2.imencode(".jpg", astronaut, [cv2.IMWRITE_JPEG_QUALITY, 10])
    blocked = blocking(luminance(cv2.imdecode(data, 1).astype(np.float32) / np.float32(255)))
    assert clean == pytest.approx(1, abs=0.05)
    assert blocked > 1.3


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(32, 32), (33, 257)])
def test_flat_pictures_give_numbers(value, size):
    scores = damage(np.full((*size, 3), value, np.float32))
    assert {name: score.value for name, score in scores.items()} == pytest.approx(
        {"noise": 0, "resolution": 0, "blocking": 1, "clipped": 0 if value == 0.5 else 100}, abs=1e-6
    )
