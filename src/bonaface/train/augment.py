"""Random changes to faces in training. Everything random comes from the generator that is handed in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Bytes8, Points
from bonaface.faces.align import compose, rescaling, scale_of, transform

MIRRORED_68 = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]
)
"""MIRRORED_68[i]: which of the 68 points stands at place i in the mirrored picture."""


def random_warp(
    side_in: int, side_out: int, rng: np.random.Generator, *, turn: float, scale: tuple[float, float], shift: float
) -> NDArray[np.float64]:
    """A random similarity from a square of `side_in` px onto one of `side_out`, about the centre: (2, 3).

    Args:
        side_in: of the picture, pixels.
        side_out: of the result, pixels.
        rng: of everything random.
        turn: largest turn in degrees (normal, two sigma).
        scale: range of enlargement beside side_out / side_in.
        shift: largest shift along each axis, in shares of the side.
    """
    angle = np.deg2rad(rng.normal() * turn / 2)
    size = side_out / side_in * rng.uniform(*scale)
    moved = rng.uniform(-shift, shift, 2) * side_out
    matrix = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre_in, centre_out = np.full(2, (side_in - 1) / 2), np.full(2, (side_out - 1) / 2)
    return np.asarray(np.column_stack([matrix, centre_out + moved - matrix @ centre_in]), np.float64)


def warp_picture(image: Bytes8, matrix: NDArray[np.float64], side: int, *, nearest: bool = False) -> Bytes8:
    """Warp onto a square of `side` px; what lies outside is mirrored in, and labels keep their values."""
    import cv2

    shrinks = abs(np.linalg.det(matrix[:, :2])) < 0.6
    flags = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    if shrinks and not nearest:  # warping does not average: reduce first
        factor = scale_of(matrix)
        small = max(1, round(image.shape[0] * factor)), max(1, round(image.shape[1] * factor))
        matrix = compose(matrix, rescaling(small, image.shape[:2]))
        image = np.asarray(cv2.resize(image, small[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    border = cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=flags, borderMode=border), np.uint8)


def move_points(points: Points, matrix: NDArray[np.float64]) -> Points:
    """(68, 2) points through a (2, 3) transform."""
    return transform(points, matrix).astype(np.float32)


def mirror_points(points: Points, side: int) -> Points:
    """The 68 points of the mirrored picture."""
    moved: Points = points[MIRRORED_68].copy()
    moved[:, 0] = side - 1 - moved[:, 0]
    return moved


def change_tone(image: Bytes8, rng: np.random.Generator, strength: float = 1.0) -> Bytes8:
    """Brightness, contrast, gamma, warmth and saturation, each a little; sometimes grey."""
    import cv2

    gain, lift = 1 + 0.1 * strength * rng.normal(), 0.04 * strength * rng.normal()
    gamma = np.exp(0.12 * strength * rng.normal())
    tone = ((np.arange(256) / 255) ** gamma - 0.5) * gain + 0.5 + lift
    channels = 1 + 0.03 * strength * rng.normal(size=3)
    table = (np.clip(tone[:, None] * channels, 0, 1) * 255 + 0.5).astype(np.uint8)
    saturation = 0.0 if rng.random() < 0.05 * strength else 1 + 0.15 * strength * rng.normal()
    mixing = saturation * np.eye(3) + (1 - saturation) * np.array([0.299, 0.587, 0.114])
    return np.asarray(cv2.transform(cv2.LUT(image, table[None]), mixing), np.uint8)


def spoil(image: Bytes8, rng: np.random.Generator) -> Bytes8:
    """A moderate loss of quality: reduced and enlarged, blurred, noise, or JPEG; shape kept."""
    import cv2

    side = image.shape[0]
    kind = rng.integers(4)
    if kind == 0:
        small = max(12, round(side / rng.uniform(1.2, 5)))
        reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(reduced, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
    if kind == 1:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 2.2)), np.uint8)
    if kind == 2:
        noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 12))
        return np.clip(image + noise + 0.5, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
