"""Editing the landmarks that a restorer is told: moving the mouth, the nose or the eyes (Pro-UIGAN, section IV.F)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import Points

GROUPS = MappingProxyType(
    {"nose": tuple(range(27, 36)), "eyes": tuple(range(36, 48)), "mouth": tuple(range(48, 68))},
)
"""What can be moved, and which of the 68 landmarks it has."""
FURTHEST = 32.0
"""How far, in pixels of a 128 px face, a group may be moved: about half the distance between the eyes."""

Moves = Mapping[str, tuple[float, float]]
"""By the name of a group, how far it moves: to the right and down, in pixels of the result."""


def check_moves(moves: Moves) -> None:
    """Raise where a move cannot be made.

    Raises:
        InputError: an unknown group, or a move that is no number or is too far.
    """
    for name, (right, down) in moves.items():
        if name not in GROUPS:
            raise InputError(f"{name!r} cannot be moved; expected one of {', '.join(GROUPS)}. Name one of these.")
        if not max(abs(right), abs(down)) <= FURTHEST:  # written so that NaN fails
            raise InputError(
                f"The {name} is to move by {right:g}, {down:g} px; expected at most {FURTHEST:g} px in each direction "
                "of a face of 128 px. Give smaller numbers."
            )


def move_landmarks(landmarks: Points, moves: Moves) -> Points:
    """A copy of (68, 2) landmarks with groups of them moved.

    Raises:
        InputError: as `check_moves`.

    >>> move_landmarks(np.zeros((68, 2)), {"mouth": (0, 4)})[48:].mean(axis=0).tolist()
    [0.0, 4.0]
    """
    check_moves(moves)
    out = np.array(landmarks, np.float64)
    for name, move in moves.items():
        out[list(GROUPS[name])] += np.asarray(move, np.float64)
    return out


def moved_points(moves: Moves) -> NDArray[np.bool_]:
    """(68,): True for landmarks that are moved."""
    out = np.zeros(68, np.bool_)
    for name, move in moves.items():
        out[list(GROUPS[name])] = any(move)
    return out
