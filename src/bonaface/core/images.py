"""The one picture format inside, and the few conversions between it and others.

`Image` is (H, W, 3) float32, RGB, sRGB-encoded, values in [0, 1]. Every other convention (BGR, 8 bit, [-1, 1],
NCHW) lives inside the one adapter that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import ImageError

Image = NDArray[np.float32]
"""(H, W, 3) float32, RGB, sRGB-encoded, in [0, 1]."""
Plane = NDArray[np.float32]
"""(H, W) float32: one channel, a band or a map."""
Mask = NDArray[np.bool_]
"""(H, W) bool."""
Points = NDArray[np.float64]
"""(N, 2) x and y in pixels; (0, 0) is the centre of the first pixel."""
Similarity = NDArray[np.float64]
"""(2, 3): a similarity transform of pixel coordinates."""
Bytes8 = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

MIN_SIDE = 32
"""The shortest side, in pixels, of a picture in which a face can be examined."""
MIN_THUMBNAIL = 8
"""The shortest side, in pixels, of a picture that is only restored, or that only shows what a model was given."""
MAX_PIXELS = 100_000_000
"""The most pixels of a picture that is decoded."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601 weights of R, G and B."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was read: only `io` makes and writes one.

    Attributes:
        pixels: (H, W, 3) uint8 or uint16, RGB, upright.
        icc_profile: the embedded colour profile that `pixels` were converted from to sRGB, or None.
        exif: the raw EXIF block, or None.
        alpha: (H, W) of the type of `pixels`, or None.
        sha256: of the file's bytes.
        name: the file's name, without its folder.
        notes: what was done to make it an RGB picture, in plain language ("palette picture turned into RGB").
    """

    pixels: NDArray[Any]
    sha256: str
    name: str
    icc_profile: bytes | None = None
    exif: bytes | None = None
    alpha: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    """Facts about the file that a report prints: format, mode, size."""

    def image(self) -> Image:
        """The pixels as an `Image`; whoever read them has checked their number."""
        return to_image(self.pixels, min_side=1)


def to_image(pixels: NDArray[Any], name: str = "picture", min_side: int = MIN_SIDE) -> Image:
    """Array -> `Image`: the type alone says the range (uint8: 255, uint16: 65535, floats: 1).

    Args:
        pixels: (H, W, 3) or (H, W), uint8, uint16 or floating point.
        name: what the array is, for messages.
        min_side: the shortest side that is allowed, in pixels.

    Raises:
        ImageError: any other shape or type, NaN, infinite values, or floats outside [0, 1].
    """
    array = np.asarray(pixels)
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] != 3:
        raise ImageError(f"{name} has shape {array.shape}; expected (height, width, 3) in RGB, or (height, width).")
    if array.dtype == np.uint8:
        image = array.astype(np.float32) / np.float32(255)
    elif array.dtype == np.uint16:
        image = array.astype(np.float32) / np.float32(65535)
    elif np.issubdtype(array.dtype, np.floating):
        image = array.astype(np.float32, copy=False)
    else:
        raise ImageError(f"{name} has values of type {array.dtype}; expected uint8, uint16, or floats in [0, 1].")
    return check_image(image, name, min_side)


def check_image(image: NDArray[Any], name: str = "picture", min_side: int = MIN_SIDE) -> Image:
    """Return `image` if it is an `Image` of at least `min_side` pixels a side.

    Raises:
        ImageError: what is wrong, and with which array.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.float32:
        raise ImageError(
            f"{name} is {image.dtype} of shape {image.shape}; expected float32 of shape (height, width, 3)."
        )
    if min(image.shape[:2]) < min_side:
        raise ImageError(
            f"{name} is {image.shape[1]}x{image.shape[0]} pixels; at least {min_side} a side are needed. "
            "Give the picture in its original size."
        )
    low, high = float(image.min()), float(image.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise ImageError(f"{name} holds NaN or infinite values; expected numbers in [0, 1].")
    if low < 0 or high > 1:
        raise ImageError(
            f"{name} has values from {low:.4g} to {high:.4g}; expected [0, 1]. "
            "Divide 8-bit values by 255, or pass the array as uint8."
        )
    return image


def to_bytes(image: Image) -> Bytes8:
    """`Image` -> (H, W, 3) uint8, rounded to the nearest level."""
    return np.asarray(np.clip(np.rint(image * np.float32(255)), 0, 255), np.uint8)


def luminance(image: Image) -> Plane:
    """(H, W, 3) -> (H, W): BT.601 luma of the sRGB-encoded values, in [0, 1]."""
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)
