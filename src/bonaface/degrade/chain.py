"""Degradations made of degradations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, is_dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask
from bonaface.degrade.base import Degradation, Degraded, finished, require_image
from bonaface.degrade.parameters import settle, settle_name
from bonaface.degrade.resize import METHODS, Method, resize


@dataclass(frozen=True, slots=True)
class Chain:
    """Degradations one after another.

    Occlusions are joined: a pixel is covered where any step covered it. A face is carried along: each step gets the
    landmarks on the grid that the picture has when it comes to that step.

    Attributes:
        steps: one or more; a chain among them is allowed.

    Raises:
        InputError: no steps, or something that is not a degradation.
    """

    steps: tuple[Degradation, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", _checked_steps(self, self.steps))

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        start = require_image(image).shape[:2]
        occlusion: Mask | None = None
        for step in self.steps:
            done = step(image, rng, None if face is None else _on_grid(face, start, image.shape[:2]))
            image = done.image
            occlusion = _joined(occlusion, done.occlusion, image.shape[:2])
        return Degraded(image, occlusion)


@dataclass(frozen=True, slots=True)
class SameSize:
    """A degradation whose result is brought back to the size of its input.

    Attributes:
        step: the degradation.
        method: see `resize.Method`.

    Raises:
        InputError: something that is not a degradation, or no method of this name.
    """

    step: Degradation
    method: Method

    def __post_init__(self) -> None:
        _checked_steps(self, (self.step,))
        settle_name(self, "method", METHODS)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        done = self.step(image, rng, face)
        return Degraded(resize(done.image, height, width, self.method), _joined(done.occlusion, None, (height, width)))


@dataclass(frozen=True, slots=True)
class Sometimes:
    """A degradation that is applied in a share of the calls.

    Attributes:
        step: the degradation.
        probability: the share, 0 to 1.

    Raises:
        InputError: something that is not a degradation, or a probability out of range.
    """

    step: Degradation
    probability: float

    def __post_init__(self) -> None:
        _checked_steps(self, (self.step,))
        settle(self, "probability", 0, 1, fixed=True)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        if rng.random() < self.probability:
            return self.step(image, rng, face)
        return Degraded(finished(require_image(image)))


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several degradations, each as likely as the others.

    Attributes:
        steps: one or more.

    Raises:
        InputError: no steps, or something that is not a degradation.
    """

    steps: tuple[Degradation, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", _checked_steps(self, self.steps))

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return self.steps[int(rng.integers(len(self.steps)))](image, rng, face)


def _checked_steps(record: Any, steps: Any) -> tuple[Degradation, ...]:
    name = type(record).__name__
    if not isinstance(steps, Iterable) or not (listed := tuple(steps)):
        raise InputError(f"{name} holds {steps!r}; expected one degradation or more, as in {name}((Jpeg(70),)).")
    for step in listed:
        if isinstance(step, type) or not is_dataclass(step) or not callable(step):
            raise InputError(f"{name} holds {step!r}; expected a degradation. Give a record such as Jpeg(70).")
    return listed


def _on_grid(face: Face, old: tuple[int, ...], new: tuple[int, ...]) -> Face:
    """The box and landmarks of a face on a picture that was resized from `old` to `new` (height, width)."""
    if old == new:
        return face
    across, down = new[1] / old[1], new[0] / old[0]
    scale = np.array([across, down])
    x0, y0, x1, y1 = face.box
    return replace(
        face,
        # Pixel centres are at whole numbers, so that the picture's corner is at (-0.5, -0.5) on every grid.
        landmarks=(np.asarray(face.landmarks, np.float64) + 0.5) * scale - 0.5,
        box=(x0 * across, y0 * down, x1 * across, y1 * down),
        to_crop=None,
        regions=MappingProxyType({}),
    )


def _joined(first: Mask | None, second: Mask | None, size: tuple[int, ...]) -> Mask | None:
    """Where either mask covers, on the finest of the two grids and that of the picture, (height, width)."""
    masks = [mask for mask in (first, second) if mask is not None]
    if not masks:
        return None
    height = max(size[0], *(mask.shape[0] for mask in masks))
    width = max(size[1], *(mask.shape[1] for mask in masks))
    joined = np.zeros((height, width), np.bool_)
    for mask in masks:
        rows = (2 * np.arange(height) + 1) * mask.shape[0] // (2 * height)  # the nearest centre
        columns = (2 * np.arange(width) + 1) * mask.shape[1] // (2 * width)
        joined |= mask[np.ix_(rows, columns)]
    return joined
