"""Structural similarity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.images import Image, Plane, luminance
from bonaface.measure.record import Measure, NotApplicable, no_files

C1, C2 = 0.01**2, 0.03**2
RADIUS = 5
"""Of the Gaussian window: 11 x 11, sigma 1.5."""
STRIP = 48
"""Rows that are worked on at a time."""
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


@dataclass(frozen=True, slots=True)
class Reference:
    """A truth at one scale with what SSIM needs of it alone; several outputs share it."""

    image: Any
    mean: Any
    variance: Any


def reference(truth: Any) -> Reference:
    """Of an image (H, W, 3) or a plane (H, W)."""
    x = truth - np.float32(0.5)
    mean = _blur(x)
    return Reference(x, mean, _blur(x * x) - mean * mean)


def references(truth: Any) -> tuple[Reference, ...]:
    """Of the scales of MS-SSIM; only the first where the picture is too small for five."""
    scales = [reference(truth)]
    for _ in MS_WEIGHTS[1:] if min(truth.shape[:2]) >= MS_LEAST_SIDE else ():
        truth = _halved(truth)
        scales.append(reference(truth))
    return tuple(scales)


def _maps(output: Any, truth: Reference, *, light: bool = True) -> tuple[Any, Any]:
    """Luminance term times contrast-structure term, and the latter alone, at every pixel (population covariance)."""
    whole, contrast = np.empty_like(truth.image), np.empty_like(truth.image)
    height = len(output)
    # Strip by strip, so that what lies between stays in the processor's cache; each with the rows its blurs reach.
    for start in range(0, height, STRIP):
        stop = min(start + STRIP, height)
        top, bottom = max(0, start - RADIUS), min(height, stop + RADIUS)
        part = Reference(truth.image[top:bottom], truth.mean[top:bottom], truth.variance[top:bottom])
        terms = _strip(output[top:bottom], part, light)
        for plane, term in zip((whole, contrast), terms, strict=True):
            plane[start:stop] = term[start - top : stop - top]
    return whole, contrast


def _strip(output: Any, truth: Reference, light: bool) -> tuple[Any, Any]:
    # Differences from mid grey keep float32 exact enough: variances come from differences of large numbers.
    half, f = np.float32(0.5), np.float32
    y = output - half
    mean_x, mean_y = truth.mean, _blur(y)
    covariance = _blur(truth.image * y) - mean_x * mean_y
    variances = _blur(y * y) - mean_y * mean_y + truth.variance
    contrast = (2 * covariance + f(C2)) / (variances + f(C2))
    if not light:
        return contrast, contrast
    real_x, real_y = mean_x + half, mean_y + half
    term = (2 * real_x * real_y + f(C1)) / (real_x * real_x + real_y * real_y + f(C1))
    return term * contrast, contrast


def _means(values: Any) -> Any:
    """Means of the channels, in float64, without the border that the window reaches over."""
    import cv2

    inside = values[RADIUS:-RADIUS, RADIUS:-RADIUS]
    return np.array(cv2.mean(inside)[: 1 if values.ndim == 2 else values.shape[2]])


@dataclass(frozen=True, slots=True)
class Structural:
    """SSIM at each pixel (H, W), mean of R, G and B; its mean; and MS-SSIM, None below 176 px a side."""

    plane: Plane
    ssim: float
    ms_ssim: float | None


def structural(output: Image, truth: tuple[Reference, ...]) -> Structural:
    """SSIM and MS-SSIM at once: the first scale of the one is the other; `truth` from `references`."""
    import cv2

    whole, contrast = _maps(output, truth[0])
    small = len(truth) < len(MS_WEIGHTS)
    return Structural(
        plane=np.asarray(cv2.transform(whole, np.full((1, 3), 1 / 3, np.float32)), np.float32),
        ssim=float(_means(whole).mean()),
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
    return float(_means(_maps(output, reference(truth))[0]).mean())


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
    return _five_scales(output, truth)


def ms_ssim_y(output: Image, truth: Image) -> float:
    """MS-SSIM of the BT.601 luma alone; everything else as for `ms_ssim`."""
    return _five_scales(luminance(output), luminance(truth))


def _five_scales(output: Any, truth: Any) -> float:
    """MS-SSIM of images (H, W, 3) or planes (H, W)."""
    if min(truth.shape[:2]) < MS_LEAST_SIDE:
        size = f"{truth.shape[1]}x{truth.shape[0]}"
        raise NotApplicable(f"five scales need at least {MS_LEAST_SIDE} px a side; the picture is {size}")
    scales = references(truth)
    return _multi_scale(output, scales, _maps(output, scales[0], light=False)[1])


def _multi_scale(output: Any, truth: tuple[Reference, ...], contrast: Any) -> float:
    """MS-SSIM, where `contrast` is the contrast-structure term of the first scale."""
    terms = [_means(contrast)]
    for scale in range(1, len(MS_WEIGHTS)):
        output = _halved(output)
        last = scale == len(MS_WEIGHTS) - 1
        whole, contrast = _maps(output, truth[scale], light=last)
        terms.append(_means(whole if last else contrast))
    channels = np.prod(np.maximum(np.stack(terms), 0) ** np.array(MS_WEIGHTS)[:, None], axis=0)
    return float(channels.mean())


def _halved(image: Any) -> Any:
    """The mean of two by two pixels; an odd row or column at the end is left out."""
    import cv2

    height, width = image.shape[0] // 2, image.shape[1] // 2
    half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32)


def ssim_y(output: Image, truth: Image) -> float:
    """SSIM of the BT.601 luma alone; arguments as for `ssim`."""
    return float(_means(_maps(luminance(output), reference(luminance(truth)))[0])[0])


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
MS_SSIM_Y = replace(
    MS_SSIM,
    id="ms-ssim-y",
    convention="as ms-ssim, on BT.601 luma of the sRGB-encoded values, full range, reduced after the conversion",
    load=no_files(ms_ssim_y),
)
