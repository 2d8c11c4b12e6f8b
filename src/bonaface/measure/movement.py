"""How far an expression moves the face, and how much of a real movement an edit made.

A real expression is another photograph: it cannot be laid over the edited picture pixel by pixel. Landmarks are
compared after a similarity alignment on points that hardly move with any expression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Points, Similarity
from bonaface.faces.align import transform, umeyama
from bonaface.measure.geometry import inter_ocular

STABLE = (27, 28, 29, 30, 36, 39, 42, 45)
"""The bridge of the nose and the corners of the eyes."""

Moves = NDArray[np.float64]
"""(N, 2): how far each point moved, x and y in percent of the inter-ocular distance."""


def onto(landmarks: Points, reference: Points) -> Similarity:
    """The similarity transform that brings the stable points of a face closest to those of another.

    Args:
        landmarks: (68, 2).
        reference: (68, 2).
    """
    chosen = list(STABLE)
    return umeyama(landmarks[chosen], reference[chosen])


def moves(landmarks: Points, reference: Points) -> Moves:
    """How far each landmark lies from the reference's, once the stable points lie on each other.

    Args:
        landmarks: (68, 2) in pixels of their own picture.
        reference: (68, 2) in pixels of its own; its inter-ocular distance is the unit.
    """
    moved = 100 * (transform(landmarks, onto(landmarks, reference)) - reference) / inter_ocular(reference)
    return np.asarray(np.round(moved, 9))  # so that equal points have not moved


def mean_length(moved: Moves) -> float:
    """Mean over the points of how far they moved, in percent of the inter-ocular distance."""
    return float(np.hypot(*moved.T).mean())


@dataclass(frozen=True, slots=True)
class Share:
    """A movement taken apart by a real one.

    Attributes:
        share: its projection on the real movement, over the real movement's length: 1 where it goes just as far, 0
            where it does not, below 0 where it goes the other way.
        missing: of the real movement, 0 to 1: what `share` lacks.
        stray: the length of what is left of the movement when the real one, as far as it was made, is taken away, over
            the real movement's length: other directions, overshooting, the other way.
    """

    share: float
    missing: float
    stray: float


def share_of(made: Moves, real: Moves) -> Share | None:
    """How much of a real movement another one makes.

    Both are taken as one vector over all points: with made m and real r, share = m.r / r.r, the least-squares answer to
    "how many times the real movement is this?". A plain ratio of lengths would count movement in any direction.

    Args:
        made: (N, 2).
        real: (N, 2), the same points.

    Returns:
        None where nothing moves in reality.

    >>> real = np.array([[2.0, 0.0], [0.0, -2.0]])
    >>> share_of(real / 4, real)
    Share(share=0.25, missing=0.75, stray=0.0)
    """
    length = float(np.sum(real * real))
    if length == 0:
        return None
    share = float(np.sum(made * real)) / length
    within = min(1.0, max(0.0, share))
    rest = made - within * real
    return Share(share, 1 - within, float(np.sqrt(np.sum(rest * rest) / length)))
