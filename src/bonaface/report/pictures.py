"""The pictures of a page: reduced copies, encoded again so that they hold pixels and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Bytes8, Picture
from bonaface.core.results import Ledger
from bonaface.io.writing import encode_jpeg

LONGEST = 1024
"""The long side of a picture in a page, in pixels, at most."""
QUALITY = 88
CROP_GAIN = 1.2
"""A crop of the face is embedded beside the whole picture where it shows this much more."""
THUMBNAIL = 6.0
"""A damaged picture that is enlarged so much is shown in squares: smoothed, it would look like a restoration."""

Box = tuple[float, float, float, float]
"""x, y, width and height in pixels of the grid that was examined; (0, 0) is a corner of the picture."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoded picture and where it lies on the grid."""

    data: bytes
    box: Box


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of one audit on one grid.

    Attributes:
        size: height and width of the grid in pixels.
        face: the face's window on it; the whole grid where no face was found.
        layers: by role ("truth", "observed", "neutral", "output"): the whole picture, and over it a sharper crop of the
            face where the whole one had to be reduced.
    """

    size: tuple[int, int]
    face: Box
    layers: Mapping[str, tuple[Layer, ...]]


def shown_pictures(ledger: Ledger) -> Shown:
    """Reduced copies of everything that was looked at, on the grid of the truth, or else of the output."""
    pixels = grid_pixels(ledger)
    height, width = pixels["output"].shape[:2]
    face = _face_box(ledger, (height, width))
    return Shown((height, width), face, {role: _layers(array, face) for role, array in pixels.items()})


def grid_pixels(ledger: Ledger) -> dict[str, Bytes8]:
    """(H, W, 3) uint8 of neutral picture, truth, damaged picture and output, as far as they are there, on one grid."""
    arrays, pictures = ledger.arrays, ledger.arrays.get("pictures", {})
    out: dict[str, Bytes8] = {}
    if "neutral" in arrays:
        out["neutral"] = arrays["neutral"]
    if "truth" in arrays:
        out["truth"] = arrays["truth"]
    output = arrays["placed"] if "placed" in arrays else eight_bits(pictures["output"].pixels)
    if "observed" in pictures and "observed" in ledger.framing:
        out["observed"] = _placed(pictures["observed"], ledger.framing["observed"], output.shape[:2])
    return out | {"output": output}


def eight_bits(pixels: NDArray[Any]) -> Bytes8:
    """uint8, uint16 or floats in [0, 1] -> uint8."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.asarray(np.rint(pixels * 255), np.uint8)


def reduced(pixels: Bytes8, longest: int) -> Bytes8:
    """At most `longest` pixels on the long side, by area averaging."""
    import cv2

    scale = longest / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def thumbnail(pixels: Bytes8, longest: int = 320) -> bytes:
    """A small JPEG."""
    return encode_jpeg(reduced(pixels, longest), quality=80)


def _layers(pixels: Bytes8, face: Box) -> tuple[Layer, ...]:
    height, width = pixels.shape[:2]
    whole = Layer(encode_jpeg(reduced(pixels, LONGEST), quality=QUALITY), (0, 0, width, height))
    scale = LONGEST / max(height, width)
    x, y, w, h = (round(v) for v in face)
    if scale >= 1 or min(1.0, LONGEST / max(w, h)) < CROP_GAIN * scale:
        return (whole,)
    crop = np.ascontiguousarray(pixels[y : y + h, x : x + w])
    return whole, Layer(encode_jpeg(reduced(crop, LONGEST), quality=QUALITY), (x, y, w, h))


def _face_box(ledger: Ledger, size: tuple[int, int]) -> Box:
    """The window that was examined; without a truth, the box of the output's face with a margin."""
    height, width = size
    if "window" in ledger.arrays:
        x0, y0, x1, y1 = (float(v) for v in ledger.arrays["window"])
    elif "output" in ledger.faces:
        bx0, by0, bx1, by1 = ledger.faces["output"]["box"]
        margin = 0.35 * (bx1 - bx0)
        x0, y0, x1, y1 = bx0 - margin, by0 - margin, bx1 + margin, by1 + margin
    else:
        return 0, 0, width, height
    x0, y0, x1, y1 = max(0, round(x0)), max(0, round(y0)), min(width, round(x1)), min(height, round(y1))
    return x0, y0, x1 - x0, y1 - y0


def _placed(picture: Picture, framing: Mapping[str, Any], size: tuple[int, int]) -> Bytes8:
    """The damaged picture on the grid: bicubic where enlarged, by area where reduced, thumbnails in squares."""
    import cv2

    pixels = eight_bits(picture.pixels)
    if pixels.shape[:2] == size and framing["moved_px"] == 0:
        return pixels
    matrix = np.array(framing["matrix"], np.float64)
    scale = float(framing["scale"])
    if scale < 1:
        smaller = reduced(pixels, max(1, round(scale * max(pixels.shape[:2]))))
        sx, sy = pixels.shape[1] / smaller.shape[1], pixels.shape[0] / smaller.shape[0]
        back = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])
        matrix = np.hstack([matrix[:, :2] @ back[:, :2], (matrix[:, :2] @ back[:, 2] + matrix[:, 2])[:, None]])
        pixels = smaller
    how = cv2.INTER_NEAREST if scale >= THUMBNAIL else cv2.INTER_CUBIC
    placed = cv2.warpAffine(pixels, matrix, (size[1], size[0]), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(placed, np.uint8)
