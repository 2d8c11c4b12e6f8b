"""Pictures as the libraries take them."""

from __future__ import annotations

from typing import Any

import torch

from bonaface.core.images import Image


def tensor(image: Image) -> Any:
    """(H, W, 3) in [0, 1] -> (1, 3, H, W) float32."""
    return torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
