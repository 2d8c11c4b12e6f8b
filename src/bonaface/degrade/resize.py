"""Changing the number of pixels: by a factor, or to a given size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.images import Image
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, draw, settle, settle_name

Method: TypeAlias = Literal["area", "bilinear", "bilinear-plain", "bicubic", "lanczos"]
"""How pixels are made from pixels.

- area: means over the area of the new pixel (OpenCV's INTER_AREA); only reduces.
- bilinear, bicubic (a = -0.5), lanczos (3 lobes): antialiased when reducing, that is, the filter is widened by the
  factor (Pillow's).
- bilinear-plain: four pixels each, whatever the factor (OpenCV's INTER_LINEAR); aliases when reducing by more than 2.
"""
METHODS: tuple[str, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class AreaDownscale:
    """Reduction by means over areas; each side becomes the whole part of side / factor.

    Attributes:
        factor: old side by new side, 1 to 1000.

    Raises:
        InputError: factor out of range; when called, a picture of which no pixel would be left.
    """

    factor: Number

    def __post_init__(self) -> None:
        settle(self, "factor", 1, 1000)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(_reduced(require_image(image), draw(self.factor, rng), "area"))


@dataclass(frozen=True, slots=True)
class BilinearDownscale:
    """Bilinear reduction; each side becomes the whole part of side / factor.

    Attributes:
        factor: old side by new side, 0.1 to 1000; under 1 enlarges.
        antialias: False skips pixels when the factor is above 2, as OpenCV's INTER_LINEAR does.

    Raises:
        InputError: factor out of range; when called, a picture of which no pixel would be left.
    """

    factor: Number
    antialias: bool = True

    def __post_init__(self) -> None:
        settle(self, "factor", 0.1, 1000)
        if not isinstance(self.antialias, bool):
            raise InputError(f"BilinearDownscale.antialias is {self.antialias!r}; expected True or False. Give one.")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        method: Method = "bilinear" if self.antialias else "bilinear-plain"
        return Degraded(_reduced(require_image(image), draw(self.factor, rng), method))


@dataclass(frozen=True, slots=True)
class BicubicDownscale:
    """Antialiased bicubic reduction; each side becomes the whole part of side / factor.

    Attributes:
        factor: old side by new side, 0.1 to 1000; under 1 enlarges.

    Raises:
        InputError: factor out of range; when called, a picture of which no pixel would be left.
    """

    factor: Number

    def __post_init__(self) -> None:
        settle(self, "factor", 0.1, 1000)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(_reduced(require_image(image), draw(self.factor, rng), "bicubic"))


@dataclass(frozen=True, slots=True)
class ResizeTo:
    """Resizing to a given size of the same shape: a face is never squashed.

    Attributes:
        height: in pixels, 1 to 16384.
        width: in pixels, 1 to 16384.
        method: see `Method`.

    Raises:
        InputError: a number or a name that is not allowed; when called, a picture of another shape, or one that "area"
            would have to enlarge.
    """

    height: int
    width: int
    method: Method

    def __post_init__(self) -> None:
        settle(self, "height", 1, 16384, unit="pixels", whole=True, fixed=True)
        settle(self, "width", 1, 16384, unit="pixels", whole=True, fixed=True)
        settle_name(self, "method", METHODS)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        height, width = require_image(image).shape[:2]
        # One pixel, new or old, is what rounding an earlier size can cost.
        if abs(self.height - height * self.width / width) > max(1, height / self.height):
            raise InputError(
                f"a picture of {width}x{height} pixels is to become {self.width}x{self.height}; expected the same "
                "shape. Crop it first, for example to an aligned face."
            )
        return Degraded(resize(image, self.height, self.width, self.method))


def resize(image: Image, height: int, width: int, method: Method) -> Image:
    """(H, W, 3) -> (height, width, 3), clipped to [0, 1]; always a copy.

    Raises:
        InputError: "area" is asked to enlarge.
    """
    old_height, old_width = image.shape[:2]
    if (height, width) == (old_height, old_width):
        return finished(image)
    if method == "area" and (height > old_height or width > old_width):
        raise InputError(
            f"a picture of {old_width}x{old_height} pixels is to become {width}x{height} by area means; expected at "
            "most as many pixels as there are. Give a larger picture or use another method."
        )
    if method in ("area", "bilinear-plain"):
        import cv2

        how = cv2.INTER_AREA if method == "area" else cv2.INTER_LINEAR
        return finished(cv2.resize(image, (width, height), interpolation=how))
    from PIL import Image as Pillow

    filters = {
        "bilinear": Pillow.Resampling.BILINEAR,
        "bicubic": Pillow.Resampling.BICUBIC,
        "lanczos": Pillow.Resampling.LANCZOS,
    }
    # Pillow knows floats in pictures of one channel only.
    channels = [Pillow.fromarray(np.ascontiguousarray(image[..., channel])) for channel in range(3)]
    return finished(np.stack([np.asarray(c.resize((width, height), filters[method])) for c in channels], axis=-1))


def _reduced(image: Image, factor: float, method: Method) -> Image:
    height, width = image.shape[:2]
    # The tolerance keeps 512 / 0.8 at 640, whatever 0.8 is in binary.
    new_height, new_width = math.floor(height / factor + 1e-9), math.floor(width / factor + 1e-9)
    if min(new_height, new_width) < 1:
        raise InputError(
            f"a picture of {width}x{height} pixels reduced by {factor:g} has no pixel left; expected sides of at least "
            f"{math.ceil(factor)} pixels. Give a larger picture or a smaller factor."
        )
    return resize(image, new_height, new_width, method)
