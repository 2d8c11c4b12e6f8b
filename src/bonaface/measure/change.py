"""Where an edited picture differs visibly from the one it was made from, and where an expression may change a face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bonaface.core.expressions import expression_named
from bonaface.core.images import Image, Mask, Plane, Points
from bonaface.faces.moving import MOVED
from bonaface.faces.regions import landmark_regions
from bonaface.measure.colour import ciede2000, to_lab
from bonaface.measure.geometry import inter_ocular

VISIBLE = 5.0
"""CIEDE2000 from which on a pixel counts as changed; about 1 is just noticeable side by side."""
NOTICEABLE = 2.5
"""CIEDE2000 from which on a real photograph's difference allows the output one there: half of `VISIBLE`, so that what
lies about that limit in the photograph counts neither way."""
BLUR = 0.02
"""Sigma of the Gaussian under which both pictures are compared, as a share of the inter-ocular distance: grain and
compression are no change."""
MARGIN = 0.1
"""How far a region reaches over what lies in it, as a share of the inter-ocular distance."""


def change_map(output: Image, neutral: Image, distance: float) -> Plane:
    """How far each pixel's colour changed.

    Args:
        output: (H, W, 3).
        neutral: the same shape, the picture that the editor started from.
        distance: between the outer corners of the eyes, in pixels.

    Returns:
        (H, W): CIEDE2000 of the two pictures, both blurred.
    """
    import cv2

    sigma = max(0.5, BLUR * distance)
    smooth = [np.clip(cv2.GaussianBlur(image, (0, 0), sigma), 0, 1).astype(np.float32) for image in (output, neutral)]
    return ciede2000(to_lab(smooth[1]), to_lab(smooth[0]))


def needed_region(target: str, faces: Sequence[Points], size: tuple[int, int]) -> Mask:
    """Where an expression may change a face, by its landmarks.

    Args:
        target: one of `measure.expression.NAMES`.
        faces: (68, 2) each, in pixels of one grid: before the change and after it.
        size: height and width of the grid.

    Returns:
        (H, W), with a margin.
    """
    moved = MOVED[expression_named(target).id].regions
    region = np.zeros(size, bool)
    for landmarks in faces:
        drawn = landmark_regions(landmarks, *size)
        region |= np.any([drawn[name] for name in moved], axis=0)
    return widened(region, MARGIN * inter_ocular(faces[0]))


def widened(mask: Mask, reach: float) -> Mask:
    """A mask, and everything within `reach` pixels of it."""
    import cv2

    radius = max(1, round(reach))
    disc: Any = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)
