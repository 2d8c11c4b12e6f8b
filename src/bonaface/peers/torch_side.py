"""What torchmetrics, piq and pyiqa compute, where they are installed. None of these calls fetches anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from bonaface.core.images import Image, luminance
from bonaface.peers.record import Peer

WINDOW: dict[str, Any] = {"sigma": 1.5, "kernel_size": 11, "data_range": 1.0}
_REFLECTED = "the border is filled by reflection and counted; ours leaves 5 px out"


def _rgb(image: Image) -> Any:
    """(H, W, 3) -> (1, 3, H, W) float64."""
    return torch.from_numpy(image.astype("float64")).permute(2, 0, 1)[None]


def _luma(image: Image) -> Any:
    """(H, W, 3) -> (1, 1, H, W) float64."""
    return torch.from_numpy(luminance(image).astype("float64"))[None, None]


def _torchmetrics(name: str, planes: Callable[[Image], Any], **settings: Any) -> Callable[[Image, Image], float]:
    def run(output: Image, truth: Image) -> float:
        from torchmetrics.functional import image

        return float(getattr(image, name)(planes(output), planes(truth), **settings))

    return run


def _piq(name: str, planes: Callable[[Image], Any], **settings: Any) -> Callable[[Image, Image], float]:
    def run(output: Image, truth: Image) -> float:
        import piq

        return float(getattr(piq, name)(planes(output), planes(truth), data_range=1.0, **settings))

    return run


def _pyiqa(name: str) -> Callable[[Image, Image], float]:
    def run(output: Image, truth: Image) -> float:
        return float(_metric(name)(_rgb(output), _rgb(truth)))

    return run


@cache
def _metric(name: str) -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is fetched without being asked for
    import pyiqa

    return pyiqa.create_metric(name, device="cpu")


def _ssim(planes: Callable[[Image], Any]) -> Callable[[Image, Image], float]:
    return _torchmetrics("structural_similarity_index_measure", planes, **WINDOW)


def _ms_ssim(planes: Callable[[Image], Any]) -> Callable[[Image, Image], float]:
    return _torchmetrics("multiscale_structural_similarity_index_measure", planes, normalize="relu", **WINDOW)


_TORCHMETRICS = (
    ("psnr", "data_range=1", "", _torchmetrics("peak_signal_noise_ratio", _rgb, data_range=1.0), 1e-4),
    ("psnr-y", "on BT.601 luma", "", _torchmetrics("peak_signal_noise_ratio", _luma, data_range=1.0), 1e-4),
    ("ssim", "window 11, sigma 1.5", _REFLECTED, _ssim(_rgb), 0.0),
    ("ssim-y", "on BT.601 luma, window 11, sigma 1.5", _REFLECTED, _ssim(_luma), 0.0),
    (
        "ms-ssim",
        "window 11, sigma 1.5",
        f"{_REFLECTED}; the channels are averaged at each scale, before the product over scales, not after it",
        _ms_ssim(_rgb),
        0.0,
    ),
    ("ms-ssim-y", "on BT.601 luma, window 11, sigma 1.5", _REFLECTED, _ms_ssim(_luma), 0.0),
)
_PIQ = (
    ("psnr", "as it comes", "a constant of 1e-8 is added to the error: at most 80 dB", _piq("psnr", _rgb), 0.0),
    ("psnr-y", "convert_to_greyscale", "a constant of 1e-8 is added to the error: at most 80 dB",
     _piq("psnr", _rgb, convert_to_greyscale=True), 0.0),
    ("ssim", "downsample=False", "", _piq("ssim", _rgb, downsample=False), 1e-5),
    (
        "ssim",
        "as it comes",
        "reduces pictures silently, by a whole number, to about 256 px on the shorter side",
        _piq("ssim", _rgb),
        0.0,
    ),
    ("ssim-y", "on BT.601 luma, downsample=False", "", _piq("ssim", _luma, downsample=False), 1e-5),
    ("ms-ssim", "as it comes", "odd sizes are filled by a repeated edge; ours leaves the odd row or column out",
     _piq("multi_scale_ssim", _rgb), 0.0),
    ("ms-ssim-y", "on BT.601 luma", "odd sizes are filled by a repeated edge; ours leaves the odd row or column out",
     _piq("multi_scale_ssim", _luma), 0.0),
)  # fmt: skip
_PYIQA = (
    ("psnr", "psnr", "a constant of 1e-8 is added to the error: at most 80 dB", _pyiqa("psnr"), 0.0),
    ("psnr-y", "psnry", "a constant of 1e-8 is added to the error; YIQ's Y, full range: the weights of ours",
     _pyiqa("psnry"), 0.0),
    ("ssim", "ssimc", "rounded to whole grey levels first; negative contrast terms count as 0, which raises it where "
     "there are any", _pyiqa("ssimc"), 0.0),
    ("ssim-y", "ssim: on Y although its name does not say so", "Y is rounded to whole grey levels; negative contrast "
     "terms count as 0, which raises it where there are any", _pyiqa("ssim"), 0.0),
    ("ms-ssim-y", "ms_ssim: on Y although its name does not say so",
     "negative contrast terms count as 0 at each pixel, not in the mean; odd sizes are filled by zeros",
     _pyiqa("ms_ssim"), 0.0),
)  # fmt: skip
TORCH_SIDE = (
    *(Peer(m, "torchmetrics", "torchmetrics", s, why, run, tolerance) for m, s, why, run, tolerance in _TORCHMETRICS),
    *(Peer(m, "piq", "piq", s, why, run, tolerance) for m, s, why, run, tolerance in _PIQ),
    *(Peer(m, "pyiqa", "pyiqa", s, why, run, tolerance) for m, s, why, run, tolerance in _PYIQA),
)
"""By libraries that need PyTorch. pyiqa is not for every use; no extra of Bonaface brings it."""
