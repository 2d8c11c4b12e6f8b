"""The Inception network whose features FID and KID compare, as torch-fidelity runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bonaface.core.images import Image, to_bytes
from bonaface.learned.offline import served

NAME = "inception-v3-compat"
LAYER = "2048"
"""Of the features: those after the last pooling."""


def inception(files: Mapping[str, Path]) -> Callable[[Image], Any]:
    """The network of TensorFlow's graph of 2015, whose numbers published FIDs rest on.

    Args:
        files: its weights.

    Returns:
        From (H, W, 3) in [0, 1] to (2048,) float64. Pictures are rounded to 8 bits, and brought to 299 px by the
        network's own bilinear interpolation.
    """
    from torch_fidelity import feature_extractor_inceptionv3 as module

    with served(files, f"{module.__name__}.load_state_dict_from_url"):
        network = module.FeatureExtractorInceptionV3(NAME, [LAYER])

    def features(image: Image) -> Any:
        pixels = torch.from_numpy(to_bytes(image)).permute(2, 0, 1)[None]
        with torch.inference_mode():
            return np.asarray(network(pixels)[0][0], np.float64)

    return features
