"""What a measure's card says, and how a case is put through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bonaface.core.cases import Case
from bonaface.core.catalog import Source, Weights
from bonaface.core.results import Score

Files = Mapping[str, Path]
"""Verified local paths of weights, by file name."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its convention passport and the way to its function.

    Attributes:
        id: as on the command line.
        version: raised whenever the same pixels give another number.
        needs: the fields of a `Case` that the function takes, in its order.
        unit: of the value.
        better: "higher", "lower" or "neither".
        bounds: the least and the greatest value.
        convention: colour order, channels, range, border, implementation: everything that changes the number.
        source: where the measure is described.
        load: from verified files to the pure function.
        weights: what `load` needs.
    """

    id: str
    version: int
    needs: tuple[str, ...]
    unit: str
    better: Literal["higher", "lower", "neither"]
    bounds: tuple[float, float]
    convention: str
    source: Source
    load: Callable[[Files], Callable[..., float]]
    weights: tuple[Weights, ...] = ()

    def score(self, case: Case, files: Files | None = None) -> Score:
        """The value for `case`, or why there is none."""
        missing = [name for name in self.needs if getattr(case, name) is None]
        if missing:
            return Score.not_applicable(f"no {' and no '.join(missing)} given", self.unit)
        function = self.load(files or {})
        try:
            return Score(float(function(*(getattr(case, name) for name in self.needs))), self.unit)
        except NotApplicable as reason:
            return Score.not_applicable(str(reason), self.unit)


class NotApplicable(Exception):  # noqa: N818 - it is no error: it says why there is no number
    """Raised by a measure for pictures that it says nothing of."""


def no_files(function: Callable[..., float]) -> Callable[[Files], Callable[..., float]]:
    """`load` of a measure without weights."""

    def load(_: Files) -> Callable[..., Any]:
        return function

    return load
