"""Occlusion of parts of a face, placed by its 68 landmarks in the order of 300-W.

Points 0-16 are the jaw from the person's right ear to the left one, 17-26 the brows, 27-30 the bridge of the nose,
36-41 the right eye, 42-47 the left one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound, InputError
from bonaface.core.images import Image, Mask, Points
from bonaface.degrade.base import Degraded, require_image
from bonaface.degrade.occlude import covered
from bonaface.degrade.parameters import settle_name

_FRACTION_BITS = 4
"""OpenCV draws at sixteenths of a pixel."""

Part: TypeAlias = Literal["mouth", "eyes", "left-half", "right-half"]
"""mouth: a medical mask; eyes: dark glasses; the halves are the person's own left and right."""
PARTS: tuple[str, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class FaceOcclusion:
    """A part of the face is covered, placed by its 68 landmarks.

    Attributes:
        part: see `Part`.

    Raises:
        InputError: no part of this name; when called, landmarks that are not 68 finite points.
        FaceNotFound: when called without a face, or with one whose part lies outside the picture.

    Source:
        Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, IV.H: masks and glasses among four types; the halves are chosen
        here.
    """

    part: Part

    def __post_init__(self) -> None:
        settle_name(self, "part", PARTS)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        if face is None:
            raise FaceNotFound(
                f"the occlusion {self.part!r} is placed by landmarks, and no face was given; expected a face on this "
                "picture. Detect it first, or use a square or an irregular mask."
            )
        landmarks = np.asarray(face.landmarks, np.float64)
        if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
            raise InputError(
                f"the landmarks have shape {landmarks.shape}; expected 68 finite points, (68, 2). Detect them again."
            )
        mask = _SHAPES[self.part](landmarks, height, width)
        if not mask.any():
            raise FaceNotFound(
                f"the {self.part!r} of the face lies outside the picture of {width}x{height} pixels; expected "
                "landmarks on this picture. Give the face that was found on it."
            )
        return covered(image, mask)


def medical_mask(landmarks: Points, height: int, width: int) -> Mask:
    """(height, width): from the middle of the nose's bridge and both cheeks down to the chin."""
    return _polygon(np.concatenate([landmarks[2:15], landmarks[28:29]]), height, width)


def dark_glasses(landmarks: Points, height: int, width: int) -> Mask:
    """(height, width): two elliptic lenses and the bar between them, sized by the distance between the eyes.

    Half axes of .36 and .27 of that distance: for 63 mm between the pupils, lenses of 45 by 34 mm.
    """
    right, left = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    apart = float(np.linalg.norm(left - right))
    axis = (left - right) / apart if apart > 0 else np.array([1.0, 0.0])
    down = np.array([-axis[1], axis[0]])
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)[:, None]
    rim = apart * (0.36 * np.cos(turn) * axis + 0.27 * np.sin(turn) * down)
    bar = np.array([right - 0.05 * apart * down, left - 0.05 * apart * down,
                    left + 0.05 * apart * down, right + 0.05 * apart * down])  # fmt: skip
    shapes = (right + rim, left + rim, bar)
    lens, other_lens, bridge = (_polygon(shape, height, width) for shape in shapes)
    return lens | other_lens | bridge


def left_half(landmarks: Points, height: int, width: int) -> Mask:
    """(height, width): the person's left half of the face, that is, the side of point 16."""
    return _half(landmarks, 16, height, width)


def right_half(landmarks: Points, height: int, width: int) -> Mask:
    """(height, width): the person's right half of the face, that is, the side of point 0."""
    return _half(landmarks, 0, height, width)


_SHAPES: Mapping[str, Callable[[Points, int, int], Mask]] = MappingProxyType(
    {"mouth": medical_mask, "eyes": dark_glasses, "left-half": left_half, "right-half": right_half}
)


def _half(landmarks: Points, side_point: int, height: int, width: int) -> Mask:
    """The face on one side of the line through the root of the nose (27) and the chin (8)."""
    import cv2

    root, chin = landmarks[27], landmarks[8]
    # The forehead is not among the landmarks. A face has three thirds of equal height; brows to chin are two of them.
    forehead = landmarks[17:27] + (landmarks[17:27].mean(axis=0) - chin) / 2
    points = np.concatenate([landmarks, forehead]).astype(np.float32)
    outline = cv2.convexHull(points)[:, 0].astype(np.float64)
    face = _polygon(outline, height, width)
    along = chin - root
    x, y = np.meshgrid(np.arange(width) - root[0], np.arange(height) - root[1])
    across = along[0] * y - along[1] * x
    towards = landmarks[side_point] - root
    sign = np.sign(along[0] * towards[1] - along[1] * towards[0])
    # The line's own pixels belong to both halves.
    return np.asarray(face & (across * sign >= 0), np.bool_)


def _polygon(points: Points, height: int, width: int) -> Mask:
    """Filled, with its outline."""
    import cv2

    canvas = np.zeros((height, width), np.uint8)
    # Far enough outside for every picture, and small enough for OpenCV's integers.
    bounded = np.clip(points, -1e5, 1e5)
    corners = np.rint(bounded * (1 << _FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], 1, shift=_FRACTION_BITS)
    return canvas.astype(np.bool_)
