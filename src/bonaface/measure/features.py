"""SIFT keypoints for each facial feature, and how alike two sets of them are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Points
from bonaface.measure.geometry import GROUPS, inter_ocular

REACH = 0.2
"""How far from a landmark a keypoint still belongs to its feature, as a share of the inter-ocular distance."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "jaw": ("jaw",),
    "upper face": ("right-brow", "left-brow", "right-eye", "left-eye"),
}
"""Parts of the face whose share of keypoints is judged: editors crowd the first and neglect the other (S0, VI.F)."""
LEVEL = 1.96
"""Standard errors of a 95% interval."""
KOLMOGOROV, KUIPER = 1.358, 1.747
"""95% points of the two statistics' limit distributions, for samples of equal origin (Stephens 1970)."""


def by_feature(points: Points, landmarks: Points) -> dict[str, int]:
    """How many keypoints each facial feature has: each counts for the group of the landmark nearest to it.

    Args:
        points: (N, 2) in pixels.
        landmarks: (68, 2) on the same grid.

    Returns:
        By the names of `geometry.GROUPS`. Points farther than `REACH` from every landmark are of none.

    Source:
        The hallucination study (S0), VI.E: keypoints per facial feature, by dlib's landmarks; the reach is our choice.
    """
    counts = dict.fromkeys(GROUPS, 0)
    if len(points) == 0:
        return counts
    group_of = {index: group for group, indices in GROUPS.items() for index in indices}
    distances = np.hypot(*(points[:, None] - landmarks[None]).transpose(2, 0, 1))
    near = distances.min(axis=1) <= REACH * inter_ocular(landmarks)
    for index in distances.argmin(axis=1)[near]:
        counts[group_of[int(index)]] += 1
    return counts


def in_part(counts: Mapping[str, int], part: str) -> tuple[int, int]:
    """Keypoints of a part of the face ("jaw"), and of all features."""
    return sum(counts[group] for group in PARTS[part]), sum(counts.values())


def share_ratio(mine: tuple[int, int], reference: tuple[int, int]) -> tuple[float, float]:
    """One share over another, and how far chance alone takes their ratio.

    Args:
        mine: points of the part, and of all.
        reference: the same of the picture compared with; more than none in both.

    Returns:
        The ratio, and the factor (1 or more) that 95% of the ratios of equal shares lie within.

    Source:
        Katz et al. 1978, doi:10.2307/2530610: the standard error of the logarithm of a ratio of shares; half a point
        is added where there is none.
    """
    (a, n), (b, m) = mine, reference
    ratio = (a / n) / (b / m) if n else 0.0
    more = 0.5 if a == 0 else 0.0
    error = 1 / (a + more) - 1 / (max(n, 1) + more) + 1 / b - 1 / m
    return ratio, float(np.exp(LEVEL * np.sqrt(max(error, 0.0))))


def sizes_apart(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Kolmogorov and Smirnov's statistic, 0 to 1: the greatest distance of two distributions of sizes."""
    above, below = _distances(first, second)
    return max(above, below)


def angles_apart(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Kuiper's statistic, 0 to 1, of two distributions of angles: the same wherever the circle is cut open.

    Source:
        Kuiper 1960, doi:10.1016/S1385-7258(60)50006-0.
    """
    return sum(_distances(np.mod(first, 360), np.mod(second, 360)))


def by_chance(statistic: float, first: int, second: int) -> float:
    """The statistic that two samples of one distribution exceed once in twenty; points are taken as independent.

    Args:
        statistic: `KOLMOGOROV` or `KUIPER`.
        first: how many points.
        second: how many of the other.
    """
    return float(min(1.0, statistic * np.sqrt((first + second) / (first * second))))


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> tuple[float, float]:
    """How far the first distribution function lies above the second one at most, and below."""
    everywhere = np.sort(np.concatenate([first, second]))
    shares = [np.searchsorted(np.sort(held), everywhere, side="right") / len(held) for held in (first, second)]
    apart = shares[0] - shares[1]
    return max(0.0, float(apart.max())), max(0.0, float(-apart.min()))
