"""How far readings of outputs lie from those of their truths, picture by picture, and the faces by their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bonaface.measure.attributes import NAMES
from bonaface.study.costs.seen import Seen
from bonaface.study.numbers.strata import AGES, step

LIGHTNESS = "skin-lightness"
QUANTITIES = (*NAMES, LIGHTNESS)
"""Columns of differences: the attributes' probabilities, and CIE L* of the skin."""
MARGIN = 0.25
"""By how much a probability must change for an answer to have turned around, as in an audit."""
MOST_VALUES = 12
"""Of a group: more are no groups, but numbers."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Pictures less their truths, row by row.

    Attributes:
        seen: N pictures whose truth was read.
        values: (N, Q) of `QUANTITIES`; NaN where there is none.
        on: (N, 40) answers that turned around to an attribute.
        off: likewise away from it.
    """

    seen: tuple[Seen, ...]
    values: NDArray[np.float64]
    on: NDArray[np.bool_]
    off: NDArray[np.bool_]
    rows: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, pictures: Sequence[Seen], truths: Sequence[Seen]) -> Moved:
        """Pictures beside their truths."""
        real = {one.face: one for one in truths}
        there = tuple(one for one in pictures if one.face in real)
        after = _stack([one.attributes for one in there])
        before = _stack([real[one.face].attributes for one in there])
        skin = [_less(one.skin, real[one.face].skin) for one in there]
        large = np.abs(after - before) > MARGIN
        return cls(
            there,
            np.column_stack([after - before, skin]) if there else np.zeros((0, len(QUANTITIES))),
            large & (before < 0.5) & (after >= 0.5),
            large & (before >= 0.5) & (after < 0.5),
            {(one.restorer, one.picture, one.variant): i for i, one in enumerate(there)},
        )

    def only(self, faces: frozenset[str]) -> Moved:
        """The pictures of these faces."""
        return self._rows([i for i, one in enumerate(self.seen) if one.face in faces])

    def where(self, **wanted: str) -> Moved:
        """The pictures whose fields have these values."""
        found = [all(getattr(one, name) == value for name, value in wanted.items()) for one in self.seen]
        return self._rows(np.flatnonzero(found).tolist())

    def _rows(self, rows: Sequence[int]) -> Moved:
        seen = tuple(self.seen[i] for i in rows)
        places = {(one.restorer, one.picture, one.variant): i for i, one in enumerate(seen)}
        return Moved(seen, self.values[list(rows)], self.on[list(rows)], self.off[list(rows)], places)

    def less(self, other: Moved, restorer: str) -> tuple[NDArray[np.float64], list[str]]:
        """Differences to another restorer on the same pictures, and whom they show."""
        pairs = [
            (i, j) for i, one in enumerate(self.seen) if (j := other.rows.get((restorer, one.picture, ""))) is not None
        ]
        mine, theirs = [i for i, _ in pairs], [j for _, j in pairs]
        return self.values[mine] - other.values[theirs], [self.seen[i].person for i in mine]


def _less(after: float | None, before: float | None) -> float:
    return float("nan") if after is None or before is None else after - before


def _stack(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.stack(rows) if rows else np.zeros((0, len(NAMES)))


def strata(truths: Sequence[Seen]) -> dict[str, dict[str, str]]:
    """Faces by their groups: name of the group, face, value; ages in bands, groups of one value left out."""
    names = sorted({name for one in truths for name in one.groups})
    out = {}
    for name in names:
        split = {one.face: band(name, one.groups[name]) for one in truths if name in one.groups}
        if 1 < len(set(split.values())) <= MOST_VALUES:
            out[name] = dict(sorted(split.items(), key=lambda item: (item[1], item[0])))
    return out


def band(name: str, value: str) -> str:
    """A group's value for a table: ages become the bands of `strata.AGES`.

    >>> band("age", "37"), band("gender", "female")
    ('20 to 39', 'female')
    """
    if name != "age" or not value.replace(".", "", 1).isdigit():
        return value
    return step(float(value), AGES)
