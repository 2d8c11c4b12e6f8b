"""Shifts of landmarks."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Points
from bonaface.core.results import Score
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


def raw_nrmse(output: Points, truth: Points) -> float:
    """Root mean square of the shifts without alignment, in percent of the inter-ocular distance."""
    return float(100 * np.sqrt(np.mean(raw_shifts(output, truth) ** 2)) / inter_ocular(truth))


def nrmse(output: Points, truth: Points) -> float:
    """Root mean square of the aligned shifts, in percent of the inter-ocular distance."""
    return float(np.sqrt(np.mean(aligned_shifts(output, truth) ** 2)))


def distance_values(output: Points, truth: Points) -> dict[str, float | Score]:
    """LMD and its parts: mean distance of 68 landmarks, without alignment.

    Args:
        output: (68, 2) in pixels, in the order of 300-W.
        truth: (68, 2), on the same grid.

    Returns:
        Percent of the truth's inter-ocular distance under ""; "px" in pixels; "aligned" after the output's landmarks
        were brought onto the truth's by a similarity transform; and each group of `GROUPS`, without alignment.
    """
    raw = raw_shifts(output, truth)
    percent = 100 * raw / inter_ocular(truth)
    return {
        "": float(percent.mean()),
        "px": Score(float(raw.mean()), "px"),
        "aligned": float(aligned_shifts(output, truth).mean()),
        **{group: float(percent[list(points)].mean()) for group, points in GROUPS.items()},
    }


def nrmse_values(output: Points, truth: Points) -> dict[str, float | Score]:
    """Root mean square distance of 68 landmarks, (68, 2) each, without alignment; "aligned" as `nrmse` has it.

    Source:
        Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, V.A: its face alignment score.
    """
    return {"": raw_nrmse(output, truth), "aligned": nrmse(output, truth)}
