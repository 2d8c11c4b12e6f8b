"""Grids of samples that are written during training, into the run's own folder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bonaface.core.images import Bytes8
from bonaface.train.sampling import Example

FACES = 8
GAP = 4


def grid(rows: Sequence[Sequence[Bytes8]], side: int = 128) -> Bytes8:
    """Pictures in rows on white, each brought to `side` px by repeating pixels."""
    import cv2

    def tile(image: Bytes8) -> Bytes8:
        return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)

    height, width = len(rows) * (side + GAP) + GAP, max(len(row) for row in rows) * (side + GAP) + GAP
    canvas = np.full((height, width, 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            top, left = GAP + y * (side + GAP), GAP + x * (side + GAP)
            canvas[top : top + side, left : left + side] = tile(image)
    return canvas


def to_bytes8(values: Tensor | NDArray[np.float32]) -> Bytes8:
    """(3, H, W) in [0, 1] -> (H, W, 3) uint8."""
    array = values.detach().float().cpu().numpy() if isinstance(values, Tensor) else values
    return (np.clip(array.transpose(1, 2, 0), 0, 1) * 255 + 0.5).astype(np.uint8)


@torch.no_grad()
def hallucinations(
    network: nn.Module, pairs: Sequence[Example], landmarks: Tensor, spread: Tensor, occlusion: Tensor
) -> Bytes8:
    """One face a column: thumbnail, the three blocks' results, and the truth."""
    device = next(network.parameters()).device
    images = torch.from_numpy(np.stack([one["image"] for one in pairs])).to(device)
    made = network(images, occlusion, landmarks, spread)
    rows = [[to_bytes8(image) for image in images]]
    rows += [[to_bytes8(image) for image in pictures] for pictures in made.pictures]
    rows.append([np.ascontiguousarray(one["truth"].transpose(1, 2, 0)) for one in pairs])
    return grid(rows)


COLOURS = np.array(
    [(0, 0, 0)] + [tuple(int(c) for c in np.random.default_rng(k).integers(60, 256, 3)) for k in range(1, 19)], np.uint8
)
"""One colour a class of the parser; black for the background."""


def parsed(images: Sequence[Bytes8], truths: Sequence[Bytes8], found: Sequence[Bytes8]) -> Bytes8:
    """One face a column: the picture, its mask, and the classes found, in colours."""
    rows = [list(images), [COLOURS[mask] for mask in truths], [COLOURS[mask] for mask in found]]
    return grid(rows, 192)
