"""Means, intervals and paired tests of many columns at once.

Column by column these are the numbers of `intervals.mean_of` and `statistics.paired`; people are drawn once for all
columns, since forty attributes of thirty damages would take minutes one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.study.numbers.intervals import DRAWS, FEWEST_PEOPLE, LEVEL, Estimate, absent

_EQUAL = 1e-12
"""Of the largest mean (or of 1): below, differences of people's means are rounding."""


def means_of(values: NDArray[np.float64], people: Sequence[str], *, draws: int = DRAWS) -> list[Estimate]:
    """Each column's mean over pictures, and its 95% interval over people.

    Args:
        values: (N, Q), a row a picture, finite.
        people: N, whom each picture shows: pictures of one person are drawn together.
        draws: of the bootstrap, from `intervals.FEWEST_PEOPLE` people on; below, intervals are Student's.

    Returns:
        Q estimates, as `intervals.mean_of` gives for each column.

    Raises:
        ValueError: lengths differ, or a value is not finite.
    """
    rows, columns = values.shape
    if rows != len(people):
        raise ValueError(f"there are {rows} rows of {len(people)} pictures")
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite; leave it out and say why")
    if not rows:
        return [absent("no picture was measured")] * columns
    sums, counts = _by_person(values, people)
    means, number = values.mean(axis=0), len(counts)
    if number < 2:
        return [Estimate(float(mean), None, None, rows, number, "one person only: no interval") for mean in means]
    low, high = _student(sums / counts[:, None]) if number < FEWEST_PEOPLE else _bootstrap(sums, counts, draws)
    return [Estimate(float(m), float(a), float(b), rows, number) for m, a, b in zip(means, low, high, strict=True)]


def p_values(values: NDArray[np.float64], people: Sequence[str]) -> list[float | None]:
    """Each column's p: whether the people's means differ from 0 by more than chance.

    Args:
        values: (N, Q) of differences, finite.
        people: N.

    Returns:
        Q p values of the two-sided t test, as `statistics.paired` gives; None: fewer than two people.

    Source:
        Student's paired t over people's means.
    """
    from scipy.stats import t

    sums, counts = _by_person(values, people)
    number = len(counts)
    if number < 2:
        return [None] * values.shape[1]
    means = sums / counts[:, None]
    centre, spread, largest = means.mean(axis=0), means.std(axis=0, ddof=1), np.abs(means).max(axis=0)
    alike = spread <= _EQUAL * np.maximum(1.0, largest)
    statistic = np.abs(centre) / np.where(alike, 1.0, spread) * math.sqrt(number)
    p = np.where(alike, np.where(largest <= _EQUAL, 1.0, 0.0), 2 * t.sf(statistic, number - 1))
    return [float(value) for value in p]


def _by_person(values: NDArray[np.float64], people: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, Q) -> (P, Q) sums and (P,) counts."""
    names, whose = np.unique(np.asarray(people), return_inverse=True)
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, whose, values)
    return sums, np.bincount(whose, minlength=len(names)).astype(np.float64)


def _bootstrap(sums: NDArray[Any], counts: NDArray[Any], draws: int) -> tuple[NDArray[Any], NDArray[Any]]:
    number = len(counts)
    drawn = np.random.default_rng(0).multinomial(number, np.full(number, 1 / number), size=draws).astype(np.float64)
    means = (drawn @ sums) / (drawn @ counts)[:, None]
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    return low, high


def _student(means: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    from scipy.stats import t

    number = len(means)
    reach = float(t.ppf((1 + LEVEL) / 2, number - 1)) * means.std(axis=0, ddof=1) / np.sqrt(number)
    return means.mean(axis=0) - reach, means.mean(axis=0) + reach
