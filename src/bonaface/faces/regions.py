"""The regions of a face as masks, drawn from its 68 landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from bonaface.core.images import Mask, Points
from bonaface.core.regions import Region

WINDOW_MARGIN = 0.15
"""How far the examined window reaches over the face outline, as a share of the inter-ocular distance."""


def face_window(landmarks: Points, height: int, width: int) -> tuple[slice, slice]:
    """The rectangle of the picture that holds the whole face with a margin: rows, columns."""
    outline = np.vstack([landmarks, _hairline(landmarks)])
    margin = WINDOW_MARGIN * _span(landmarks)
    x0, y0 = np.floor(outline.min(axis=0) - margin).astype(int)
    x1, y1 = np.ceil(outline.max(axis=0) + margin).astype(int) + 1
    return slice(max(0, int(y0)), min(height, int(y1))), slice(max(0, int(x0)), min(width, int(x1)))


def inner_window(landmarks: Points, height: int, width: int) -> tuple[slice, slice]:
    """The rectangle around brows, eyes, nose and mouth, which holds nothing but face: rows, columns."""
    x0, y0 = np.floor(landmarks[17:].min(axis=0)).astype(int)
    x1, y1 = np.ceil(landmarks[17:].max(axis=0)).astype(int) + 1
    return slice(max(0, int(y0)), min(height, int(y1))), slice(max(0, int(x0)), min(width, int(x1)))


def landmark_regions(landmarks: Points, height: int, width: int) -> Mapping[Region, Mask]:
    """One mask for each region of the face.

    Eyes, lips, mouth and nose follow the landmarks; the brows are their landmark lines with a thickness; forehead,
    cheeks, chin and the skin around the eyes are what lies between; the forehead's upper edge is extrapolated by the
    rule of thirds (as high as from the brows to the base of the nose). The background is what is outside the face
    outline, hair and neck included.

    Args:
        landmarks: (68, 2) in pixels of a (height, width) grid.
        height: of the masks.
        width: of the masks.

    Returns:
        (height, width) masks; a region that lies outside the grid is empty.
    """
    span = _span(landmarks)
    face = _polygon(np.vstack([landmarks[:17], _hairline(landmarks)]), height, width)
    right_eye = _eye(landmarks[36:42], 0.06 * span, height, width)
    left_eye = _eye(landmarks[42:48], 0.06 * span, height, width)
    right_brow = _line(landmarks[17:22], 0.10 * span, height, width)
    left_brow = _line(landmarks[22:27], 0.10 * span, height, width)
    wings = np.stack(
        [landmarks[31] + 0.35 * (landmarks[31] - landmarks[33]), landmarks[35] + 0.35 * (landmarks[35] - landmarks[33])]
    )
    nose = _hull(np.vstack([landmarks[27:36], wings, _sideways(landmarks, 27, 0.09 * span)]), height, width)
    upper_lip = _polygon(landmarks[[48, 49, 50, 51, 52, 53, 54, 64, 63, 62, 61, 60]], height, width)
    lower_lip = _polygon(landmarks[[54, 55, 56, 57, 58, 59, 48, 60, 67, 66, 65, 64]], height, width)
    mouth = _polygon(landmarks[60:68], height, width) & ~upper_lip & ~lower_lip
    lips = upper_lip | lower_lip | mouth
    eyes, brows = left_eye | right_eye, left_brow | right_brow
    around = _ellipses(landmarks, height, width) & ~eyes & ~brows & ~nose & face
    below_brows = _polygon(np.vstack([landmarks[:17], landmarks[26:21:-1], landmarks[21:16:-1]]), height, width)
    cheeks = (
        _polygon(np.vstack([landmarks[0:5], landmarks[[48, 31, 39, 36]]]), height, width)
        | _polygon(np.vstack([landmarks[16:11:-1], landmarks[[54, 35, 42, 45]]]), height, width)
    ) & ~(nose | around | eyes | lips)
    chin = _polygon(np.vstack([landmarks[4:13], landmarks[[54, 55, 56, 57, 58, 59, 48]]]), height, width) & ~lips
    contour = np.vstack([landmarks[:17], _hairline(landmarks), landmarks[:1]])
    ring = _line(contour, 0.12 * span, height, width)
    return MappingProxyType(
        {
            Region.FACE_OUTLINE: ring,
            Region.FOREHEAD: face & ~below_brows & ~brows & ~around,
            Region.LEFT_BROW: left_brow,
            Region.RIGHT_BROW: right_brow,
            Region.LEFT_EYE: left_eye,
            Region.RIGHT_EYE: right_eye,
            Region.PERIOCULAR: around,
            Region.NOSE: nose & ~eyes,
            Region.CHEEKS: cheeks,
            Region.UPPER_LIP: upper_lip & ~mouth,
            Region.LOWER_LIP: lower_lip & ~mouth,
            Region.MOUTH_INTERIOR: mouth,
            Region.MOUTH: lips,
            Region.CHIN_JAW: chin,
            Region.WHOLE_FACE: face,
            Region.BACKGROUND: ~face,
        }
    )


def _span(landmarks: Points) -> float:
    return float(np.hypot(*(landmarks[45] - landmarks[36])))


def _hairline(landmarks: Points) -> Points:
    """(9, 2): the upper edge of the forehead from the left temple (point 16) to the right one (point 0)."""
    brow = landmarks[17:27].mean(axis=0)
    up = brow - landmarks[33]
    left, right = landmarks[16], landmarks[0]
    top = brow + 0.95 * up
    angles = np.linspace(0, np.pi, 11)[1:-1]
    middle, half = (left + right) / 2, (left - right) / 2
    rise = top - middle
    rise = rise - half * (rise @ half) / max(float(half @ half), 1e-9) * 0.5
    return np.asarray(middle + np.cos(angles)[:, None] * half + np.sin(angles)[:, None] * rise)


def _sideways(landmarks: Points, index: int, reach: float) -> Points:
    across = landmarks[45] - landmarks[36]
    across = across / max(float(np.hypot(*across)), 1e-9) * reach
    return np.stack([landmarks[index] - across, landmarks[index] + across])


def _ellipses(landmarks: Points, height: int, width: int) -> Mask:
    import cv2

    canvas = np.zeros((height, width), np.uint8)
    for eye in (landmarks[36:42], landmarks[42:48]):
        across = eye[3] - eye[0]
        half = 0.85 * float(np.hypot(*across))
        angle = float(np.degrees(np.arctan2(across[1], across[0])))
        centre = tuple(float(v) for v in eye.mean(axis=0))
        cv2.ellipse(canvas, (centre, (2 * half, 1.4 * half), angle), 1, -1)
    return canvas.astype(bool)


def _polygon(points: Points, height: int, width: int) -> Mask:
    import cv2

    canvas: Any = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
    return np.asarray(canvas, bool)


def _hull(points: Points, height: int, width: int) -> Mask:
    import cv2

    return _polygon(cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64), height, width)


def _eye(points: Points, thickness: float, height: int, width: int) -> Mask:
    """The opening of the eye and the edge of the lids."""
    edge = _line(np.vstack([points, points[:1]]), thickness, height, width)
    return _polygon(points, height, width) | edge


def _line(points: Points, thickness: float, height: int, width: int) -> Mask:
    import cv2

    canvas: Any = np.zeros((height, width), np.uint8)
    cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 1, max(1, round(thickness)), shift=4)
    return np.asarray(canvas, bool)
