"""What a picture says of its own damage, without a reference. None of these numbers is a judgement of truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bonaface.core.images import Image, luminance
from bonaface.core.results import Score


def damage(image: Image) -> Mapping[str, Score]:
    """Signs of damage that can be measured on one picture.

    Args:
        image: (H, W, 3).

    Returns:
        By name: `noise` (grey levels), `resolution` (percent of the picture's own resolution up to which there is
        detail above its noise), `blocking` (how much stronger steps are at JPEG's block edges), `clipped` (percent of
        pixels whose values are all at an end of the range).
    """
    plane = luminance(image)
    return {
        "noise": Score(255 * noise_sigma(plane), "grey levels"),
        "resolution": Score(100 * effective_resolution(plane), "% of the picture's own"),
        "blocking": Score(blocking(plane), "x"),
        "clipped": Score(100 * float(((image <= 0.5 / 255) | (image >= 254.5 / 255)).all(axis=2).mean()), "%"),
    }


def noise_sigma(plane: Any) -> float:
    """Standard deviation of white noise, in [0, 1]: the mean response to a Laplacian difference.

    Source:
        Immerkaer 1996, doi:10.1006/cviu.1996.0060; here with the median of the responses in place of the mean, which
        edges and textures would raise.
    """
    import cv2

    kernel = np.array([(1, -2, 1), (-2, 4, -2), (1, -2, 1)], np.float32)
    response = np.abs(cv2.filter2D(plane, cv2.CV_32F, kernel)[1:-1, 1:-1])
    # The kernel multiplies the standard deviation of white noise by 6; the median of |normal| is 0.6745 sigma.
    return float(np.median(response)) / (6 * 0.6745)


def effective_resolution(plane: Any) -> float:
    """The share of the picture's own resolution that holds detail.

    The highest spatial frequency at which the radial power spectrum (Hann window) still stands three times above the
    spectrum's floor, over the highest frequency there is. An upper bound:
    interpolation leaves mirror images of the spectrum, and a picture enlarged x8 reads 0.3 to 0.7, not 0.125.
    """
    height, width = plane.shape
    side = min(height, width, 1024)
    top, left = (height - side) // 2, (width - side) // 2
    import scipy.fft

    square = plane[top : top + side, left : left + side]
    window = np.hanning(side).astype(np.float32)
    spectrum = np.abs(scipy.fft.rfft2((square - square.mean()) * window[:, None] * window[None, :])) ** 2
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]
    radius = np.rint(np.hypot(fy, fx) * side).astype(int)
    inside = radius <= side // 2
    counts = np.bincount(radius[inside])
    power = np.bincount(radius[inside], spectrum[inside]) / np.maximum(counts, 1)
    floor = max(float(np.median(power[int(0.9 * len(power)) :])), float((window**2).sum() ** 2) * (0.3 / 255) ** 2)
    above = np.flatnonzero(power > 3 * floor)
    return float(above[-1] / (len(power) - 1)) if len(above) else 0.0


def blocking(plane: Any) -> float:
    """Mean step across the edges of an 8 px grid over the mean step elsewhere; 1 where there are no blocks."""
    ratios = []
    for steps in (np.abs(np.diff(plane, axis=1)), np.abs(np.diff(plane, axis=0)).T):
        columns = steps.mean(axis=0, dtype=np.float64)
        edges = np.arange(len(columns)) % 8 == 7
        inner = float(columns[~edges].mean())
        if edges.any() and inner > 1e-9:
            ratios.append(float(columns[edges].mean()) / inner)
    return float(np.mean(ratios)) if ratios else 1.0
