"""Keypoints of facial features, and distances of distributions, against other people's code and brute force."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from bonaface.measure import features
from bonaface.measure.geometry import GROUPS


@pytest.fixture(scope="module")
def face():
    """(68, 2): each landmark far from all others, 90 px between the outer corners of the eyes."""
    points = np.stack(np.meshgrid(np.arange(9) * 100.0, np.arange(8) * 100.0), axis=-1).reshape(-1, 2)[:68]
    points[45] = points[36] + (90, 0)
    return points


def test_each_point_counts_for_the_nearest_feature(face):
    near = face[[0, 17, 22, 30, 40, 47, 60, 60]] + (3, -4)
    far = np.array([(-500.0, -500.0)])
    counts = features.by_feature(np.vstack([near, far]), face)
    assert counts == dict.fromkeys(GROUPS, 1) | {"mouth": 2}
    assert set(features.by_feature(np.zeros((0, 2)), face).values()) == {0}


def test_the_reach_is_a_fifth_of_the_distance_between_the_eyes(face):
    for beyond, expected in ((-0.01, 1), (0.01, 0)):
        point = face[:1] - (0, 18 + beyond)
        assert features.by_feature(point, face)["jaw"] == expected


def test_parts_and_their_ratio():
    counts = dict.fromkeys(GROUPS, 10)
    assert features.in_part(counts, "jaw") == (10, 70)
    assert features.in_part(counts, "upper face") == (40, 70)
    ratio, chance = features.share_ratio((40, 100), (20, 100))
    assert ratio == pytest.approx(2)
    assert chance == pytest.approx(np.exp(1.96 * np.sqrt(1 / 40 - 1 / 100 + 1 / 20 - 1 / 100)))
    assert features.share_ratio((0, 100), (20, 100))[0] == 0


def test_chance_covers_95_of_100_ratios_of_equal_shares():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        a, b = rng.binomial(150, 0.4), rng.binomial(180, 0.4)
        ratio, chance = features.share_ratio((a, 150), (b, 180))
        inside += 1 / chance <= ratio <= chance
    assert inside / 2000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_sizes_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 1, 50).round(1), rng.normal(0.4, 1.3, 70).round(1)  # with ties
    assert features.sizes_apart(first, second) == pytest.approx(ks_2samp(first, second).statistic)


def test_angles_do_not_depend_on_where_the_circle_is_cut():
    rng = np.random.default_rng(1)
    first, second = rng.vonmises(0, 2, 60), rng.vonmises(1, 2, 80)
    first, second = np.degrees(first), np.degrees(second)
    found = [features.angles_apart(first + turn, second + turn) for turn in (0, 45, 190, 359)]
    assert np.ptp(found) < 1e-9
    assert found[0] > 0.3


def test_angles_by_brute_force():
    """Kuiper's statistic is the greatest difference between the two shares of any arc."""
    rng = np.random.default_rng(2)
    first, second = rng.uniform(0, 360, 12), rng.normal(90, 40, 15) % 360
    ends = np.sort(np.concatenate([first, second]))
    arcs = [
        abs(np.mean((first >= a) & (first <= b)) - np.mean((second >= a) & (second <= b))) for a in ends for b in ends
    ]
    assert features.angles_apart(first, second) == pytest.approx(max(arcs))


@pytest.mark.parametrize(("apart", "limit"), [("sizes_apart", "KOLMOGOROV"), ("angles_apart", "KUIPER")])
def test_chance_is_exceeded_once_in_twenty(apart, limit):
    rng = np.random.default_rng(3)
    statistic, threshold = getattr(features, apart), features.by_chance(getattr(features, limit), 100, 120)
    above = [statistic(rng.uniform(0, 360, 100), rng.uniform(0, 360, 120)) > threshold for _ in range(1500)]
    assert np.mean(above) == pytest.approx(0.045, abs=0.02)  # the limit distribution is a little strict for so few
