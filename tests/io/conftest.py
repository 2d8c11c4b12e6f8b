"""Real files, made here from a photograph that scikit-image brings."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """(96, 128, 3) uint8, RGB: a face; locked, so that writing into an input fails the test."""
    crop = np.ascontiguousarray(skimage.data.astronaut()[40:232:2, 120:376:2])
    crop.flags.writeable = False
    return crop


@pytest.fixture(scope="session")
def deep() -> np.ndarray:
    """(48, 64, 3) uint16, RGB: every low byte in use."""
    pixels = np.random.default_rng(7).integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    pixels.flags.writeable = False
    return pixels
