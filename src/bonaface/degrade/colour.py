"""Colour: shifts, jitter and loss of colour, as in the training of GFP-GAN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.images import Image, luminance
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, draw, settle


@dataclass(frozen=True, slots=True)
class ColourShift:
    """One number is added to each channel, drawn evenly from [-limit, limit] for each of them.

    Attributes:
        limit: in 8-bit levels, 0 to 255.

    Raises:
        InputError: limit out of range.

    Source:
        Wang et al. 2021 (GFP-GAN), doi:10.1109/CVPR46437.2021.00905: the released training options.
    """

    limit: Number

    def __post_init__(self) -> None:
        settle(self, "limit", 0, 255, unit="8-bit levels")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        limit = draw(self.limit, rng) / 255
        return Degraded(finished(require_image(image) + rng.uniform(-limit, limit, 3).astype(np.float32)))


@dataclass(frozen=True, slots=True)
class ColourJitter:
    """Brightness, contrast, saturation and hue, changed one after another in a random order, clipped after each.

    Attributes:
        brightness: factor of the values, 0 to 10; 1 changes nothing.
        contrast: factor of the distance from the picture's mean luminance, 0 to 10; 1 changes nothing.
        saturation: factor of the distance from each pixel's own luminance, 0 to 10; 0 is grey, 1 changes nothing.
        hue: turn of the hue in whole turns, -0.5 to 0.5; 0 changes nothing.

    Raises:
        InputError: a number out of range.

    Source:
        Wang et al. 2021 (GFP-GAN), doi:10.1109/CVPR46437.2021.00905: the released training options.
    """

    brightness: Number
    contrast: Number
    saturation: Number
    hue: Number

    def __post_init__(self) -> None:
        settle(self, "brightness", 0, 10)
        settle(self, "contrast", 0, 10)
        settle(self, "saturation", 0, 10)
        settle(self, "hue", -0.5, 0.5, unit="turns")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        order = rng.permutation(4)
        brightness, contrast = draw(self.brightness, rng), draw(self.contrast, rng)
        saturation, hue = draw(self.saturation, rng), draw(self.hue, rng)
        image = finished(require_image(image))
        for step in order:
            if step == 0:
                image = _blended(image, np.float32(0), brightness)
            elif step == 1:
                image = _blended(image, luminance(image).mean(), contrast)
            elif step == 2:
                image = _blended(image, luminance(image)[..., None], saturation)
            else:
                image = _turned(image, hue)
        return Degraded(image)


@dataclass(frozen=True, slots=True)
class Grey:
    """Three equal channels of the luminance."""

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(finished(np.repeat(luminance(require_image(image))[..., None], 3, axis=2)))


def _blended(image: Image, anchor: np.ndarray | np.float32, factor: float) -> Image:
    """`anchor` for factor 0, the picture for 1, beyond it for more."""
    return finished(anchor + (image - anchor) * np.float32(factor))


def _turned(image: Image, turns: float) -> Image:
    """The hue of HSV, turned."""
    import cv2

    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)  # degrees, [0, 1], [0, 1]
    hsv[..., 0] = (hsv[..., 0] + np.float32(360 * turns)) % np.float32(360)
    return finished(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
