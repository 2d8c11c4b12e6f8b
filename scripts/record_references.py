"""Record results on scikit-image's astronaut that the tests compare with.

What other implementations say of stated damages of it (tests/measure/references.json). Needs an environment of its own,
so that the tests need neither PyTorch nor these packages:

    pip install torch torchmetrics scikit-image
    python scripts/record_references.py measures

What the bundled Pro-UIGAN makes of the face (tests/restore/references.json); after its weights were replaced:

    python scripts/record_references.py pro-uigan
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import skimage.data

if TYPE_CHECKING:
    import torch

TESTS = Path(__file__).parents[1] / "tests"
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
    import torch

    return torch.from_numpy(pixels.astype(np.float64) / 255).permute(2, 0, 1)[None]


WINDOW = {"sigma": 1.5, "kernel_size": 11, "data_range": 1.0}
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def without_border(output: torch.Tensor, truth: torch.Tensor) -> float:
    """Torchmetrics' SSIM map without the 5 px at the border, which it fills by reflection and takes into the mean."""
    from torchmetrics.functional.image import structural_similarity_index_measure

    plane = structural_similarity_index_measure(output, truth, return_full_image=True, **WINDOW)[1]
    return float(plane[..., 5:-5, 5:-5].mean())


def multi_scale_without_border(output: torch.Tensor, truth: torch.Tensor) -> float:
    """MS-SSIM of one channel from torchmetrics' terms; its own last scale has the reflected border in it."""
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

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
    from torchmetrics.functional.image import (
        multiscale_structural_similarity_index_measure as torchmetrics_ms_ssim,
    )
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    channels = [(output[:, [c]], truth[:, [c]]) for c in range(truth.shape[1])]
    own = [float(torchmetrics_ms_ssim(*pair, normalize="relu", **WINDOW)) for pair in channels]
    return {
        "psnr": float(peak_signal_noise_ratio(output, truth, data_range=1.0)),
        "ssim": without_border(output, truth),
        "ssim with reflected border": float(structural_similarity_index_measure(output, truth, **WINDOW)),
        "ms-ssim": float(np.mean([multi_scale_without_border(*pair) for pair in channels])),
        "ms-ssim with reflected border": float(np.mean(own)),
    }


def measures() -> dict[str, Any]:
    """What torchmetrics says."""
    truth = skimage.data.astronaut()
    return {
        "picture": "skimage.data.astronaut(), 512x512",
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "damages": {name: values(tensor(made), tensor(truth)) for name, made in damages(truth).items()},
    }


def pro_uigan() -> dict[str, Any]:
    """The restored face, every eighth pixel of it, and the landmarks: plain, covered, and with the mouth moved."""
    from bonaface.api.faces import find_faces
    from bonaface.api.sources import open_picture
    from bonaface.faces.crops import CELEBA, cut, to_crop
    from bonaface.io.weights import find_weights
    from bonaface.restore.pro_uigan import PRO_UIGAN, load, reduce_covered

    photo = open_picture(skimage.data.astronaut(), "astronaut")
    face = cut(photo.image(), to_crop(find_faces(photo)[0].landmarks, 128, CELEBA), 128)
    bare, mouth = np.zeros((2, 128, 128), np.bool_)
    mouth[72:112, 32:96] = True
    ready = load({card.name: find_weights(card) for card in PRO_UIGAN.weights})

    def case(covered: np.ndarray, moves: dict[str, tuple[float, float]]) -> dict[str, Any]:
        image = reduce_covered(face, covered)
        landmarks, spread = ready.estimate_landmarks(image, covered)
        made = ready.edited(image, moves, covered) if moves else ready(image, None, covered)
        return {
            "landmarks": np.round(landmarks, 3).tolist(),
            "spread": np.round(spread, 3).tolist(),
            "pixels": np.round(made[3::8, 3::8].astype(np.float64), 4).tolist(),
        }

    return {
        "picture": "skimage.data.astronaut(), the face cut out as CelebA's, 128x128, reduced to 16x16",
        "weights": {card.name: card.sha256 for card in PRO_UIGAN.weights},
        "versions": {name: importlib.metadata.version(name) for name in ("numpy", "scikit-image", "onnxruntime")},
        "cases": {
            "plain": case(bare, {}),
            "mouth covered": case(mouth, {}),
            "mouth moved": case(bare, {"mouth": (0, 6)}),
        },
    }


RECORDS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "measures": (measures, "measure/references.json"),
    "pro-uigan": (pro_uigan, "restore/references.json"),
}


def main() -> None:
    """Compute and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=RECORDS, help="which results to record")
    record, name = RECORDS[parser.parse_args().what]
    out = TESTS / name
    out.parent.mkdir(parents=True, exist_ok=True)
    indent = 1 if name.startswith("measure") else None
    out.write_text(json.dumps(record(), indent=indent) + "\n", encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
