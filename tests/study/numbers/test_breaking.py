"""The knee of a curve: synthetic curves with a known one."""

from __future__ import annotations

import numpy as np
import pytest

from bonaface.study.numbers.breaking import BREAKS, LEVELS_OFF, STRAIGHT, UNKNOWN, damage_falls, knee


def people(levels, mean, count=12, noise=0.3, seed=0):
    """Curves of people who differ by a constant, and by noise."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0, 3, count)
    return {f"p{i}": {x: mean(x) + offsets[i] + rng.normal(0, noise) for x in levels} for i in range(count)}


@pytest.mark.parametrize("at", [3.0, 4.5, 6.0])
def test_finds_the_knee_within_its_interval(at):
    levels = np.arange(1, 10, 0.5).tolist()
    found = knee(people(levels, lambda x: 32 - 0.2 * x - 2 * max(0, x - at)), higher_is_better=True)
    assert found.kind == BREAKS
    assert found.level == pytest.approx(at, abs=0.3)
    assert found.low <= at <= found.high
    assert found.high - found.low < 1
    assert found.before == pytest.approx(-0.2, abs=0.15)
    assert found.after == pytest.approx(-2.2, abs=0.15)
    assert (found.people, found.levels) == (12, 18)


def test_interval_covers_the_knee_about_as_often_as_it_says():
    levels = [1, 2, 3, 4, 5, 6, 7, 8]
    hits = 0
    for seed in range(40):
        curves = people(levels, lambda x: 30 - 1.5 * max(0, x - 4), count=20, noise=1.0, seed=seed)
        found = knee(curves, higher_is_better=True)
        hits += found.low - 1e-9 <= 4 <= found.high + 1e-9
    assert hits >= 34


def test_where_lower_is_better_a_break_goes_up():
    levels = [1, 2, 3, 4, 5, 6, 7]
    found = knee(people(levels, lambda x: 0.1 * x + max(0, x - 3), noise=0.1), higher_is_better=False)
    assert found.kind == BREAKS
    assert found.level == pytest.approx(3, abs=0.3)


def test_a_curve_that_flattens_does_not_break():
    levels = [1, 2, 3, 4, 5, 6, 7]
    found = knee(people(levels, lambda x: 30 - 3 * min(x, 3)), higher_is_better=True)
    assert found.kind == LEVELS_OFF


def test_a_straight_line_has_no_knee():
    levels = [1, 2, 3, 4, 5, 6, 7]
    kinds = [knee(people(levels, lambda x: 30 - x, seed=seed), higher_is_better=True).kind for seed in range(20)]
    assert kinds.count(STRAIGHT) >= 18


def test_jpeg_is_read_backwards():
    levels = [90, 75, 60, 45, 30, 20, 10, 5]
    curves = people(levels, lambda q: 35 - 0.02 * (90 - q) - 0.5 * max(0, 30 - q))
    mean = {q: float(np.mean([curve[q] for curve in curves.values()])) for q in levels}
    assert damage_falls([(mean, True)])
    found = knee(curves, higher_is_better=True, falling=True)
    assert found.kind == BREAKS
    assert found.level == pytest.approx(30, abs=4)
    assert found.low <= found.level <= found.high


@pytest.mark.parametrize(
    ("curves", "says"),
    [
        ({f"p{i}": dict.fromkeys((1.0, 2.0, 3.0), 0.0) for i in range(9)}, "3 levels; at least 5"),
        ({"a": {float(x): 0.0 for x in range(7)}}, "1 person has all levels; at least 3"),
        ({}, "0 levels"),
    ],
)
def test_says_why_there_is_none(curves, says):
    found = knee(curves, higher_is_better=True)
    assert found.kind == UNKNOWN
    assert found.level is None
    assert says in found.why


def test_people_who_lack_a_level_are_left_out():
    curves = people([1, 2, 3, 4, 5, 6], lambda x: 30 - max(0, x - 3))
    del curves["p0"][4]
    assert knee(curves, higher_is_better=True).people == 11
