"""Whether a picture of a face shows teeth: what the parser calls the inside of the mouth, where it is light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image
from bonaface.faces.parse import CLASSES, Labels
from bonaface.measure.colour import to_lab

INSIDE = CLASSES.index("mouth interior")
LIPS = (CLASSES.index("upper lip"), CLASSES.index("lower lip"))
OPEN, SHUT = 128, 16
"""Pixels of the parser's 256 px crop from which the mouth is open for sure, and under which it is shut."""
FEW, NONE = 0.2, 0.1
"""Share of the open mouth that has a tooth's colour, from which on teeth are seen, and under which there are none.

The parser alone cannot tell: its class holds teeth, tongue and the dark of the mouth. By eye, of 80 smiling photographs
(`london`, 512 px), which the limits were also set on: all 40 that are `SEEN` show teeth, none of the 34 that are
`NOT_SEEN` does; 6 are `UNCLEAR`, of which 4 show some.
"""
LIGHTER, LESS_RED = 10.0, 3.0
"""How much lighter than the lips (L*), or, if not darker, less red (a*), a tooth is."""
FEWEST_LIPS = 64
"""Pixels of lips under which there is nothing to compare a tooth's colour with."""


class Teeth(StrEnum):
    """What can be said of the teeth in a picture."""

    SEEN = "seen"
    NOT_SEEN = "not seen"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Mouth:
    """An open or shut mouth, in pixels of the parser's 256 px crop.

    Attributes:
        inside: what the parser calls the inside of the mouth.
        light: what of it has a tooth's colour.
        lips: pixels of both lips.
    """

    inside: int
    light: int
    lips: int

    @property
    def teeth(self) -> Teeth:
        """Whether teeth are seen. Between the limits nothing is said."""
        if self.inside < SHUT:
            return Teeth.NOT_SEEN
        if self.inside < OPEN or self.lips < FEWEST_LIPS:
            return Teeth.UNCLEAR
        share = self.light / self.inside
        return Teeth.SEEN if share >= FEW else Teeth.NOT_SEEN if share < NONE else Teeth.UNCLEAR


def mouth_of(crop: Image, labels: Labels) -> Mouth:
    """Look into the mouth.

    Args:
        crop: (256, 256, 3), as the parser reads it.
        labels: (256, 256), its classes.
    """
    inside, lips = labels == INSIDE, np.isin(labels, LIPS)
    count, around = int(inside.sum()), int(lips.sum())
    if count == 0 or around < FEWEST_LIPS:
        return Mouth(count, 0, around)
    lab: NDArray[np.float32] = to_lab(crop)
    light, red, _ = np.median(lab[lips], axis=0)
    lightness, redness = lab[inside][:, 0], lab[inside][:, 1]
    tooth = (lightness > light + LIGHTER) | ((lightness >= light) & (redness <= red - LESS_RED))
    return Mouth(count, int(tooth.sum()), around)
