"""JPEG: real encoding and decoding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.images import Image, to_bytes
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import WholeNumber, draw_whole, settle


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Baseline JPEG by OpenCV's encoder, with the chroma at half the resolution; rounds to 8 bits first.

    Attributes:
        quality: of the Independent JPEG Group's scale, 1 to 100.

    Raises:
        InputError: quality out of range.
    """

    quality: WholeNumber

    def __post_init__(self) -> None:
        settle(self, "quality", 1, 100, whole=True)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(decoded(encoded(require_image(image), draw_whole(self.quality, rng))))


def encoded(image: Image, quality: int) -> bytes:
    """The JPEG file of a picture: the same bytes for the same picture, quality and version of OpenCV.

    Args:
        image: (H, W, 3), sRGB in [0, 1], sides up to 65500 pixels.
        quality: 1 to 100.

    Raises:
        InputError: the encoder refuses the picture.
    """
    import cv2

    # Everything that the file depends on is stated, so that another default of OpenCV changes nothing.
    options = [
        cv2.IMWRITE_JPEG_QUALITY, quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        cv2.IMWRITE_JPEG_PROGRESSIVE, 0,
        cv2.IMWRITE_JPEG_OPTIMIZE, 0,
        cv2.IMWRITE_JPEG_RST_INTERVAL, 0,
    ]  # fmt: skip
    height, width = image.shape[:2]
    if max(height, width) > 65500:
        raise InputError(f"a picture of {width}x{height} pixels; expected at most 65500 a side for JPEG. Reduce it.")
    _, file = cv2.imencode(".jpg", cv2.cvtColor(to_bytes(image), cv2.COLOR_RGB2BGR), options)
    return file.tobytes()


def decoded(file: bytes) -> Image:
    """The picture in a JPEG file made by `encoded`.

    Raises:
        InputError: anything else.
    """
    import cv2

    pixels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputError(
            "these bytes are not a JPEG file that OpenCV reads; expected the result of encoded(). Encode again."
        )
    return finished(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) / np.float32(255))
