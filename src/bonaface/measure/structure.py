"""Structural similarity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.images import Image, Plane, luminance
from bonaface.measure.record import Measure, NotApplicable, no_files

C1, C2 = 0.01**2, 0.03**2
RADIUS = 5
"""Of the Gaussian window: 11 x 11, sigma 1.5."""
MS_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MS_LEAST_SIDE = 176
"""Pixels: the window of 11 px must fit into the fifth scale."""


@cache
def _window() -> Any:
    taps = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / 1.5) ** 2)
    return (taps / taps.sum()).astype(np.float32)


def _blur(values: Any) -> Any:
    import cv2

    return cv2.sepFilter2D(values, cv2.CV_32F, _window(), _window(), borderType=cv2.BORDER_REFLECT)


def _maps(output: Any, truth: Any) -> tuple[Any, Any]:
    """Luminance term times contrast-structure term, and the latter alone, at every pixel (population covariance)."""
    # Differences from mid grey keep float32 exact enough: variances come from differences of large numbers.
    x, y = truth - np.float32(0.5), output - np.float32(0.5)
    mean_x, mean_y = _blur(x), _blur(y)
    product, squares = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
    covariance = _blur(x * y) - product
    variances = _blur(x * x + y * y) - squares
    contrast = (2 * covariance + np.float32(C2)) / (variances + np.float32(C2))
    real_x, real_y = mean_x + np.float32(0.5), mean_y + np.float32(0.5)
    light = (2 * real_x * real_y + np.float32(C1)) / (real_x * real_x + real_y * real_y + np.float32(C1))
    return light * contrast, contrast


def _inside(values: Any) -> Any:
    return values[RADIUS:-RADIUS, RADIUS:-RADIUS]


@dataclass(frozen=True, slots=True)
class Structural:
    """SSIM at each pixel (H, W), mean of R, G and B; its mean; and MS-SSIM, None below 176 px a side."""

    plane: Plane
    ssim: float
    ms_ssim: float | None


def structural(output: Image, truth: Image) -> Structural:
    """SSIM and MS-SSIM at once: the first scale of the one is the other. Arguments as for `ssim`."""
    whole, contrast = _maps(output, truth)
    small = min(truth.shape[:2]) < MS_LEAST_SIDE
    return Structural(
        plane=np.asarray(whole.mean(axis=2), np.float32),
        ssim=float(_inside(whole).mean(dtype=np.float64)),
        ms_ssim=None if small else _multi_scale(output, truth, contrast),
    )


def ssim(output: Image, truth: Image) -> float:
    """Structural similarity, the mean over R, G and B.

    Args:
        output: (H, W, 3), sRGB in [0, 1], at least 11 px a side.
        truth: same shape and range.

    Returns:
        At most 1, which means equal.

    Source:
        Wang et al. 2004, doi:10.1109/TIP.2003.819861; the Gaussian form with sigma 1.5.
    """
    return float(_inside(_maps(output, truth)[0]).mean(dtype=np.float64))


def ms_ssim(output: Image, truth: Image) -> float:
    """Multi-scale structural similarity, the mean over R, G and B.

    Args:
        output: (H, W, 3), sRGB in [0, 1], at least 176 px a side (11 px at the fifth scale).
        truth: same shape and range.

    Returns:
        In [0, 1]; 1 means equal. Negative contrast terms count as 0.

    Raises:
        NotApplicable: the picture is too small for five scales.

    Source:
        Wang, Simoncelli & Bovik 2003, doi:10.1109/ACSSC.2003.1292216.
    """
    if min(truth.shape[:2]) < MS_LEAST_SIDE:
        size = f"{truth.shape[1]}x{truth.shape[0]}"
        raise NotApplicable(f"five scales need at least {MS_LEAST_SIDE} px a side; the picture is {size}")
    return _multi_scale(output, truth, _maps(output, truth)[1])


def _multi_scale(output: Image, truth: Image, contrast: Any) -> float:
    """MS-SSIM, where `contrast` is the contrast-structure term of the first scale."""
    terms = [_inside(contrast).mean(axis=(0, 1), dtype=np.float64)]
    for scale in range(1, len(MS_WEIGHTS)):
        output, truth = _halved(output), _halved(truth)
        whole, contrast = _maps(output, truth)
        last = scale == len(MS_WEIGHTS) - 1
        terms.append(_inside(whole if last else contrast).mean(axis=(0, 1), dtype=np.float64))
    channels = np.prod(np.maximum(np.stack(terms), 0) ** np.array(MS_WEIGHTS)[:, None], axis=0)
    return float(channels.mean())


def _halved(image: Image) -> Image:
    """The mean of two by two pixels; an odd row or column at the end is left out."""
    import cv2

    height, width = image.shape[0] // 2, image.shape[1] // 2
    half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32)


def ssim_y(output: Image, truth: Image) -> float:
    """SSIM of the BT.601 luma alone; arguments as for `ssim`."""
    return float(_inside(_maps(luminance(output), luminance(truth))[0]).mean(dtype=np.float64))


_WANG = Source("Wang et al. 2004", "doi:10.1109/TIP.2003.819861")
SSIM = Measure(
    id="ssim",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="higher",
    bounds=(-1.0, 1.0),
    convention="RGB, sRGB-encoded, Gaussian window 11x11 with sigma 1.5, population covariance, mean of channels, "
    "border of 5 px left out, no downsampling",
    source=_WANG,
    load=no_files(ssim),
)
SSIM_Y = Measure(
    id="ssim-y",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="higher",
    bounds=(-1.0, 1.0),
    convention="as ssim, on BT.601 luma of the sRGB-encoded values, full range",
    source=_WANG,
    load=no_files(ssim_y),
)
MS_SSIM = Measure(
    id="ms-ssim",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="higher",
    bounds=(0.0, 1.0),
    convention="RGB, five scales with the published weights, window as ssim, halved by the mean of 2x2 px, "
    "negative terms count as 0, mean of channels at the end; not below 176 px",
    source=Source("Wang, Simoncelli & Bovik 2003", "doi:10.1109/ACSSC.2003.1292216"),
    load=no_files(ms_ssim),
)
