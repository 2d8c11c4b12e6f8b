"""What hallucination costs those who work on with restored faces: recognition, and reading expressions.

Of restorers, never of people: `recognition` says what its numbers mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonaface.measure.expression import NAMES as EXPRESSIONS
from bonaface.study.costs.recognition import chances, expressed, recognised
from bonaface.study.costs.seen import Seen, apart
from bonaface.study.numbers.intervals import DRAWS, Estimate, balanced_of, mean_of
from bonaface.study.numbers.statistics import ALPHA, Paired, Values, holm, paired

CONTROL = "bicubic"
"""The restorer that invents nothing: others are told apart from it."""
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
        against: less the control on the same pictures; None: it is the control, or there is none.
        p_holm: of that, corrected over the quantity's comparisons (those over all damages are a family of their own).
    """

    degradation: str
    restorer: str
    quantity: Quantity
    estimate: Estimate
    chance: float | None = None
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
            "degradation": self.degradation, "restorer": self.restorer, "quantity": self.quantity.id,
            "better": self.quantity.better, "value": found.value, "low": found.low, "high": found.high, "n": found.n,
            "people": found.people, "chance": self.chance,
            "difference": pair and pair.difference.value, "difference_low": pair and pair.difference.low,
            "difference_high": pair and pair.difference.high, "effect": pair and pair.effect,
            "pairs": pair and pair.difference.n, "p": pair and pair.p, "p_holm": self.p_holm,
            "why": found.why or (pair.why if pair else ""),
        }  # fmt: skip


def lines(seen: Iterable[Seen], *, draws: int = DRAWS) -> list[Line]:
    """What became of recognition and expressions, by restorer and damage, beside the control.

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
    restorers = [TRUTH, *sorted({one.restorer for one in outputs})]
    out = list[Line]()
    for quantity in QUANTITIES:
        out += _of_quantity(quantity, places, restorers, values, guessed, draws)
        if quantity.id == "expression-right":
            out += _balanced(places, restorers, values, labels, draws)
    return out


def _of_quantity(
    quantity: Quantity,
    places: Sequence[str],
    restorers: Sequence[str],
    values: Mapping[tuple[str, str, str], Values],
    guessed: Mapping[tuple[str, str, str], Sequence[float]],
    draws: int,
) -> list[Line]:
    found = list[Line]()
    for place, restorer, held in _there(quantity.id, places, restorers, values):
        estimate = mean_of(list(held.values()), [person for person, _ in held], draws=draws, share=quantity.share)
        chance = guessed.get((quantity.id, place, restorer))
        control = values.get((quantity.id, place, CONTROL))
        against = None if control is None or restorer in (CONTROL, TRUTH) else paired(held, control, draws=draws)
        guess = None if chance is None else float(np.mean(chance))
        found.append(Line(place, restorer, quantity, estimate, guess, against))
    corrected: dict[int, float] = {}
    for pooled in (True, False):
        family = [
            (i, line.against.p)
            for i, line in enumerate(found)
            if line.against is not None and line.against.p is not None and (line.degradation == ALL) == pooled
        ]
        corrected |= dict(zip([i for i, _ in family], holm([p for _, p in family]), strict=True))
    return [
        Line(one.degradation, one.restorer, one.quantity, one.estimate, one.chance, one.against, corrected.get(i))
        for i, one in enumerate(found)
    ]


def _balanced(
    places: Sequence[str],
    restorers: Sequence[str],
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
        for place, restorer, held in _there("expression-right", places, restorers, values)
    ]  # fmt: skip


def _there(
    name: str, places: Sequence[str], restorers: Sequence[str], values: Mapping[tuple[str, str, str], Values]
) -> Iterator[tuple[str, str, Values]]:
    for place in places:
        for restorer in restorers:
            if held := values.get((name, place, restorer)):
                yield place, restorer, held
