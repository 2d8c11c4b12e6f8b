"""What a measure's card says, and how a case is put through it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bonaface.core.cases import Case, Face
from bonaface.core.catalog import Source, Weights
from bonaface.core.results import Score

Files = Mapping[str, Path]
"""Verified local paths of weights, by file name."""
Values = float | Mapping[str, "float | Score"]
"""What a measure's function returns: one number, or the number under "" and its parts by name."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its convention passport and the way to its function.

    Attributes:
        id: as on the command line.
        version: raised whenever the same pixels give another number.
        needs: the fields of a `Case` that the function takes, in its order. `faces` are looked for from above.
        uses: fields that it takes after these where they are there, and else as None.
        faces: the pictures whose faces it reads ("output", "truth"): they have to be given, too.
        unit: of the value.
        better: "higher", "lower" or "neither".
        bounds: the least and the greatest value.
        convention: colour order, channels, range, border, implementation: everything that changes the number.
        source: where the measure is described.
        load: from verified files to the pure function.
        weights: what `load` needs.
        scope: "case": a number for each picture; "set": one for many pictures at once.
        implementation: whose code computes it.
        licence: of that code; weights have their own.
        modules: what must be importable for `load`, beyond what every installation has.
        install: how a user gets them.
    """

    id: str
    version: int
    needs: tuple[str, ...]
    unit: str
    better: Literal["higher", "lower", "neither"]
    bounds: tuple[float, float]
    convention: str
    source: Source
    load: Callable[[Files], Callable[..., Values]]
    weights: tuple[Weights, ...] = ()
    uses: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()
    scope: Literal["case", "set"] = "case"
    implementation: str = "Bonaface"
    licence: str = "Apache-2.0"
    modules: tuple[str, ...] = ()
    install: str = ""

    @property
    def absent(self) -> tuple[str, ...]:
        """The modules that are not installed; nothing is imported to find out."""
        return tuple(name for name in self.modules if importlib.util.find_spec(name) is None)

    @property
    def given(self) -> tuple[str, ...]:
        """What a user has to give: all that it needs, and the pictures of the faces that it reads."""
        return tuple(dict.fromkeys((*(name for name in self.needs if name != "faces"), *self.faces)))

    def score(self, case: Case, files: Files | None = None) -> Score:
        """The value for `case`, or why there is none."""
        return self.scores(case, self.load(files or {}))[""]

    def scores(self, case: Case, function: Callable[..., Values]) -> dict[str, Score]:
        """The value under "", and its parts by name; or, under "", why there is none.

        Args:
            case: what is known.
            function: what `load` returned; loaded once for many cases.
        """
        missing = [name for name in self.given if getattr(case, name) is None]
        if missing:
            return {"": Score.not_applicable(f"no {' and no '.join(missing)} given", self.unit)}
        try:
            found = function(*(getattr(case, name) for name in (*self.needs, *self.uses)))
        except NotApplicable as reason:
            return {"": Score.not_applicable(str(reason), self.unit)}
        return self.named(found)

    def named(self, found: Values) -> dict[str, Score]:
        """What the function returned, as scores: the number under "", and its parts by name."""
        named = found if isinstance(found, Mapping) else {"": found}
        return {
            name: value if isinstance(value, Score) else Score(float(value), self.unit) for name, value in named.items()
        }


class NotApplicable(Exception):  # noqa: N818 - it is no error: it says why there is no number
    """Raised by a measure for pictures that it says nothing of."""


def no_files(function: Callable[..., Values]) -> Callable[[Files], Callable[..., Values]]:
    """`load` of a measure without weights."""

    def load(_: Files) -> Callable[..., Any]:
        return function

    return load


def face_of(faces: Mapping[str, Face], role: str) -> Face:
    """The face of a picture ("output", "truth").

    Raises:
        NotApplicable: none was found there.
    """
    if role not in faces:
        raise NotApplicable(f"no face was found in the {role}")
    return faces[role]
