"""Pixel errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.images import Image, luminance
from bonaface.measure.record import Measure, NotApplicable, no_files


def mean_squared_error(output: Image, truth: Image) -> float:
    """Mean of the squared differences over all values of two images or planes, in [0, 1]."""
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
    return _decibels(mean_squared_error(output, truth))


def _decibels(error: float) -> float:
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def psnr_y(output: Image, truth: Image) -> float:
    """PSNR of the BT.601 luma alone, full range; arguments and result as for `psnr`."""
    return _decibels(mean_squared_error(luminance(output), luminance(truth)))


def psnr_observed(output: Image, observed: Image) -> float:
    """PSNR of the output, brought to the size of the damaged picture, against that picture: does it explain it?

    Args:
        output: (H, W, 3), sRGB in [0, 1].
        observed: (h, w, 3), of the same proportions to a hundredth, and not larger.

    Returns:
        dB; +inf where the two are equal.

    Raises:
        NotApplicable: other proportions, or the damaged picture is the larger.
    """
    import cv2

    (height, width), (small, narrow) = output.shape[:2], observed.shape[:2]
    if small > height or narrow > width or abs(height * narrow / (width * small) - 1) > 0.01:
        raise NotApplicable(
            f"the damaged picture is {narrow}x{small} and the output {width}x{height}; expected the same proportions, "
            "and an output at least as large"
        )
    reduced = output
    if (small, narrow) != (height, width):
        reduced = np.asarray(cv2.resize(output, (narrow, small), interpolation=cv2.INTER_AREA), np.float32)
    return psnr(reduced, observed)


def rmse_y(output: Image, truth: Image) -> float:
    """RMSE of the BT.601 luma alone, in 8-bit grey levels; arguments as for `psnr`."""
    return float(255 * np.sqrt(mean_squared_error(luminance(output), luminance(truth))))


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
PSNR_Y = replace(
    PSNR,
    id="psnr-y",
    convention="as psnr, on BT.601 luma of the sRGB-encoded values, full range (0 to 1, not 16 to 235), not rounded",
    load=no_files(psnr_y),
)
RMSE_Y = replace(
    RMSE,
    id="rmse-y",
    convention="as rmse, on BT.601 luma of the sRGB-encoded values, full range, not rounded",
    load=no_files(rmse_y),
)
PSNR_OBSERVED = replace(
    PSNR,
    id="psnr-observed",
    needs=("output", "observed"),
    convention="as psnr, between the output, reduced to the damaged picture's size by area averaging, and the damaged "
    "picture; no registration",
    load=no_files(psnr_observed),
)
