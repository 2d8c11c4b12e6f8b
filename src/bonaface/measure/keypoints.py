"""SIFT keypoints with and without a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Bytes8, Points

LONGEST_SIDE = 2048
"""Pixels of the window that is looked at; of a larger face the finest octaves would be noise, and gigabytes of it."""
RATIO = 0.75
"""Lowe's ratio: the best distance must be below this share of the second best."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """SIFT keypoints of one picture.

    Attributes:
        points: (N, 2) in pixels.
        sizes: (N,) diameters in pixels.
        angles: (N,) degrees.
        descriptors: (N, 128).
    """

    points: Points
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.points)


def detect(pixels: Bytes8, window: tuple[slice, slice] | None = None) -> Keypoints:
    """SIFT with OpenCV's default settings on 8-bit luma; a longer window than 2048 px is reduced to that by area first.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        window: rows and columns to look at; points are still in pixels of the whole picture.

    Source:
        Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94.
    """
    import cv2

    rows, columns = window or (slice(0, pixels.shape[0]), slice(0, pixels.shape[1]))
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[rows, columns]), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    shrink = max(1.0, max(height, width) / LONGEST_SIDE)
    if shrink > 1:
        size = (round(width / shrink), round(height / shrink))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    found, descriptors = cv2.SIFT_create().detectAndCompute(grey, None)  # type: ignore[attr-defined]
    points = np.array([k.pt for k in found], np.float64).reshape(-1, 2)
    return Keypoints(
        points=(points + 0.5) * shrink - 0.5 + np.array([columns.start, rows.start], np.float64),
        sizes=np.array([k.size * shrink for k in found], np.float32),
        angles=np.array([k.angle for k in found], np.float32),
        descriptors=np.zeros((0, 128), np.float32) if descriptors is None else np.asarray(descriptors, np.float32),
    )


def match(output: Keypoints, truth: Keypoints) -> NDArray[np.intp]:
    """Partners: mutual best by Euclidean distance, and passing Lowe's ratio from the output's side.

    Returns:
        (M, 2): indices into `output` and into `truth`.
    """
    if len(output) == 0 or len(truth) < 2:
        return np.zeros((0, 2), np.intp)
    import cv2

    a, b = output.descriptors, truth.descriptors
    # Squared distances by one matrix product; the descriptors hold whole numbers, so this is exact. OpenCV's product
    # keeps to this thread, while NumPy's wakes another that then waits, busily, for more.
    nothing: Any = None
    product = cv2.gemm(a, b, -2.0, nothing, 0.0, flags=cv2.GEMM_2_T)
    squared: Any = product + (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :]
    best = squared.argmin(axis=1)
    rows = np.arange(len(a))
    mutual = squared.argmin(axis=0)[best] == rows
    first = squared[rows, best]
    squared[rows, best] = np.inf
    good = mutual & (first < RATIO**2 * squared.min(axis=1))
    return np.stack([rows[good], best[good]], axis=1)
