"""From what a user gives (a path or an array) to a picture."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import MIN_SIDE, Picture, to_image
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_array

PictureSource = str | PathLike[str] | NDArray[Any] | Picture
"""A path; an array (H, W, 3) or (H, W) of uint8, uint16 or floats in [0, 1], RGB; or a picture already read."""


def open_picture(source: PictureSource, name: str, min_side: int = MIN_SIDE) -> Picture:
    """Read or wrap a picture.

    Args:
        source: what the user gave.
        name: what it is ("output"), for messages and as the name of an array.
        min_side: the shortest side that is allowed, in pixels.

    Raises:
        PictureError: a file that cannot be used.
        ImageError: an array that is no image.
    """
    if isinstance(source, Picture):
        to_image(source.pixels, name, min_side)
        return source
    if isinstance(source, np.ndarray):
        to_image(source, name, min_side)  # every check, with a message that names the array
        pixels = np.repeat(source[..., None], 3, axis=2) if source.ndim == 2 else source
        pixels = np.ascontiguousarray(pixels.astype(np.float32) if np.issubdtype(pixels.dtype, np.floating) else pixels)
        size = f"{pixels.shape[1]}x{pixels.shape[0]}"
        details = {"format": "array", "mode": str(source.dtype), "size": size}
        return Picture(pixels=pixels, sha256=sha256_array(source), name=name, details=details)
    if isinstance(source, (str, PathLike)):
        return read_picture(Path(source), min_side)
    raise InputError(f"{name} is a {type(source).__name__}; expected a path or an array of pixels.")
