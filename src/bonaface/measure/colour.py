"""Colour, apart from structure."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.images import Bytes8, Image, Mask, Plane, to_bytes
from bonaface.measure.record import Measure, no_files

BINS = 8
BLOCK = 16384
"""Pixels that are worked on at a time, so that what lies between stays in the processor's cache."""


def histogram(pixels: Bytes8, mask: Mask | None = None) -> Any:
    """(H, W, 3) RGB -> (512,) BGR histogram of 8 x 8 x 8 bins, normalised as `cv2.normalize` does (Euclidean length 1).

    With `mask` (H, W), only of the pixels where it is True. Flat, because OpenCV's Python binding takes an (8, 8, 8)
    array for 64 bins of 8 channels, and `cv2.compareHist` then divides by 64 in place of 512.
    """
    import cv2

    chosen = None if mask is None else mask.astype(np.uint8)
    counts = cv2.calcHist([pixels[..., ::-1]], [0, 1, 2], chosen, [BINS] * 3, [0, 256] * 3)
    return cv2.normalize(counts, counts).ravel()


def histogram_correlation(output: Image, truth: Image) -> float:
    """Correlation of the 3-D colour histograms.

    Args:
        output: (H, W, 3), sRGB in [0, 1].
        truth: the same; the size may differ.

    Returns:
        In [-1, 1]; 1 means equal histograms.

    Source:
        The hallucination study (S0, section VI.G): BGR, 8 bins a channel, `cv2.normalize`, `HISTCMP_CORREL`.
    """
    import cv2

    return float(cv2.compareHist(histogram(to_bytes(output)), histogram(to_bytes(truth)), cv2.HISTCMP_CORREL))


_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
_TO_XYZ = np.array(  # IEC 61966-2-1, divided by the white point D65
    [(0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)],
    np.float32,
)


def to_lab(image: Image) -> Image:
    """(H, W, 3) sRGB in [0, 1] -> CIE L*a*b*, D65, 2 degrees.

    OpenCV's own conversion is faster but departs by up to 0.7 units in dark colours; this one is exact to 0.01.
    """
    import cv2

    f = np.float32
    linear = cv2.pow((image + f(0.055)) / f(1.055), 2.4)
    linear = np.where(image <= f(0.04045), image / f(12.92), linear)
    ratios = cv2.transform(np.ascontiguousarray(linear), _TO_XYZ / _WHITE[:, None])
    roots = np.where(ratios > f(216 / 24389), cv2.pow(ratios, 1 / 3), ratios * f(24389 / 27 / 116) + f(16 / 116))
    x, y, z = cv2.split(roots)
    return np.asarray(cv2.merge([f(116) * y - f(16), f(500) * (x - y), f(200) * (y - z)]), np.float32)


def ciede2000(lab_1: Any, lab_2: Any) -> Plane:
    """Colour difference CIEDE2000 at each pixel.

    Args:
        lab_1: (..., 3) CIE L*a*b*.
        lab_2: the same shape.

    Returns:
        (...,), float32: about 1 is just noticeable, 100 is black against white.

    Source:
        Sharma, Wu & Dalal 2005, doi:10.1002/col.20070; all weights 1.
    """
    first, second = np.asarray(lab_1, np.float32), np.asarray(lab_2, np.float32)
    shape = np.broadcast_shapes(first.shape, second.shape)[:-1]
    rows, others = (np.broadcast_to(lab, (*shape, 3)).reshape(-1, 3) for lab in (first, second))
    out = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        out[part] = _ciede2000_block(rows[part], others[part])
    return out.reshape(shape)


def _ciede2000_block(lab_1: Any, lab_2: Any) -> Any:
    """(N, 3), (N, 3) -> (N,)."""
    f = np.float32
    l1, a1, b1 = np.ascontiguousarray(lab_1.T)
    l2, a2, b2 = np.ascontiguousarray(lab_2.T)
    mean_chroma7 = ((np.sqrt(a1 * a1 + b1 * b1) + np.sqrt(a2 * a2 + b2 * b2)) / 2) ** 7
    stretch = f(1.5) - f(0.5) * np.sqrt(mean_chroma7 / (mean_chroma7 + f(25.0**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.sqrt(a1 * a1 + b1 * b1), np.sqrt(a2 * a2 + b2 * b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    turn = f(2 * np.pi)
    grey = c1 * c2 == 0
    dh = h2 - h1
    dh = dh - turn * np.round(dh / turn)
    dh = np.where(grey, f(0), dh)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(dh / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(grey, h1 + h2, h1 + dh / 2)
    t = (
        1
        - f(0.17) * np.cos(mean_h - f(np.pi / 6))
        + f(0.24) * np.cos(2 * mean_h)
        + f(0.32) * np.cos(3 * mean_h + f(np.pi / 30))
        - f(0.20) * np.cos(4 * mean_h - f(np.radians(63)))
    )
    degrees = np.mod(np.degrees(mean_h), f(360))
    rotation = f(np.radians(60)) * np.exp(-(((degrees - f(275)) / f(25)) ** 2))
    mean_c7 = mean_c**7
    r_c = 2 * np.sqrt(mean_c7 / (mean_c7 + f(25.0**7)))
    off = (mean_l - 50) ** 2
    s_l = 1 + f(0.015) * off / np.sqrt(20 + off)
    s_c, s_h = 1 + f(0.045) * mean_c, 1 + f(0.015) * mean_c * t
    x, y, z = (l2 - l1) / s_l, (c2 - c1) / s_c, d_hue / s_h
    return np.asarray(np.sqrt(np.maximum(x * x + y * y + z * z - np.sin(rotation) * r_c * y * z, 0)), np.float32)


def mean_ciede2000(output: Image, truth: Image) -> float:
    """Mean of CIEDE2000 over the picture; arguments as for `psnr`."""
    return float(ciede2000(to_lab(truth), to_lab(output)).mean(dtype=np.float64))


HISTOGRAM_CORRELATION = Measure(
    id="histogram-correlation",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="higher",
    bounds=(-1.0, 1.0),
    convention="8-bit BGR, 8 bins a channel, whole picture, cv2.normalize (L2), cv2.HISTCMP_CORREL",
    source=Source("the hallucination study (S0), VI.G"),
    load=no_files(histogram_correlation),
)
CIEDE2000 = Measure(
    id="ciede2000",
    version=1,
    needs=("output", "truth"),
    unit="ΔE00",
    better="lower",
    bounds=(0.0, float("inf")),
    convention="sRGB to L*a*b* (D65, 2 degrees) in float32, all weights 1, mean over the pixels",
    source=Source("Sharma, Wu & Dalal 2005", "doi:10.1002/col.20070"),
    load=no_files(mean_ciede2000),
)
