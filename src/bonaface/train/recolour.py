"""Colour augmentation of pairs: a face in the colours of another, its shapes untouched.

S4 recolours with ReHistoGAN, whose weights cannot be shipped; here histograms are matched channel by channel, and both
pictures of a pair go through the same curves, so that what the expression changes stays what it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Bytes8

STEEPEST = 3.0
"""Of a curve: where it were steeper, noise and compression would be torn apart."""


def curves(source: Bytes8, donor: Bytes8) -> NDArray[np.uint8]:
    """Curves that give a picture the histogram of another.

    Args:
        source: (H, W, 3).
        donor: (h, w, 3).

    Returns:
        (3, 256), rising, at most three levels a level.

    Source:
        Histogram matching: Gonzalez & Woods, Digital Image Processing, 3.3.
    """
    found = np.empty((3, 256), np.uint8)
    for channel in range(3):
        here, there = (
            np.cumsum(np.bincount(each[..., channel].ravel(), minlength=256)) / each[..., channel].size
            for each in (source, donor)
        )
        matched = np.interp(here, there, np.arange(256))
        rise = np.minimum(np.diff(matched), STEEPEST)
        gentle = np.concatenate([[0], np.cumsum(rise)])
        # The gentle curve goes through the middle of the picture's values where the matched one does.
        middle = int(np.searchsorted(here, 0.5))
        found[channel] = np.clip(gentle - gentle[middle] + matched[middle] + 0.5, 0, 255)
    return found


def recoloured(image: Bytes8, curve: NDArray[np.uint8]) -> Bytes8:
    """(H, W, 3) through (3, 256) curves."""
    return np.stack([curve[channel][image[..., channel]] for channel in range(3)], axis=-1)


def recoloured_pairs(
    inputs: Bytes8, targets: Bytes8, donors: Bytes8, copies: int, rng: np.random.Generator
) -> tuple[Bytes8, Bytes8]:
    """The pairs, and `copies` of each in the colours of donors drawn at random.

    Args:
        inputs: (N, H, W, 3).
        targets: (N, H, W, 3).
        donors: (M, h, w, 3).
        copies: 0 or more; S4 makes ten.
        rng: draws the donors.

    Returns:
        (N * (copies + 1), H, W, 3) each; the originals first.
    """
    before, after = [*inputs], [*targets]
    for one, other in zip(inputs, targets, strict=True):
        for number in rng.integers(len(donors), size=copies):
            curve = curves(one, donors[number])
            before.append(recoloured(one, curve))
            after.append(recoloured(other, curve))
    return np.stack(before), np.stack(after)
