"""Means of many numbers with their 95% intervals, the unit being the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
LEVEL = 0.95
FEWEST_PEOPLE = 10
"""Below, intervals come from Student's t over people: a percentile bootstrap of so few is too narrow."""
CONVENTION = (
    f"mean over pictures; 95% interval by percentile bootstrap over people ({DRAWS} draws, seed 0), by Student's t "
    f"over the people's means below {FEWEST_PEOPLE} people; of a share that is 0 or 1 for everyone, the exact "
    "(Clopper-Pearson) interval; a picture whose person is not known is a person of its own"
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        value: of all pictures; None: there is none.
        low: lower end of the 95% interval; None: there is none.
        high: upper end.
        n: pictures.
        people: that these pictures show, as far as is known.
        why: there is no value or no interval; else empty.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    people: int
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        held = {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "people": self.people}
        return {**held, "why": self.why} if self.why else held


def absent(why: str) -> Estimate:
    """Nothing was measured, and why."""
    return Estimate(None, None, None, 0, 0, why)


def mean_of(values: Sequence[float], people: Sequence[str], *, draws: int = DRAWS, share: bool = False) -> Estimate:
    """The mean over pictures, and its 95% interval over people.

    Args:
        values: one a picture, finite.
        people: whom each picture shows: pictures of one person are drawn together.
        draws: of the bootstrap.
        share: the values are 0 or 1.

    >>> mean_of([1.0, 2.0, 3.0], ["a", "b", "c"]).value
    2.0
    """
    if len(values) != len(people):
        raise ValueError(f"there are {len(values)} values of {len(people)} pictures")
    if not values:
        return absent("no picture was measured")
    array = np.asarray(values, np.float64)
    if not np.isfinite(array).all():
        raise ValueError("a value is not finite; leave it out and say why")
    _, whose = np.unique(np.asarray(people), return_inverse=True)
    counts: NDArray[Any] = np.bincount(whose).astype(np.float64)
    sums: NDArray[Any] = np.bincount(whose, weights=array)
    value, number = float(array.mean()), len(counts)
    if number < 2:
        return Estimate(value, None, None, len(array), number, "one person only: no interval")
    if share and value in (0.0, 1.0):
        low, high = _exact(value, number)
    elif number < FEWEST_PEOPLE:
        low, high = _student(sums / counts)
        low, high = (max(low, 0.0), min(high, 1.0)) if share else (low, high)
    else:
        low, high = _bootstrap(sums, counts, draws)
    return Estimate(value, low, high, len(array), number)


def balanced_of(
    values: Sequence[float], classes: Sequence[str], people: Sequence[str], *, draws: int = DRAWS
) -> Estimate:
    """The mean over classes of each class's mean; the interval by bootstrap over people, for any number of them.

    Args:
        values: one a picture, finite.
        classes: of the pictures. A class that a draw misses is left out of that draw.
        people: whom each picture shows.
        draws: of the bootstrap.
    """
    if not values:
        return absent("no picture was measured")
    names, whose = np.unique(np.asarray(people), return_inverse=True)
    kinds, which = np.unique(np.asarray(classes), return_inverse=True)
    sums, counts = np.zeros((len(names), len(kinds))), np.zeros((len(names), len(kinds)))
    np.add.at(sums, (whose, which), np.asarray(values, np.float64))
    np.add.at(counts, (whose, which), 1.0)
    value = float(np.mean(sums.sum(axis=0) / counts.sum(axis=0)))
    if len(names) < FEWEST_PEOPLE:
        few = f"fewer than {FEWEST_PEOPLE} people: no interval"
        return Estimate(value, None, None, len(values), len(names), few)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    there = drawn @ counts
    shares = np.divide(drawn @ sums, there, out=np.full(there.shape, np.nan), where=there > 0)
    low, high = np.percentile(np.nanmean(shares, axis=1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(value, float(low), float(high), len(values), len(names))


def _bootstrap(sums: NDArray[Any], counts: NDArray[Any], draws: int) -> tuple[float, float]:
    """People drawn with replacement; the mean over the pictures of those drawn."""
    rng = np.random.default_rng(0)
    number = len(counts)
    drawn = rng.multinomial(number, np.full(number, 1 / number), size=draws).astype(np.float64)
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def _student(means: NDArray[np.float64]) -> tuple[float, float]:
    from scipy.stats import t

    centre, error = means.mean(), means.std(ddof=1) / np.sqrt(len(means))
    reach = float(t.ppf((1 + LEVEL) / 2, len(means) - 1)) * error
    return float(centre - reach), float(centre + reach)


def _exact(value: float, number: int) -> tuple[float, float]:
    """Clopper-Pearson where none or all of `number` people count."""
    rest = float(((1 - LEVEL) / 2) ** (1 / number))
    return (rest, 1.0) if value else (0.0, 1 - rest)
