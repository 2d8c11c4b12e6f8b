"""Noise: Gaussian, and what a common mistake with 8-bit numbers makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.images import Image, to_bytes
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, draw, settle


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """White Gaussian noise of mean 0, drawn apart for each pixel and channel, then clipped to [0, 1].

    Attributes:
        sigma: standard deviation in 8-bit grey levels, 0 to 255.

    Raises:
        InputError: sigma out of range.
    """

    sigma: Number

    def __post_init__(self) -> None:
        settle(self, "sigma", 0, 255, unit="8-bit levels")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        level = draw(self.sigma, rng) / 255
        noise = rng.standard_normal(require_image(image).shape, dtype=np.float32)
        return Degraded(finished(image + noise * np.float32(level)))


@dataclass(frozen=True, slots=True)
class WrappedNoise:
    """Gaussian noise stored as unsigned bytes before it is added to an 8-bit picture, with a sum that saturates.

    The fraction of each number is dropped, and a negative one wraps: -1 becomes 255, which turns the channel full on.
    With sigma 1 about one value in six (where the noise is -1 or less) becomes 255: coloured dots all over the picture,
    from noise that would hardly be seen if it were added well. A sum that wraps too would undo the first wrapping: all
    but the darkest and the brightest values would stay within a few levels, which is no heavy damage.

    Attributes:
        sigma: standard deviation in 8-bit grey levels, 0 to 127.

    Raises:
        InputError: sigma out of range.

    Source:
        Kumar et al., Study on Face Hallucinating Features, III.B: it states mean 0 and standard deviation 1 and shows
        heavy damage; the cause is an assumption.
    """

    sigma: Number

    def __post_init__(self) -> None:
        settle(self, "sigma", 0, 127, unit="8-bit levels")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        level = draw(self.sigma, rng)
        noise = rng.standard_normal(require_image(image).shape, dtype=np.float32) * np.float32(level)
        # By way of a signed type: a float below 0 cast to uint8 gives another result on another processor.
        wrapped = np.trunc(noise).astype(np.int32) % 256
        return Degraded(finished(np.minimum(to_bytes(image) + wrapped, 255) / 255))
