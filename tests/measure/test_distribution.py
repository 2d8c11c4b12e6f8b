"""FID and KID on features: against closed forms, SciPy, and what bias does."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from bonaface.core.errors import InputError
from bonaface.measure import MEASURES
from bonaface.measure.distribution import (
    check_count,
    extrapolated,
    frechet,
    kernel_distance,
    read_statistics,
    statistics_of,
)
from bonaface.measure.record import NotApplicable
from bonaface.measure.sets import fid, kid


def drawn(seed: int, count: int, dimensions: int = 24, shift: float = 0.0, scale: float = 1.0):
    return shift + scale * np.random.default_rng(seed).standard_normal((count, dimensions))


@pytest.mark.parametrize(("first", "second"), [(10, 12), (40, 300), (300, 10), (200, 250)])
def test_the_distance_is_that_of_the_formula_with_a_matrix_root(first, second):
    a, b = drawn(1, first), drawn(2, second, shift=0.3, scale=1.4)
    root = sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False))
    spread = np.trace(np.cov(a, rowvar=False)) + np.trace(np.cov(b, rowvar=False)) - 2 * np.trace(root.real)
    expected = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + spread
    # sqrtm of a singular product is good to some digits only
    assert frechet(a, b) == pytest.approx(expected, rel=1e-3 if min(first, second) < 24 else 1e-9)


def test_saved_statistics_stand_for_the_pictures():
    a, b = drawn(1, 60), drawn(2, 80, shift=0.5)
    assert frechet(a, statistics_of(b)) == pytest.approx(frechet(a, b), rel=1e-9)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)


def test_many_pictures_come_near_to_the_distance_of_the_distributions():
    true = 24 * 0.5**2 + 24 * (1.5 - 1) ** 2
    assert frechet(drawn(1, 20_000), drawn(2, 20_000, shift=0.5, scale=1.5)) == pytest.approx(true, rel=0.03)


def test_few_pictures_are_biased_upwards_and_the_extrapolation_takes_most_of_it_away():
    plain, beyond = [], []
    for seed in range(8):
        a, b = drawn(2 * seed, 100), drawn(2 * seed + 1, 100)
        plain.append(frechet(a, b))
        beyond.append(extrapolated(a, b))
    assert np.mean(plain) > 1  # of equal distributions
    assert abs(np.mean(beyond)) < 0.25 * np.mean(plain)


def test_kid_is_unbiased_and_grows_with_the_distance():
    same = [kernel_distance(drawn(2 * seed, 80), drawn(2 * seed + 1, 80)) for seed in range(40)]
    assert abs(np.mean(same)) < 2.5 * np.std(same) / np.sqrt(len(same))
    near, far = (kernel_distance(drawn(1, 80), drawn(2, 80, shift=shift)) for shift in (0.3, 0.6))
    assert 0 < near < far


def test_kid_is_the_mean_over_pairs():
    a, b = drawn(1, 5, 4), drawn(2, 6, 4)
    kernel = lambda x, y: (x @ y / 4 + 1) ** 3  # noqa: E731
    within = [np.mean([kernel(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j]) for s in (a, b)]
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert kernel_distance(a, b) == pytest.approx(sum(within) - 2 * across, rel=1e-12)


def test_fewer_than_fifty_pictures_need_force():
    with pytest.raises(NotApplicable, match="49 pictures; expected at least 50"):
        check_count(drawn(1, 49), force=False)
    check_count(drawn(1, 49), force=True)
    with pytest.raises(NotApplicable, match="1 pictures"):
        check_count(drawn(1, 1), force=True)


def test_fid_says_of_how_many_pictures_and_what_infinitely_many_would_give():
    found = MEASURES["fid"].named(fid(drawn(1, 60), drawn(2, 70)))
    assert (found["n"].value, found["reference-n"].value) == (60, 70)
    assert found["extrapolated"].value < found[""].value
    few = MEASURES["fid"].named(fid(drawn(1, 8), drawn(2, 70), force=True))
    assert few["extrapolated"].value is None
    assert "fewer than 16" in few["extrapolated"].why


def test_kid_needs_the_pictures_of_the_reference():
    with pytest.raises(NotApplicable, match="mean and covariance do not suffice"):
        kid(drawn(1, 60), statistics_of(drawn(2, 70)))
    assert MEASURES["kid"].named(kid(drawn(1, 60), drawn(2, 70)))["n"].value == 60


def test_statistics_are_read_and_other_files_refused(tmp_path):
    held = statistics_of(drawn(1, 60))
    np.savez(tmp_path / "good.npz", mu=held.mean, sigma=held.covariance)
    again = read_statistics(tmp_path / "good.npz")
    assert (again.count, again.covariance.shape) == (0, (24, 24))
    np.savez(tmp_path / "shape.npz", mu=held.mean, sigma=held.covariance[:3])
    with pytest.raises(InputError, match=r"shape \(3, 24\); expected"):
        read_statistics(tmp_path / "shape.npz")
    np.savez(tmp_path / "pickled.npz", mu=np.array([object()]), sigma=held.covariance)
    with pytest.raises(InputError, match="cannot be read as statistics for FID"):
        read_statistics(tmp_path / "pickled.npz")
    (tmp_path / "text.npz").write_text("none")
    with pytest.raises(InputError, match="expected an NPZ"):
        read_statistics(tmp_path / "text.npz")
