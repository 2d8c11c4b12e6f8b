"""Harmless variants of the truth: what a measure reads on them is its noise floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from bonaface.core.images import Image, to_bytes

SHIFT = 0.1
"""Pixels."""
ENLARGEMENT = 1.5


def png_round_trip(truth: Image) -> Image:
    """Rounded to 8 bits, as a PNG holds it."""
    return to_bytes(truth).astype(np.float32) / np.float32(255)


def jpeg_95(truth: Image) -> Image:
    """Encoded as JPEG of quality 95 and decoded."""
    import cv2

    done, data = cv2.imencode(".jpg", to_bytes(truth)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not done:
        raise RuntimeError("OpenCV did not encode a JPEG")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded)[..., ::-1]).astype(np.float32) / np.float32(255)


def shifted(truth: Image) -> Image:
    """Moved to the right and down by 0.1 px, by an eight-tap Lanczos filter."""
    import cv2

    positions = np.arange(-4, 5) + SHIFT
    taps = np.sinc(positions) * np.sinc(positions / 4) * (np.abs(positions) < 4)
    taps = taps / taps.sum()
    out = cv2.sepFilter2D(truth, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REFLECT)
    return np.clip(np.asarray(out, np.float32), 0, 1)


def enlarged_and_back(truth: Image) -> Image:
    """Enlarged 1.5 times by Lanczos and brought back by area averaging."""
    import cv2

    height, width = truth.shape[:2]
    larger = (round(width * ENLARGEMENT), round(height * ENLARGEMENT))
    up = cv2.resize(truth, larger, interpolation=cv2.INTER_LANCZOS4)
    out = cv2.resize(up, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(np.asarray(out, np.float32), 0, 1)


VARIANTS: Mapping[str, Callable[[Image], Image]] = MappingProxyType(
    {
        "PNG round trip": png_round_trip,
        "JPEG 95": jpeg_95,
        "0.1 px shift": shifted,
        "enlarged x1.5 and back": enlarged_and_back,
    }
)
