"""What is sent: the source's template, word for word, and the picture's pixels without anything else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.descriptions import Sent
from bonaface.core.images import Picture
from bonaface.io.writing import encode_png

TEMPLATE = (Path(__file__).parent / "template.txt").read_text("utf-8")
"""The study's template (section VI, C.1), eleven numbered sections."""
TEMPLATE_SHA256 = hashlib.sha256(TEMPLATE.encode()).hexdigest()
MAX_SIDE = 1024
"""Pixels of the longer side that are sent; services look at no more, and charge for it."""
REPEATS = 5
"""How often a picture is described where nobody says how often."""


def sent(picture: Picture, window: tuple[int, int, int, int] | None = None) -> Sent:
    """A picture as it goes to a describer: a PNG of its pixels, made smaller where it is large, without metadata.

    Args:
        picture: as read.
        window: x0, y0, x1, y1 of the part to send; the whole picture by default.
    """
    pixels = picture.pixels
    if window is not None:
        x0, y0, x1, y1 = window
        pixels = pixels[y0:y1, x0:x1]
    data = encode_png(_smaller(np.ascontiguousarray(pixels)))
    size = pixels.shape[1], pixels.shape[0]
    return Sent(data, hashlib.sha256(data).hexdigest(), picture.name, picture.sha256, size)


def _smaller(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2

    height, width = pixels.shape[:2]
    scale = MAX_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.clip(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), 0, None).astype(pixels.dtype)
