import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonaface.core.images import luminance
from bonaface.core.regions import Region
from bonaface.measure.texture import (
    BANDS,
    GAIN_LIMITS,
    NOISE_SIGMA,
    Pyramid,
    band_sums,
    maps,
    mask_pyramid,
    noise_energies,
    pyramid,
    shares,
    tone,
)

SIZES = [(512, 512), (97, 131), (32, 33), (250, 16)]


@pytest.fixture(scope="module")
def planes(real_pair):
    return tuple(luminance(each) for each in real_pair)


def rebuilt(taken_apart):
    plane = taken_apart.rest
    for band in reversed(taken_apart.bands):
        plane = band + cv2.pyrUp(plane, dstsize=band.shape[::-1])
    return plane


@pytest.mark.parametrize("size", SIZES)
def test_the_pyramid_can_be_put_together_again(planes, size):
    plane = np.ascontiguousarray(planes[0][: size[0], : size[1]])
    parts = pyramid(plane)
    assert len(parts.bands) == len(BANDS) == 4
    assert [band.shape for band in parts.bands[1:]] == [(-(-size[0] // 2**k), -(-size[1] // 2**k)) for k in (1, 2, 3)]
    np.testing.assert_allclose(rebuilt(parts), plane, atol=1e-6)  # a few float32 roundings


def test_the_pyramid_is_burt_and_adelsons(planes):
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    plane = planes[0][:64, :64].astype(np.float64)
    low = cv2.filter2D(plane, -1, kernel, borderType=cv2.BORDER_REFLECT_101)[::2, ::2]
    np.testing.assert_allclose(cv2.pyrDown(planes[0][:64, :64]), low, atol=1e-6)
    spread = np.zeros_like(plane)
    spread[::2, ::2] = 4 * low
    up = cv2.filter2D(spread, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(pyramid(planes[0][:64, :64]).bands[0][inner], (plane - up)[inner], atol=1e-6)


def test_noise_energies_by_monte_carlo():
    rng = np.random.default_rng(0)
    energies = []
    for _ in range(8):
        noise = rng.normal(0, NOISE_SIGMA, (1024, 1024)).astype(np.float32)
        energies.append([(band[8:-8, 8:-8].astype(np.float64) ** 2).mean() for band in pyramid(noise).bands])
    # The coarse band has 128 x 128 values, correlated: 8 draws know it to about 0.7%.
    np.testing.assert_allclose(noise_energies(), np.mean(energies, axis=0), rtol=0.02)
    np.testing.assert_allclose(noise_energies()[0], np.mean(energies, axis=0)[0], rtol=0.003)


def plain_shares(truth, output, inside, noise):
    """FACTS section 2, pixel by pixel."""
    xx = yy = xy = 0.0
    for y, x in itertools.product(*map(range, truth.shape)):
        if inside[y, x]:
            xx += float(truth[y, x]) ** 2
            yy += float(output[y, x]) ** 2
            xy += float(truth[y, x]) * float(output[y, x])
    rho = max(0.0, xy / np.sqrt(xx * yy))
    base = max(xx, noise * inside.sum())
    return 1 - rho**2, max(0.0, 1 - rho**2 * yy / base), yy * (1 - rho**2) / base


@pytest.mark.parametrize("region", ["disc", "stripe", "everything"])
def test_shares_written_plainly(planes, region):
    output, truth = (np.ascontiguousarray(plane[60:140, 180:270]) for plane in planes)
    rows, columns = np.mgrid[:80, :90]
    mask = {
        "disc": (rows - 40) ** 2 + (columns - 45) ** 2 < 30**2,
        "stripe": (rows > 10) & (rows < 17),
        "everything": np.ones((80, 90), bool),
    }[region]
    patch = mask_pyramid({Region.NOSE: mask})[0]
    bands = pyramid(output).bands[0], pyramid(truth).bands[0]
    (sums,) = band_sums(*bands, patch).T
    found = shares(*sums, noise_energies()[0])
    expected = plain_shares(bands[1], bands[0], mask, noise_energies()[0])
    assert (found.invented, found.lost, found.amount) == pytest.approx(expected, abs=1e-5)  # float32 sums
    assert sums[3] == mask.sum()


def test_sums_of_large_regions_keep_their_digits():
    rng = np.random.default_rng(0)
    output, truth = rng.normal(0, 0.05, (2, 1500, 1500)).astype(np.float32)
    (sums,) = band_sums(output, truth, [mask_pyramid({Region.NOSE: np.ones((1500, 1500), bool)})[0][0]]).T
    x, y = truth.astype(np.float64), output.astype(np.float64)
    np.testing.assert_allclose(sums[:2], [(x * x).sum(), (y * y).sum()], rtol=2e-4)
    assert sums[2] == pytest.approx((x * y).sum(), abs=2e-4 * sums[0])


def test_masks_are_reduced_as_the_bands_are():
    mask = np.zeros((128, 112), bool)
    mask[30:75, 33:96] = True
    levels = mask_pyramid({Region.NOSE: mask, Region.MOUTH: np.zeros_like(mask)})
    plane = mask.astype(np.float32)
    assert len(levels) == 5
    for level, (nose, mouth) in enumerate(levels):
        if level:
            plane = cv2.pyrDown(plane)
        whole = np.zeros_like(plane)
        whole[nose.rows, nose.columns] = nose.weights
        np.testing.assert_allclose(whole, plane, atol=1e-6)
        assert mouth.pixels == 0


ENERGY = st.floats(0, 1e4, allow_subnormal=False)


@settings(max_examples=300, deadline=None)
@given(ENERGY, ENERGY, st.floats(-1, 1), st.floats(1, 1e6), st.sampled_from(noise_energies()))
def test_shares_lie_between_zero_and_one(truth, output, correlation, pixels, noise):
    found = shares(truth, output, correlation * np.sqrt(truth * output), pixels, noise)
    for share in (found.invented, found.lost):
        assert share is None or 0 <= share <= 1
    assert found.amount >= 0
    assert np.isfinite(found.amount)
    assert 0 <= found.correlation <= 1


def test_shares_of_known_cases():
    noise = noise_energies()[0]
    same = shares(10, 10, 10, 100, noise)
    assert (same.invented, same.lost, same.amount) == pytest.approx((0, 0, 0), abs=1e-12)
    wrong = shares(10, 10, 0, 100, noise)  # as much energy, and none of it right: an energy ratio would call it kept
    assert (wrong.invented, wrong.lost, wrong.amount) == (1, 1, 1)
    opposite = shares(10, 10, -10, 100, noise)
    assert (opposite.invented, opposite.lost) == (1, 1)
    faint = shares(10, 2.5, 5, 100, noise)  # half the amplitude, all of it right
    assert (faint.invented, faint.lost) == pytest.approx((0, 0.75))
    strong = shares(10, 40, 20, 100, noise)  # twice the amplitude
    assert (strong.invented, strong.lost) == pytest.approx((0, 0))


def test_no_detail_no_share():
    noise = noise_energies()[0]
    smooth = shares(10, 0, 0, 100, noise)
    assert smooth.invented is None
    assert smooth.lost == 1
    flat_truth = shares(0, 10, 0, 100, noise)
    assert flat_truth.lost is None
    assert flat_truth.invented == 1
    # Measured against the sensor noise, not against nothing.
    assert flat_truth.amount == pytest.approx(10 / (noise * 100))
    nothing = shares(0, 0, 0, 0, noise)
    assert nothing.invented is nothing.lost is None


@settings(max_examples=50, deadline=None)
@given(st.floats(0.5, 2), st.floats(-0.5, 0.5))
def test_tone_undoes_gain_and_offset(gain, offset):
    rng = np.random.default_rng(0)
    truth, weights = rng.random((2, 16, 20))
    found_gain, found_offset = tone(truth / gain - offset, truth, weights)
    assert found_gain == pytest.approx(gain, rel=1e-6)
    assert found_offset == pytest.approx(gain * offset, abs=1e-6)


def test_tone_is_limited_and_never_shrinks_wrong_content():
    rng = np.random.default_rng(0)
    truth, other = rng.random((2, 32, 32))
    weights = np.ones_like(truth)
    assert tone(truth / 10, truth, weights)[0] == GAIN_LIMITS[1]
    assert tone(truth * 10, truth, weights)[0] == GAIN_LIMITS[0]
    # A least-squares fit of one random picture to another would give about 0.
    assert tone(other, truth, weights)[0] == pytest.approx(1, abs=0.1)


def test_tone_of_flat_and_empty_faces():
    flat, truth = np.full((8, 8), 0.25), np.random.default_rng(0).random((8, 8))
    assert tone(flat, truth, np.ones((8, 8))) == pytest.approx((1, truth.mean() - 0.25))
    assert tone(truth, truth, np.zeros((8, 8))) == (1, 0)


def plain_maps(output, truth, gain):
    """FACTS section 2 by SciPy, in float64; bilinear enlargement onto the grid of the finest band."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    height, width = truth.bands[0].shape
    total = np.zeros((height, width))
    for band, (y, x) in enumerate(zip(output.bands, truth.bands, strict=True)):
        y, x = y.astype(np.float64) * gain, x.astype(np.float64)
        smooth = [gaussian_filter(each, 3, mode="reflect", truncate=4) for each in (x * x, y * y, x * y)]
        rho = np.clip(smooth[2] / np.sqrt(smooth[0] * smooth[1]), 0, 1)
        here = (1 - rho**2) * np.sqrt(smooth[1])
        grid = np.mgrid[:height, :width] / 2**band
        total += map_coordinates(here, grid, order=1, mode="nearest")
    return total


def test_the_map_written_plainly(planes):
    parts = [pyramid(np.ascontiguousarray(plane[:200, 100:330])) for plane in planes]
    found = maps(*parts, gain=1.2)[0]
    expected = plain_maps(*parts, 1.2)
    # OpenCV places samples on a grid of 1/32 px and cuts its window at 4 sigma.
    assert np.abs(found - expected).max() < 0.02 * expected.max()
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9999


@pytest.mark.parametrize("size", SIZES)
def test_maps_are_finite_and_cover_the_whole_picture(planes, size):
    parts = [pyramid(np.ascontiguousarray(plane[: size[0], : size[1]])) for plane in planes]
    for plane in maps(*parts):
        assert plane.shape == size
        assert np.isfinite(plane).all()
        assert plane.min() >= 0


def test_maps_of_equal_pictures_are_zero(planes):
    for plane in maps(*[pyramid(planes[1])] * 2):
        assert plane.max() < 1e-6  # of white; detail has 0.01 to 0.1


def test_maps_of_flat_pictures_are_zero_or_what_the_other_has(planes):
    flat = pyramid(np.full_like(planes[1], 0.5))
    assert max(plane.max() for plane in maps(flat, flat)) == 0
    invented, lost = maps(flat, pyramid(planes[1]))
    assert invented.max() < 1e-6
    assert lost.max() > 0.1
    np.testing.assert_allclose(maps(pyramid(planes[1]), flat)[0], lost, atol=1e-6)  # the roles exchanged


def test_the_map_is_larger_where_more_is_invented(planes):
    truth, other = planes[1], np.ascontiguousarray(planes[1][::-1, ::-1])
    painted = truth.copy()
    painted[100:160, 100:160] = other[100:160, 100:160]
    painted[300:360, 300:360] = truth[300:360, 300:360] + 0.3 * (other - truth)[300:360, 300:360]
    invented = maps(pyramid(painted), pyramid(truth))[0]
    wholly, partly = invented[110:150, 110:150].mean(), invented[310:350, 310:350].mean()
    elsewhere = invented[200:280, 200:280].mean()
    assert wholly > 1.5 * partly > 15 * elsewhere


def test_the_map_follows_the_gain(planes):
    truth = pyramid(planes[1])
    halved = Pyramid(tuple(band / 2 for band in truth.bands), truth.rest)
    invented, lost = maps(halved, truth, gain=2.0)
    assert max(invented.max(), lost.max()) < 1e-5
    assert maps(halved, truth)[1].max() > 0.05
