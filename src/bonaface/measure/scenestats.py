"""Statistics of natural scenes, as NIQE and BRISQUE look at them: locally normalised luma, and the shape of its values.

Source:
    Mittal, Moorthy & Bovik 2012, doi:10.1109/TIP.2012.2214050; the fit of Lasmar, Stitou & Berthoumieu 2009.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps down and to the right to the four neighbours whose products are looked at."""
SHAPES = np.arange(0.2, 10.001, 0.001)
"""The shapes that a fit chooses from, as the authors' table has them."""
SHAPES.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Asymmetric:
    """An asymmetric generalised Gaussian for each of N sets of values; NaN where all values are 0 or have one sign.

    Attributes:
        shape: (N,) 0.2 to 10; 2 is Gaussian.
        left: (N,) root mean square of the negative values.
        right: (N,) root mean square of the positive values.
        scale: (N,) times `left` and `right`: the two scales (beta) of the distribution.
    """

    shape: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    scale: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """(N,) the mean of the distribution (eta)."""
        from scipy.special import gammaln

        spread = np.exp(gammaln(2 / self.shape) - gammaln(1 / self.shape))
        return np.asarray((self.right - self.left) * self.scale * spread)


def normalised(plane: Any) -> tuple[Any, Any]:
    """Local mean taken away and divided by the local deviation plus 1 (window 7x7, sigma 7/6, edges repeated).

    Args:
        plane: (H, W) float64, luma in grey levels, 0 to 255.

    Returns:
        (H, W) normalised values; (H, W) local deviation, in grey levels.
    """
    import cv2

    taps = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
    taps /= taps.sum()
    smooth: Callable[[Any], Any] = lambda values: cv2.sepFilter2D(  # noqa: E731
        values, cv2.CV_64F, taps, taps, borderType=cv2.BORDER_REPLICATE
    )
    mean = smooth(plane)
    deviation = np.sqrt(np.abs(smooth(plane * plane) - mean * mean))
    away = plane - mean
    away[np.abs(away) < 1e-9] = 0  # rounding on even ground has a sign, which would count as texture
    return away / (deviation + 1), deviation


def asymmetric(values: Any) -> Asymmetric:
    """Fit an asymmetric generalised Gaussian to each set of values, by matching moments.

    Args:
        values: (N, ...) float64.
    """
    flat = values.reshape(len(values), -1)
    squares = flat * flat
    below, above = flat < 0, flat > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.sqrt((squares * below).sum(axis=1) / below.sum(axis=1))
        right = np.sqrt((squares * above).sum(axis=1) / above.sum(axis=1))
        skew = left / right
        ratio = np.abs(flat).mean(axis=1) ** 2 / squares.mean(axis=1)
        ratio = ratio * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    ratios, scales = _table()
    there = np.isfinite(ratio)
    after = np.clip(np.searchsorted(ratios, np.where(there, ratio, 0)), 1, len(ratios) - 1)
    nearest = after - (np.abs(ratios[after - 1] - ratio) <= np.abs(ratios[after] - ratio))
    return Asymmetric(np.where(there, SHAPES[nearest], np.nan), left, right, scales[nearest])


@cache
def _table() -> tuple[Any, Any]:
    """The ratio of moments that each of `SHAPES` has, and its scale's factor."""
    from scipy.special import gamma

    one, two, three = gamma(1 / SHAPES), gamma(2 / SHAPES), gamma(3 / SHAPES)
    return two**2 / (one * three), np.sqrt(one / three)
