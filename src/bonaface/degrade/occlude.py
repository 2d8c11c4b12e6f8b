"""Occlusion: covered pixels are set to 0, and the mask says which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, WholeNumber, draw, draw_whole, settle, whole


@dataclass(frozen=True, slots=True)
class SquareMask:
    """A square at a random place, wholly inside the picture.

    Attributes:
        size: side of the square in pixels, 1 to 4096.

    Raises:
        InputError: size out of range; when called, a picture smaller than the square.

    Source:
        Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, IV.A.
    """

    size: WholeNumber

    def __post_init__(self) -> None:
        settle(self, "size", 1, 4096, unit="pixels", whole=True)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        size = draw_whole(self.size, rng)
        if size > min(height, width):
            raise InputError(
                f"a square of {size} pixels is to cover a part of a picture of {width}x{height}; expected sides of at "
                f"least {size} pixels. Give a larger picture or a smaller square."
            )
        top, left = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
        mask = np.zeros((height, width), np.bool_)
        mask[top : top + size, left : left + size] = True
        return covered(image, mask)


@dataclass(frozen=True, slots=True)
class IrregularMask:
    """Random thick strokes and round holes, until a share of the picture is covered.

    Strokes wander: pieces of 5 to 20% of the shorter side, all 3 to 10% thick, turning by up to about 70 degrees
    between pieces. Holes are ellipses with half axes of 2 to 10%. Two shapes in three are strokes. In a square picture
    of 64 pixels or more, the share is passed by less than 0.05.

    Attributes:
        coverage: the share, 0.01 to 0.9.

    Raises:
        InputError: coverage out of range.

    Source:
        Liu et al. 2018 (partial convolutions), arXiv:1804.07723: random streaks and holes, in six classes that cover 1
        to 60%; sizes and numbers are chosen here.
    """

    coverage: Number

    def __post_init__(self) -> None:
        settle(self, "coverage", 0.01, 0.9)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        share = draw(self.coverage, rng)
        canvas = np.zeros((height, width), np.uint8)
        while _covered_share(canvas) < share:
            if rng.random() < 2 / 3:
                _draw_stroke(canvas, share, rng)
            else:
                _draw_hole(canvas, rng)
        return covered(image, canvas.astype(np.bool_))


@dataclass(frozen=True, slots=True)
class GivenMask:
    """A mask that is known beforehand, stored as run lengths; `GivenMask.of` makes one from an array.

    Attributes:
        height: of the mask in pixels, 1 to 16384.
        width: of the mask in pixels, 1 to 16384.
        runs: lengths of alternately open and covered runs, row by row, beginning with an open one (which may be 0).

    Raises:
        InputError: numbers out of range, or runs that do not add up to the size; when called, a picture of another
            size.
    """

    height: int
    width: int
    runs: tuple[int, ...]

    def __post_init__(self) -> None:
        settle(self, "height", 1, 16384, unit="pixels", whole=True, fixed=True)
        settle(self, "width", 1, 16384, unit="pixels", whole=True, fixed=True)
        given: Any = self.runs
        if not isinstance(given, Iterable):
            raise InputError(f"GivenMask.runs is {given!r}; expected run lengths. Make it with GivenMask.of(mask).")
        runs = tuple(whole(run, "GivenMask.runs") for run in given)
        if not runs or sum(runs) != self.height * self.width or min(runs) < 0 or 0 in runs[1:]:
            raise InputError(
                f"GivenMask.runs adds up to {sum(runs)}; expected {self.height * self.width} for "
                f"{self.width}x{self.height} pixels, with no run of 0 but the first. Make it with GivenMask.of(mask)."
            )
        object.__setattr__(self, "runs", runs)

    @classmethod
    def of(cls, mask: NDArray[Any]) -> GivenMask:
        """(H, W) bool, True where covered -> the degradation.

        Raises:
            InputError: another shape or type.
        """
        if not isinstance(mask, np.ndarray) or mask.ndim != 2 or mask.dtype != np.bool_ or mask.size == 0:
            found = (
                f"{mask.dtype} of shape {mask.shape}" if isinstance(mask, np.ndarray) else f"a {type(mask).__name__}"
            )
            raise InputError(
                f"the mask is {found}; expected bool of shape (height, width). For a file, use pixels > 127."
            )
        flat = np.concatenate([[False], mask.ravel()])
        edges = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]), [mask.size]])
        return cls(mask.shape[0], mask.shape[1], tuple(np.diff(edges).tolist()))

    @property
    def mask(self) -> Mask:
        """(height, width) bool, True where covered."""
        covered = np.arange(len(self.runs)) % 2 == 1
        return np.repeat(covered, self.runs).reshape(self.height, self.width)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        if (height, width) != (self.height, self.width):
            raise InputError(
                f"a mask of {self.width}x{self.height} pixels is to cover a picture of {width}x{height}; expected the "
                "same size. Resize one of them."
            )
        return covered(image, self.mask)


def covered(image: Image, mask: Mask) -> Degraded:
    """A copy of the picture with 0 where the mask, of the same size, is True; and the mask."""
    return Degraded(finished(np.where(mask[..., None], np.float32(0), image)), mask)


def _covered_share(canvas: NDArray[np.uint8]) -> float:
    import cv2

    return cv2.countNonZero(canvas) / canvas.size


def _draw_stroke(canvas: NDArray[np.uint8], share: float, rng: np.random.Generator) -> None:
    """Draw 4 to 12 pieces into the canvas; stop where `share` is reached."""
    import cv2

    height, width = canvas.shape
    side = min(height, width)
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    heading = rng.uniform(0, 2 * np.pi)
    thickness = max(1, round(side * rng.uniform(0.03, 0.10)))
    for _ in range(int(rng.integers(4, 12, endpoint=True))):
        step = side * rng.uniform(0.05, 0.20)
        heading += rng.uniform(-1.2, 1.2)
        next_x, next_y = x + step * np.cos(heading), y + step * np.sin(heading)
        cv2.line(canvas, (round(x), round(y)), (round(next_x), round(next_y)), 1, thickness)
        x, y = next_x, next_y
        if _covered_share(canvas) >= share:
            return


def _draw_hole(canvas: NDArray[np.uint8], rng: np.random.Generator) -> None:
    import cv2

    height, width = canvas.shape
    centre = (int(rng.integers(width)), int(rng.integers(height)))
    axes = rng.uniform(0.02, 0.10, 2) * min(height, width)
    cv2.ellipse(canvas, centre, (round(axes[0]), round(axes[1])), rng.uniform(0, 180), 0, 360, 1, -1)
