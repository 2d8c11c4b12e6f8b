"""How far a set of pictures lies from another: FID and KID.

Both compare features of one Inception network. FID of few pictures is biased upwards: its number of pictures belongs to
it, and an extrapolation to infinitely many stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.measure.record import NotApplicable

Features = NDArray[np.float64]
"""(N, D): a row for each picture."""
FEWEST = 50
"""Pictures under which FID says little: refused unless asked for."""
_SIZES = 8
"""Subset sizes that the extrapolation goes through."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What FID knows of a set of pictures.

    Attributes:
        mean: (D,).
        covariance: (D, D), of a sample (divided by N - 1).
        count: of pictures; 0: not known.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    count: int


Reference = Features | Statistics


def check_count(features: Features, *, force: bool) -> None:
    """Raise where a distance between distributions would say little.

    Raises:
        NotApplicable: fewer than `FEWEST` pictures and no `force`; fewer than 2 in any case.
    """
    count = len(features)
    if count < 2 or (count < FEWEST and not force):
        raise NotApplicable(
            f"{count} pictures; expected at least {FEWEST}: fewer tell no distribution. Give more, or insist with "
            "--force (in Python, force=True), which needs 2"
        )


def frechet(features: Features, reference: Reference) -> float:
    """Frechet distance between two sets of features, taken as normal distributions.

    Args:
        features: (N, D), N >= 2.
        reference: (M, D), M >= 2, or its statistics.

    Returns:
        0 or more; biased upwards by about a constant over N.

    Source:
        Heusel et al. 2017, arXiv:1706.08500, eq. 6.
    """
    first, mean = _factor(features), features.mean(axis=0)
    if isinstance(reference, Statistics):
        second, other, total = _root(reference.covariance), reference.mean, float(np.trace(reference.covariance))
    else:
        second, other = _factor(reference), reference.mean(axis=0)
        total = float((second**2).sum())
    # The trace of (S1 S2)^(1/2) is the sum of singular values of A'B, where S1 = AA' and S2 = BB'.
    shared = float(np.linalg.svd(first.T @ second, compute_uv=False).sum())
    return max(0.0, float(((mean - other) ** 2).sum()) + float((first**2).sum()) + total - 2 * shared)


def extrapolated(features: Features, reference: Reference, seed: int = 0) -> float:
    """FID of infinitely many pictures, from a straight line through FID over 1/N of random subsets.

    Where the reference is pictures, they are thinned alike, so that its bias goes, too; that of saved statistics stays.
    The bias is a line over 1/N only where N is well over D: of fewer pictures a part of it is left.

    Args:
        features: (N, D), N >= 16.
        reference: as for `frechet`.
        seed: of the subsets.

    Raises:
        NotApplicable: fewer pictures.

    Source:
        Chong & Forsyth 2020, arXiv:1911.07023.
    """
    count = len(features)
    if count < 16 or (not isinstance(reference, Statistics) and len(reference) < 16):
        raise NotApplicable("fewer than 16 pictures: no line can be laid through subsets")
    rng = np.random.default_rng(seed)
    shares, values = [], []
    for share in np.linspace(0.5, 1, _SIZES):
        for _ in range(1 if share == 1 else max(1, min(6, 600 // count))):
            part = _subset(features, share, rng)
            other = reference if isinstance(reference, Statistics) else _subset(reference, share, rng)
            shares.append(1 / share)
            values.append(frechet(part, other))
    return float(np.polyfit(shares, values, 1)[1])


def kernel_distance(features: Features, reference: Features) -> float:
    """Squared maximum mean discrepancy under the kernel (x'y / D + 1)^3, unbiased: it may be a little below 0.

    Args:
        features: (N, D), N >= 2.
        reference: (M, D), M >= 2.

    Source:
        Binkowski et al. 2018, arXiv:1801.01401, eq. 4.
    """
    scale = features.shape[1]
    kernel: Callable[[Any, Any], Any] = lambda x, y: (x @ y.T / scale + 1) ** 3  # noqa: E731

    def within(x: Features) -> float:
        held = kernel(x, x)
        return float((held.sum() - np.trace(held)) / (len(x) * (len(x) - 1)))

    return within(features) + within(reference) - 2 * float(kernel(features, reference).mean())


def statistics_of(features: Features) -> Statistics:
    """Mean and covariance of (N, D), N >= 2."""
    return Statistics(features.mean(axis=0), np.cov(features, rowvar=False), len(features))


def read_statistics(path: Path) -> Statistics:
    """Saved statistics: NPZ with `mu`, `sigma` and, where `bonaface measure fid-stats` wrote it, `n`.

    Raises:
        InputError: another form.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            mean, covariance = np.asarray(held["mu"], np.float64), np.asarray(held["sigma"], np.float64)
            count = int(held["n"]) if "n" in held else 0
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it has another form"
        raise InputError(
            f"{path} cannot be read as statistics for FID ({why}); expected an NPZ with mu and sigma, such as "
            "`bonaface measure fid-stats` writes, or a folder of pictures."
        ) from error
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)) or not np.isfinite(covariance).all():
        raise InputError(
            f"{path} holds mu of shape {mean.shape} and sigma of shape {covariance.shape}; expected (D,) and (D, D), "
            "all finite."
        )
    return Statistics(mean, covariance, count)


def _subset(features: Features, share: float, rng: np.random.Generator) -> Features:
    return features[rng.permutation(len(features))[: max(2, round(share * len(features)))]]


def _factor(features: Features) -> NDArray[np.float64]:
    """(D, K) whose product with its own transpose is the covariance; K is the smaller of N and D."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return centred.T if len(features) <= features.shape[1] else _root(centred.T @ centred)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """(D, D) symmetric -> (D, D) whose product with its own transpose it is."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))
