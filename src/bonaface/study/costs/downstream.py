"""What hallucination costs those who work on with restored or edited faces: recognition, and reading expressions.

Of restorers and editors, never of people: `recognition` says what its numbers mean. Restorers are compared with the
one that invents nothing, editors with the picture as they get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bonaface.measure.expression import NAMES as EXPRESSIONS
from bonaface.study.costs.recognition import chances, expressed, recognised
from bonaface.study.costs.seen import Seen, apart
from bonaface.study.numbers.intervals import DRAWS, Estimate, balanced_of, mean_of
from bonaface.study.numbers.statistics import ALPHA, Paired, Values, holm, paired

TRUTH = "truth"
"""The truths themselves, where a restorer would stand: what can be reached."""
ALL = "all damages"
"""Where a degradation would stand."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing that is counted.

    Attributes:
        id: as in tables.
        better: "higher" or "lower".
        share: its values are 0 or 1.
        convention: how it is counted.
    """

    id: str
    better: str
    share: bool
    convention: str


QUANTITIES = (
    Quantity("genuine", "higher", False, "cosine of the embeddings of the output and its own truth"),
    Quantity("genuine-other", "higher", False,
             "mean cosine to the other truths of the same person; faces of people with one truth are not counted"),
    Quantity("impostor", "lower", False, "mean cosine to all truths of other people"),
    Quantity("rank-1", "higher", True,
             "1 where the nearest truth (Euclidean) is of the same person, its own truth among them"),
    Quantity("rank-1-other", "higher", True,
             "the same without its own truth; faces of people with one truth are not counted"),
    Quantity("expression-kept", "higher", True, "1 where the expression read is the one read in the truth"),
    Quantity("expression-right", "higher", True,
             "1 where the expression read, of eight, is the face's label; faces without such a label are not counted"),
    Quantity("expression-asked", "higher", True,
             "1 where the expression read, of eight, is the one that the editor was asked for"),
)  # fmt: skip
BALANCED = Quantity("expression-balanced", "higher", False, "mean over the labels of the share that is read rightly")
"""The one quantity that is none of single pictures; it is not tested."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the table.

    Attributes:
        degradation: by name; `ALL`: the mean over the pictures of all of them; empty: the truths themselves.
        restorer: label, or `TRUTH`.
        quantity: which.
        estimate: its mean.
        chance: what guessing would reach on these pictures; None: no such thing.
        target: the expression that an editor was asked for; empty: a restorer's.
        control: label of what it is compared with, which the study may lack; empty: it is a control, or the truths.
        against: less the control on the same pictures; None: there is nothing to compare.
        p_holm: of that, corrected over the quantity's comparisons: of restorers and of editors apart, and those over
            all damages apart from those by damage.
    """

    degradation: str
    restorer: str
    quantity: Quantity
    estimate: Estimate
    chance: float | None = None
    target: str = ""
    control: str = ""
    against: Paired | None = None
    p_holm: float | None = None

    @property
    def told(self) -> bool:
        """It differs from the control by more than chance."""
        return self.p_holm is not None and self.p_holm < ALPHA

    def as_dict(self) -> dict[str, Any]:
        """A row, for tables and JSON."""
        pair, found = self.against, self.estimate
        return {
            "degradation": self.degradation, "restorer": self.restorer, "target": self.target,
            "quantity": self.quantity.id,
            "better": self.quantity.better, "value": found.value, "low": found.low, "high": found.high, "n": found.n,
            "people": found.people, "chance": self.chance, "control": self.control,
            "difference": pair and pair.difference.value, "difference_low": pair and pair.difference.low,
            "difference_high": pair and pair.difference.high, "effect": pair and pair.effect,
            "pairs": pair and pair.difference.n, "p": pair and pair.p, "p_holm": self.p_holm,
            "why": found.why or (pair.why if pair else ""),
        }  # fmt: skip


def lines(seen: Iterable[Seen], *, draws: int = DRAWS) -> list[Line]:
    """What became of recognition and expressions, by restorer or editor and damage, beside the control of each.

    Args:
        seen: truths and outputs of one framing.
        draws: of the bootstrap over people.

    Returns:
        The truths' own first; then, quantity by quantity, over all damages and by damage.
    """
    truths, _, outputs = apart(list(seen))
    by_face = {one.face: one for one in truths}
    values: dict[tuple[str, str, str], dict[tuple[str, str], float]] = {}
    guessed: dict[tuple[str, str, str], list[float]] = {}
    labels = {one.picture: one.groups["expression"] for one in [*truths, *outputs] if "expression" in one.groups}
    for one in [*truths, *outputs]:
        itself = not one.restorer
        found = recognised(one, truths, itself=itself) | expressed(one, None if itself else by_face.get(one.face))
        guess = chances(one, truths)
        for name, value in found.items():
            for place in ("",) if itself else (one.degradation, ALL):
                key = (name, place, one.restorer or TRUTH)
                values.setdefault(key, {})[one.person, one.picture] = value
                if name in guess:
                    guessed.setdefault(key, []).append(guess[name])
    damages = list(dict.fromkeys(one.degradation for one in outputs))
    places = ["", *([ALL] if len(damages) > 1 else []), *damages]
    about = {one.restorer: (one.target, one.control) for one in outputs}
    who = {TRUTH: ("", ""), **dict(sorted(about.items()))}
    out = list[Line]()
    for quantity in QUANTITIES:
        out += _of_quantity(quantity, places, who, values, guessed, draws)
        if quantity.id == "expression-right":
            out += _balanced(places, who, values, labels, draws)
    return out


def _of_quantity(
    quantity: Quantity,
    places: Sequence[str],
    who: Mapping[str, tuple[str, str]],
    values: Mapping[tuple[str, str, str], Values],
    guessed: Mapping[tuple[str, str, str], Sequence[float]],
    draws: int,
) -> list[Line]:
    """`who`: what each restorer or editor was asked for, and what it is compared with."""
    found = list[Line]()
    for place, restorer, held in _there(quantity.id, places, who, values):
        estimate = mean_of(list(held.values()), [person for person, _ in held], draws=draws, share=quantity.share)
        chance = guessed.get((quantity.id, place, restorer))
        target, control = who[restorer]
        beside = values.get((quantity.id, place, control)) if control else None
        against = None if beside is None else paired(held, beside, draws=draws)
        guess = None if chance is None else float(np.mean(chance))
        found.append(Line(place, restorer, quantity, estimate, guess, target, control, against))
    corrected: dict[int, float] = {}
    for kind in dict.fromkeys(map(_family, found)):
        family = [
            (i, line.against.p)
            for i, line in enumerate(found)
            if line.against is not None and line.against.p is not None and _family(line) == kind
        ]
        corrected |= dict(zip([i for i, _ in family], holm([p for _, p in family]), strict=True))
    return [replace(one, p_holm=corrected.get(i)) for i, one in enumerate(found)]


def _family(line: Line) -> tuple[bool, bool]:
    """What is corrected together: editors are another question than restorers."""
    return line.degradation == ALL, bool(line.target)


def _balanced(
    places: Sequence[str],
    who: Iterable[str],
    values: Mapping[tuple[str, str, str], Values],
    labels: Mapping[str, str],
    draws: int,
) -> list[Line]:
    return [
        Line(
            *(place, restorer, BALANCED),
            balanced_of(
                list(held.values()), [labels[picture] for _, picture in held], [person for person, _ in held],
                draws=draws,
            ),
            1 / len(EXPRESSIONS),
        )
        for place, restorer, held in _there("expression-right", places, who, values)
    ]  # fmt: skip


def _there(
    name: str, places: Sequence[str], who: Iterable[str], values: Mapping[tuple[str, str, str], Values]
) -> Iterator[tuple[str, str, Values]]:
    for place in places:
        for restorer in who:
            if held := values.get((name, place, restorer)):
                yield place, restorer, held
