"""Whether restorers differ: paired by person, corrected for many questions, with how many people it would take.

The unit is a person, never a pixel and never a picture: pictures of one person are averaged, or drawn together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bonaface.study.numbers.intervals import DRAWS, Estimate, mean_of

SMALL, MEDIUM = 0.2, 0.5
"""Effects that are called small and medium, Cohen 1988."""
POWER, ALPHA = 0.8, 0.05

Values = Mapping[tuple[str, str], float]
"""Numbers by person and picture ("what was done to it"), finite."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One restorer less another, on the same pictures.

    Attributes:
        difference: mean over the pictures that both have, with its interval.
        p: of the two-sided paired t test over the people's means; None: it cannot be computed.
        effect: Cohen's d_z, mean over standard deviation of the people's differences; None likewise.
        people: how many.
        why: there is no p; else empty.
    """

    difference: Estimate
    p: float | None
    effect: float | None
    people: int
    why: str = ""


def paired(first: Values, second: Values, *, draws: int = DRAWS) -> Paired:
    """`first` less `second`, picture by picture.

    Args:
        first: of one restorer.
        second: of another; pictures that only one of them has are left out.
        draws: of the bootstrap over people, from 10 people on; below, the interval is Student's.

    Source:
        Cohen 1988, d_z; Student's paired t over people's means.
    """
    both = sorted(first.keys() & second.keys())
    differences = [first[key] - second[key] for key in both]
    people = [person for person, _ in both]
    found = mean_of(differences, people, draws=draws)
    means = _by_person(differences, people)
    number = len(means)
    if number < 2:
        return Paired(found, None, None, number, found.why or "one person only")
    spread = float(means.std(ddof=1))
    # Rounding in the means of equal differences is no spread.
    if spread <= 1e-12 * max(1.0, float(np.abs(means).max())):
        same = bool(np.abs(means).max() <= 1e-12)
        return Paired(found, 1.0 if same else 0.0, 0.0 if same else None, number, "all people differ by the same")
    effect = float(means.mean()) / spread
    return Paired(found, _two_sided(effect * math.sqrt(number), number - 1), effect, number)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p values, for claims of which none may be false by chance.

    Source:
        Holm 1979, Scandinavian Journal of Statistics 6.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(np.array([(len(p) - i) * p[k] for i, k in enumerate(order)], np.float64))
    return _put_back(order, np.minimum(raised, 1))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p values, for exploring: of those under 0.05, one in twenty is expected to be false.

    Source:
        Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p, kind="stable")[::-1]
    lowered = np.minimum.accumulate(np.array([len(p) / (len(p) - i) * p[k] for i, k in enumerate(order)], np.float64))
    return _put_back(order, np.minimum(lowered, 1))


@cache
def power_of(people: int, effect: float, alpha: float = ALPHA) -> float:
    """How likely a two-sided paired t test finds an effect that is there.

    Args:
        people: 2 or more.
        effect: Cohen's d_z.
        alpha: the share of false alarms that is allowed.

    Returns:
        0 to 1.
    """
    from scipy.stats import nct, t

    limit, shift = float(t.ppf(1 - alpha / 2, people - 1)), abs(effect) * math.sqrt(people)
    upper, lower = float(nct.sf(limit, people - 1, shift)), float(nct.cdf(-limit, people - 1, shift))
    # Far from the centre SciPy has no number, where the one tail is whole and the other empty.
    return min(1.0, (1.0 if math.isnan(upper) else upper) + (0.0 if math.isnan(lower) else lower))


@cache
def people_needed(effect: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """How many people a two-sided paired t test needs.

    Raises:
        ValueError: no effect would need all people there are.

    >>> people_needed(0.2), people_needed(0.5)
    (199, 34)
    """
    if not effect or not math.isfinite(effect):
        raise ValueError(f"an effect of {effect} has no number of people")
    return _least(lambda people: power_of(people, effect, alpha) >= power)


@cache
def smallest_effect(people: int, power: float = POWER, alpha: float = ALPHA) -> float:
    """The effect (Cohen's d_z) that so many people suffice for."""
    low, high = 0.0, 32.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(people, middle, alpha) >= power else (middle, high)
    return high


def advice(people: int) -> str:
    """What so many people can tell, for a report; empty where they suffice for a small effect.

    >>> advice(3)
    'With 3 people only effects of 3.26 or more (d_z) are found; a small one (0.2) needs 199, a medium one (0.5) 34.'
    """
    small, medium = people_needed(SMALL), people_needed(MEDIUM)
    if people >= small:
        return ""
    needs = f"a small one ({SMALL}) needs {small}" + (f", a medium one ({MEDIUM}) {medium}" if people < medium else "")
    if people < 2:
        return f"With one person nothing can be told from chance; {needs.replace('one (', 'effect (')}."
    return f"With {people} people only effects of {smallest_effect(people):.2f} or more (d_z) are found; {needs}."


def verdict(pair: Paired) -> str:
    """One sentence on a difference: whether it can be told from chance, and how many people it would take."""
    people = f"{pair.people} {'person' if pair.people == 1 else 'people'}"
    if pair.p is not None and pair.p < ALPHA:
        return f"With {people} this difference is more than chance (p = {pair.p:.2g})."
    own = ""
    if pair.effect is not None and abs(pair.effect) > 0.01:
        more = people_needed(round(abs(pair.effect), 3))
        own = f", {more} for one of the size that was seen ({abs(pair.effect):.2f})" if more > pair.people else ""
    return (
        f"With {people} this difference cannot be told from chance; {people_needed(SMALL)} would be needed for a small "
        f"effect{own}."
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A restorer's place in a ranking.

    Attributes:
        name: of it.
        rank: the best place that it may have: 1 and how many are better beyond chance.
        last: the worst one: how many are not worse beyond chance.
        estimate: its mean.
        tied: those that it cannot be told from.
    """

    name: str
    rank: int
    last: int
    estimate: Estimate
    tied: tuple[str, ...]


def ranking(values: Mapping[str, Values], *, higher_is_better: bool, draws: int = DRAWS) -> list[Place]:
    """Restorers from the one that does least damage on.

    Two are tied unless their paired difference, Holm-corrected over all pairs, is beyond chance at 5%.

    Args:
        values: by restorer; only the pictures that all of them have are ranked.
        higher_is_better: of the measure.
        draws: as for `paired`.
    """
    if not values:
        return []
    common = set.intersection(*(set(found) for found in values.values()))
    kept = {name: {key: found[key] for key in sorted(common)} for name, found in values.items()}
    if not common:
        return []
    pairs = list(combinations(kept, 2))
    compared = [paired(kept[a], kept[b], draws=draws) for a, b in pairs]
    corrected = holm([1.0 if pair.p is None else pair.p for pair in compared])
    better: dict[str, set[str]] = {name: set() for name in kept}
    worse: dict[str, set[str]] = {name: set() for name in kept}
    tied: dict[str, list[str]] = {name: [] for name in kept}
    for (a, b), pair, p in zip(pairs, compared, corrected, strict=True):
        if p >= ALPHA or pair.difference.value is None:
            tied[a].append(b)
            tied[b].append(a)
        else:
            best, other = (a, b) if (pair.difference.value > 0) == higher_is_better else (b, a)
            better[other].add(best)
            worse[best].add(other)
    people = [person for person, _ in sorted(common)]
    means = {name: mean_of(list(found.values()), people, draws=draws) for name, found in kept.items()}
    places = [
        Place(name, 1 + len(better[name]), len(kept) - len(worse[name]), means[name], tuple(tied[name]))
        for name in kept
    ]
    sign = -1 if higher_is_better else 1
    return sorted(places, key=lambda place: (sign * (place.estimate.value or 0.0), place.name))


def _by_person(values: Sequence[float], people: Sequence[str]) -> NDArray[np.float64]:
    if not values:
        return np.zeros(0)
    _, whose = np.unique(np.asarray(people), return_inverse=True)
    sums = np.bincount(whose, weights=np.asarray(values, np.float64))
    return np.asarray(sums / np.bincount(whose), np.float64)


def _two_sided(statistic: float, freedom: int) -> float:
    from scipy.stats import t

    return float(2 * t.sf(abs(statistic), freedom))


def _put_back(order: NDArray[np.intp], adjusted: NDArray[np.float64]) -> list[float]:
    out = np.empty(len(order))
    out[order] = adjusted
    return [float(value) for value in out]


def _least(enough: Callable[[int], bool]) -> int:
    """The least number from 2 on that is enough: doubled until it is, then halved in between."""
    high = 2
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(high, 2)


__all__ = [
    *("ALPHA", "FEWEST_PEOPLE", "MEDIUM", "POWER", "SMALL", "Paired", "Place", "Values", "advice"),
    *("benjamini_hochberg", "holm", "paired", "people_needed", "power_of", "ranking", "smallest_effect", "verdict"),
]
