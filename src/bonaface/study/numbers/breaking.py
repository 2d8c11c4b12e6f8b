"""Where a measure's curve over a rising damage breaks: two straight lines that meet, fitted to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.study.numbers.intervals import LEVEL, Estimate, absent, mean_of
from bonaface.study.numbers.statistics import ALPHA

FEWEST_LEVELS = 5
"""Two on each side of the knee, and one more: else any two lines fit."""
FEWEST_PEOPLE = 3
KNEES = 101
DRAWS = 1000
BREAKS, LEVELS_OFF, STRAIGHT, UNKNOWN = "breaks", "levels off", "straight", "unknown"


@dataclass(frozen=True, slots=True)
class Knee:
    """Where a curve bends.

    Attributes:
        kind: "breaks": beyond the knee each step of damage costs more than before; "levels off": less, as where
            nothing much is left to lose; "straight": no bend can be told from chance; "unknown": `why` says so.
        level: of the knee, in the damage's own unit, between levels that were measured; None: unknown.
        low: lower end of its 95% interval, by bootstrap over people.
        high: upper end.
        before: slope up to the knee, in the measure's unit for each unit of damage.
        after: slope beyond it.
        bend: `after` less `before`, mean over people.
        people: whose curves are in it: those with all levels.
        levels: that were measured.
        why: there is no knee.
    """

    kind: str
    level: float | None
    low: float | None
    high: float | None
    before: float | None
    after: float | None
    bend: Estimate
    people: int
    levels: int
    why: str = ""


def knee(curves: Mapping[str, Mapping[float, float]], *, higher_is_better: bool, falling: bool = False) -> Knee:
    """The knee of a measure over one damage.

    One knee, least squares: y = a + b x + c max(0, x - k), on the mean over people; since all people have all levels,
    this is also the fit to everybody's curves with a constant of their own each. k is sought on 101 places between the
    second level and the last but one. People are drawn with replacement for the interval of k. Whether there is a bend
    at all is told by a t test over the people's own c at that k, its p multiplied by the places between levels that k
    could have had (Bonferroni), since k was sought.

    Args:
        curves: by person: the measure by level, finite.
        higher_is_better: of the measure.
        falling: the damage grows as the level falls, as JPEG's quality does.

    Source:
        Muggeo 2003, doi:10.1002/sim.1545, with a search in place of its iteration; decision 0015.

    >>> level = {x: 30 - 0.1 * x - 2 * max(0, x - 4) for x in range(1, 9)}
    >>> found = knee({str(p): {x: y + p for x, y in level.items()} for p in range(3)}, higher_is_better=True)
    >>> found.kind, found.level
    ('breaks', 4.0)
    """
    levels = sorted({level for curve in curves.values() for level in curve})
    whole = [person for person in sorted(curves) if set(curves[person]) == set(levels)]
    if len(levels) < FEWEST_LEVELS:
        return _unknown(f"{len(levels)} levels; at least {FEWEST_LEVELS} show a knee", len(whole), len(levels))
    if len(whole) < FEWEST_PEOPLE:
        people = "person has" if len(whole) == 1 else "people have"
        return _unknown(
            f"{len(whole)} {people} all levels; at least {FEWEST_PEOPLE} are needed", len(whole), len(levels)
        )
    x = np.array(levels, np.float64) * (-1 if falling else 1)
    order = np.argsort(x)
    x = x[order]
    values = np.array([[curves[person][level] for level in levels] for person in whole])[:, order]
    places = np.linspace(x[1], x[-2], KNEES)
    designs = np.stack([np.column_stack([np.ones_like(x), x, np.maximum(0, x - k)]) for k in places])
    solvers = np.linalg.pinv(designs)  # (K, 3, levels)
    best = _best(values.mean(axis=0)[None], designs, solvers)[0]
    own = np.einsum("cl,pl->pc", solvers[best], values)
    slope, change = own.mean(axis=0)[1:]
    bend = mean_of([float(c) for c in own[:, 2]], whole)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(whole), np.full(len(whole), 1 / len(whole)), size=DRAWS) @ values / len(whole)
    ends = np.percentile(places[_best(drawn, designs, solvers)], [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    told = _chance(own[:, 2]) * (len(x) - 3) < ALPHA
    worse = (change < 0) == higher_is_better
    sign = -1 if falling else 1
    low, high = sorted(round(sign * float(end), 6) for end in ends)
    return Knee(
        kind=(BREAKS if worse else LEVELS_OFF) if told else STRAIGHT,
        level=round(sign * float(places[best]), 6),
        low=low,
        high=high,
        before=float(slope),
        after=float(slope + change),
        bend=bend,
        people=len(whole),
        levels=len(levels),
    )


def damage_falls(curves: Sequence[tuple[Mapping[float, float], bool]]) -> bool:
    """Whether a damage grows as its level falls, as most of its curves have it.

    Args:
        curves: means by level, and whether higher is better.
    """
    votes = 0.0
    for curve, higher_is_better in curves:
        if len(curve) > 1 and len(set(curve.values())) > 1:
            r = float(np.corrcoef(list(curve), list(curve.values()))[0, 1])
            votes += r if higher_is_better else -r
    return votes > 0


def _best(curves: NDArray[Any], designs: NDArray[Any], solvers: NDArray[Any]) -> NDArray[np.intp]:
    """(N, levels) -> (N,): the place of the knee with the least squares left."""
    fitted = np.einsum("klc,kcm,nm->nkl", designs, solvers, curves, optimize=True)
    return np.asarray(((curves[:, None] - fitted) ** 2).sum(axis=2).argmin(axis=1))


def _chance(bends: NDArray[np.float64]) -> float:
    """How likely such bends are where there are none: two-sided t test."""
    from scipy.stats import t

    mean, spread = abs(float(bends.mean())), float(bends.std(ddof=1))
    if spread <= 1e-9 * max(1.0, mean):
        return 0.0 if mean > 1e-9 else 1.0
    return float(2 * t.sf(mean / spread * np.sqrt(len(bends)), len(bends) - 1))


def _unknown(why: str, people: int, levels: int) -> Knee:
    return Knee(UNKNOWN, None, None, None, None, None, absent(why), people, levels, why)
