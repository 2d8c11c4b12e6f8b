import math

import numpy as np
import pytest
from scipy import stats

from bonaface.study.numbers.intervals import mean_of
from bonaface.study.numbers.statistics import (
    advice,
    benjamini_hochberg,
    holm,
    paired,
    people_needed,
    power_of,
    ranking,
    smallest_effect,
    verdict,
)

P = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34]
"""The fifteen p values of Benjamini & Hochberg 1995, the first ones shortened."""


def values(array):
    """(people, pictures) -> by person and picture."""
    return {(str(i), str(j)): float(v) for i, row in enumerate(array) for j, v in enumerate(row)}


def test_people_that_a_paired_t_test_needs():
    assert people_needed(0.2) == 199
    assert people_needed(0.5) == 34
    assert people_needed(0.8) == 15  # Cohen's large effect; G*Power 3 gives the same three


def test_power_against_simulated_studies():
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.5, 1, (20000, 34))
    p = stats.ttest_1samp(drawn, 0, axis=1).pvalue
    assert power_of(34, 0.5) == pytest.approx((p < 0.05).mean(), abs=0.01)


def test_the_least_effect_turns_the_number_of_people_round():
    for people in (2, 3, 10, 34, 199, 5000):
        effect = smallest_effect(people)
        assert power_of(people, effect) == pytest.approx(0.8, abs=1e-6)
    assert smallest_effect(199) == pytest.approx(0.2, abs=0.001)


def test_paired_differences_against_scipy():
    rng = np.random.default_rng(1)
    first, second = rng.normal(20, 2, (12, 1)), rng.normal(19, 2, (12, 1))
    found = paired(values(first), values(second))
    expected = stats.ttest_rel(first[:, 0], second[:, 0])
    assert found.p == pytest.approx(expected.pvalue)
    difference = first[:, 0] - second[:, 0]
    assert found.effect == pytest.approx(difference.mean() / difference.std(ddof=1))
    assert found.people == 12
    boot = stats.bootstrap((difference,), np.mean, n_resamples=20000, method="percentile", random_state=0)
    assert found.difference.low == pytest.approx(boot.confidence_interval.low, abs=0.1)
    assert found.difference.high == pytest.approx(boot.confidence_interval.high, abs=0.1)


def test_below_ten_people_the_interval_is_students():
    rng = np.random.default_rng(2)
    first, second = rng.normal(1, 1, (5, 1)), np.zeros((5, 1))
    found = paired(values(first), values(second))
    low, high = stats.ttest_1samp(first[:, 0], 0).confidence_interval(0.95)
    assert (found.difference.low, found.difference.high) == (pytest.approx(low), pytest.approx(high))


def test_many_pictures_of_few_people_are_few():
    rng = np.random.default_rng(3)
    person = rng.normal(0, 1, (12, 1))
    first = np.repeat(person, 50, axis=1) + rng.normal(0, 0.01, (12, 50))
    found = paired(values(first), values(np.zeros((12, 50))))
    alone = paired(values(first.mean(axis=1, keepdims=True)), values(np.zeros((12, 1))))
    assert found.p == pytest.approx(alone.p)
    width = found.difference.high - found.difference.low
    assert width == pytest.approx(alone.difference.high - alone.difference.low, rel=0.05)
    naive = mean_of(first.ravel().tolist(), [str(i) for i in range(600)])
    assert width > 4 * (naive.high - naive.low)


def test_only_pictures_that_both_have_are_compared():
    first, second = values(np.ones((3, 2))), values(np.zeros((3, 2)))
    del second["1", "0"]
    first["9", "9"] = 100.0
    assert paired(first, second).difference.n == 5


def test_without_spread_or_with_one_person():
    same = paired(values(np.ones((4, 1))), values(np.ones((4, 1))))
    assert (same.p, same.effect) == (1.0, 0.0)
    shifted = paired(values(np.ones((4, 1))), values(np.zeros((4, 1))))
    assert shifted.p == 0.0
    assert shifted.effect is None
    one = paired(values(np.ones((1, 3))), values(np.zeros((1, 3))))
    assert one.p is None
    assert "one person" in one.why
    none = paired({}, {})
    assert none.p is None
    assert none.difference.value is None


def test_holm_as_published():
    # Holm's step-down by hand: 15 p1, 14 p2, ... and never falling.
    expected = np.minimum(np.maximum.accumulate([(15 - i) * p for i, p in enumerate(P)]), 1)
    assert holm(P) == pytest.approx(expected)
    assert holm(P[::-1]) == pytest.approx(expected[::-1])
    assert holm([]) == []


def test_benjamini_hochberg_against_scipy():
    assert benjamini_hochberg(P) == pytest.approx(stats.false_discovery_control(P))
    shuffled = np.random.default_rng(0).permutation(P).tolist()
    assert benjamini_hochberg(shuffled) == pytest.approx(stats.false_discovery_control(shuffled))
    assert benjamini_hochberg([]) == []


def test_what_three_people_can_tell():
    rng = np.random.default_rng(5)
    first, second = rng.normal(0.1, 1, (3, 1)), rng.normal(0, 1, (3, 1))
    said = verdict(paired(values(first), values(second)))
    assert said.startswith("With 3 people this difference cannot be told from chance; 199 would be needed for a small")
    assert "199" in advice(3)
    assert "34" in advice(3)
    assert advice(199) == ""
    assert "one person" in advice(1)


def test_a_sure_difference_is_told():
    rng = np.random.default_rng(6)
    found = paired(values(rng.normal(5, 1, (20, 1))), values(np.zeros((20, 1))))
    assert "more than chance" in verdict(found)


def test_ranking_with_ties():
    rng = np.random.default_rng(7)
    person = rng.normal(0, 3, (30, 2))
    good, same, bad = (person + shift + rng.normal(0, 0.3, (30, 2)) for shift in (2.0, 2.0, -2.0))
    places = ranking({"bad": values(bad), "good": values(good), "same": values(same)}, higher_is_better=True)
    by_name = {place.name: place for place in places}
    assert places[-1].name == "bad"
    assert (by_name["bad"].rank, by_name["bad"].last, by_name["bad"].tied) == (3, 3, ())
    assert (by_name["good"].rank, by_name["good"].last, by_name["good"].tied) == (1, 2, ("same",))
    turned = ranking({"bad": values(bad), "good": values(good)}, higher_is_better=False)
    assert [place.name for place in turned] == ["bad", "good"]


def test_ranking_of_few_people_is_all_ties():
    rng = np.random.default_rng(9)
    made = {name: values(rng.normal(0, 1, (3, 2))) for name in "abc"}
    assert all((place.rank, place.last) == (1, 3) for place in ranking(made, higher_is_better=True))


def test_ranking_uses_the_pictures_that_all_have():
    first, second = values(np.array([[1.0, 9.0], [2.0, 9.0]])), values(np.array([[1.0], [2.0]]))
    places = ranking({"a": first, "b": second}, higher_is_better=True)
    assert [place.estimate.value for place in places] == [1.5, 1.5]
    assert ranking({}, higher_is_better=True) == []
    assert ranking({"a": first, "b": {}}, higher_is_better=True) == []
    assert math.isfinite(places[0].estimate.low)
