"""Masked regression: each output pixel and channel from its own neighbourhood of the input, in closed form.

All pixels are solved together. What the normal equations need is summed up over the pairs once: two pixels of a
neighbourhood meet in the neighbourhoods of many output pixels, so that ((2k - 1)^2 + 1) / 2 products of shifted
pictures stand for the k^2 (k^2 + 1) / 2 entries of each pixel's matrix.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8
from bonaface.edit.cholesky import cholesky_solve
from bonaface.edit.layer import Layer

ROWS = 8
"""Of pictures whose products are summed at a time: they stay in a core's cache."""
SYSTEMS = 16384
"""Pixels and channels that are solved at a time: fewer keep threads waiting for Python."""
BATCH = 80
"""Pairs whose products are summed at a time."""

Floats = NDArray[np.float64]


def fit_layer(inputs: NDArray[np.floating], targets: NDArray[np.floating], *, field: int = 3, penalty: float) -> Layer:
    """The expression layer that leads from inputs to targets.

    Args:
        inputs: (N, H, W, C) aligned faces, sRGB in [0, 1].
        targets: (N, H, W, C), the same faces with the other expression.
        field: side of the neighbourhood in pixels, odd; 1 is pixel-based regression.
        penalty: lambda, at least 0, on the weights; the bias has none.

    Returns:
        Weights in the order of `Layer`.

    Raises:
        InputError: shapes that do not fit, an even field, a negative penalty, or no penalty and too few pairs.

    Source:
        Khan et al. 2020 (masked regression), doi:10.1007/s11263-019-01256-3; S4's equations 5 and 6; pixel-based:
        Akram & Khan 2021 (ICPR; S4, reference 4). Unlike the published code, the bias is not penalised and pictures
        are not rescaled by their own extremes.
    """
    if inputs.shape != targets.shape or inputs.ndim != 4:
        raise InputError(f"Inputs are {inputs.shape} and targets {targets.shape}; expected both (N, H, W, C).")
    moments = Moments(inputs.shape[1:3], field, inputs.shape[3])
    moments.add(inputs, targets)
    return moments.solve(penalty)


def fit_bytes(inputs: Bytes8, targets: Bytes8, field: int, penalty: float) -> Layer:
    """As `fit_layer`, for many pairs of 8 bits: (N, H, W, C) uint8 each; they are never all turned into floats."""
    moments = Moments(inputs.shape[1:3], field, inputs.shape[3])
    for start in range(0, len(inputs), BATCH):
        part = slice(start, start + BATCH)
        moments.add(inputs[part] / np.float32(255), targets[part] / np.float32(255))
    return moments.solve(penalty)


class Moments:
    """Sums over pairs that the normal equations of every pixel are made of; memory does not grow with the pairs.

    Columns and channels lie side by side in one axis: a step of one pixel is one of `channels` places.
    """

    def __init__(self, size: tuple[int, int], field: int, channels: int = 3) -> None:
        """`size`: height and width; `field`: side of the neighbourhood, odd.

        Raises:
            InputError: a field that is even or below 1.
        """
        if field < 1 or field % 2 == 0:
            raise InputError(f"The receptive field is {field} pixels wide; expected an odd number, 1 or more.")
        self.field, self.count = field, 0
        self._shape = (*size, channels)
        self._radius = field // 2
        height, across = size[0] + 2 * self._radius, (size[1] + 2 * self._radius) * channels
        shifts = [(dy, dx) for dy in range(field) for dx in range(-(field - 1) if dy else 0, field)]
        self._shifts = {shift: number for number, shift in enumerate(shifts)}  # one of each pair of opposite ones
        self._products = np.zeros((len(shifts), height, across))
        self._sum = np.zeros((height, across))
        self._target_sum = np.zeros((size[0], size[1] * channels))
        self._crosses = np.zeros((field * field, size[0], size[1] * channels))

    def add(self, inputs: NDArray[np.floating], targets: NDArray[np.floating]) -> None:
        """Take in pairs: (N, H, W, C) each, in [0, 1]."""
        for start in range(0, len(inputs), BATCH):
            some, wanted = (each[start : start + BATCH] for each in (inputs, targets))
            _each(lambda top, s=some, w=wanted: self._add(s, w, top), range(0, len(self._sum), ROWS))  # type: ignore[misc]
            self.count += len(some)

    def _add(self, inputs: NDArray[np.floating], targets: NDArray[np.floating], top: int) -> None:
        """The sums and products of some rows of the padded pictures."""
        channels, across = self._shape[2], self._shape[1] * self._shape[2]
        bottom = min(top + ROWS, len(self._sum))
        near = self._padded(inputs, top, min(bottom + self.field - 1, len(self._sum)))
        self._sum[top:bottom] += near[:, : bottom - top].sum(axis=0)
        for (dy, dx), number in self._shifts.items():
            rows = min(bottom - top, near.shape[1] - dy)
            if rows <= 0:
                continue
            left, right = max(0, -dx) * channels, near.shape[2] - max(0, dx) * channels
            there = near[:, dy : dy + rows, left + dx * channels : right + dx * channels]
            self._products[number, top : top + rows, left:right] += _dot(near[:, :rows, left:right], there)
        rows = min(bottom, self._shape[0]) - top
        if rows <= 0:
            return
        aims = np.ascontiguousarray(targets[:, top : top + rows], np.float64).reshape(len(targets), rows, across)
        self._target_sum[top : top + rows] += aims.sum(axis=0)
        for place in range(self.field**2):
            y, x = divmod(place, self.field)
            seen = near[:, y : y + rows, x * channels : x * channels + across]
            self._crosses[place, top : top + rows] += _dot(seen, aims)

    def _padded(self, inputs: NDArray[np.floating], top: int, bottom: int) -> Floats:
        """(N, bottom - top, across): rows of the pictures with their edges repeated outwards."""
        r, (height, width, channels) = self._radius, self._shape
        rows = np.clip(np.arange(top, bottom) - r, 0, height - 1)
        near = np.empty((len(inputs), len(rows), width + 2 * r, channels))
        near[:, :, r : r + width] = inputs[:, rows]
        near[:, :, :r], near[:, :, r + width :] = near[:, :, r : r + 1], near[:, :, r + width - 1 : r + width]
        return near.reshape(len(inputs), len(rows), -1)

    def solve(self, penalty: float) -> Layer:
        """The layer of all pairs taken in, by tiles of rows.

        Without a penalty, pixels whose neighbourhoods never change or always change alike, as those at the picture's
        edge do, take the smallest of the weights that fit equally well.

        Raises:
            InputError: a negative penalty; none, and too few pairs.
        """
        unknowns = self.field**2
        if penalty < 0 or not np.isfinite(penalty):
            raise InputError(f"The penalty is {penalty:g}; expected a number, 0 or more.")
        if penalty == 0 and self.count - 1 < unknowns:
            raise InputError(
                f"{self.count} pairs do not determine {unknowns} weights and a bias for each pixel without a penalty; "
                f"give a penalty above 0, or at least {unknowns + 1} pairs."
            )
        height, width, channels = self._shape
        weights, bias = np.empty((height, width * channels, unknowns)), np.empty((height, width * channels))
        rows = max(1, SYSTEMS // (width * channels))

        def solve(top: int) -> None:
            tile = slice(top, min(top + rows, height))
            means = self._windows(self._sum, tile) / self.count
            right = self._crosses[:, tile] - means * self._target_sum[tile]
            found = _solved(self._gram(means, tile, penalty), right.reshape(unknowns, -1), exact=penalty > 0)
            found = found.reshape(right.shape)
            weights[tile] = np.moveaxis(found, 0, -1)
            bias[tile] = self._target_sum[tile] / self.count - np.einsum("phw,phw->hw", means, found)

        _each(solve, range(0, height, rows))
        return Layer(weights.reshape(*self._shape, unknowns), bias.reshape(self._shape))

    def _gram(self, means: Floats, rows: slice, penalty: float) -> Floats:
        """(P, P, M): the centred Gram matrices of a tile, lower triangles, the penalty on their diagonal."""
        unknowns, k, channels = self.field**2, self.field, self._shape[2]
        across = self._shape[1] * channels
        gram = np.empty((unknowns, unknowns, *means.shape[1:]))
        for i in range(unknowns):
            for j in range(i, unknowns):
                (iy, ix), (jy, jx) = divmod(i, k), divmod(j, k)
                products = self._products[self._shifts[jy - iy, jx - ix]]
                here = products[rows.start + iy : rows.stop + iy, ix * channels : ix * channels + across]
                np.multiply(means[i], means[j], out=gram[j, i])
                gram[j, i] *= -self.count
                gram[j, i] += here
            gram[i, i] += penalty
        return gram.reshape(unknowns, unknowns, -1)

    def _windows(self, padded: Floats, rows: slice) -> Floats:
        """(P, rows, W * C): what lies inside a padded picture at each place of the field, row by row."""
        channels, across = self._shape[2], self._shape[1] * self._shape[2]
        places = [divmod(place, self.field) for place in range(self.field**2)]
        return np.stack(
            [padded[rows.start + y : rows.stop + y, x * channels : x * channels + across] for y, x in places]
        )


def _dot(one: Floats, other: Floats) -> Floats:
    """(N, H, W) twice -> (H, W): the sum of the products over the pairs."""
    return np.asarray(np.einsum("nhw,nhw->hw", one, other))


def _solved(gram: Floats, right: Floats, *, exact: bool) -> Floats:
    """(P, P, M), (P, M) -> (P, M); where the matrices may be singular (not `exact`), of least length."""
    if exact:
        return cholesky_solve(gram, right)
    lower = np.tril(np.moveaxis(gram, -1, 0))
    whole = lower + np.swapaxes(np.tril(lower, -1), 1, 2)
    return np.asarray(np.linalg.pinv(whole, rcond=1e-10, hermitian=True) @ right.T[..., None])[..., 0].T


def _each(action: Callable[[int], None], places: range) -> None:
    """Do it for each place, on all cores: NumPy lets go of Python's lock while it computes."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _ in pool.map(action, places):
            pass
