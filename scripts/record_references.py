"""Record what other implementations say of scikit-image's astronaut and stated damages of it.

Writes tests/measure/references.json, which the tests compare with. Needs an environment of its own, so that the tests
need neither PyTorch nor these packages:

    pip install torch torchmetrics scikit-image
    python scripts/record_references.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import skimage.data
import torch
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure as torchmetrics_ms_ssim,
)
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

OUT = Path(__file__).parents[1] / "tests/measure/references.json"
PACKAGES = ("numpy", "scikit-image", "torch", "torchmetrics")


def damages(truth: np.ndarray) -> dict[str, np.ndarray]:
    """(H, W, 3) uint8 -> damaged pictures by name; the tests make the same ones, with NumPy alone."""
    noise = np.random.default_rng(0).normal(0, 20, truth.shape)
    blocks = truth.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    return {
        "noise of 20 grey levels": np.clip(np.rint(truth + noise), 0, 255).astype(np.uint8),
        "means of 4x4 blocks": np.repeat(np.repeat(np.rint(blocks), 4, 0), 4, 1).astype(np.uint8),
        "half the contrast": np.rint(truth * 0.5 + 40).astype(np.uint8),
        "moved by two pixels": np.roll(truth, 2, axis=1),
    }


def tensor(pixels: np.ndarray) -> torch.Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W) float64 in [0, 1]."""
    return torch.from_numpy(pixels.astype(np.float64) / 255).permute(2, 0, 1)[None]


WINDOW = {"sigma": 1.5, "kernel_size": 11, "data_range": 1.0}
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def without_border(output: torch.Tensor, truth: torch.Tensor) -> float:
    """Torchmetrics' SSIM map without the 5 px at the border, which it fills by reflection and takes into the mean."""
    plane = structural_similarity_index_measure(output, truth, return_full_image=True, **WINDOW)[1]
    return float(plane[..., 5:-5, 5:-5].mean())


def multi_scale_without_border(output: torch.Tensor, truth: torch.Tensor) -> float:
    """MS-SSIM of one channel from torchmetrics' terms; its own last scale has the reflected border in it."""
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale == len(WEIGHTS) - 1:
            term = without_border(output, truth)
        else:
            terms = structural_similarity_index_measure(output, truth, return_contrast_sensitivity=True, **WINDOW)
            term = float(terms[1])
        product *= max(term, 0.0) ** weight
        output, truth = (torch.nn.functional.avg_pool2d(each, 2) for each in (output, truth))
    return product


def values(output: torch.Tensor, truth: torch.Tensor) -> dict[str, float]:
    """All numbers of one pair; MS-SSIM channel by channel, as ours takes the mean of channels last."""
    channels = [(output[:, [c]], truth[:, [c]]) for c in range(truth.shape[1])]
    own = [float(torchmetrics_ms_ssim(*pair, normalize="relu", **WINDOW)) for pair in channels]
    return {
        "psnr": float(peak_signal_noise_ratio(output, truth, data_range=1.0)),
        "ssim": without_border(output, truth),
        "ssim with reflected border": float(structural_similarity_index_measure(output, truth, **WINDOW)),
        "ms-ssim": float(np.mean([multi_scale_without_border(*pair) for pair in channels])),
        "ms-ssim with reflected border": float(np.mean(own)),
    }


def main() -> None:
    """Compute and write."""
    truth = skimage.data.astronaut()
    record = {
        "picture": "skimage.data.astronaut(), 512x512",
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "damages": {name: values(tensor(made), tensor(truth)) for name, made in damages(truth).items()},
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
