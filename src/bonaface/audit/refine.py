"""Registration to a small part of a pixel, robust against what one of two pictures has made up."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonaface.core.images import Plane, Similarity
from bonaface.faces.align import compose, invert, rescaling, scale_of

TOLERANCE = 0.1
"""Pixels of the truth's grid below which nothing is moved."""
FINE_SIDE, COARSE_SIDE = 1024, 512
"""Longest side at which the fine and the coarse estimate are made."""
STRIDE = 2
"""Of the rows and columns whose errors are looked at: neighbours in a smoothed band say the same."""
GAIN_PER_PIXEL = 0.2
"""By which share of itself the robust error must fall for each square pixel of shift (one at most).

A picture that is truly off by d px loses about 0.4 d^2 of its error when it is put right (d < 1, measured on restored
faces); a shape that a model has swollen or blurred loses ten times less, and must not be explained away.
"""
SETTLED = 0.01
"""Pixels of the grid at hand: a smaller step ends the search."""
LEAST_GAIN = 0.0085
"""By which share the error must fall in any case."""


def corner_shift(change: Similarity, size: tuple[int, int]) -> float:
    """Largest distance by which `change` moves a corner of a picture of height and width `size`, in pixels."""
    height, width = size
    corners = np.array([(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)], np.float64)
    return float(np.hypot(*(corners @ change[:, :2].T + change[:, 2] - corners).T).max())


def refine(output: Plane, truth: Plane, start: Similarity) -> Similarity | None:
    """A better transform than `start`, or None if `start` is right to within 0.1 px or nothing better is sure.

    Gauss-Newton on band-passed luminance with Tukey's weights, so that places which do not fit (a painted-over eye)
    have no say. Coarsely first; only a pair that is found to be off is looked at finely.

    Args:
        output: (H, W) in [0, 1].
        truth: (H', W').
        start: (2, 3), from pixels of the output to pixels of the truth.
    """
    size = (truth.shape[0], truth.shape[1])
    matrix = start
    for side in (COARSE_SIDE, FINE_SIDE):
        small, to_small = _reduced(truth, side)
        found, before, after = _solve(output, small, compose(to_small, matrix))
        found = compose(invert(to_small), found)
        moved = corner_shift(compose(found, invert(start)), size)
        if moved <= TOLERANCE:
            return None
        if matrix is start and before - after < before * max(LEAST_GAIN, GAIN_PER_PIXEL * min(moved, 1) ** 2):
            return None
        matrix = found
        # From far away the limit of what counts as an outlier was set too wide: look once more from near.
        if max(size) <= side and moved <= 1:
            break
    return matrix


def likeness(output: Plane, truth: Plane, matrix: Similarity) -> float:
    """Correlation of the medium detail of `truth` and of `output` under `matrix`, at a reduced size, in [-1, 1]."""
    small, to_small = _reduced(truth, COARSE_SIDE)
    moved, inside = _moved(output, compose(to_small, matrix), small.shape)
    x = _band(small)
    norm = float(np.sqrt((inside * x * x).sum() * (inside * moved * moved).sum()))
    return float((inside * x * moved).sum()) / norm if norm > 1e-9 else 0.0


def _reduced(plane: Plane, side: int) -> tuple[Plane, Similarity]:
    import cv2

    reduce = side / max(plane.shape)
    if reduce >= 1:
        return plane, np.eye(2, 3)
    size = (max(1, round(plane.shape[0] * reduce)), max(1, round(plane.shape[1] * reduce)))
    small = cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), rescaling(plane.shape, size)


def _band(plane: Any) -> Any:
    """Detail of medium size: a Gaussian of 1.5 px less one of about 6 px, which is taken at a quarter of the size."""
    import cv2

    size = (max(1, plane.shape[1] // 4), max(1, plane.shape[0] // 4))
    coarse = cv2.GaussianBlur(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    wide = cv2.resize(coarse, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(plane, (0, 0), 1.5) - wide


def _moved(output: Plane, matrix: Similarity, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """`output` under `matrix`, band-passed, and where it has pixels of its own."""
    import cv2

    scale = scale_of(matrix)
    if scale < 0.9:
        height, width = output.shape
        small = (max(2, round(height * scale)), max(2, round(width * scale)))
        matrix = compose(matrix, rescaling(small, (height, width)))
        output = np.asarray(cv2.resize(output, (small[1], small[0]), interpolation=cv2.INTER_AREA))
    size = (shape[1], shape[0])
    moved = cv2.warpAffine(output, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(output), matrix, size, flags=cv2.INTER_NEAREST)
    return _band(moved), inside


def _solve(output: Plane, truth: Plane, start: Similarity, rounds: int = 12) -> tuple[Similarity, float, float]:
    """Gauss-Newton for shift, scale, rotation and contrast: the transform, and the robust error before and after."""
    import cv2

    x = _band(truth)
    height, width = x.shape
    first, inside = _moved(output, start, (height, width))
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    radius = max(height, width) / 2
    every = (slice(None, None, STRIDE), slice(None, None, STRIDE))
    jacobian = _jacobian(x, centre, radius)[:, every[0], every[1]].reshape(5, -1)
    x = x[every].ravel()
    limit, before, best = 0.0, 0.0, (np.inf, np.eye(2, 3))
    change: Similarity = np.eye(2, 3)
    for turn in range(rounds):
        moved, there = first, inside
        if turn:
            moved = cv2.warpAffine(first, change, (width, height), flags=cv2.INTER_CUBIC)
            there = cv2.warpAffine(inside, change, (width, height), flags=cv2.INTER_NEAREST)
        error, counted = moved[every].ravel() - x, there[every].ravel()
        if turn == 0:  # one limit for all turns, so that their errors can be compared
            limit = 4.685 * (1.4826 * float(np.median(np.abs(error))) + 1e-5)
        doubt = 1 - np.minimum((error / np.float32(limit)) ** 2, 1)
        cost = float((counted * (1 - doubt**3)).sum() / max(float(counted.sum()), 1.0))
        before = cost if turn == 0 else before
        if cost < best[0]:
            best = (cost, change)
        elif turn > 2:
            break
        # One product gives the normal equations and their right side. OpenCV's keeps to this thread, where NumPy's
        # would wake others that then wait busily.
        rows = np.concatenate([jacobian, error[None]]) * (doubt * np.sqrt(counted))
        products = cv2.mulTransposed(rows, False, dtype=cv2.CV_64F)
        step = np.linalg.solve(products[:5, :5] + 1e-9 * np.eye(5), products[:5, 5])
        if turn and np.abs(step[:4]).max() < SETTLED:
            break
        tx, ty, grow, turned = step[:4] / (1, 1, radius, radius)
        inner = np.array([[1 + grow, -turned], [turned, 1 + grow]])
        # output(p) looks like truth(delta(p)), so delta is what still has to be applied.
        delta = np.hstack([inner, (centre + np.array([tx, ty]) - inner @ centre)[:, None]])
        change = compose(delta, change)
    return compose(best[1], start), before, best[0]


def _jacobian(plane: Any, centre: Any, radius: float) -> Any:
    """(5, H, W): how the plane changes with a shift in x and y, growth, rotation and contrast."""
    import cv2

    height, width = plane.shape
    across = (np.arange(width, dtype=np.float32) - np.float32(centre[0]))[None, :] / np.float32(radius)
    down = (np.arange(height, dtype=np.float32) - np.float32(centre[1]))[:, None] / np.float32(radius)
    gx = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.stack([gx, gy, gx * across + gy * down, gy * across - gx * down, plane])
