"""Expression layers that change every pixel in a known way, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bonaface.edit.layer import Layer
from bonaface.edit.layer_graph import LayerFacts, layer_graph


def made_layer(path: Path, scale: float = 0.8, target: str = "happy", side: int = 256, shift: float = 0.0) -> Path:
    """A layer that multiplies every pixel by `scale`, and adds `shift`."""
    layer = Layer(np.full((side, side, 3, 1), scale), np.full((side, side, 3), shift))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(layer_graph(layer, LayerFacts(target, "neutral", side, {})))
    return path
