"""Record what pyiqa makes of NIQE's features, for the tests to compare with (tests/measure/niqe.json).

Needs an environment of its own, since pyiqa is not for every use and brings PyTorch; the tests need neither. Both
implementations are given the face edition's statistics, so that nothing is fetched.

    pip install pyiqa scikit-image .
    python scripts/record_niqe.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import skimage.data
import torch
from pyiqa.archs.func_util import normalize_img_with_gauss
from pyiqa.archs.niqe_arch import compute_feature, niqe
from pyiqa.matlab_utils import blockproc, imresize

from bonaface.core.images import luminance
from bonaface.io.weights import find_weights
from bonaface.measure.naturalness import BLOCK, FACES, read_model

OUT = Path(__file__).parents[1] / "tests/measure/niqe.json"
ROWS = 5
"""Blocks that are recorded: the first row of the picture's."""


def plane(image: np.ndarray) -> torch.Tensor:
    """(H, W, 3) -> (1, 1, H, W) whole grey levels."""
    return torch.from_numpy(np.rint(255 * luminance(image).astype(np.float64)))[None, None]


def features(image: np.ndarray) -> np.ndarray:
    """(N, 36); pyiqa goes through the blocks column by column, we row by row."""
    grey = plane(image)
    rows, columns = (side // BLOCK for side in grey.shape[2:])
    grey, found = grey[..., : rows * BLOCK, : columns * BLOCK], []
    for scale in (1, 2):
        normal = normalize_img_with_gauss(grey, padding="replicate")
        found.append(blockproc(normal, [BLOCK // scale] * 2, fun=compute_feature))
        grey = imresize(grey / 255, scale=0.5, antialiasing=True) * 255
    return torch.cat(found, -1)[0].numpy().reshape(columns, rows, 36).swapaxes(0, 1).reshape(-1, 36)


def main() -> None:
    """Record."""
    image = skimage.data.astronaut().astype(np.float32) / np.float32(255)
    noise = np.random.default_rng(0).normal(0, 0.05, image.shape)
    pictures = {
        "as it is": image,
        "noise": np.clip(image + noise, 0, 1).astype(np.float32),
        "blocks": np.repeat(np.repeat(image[::4, ::4], 4, 0), 4, 1),
    }
    model = read_model(find_weights(FACES))
    statistics = torch.from_numpy(model.mean)[None], torch.from_numpy(model.covariance)[None]
    values = {name: float(niqe(plane(each), *statistics, model.block, model.block)) for name, each in pictures.items()}
    recorded = {
        "picture": "skimage.data.astronaut(), 512x512",
        "versions": {name: importlib.metadata.version(name) for name in ("pyiqa", "torch", "numpy")},
        "statistics": FACES.sha256,
        "values": values,
        "features": np.round(features(image)[:ROWS], 6).tolist(),
    }
    OUT.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    print(values)


if __name__ == "__main__":
    main()
