"""Who is nearest to a restored or edited face among a study's truths, and which expression is read on it.

A rank-1 rate is a measure of models: how often the nearest of the study's own truths, by dlib's embedding, is one of
the same person. It says nothing of the identification of people: what a model adds is made up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonaface.core.expressions import EXPRESSIONS
from bonaface.measure.expression import NAMES, label
from bonaface.study.costs.seen import Seen


def nearest(probe: NDArray[np.float64], gallery: NDArray[np.float64]) -> int:
    """Which of the gallery's embeddings has the least Euclidean distance; of equal ones the first.

    Args:
        probe: (128,).
        gallery: (M, 128), M >= 1.
    """
    return int(np.argmin(np.linalg.norm(gallery - probe, axis=1)))


def recognised(probe: Seen, truths: Sequence[Seen], *, itself: bool = False) -> dict[str, float]:
    """The quantities of recognition of one picture.

    Args:
        probe: an output, or a truth.
        truths: all of the study; the probe's own is told by its face's name.
        itself: `probe` is a truth: what compares it with itself is left out.

    Returns:
        By `downstream.Quantity.id`; what cannot be told is left out.
    """
    gallery = np.stack([one.embedding for one in truths])
    lengths = np.linalg.norm(gallery, axis=1) * np.linalg.norm(probe.embedding)
    cosines = gallery @ probe.embedding / lengths
    own = np.array([one.face == probe.face for one in truths])
    same = np.array([one.person == probe.person for one in truths])
    out = dict[str, float]()
    if own.any() and not itself:
        out["genuine"] = float(cosines[own][0])
    others = same & ~own
    if others.any():
        out["genuine-other"] = float(cosines[others].mean())
    if (~same).any():
        out["impostor"] = float(cosines[~same].mean())
        if same.any() and not itself:
            out["rank-1"] = float(same[nearest(probe.embedding, gallery)])
        if others.any():
            out["rank-1-other"] = float(same[~own][nearest(probe.embedding, gallery[~own])])
    return out


def chances(probe: Seen, truths: Sequence[Seen]) -> dict[str, float]:
    """What guessing would reach: the share of the gallery that shows the same person, by `downstream.Quantity.id`."""
    same = sum(one.person == probe.person for one in truths)
    out = {"rank-1": same / len(truths)} | dict.fromkeys(("expression-right", "expression-asked"), 1 / len(NAMES))
    return out | ({"rank-1-other": (same - 1) / (len(truths) - 1)} if len(truths) > 1 else {})


def expressed(probe: Seen, truth: Seen | None) -> dict[str, float]:
    """The quantities of the expression of one picture; arguments and result as for `recognised`.

    Where an expression was asked for, that of the truth is what shall not be kept.

    Args:
        probe: an output, or a truth.
        truth: its own; None: `probe` is one itself, or there is none.
    """
    said, out = label(probe.expression), dict[str, float]()
    if probe.target:
        return {"expression-asked": float(said == EXPRESSIONS[probe.target].label)}
    if truth is not None:
        out["expression-kept"] = float(said == label(truth.expression))
    if probe.groups.get("expression") in NAMES:
        out["expression-right"] = float(said == probe.groups["expression"])
    return out
