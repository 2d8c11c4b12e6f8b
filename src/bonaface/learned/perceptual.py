"""LPIPS and DISTS."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from bonaface.core.images import Image
from bonaface.learned.offline import served
from bonaface.learned.tensors import tensor

Distance = Callable[[Image, Image], float]
"""From output and truth, (H, W, 3) each, to 0 or more."""


def lpips(net: str, files: Mapping[str, Path]) -> Distance:
    """LPIPS as its authors' package computes it (version 0.1 of the heads, which the package brings).

    Args:
        net: "alex" or "vgg".
        files: the backbone's weights and the head's.
    """
    import lpips as package

    head = next(path for name, path in files.items() if name == f"{net}.pth")
    with served(files), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks torchvision by an older name
        network = package.LPIPS(net=net, model_path=str(head), verbose=False).eval()
    return _distance(lambda output, truth: network(output, truth, normalize=True))


def dists(files: Mapping[str, Path]) -> Distance:
    """DISTS by piq, without its authors' resizing to 256 px."""
    import piq

    with served(files), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = piq.DISTS().eval()
    return _distance(network)


def _distance(network: Callable[[Any, Any], Any]) -> Distance:
    def distance(output: Image, truth: Image) -> float:
        with torch.inference_mode():
            return float(network(tensor(output), tensor(truth)))

    return distance
