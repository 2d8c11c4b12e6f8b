"""How much of an output's detail the truth explains, region by region and band by band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Mask, Plane
from bonaface.core.regions import Region

BANDS = ("finest", "fine", "medium", "coarse")
"""Names of the four bands of the Laplacian pyramid, each half as fine as the one before."""
NOISE_SIGMA = 1.0 / 255
"""Standard deviation of the sensor noise that no picture is expected to be without: one 8-bit grey level."""
MAP_SIGMA = 3.0
"""Of the Gaussian window of the maps, in pixels of each band's own grid."""
GAIN_LIMITS = (0.5, 2.0)

Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """A luminance plane taken apart: `bands` (finest first, each half the size of the one before) and `rest`."""

    bands: tuple[Plane, ...]
    rest: Plane


def pyramid(plane: Plane) -> Pyramid:
    """(H, W) in [0, 1] -> its Laplacian pyramid of four bands.

    Source:
        Burt & Adelson 1983, doi:10.1109/TCOM.1983.1095851; 5 x 5 binomial kernel, edges mirrored.
    """
    import cv2

    bands = []
    for _ in BANDS:
        smaller = cv2.pyrDown(plane)
        bands.append(np.asarray(plane - cv2.pyrUp(smaller, dstsize=plane.shape[::-1]), np.float32))
        plane = np.asarray(smaller, np.float32)
    return Pyramid(tuple(bands), plane)


@cache
def noise_energies() -> tuple[float, ...]:
    """Mean energy per pixel that the sensor noise (white, `NOISE_SIGMA`) has in each band."""
    impulse = np.zeros((257, 257), np.float32)
    energies = []
    # White noise has in a band the energy of the band's impulse responses, averaged over the phases of its grid.
    for band in range(len(BANDS)):
        step = 2**band
        total = 0.0
        for dy in range(step):
            for dx in range(step):
                impulse[:] = 0
                impulse[128 + dy, 128 + dx] = 1
                total += float((pyramid(impulse).bands[band].astype(np.float64) ** 2).sum())
        energies.append(NOISE_SIGMA**2 * total)
    return tuple(energies)


def tone(output: Plane, truth: Plane, weights: Plane) -> tuple[float, float]:
    """Gain and offset that give `output` the mean and the standard deviation of `truth`.

    Never a least-squares fit: it would shrink wrong content until it reads as "kept".

    Args:
        output: the low-pass rest of the output's pyramid.
        truth: the same of the truth's.
        weights: the face on that grid, in [0, 1].

    Returns:
        Gain, limited to 0.5 to 2, and offset: output * gain + offset matches the truth.
    """
    total = float(weights.sum()) or 1.0
    mean_o, mean_t = float((output * weights).sum()) / total, float((truth * weights).sum()) / total
    spread_o = float((weights * (output - mean_o) ** 2).sum()) / total
    spread_t = float((weights * (truth - mean_t) ** 2).sum()) / total
    gain = float(np.sqrt(spread_t / spread_o)) if spread_o > 1e-12 else 1.0
    gain = float(np.clip(gain, *GAIN_LIMITS))
    return gain, mean_t - gain * mean_o


def mask_pyramid(masks: Mapping[Region, Mask]) -> tuple[NDArray[np.float32], ...]:
    """Masks of one size -> for each band, and for the rest, (R, pixels): how much of each pixel is in each region."""
    import cv2

    planes = [mask.astype(np.float32) for mask in masks.values()]
    levels = []
    for level in range(len(BANDS) + 1):
        if level:
            planes = [np.asarray(cv2.pyrDown(plane), np.float32) for plane in planes]
        levels.append(np.stack([plane.ravel() for plane in planes]))
    return tuple(levels)


def band_sums(output: Plane, truth: Plane, weights: NDArray[np.float32]) -> Sums:
    """(4, R): for each region the sums of truth^2, output^2, truth * output, and of the weights."""
    x, y = np.ascontiguousarray(truth).ravel(), np.ascontiguousarray(output).ravel()
    columns = np.stack([x * x, y * y, x * y, np.ones_like(x)], axis=1)
    return np.asarray((weights @ columns).T, np.float64)


@dataclass(frozen=True, slots=True)
class Shares:
    """Texture scores of one region and band; see `shares`. None where the energies are all zero."""

    invented: float | None
    lost: float | None
    amount: float
    correlation: float


def shares(truth_energy: float, output_energy: float, product: float, pixels: float, noise: float) -> Shares:
    """Invented share, lost share and invented amount from sums over a region.

    With rho the correlation of output and truth in the band, rho+ = max(rho, 0), and energies per pixel:
    invented = 1 - rho+^2; lost = max(0, 1 - rho+^2 E(output) / max(E(truth), noise));
    amount = E(output) (1 - rho+^2) / max(E(truth), noise).

    Args:
        truth_energy: sum of the truth's squares.
        output_energy: sum of the output's squares, after `tone`.
        product: sum of the products.
        pixels: sum of the weights.
        noise: energy per pixel of the sensor noise in this band.

    Returns:
        Shares in [0, 1]; an output without any detail in the region has no invented share, a truth without any
        detail no lost share.
    """
    tiny = 1e-6 * noise * pixels
    both = float(np.sqrt(truth_energy * output_energy))
    rho = max(0.0, product / both) if both > tiny else 0.0
    rho = min(rho, 1.0)
    base = max(truth_energy, noise * pixels)
    return Shares(
        invented=1 - rho * rho if output_energy > tiny else None,
        lost=max(0.0, 1 - rho * rho * output_energy / base) if truth_energy > tiny else None,
        amount=output_energy * (1 - rho * rho) / base if base > 0 else 0.0,
        correlation=rho,
    )


def maps(output: Pyramid, truth: Pyramid, gain: float = 1.0) -> tuple[Plane, Plane]:
    """Where detail was invented and where it was lost.

    invented = sum over bands of (1 - rho+^2) sqrt(E(output)); lost = sum over bands of
    max(0, 1 - rho+^2 E(output) / E(truth)) sqrt(E(truth)); rho and E under a Gaussian window of sigma 3 px on each
    band's grid, enlarged bilinearly to the full size.

    Args:
        output: pyramid of the output's luminance.
        truth: pyramid of the truth's, same shape.
        gain: of the tone, applied to the output.

    Returns:
        Two planes (H, W), finite, >= 0, in units of luminance (1 = white): the local amplitude of detail.
    """
    height, width = truth.bands[0].shape
    invented, lost = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for index, (y, x) in enumerate(zip(output.bands, truth.bands, strict=True)):
        y = y * np.float32(gain)
        more, less = _band_maps(y, x)
        invented += _enlarged(more, 2**index, height, width)
        lost += _enlarged(less, 2**index, height, width)
    return invented, lost


def _band_maps(output: Plane, truth: Plane) -> tuple[Plane, Plane]:
    energy_x, energy_y, product = _smooth(truth * truth), _smooth(output * output), _smooth(truth * output)
    np.maximum(product, 0, out=product)
    # rho+^2 E(output) = product+^2 / E(truth): the part of the output that the truth explains.
    explained = np.minimum(product * product / np.maximum(energy_x, np.float32(1e-14)), energy_y)
    root_y = np.sqrt(np.maximum(energy_y, np.float32(1e-14)))
    root_x = np.sqrt(np.maximum(energy_x, np.float32(1e-14)))
    return (energy_y - explained) / root_y, np.maximum(energy_x - explained, 0) / root_x


def _smooth(plane: Any) -> Any:
    import cv2

    return cv2.GaussianBlur(plane, (0, 0), MAP_SIGMA, borderType=cv2.BORDER_REFLECT)


def _enlarged(plane: Plane, step: int, height: int, width: int) -> Plane:
    """Bilinear, with the pixel (i, j) of the band at (step i, step j), where the pyramid has it."""
    if step == 1:
        return plane
    import cv2

    matrix = np.array([[step, 0, 0], [0, step, 0]], np.float64)
    out = cv2.warpAffine(plane, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)
