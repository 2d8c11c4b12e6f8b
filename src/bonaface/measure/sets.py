"""The cards of measures of many pictures at once: FID and KID. `api.distributions` brings pictures to features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bonaface.core.catalog import Source, Weights
from bonaface.core.results import Score
from bonaface.measure.backbones import INSTALL
from bonaface.measure.distribution import (
    Features,
    Reference,
    Statistics,
    check_count,
    extrapolated,
    frechet,
    kernel_distance,
)
from bonaface.measure.record import Files, Measure, NotApplicable, Values, no_files

INCEPTION = Weights(
    name="weights-inception-2015-12-05-6726825d.pth",
    sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    megabytes=95.6,
    licence="Apache-2.0; trained on ImageNet, whose pictures are for non-commercial research",
    commercial=True,
    training_data="ImageNet-1k, 1.28 million photographs",
    source=Source("Szegedy et al. 2015 (Inception), as torch-fidelity converted it", "arXiv:1512.00567"),
    urls=(
        "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    ),
)


def load_features(files: Files) -> Callable[[Any], Any]:
    """The network: from (H, W, 3) in [0, 1] to (2048,)."""
    from bonaface.learned.inception import inception

    return inception(files)


def fid(output: Features, reference: Reference, *, force: bool = False) -> Values:
    """FID; "n" and "reference-n": of how many pictures; "extrapolated": of infinitely many.

    Args:
        output: (N, 2048).
        reference: (M, 2048), or its statistics.
        force: also under 50 pictures.

    Raises:
        NotApplicable: too few pictures.
    """
    check_count(output, force=force)
    if isinstance(reference, Statistics):
        known: float | Score = reference.count or Score.not_applicable("not stated by the statistics")
    else:
        check_count(reference, force=force)
        known = len(reference)
    try:
        beyond: float | Score = extrapolated(output, reference)
    except NotApplicable as reason:
        beyond = Score.not_applicable(str(reason))
    return {"": frechet(output, reference), "n": len(output), "reference-n": known, "extrapolated": beyond}


def kid(output: Features, reference: Reference, *, force: bool = False) -> Values:
    """KID; "n" and "reference-n": of how many pictures. Arguments and errors as for `fid`."""
    check_count(output, force=force)
    if isinstance(reference, Statistics):
        raise NotApplicable("KID needs the reference's pictures; mean and covariance do not suffice")
    check_count(reference, force=force)
    return {"": kernel_distance(output, reference), "n": len(output), "reference-n": len(reference)}


_FEATURES = (
    "2,048 features of Inception (TensorFlow's graph of 2015), pictures rounded to 8 bits and brought to 299 px by its "
    "own bilinear interpolation; no crop"
)
FID = Measure(
    id="fid",
    version=1,
    needs=("output", "reference"),
    unit="",
    better="lower",
    bounds=(0.0, float("inf")),
    convention=f"{_FEATURES}; depends on the reference (50,000 or 70,000 FFHQ faces, or the truths) and, upwards, on "
    "the number of pictures: compare only with the same reference and number; `fid:extrapolated` is for infinitely "
    "many, by a line over 1/N: of fewer than some thousands it takes only a part of the bias away",
    source=Source("Heusel et al. 2017 (FID); Chong & Forsyth 2020 (extrapolation)", "arXiv:1706.08500"),
    load=no_files(fid),
    weights=(INCEPTION,),
    scope="set",
    implementation="Bonaface, on torch-fidelity's network",
    modules=("torch", "torchvision", "torch_fidelity"),
    install=INSTALL,
)
KID = replace(
    FID,
    id="kid",
    bounds=(-float("inf"), float("inf")),
    convention=f"{_FEATURES}; kernel (x'y / 2048 + 1)^3, unbiased over all pairs (published scripts average over "
    "random subsets of 1,000: the same expectation); not multiplied by 1,000",
    source=Source("Binkowski et al. 2018 (KID)", "arXiv:1801.01401"),
    load=no_files(kid),
)
