"""Automatic stand-ins for S0's four human ratings of edited faces, with intervals, and what a damage does to them.

Nobody rated anything: each is named as a stand-in wherever it is shown. S0's raters gave 1 to 5; these have units of
their own. IR and IQ are better where they are lower, while S0's are where they are higher.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bonaface.study.numbers.intervals import DRAWS, Estimate, mean_of
from bonaface.study.numbers.statistics import ALPHA, Values, holm, paired

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StandIn:
    """One of S0's ratings, and what stands in for it.

    Attributes:
        id: as S0 abbreviates it; `SEEN` is a share in place of a mean, for sentences.
        name: as S0 calls it.
        measure: an id of `bonaface.measure.MEASURES`; empty: several outputs are compared.
        part: of the measure.
        unit: of the value.
        better: "higher" or "lower".
        bounds: that the value cannot leave.
        says: what it is, for readers.
        without_face: the value of an output in which no face is found; None: it has none.
    """

    id: str
    name: str
    measure: str
    part: str
    unit: str
    better: str
    bounds: tuple[float, float]
    says: str
    without_face: float | None = None


EA = StandIn(
    "EA", "expression accuracy", "ecs", "probability", "", "higher", (0, 1),
    "probability that the expression reader gives to the expression asked for; 0 where no face is found", 0.0,
)  # fmt: skip
SEEN = StandIn(
    "EA-share", "expression accuracy, share", "ecs", "", "share", "higher", (0, 1),
    "share of outputs in which the reader finds the expression asked for the most probable; not where no face is found",
    0.0,
)  # fmt: skip
IR = StandIn(
    "IR", "identity retention", "identity-retention", "", "°", "lower", (0, 180),
    "angle of the face embedding to the picture before it was damaged and edited; outputs without a face have none",
)  # fmt: skip
IQ = StandIn(
    "IQ", "image quality", "niqe-face", "", "", "lower", (0, math.inf),
    "NIQE by the statistics of faces: how unlike natural pictures; it judges grain and sharpness, not realism",
)  # fmt: skip
PD = StandIn(
    "PD", "prompt dependency", "", "", "", "lower", (0, math.inf),
    "how unlike an output is to the same person's from the undamaged picture, over how unlike it is to other people's: "
    "0 where the face decides, 1 where the request alone does",
)  # fmt: skip
STAND_INS = (SEEN, EA, IR, IQ, PD)
NO_FACE = "no face was found in the output"


@dataclass(frozen=True, slots=True)
class Value:
    """One rating of one output.

    Attributes:
        rating: id of the stand-in.
        editor: label of the editor with what it was asked for, or of a control.
        damage: name of what was done to the picture before.
        face: that was edited.
        person: whom it shows.
        seed: of the cell.
        value: None: `why`.
        why: there is none.
        control: "yes": it is what editors stand beside; "no": an editor's.
    """

    rating: str
    editor: str
    damage: str
    face: str
    person: str
    seed: int
    value: float | None
    why: str = ""
    control: str = "no"


def rating_of(stand_in: StandIn, value: float | None, why: str) -> tuple[float | None, str]:
    """A measure's value, or its lack, as a rating.

    >>> rating_of(EA, None, NO_FACE), rating_of(IR, None, NO_FACE)
    ((0.0, 'no face was found in the output'), (None, 'no face was found in the output'))
    """
    if value is None and why == NO_FACE:
        return stand_in.without_face, why
    return value, why


def rating_rows(
    values: Iterable[Value], damages: Sequence[str], undamaged: str | None, *, draws: int = DRAWS
) -> list[Row]:
    """The table of ratings: by editor, damage and rating; each beside the same editor's without damage.

    Args:
        values: of all outputs.
        damages: names, in their order.
        undamaged: the one of them that changes nothing; None: there is none, and nothing is compared.
        draws: of the bootstraps.

    Returns:
        Rows with the mean over outputs (people being the unit), how many outputs showed no face (`faceless`), the
        difference to `undamaged` on the same faces, and its p by Holm over all comparisons of one rating: of editors
        together, and of what stands beside them together. The p of a share is that of an exact sign test.
    """
    held: dict[tuple[str, str, str], list[Value]] = {}
    for value in values:
        held.setdefault((value.editor, value.damage, value.rating), []).append(value)
    editors = list(dict.fromkeys(editor for editor, _, _ in held))
    rows = []
    for editor in editors:
        for damage in damages:
            for stand_in in STAND_INS:
                there = held.get((editor, damage, stand_in.id))
                if there:
                    first = held.get((editor, undamaged or "", stand_in.id), []) if damage != undamaged else []
                    row = _row(stand_in, editor, damage, there, first, draws)
                    rows.append(row | {"undamaged": "yes" if damage == undamaged else "no"})
    for stand_in, control in product(STAND_INS, ("yes", "no")):
        mine = [row for row in rows if row["rating"] == stand_in.id and row["control"] == control]
        compared = [row for row in mine if row["p"] is not None]
        for row, p in zip(compared, holm([row["p"] for row in compared]), strict=True):
            row |= {"p": p, "told": "yes" if p < ALPHA else "no"}
    return rows


def _row(
    stand_in: StandIn, editor: str, damage: str, there: Sequence[Value], first: Sequence[Value], draws: int
) -> Row:
    numbers = [each for each in there if each.value is not None]
    found = _bounded(
        mean_of(
            [each.value for each in numbers if each.value is not None],
            [each.person for each in numbers],
            draws=draws,
            share=stand_in is SEEN,
        ),
        stand_in,
    )
    why = found.why
    if not numbers:
        why = "; ".join(dict.fromkeys(each.why for each in there if each.why)) or why
    here, reference = _keyed(numbers), _keyed(first)
    pair = paired(here, reference, draws=draws)
    apart = pair.difference
    width = stand_in.bounds[1] - stand_in.bounds[0]
    return {
        "rating": stand_in.id, "name": stand_in.name, "stand_in": stand_in.measure or "several outputs",
        "unit": stand_in.unit, "better": stand_in.better, "editor": editor, "control": there[0].control,
        "degradation": damage,
        "value": found.value, "low": found.low, "high": found.high, "n": found.n, "people": found.people,
        "faceless": sum(each.why == NO_FACE for each in there), "why": why,
        "difference": apart.value, "difference_low": None if apart.low is None else max(-width, apart.low),
        "difference_high": None if apart.high is None else min(width, apart.high), "compared": pair.people,
        "p": _sign_test(here, reference) if stand_in is SEEN else pair.p, "told": "",
    }  # fmt: skip


def _keyed(values: Iterable[Value]) -> dict[tuple[str, str], float]:
    return {(each.person, f"{each.face}|{each.seed}"): each.value for each in values if each.value is not None}


def _sign_test(first: Values, second: Values) -> float | None:
    """Two-sided p: whether as many people rise as fall; those who stay do not count. None: fewer than two people.

    Source:
        For one output of each person it is McNemar's exact test.
    """
    from scipy.stats import binomtest

    changes: dict[str, float] = {}
    for key in first.keys() & second.keys():
        changes[key[0]] = changes.get(key[0], 0.0) + first[key] - second[key]
    rise, fall = sum(c > 0 for c in changes.values()), sum(c < 0 for c in changes.values())
    if len(changes) < 2:
        return None
    return float(binomtest(rise, rise + fall).pvalue) if rise + fall else 1.0


def _bounded(found: Estimate, stand_in: StandIn) -> Estimate:
    """Student's intervals know no bounds."""
    if found.low is None or found.high is None:
        return found
    low, high = stand_in.bounds
    return Estimate(found.value, max(low, found.low), min(high, found.high), found.n, found.people, found.why)


__all__ = [
    *("EA", "IQ", "IR", "NO_FACE", "PD", "SEEN", "STAND_INS", "StandIn", "Value", "rating_of"),
    "rating_rows",
]
