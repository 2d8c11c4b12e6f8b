"""The expression layer as a value: what a pixel of the output is made of. `layer_graph` has its file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of masked regression.

    Attributes:
        weights: (H, W, C, k * k) of each output pixel's and channel's neighbourhood, row by row.
        bias: (H, W, C).
    """

    weights: Floats
    bias: Floats

    @property
    def field(self) -> int:
        """Side k of the neighbourhood, in pixels."""
        return math.isqrt(self.weights.shape[3])

    def __call__(self, image: Image) -> Image:
        """(H, W, C) in [0, 1] -> the same with the other expression, cut to [0, 1]. Edges are repeated outwards."""
        k, (height, width) = self.field, self.bias.shape[:2]
        padded = np.pad(image.astype(np.float64), ((k // 2,) * 2, (k // 2,) * 2, (0, 0)), mode="edge")
        out = self.bias.copy()
        for place in range(k * k):
            y, x = divmod(place, k)
            out += self.weights[..., place] * padded[y : y + height, x : x + width]
        return np.clip(out, 0, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SparseLayer:
    """Weights of regression on chosen pixels.

    Attributes:
        places: (H, W, C, S) of the input pixel that each weight is for: y * W + x, in the same channel.
        weights: (H, W, C, S).
        bias: (H, W, C).
    """

    places: NDArray[np.int32]
    weights: Floats
    bias: Floats

    def __call__(self, image: Image) -> Image:
        """(H, W, C) in [0, 1] -> the same with the other expression, cut to [0, 1]."""
        flat = image.reshape(-1, image.shape[2]).astype(np.float64)
        out = self.bias.copy()
        for channel in range(image.shape[2]):
            taken = flat[self.places[:, :, channel], channel]
            out[..., channel] += np.einsum("hws,hws->hw", taken, self.weights[:, :, channel])
        return np.clip(out, 0, 1).astype(np.float32)
