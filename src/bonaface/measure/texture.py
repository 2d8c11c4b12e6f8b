"""How much of an output's detail the truth explains, region by region and band by band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    # White noise has in a band the energy of the band's impulse responses: summed over the phases of the next coarser
    # grid, which the band takes part in, and shared among the pixels that the band has in one period of it (2 x 2).
    for band in range(len(BANDS)):
        period = 2 ** (band + 1)
        total = 0.0
        for dy in range(period):
            for dx in range(period):
                impulse[:] = 0
                impulse[128 + dy, 128 + dx] = 1
                total += float((pyramid(impulse).bands[band].astype(np.float64) ** 2).sum())
        energies.append(NOISE_SIGMA**2 * total / 4)
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


@dataclass(frozen=True, slots=True)
class Patch:
    """The part of a window in which a region lies, and how much of each of its pixels belongs to the region.

    Only patches are summed over, not whole windows: most regions are small.
    """

    rows: slice
    columns: slice
    weights: Plane

    def sum(self, plane: Any) -> float:
        """Weighted sum over a plane of the window's size."""
        return float(np.einsum("ij,ij->", self.weights, plane[self.rows, self.columns], dtype=np.float32))

    @property
    def pixels(self) -> float:
        """Sum of the weights."""
        return float(self.weights.sum(dtype=np.float64))

    def moved(self, down: int, right: int) -> Patch:
        """The same patch so many pixels further down and to the right."""
        rows, columns = self.rows, self.columns
        return Patch(
            slice(rows.start + down, rows.stop + down), slice(columns.start + right, columns.stop + right), self.weights
        )


def mask_pyramid(masks: Mapping[Region, Mask]) -> tuple[tuple[Patch, ...], ...]:
    """Masks of one size -> for each band, and for the rest below them, one patch for each region."""
    return tuple(zip(*(_patches(mask) for mask in masks.values()), strict=True))


def _patches(mask: Mask) -> list[Patch]:
    """One patch for each band, and for the rest, around the region alone."""
    import cv2

    step = 2 ** len(BANDS)
    part = []
    for axis in (1, 0):
        filled = np.flatnonzero(mask.any(axis=axis))
        if len(filled) == 0:
            return [Patch(slice(0, 0), slice(0, 0), np.zeros((0, 0), np.float32))] * (len(BANDS) + 1)
        # Two coarse pixels more on each side, for the reach of the pyramid's kernel.
        start, stop = max(0, int(filled[0]) // step - 2) * step, (-(-int(filled[-1] + 1) // step) + 2) * step
        part.append(slice(start, min(stop, mask.shape[1 - axis])))
    plane = mask[part[0], part[1]].astype(np.float32)
    patches = []
    for level in range(len(BANDS) + 1):
        if level:
            plane = np.asarray(cv2.pyrDown(plane), np.float32)
        top, left = part[0].start >> level, part[1].start >> level
        patches.append(Patch(slice(top, top + plane.shape[0]), slice(left, left + plane.shape[1]), plane))
    return patches


def band_sums(output: Plane, truth: Plane, patches: Sequence[Patch]) -> Sums:
    """(4, R): for each region the sums of truth^2, output^2, truth * output, and of the weights."""
    products = truth * truth, output * output, truth * output
    return np.array([[*(patch.sum(plane) for plane in products), patch.pixels] for patch in patches], np.float64).T


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
        Shares in [0, 1]. An output with less energy than the sensor noise has no detail in the region, and so no
        invented share: what little is there (the slopes of a smooth enlargement) is no claim about the face. A truth
        without any detail has no lost share.
    """
    tiny = 1e-6 * noise * pixels
    both = float(np.sqrt(truth_energy * output_energy))
    rho = max(0.0, product / both) if both > tiny else 0.0
    rho = min(rho, 1.0)
    base = max(truth_energy, noise * pixels)
    return Shares(
        invented=1 - rho * rho if output_energy > noise * pixels else None,
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
