"""Seams: what the edge of a pasted face looks like against its surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.images import Image, Mask, Plane, luminance
from bonaface.measure.colour import ciede2000, to_lab
from bonaface.measure.record import NotApplicable

SOFT = 0.02
"""Weights from here to one minus this belong to the edge."""
RING = 0.04
"""Width of the surroundings on either side of the edge, as a share of the longer side of the picture."""
TONE = 0.03
"""Standard deviation of the Gaussian under which tone is compared, as a share of the longer side."""
FEWEST = 64
"""Pixels of edge, and of surroundings, below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Seam:
    """How the edge of a paste compares with what lies around it.

    Attributes:
        score: `edge` / `around`; 1: the edge is like its surroundings, 2: twice as steep.
        edge: mean slope of luma across the edge, in 8-bit levels a pixel.
        around: the same on both sides of it.
    """

    score: float
    edge: float
    around: float


def seam(image: Image, weight: Plane, known: Mask | None = None) -> Seam:
    """The jump of luma along the edge of a paste weight against its surroundings.

    Slopes are taken across the edge, along the normal of the line where the weight is one half, so that what runs along
    the edge, or would be there without a paste in any direction, counts alike in both.

    Args:
        image: (H, W, 3), the picture that holds the paste.
        weight: (H, W) in [0, 1]: 1 where the pasted crop alone shows.
        known: (H, W), False where `image` shows nothing of the photograph; None: known everywhere.

    Raises:
        NotApplicable: the weight has no edge in the picture, or nothing lies around it.
    """
    import cv2

    soft = cv2.GaussianBlur(np.ascontiguousarray(weight, np.float32), (0, 0), 1.0)
    distance = _distance(soft >= 0.5)
    edge = (soft > SOFT) & (soft < 1 - SOFT)
    there = np.ones(weight.shape, np.bool_) if known is None else known
    inner = cv2.erode(there.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    edge &= inner
    if edge.sum() < FEWEST:
        raise NotApplicable("the paste has no edge inside the picture")
    width = max(4.0, RING * max(weight.shape))
    low, high = float(distance[edge].min()), float(distance[edge].max())
    around = inner & ~edge & (distance > low - width) & (distance < high + width)
    if around.sum() < FEWEST:
        raise NotApplicable("nothing of the picture lies around the edge of the paste")
    slopes = _slopes(luminance(image), distance)
    of_edge, of_ring = float(slopes[edge].mean(dtype=np.float64)), float(slopes[around].mean(dtype=np.float64))
    if of_ring <= 0:
        raise NotApplicable("the picture around the edge is of one tone, so that nothing can be compared")
    return Seam(of_edge / of_ring, 255 * of_edge, 255 * of_ring)


def colour_shift(image: Image, before: Image, inside: Mask) -> float:
    """How far the tone of a face was moved: mean CIEDE2000 between two pictures from which detail was taken away.

    Args:
        image: (H, W, 3).
        before: the same size: what was there before.
        inside: (H, W): where it is compared.

    Raises:
        NotApplicable: `inside` is empty.
    """
    import cv2

    if not inside.any():
        raise NotApplicable("no pixel of the face is compared")
    sigma = TONE * max(inside.shape)
    first, second = (cv2.GaussianBlur(each, (0, 0), sigma) for each in (image, before))
    return float(ciede2000(to_lab(np.asarray(second)), to_lab(np.asarray(first)))[inside].mean(dtype=np.float64))


def _distance(inside: Mask) -> Plane:
    """(H, W) signed distance in pixels from the border of a region, positive in it."""
    import cv2

    parts = [cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5) for part in (inside, ~inside)]
    return np.asarray(cv2.GaussianBlur(parts[0] - parts[1], (0, 0), 1.5), np.float32)


def _slopes(luma: Plane, distance: Plane) -> Plane:
    """The size of luma's derivative along the direction in which the distance grows."""
    down, right = np.gradient(luma)
    normal_down, normal_right = np.gradient(distance)
    length = np.maximum(np.hypot(normal_down, normal_right), 1e-6)
    return np.asarray(np.abs(down * normal_down + right * normal_right) / length, np.float32)
