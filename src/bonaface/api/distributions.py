"""Measures of many pictures at once: features once, then each measure of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.api import wiring
from bonaface.api.measuring import missing
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.errors import BonafaceError, InputError, PictureError, WeightsMissing
from bonaface.core.results import Score
from bonaface.io.folders import list_pictures
from bonaface.io.weights import find_weights

if TYPE_CHECKING:
    from bonaface.measure.distribution import Features, Reference
    from bonaface.measure.record import Measure

NO_REFERENCE = "no reference given: --reference with a folder, such as the real photographs', or saved statistics"
Failed = list[tuple[str, str]]
"""Pictures that could not be used, by name, with why."""


@cache
def _network() -> Any:
    from bonaface.measure.sets import INCEPTION, load_features

    return load_features({INCEPTION.name: find_weights(INCEPTION)})


def features_of(pictures: Iterable[PictureSource], failed: Failed) -> Features:
    """(N, 2048): a row for each picture that can be read.

    Args:
        pictures: paths or arrays.
        failed: added to.

    Raises:
        WeightsError: the network's weights are missing, or are not what they should be.
    """
    network = _network()
    rows = []
    with wiring.one_thread_each():
        for number, source in enumerate(pictures, 1):
            try:
                rows.append(network(open_picture(source, f"picture {number}").image()))
            except BonafaceError as error:
                failed.append((Path(source).name if isinstance(source, (str, PathLike)) else f"{number}", str(error)))
    return np.stack(rows) if rows else np.zeros((0, 2048))


def read_reference(source: str | PathLike[str] | Sequence[PictureSource], failed: Failed) -> Reference:
    """The reference of a distribution: a folder of pictures, a file of statistics, or pictures.

    Raises:
        InputError: none of these.
        PictureError: a folder without a picture.
    """
    from bonaface.measure.distribution import read_statistics

    if not isinstance(source, (str, PathLike)):
        return features_of(source, failed)
    path = Path(source)
    return features_of(list_pictures(path), failed) if path.is_dir() else read_statistics(path)


def measure_set(
    outputs: Iterable[PictureSource],
    reference: str | PathLike[str] | Sequence[PictureSource],
    *,
    measures: Sequence[str] = ("fid", "kid"),
    force: bool = False,
) -> Mapping[str, Score]:
    """Measure many pictures at once against a reference: how far one set lies from another.

    Args:
        outputs: paths or arrays, as for `bonaface.measure`.
        reference: a folder, a file of statistics (NPZ, such as `bonaface measure fid-stats` writes), or pictures.
        measures: ids of `bonaface.measure.MEASURES` with the scope "set".
        force: also under 50 pictures.

    Returns:
        By the measure's id, and its parts after a colon ("fid:n", "fid:extrapolated"). What cannot be computed says
        why.

    Raises:
        InputError: a reference that cannot be used; a measure of single pictures.
        PictureError: a picture that cannot be used.
        UnknownName: there is no such measure.
    """
    from bonaface.measure import MEASURES

    chosen = [MEASURES[name] for name in measures]
    single = [measure.id for measure in chosen if measure.scope != "set"]
    if single:
        raise InputError(f"{', '.join(single)} measures single pictures: use bonaface.measure.")
    scores, failed = distances(outputs, reference, chosen, force=force)
    if failed:
        raise PictureError(f"{failed[0][0]}: {failed[0][1]}")
    return scores


def save_statistics(pictures: Iterable[Path], out: Path, *, overwrite: bool = False) -> tuple[int, Failed]:
    """Write what FID needs of a reference: NPZ with `mu`, `sigma` and `n`.

    Returns:
        Of how many pictures, and which could not be used.

    Raises:
        InputError: fewer than 2 pictures can be used; a place that cannot be written to.
        OutputExists: something is there already, and `overwrite` is false.
        WeightsMissing: the network's libraries or weights are missing.
    """
    from bonaface.io.atomic import write_bytes
    from bonaface.measure.distribution import statistics_of
    from bonaface.measure.sets import FID

    if why := missing(FID):
        raise WeightsMissing(f"Features cannot be computed: {why}")
    failed: Failed = []
    rows = features_of(pictures, failed)
    if len(rows) < 2:
        raise InputError(f"{len(rows)} pictures can be used; statistics need at least 2. Give a folder with more.")
    found = statistics_of(rows)
    file = io.BytesIO()
    np.savez_compressed(file, mu=found.mean, sigma=found.covariance, n=found.count)
    write_bytes(out, file.getvalue(), overwrite=overwrite)
    return found.count, failed


def distances(
    outputs: Iterable[PictureSource],
    reference: str | PathLike[str] | Sequence[PictureSource] | None,
    measures: Sequence[Measure],
    *,
    force: bool = False,
) -> tuple[Mapping[str, Score], Failed]:
    """What `measure_set` gives, and the pictures that could not be used and are left out.

    Args:
        outputs: as for `measure_set`.
        reference: likewise; None: nothing can be said.
        measures: with the scope "set".
        force: as for `measure_set`.

    Raises:
        InputError: a reference that cannot be used.
    """
    failed: Failed = []
    reasons = {m.id: NO_REFERENCE if reference is None else missing(m) for m in measures}
    scores = {m.id: Score.not_applicable(reasons[m.id], m.unit) for m in measures if reasons[m.id]}
    ready = [m for m in measures if not reasons[m.id]]
    if ready and reference is not None:
        try:
            _network()
        except BonafaceError as error:  # such as a file of weights that was changed: it costs no other measure
            return scores | {m.id: Score.failed(str(error), m.unit) for m in ready}, failed
        made = features_of(outputs, failed)
        other = read_reference(reference, failed)
        for measure in ready:
            scores |= _scores(measure, made, other, force=force)
    return scores, failed


def _scores(measure: Measure, made: Features, other: Reference, *, force: bool) -> dict[str, Score]:
    from bonaface.measure.record import NotApplicable

    try:
        found = measure.load({})(made, other, force=force)
    except NotApplicable as reason:
        return {measure.id: Score.not_applicable(str(reason), measure.unit)}
    return {f"{measure.id}:{part}" if part else measure.id: score for part, score in measure.named(found).items()}
