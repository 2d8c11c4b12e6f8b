"""Regression on chosen pixels: each output pixel picks the input pixels that explain it, near ones first.

Source: Akram & Khan 2023 (LSRF; S4, reference 5), which adds locality to orthogonal matching pursuit
(Pati et al. 1993, doi:10.1109/ACSSC.1993.342465).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.edit.layer import SparseLayer

BETA = 60.0
"""Weight of nearness beside correlation, which is in 8-bit grey levels: LSRF's published 60."""
ROWS = 16
"""Of the picture that are fitted at a time."""

Floats = NDArray[np.float64]


def fit_sparse(
    inputs: NDArray[np.floating],
    targets: NDArray[np.floating],
    *,
    count: int = 9,
    window: int = 10,
    penalty: float,
    beta: float = BETA,
) -> SparseLayer:
    """Choose `count` input pixels for each output pixel, and weigh them by ridge regression.

    An output pixel starts with the input pixel in its own place. Each further one has the highest |c| + beta / d, where
    c is the product of what is not explained yet with the pixel's centred values of length one, summed over the
    channels, in grey levels, and d the distance in pixels. Channels share the pixels, not the weights. LSRF measures
    distances to the fields of all neighbours, which needs them in order; here it is that to the output pixel.

    Args:
        inputs: (N, H, W, C) aligned faces in [0, 1].
        targets: (N, H, W, C).
        count: pixels for each output pixel.
        window: how far away they may lie along each axis, in pixels.
        penalty: on the weights, above 0; the bias has none.
        beta: see above.

    Raises:
        InputError: shapes that do not fit, a penalty that is not above 0, or a count beyond the window.
    """
    if inputs.shape != targets.shape or inputs.ndim != 4:
        raise InputError(f"Inputs are {inputs.shape} and targets {targets.shape}; expected both (N, H, W, C).")
    if not penalty > 0:
        raise InputError(f"The penalty is {penalty:g}; expected a number above 0: chosen pixels can be alike.")
    height, width = inputs.shape[1:3]
    most = min(height, window + 1) * min(width, window + 1)  # what a corner pixel can choose from
    if not 1 <= count <= most:
        raise InputError(
            f"{count} pixels are to be chosen; expected 1 to {most}, as {window} pixels around are looked at."
        )
    centred = inputs.astype(np.float64) - inputs.mean(axis=0, dtype=np.float64)
    wanted = targets.astype(np.float64) - targets.mean(axis=0, dtype=np.float64)
    norms = np.sqrt(np.einsum("nhwc,nhwc->hwc", centred, centred))
    unit = centred / np.where(norms > 0, norms, 1)
    places = np.empty((height, width, count), np.int32)
    weights = np.empty((*inputs.shape[1:], count))
    for top in range(0, height, ROWS):
        rows = range(top, min(top + ROWS, height))
        places[rows.start : rows.stop], weights[rows.start : rows.stop] = _tile(
            centred, unit, wanted[:, rows.start : rows.stop], rows, count, window, penalty, beta
        )
    shared = np.repeat(places[:, :, None], inputs.shape[3], axis=2)
    flat = inputs.mean(axis=0, dtype=np.float64).reshape(-1, inputs.shape[3])
    means = np.stack([flat[places, channel] for channel in range(inputs.shape[3])], axis=2)
    bias = targets.mean(axis=0, dtype=np.float64) - np.einsum("hwcs,hwcs->hwc", means, weights)
    return SparseLayer(shared, weights, bias)


def _tile(
    centred: Floats, unit: Floats, wanted: Floats, rows: range, count: int, window: int, penalty: float, beta: float
) -> tuple[NDArray[np.int32], Floats]:
    """Places (h, W, S) and weights (h, W, C, S) of some rows of the picture."""
    width = centred.shape[2]
    y, x = np.mgrid[rows.start : rows.stop, 0:width]
    offsets = [(dy, dx) for dy in range(-window, window + 1) for dx in range(-window, window + 1)]
    taken = np.zeros((len(offsets), len(rows), width), np.bool_)
    places = np.empty((len(rows), width, count), np.int32)
    places[..., 0] = y * width + x
    taken[offsets.index((0, 0))] = True
    weights, rest = _weighed(centred, wanted, places[..., :1], penalty)
    for number in range(1, count):
        best = np.full((len(rows), width), -np.inf)
        chosen = np.zeros((len(rows), width), np.int64)
        for index, (dy, dx) in enumerate(offsets):
            if (dy, dx) == (0, 0):
                continue
            score = _score(unit, rest, rows, dy, dx) + beta / np.hypot(dy, dx)
            score[taken[index]] = -np.inf
            better = score > best
            best[better], chosen[better] = score[better], index
        moves = np.array(offsets)[chosen]
        places[..., number] = (y + moves[..., 0]) * width + x + moves[..., 1]
        np.put_along_axis(taken, chosen[None], True, axis=0)
        weights, rest = _weighed(centred, wanted, places[..., : number + 1], penalty)
    return places, weights


def _score(unit: Floats, rest: Floats, rows: range, dy: int, dx: int) -> Floats:
    """(h, W) |correlation| in grey levels with the pixel at an offset; -inf where that lies outside the picture."""
    height, width = unit.shape[1:3]
    score = np.full((len(rows), width), -np.inf)
    top, bottom = max(rows.start, -dy), min(rows.stop, height - dy)
    left, right = max(0, -dx), min(width, width - dx)
    if top < bottom and left < right:
        here = rest[:, top - rows.start : bottom - rows.start, left:right]
        there = unit[:, top + dy : bottom + dy, left + dx : right + dx]
        score[top - rows.start : bottom - rows.start, left:right] = 255 * np.abs(
            np.einsum("nhwc,nhwc->hw", here, there)
        )
    return score


def _weighed(centred: Floats, wanted: Floats, places: NDArray[np.int32], penalty: float) -> tuple[Floats, Floats]:
    """Weights (h, W, C, S) of the chosen pixels, and what they leave unexplained (N, h, W, C)."""
    flat = centred.reshape(len(centred), -1, centred.shape[3])
    taken = np.moveaxis(flat[:, places], -1, 3)  # (N, h, W, C, S)
    gram = np.einsum("nhwcs,nhwct->hwcst", taken, taken, optimize=True)
    gram[..., np.arange(places.shape[2]), np.arange(places.shape[2])] += penalty
    right = np.einsum("nhwcs,nhwc->hwcs", taken, wanted, optimize=True)
    weights = np.linalg.solve(gram, right[..., None])[..., 0]
    return weights, wanted - np.einsum("nhwcs,hwcs->nhwc", taken, weights)
