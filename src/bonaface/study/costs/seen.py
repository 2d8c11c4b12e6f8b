"""What was read in the pictures of a study, as values; `readings` keeps them, `looking` makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read in one picture, and which picture of the study it is.

    Attributes:
        face: its name.
        person: whom it shows, as far as is known.
        degradation: by name; empty: it is a truth, or a variant of one.
        restorer: label; empty likewise.
        seed: of damage and restorer.
        variant: one of `looking.HARMLESS`, of a truth; empty: none.
        embedding: (128,), dlib's.
        attributes: (40,) probabilities, in the order of `measure.attributes.NAMES`.
        expression: (8,) probabilities, in the order of `measure.expression.NAMES`.
        skin: mean CIE L* of what is skin in the truth, 0 to 100; None: too little of it.
        groups: of the face.
        invents: what made it may paint what is not there; else it is a control.
        target: the expression that an editor was asked for; empty: a restorer's output, or a truth.
        control: label of what the output is compared with (`plan.contenders.compared_with`); empty: it is a control.
    """

    face: str
    person: str
    degradation: str
    restorer: str
    seed: int
    variant: str
    embedding: NDArray[np.float64]
    attributes: NDArray[np.float64]
    expression: NDArray[np.float64]
    skin: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    invents: bool = True
    target: str = ""
    control: str = ""

    @property
    def picture(self) -> str:
        """What was done to which face, for pairing."""
        return f"{self.face}|{self.degradation}|{self.seed}"


def apart(seen: Sequence[Seen]) -> tuple[list[Seen], list[Seen], list[Seen]]:
    """Truths, variants of them, and outputs."""
    truths = [one for one in seen if not one.restorer and not one.variant]
    return truths, [one for one in seen if one.variant], [one for one in seen if one.restorer]
