"""NIQE: how far the statistics of a picture lie from those of natural ones, without a reference.

It misleads on faces: people's sense of realness goes against it. Never rank by it alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.core.errors import InputError
from bonaface.core.images import Image, luminance
from bonaface.measure.record import Files, Measure, NotApplicable
from bonaface.measure.scenestats import NEIGHBOURS, asymmetric, normalised

BLOCK = 96
"""Pixels a side of the published edition's blocks; half as many on the second scale."""
FACE_BLOCK = 64
"""Of the face edition's blocks, two a side of the 128 px faces that it was fitted on."""
SHARP = 0.75
"""Blocks count for a fit from this share of the picture's sharpest block's sharpness on."""
FEATURES = 36
_TAPS = np.array([-0.01171875, -0.03515625, 0.11328125, 0.43359375])
"""MATLAB's bicubic kernel, stretched by two for its antialiasing: one half of it."""

Rows = NDArray[np.float64]
"""(N, 36): the features of N blocks."""


@dataclass(frozen=True, slots=True)
class Naturalness:
    """The statistics of natural pictures.

    Attributes:
        mean: (36,).
        covariance: (36, 36).
        block: pixels a side of the blocks that it was fitted on.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    block: int = BLOCK


def niqe(image: Image, model: Naturalness) -> float:
    """Mahalanobis distance between the blocks of a picture and natural ones.

    Args:
        image: (H, W, 3), sRGB in [0, 1].
        model: statistics of natural pictures.

    Returns:
        0 or more; smaller is more natural.

    Raises:
        NotApplicable: fewer than two blocks with any texture.

    Source:
        Mittal, Soundararajan & Bovik 2013, doi:10.1109/LSP.2012.2227726; S1 eq. 9.
    """
    rows = block_features(image, model.block)[0]
    if len(rows) < 2:
        size = f"{image.shape[1]}x{image.shape[0]}"
        raise NotApplicable(
            f"{len(rows)} blocks of {model.block} px have texture in the picture of {size}; at least 2 are needed"
        )
    away = model.mean - rows.mean(axis=0)
    pooled = (model.covariance + np.cov(rows, rowvar=False)) / 2
    return float(np.sqrt(max(0.0, away @ np.linalg.pinv(pooled, hermitian=True) @ away)))


def fit(images: Iterable[Image], block: int = BLOCK) -> tuple[Naturalness, int]:
    """The statistics of natural pictures: mean and covariance of the features of their sharp blocks.

    Args:
        images: (H, W, 3) each, at least one block large.
        block: pixels a side, even.

    Returns:
        The statistics, and how many blocks they were taken from.

    Raises:
        InputError: fewer than 200 sharp blocks: 36 features need many times as many.
    """
    kept = []
    for image in images:
        rows, sharpness = block_features(image, block)
        if len(rows):
            kept.append(rows[sharpness >= SHARP * sharpness.max()])
    rows = np.concatenate(kept) if kept else np.zeros((0, FEATURES))
    if len(rows) < 200:
        raise InputError(
            f"{len(rows)} sharp blocks of {block} px were found; at least 200 are needed to fit 36 features. Give more "
            "or larger pictures, or a smaller block."
        )
    return Naturalness(rows.mean(axis=0), np.cov(rows, rowvar=False), block), len(rows)


def block_features(image: Image, block: int = BLOCK) -> tuple[Rows, NDArray[np.float64]]:
    """The features of each block that has texture on both scales, and its sharpness.

    Args:
        image: (H, W, 3); what does not fill a block, at the right and at the bottom, is left out.
        block: pixels a side, even.

    Returns:
        (N, 36), 18 on each scale; (N,) mean local deviation on the first scale, in grey levels.
    """
    import cv2

    plane = np.rint(255 * luminance(image).astype(np.float64))
    height, width = plane.shape[0] // block * block, plane.shape[1] // block * block
    plane = np.ascontiguousarray(plane[:height, :width])
    if plane.size == 0:
        return np.zeros((0, FEATURES)), np.zeros(0)
    normal, deviation = normalised(plane)
    first = _features(_blocks(normal, block))
    taps = np.concatenate([_TAPS, _TAPS[::-1]])
    half = cv2.sepFilter2D(plane, cv2.CV_64F, taps, taps, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)[::2, ::2]
    second = _features(_blocks(normalised(np.ascontiguousarray(half))[0], block // 2))
    rows, sharpness = np.hstack([first, second]), _blocks(deviation, block).mean(axis=(1, 2))
    there = np.isfinite(rows).all(axis=1)
    return rows[there], sharpness[there]


def _blocks(plane: Any, side: int) -> Any:
    """(H, W) -> (N, side, side)."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    parts = plane[: rows * side, : columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    return np.ascontiguousarray(parts).reshape(rows * columns, side, side)


def _features(blocks: Any) -> Rows:
    """(N, h, w) -> (N, 18): shape and spread of the values, and of the products of neighbours in four directions."""
    fit = asymmetric(blocks)
    columns = [fit.shape, (fit.left + fit.right) * fit.scale / 2]
    for shift in NEIGHBOURS:
        fit = asymmetric(blocks * np.roll(blocks, shift, axis=(1, 2)))
        columns += [fit.shape, fit.mean, fit.left * fit.scale, fit.right * fit.scale]
    return np.stack(columns, axis=1)


def read_model(path: Path) -> Naturalness:
    """Statistics from a file: JSON as `bonaface measure fit-niqe` writes it, or the published NPZ.

    Raises:
        InputError: another form.
    """
    try:
        if path.suffix.lower() == ".npz":
            with np.load(path, allow_pickle=False) as held:
                mean, covariance, block = held["mu_pris_param"].ravel(), held["cov_pris_param"], BLOCK
        else:
            values = json.loads(path.read_text("utf-8"))
            mean, covariance = (np.asarray(values[name], np.float64) for name in ("mean", "covariance"))
            block = int(values["block"])
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it has another form"
        raise InputError(
            f"{path} cannot be read as statistics of natural pictures ({why}); expected a file that "
            "`bonaface measure fit-niqe` wrote."
        ) from error
    whole = np.isfinite(mean).all() and np.isfinite(covariance).all()
    if mean.shape != (FEATURES,) or covariance.shape != (FEATURES, FEATURES) or not whole or block < 16 or block % 2:
        raise InputError(
            f"{path} holds a mean of shape {mean.shape}, a covariance of shape {covariance.shape} and blocks of "
            f"{block} px; expected {FEATURES} finite values, {FEATURES} by {FEATURES}, and an even number from 16 on."
        )
    return Naturalness(mean, covariance, block)


def as_dict(model: Naturalness, pictures: int, blocks: int, about: str) -> dict[str, Any]:
    """The JSON form of fitted statistics; nine digits are more than any fit knows.

    Args:
        model: what was fitted.
        pictures: how many were looked at.
        blocks: how many sharp blocks counted.
        about: what the pictures are.
    """
    digits: Callable[[Any], Any] = lambda value: [float(f"{v:.9g}") for v in value]  # noqa: E731
    return {
        "about": about,
        "pictures": pictures,
        "blocks": blocks,
        "block": model.block,
        "mean": digits(model.mean),
        "covariance": [digits(row) for row in model.covariance],
    }


def _loader(name: str) -> Callable[[Files], Callable[[Image], float]]:
    def load(files: Files) -> Callable[[Image], float]:
        model = read_model(files[name])

        def measure(output: Image) -> float:
            """`niqe` of a picture (H, W, 3), by the statistics of this edition."""
            return niqe(output, model)

        return measure

    return load


PUBLISHED = Weights(
    name="niqe_pris_params.npz",
    sha256="2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296",
    megabytes=0.012,
    licence="University of Texas at Austin (LIVE): any purpose, with its notice and a citation",
    commercial=True,
    training_data="125 natural photographs from Flickr and the Berkeley segmentation data",
    source=Source("Mittal, Soundararajan & Bovik 2013, as in mmagic 1.2.0", "doi:10.1109/LSP.2012.2227726"),
    urls=(
        "https://raw.githubusercontent.com/open-mmlab/mmagic/v1.2.0/mmagic/evaluation/metrics/niqe_pris_params.npz",
        "https://raw.githubusercontent.com/XPixelGroup/BasicSR/master/basicsr/metrics/niqe_pris_params.npz",
    ),
)
FACES = Weights(
    name="niqe-face.json",
    sha256="4c161fe9ba20453d52ddb1c62a0d743b41ebf9b879e1df59e96a0ca367157e5e",
    megabytes=0.021,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data="CelebA at 128 px, aligned as FFHQ (15,652 pictures): blocks of 64 px",
    source=Source("Bonaface, scripts/fit_niqe_face.py; after Mittal, Soundararajan & Bovik 2013"),
    package="bonaface",
    path_in_package="weights/niqe-face.json",
)
_LUMA = "BT.601 luma, full range, rounded to whole grey levels; window 7x7, sigma 7/6; second scale by MATLAB's bicubic"
NIQE = Measure(
    id="niqe",
    version=1,
    needs=("output",),
    unit="",
    better="lower",
    bounds=(0.0, float("inf")),
    convention=f"{_LUMA}; blocks of 96 px; the published statistics of natural photographs; no border cut off",
    source=Source("Mittal, Soundararajan & Bovik 2013", "doi:10.1109/LSP.2012.2227726"),
    load=_loader(PUBLISHED.name),
    weights=(PUBLISHED,),
)
NIQE_FACE = replace(
    NIQE,
    id="niqe-face",
    convention=f"{_LUMA}; blocks of 64 px; statistics of CelebA faces of 128 px: NOT the published NIQE. Pictures are "
    "taken as they are: compare pictures of one size only",
    load=_loader(FACES.name),
    weights=(FACES,),
)


def own_niqe(path: Path) -> Measure:
    """NIQE by statistics of one's own, under a name of its own: `niqe-own`."""
    return replace(
        NIQE,
        id="niqe-own",
        convention=f"{_LUMA}; blocks and statistics of {path.name}: NOT the published NIQE",
        load=lambda _: _loader(path.name)({path.name: path}),
        weights=(),
    )
