"""Which attributes models add to faces, or take away, on average: younger, paler, straighter hair, more make-up.

A reader reacts to blur and noise as well as to what is painted: with Lanczos, which paints nothing, it finds faces
older. An effect therefore has to exceed what the reader makes of harmless variants of the truths, and what each
control does to it: of restorers those that invent nothing (bicubic, Lanczos), of an editor the picture as it got it.
Real photographs of an expression stand beside and are no such control: what a real smile moves, a good edit moves, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.measure.attributes import DRIFTS, NAMES
from bonaface.study.costs.downstream import ALL
from bonaface.study.costs.seen import Seen, apart
from bonaface.study.costs.shifts import LIGHTNESS, QUANTITIES, Moved, strata
from bonaface.study.numbers.columns import means_of, p_values
from bonaface.study.numbers.intervals import DRAWS, Estimate
from bonaface.study.numbers.statistics import ALPHA, benjamini_hochberg
from bonaface.study.plan.contenders import is_photograph

JUDGED = frozenset({drift.name for drift in DRIFTS} | {LIGHTNESS})
"""What gets a verdict: decision 0008 leaves the other 13 attributes out."""
EVERYONE = ("", "")
"""In place of a group's name and value."""
MORE, LESS = "more", "less"
CHANCE, FLOOR, AS_CONTROL = "not told from chance", "within the reader's floor", "no more than a control"
IS_CONTROL, FEW, UNJUDGED = "control", "too few people", "not judged"


@dataclass(frozen=True, slots=True)
class Change:
    """How far one quantity moved, on average, from truths to outputs.

    Attributes:
        group: name and value; `EVERYONE`: all faces.
        degradation: by name, or `downstream.ALL`.
        restorer: label.
        target: the expression that an editor was asked for; empty: a restorer's.
        is_control: it invents nothing.
        quantity: of `QUANTITIES`.
        shift: output less truth: probability, or L*.
        floor: the largest end of an interval of the same over the harmless variants; None: none were read.
        turned_on: share of the outputs where the answer turned around to it, by more than `MARGIN`; None for L*.
        turned_off: likewise away from it.
        control: of those in the study, the one that speaks most against an effect; empty: it is one itself, or none is.
        beyond: the shift less that control's on the same pictures.
        p: of the shift.
        p_beyond: of `beyond`.
        q: `p` by Benjamini-Hochberg, in its family.
        q_beyond: likewise.
        verdict: `MORE`, `LESS`, or why it is neither.
    """

    group: tuple[str, str]
    degradation: str
    restorer: str
    target: str
    is_control: bool
    quantity: str
    shift: Estimate
    floor: float | None
    turned_on: float | None
    turned_off: float | None
    control: str
    beyond: Estimate | None
    p: float | None
    p_beyond: float | None
    q: float | None = None
    q_beyond: float | None = None
    verdict: str = ""

    def as_dict(self) -> dict[str, Any]:
        """A row, for tables and JSON."""
        shift, beyond = self.shift, self.beyond
        return {
            "group": self.group[0], "group_value": self.group[1], "degradation": self.degradation,
            "restorer": self.restorer, "target": self.target, "quantity": self.quantity,
            "unit": "L*" if self.quantity == LIGHTNESS else "probability",
            "value": shift.value, "low": shift.low, "high": shift.high, "n": shift.n,
            "people": shift.people, "floor": self.floor, "turned_on": self.turned_on, "turned_off": self.turned_off,
            "control": self.control, "beyond": beyond and beyond.value, "beyond_low": beyond and beyond.low,
            "beyond_high": beyond and beyond.high, "p": self.p, "p_bh": self.q, "p_beyond": self.p_beyond,
            "p_beyond_bh": self.q_beyond, "verdict": self.verdict, "why": shift.why,
        }  # fmt: skip


def changes(seen: Iterable[Seen], *, draws: int = DRAWS) -> list[Change]:
    """How far everything moved, by restorer or editor and damage, and by group of faces (over all damages).

    Args:
        seen: truths, harmless variants and outputs of one framing.
        draws: of the bootstrap over people.
    """
    truths, variants, outputs = apart(list(seen))
    moved = Moved.of(outputs, truths)
    harmless = Moved.of(variants, truths)
    damages = list(dict.fromkeys(one.degradation for one in moved.seen))
    families = [_family(moved, harmless, EVERYONE, damages, draws)]
    families.append(_family(moved, harmless, EVERYONE, [ALL], draws) if len(damages) > 1 else [])
    for name, split in strata(truths).items():
        family = list[Change]()
        for value in dict.fromkeys(split.values()):
            there = frozenset(face for face, its in split.items() if its == value)
            family += _family(moved.only(there), harmless.only(there), (name, value), [ALL], draws)
        families.append(family)
    return [change for family in families for change in _judged(family)]


def _family(moved: Moved, harmless: Moved, group: tuple[str, str], damages: Sequence[str], draws: int) -> list[Change]:
    """Changes that are corrected together, not judged yet."""
    out = list[Change]()
    floors = _floors(harmless, draws)
    for damage in damages:
        here = moved if damage == ALL else moved.where(degradation=damage)
        for restorer in sorted({one.restorer for one in here.seen}):
            mine = here.where(restorer=restorer)
            first = mine.seen[0]
            shifts, p = _columns(mine.values, [one.person for one in mine.seen], draws)
            against = [_Against(name, *_columns(*mine.less(here, name), draws)) for name in _controls(first, here)]
            on, off = mine.on.mean(axis=0), mine.off.mean(axis=0)
            for q, name in enumerate(QUANTITIES):
                turned = (float(on[q]), float(off[q])) if q < len(NAMES) else (None, None)
                worst = _weakest(against, q, shifts[q].value or 0.0)
                control, beyond, p_beyond = worst or ("", None, None)
                out.append(
                    Change(
                        group=group, degradation=damage, restorer=restorer, target=first.target,
                        is_control=not first.invents, quantity=name, shift=shifts[q], floor=floors[q],
                        turned_on=turned[0], turned_off=turned[1], control=control, beyond=beyond, p=p[q],
                        p_beyond=p_beyond,
                    )
                )  # fmt: skip
    return out


def _controls(one: Seen, here: Moved) -> list[str]:
    """What an effect of whoever made a picture has to exceed, by label; nothing, where it is a control itself."""
    if not one.invents:
        return []
    return sorted(
        {
            other.restorer
            for other in here.seen
            if not other.invents and other.target == one.target and not is_photograph(other.restorer)
        }
    )


@dataclass(frozen=True, slots=True)
class _Against:
    """A restorer or an editor less one control, by quantity."""

    control: str
    differences: list[Estimate]
    p: list[float | None]


def _weakest(against: Sequence[_Against], q: int, shift: float) -> tuple[str, Estimate, float | None] | None:
    """Of several controls the one that speaks most against an effect: whatever exceeds it, exceeds all of them."""

    def strength(one: _Against) -> tuple[bool, float]:
        p, value = one.p[q], one.differences[q].value
        return value is not None and value * shift > 0, -(1.0 if p is None else p)

    if not against:
        return None
    found = min(against, key=strength)
    return found.control, found.differences[q], found.p[q]


def _columns(
    values: NDArray[np.float64], people: Sequence[str], draws: int
) -> tuple[list[Estimate], list[float | None]]:
    """Means and p values of the columns; of lightness, on the pictures that have one."""
    attributes = values[:, : len(NAMES)]
    there = np.isfinite(values[:, len(NAMES)])
    skin, whose = values[there][:, len(NAMES) :], [one for one, known in zip(people, there, strict=True) if known]
    return (
        means_of(attributes, people, draws=draws) + means_of(skin, whose, draws=draws),
        p_values(attributes, people) + p_values(skin, whose),
    )


def _floors(harmless: Moved, draws: int) -> list[float | None]:
    """By quantity: how far the reader's mean may move although nothing did."""
    found: list[list[float]] = [[] for _ in QUANTITIES]
    for variant in dict.fromkeys(one.variant for one in harmless.seen):
        mine = harmless.where(variant=variant)
        for q, estimate in enumerate(_columns(mine.values, [one.person for one in mine.seen], draws)[0]):
            ends = (estimate.value, estimate.low, estimate.high)
            found[q] += [abs(end) for end in ends if end is not None]
    return [max(ends) if ends else None for ends in found]


def _judged(family: Sequence[Change]) -> list[Change]:
    """With adjusted p values and verdicts.

    What is not judged, and controls, take no part in the correction, which is of restorers and of editors apart.
    """
    q, q_beyond = dict[int, float](), dict[int, float]()
    for edits in (False, True):
        q |= _adjusted(family, lambda one: one.p, edits=edits)
        q_beyond |= _adjusted(family, lambda one: one.p_beyond, edits=edits)
    return [
        replace(one, q=q.get(i), q_beyond=q_beyond.get(i), verdict=verdict(one, q.get(i), q_beyond.get(i)))
        for i, one in enumerate(family)
    ]


def _adjusted(family: Sequence[Change], p_of: Callable[[Change], float | None], *, edits: bool) -> dict[int, float]:
    held = [
        (i, p)
        for i, one in enumerate(family)
        if one.quantity in JUDGED and not one.is_control and bool(one.target) == edits and (p := p_of(one)) is not None
    ]
    return dict(zip([i for i, _ in held], benjamini_hochberg([p for _, p in held]), strict=True))


def verdict(change: Change, q: float | None, q_beyond: float | None) -> str:
    """Whether a restorer or an editor adds or removes something on average.

    Args:
        change: what was found.
        q: its adjusted p value.
        q_beyond: that of its difference to the control that speaks most against it.

    Returns:
        `MORE` or `LESS` where the shift is beyond chance, its whole interval beyond the reader's floor, and the shift
        farther in its direction than each control's, beyond chance, too.
    """
    shift, beyond = change.shift, change.beyond
    if change.is_control:
        return IS_CONTROL
    if change.quantity not in JUDGED:
        return UNJUDGED
    if shift.value is None or shift.low is None or shift.high is None or q is None:
        return FEW
    if q >= ALPHA:
        return CHANCE
    if min(abs(shift.low), abs(shift.high)) <= (change.floor or 0.0) or shift.low * shift.high <= 0:
        return FLOOR
    if beyond is not None:
        farther = beyond.value is not None and beyond.value * shift.value > 0
        if not farther or q_beyond is None or q_beyond >= ALPHA:
            return AS_CONTROL
    return MORE if shift.value > 0 else LESS
