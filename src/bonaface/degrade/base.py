"""What every degradation takes and returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.errors import ImageError
from bonaface.core.images import Image, Mask


@dataclass(frozen=True, slots=True)
class Degraded:
    """A damaged picture, and where it was covered.

    Attributes:
        image: (h, w, 3), C-contiguous; a copy, also where nothing was changed.
        occlusion: True where the picture was covered; None where nothing covers. It is on the grid on which the picture
            was covered, or on the output's where that is finer: reducing a picture does not reduce its mask.
    """

    image: Image
    occlusion: Mask | None = None


class Degradation(Protocol):
    """A way to damage a picture: a frozen record that is called."""

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """Damage a copy of a picture.

        Args:
            image: (H, W, 3), sRGB in [0, 1], of any size.
            rng: the only source of randomness.
            face: the face on `image`; only what is placed by landmarks needs it.

        Raises:
            ImageError: `image` is not an `Image`.
            InputError: the parameters do not fit this picture.
        """
        ...


def require_image(image: NDArray[Any]) -> Image:
    """Return `image` if it is an `Image`; thumbnails of any size are.

    Raises:
        ImageError: wrong shape, wrong type, NaN, or values outside [0, 1].
    """
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.float32:
        found = (
            f"{image.dtype} of shape {image.shape}" if isinstance(image, np.ndarray) else f"a {type(image).__name__}"
        )
        raise ImageError(
            f"the picture to degrade is {found}; expected float32 of shape (height, width, 3). "
            "Convert it with to_image."
        )
    if image.size == 0:
        raise ImageError(f"the picture to degrade has shape {image.shape}; expected one pixel or more.")
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= 1):  # written so that NaN fails
        raise ImageError(
            f"the picture to degrade has values from {low:.4g} to {high:.4g}; expected [0, 1]. "
            "Convert it with to_image."
        )
    return image


def finished(values: NDArray[Any]) -> Image:
    """Any (H, W, 3) of floats -> a new `Image`, clipped to [0, 1]."""
    return np.ascontiguousarray(np.clip(values, 0, 1), dtype=np.float32)
