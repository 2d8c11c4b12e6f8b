"""Shifts of landmarks."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Points
from bonaface.faces.align import transform, umeyama

GROUPS = MappingProxyType(
    {
        "jaw": tuple(range(17)),
        "right-brow": tuple(range(17, 22)),
        "left-brow": tuple(range(22, 27)),
        "nose": tuple(range(27, 36)),
        "right-eye": tuple(range(36, 42)),
        "left-eye": tuple(range(42, 48)),
        "mouth": tuple(range(48, 68)),
    }
)
"""Landmark numbers of each facial feature; left and right are the person's own."""


def inter_ocular(landmarks: Points) -> float:
    """Distance of the outer eye corners (points 36 and 45), in pixels."""
    return float(np.hypot(*(landmarks[45] - landmarks[36])))


def aligned_shifts(output: Points, truth: Points) -> NDArray[np.float64]:
    """Shift of each landmark after the output's were brought onto the truth's by a similarity transform.

    Args:
        output: (68, 2) in pixels.
        truth: (68, 2).

    Returns:
        (68,): percent of the truth's inter-ocular distance.
    """
    moved = transform(output, umeyama(output, truth))
    return np.asarray(100 * np.hypot(*(moved - truth).T) / inter_ocular(truth))


def raw_shifts(output: Points, truth: Points) -> NDArray[np.float64]:
    """(68,): shift of each landmark in pixels, without alignment, as the hallucination study (S0) gives it."""
    return np.asarray(np.hypot(*(output - truth).T))


def nrmse(output: Points, truth: Points) -> float:
    """Root mean square of the aligned shifts, in percent of the inter-ocular distance."""
    return float(np.sqrt(np.mean(aligned_shifts(output, truth) ** 2)))
