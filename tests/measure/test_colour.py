import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from bonaface.core.images import to_bytes
from bonaface.measure.colour import ciede2000, histogram, histogram_correlation, mean_ciede2000, to_lab

# Sharma, Wu & Dalal 2005, table 1: L1 a1 b1 L2 a2 b2 and the difference.
SHARMA = np.array(
    [
        (50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425),
        (50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615),
        (50, 2.8361, -74.0200, 50, 0, -82.7485, 3.4412),
        (50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000),
        (50, -1.1848, -84.8006, 50, 0, -82.7485, 1.0000),
        (50, -0.9009, -85.5211, 50, 0, -82.7485, 1.0000),
        (50, 0, 0, 50, -1, 2, 2.3669),
        (50, -1, 2, 50, 0, 0, 2.3669),
        (50, 2.4900, -0.0010, 50, -2.4900, 0.0009, 7.1792),
        (50, 2.4900, -0.0010, 50, -2.4900, 0.0010, 7.1792),
        (50, 2.4900, -0.0010, 50, -2.4900, 0.0011, 7.2195),
        (50, 2.4900, -0.0010, 50, -2.4900, 0.0012, 7.2195),
        (50, -0.0010, 2.4900, 50, 0.0009, -2.4900, 4.8045),
        (50, -0.0010, 2.4900, 50, 0.0010, -2.4900, 4.8045),
        (50, -0.0010, 2.4900, 50, 0.0011, -2.4900, 4.7461),
        (50, 2.5000, 0, 50, 0, -2.5000, 4.3065),
        (50, 2.5000, 0, 73, 25, -18, 27.1492),
        (50, 2.5000, 0, 61, -5, 29, 22.8977),
        (50, 2.5000, 0, 56, -27, -3, 31.9030),
        (50, 2.5000, 0, 58, 24, 15, 19.4535),
        (50, 2.5000, 0, 50, 3.1736, 0.5854, 1.0000),
        (50, 2.5000, 0, 50, 3.2972, 0, 1.0000),
        (50, 2.5000, 0, 50, 1.8634, 0.5757, 1.0000),
        (50, 2.5000, 0, 50, 3.2592, 0.3350, 1.0000),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
        (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
        (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
        (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
        (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
        (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)
ON_THE_EDGE = (9, 13)
"""Rows (from 0) whose hues are 180 degrees apart, exactly: the formula jumps there, by up to 0.06."""


def test_sharmas_34_pairs():
    found = ciede2000(SHARMA[:, :3], SHARMA[:, 3:6])
    exact = np.setdiff1d(np.arange(34), ON_THE_EDGE)
    np.testing.assert_allclose(found[exact], SHARMA[exact, 6], atol=2e-4)  # float32; the table has four digits
    np.testing.assert_allclose(found[list(ON_THE_EDGE)], SHARMA[list(ON_THE_EDGE), 6], atol=0.06)


def test_sharmas_pairs_the_other_way_round():
    forth, back = ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]), ciede2000(SHARMA[:, 3:6], SHARMA[:, :3])
    exact = np.setdiff1d(np.arange(34), ON_THE_EDGE)
    np.testing.assert_allclose(forth[exact], back[exact], atol=2e-4)


def test_ciede2000_agrees_with_scikit_image_everywhere():
    rng = np.random.default_rng(0)
    first = np.stack([rng.uniform(0, 100, 200_000), *rng.uniform(-120, 120, (2, 200_000))], axis=-1)
    for second in (rng.permutation(first), first + rng.normal(0, 1, first.shape)):
        found, expected = ciede2000(first, second), deltaE_ciede2000(first, second)
        np.testing.assert_allclose(found, expected, atol=5e-4)  # float32; values reach 150


def test_grey_against_grey_and_equal_colours():
    greys = np.array([[50.0, 0, 0], [60.0, 0, 0]])
    assert ciede2000(greys[:1], greys[1:]) == pytest.approx(deltaE_ciede2000(greys[:1], greys[1:]), abs=1e-4)
    assert ciede2000(SHARMA[:, :3], SHARMA[:, :3]).max() == 0
    assert ciede2000([100.0, 0, 0], [0.0, 0, 0]) == pytest.approx(100, abs=1e-3)


def test_lab_agrees_with_scikit_image():
    cube = np.stack(np.meshgrid(*[np.linspace(0, 1, 33, dtype=np.float32)] * 3), axis=-1).reshape(33 * 33, 33, 3)
    # Two editions of the sRGB matrix, seven digits against six: 0.005 units at most.
    assert np.abs(to_lab(cube) - rgb2lab(cube.astype(np.float64))).max() < 0.006


def test_lab_of_white_and_black():
    np.testing.assert_allclose(to_lab(np.ones((1, 1, 3), np.float32))[0, 0], (100, 0, 0), atol=0.01)
    np.testing.assert_allclose(to_lab(np.zeros((1, 1, 3), np.float32))[0, 0], (0, 0, 0), atol=1e-4)


def test_the_mean_over_a_picture(real_pair):
    output, truth = real_pair
    expected = deltaE_ciede2000(rgb2lab(truth.astype(float)), rgb2lab(output.astype(float))).mean()
    assert mean_ciede2000(output, truth) == pytest.approx(expected, abs=2e-3)  # as for Lab
    assert mean_ciede2000(truth, truth) == 0


def _plain_histogram(pixels):
    bins = (pixels[..., ::-1] // 32).reshape(-1, 3).astype(int)  # BGR
    counts = np.zeros((8, 8, 8))
    np.add.at(counts, tuple(bins.T), 1)
    return counts / np.sqrt((counts**2).sum())


def test_histogram_written_plainly(astronaut):
    np.testing.assert_allclose(histogram(astronaut), _plain_histogram(astronaut).ravel(), atol=1e-6)


def test_histogram_of_a_part(astronaut):
    mask = np.zeros(astronaut.shape[:2], bool)
    mask[50:200, 100:300] = True
    expected = _plain_histogram(astronaut[50:200, 100:300]).ravel()
    np.testing.assert_allclose(histogram(astronaut, mask), expected, atol=1e-6)


def test_histogram_correlation_is_pearsons(real_pair):
    first, second = (_plain_histogram(to_bytes(each)).ravel() for each in real_pair)
    assert histogram_correlation(*real_pair) == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-6)
    flat = [np.float32(each).reshape(512, 1) for each in (first, second)]
    assert histogram_correlation(*real_pair) == pytest.approx(cv2.compareHist(*flat, cv2.HISTCMP_CORREL), abs=1e-6)


def test_histogram_correlation_of_a_spread_histogram_is_a_number():
    # Given as (8, 8, 8), OpenCV's Python binding makes NaN of this pair.
    rng = np.random.default_rng(0)
    noise = [rng.random((128, 128, 3)).astype(np.float32) for _ in range(2)]
    assert -1 <= histogram_correlation(*noise) <= 1
    assert histogram_correlation(noise[0], noise[0]) == pytest.approx(1)


def test_sizes_may_differ_for_histograms(real_pair):
    assert histogram_correlation(real_pair[1][:100], real_pair[1][:100, ::-1][:, :512]) == pytest.approx(1)
