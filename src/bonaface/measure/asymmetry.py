"""How unlike the two halves of a face are: an output may add asymmetry that the truth does not have.

After the failures that the reproduction of GFP-GAN (S1) shows: eyes of two colours, eyes that look in two directions,
a flash reflected in one eye only, brows and spectacle rims that do not match.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image, Points
from bonaface.core.results import Score
from bonaface.faces.align import compose, invert, transform, umeyama, warp
from bonaface.measure.colour import ciede2000, to_lab

MIN_EYE = 12
"""Least width of an eye, in pixels, at which its asymmetry says anything."""
EYE, BROW = (32, 64), (32, 64)
"""Height and width of the patches that are compared, in pixels."""

DETAILS: Mapping[str, tuple[str, float]] = {
    "eye colour": ("ΔE00", 100.0),
    "eye size": ("%", 100.0),
    "gaze": ("% of the eye's width", 100.0),
    "glare": ("% of the eye", 100.0),
    "brow colour": ("ΔE00", 100.0),
    "brow size": ("%", 100.0),
    "mirror image around the eyes": ("%", 100.0),
}
"""Unit and full scale of each kind of asymmetry."""


def asymmetry(image: Image, landmarks: Points) -> Mapping[str, Score]:
    """How much the left and the right half differ, for each of `DETAILS`.

    Args:
        image: (H, W, 3).
        landmarks: (68, 2) in pixels of `image`.

    Returns:
        Differences >= 0 in the unit of each detail; not applicable where an eye is smaller than 12 px.
    """
    right, left = landmarks[36:42], landmarks[42:48]
    widths = _width(right), _width(left)
    if min(widths) < MIN_EYE:
        why = f"an eye is {min(widths):.0f} px wide; at least {MIN_EYE} are needed"
        return {name: Score.not_applicable(why, unit) for name, (unit, _) in DETAILS.items()}
    eyes = [_patch(image, _eye_frame(e), EYE) for e in (right, left)]
    insides = [_inside_eye(e) for e in (right, left)]
    brows = [_patch(image, _brow_frame(b), BROW) for b in (landmarks[17:22], landmarks[22:27])]
    values = {
        "eye colour": _colour_difference(eyes[0], eyes[1], insides[0], insides[1]),
        "eye size": 100 * _relative(_area(right), _area(left)),
        "gaze": 100 * abs(_gaze(eyes[0], insides[0]) - _gaze(eyes[1], insides[1])),
        "glare": 100 * abs(_glare(eyes[0], insides[0]) - _glare(eyes[1], insides[1])),
        "brow colour": _colour_difference(brows[0], brows[1], np.ones(BROW, bool), np.ones(BROW, bool)),
        "brow size": 100 * _relative(_width(landmarks[17:22]), _width(landmarks[22:27])),
        "mirror image around the eyes": 100 * (1 - _mirror_likeness(image, landmarks)),
    }
    return {name: Score(float(values[name]), unit) for name, (unit, _) in DETAILS.items()}


def _width(points: Points) -> float:
    return float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))


def _area(points: Points) -> float:
    x, y = points.T
    return 0.5 * abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))


def _relative(a: float, b: float) -> float:
    return abs(a - b) / max(a, b, 1e-9)


def _eye_frame(eye: Points) -> tuple[Points, Points]:
    """Corner points of an eye in the picture, and where they go in the patch."""
    return eye[[0, 3]], np.array([(8.0, 16.0), (56.0, 16.0)])


def _brow_frame(brow: Points) -> tuple[Points, Points]:
    return brow[[0, 4]], np.array([(8.0, 16.0), (56.0, 16.0)])


def _patch(image: Image, frame: tuple[Points, Points], size: tuple[int, int]) -> Image:
    """What `frame` says of `image`, (*size, 3); only the part of the picture that is needed is resampled."""
    matrix = umeyama(*frame)
    corners = np.array([(0, 0), (size[1], 0), (0, size[0]), (size[1], size[0])], np.float64)
    reached = transform(corners, invert(matrix))
    last = np.array([image.shape[1], image.shape[0]]) - 1
    x0, y0 = np.clip(np.floor(reached.min(axis=0)).astype(int) - 4, 0, last)
    x1, y1 = np.clip(np.ceil(reached.max(axis=0)).astype(int) + 4, 0, last) + 1
    return warp(image[y0:y1, x0:x1], compose(matrix, np.array([[1.0, 0, x0], [0, 1.0, y0]])), size)


def _inside_eye(eye: Points) -> NDArray[np.bool_]:
    import cv2

    matrix = umeyama(*_eye_frame(eye))
    points = eye @ matrix[:, :2].T + matrix[:, 2]
    canvas: Any = np.zeros(EYE, np.uint8)
    cv2.fillPoly(canvas, [np.round(points).astype(np.int32)], 1)
    return np.asarray(canvas, bool)


def _colour_difference(a: Image, b: Image, mask_a: NDArray[np.bool_], mask_b: NDArray[np.bool_]) -> float:
    """CIEDE2000 of the mean colours of the darker half of two patches: iris and pupil, or the hair of a brow."""
    means = []
    for patch, mask in ((a, mask_a), (b, mask_b)):
        colours = patch[mask]
        if len(colours) == 0:
            return 0.0
        light = colours.mean(axis=1)
        means.append(colours[light <= np.median(light)].mean(axis=0))
    labs = [to_lab(mean.reshape(1, 1, 3).astype(np.float32)) for mean in means]
    return float(ciede2000(labs[0], labs[1])[0, 0])


def _gaze(patch: Image, inside: NDArray[np.bool_]) -> float:
    """Where the dark of the eye lies between its corners: 0 at the picture's left one, 1 at the right one."""
    light = patch.mean(axis=2)
    if not inside.any():
        return 0.5
    dark = np.where(inside, np.maximum(np.quantile(light[inside], 0.4) - light, 0), 0)
    total = float(dark.sum())
    if total <= 1e-2:  # no contrast: what is left is rounding
        return 0.5
    return (float((dark.sum(axis=0) * np.arange(EYE[1])).sum()) / total - 8) / 48


def _glare(patch: Image, inside: NDArray[np.bool_]) -> float:
    """Share of the eye that is nearly white."""
    return float((patch.min(axis=2)[inside] > 0.85).mean()) if inside.any() else 0.0


def _mirror_likeness(image: Image, landmarks: Points) -> float:
    """Correlation of the surroundings of the right eye with the mirrored ones of the left, at a fixed small size."""
    import cv2

    points = landmarks[[36, 39, 42, 45]]
    # Symmetric about 63.5, where the strip's two halves meet.
    target = np.array([(23.5, 32.0), (51.5, 32.0), (75.5, 32.0), (103.5, 32.0)])
    strip = _patch(image, (points, target), (64, 128))
    light = strip.mean(axis=2)
    light = light - cv2.GaussianBlur(light, (0, 0), 8)
    right, left = light[:, :64], light[:, 64:][:, ::-1]
    norm = float(np.sqrt((right * right).sum() * (left * left).sum()))
    return float((right * left).sum()) / norm if norm > 1e-9 else 1.0
