"""Pixel errors."""

from __future__ import annotations

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.images import Image
from bonaface.measure.record import Measure, no_files


def mean_squared_error(output: Image, truth: Image) -> float:
    """Mean of the squared differences over all RGB values, in [0, 1]."""
    import cv2

    # Sums in double precision: a float32 sum over a million pixels is off by up to 0.001 dB.
    return cv2.norm(output, truth, cv2.NORM_L2SQR) / output.size


def psnr(output: Image, truth: Image) -> float:
    """Peak signal-to-noise ratio over all RGB values.

    Args:
        output: (H, W, 3), sRGB in [0, 1].
        truth: same shape and range.

    Returns:
        dB; +inf where the two are equal.

    Source:
        Huynh-Thu & Ghanbari 2008, doi:10.1049/el:20080522.

    >>> grey = np.full((4, 4, 3), 0.5, np.float32)
    >>> round(psnr(grey, grey + np.float32(0.1)), 3)
    20.0
    """
    error = mean_squared_error(output, truth)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def rmse(output: Image, truth: Image) -> float:
    """Root of the mean squared error over all RGB values, in 8-bit grey levels (0 to 255)."""
    return float(255 * np.sqrt(mean_squared_error(output, truth)))


PSNR = Measure(
    id="psnr",
    version=1,
    needs=("output", "truth"),
    unit="dB",
    better="higher",
    bounds=(0.0, float("inf")),
    convention="RGB, sRGB-encoded, range 1, whole picture, no border cut off, mean over all values "
    "before the logarithm",
    source=Source("Huynh-Thu & Ghanbari 2008", "doi:10.1049/el:20080522"),
    load=no_files(psnr),
)
RMSE = Measure(
    id="rmse",
    version=1,
    needs=("output", "truth"),
    unit="grey levels",
    better="lower",
    bounds=(0.0, 255.0),
    convention="RGB, sRGB-encoded, 8-bit levels, whole picture, no border cut off",
    source=Source("definition"),
    load=no_files(rmse),
)
