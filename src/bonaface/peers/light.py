"""What scikit-image computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonaface.core.images import Image, luminance, to_bytes
from bonaface.peers.record import Peer

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def _metrics() -> Any:
    import skimage.metrics

    return skimage.metrics


def _colours() -> Any:
    import skimage.color

    return skimage.color


def _psnr(output: Any, truth: Any, largest: float = 1.0) -> float:
    return float(_metrics().peak_signal_noise_ratio(np.asarray(truth), np.asarray(output), data_range=largest))


def _ssim(output: Any, truth: Any, **settings: Any) -> float:
    axis = 2 if output.ndim == 3 else None
    x, y = truth.astype(np.float64), output.astype(np.float64)
    return float(_metrics().structural_similarity(x, y, channel_axis=axis, data_range=1, **settings))


def _grey(image: Image) -> Any:
    return _colours().rgb2gray(image.astype(np.float64))


def _studio(image: Image) -> Any:
    return _colours().rgb2ycbcr(image.astype(np.float64))[..., 0]


def _rmse(output: Image, truth: Image) -> float:
    return float(255 * np.sqrt(_metrics().mean_squared_error(truth.astype(np.float64), output.astype(np.float64))))


def _ciede2000(output: Image, truth: Image) -> float:
    x, y = (_colours().rgb2lab(image.astype(np.float64)) for image in (truth, output))
    return float(_colours().deltaE_ciede2000(x, y).mean())


def _peer(measure: str, settings: str, why: str, run: Any, tolerance: float = 0.0) -> Peer:
    return Peer(measure, "scikit-image", "skimage", settings, why, run, tolerance)


LIGHT = (
    _peer("psnr", "data_range=1, float64", "", lambda o, t: _psnr(o.astype(float), t.astype(float)), 1e-4),
    _peer(
        "psnr",
        "on 8-bit pixels, data_range=255",
        "rounded to whole grey levels first; the same for pictures that are 8-bit files in their own size",
        lambda o, t: _psnr(to_bytes(o), to_bytes(t), 255),
    ),
    _peer(
        "psnr-y",
        "on Y of rgb2ycbcr (16 to 235), data_range=255",
        "studio range: differences are 219/255 as large, which adds 1.32 dB; papers that say Y mostly mean this one",
        lambda o, t: _psnr(_studio(o), _studio(t), 255),
    ),
    _peer(
        "psnr-y",
        "on rgb2gray, data_range=1",
        "rgb2gray has the weights of BT.709 (.2125, .7154, .0721), not BT.601's (.299, .587, .114)",
        lambda o, t: _psnr(_grey(o), _grey(t)),
    ),
    _peer("rmse", "255 sqrt(mean_squared_error), float64", "", _rmse, 1e-4),
    _peer("ssim", "Gaussian window, sigma 1.5, population covariance", "", lambda o, t: _ssim(o, t, **GAUSSIAN), 1e-5),
    _peer(
        "ssim",
        "as it comes",
        "uniform window of 7x7 px and sample covariance, not Gaussian of sigma 1.5 and population covariance",
        _ssim,
    ),
    _peer(
        "ssim-y",
        "on BT.601 luma, Gaussian window, sigma 1.5, population covariance",
        "",
        lambda o, t: _ssim(luminance(o), luminance(t), **GAUSSIAN),
        1e-5,
    ),
    _peer(
        "ssim-y",
        "on rgb2gray, as it comes",
        "BT.709 weights, uniform window of 7x7 px, sample covariance",
        lambda o, t: _ssim(_grey(o), _grey(t)),
    ),
    _peer(
        "ssim-y",
        "on Y of rgb2ycbcr / 255, Gaussian window, sigma 1.5, population covariance",
        "studio range: values from 16 to 235, against constants made for 0 to 255",
        lambda o, t: _ssim(_studio(o) / 255, _studio(t) / 255, **GAUSSIAN),
    ),
    _peer("ciede2000", "deltaE_ciede2000 of rgb2lab, float64", "", _ciede2000, 5e-3),
)
"""By scikit-image, which comes with Bonaface."""
